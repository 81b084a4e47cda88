//! The capabilities of public-key cryptography: key exchange, signing, verifying. All over P-256 as far as they are ours to choose (RFC 7925 4.4).

use super::{CryptoError, Empty, Hash, Random, Secret};

/// A point of P-256, uncompressed: 0x04, x, y; 65 bytes (RFC 8422 5.4.1).
pub type Point = [u8; 65];

/// A secret that two sides agreed on: the x coordinate, 32 bytes (RFC 8422 5.10).
pub type Shared = Secret<32>;

/// An ECDSA signature on P-256: r and s, big-endian, 32 bytes each.
pub type Signature = [u8; 64];

/// ECDHE on P-256.
pub trait KeyExchange {
    /// The private half of a key that lives for one handshake; wiped when dropped.
    type Ephemeral: Empty;
    /// Makes a key pair. `WouldBlock` asks to be called again with the same places.
    fn generate<R: Random>(
        &mut self,
        random: &mut R,
        own: &mut Self::Ephemeral,
        public: &mut Point,
    ) -> nb::Result<(), CryptoError>;
    /// The shared secret; false: `peer` is no point of the curve, or infinity (RFC 8422 5.11).
    fn agree(&mut self, own: &mut Self::Ephemeral, peer: &Point, shared: &mut Shared) -> nb::Result<bool, CryptoError>;
}

impl<T: KeyExchange> KeyExchange for &mut T {
    type Ephemeral = T::Ephemeral;
    fn generate<R: Random>(
        &mut self,
        random: &mut R,
        own: &mut Self::Ephemeral,
        public: &mut Point,
    ) -> nb::Result<(), CryptoError> {
        T::generate(self, random, own, public)
    }
    fn agree(&mut self, own: &mut Self::Ephemeral, peer: &Point, shared: &mut Shared) -> nb::Result<bool, CryptoError> {
        T::agree(self, own, peer, shared)
    }
}

/// The holder of a private key of P-256. It signs; it never hands the key out. The public key, or the chain, lives in the credential.
pub trait Signer {
    /// Signs a SHA-256 digest (32 bytes) with ECDSA. `WouldBlock` asks to be called again with the same digest.
    fn sign(&mut self, digest: &[u8; 32], signature: &mut Signature) -> nb::Result<(), CryptoError>;
}

impl<T: Signer> Signer for &mut T {
    fn sign(&mut self, digest: &[u8; 32], signature: &mut Signature) -> nb::Result<(), CryptoError> {
        T::sign(self, digest, signature)
    }
}

/// Signs nothing: for a client that shows no certificate and no key.
impl Signer for () {
    fn sign(&mut self, _digest: &[u8; 32], _signature: &mut Signature) -> nb::Result<(), CryptoError> {
        Err(nb::Error::Other(CryptoError))
    }
}

/// A public key as a certificate has it: SubjectPublicKeyInfo (RFC 5280 4.1.2.7), taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey<'a> {
    /// The contents of the AlgorithmIdentifier: the DER of its object identifier and of its parameters.
    pub algorithm: &'a [u8],
    /// The bits of subjectPublicKey, without the count of unused bits: for an elliptic curve the point, for RSA the DER of RSAPublicKey.
    pub bits: &'a [u8],
}

/// The SubjectPublicKeyInfo (RFC 5480 2) of a point of P-256, up to the point: 26 bytes. With the 65 of the point behind it, it is whole: 91.
pub const P256_SPKI_HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The SubjectPublicKeyInfo (RFC 5480 2) of `point`, 91 bytes: what a raw public key (RFC 7250 3) is sent as.
#[must_use]
pub fn p256_spki(point: &Point) -> [u8; 91] {
    let mut spki = [0; 91];
    spki.iter_mut().zip(P256_SPKI_HEAD.iter().chain(point)).for_each(|(to, from)| *to = *from);
    spki
}

/// One algorithm of verifying signatures, or a pair `(A, B)` of them; nested for more. What is not named costs no flash.
///
/// A signature is verified in two steps, so that a certificate need not stay in memory for it: [`task`](Self::task) hashes the message and copies what is
/// needed, and [`verify`](Self::verify) does the public-key operation later.
pub trait Verifier {
    /// A signature to be verified: digest, signature, key.
    type Task: Empty;
    /// How many signature schemes these are.
    const COUNT: usize;
    /// The code point of scheme `index` in signature_algorithms (RFC 5246 7.4.1.4.1: hash, then signature): 0x0403 for ECDSA with SHA-256.
    fn scheme(index: usize) -> Option<u16>;
    /// Takes a signature of `scheme` over the concatenation of `message`, hashed with the scheme's own hash; SHA-256 is lent. `signature` is as it stands
    /// in a certificate or in a handshake message: for ECDSA the DER of ECDSA-Sig-Value. False: not ours, or the key or the signature is malformed.
    #[must_use]
    fn task<H: Hash>(
        &self,
        hash: &mut H,
        scheme: u16,
        message: &[&[u8]],
        signature: &[u8],
        key: &PublicKey<'_>,
        task: &mut Self::Task,
    ) -> bool;
    /// Whether the signature is the key's. `WouldBlock` asks to be called again with the same task.
    fn verify(&mut self, task: &Self::Task) -> nb::Result<bool, CryptoError>;
}

impl<T: Verifier> Verifier for &mut T {
    type Task = T::Task;
    const COUNT: usize = T::COUNT;
    fn scheme(index: usize) -> Option<u16> {
        T::scheme(index)
    }
    fn task<H: Hash>(
        &self,
        hash: &mut H,
        scheme: u16,
        message: &[&[u8]],
        signature: &[u8],
        key: &PublicKey<'_>,
        task: &mut Self::Task,
    ) -> bool {
        T::task(self, hash, scheme, message, signature, key, task)
    }
    fn verify(&mut self, task: &Self::Task) -> nb::Result<bool, CryptoError> {
        T::verify(self, task)
    }
}
