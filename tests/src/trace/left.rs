//! What an operation left on the stack.
//!
//! Two ways of looking: known secrets, in each form in which code may hold them, any eight bytes of one being found; and how many bytes depend on the secret at all,
//! whatever they mean: those that are not the same after each secret. Of key generation and of a signature many of the latter may be the public result's.

use super::run::peer;
use super::{Done, Given, Operation};
use hmac::{Hmac, KeyInit, Mac};
use p256::elliptic_curve::bigint::{NonZero, U256};
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{ProjectivePoint, PublicKey, SecretKey};
use sha2::Sha256;
use sha2::block_api::compress256;
use std::collections::{BTreeMap, BTreeSet};

/// The order of the curve, and the prime of its field (SEC 2, 2.4.2).
const N: U256 = U256::from_be_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
const P: U256 = U256::from_be_hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
/// The initial state of SHA-256 (FIPS 180-4, 5.3.3).
const SHA_256: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];
/// So many bytes in a row are no accident.
const WINDOW: usize = 8;

/// The secrets that were found after an operation: their names, each with how far below the caller's frame it was found first, in bytes, and how many places hold a part.
#[must_use]
pub fn found(given: &Given, done: &Done) -> BTreeMap<String, (usize, usize)> {
    let mut windows = BTreeMap::new();
    for (name, value) in secrets(given, done) {
        for layout in layouts(value) {
            for window in layout.windows(WINDOW) {
                windows.insert(window.to_vec(), name.clone());
            }
        }
    }
    let mut found = BTreeMap::new();
    for (at, window) in done.left.windows(WINDOW).enumerate() {
        if let Some(name) = windows.get(window) {
            let (_, places) = found.entry(name.clone()).or_insert((done.left.len() - at, 0));
            *places += 1;
        }
    }
    found
}

/// The bytes that are not the same after each secret, by how far they are below the caller's frame.
#[must_use]
pub fn dependent(done: &[Done], operation: Operation) -> BTreeSet<usize> {
    let mut of = done.iter().filter(|done| done.operation == operation).map(|done| &done.left);
    let Some(first) = of.next() else { return BTreeSet::new() };
    let differ = of.flat_map(|other| first.iter().zip(other).enumerate().filter(|(_, (a, b))| a != b));
    differ.map(|(at, _)| first.len() - at).collect()
}

/// What must not be left, with its name.
fn secrets(given: &Given, done: &Done) -> Vec<(String, U256)> {
    let mut all = Vec::new();
    modular(&mut all, "the key", U256::from_be_slice(&given.key), N);
    match done.operation {
        Operation::Generate => {}
        Operation::Agree => {
            let (x, y) = shared(given);
            modular(&mut all, "the shared x", x, P);
            modular(&mut all, "the shared y", y, P);
        }
        Operation::Sign => signing(&mut all, given, &done.result),
    }
    all
}

/// The nonce and what gives it away: what it comes from, and what holds it or the key with nothing else unknown.
fn signing(all: &mut Vec<(String, U256)>, given: &Given, signature: &[u8]) {
    let n = NonZero::new(N).unwrap();
    let (r, s) = signature.split_at(32);
    let (r, s, key) = (U256::from_be_slice(r), U256::from_be_slice(s), U256::from_be_slice(&given.key));
    let product = r.mul_mod(&key, &n);
    let number = U256::from_be_slice(&given.digest).rem(&n);
    let sum = product.add_mod(&number, &n);
    let nonce = sum.mul_mod(&s.invert_mod(&n).unwrap(), &n);
    modular(all, "the nonce", nonce, N);
    modular(all, "the nonce's inverse", nonce.invert_mod(&n).unwrap(), N);
    modular(all, "r times the key", product, N);
    modular(all, "r times the key, with the digest", sum, N);
    // RFC 6979 3.2, b to g.
    let (mut hmac_key, mut value) = ([0; 32], [1; 32]);
    for number_of in [0, 1] {
        hmac_key = hmac(&hmac_key, &[&value, &[number_of], &given.key, &number.to_be_bytes()]);
        value = hmac(&hmac_key, &[&value]);
        for (name, bytes) in [("K", hmac_key), ("V", value)] {
            all.push((format!("{name} of RFC 6979"), U256::from_be_slice(&bytes)));
        }
        for (name, pad) in [("inner", 0x36), ("outer", 0x5c)] {
            let mut block = [pad; 64];
            block.iter_mut().zip(hmac_key).for_each(|(to, from)| *to ^= from);
            let mut state = SHA_256;
            compress256(&mut state, &[block]);
            let state: Vec<u8> = state.iter().flat_map(|word| word.to_be_bytes()).collect();
            all.push((format!("HMAC's {name} key"), U256::from_be_slice(&block[..32])));
            all.push((format!("HMAC's {name} state"), U256::from_be_slice(&state)));
        }
    }
    assert_eq!(hmac(&hmac_key, &[&value]), nonce.to_be_bytes().as_ref(), "the nonce is another than RFC 6979's");
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    parts.iter().for_each(|part| hmac.update(part));
    hmac.finalize().into_bytes().into()
}

/// The point that both sides of an agreement reach.
fn shared(given: &Given) -> (U256, U256) {
    let peer = PublicKey::from_sec1_bytes(&peer()).unwrap();
    let key = SecretKey::from_slice(&given.key).unwrap();
    let point = ProjectivePoint::from(*peer.as_affine()) * *key.to_nonzero_scalar();
    let point = point.to_affine().to_sec1_point(false);
    let (x, y) = point.as_bytes()[1..].split_at(32);
    (U256::from_be_slice(x), U256::from_be_slice(y))
}

/// A value and its negative, each also times 2^256, as Montgomery's multiplication has it.
fn modular(all: &mut Vec<(String, U256)>, name: &str, value: U256, modulus: U256) {
    let modulus = NonZero::new(modulus).unwrap();
    let negative = value.neg_mod(&modulus);
    for (name, value) in [(name.to_owned(), value), (format!("the negative of {name}"), negative)] {
        let montgomery = (0..256).fold(value, |value, _| value.double_mod(&modulus));
        all.push((format!("{name}, times 2^256"), montgomery));
        all.push((name, value));
    }
}

/// Words and bytes in each order.
fn layouts(value: U256) -> [Vec<u8>; 4] {
    let big: Vec<u8> = value.to_be_bytes().as_ref().to_vec();
    let little: Vec<u8> = big.iter().rev().copied().collect();
    let turned = |bytes: &[u8]| bytes.chunks(4).flat_map(|word| word.iter().rev()).copied().collect();
    [turned(&big), turned(&little), big, little]
}
