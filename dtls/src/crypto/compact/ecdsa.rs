//! ECDSA on P-256 with SHA-256 (FIPS 186-5 6).

use super::both::Both;
use super::order::{reduced, scalar};
use super::point::{INVERSION, Product, finish, invert_step, negate};
use super::registers::{PX, PY, PZ, Step, T, U, X, Y, Z, add, get, mul, run, set, sub};
use super::words::{Words, ZERO, from_bytes, is_zero, to_bytes};
use super::{Arithmetic, Curve, Space};
use crate::crypto::{
    CryptoError, Empty, Hash, KeyOutOfRange, Nonces, P256Task, Point, PublicKey, Signature, Signer, Verifier,
};
use core::marker::PhantomData;
use zeroize::Zeroize;

const BROKEN: nb::Error<CryptoError> = nb::Error::Other(CryptoError);

/// A [`Signer`] over a private key of P-256 that the caller holds.
///
/// The nonce comes from the key and the digest (RFC 6979), not from a random source: the same digest gives the same signature, byte for byte.
#[derive(Clone, Copy)]
pub struct P256Signer<'a, A, H> {
    key: &'a [u8; 32],
    hash: H,
    arithmetic: PhantomData<A>,
}

impl<'a, A: Arithmetic, H: Hash> P256Signer<'a, A, H> {
    /// Takes a private key: 32 bytes, big-endian, as RFC 5915 3 has them.
    pub fn new(key: &'a [u8; 32], arithmetic: A, hash: H) -> Result<Self, KeyOutOfRange> {
        let _ = arithmetic;
        scalar(key).map(|_| Self { key, hash, arithmetic: PhantomData }).ok_or(KeyOutOfRange)
    }

    /// The public key: one multiplication. [`p256_spki`](crate::crypto::p256_spki) makes of it what a certificate or a raw public key holds.
    #[must_use]
    pub fn public(&self) -> Point {
        let mut point = [0; 65];
        if let Some(key) = scalar(self.key) {
            let mut product = Product::<A>::EMPTY;
            product.of_base(&key);
            while product.step() {}
            finish::<A>(&mut product.file);
            product.write(&mut point);
        }
        point
    }
}

impl<A, H> core::fmt::Debug for P256Signer<'_, A, H> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("P256Signer(..)")
    }
}

impl<A: Arithmetic, H: Hash> Signer for P256Signer<'_, A, H> {
    fn sign(&mut self, digest: &[u8; 32], signature: &mut Signature) -> nb::Result<(), CryptoError> {
        let key = scalar(self.key).ok_or(BROKEN)?;
        let nonce = nonce(&mut self.hash, self.key, digest);
        sign::<A>(&key, digest, &nonce, signature)
    }
}

/// The nonce of RFC 6979 3.2. Its own function, so that the hash states are off the stack when the points come.
#[inline(never)]
fn nonce<H: Hash>(hash: &mut H, key: &[u8; 32], digest: &[u8; 32]) -> Words {
    let mut nonces = Nonces::EMPTY;
    nonces.start(hash, key, &reduced(digest));
    loop {
        if let Some(nonce) = scalar(nonces.next(hash)) {
            return nonce;
        }
        nonces.refuse(hash);
    }
}

#[inline(never)]
fn sign<C: Curve>(key: &Words, digest: &[u8; 32], nonce: &Words, signature: &mut Signature) -> nb::Result<(), CryptoError> {
    let mut signing = Signing::<C>::EMPTY;
    signing.key = *key;
    signing.digest = from_bytes(digest);
    signing.product.of_base(nonce);
    signing.left = INVERSION;
    while signing.step() {}
    signing.finish(signature)
}

/// A signature under way, by steps: those of the product of nonce and base point, and those of the inversion of the nonce.
struct Signing<C> {
    product: Product<C>,
    key: Words,
    digest: Words,
    left: usize,
}

impl<C: Curve> Signing<C> {
    const EMPTY: Self = Self { product: Product::EMPTY, key: ZERO, digest: ZERO, left: 0 };

    /// One step; false: it was the last.
    fn step(&mut self) -> bool {
        if self.product.left != 0 {
            if !self.product.step() {
                self.turn();
            }
            return true;
        }
        invert_step::<C>(&mut self.product.file, self.left, Space::Order);
        self.left = self.left.saturating_sub(1);
        self.left != 0
    }

    /// From the point to the scalars: r in X, the nonce in Z, the digest in PZ.
    #[inline(never)]
    fn turn(&mut self) {
        let Product { file, scalar, flip, .. } = &mut self.product;
        finish::<C>(file);
        set(file, PY, scalar);
        negate::<C>(file, *flip, Space::Order);
        let nonce = *get(file, PY);
        set(file, Z, &nonce);
        set(file, PX, &C::modulus(Space::Order).square);
        set(file, PZ, &self.digest);
        run::<C>(file, &[sub(U, U, U), add(X, X, U), add(PZ, PZ, U), mul(Z, Z, PX)], Space::Order);
    }

    /// Writes the signature; all steps were done.
    fn finish(&mut self, signature: &mut Signature) -> nb::Result<(), CryptoError> {
        let file = &mut self.product.file;
        set(file, PX, &C::modulus(Space::Order).square);
        set(file, PY, &self.key);
        run::<C>(file, &SIGN, Space::Order);
        // FIPS 186-5 6.4.1 asks for another nonce then. No nonce of 2^254 is one.
        if is_zero(get(file, X)) || is_zero(get(file, Y)) {
            return Err(BROKEN);
        }
        let (halves, _) = signature.as_chunks_mut::<32>();
        for (bytes, words) in halves.iter_mut().zip(&*file) {
            to_bytes(words, bytes);
        }
        Ok(())
    }
}

impl<C> Drop for Signing<C> {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

/// `s = (e + r d) / k`, in Y.
const SIGN: [Step; 4] = [mul(U, X, PX), mul(U, U, PY), add(U, U, PZ), mul(Y, U, T)];

/// A [`Verifier`] of ECDSA on P-256 with SHA-256: scheme 0x0403. Keys are points of the named curve, uncompressed (RFC 5480 2, RFC 8422 5.1.1).
#[derive(Clone, Copy, Debug, Default)]
pub struct P256Verifier<A>(pub A);

impl<A: Arithmetic> Verifier for P256Verifier<A> {
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
        let mut both = Both::<A>::EMPTY;
        let (Some(r), Some(s)) = (scalar(&task.r), scalar(&task.s)) else {
            return Ok(false);
        };
        if !both.start(&from_bytes(&task.digest), &r, &s, &task.key) {
            return Ok(false);
        }
        while both.step() {}
        Ok(both.holds())
    }
}
