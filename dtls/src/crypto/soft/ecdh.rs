//! ECDHE on P-256 (RFC 8422 5.10) over RustCrypto's `p256`.

use super::{multiply, on_curve, scalar, write_point, write_x};
use crate::crypto::{CryptoError, KeyExchange, Point, Random, Secret, Shared};
use p256::ProjectivePoint;

/// How often a key is drawn before the random source is given up: a good one misses once in 2^32 times.
const DRAWS: usize = 4;

/// ECDHE on P-256 in software.
#[derive(Clone, Copy, Debug, Default)]
pub struct P256Exchange;

impl KeyExchange for P256Exchange {
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
                write_point(&multiply(&ProjectivePoint::GENERATOR, &scalar), public);
                return Ok(());
            }
        }
        own.wipe();
        Err(BROKEN)
    }

    fn agree(&mut self, own: &mut Secret<32>, peer: &Point, shared: &mut Shared) -> nb::Result<bool, CryptoError> {
        let scalar = scalar(own.as_bytes()).ok_or(BROKEN)?;
        let Some(peer) = on_curve(peer) else {
            return Ok(false);
        };
        // The order of the curve is prime, and the scalar less than it: the product is not infinity.
        write_x(&multiply(&peer, &scalar), shared.as_mut_bytes());
        Ok(true)
    }
}

const BROKEN: nb::Error<CryptoError> = nb::Error::Other(CryptoError);
