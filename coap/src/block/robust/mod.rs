//! One body by Q-Block1 or Q-Block2 (RFC 9177): what a block, or a word about blocks, leads to, and what is to be sent when.
//!
//! Promises: no body is held; each block that came is told apart from those that did not; nothing here knows of slots. Here is what both ways have in
//! common; `request`: blocks that go; `response`: blocks that come; `window`: which of them did.

mod request;
mod response;
#[cfg(test)]
mod tests;
mod window;

use crate::error::Failure;
use window::{REACH, Window};

/// The parameters of RFC 9177 7.2, in ticks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// MAX_PAYLOADS.
    pub(crate) max_payloads: u8,
    /// NON_MAX_RETRANSMIT.
    pub(crate) max_retransmit: u8,
    pub(crate) timeout: u32,
    pub(crate) receive_timeout: u32,
    pub(crate) partial_timeout: u32,
    pub(crate) probing_wait: u32,
}

/// What the peer is known to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Support {
    Unknown,
    Yes,
    No,
}

/// What all transfers of an endpoint have in common, and the transfers.
#[derive(Clone, Copy, Debug)]
pub struct Engine<B: ?Sized = [Bulk]> {
    pub(crate) pace: Pace,
    pub(crate) support: Support,
    pub(crate) bulks: B,
}

impl Engine {
    /// The transfer of a slot.
    pub(crate) fn of(&mut self, index: usize) -> Option<&mut Bulk> {
        self.bulks.iter_mut().find(|bulk| bulk.phase != Phase::Free && usize::from(bulk.slot) == index)
    }

    /// Whether the next message of this slot is the question whether the peer knows of Q-Block.
    pub(crate) fn is_probing(&mut self, index: usize) -> bool {
        self.support == Support::Unknown && self.of(index).is_some_and(|bulk| bulk.phase == Phase::Waiting)
    }

    /// A transfer for a slot. False: there is none left.
    pub(crate) fn take(&mut self, index: usize) -> bool {
        let free = self.bulks.iter_mut().find(|bulk| bulk.phase == Phase::Free);
        free.map(|bulk| *bulk = Bulk { slot: index as u8, phase: Phase::Waiting, ..Bulk::FREE }).is_some()
    }

    /// The slot is free, or goes on without.
    pub(crate) fn release(&mut self, index: usize) {
        if let Some(bulk) = self.of(index) {
            bulk.phase = Phase::Free;
        }
    }

    /// The association is gone: the next peer is asked anew.
    pub(crate) fn lost(&mut self) {
        self.support = Support::Unknown;
        for bulk in self.bulks.iter_mut().filter(|bulk| bulk.phase != Phase::Free) {
            bulk.phase = Phase::Waiting;
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Phase {
    Free,
    /// Its request is not sent yet.
    Waiting,
    Upload,
    Download,
}

/// A request that is to be sent for a response's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Ask {
    Nothing,
    /// The request itself, for all of it.
    Whole,
    /// What is missing.
    Missing,
    /// The next MAX_PAYLOADS_SET: the one before is here (RFC 9177 4.4).
    Continue,
}

/// What is to be sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    Ask(Ask),
    Block(u32),
    Fail(Failure),
}

/// What a block of a response means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Got {
    /// It came before, is of a body that was given up, or is nowhere in the body.
    Stale,
    /// For the caller. `anew`: the first of this body.
    New {
        offset: u32,
        complete: bool,
        anew: bool,
    },
    Fail(Failure),
}

/// A block that came, as its options say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    pub(crate) number: u32,
    pub(crate) more: bool,
    pub(crate) exponent: u8,
    pub(crate) etag: u64,
    /// Size2, in bytes; 0: not said.
    pub(crate) size: u32,
    /// Bytes of payload.
    pub(crate) len: usize,
}

/// One body on its way.
#[derive(Clone, Copy, Debug)]
pub struct Bulk {
    slot: u8,
    pub(crate) phase: Phase,
    /// SZX.
    pub(crate) exponent: u8,
    ask: Ask,
    /// How often the same blocks were asked for in vain.
    count: u8,
    /// How many blocks may go before the next pause.
    left: u8,
    restarts: u8,
    /// Download: whether the peer said anything since the last message to it. Upload: whether it ever did.
    pub(crate) heard: bool,
    /// Upload: whether its last block may be sent again to learn what became of it.
    pub(crate) repeatable: bool,
    /// Whether a block of this body came.
    begun: bool,
    /// The first half of the tokens of this request.
    pub(crate) token: u32,
    /// The second half of the next.
    pub(crate) serial: u32,
    /// The delay between two MAX_PAYLOADS_SETs: NON_TIMEOUT_RANDOM, in ticks.
    pause: u32,
    /// Download: which blocks came. Upload: from the first block that is to go again on, which are not.
    window: Window,
    /// Upload: which blocks are to go again, from the window's base on.
    again: u64,
    /// Download: the block after the MAX_PAYLOADS_SET of the window's base. Upload: the next block.
    next: u32,
    /// Download: the block after the last MAX_PAYLOADS_SET of which a block led to a request for those before.
    told: u32,
    /// How many blocks the body has; 0: not known.
    pub(crate) total: u32,
    /// Upload: its length in bytes.
    pub(crate) size: u32,
    etag: u64,
    /// Of the body before.
    past: u64,
}

/// How often a body begins anew before it is given up.
const RESTARTS: u8 = 3;

impl Bulk {
    pub(crate) const FREE: Self = Self {
        slot: 0,
        phase: Phase::Free,
        exponent: 0,
        ask: Ask::Nothing,
        count: 0,
        left: 0,
        restarts: 0,
        heard: true,
        repeatable: false,
        begun: false,
        token: 0,
        serial: 0,
        pause: 0,
        window: Window::EMPTY,
        again: 0,
        next: 0,
        told: 0,
        total: 0,
        size: 0,
        etag: 0,
        past: 0,
    };

    /// The request is to be sent, under tokens that begin with `token`.
    pub(crate) fn launch(&mut self, phase: Phase, exponent: u8, token: u32, pause: u32) {
        *self = Self { slot: self.slot, phase, exponent, token, pause, ask: Ask::Whole, serial: 1, ..Self::FREE };
    }

    /// The slot that it belongs to.
    pub(crate) fn index(&self) -> usize {
        self.slot.into()
    }

    pub(crate) fn pause(&self) -> u32 {
        self.pause
    }

    /// The size of a block in bytes.
    pub(crate) fn bytes(&self) -> u32 {
        16 << (self.exponent & 7)
    }

    /// What is to be sent, now that the deadline has come.
    pub(crate) fn plan(&mut self, pace: &Pace) -> Plan {
        if self.phase == Phase::Upload {
            return self.next_block(pace);
        }
        if self.ask == Ask::Nothing {
            self.count = self.count.saturating_add(1);
            if self.count > pace.max_retransmit {
                return Plan::Fail(Failure::NoResponse);
            }
            self.ask = match self.window.end() {
                0 => Ask::Whole,
                // Nothing of the set came: what asked for it may not have arrived.
                end if end == self.window.base && end.wrapping_add(pace.max_payloads.into()) == self.next => {
                    Ask::Continue
                }
                _ => Ask::Missing,
            };
        }
        Plan::Ask(core::mem::replace(&mut self.ask, Ask::Nothing))
    }

    /// How long to wait after what [`plan`](Self::plan) said was sent, in ticks.
    pub(crate) fn wait(&mut self, pace: &Pace) -> u32 {
        if self.phase == Phase::Download {
            // Time-to-Wait (RFC 9177 7.2), before the next request.
            return longer(pace.receive_timeout, self.count);
        }
        if self.again != 0 {
            0
        } else if self.is_sent() {
            let asks = self.repeatable && self.count < pace.max_retransmit;
            if asks { longer(pace.receive_timeout, self.count.saturating_add(1)) } else { pace.partial_timeout }
        } else if self.left == 0 {
            self.pause
        } else {
            0
        }
    }

    /// Whether something is to be sent without waiting for the time.
    pub(crate) fn is_eager(&self) -> bool {
        match self.phase {
            Phase::Upload => self.again != 0,
            _ => self.ask != Ask::Nothing,
        }
    }

    /// Whether what was sent last asks for something, and is no block on its way.
    pub(crate) fn asks(&self) -> bool {
        self.phase == Phase::Download || (self.is_sent() && self.again == 0)
    }
}

/// How many blocks a body of so many bytes has.
pub(crate) fn blocks(size: u32, exponent: u8) -> u32 {
    let shift = u32::from(exponent & 7).wrapping_add(4);
    let part = size & (1u32 << shift).wrapping_sub(1);
    (size >> shift).wrapping_add(u32::from(part != 0))
}

/// A wait, doubled so many times.
fn longer(wait: u32, count: u8) -> u32 {
    let doubled = u64::from(wait) << count.min(20);
    doubled.min(1 << 30) as u32
}
