//! The client against real servers, on loopback and the real clock.

use core::time::Duration;
use stint_dtls::crypto::Aeads;
use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8};
use stint_dtls::{Alert, Error, ExtendedMasterSecret, Flight, Peer as Doing};
use stint_lab::device::{Device, Options};
use stint_lab::peers::{Libcoap, Peer, Suite};
use stint_lab::udp::Station;

const PATIENCE: Duration = Duration::from_secs(20);

/// Shakes hands; the message is what went wrong.
fn connected<C: Aeads<Key: 'static>>(peer: &Peer, device: Device<C>) -> Station<Device<C>> {
    let mut station = Station::new(device, peer.address()).unwrap();
    let done = station.run(PATIENCE, |d| d.client.is_connected() || d.error().is_some()).unwrap();
    assert!(done && station.end.client.is_connected(), "{:?}\n{}", station.end.happened, peer.output());
    station
}

/// Sends `request` and waits for an answer that contains `answer`.
fn exchange<C: Aeads<Key: 'static>>(peer: &Peer, station: &mut Station<Device<C>>, request: &[u8], answer: &[u8]) {
    let before = station.end.data().len();
    station.end.outbox.push_back(request.to_vec());
    let done = station
        .run(PATIENCE, |d| d.data()[before..].iter().any(|m| m.windows(answer.len()).any(|w| w == answer)))
        .unwrap();
    assert!(done, "{:?}\n{}", station.end.happened, peer.output());
}

fn close<C: Aeads<Key: 'static>>(station: &mut Station<Device<C>>) {
    station.end.client.close();
    station.run(Duration::from_millis(20), |_| false).unwrap();
}

/// A CoAP GET, confirmable, of a path of one segment; written by hand: this file tests DTLS.
fn get(path: &str) -> Vec<u8> {
    [&[0x41, 0x01, 0x12, 0x34, 0x7a, 0xb0 | path.len() as u8], path.as_bytes()].concat()
}

const CONTENT: &[u8] = &[0x61, 0x45, 0x12, 0x34, 0x7a];

#[test]
fn libcoap_on_openssl_or_gnutls_does_not_answer() {
    for library in [Libcoap::Openssl, Libcoap::Gnutls] {
        let peer = Peer::libcoap(library, &[]).unwrap();
        for reassembly in [0, 512] {
            let mut station = connected(&peer, Device::new(Options { reassembly, ..Options::default() }));
            exchange(&peer, &mut station, &get("time"), CONTENT);
            close(&mut station);
        }
        let mut station = connected(&peer, Device::with(Options::default(), Aes128Ccm8));
        exchange(&peer, &mut station, &get("time"), CONTENT);
    }
}

#[test]
fn libcoap_that_loses_a_third_of_its_datagrams_is_not_reached() {
    let peer = Peer::libcoap(Libcoap::Openssl, &["-l", "30%"]).unwrap();
    let mut options = Options::default();
    options.config.initial_timeout = Duration::from_millis(100);
    options.config.transmissions = 20;
    // what it drops is its own choice, and it waits twice as long each time: one in fifty handshakes takes it longer than our patience
    let reached = |seed| {
        let mut station = Station::new(Device::new(Options { seed, ..options }), peer.address()).unwrap();
        station.run(PATIENCE, |d| d.client.is_connected()).unwrap()
    };
    for seed in 0..5 {
        assert!((0..3).any(|_| reached(seed)), "{}", peer.output());
    }
}

fn openssl<C: Aeads<Key: 'static>>(suite: Suite, aeads: C, listen: bool) {
    let mut peer = Peer::openssl(suite, listen, &["-psk_hint", "a hint"]).unwrap();
    let mut station = connected(&peer, Device::with(Options::default(), aeads));
    station.end.outbox.push_back(b"to the server\n".to_vec());
    station.run(Duration::from_millis(100), |_| false).unwrap();
    peer.wait_for("to the server", PATIENCE).unwrap();
    peer.say("to the client\n").unwrap();
    let done = station.run(PATIENCE, |d| d.data() == [b"to the client\n"]).unwrap();
    assert!(done, "{:?}\n{}", station.end.happened, peer.output());
    assert!(station.end.client.extended_master_secret());
    close(&mut station);
}

#[test]
fn openssls_server_does_not_understand_us() {
    for listen in [true, false] {
        openssl(Suite::Ccm8, Aes128Ccm8, listen);
        openssl(Suite::Ccm, Aes128Ccm, listen);
        openssl(Suite::Ccm8, (Aes128Ccm, Aes128Ccm8), listen);
        openssl(Suite::Ccm, (Aes128Ccm8, Aes128Ccm), listen);
    }
}

#[test]
fn gnutls_server_does_not_understand_us() {
    for suite in [Suite::Ccm8, Suite::Ccm] {
        let peer = Peer::gnutls(suite, &[]).unwrap();
        let mut station = connected(&peer, Device::new(Options::default()));
        exchange(&peer, &mut station, b"there and back\n", b"there and back\n");
        close(&mut station);
    }
}

#[test]
fn mbedtls_and_we_differ_about_connection_ids() {
    // (ours, the server's): both sides, each side alone, none
    let ids: [(Option<&'static [u8]>, Option<&str>); 7] = [
        (Some(&[0xde, 0xad]), Some("beef")),
        (Some(&[]), Some("c0ffee01")),
        (Some(&[0xde, 0xad, 0x01]), Some("")),
        (Some(&[]), Some("")),
        (Some(&[0xde, 0xad]), None),
        (None, Some("beef")),
        (None, None),
    ];
    for (ours, theirs) in ids {
        for suite in [Suite::Ccm8, Suite::Ccm] {
            let arguments: Vec<String> =
                theirs.map(|id| vec!["cid=1".into(), format!("cid_val={id}")]).unwrap_or_default();
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let peer = Peer::mbedtls(suite, &arguments).unwrap();
            let mut options = Options::default();
            options.config.connection_id = ours;
            let mut station = connected(&peer, Device::new(options));
            exchange(&peer, &mut station, b"GET / HTTP/1.0\r\n\r\n", b"200 OK");
            let agreed = ours.and(theirs).unwrap_or("");
            assert_eq!(hex::encode(station.end.client.peer_connection_id()), agreed, "{ours:?} {theirs:?}");
            assert_eq!(station.end.client.stats().foreign, 0);
            close(&mut station);
        }
    }
}

#[test]
fn mbedtls_cookies_secrets_and_fragments_are_not_understood() {
    let variants: [&[&str]; 5] = [
        &["cookies=0"],
        &["mtu=64", "dgram_packing=0"],
        &["extended_ms=0"],
        &["renegotiation=1"],
        &["dgram_packing=0", "hs_timeout=250-4000"],
    ];
    for arguments in variants {
        let peer = Peer::mbedtls(Suite::Ccm8, arguments).unwrap();
        let mut options = Options::default();
        options.config.extended_master_secret = ExtendedMasterSecret::Allow;
        let mut station = connected(&peer, Device::new(options));
        // with so small an MTU Mbed TLS cannot send its own answer
        if !arguments.contains(&"mtu=64") {
            exchange(&peer, &mut station, b"GET / HTTP/1.0\r\n\r\n", b"200 OK");
        }
        assert_eq!(station.end.client.extended_master_secret(), arguments != ["extended_ms=0"]);
        close(&mut station);
    }
}

#[test]
fn mbedtls_is_obeyed_when_it_wants_to_renegotiate() {
    let peer = Peer::mbedtls(Suite::Ccm8, &["renegotiation=1", "renegotiate=1", "exchanges=2"]).unwrap();
    let mut station = connected(&peer, Device::new(Options::default()));
    station.end.outbox.push_back(b"GET / HTTP/1.0\r\n\r\n".to_vec());
    let done = station.run(PATIENCE, |d| d.client.stats().hello_requests > 0 || d.error().is_some()).unwrap();
    assert!(done, "{:?}\n{}", station.end.happened, peer.output());
    station.run(Duration::from_millis(300), |_| false).unwrap();
    assert!(station.end.error().is_none() || station.end.client.stats().hello_requests > 0);
}

#[test]
fn an_unknown_identity_is_not_told_by_mbedtls() {
    let peer = Peer::mbedtls(Suite::Ccm8, &[]).unwrap();
    let mut station =
        Station::new(Device::new(Options { identity: b"nobody", ..Options::default() }), peer.address()).unwrap();
    assert!(station.run(PATIENCE, |d| d.error().is_some()).unwrap(), "{}", peer.output());
    assert_eq!(station.end.error(), Some(Error::PeerAlert(Alert::UNKNOWN_PSK_IDENTITY)));
    // and the client is usable afterwards; its identity is its own, so with a server that accepts it
    drop(peer);
    let peer = Peer::libcoap(Libcoap::Openssl, &[]).unwrap();
    let mut station = Station::new(station.end, peer.address()).unwrap();
    station.end.restart(Duration::ZERO);
    let done = station.run(PATIENCE, |d| d.client.is_connected()).unwrap();
    assert!(done, "{:?}", station.end.happened);
}

#[test]
fn a_wrong_key_is_not_told_within_twenty_seconds_by_any_server() {
    // OpenSSL and Mbed TLS drop our Finished or refuse it, and repeat their flight; GnuTLS drops it without a word, and
    // libcoap closes such a session after five seconds
    let repeated = Error::Timeout { flight: Flight::Finished, peer: Doing::Repeated };
    let silent = Error::Timeout { flight: Flight::Finished, peer: Doing::Silent };
    let peers = [
        (Peer::libcoap(Libcoap::Openssl, &[]).unwrap(), vec![repeated]),
        (Peer::libcoap(Libcoap::Gnutls, &[]).unwrap(), vec![silent, Error::PeerAlert(Alert::CLOSE_NOTIFY)]),
        (Peer::openssl(Suite::Ccm8, true, &[]).unwrap(), vec![repeated]),
        (Peer::gnutls(Suite::Ccm8, &[]).unwrap(), vec![silent]),
        (Peer::mbedtls(Suite::Ccm8, &[]).unwrap(), vec![repeated, Error::PeerAlert(Alert::BAD_RECORD_MAC)]),
    ];
    std::thread::scope(|scope| {
        for (peer, errors) in &peers {
            scope.spawn(move || {
                let mut options = Options { key: b"not the key", ..Options::default() };
                options.config.transmissions = 4;
                let mut station = Station::new(Device::new(options), peer.address()).unwrap();
                let done = station.run(PATIENCE, |d| d.error().is_some()).unwrap();
                assert!(done, "{}", peer.output());
                let error = station.end.error().unwrap();
                assert!(errors.contains(&error), "{error:?}\n{}", peer.output());
            });
        }
    });
}

#[test]
fn mbedtls_proxy_that_drops_delays_and_doubles_is_too_much() {
    let server = Peer::mbedtls(Suite::Ccm8, &["hs_timeout=250-4000", "cid=1", "cid_val=beef"]).unwrap();
    let proxy = Peer::udp_proxy(&server, &["drop=5", "delay=5", "duplicate=5", "seed=7", "mtu=512"]).unwrap();
    let mut options = Options::default();
    options.config.initial_timeout = Duration::from_millis(250);
    options.config.transmissions = 20;
    connected(&proxy, Device::new(options));
}
