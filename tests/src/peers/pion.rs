//! A server on pion/dtls.

use super::{Clients, Peer, Shows, Suite, free_port, pem};
use std::process::Command;

impl Peer {
    /// The lab's server on pion/dtls, which echoes.
    pub fn pion(suite: Suite, shows: Shows, arguments: &[&str]) -> Result<Self, String> {
        let program = crate::build_peers::pion()?;
        let mut credential: Vec<String> = match shows {
            Shows::Key => ["-identity", "Client_identity", "-psk", "secretPSK"].map(str::to_owned).into(),
            Shows::RawKey(..) => return Err("pion/dtls has no raw public keys".into()),
            Shows::Chain(holder, _) => {
                vec!["-cert".into(), pem(&format!("{holder}.pem"))?, "-key".into(), pem(&format!("{holder}.key"))?]
            }
        };
        if let Shows::Chain(_, Clients::Known) = shows {
            credential.extend(["-ca".into(), pem("root.pem")?]);
        }
        Self::retried(|| {
            let port = free_port(1)?;
            let mut command = Command::new(&program);
            command.args(["-port", &port.to_string(), "-suite", &suite.code().to_string()]).args(&credential);
            Self::start(command.args(arguments), port)
        })
    }
}
