//! ECDHE on P-256 (RFC 8422 5.10).

use super::{Arithmetic, Curve, Product, Words, X, ZERO, finish, get, read_point, scalar, to_bytes, write};
use crate::crypto::{CryptoError, KeyExchange, Point, Random, Secret, Shared};
use zeroize::Zeroize;

/// How often a key is drawn before the random source is given up: a good one misses once in 2^32 times.
const DRAWS: usize = 4;

/// ECDHE on P-256. The shared secret is never zero: no point of the curve has x = 0 and a small multiple, the order being prime.
#[derive(Clone, Copy, Debug, Default)]
pub struct P256Exchange<A>(pub A);

impl<A: Arithmetic> KeyExchange for P256Exchange<A> {
    /// The scalar, big-endian.
    type Ephemeral = Secret<32>;

    fn generate<R: Random>(
        &mut self,
        random: &mut R,
        own: &mut Secret<32>,
        public: &mut Point,
    ) -> nb::Result<(), CryptoError> {
        let mut key = ZERO;
        draw(random, own, &mut key)?;
        public_of::<A>(&key, public);
        key.zeroize();
        Ok(())
    }

    fn agree(&mut self, own: &mut Secret<32>, peer: &Point, shared: &mut Shared) -> nb::Result<bool, CryptoError> {
        let mut product = Product::<A>::EMPTY;
        if !read_point::<A>(&mut product.file, peer) {
            return Ok(false);
        }
        let mut key = ZERO;
        if !scalar(own.as_bytes(), &mut key) {
            return Err(nb::Error::Other(CryptoError));
        }
        product.of_loaded(&key);
        key.zeroize();
        while product.step() {}
        shared_of(&mut product, shared);
        Ok(true)
    }
}

/// Draws a key, by rejection (FIPS 186-5 A.2.2), so that no scalar is likelier than another.
#[inline(never)]
pub(super) fn draw<R: Random>(random: &mut R, own: &mut Secret<32>, key: &mut Words) -> Result<(), CryptoError> {
    for _ in 0..DRAWS {
        random.fill(own.as_mut_bytes())?;
        if scalar(own.as_bytes(), key) {
            return Ok(());
        }
    }
    own.wipe();
    Err(CryptoError)
}

/// Writes the public key of a scalar in [1, n - 1].
#[inline(never)]
pub(super) fn public_of<A: Arithmetic>(scalar: &Words, public: &mut Point) {
    let mut product = Product::<A>::EMPTY;
    product.of_base(scalar);
    while product.step() {}
    write_public(&mut product, public);
}

/// Writes the public key, all steps done.
pub(super) fn write_public<C: Curve>(product: &mut Product<C>, public: &mut Point) {
    finish::<C>(&mut product.file);
    let (form, coordinates) = public.split_at_mut(1);
    form.fill(0x04);
    write(&product.file, coordinates);
}

/// Writes the shared secret, all steps done. The order is prime, and the scalar below it: the product is not infinity.
pub(super) fn shared_of<A: Arithmetic>(product: &mut Product<A>, shared: &mut Shared) {
    finish::<A>(&mut product.file);
    to_bytes(get(&product.file, X), shared.as_mut_bytes());
}
