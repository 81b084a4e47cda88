//! Secrets that an operation could treat differently, and random ones.

use super::Operation;
use crate::random::Random;
use crate::server::ec;
use p256::Scalar;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::{Field, PrimeField};

/// A secret and what is signed with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Given {
    /// A scalar of P-256, big-endian.
    pub key: [u8; 32],
    /// A digest.
    pub digest: [u8; 32],
}

impl Given {
    /// What an operation must give, by `p256`.
    ///
    /// # Panics
    /// If the secret is out of range, or `peer` no point.
    #[must_use]
    pub fn result(&self, operation: Operation, peer: &[u8]) -> Vec<u8> {
        let key = ec::Key::new(&self.key);
        match operation {
            Operation::Generate => key.point(),
            Operation::Agree => key.agree(peer).expect("a point of the curve"),
            Operation::Sign => {
                let key = SigningKey::from_slice(&self.key).expect("a scalar in range");
                let signature: Signature = key.sign_prehash(&self.digest).expect("a digest of 32 bytes");
                signature.to_bytes().to_vec()
            }
        }
    }
}

/// `count` secrets: first those at the edges, in an order that `seed` gives but for the first eight, then random ones.
#[must_use]
pub fn secrets(seed: u64, count: usize) -> Vec<Given> {
    let mut random = Random::new(seed);
    let mut keys = edges();
    if let Some((_, rest)) = keys.split_at_mut_checked(8) {
        random.shuffle(rest);
    }
    while keys.len() < count {
        keys.extend(scalar(&random.bytes(32)));
    }
    keys.truncate(count);
    let digest = |random: &mut Random| random.bytes(32).try_into().expect("32 bytes");
    keys.iter().map(|key| Given { key: key.to_repr().into(), digest: digest(&mut random) }).collect()
}

/// Small and large ones, both sides of the middle, powers of two and what is beside them, runs of ones, words of zeros and ones in turn: all between 1 and n - 1.
fn edges() -> Vec<Scalar> {
    let small = |value: u64| Scalar::from(value);
    let half = -Scalar::ONE * small(2).invert().expect("2 is not 0");
    let mut keys = vec![small(1), -small(1), small(2), -small(2), half, half + Scalar::ONE, small(3), -small(3)];
    for value in (4..=17).chain([31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257]) {
        keys.extend([small(value), -small(value), half - small(value), half + small(value)]);
    }
    // Each third bit meets every position in a byte, and every place at which a window may begin.
    for power in (0..256).step_by(3).chain([32, 64, 96, 128, 160, 192, 224, 248, 254, 255]).map(power_of_two) {
        keys.extend([power, -power, power - Scalar::ONE, power + Scalar::ONE]);
    }
    let words: [[u32; 2]; 5] =
        [[0, u32::MAX], [u32::MAX, 0], [0xaaaa_aaaa; 2], [0x5555_5555; 2], [0xffff, 0xffff_0000]];
    for pair in words {
        let bytes: Vec<u8> = pair.iter().cycle().take(8).flat_map(|word| word.to_be_bytes()).collect();
        let (high, low) = ([&bytes[..16], &[0; 16]].concat(), [&[0; 16], &bytes[..16]].concat());
        keys.extend([&bytes, &high, &low].into_iter().filter_map(|bytes| scalar(bytes)));
    }
    let mut kept: Vec<Scalar> = Vec::new();
    for key in keys {
        if !bool::from(key.is_zero()) && !kept.contains(&key) {
            kept.push(key);
        }
    }
    kept
}

fn power_of_two(exponent: u32) -> Scalar {
    (0..exponent).fold(Scalar::ONE, |power, _| power.double())
}

/// The scalar of 32 bytes, if they are one.
fn scalar(bytes: &[u8]) -> Option<Scalar> {
    let bytes: [u8; 32] = bytes.try_into().ok()?;
    Option::<Scalar>::from(Scalar::from_repr(bytes.into())).filter(|scalar| !bool::from(scalar.is_zero()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_is_missing_or_stands_twice() {
        let given = secrets(1, 1000);
        let keys: Vec<String> = given.iter().map(|given| hex::encode(given.key)).collect();
        for edge in [
            "0000000000000000000000000000000000000000000000000000000000000001",
            "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550",
            "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc63254f",
            "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8",
            "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a9",
            "8000000000000000000000000000000000000000000000000000000000000000",
            "00000000000000000000000000000000ffffffffffffffffffffffffffffffff",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ] {
            assert_eq!(keys.iter().filter(|key| *key == edge).count(), 1, "{edge}");
        }
        assert_eq!(keys.len(), 1000);
        assert!((400..900).contains(&edges().len()), "{} at the edges leave too few at random", edges().len());
    }
}
