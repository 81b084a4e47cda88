//! What is fuzzed: a body for each parser and for each state machine, on stable Rust; `tests/fuzz` hands them to libFuzzer, the test `fuzz` to [`run()`].
//!
//! Promises: a body is a pure function of its bytes and returns, or panics where a property does not hold; it keeps nothing. What each asserts stands at its
//! top. Inputs to begin with come from published vectors and captures ([`Target::seeds`]), so nothing is stored twice; inputs that once found something are in
//! `tests/fuzz/findings`, one folder a target.

mod campaign;
mod certificate;
mod client;
mod coap;
mod endpoint;
mod extensions;
mod handshake;
mod pump;
mod record;
mod run;
mod script;
mod seeds;
mod stored;

pub use campaign::{Sum, libfuzzer, sums, table};
pub use run::{Tally, corpora, findings, run, run_for};
use script::Script;

/// Something that is fuzzed.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name: that of the binary and of the folder of findings.
    pub name: &'static str,
    /// Takes one input.
    pub body: fn(&[u8]),
    /// Inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All targets: parsers first, then state machines.
pub const TARGETS: [Target; 13] = [
    Target { name: "record", body: record::body, seeds: seeds::datagrams },
    Target { name: "handshake", body: handshake::body, seeds: seeds::handshakes },
    Target { name: "extensions", body: extensions::body, seeds: seeds::extensions },
    Target { name: "certificate", body: certificate::one, seeds: seeds::certificates },
    Target { name: "path", body: certificate::path, seeds: seeds::paths },
    Target { name: "message", body: coap::message, seeds: seeds::messages },
    Target { name: "links", body: coap::links, seeds: seeds::links },
    Target { name: "uri", body: coap::uri, seeds: seeds::uris },
    Target { name: "session", body: stored::session, seeds: seeds::sessions },
    Target { name: "provisioning", body: stored::provisioning, seeds: seeds::blobs },
    Target { name: "client", body: client::body, seeds: seeds::scripts },
    Target { name: "endpoint", body: endpoint::body, seeds: seeds::scripts },
    Target { name: "pump", body: pump::body, seeds: seeds::scripts },
];

/// The target of that name.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn target(name: &str) -> Target {
    TARGETS.into_iter().find(|target| target.name == name).unwrap_or_else(|| panic!("no target is called {name}"))
}
