//! Where a message goes: a message is described once and walked with a sink that counts it, hashes it, or cuts a window out of it.

use crate::crypto::Hash;

/// Copies as many bytes as both have.
#[inline(never)]
pub(crate) fn copy(to: &mut [u8], from: &[u8]) {
    // Byte by byte: what is copied here is short, and the loop is both smaller and faster than memcpy.
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

/// Writes into a slice; what does not fit is told once, at the end (`None` of [`Writer::finish`]).
pub(crate) struct Writer<'a> {
    out: &'a mut [u8],
    at: usize,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(out: &'a mut [u8]) -> Self {
        Self { out, at: 0 }
    }

    #[inline(never)]
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        let end = self.at + bytes.len();
        if let Some(to) = self.out.get_mut(self.at..end) {
            copy(to, bytes);
        }
        self.at = end;
    }

    #[inline(never)]
    pub(crate) fn u16(&mut self, value: u16) {
        self.put(&value.to_be_bytes());
    }

    /// How many bytes were written, if they all fitted.
    pub(crate) fn finish(self) -> Option<usize> {
        (self.at <= self.out.len()).then_some(self.at)
    }
}

/// What a [`Sink`] does with the bytes.
pub(crate) enum Output<'a, H: Hash> {
    /// Nothing: the length alone is wanted.
    Count,
    /// Hashes them on.
    Hash(&'a mut H, &'a mut H::State),
    /// Drops the first `skip` bytes, and writes until the slice is full: one fragment of a message.
    Window { skip: usize, out: Writer<'a> },
}

/// Takes a message byte by byte: counts, hashes, or cuts out a fragment.
pub struct Sink<'a, H: Hash> {
    output: Output<'a, H>,
    len: usize,
}

impl<'a, H: Hash> Sink<'a, H> {
    pub(crate) fn new(output: Output<'a, H>) -> Self {
        Self { output, len: 0 }
    }

    /// How many bytes were put in, whatever became of them.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Takes `bytes`.
    #[inline(never)]
    pub fn put(&mut self, bytes: &[u8]) {
        self.len += bytes.len();
        match &mut self.output {
            Output::Count => {}
            Output::Hash(hash, state) => hash.update(state, bytes),
            Output::Window { skip, out } => {
                let (dropped, kept) = bytes.split_at_checked(*skip).unwrap_or((bytes, &[]));
                *skip = skip.saturating_sub(dropped.len());
                let room = out.out.len().saturating_sub(out.at);
                out.put(kept.get(..room).unwrap_or(kept));
            }
        }
    }

    /// Takes one byte.
    pub fn u8(&mut self, value: u8) {
        self.put(&[value]);
    }

    /// Takes a 16-bit integer, big-endian.
    #[inline(never)]
    pub fn u16(&mut self, value: u16) {
        self.put(&value.to_be_bytes());
    }
}
