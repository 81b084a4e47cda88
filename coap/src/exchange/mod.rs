//! One request on its way through its exchanges (RFC 7252 5): what is sent next, and what a response to it means.
//!
//! 1. `Queued`: a message is to be sent: the request, its next block, the next block of the response, a renewed or a cancelled registration.
//! 2. `Sent`: it went out. Confirmable: not acknowledged yet. Non-confirmable: not answered, and too recent for another (PROBING_RATE).
//! 3. `Acked`: only the response is awaited.
//! 4. `Idle`: an observation between notifications. Back to 1 when it is to be renewed.
//! 5. `Broken`: it cannot be sent; the caller is to be told.
//!
//! Here is what a slot keeps; `write`: the message that is due; `take`: what a response leads to.

mod take;
mod write;

pub(crate) use take::{etag, is_understood, tag_number, uint};
pub(crate) use write::Head;

use crate::block::{Phase, Transfer};
use crate::code::Code;
use crate::error::Failure;
use crate::message::{Message, Type};
use crate::observe::{Observation, Role};

/// Where a slot stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum State {
    Free = 0,
    Queued,
    Sent,
    Acked,
    Idle,
    Broken,
    /// Blocks come and go in bursts (RFC 9177): what is sent next, and when, the profile knows.
    Bulk,
}

/// Where the body comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Origin {
    /// The store; there may be none.
    Store = 0,
    Source,
}

/// The memory of one request, or of one observation and what it takes to keep it up.
#[derive(Debug)]
pub struct Slot {
    pub(crate) watch: Observation,
    pub(crate) transfer: Transfer,
    /// Of the exchange in course: each has its own, but for those that speak of a registration.
    pub(crate) token: u32,
    /// In ticks: `Sent`: the next retransmission, `Acked`: the end of patience, `Idle`: the renewal.
    pub(crate) deadline: u32,
    /// `Sent`: the wait before the next retransmission but one, in ticks; the end of patience of a Non-confirmable request.
    pub(crate) wait: u32,
    /// Message ID of the exchange in course.
    pub(crate) id: u16,
    /// Length of the options at the front of the share of the store, in bytes.
    pub(crate) options: u16,
    /// Length of the body that follows them, in bytes.
    pub(crate) body: u16,
    /// The method; Empty for a ping.
    pub(crate) code: Code,
    pub(crate) state: State,
    pub(crate) role: Role,
    /// Why it is `Broken`.
    pub(crate) failure: Failure,
    /// How often the message was sent again.
    pub(crate) retries: u8,
    /// Tells the users of this slot apart.
    pub(crate) generation: u8,
    pub(crate) confirmable: bool,
    pub(crate) origin: Origin,
    /// Which body of the source.
    pub(crate) key: u8,
    /// Length of the Echo value that follows the body in the share of the store, in bytes; 0: none.
    pub(crate) echo: u8,
}

/// What a response means to the slot.
pub(crate) enum Taken {
    /// Nothing for the caller.
    Nothing,
    /// It is older than what came before.
    Stale,
    Deliver {
        offset: u32,
        more: bool,
        notification: bool,
        last: bool,
    },
    Fail(Failure),
}

impl Slot {
    /// A free slot: all zeros, so that a `static` of them needs no flash.
    pub const EMPTY: Slot = Slot {
        watch: Observation::NONE,
        transfer: Transfer::NONE,
        token: 0,
        deadline: 0,
        wait: 0,
        id: 0,
        options: 0,
        body: 0,
        code: Code::EMPTY,
        state: State::Free,
        role: Role::None,
        failure: Failure::Timeout,
        retries: 0,
        generation: 0,
        confirmable: false,
        origin: Origin::Store,
        key: 0,
        echo: 0,
    };

    /// Whether an exchange is in course.
    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self.state, State::Sent | State::Acked)
    }

    /// Whether the rest of a response's body is being fetched.
    pub(crate) fn is_fetching(&self) -> bool {
        self.transfer.phase == Phase::Response
    }

    /// Whether a response with this token speaks of the registration.
    fn is_watching(&self, token: u32) -> bool {
        self.role >= Role::Registered && token == self.watch.token
    }

    /// Whether a response belongs here. A piggybacked one must also acknowledge the right message (RFC 7252 5.3.2).
    pub(crate) fn awaits(&self, message: &Message<'_>, token: u32) -> bool {
        // The token of a ping is never sent, so nobody answers with it.
        let asked = self.is_waiting() && token == self.token;
        match message.kind {
            Type::Acknowledgement => asked && self.id == message.id,
            _ => asked || self.is_watching(token),
        }
    }

    /// GET and FETCH may be made anew (RFC 7252 5.1, RFC 8132 2): they change nothing.
    pub(crate) const fn is_repeatable(&self) -> bool {
        matches!(self.code, Code::GET | Code::FETCH)
    }
}

#[cfg(test)]
mod tests {
    use super::Slot;

    #[test]
    fn a_slot_stays_small() {
        assert!(size_of::<Slot>() <= 60, "{}", size_of::<Slot>());
    }
}
