//! Where a handshake stands, and the table with one transition too many: for the walk that must find that one.

use super::{At, Core};
use crate::auth::{Auth, Phase};
use crate::crypto::{Hash, Provider};
use crate::error::Error;
use crate::wire::HandshakeType;
use core::sync::atomic::{AtomicU8, Ordering};

/// All that decides what is taken next. Two clients of one configuration in the same position take the same messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// 0: idle; 1: ServerHello is awaited; 2: the server's flight; 3: an operation is due; 4: Finished is awaited; 5: established.
    pub stage: u8,
    /// The message_seq awaited.
    pub next: u16,
    /// Of the message that comes in fragments: its type, its length, and how many bytes are missing.
    pub partial: (u8, u16, u16),
    /// The number of HelloVerifyRequests obeyed.
    pub hello_seq: u8,
    /// The hash of the messages so far.
    pub transcript: [u8; 32],
    /// The server's verify_data, as it must come.
    pub expected: [u8; 12],
    /// An alert in the clear that waits to be believed.
    pub hint: Option<u8>,
    /// A NewSessionTicket was promised; the session offered was taken.
    pub session: (bool, bool),
    /// Whether there are keys.
    pub keys: bool,
}

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

    pub(crate) fn position(&mut self) -> Position {
        let (hash, _, _) = self.provider.parts();
        let transcript = hash.so_far(&self.memory.transcript);
        let memory = &*self.memory;
        Position {
            stage: match memory.at {
                At::Idle => 0,
                At::AwaitServerHello => 1,
                At::AwaitServerFlight => 2,
                At::Work(_) => 3,
                At::AwaitFinished => 4,
                At::Established => 5,
            },
            next: memory.reassembly.next(),
            partial: memory.reassembly.partial(),
            hello_seq: memory.own.hello_seq,
            transcript,
            expected: memory.expected,
            hint: memory.flight.hinted(),
            session: (self.auth.promised(), self.auth.phase() == Phase::Resumed),
            keys: memory.channel.has_keys(),
        }
    }
}
