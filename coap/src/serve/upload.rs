//! A body that comes in blocks (RFC 7959 2.5): each goes to the handler at once, in order; here is only which one is next.

use super::Asked;
use crate::block::Block;
use crate::code::Code;

/// The one body that is on its way here, and the one that is on its way back in answer to a request that did something.
#[derive(Debug)]
pub(super) struct Bodies {
    /// Of the request's body, and where its next block begins, in bytes; 0: there is none.
    upload: (u32, u32),
    /// Of the request whose response is being fetched; 0: there is none.
    response: u32,
}

/// What a request's payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// For the handler.
    New { offset: u32, more: bool },
    /// The block before, once more: it is in already.
    Again,
    /// Not what is next.
    Refused(Code),
}

impl Bodies {
    pub(super) const NONE: Self = Self { upload: (0, 0), response: 0 };

    /// Takes note of a payload of `len` bytes.
    #[inline(never)]
    pub(super) fn take(&mut self, asked: &Asked, len: usize) -> Part {
        let Some(Block { number, more, exponent }) = asked.block1 else { return Part::New { offset: 0, more: false } };
        let size = 16 << exponent;
        if len > size || (more && len < size) {
            return Part::Refused(Code::BAD_REQUEST);
        }
        let offset = number << (u32::from(exponent) + 4);
        let end = offset.wrapping_add(size as u32);
        let (key, next) = self.upload;
        if offset > 0 && (key != asked.key || next == 0) {
            return Part::Refused(Code::REQUEST_ENTITY_INCOMPLETE);
        }
        if offset == 0 || offset == next {
            self.upload = (asked.key, if more { end } else { 0 });
            return Part::New { offset, more };
        }
        if more && end == next { Part::Again } else { Part::Refused(Code::REQUEST_ENTITY_INCOMPLETE) }
    }

    /// The handler wants no more of the body.
    pub(super) fn refuse(&mut self) {
        self.upload = (0, 0);
    }

    /// The response to this request goes on after the block that was answered, or ends with it.
    pub(super) fn answered(&mut self, asked: &Asked, more: bool) {
        self.response = if more { asked.key | 1 } else { 0 };
    }

    /// Whether the next blocks of the response to this request are still to be had.
    pub(super) fn is_answering(&self, asked: &Asked) -> bool {
        self.response == asked.key | 1
    }
}
