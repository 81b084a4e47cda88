//! A pre-shared key in memory, for the firmware that has no secure element.

use super::{CryptoError, Empty, Hash, Master, Prf, PskKey};

/// The longest pre-shared key, in bytes (RFC 7925 4.2).
const MAX_KEY: usize = 64;

/// A software [`PskKey`] over a key of 1 to 64 bytes that the caller holds.
#[derive(Clone, Copy)]
pub struct PreSharedKey<'a>(&'a [u8]);

/// Why some bytes cannot serve as a pre-shared key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PskError {
    /// The key has no bytes: everybody knows it.
    Empty,
    /// The key is longer than the 64 bytes that RFC 7925 4.2 asks peers to support.
    TooLong {
        /// Its length in bytes.
        len: usize,
    },
}

impl core::fmt::Display for PskError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Empty => f.write_str("the pre-shared key is empty"),
            Self::TooLong { len } => {
                write!(f, "the pre-shared key has {len} bytes, more than {MAX_KEY}")
            }
        }
    }
}

impl core::error::Error for PskError {}

impl<'a> PreSharedKey<'a> {
    /// Takes `key`, of 1 to 64 bytes.
    pub const fn new(key: &'a [u8]) -> Result<Self, PskError> {
        match key.len() {
            0 => Err(PskError::Empty),
            len if len > MAX_KEY => Err(PskError::TooLong { len }),
            _ => Ok(Self(key)),
        }
    }
}

impl core::fmt::Debug for PreSharedKey<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("PreSharedKey(..)")
    }
}

impl PskKey for PreSharedKey<'_> {
    fn derive<H: Hash>(
        &mut self,
        hash: &mut H,
        _identity: &[u8],
        other: Option<&[u8]>,
        label: &[u8],
        seed: &[&[u8]],
        master: &mut Master,
    ) -> nb::Result<(), CryptoError> {
        // The premaster secret of RFC 4279 2. The zeros that stand for `other` are lent by the master secret, which is written last.
        master.wipe();
        let zeros = master.as_bytes();
        let key_len = self.0.len();
        let (first, second) = match other {
            Some(other) => (other, None),
            None => (zeros.get(..key_len).unwrap_or(zeros), zeros.get(..key_len.saturating_sub(zeros.len()))),
        };
        let second = second.unwrap_or_default();
        let other_len = length(first.len().wrapping_add(second.len()));
        let mut keyed = Prf::EMPTY;
        keyed.key(hash, &[&other_len, first, second, &length(key_len), self.0]);
        keyed.expand(hash, label, seed, master.as_mut_bytes());
        Ok(())
    }
}

/// A 16-bit length as it goes on the wire. The other secret of a key exchange is far shorter than 64 KiB.
const fn length(len: usize) -> [u8; 2] {
    (len as u16).to_be_bytes()
}

#[cfg(test)]
#[cfg(feature = "soft")]
mod tests {
    extern crate std;
    use super::*;
    use crate::crypto::prf;
    use crate::crypto::soft::Sha256;
    use std::vec::Vec;

    #[test]
    fn premaster_is_that_of_rfc_4279_for_every_key_length() {
        for len in 1..=64u8 {
            let key: Vec<u8> = (0..len).map(|at| at.wrapping_mul(37).wrapping_add(1)).collect();
            for other in [None, Some(&[9u8; 32][..])] {
                let zeros = std::vec![0; key.len()];
                let first = other.unwrap_or(&zeros);
                let mut premaster = Vec::new();
                for part in [first, &key] {
                    premaster.extend([0, part.len() as u8]);
                    premaster.extend(part);
                }
                let mut expected = [0; 48];
                prf(&mut Sha256, &premaster, b"master secret", &[b"seed"], &mut expected);
                let mut master = Master::new();
                master.as_mut_bytes().fill(0xa5);
                let mut holder = PreSharedKey::new(&key).expect("a good length");
                let done = holder.derive(&mut Sha256, b"id", other, b"master secret", &[b"seed"], &mut master);
                assert_eq!(done, Ok(()));
                assert_eq!(master.as_bytes(), &expected, "{len} bytes of key");
            }
        }
    }

    #[test]
    fn a_key_of_no_or_too_many_bytes_is_refused() {
        assert_eq!(PreSharedKey::new(&[]).err(), Some(PskError::Empty));
        assert!(PreSharedKey::new(&[1; 64]).is_ok());
        assert_eq!(PreSharedKey::new(&[1; 65]).err(), Some(PskError::TooLong { len: 65 }));
        assert_eq!(std::format!("{}", PskError::TooLong { len: 65 }), "the pre-shared key has 65 bytes, more than 64");
        assert_eq!(std::format!("{:?}", PreSharedKey::new(b"ab")), "Ok(PreSharedKey(..))");
    }
}
