//! Mbed TLS's `ssl_server2` and `udp_proxy`, and the lab's own server on its library.

use super::{Clients, KEY_HEX, Peer, Shows, Suite, free_port, pem};
use std::process::Command;

impl Peer {
    /// Mbed TLS's `ssl_server2` with the pre-shared key; it answers each request with an HTTP response.
    pub fn mbedtls(suite: Suite, arguments: &[&str]) -> Result<Self, String> {
        Self::mbedtls_shows(suite, Shows::Key, arguments)
    }

    /// The same with any credential but a raw key, which it does not have.
    pub fn mbedtls_shows(suite: Suite, shows: Shows, arguments: &[&str]) -> Result<Self, String> {
        let program = crate::build_peers::mbedtls("ssl_server2")?;
        let credential = match shows {
            Shows::Key => vec!["psk_identity=Client_identity".into(), format!("psk={KEY_HEX}")],
            Shows::RawKey(..) => return Err("Mbed TLS has no raw public keys in DTLS 1.2".into()),
            Shows::Chain(holder, clients) => {
                let asked = if clients == Clients::Known { "required" } else { "none" };
                let chain = format!("crt_file={}", pem(&format!("{holder}.pem"))?);
                let key = format!("key_file={}", pem(&format!("{holder}.key"))?);
                vec![chain, key, format!("ca_file={}", pem("root.pem")?), format!("auth_mode={asked}")]
            }
        };
        Self::retried(|| {
            let port = free_port(1)?;
            let mut command = Command::new(&program);
            command.args(["dtls=1", "force_version=dtls12", "server_addr=127.0.0.1", &format!("server_port={port}")]);
            command.arg(format!("force_ciphersuite={}", suite.mbedtls())).args(&credential);
            Self::start(command.args(arguments), port)
        })
    }

    /// Mbed TLS's `udp_proxy` in front of a peer: drops, delays, duplicates (see its usage text).
    pub fn udp_proxy(server: &Self, arguments: &[&str]) -> Result<Self, String> {
        let program = crate::build_peers::mbedtls("udp_proxy")?;
        Self::retried(|| {
            let port = free_port(1)?;
            let mut command = Command::new(&program);
            command.args(["server_addr=127.0.0.1".into(), format!("server_port={}", server.port)]);
            command.args(["listen_addr=127.0.0.1".into(), format!("listen_port={port}")]);
            Self::start(command.args(arguments), port)
        })
    }

    /// The numbers of the records that [`Peer::roaming`] received: association, epoch, sequence number.
    #[must_use]
    pub fn records(&self) -> Vec<(u64, u64, u64)> {
        self.told("record").iter().filter_map(|t| <[u64; 3]>::try_from(t.as_slice()).ok()).map(<_>::from).collect()
    }

    /// The first number that came twice in an association: the client used it twice, or somebody repeated its record.
    #[must_use]
    pub fn repeated(&self) -> Option<(u64, u64, u64)> {
        let mut seen = std::collections::HashSet::new();
        self.records().into_iter().find(|record| !seen.insert(*record))
    }

    /// The numbers in the lines that begin with `what`, of [`Peer::roaming`].
    #[must_use]
    pub fn told(&self, what: &str) -> Vec<Vec<u64>> {
        let output = self.output();
        let lines = output.lines().filter_map(|line| line.strip_prefix(what)?.strip_prefix(' '));
        lines.map(|rest| rest.split(' ').filter_map(|n| n.parse().ok()).collect()).collect()
    }

    /// The lab's own server on Mbed TLS: pre-shared key with CCM_8, cookies, a Connection ID of 4 bytes; many clients at a time, each known by its
    /// Connection ID from wherever it speaks. It echoes, or answers as a CoAP server of one resource. What it prints, its source says.
    pub fn roaming(coap: bool) -> Result<Self, String> {
        let program = crate::build_peers::mbedtls_server()?;
        Self::retried(|| {
            let port = free_port(1)?;
            let mut command = Command::new(&program);
            command.args([port.to_string().as_str(), "Client_identity", KEY_HEX, if coap { "coap" } else { "echo" }]);
            Self::start(&mut command, port)
        })
    }
}
