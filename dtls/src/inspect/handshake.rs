//! Handshake headers, fragments and the server's messages (RFC 6347 4.2, RFC 5246 7.4).

use crate::auth::{point, request};
use crate::crypto::Point;
use crate::error::Error;
use crate::handshake;
use crate::wire::{self, ExtensionType, HandshakeType, Header, Reader};

/// A fragment of a handshake message; `offset + data.len() <= length` holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment<'a> {
    /// msg_type.
    pub kind: HandshakeType,
    /// Bytes of the whole message.
    pub length: usize,
    /// message_seq.
    pub message_seq: u16,
    /// fragment_offset.
    pub offset: usize,
    /// The fragment's own bytes.
    pub data: &'a [u8],
}

impl<'a> Fragment<'a> {
    /// Takes a fragment off the front of a record's content, which keeps the rest. `None`: it is none, and `content` is as it was.
    pub fn take(content: &mut &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(content);
        let wire::Fragment { kind, length, message_seq, offset, data } = wire::Fragment::read(&mut reader)?;
        *content = reader.take(reader.len())?;
        Some(Self { kind, length, message_seq, offset, data })
    }

    /// Its header, as we write it.
    #[must_use]
    pub fn header(&self) -> [u8; 12] {
        let Self { kind, length, message_seq, offset, data } = *self;
        Header { kind, length, message_seq, offset, fragment: data.len() }.bytes()
    }
}

/// The book-keeping of one message that comes in fragments (RFC 6347 4.2.3).
pub struct Reassembly(handshake::Reassembly);

impl Reassembly {
    /// Awaits message `next`, of which nothing has come.
    #[must_use]
    pub fn new(next: u16) -> Self {
        let mut reassembly = handshake::Reassembly::EMPTY;
        reassembly.restart(next);
        Self(reassembly)
    }

    /// The message_seq awaited.
    #[must_use]
    pub fn next(&self) -> u16 {
        self.0.next()
    }

    /// The bytes that the slice would need for a message that came; `None`: none was too long.
    #[must_use]
    pub fn need(&self) -> Option<u16> {
        self.0.need()
    }

    /// Takes a fragment of the awaited message into `slice`, and returns the whole body once it has come.
    ///
    /// # Errors
    /// The slice is too small.
    #[allow(clippy::result_unit_err)]
    pub fn add<'s>(&mut self, slice: &'s mut [u8], fragment: &Fragment<'_>) -> Result<Option<&'s [u8]>, ()> {
        let Fragment { kind, length, message_seq, offset, data } = *fragment;
        self.0.add(slice, &wire::Fragment { kind, length, message_seq, offset, data })
    }
}

impl core::fmt::Debug for Reassembly {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Reassembly").field("next", &self.next()).field("need", &self.need()).finish_non_exhaustive()
    }
}

/// The cookie of a HelloVerifyRequest (RFC 6347 4.2.1): 0 to 255 bytes.
#[must_use]
pub fn hello_verify_request(body: &[u8]) -> Option<&[u8]> {
    Some(wire::HelloVerifyRequest::read(body)?.cookie)
}

/// A ServerHello (RFC 5246 7.4.1.3).
#[derive(Clone, Debug)]
pub struct ServerHello<'a> {
    /// server_version.
    pub version: u16,
    /// The server's random.
    pub random: &'a [u8; 32],
    /// 0 to 32 bytes.
    pub session_id: &'a [u8],
    /// cipher_suite.
    pub suite: u16,
    /// compression_method.
    pub compression: u8,
    /// The extensions, in order: each its type and its body.
    pub extensions: Extensions<'a>,
}

/// The extensions of a ServerHello.
#[derive(Clone)]
pub struct Extensions<'a>(wire::Extensions<'a>);

impl<'a> Iterator for Extensions<'a> {
    type Item = (ExtensionType, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

impl core::fmt::Debug for Extensions<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// Reads a ServerHello.
#[must_use]
pub fn server_hello(body: &[u8]) -> Option<ServerHello<'_>> {
    let wire::ServerHello { version, random, session_id, suite, compression, extensions } =
        wire::ServerHello::read(body)?;
    Some(ServerHello { version, random, session_id, suite, compression, extensions: Extensions(extensions) })
}

/// The identity hint of a ServerKeyExchange with a pre-shared key alone (RFC 4279 2).
#[must_use]
pub fn identity_hint(body: &[u8]) -> Option<&[u8]> {
    wire::server_key_exchange_hint(body)
}

/// Takes the named curve and the server's public key off the front of a ServerKeyExchange (RFC 8422 5.4), which keeps the rest: scheme and signature.
///
/// # Errors
/// Another curve, another form of a point, or too few bytes.
pub fn ecdh_point<'a>(body: &mut &'a [u8]) -> Result<&'a Point, Error> {
    let mut reader = Reader::new(body);
    let point = point(&mut reader)?;
    *body = reader.take(reader.len()).unwrap_or_default();
    Ok(point)
}

/// A CertificateRequest (RFC 5246 7.4.4).
#[derive(Clone, Debug)]
pub struct CertificateRequest<'a> {
    /// Whether it takes an ECDSA signature with SHA-256 on P-256.
    pub signs: bool,
    /// The authorities: DER names.
    pub authorities: Authorities<'a>,
}

/// The authorities of a CertificateRequest.
#[derive(Clone)]
pub struct Authorities<'a>(Reader<'a>);

impl<'a> Iterator for Authorities<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        self.0.vector(2)
    }
}

impl core::fmt::Debug for Authorities<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// Reads a CertificateRequest.
#[must_use]
pub fn certificate_request(body: &[u8]) -> Option<CertificateRequest<'_>> {
    let (signs, authorities) = request(body)?;
    Some(CertificateRequest { signs, authorities: Authorities(authorities) })
}

/// The ticket of a NewSessionTicket (RFC 5077 3.3).
#[must_use]
pub fn session_ticket(body: &[u8]) -> Option<&[u8]> {
    wire::session_ticket(body)
}

/// The verify_data of a Finished (RFC 5246 7.4.9).
#[must_use]
pub fn verify_data(body: &[u8]) -> Option<&[u8; 12]> {
    wire::finish_body(body)
}
