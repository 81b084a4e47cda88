//! Each real peer starts, listens, and dies with its handle; without this a failed interoperation test could mean either.

use stint_lab::peers::{Libcoap, Peer, Suite};

#[test]
fn a_peer_does_not_start_or_does_not_die() {
    let peers = [
        Peer::libcoap(Libcoap::Openssl, &[]),
        Peer::libcoap(Libcoap::Gnutls, &[]),
        Peer::libcoap(Libcoap::Plain, &[]),
        Peer::openssl(Suite::Ccm, true, &[]),
        Peer::openssl(Suite::Ccm8, false, &[]),
        Peer::gnutls(Suite::Ccm8, &[]),
        Peer::gnutls(Suite::Ccm, &[]),
        Peer::mbedtls(Suite::Ccm8, &["cid=1", "cid_val=beef"]),
    ];
    for peer in peers {
        let peer = peer.unwrap();
        let address = peer.address();
        drop(peer);
        std::net::UdpSocket::bind(address).unwrap();
    }
}
