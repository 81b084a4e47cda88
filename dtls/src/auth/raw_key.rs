//! A raw public key (RFC 7250; RFC 7925 4.3): the server is known by its key itself, and so are we.

use super::{Auth, CertificateTypes, Chosen, Cx, Exchanges, Keys, Op, Party, StepOf, signed};
use crate::certificate_error::CertificateError;
use crate::crypto::{Empty, Exchange, Kx, Master, Signer, Verifier};
use crate::error::Error;
use crate::pki::PeerIdentity;
use crate::wire::{CertificateType, HandshakeType, Reader, Sink};

/// Servers that are known by their public keys, and a key of our own where it is given.
///
/// Keys are SubjectPublicKeyInfo in DER (RFC 5280 4.1.2.7): 91 bytes on P-256; [`p256_spki`](crate::crypto::p256_spki) makes one of a point.
///
/// ```
/// # #[cfg(feature = "p256")] {
/// use stint_dtls::crypto::soft::{Aes128Ccm8, P256Exchange, P256Signer, P256Task, P256Verifier, Sha256};
/// use stint_dtls::crypto::{Crypto, Empty, Random, p256_spki};
/// use stint_dtls::pki::PeerIdentity;
/// use stint_dtls::{Client, Config, Memory, RawKey};
///
/// fn shake_hands(server: &[u8], key: &[u8; 32], random: impl Random) -> Result<(), Box<dyn std::error::Error>> {
///     let signer = P256Signer::new(key)?;
///     let own = p256_spki(&signer.public());
///     let (mut task, mut store) = (P256Task::EMPTY, [0; 91]);
///     let trusted = [server];
///     let auth = RawKey::new(&trusted, P256Verifier, &mut task, PeerIdentity::new(&mut store)).with_key(&own, signer);
///
///     let provider = Crypto { hash: Sha256, aeads: Aes128Ccm8, random, kx: P256Exchange };
///     let mut memory = Memory::EMPTY;
///     let mut dtls = Client::new(Config::new(), auth, provider, &mut memory, &mut []);
///     dtls.start(core::time::Duration::ZERO)?;
///     // And then the loop of the README.
///     Ok(())
/// }
/// # }
/// ```
pub struct RawKey<'b, S, V: Verifier> {
    trusted: &'b [&'b [u8]],
    own: &'b [u8],
    shown: bool,
    keys: Keys<'b, S, V>,
}

impl<'b, V: Verifier> RawKey<'b, (), V> {
    /// Takes a server that holds one of the keys `trusted`. `task` is lent for its signature, and `peer` for its key.
    pub fn new(trusted: &'b [&'b [u8]], verifier: V, task: &'b mut V::Task, peer: PeerIdentity<'b>) -> Self {
        let tasks = core::slice::from_mut(task);
        Self { trusted, own: &[], shown: false, keys: Keys { signer: (), verifier, tasks, peer } }
    }

    /// With a key of our own: shown, and proved by `signer`, where the server asks for one.
    pub fn with_key<S: Signer>(self, public: &'b [u8], signer: S) -> RawKey<'b, S, V> {
        let Keys { verifier, tasks, peer, .. } = self.keys;
        RawKey { trusted: self.trusted, own: public, shown: false, keys: Keys { signer, verifier, tasks, peer } }
    }
}

impl<P: Exchange, S: Signer, V: Verifier> Party<P> for RawKey<'_, S, V> {
    fn certificate(&mut self, body: &[u8], _hash: &mut P::Hash) -> Result<u8, Error> {
        let malformed = Error::Malformed(HandshakeType::CERTIFICATE);
        let mut reader = Reader::new(body);
        // One key in place of the list (RFC 7250 3).
        let key = reader.vector(3).ok_or(malformed)?;
        reader.finish().ok_or(malformed)?;
        // Known before it is judged: a key that is not trusted can be looked at.
        self.keys.peer.set_raw(key).map_err(Error::Certificate)?;
        if self.trusted.contains(&key) { Ok(0) } else { Err(Error::Certificate(CertificateError::UnknownKey)) }
    }

    fn key_exchange(&mut self, step: &mut StepOf<P>, body: &[u8], cx: &mut Cx<'_, P>) -> Result<(), Error> {
        signed::key_exchange(&mut self.keys, step, body, cx)
    }

    fn fits(&self, _authorities: Reader<'_>) -> bool {
        self.shown
    }

    fn emit(&self, empty: bool, sink: &mut Sink<'_, P::Hash>) {
        let key = if empty { &[] } else { self.own };
        sink.u8(0);
        sink.u16(key.len() as u16);
        sink.put(key);
    }
}

impl<P: Exchange, S: Signer, V: Verifier> Auth<P> for RawKey<'_, S, V> {
    type Step = StepOf<P>;
    const EXCHANGES: Exchanges = Exchanges::of(Kx::EcdheEcdsa);
    const SERVER_CERTIFICATES: CertificateTypes = CertificateTypes::RAW;

    fn client_certificates(&self) -> CertificateTypes {
        if self.own.is_empty() { CertificateTypes::NONE } else { CertificateTypes::RAW }
    }

    fn scheme(index: usize) -> Option<u16> {
        V::scheme(index)
    }

    fn hello(&mut self) {
        self.keys.peer.clear();
    }

    fn bind(&self, put: &mut dyn FnMut(&[u8])) {
        put(b"raw_key");
        put(self.own);
        self.trusted.iter().for_each(|key| put(key));
    }

    fn begin(&mut self, chosen: Chosen, step: &mut Self::Step) -> bool {
        *step = Empty::EMPTY;
        self.shown = !self.own.is_empty() && chosen.client == CertificateType::RAW_PUBLIC_KEY;
        chosen.kx == Kx::EcdheEcdsa && chosen.server == CertificateType::RAW_PUBLIC_KEY
    }

    fn read(
        &mut self,
        step: &mut Self::Step,
        kind: HandshakeType,
        body: &[u8],
        cx: &mut Cx<'_, P>,
    ) -> Result<(), Error> {
        signed::read(self, step, kind, body, cx)
    }

    fn next(&self, step: &Self::Step, after: Option<Op>) -> Option<Op> {
        signed::next(step, after)
    }

    fn work(
        &mut self,
        step: &mut Self::Step,
        op: Op,
        cx: &mut Cx<'_, P>,
        master: &mut Master,
    ) -> nb::Result<(), Error> {
        signed::work(&mut self.keys, step, op, cx, master)
    }

    fn sends(&self, step: &Self::Step, kind: HandshakeType) -> bool {
        signed::sends(step, kind)
    }

    fn emit(&self, step: &Self::Step, kind: HandshakeType, sink: &mut Sink<'_, P::Hash>) {
        signed::emit::<P, _>(self, step, kind, sink);
    }

    fn peer(&self) -> Option<&PeerIdentity<'_>> {
        Some(&self.keys.peer)
    }
}

impl<S, V: Verifier> core::fmt::Debug for RawKey<'_, S, V> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RawKey").field("trusted", &self.trusted.len()).finish_non_exhaustive()
    }
}
