//! The far end of a measured image: what it talks to, and the keys and certificates that it is lent beside its program.

use crate::credentials::Credentials;
use crate::peers::{Clients, Libcoap, Peer, Shows, scratch};
use crate::server::coap::{Coap, Config as CoapConfig};
use crate::server::{Config, Server};
use crate::udp::Background;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};
use stint_dtls::crypto::p256_spki;

/// TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256 (RFC 8442 3).
const ECDHE_PSK_CCM_8: u16 = 0xd003;

/// Which server.
#[derive(Clone, Copy, Debug)]
pub(super) enum Far {
    /// libcoap's.
    Libcoap(Libcoap, Shows),
    /// The lab's own, with ECDHE_PSK: no server that can be had has that with CCM.
    EcdhePsk,
}

impl Far {
    /// libcoap without DTLS.
    pub(super) const PLAIN: Self = Self::Libcoap(Libcoap::Plain, Shows::Key);
    /// libcoap on OpenSSL with the pre-shared key.
    pub(super) const PSK: Self = Self::Libcoap(Libcoap::Openssl, Shows::Key);
    /// libcoap on GnuTLS with a raw key, which asks for ours.
    pub(super) const RAW_KEY: Self = Self::Libcoap(Libcoap::Gnutls, Shows::RawKey("server-of-root", Clients::Known));
    /// libcoap on OpenSSL with a certificate, which asks for none.
    pub(super) const X509: Self = Self::Libcoap(Libcoap::Openssl, Shows::Chain("server-of-root", Clients::Anybody));
    /// libcoap on OpenSSL with a certificate, which asks for ours.
    pub(super) const MUTUAL: Self = Self::Libcoap(Libcoap::Openssl, Shows::Chain("server-of-root", Clients::Known));

    pub(super) fn start(self) -> Result<Running, String> {
        match self {
            Self::Libcoap(library, shows) => Peer::libcoap_shows(library, shows, &[]).map(Running::Process),
            Self::EcdhePsk => Background::start(ecdhe_psk).map(Running::Own),
        }
    }
}

/// The lab's own server, which has ECDHE_PSK with CCM_8, and CoAP.
fn ecdhe_psk() -> Server {
    let coap = Coap::new(CoapConfig { every: Duration::from_millis(200), ..CoapConfig::default() }, b"stored");
    Server::new(Config { suites: vec![ECDHE_PSK_CCM_8], ..Config::default() }, coap)
}

/// A server that runs until it is dropped.
pub(super) enum Running {
    Process(Peer),
    Own(Background),
}

impl Running {
    pub(super) fn address(&self) -> SocketAddr {
        match self {
            Self::Process(peer) => peer.address(),
            Self::Own(own) => own.address(),
        }
    }

    /// What it printed.
    pub(super) fn output(&self) -> String {
        match self {
            Self::Process(peer) => peer.output(),
            Self::Own(_) => String::new(),
        }
    }
}

/// The file that QEMU loads beside an image: the parts that its module `provision` names, in that order.
pub(super) fn parts() -> Result<PathBuf, String> {
    let all = Credentials::shared();
    let (client, server) = (&all.client_of_root, &all.server_of_root);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_err(|error| error.to_string())?;
    let parts: [&[u8]; 7] = [
        &client.scalar,
        client.chain.first().ok_or("no certificate")?,
        &p256_spki(&client.point),
        &all.root.certificate,
        &p256_spki(&server.point),
        b"server.example",
        &now.as_secs().to_be_bytes(),
    ];
    let bytes: Vec<u8> =
        parts.iter().flat_map(|part| [&(part.len() as u16).to_be_bytes()[..], part].concat()).collect();
    let path = scratch("parts.bin")?;
    std::fs::write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}
