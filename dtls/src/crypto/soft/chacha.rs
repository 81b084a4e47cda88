//! ChaCha20-Poly1305 (RFC 8439 2.8; RFC 7905) over RustCrypto's `chacha20` and `poly1305`.

use super::{Suite, is_tag, raw, raw_key, suite};
use crate::crypto::{Aeads, Kx, Lens, Secret, wipe};
use chacha20::ChaChaCore;
use chacha20::cipher::{KeyIvInit, StreamCipherCore, consts::U10};
use poly1305::Poly1305;
use poly1305::universal_hash::{KeyInit, UniversalHash};

/// ChaCha20-Poly1305. Keeps 44 bytes a key: the key, and the IV that the nonce is made of.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChaCha20Poly1305;

impl Suite for ChaCha20Poly1305 {
    /// RFC 7905 2.
    const LENS: Lens = Lens { key: 32, fixed_iv: 12, explicit_nonce: 0, tag: 16 };
    /// TLS_PSK_WITH_CHACHA20_POLY1305_SHA256 (RFC 7905 2).
    const PSK: u16 = 0xccab;
    /// TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256 (RFC 7905 2).
    const ECDHE_PSK: u16 = 0xccac;
    /// TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 (RFC 7905 2).
    const ECDHE_ECDSA: u16 = 0xcca9;
}

raw_key!(ChaCha20Poly1305, 44, run);

/// Seals or opens `data`, and gives the tag that belongs to it. `number` is the record's, behind 4 zero bytes.
#[inline(never)]
fn run(kept: &Secret<44>, number: &[u8; 12], aad: &[u8], data: &mut [u8], _tag_len: usize, open: bool) -> [u8; 16] {
    let Some((key, iv)) = kept.as_bytes().split_first_chunk::<32>() else {
        return [0; 16];
    };
    // RFC 7905 2: the nonce is the IV XOR the number.
    let mut nonce = *number;
    nonce.iter_mut().zip(iv).for_each(|(to, from)| *to ^= *from);
    let mut cipher = ChaChaCore::<U10>::new(key.into(), (&nonce).into());
    // RFC 8439 2.6: block 0 of the stream keys the MAC; the data begins with block 1.
    let mut block = [0; 64];
    cipher.write_keystream_block((&mut block).into());
    let mut mac_key = [0; 32];
    mac_key.iter_mut().zip(&block).for_each(|(to, from)| *to = *from);
    let mut mac = Poly1305::new((&mac_key).into());
    wipe(&mut mac_key);
    mac.update_padded(aad);
    if open {
        mac.update_padded(data);
    }
    for chunk in data.chunks_mut(64) {
        cipher.write_keystream_block((&mut block).into());
        chunk.iter_mut().zip(&block).for_each(|(to, from)| *to ^= *from);
    }
    if !open {
        mac.update_padded(data);
    }
    wipe(&mut block);
    let mut lens = [0; 16];
    let each = [aad.len(), data.len()].map(|len| (len as u64).to_le_bytes());
    lens.iter_mut().zip(each.as_flattened()).for_each(|(to, from)| *to = *from);
    mac.update_padded(&lens);
    mac.finalize().into()
}
