//! What is trusted from the start (RFC 5280 6.1.1 d): trust anchors and pins, written into flash once and read in place.

use super::{Certificate, KEY_CERT_SIGN, same_name};
use crate::certificate_error::CertificateError;

/// A trust anchor: a name and a public key. It may be that of a root, of an intermediate authority (so that what stands above it costs nothing), or the
/// server's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor<'b> {
    subject: &'b [u8],
    pub(super) spki: &'b [u8],
    key_id: &'b [u8],
    pub(super) constraints: &'b [u8],
    pub(super) path_len: u8,
    issues: bool,
}

impl<'b> Anchor<'b> {
    /// An authority: its subject (DER of its Name, as it stands in its certificate) and its key (DER of SubjectPublicKeyInfo). It is found by its name in
    /// what it issued, or by its key where the server sends its certificate.
    #[must_use]
    pub const fn new(subject: &'b [u8], spki: &'b [u8]) -> Self {
        Self { subject, spki, key_id: &[], constraints: &[], path_len: 255, issues: true }
    }

    /// An authority's key alone (DER of SubjectPublicKeyInfo): it is found only where the server sends the authority's certificate too.
    #[must_use]
    pub const fn authority_key(spki: &'b [u8]) -> Self {
        Self::new(&[], spki)
    }

    /// The server's own key (DER of SubjectPublicKeyInfo): the first certificate must have it, whoever signed that. The holder of the key makes no other
    /// server trusted by it.
    #[must_use]
    pub const fn server_key(spki: &'b [u8]) -> Self {
        Self { issues: false, ..Self::new(&[], spki) }
    }

    /// An authority with the identifier of its key (the contents of subjectKeyIdentifier), which tells it from others of the same name.
    #[must_use]
    pub const fn with_key_id(self, key_id: &'b [u8]) -> Self {
        Self { key_id, ..self }
    }

    /// Subject, key, key identifier, name constraints and pathLenConstraint of a certificate (DER), read in place. Its own signature and its dates are not
    /// looked at: it is trusted because it is given. One that is no authority's counts as [`Anchor::server_key`] does.
    ///
    /// # Errors
    /// What is wrong with its form; or an extension that is critical and not understood.
    pub fn from_certificate(der: &'b [u8]) -> Result<Self, CertificateError> {
        let mut certificate = Certificate::EMPTY;
        certificate.read(der)?;
        // v1 cannot say that it is an authority's (RFC 5280 6.1.4 k): whoever anchors it says so
        let issues = !certificate.v3 || certificate.ca && certificate.may(KEY_CERT_SIGN);
        Ok(Self {
            subject: if issues { certificate.subject } else { &[] },
            spki: certificate.spki,
            key_id: certificate.key_id,
            constraints: certificate.constraints,
            path_len: certificate.path_len,
            issues,
        })
    }

    /// Puts everything that makes this anchor another than that.
    pub(super) fn bind(&self, put: &mut dyn FnMut(&[u8])) {
        for part in [self.subject, self.spki, self.key_id, self.constraints] {
            put(&(part.len() as u32).to_be_bytes());
            put(part);
        }
        put(&[self.path_len, u8::from(self.issues)]);
    }

    /// Whether the certificate has the anchor's key, and may: only an authority's is looked for above the first certificate.
    pub(super) fn is_key_of(&self, certificate: &Certificate<'_>, first: bool) -> bool {
        (first || self.issues) && self.spki == certificate.spki
    }

    /// Whether the certificate says that this authority issued it.
    pub(super) fn may_have_issued(&self, certificate: &Certificate<'_>) -> bool {
        let other_key = !self.key_id.is_empty()
            && !certificate.authority_key_id.is_empty()
            && self.key_id != certificate.authority_key_id;
        !other_key && !self.subject.is_empty() && same_name(self.subject, certificate.issuer)
    }
}

/// SHA-256 (32 bytes) of a certificate's DER or of a SubjectPublicKeyInfo's: either fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin(pub [u8; 32]);
