//! Each choice against RustCrypto's p256 and against published numbers.

extern crate std;
use super::*;
use crate::crypto::soft::{self, Sha256};
use crate::crypto::{Hash, KeyExchange, P256Task, Secret, Signature, Signer, Verifier};

struct Told<'a>(&'a [[u8; 32]]);

impl rand_core::TryRng for Told<'_> {
    type Error = core::fmt::Error;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Err(core::fmt::Error)
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Err(core::fmt::Error)
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        let (next, rest) = self.0.split_first().ok_or(core::fmt::Error)?;
        out.copy_from_slice(next);
        self.0 = rest;
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Told<'_> {}

fn scalar(seed: u8) -> [u8; 32] {
    let mut state = Sha256.start();
    Sha256.update(&mut state, &[seed]);
    Sha256.finish(state)
}

fn same<A: Arithmetic + Copy>(a: A) {
    let edge = |last: u8| {
        let mut s = [0; 32];
        s[31] = last;
        s
    };
    for k in [edge(1), edge(2), edge(3), scalar(1), scalar(2)] {
        let (mut own, mut public) = (Secret::EMPTY, [0; 65]);
        let (mut own2, mut public2) = (Secret::EMPTY, [0; 65]);
        P256Exchange(a).generate(&mut Told(&[k]), &mut own, &mut public).unwrap();
        soft::P256Exchange.generate(&mut Told(&[k]), &mut own2, &mut public2).unwrap();
        assert_eq!(public, public2, "{k:?}");
        let (mut s1, mut s2) = (Secret::EMPTY, Secret::EMPTY);
        let (mut o, mut peer) = (Secret::EMPTY, [0; 65]);
        soft::P256Exchange.generate(&mut Told(&[scalar(9)]), &mut o, &mut peer).unwrap();
        assert_eq!(P256Exchange(a).agree(&mut own, &peer, &mut s1), Ok(true));
        assert_eq!(soft::P256Exchange.agree(&mut own, &peer, &mut s2), Ok(true));
        assert_eq!(s1.as_bytes(), s2.as_bytes());
        let digest = scalar(7);
        let (mut sig1, mut sig2): (Signature, Signature) = ([0; 64], [0; 64]);
        P256Signer::new(&k, a, Sha256).unwrap().sign(&digest, &mut sig1).unwrap();
        soft::P256Signer::new(&k).unwrap().sign(&digest, &mut sig2).unwrap();
        assert_eq!(sig1, sig2);
        let task =
            P256Task { digest, r: sig1[..32].try_into().unwrap(), s: sig1[32..].try_into().unwrap(), key: public };
        assert_eq!(P256Verifier(a).verify(&task), Ok(true));
        let bad = P256Task { digest: scalar(8), ..task };
        assert_eq!(P256Verifier(a).verify(&bad), Ok(false));
    }
}

#[test]
fn fast_is_not_p256() {
    same(Fast)
}
#[test]
fn compact_is_not_p256() {
    same(Compact)
}
#[test]
fn halves_is_not_p256() {
    same(Halves)
}
