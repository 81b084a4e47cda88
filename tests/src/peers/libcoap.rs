//! libcoap's servers, on OpenSSL, on GnuTLS, and without DTLS.

use super::{Clients, Peer, Shows, free_port, pem};
use std::process::Command;

/// Which TLS library libcoap's server stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Libcoap {
    /// OpenSSL.
    Openssl,
    /// GnuTLS.
    Gnutls,
    /// None: plain CoAP.
    Plain,
}

impl Peer {
    /// libcoap's server: coaps:// on the port (coap:// for [`Libcoap::Plain`]), with the pre-shared key; `arguments` are put behind the usual ones.
    pub fn libcoap(library: Libcoap, arguments: &[&str]) -> Result<Self, String> {
        Self::libcoap_shows(library, Shows::Key, arguments)
    }

    /// As [`Libcoap::Plain`], on a port where one was before.
    pub fn libcoap_at(port: u16) -> Result<Self, String> {
        crate::build_peers::program("coap-server-notls", "libcoap3-bin")?;
        Self::retried(|| {
            let mut command = Command::new("coap-server-notls");
            Self::start(command.args(["-A", "127.0.0.1", "-p", &port.to_string(), "-v", "7"]), port)
        })
    }

    /// As [`libcoap`](Self::libcoap), with any credential. On OpenSSL it sends only the first certificate of a chain.
    pub fn libcoap_shows(library: Libcoap, shows: Shows, arguments: &[&str]) -> Result<Self, String> {
        let (name, secure) = match library {
            Libcoap::Openssl => ("coap-server-openssl", true),
            Libcoap::Gnutls => ("coap-server-gnutls", true),
            Libcoap::Plain => ("coap-server-notls", false),
        };
        crate::build_peers::program(name, "libcoap3-bin")?;
        let mut credential: Vec<String> = match shows {
            _ if !secure => vec![],
            Shows::Key => ["-k", "secretPSK", "-h", "a hint"].map(str::to_owned).into(),
            Shows::Chain(holder, _) => {
                let (chain, key) = (pem(&format!("{holder}.pem"))?, pem(&format!("{holder}.key"))?);
                vec!["-c".into(), chain, "-j".into(), key, "-R".into(), pem("root.pem")?]
            }
            Shows::RawKey(holder, _) => vec!["-M".into(), pem(&format!("{holder}.pair"))?],
        };
        if let Shows::Chain(_, clients) | Shows::RawKey(_, clients) = shows {
            match clients {
                Clients::Known => {}
                // the peer's certificate is not asked for
                Clients::Anybody => credential.push("-n".into()),
            }
        }
        Self::retried(|| {
            // the port is that of coap://; coaps:// is the next
            let port = if secure { free_port(2)?.saturating_sub(1) } else { free_port(1)? };
            let mut command = Command::new(name);
            command.args(["-A", "127.0.0.1", "-p", &port.to_string(), "-v", "7"]).args(&credential);
            Self::start(command.args(arguments), port + u16::from(secure))
        })
    }
}
