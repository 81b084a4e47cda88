//! P-256 as the loopback server and the tests use it: keys from seeds, signatures, agreement.

use crate::random::Random;
use p256::ecdsa::signature::{Signer, Verifier};
use p256::ecdsa::{DerSignature, SigningKey, VerifyingKey};
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::pkcs8::EncodePrivateKey;
use p256::{PublicKey, SecretKey};

/// SubjectPublicKeyInfo of P-256 up to the point (RFC 5480 2).
const SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// A private key of P-256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    secret: SecretKey,
    point: Vec<u8>,
}

impl Key {
    /// A key that a seed gives.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::random(&mut Random::new(seed))
    }

    /// A key from a source.
    ///
    /// # Panics
    /// With a chance of 2^-32.
    pub fn random(random: &mut Random) -> Self {
        Self::new(&random.bytes(32))
    }

    /// A key from its scalar (32 bytes).
    ///
    /// # Panics
    /// When that is zero or not below the order.
    #[must_use]
    pub fn new(scalar: &[u8]) -> Self {
        let secret = SecretKey::from_slice(scalar).unwrap();
        let point = secret.public_key().to_sec1_point(false).as_bytes().to_vec();
        Self { secret, point }
    }

    /// The scalar (32 bytes).
    #[must_use]
    pub fn scalar(&self) -> [u8; 32] {
        self.secret.to_bytes().into()
    }

    /// The public point, uncompressed (65 bytes).
    #[must_use]
    pub fn point(&self) -> Vec<u8> {
        self.point.clone()
    }

    pub(super) fn bits(&self) -> &[u8] {
        &self.point
    }

    /// The SubjectPublicKeyInfo (91 bytes).
    #[must_use]
    pub fn spki(&self) -> Vec<u8> {
        [&SPKI[..], &self.point()].concat()
    }

    /// The private key as PKCS #8, in DER: what other programs read.
    ///
    /// # Panics
    /// Never: any key can be written.
    #[must_use]
    pub fn pkcs8(&self) -> Vec<u8> {
        self.secret.to_pkcs8_der().unwrap().as_bytes().to_vec()
    }

    /// ECDSA with SHA-256, as DER.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: DerSignature = SigningKey::from(&self.secret).sign(message);
        signature.as_bytes().to_vec()
    }

    /// The shared secret (32 bytes); `None` where `point` is not on the curve.
    #[must_use]
    pub fn agree(&self, point: &[u8]) -> Option<Vec<u8>> {
        let point = PublicKey::from_sec1_bytes(point).ok().filter(|_| point.len() == 65)?;
        Some(p256::ecdh::diffie_hellman(self.secret.to_nonzero_scalar(), point.as_affine()).raw_secret_bytes().to_vec())
    }
}

/// The first point of P-256 in a certificate or a SubjectPublicKeyInfo.
#[must_use]
pub fn point_of(der: &[u8]) -> Option<&[u8]> {
    let at = der.windows(SPKI.len()).position(|w| w == SPKI)?;
    der.get(at + SPKI.len()..at + SPKI.len() + 65)
}

/// Whether `signature` (DER) is one of `message` by the key of `point`, with SHA-256.
#[must_use]
pub fn verify(point: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let key = VerifyingKey::from_sec1_bytes(point);
    let signature = DerSignature::from_bytes(signature);
    key.is_ok_and(|k| signature.is_ok_and(|s| k.verify(message, &s).is_ok()))
}
