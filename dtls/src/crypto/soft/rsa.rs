//! RSASSA-PKCS1-v1_5 (RFC 8017 8.2), verified: for certificates that an RSA root or intermediate signed.

use super::{MAX_WORDS, Number, Sha2Kind as Kind, from_bytes, power, sha512};
use crate::crypto::{CryptoError, Empty, Hash, PublicKey, Verifier};

/// The contents of the AlgorithmIdentifier: rsaEncryption, NULL (RFC 3279 2.3.1).
const ALGORITHM: [u8; 13] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
/// The shortest modulus, in bytes: 2048 bits.
const MIN_MODULUS: usize = 256;
/// The longest: 4096 bits.
const MAX_MODULUS: usize = 4 * MAX_WORDS;

/// A [`Verifier`] of RSA signatures in the manner of PKCS #1 v1.5: schemes 0x0401, 0x0501, 0x0601 (with SHA-256, SHA-384, SHA-512). Moduli have
/// 2048 to 4096 bits, public exponents are odd, 3 to 2^32 - 1.
///
/// The encoding is compared whole with the only one that is right (RFC 8017 8.2.2), and not parsed.
#[derive(Clone, Copy, Debug, Default)]
pub struct RsaVerifier;

/// A signature to be verified: 1,096 bytes.
#[derive(Clone, Debug)]
pub struct RsaTask {
    modulus: Number,
    signature: Number,
    exponent: u32,
    digest: [u8; 64],
    /// Bytes of the modulus.
    len: u16,
    hash: u8,
}

impl Empty for RsaTask {
    const EMPTY: Self =
        Self { modulus: [0; MAX_WORDS], signature: [0; MAX_WORDS], exponent: 0, digest: [0; 64], len: 0, hash: 0 };
}

impl Verifier for RsaVerifier {
    type Task = RsaTask;
    const COUNT: usize = 3;

    fn scheme(index: usize) -> Option<u16> {
        [0x0401, 0x0501, 0x0601].get(index).copied()
    }

    fn task<H: Hash>(
        &self,
        hash: &mut H,
        scheme: u16,
        message: &[&[u8]],
        signature: &[u8],
        key: &PublicKey<'_>,
        task: &mut RsaTask,
    ) -> bool {
        let [algorithm, 0x01] = scheme.to_be_bytes() else {
            return false;
        };
        let (Some(sizes), Some((modulus, exponent))) = (Digest::of(algorithm), public_key(key)) else {
            return false;
        };
        // RFC 8017 8.2.2 step 1: the signature is as long as the modulus.
        if signature.len() != modulus.len() {
            return false;
        }
        from_bytes(modulus, &mut task.modulus);
        from_bytes(signature, &mut task.signature);
        task.exponent = exponent;
        task.len = modulus.len() as u16;
        task.hash = algorithm;
        match sizes.kind {
            None => {
                let mut state = hash.start();
                message.iter().for_each(|part| hash.update(&mut state, part));
                if let Some(digest) = task.digest.first_chunk_mut() {
                    hash.digest(&mut state, digest);
                }
            }
            Some(kind) => sha512(kind, message, task.digest.get_mut(..sizes.len.into()).unwrap_or_default()),
        }
        true
    }

    fn verify(&mut self, task: &RsaTask) -> nb::Result<bool, CryptoError> {
        Ok(verify(task).unwrap_or_default())
    }
}

/// A hash, as EMSA-PKCS1-v1_5 names it.
struct Digest {
    /// Bytes of the digest.
    len: u8,
    /// The last byte of its object identifier, 2.16.840.1.101.3.4.2.x (RFC 8017 B.1).
    oid: u8,
    /// Which it is; `None`: SHA-256.
    kind: Option<Kind>,
}

impl Digest {
    /// The hash of that number in TLS 1.2 (RFC 5246 7.4.1.4.1).
    fn of(algorithm: u8) -> Option<Self> {
        Some(match algorithm {
            4 => Self { len: 32, oid: 1, kind: None },
            5 => Self { len: 48, oid: 2, kind: Some(Kind::Sha384) },
            6 => Self { len: 64, oid: 3, kind: Some(Kind::Sha512) },
            _ => return None,
        })
    }

    /// The DigestInfo up to the digest (RFC 8017 9.2).
    fn info(&self) -> [u8; 19] {
        let (oid, len) = (self.oid, self.len);
        [
            0x30,
            len.wrapping_add(17),
            0x30,
            0x0d,
            0x06,
            0x09,
            0x60,
            0x86,
            0x48,
            0x01,
            0x65,
            0x03,
            0x04,
            0x02,
            oid,
            0x05,
            0x00,
            0x04,
            len,
        ]
    }
}

/// RFC 8017 8.2.2, steps 2 to 4. `None`: no key, or a signature that is not less than the modulus.
#[inline(never)]
fn verify(task: &RsaTask) -> Option<bool> {
    let hash = Digest::of(task.hash)?;
    let len = usize::from(task.len);
    let words = len.div_ceil(4);
    let modulus = task.modulus.get(..words)?;
    let mut message = task.signature;
    let message = message.get_mut(..words)?;
    power(message, task.exponent, modulus)?;
    // EMSA-PKCS1-v1_5 (9.2): 00 01 FF .. FF 00 DigestInfo.
    let (info, digest) = (hash.info(), task.digest.get(..hash.len.into())?);
    let padding = len.checked_sub(info.len() + digest.len() + 3)?;
    let expected = [0x00, 0x01].into_iter().chain(core::iter::repeat_n(0xff, padding)).chain([0x00]);
    let expected = expected.chain(info).chain(digest.iter().copied());
    // The words hold up to three bytes more than the modulus, all zero.
    let bytes = message.iter().rev().flat_map(|word| word.to_be_bytes());
    let spare = words.checked_mul(4)?.checked_sub(len)?;
    Some(core::iter::repeat_n(0, spare).chain(expected).eq(bytes))
}

/// The modulus and the exponent of an RSAPublicKey (RFC 8017 A.1.1): DER, each INTEGER positive and minimal.
fn public_key<'k>(key: &PublicKey<'k>) -> Option<(&'k [u8], u32)> {
    if key.algorithm != ALGORITHM {
        return None;
    }
    let (body, rest) = element(key.bits, 0x30)?;
    let (modulus, exponents) = element(body, 0x02)?;
    let (exponent, end) = element(exponents, 0x02)?;
    let (modulus, exponent) = (positive(modulus)?, positive(exponent)?);
    let odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
    let value = exponent.iter().fold(0, |value: u32, byte| value << 8 | u32::from(*byte));
    let fits = (MIN_MODULUS..=MAX_MODULUS).contains(&modulus.len())
        // 2048 bits are 256 bytes with the first bit set.
        && (modulus.len() > MIN_MODULUS || modulus.first().is_some_and(|byte| byte & 0x80 != 0));
    let whole = rest.is_empty() && end.is_empty();
    (whole && fits && odd(modulus) && odd(exponent) && exponent.len() <= 4 && value >= 3).then_some((modulus, value))
}

/// An element of DER with that tag, and what follows. Lengths have one encoding (X.690 10.1).
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (len, rest) = match der {
        [first, len @ 0..=0x7f, rest @ ..] if *first == tag => (usize::from(*len), rest),
        [first, 0x81, len @ 0x80..=0xff, rest @ ..] if *first == tag => (usize::from(*len), rest),
        [first, 0x82, high @ 1..=0xff, low, rest @ ..] if *first == tag => {
            (usize::from(u16::from_be_bytes([*high, *low])), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(len)
}

/// The bytes of a positive INTEGER, without the zero that says so (X.690 8.3).
fn positive(value: &[u8]) -> Option<&[u8]> {
    match value {
        [0, rest @ ..] => rest.first().is_some_and(|byte| byte & 0x80 != 0).then_some(rest),
        [1..0x80, ..] => Some(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::crypto::soft::Sha256;
    use std::vec;
    use std::vec::Vec;

    fn integer(value: &[u8]) -> Vec<u8> {
        [&[0x02, 0x82, (value.len() >> 8) as u8, value.len() as u8], value].concat()
    }

    fn key(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
        let body = [integer(modulus).as_slice(), &[0x02, exponent.len() as u8], exponent].concat();
        [&[0x30, 0x82, (body.len() >> 8) as u8, body.len() as u8], body.as_slice()].concat()
    }

    fn task(bits: &[u8], algorithm: &[u8], signature: &[u8]) -> Option<RsaTask> {
        let mut task = RsaTask::EMPTY;
        let key = PublicKey { algorithm, bits };
        RsaVerifier.task(&mut Sha256, 0x0401, &[b"message"], signature, &key, &mut task).then_some(task)
    }

    /// A modulus of that many bytes as an INTEGER, all ones but for the sign.
    fn modulus(len: usize) -> Vec<u8> {
        [vec![0], vec![0xff; len]].concat()
    }

    #[test]
    fn keys_out_of_bounds_are_no_task() {
        let taken =
            |modulus: &[u8], exponent: &[u8], len| task(&key(modulus, exponent), &ALGORITHM, &vec![1; len]).is_some();
        let e = &[1, 0, 1];
        assert!(taken(&modulus(256), e, 256));
        assert!(taken(&modulus(257), e, 257));
        assert!(taken(&modulus(512), e, 512));
        assert!(taken(&[vec![0x01], vec![0xff; 256]].concat(), e, 257));
        assert!(taken(&modulus(256), &[3], 256));
        assert!(taken(&modulus(256), &[0, 0xff, 0xff, 0xff, 0xff], 256));
        for (modulus, exponent, len) in [
            // 2047 and 4104 bits.
            ([vec![0x7f], vec![0xff; 255]].concat(), &e[..], 256),
            (modulus(513), e, 513),
            (modulus(128), e, 128),
            // Even.
            ([modulus(255), vec![0xfe]].concat(), e, 256),
            (modulus(256), &[1, 0, 0], 256),
            // Too small, zero, negative, too large, not minimal.
            (modulus(256), &[1], 256),
            (modulus(256), &[0], 256),
            (modulus(256), &[0x81], 256),
            (modulus(256), &[1, 0, 0, 0, 1], 256),
            (modulus(256), &[0, 3], 256),
            (vec![0xff; 256], e, 256),
            ([vec![0], modulus(256)].concat(), e, 256),
            // A signature of another length.
            (modulus(256), e, 255),
            (modulus(256), e, 257),
        ] {
            assert!(!taken(&modulus, exponent, len), "{} {exponent:?} {len}", modulus.len());
        }
    }

    #[test]
    fn broken_keys_are_no_task() {
        let good = key(&modulus(256), &[1, 0, 1]);
        assert!(task(&good, &ALGORITHM, &[1; 256]).is_some());
        assert!(task(&good, &ALGORITHM[..11], &[1; 256]).is_none());
        for cut in 0..good.len() {
            assert!(task(&good[..cut], &ALGORITHM, &[1; 256]).is_none(), "cut at {cut}");
        }
        assert!(task(&[good.as_slice(), &[0]].concat(), &ALGORITHM, &[1; 256]).is_none());
        for at in [0, 1, 2, 3, 4, 5] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert!(task(&bad, &ALGORITHM, &[1; 256]).is_none(), "byte {at}");
        }
    }

    #[test]
    fn a_signature_not_less_than_the_modulus_fails() {
        let bits = key(&modulus(256), &[1, 0, 1]);
        for signature in [[0xff; 256], [0; 256], [1; 256]] {
            let task = task(&bits, &ALGORITHM, &signature).expect("well formed");
            assert_eq!(RsaVerifier.verify(&task), Ok(false));
        }
        assert_eq!(RsaVerifier.verify(&RsaTask::EMPTY), Ok(false));
    }

    #[test]
    fn a_task_has_the_size_that_is_told() {
        assert_eq!(size_of::<RsaTask>(), 1096);
    }
}
