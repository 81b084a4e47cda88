//! AES-128-CCM (RFC 3610), the MAC and the counter mode side by side.
//!
//! AES without tables works on two blocks at once, so each call encrypts one block of CBC-MAC and one of the key stream. A record costs
//! 1 + blocks of AAD + blocks of payload calls; sealing and opening are one loop and differ in which side of the call the key stream is added:
//!
//! 1. B_0 beside A_0, which gives S_0, kept for the tag.
//! 2. Each block of AAD beside A_1; on opening, the last one's S_1 is the key stream of the first payload block.
//! 3. Sealing: payload block i into the MAC, beside A_i, then S_i into the payload.
//!    Opening: S_i into the payload, which then goes into the MAC, beside A_(i+1).
//! 4. The tag is the MAC plus S_0.

use crate::crypto::constant_time_eq;
use aes::Aes128;
use aes::cipher::generic_array::typenum::Unsigned;
use aes::cipher::{Block, BlockBackend, BlockClosure, BlockEncrypt, BlockSizeUser, KeyInit, ParBlocks, consts::U16};

/// An expanded AES-128 key in CCM mode: 352 bytes on a 32-bit target, wiped when dropped.
///
/// The nonce has 12 bytes (DTLS, RFC 6655 3) or 13 (RFC 3610's own vectors, OSCORE). AAD is shorter than 65,280 bytes, data shorter than
/// 65,536. The tag has 4, 6, .. or 16 bytes.
pub struct Ccm(Aes128);

impl Ccm {
    /// Expands `key`.
    // Not inlined, since its own schedule would then stay on the stack beside the one it gives.
    #[inline(never)]
    #[must_use]
    pub fn new(key: &[u8; 16]) -> Self {
        Self(Aes128::new(key.into()))
    }

    /// Encrypts `data` in place and writes the tag.
    pub fn seal<const N: usize>(&self, nonce: &[u8; N], aad: &[u8], data: &mut [u8], tag: &mut [u8]) {
        let computed = self.run(nonce_block(nonce), aad, data, tag.len(), false);
        tag.iter_mut().zip(computed).for_each(|(to, from)| *to = from);
    }

    /// Decrypts `data` in place and compares the tag in constant time; false: forged, and `data` is worthless.
    #[must_use]
    pub fn open<const N: usize>(&self, nonce: &[u8; N], aad: &[u8], data: &mut [u8], tag: &[u8]) -> bool {
        is_tag(&self.run(nonce_block(nonce), aad, data, tag.len(), true), tag)
    }

    /// Seals or opens `data`, and gives the whole tag that belongs to it.
    #[inline(never)]
    pub(super) fn run(&self, counter: [u8; 16], aad: &[u8], data: &mut [u8], tag_len: usize, open: bool) -> [u8; 16] {
        let mut lanes = Lanes { aes: &self.0, mac: counter, counter, stream: [0; 16] };
        // RFC 3610 2.2: the flags of B_0 are 64 * Adata + 8 * ((M - 2) / 2) + (L - 1); the last stands there already.
        let [flags, .., high, low] = &mut lanes.mac;
        *flags |= (tag_len as u8).wrapping_sub(2) << 2 & 0x38 | if aad.is_empty() { 0 } else { 0x40 };
        [*high, *low] = (data.len() as u16).to_be_bytes();
        lanes.step();
        let tag_stream = lanes.stream;

        if open {
            lanes.count();
        }
        if !aad.is_empty() {
            // RFC 3610 2.2: two bytes of length, AAD, zeros up to a whole block.
            let (head, rest) = aad.split_at_checked(14).unwrap_or((aad, &[]));
            let [high, low, first @ ..] = &mut lanes.mac;
            let [len_high, len_low] = (aad.len() as u16).to_be_bytes();
            *high ^= len_high;
            *low ^= len_low;
            xor(first, head);
            lanes.step();
            for chunk in rest.chunks(16) {
                xor(&mut lanes.mac, chunk);
                lanes.step();
            }
        } else if open {
            // No block of AAD stands beside A_1: the MAC sits this call out.
            let mac = lanes.mac;
            lanes.step();
            lanes.mac = mac;
        }

        for chunk in data.chunks_mut(16) {
            if open {
                xor(chunk, &lanes.stream);
            }
            xor(&mut lanes.mac, chunk);
            lanes.count();
            lanes.step();
            if !open {
                xor(chunk, &lanes.stream);
            }
        }
        xor(&mut lanes.mac, &tag_stream);
        lanes.mac
    }
}

impl core::fmt::Debug for Ccm {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Ccm(..)")
    }
}

/// A_0: `L - 1 | nonce | 0` (RFC 3610 2.3), with L = 15 - N.
pub(super) fn nonce_block<const N: usize>(nonce: &[u8; N]) -> [u8; 16] {
    const { assert!(N == 12 || N == 13, "DTLS has a nonce of 12 bytes, OSCORE one of 13") };
    let mut block = [0; 16];
    let [flags, rest @ ..] = &mut block;
    *flags = 14 - N as u8;
    if let Some(place) = rest.first_chunk_mut() {
        *place = *nonce;
    }
    block
}

/// Whether `tag`, of any length but none, is what was computed.
pub(super) fn is_tag(computed: &[u8; 16], tag: &[u8]) -> bool {
    // Of a tag longer than 16 bytes nothing is equal: the lengths differ.
    !tag.is_empty() && constant_time_eq(computed.get(..tag.len()).unwrap_or_default(), tag)
}

/// The two blocks that go through AES together, and what came out of the second.
struct Lanes<'k> {
    aes: &'k Aes128,
    mac: [u8; 16],
    counter: [u8; 16],
    stream: [u8; 16],
}

impl Lanes<'_> {
    /// Encrypts the MAC, and the counter into the stream, in one call of the block cipher. One copy in the image.
    #[inline(never)]
    fn step(&mut self) {
        self.stream = self.counter;
        self.aes.encrypt_with_backend(Two(&mut self.mac, &mut self.stream));
    }

    /// The next counter block.
    fn count(&mut self) {
        let [.., high, low] = &mut self.counter;
        [*high, *low] = u16::from_be_bytes([*high, *low]).wrapping_add(1).to_be_bytes();
    }
}

pub(super) fn xor(to: &mut [u8], from: &[u8]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to ^= *from);
}

pub(super) struct Two<'a>(pub(super) &'a mut [u8; 16], pub(super) &'a mut [u8; 16]);

impl BlockSizeUser for Two<'_> {
    type BlockSize = U16;
}

impl BlockClosure for Two<'_> {
    #[inline(always)]
    fn call<B: BlockBackend<BlockSize = U16>>(self, backend: &mut B) {
        let a: &mut Block<Self> = self.0.into();
        let b: &mut Block<Self> = self.1.into();
        if B::ParBlocksSize::USIZE < 2 {
            backend.proc_block(a.into());
            backend.proc_block(b.into());
            return;
        }
        let mut lanes = ParBlocks::<B>::default();
        if let [first, second, ..] = lanes.as_mut_slice() {
            (*first, *second) = (*a, *b);
        }
        backend.proc_par_blocks((&mut lanes).into());
        if let [first, second, ..] = lanes.as_slice() {
            (*a, *b) = (*first, *second);
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    #[test]
    fn packet_vector_1_of_rfc_3610() {
        let key: [u8; 16] = core::array::from_fn(|at| 0xc0 + at as u8);
        let nonce = [0, 0, 0, 3, 2, 1, 0, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5];
        let aad: [u8; 8] = core::array::from_fn(|at| at as u8);
        let plain: [u8; 23] = core::array::from_fn(|at| 8 + at as u8);
        let sealed = hex::decode("588c979a61c663d2f066d0c2c0f989806d5f6b61dac38417e8d12cfdf926e0").expect("hex");
        let (mut data, mut tag) = (plain, [0; 8]);
        Ccm::new(&key).seal(&nonce, &aad, &mut data, &mut tag);
        assert_eq!([&data[..], &tag].concat(), sealed);
        assert!(Ccm::new(&key).open(&nonce, &aad, &mut data, &tag));
        assert_eq!(data, plain);
    }

    /// Every length of AAD and of data, in blocks and beside them, comes back; a changed bit anywhere does not.
    #[test]
    fn what_was_sealed_opens_and_nothing_else_does() {
        let ccm = Ccm::new(&[0x42; 16]);
        let nonce = [7; 12];
        for aad_len in [0, 1, 13, 14, 15, 23, 30, 31, 46] {
            for len in [0, 1, 12, 15, 16, 17, 32, 33] {
                let aad: Vec<u8> = (0..aad_len).collect();
                let plain: Vec<u8> = (0..len).map(|at| at ^ 0x5a).collect();
                let (mut data, mut tag) = (plain.clone(), [0; 8]);
                ccm.seal(&nonce, &aad, &mut data, &mut tag);
                let sealed = data.clone();
                assert!(ccm.open(&nonce, &aad, &mut data, &tag), "{aad_len}, {len}");
                assert_eq!(data, plain);
                let mut bad_aad = aad.clone();
                if let Some(last) = bad_aad.last_mut() {
                    *last ^= 1;
                    assert!(!ccm.open(&nonce, &bad_aad, &mut sealed.clone(), &tag));
                }
                let mut bad = sealed.clone();
                if let Some(last) = bad.last_mut() {
                    *last ^= 1;
                    assert!(!ccm.open(&nonce, &aad, &mut bad, &tag));
                }
                let mut bad_tag = tag;
                bad_tag[7] ^= 0x80;
                assert!(!ccm.open(&nonce, &aad, &mut sealed.clone(), &bad_tag));
                assert!(!ccm.open(&nonce, &aad, &mut sealed.clone(), &tag[..7]));
                assert!(!ccm.open(&nonce, &aad, &mut sealed.clone(), &[]));
            }
        }
    }
}
