//! A pre-shared key with ephemeral keys (RFC 5489, RFC 8442): what was recorded stays secret though the key leaks later.

use super::{Auth, Chosen, Cx, Ecdhe, Exchanges, IdentityLength, Op, Psk, PskStep};
use crate::crypto::{Empty, Exchange, KeyExchange, Kx, Master, PskKey};
use crate::error::Error;
use crate::wire::{HandshakeType, Reader, Sink};

/// A pre-shared key and its identity, as [`Psk`] has them, for the suites that exchange ephemeral keys besides.
///
/// The provider brings the key exchange ([`Exchange`]). In a pair with [`Psk`], `(EcdhePsk, Psk)`, a server chooses.
///
/// ```
/// # #[cfg(feature = "p256")] {
/// use stint_dtls::crypto::soft::{Aes128Ccm8, P256Exchange, Sha256};
/// use stint_dtls::crypto::{Crypto, PreSharedKey, Random};
/// use stint_dtls::{Client, Config, EcdhePsk, Memory};
///
/// fn shake_hands(random: impl Random) -> Result<(), Box<dyn std::error::Error>> {
///     let auth = EcdhePsk::new(b"Client_identity", PreSharedKey::new(b"secretPSK")?)?;
///     let provider = Crypto { hash: Sha256, aeads: Aes128Ccm8, random, kx: P256Exchange };
///     let mut memory = Memory::EMPTY;
///     let mut dtls = Client::new(Config::new(), auth, provider, &mut memory, &mut []);
///     dtls.start(core::time::Duration::ZERO)?;
///     // And then the loop of the README.
///     Ok(())
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct EcdhePsk<'b, K>(Psk<'b, K>);

impl<'b, K> EcdhePsk<'b, K> {
    /// As [`Psk::new`].
    pub fn new(identity: &'b [u8], key: K) -> Result<Self, IdentityLength> {
        Psk::new(identity, key).map(Self)
    }

    /// As [`Psk::with_hints`].
    pub fn with_hints(identity: &'b [u8], hints: &'b [(&'b [u8], &'b [u8])], key: K) -> Result<Self, IdentityLength> {
        Psk::with_hints(identity, hints, key).map(Self)
    }
}

/// What such a handshake remembers.
#[derive(Debug)]
pub struct Step<E> {
    psk: PskStep,
    ecdhe: Ecdhe<E>,
}

impl<E: Empty> Empty for Step<E> {
    const EMPTY: Self = Self { psk: PskStep::EMPTY, ecdhe: Ecdhe::EMPTY };
}

impl<P: Exchange, K: PskKey> Auth<P> for EcdhePsk<'_, K> {
    type Step = Step<<P::Kx as KeyExchange>::Ephemeral>;
    const EXCHANGES: Exchanges = Exchanges::of(Kx::EcdhePsk);

    fn bind(&self, put: &mut dyn FnMut(&[u8])) {
        self.0.bind_identities(b"ecdhe_psk", put);
    }

    fn begin(&mut self, chosen: Chosen, step: &mut Self::Step) -> bool {
        *step = Step::EMPTY;
        chosen.kx == Kx::EcdhePsk
    }

    fn read(
        &mut self,
        step: &mut Self::Step,
        kind: HandshakeType,
        body: &[u8],
        _cx: &mut Cx<'_, P>,
    ) -> Result<(), Error> {
        match kind {
            HandshakeType::SERVER_KEY_EXCHANGE if !step.psk.hinted => {
                let mut reader = Reader::new(body);
                self.0.hinted(&mut step.psk, reader.vector(2).ok_or(Error::Malformed(kind))?);
                step.ecdhe.read(&mut reader)?;
                reader.finish().ok_or(Error::Malformed(kind))
            }
            // Here it is never left out: it has the server's key (RFC 5489 2).
            HandshakeType::SERVER_HELLO_DONE if step.psk.hinted => Ok(()),
            _ => Err(Error::Unexpected(kind)),
        }
    }

    fn next(&self, _step: &Self::Step, after: Option<Op>) -> Option<Op> {
        match after {
            None => Some(Op::Generate),
            Some(Op::Generate) => Some(Op::Agree),
            Some(Op::Agree) => Some(Op::Derive),
            Some(_) => None,
        }
    }

    fn work(
        &mut self,
        step: &mut Self::Step,
        op: Op,
        cx: &mut Cx<'_, P>,
        master: &mut Master,
    ) -> nb::Result<(), Error> {
        match op {
            Op::Generate => step.ecdhe.generate(cx.provider),
            Op::Agree => step.ecdhe.agree(cx.provider),
            _ => {
                let Step { psk, ecdhe } = step;
                self.0.derive(psk, Some(ecdhe.shared()), cx, master)?;
                ecdhe.shared().wipe();
                Ok(())
            }
        }
    }

    fn sends(&self, _step: &Self::Step, kind: HandshakeType) -> bool {
        kind == HandshakeType::CLIENT_KEY_EXCHANGE
    }

    fn emit(&self, step: &Self::Step, _kind: HandshakeType, sink: &mut Sink<'_, P::Hash>) {
        self.0.emit_identity(&step.psk, sink);
        step.ecdhe.emit(sink);
    }
}
