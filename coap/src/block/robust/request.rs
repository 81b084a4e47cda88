//! Blocks that go (Q-Block1, RFC 9177 4.3): which is next, and which go again.

use super::{Bulk, Pace, Plan, RESTARTS, blocks};
use crate::error::Failure;

impl Bulk {
    /// The body of the request has so many bytes. False: more blocks than can be numbered (RFC 7959 2.2).
    pub(crate) fn upload(&mut self, size: u32, pace: &Pace) -> bool {
        (self.size, self.total) = (size, blocks(size, self.exponent).max(1));
        (self.next, self.again, self.left, self.count) = (0, 0, pace.max_payloads, 0);
        self.total <= 1 << 20
    }

    /// Whether each block went at least once.
    pub(crate) fn is_sent(&self) -> bool {
        self.next >= self.total
    }

    /// Smaller blocks, before any was sent. False: there are none.
    pub(crate) fn shrink(&mut self) -> bool {
        let Some(exponent) = self.exponent.checked_sub(1) else { return false };
        (self.exponent, self.total) = (exponent, blocks(self.size, exponent).max(1));
        self.total <= 1 << 20
    }

    pub(super) fn next_block(&mut self, pace: &Pace) -> Plan {
        if self.again != 0 {
            let ahead = self.again.trailing_zeros();
            self.again &= self.again.wrapping_sub(1);
            return Plan::Block(self.window.base.wrapping_add(ahead));
        }
        if self.is_sent() {
            if !self.repeatable || self.count >= pace.max_retransmit {
                return Plan::Fail(Failure::NoResponse);
            }
            // All of it went, and no word came of it. To a block that came before the peer answers as it did then (RFC 9177 4.3).
            self.count = self.count.saturating_add(1);
            return Plan::Block(self.total.wrapping_sub(1));
        }
        self.next = self.next.wrapping_add(1);
        Plan::Block(self.next.wrapping_sub(1))
    }

    /// A block of the request was written.
    pub(crate) fn sent_block(&mut self, number: u32, pace: &Pace) {
        if number.wrapping_add(1) == self.next {
            self.left = if self.left == 0 { pace.max_payloads } else { self.left }.saturating_sub(1);
        }
    }

    /// 2.31: all blocks up to this one are there. True: the next set may go at once.
    pub(crate) fn continued(&mut self, number: u32) -> bool {
        self.again == 0 && number.wrapping_add(1) >= self.next && self.next < self.total
    }

    /// The blocks that the peer misses, as a sequence of CBOR unsigned integers in ascending order (RFC 9177 5), MAX_PAYLOADS of them at the most.
    /// False: it is none.
    pub(crate) fn missing(&mut self, mut list: &[u8], pace: &Pace) -> bool {
        let (mut again, mut base, mut before) = (0u64, 0, None);
        for _ in 0..pace.max_payloads {
            let Some((number, rest)) = unsigned(list) else { break };
            if before.is_some_and(|before| number <= before) || number >= self.next {
                return false;
            }
            if before.is_none() {
                base = number;
            }
            before = Some(number);
            again |= 1u64.checked_shl(number.wrapping_sub(base)).unwrap_or(0);
            list = rest;
        }
        if again != 0 {
            (self.window.base, self.again, self.count) = (base, again, 0);
        }
        again != 0
    }

    /// The peer lost all of it, or wants it in smaller blocks: from the start, but not again and again.
    pub(crate) fn restart(&mut self, exponent: u8, pace: &Pace) -> bool {
        self.restarts = self.restarts.saturating_add(1);
        self.exponent = exponent;
        self.restarts <= RESTARTS && self.upload(self.size, pace)
    }
}

/// One CBOR unsigned integer of up to 32 bits (RFC 8949 3), and what follows it.
fn unsigned(list: &[u8]) -> Option<(u32, &[u8])> {
    let (first, rest) = list.split_first()?;
    let len = match first {
        ..24 => return Some((u32::from(*first), rest)),
        24 => 1,
        25 => 2,
        26 => 4,
        _ => return None,
    };
    let (value, rest) = rest.split_at_checked(len)?;
    Some((value.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)), rest))
}
