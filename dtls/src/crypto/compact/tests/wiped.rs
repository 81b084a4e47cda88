//! What is left of secrets where they stood. Safe code cannot look at what was dropped, but Linux shows a process its memory as a file.
#![cfg(test)]

use super::*;
use crate::crypto::{Empty, Nonces};
use std::boxed::Box;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::vec::Vec;

/// The bytes where `place` is, padding too.
fn memory<T>(place: &T) -> Vec<u8> {
    let mut bytes = std::vec![0; size_of::<T>()];
    let file = File::open("/proc/self/mem").expect("this test needs Linux");
    file.read_exact_at(&mut bytes, core::ptr::from_ref(place) as u64).expect("this test needs Linux");
    bytes
}

/// Which of these secrets are found there, by their place in the list; of words, as this machine has them.
fn found<T>(place: &T, secrets: &[Vec<u8>]) -> Vec<usize> {
    let memory = memory(place);
    let found = |secret: &Vec<u8>| memory.windows(secret.len()).any(|window| window == secret);
    (0..secrets.len()).filter(|index| found(&secrets[*index])).collect()
}

fn as_bytes(words: &Words) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

/// Drops what stands in a place, and says which of the secrets stood there, and which do after.
fn before_and_after<T>(value: T, secrets: &[Vec<u8>]) -> [Vec<usize>; 2] {
    let mut place = Box::new(Some(value));
    let before = found(&*place, secrets);
    *place = None;
    [before, found(&*place, secrets)]
}

fn product(key: &Words) -> (Product<Fast>, Vec<Vec<u8>>) {
    let mut product = Product::<Fast>::EMPTY;
    assert!(read_point::<Fast>(&mut product.file, &public(&bytes(9))));
    product.of_loaded(key);
    (0..5).for_each(|_| assert!(product.step()));
    let mut secrets: Vec<Vec<u8>> = product.file.iter().map(as_bytes).collect();
    secrets.push(as_bytes(&product.scalar));
    secrets.push(as_bytes(&field::P.one));
    (product, secrets)
}

#[test]
fn a_product_is_left() {
    let mut key = ZERO;
    read(&bytes(1), &mut key);
    let (mut product, mut secrets) = product(&key);
    // of the table: P with its Z of one, the rest by 7 P, which is chosen for a digit that is all ones
    let mut more = Product::<Fast>::EMPTY;
    assert!(read_point::<Fast>(&mut more.file, &public(&bytes(9))));
    secrets.extend(more.file[3..5].iter().map(as_bytes));
    // moved to where it is looked for
    let all: Vec<usize> = (0..secrets.len()).collect();
    product.left = 0;
    assert_eq!(before_and_after(product, &secrets), [all, Vec::new()]);
}

#[test]
fn a_signers_key_is_left() {
    let (key, digest, mut nonce) = (bytes(1), bytes(7), ZERO);
    read(&bytes(2), &mut nonce);
    let mut signing = Signing::<Fast>::EMPTY;
    signing.start(&key, &digest, &nonce).unwrap();
    let mut words = ZERO;
    read(&key, &mut words);
    assert_eq!(before_and_after(signing, &[as_bytes(&words)]), [std::vec![0], Vec::new()]);
}

#[test]
fn the_key_of_nonces_is_left() {
    let mut nonces = Nonces::<Sha256>::EMPTY;
    nonces.start(&mut Sha256, &bytes(1), &bytes(7), &[]);
    let mut secrets = std::vec![nonces.next(&mut Sha256).to_vec()];
    // Of HMAC's key, what is hashed is kept; where K itself stands is found by its place behind the value.
    let mut place = Box::new(Some(nonces));
    let bytes = memory(&*place);
    let at = bytes.windows(32).position(|window| window == secrets[0]).unwrap();
    let around = [at.checked_sub(32), at.checked_add(32)];
    secrets.extend(around.iter().flatten().filter_map(|at| bytes.get(*at..at + 32)).map(<[u8]>::to_vec));
    secrets.retain(|secret| secret.iter().any(|byte| *byte != 0));
    assert!(found(&*place, &secrets).len() > 1);
    *place = None;
    assert!(found(&*place, &secrets).is_empty());
}

#[test]
fn nonces_that_were_forgotten_are_left() {
    let [mut nonces, mut none] = [Nonces::<Sha256>::EMPTY, Nonces::<Sha256>::EMPTY].map(Box::new);
    nonces.start(&mut Sha256, &bytes(1), &bytes(7), &[]);
    nonces.forget(&mut Sha256);
    none.forget(&mut Sha256);
    assert_eq!(memory(&*nonces), memory(&*none));

    /// SHA-256 that keeps what it was last told.
    struct Last(Vec<u8>);

    impl Hash for Last {
        type State = <Sha256 as Hash>::State;
        fn start(&mut self) -> Self::State {
            Sha256.start()
        }
        fn update(&mut self, state: &mut Self::State, data: &[u8]) {
            self.0 = data.to_vec();
            Sha256.update(state, data);
        }
        fn digest(&mut self, state: &mut Self::State, digest: &mut [u8; 32]) {
            Sha256.digest(state, digest);
        }
    }

    let mut last = Last(Vec::new());
    nonce(&mut last, &bytes(1), &bytes(7), &mut Deterministic, &mut [0; 8]).unwrap();
    assert_eq!(last.0, [0x5c; 64], "HMAC's key was not taken back");
}

/// Secrets of an operation in steps: in its midst they are there, and no more when it has ended, failed, or was given up and dropped.
#[test]
fn an_operation_that_ended_leaves_its_secrets() {
    let key = bytes(1);
    let mut words = ZERO;
    read(&key, &mut words);
    let mut order = order::N.words;
    let mut opposite = words;
    let to = register(&mut opposite);
    minus(to, register(&mut order), to);
    // the scalar, or the order less it: whichever is odd
    let secrets = [as_bytes(&words), as_bytes(&opposite)];

    let (mut own, mut made, mut shared) = (Secret::EMPTY, [0; 65], Secret::EMPTY);
    let mut place = Box::new(Some(Steps::new(P256Exchange(Fast), 1)));
    let kx = (*place).as_mut().unwrap();
    let told = [key];
    let mut random = Told(&told);
    assert!(kx.generate(&mut random, &mut own, &mut made).is_err());
    assert!(found(&*kx, &secrets).contains(&0));
    while kx.generate(&mut random, &mut own, &mut made).is_err() {}
    assert!(found(&*kx, &secrets).is_empty());
    let peer = public(&bytes(9));
    assert!(kx.agree(&mut own, &peer, &mut shared).is_err());
    assert!(found(&*kx, &secrets).contains(&0));
    while kx.agree(&mut own, &peer, &mut shared).is_err() {}
    let shared_words = &mut [0; 8];
    read(shared.as_bytes(), shared_words);
    assert!(found(&*kx, &[&secrets[..], &[as_bytes(shared_words)]].concat()).is_empty());
    // given up
    assert!(kx.agree(&mut own, &peer, &mut shared).is_err());
    assert_eq!(kx.agree(&mut own, &[4; 65], &mut shared), Ok(false));
    assert!(kx.agree(&mut own, &peer, &mut shared).is_err());
    assert!(found(&*place, &secrets).contains(&0));
    *place = None;
    assert!(found(&*place, &secrets).is_empty());

    let mut signature = [0; 64];
    let mut place = Box::new(Steps::new(P256Signer::new(&key, Fast, Sha256).unwrap(), 1));
    assert!(place.sign(&bytes(7), &mut signature).is_err());
    assert_eq!(found(&*place, &secrets), [0]);
    while place.sign(&bytes(7), &mut signature).is_err() {}
    assert!(found(&*place, &secrets).is_empty());
}
