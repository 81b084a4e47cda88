//! ECDSA on P-256 with SHA-256 (FIPS 186-5 6) over RustCrypto's `p256`.

use super::{Sha256, multiply, multiply_both, on_curve, reduced, scalar, write_point, write_x};
use crate::crypto::{
    CryptoError, Empty, Hash, KeyOutOfRange, Nonces, P256Task, Point, PublicKey, Signature, Signer, Verifier,
};
use p256::elliptic_curve::Field;
use p256::elliptic_curve::zeroize::Zeroize;
use p256::{ProjectivePoint, Scalar};

/// A software [`Signer`] over a private key of P-256 that the caller holds.
///
/// The nonce comes from the key and the digest (RFC 6979), not from a random source: the same digest gives the same signature, byte for byte.
#[derive(Clone, Copy)]
pub struct P256Signer<'a>(&'a [u8; 32]);

impl<'a> P256Signer<'a> {
    /// Takes a private key: 32 bytes, big-endian, as RFC 5915 3 has them.
    pub fn new(key: &'a [u8; 32]) -> Result<Self, KeyOutOfRange> {
        scalar(key).map(|_| Self(key)).ok_or(KeyOutOfRange)
    }

    /// The public key: one multiplication. [`p256_spki`](crate::crypto::p256_spki) makes of it what a certificate or a raw public key holds.
    #[must_use]
    pub fn public(&self) -> Point {
        let mut point = [0; 65];
        if let Some(key) = scalar(self.0) {
            write_point(&multiply(&ProjectivePoint::GENERATOR, &key), &mut point);
        }
        point
    }
}

impl core::fmt::Debug for P256Signer<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("P256Signer(..)")
    }
}

impl Signer for P256Signer<'_> {
    fn sign(&mut self, digest: &[u8; 32], signature: &mut Signature) -> nb::Result<(), CryptoError> {
        let mut key = scalar(self.0).ok_or(nb::Error::Other(CryptoError))?;
        let number = reduced(digest);
        let mut nonces = Nonces::EMPTY;
        nonces.start(&mut Sha256, self.0, &number.to_bytes().into(), &[]);
        let (r_out, s_out) = signature.split_at_mut(32);
        let (Some(r_out), Some(s_out)) = (r_out.first_chunk_mut(), s_out.first_chunk_mut::<32>()) else {
            return Err(nb::Error::Other(CryptoError));
        };
        // FIPS 186-5 6.4.1. A nonce that does not serve is met once in 2^32 signatures, and answered by the next.
        loop {
            let Some(mut nonce) = scalar(nonces.next(&mut Sha256)) else {
                nonces.refuse(&mut Sha256);
                continue;
            };
            write_x(&multiply(&ProjectivePoint::GENERATOR, &nonce), r_out);
            let r = reduced(r_out);
            let inverse = Option::<Scalar>::from(nonce.invert()).unwrap_or_default();
            let s = inverse * (number + r * key);
            nonce.zeroize();
            if !bool::from(r.is_zero() | s.is_zero()) {
                *r_out = r.to_bytes().into();
                *s_out = s.to_bytes().into();
                key.zeroize();
                return Ok(());
            }
        }
    }
}

/// A [`Verifier`] of ECDSA on P-256 with SHA-256: scheme 0x0403. Keys are points of the named curve, uncompressed (RFC 5480 2, RFC 8422 5.1.1).
#[derive(Clone, Copy, Debug, Default)]
pub struct P256Verifier;

impl Verifier for P256Verifier {
    type Task = P256Task;
    const COUNT: usize = 1;

    fn scheme(index: usize) -> Option<u16> {
        P256Task::scheme(index)
    }

    fn task<H: Hash>(
        &self,
        hash: &mut H,
        scheme: u16,
        message: &[&[u8]],
        signature: &[u8],
        key: &PublicKey<'_>,
        task: &mut P256Task,
    ) -> bool {
        task.take(hash, scheme, message, signature, key)
    }

    fn verify(&mut self, task: &P256Task) -> nb::Result<bool, CryptoError> {
        Ok(verify(task).is_some())
    }
}

/// FIPS 186-5 6.4.2; `None`: not the key's signature, or no key.
#[inline(never)]
fn verify(task: &P256Task) -> Option<()> {
    let (r, s) = (scalar(&task.r)?, scalar(&task.s)?);
    let key = on_curve(&task.key)?;
    let inverse = Option::<Scalar>::from(s.invert())?;
    let sum = multiply_both(&(reduced(&task.digest) * inverse), &key, &(r * inverse));
    let mut x = [0; 32];
    // Of infinity x is zero, which r is not.
    write_x(&sum, &mut x);
    (reduced(&x) == r).then_some(())
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::crypto::soft::P256Exchange;
    use crate::crypto::{KeyExchange, MAX_SIGNATURE_DER, Random, Secret, encode_signature, p256_spki};
    use std::vec::Vec;

    fn bytes<const N: usize>(text: &str) -> [u8; N] {
        hex::decode(text).expect("hex").try_into().expect("its length")
    }

    /// The private key of RFC 6979 A.2.5.
    fn private() -> [u8; 32] {
        bytes("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721")
    }

    fn digest(message: &[u8]) -> [u8; 32] {
        let mut state = Sha256.start();
        Sha256.update(&mut state, message);
        Sha256.finish(state)
    }

    /// A task over `message`, signed by the key of RFC 6979.
    fn signed(message: &[u8]) -> P256Task {
        let private = private();
        let mut signer = P256Signer::new(&private).expect("in range");
        let (mut signature, mut der, mut task) = ([0; 64], [0; MAX_SIGNATURE_DER], P256Task::EMPTY);
        signer.sign(&digest(message), &mut signature).expect("software");
        let len = encode_signature(&signature, &mut der);
        let spki = p256_spki(&signer.public());
        let key = PublicKey { algorithm: &spki[4..23], bits: &spki[26..] };
        assert!(P256Verifier.task(&mut Sha256, 0x0403, &[message], &der[..len], &key, &mut task));
        task
    }

    #[test]
    fn signatures_of_rfc_6979_a_2_5() {
        let private = private();
        let mut signer = P256Signer::new(&private).expect("in range");
        let public: Point = bytes(
            "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
        );
        assert_eq!(signer.public(), public);
        for (message, expected) in [
            (
                "sample",
                "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
            ),
            (
                "test",
                "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
            ),
        ] {
            let mut signature = [0; 64];
            signer.sign(&digest(message.as_bytes()), &mut signature).expect("software");
            assert_eq!(signature, bytes(expected), "{message}");
            assert_eq!(P256Verifier.verify(&signed(message.as_bytes())), Ok(true), "{message}");
        }
    }

    #[test]
    fn any_changed_byte_of_a_task_fails() {
        let good = signed(b"sample");
        assert_eq!(P256Verifier.verify(&good), Ok(true));
        type Field = fn(&mut P256Task) -> &mut [u8];
        let fields: [Field; 4] =
            [|task| &mut task.digest, |task| &mut task.r, |task| &mut task.s, |task| &mut task.key];
        for field in fields {
            for at in [0, 15, 31] {
                let mut bad = good.clone();
                field(&mut bad)[at] ^= 1;
                assert_eq!(P256Verifier.verify(&bad), Ok(false));
            }
        }
        for zero in fields {
            let mut bad = good.clone();
            zero(&mut bad).fill(0);
            assert_eq!(P256Verifier.verify(&bad), Ok(false));
        }
        assert_eq!(P256Verifier.verify(&P256Task::EMPTY), Ok(false));
    }

    #[test]
    fn keys_of_other_kinds_and_other_schemes_are_no_task() {
        let private = private();
        let public = P256Signer::new(&private).expect("in range").public();
        let spki = p256_spki(&public);
        let good = PublicKey { algorithm: &spki[4..23], bits: &spki[26..] };
        let der = [0x30, 6, 2, 1, 1, 2, 1, 1];
        let task = |scheme, key: &PublicKey<'_>, der: &[u8]| {
            P256Verifier.task(&mut Sha256, scheme, &[b"m"], der, key, &mut P256Task::EMPTY.clone())
        };
        assert!(task(0x0403, &good, &der));
        assert!(!task(0x0503, &good, &der));
        assert!(!task(0x0401, &good, &der));
        assert!(!task(0x0403, &good, &der[..7]));
        let compressed: Vec<u8> = [&[2 + (public[64] & 1)], &public[1..33]].concat();
        for bits in [&public[..64], &[0], &[], &compressed] {
            assert!(!task(0x0403, &PublicKey { bits, ..good }, &der));
        }
        let mut other_curve = spki;
        other_curve[22] ^= 1;
        for algorithm in [&other_curve[4..23], &spki[4..22], &spki[4..24], &[]] {
            assert!(!task(0x0403, &PublicKey { algorithm, ..good }, &der));
        }
    }

    #[test]
    fn private_keys_out_of_range_are_refused() {
        let order: [u8; 32] = bytes("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
        let mut less = order;
        less[31] -= 1;
        assert!(P256Signer::new(&less).is_ok());
        for bad in [[0; 32], order, [0xff; 32]] {
            assert_eq!(P256Signer::new(&bad).err(), Some(KeyOutOfRange));
        }
    }

    /// Gives what it was told to, block after block.
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

    fn pair(private: &[u8; 32]) -> (Secret<32>, Point) {
        let (mut own, mut public) = (Secret::EMPTY, [0; 65]);
        P256Exchange.generate(&mut Told(&[*private]), &mut own, &mut public).expect("in range");
        (own, public)
    }

    #[test]
    fn key_exchange_of_rfc_5903_8_1() {
        let i = bytes("c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433");
        let r = bytes("c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53");
        let ((mut i, i_public), (mut r, r_public)) = (pair(&i), pair(&r));
        assert_eq!(i_public[1..33], bytes::<32>("dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180"));
        assert_eq!(r_public[1..33], bytes::<32>("d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"));
        let (mut one, mut other) = (Secret::EMPTY, Secret::EMPTY);
        assert_eq!(P256Exchange.agree(&mut i, &r_public, &mut one), Ok(true));
        assert_eq!(P256Exchange.agree(&mut r, &i_public, &mut other), Ok(true));
        let expected: [u8; 32] = bytes("d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de");
        assert_eq!((one.as_bytes(), other.as_bytes()), (&expected, &expected));
    }

    #[test]
    fn what_is_no_point_of_the_curve_is_refused() {
        let (mut own, public) = pair(&private());
        let mut shared = Secret::EMPTY;
        let mut infinity = [0; 65];
        assert_eq!(P256Exchange.agree(&mut own, &infinity, &mut shared), Ok(false));
        infinity[0] = 4;
        assert_eq!(P256Exchange.agree(&mut own, &infinity, &mut shared), Ok(false));
        for at in [0, 1, 32, 33, 64] {
            let mut bad = public;
            bad[at] ^= 1;
            assert_eq!(P256Exchange.agree(&mut own, &bad, &mut shared), Ok(false), "byte {at}");
        }
        // x + p names the same element of the field, and is not its encoding (SEC 1 2.3.6).
        let mut unreduced = public;
        unreduced[1..33].fill(0xff);
        assert_eq!(P256Exchange.agree(&mut own, &unreduced, &mut shared), Ok(false));
        for tag in [2, 3, 5, 6, 7] {
            let mut bad = public;
            bad[0] = tag;
            assert_eq!(P256Exchange.agree(&mut own, &bad, &mut shared), Ok(false), "form {tag}");
        }
        assert!(shared == Secret::EMPTY);
    }

    #[test]
    fn a_random_source_that_is_broken_ends_the_exchange() {
        let (mut own, mut public) = (Secret::EMPTY, [0; 65]);
        let failed = Err(nb::Error::Other(CryptoError));
        let stuck = [[0xff; 32], [0; 32], [0xff; 32], [0; 32], [1; 32]];
        assert_eq!(P256Exchange.generate(&mut Told(&stuck), &mut own, &mut public), failed);
        assert!(own == Secret::EMPTY);
        assert_eq!(P256Exchange.generate(&mut Told(&[]), &mut own, &mut public), failed);
        assert_eq!(P256Exchange.generate(&mut Told(&stuck[2..]), &mut own, &mut public), Ok(()));
        assert_eq!(own.as_bytes(), &[1; 32]);
        assert_eq!(Random::fill(&mut Told(&[]), &mut [0; 32]), Err(CryptoError));
    }

    #[test]
    fn a_task_is_small_and_empty_is_zero() {
        assert_eq!(size_of::<P256Task>(), 161);
    }
}
