//! ECDHE on P-256 (RFC 8422 5.10).

use super::Arithmetic;
use super::order::scalar;
use super::point::{Product, finish, read_point};
use super::registers::{X, get};
use super::words::to_bytes;
use crate::crypto::{CryptoError, KeyExchange, Point, Random, Secret, Shared};

/// How often a key is drawn before the random source is given up: a good one misses once in 2^32 times.
const DRAWS: usize = 4;

const BROKEN: nb::Error<CryptoError> = nb::Error::Other(CryptoError);

/// ECDHE on P-256.
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
        // By rejection (FIPS 186-5 A.2.2), so that no scalar is likelier than another.
        for _ in 0..DRAWS {
            random.fill(own.as_mut_bytes()).map_err(nb::Error::Other)?;
            if let Some(scalar) = scalar(own.as_bytes()) {
                let mut product = Product::<A>::EMPTY;
                product.of_base(&scalar);
                while product.step() {}
                finish::<A>(&mut product.file);
                product.write(public);
                return Ok(());
            }
        }
        own.wipe();
        Err(BROKEN)
    }

    fn agree(&mut self, own: &mut Secret<32>, peer: &Point, shared: &mut Shared) -> nb::Result<bool, CryptoError> {
        let scalar = scalar(own.as_bytes()).ok_or(BROKEN)?;
        let mut product = Product::<A>::EMPTY;
        if !read_point::<A>(&mut product.file, peer) {
            return Ok(false);
        }
        product.of_loaded(&scalar);
        while product.step() {}
        finish::<A>(&mut product.file);
        // The order is prime, and the scalar less than it: the product is not infinity.
        to_bytes(get(&product.file, X), shared.as_mut_bytes());
        Ok(true)
    }
}
