//! Who the server is: what is kept of its certificate after the datagram that held it is gone.

use super::{Certificate, DNS, Der, EMAIL, IP, URI, UnixTime, common_name, public_key};
use crate::certificate_error::CertificateError;
use crate::crypto::PublicKey;

/// id-ecPublicKey and a named curve (RFC 5480 2.1.1): secp256r1, 65 bytes of point.
const P256: &[u8] = b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
/// The same with secp384r1, 97 bytes of point.
const P384: &[u8] = b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22";

/// The bytes of an uncompressed point of P-384, the larger of the two.
const POINT: usize = 97;

/// The identity that the server proved, or is about to prove: its key, and as much of its certificate as fits the memory lent.
///
/// Before the handshake is past `PeerVerified` it is what the server claims.
#[derive(Debug)]
pub struct PeerIdentity<'b> {
    store: &'b mut [u8],
    key: [u8; POINT],
    key_len: u8,
    raw: bool,
    truncated: bool,
    subject: u16,
    names: u16,
    not_after: UnixTime,
}

impl<'b> PeerIdentity<'b> {
    /// Knows nobody yet. `store` takes the subject's name and subjectAltName (for most servers 50 to 200 bytes), each whole or not at all; it may be empty.
    pub const fn new(store: &'b mut [u8]) -> Self {
        let not_after = UnixTime(0);
        Self { store, key: [0; POINT], key_len: 0, raw: false, truncated: false, subject: 0, names: 0, not_after }
    }

    /// Whether nobody is known.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.key_len == 0
    }

    /// The public key. While nobody is known it has no bits, and verifies nothing.
    #[must_use]
    pub fn public_key(&self) -> PublicKey<'_> {
        let bits = self.key.get(..usize::from(self.key_len)).unwrap_or_default();
        PublicKey { algorithm: if bits.len() == POINT { P384 } else { P256 }, bits }
    }

    /// Whether it came as a raw public key (RFC 7250): there is no certificate, no name and no date.
    #[must_use]
    pub const fn is_raw(&self) -> bool {
        self.raw
    }

    /// The subject: DER of its Name. Empty: it did not fit, or there is none.
    #[must_use]
    pub fn subject(&self) -> &[u8] {
        self.store.get(..usize::from(self.subject)).unwrap_or_default()
    }

    /// The most specific common name of the subject, as it stands there.
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        core::str::from_utf8(common_name(self.subject())?).ok()
    }

    /// The names of subjectAltName.
    #[must_use]
    pub fn names(&self) -> Names<'_> {
        let names = self.store.get(usize::from(self.subject)..).and_then(|rest| rest.get(..usize::from(self.names)));
        Names(Der::new(names.unwrap_or_default()))
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
        self.key_len = 0;
        self.raw = false;
        self.truncated = false;
        self.subject = 0;
        self.names = 0;
        self.not_after = UnixTime(0);
    }

    /// Takes a raw public key (RFC 7250 3): DER of SubjectPublicKeyInfo.
    pub(crate) fn set_raw(&mut self, spki: &[u8]) -> Result<(), CertificateError> {
        self.clear();
        self.set_key(&public_key(spki).ok_or(CertificateError::Malformed)?)?;
        self.raw = true;
        Ok(())
    }

    /// Takes what is kept of a certificate.
    pub(super) fn set_certificate(&mut self, certificate: &Certificate<'_>) -> Result<(), CertificateError> {
        self.clear();
        self.set_key(&certificate.key)?;
        self.not_after = certificate.not_after;
        self.subject = self.keep(0, certificate.subject);
        self.names = self.keep(usize::from(self.subject), certificate.names);
        Ok(())
    }

    /// A key on one of the two curves, uncompressed (RFC 8422 5.4). Whether it is a point of its curve is for the verifier to say.
    fn set_key(&mut self, key: &PublicKey<'_>) -> Result<(), CertificateError> {
        let len = match key.algorithm {
            P256 => 65,
            P384 => POINT,
            _ => return Err(CertificateError::Algorithm),
        };
        if key.bits.len() != len || key.bits.first() != Some(&4) {
            return Err(CertificateError::Algorithm);
        }
        self.key.iter_mut().zip(key.bits).for_each(|(to, from)| *to = *from);
        self.key_len = len as u8;
        Ok(())
    }

    /// Copies all of `bytes`, if they fit; returns how many.
    fn keep(&mut self, at: usize, bytes: &[u8]) -> u16 {
        let place = self.store.get_mut(at..).and_then(|rest| rest.get_mut(..bytes.len()));
        let Some(place) = place else {
            self.truncated = true;
            return 0;
        };
        place.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        bytes.len() as u16 // what was read as DER has less than 2^16 bytes
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
        let name = self.0.element()?;
        let (tag, contents) = (name.tag, name.contents);
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
