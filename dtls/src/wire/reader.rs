//! Reads big-endian fields off the front of a slice. `None` when there is not enough; nothing is indexed, so nothing panics.

#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(head)
    }

    /// An unsigned integer of `width` bytes.
    #[inline(never)]
    pub(crate) fn uint(&mut self, width: usize) -> Option<u32> {
        Some(self.take(width)?.iter().fold(0, |value, byte| value << 8 | u32::from(*byte)))
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        Some(self.uint(2)? as u16)
    }

    pub(crate) fn u24(&mut self) -> Option<u32> {
        self.uint(3)
    }

    /// A vector with a length of `width` bytes before it (RFC 5246 4.3).
    pub(crate) fn vector(&mut self, width: usize) -> Option<&'a [u8]> {
        let len = self.uint(width)?;
        self.take(len as usize)
    }

    /// `Some` when nothing is left: trailing bytes are an error of the message (RFC 5246 7.4).
    pub(crate) fn finish(self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}
