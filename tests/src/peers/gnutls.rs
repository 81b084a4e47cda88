//! GnuTLS's `gnutls-serv`.

use super::{Clients, KEY_HEX, Peer, Shows, Suite, free_port, pem, scratch};
use std::process::Command;
use std::sync::OnceLock;

impl Peer {
    /// `gnutls-serv --udp --echo` with the pre-shared key.
    pub fn gnutls(suite: Suite, arguments: &[&str]) -> Result<Self, String> {
        Self::gnutls_shows(suite, Shows::Key, arguments)
    }

    /// The same with any credential.
    pub fn gnutls_shows(suite: Suite, shows: Shows, arguments: &[&str]) -> Result<Self, String> {
        crate::build_peers::program("gnutls-serv", "gnutls-bin")?;
        let (cipher, exchange) = suite.gnutls();
        let kind = if matches!(shows, Shows::RawKey(..)) { "RAWPK" } else { "X.509" };
        let priority = format!(
            "NONE:+VERS-DTLS1.2:+{cipher}:+AEAD:+SIGN-ECDSA-SECP256R1-SHA256:+SIGN-ECDSA-SHA256:+GROUP-SECP256R1:+COMP-NULL:+CTYPE-{kind}:+{exchange}"
        );
        let credential = credential(shows)?;
        Self::retried(|| {
            let port = free_port(1)?;
            let mut command = Command::new("gnutls-serv");
            command.args(["--udp", "--echo", "-p", &port.to_string(), "--priority", &priority]).args(&credential);
            Self::start(command.args(arguments), port)
        })
    }
}

fn credential(shows: Shows) -> Result<Vec<String>, String> {
    let mut credential = match shows {
        Shows::Key => vec!["--pskpasswd".into(), passwords()?],
        Shows::Chain(holder, _) => {
            let (chain, key) = (pem(&format!("{holder}.pem"))?, pem(&format!("{holder}.key"))?);
            vec!["--x509certfile".into(), chain, "--x509keyfile".into(), key, "--x509cafile".into(), pem("root.pem")?]
        }
        Shows::RawKey(holder, _) => {
            let (public, key) = (pem(&format!("{holder}.pub"))?, pem(&format!("{holder}.key"))?);
            vec!["--rawpkfile".into(), public, "--rawpkkeyfile".into(), key]
        }
    };
    match shows {
        Shows::Chain(_, Clients::Known) => {
            credential.extend(["--require-client-cert".into(), "--verify-client-cert".into()]);
        }
        // it has no list of raw keys to compare with
        Shows::RawKey(_, Clients::Known) => credential.push("--require-client-cert".into()),
        _ => credential.push("--disable-client-cert".into()),
    }
    Ok(credential)
}

/// The file of pre-shared keys, written once: a server reads it at each handshake.
fn passwords() -> Result<String, String> {
    static WRITTEN: OnceLock<Result<String, String>> = OnceLock::new();
    let write = || {
        let path = scratch("gnutls-psk.txt")?;
        std::fs::write(&path, format!("Client_identity:{KEY_HEX}\n")).map_err(|e| e.to_string())?;
        Ok(path.display().to_string())
    };
    WRITTEN.get_or_init(write).clone()
}
