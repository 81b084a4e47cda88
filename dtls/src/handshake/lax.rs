//! The table of messages with one transition too many, for the walk that must find that one.
//!
//! In builds with debug assertions alone: what somebody else's package switches on in a release build cannot weaken a handshake.

use super::{At, Core};
use crate::auth::Auth;
use crate::crypto::Provider;
use crate::error::Error;
use crate::wire::HandshakeType;
use core::sync::atomic::{AtomicU8, Ordering};

/// An illegal transition that the table can be made to allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Lax {
    /// None: the table as it is.
    Nothing = 0,
    /// Finished in place of the rest of the server's flight.
    EarlyFinished = 1,
    /// A second ServerHello behind the first.
    SecondServerHello = 2,
    /// A HelloVerifyRequest behind the ServerHello.
    LateVerifyRequest = 3,
    /// A NewSessionTicket that nobody promised.
    UnpromisedTicket = 4,
    /// Finished in place of the ticket that was promised.
    FinishedBeforeTicket = 5,
    /// ServerHelloDone in place of the ServerHello.
    DoneBeforeHello = 6,
}

static LAX: AtomicU8 = AtomicU8::new(0);

/// Allows the one transition, in every client of this process.
pub(crate) fn loosen(lax: Lax) {
    LAX.store(lax as u8, Ordering::Relaxed);
}

/// Whether this transition is the one that is allowed against the rules.
pub(super) fn allows(at: At, kind: HandshakeType, resumes: bool) -> bool {
    let lax = match (at, kind) {
        (At::AwaitServerHello, HandshakeType::SERVER_HELLO_DONE) => Lax::DoneBeforeHello,
        (At::AwaitFinished, HandshakeType::NEW_SESSION_TICKET) if resumes => Lax::UnpromisedTicket,
        (At::AwaitFinished, HandshakeType::FINISHED) => Lax::FinishedBeforeTicket,
        _ => return false,
    };
    lax as u8 == LAX.load(Ordering::Relaxed)
}

/// The same for messages that the credential would be asked about first.
pub(super) fn overtakes(kind: HandshakeType) -> bool {
    let lax = match kind {
        HandshakeType::FINISHED => Lax::EarlyFinished,
        HandshakeType::SERVER_HELLO => Lax::SecondServerHello,
        HandshakeType::HELLO_VERIFY_REQUEST => Lax::LateVerifyRequest,
        _ => return false,
    };
    lax as u8 == LAX.load(Ordering::Relaxed)
}

impl<A: Auth<P>, P: Provider> Core<'_, A, P> {
    /// Takes a message against the rules.
    pub(super) fn lax(&mut self, kind: HandshakeType, seq: u16, body: &[u8]) -> Result<(), Error> {
        match kind {
            HandshakeType::FINISHED => self.server_finished(seq, body),
            HandshakeType::SERVER_HELLO => self.server_hello(seq, body),
            HandshakeType::HELLO_VERIFY_REQUEST => self.hello_verify_request(body),
            HandshakeType::NEW_SESSION_TICKET => self.new_session_ticket(seq, body),
            HandshakeType::SERVER_HELLO_DONE => {
                self.memory.at = At::AwaitServerFlight;
                Ok(())
            }
            _ => Err(Error::Unexpected(kind)),
        }
    }
}
