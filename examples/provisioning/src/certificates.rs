//! A list of certificates in a field.

use core::fmt;

/// Certificates in DER, one after the other, each with its length before it (2 bytes, big-endian).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Certificates<'f>(&'f [u8]);

impl<'f> Certificates<'f> {
    /// Takes such a list; `None`: a length does not fit, or a certificate is empty.
    #[must_use]
    pub fn new(bytes: &'f [u8]) -> Option<Self> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let (certificate, after) = first(rest)?;
            if certificate.is_empty() {
                return None;
            }
            rest = after;
        }
        Some(Self(bytes))
    }

    /// The list, as it stands in the field.
    #[must_use]
    pub const fn as_bytes(&self) -> &'f [u8] {
        self.0
    }
}

fn first(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))
}

/// One certificate after the other.
impl<'f> Iterator for Certificates<'f> {
    type Item = &'f [u8];

    fn next(&mut self) -> Option<&'f [u8]> {
        let (certificate, rest) = first(self.0)?;
        self.0 = rest;
        Some(certificate)
    }
}

impl fmt::Debug for Certificates<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({} certificates, {} bytes)", self.count(), self.0.len())
    }
}
