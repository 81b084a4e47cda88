//! ECDSA on P-384 with SHA-384 (FIPS 186-5 6), verified over RustCrypto's `p384`.

use super::curve::verify;
use super::sha512::{Kind, sha512};
use crate::crypto::{CryptoError, Empty, Hash, PublicKey, Verifier, decode_signature};
use p384::{FieldBytes, NistP384};

/// ecdsa_secp384r1_sha384, as TLS 1.2 writes it: SHA-384, ECDSA (RFC 5246 7.4.1.4.1).
const ECDSA_SHA384: u16 = 0x0503;

/// The contents of the AlgorithmIdentifier: id-ecPublicKey, secp384r1 (RFC 5480 2.1.1).
const ALGORITHM: [u8; 16] =
    [0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];

/// A [`Verifier`] of ECDSA on P-384 with SHA-384: scheme 0x0503, for certificates. Keys are points of the named curve, uncompressed.
#[derive(Clone, Copy, Debug, Default)]
pub struct P384Verifier;

/// A signature to be verified: 241 bytes.
#[derive(Clone, Debug)]
pub struct P384Task {
    digest: [u8; 48],
    r: [u8; 48],
    s: [u8; 48],
    key: [u8; 97],
}

impl Empty for P384Task {
    const EMPTY: Self = Self { digest: [0; 48], r: [0; 48], s: [0; 48], key: [0; 97] };
}

impl Verifier for P384Verifier {
    type Task = P384Task;
    const COUNT: usize = 1;

    fn scheme(index: usize) -> Option<u16> {
        (index == 0).then_some(ECDSA_SHA384)
    }

    fn task<H: Hash>(
        &self,
        _hash: &mut H,
        scheme: u16,
        message: &[&[u8]],
        signature: &[u8],
        key: &PublicKey<'_>,
        task: &mut P384Task,
    ) -> bool {
        let Ok(point) = key.bits.try_into() else {
            return false;
        };
        if scheme != ECDSA_SHA384
            || key.algorithm != ALGORITHM
            || !decode_signature(signature, &mut task.r, &mut task.s)
        {
            return false;
        }
        task.key = point;
        sha512(Kind::Sha384, message, &mut task.digest);
        true
    }

    fn verify(&mut self, task: &P384Task) -> nb::Result<bool, CryptoError> {
        let [0x04, key @ ..] = &task.key else {
            return Ok(false);
        };
        let ([x, y], _) = key.as_chunks::<48>() else {
            return Ok(false);
        };
        let [digest, r, s, x, y] = [&task.digest, &task.r, &task.s, x, y].map(|bytes| FieldBytes::from_slice(bytes));
        Ok(verify::<NistP384>(digest, [r, s], [x, y]).is_some())
    }
}
