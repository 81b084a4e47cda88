//! What ends an association, who erred, and the alert that says so.

use crate::certificate_error::CertificateError;
use crate::crypto::CryptoError;
use crate::wire::{Alert, CertificateType, ExtensionType, HandshakeType, Suite};
use core::fmt;

/// Which of our flights got no answer (RFC 6347 4.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flight {
    /// The ClientHello, with or without a cookie.
    ClientHello,
    /// From our key exchange to Finished.
    Finished,
}

/// What the server did while one of our flights went unanswered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Peer {
    /// Nothing came.
    Silent,
    /// It sent its own last flight again: it is there, and does not take ours. After our Finished, the key or the identity is probably wrong.
    Repeated,
}

/// A number of bytes rounded down to a multiple of 16, up to 4,080: so much of it fits an [`Error`], which fits a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coarse(u8);

impl Coarse {
    /// Rounds `bytes` down.
    #[must_use]
    pub const fn of(bytes: usize) -> Self {
        let units = bytes >> 4;
        Self(if units > 0xff { 0xff } else { units as u8 })
    }

    /// In bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        (self.0 as usize) << 4
    }
}

impl fmt::Display for Coarse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bound = match self.0 {
            0 => "fewer than 16",
            0xff => "4,080 or more",
            _ => return write!(f, "about {}", self.bytes()),
        };
        f.write_str(bound)
    }
}

/// An error that ended the association. Everything that is not fatal is counted in [`Stats`](crate::Stats) instead.
///
/// The client can be started again after any of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A flight was sent as often as allowed, and nothing answered it.
    Timeout {
        /// The flight.
        flight: Flight,
        /// What the server did meanwhile.
        peer: Peer,
    },
    /// The server ended the handshake or the association with an alert. Before `Event::Connected` the alert may be forged: it is reported only after a
    /// further transmission went unanswered.
    PeerAlert(Alert),
    /// A message that does not parse.
    Malformed(HandshakeType),
    /// A message that has no place here (RFC 5246 7.3).
    Unexpected(HandshakeType),
    /// The server chose another version than DTLS 1.2 (its version field).
    Version(u16),
    /// The server chose a suite that was not offered.
    SuiteNotOffered(Suite),
    /// The server chose a compression method; none is offered but null.
    Compression(u8),
    /// The server answered an extension that was not offered, or answered it twice (RFC 5246 7.4.1.4).
    ExtensionNotOffered(ExtensionType),
    /// An extension of the ServerHello does not parse, or says what it must not.
    Extension(ExtensionType),
    /// The server's certificates, or its raw public key, were refused.
    Certificate(CertificateError),
    /// The server shows what the credential does not take: an X.509 certificate or a raw public key (RFC 7250 4.2).
    CertificateType(CertificateType),
    /// The server's ephemeral key is on another curve than secp256r1 (its NamedCurve, RFC 8422 5.1.1).
    Group(u16),
    /// The server's ephemeral key is no point of the curve (RFC 8422 5.11).
    Point,
    /// The server signed its ephemeral key by a scheme that was not offered (hash and signature, RFC 5246 7.4.1.4.1).
    SignatureScheme(u16),
    /// The server's signature over its ephemeral key is wrong: it does not hold the key that it showed.
    Signature,
    /// The server does not know the extended master secret, which the policy requires (RFC 7627 5.2).
    ExtendedMasterSecret,
    /// A Connection ID is longer than 32 bytes: the server's, or the one configured.
    ConnectionIdTooLong,
    /// The server's cookie is longer than 64 bytes.
    CookieTooLong,
    /// The server's Finished does not fit the handshake: somebody changed it on its way, or the keys differ.
    Finished,
    /// A message came only in fragments, and the reassembly slice that was lent is too small for it.
    ReassemblyTooSmall {
        /// Bytes that the slice needs, up to 65,535.
        need: u16,
        /// Bytes that it has.
        have: Coarse,
    },
    /// The buffer lent to `poll_transmit` is too small for a fragment of a handshake message: lend at least 256 bytes.
    BufferTooSmall,
    /// The provider failed.
    Crypto,
    /// A call that has no place in this state: a bug of the caller's, or ours.
    State,
}

impl Error {
    /// The alert that tells the server, where it is told anything (RFC 5246 7.2.2).
    pub fn alert(&self) -> Option<Alert> {
        Some(match self {
            Self::Timeout { .. } | Self::PeerAlert(_) | Self::BufferTooSmall | Self::State => return None,
            Self::Malformed(_) => Alert::DECODE_ERROR,
            Self::Unexpected(_) => Alert::UNEXPECTED_MESSAGE,
            Self::Version(_) => Alert::PROTOCOL_VERSION,
            Self::SuiteNotOffered(_)
            | Self::Compression(_)
            | Self::Extension(_)
            | Self::Group(_)
            | Self::Point
            | Self::SignatureScheme(_) => Alert::ILLEGAL_PARAMETER,
            Self::CertificateType(_) => Alert::UNSUPPORTED_CERTIFICATE,
            Self::Certificate(error) => error.alert(),
            Self::ExtensionNotOffered(_) => Alert::UNSUPPORTED_EXTENSION,
            Self::ExtendedMasterSecret => Alert::HANDSHAKE_FAILURE,
            Self::Finished | Self::Signature => Alert::DECRYPT_ERROR,
            Self::ConnectionIdTooLong | Self::CookieTooLong | Self::ReassemblyTooSmall { .. } | Self::Crypto => {
                Alert::INTERNAL_ERROR
            }
        })
    }
}

impl From<CryptoError> for Error {
    fn from(CryptoError: CryptoError) -> Self {
        Self::Crypto
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout { flight: Flight::ClientHello, peer: Peer::Silent } => {
                f.write_str("no answer from the server")
            }
            Self::Timeout { flight: Flight::ClientHello, peer: Peer::Repeated } => {
                f.write_str("the server's answer never came whole")
            }
            Self::Timeout { flight: Flight::Finished, peer: Peer::Silent } => {
                f.write_str("the server fell silent after our Finished: it is gone, or it does not take our key, identity or certificate and does not say so")
            }
            Self::Timeout { flight: Flight::Finished, peer: Peer::Repeated } => f.write_str(
                "the server repeated its flight and did not accept ours: the key or the identity is probably wrong",
            ),
            Self::PeerAlert(alert) => write!(f, "the server sent the alert {alert}"),
            Self::Malformed(kind) => write!(f, "the server's {kind} is malformed"),
            Self::Unexpected(kind) => write!(f, "the server sent a {kind} out of place"),
            Self::Version(version) => write!(f, "the server chose version {version:#06x}, not DTLS 1.2"),
            Self::SuiteNotOffered(suite) => write!(f, "the server chose {suite}, which was not offered"),
            Self::Compression(method) => write!(f, "the server chose compression method {method}"),
            Self::ExtensionNotOffered(kind) => {
                write!(f, "the server answered {kind}, which was not offered or was answered already")
            }
            Self::Extension(kind) => write!(f, "the server's {kind} is malformed"),
            Self::Certificate(error) => write!(f, "the server's certificate was refused: {error}"),
            Self::CertificateType(CertificateType::RAW_PUBLIC_KEY) => {
                f.write_str("the server shows a raw public key, which the credential does not take")
            }
            Self::CertificateType(CertificateType::X509) => {
                f.write_str("the server shows an X.509 certificate, which the credential does not take")
            }
            Self::CertificateType(CertificateType(other)) => write!(f, "the server shows a certificate of type {other}"),
            Self::Group(group) => write!(f, "the server's ephemeral key is on the curve {group}, not on secp256r1"),
            Self::Point => f.write_str("the server's ephemeral key is no point of the curve"),
            Self::SignatureScheme(scheme) => {
                write!(f, "the server signed its ephemeral key by the scheme {scheme:#06x}, which was not offered")
            }
            Self::Signature => f.write_str("the server's signature over its ephemeral key is wrong"),
            Self::ExtendedMasterSecret => {
                f.write_str("the server does not support the extended master secret, which is required")
            }
            Self::ConnectionIdTooLong => f.write_str("a Connection ID is longer than 32 bytes"),
            Self::CookieTooLong => f.write_str("the server's cookie is longer than 64 bytes"),
            Self::Finished => f.write_str("the server's Finished does not match the handshake"),
            Self::ReassemblyTooSmall { need, have } => {
                write!(f, "a fragmented message needs a reassembly slice of {need} bytes, and {have} were lent")
            }
            Self::BufferTooSmall => f.write_str("the buffer for an outgoing datagram is too small"),
            Self::Crypto => CryptoError.fmt(f),
            Self::State => f.write_str("the call has no place in this state"),
        }
    }
}

impl core::error::Error for Error {}

// A result that fits a register: four bytes more here cost 424 bytes of flash.
const _: () = assert!(size_of::<Result<bool, Error>>() == 4);

/// Why [`Client::send`](crate::Client::send) sent nothing. Nothing is lost: the association goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// There is no association.
    NotConnected,
    /// The buffer has no room for a record, or `fill` claims more than it was lent.
    BufferTooSmall,
    /// As many records as allowed were sealed under this key: a new handshake is due.
    Spent,
    /// The record numbers reserved by the last export or import are used up: export again, and commit that ([`Client::export`](crate::Client::export)).
    Unreserved,
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotConnected => "there is no association",
            Self::BufferTooSmall => "the buffer for an outgoing datagram is too small",
            Self::Spent => "the record limit of this key is reached: a new handshake is due",
            Self::Unreserved => "no record number is reserved: export the association again, and commit that",
        })
    }
}

impl core::error::Error for SendError {}
