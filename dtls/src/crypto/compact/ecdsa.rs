//! ECDSA on P-256 with SHA-256 (FIPS 186-5 6).

use super::{Arithmetic, Both, Deterministic, Hedged, Nonce, Signing, Words, ZERO, nonce, public_of, read, scalar};
use crate::crypto::{
    CryptoError, Hash, KeyOutOfRange, P256Task, Point, PublicKey, Random, Signature, Signer, Verifier,
};
use core::marker::PhantomData;
use zeroize::Zeroize;

/// A [`Signer`] over a private key of P-256 that the caller holds.
///
/// The nonce comes from the key and the digest ([`Deterministic`]): the same digest gives the same signature, byte for byte. With
/// [`hedged`](Self::hedged), 32 random bytes are added. To have each signature verified before it is given out, wrap the signer in
/// [`Checked`](crate::crypto::Checked).
#[derive(Clone, Copy)]
pub struct P256Signer<'a, A, H, N = Deterministic> {
    key: &'a [u8; 32],
    hash: H,
    source: N,
    arithmetic: PhantomData<A>,
}

impl<'a, A: Arithmetic, H: Hash> P256Signer<'a, A, H> {
    /// Takes a private key: 32 bytes, big-endian, as RFC 5915 3 has them.
    pub fn new(key: &'a [u8; 32], arithmetic: A, hash: H) -> Result<Self, KeyOutOfRange> {
        let _ = arithmetic;
        let mut number = ZERO;
        let in_range = scalar(key, &mut number);
        number.zeroize();
        if in_range {
            Ok(Self { key, hash, source: Deterministic, arithmetic: PhantomData })
        } else {
            Err(KeyOutOfRange)
        }
    }

    /// The same, adding 32 random bytes to each nonce (RFC 6979 3.6).
    #[must_use]
    pub fn hedged<R: Random>(self, random: R) -> P256Signer<'a, A, H, Hedged<R>> {
        P256Signer { key: self.key, hash: self.hash, source: Hedged(random), arithmetic: PhantomData }
    }
}

impl<A: Arithmetic, H: Hash, N: Nonce> P256Signer<'_, A, H, N> {
    /// The public key: one multiplication. [`p256_spki`](crate::crypto::p256_spki) makes of it what a certificate or a raw public key holds.
    #[must_use]
    pub fn public(&self) -> Point {
        let mut point = [0; 65];
        let mut key = ZERO;
        if scalar(self.key, &mut key) {
            public_of::<A>(&key, &mut point);
        }
        key.zeroize();
        point
    }

    /// Begins a signature.
    pub(super) fn start(&mut self, digest: &[u8; 32], signing: &mut Signing<A>) -> Result<(), CryptoError> {
        let mut number = ZERO;
        nonce(&mut self.hash, self.key, digest, &mut self.source, &mut number)?;
        let started = signing.start(self.key, digest, &number);
        number.zeroize();
        started
    }
}

impl<A, H, N> core::fmt::Debug for P256Signer<'_, A, H, N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("P256Signer(..)")
    }
}

impl<A: Arithmetic, H: Hash, N: Nonce> Signer for P256Signer<'_, A, H, N> {
    fn sign(&mut self, digest: &[u8; 32], signature: &mut Signature) -> nb::Result<(), CryptoError> {
        let mut number = ZERO;
        nonce(&mut self.hash, self.key, digest, &mut self.source, &mut number)?;
        let done = sign::<A>(self.key, digest, &number, signature);
        number.zeroize();
        Ok(done?)
    }
}

/// All of a signature. Its own function, so that what it takes of the stack comes after the hash states are gone.
#[inline(never)]
fn sign<A: Arithmetic>(
    key: &[u8; 32],
    digest: &[u8; 32],
    nonce: &Words,
    signature: &mut Signature,
) -> Result<(), CryptoError> {
    let mut signing = Signing::<A>::EMPTY;
    signing.start(key, digest, nonce)?;
    while signing.step() {}
    signing.finish(signature)
}

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
        if !start(task, &mut both) {
            return Ok(false);
        }
        while both.step() {}
        Ok(both.holds())
    }
}

/// Begins a verification; false: r or s is out of range, or the key is no point.
pub(super) fn start<A: Arithmetic>(task: &P256Task, both: &mut Both<A>) -> bool {
    let (mut r, mut s, mut digest) = (ZERO, ZERO, ZERO);
    read(&task.digest, &mut digest);
    scalar(&task.r, &mut r) && scalar(&task.s, &mut s) && both.start(&digest, &r, &s, &task.key)
}
