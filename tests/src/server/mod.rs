//! The loopback server: a minimal DTLS 1.2 server of the lab's own, sans-IO and in virtual time.
//!
//! Promises: shares no code with the client under test; does what RFC 6347, 4279, 5489, 8422, 7250, 6655, 7627, 5746,
//! 9146, 5077, 6066, 7301 and 8449 ask of a server unless a script tells it to misbehave; shows its keys and parameters, so that a test can compare. It is made to
//! be looked into, not to be safe: it does nothing in constant time and forgets nothing.
//!
//! 1. ClientHello without a valid cookie → HelloVerifyRequest, no state kept.
//! 2. ClientHello → ServerHello, \[Certificate\], \[ServerKeyExchange\], \[CertificateRequest\], ServerHelloDone; repeated by
//!    timer and for a repeated ClientHello.
//! 3. \[Certificate\], ClientKeyExchange, \[CertificateVerify\], ChangeCipherSpec, Finished → ChangeCipherSpec, Finished; repeated for a repeated Finished.
//!    A ClientHello with a session or a ticket that is known → ServerHello, \[NewSessionTicket\], ChangeCipherSpec, Finished;
//!    repeated by timer and for a repeated ClientHello; then ChangeCipherSpec, Finished from the client.
//! 4. Application data ↔ the application.

pub mod chain;
pub mod coap;
pub mod code;
pub mod config;
pub mod credential;
pub mod dimpl;
pub mod ec;
pub mod exchange;
pub mod extension;
pub mod flight;
pub mod hello;
pub mod keys;
mod opening;
pub mod protection;
pub mod resume;
pub mod script;
pub mod session;
mod steps;
mod stored;
pub mod suite;
pub mod wire;

pub use chain::Authority;
pub use config::{Config, Cut, Order, Renegotiation, Shape, Unknown};
pub use credential::{Asked, Clients, Credential};
pub use ec::Key;
pub use flight::{ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, Item, TLS12_CID};
pub use keys::{hmac, prf, sha256};
pub use protection::{Protection, aad, aad_cid};
pub use resume::{Saved, Tickets};
pub use script::{Script, Stage};
pub use session::{Association, Server};
pub use suite::{Kx, PSK_CCM, PSK_CCM_8, SUITES, suites};
pub use wire::{Fragment, Hello, Record};

use core::time::Duration;

/// What runs over an association.
pub trait App {
    /// Takes a message; gives what is sent at once.
    fn handle(&mut self, now: Duration, message: &[u8]) -> Vec<Vec<u8>>;
    /// Gives what is due.
    fn wake(&mut self, _now: Duration) -> Vec<Vec<u8>> {
        Vec::new()
    }
    /// When `wake` is due.
    fn deadline(&self) -> Option<Duration> {
        None
    }
}

/// Sends each message back.
#[derive(Clone, Copy, Debug, Default)]
pub struct Echo;

impl App for Echo {
    fn handle(&mut self, _now: Duration, message: &[u8]) -> Vec<Vec<u8>> {
        vec![message.to_vec()]
    }
}

/// What a server saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Datagrams received.
    pub datagrams: u64,
    /// Bytes received.
    pub bytes: u64,
    /// ClientHello messages, repetitions included.
    pub hellos: u64,
    /// The last ClientHello.
    pub hello: Hello,
    /// Records of epoch 1 that did not open.
    pub forged: u64,
    /// Records of epoch 1 whose number was seen before.
    pub replayed: u64,
    /// Records of epoch 1 of the wrong type or Connection ID.
    pub foreign: u64,
    /// Finished messages with a wrong verify_data, or one that came in epoch 0.
    pub wrong_finished: u64,
    /// Finished messages repeated after the handshake.
    pub repeated_finished: u64,
    /// Identities sent, repetitions included.
    pub identities: Vec<Vec<u8>>,
    /// Points of client key exchanges, repetitions included.
    pub points: Vec<Vec<u8>>,
    /// Client Certificate messages: certificate type and body, repetitions included.
    pub certificates: Vec<(u8, Vec<u8>)>,
    /// CertificateVerify messages whose signature was the client's.
    pub verified: u64,
    /// Those whose signature was not.
    pub unverified: u64,
    /// Records of the client's with more plaintext than was agreed.
    pub oversized: u64,
    /// Handshakes that resumed a session.
    pub resumed: u64,
    /// Alerts: epoch, level, description.
    pub alerts: Vec<(u16, u8, u8)>,
    /// Application data in the order it came.
    pub data: Vec<Vec<u8>>,
    /// Own flights sent, repetitions included.
    pub flights: u64,
}
