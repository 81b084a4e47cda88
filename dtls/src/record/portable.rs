//! What of the record layer goes along when an association is exported: keys, numbers, the replay window, Connection IDs.

use super::{Channel, IvBlock, MAX_CONNECTION_ID, SEQUENCE_END, Window};
use crate::crypto::{Aeads, ExportKey};
use crate::wire::{Reader, Writer};

/// The longest key and its IV, of one direction.
const KEY_AND_IV: usize = 32 + 12;
/// Bytes of what [`Channel::save`] writes.
pub(crate) const PORTABLE: usize = 2 * KEY_AND_IV + 8 + Window::LEN + 4 + 2 * (1 + MAX_CONNECTION_ID);

impl<K> Channel<K> {
    /// Writes [`PORTABLE`] bytes. `next` is the number that whoever reads them writes first. `None`: there are no keys.
    pub(crate) fn save<C: ExportKey<Key = K>>(&self, next: u64, own_cid: &[u8], out: &mut Writer<'_>) -> Option<()> {
        let keys = self.keys.as_ref()?;
        for (key, salt) in [(&keys.write, &keys.write_salt), (&keys.read, &keys.read_salt)] {
            // An implicit nonce's IV is kept behind the key.
            let salt: &[u8] = if keys.is_implicit::<C>() { &[] } else { salt };
            padded(&[C::raw(key), salt], KEY_AND_IV, out);
        }
        out.put(&next.to_be_bytes());
        self.window.bytes().iter().for_each(|half| out.put(half));
        out.put(&self.forged.to_be_bytes());
        let own_cid = if self.own_cid { own_cid } else { &[] };
        for cid in [own_cid, &self.peer_cid] {
            out.put(&[cid.len() as u8]);
            padded(&[cid], MAX_CONNECTION_ID, out);
        }
        Some(())
    }

    /// Takes what [`save`](Self::save) wrote, for AEAD `index`, and sets the numbers to end where they begin. `hears`: the replay window is the whole truth;
    /// without, nothing that comes under the keys is taken for new. Returns our own Connection ID, which must be what the channel is given when it opens records.
    pub(crate) fn restore<'r, C: ExportKey<Key = K>>(
        &mut self,
        aeads: &mut C,
        index: usize,
        hears: bool,
        from: &mut Reader<'r>,
    ) -> Option<&'r [u8]> {
        self.reset();
        // The key block that they came from: both keys, then both IVs (RFC 5246 6.3).
        let lens = C::lens(index);
        let (key, iv) = (usize::from(lens.key), usize::from(lens.fixed_iv));
        let mut block = IvBlock::EMPTY;
        let mut writer = Writer::new(block.as_mut_bytes());
        let (mut write, mut read) = (Reader::new(from.take(KEY_AND_IV)?), Reader::new(from.take(KEY_AND_IV)?));
        for len in [key, iv] {
            writer.put(write.take(len)?);
            writer.put(read.take(len)?);
        }
        let next = u64::from_be_bytes(*from.array()?);
        let window = Window::from_bytes([*from.array()?, *from.array()?]);
        let forged = u32::from_be_bytes(*from.array()?);
        let own_cid = cid(from)?;
        let peer_cid = cid(from)?;
        self.agree_cid(own_cid, peer_cid)?;
        self.install(aeads, index, block.as_bytes())?;
        self.window = if hears { window } else { Window::SHUT };
        self.forged = forged;
        let [_, written] = &mut self.next;
        *written = next;
        self.reserve::<C>(next);
        Some(own_cid)
    }

    /// Sets the number that must not be reached.
    pub(crate) fn reserve<C: ExportKey<Key = K>>(&mut self, end: u64) {
        if let Some(keys) = &mut self.keys {
            C::set_end(&mut keys.write, end);
        }
    }

    /// Up to which number the next reservation of `count` goes, and where the gate stands meanwhile: at the end of the last one, or, without one, here.
    pub(crate) fn reservation<C: Aeads<Key = K>>(&self, count: u32) -> (u64, u64) {
        let next = self.sealed();
        let end = next.saturating_add(count.into()).min(SEQUENCE_END);
        match self.end::<C>() {
            // Never below the last one: a record that says less may be in flash already when this one's fate is open.
            Some(reserved) if reserved <= SEQUENCE_END => (reserved, end.max(reserved)),
            _ => (next, end),
        }
    }

    /// Whether what comes under the keys can be told from what came before.
    pub(crate) fn hears(&self) -> bool {
        !self.window.is_shut()
    }
}

fn cid<'r>(from: &mut Reader<'r>) -> Option<&'r [u8]> {
    let len = from.u8()?;
    from.take(MAX_CONNECTION_ID)?.get(..usize::from(len))
}

/// Writes the parts, and zeros up to `len`.
fn padded(parts: &[&[u8]], len: usize, out: &mut Writer<'_>) {
    let mut left = len;
    for part in parts {
        out.put(part);
        left = left.saturating_sub(part.len());
    }
    for _ in 0..left {
        out.put(&[0]);
    }
}
