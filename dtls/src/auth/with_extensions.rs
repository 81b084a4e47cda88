//! Extensions that a device may want besides: the application protocol, and smaller records.

use super::{Auth, CertificateTypes, Chosen, Cx, Exchanges, Lent, Op, Phase, delegate};
use crate::crypto::{Master, Prf, Provider};
use crate::error::Error;
use crate::pki::PeerIdentity;
use crate::wire::{ExtensionType, HandshakeType, Reader, Sink, extension};

/// The longest plaintext of a record in either direction, by max_fragment_length (RFC 6066 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum MaxFragmentLength {
    /// 512 bytes.
    Bytes512 = 1,
    /// 1,024 bytes.
    Bytes1024,
    /// 2,048 bytes.
    Bytes2048,
    /// 4,096 bytes.
    Bytes4096,
}

impl MaxFragmentLength {
    /// In bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        256 << self as u8
    }
}

/// A credential with further extensions in its ClientHello. Each is off until it is set.
pub struct WithExtensions<'b, A> {
    auth: A,
    protocols: &'b [&'b [u8]],
    max_fragment_length: Option<MaxFragmentLength>,
    record_size_limit: Option<u16>,
    /// One above the index of the protocol that the server chose.
    protocol: u8,
    /// The most plaintext that the server takes in a record.
    limit: u16,
}

impl<'b, A> WithExtensions<'b, A> {
    /// `auth`, with no further extension yet.
    pub fn new(auth: A) -> Self {
        Self { auth, protocols: &[], max_fragment_length: None, record_size_limit: None, protocol: 0, limit: 0 }
    }

    /// Offers application protocols, preferred first, each of 1 to 255 bytes, at most 254 of them (RFC 7301): `co` is CoAP over DTLS, `coap` is CoAP over
    /// TLS (RFC 8323 11.7). What is longer, or empty, is not offered.
    #[must_use]
    pub fn protocols(self, protocols: &'b [&'b [u8]]) -> Self {
        Self { protocols, ..self }
    }

    /// Asks for records of no more than so much plaintext, both ways (RFC 6066 4). For servers that do not know record_size_limit; a server that knows
    /// both takes that one (RFC 8449 5). GnuTLS 3.7 then reads no more of a datagram than one such record: keep `Config::mtu` as small.
    #[must_use]
    pub fn max_fragment_length(self, length: MaxFragmentLength) -> Self {
        Self { max_fragment_length: Some(length), ..self }
    }

    /// Tells the longest plaintext of a record that we take, in bytes, 64 to 16,384 (RFC 8449 4): the buffer lent for datagrams less what a record adds. The server
    /// tells its own in return. What is out of this range is brought into it.
    #[must_use]
    pub fn record_size_limit(self, limit: u16) -> Self {
        Self { record_size_limit: Some(limit.clamp(64, 1 << 14)), ..self }
    }

    /// The protocol that the server chose, once a handshake is done.
    pub fn protocol(&self) -> Option<&'b [u8]> {
        self.protocols.get(usize::from(self.protocol.checked_sub(1)?)).copied()
    }

    /// The credential.
    pub fn inner(&self) -> &A {
        &self.auth
    }

    /// The credential, to be changed between two handshakes.
    pub fn inner_mut(&mut self) -> &mut A {
        &mut self.auth
    }

    fn offered(&self) -> impl Iterator<Item = &'b [u8]> {
        self.protocols.iter().copied().filter(|protocol| (1..256).contains(&protocol.len())).take(254)
    }

    /// The server's choice of a protocol: one name, of those offered (RFC 7301 3.1).
    fn chosen(&mut self, body: &[u8]) -> Option<()> {
        let mut reader = Reader::new(body);
        let mut list = Reader::new(reader.vector(2)?);
        let name = list.vector(1)?;
        list.finish()?;
        reader.finish()?;
        let at = self.protocols.iter().position(|protocol| *protocol == name)?;
        self.protocol = (at as u8).wrapping_add(1);
        Some(())
    }

    /// Takes a limit; false: there is one already, and a server may answer but one of the two (RFC 8449 5).
    fn limited(&mut self, limit: u16) -> bool {
        let first = self.limit == 0;
        self.limit = limit;
        first
    }
}

impl<P: Provider, A: Auth<P>> Auth<P> for WithExtensions<'_, A> {
    type Step = A::Step;
    const EXCHANGES: Exchanges = A::EXCHANGES;
    const SERVER_CERTIFICATES: CertificateTypes = A::SERVER_CERTIFICATES;
    const RESUMES: bool = A::RESUMES;

    delegate!(auth: client_certificates, scheme, begin, read, next, work, sends, emit, peer, bind);
    delegate!(auth: keyed, session_id, lent, phase, promised, save_session);

    fn extensions(&self, sink: &mut Sink<'_, P::Hash>) {
        self.auth.extensions(sink);
        let bytes = self.offered().fold(0, |sum, protocol| sum + 1 + protocol.len());
        if bytes > 0 {
            extension(sink, ExtensionType::ALPN, bytes + 2);
            sink.u16(bytes as u16);
            for protocol in self.offered() {
                sink.u8(protocol.len() as u8);
                sink.put(protocol);
            }
        }
        if let Some(length) = self.max_fragment_length {
            extension(sink, ExtensionType::MAX_FRAGMENT_LENGTH, 1);
            sink.u8(length as u8);
        }
        if let Some(limit) = self.record_size_limit {
            extension(sink, ExtensionType::RECORD_SIZE_LIMIT, 2);
            sink.u16(limit);
        }
    }

    fn extension(&mut self, kind: ExtensionType, body: &[u8]) -> Option<bool> {
        match kind {
            ExtensionType::ALPN if !self.protocols.is_empty() => Some(self.chosen(body).is_some()),
            ExtensionType::MAX_FRAGMENT_LENGTH => {
                let length = self.max_fragment_length?;
                // The same again, or nothing (RFC 6066 4).
                Some(self.limited(length.bytes() as u16) && body == [length as u8])
            }
            ExtensionType::RECORD_SIZE_LIMIT => {
                self.record_size_limit?;
                let limit = body.try_into().map_or(0, u16::from_be_bytes);
                Some(self.limited(limit) && limit >= 64)
            }
            _ => self.auth.extension(kind, body),
        }
    }

    fn hello(&mut self) {
        (self.protocol, self.limit) = (0, 0);
        self.auth.hello();
    }

    fn max_plaintext(&self) -> usize {
        let own = if self.limit == 0 { usize::MAX } else { usize::from(self.limit) };
        own.min(self.auth.max_plaintext())
    }

    fn agreed(&self) -> [u8; 3] {
        let [high, low] = self.limit.to_be_bytes();
        [self.protocol, high, low]
    }

    fn agree_again(&mut self, [protocol, high, low]: [u8; 3]) {
        (self.protocol, self.limit) = (protocol, u16::from_be_bytes([high, low]));
    }
}

impl<A> core::fmt::Debug for WithExtensions<'_, A> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("WithExtensions")
            .field("protocol", &self.protocol())
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
