//! Credentials: what one of them adds to a handshake, one credential a file.
//!
//! Promises: a credential is a type, so that what is not named is not linked; it is asked to read the server's messages of its key exchange, to do one
//! operation at a time, and to write our messages again whenever a flight is sent. Knows of no record, no flight and no timer.

mod psk;

pub use psk::{IdentityLength, Psk};

use crate::crypto::{Empty, Hash, Kx, Master, Provider};
use crate::error::Error;
use crate::wire::{HandshakeType, Sink};

/// The key exchanges that the credentials at hand can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offers {
    psk: bool,
}

impl Offers {
    /// Adds a key exchange.
    pub fn add(&mut self, kx: Kx) {
        match kx {
            Kx::Psk => self.psk = true,
            _ => {}
        }
    }

    /// Whether it was added.
    pub fn has(&self, kx: Kx) -> bool {
        match kx {
            Kx::Psk => self.psk,
            _ => false,
        }
    }
}

/// What the ServerHello settled for a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chosen {
    /// The key exchange of the suite.
    pub kx: Kx,
}

impl Chosen {
    pub(crate) fn new(kx: Kx) -> Self {
        Self { kx }
    }
}

/// One operation of a handshake; each is done in a call of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Op {
    /// The master secret.
    Derive,
}

/// What a credential works with.
pub struct Cx<'a, P: Provider> {
    pub(crate) provider: &'a mut P,
    pub(crate) transcript: &'a <P::Hash as Hash>::State,
    pub(crate) client_random: &'a [u8; 32],
    pub(crate) server_random: &'a [u8; 32],
    /// Whether the extended master secret was agreed (RFC 7627).
    pub(crate) extended: bool,
    pub(crate) master: &'a mut Master,
}

impl<P: Provider> Cx<'_, P> {
    /// The hash of the handshake up to our ClientKeyExchange (RFC 7627 3).
    pub(crate) fn session_hash(&mut self) -> [u8; 32] {
        let (hash, _, _) = self.provider.parts();
        hash.so_far(self.transcript)
    }
}

/// A credential: a pre-shared key, later a certificate, a raw public key, or a pair of these.
///
/// Implemented by this crate's credentials; what a device keeps elsewhere comes in through the traits of [`crypto`](crate::crypto) that they are built on.
pub trait Auth<P: Provider> {
    /// What the credential remembers of a handshake.
    type Step: Empty;
    /// Names the key exchanges that it can do.
    fn offer(&self, offers: &mut Offers);
    /// The suite is chosen: starts `step` over. False: this credential cannot do it.
    fn begin(&mut self, chosen: Chosen, step: &mut Self::Step) -> bool;
    /// Reads a message of the server's flight, up to ServerHelloDone (which has no body).
    fn read(&mut self, step: &mut Self::Step, kind: HandshakeType, body: &[u8]) -> Result<(), Error>;
    /// The operation that follows `after`; `None`: the handshake can be finished.
    fn next(&self, step: &Self::Step, after: Option<Op>) -> Option<Op>;
    /// Does an operation. `WouldBlock` leaves `step` as it was, and asks to be called again.
    fn work(&mut self, step: &mut Self::Step, op: Op, cx: &mut Cx<'_, P>) -> nb::Result<(), Error>;
    /// Whether a message (Certificate, ClientKeyExchange, CertificateVerify) is part of our flight.
    fn sends(&self, step: &Self::Step, kind: HandshakeType) -> bool;
    /// Writes the body of that message; the same bytes each time.
    fn emit(&self, step: &Self::Step, kind: HandshakeType, sink: &mut Sink<'_, P::Hash>);
}
