//! Blocks that come (Q-Block2, RFC 9177 4.4): which are missing, and what is asked for.

use super::{Ask, Bulk, Got, Pace, Piece, REACH, RESTARTS, Window, blocks};
use crate::error::Failure;

impl Bulk {
    /// The value of the next Q-Block2 option of a request, from this block on, and the block to go on from (RFC 9177 4.4).
    pub(crate) fn option(&self, ask: Ask, from: u32, max_payloads: u8) -> Option<(u32, u32)> {
        const END: u32 = u32::MAX;
        let base = self.window.base;
        let value = |number: u32, more: bool| number << 4 | u32::from(more) << 3 | u32::from(self.exponent & 7);
        match ask {
            Ask::Nothing => None,
            Ask::Whole => (from == 0).then_some((value(0, true), END)),
            Ask::Continue => (from == 0).then_some((value(base, true), END)),
            Ask::Missing => {
                let end = self.window.end();
                let known = if self.total == 0 { END } else { self.total };
                let limit = self.next.max(end).min(known);
                let number = (from.max(base)..limit.min(base.wrapping_add(REACH))).find(|n| self.window.lacks(*n))?;
                // All that is left of the set, if it is more than one block.
                let first = self.next.wrapping_sub(max_payloads.into());
                if number >= end && number != first && number.wrapping_add(1) < self.next.min(known) {
                    return Some((value(number, true), END));
                }
                Some((value(number, false), number.wrapping_add(1)))
            }
        }
    }

    /// A block of the response. `observed`: it may begin another body.
    pub(crate) fn got(&mut self, pace: &Pace, piece: &Piece, observed: bool) -> Got {
        let anew = !self.begun || piece.etag != self.etag;
        if anew {
            if piece.etag == self.past && self.begun {
                return Got::Stale;
            }
            if self.begun && !observed && !self.is_complete() {
                self.restarts = self.restarts.saturating_add(1);
                if self.restarts > RESTARTS {
                    return Got::Fail(Failure::Changed);
                }
            }
            self.past = if self.begun { self.etag } else { piece.etag };
            (self.begun, self.etag, self.exponent) = (true, piece.etag, piece.exponent);
            (self.window, self.total, self.told, self.next) = (Window::EMPTY, 0, 0, pace.max_payloads.into());
        }
        // All blocks of a body have one size.
        if piece.exponent != self.exponent {
            return Got::Stale;
        }
        let size = self.bytes();
        if piece.len > size as usize || (piece.more && piece.len < size as usize) {
            return Got::Fail(Failure::Block);
        }
        if piece.size != 0 && self.total == 0 {
            self.total = blocks(piece.size, self.exponent);
        }
        if !piece.more {
            self.total = piece.number.wrapping_add(1);
        }
        let beyond = self.total != 0 && piece.number >= self.total;
        if beyond || !self.window.note(piece.number) {
            return Got::Stale;
        }
        self.count = 0;
        self.follow(pace, piece.number);
        Got::New { offset: piece.number << (self.exponent & 7).wrapping_add(4), complete: self.is_complete(), anew }
    }

    /// What a new block leads to.
    fn follow(&mut self, pace: &Pace, number: u32) {
        let max = u32::from(pace.max_payloads);
        let base = self.window.base;
        let mut boundary = 0;
        while self.next <= base {
            boundary = self.next;
            self.next = boundary.wrapping_add(max);
        }
        if self.is_complete() {
            self.ask = Ask::Nothing;
        } else if boundary == base && base != 0 && self.window.end() == base {
            self.ask = Ask::Continue;
        } else if number >= self.next && number >= self.told {
            // The peer has gone on to a set further ahead: it will not send those before again by itself (RFC 9177 7.2).
            self.told = self.next;
            while self.told <= number {
                self.told = self.told.wrapping_add(max);
            }
            self.ask = Ask::Missing;
        } else if self.ask == Ask::Continue {
            self.ask = Ask::Nothing;
        }
    }

    /// The response to the request's body comes in blocks: the request itself is not made again.
    pub(crate) fn answered_by_blocks(&mut self, serial: u32) {
        (self.serial, self.ask) = (serial, Ask::Nothing);
    }

    /// Whether a block with this ETag is one of the body that is on its way.
    pub(crate) fn is_of(&self, etag: u64) -> bool {
        self.begun && self.etag == etag
    }

    fn is_complete(&self) -> bool {
        self.total != 0 && self.window.base >= self.total
    }

    /// A response that is no block: the next block is one of another body.
    pub(crate) fn forget(&mut self) {
        (self.begun, self.ask, self.count) = (false, Ask::Nothing, 0);
    }
}
