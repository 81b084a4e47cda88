//! Where a handshake stands: all that decides what it takes next.

use super::{At, Core};
use crate::auth::{Auth, Phase};
use crate::crypto::{Hash, Provider};

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

impl<A: Auth<P>, P: Provider> Core<'_, A, P> {
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
