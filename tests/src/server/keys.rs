//! Key schedule of the loopback server, written apart from the client's and over another
//! generation of crates: a slip that both made alike would have to be made twice.

use super::wire::with_long;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

/// HMAC-SHA-256 over the parts.
#[must_use]
pub fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).unwrap();
    parts.iter().for_each(|p| mac.update(p));
    mac.finalize().into_bytes().into()
}

/// SHA-256.
#[must_use]
pub fn sha256(data: &[u8]) -> [u8; 32] {
    Sha256::digest(data).into()
}

/// The PRF of TLS 1.2 with SHA-256 (RFC 5246 5).
#[must_use]
pub fn prf(secret: &[u8], label: &[u8], seed: &[u8], len: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut a = hmac(secret, &[label, seed]);
    while out.len() < len {
        out.extend_from_slice(&hmac(secret, &[&a, label, seed]));
        a = hmac(secret, &[&a]);
    }
    out.truncate(len);
    out
}

/// The premaster secret of a pre-shared key: with a further shared secret (RFC 5489 2), or alone (RFC 4279 2).
#[must_use]
pub fn premaster(other: Option<&[u8]>, key: &[u8]) -> Vec<u8> {
    let zeros = vec![0; key.len()];
    [with_long(other.unwrap_or(&zeros)), with_long(key)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of RFC 5246's PRF with SHA-256 that TLS implementers use (IETF TLS list, 2009).
    #[test]
    fn prf_differs_from_the_known_answer() {
        let secret = hex::decode("9bbe436ba940f017b17652849a71db35").unwrap();
        let seed = hex::decode("a0ba9f936cda311827a6f796ffd5198c").unwrap();
        let want = "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66";
        assert_eq!(hex::encode(prf(&secret, b"test label", &seed, 100)), want);
    }
}
