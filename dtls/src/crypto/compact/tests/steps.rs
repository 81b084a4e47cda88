//! Operations cut in steps.
#![cfg(test)]

use super::*;
use crate::crypto::CryptoError;

/// Steps of a product: by the comb, by the window, and with the inversion; and of both products.
const COMB: usize = 8 + 64;
const WINDOWS: usize = 8 + 86;
const VERIFYING: usize = 8 + 257;

/// How often it gave way before it was done, and with what.
fn waits<T>(mut operation: impl FnMut() -> nb::Result<T, CryptoError>) -> (usize, T) {
    for count in 0..1_000 {
        match operation() {
            Err(nb::Error::WouldBlock) => {}
            other => return (count, other.unwrap()),
        }
    }
    panic!("it has no end");
}

/// Of so many steps, so many at a time.
fn expected(steps: usize, digits: u16) -> usize {
    steps.div_ceil(usize::from(digits.max(1))) - 1
}

fn secret(bytes: [u8; 32]) -> Secret<32> {
    let mut secret = Secret::EMPTY;
    *secret.as_mut_bytes() = bytes;
    secret
}

/// Some steps of an operation.
fn begin<T: core::fmt::Debug>(mut operation: impl FnMut() -> nb::Result<T, CryptoError>) {
    for _ in 0..5 {
        assert!(matches!(operation(), Err(nb::Error::WouldBlock)));
    }
}

fn counted<A: Arithmetic + Copy>(a: A, base: usize) {
    for digits in [0, 1, 3, 10, 71, 72, 73, 265, u16::MAX] {
        let mut kx = Steps::new(P256Exchange(a), digits);
        let (mut own, mut made, mut shared) = (Secret::EMPTY, [0; 65], Secret::EMPTY);
        // twice: what ended is not under way
        for key in [bytes(1), bytes(2)] {
            let told = [key];
            let mut random = Told(&told);
            let (count, ()) = waits(|| kx.generate(&mut random, &mut own, &mut made));
            assert_eq!((count, made), (expected(base, digits), public(&key)), "{digits} at a time");
            let peer = public(&bytes(9));
            let (count, agrees) = waits(|| kx.agree(&mut own, &peer, &mut shared));
            assert_eq!((count, agrees), (expected(WINDOWS, digits), true), "{digits} at a time");
            assert_eq!(shared.as_bytes(), agreed(key, &peer).as_bytes());
        }
        let key = bytes(1);
        let mut signer = Steps::new(P256Signer::new(&key, a, Sha256).unwrap(), digits);
        assert_eq!(signer.operation().public(), public(&key));
        let mut verifier = Steps::new(P256Verifier(a), digits);
        for digest in [bytes(7), bytes(7), bytes(8)] {
            let mut signature = [0; 64];
            let (count, ()) = waits(|| signer.sign(&digest, &mut signature));
            assert_eq!((count, signature), (expected(base + 8, digits), signed(&key, &digest)), "{digits} at a time");
            let mut task = task(public(&key), digest, &signature);
            let (count, holds) = waits(|| verifier.verify(&task));
            assert_eq!((count, holds), (expected(VERIFYING, digits), true), "{digits} at a time");
            task.digest[0] ^= 1;
            assert_eq!(waits(|| verifier.verify(&task)), (expected(VERIFYING, digits), false));
        }
    }
}

#[test]
fn fast_gives_way_too_early_or_too_late() {
    counted(Fast, COMB);
}

#[test]
fn compact_gives_way_too_early_or_too_late() {
    counted(Compact, WINDOWS);
}

#[test]
fn halves_gives_way_too_early_or_too_late() {
    counted(Halves, COMB);
}

#[test]
fn a_key_is_made_of_another_keys_steps() {
    let mut kx = Steps::new(P256Exchange(Fast), 1);
    let (mut own, mut made, mut shared) = (Secret::EMPTY, [0; 65], Secret::EMPTY);
    let told = [bytes(1), bytes(2), bytes(3), bytes(4)];
    let mut random = Told(&told);
    begin(|| kx.generate(&mut random, &mut own, &mut made));
    assert_eq!((own.as_bytes(), random.0.len()), (&bytes(1), 3), "drawn once");
    // another scalar in its place
    own = secret(bytes(5));
    let (count, ()) = waits(|| kx.generate(&mut random, &mut own, &mut made));
    assert_eq!((count, made, own.as_bytes()), (COMB - 1, public(&bytes(2)), &bytes(2)));
    // an agreement with it, in the midst of making it
    begin(|| kx.generate(&mut random, &mut own, &mut made));
    let peer = public(&bytes(9));
    let (count, _) = waits(|| kx.agree(&mut own, &peer, &mut shared));
    assert_eq!((count, shared.as_bytes()), (WINDOWS - 1, agreed(bytes(3), &peer).as_bytes()));
    // a new key, in the midst of an agreement
    begin(|| kx.agree(&mut own, &peer, &mut shared));
    let (count, ()) = waits(|| kx.generate(&mut random, &mut own, &mut made));
    assert_eq!((count, made), (COMB - 1, public(&bytes(4))));
    // no random bytes are left
    assert_eq!(kx.generate(&mut random, &mut own, &mut made), Err(CryptoError.into()));
}

#[test]
fn an_agreement_is_another_ones() {
    let mut kx = Steps::new(P256Exchange(Fast), 1);
    let mut shared = Secret::EMPTY;
    let peers = [public(&bytes(9)), public(&bytes(10))];
    let mut owns = [secret(bytes(1)), secret(bytes(2))];
    let [own, other] = &mut owns;
    for (own, key, peer) in [(&mut *own, 1, &peers[1]), (&mut *other, 2, &peers[0])] {
        begin(|| kx.agree(&mut secret(bytes(1)), &peers[0], &mut shared));
        let (count, agrees) = waits(|| kx.agree(own, peer, &mut shared));
        assert_eq!((count, agrees), (WINDOWS - 1, true));
        assert_eq!(shared.as_bytes(), agreed(bytes(key), peer).as_bytes());
    }
    // what cannot begin leaves nothing under way
    let bad = [([0; 32], peers[0], Err(CryptoError.into())), (bytes(1), [4; 65], Ok(false))];
    for (key, peer, expected) in bad {
        begin(|| kx.agree(own, &peers[0], &mut shared));
        let mut shared = Secret::EMPTY;
        assert_eq!(kx.agree(&mut secret(key), &peer, &mut shared), expected);
        assert_eq!(shared.as_bytes(), &[0; 32]);
        assert_eq!(waits(|| kx.agree(own, &peers[0], &mut shared)), (WINDOWS - 1, true));
    }
}

#[test]
fn a_signature_is_of_another_digest() {
    let key = bytes(1);
    let random = [bytes(3), bytes(4)];
    let mut signer = Steps::new(P256Signer::new(&key, Fast, Sha256).unwrap(), 1);
    let mut signature = [0; 64];
    // in the product, and in the inversion
    for steps in [5, COMB + 3] {
        for _ in 0..steps {
            assert_eq!(signer.sign(&bytes(7), &mut signature), Err(nb::Error::WouldBlock));
        }
        let (count, ()) = waits(|| signer.sign(&bytes(8), &mut signature));
        assert_eq!((count, signature), (COMB + 8 - 1, signed(&key, &bytes(8))));
    }
    let mut signer = Steps::new(P256Signer::new(&key, Fast, Sha256).unwrap().hedged(Told(&random)), 30);
    let (count, ()) = waits(|| signer.sign(&bytes(7), &mut signature));
    assert_eq!((count, signer.operation().public()), (2, public(&key)), "random bytes are drawn once");
    assert_eq!(waits(|| signer.sign(&bytes(7), &mut signature)).0, 2);
    assert_eq!(signer.sign(&bytes(7), &mut signature), Err(CryptoError.into()));
}

#[test]
fn a_verification_is_another_ones() {
    let good = task(public(&bytes(1)), bytes(7), &signed(&bytes(1), &bytes(7)));
    let bad = [
        P256Task { digest: bytes(8), ..good.clone() },
        P256Task { r: bytes(8), ..good.clone() },
        P256Task { s: bytes(8), ..good.clone() },
        P256Task { key: public(&bytes(2)), ..good.clone() },
    ];
    let mut verifier = Steps::new(P256Verifier(Fast), 1);
    for bad in bad {
        begin(|| verifier.verify(&good));
        assert_eq!(waits(|| verifier.verify(&bad)), (VERIFYING - 1, false));
        begin(|| verifier.verify(&bad));
        assert_eq!(waits(|| verifier.verify(&good)), (VERIFYING - 1, true));
    }
    // what cannot begin leaves nothing under way
    begin(|| verifier.verify(&good));
    let no_point = P256Task { key: [4; 65], ..good.clone() };
    assert_eq!(verifier.verify(&no_point), Ok(false));
    assert_eq!(verifier.verify(&no_point), Ok(false));
    assert_eq!(waits(|| verifier.verify(&good)), (VERIFYING - 1, true));
}
