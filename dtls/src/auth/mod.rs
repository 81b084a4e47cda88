//! Credentials: what one of them adds to a handshake, one credential a file, and the pair of two.
//!
//! Promises: a credential is a type, so that what is not named is not linked; it is asked to read the server's messages of its key exchange, to do one
//! operation at a time, and to write our messages again whenever a flight is sent. Knows of no record, no flight and no timer.

mod order;
mod psk;
mod ecdhe;
mod ecdhe_psk;
mod pair;
mod signed;
mod raw_key;
mod x509;
mod session;
mod delegate;
mod resumable;
mod exporter;
mod with_extensions;

use delegate::delegate;
use ecdhe::Ecdhe;
#[cfg(feature = "inspect")]
pub(crate) use ecdhe::point;
pub use ecdhe_psk::EcdhePsk;
pub use exporter::Exporter;
pub use order::{CertificateTypes, Exchanges};
use psk::Step as PskStep;
pub use psk::{IdentityLength, Psk};
pub use raw_key::RawKey;
pub use resumable::{Lent, Phase, Resumable};
use session::{Head, SessionId, SessionView, save_session};
pub use session::{Session, SessionError};
#[cfg(feature = "inspect")]
pub(crate) use signed::request;
use signed::{Keys, Party, StepOf};
pub use with_extensions::{MaxFragmentLength, WithExtensions};
pub use x509::X509;

use crate::crypto::{Empty, Hash, Kx, Master, Prf, Provider};
use crate::error::Error;
use crate::pki::PeerIdentity;
use crate::wire::{CertificateType, ExtensionType, HandshakeType, Sink};

/// What the ServerHello settled for a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chosen {
    /// The key exchange of the suite.
    pub kx: Kx,
    /// What the server's Certificate message holds (RFC 7250 4.2).
    pub server: CertificateType,
    /// What ours would hold.
    pub client: CertificateType,
}

impl Chosen {
    pub(crate) fn new(kx: Kx) -> Self {
        Self { kx, server: CertificateType::X509, client: CertificateType::X509 }
    }
}

/// One operation of a handshake; each is done in a call of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[repr(u8)]
pub enum Op {
    /// The master secret.
    // The numbers below are left to the states of the handshake that are no operation: so the first of those is zero, and empty memory needs no flash.
    Derive = 6,
    /// The next signature of the server's is verified.
    Verify,
    /// Our ephemeral key is made.
    Generate,
    /// The shared secret is computed.
    Agree,
    /// The handshake is signed.
    Sign,
}

/// What a credential works with.
pub struct Cx<'a, P: Provider> {
    pub(crate) provider: &'a mut P,
    pub(crate) transcript: &'a <P::Hash as Hash>::State,
    pub(crate) client_random: &'a [u8; 32],
    pub(crate) server_random: &'a [u8; 32],
    /// Whether the extended master secret was agreed (RFC 7627).
    pub(crate) extended: bool,
}

impl<P: Provider> Cx<'_, P> {
    /// The hash of the handshake up to our ClientKeyExchange: the session hash (RFC 7627 3), and what CertificateVerify signs (RFC 5246 7.4.8).
    pub(crate) fn session_hash(&mut self) -> [u8; 32] {
        let (hash, _, _) = self.provider.parts();
        hash.so_far(self.transcript)
    }

    /// Has `derive` make the master secret, from the label and the seed that were agreed (RFC 7627 4, RFC 5246 8.1).
    pub(crate) fn derive<T>(&mut self, derive: impl FnOnce(&mut P::Hash, &[u8], &[&[u8]]) -> T) -> T {
        let session_hash;
        let randoms: [&[u8]; 2] = [self.client_random, self.server_random];
        let extended: [&[u8]; 1];
        let (label, seed): (&[u8], &[&[u8]]) = if self.extended {
            session_hash = self.session_hash();
            extended = [&session_hash];
            (b"extended master secret", &extended)
        } else {
            (b"master secret", &randoms)
        };
        let (hash, _, _) = self.provider.parts();
        derive(hash, label, seed)
    }
}

/// A credential: a pre-shared key, a certificate, a raw public key, or a pair of these.
///
/// Implemented by this crate's credentials; what a device keeps elsewhere comes in through the traits of [`crypto`](crate::crypto) that they are built on.
/// What has a default here is what only some of them have: a firmware pays for it where it names one of those.
pub trait Auth<P: Provider> {
    /// What the credential remembers of a handshake.
    type Step: Empty;
    /// The key exchanges that it can do, preferred first.
    const EXCHANGES: Exchanges;
    /// What it takes in the server's Certificate message, preferred first (RFC 7250 4.1).
    const SERVER_CERTIFICATES: CertificateTypes = CertificateTypes::NONE;
    /// What it can show in ours.
    fn client_certificates(&self) -> CertificateTypes {
        CertificateTypes::NONE
    }
    /// The signature schemes that it can verify, by index (RFC 5246 7.4.1.4.1).
    fn scheme(index: usize) -> Option<u16> {
        let _ = index;
        None
    }
    /// Whether handshakes may be abbreviated ones: the constant that takes the code for it out of the firmware that has none.
    const RESUMES: bool = false;
    /// A new handshake begins.
    fn hello(&mut self) {}
    /// Writes further extensions of the ClientHello; the same bytes each time.
    fn extensions(&self, sink: &mut Sink<'_, P::Hash>) {
        let _ = sink;
    }
    /// Reads one in the ServerHello. `None`: it was not offered; false: it says what it must not.
    fn extension(&mut self, kind: ExtensionType, body: &[u8]) -> Option<bool> {
        let _ = (kind, body);
        None
    }
    /// The suite is chosen: starts `step` over. False: this credential cannot do it.
    fn begin(&mut self, chosen: Chosen, step: &mut Self::Step) -> bool;
    /// Reads a message of the server's flight, up to ServerHelloDone (which has no body).
    fn read(
        &mut self,
        step: &mut Self::Step,
        kind: HandshakeType,
        body: &[u8],
        cx: &mut Cx<'_, P>,
    ) -> Result<(), Error>;
    /// The operation that follows `after`; `None`: the handshake can be finished.
    fn next(&self, step: &Self::Step, after: Option<Op>) -> Option<Op>;
    /// Does an operation. `WouldBlock` leaves `step` as it was, and asks to be called again. `master` is written by [`Op::Derive`].
    fn work(&mut self, step: &mut Self::Step, op: Op, cx: &mut Cx<'_, P>, master: &mut Master)
    -> nb::Result<(), Error>;
    /// Whether a message (Certificate, ClientKeyExchange, CertificateVerify) is part of our flight.
    fn sends(&self, step: &Self::Step, kind: HandshakeType) -> bool;
    /// Writes the body of that message; the same bytes each time.
    fn emit(&self, step: &Self::Step, kind: HandshakeType, sink: &mut Sink<'_, P::Hash>);
    /// What was verified of the server.
    fn peer(&self) -> Option<&PeerIdentity<'_>> {
        None
    }
    /// The PRF under the master secret is at hand, for what is to be drawn from it; `randoms` are the client's and the server's.
    fn keyed(&mut self, prf: &Prf<P::Hash>, hash: &mut P::Hash, randoms: [&[u8; 32]; 2]) {
        let _ = (prf, hash, randoms);
    }
    /// The most bytes of plaintext that the server takes in a record.
    fn max_plaintext(&self) -> usize {
        usize::MAX
    }
    /// What of the extensions agreed goes along when the association is exported; zeros: nothing.
    fn agreed(&self) -> [u8; 3] {
        [0; 3]
    }
    /// Takes that up, behind [`hello`](Self::hello), when the association is imported.
    fn agree_again(&mut self, agreed: [u8; 3]) {
        let _ = agreed;
    }
    /// Hands `put` all that tells this credential from another, and the servers that it takes: what a session is bound to.
    fn bind(&self, put: &mut dyn FnMut(&[u8])) {
        let _ = put;
    }
    /// The session ID of our ClientHello, which may be made of its random.
    fn session_id<'s>(&'s self, random: &'s [u8; 32]) -> &'s [u8] {
        let _ = random;
        &[]
    }
    /// The session, and how this handshake stands to it.
    fn lent(&mut self) -> Option<Lent<'_>> {
        None
    }
    /// How this handshake stands to the session.
    fn phase(&self) -> Phase {
        Phase::Full
    }
    /// Whether the server said that a NewSessionTicket comes.
    fn promised(&self) -> bool {
        false
    }
    /// Writes the session ([`Session::save`]). `None`: there is none to keep, or `out` has another length.
    fn save_session(&self, hash: &mut P::Hash, out: &mut [u8]) -> Option<()> {
        let _ = (hash, out);
        None
    }
}
