//! AES-GCM and ChaCha20-Poly1305 against Wycheproof: what must open opens to what was sealed, what must not does not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use stint_dtls::crypto::Aeads;
use stint_dtls::crypto::soft::{Aes128Gcm, ChaCha20Poly1305};
use stint_vectors::{Aead, wycheproof_chacha20_poly1305, wycheproof_gcm};

type Split = fn(&[u8], [u8; 12]) -> (Vec<u8>, [u8; 12]);

/// Replays the cases with our sizes, says what was not and why, and checks how many were. `split` makes the key kept and the nonce given of key and nonce.
fn replay<A: Aeads>(name: &str, mut aead: A, cases: &[Aead], split: Split, expected: [usize; 2]) {
    let mut done = [0, 0];
    let mut skipped: BTreeMap<String, usize> = BTreeMap::new();
    let lens = A::lens(0);
    for case in cases {
        let Ok(nonce) = <[u8; 12]>::try_from(case.nonce.as_slice()) else {
            *skipped.entry(format!("nonce of {} bytes", case.nonce.len())).or_default() += 1;
            continue;
        };
        if case.key.len() != usize::from(lens.key) {
            *skipped.entry(format!("key of {} bits", case.key.len() * 8)).or_default() += 1;
            continue;
        }
        let (key, nonce) = split(&case.key, nonce);
        let key = aead.key(0, &key).expect("a key of the AEAD's length");
        let mut data = case.ciphertext.clone();
        assert_eq!(aead.open(&key, &nonce, &case.aad, &mut data, &case.tag), case.valid, "{}", case.source);
        if case.valid {
            assert_eq!(data, case.plaintext, "{}", case.source);
            let mut tag = [0; 16];
            aead.seal(&key, &nonce, &case.aad, &mut data, &mut tag);
            assert_eq!((&data[..], &tag[..]), (&case.ciphertext[..], &case.tag[..]), "{}", case.source);
            assert!(!aead.open(&key, &nonce, &case.aad, &mut data.clone(), &tag[..15]), "{}", case.source);
            assert!(!aead.open(&key, &nonce, &case.aad, &mut data, &[]), "{}", case.source);
        }
        done[usize::from(!case.valid)] += 1;
    }
    println!("{name}: {} opened and sealed again, {} refused; not ours: {skipped:?}", done[0], done[1]);
    assert_eq!(done, expected, "{name}");
}

#[test]
fn wycheproof_aes_gcm() {
    replay("Wycheproof AES-128-GCM", Aes128Gcm, &wycheproof_gcm(), |key, nonce| (key.to_vec(), nonce), [40, 27]);
}

/// The nonce is the IV XOR the number (RFC 7905 2): any cut between the two gives the same.
#[test]
fn wycheproof_chacha20() {
    let cases = wycheproof_chacha20_poly1305();
    let all_iv: fn(&[u8], [u8; 12]) -> _ = |key, nonce| ([key, &nonce].concat(), [0; 12]);
    replay("Wycheproof ChaCha20-Poly1305, nonce as IV", ChaCha20Poly1305, &cases, all_iv, [256, 60]);
    let mixed: fn(&[u8], [u8; 12]) -> _ = |key, nonce| ([key, &nonce.map(|byte| byte ^ 0xa5)].concat(), [0xa5; 12]);
    replay("Wycheproof ChaCha20-Poly1305, IV and number", ChaCha20Poly1305, &cases, mixed, [256, 60]);
}
