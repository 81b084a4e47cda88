//! AES-128-GCM (NIST SP 800-38D; RFC 5288) over RustCrypto's `aes` and `ghash`.
//!
//! Nonces repeat under no key: the explicit part is epoch and sequence number, as RFC 5288 3 allows, and not drawn at random.

use super::{Suite, Two, is_tag, raw, raw_key, suite, xor};
use crate::crypto::{Aeads, Kx, Lens, Secret, wipe};
use aes::Aes128;
use aes::cipher::{BlockEncrypt, KeyInit};
use ghash::GHash;
use ghash::universal_hash::UniversalHash;

/// AES-128-GCM. Keeps 16 bytes a key, and expands them anew for each record.
#[derive(Clone, Copy, Debug, Default)]
pub struct Aes128Gcm;

impl Suite for Aes128Gcm {
    /// RFC 5288 3.
    const LENS: Lens = Lens { key: 16, fixed_iv: 4, explicit_nonce: 8, tag: 16 };
    /// TLS_PSK_WITH_AES_128_GCM_SHA256 (RFC 5487 2).
    const PSK: u16 = 0x00a8;
    /// TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256 (RFC 8442 3).
    const ECDHE_PSK: u16 = 0xd001;
    /// TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 (RFC 5289 3.2).
    const ECDHE_ECDSA: u16 = 0xc02b;
}

raw_key!(Aes128Gcm, 16, run);

/// Seals or opens `data`, and gives the tag that belongs to it.
#[inline(never)]
fn run(key: &Secret<16>, nonce: &[u8; 12], aad: &[u8], data: &mut [u8], _tag_len: usize, open: bool) -> [u8; 16] {
    let aes = Aes128::new(key.as_bytes().into());
    // The hash key is the encrypted zero block, and the tag is masked with the first counter block (SP 800-38D 7.1).
    let (mut hash_key, mut mask) = ([0; 16], counter_block(nonce, 1));
    two(&aes, &mut hash_key, &mut mask);
    let mut hash = GHash::new(&hash_key.into());
    wipe(&mut hash_key);
    hash.update_padded(aad);
    if open {
        hash.update_padded(data);
    }
    let mut count = 2u32;
    for chunk in data.chunks_mut(32) {
        let (mut first, mut second) = (counter_block(nonce, count), counter_block(nonce, count.wrapping_add(1)));
        two(&aes, &mut first, &mut second);
        let (head, tail) = chunk.split_at_mut(chunk.len().min(16));
        xor(head, &first);
        xor(tail, &second);
        count = count.wrapping_add(2);
    }
    if !open {
        hash.update_padded(data);
    }
    let mut lens = [0; 16];
    let bits = [aad.len(), data.len()].map(|len| (len as u64).wrapping_mul(8).to_be_bytes());
    lens.iter_mut().zip(bits.as_flattened()).for_each(|(to, from)| *to = *from);
    hash.update_padded(&lens);
    let mut tag: [u8; 16] = hash.finalize().into();
    xor(&mut tag, &mask);
    tag
}

/// `nonce | count` (SP 800-38D 7.1: J_0 and what follows it, for a nonce of 96 bits).
fn counter_block(nonce: &[u8; 12], count: u32) -> [u8; 16] {
    let [a, b, c, d, e, f, g, h, i, j, k, l] = *nonce;
    let [m, n, o, p] = count.to_be_bytes();
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
}

/// Encrypts two blocks in one call: AES without tables works on two at once.
#[inline(never)]
fn two(aes: &Aes128, a: &mut [u8; 16], b: &mut [u8; 16]) {
    aes.encrypt_with_backend(Two(a, b));
}
