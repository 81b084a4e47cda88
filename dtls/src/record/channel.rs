//! The two epochs of an association: epoch 0 in the clear, epoch 1 under its keys.

use super::{MAX_CONNECTION_ID, Window};
use crate::crypto::{Aeads, Secret};
use crate::wire::{ContentType, DTLS_1_2, RECORD_HEADER, Raw, Reader, Writer, aad, header};
use heapless::Vec;

/// Bytes of the implicit part of a nonce: client_write_IV or server_write_IV (RFC 6655 3).
const SALT: usize = 4;
/// Bytes of the part of the nonce that a record carries: epoch and sequence number (RFC 6655 3).
const EXPLICIT: usize = 8;
/// Sequence numbers have 48 bits and never wrap (RFC 6347 4.1).
pub(super) const SEQUENCE_END: u64 = 1 << 48;
const EPOCH_1: u64 = 1 << 48;
/// The longest additional data: 23 bytes and a Connection ID (RFC 9146 5).
const MAX_AAD: usize = 23 + MAX_CONNECTION_ID;
/// The longest key block with salts: two keys of 32 bytes and two of these.
const MAX_KEY_BLOCK: usize = 2 * (32 + SALT);
/// The longest with nonces that are implicit: two keys of 32 bytes and two IVs.
const MAX_IV_BLOCK: usize = 2 * MAX_KEY_AND_IV;
const MAX_KEY_AND_IV: usize = 32 + IV;
/// Bytes of an IV that is the whole of the implicit nonce (RFC 7905 2).
const IV: usize = 12;
/// Stands in `Keys::tag` when the nonce is implicit: no AEAD without such nonces in the image pays for it.
const IMPLICIT: u8 = 0x80;

/// Why a record was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dropped {
    Malformed,
    Foreign,
    Unexpected,
    Replayed,
    Forged,
}

/// A record that was opened.
pub(crate) struct Opened<'d> {
    pub(crate) content: ContentType,
    /// Whether it came in epoch 1, under the keys.
    pub(crate) authentic: bool,
    pub(crate) data: &'d mut [u8],
}

pub(super) struct Keys<K> {
    pub(super) write: K,
    pub(super) read: K,
    pub(super) write_salt: [u8; SALT],
    pub(super) read_salt: [u8; SALT],
    /// Bytes of the tag, and [`IMPLICIT`].
    tag: u8,
}

impl<K> Keys<K> {
    pub(super) fn is_implicit<C: Aeads<Key = K>>(&self) -> bool {
        C::IMPLICIT_NONCE && self.tag & IMPLICIT != 0
    }

    fn tag_len<C: Aeads<Key = K>>(&self) -> usize {
        usize::from(if C::IMPLICIT_NONCE { self.tag & !IMPLICIT } else { self.tag })
    }
}

/// The record layer's memory of an association.
pub(crate) struct Channel<K> {
    pub(super) keys: Option<Keys<K>>,
    /// The next record number to write in epoch 0, and in epoch 1.
    pub(super) next: [u64; 2],
    pub(super) window: Window,
    pub(super) forged: u32,
    pub(super) peer_cid: Vec<u8, MAX_CONNECTION_ID, u8>,
    /// Whether records of epoch 1 must carry our Connection ID.
    pub(super) own_cid: bool,
}

impl<K> Channel<K> {
    pub(crate) const EMPTY: Self =
        Self { keys: None, next: [0; 2], window: Window::EMPTY, forged: 0, peer_cid: Vec::new(), own_cid: false };

    /// Forgets keys, numbers and Connection IDs.
    pub(crate) fn reset(&mut self) {
        self.forget_keys();
        self.next = [0; 2];
        self.window = Window::EMPTY;
        self.forged = 0;
        self.peer_cid.clear();
        self.own_cid = false;
    }

    /// Drops the keys, which wipes them.
    pub(crate) fn forget_keys(&mut self) {
        self.keys = None;
    }

    pub(crate) fn has_keys(&self) -> bool {
        self.keys.is_some()
    }

    /// Bytes of the tag, and a high bit where the nonce is implicit.
    pub(crate) fn tag(&self) -> Option<u8> {
        Some(self.keys.as_ref()?.tag)
    }

    /// Takes what was agreed by the connection_id extension (RFC 9146 3). `None`: the peer's is too long.
    pub(crate) fn agree_cid(&mut self, own: &[u8], peer: &[u8]) -> Option<()> {
        self.peer_cid.clear();
        self.peer_cid.extend_from_slice(peer).ok()?;
        self.own_cid = !own.is_empty();
        Some(())
    }

    /// The Connection ID that the server receives under; empty for none.
    pub(crate) fn peer_cid(&self) -> &[u8] {
        &self.peer_cid
    }

    /// Bytes of a key block of AEAD `index` (RFC 5246 6.3): two keys, two salts or IVs.
    pub(crate) fn key_block<C: Aeads<Key = K>>(index: usize) -> usize {
        let lens = C::lens(index);
        let salt = if C::IMPLICIT_NONCE { usize::from(lens.fixed_iv) } else { SALT };
        (usize::from(lens.key) + salt) * 2
    }

    /// Takes the keys of epoch 1. `None`: the AEAD does not fit.
    pub(crate) fn install<C: Aeads<Key = K>>(&mut self, aeads: &mut C, index: usize, block: &[u8]) -> Option<()> {
        let lens = C::lens(index);
        let key = usize::from(lens.key);
        if C::IMPLICIT_NONCE && (usize::from(lens.fixed_iv), lens.explicit_nonce) == (IV, 0) {
            return self.install_implicit(aeads, index, block);
        }
        // Otherwise a salt of 4 bytes and 8 bytes in the record (RFC 6655 3, RFC 5288 3).
        if (usize::from(lens.fixed_iv), usize::from(lens.explicit_nonce)) != (SALT, EXPLICIT) {
            return None;
        }
        let mut block = Reader::new(block);
        self.keys = Some(Keys {
            write: aeads.key(index, block.take(key)?)?,
            read: aeads.key(index, block.take(key)?)?,
            write_salt: *block.array()?,
            read_salt: *block.array()?,
            tag: lens.tag,
        });
        Some(())
    }

    /// The same for an AEAD whose nonce is the IV XOR the number (RFC 7905 2): it keeps the IV behind its key, and is handed the number.
    fn install_implicit<C: Aeads<Key = K>>(&mut self, aeads: &mut C, index: usize, block: &[u8]) -> Option<()> {
        let lens = C::lens(index);
        let len = usize::from(lens.key);
        let (keys, ivs) = block.split_at_checked(len.checked_mul(2)?)?;
        let mut key = |key: &[u8], iv: &[u8]| {
            let mut both = Secret::<MAX_KEY_AND_IV>::EMPTY;
            let place = both.as_mut_bytes().get_mut(..key.len().checked_add(iv.len())?)?;
            place.iter_mut().zip(key.iter().chain(iv)).for_each(|(to, from)| *to = *from);
            aeads.key(index, place)
        };
        let ((write, read), (write_iv, read_iv)) = (keys.split_at_checked(len)?, ivs.split_at_checked(IV)?);
        self.keys = Some(Keys {
            write: key(write, write_iv)?,
            read: key(read, read_iv)?,
            write_salt: [0; SALT],
            read_salt: [0; SALT],
            tag: lens.tag | IMPLICIT,
        });
        Some(())
    }

    /// How many records were sealed under the keys, by the number of the next.
    pub(crate) fn sealed(&self) -> u64 {
        let [_, next] = self.next;
        next
    }

    /// The record number that must not be reached under the keys, where numbers are reserved.
    pub(crate) fn end<C: Aeads<Key = K>>(&self) -> Option<u64> {
        C::end(&self.keys.as_ref()?.write)
    }

    /// How many records failed under the keys.
    pub(crate) fn forged(&self) -> u32 {
        self.forged
    }

    /// Bytes before and after the plaintext of a record.
    pub(crate) fn overhead<C: Aeads<Key = K>>(&self, protect: bool) -> (usize, usize) {
        match &self.keys {
            Some(keys) if protect => {
                let cid = self.peer_cid.len();
                let explicit = if keys.is_implicit::<C>() { 0 } else { EXPLICIT };
                (RECORD_HEADER + cid + explicit, keys.tag_len::<C>() + usize::from(cid > 0))
            }
            _ => (RECORD_HEADER, 0),
        }
    }

    /// Makes a record of the `len` bytes of plaintext that stand in `out` behind [`overhead`](Self::overhead)'s first figure. Returns its length, or
    /// `None` when it does not fit or no number is left; then nothing was used up.
    #[inline(never)]
    pub(crate) fn seal<C: Aeads<Key = K>>(
        &mut self,
        aeads: &mut C,
        out: &mut [u8],
        content: ContentType,
        len: usize,
        protect: bool,
    ) -> Option<usize> {
        let (before, after) = self.overhead::<C>(protect);
        let total = before.checked_add(len)?.checked_add(after)?;
        let out = out.get_mut(..total)?;
        let [plain, protected] = &mut self.next;
        let (next, epoch) = if protect { (protected, EPOCH_1) } else { (plain, 0) };
        if *next >= SEQUENCE_END {
            return None;
        }
        if let Some(keys) = &self.keys
            && protect
            && C::end(&keys.write).is_some_and(|end| *next >= end)
        {
            return None;
        }
        let sequence = (epoch | *next).to_be_bytes();
        let (head, body) = out.split_at_mut_checked(before)?;
        let mut head = Writer::new(head);
        match &self.keys {
            Some(keys) if protect => {
                let cid = self.peer_cid.as_slice();
                let (body, tag) = body.split_at_mut_checked(body.len().checked_sub(keys.tag_len::<C>())?)?;
                let outer = if let (Some(inner), false) = (body.get_mut(len), cid.is_empty()) {
                    *inner = content.0;
                    ContentType::TLS12_CID
                } else {
                    content
                };
                let explicit: &[u8] = if keys.is_implicit::<C>() { &[] } else { &sequence };
                header(
                    &mut head,
                    outer,
                    &sequence,
                    cid,
                    explicit.len().checked_add(body.len())?.checked_add(tag.len())?,
                );
                head.put(explicit);
                let mut additional = [0; MAX_AAD];
                let additional = additional_data(&mut additional, outer, &sequence, cid, body.len())?;
                aeads.seal(&keys.write, &nonce(&keys.write_salt, &sequence), additional, body, tag);
            }
            _ if protect => return None,
            _ => header(&mut head, content, &sequence, &[], len),
        }
        *next += 1;
        Some(total)
    }

    /// Takes one record off the front of `datagram` and opens it in place. `own_cid` is the Connection ID that we offered.
    #[inline(never)]
    pub(crate) fn open<'d, C: Aeads<Key = K>>(
        &mut self,
        aeads: &mut C,
        datagram: &mut &'d mut [u8],
        own_cid: &[u8],
    ) -> Result<Opened<'d>, Dropped> {
        let own_cid = if self.own_cid { own_cid } else { &[] };
        let raw = Raw::take(datagram, own_cid).ok_or(Dropped::Malformed)?;
        match raw.epoch() {
            // Any minor version: a HelloVerifyRequest says 1.0 (RFC 6347 4.2.1).
            0 if raw.version >> 8 == DTLS_1_2 >> 8 && raw.content != ContentType::TLS12_CID => {
                Ok(Opened { content: raw.content, authentic: false, data: raw.fragment })
            }
            1 if raw.version == DTLS_1_2 => self.open_protected(aeads, raw, own_cid),
            _ => Err(Dropped::Unexpected),
        }
    }

    fn open_protected<'d, C: Aeads<Key = K>>(
        &mut self,
        aeads: &mut C,
        raw: Raw<'d>,
        own_cid: &[u8],
    ) -> Result<Opened<'d>, Dropped> {
        let keys = self.keys.as_ref().ok_or(Dropped::Unexpected)?;
        // With a Connection ID of ours agreed, a record without one is not the server's (RFC 9146 3).
        if raw.foreign || (raw.content == ContentType::TLS12_CID) == own_cid.is_empty() {
            return Err(Dropped::Foreign);
        }
        let number = u64::from_be_bytes(raw.sequence) & (SEQUENCE_END - 1);
        if !self.window.check(number) {
            return Err(Dropped::Replayed);
        }
        let (explicit, body): (&[u8; EXPLICIT], _) = if keys.is_implicit::<C>() {
            (&raw.sequence, raw.fragment)
        } else {
            let (explicit, body) = raw.fragment.split_first_chunk_mut().ok_or(Dropped::Malformed)?;
            (explicit, body)
        };
        let len = body.len().checked_sub(keys.tag_len::<C>()).ok_or(Dropped::Malformed)?;
        let (data, tag) = body.split_at_mut_checked(len).ok_or(Dropped::Malformed)?;
        let mut additional = [0; MAX_AAD];
        let additional =
            additional_data(&mut additional, raw.content, &raw.sequence, own_cid, len).ok_or(Dropped::Malformed)?;
        if !aeads.open(&keys.read, &nonce(&keys.read_salt, explicit), additional, data, tag) {
            self.forged = self.forged.saturating_add(1);
            return Err(Dropped::Forged);
        }
        self.window.update(number);
        if raw.content != ContentType::TLS12_CID {
            return Ok(Opened { content: raw.content, authentic: true, data });
        }
        // The inner plaintext: content, its type, and zeros to hide the length (RFC 9146 4).
        let last = data.iter().rposition(|byte| *byte != 0).ok_or(Dropped::Malformed)?;
        let (data, rest) = data.split_at_mut_checked(last).ok_or(Dropped::Malformed)?;
        let content = ContentType(*rest.first().ok_or(Dropped::Malformed)?);
        Ok(Opened { content, authentic: true, data })
    }
}

/// A key block with salts, wiped when dropped.
pub(crate) type KeyBlock = Secret<MAX_KEY_BLOCK>;

/// A key block with IVs, wiped when dropped: only for AEADs with [`Aeads::IMPLICIT_NONCE`].
pub(crate) type IvBlock = Secret<MAX_IV_BLOCK>;

fn additional_data<'a>(
    out: &'a mut [u8; MAX_AAD],
    content: ContentType,
    sequence: &[u8; 8],
    cid: &[u8],
    len: usize,
) -> Option<&'a [u8]> {
    let mut writer = Writer::new(out);
    aad(&mut writer, content, sequence, cid, len);
    let len = writer.finish()?;
    out.get(..len)
}

#[inline(never)]
fn nonce(salt: &[u8; SALT], explicit: &[u8; EXPLICIT]) -> [u8; 12] {
    let [a, b, c, d] = *salt;
    let [e, f, g, h, i, j, k, l] = *explicit;
    [a, b, c, d, e, f, g, h, i, j, k, l]
}
