//! Block-wise transfer (RFC 7959): bodies of any size through buffers of one block.
//!
//! Promises: no body is ever held; a block that came goes to the caller at once, a block that goes is asked of the caller's [`Source`].
//! Here is what a response means for the transfer; sending and waiting is the endpoint's.

mod download;
mod upload;
pub(crate) mod robust;

use crate::error::Failure;

/// Where the bodies of uploads come from: the caller's flash, sensor buffer, file.
///
/// A block may be asked for again: as long as the request is alive, the same `key` and `offset` must give the same bytes
/// (RFC 7252 4.2: a retransmission repeats the message).
pub trait Source {
    /// Fills `out` with the body `key` from `offset` (in bytes) on. Answers how many bytes it wrote, and whether the body goes on after
    /// them; if it does, `out` must be full. `None`: there is no such body; the request then ends in [`Failure::Body`].
    fn read(&mut self, key: u8, offset: u32, out: &mut [u8]) -> Option<(usize, bool)>;

    /// The length of the body `key` in bytes, where it is known beforehand: the server is told (Size1, RFC 7959 4), and may refuse a body too large for
    /// it at its first block. `None` by default.
    #[inline]
    fn size(&mut self, key: u8) -> Option<u32> {
        let _ = key;
        None
    }
}

/// No bodies: for callers whose requests carry none, or small ones.
impl Source for () {
    fn read(&mut self, _key: u8, _offset: u32, _out: &mut [u8]) -> Option<(usize, bool)> {
        None
    }
}

impl<S: Source + ?Sized> Source for &mut S {
    fn read(&mut self, key: u8, offset: u32, out: &mut [u8]) -> Option<(usize, bool)> {
        (**self).read(key, offset, out)
    }

    #[inline]
    fn size(&mut self, key: u8) -> Option<u32> {
        (**self).size(key)
    }
}

/// The size of a block: 16 to 1,024 bytes, a power of two (RFC 7959 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum BlockSize {
    /// 16 bytes.
    B16 = 0,
    /// 32 bytes.
    B32 = 1,
    /// 64 bytes.
    B64 = 2,
    /// 128 bytes.
    B128 = 3,
    /// 256 bytes.
    B256 = 4,
    /// 512 bytes.
    B512 = 5,
    /// 1,024 bytes.
    B1024 = 6,
}

impl BlockSize {
    /// Bytes that a message needs around a block: header, token, and the options of an ordinary response.
    pub const HEADROOM: usize = 48;

    /// The largest block that a message of `len` bytes has room for, with [`HEADROOM`](Self::HEADROOM) bytes around it; 16 bytes at the least.
    #[must_use]
    pub const fn for_buffer(len: usize) -> Self {
        let room = len.saturating_sub(Self::HEADROOM);
        match room {
            1024.. => Self::B1024,
            512.. => Self::B512,
            256.. => Self::B256,
            128.. => Self::B128,
            64.. => Self::B64,
            32.. => Self::B32,
            _ => Self::B16,
        }
    }

    /// The size in bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        16 << self as u8
    }

    /// SZX, the size exponent less four, as it is written in a Block option (RFC 7959 2.2).
    #[must_use]
    pub const fn exponent(self) -> u8 {
        self as u8
    }
}

/// The value of a Block option (RFC 7959 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// NUM, 20 bits.
    pub(crate) number: u32,
    /// M: more blocks follow.
    pub(crate) more: bool,
    /// SZX, 0 to 6.
    pub(crate) exponent: u8,
}

impl Block {
    /// Reads an option's value, of up to 3 bytes.
    pub(crate) fn read(value: u32) -> Self {
        Self { number: value >> 4, more: value & 8 != 0, exponent: value as u8 & 7 }
    }
}

/// Which body is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Phase {
    /// The request's, and what was sent last is all of it, or its last block.
    Request = 0,
    /// The request's, and blocks follow the one that was sent last.
    Blocks,
    /// The response's: requests carry Block2 alone.
    Response,
}

/// How far the body of a request or of its response has come.
#[derive(Debug)]
pub(crate) struct Transfer {
    /// Where the next block begins, in bytes: of the request's body, then of the response's.
    pub(crate) offset: u32,
    pub(crate) phase: Phase,
    /// SZX of the next block.
    pub(crate) exponent: u8,
    restarts: u8,
    /// Of the body that is being fetched.
    etag: [u8; 8],
}

/// What a response leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It goes to the caller: a block at this offset, with more to come or without.
    Deliver { offset: u32, more: bool },
    /// The next request is to be sent.
    Next,
    /// The transfer is over.
    Fail(Failure),
}

impl Transfer {
    pub(crate) const NONE: Self = Self { offset: 0, phase: Phase::Request, exponent: 0, restarts: 0, etag: [0; 8] };

    /// The number of the next block. One of more than 20 bits cannot be written (RFC 7959 2.2).
    pub(crate) fn number(&self) -> u32 {
        self.offset >> (self.exponent & 7).wrapping_add(4)
    }

    /// The size of the next block in bytes.
    pub(crate) fn size(&self) -> usize {
        16 << (self.exponent & 7)
    }

    /// Back to the first message.
    pub(crate) fn rewind(&mut self) {
        (self.offset, self.phase) = (0, Phase::Request);
    }

    /// Back to the first message, but not again and again: a body that always changes must not keep us busy for ever.
    pub(crate) fn restart(&mut self) -> bool {
        self.rewind();
        self.once_more()
    }

    /// Whether the server may have its way once more.
    pub(crate) fn once_more(&mut self) -> bool {
        self.restarts = self.restarts.saturating_add(1);
        self.restarts <= RESTARTS
    }

    /// Goes on with a body at `offset` bytes, of the representation with this ETag.
    pub(crate) fn resume(&mut self, offset: u32, etag: u64) {
        // In blocks of which one begins there: those that came may have been smaller than ours.
        self.exponent = self.exponent.min((offset.trailing_zeros() as u8).saturating_sub(4));
        (self.phase, self.offset, self.etag) = (Phase::Response, offset & !15, etag.to_ne_bytes());
    }

    /// Whether the body that is being fetched has an ETag: the rest of it can be told from that of another.
    pub(crate) fn is_tagged(&self) -> bool {
        self.phase == Phase::Response && self.etag != [0; 8]
    }
}

/// How often a transfer begins anew before it is given up.
const RESTARTS: u8 = 3;

#[cfg(test)]
mod tests {
    use super::{Block, BlockSize, Source};

    /// The body of one key, of three bytes.
    struct Three;

    impl Source for Three {
        fn read(&mut self, key: u8, offset: u32, out: &mut [u8]) -> Option<(usize, bool)> {
            let rest = [1, 2, 3].get(offset as usize..).filter(|_| key == 9)?;
            let len = rest.len().min(out.len());
            out[..len].copy_from_slice(&rest[..len]);
            Some((len, len < rest.len()))
        }
    }

    struct Sized;

    impl Source for Sized {
        fn read(&mut self, _key: u8, _offset: u32, _out: &mut [u8]) -> Option<(usize, bool)> {
            None
        }

        fn size(&mut self, key: u8) -> Option<u32> {
            (key == 9).then_some(70_000)
        }
    }

    fn read(source: &mut impl Source, key: u8, offset: u32) -> (Option<(usize, bool)>, [u8; 2]) {
        let mut out = [0; 2];
        (source.read(key, offset, &mut out), out)
    }

    fn size(source: &mut impl Source, key: u8) -> Option<u32> {
        source.size(key)
    }

    #[test]
    fn a_source_that_is_lent_gives_another_body_than_the_source_itself() {
        let mut three = Three;
        let mut lent = &mut three;
        for (key, offset, expected) in
            [(9, 0, (Some((2, true)), [1, 2])), (9, 2, (Some((1, false)), [3, 0])), (8, 0, (None, [0, 0]))]
        {
            assert_eq!(read(&mut lent, key, offset), expected, "{key} {offset}");
        }
        let (mut sized, mut lent) = (Sized, &mut Sized);
        assert_eq!([size(&mut sized, 9), size(&mut lent, 9), size(&mut lent, 8)], [Some(70_000), Some(70_000), None]);
    }

    #[test]
    fn a_body_that_is_not_there_or_has_no_known_length_has_one() {
        assert_eq!(read(&mut (), 0, 0), (None, [0, 0]));
        assert_eq!([size(&mut (), 0), size(&mut Three, 9), size(&mut &mut Three, 9)], [None; 3]);
    }

    #[test]
    fn a_block_size_is_computed_from_the_buffer_and_never_larger() {
        for len in 0..3_000 {
            let size = BlockSize::for_buffer(len);
            assert!(size == BlockSize::B16 || size.bytes() + BlockSize::HEADROOM <= len);
            assert!(size == BlockSize::B1024 || size.bytes() * 2 + BlockSize::HEADROOM > len);
        }
    }

    #[test]
    fn a_block_value_is_number_more_and_exponent() {
        assert_eq!(Block::read(0), Block { number: 0, more: false, exponent: 0 });
        assert_eq!(Block::read(0x0e), Block { number: 0, more: true, exponent: 6 });
        assert_eq!(Block::read(0xff_fff6), Block { number: 0xf_ffff, more: false, exponent: 6 });
    }
}
