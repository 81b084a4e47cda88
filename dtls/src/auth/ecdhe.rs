//! What the credentials with ephemeral keys share: ECDHE on P-256 (RFC 8422).

use crate::crypto::{CryptoError, Empty, Exchange, Hash, KeyExchange, Point, Shared};
use crate::error::Error;
use crate::wire::{HandshakeType, Reader, Sink};

/// secp256r1 (RFC 8422 5.1.1).
const SECP256R1: u16 = 23;
/// A curve that is named (RFC 8422 5.4).
const NAMED_CURVE: u8 = 3;

/// Takes ECParameters and a public key off the front of a ServerKeyExchange (RFC 8422 5.4).
#[inline(always)]
pub(crate) fn point<'a>(reader: &mut Reader<'a>) -> Result<&'a Point, Error> {
    let malformed = Error::Malformed(HandshakeType::SERVER_KEY_EXCHANGE);
    let curve = reader.u8().ok_or(malformed)?;
    let group = reader.u16().ok_or(malformed)?;
    if (curve, group) != (NAMED_CURVE, SECP256R1) {
        return Err(Error::Group(group));
    }
    let point = reader.vector(1).ok_or(malformed)?;
    // Another length, or infinity, is no uncompressed point (RFC 8422 5.4.1); whether it is on the curve shows when it is used.
    point.first_chunk().filter(|_| point.len() == 65 && point.first() == Some(&4)).ok_or(Error::Point)
}

/// Our ephemeral key, the server's, and what they make together.
pub(super) struct Ecdhe<E> {
    own: E,
    public: Point,
    peer: Point,
    shared: Shared,
}

impl<E: Empty> Empty for Ecdhe<E> {
    const EMPTY: Self = Self { own: E::EMPTY, public: [0; 65], peer: [0; 65], shared: Shared::EMPTY };
}

impl<E: Empty> Ecdhe<E> {
    /// Takes the server's ECParameters and public key off the front of a ServerKeyExchange (RFC 8422 5.4).
    pub(super) fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Error> {
        self.peer = *point(reader)?;
        Ok(())
    }

    pub(super) fn generate<P>(&mut self, provider: &mut P) -> nb::Result<(), Error>
    where
        P: Exchange<Kx: KeyExchange<Ephemeral = E>>,
    {
        let (kx, random) = provider.exchange();
        kx.generate(random, &mut self.own, &mut self.public).map_err(|error| error.map(|CryptoError| Error::Crypto))
    }

    pub(super) fn agree<P>(&mut self, provider: &mut P) -> nb::Result<(), Error>
    where
        P: Exchange<Kx: KeyExchange<Ephemeral = E>>,
    {
        let (kx, _) = provider.exchange();
        match kx.agree(&mut self.own, &self.peer, &mut self.shared) {
            Ok(true) => {
                // Of no use any more, and a secret.
                self.own = E::EMPTY;
                Ok(())
            }
            Ok(false) => Err(nb::Error::Other(Error::Point)),
            Err(error) => Err(error.map(|CryptoError| Error::Crypto)),
        }
    }

    /// What was agreed on, until it is wiped.
    pub(super) fn shared(&mut self) -> &mut Shared {
        &mut self.shared
    }

    /// Writes our public key, as it stands in ClientKeyExchange (RFC 8422 5.7).
    pub(super) fn emit<H: Hash>(&self, sink: &mut Sink<'_, H>) {
        sink.u8(self.public.len() as u8);
        sink.put(&self.public);
    }
}

impl<E> core::fmt::Debug for Ecdhe<E> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Ecdhe(..)")
    }
}
