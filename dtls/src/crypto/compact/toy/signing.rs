//! Signatures with every nonce: also those that have r or s of zero, which on P-256 nobody can find.
#![cfg(test)]

use super::super::Signing;
use super::{Curve, Other12, invert, small, std};
use crate::crypto::CryptoError;

/// The order of the curve.
const N: u64 = 2161;

fn bytes(number: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[24..].copy_from_slice(&number.to_be_bytes());
    bytes
}

#[test]
fn a_signature_is_wrong_or_has_a_zero() {
    assert_eq!(Other12::ORDER.words, small(N));
    let points = Other12::points();
    let (mut none, mut no_r) = (0, 0);
    for (nonce, point) in (0..N).zip(&points).skip(1) {
        let (x, _) = point.expect("not infinity");
        let (key, r) = (nonce * 7 % (N - 1) + 1, x % N);
        // Not below the order at times, as a digest may be; and such that e + r d is zero.
        for digest in [nonce * 13 % (2 * N), N - r * key % N] {
            let s = (digest + r * key) % N * invert(nonce, N) % N;
            let mut signing = Signing::<Other12>::EMPTY;
            signing.start(&bytes(key), &bytes(digest), &small(nonce)).expect("a key in range");
            while signing.step() {}
            let mut signature = [0; 64];
            let signed = signing.finish(&mut signature);
            if r == 0 || s == 0 {
                assert_eq!((signed, signature), (Err(CryptoError), [0; 64]), "nonce {nonce}");
                none += 1;
                no_r += u32::from(r == 0 && s != 0);
            } else {
                assert_eq!(signed, Ok(()));
                assert_eq!(signature.as_slice(), [bytes(r), bytes(s)].concat(), "nonce {nonce}, digest {digest}");
            }
        }
    }
    std::println!("{none} signatures would have a zero, {no_r} of them r alone");
    assert!(none >= N as u32 - 1 && no_r > 0);
}
