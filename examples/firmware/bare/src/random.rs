//! Numbers that only look random: the measured images run against a server on the same machine, and hold no secret.

use core::convert::Infallible;
use rand_core::{TryCryptoRng, TryRng};

/// A xorshift generator. **Not secure**: for measured images alone.
pub struct InsecureTestRandom(pub u64);

impl TryRng for InsecureTestRandom {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|value| value as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Ok(self.0)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for byte in out {
            *byte = self.try_next_u64()? as u8;
        }
        Ok(())
    }
}

impl TryCryptoRng for InsecureTestRandom {}
