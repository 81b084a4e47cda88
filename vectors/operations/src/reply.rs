//! Reading requests, and room for replies.

#[cfg(feature = "published")]
/// A reply that is being written into memory that was lent.
pub(crate) struct Out<'o> {
    room: &'o mut [u8],
    len: usize,
}

#[cfg(feature = "published")]
impl<'o> Out<'o> {
    pub(crate) fn new(room: &'o mut [u8]) -> Self {
        Self { room, len: 0 }
    }

    /// The next `len` bytes, zero. `None`: there are not so many.
    pub(crate) fn claim(&mut self, len: usize) -> Option<&mut [u8]> {
        let end = self.len.checked_add(len)?;
        let claimed = self.room.get_mut(self.len..end)?;
        claimed.fill(0);
        self.len = end;
        Some(claimed)
    }

    /// Writes. `None`: there is no room.
    pub(crate) fn put(&mut self, bytes: &[u8]) -> Option<()> {
        self.claim(bytes.len())?.copy_from_slice(bytes);
        Some(())
    }

    /// The reply so far.
    pub(crate) fn written(self) -> &'o [u8] {
        self.room.get(..self.len).unwrap_or_default()
    }
}

/// The next field.
pub(crate) fn field<'a>(from: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (len, rest) = from.split_first_chunk()?;
    let (field, rest) = rest.split_at_checked(u16::from_be_bytes(*len).into())?;
    *from = rest;
    Some(field)
}

/// The next field, of `N` bytes.
pub(crate) fn number<'a, const N: usize>(from: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    field(from)?.try_into().ok()
}

/// The next field of those whose length has three bytes.
#[cfg(feature = "published")]
pub(crate) fn long_field<'a>(from: &mut &'a [u8]) -> Option<&'a [u8]> {
    let ([high, middle, low], rest) = from.split_first_chunk()?;
    let (field, rest) = rest.split_at_checked(u32::from_be_bytes([0, *high, *middle, *low]) as usize)?;
    *from = rest;
    Some(field)
}
