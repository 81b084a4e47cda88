//! Real servers that ask who we are refuse a client that does not say, and one that they do not know; and certificates cross a bad network.

use core::time::Duration;
use stint_dtls::Error;
use stint_dtls::auth::Auth;
use stint_dtls::crypto::soft::P256Exchange;
use stint_lab::credentials::{Credentials, Holder};
use stint_lab::device::{Device, Options, Provider};
use stint_lab::parties::{AEADS, AllAeads, lend};
use stint_lab::peers::{Clients, Libcoap, Openssl, Peer, Shows, Suite};
use stint_lab::udp::Station;

const PATIENCE: Duration = Duration::from_secs(20);
const SUITE: Suite = Suite::EcdsaCcm8;

type Started = Result<Peer, String>;
type Client<A> = Device<AllAeads, A, P256Exchange>;

fn station<A>(peer: &Peer, auth: A, options: Options) -> Station<Client<A>>
where
    A: Auth<Provider<AllAeads, P256Exchange>, Step: 'static> + 'static,
{
    let mut options = Options { reassembly: 4096, buffer: 1500, ..options };
    options.config.server_name = Some("server.example");
    options.config.initial_timeout = Duration::from_millis(250);
    Station::new(Device::begin_as(options, auth, AEADS, P256Exchange).unwrap(), peer.address()).unwrap()
}

/// That the server does not take the client, whatever it says; that it took another, the matrix shows.
fn refuses<A>(name: &str, peer: Started, auth: A)
where
    A: Auth<Provider<AllAeads, P256Exchange>, Step: 'static> + 'static,
{
    let peer = peer.unwrap();
    let mut options = Options::default();
    options.config.transmissions = 4;
    let mut station = station(&peer, auth, options);
    let ended = station.run(PATIENCE, |d| d.error().is_some() || d.client.is_connected()).unwrap();
    let error = station.end.error();
    assert!(
        ended && matches!(error, Some(Error::PeerAlert(_) | Error::Timeout { .. })),
        "{name}: {:?}\n{}",
        station.end.happened,
        peer.output()
    );
    println!("{name}: {}", error.unwrap());
}

/// Servers that require a certificate below the lab's root.
fn certificates() -> Vec<(&'static str, Started)> {
    let chain = Shows::Chain("server", Clients::Known);
    let alone = Shows::Chain("server-of-root", Clients::Known);
    vec![
        ("libcoap on OpenSSL", Peer::libcoap_shows(Libcoap::Openssl, alone, &[])),
        ("libcoap on GnuTLS", Peer::libcoap_shows(Libcoap::Gnutls, alone, &[])),
        ("OpenSSL 3.0", Peer::openssl_shows(Openssl::Debian, SUITE, chain, &[])),
        ("OpenSSL 3.6", Peer::openssl_shows(Openssl::Built, SUITE, chain, &[])),
        ("GnuTLS", Peer::gnutls_shows(SUITE, chain, &[])),
        ("Mbed TLS", Peer::mbedtls_shows(SUITE, chain, &[])),
        ("wolfSSL", Peer::wolfssl(SUITE, chain, &[])),
        ("pion/dtls", Peer::pion(SUITE, chain, &[])),
    ]
}

#[test]
fn a_client_without_a_certificate_is_let_in() {
    for (name, peer) in certificates() {
        refuses(name, peer, Holder::x509(&Credentials::shared().root.certificate));
    }
}

#[test]
fn a_client_of_another_authority_is_let_in() {
    let others: &'static Credentials = lend(Credentials::new());
    for (name, peer) in certificates() {
        refuses(name, peer, others.client.x509_with(&Credentials::shared().root.certificate));
    }
}

#[test]
fn a_client_without_a_raw_key_is_let_in() {
    let known = Shows::RawKey("server", Clients::Known);
    for (name, peer) in [
        ("libcoap on GnuTLS", Peer::libcoap_shows(Libcoap::Gnutls, known, &[])),
        ("OpenSSL 3.6", Peer::openssl_shows(Openssl::Built, SUITE, known, &[])),
        ("GnuTLS", Peer::gnutls_shows(SUITE, known, &[])),
    ] {
        refuses(name, peer, Credentials::shared().server.raw_key());
    }
}

#[test]
fn a_proxy_that_drops_delays_and_doubles_is_too_much_for_certificates() {
    let chain = Shows::Chain("server", Clients::Known);
    let arguments = ["hs_timeout=250-4000", "mtu=400", "cid=1", "cid_val=beef"];
    for seed in 1..4 {
        let server = Peer::mbedtls_shows(SUITE, chain, &arguments).unwrap();
        let seeded = format!("seed={seed}");
        let proxy = Peer::udp_proxy(&server, &["drop=8", "delay=6", "duplicate=6", "mtu=512", &seeded]).unwrap();
        let mut options = Options::default();
        options.config.transmissions = 20;
        options.config.mtu = 400;
        let auth = Credentials::shared().client.x509_with(&Credentials::shared().root.certificate);
        let mut station = station(&proxy, auth, options);
        let done = station.run(PATIENCE, |d| d.client.is_connected() || d.error().is_some()).unwrap();
        assert!(done && station.end.client.is_connected(), "{seed}: {:?}\n{}", station.end.happened, server.output());
    }
}
