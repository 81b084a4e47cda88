//! What each implementation of ECDSA on P-256 with SHA-256 takes: a private key in range, a signature to be verified.

use super::{Empty, Hash, P256_SPKI_HEAD, Point, PublicKey, decode_signature};

/// ecdsa_secp256r1_sha256, as TLS 1.2 writes it: SHA-256, ECDSA (RFC 5246 7.4.1.4.1).
const ECDSA_SHA256: u16 = 0x0403;

/// The bytes are no private key of P-256: zero, or not less than the order of the curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyOutOfRange;

impl core::fmt::Display for KeyOutOfRange {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the private key is zero, or not less than the order of P-256")
    }
}

impl core::error::Error for KeyOutOfRange {}

/// A signature of P-256 to be verified: 161 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct P256Task {
    pub(super) digest: [u8; 32],
    pub(super) r: [u8; 32],
    pub(super) s: [u8; 32],
    pub(super) key: Point,
}

impl Empty for P256Task {
    const EMPTY: Self = Self { digest: [0; 32], r: [0; 32], s: [0; 32], key: [0; 65] };
}

impl P256Task {
    /// [`Verifier::scheme`](super::Verifier::scheme) of what verifies these alone.
    pub(super) fn scheme(index: usize) -> Option<u16> {
        (index == 0).then_some(ECDSA_SHA256)
    }

    /// [`Verifier::task`](super::Verifier::task) of what verifies these alone.
    pub(super) fn take<H: Hash>(
        &mut self,
        hash: &mut H,
        scheme: u16,
        message: &[&[u8]],
        signature: &[u8],
        key: &PublicKey<'_>,
    ) -> bool {
        // The algorithm stands in the SPKI behind two headers, in front of one.
        let algorithm = P256_SPKI_HEAD.get(4..23).unwrap_or_default();
        let Ok(point) = Point::try_from(key.bits) else {
            return false;
        };
        if scheme != ECDSA_SHA256
            || key.algorithm != algorithm
            || !decode_signature(signature, &mut self.r, &mut self.s)
        {
            return false;
        }
        self.key = point;
        let mut state = hash.start();
        for part in message {
            hash.update(&mut state, part);
        }
        hash.digest(&mut state, &mut self.digest);
        true
    }
}
