//! Why a certificate chain was refused. It stands apart from `pki`, so that [`Error`](crate::Error) can name it.

use crate::wire::Alert;
use core::fmt;

/// Why a chain of certificates is not that of the server that was asked for, each rule with a name of its own (RFC 5280 6, RFC 9525).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[repr(u8)]
pub enum CertificateError {
    /// The server showed no certificate (RFC 5246 7.4.2).
    EmptyChain,
    /// A certificate is no DER of a certificate, or breaks a rule on its fields that no other error names.
    Malformed,
    /// A certificate of another version than v3 (RFC 5280 4.1.2.1).
    Version,
    /// The algorithm of a signature is named differently inside and outside of what is signed (RFC 5280 4.1.1.2).
    AlgorithmMismatch,
    /// The algorithm of a signature, or the kind of a key, is none that the verifier can do.
    Algorithm,
    /// An extension is critical and not understood (RFC 5280 4.2).
    UnknownCriticalExtension,
    /// A certificate is not valid yet (RFC 5280 4.1.2.5).
    NotYetValid,
    /// A certificate is no longer valid (RFC 5280 4.1.2.5).
    Expired,
    /// The time is required to be checked, and nobody knows it.
    ClockUnknown,
    /// The server's certificate does not name the server that was asked for (RFC 9525 6).
    WrongName,
    /// The server's own certificate is one of an authority (RFC 5280 4.2.1.9), and its key is no trust anchor.
    CaAsLeaf,
    /// The issuer of a certificate is no authority (RFC 5280 4.2.1.9).
    NotACa,
    /// More authorities follow than pathLenConstraint allows (RFC 5280 4.2.1.9).
    PathLength,
    /// keyUsage does not allow what the key is used for (RFC 5280 4.2.1.3).
    KeyUsage,
    /// extendedKeyUsage does not allow the purpose (RFC 5280 4.2.1.12).
    ExtendedKeyUsage,
    /// A name is outside of what an authority may name, or has a form whose constraints cannot be checked (RFC 5280 4.2.1.10).
    NameConstraints,
    /// More names meet more constraints than are compared.
    TooComplex,
    /// The chain leads to no trust anchor: an issuer is missing, or is not the next certificate (RFC 5246 7.4.2).
    UnknownIssuer,
    /// The server's raw public key is none of those that are trusted (RFC 7250 6).
    UnknownKey,
    /// The chain has more signatures to verify than there are tasks lent.
    TooManyCertificates,
    /// Neither a certificate nor a key of the chain is pinned.
    Pin,
    /// The memory lent for the peer's identity has no room for its key.
    PeerStoreTooSmall,
    /// A signature is not that of the issuer's key.
    BadSignature,
    /// The verifier itself failed.
    Crypto,
}

impl CertificateError {
    /// The alert that tells the server (RFC 5246 7.2.2).
    pub(crate) fn alert(self) -> Alert {
        match self {
            Self::EmptyChain | Self::Malformed | Self::AlgorithmMismatch | Self::BadSignature => Alert::BAD_CERTIFICATE,
            Self::Version
            | Self::Algorithm
            | Self::UnknownCriticalExtension
            | Self::CaAsLeaf
            | Self::KeyUsage
            | Self::ExtendedKeyUsage => Alert::UNSUPPORTED_CERTIFICATE,
            Self::NotYetValid | Self::Expired => Alert::CERTIFICATE_EXPIRED,
            Self::UnknownIssuer => Alert::UNKNOWN_CA,
            Self::UnknownKey => Alert::CERTIFICATE_UNKNOWN,
            Self::ClockUnknown
            | Self::WrongName
            | Self::NotACa
            | Self::PathLength
            | Self::NameConstraints
            | Self::TooComplex
            | Self::TooManyCertificates
            | Self::Pin => Alert::CERTIFICATE_UNKNOWN,
            Self::PeerStoreTooSmall | Self::Crypto => Alert::INTERNAL_ERROR,
        }
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
