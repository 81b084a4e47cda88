//! Who the server is: what is kept of its certificate after the datagram that held it is gone.

use super::{Certificate, DNS, Der, EMAIL, IP, URI, UnixTime, common_name, public_key};
use crate::certificate_error::CertificateError;
use crate::crypto::PublicKey;

/// The identity that the server proved, or is about to prove: its key, and as much of its certificate as fits the memory lent.
///
/// Before `PeerVerified` (or the end of a [`Verification`](super::Verification)) it is what the server claims.
#[derive(Debug)]
pub struct PeerIdentity<'b> {
    /// The key, the subject, the names.
    store: &'b mut [u8],
    key: u16,
    subject: u16,
    names: u16,
    raw: bool,
    truncated: bool,
    not_after: UnixTime,
}

impl<'b> PeerIdentity<'b> {
    /// Knows nobody yet. `store` must have room for the server's SubjectPublicKeyInfo (91 bytes for P-256, 120 for P-384). It also takes the subject's Name
    /// and subjectAltName (50 to 200 bytes, most of the time), each whole or not at all.
    pub const fn new(store: &'b mut [u8]) -> Self {
        Self { store, key: 0, subject: 0, names: 0, raw: false, truncated: false, not_after: UnixTime(0) }
    }

    /// Whether nobody is known.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.key == 0
    }

    /// The public key. While nobody is known it is empty, and verifies nothing.
    #[must_use]
    pub fn public_key(&self) -> PublicKey<'_> {
        public_key(self.spki()).unwrap_or(PublicKey { algorithm: &[], bits: &[] })
    }

    /// The public key as DER of SubjectPublicKeyInfo (RFC 5280 4.1).
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        self.part(0, self.key)
    }

    /// Whether it came as a raw public key (RFC 7250): there is no certificate, no name and no date.
    #[must_use]
    pub const fn is_raw(&self) -> bool {
        self.raw
    }

    /// The subject: DER of its Name. Empty: it did not fit, or nobody is known, or a raw public key is.
    #[must_use]
    pub fn subject(&self) -> &[u8] {
        self.part(usize::from(self.key), self.subject)
    }

    /// The most specific common name of the subject, as it stands there.
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        core::str::from_utf8(common_name(self.subject())?).ok()
    }

    /// The names of subjectAltName.
    #[must_use]
    pub fn names(&self) -> Names<'_> {
        Names(Der::new(self.part(usize::from(self.key) + usize::from(self.subject), self.names)))
    }

    /// Whether the memory lent was too small for the subject or for the names.
    #[must_use]
    pub const fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// The end of the certificate's validity (RFC 5280 4.1.2.5).
    #[must_use]
    pub const fn not_after(&self) -> UnixTime {
        self.not_after
    }

    /// Forgets whom it knew.
    pub(crate) fn clear(&mut self) {
        self.key = 0;
        self.subject = 0;
        self.names = 0;
        self.raw = false;
        self.truncated = false;
        self.not_after = UnixTime(0);
    }

    /// Takes a raw public key (RFC 7250 3): DER of SubjectPublicKeyInfo.
    pub(crate) fn set_raw(&mut self, spki: &[u8]) -> Result<(), CertificateError> {
        self.clear();
        public_key(spki).ok_or(CertificateError::Malformed)?;
        self.key = self.keep(0, spki).ok_or(CertificateError::PeerStoreTooSmall)?;
        self.raw = true;
        Ok(())
    }

    /// Takes what is kept of a certificate.
    pub(super) fn set_certificate(&mut self, certificate: &Certificate<'_>) -> Result<(), CertificateError> {
        self.clear();
        self.key = self.keep(0, certificate.spki).ok_or(CertificateError::PeerStoreTooSmall)?;
        self.not_after = certificate.not_after;
        let mut at = usize::from(self.key);
        let subject = self.keep(at, certificate.subject);
        self.subject = subject.unwrap_or(0);
        at += usize::from(self.subject);
        let names = self.keep(at, certificate.names);
        self.names = names.unwrap_or(0);
        self.truncated = subject.is_none() || names.is_none();
        Ok(())
    }

    /// Copies all of `bytes`, if they fit; returns how many.
    #[inline(never)]
    fn keep(&mut self, at: usize, bytes: &[u8]) -> Option<u16> {
        let place = self.store.get_mut(at..)?.get_mut(..bytes.len())?;
        place.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        Some(bytes.len() as u16) // what was read as DER has less than 2^16 bytes
    }

    fn part(&self, at: usize, len: u16) -> &[u8] {
        self.store.get(at..).and_then(|rest| rest.get(..usize::from(len))).unwrap_or_default()
    }
}

/// A name of subjectAltName (RFC 5280 4.2.1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Name<'a> {
    /// dNSName.
    Dns(&'a str),
    /// iPAddress: 4 or 16 bytes.
    Ip(&'a [u8]),
    /// uniformResourceIdentifier.
    Uri(&'a str),
    /// rfc822Name.
    Email(&'a str),
    /// Another form, or text that is none.
    Other {
        /// The tag of GeneralName: class, form and number as one byte of DER.
        tag: u8,
        /// Its contents.
        contents: &'a [u8],
    },
}

/// The names of subjectAltName, one after the other.
#[derive(Clone)]
pub struct Names<'a>(Der<'a>);

impl<'a> Iterator for Names<'a> {
    type Item = Name<'a>;

    fn next(&mut self) -> Option<Name<'a>> {
        let (tag, contents) = self.0.element()?;
        Some(match (tag, core::str::from_utf8(contents)) {
            (IP, _) => Name::Ip(contents),
            (DNS, Ok(text)) => Name::Dns(text),
            (URI, Ok(text)) => Name::Uri(text),
            (EMAIL, Ok(text)) => Name::Email(text),
            _ => Name::Other { tag, contents },
        })
    }
}

impl core::fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::crypto::{P256_SPKI_HEAD, p256_spki};

    #[test]
    fn a_raw_key_is_taken_that_is_none_or_does_not_fit() {
        let spki = p256_spki(&[4; 65]);
        let mut store = [0; 91];
        let mut peer = PeerIdentity::new(&mut store);
        assert_eq!(peer.set_raw(&spki), Ok(()));
        assert!(peer.is_raw() && !peer.is_empty() && peer.subject().is_empty() && peer.names().next().is_none());
        assert_eq!((peer.public_key().bits, peer.spki()), (&[4; 65][..], &spki[..]));
        assert_eq!(P256_SPKI_HEAD.get(4..23), Some(peer.public_key().algorithm));
        for bad in [&spki[..90], &[], &[0x30, 0]] {
            assert_eq!(peer.set_raw(bad), Err(CertificateError::Malformed));
            assert!(peer.is_empty() && !peer.is_raw(), "what was known before is forgotten");
        }
        let mut small = [0; 90];
        assert_eq!(PeerIdentity::new(&mut small).set_raw(&spki), Err(CertificateError::PeerStoreTooSmall));
    }

    #[test]
    fn what_did_not_fit_is_not_told() {
        let certificate =
            Certificate { spki: &[1; 4], subject: &[2; 3], names: &[0x82, 1, b'a'], ..Certificate::EMPTY };
        for len in 4..=10 {
            let mut store = [0; 10];
            let mut peer = PeerIdentity::new(&mut store[..len]);
            assert_eq!(peer.set_certificate(&certificate), Ok(()));
            let (subject, names) = (if len >= 7 { 3 } else { 0 }, usize::from(len >= 10));
            assert_eq!((peer.spki().len(), peer.subject().len(), peer.names().count()), (4, subject, names), "{len}");
            assert_eq!(peer.is_truncated(), len < 10, "{len}");
            assert_eq!(std::format!("{:?}", peer.names()).contains('a'), names == 1, "{len}");
        }
    }
}
