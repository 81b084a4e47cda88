//! Capabilities: one small trait for each thing that cryptography does for a handshake.
//!
//! Promises: an implementation is asked to act, never to reveal; software can be replaced by a secure element one
//! capability at a time; nothing here knows of records, messages or states. Suites are named by their code points
//! (plain `u16`), so that this room stands above `wire`.

mod secret;
mod pair;
mod prf;
mod nonces;
mod psk;
mod public_key;
mod sig_value;
mod ecdsa;
mod checked;
mod sleeping;
pub mod compact;
#[cfg(feature = "soft")]
pub mod soft;

pub use checked::Checked;
pub use ecdsa::{KeyOutOfRange, P256Task};
use nonces::Nonces;
pub use pair::Either;
pub use prf::{Prf, prf};
pub use psk::{PreSharedKey, PskError};
pub use public_key::{KeyExchange, P256_SPKI_HEAD, Point, PublicKey, Shared, Signature, Signer, Verifier, p256_spki};
use secret::wipe;
pub use secret::{Master, Secret, constant_time_eq};
pub use sig_value::{MAX_SIGNATURE_DER, decode_signature, encode_signature};
pub use sleeping::{Bounded, ExportKey, Sleeping};

/// A capability failed for good (a secure element broke, a random source ran dry): the handshake ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CryptoError;

impl core::fmt::Display for CryptoError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the cryptographic provider failed")
    }
}

impl core::error::Error for CryptoError {}

/// A value of memory that is not in use: all zero, so that a `static` of it needs neither code nor flash.
pub trait Empty {
    /// That value.
    const EMPTY: Self;
}

/// SHA-256: the hash of the transcript and of the PRF of every suite offered (RFC 5246 5).
pub trait Hash {
    /// A running hash. Cloning it is how the transcript is read without being ended.
    type State: Clone + Empty;
    /// A state that has hashed nothing.
    fn start(&mut self) -> Self::State;
    /// Makes a state one that has hashed nothing, where it stands: a move copies it on the stack.
    fn restart(&mut self, state: &mut Self::State) {
        *state = self.start();
    }
    /// Hashes `data` on.
    fn update(&mut self, state: &mut Self::State, data: &[u8]);
    /// Writes the digest (32 bytes). The state is worthless afterwards; it is lent, since each move of one copies it on the stack.
    fn digest(&mut self, state: &mut Self::State, digest: &mut [u8; 32]);
    /// The digest so far (32 bytes); `state` goes on.
    #[inline(never)]
    fn so_far(&mut self, state: &Self::State) -> [u8; 32] {
        self.finish(state.clone())
    }
    /// The digest (32 bytes) of a state that is given away: for where a copy does not matter.
    fn finish(&mut self, state: Self::State) -> [u8; 32] {
        let mut state = state;
        let mut digest = [0; 32];
        self.digest(&mut state, &mut digest);
        digest
    }
}

impl<T: Hash> Hash for &mut T {
    type State = T::State;
    fn start(&mut self) -> Self::State {
        T::start(self)
    }
    fn restart(&mut self, state: &mut Self::State) {
        T::restart(self, state);
    }
    fn update(&mut self, state: &mut Self::State, data: &[u8]) {
        T::update(self, state, data);
    }
    fn digest(&mut self, state: &mut Self::State, digest: &mut [u8; 32]) {
        T::digest(self, state, digest);
    }
}

/// How the premaster secret comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kx {
    /// A pre-shared key alone (RFC 4279 2).
    Psk,
    /// Ephemeral keys and a pre-shared key (RFC 5489 2).
    EcdhePsk,
    /// Ephemeral keys, signed with ECDSA (RFC 8422 2.1).
    EcdheEcdsa,
}

/// The sizes of an AEAD, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lens {
    /// Of the key.
    pub key: u8,
    /// Of the implicit part of the nonce, taken from the key block: 4, the salt of RFC 6655 3, or 12 (RFC 7905 2).
    pub fixed_iv: u8,
    /// Of the part of the nonce that each record carries: 8 (RFC 6655 3), or 0 where the nonce is IV XOR sequence number (RFC 7905 2).
    pub explicit_nonce: u8,
    /// Of the tag.
    pub tag: u8,
}

/// One AEAD, or a pair `(A, B)` of them, the left preferred; nested for more. What is not named costs no flash.
pub trait Aeads {
    /// What sealing and opening keep of a key. Wiped when dropped.
    type Key;
    /// How many AEADs these are.
    const COUNT: usize;
    /// Whether any of these has a nonce that no record carries: a fixed IV of 12 bytes, XOR the record's number (RFC 7905 2). What that takes of the
    /// record layer is not in the image otherwise.
    const IMPLICIT_NONCE: bool = false;
    /// The cipher suite that AEAD `index` forms with a key exchange, where there is one.
    fn suite(index: usize, kx: Kx) -> Option<u16>;
    /// The sizes of AEAD `index`.
    fn lens(index: usize) -> Lens;
    /// Prepares a key of `lens(index).key` bytes. `None`: no such AEAD, or a key of another size.
    ///
    /// Of an AEAD with an implicit nonce the 12 bytes of the fixed IV stand behind the key, and the nonce that [`seal`](Self::seal) and
    /// [`open`](Self::open) are given is the record's number behind 4 zero bytes: XOR with the IV is theirs to do.
    fn key(&mut self, index: usize, key: &[u8]) -> Option<Self::Key>;
    /// Encrypts `data` in place and writes the tag. `tag` must have `lens(index).tag` bytes.
    fn seal(&mut self, key: &Self::Key, nonce: &[u8; 12], aad: &[u8], data: &mut [u8], tag: &mut [u8]);
    /// Decrypts `data` in place and compares the tag in constant time; false: the record is forged, and `data` is worthless.
    #[must_use]
    fn open(&mut self, key: &Self::Key, nonce: &[u8; 12], aad: &[u8], data: &mut [u8], tag: &[u8]) -> bool;
    /// The record number that `key` must not reach. `None`, and no check in the firmware, where keys never leave it: see [`Sleeping`].
    fn end(key: &Self::Key) -> Option<u64> {
        let _ = key;
        None
    }
}

/// A source of cryptographically secure random bytes: any of `rand_core`'s fallible ones.
///
/// Drawn only at the start of a handshake and in key exchanges.
pub trait Random {
    /// Fills `out`.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError>;
}

impl<T: rand_core::TryCryptoRng + ?Sized> Random for T {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
        self.try_fill_bytes(out).map_err(|_| CryptoError)
    }
}

/// The holder of a pre-shared key. It derives; it never hands the key out.
pub trait PskKey {
    /// The master secret of RFC 5246 8.1 (or RFC 7627 4, as `label` and `seed` say), from the premaster secret of RFC 4279 2:
    /// `PRF(premaster(other, key), label, seed)`. `other` is a further shared secret (RFC 5489 2), where the key exchange makes one; `None` stands
    /// for as many zero bytes as the key has. `hash` is lent, so that a software holder brings no second SHA-256 into the image. `WouldBlock` asks to be called again.
    fn derive<H: Hash>(
        &mut self,
        hash: &mut H,
        identity: &[u8],
        other: Option<&[u8]>,
        label: &[u8],
        seed: &[&[u8]],
        master: &mut Master,
    ) -> nb::Result<(), CryptoError>;
}

impl<T: PskKey> PskKey for &mut T {
    fn derive<H: Hash>(
        &mut self,
        hash: &mut H,
        identity: &[u8],
        other: Option<&[u8]>,
        label: &[u8],
        seed: &[&[u8]],
        master: &mut Master,
    ) -> nb::Result<(), CryptoError> {
        T::derive(self, hash, identity, other, label, seed, master)
    }
}

/// What every handshake needs, whatever the credential.
pub trait Provider {
    /// SHA-256.
    type Hash: Hash;
    /// The AEADs, in order of preference.
    type Aeads: Aeads;
    /// The random source.
    type Random: Random;
    /// All three at once.
    fn parts(&mut self) -> (&mut Self::Hash, &mut Self::Aeads, &mut Self::Random);
}

/// A provider that also makes ephemeral keys: for the credentials with ECDHE.
pub trait Exchange: Provider {
    /// ECDHE.
    type Kx: KeyExchange;
    /// The key exchange, and the random source that it draws from.
    fn exchange(&mut self) -> (&mut Self::Kx, &mut Self::Random);
}

/// A provider put together from capabilities, each in software or in an element. `X` is `()` for a firmware without ECDHE.
#[derive(Clone, Copy, Debug, Default)]
pub struct Crypto<H, C, R, X = ()> {
    /// SHA-256.
    pub hash: H,
    /// The AEADs, in order of preference.
    pub aeads: C,
    /// The random source.
    pub random: R,
    /// ECDHE.
    pub kx: X,
}

impl<H: Hash, C: Aeads, R: Random, X> Provider for Crypto<H, C, R, X> {
    type Hash = H;
    type Aeads = C;
    type Random = R;
    fn parts(&mut self) -> (&mut H, &mut C, &mut R) {
        (&mut self.hash, &mut self.aeads, &mut self.random)
    }
}

impl<H: Hash, C: Aeads, R: Random, X: KeyExchange> Exchange for Crypto<H, C, R, X> {
    type Kx = X;
    fn exchange(&mut self) -> (&mut X, &mut R) {
        (&mut self.kx, &mut self.random)
    }
}

impl<T: Provider> Provider for &mut T {
    type Hash = T::Hash;
    type Aeads = T::Aeads;
    type Random = T::Random;
    fn parts(&mut self) -> (&mut Self::Hash, &mut Self::Aeads, &mut Self::Random) {
        T::parts(self)
    }
}

impl<T: Exchange> Exchange for &mut T {
    type Kx = T::Kx;
    fn exchange(&mut self) -> (&mut Self::Kx, &mut Self::Random) {
        T::exchange(self)
    }
}
