//! The record layer with given keys and numbers.

use crate::crypto::Aeads;
use crate::record;
use crate::wire::ContentType;

/// Why a record was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// It, or what is inside, does not parse.
    Malformed,
    /// It has another Connection ID, or none where one was agreed.
    Foreign,
    /// Its epoch is not open.
    Unexpected,
    /// Its number came before, or is too old.
    Replayed,
    /// Its tag is wrong.
    Forged,
}

/// A record that was opened.
#[derive(Debug, PartialEq, Eq)]
pub struct Opened<'d> {
    /// The content type; the inner one of tls12_cid.
    pub content: u8,
    /// Whether it came under the keys.
    pub authentic: bool,
    /// The content.
    pub data: &'d mut [u8],
}

/// One end of an association's record layer.
pub struct Channel<A: Aeads> {
    aeads: A,
    channel: record::Channel<A::Key>,
}

impl<A: Aeads> Channel<A> {
    /// Bytes of a key block of AEAD `index`: two keys, two salts or IVs.
    #[must_use]
    pub fn key_block(index: usize) -> usize {
        record::Channel::<A::Key>::key_block::<A>(index)
    }

    /// A channel without keys, which has epoch 0 alone.
    pub fn new(aeads: A) -> Self {
        Self { aeads, channel: record::Channel::EMPTY }
    }

    /// Takes the keys of AEAD `index` for epoch 1, as RFC 5246 6.3 cuts them out of a key block: client_write_key, server_write_key and the IVs in the same
    /// order make a client's end; swapped, a server's. `None`: they do not fit.
    pub fn install(&mut self, index: usize, key_block: &[u8]) -> Option<()> {
        self.channel.install(&mut self.aeads, index, key_block)
    }

    /// Takes the Connection IDs: the one that this end receives under, and the other's. `None`: the other's is too long.
    pub fn agree_cid(&mut self, own: &[u8], peer: &[u8]) -> Option<()> {
        self.channel.agree_cid(own, peer)
    }

    /// Sets the numbers of the next records to write, in epoch 0 and in epoch 1.
    pub fn set_next(&mut self, next: [u64; 2]) {
        self.channel.set_next(next);
    }

    /// The number of the next record to write in epoch 1.
    pub fn sealed(&self) -> u64 {
        self.channel.sealed()
    }

    /// How many records failed under the keys.
    pub fn forged(&self) -> u32 {
        self.channel.forged()
    }

    /// Bytes before and after the plaintext of a record.
    pub fn overhead(&self, protect: bool) -> (usize, usize) {
        self.channel.overhead::<A>(protect)
    }

    /// Makes a record of the `len` bytes that stand in `out` behind [`overhead`](Self::overhead)'s first figure, and returns its length. `None`: it does not
    /// fit, or there is no key or no number for it.
    pub fn seal(&mut self, out: &mut [u8], content: u8, len: usize, protect: bool) -> Option<usize> {
        self.channel.seal(&mut self.aeads, out, ContentType(content), len, protect)
    }

    /// Takes one record off the front of `datagram` and opens it in place. `own_cid` is the Connection ID that was offered.
    ///
    /// # Errors
    /// Why it is dropped.
    pub fn open<'d>(&mut self, datagram: &mut &'d mut [u8], own_cid: &[u8]) -> Result<Opened<'d>, Dropped> {
        match self.channel.open(&mut self.aeads, datagram, own_cid) {
            Ok(record::Opened { content, authentic, data }) => Ok(Opened { content: content.0, authentic, data }),
            Err(dropped) => Err(match dropped {
                record::Dropped::Malformed => Dropped::Malformed,
                record::Dropped::Foreign => Dropped::Foreign,
                record::Dropped::Unexpected => Dropped::Unexpected,
                record::Dropped::Replayed => Dropped::Replayed,
                record::Dropped::Forged => Dropped::Forged,
            }),
        }
    }
}

impl<A: Aeads> core::fmt::Debug for Channel<A> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Channel").field("sealed", &self.sealed()).finish_non_exhaustive()
    }
}
