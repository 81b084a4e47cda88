//! Where random bytes come from. The emulated boards model no random source, so there is a test shim behind the feature
//! `insecure-test-rng`, and without it nothing: the handshake then ends in an error instead of being guessable.

use core::fmt;
use rand_core::{TryCryptoRng, TryRng};

/// There is no random source.
#[derive(Clone, Copy, Debug)]
pub struct NoEntropy;

impl fmt::Display for NoEntropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the board has no random source")
    }
}

impl core::error::Error for NoEntropy {}

/// The firmware's random source.
pub struct Random {
    #[cfg(feature = "insecure-test-rng")]
    seed: Option<u64>,
}

impl Random {
    /// A source. With `insecure-test-rng` a seed makes it repeat itself, and without a seed it reads the host's. Else it always fails.
    #[cfg_attr(not(feature = "insecure-test-rng"), expect(unused_variables, reason = "only the shim takes a seed"))]
    pub fn new(seed: Option<u64>) -> Self {
        Random {
            #[cfg(feature = "insecure-test-rng")]
            seed,
        }
    }

    #[cfg(feature = "insecure-test-rng")]
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoEntropy> {
        let Some(state) = &mut self.seed else {
            return if crate::host::read_file(c"/dev/urandom", out) { Ok(()) } else { Err(NoEntropy) };
        };
        // SplitMix64: well spread, and not secret at all.
        for byte in out {
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut x = *state;
            x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            *byte = (x ^ x >> 31) as u8;
        }
        Ok(())
    }

    #[cfg(not(feature = "insecure-test-rng"))]
    fn fill(&mut self, _: &mut [u8]) -> Result<(), NoEntropy> {
        Err(NoEntropy)
    }
}

impl TryRng for Random {
    type Error = NoEntropy;

    fn try_next_u32(&mut self) -> Result<u32, NoEntropy> {
        let mut bytes = [0; 4];
        self.fill(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, NoEntropy> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), NoEntropy> {
        self.fill(out)
    }
}

impl TryCryptoRng for Random {}
