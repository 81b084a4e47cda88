//! Puts the awaited handshake message together from its fragments, in the slice that the caller lent (RFC 6347 4.2.3).
//!
//! A bit a byte, at the front of the slice, says what has come: so any cut and any overlap is taken, in any order.

use crate::wire::{Fragment, HandshakeType};

/// The book-keeping of the message awaited.
#[cfg_attr(test, derive(Clone))]
pub(crate) struct Reassembly {
    /// The message_seq awaited.
    next: u16,
    /// The message in the slice, if `length` is not 0.
    kind: HandshakeType,
    length: u16,
    missing: u16,
    /// The slice that a message would have needed; 0: it was large enough for all.
    need: u16,
}

impl Reassembly {
    pub(crate) const EMPTY: Self = Self { next: 0, kind: HandshakeType(0), length: 0, missing: 0, need: 0 };

    /// Awaits message `next`, of which nothing has come.
    pub(crate) fn restart(&mut self, next: u16) {
        *self = Self { next, ..Self::EMPTY };
    }

    /// The message_seq awaited.
    pub(crate) fn next(&self) -> u16 {
        self.next
    }

    /// What has come of the message awaited: its type, its length and how much is missing.
    #[cfg(feature = "inspect")]
    pub(crate) fn partial(&self) -> (u8, u16, u16) {
        (self.kind.0, self.length, self.missing)
    }

    /// The bytes that the slice would need for a message that came in fragments; `None`: none was too long.
    pub(crate) fn need(&self) -> Option<u16> {
        (self.need > 0).then_some(self.need)
    }

    /// Takes a fragment of the awaited message. Returns the whole body once it has come; `Err`: the slice is too small.
    #[inline(never)]
    pub(crate) fn add<'s>(&mut self, slice: &'s mut [u8], fragment: &Fragment<'_>) -> Result<Option<&'s [u8]>, ()> {
        let bits = (fragment.length + 7) >> 3;
        let need = fragment.length + bits;
        let have = slice.len();
        let (Some((seen, bytes)), Ok(length)) = (slice.split_at_mut_checked(bits), u16::try_from(fragment.length))
        else {
            self.too_small(need);
            return Err(());
        };
        if need > have {
            self.too_small(need);
            return Err(());
        }
        // Every fragment of a message says the same type and length; what says otherwise is of an older message, or forged. The latest stands, so that
        // nothing that strayed in can keep out what the server repeats.
        if (self.kind, self.length) != (fragment.kind, length) {
            (self.kind, self.length, self.missing) = (fragment.kind, length, length);
            seen.fill(0);
        }
        for (at, byte) in (fragment.offset..).zip(fragment.data) {
            let bit = 1 << (at & 7);
            if let (Some(seen), Some(to)) = (seen.get_mut(at >> 3), bytes.get_mut(at))
                && *seen & bit == 0
            {
                *seen |= bit;
                *to = *byte;
                self.missing = self.missing.saturating_sub(1);
            }
        }
        Ok(if self.missing == 0 { bytes.get(..fragment.length) } else { None })
    }

    fn too_small(&mut self, need: usize) {
        self.need = u16::try_from(need).unwrap_or(u16::MAX);
    }
}
