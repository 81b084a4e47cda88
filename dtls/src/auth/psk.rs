//! A pre-shared key (RFC 4279 2, RFC 6655, RFC 7925 4.2).

use super::{Auth, Chosen, Cx, Exchanges, Op};
use crate::crypto::{CryptoError, Empty, Hash, Kx, Master, Provider, PskKey, Shared};
use crate::error::Error;
use crate::wire::{HandshakeType, Sink, server_key_exchange_hint};
use core::fmt;

/// An identity is of 1 to 128 bytes (RFC 7925 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentityLength;

impl fmt::Display for IdentityLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a PSK identity must have 1 to 128 bytes")
    }
}

impl core::error::Error for IdentityLength {}

/// A pre-shared key and the identity that names it.
///
/// ```
/// # #[cfg(feature = "soft")] {
/// use stint_dtls::crypto::soft::{Aes128Ccm8, Sha256};
/// use stint_dtls::crypto::{Crypto, PreSharedKey, Random};
/// use stint_dtls::{Client, Config, Memory, Psk};
///
/// fn shake_hands(random: impl Random) -> Result<(), Box<dyn std::error::Error>> {
///     let auth = Psk::new(b"Client_identity", PreSharedKey::new(b"secretPSK")?)?;
///     let provider = Crypto { hash: Sha256, aeads: Aes128Ccm8, random, kx: () };
///     let mut memory = Memory::EMPTY;
///     let mut dtls = Client::new(Config::new(), auth, provider, &mut memory, &mut []);
///     dtls.start(core::time::Duration::ZERO)?;
///     // And then the loop of the README.
///     Ok(())
/// }
/// # }
/// ```
///
/// The identity lives here and the key where `K` keeps it: in memory ([`PreSharedKey`](crate::crypto::PreSharedKey)) or in a secure element.
#[derive(Debug)]
pub struct Psk<'b, K> {
    identity: &'b [u8],
    hints: &'b [(&'b [u8], &'b [u8])],
    key: K,
}

const MAX_IDENTITY: usize = 128;

impl<'b, K> Psk<'b, K> {
    /// A credential with one identity of 1 to 128 bytes.
    pub fn new(identity: &'b [u8], key: K) -> Result<Self, IdentityLength> {
        Self::with_hints(identity, &[], key)
    }

    /// As [`new`](Self::new), with further identities for servers that hint which one they want (RFC 4279 5.2): pairs of (hint, identity). Without a
    /// hint, or with an unknown one, `identity` is sent. The key holder is told the identity that was sent.
    pub fn with_hints(identity: &'b [u8], hints: &'b [(&'b [u8], &'b [u8])], key: K) -> Result<Self, IdentityLength> {
        let fits = |identity: &[u8]| !identity.is_empty() && identity.len() <= MAX_IDENTITY;
        if hints.len() > 0xfe || !fits(identity) || !hints.iter().all(|(_, identity)| fits(identity)) {
            return Err(IdentityLength);
        }
        Ok(Self { identity, hints, key })
    }

    /// The identity that answers the server's hint.
    pub(super) fn identity(&self, step: &Step) -> &'b [u8] {
        let hinted = step.hint.checked_sub(1).and_then(|index| self.hints.get(usize::from(index)));
        hinted.map_or(self.identity, |(_, identity)| identity)
    }

    /// Takes the server's hint.
    pub(super) fn hinted(&self, step: &mut Step, hint: &[u8]) {
        let known = self.hints.iter().position(|(known, _)| *known == hint);
        *step = Step { hinted: true, hint: known.map_or(0, |index| (index as u8).wrapping_add(1)) };
    }

    /// The master secret, with what an exchange of ephemeral keys gave besides (RFC 5489 2).
    pub(super) fn derive<P: Provider>(
        &mut self,
        step: &Step,
        other: Option<&Shared>,
        cx: &mut Cx<'_, P>,
        master: &mut Master,
    ) -> nb::Result<(), Error>
    where
        K: PskKey,
    {
        let identity = self.identity(step);
        let other: Option<&[u8]> = other.map(|shared| shared.as_bytes().as_slice());
        cx.derive(|hash, label, seed| self.key.derive(hash, identity, other, label, seed, master))
            .map_err(|error| error.map(|CryptoError| Error::Crypto))
    }

    pub(super) fn bind_identities(&self, kind: &[u8], put: &mut dyn FnMut(&[u8])) {
        put(kind);
        put(self.identity);
        for (hint, identity) in self.hints {
            put(hint);
            put(identity);
        }
    }

    pub(super) fn emit_identity<H: Hash>(&self, step: &Step, sink: &mut Sink<'_, H>) {
        let identity = self.identity(step);
        sink.u16(identity.len() as u16);
        sink.put(identity);
    }
}

/// What a PSK handshake remembers.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// A ServerKeyExchange was read: there is no second one.
    pub(super) hinted: bool,
    /// One above the index of the hint that the server gave; 0: none that is known.
    hint: u8,
}

impl Empty for Step {
    const EMPTY: Self = Self { hinted: false, hint: 0 };
}

impl<P: Provider, K: PskKey> Auth<P> for Psk<'_, K> {
    type Step = Step;

    const EXCHANGES: Exchanges = Exchanges::of(Kx::Psk);

    fn bind(&self, put: &mut dyn FnMut(&[u8])) {
        self.bind_identities(b"psk", put);
    }

    fn begin(&mut self, chosen: Chosen, step: &mut Step) -> bool {
        *step = Step::EMPTY;
        chosen.kx == Kx::Psk
    }

    fn read(&mut self, step: &mut Step, kind: HandshakeType, body: &[u8], _cx: &mut Cx<'_, P>) -> Result<(), Error> {
        match kind {
            // The ServerKeyExchange is left out when there is no hint (RFC 4279 2).
            HandshakeType::SERVER_KEY_EXCHANGE if !step.hinted => {
                self.hinted(step, server_key_exchange_hint(body).ok_or(Error::Malformed(kind))?);
                Ok(())
            }
            HandshakeType::SERVER_HELLO_DONE => Ok(()),
            // A server that authenticates by a key asks for no certificate and sends none (RFC 4279 2).
            _ => Err(Error::Unexpected(kind)),
        }
    }

    fn next(&self, _step: &Step, after: Option<Op>) -> Option<Op> {
        match after {
            None => Some(Op::Derive),
            Some(_) => None,
        }
    }

    fn work(&mut self, step: &mut Step, _op: Op, cx: &mut Cx<'_, P>, master: &mut Master) -> nb::Result<(), Error> {
        self.derive(step, None, cx, master)
    }

    fn sends(&self, _step: &Step, kind: HandshakeType) -> bool {
        kind == HandshakeType::CLIENT_KEY_EXCHANGE
    }

    fn emit(&self, step: &Step, _kind: HandshakeType, sink: &mut Sink<'_, P::Hash>) {
        self.emit_identity(step, sink);
    }
}
