//! A signature under way: its nonce, and its steps.

use super::{
    Curve, INVERSION, PX, PY, PZ, Product, Space, Step, T, U, Words, X, Y, Z, ZERO, add, finish, get, invert_step,
    is_zero, mul, negate, read, reduced, run, scalar, set, sub, write,
};
use crate::crypto::{CryptoError, Empty, Hash, Nonces, Random, Signature};
use zeroize::Zeroize;

/// Where nonces come from.
pub trait Nonce {
    /// Fills `added` with what is hashed beside key and digest, and says how much of it there is: 32 bytes or none.
    fn added<'a>(&mut self, added: &'a mut [u8; 32]) -> Result<&'a [u8], CryptoError>;
}

/// Nonces from the key and the digest alone (RFC 6979 3.2): the same digest gives the same signature, and nothing hangs on a random source.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deterministic;

/// Nonces from the key, the digest and 32 random bytes (RFC 6979 3.6): no two signatures of a digest are the same, so that faults and side channels have
/// nothing to compare; and a random source that is broken costs no more than that.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hedged<R>(pub R);

impl Nonce for Deterministic {
    fn added<'a>(&mut self, _added: &'a mut [u8; 32]) -> Result<&'a [u8], CryptoError> {
        Ok(&[])
    }
}

impl<R: Random> Nonce for Hedged<R> {
    fn added<'a>(&mut self, added: &'a mut [u8; 32]) -> Result<&'a [u8], CryptoError> {
        self.0.fill(added)?;
        Ok(added)
    }
}

/// A signature under way, by steps: those of the product of nonce and base point, and those of the inversion of the nonce.
pub struct Signing<C> {
    product: Product<C>,
    key: Words,
    digest: Words,
    left: usize,
}

/// `s = (e + r d) / k`, in Y. Then a product of zeros, so that what the last one had in hand is on the stack no more.
const SIGN: [Step; 6] = [mul(U, X, PX), mul(U, U, PY), add(U, U, PZ), mul(Y, U, T), sub(T, T, T), mul(T, T, T)];

/// r in X, the digest in PZ, the nonce in Z and in Montgomery's form; it was in PY. x is below p and the digest below 2^256, which are less than twice the
/// order: a sum with zero reduces them.
const TURN: [Step; 4] = [sub(U, U, U), add(X, X, U), add(PZ, PZ, U), mul(Z, PY, PX)];

impl<C: Curve> Signing<C> {
    /// Nothing: for [`start`](Self::start).
    pub(super) const EMPTY: Self = Self { product: Product::EMPTY, key: ZERO, digest: ZERO, left: 0 };

    /// Begins, with a nonce in [1, n - 1].
    pub(super) fn start(&mut self, key: &[u8; 32], digest: &[u8; 32], nonce: &Words) -> Result<(), CryptoError> {
        if !scalar(key, &mut self.key) {
            return Err(CryptoError);
        }
        read(digest, &mut self.digest);
        self.left = INVERSION;
        self.product.of_base(nonce);
        Ok(())
    }

    /// Whether it is of this digest, and begun.
    pub(super) fn is_of(&self, digest: &[u8; 32]) -> bool {
        let mut words = ZERO;
        read(digest, &mut words);
        self.left != 0 && self.digest == words
    }

    /// One step; false: it was the last.
    pub(super) fn step(&mut self) -> bool {
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
        set(file, PX, &C::modulus(Space::Order).square);
        set(file, PZ, &self.digest);
        run::<C>(file, &TURN, Space::Order);
    }

    /// Writes the signature; all steps were done.
    pub(super) fn finish(&mut self, signature: &mut Signature) -> Result<(), CryptoError> {
        let file = &mut self.product.file;
        set(file, PX, &C::modulus(Space::Order).square);
        set(file, PY, &self.key);
        run::<C>(file, &SIGN, Space::Order);
        // FIPS 186-5 6.4.1 asks for another nonce then. Of 2^254 nonces one is such: what gives it is broken.
        if is_zero(get(file, X)) || is_zero(get(file, Y)) {
            return Err(CryptoError);
        }
        write(file, signature);
        // As the steps of the inversion were taken, with T, which is zero, so that the inverse is not on the stack where they were.
        invert_step::<C>(file, 1, Space::Order);
        Ok(())
    }
}

impl<C> Drop for Signing<C> {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

/// The nonce of RFC 6979 3.2. Its own function, so that the hash states are off the stack when the points come.
#[inline(never)]
pub(super) fn nonce<H: Hash, N: Nonce>(
    hash: &mut H,
    key: &[u8; 32],
    digest: &[u8; 32],
    source: &mut N,
    nonce: &mut Words,
) -> Result<(), CryptoError> {
    let mut added = [0; 32];
    let added = source.added(&mut added)?;
    let mut nonces = Nonces::EMPTY;
    nonces.start(hash, key, &reduced(digest), added);
    while !scalar(nonces.next(hash), nonce) {
        nonces.refuse(hash);
    }
    nonces.forget(hash);
    Ok(())
}
