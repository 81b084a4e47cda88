//! wolfSSL's example server.

use super::{Clients, Peer, Shows, Suite, free_port, pem};
use std::process::Command;

/// The key that wolfSSL's example has for the identity `Client_identity`; it cannot be told another.
pub const WOLFSSL_KEY: &[u8] = &[0x1a, 0x2b, 0x3c, 0x4d];

impl Peer {
    /// wolfSSL's example server, which echoes; with pre-shared keys it knows [`WOLFSSL_KEY`].
    pub fn wolfssl(suite: Suite, shows: Shows, arguments: &[&str]) -> Result<Self, String> {
        let program = crate::build_peers::wolfssl()?;
        let folder = program.parent().ok_or("a program without a folder")?;
        let credential: Vec<String> = match shows {
            Shows::Key => vec!["-s".into()],
            Shows::RawKey(..) => return Err("wolfSSL's example server has no raw public keys".into()),
            Shows::Chain(holder, clients) => {
                let (chain, key) = (pem(&format!("{holder}.pem"))?, pem(&format!("{holder}.key"))?);
                let mut all = vec!["-c".into(), chain, "-k".into(), key, "-A".into(), pem("root.pem")?];
                all.extend((clients == Clients::Anybody).then(|| "-d".into()));
                all
            }
        };
        Self::retried(|| {
            let port = free_port(1)?;
            let mut command = Command::new(&program);
            command.current_dir(folder).args(["-u", "-v", "3", "-i", "-e", "-x", "-p", &port.to_string()]);
            command.args(["-l", suite.wolfssl()]).args(&credential);
            Self::start(command.args(arguments), port)
        })
    }
}
