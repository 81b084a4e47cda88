//! Why a certificate chain was refused. It stands apart from `pki`, so that [`Error`](crate::Error) can name it.

use crate::wire::Alert;
use core::fmt;

/// Why a chain of certificates is not that of the server that was asked for, each rule with a name of its own (RFC 5280 6, RFC 9525).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
// The high four bits of each number are the alert's less 40: bad_certificate 2, unsupported_certificate 3, certificate_expired 5, certificate_unknown 6, unknown_ca 8.
#[non_exhaustive]
#[repr(u8)]
pub enum CertificateError {
    /// The server showed no certificate (RFC 5246 7.4.2).
    EmptyChain = 0x20,
    /// A certificate is no DER of a certificate, or breaks a rule on its fields that no other error names.
    Malformed = 0x21,
    /// A certificate of another version than v3 (RFC 5280 4.1.2.1).
    Version = 0x30,
    /// The algorithm of a signature is named differently inside and outside of what is signed (RFC 5280 4.1.1.2).
    AlgorithmMismatch = 0x22,
    /// The algorithm of a signature, or the kind of a key, is none that the verifier can do.
    Algorithm = 0x31,
    /// An extension is critical and not understood (RFC 5280 4.2).
    UnknownCriticalExtension = 0x32,
    /// A certificate is not valid yet (RFC 5280 4.1.2.5).
    NotYetValid = 0x50,
    /// A certificate is no longer valid (RFC 5280 4.1.2.5).
    Expired = 0x51,
    /// The time is required to be checked, and nobody knows it.
    ClockUnknown = 0x60,
    /// The server's certificate does not name the server that was asked for (RFC 9525 6).
    WrongName = 0x61,
    /// The server's own certificate is one of an authority (RFC 5280 4.2.1.9), and its key is no trust anchor.
    CaAsLeaf = 0x33,
    /// The issuer of a certificate is no authority (RFC 5280 4.2.1.9).
    NotACa = 0x62,
    /// More authorities follow than pathLenConstraint allows (RFC 5280 4.2.1.9).
    PathLength = 0x63,
    /// keyUsage does not allow what the key is used for (RFC 5280 4.2.1.3).
    KeyUsage = 0x34,
    /// extendedKeyUsage does not allow the purpose (RFC 5280 4.2.1.12).
    ExtendedKeyUsage = 0x35,
    /// A name is outside of what an authority may name, or has a form whose constraints cannot be checked (RFC 5280 4.2.1.10).
    NameConstraints = 0x64,
    /// More names meet more constraints than are compared.
    TooComplex = 0x65,
    /// The chain leads to no trust anchor: an issuer is missing, or is not the next certificate (RFC 5246 7.4.2).
    UnknownIssuer = 0x80,
    /// The server's raw public key is none of those that are trusted (RFC 7250 6).
    UnknownKey = 0x66,
    /// The chain has more signatures to verify than there are tasks lent.
    TooManyCertificates = 0x67,
    /// Neither a certificate nor a key of the chain is pinned.
    Pin = 0x68,
    /// The memory lent for the peer's identity has no room for its key.
    PeerStoreTooSmall = 0x69,
    /// A signature is not that of the issuer's key.
    BadSignature = 0x23,
    /// The verifier itself failed.
    Crypto = 0x6a,
}

impl CertificateError {
    /// The alert that tells the server (RFC 5246 7.2.2). What is our own lack is certificate_unknown too: "some other (unspecified) issue".
    // A table in place of this is in every firmware, also where nobody has certificates.
    pub(crate) const fn alert(self) -> Alert {
        Alert(40 + (self as u8 >> 4))
    }
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EmptyChain => "there is no certificate",
            Self::Malformed => "a certificate is malformed",
            Self::Version => "a certificate is not of version 3",
            Self::AlgorithmMismatch => "a certificate names two algorithms for its signature",
            Self::Algorithm => "a signature or a key is of a kind that is not supported",
            Self::UnknownCriticalExtension => "a critical extension is not understood",
            Self::NotYetValid => "a certificate is not valid yet",
            Self::Expired => "a certificate has expired",
            Self::ClockUnknown => "the time is not known, and has to be checked",
            Self::WrongName => "the certificate is another server's",
            Self::CaAsLeaf => "the server's certificate is one of an authority",
            Self::NotACa => "an issuer is no certificate authority",
            Self::PathLength => "more authorities follow than one of them allows",
            Self::KeyUsage => "a key is not meant for this use",
            Self::ExtendedKeyUsage => "the certificate is not meant for this purpose",
            Self::NameConstraints => "a name is outside of what an authority may name",
            Self::TooComplex => "there are too many names and constraints to compare",
            Self::UnknownIssuer => "the chain leads to no trust anchor",
            Self::UnknownKey => "the raw public key is none of those that are trusted",
            Self::TooManyCertificates => "the chain has more signatures than there is room for",
            Self::Pin => "no certificate and no key of the chain is pinned",
            Self::PeerStoreTooSmall => "the memory for the peer's identity is too small for its key",
            Self::BadSignature => "a certificate's signature is wrong",
            Self::Crypto => "the verifier of signatures failed",
        })
    }
}

impl core::error::Error for CertificateError {}

#[cfg(test)]
mod tests {
    use super::{Alert, CertificateError};

    #[test]
    fn each_group_has_its_alert() {
        for (error, alert) in [
            (CertificateError::BadSignature, Alert::BAD_CERTIFICATE),
            (CertificateError::CaAsLeaf, Alert::UNSUPPORTED_CERTIFICATE),
            (CertificateError::Expired, Alert::CERTIFICATE_EXPIRED),
            (CertificateError::WrongName, Alert::CERTIFICATE_UNKNOWN),
            (CertificateError::UnknownIssuer, Alert::UNKNOWN_CA),
        ] {
            assert_eq!(error.alert(), alert, "{error:?}");
        }
    }
}
