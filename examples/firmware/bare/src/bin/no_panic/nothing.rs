//! What Stint is put on: it says something that nobody can know, and does nothing.

use core::hint::black_box as opaque;
use core::time::Duration;
use stint_coap::Source;
use stint_dtls::auth::{Auth, Chosen, Cx, Exchanges, Op};
use stint_dtls::crypto::{
    Aeads, Crypto, CryptoError, Empty, ExportKey, Hash, KeyExchange, Kx, Lens, Master, Point, PskKey, PublicKey,
    Random, Shared, Signature, Signer, Verifier,
};
use stint_dtls::{Error, HandshakeType, Monotonic, Sink};
use stint_net::Transport;

/// A network, a provider, a body: each says something that nobody can know.
#[derive(Clone, Copy)]
pub(crate) struct Nothing;

#[derive(Clone, Copy)]
pub(crate) struct State(#[expect(dead_code)] u32);

impl Empty for State {
    const EMPTY: Self = Self(0);
}

impl Hash for Nothing {
    type State = State;
    fn start(&mut self) -> State {
        opaque(State(1))
    }
    fn update(&mut self, state: &mut State, data: &[u8]) {
        opaque((state, data));
    }
    fn digest(&mut self, state: &mut State, digest: &mut [u8; 32]) {
        opaque((state, digest));
    }
}

impl Aeads for Nothing {
    type Key = State;
    const COUNT: usize = 2;
    fn suite(index: usize, kx: Kx) -> Option<u16> {
        opaque((index, kx));
        opaque(None)
    }
    fn lens(index: usize) -> Lens {
        opaque(index);
        opaque(Lens { key: 16, fixed_iv: 4, explicit_nonce: 8, tag: 8 })
    }
    fn key(&mut self, index: usize, key: &[u8]) -> Option<State> {
        opaque((index, key));
        opaque(Some(State(1)))
    }
    fn seal(&mut self, key: &State, nonce: &[u8; 12], aad: &[u8], data: &mut [u8], tag: &mut [u8]) {
        opaque((key, nonce, aad, data, tag));
    }
    fn open(&mut self, key: &State, nonce: &[u8; 12], aad: &[u8], data: &mut [u8], tag: &[u8]) -> bool {
        opaque((key, nonce, aad, data, tag));
        opaque(true)
    }
    fn end(key: &State) -> Option<u64> {
        opaque(key);
        opaque(Some(1))
    }
}

impl ExportKey for Nothing {
    fn raw(key: &State) -> &[u8] {
        opaque(key);
        any_bytes()
    }
    fn set_end(key: &mut State, end: u64) {
        opaque((key, end));
    }
}

impl Monotonic for Nothing {
    fn read(&mut self) -> nb::Result<u64, CryptoError> {
        opaque(Ok(1))
    }
    fn raise(&mut self, to: u64) -> nb::Result<(), CryptoError> {
        opaque(to);
        opaque(Ok(()))
    }
}

impl KeyExchange for Nothing {
    type Ephemeral = State;
    fn generate<R: Random>(
        &mut self,
        random: &mut R,
        own: &mut State,
        public: &mut Point,
    ) -> nb::Result<(), CryptoError> {
        let _ = opaque(random.fill(public));
        opaque(own);
        opaque(Ok(()))
    }
    fn agree(&mut self, own: &mut State, peer: &Point, shared: &mut Shared) -> nb::Result<bool, CryptoError> {
        opaque((own, peer, shared.as_mut_bytes()));
        opaque(Ok(true))
    }
}

impl Signer for Nothing {
    fn sign(&mut self, digest: &[u8; 32], signature: &mut Signature) -> nb::Result<(), CryptoError> {
        opaque((digest, signature));
        opaque(Ok(()))
    }
}

impl Verifier for Nothing {
    type Task = State;
    const COUNT: usize = 2;
    fn scheme(index: usize) -> Option<u16> {
        opaque(index);
        opaque(None)
    }
    fn task<H: Hash>(
        &self,
        hash: &mut H,
        scheme: u16,
        message: &[&[u8]],
        signature: &[u8],
        key: &PublicKey<'_>,
        task: &mut State,
    ) -> bool {
        opaque((hash.start(), scheme, message, signature, key, task));
        opaque(true)
    }
    fn verify(&mut self, task: &State) -> nb::Result<bool, CryptoError> {
        opaque(task);
        opaque(Ok(true))
    }
}

impl Random for Nothing {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
        opaque(out);
        opaque(Ok(()))
    }
}

impl PskKey for Nothing {
    fn derive<H: Hash>(
        &mut self,
        _hash: &mut H,
        identity: &[u8],
        other: Option<&[u8]>,
        label: &[u8],
        seed: &[&[u8]],
        master: &mut Master,
    ) -> nb::Result<(), CryptoError> {
        opaque((identity, other, label, seed, master.as_mut_bytes()));
        opaque(Ok(()))
    }
}

impl Auth<Provider> for Nothing {
    type Step = State;
    const EXCHANGES: Exchanges = Exchanges::of(Kx::Psk);
    fn begin(&mut self, chosen: Chosen, step: &mut State) -> bool {
        opaque((chosen, step));
        opaque(true)
    }
    fn read(
        &mut self,
        step: &mut State,
        kind: HandshakeType,
        body: &[u8],
        _: &mut Cx<'_, Provider>,
    ) -> Result<(), Error> {
        opaque((step, kind, body));
        opaque(Ok(()))
    }
    fn next(&self, step: &State, after: Option<Op>) -> Option<Op> {
        opaque((step, after));
        opaque(None)
    }
    fn work(
        &mut self,
        step: &mut State,
        op: Op,
        _: &mut Cx<'_, Provider>,
        master: &mut Master,
    ) -> nb::Result<(), Error> {
        opaque((step, op, master.as_mut_bytes()));
        opaque(Ok(()))
    }
    fn sends(&self, step: &State, kind: HandshakeType) -> bool {
        opaque((step, kind));
        opaque(true)
    }
    fn emit(&self, step: &State, kind: HandshakeType, sink: &mut Sink<'_, provider::Sha256>) {
        opaque((step, kind));
        sink.u8(opaque(1));
        sink.u16(opaque(1));
        sink.put(any_bytes());
    }
}

impl Transport for Nothing {
    type Error = u8;
    fn receive(&mut self, into: &mut [u8]) -> nb::Result<usize, u8> {
        opaque(into);
        opaque(Ok(1))
    }
    fn send(&mut self, datagram: &[u8]) -> nb::Result<(), u8> {
        opaque(datagram);
        opaque(Ok(()))
    }
    fn tick(&mut self, now: Duration) {
        opaque(now);
    }
    fn poll_timeout(&mut self) -> Option<Duration> {
        opaque(None)
    }
}

impl Source for Nothing {
    fn read(&mut self, key: u8, offset: u32, out: &mut [u8]) -> Option<(usize, bool)> {
        opaque((key, offset, out));
        opaque(Some((1, true)))
    }
}

/// What is called for each record: one that says anything, and all of the software, one after the other.
pub(crate) mod provider {
    use super::Nothing;
    use stint_dtls::crypto::Sleeping;
    pub(crate) use stint_dtls::crypto::soft::Sha256;
    use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8, Aes128Gcm, ChaCha20Poly1305, Expanded};

    type Ccm = (Sleeping<Aes128Ccm8>, Sleeping<Aes128Ccm>);
    type Others = (Sleeping<Aes128Gcm>, Sleeping<ChaCha20Poly1305>);
    pub(crate) type Ciphers = (Nothing, (Ccm, Others));
    pub(crate) const SHA_256: Sha256 = Sha256;
    pub(crate) const CIPHERS: Ciphers =
        (Nothing, ((Sleeping(Aes128Ccm8), Sleeping(Aes128Ccm)), (Sleeping(Aes128Gcm), Sleeping(ChaCha20Poly1305))));
    /// The AEADs whose key is expanded once: such a key is not exported.
    pub(crate) const EXPANDED: (Expanded<Aes128Ccm8>, (Expanded<Aes128Ccm>, Expanded<Aes128Gcm>)) =
        (Expanded(Aes128Ccm8), (Expanded(Aes128Ccm), Expanded(Aes128Gcm)));
}

/// The provider.
pub(crate) type Provider = Crypto<provider::Sha256, provider::Ciphers, Nothing, Nothing>;

/// Any time.
pub(crate) fn now() -> Duration {
    opaque(Duration::from_secs(1))
}

/// Bytes of any length.
pub(crate) fn any_bytes() -> &'static [u8] {
    opaque(&[0x40])
}

/// Text of any length.
pub(crate) fn any_text() -> &'static str {
    opaque("a")
}
