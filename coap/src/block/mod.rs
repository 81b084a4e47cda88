//! Block-wise transfer (RFC 7959): bodies of any size through buffers of one block.
//!
//! Promises: no body is ever held; a block that came goes to the caller at once, a block that goes is asked of the caller's [`Source`].
//! Here is what a response means for the transfer; sending and waiting is the endpoint's.

mod download;
mod upload;

/// Where the bodies of uploads come from: the caller's flash, sensor buffer, file.
///
/// A block may be asked for again: as long as the request is alive, the same `key` and `offset` must give the same bytes
/// (RFC 7252 4.2: a retransmission repeats the message).
pub trait Source {
    /// Fills `out` with the body `key` from `offset` (in bytes) on. Answers how many bytes it wrote, and whether the body goes on after
    /// them; if it does, `out` must be full. `None`: there is no such body; the request then ends in [`Failure::Body`](crate::Failure::Body).
    fn read(&mut self, key: u8, offset: u32, out: &mut [u8]) -> Option<(usize, bool)>;
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
