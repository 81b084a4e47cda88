//! CoAP servers on the implementations written in Python, with the resources that the plugtest's descriptions name.

use super::{Peer, free_port};
use crate::build_peers;
use std::path::Path;
use std::process::Command;

/// Which implementation the server stands on; each is a program of ours in `tests/peers`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Python {
    /// aiocoap.
    Aiocoap,
    /// CoAPthon3.
    Coapthon,
}

impl Peer {
    /// The server on a free port, or on `port`, where one was before.
    ///
    /// # Errors
    /// What could not be installed, or what it said in place of listening.
    pub fn python(python: Python, port: Option<u16>) -> Result<Self, String> {
        let interpreter = build_peers::python()?;
        let program = match python {
            Python::Aiocoap => "aiocoap_server.py",
            Python::Coapthon => "coapthon_server.py",
        };
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(program);
        Self::retried(|| {
            let port = port.map_or_else(|| free_port(1), Ok)?;
            Self::start(Command::new(&interpreter).arg("-B").arg(&program).arg(port.to_string()), port)
        })
    }
}
