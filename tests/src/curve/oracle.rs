//! What is right: p256 as it comes, in another version than the one under Stint.

use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{PublicKey, SecretKey};
use sha2::{Digest, Sha256};
use stint_vectors::{Case, Operation};

/// The operation, with the reply that p256 has for it.
#[must_use]
pub fn oracle(source: String, operation: Operation) -> Case {
    let output = match &operation {
        Operation::Key { scalar } => key(scalar),
        Operation::Agree { scalar, peer } => agree(scalar, peer),
        Operation::Sign { private, digest } => sign(private, digest),
        Operation::Verify { key, message, signature } => verify(key, &Sha256::digest(message), signature),
        Operation::VerifyDigest { key, digest, signature } => verify(key, digest, signature),
    };
    Case::new(source, operation, output.as_deref())
}

fn key(scalar: &[u8; 32]) -> Option<Vec<u8>> {
    Some(SecretKey::from_slice(scalar).ok()?.public_key().to_sec1_point(false).as_bytes().to_vec())
}

/// p256 reads points of other forms as well.
fn point(bytes: &[u8]) -> Option<PublicKey> {
    if bytes.len() == 65 && bytes.first() == Some(&4) { PublicKey::from_sec1_bytes(bytes).ok() } else { None }
}

fn agree(scalar: &[u8; 32], peer: &[u8]) -> Option<Vec<u8>> {
    let own = SecretKey::from_slice(scalar).ok()?;
    let shared = p256::ecdh::diffie_hellman(own.to_nonzero_scalar(), point(peer)?.as_affine());
    Some(shared.raw_secret_bytes().to_vec())
}

fn sign(private: &[u8; 32], digest: &[u8; 32]) -> Option<Vec<u8>> {
    let signature: Signature = SigningKey::from_slice(private).ok()?.sign_prehash(digest).ok()?;
    Some(signature.to_bytes().to_vec())
}

fn verify(key: &[u8], digest: &[u8], signature: &[u8]) -> Option<Vec<u8>> {
    let key = VerifyingKey::from(point(key)?);
    let signature = Signature::from_der(signature).ok()?;
    key.verify_prehash(digest, &signature).ok().map(|()| Vec::new())
}
