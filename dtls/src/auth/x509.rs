//! X.509 certificates (RFC 8422, RFC 5280, RFC 7925 4.4): the server's chain is validated, and ours is shown where it is given.

use super::{Auth, CertificateTypes, Chosen, Cx, Exchanges, Keys, Op, Party, StepOf, signed};
use crate::crypto::{Empty, Exchange, Kx, Master, Signer, Verifier};
use crate::error::Error;
use crate::pki::{self, Clock, PeerIdentity, Rules};
use crate::wire::{CertificateType, HandshakeType, Reader, Sink};

/// Servers whose certificates pass [`Rules`], and a chain of our own where it is given.
///
/// ```
/// # #[cfg(feature = "p256")] {
/// use stint_dtls::crypto::soft::{Aes128Ccm8, P256Exchange, P256Signer, P256Task, P256Verifier, Sha256};
/// use stint_dtls::crypto::{Crypto, Empty, Random};
/// use stint_dtls::pki::{Anchor, Clock, PeerIdentity, Rules, ServerName};
/// use stint_dtls::{Client, Config, Memory, X509};
///
/// fn shake_hands(
///     authority: &[u8],                  // DER of the certificate that is trusted
///     chain: &[&[u8]],                   // DER of ours, and of those that lead to what the server trusts
///     key: &[u8; 32],                    // its private key; or any Signer, such as a secure element
///     now: Clock,
///     random: impl Random,
/// ) -> Result<(), Box<dyn std::error::Error>> {
///     let anchors = [Anchor::from_certificate(authority)?];
///     let rules = Rules::new(&anchors, ServerName::Dns("things.example"), now);
///     // A leaf, one authority below the anchor, and the key exchange: three signatures.
///     let mut tasks = [P256Task::EMPTY; 3];
///     let mut store = [0; 256];
///     let auth = X509::new(rules, P256Verifier, &mut tasks, PeerIdentity::new(&mut store))
///         .with_certificate(chain, P256Signer::new(key)?);
///
///     let provider = Crypto { hash: Sha256, aeads: Aes128Ccm8, random, kx: P256Exchange };
///     let mut config = Config::new();
///     config.server_name = Some("things.example");
///     // A chain rarely comes unfragmented: room for the longest handshake message, and an eighth more.
///     let (mut memory, mut reassembly) = (Memory::EMPTY, [0; 1700]);
///     let mut dtls = Client::new(config, auth, provider, &mut memory, &mut reassembly);
///     dtls.start(core::time::Duration::ZERO)?;
///     // And then the loop of the README; from Event::PeerVerified on:
///     if let Some(server) = dtls.peer() {
///         println!("{:?} {:?}", server.common_name(), server.names());
///     }
///     Ok(())
/// }
/// # }
/// ```
pub struct X509<'b, S, V: Verifier> {
    rules: Rules<'b>,
    chain: &'b [&'b [u8]],
    shown: bool,
    keys: Keys<'b, S, V>,
}

impl<'b, V: Verifier> X509<'b, (), V> {
    /// Takes a server whose certificate passes `rules`. `tasks` has a place for each signature that is verified: one a certificate up to the trust
    /// anchor, and one for the key exchange. `peer` is lent for what was verified, to be read through [`Client::peer`](crate::Client::peer).
    pub fn new(rules: Rules<'b>, verifier: V, tasks: &'b mut [V::Task], peer: PeerIdentity<'b>) -> Self {
        Self { rules, chain: &[], shown: false, keys: Keys { signer: (), verifier, tasks, peer } }
    }

    /// With a chain of our own, in DER, our own certificate first, each of the others certifying the one before (RFC 5246 7.4.2); the root is best left
    /// out. It is shown where the server asks for one, and `signer` proves that its key is ours.
    pub fn with_certificate<S: Signer>(self, chain: &'b [&'b [u8]], signer: S) -> X509<'b, S, V> {
        let Keys { verifier, tasks, peer, .. } = self.keys;
        X509 { rules: self.rules, chain, shown: false, keys: Keys { signer, verifier, tasks, peer } }
    }
}

impl<S, V: Verifier> X509<'_, S, V> {
    /// Sets the time at which the next chain is checked: the time that the rules were made with grows old.
    pub fn set_clock(&mut self, clock: Clock) {
        self.rules.clock = clock;
    }
}

impl<P: Exchange, S: Signer, V: Verifier> Party<P> for X509<'_, S, V> {
    fn certificate(&mut self, body: &[u8], hash: &mut P::Hash) -> Result<u8, Error> {
        let malformed = Error::Malformed(HandshakeType::CERTIFICATE);
        let mut reader = Reader::new(body);
        let list = reader.vector(3).ok_or(malformed)?;
        reader.finish().ok_or(malformed)?;
        let Keys { verifier, tasks, peer, .. } = &mut self.keys;
        pki::check(list, &self.rules, verifier, hash, tasks, peer).map_err(Error::Certificate)
    }

    fn key_exchange(&mut self, step: &mut StepOf<P>, body: &[u8], cx: &mut Cx<'_, P>) -> Result<(), Error> {
        signed::key_exchange(&mut self.keys, step, body, cx)
    }

    fn fits(&self, authorities: Reader<'_>) -> bool {
        self.shown && (authorities.is_empty() || self.chain.iter().any(|certificate| issued(certificate, authorities)))
    }

    fn emit(&self, empty: bool, sink: &mut Sink<'_, P::Hash>) {
        let chain = if empty { &[] } else { self.chain };
        let length = |len: usize, sink: &mut Sink<'_, P::Hash>| {
            sink.u8((len >> 16) as u8);
            sink.u16(len as u16);
        };
        length(chain.iter().fold(0, |sum, certificate| sum + 3 + certificate.len()), sink);
        for certificate in chain {
            length(certificate.len(), sink);
            sink.put(certificate);
        }
    }
}

/// Whether one of these authorities issued the certificate.
fn issued(certificate: &[u8], mut authorities: Reader<'_>) -> bool {
    let issuer = pki::issuer(certificate);
    while let Some(name) = authorities.vector(2) {
        if issuer == Some(name) {
            return true;
        }
    }
    false
}

impl<P: Exchange, S: Signer, V: Verifier> Auth<P> for X509<'_, S, V> {
    type Step = StepOf<P>;
    const EXCHANGES: Exchanges = Exchanges::of(Kx::EcdheEcdsa);
    const SERVER_CERTIFICATES: CertificateTypes = CertificateTypes::X509;

    fn client_certificates(&self) -> CertificateTypes {
        if self.chain.is_empty() { CertificateTypes::NONE } else { CertificateTypes::X509 }
    }

    fn scheme(index: usize) -> Option<u16> {
        V::scheme(index)
    }

    fn hello(&mut self) {
        self.keys.peer.clear();
    }

    fn bind(&self, put: &mut dyn FnMut(&[u8])) {
        put(b"x509");
        self.chain.iter().for_each(|certificate| put(certificate));
        self.rules.bind(put);
    }

    fn begin(&mut self, chosen: Chosen, step: &mut Self::Step) -> bool {
        *step = Empty::EMPTY;
        self.shown = !self.chain.is_empty() && chosen.client == CertificateType::X509;
        chosen.kx == Kx::EcdheEcdsa && chosen.server == CertificateType::X509
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

impl<S, V: Verifier> core::fmt::Debug for X509<'_, S, V> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("X509").field("rules", &self.rules).finish_non_exhaustive()
    }
}
