//! Signing, and where nonces come from.
#![cfg(test)]

use super::*;
use crate::crypto::{CryptoError, KeyOutOfRange};
use p256::elliptic_curve::PrimeField;
use p256::elliptic_curve::ops::Reduce;
use p256::elliptic_curve::zeroize::Zeroize;
use std::format;
use std::vec::Vec;

fn digests() -> [[u8; 32]; 7] {
    let n = |difference| near(&order::N, difference);
    [bytes(7), small(0), small(1), n(-1), n(0), n(1), ONES]
}

fn same<A: Arithmetic + Copy>(a: A) {
    for key in [small(1), small(2), bytes(1), near(&order::N, -1)] {
        let mut signer = P256Signer::new(&key, a, Sha256).unwrap();
        assert_eq!(signer.public(), public(&key));
        for digest in digests() {
            let mut signature = [0; 64];
            signer.sign(&digest, &mut signature).unwrap();
            assert_eq!(signature, signed(&key, &digest), "key {key:x?}, digest {digest:x?}");
        }
    }
}

#[test]
fn fast_signs_something_else() {
    same(Fast);
}

#[test]
fn compact_signs_something_else() {
    same(Compact);
}

#[test]
fn halves_signs_something_else() {
    same(Halves);
}

#[test]
fn a_key_out_of_range_is_taken() {
    for key in [small(0), near(&order::N, 0), near(&order::N, 1), ONES] {
        assert_eq!(P256Signer::new(&key, Fast, Sha256).err(), Some(KeyOutOfRange));
        let mut signing = Signing::<Fast>::EMPTY;
        assert_eq!(signing.start(&key, &bytes(7), &ONE), Err(CryptoError));
    }
    assert!(P256Signer::new(&near(&order::N, -1), Fast, Sha256).is_ok());
    assert_eq!(
        format!("{KeyOutOfRange} {CryptoError}"),
        "the private key is zero, or not less than the order of P-256 the cryptographic provider failed"
    );
}

#[test]
fn a_key_is_printed() {
    let key = bytes(1);
    let signer = P256Signer::new(&key, Fast, Sha256).unwrap();
    assert_eq!(format!("{signer:?}"), "P256Signer(..)");
    assert_eq!(format!("{:?}", Steps::new(signer, 1)), "Steps(..)");
    assert_eq!(
        format!("{:?}", crate::crypto::Checked::new(signer, signer.public(), P256Verifier(Fast))),
        "Checked(..)"
    );
}

/// SHA-256 whose digest number `at`, counted from 0, is all ones: so that a nonce out of range is met.
#[derive(Clone, Copy, Default)]
struct Ones {
    at: Option<usize>,
    count: usize,
}

impl Hash for Ones {
    type State = <Sha256 as Hash>::State;
    fn start(&mut self) -> Self::State {
        Sha256.start()
    }
    fn update(&mut self, state: &mut Self::State, data: &[u8]) {
        Sha256.update(state, data);
    }
    fn digest(&mut self, state: &mut Self::State, digest: &mut [u8; 32]) {
        Sha256.digest(state, digest);
        if self.at == Some(self.count) {
            *digest = ONES;
        }
        self.count += 1;
    }
}

/// HMAC by RFC 2104 2, for a key of 32 bytes.
fn hmac(hash: &mut Ones, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut padded = [0; 64];
    padded[..32].copy_from_slice(key);
    let once = |hash: &mut Ones, pad: u8, parts: &[u8]| {
        let mut state = hash.start();
        hash.update(&mut state, &padded.map(|byte| byte ^ pad));
        hash.update(&mut state, parts);
        hash.finish(state)
    };
    let inner = once(hash, 0x36, &parts.concat());
    once(hash, 0x5c, &inner).to_vec()
}

/// The nonce by the letters of RFC 6979 3.2 and 3.6, and how many digests were made.
fn by_the_book(mut hash: Ones, private: &[u8; 32], digest: &[u8; 32], added: &[u8]) -> ([u8; 32], usize) {
    let reduced: [u8; 32] = <p256::Scalar as Reduce<p256::U256>>::reduce_bytes(&(*digest).into()).to_bytes().into();
    let (mut k, mut v) = (std::vec![0; 32], std::vec![1; 32]);
    for separator in [0, 1] {
        k = hmac(&mut hash, &k, &[&v, &[separator], private, &reduced, added]);
        v = hmac(&mut hash, &k, &[&v]);
    }
    loop {
        v = hmac(&mut hash, &k, &[&v]);
        let candidate: [u8; 32] = v.clone().try_into().unwrap();
        if Option::<p256::Scalar>::from(p256::Scalar::from_repr(candidate.into())).is_some() {
            return (candidate, hash.count);
        }
        k = hmac(&mut hash, &k, &[&v, &[0]]);
        v = hmac(&mut hash, &k, &[&v]);
    }
}

#[test]
fn a_nonce_is_not_that_of_rfc_6979() {
    let private = bytes(1);
    // Five times two digests to the first candidate, and two for it: the last of those is made a number out of range.
    for hash in [Ones::default(), Ones { at: Some(9), count: 0 }] {
        for digest in digests() {
            let mut number = ZERO;
            nonce(&mut hash.clone(), &private, &digest, &mut Deterministic, &mut number).unwrap();
            let (expected, _) = by_the_book(hash, &private, &digest, &[]);
            let mut out = [0; 32];
            to_bytes(&number, &mut out);
            assert_eq!(out, expected, "{digest:x?}");
            let added = bytes(3);
            nonce(&mut hash.clone(), &private, &digest, &mut Hedged(Told(&[added])), &mut number).unwrap();
            to_bytes(&number, &mut out);
            assert_eq!(out, by_the_book(hash, &private, &digest, &added).0, "{digest:x?}, hedged");
        }
    }
    let (_, count) = by_the_book(Ones::default(), &private, &bytes(7), &[]);
    let (_, refused) = by_the_book(Ones { at: Some(9), count: 0 }, &private, &bytes(7), &[]);
    assert_eq!((count, refused), (10, 16), "no nonce was refused");
}

#[test]
fn hedged_signatures_are_alike_or_do_not_hold() {
    let key = bytes(1);
    let plain = P256Signer::new(&key, Fast, Sha256).unwrap();
    let random = [bytes(3), bytes(4)];
    let mut signer = plain.hedged(Told(&random));
    let mut made: Vec<Signature> = std::vec![signed(&key, &bytes(7))];
    for _ in 0..2 {
        let mut signature = [0; 64];
        signer.sign(&bytes(7), &mut signature).unwrap();
        assert_eq!(P256Verifier(Fast).verify(&task(plain.public(), bytes(7), &signature)), Ok(true));
        assert!(!made.contains(&signature));
        made.push(signature);
    }
    let mut signature = [0; 64];
    assert_eq!(signer.sign(&bytes(7), &mut signature), Err(CryptoError.into()), "the random source is broken");
    assert_eq!(signature, [0; 64]);
}

#[test]
fn a_signature_of_zero_is_given_out() {
    // r is x of G for the nonce 1; the digest is chosen so that e + r d = 0.
    let key = bytes(1);
    let x: [u8; 32] = public(&small(1))[1..33].try_into().unwrap();
    let scalar = |bytes: &[u8; 32]| p256::Scalar::from_repr((*bytes).into()).unwrap();
    let mut product = scalar(&x) * scalar(&key);
    let digest: [u8; 32] = (-product).to_bytes().into();
    product.zeroize();
    let mut signing = Signing::<Fast>::EMPTY;
    signing.start(&key, &digest, &ONE).unwrap();
    while signing.step() {}
    let mut signature = [0; 64];
    assert_eq!((signing.finish(&mut signature), signature), (Err(CryptoError), [0; 64]));
}
