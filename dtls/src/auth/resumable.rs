//! A credential whose handshakes are resumed: by session ID (RFC 5246 7.3) or by ticket (RFC 5077), whichever the server gives.

use super::{
    Auth, CertificateTypes, Chosen, Cx, Exchanges, Head, Op, Session, SessionId, SessionView, delegate, save_session,
};
use crate::crypto::{Master, Prf, Provider};
use crate::error::Error;
use crate::pki::PeerIdentity;
use crate::wire::{ExtensionType, HandshakeType, Sink, extension};

/// Where a handshake stands to the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// The handshake is a full one.
    Full,
    /// The session is offered, and the server has not answered.
    Offered,
    /// The server took it: the handshake is an abbreviated one.
    Resumed,
}

/// What the handshake is lent of a [`Resumable`].
pub struct Lent<'s> {
    pub(crate) head: &'s mut Head,
    pub(crate) ticket: &'s mut [u8],
    pub(crate) phase: &'s mut Phase,
    /// The server said that a NewSessionTicket will come.
    pub(crate) promised: &'s mut bool,
    /// The ID of the session that a full handshake makes.
    pub(crate) fresh: &'s mut SessionId,
}

impl Lent<'_> {
    /// A full handshake comes to its keys: its session takes the place of the one that was offered.
    pub(crate) fn replace(self, master: &Master) {
        *self.phase = Phase::Full;
        self.head.forget();
        self.head.id.set(self.fresh.as_bytes());
        *self.head.master.as_mut_bytes() = *master.as_bytes();
    }
}

impl core::fmt::Debug for Lent<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Lent").field("phase", &self.phase).finish_non_exhaustive()
    }
}

/// A credential that keeps a [`Session`]: the next handshake offers it, and is a full one where the server does not know it any more.
///
/// An abbreviated handshake makes no key exchange and verifies no certificate: the server proves that it knows the master secret that it once proved itself
/// for. Certificates that ended meanwhile are not noticed: bound a session's age by [`forget`](Self::forget), to a day at most (RFC 5246 F.1.4).
///
/// ```
/// # #[cfg(feature = "soft")] {
/// use stint_dtls::crypto::soft::{Aes128Ccm8, Sha256};
/// use stint_dtls::crypto::{Crypto, PreSharedKey, Random};
/// use stint_dtls::{Client, Config, Memory, Psk, Resumable, Session};
///
/// fn shake_hands(flash: &mut [u8], random: impl Random) -> Result<(), Box<dyn std::error::Error>> {
///     let mut session = Session::<256>::EMPTY;
///     if let Err(error) = session.load(&mut Sha256, flash) {
///         println!("a full handshake: {error}");
///     }
///     let auth = Psk::new(b"Client_identity", PreSharedKey::new(b"secretPSK")?)?;
///     let provider = Crypto { hash: Sha256, aeads: Aes128Ccm8, random, kx: () };
///     let mut memory = Memory::EMPTY;
///     let mut dtls = Client::new(Config::new(), Resumable::new(auth, &mut session), provider, &mut memory, &mut []);
///     dtls.start(core::time::Duration::ZERO)?;
///     // And then the loop of the README; after Event::Connected:
///     let mut saved = [0; Session::<256>::SAVED];
///     if dtls.save_session(&mut saved).is_some() {
///         flash.copy_from_slice(&saved);
///     }
///     Ok(())
/// }
/// # }
/// ```
pub struct Resumable<'b, A, const T: usize = 256> {
    auth: A,
    session: &'b mut Session<T>,
    phase: Phase,
    promised: bool,
    fresh: SessionId,
}

impl<'b, A, const T: usize> Resumable<'b, A, T> {
    /// `auth`, with the session of the last handshake, or an empty one.
    pub fn new(auth: A, session: &'b mut Session<T>) -> Self {
        Self { auth, session, phase: Phase::Full, promised: false, fresh: SessionId::EMPTY }
    }

    /// The session as it stands: after `Event::Connected`, the one to save.
    pub fn session(&self) -> &Session<T> {
        self.session
    }

    /// Forgets the session: the next handshake is a full one.
    pub fn forget(&mut self) {
        self.session.forget();
    }

    /// The credential.
    pub fn inner(&self) -> &A {
        &self.auth
    }

    /// The credential, to be changed between two handshakes.
    pub fn inner_mut(&mut self) -> &mut A {
        &mut self.auth
    }
}

impl<P: Provider, A: Auth<P>, const T: usize> Auth<P> for Resumable<'_, A, T> {
    type Step = A::Step;
    const EXCHANGES: Exchanges = A::EXCHANGES;
    const SERVER_CERTIFICATES: CertificateTypes = A::SERVER_CERTIFICATES;
    const RESUMES: bool = true;

    delegate!(auth: hello, client_certificates, scheme, begin, read, next, work, sends, emit, peer, bind, max_plaintext, keyed);

    fn extensions(&self, sink: &mut Sink<'_, P::Hash>) {
        self.auth.extensions(sink);
        // Empty where there is no ticket: then it asks for one (RFC 5077 3.2).
        let len = if self.phase == Phase::Full { 0 } else { usize::from(self.session.head.ticket_len) };
        let ticket = self.session.ticket.get(..len).unwrap_or(&[]);
        extension(sink, ExtensionType::SESSION_TICKET, ticket.len());
        sink.put(ticket);
    }

    fn extension(&mut self, kind: ExtensionType, body: &[u8]) -> Option<bool> {
        if kind == ExtensionType::SESSION_TICKET {
            self.promised = true;
            return Some(body.is_empty());
        }
        self.auth.extension(kind, body)
    }

    fn session_id<'s>(&'s self, random: &'s [u8; 32]) -> &'s [u8] {
        match self.phase {
            Phase::Full => &[],
            // Something of ours, that the server repeats if it takes the ticket (RFC 5077 3.4).
            _ if self.session.head.ticket_len > 0 => random.first_chunk::<16>().map_or(&[], |id| id),
            _ => self.session.head.id.as_bytes(),
        }
    }

    fn lent(&mut self) -> Option<Lent<'_>> {
        let Session { head, ticket } = &mut *self.session;
        Some(Lent { head, ticket, phase: &mut self.phase, promised: &mut self.promised, fresh: &mut self.fresh })
    }

    fn phase(&self) -> Phase {
        self.phase
    }

    fn promised(&self) -> bool {
        self.promised
    }

    fn save_session(&self, hash: &mut P::Hash, out: &mut [u8]) -> Option<()> {
        save_session(SessionView { head: &self.session.head, ticket: &self.session.ticket }, hash, out)
    }
}

impl<A, const T: usize> core::fmt::Debug for Resumable<'_, A, T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Resumable").field("phase", &self.phase).field("session", &self.session).finish_non_exhaustive()
    }
}
