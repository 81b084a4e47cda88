//! Small lists of code points in order of preference, known to the compiler: what a pair of credentials offers is put together before the firmware runs.

use crate::crypto::Kx;
use crate::wire::CertificateType;

/// Up to four codes of 1 to 3, two bits each, the first one lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Order(u8);

impl Order {
    const fn has(self, code: u8) -> bool {
        let mut left = self.0;
        while left != 0 {
            if left & 3 == code {
                return true;
            }
            left >>= 2;
        }
        false
    }

    /// With `code` at the end, unless it is there already.
    const fn with(self, code: u8) -> Self {
        if self.has(code) {
            return self;
        }
        let mut shift = 0;
        while self.0 >> shift != 0 {
            shift += 2;
        }
        Self(self.0 | code << shift)
    }

    const fn then(self, other: Self) -> Self {
        let mut all = self;
        let mut left = other.0;
        while left != 0 {
            all = all.with(left & 3);
            left >>= 2;
        }
        all
    }

    fn take(&mut self) -> u8 {
        let first = self.0 & 3;
        self.0 >>= 2;
        first
    }
}

/// Key exchanges, preferred first; each at most once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchanges(Order);

const fn code(kx: Kx) -> u8 {
    match kx {
        Kx::Psk => 1,
        Kx::EcdhePsk => 2,
        Kx::EcdheEcdsa => 3,
    }
}

impl Exchanges {
    /// One key exchange.
    #[must_use]
    pub const fn of(kx: Kx) -> Self {
        Self(Order(code(kx)))
    }

    /// These, and then those of `other`.
    #[must_use]
    pub const fn then(self, other: Self) -> Self {
        Self(self.0.then(other.0))
    }

    /// Whether `kx` is one of them.
    #[must_use]
    pub const fn has(self, kx: Kx) -> bool {
        self.0.has(code(kx))
    }

    /// The first, the second and the third: constants, so that the compiler sees which are not there.
    pub(crate) const fn list(self) -> [Option<Kx>; 3] {
        let Self(Order(all)) = self;
        [named(all & 3), named(all >> 2 & 3), named(all >> 4 & 3)]
    }

    /// Whether one of them makes ephemeral keys.
    pub(crate) const fn ecdhe(self) -> bool {
        self.has(Kx::EcdhePsk) || self.has(Kx::EcdheEcdsa)
    }
}

const fn named(code: u8) -> Option<Kx> {
    match code {
        1 => Some(Kx::Psk),
        2 => Some(Kx::EcdhePsk),
        3 => Some(Kx::EcdheEcdsa),
        _ => None,
    }
}

/// Certificate types (RFC 7250 3), preferred first; each at most once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateTypes(Order);

impl CertificateTypes {
    /// None.
    pub const NONE: Self = Self(Order(0));
    /// X.509 alone.
    pub const X509: Self = Self(Order(1));
    /// Raw public keys alone.
    pub const RAW: Self = Self(Order(3));

    /// These, and then those of `other`.
    #[must_use]
    pub const fn then(self, other: Self) -> Self {
        Self(self.0.then(other.0))
    }

    /// How many there are.
    pub(crate) fn count(self) -> usize {
        usize::from(self.0.has(1)) + usize::from(self.0.has(3))
    }

    /// Whether `kind` is one of them.
    pub(crate) fn has(self, kind: CertificateType) -> bool {
        match kind {
            CertificateType::X509 => self.0.has(1),
            CertificateType::RAW_PUBLIC_KEY => self.0.has(3),
            _ => false,
        }
    }
}

impl Iterator for CertificateTypes {
    type Item = CertificateType;

    fn next(&mut self) -> Option<CertificateType> {
        // The code points are 0 and 2, and 0 stands for the end here.
        Some(CertificateType(self.0.take().checked_sub(1)?))
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    #[test]
    fn the_left_one_comes_first_and_nothing_comes_twice() {
        let psk = Exchanges::of(Kx::Psk);
        let both = Exchanges::of(Kx::EcdheEcdsa).then(psk).then(Exchanges::of(Kx::EcdheEcdsa));
        assert_eq!(both.list(), [Some(Kx::EcdheEcdsa), Some(Kx::Psk), None]);
        assert!(both.has(Kx::Psk) && !both.has(Kx::EcdhePsk) && both.ecdhe() && !psk.ecdhe());
        let all = both.then(Exchanges::of(Kx::EcdhePsk));
        assert_eq!(all.list(), [Some(Kx::EcdheEcdsa), Some(Kx::Psk), Some(Kx::EcdhePsk)]);
    }

    #[test]
    fn certificate_types_are_those_of_rfc_7250() {
        let both = CertificateTypes::RAW.then(CertificateTypes::X509).then(CertificateTypes::RAW);
        assert_eq!(both.map(|kind| kind.0).collect::<Vec<_>>(), [2, 0]);
        assert_eq!((both.count(), CertificateTypes::NONE.count()), (2, 0));
        assert!(both.has(CertificateType(0)) && both.has(CertificateType(2)));
        assert!(!CertificateTypes::RAW.has(CertificateType(0)) && !CertificateTypes::X509.has(CertificateType(2)));
        for other in [1, 3, 4, 6, 255] {
            assert!(!both.has(CertificateType(other)), "{other}");
        }
    }
}
