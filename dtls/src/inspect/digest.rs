//! What is hashed inside larger things: HMAC under the PRF, SHA-384 and SHA-512 under signatures.

#[cfg(any(feature = "p384", feature = "rsa"))]
use crate::crypto::soft;
use crate::crypto::{Hash, Prf};

/// HMAC-SHA-256 (RFC 2104) of the concatenation of `text`, 32 bytes, as the PRF computes it.
pub fn hmac_sha256<H: Hash>(hash: &mut H, key: &[u8], text: &[&[u8]]) -> [u8; 32] {
    let mut mac = [0; 32];
    Prf::new(hash, &[key]).mac_of(hash, text, &mut mac);
    mac
}

/// SHA-384 (FIPS 180-4 6.5) of the concatenation of `message`, 48 bytes.
#[cfg(any(feature = "p384", feature = "rsa"))]
#[must_use]
pub fn sha384(message: &[&[u8]]) -> [u8; 48] {
    let mut digest = [0; 48];
    soft::sha512(soft::Sha2Kind::Sha384, message, &mut digest);
    digest
}

/// SHA-512 (FIPS 180-4 6.4) of the concatenation of `message`, 64 bytes.
#[cfg(any(feature = "p384", feature = "rsa"))]
#[must_use]
pub fn sha512(message: &[&[u8]]) -> [u8; 64] {
    let mut digest = [0; 64];
    soft::sha512(soft::Sha2Kind::Sha512, message, &mut digest);
    digest
}
