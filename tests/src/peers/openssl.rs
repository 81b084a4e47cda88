//! OpenSSL's `s_server`, Debian's and today's.

use super::{Clients, KEY_HEX, Peer, Shows, Suite, free_port, pem};
use std::path::PathBuf;
use std::process::Command;

/// Which OpenSSL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Openssl {
    /// 3.0, Debian's.
    Debian,
    /// 3.6, built from source: it has raw public keys.
    Built,
}

impl Peer {
    /// `openssl s_server -dtls1_2` of Debian with the pre-shared key, with cookies if `listen`; what is [`Peer::say`]ed goes to the client.
    pub fn openssl(suite: Suite, listen: bool, arguments: &[&str]) -> Result<Self, String> {
        let arguments: Vec<&str> = listen.then_some("-listen").into_iter().chain(arguments.iter().copied()).collect();
        Self::openssl_shows(Openssl::Debian, suite, Shows::Key, &arguments)
    }

    /// The same with any credential, of either version.
    pub fn openssl_shows(openssl: Openssl, suite: Suite, shows: Shows, arguments: &[&str]) -> Result<Self, String> {
        let program = match openssl {
            Openssl::Debian => {
                crate::build_peers::program("openssl", "openssl")?;
                PathBuf::from("openssl")
            }
            Openssl::Built => crate::build_peers::openssl()?,
        };
        let credential = credential(shows)?;
        Self::retried(|| {
            let port = free_port(1)?;
            let mut command = Command::new(&program);
            command
                .args(["s_server", "-4", "-dtls1_2", "-accept", &format!("127.0.0.1:{port}")])
                // CCM_8 is below the default level
                .args(["-cipher", &format!("{}:@SECLEVEL=0", suite.openssl())])
                .args(&credential);
            Self::start(command.args(arguments), port)
        })
    }
}

fn credential(shows: Shows) -> Result<Vec<String>, String> {
    let (holder, clients, raw) = match shows {
        Shows::Key => return Ok(["-nocert", "-psk", KEY_HEX].map(str::to_owned).into()),
        Shows::Chain(holder, clients) => (holder, clients, false),
        Shows::RawKey(holder, clients) => (holder, clients, true),
    };
    let mut credential: Vec<String> = vec!["-cert".into(), pem(&format!("{holder}.pem"))?];
    let above = pem(&format!("{holder}.above"))?;
    if std::fs::metadata(&above).is_ok_and(|file| file.len() > 0) {
        credential.extend(["-cert_chain".into(), above]);
    }
    credential.extend(["-key".into(), pem(&format!("{holder}.key"))?]);
    if raw {
        credential.extend(["-enable_server_rpk".into(), "-enable_client_rpk".into()]);
    }
    if clients == Clients::Known {
        credential.extend(["-Verify".into(), "3".into(), "-CAfile".into(), pem("root.pem")?]);
        if !raw {
            // its own program has no list of raw keys to compare with
            credential.push("-verify_return_error".into());
        }
    }
    Ok(credential)
}
