//! Each real peer starts, listens, and dies with its handle; without this a failed interoperation test could mean either.

use stint_lab::peers::{Clients, Libcoap, Openssl, Peer, Python, Shows, Suite};

fn starts_and_dies(peer: Result<Peer, String>) {
    let peer = peer.unwrap();
    let address = peer.address();
    drop(peer);
    std::net::UdpSocket::bind(address).unwrap();
}

const CHAIN: Shows = Shows::Chain("server", Clients::Known);
const RAW_KEY: Shows = Shows::RawKey("server", Clients::Known);

#[test]
fn libcoap_does_not_start_or_does_not_die() {
    starts_and_dies(Peer::libcoap(Libcoap::Plain, &[]));
    for library in [Libcoap::Openssl, Libcoap::Gnutls] {
        starts_and_dies(Peer::libcoap(library, &[]));
        starts_and_dies(Peer::libcoap_shows(library, CHAIN, &[]));
    }
    starts_and_dies(Peer::libcoap_shows(Libcoap::Gnutls, RAW_KEY, &[]));
}

#[test]
fn openssl_does_not_start_or_does_not_die() {
    starts_and_dies(Peer::openssl(Suite::Ccm, true, &[]));
    for openssl in [Openssl::Debian, Openssl::Built] {
        starts_and_dies(Peer::openssl_shows(openssl, Suite::Ccm8, Shows::Key, &[]));
        starts_and_dies(Peer::openssl_shows(openssl, Suite::EcdsaCcm8, CHAIN, &[]));
    }
    starts_and_dies(Peer::openssl_shows(Openssl::Built, Suite::EcdsaCcm8, RAW_KEY, &[]));
}

#[test]
fn gnutls_does_not_start_or_does_not_die() {
    starts_and_dies(Peer::gnutls(Suite::Ccm8, &[]));
    starts_and_dies(Peer::gnutls(Suite::Ccm, &[]));
    starts_and_dies(Peer::gnutls_shows(Suite::EcdsaGcm, CHAIN, &[]));
    starts_and_dies(Peer::gnutls_shows(Suite::EcdsaCcm8, RAW_KEY, &[]));
}

#[test]
fn mbedtls_does_not_start_or_does_not_die() {
    starts_and_dies(Peer::mbedtls(Suite::Ccm8, &["cid=1", "cid_val=beef"]));
    starts_and_dies(Peer::mbedtls_shows(Suite::EcdsaCcm8, CHAIN, &[]));
    starts_and_dies(Peer::roaming(true));
}

#[test]
fn wolfssl_does_not_start_or_does_not_die() {
    starts_and_dies(Peer::wolfssl(Suite::EcdhePskGcm, Shows::Key, &["--cid", "beef"]));
    starts_and_dies(Peer::wolfssl(Suite::EcdsaCcm8, CHAIN, &[]));
}

#[test]
fn pion_does_not_start_or_does_not_die() {
    starts_and_dies(Peer::pion(Suite::Ccm8, Shows::Key, &["-mtu", "256"]));
    starts_and_dies(Peer::pion(Suite::EcdsaCcm8, CHAIN, &["-resume"]));
}

#[test]
fn pythons_servers_do_not_start_or_do_not_die() {
    starts_and_dies(Peer::python(Python::Aiocoap, None));
    starts_and_dies(Peer::python(Python::Coapthon, None));
}
