//! What only the feature `inspect` needs: a certificate that is taken apart, in public words.

use super::{Certificate, UnixTime};
use crate::certificate_error::CertificateError;

/// The parts of a certificate: slices of it; empty for what is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dissected<'a> {
    /// TBSCertificate, all of it.
    pub tbs: &'a [u8],
    /// The contents of the signature's AlgorithmIdentifier.
    pub algorithm: &'a [u8],
    /// The signature's bits.
    pub signature: &'a [u8],
    /// The issuer's Name, all of it.
    pub issuer: &'a [u8],
    /// The subject's Name, all of it.
    pub subject: &'a [u8],
    /// SubjectPublicKeyInfo, all of it.
    pub spki: &'a [u8],
    /// The dates: notBefore and notAfter.
    pub validity: [UnixTime; 2],
    /// Whether it is of version 3.
    pub v3: bool,
    /// cA of basicConstraints.
    pub ca: bool,
    /// pathLenConstraint; 255: there is none.
    pub path_len: u8,
    /// The first byte of keyUsage.
    pub key_usage: Option<u8>,
    /// The contents of extendedKeyUsage, subjectAltName and NameConstraints.
    pub lists: [&'a [u8]; 3],
    /// keyIdentifier of authorityKeyIdentifier, and subjectKeyIdentifier.
    pub key_ids: [&'a [u8]; 2],
}

/// Reads a certificate that is all of `der`.
///
/// # Errors
/// What is wrong with its form; or an extension that is critical and not understood.
pub fn dissect(der: &[u8]) -> Result<Dissected<'_>, CertificateError> {
    let mut certificate = Certificate::EMPTY;
    certificate.read(der)?;
    let Certificate { tbs, algorithm, signature, issuer, subject, spki, v3, ca, path_len, key_usage, .. } = certificate;
    Ok(Dissected {
        tbs,
        algorithm,
        signature,
        issuer,
        subject,
        spki,
        validity: [certificate.not_before, certificate.not_after],
        v3,
        ca,
        path_len,
        key_usage,
        lists: [certificate.purposes, certificate.names, certificate.constraints],
        key_ids: [certificate.authority_key_id, certificate.key_id],
    })
}
