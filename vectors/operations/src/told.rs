//! A random source and a hash that give what they were told to.

use stint_dtls::crypto::{CryptoError, Empty, Hash, Random};

/// Gives one scalar, as often as it is asked.
pub(crate) struct Scalar<'a>(pub(crate) &'a [u8; 32]);

impl Random for Scalar<'_> {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
        if out.len() != self.0.len() {
            return Err(CryptoError);
        }
        out.iter_mut().zip(self.0).for_each(|(to, from)| *to = *from);
        Ok(())
    }
}

/// Gives one digest, whatever is hashed: so that a verifier meets numbers that no message is known for.
pub(crate) struct Digest<'a>(pub(crate) &'a [u8; 32]);

/// Nothing.
#[derive(Clone)]
pub(crate) struct Nothing;

impl Empty for Nothing {
    const EMPTY: Self = Self;
}

impl Hash for Digest<'_> {
    type State = Nothing;
    fn start(&mut self) -> Nothing {
        Nothing
    }
    fn update(&mut self, _: &mut Nothing, _: &[u8]) {}
    fn digest(&mut self, _: &mut Nothing, digest: &mut [u8; 32]) {
        *digest = *self.0;
    }
}
