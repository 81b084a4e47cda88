//! Bytes that must not outlive their use, be printed, or be compared byte by byte.

use super::Empty;
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// `N` secret bytes: wiped when dropped, never printed, compared in constant time.
///
/// It is not `Clone`: a secret has one place.
pub struct Secret<const N: usize>([u8; N]);

/// The master secret: 48 bytes (RFC 5246 8.1).
pub type Master = Secret<48>;

impl<const N: usize> Secret<N> {
    /// All zero, so that a `static` that holds one needs no flash.
    pub const EMPTY: Self = Self([0; N]);

    /// All zero.
    #[must_use]
    pub const fn new() -> Self {
        Self::EMPTY
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; N] {
        &self.0
    }

    /// The bytes, to be written.
    pub const fn as_mut_bytes(&mut self) -> &mut [u8; N] {
        &mut self.0
    }

    /// Makes all bytes zero now, and not only when the value is dropped.
    pub fn wipe(&mut self) {
        wipe(&mut self.0);
    }
}

impl<const N: usize> Empty for Secret<N> {
    const EMPTY: Self = Self::EMPTY;
}

impl<const N: usize> Default for Secret<N> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<const N: usize> Drop for Secret<N> {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

impl<const N: usize> PartialEq for Secret<N> {
    fn eq(&self, other: &Self) -> bool {
        constant_time_eq(&self.0, &other.0)
    }
}

impl<const N: usize> Eq for Secret<N> {}

impl<const N: usize> core::fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Whether two strings of bytes are the same, in a time that depends on their lengths alone.
///
/// For `verify_data`, tags and cookies: where a comparison stops must not tell a forger how much was right.
#[must_use]
#[inline(never)]
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// Makes `bytes` zero in a way that the optimiser keeps. One copy in the image for all lengths.
#[inline(never)]
pub(super) fn wipe(bytes: &mut [u8]) {
    bytes.zeroize();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print_itself() {
        extern crate std;
        let mut secret = Secret::<3>::new();
        *secret.as_mut_bytes() = [0x61, 0x62, 0x63];
        assert_eq!(std::format!("{secret:?}"), "Secret(..)");
    }

    #[test]
    fn equality_sees_every_byte_and_the_length() {
        let a = [7u8; 12];
        assert!(constant_time_eq(&a, &a));
        assert!(!constant_time_eq(&a, &a[..11]));
        for at in 0..12 {
            for bit in 0..8 {
                let mut b = a;
                b[at] ^= 1 << bit;
                assert!(!constant_time_eq(&a, &b), "byte {at}, bit {bit}");
            }
        }
    }

    #[test]
    fn wiping_leaves_zeros() {
        let mut secret = Secret::<48>::new();
        secret.as_mut_bytes().fill(0xa5);
        assert!(secret != Secret::EMPTY);
        secret.wipe();
        assert!(secret == Secret::EMPTY);
    }
}
