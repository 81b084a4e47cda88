//! Numbers that break arithmetic, and points made of them.

use crate::random::Random;
use num_bigint::{BigInt, Sign};
use p256::elliptic_curve::bigint::U256;
use p256::elliptic_curve::ops::Reduce;
use p256::elliptic_curve::point::DecompressPoint;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::elliptic_curve::subtle::Choice;
use p256::{AffinePoint, FieldBytes, ProjectivePoint, Scalar};

/// The order n (SP 800-186 3.2.1.3).
pub const ORDER: &[u8] = b"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
/// The prime p.
pub const PRIME: &[u8] = b"ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";

/// A number written in hexadecimal.
///
/// # Panics
/// It is none.
#[must_use]
pub fn parse(hex: &[u8]) -> BigInt {
    BigInt::parse_bytes(hex, 16).unwrap()
}

/// A number modulo 2^256, as 32 bytes, big-endian.
#[must_use]
pub fn bytes(number: &BigInt) -> [u8; 32] {
    let modulus = BigInt::from(1) << 256;
    let number: BigInt = ((number % &modulus) + &modulus) % &modulus;
    let (_, digits) = number.to_bytes_be();
    let mut bytes = [0; 32];
    bytes[32 - digits.len()..].copy_from_slice(&digits);
    bytes
}

/// 32 bytes, big-endian, as a number.
#[must_use]
pub fn integer(bytes: &[u8; 32]) -> BigInt {
    BigInt::from_bytes_be(Sign::Plus, bytes)
}

/// 32 bytes modulo the order.
#[must_use]
pub fn scalar(bytes: &[u8; 32]) -> Scalar {
    Scalar::reduce(&U256::from_be_slice(bytes))
}

/// A scalar as 32 bytes, big-endian.
#[must_use]
pub fn scalar_bytes(scalar: &Scalar) -> [u8; 32] {
    scalar.to_bytes().into()
}

/// The 65 bytes of a point, uncompressed; of infinity the one that it has.
#[must_use]
pub fn encoded(point: &ProjectivePoint) -> Vec<u8> {
    point.to_affine().to_sec1_point(false).as_bytes().to_vec()
}

/// The x coordinate of a point; of infinity zero.
#[must_use]
pub fn x(point: &ProjectivePoint) -> [u8; 32] {
    let encoded = encoded(point);
    encoded.get(1..33).map_or([0; 32], |x| x.try_into().unwrap())
}

/// The point with this x coordinate and an odd y or an even one, if there is one.
#[must_use]
pub fn at(x: &[u8; 32], odd: bool) -> Option<ProjectivePoint> {
    let point = AffinePoint::decompress(&FieldBytes::from(*x), Choice::from(u8::from(odd)));
    Option::<AffinePoint>::from(point).map(ProjectivePoint::from)
}

/// A number of 256 bits: one in three is random, the others are close to where carries and borrows are: to 0, n, p, 2^256, their halves and powers of two,
/// or made of runs of ones and of words that are all ones or zero.
#[must_use]
pub fn edge(random: &mut Random) -> [u8; 32] {
    let one = || BigInt::from(1);
    let near = |number: BigInt, random: &mut Random| bytes(&(number + BigInt::from(random.below(9)) - 4));
    match random.below(12) {
        0..4 => random.bytes(32).try_into().unwrap(),
        4 => bytes(&BigInt::from(random.below(20))),
        5 | 6 => near(parse(ORDER), random),
        7 => near(if random.below(2) == 0 { parse(PRIME) } else { BigInt::from(0) }, random),
        8 => near([parse(ORDER), parse(PRIME), one() << 256][random.below(3) as usize].clone() / 2, random),
        9 => {
            let power = one() << random.below(256);
            let from = if random.below(2) == 0 { BigInt::from(0) } else { parse(ORDER) };
            near(if random.below(2) == 0 { from + power } else { from - power }, random)
        }
        10 => {
            let (a, b) = (random.below(257), random.below(257));
            let run = (one() << a.max(b)) - (one() << a.min(b));
            bytes(&if random.below(2) == 0 { run } else { -run - 1 })
        }
        _ => {
            let words = [0, 1, 0x7fff_ffff, 0x8000_0000, u32::MAX - 1, u32::MAX];
            let word = |random: &mut Random| match random.below(words.len() as u64 + 1) as usize {
                at if at < words.len() => words[at],
                _ => random.number() as u32,
            };
            let mut bytes = [0; 32];
            bytes.chunks_exact_mut(4).for_each(|to| to.copy_from_slice(&word(random).to_be_bytes()));
            bytes
        }
    }
}

/// Such a number modulo the order, and not zero.
#[must_use]
pub fn edge_scalar(random: &mut Random) -> Scalar {
    loop {
        let scalar = scalar(&edge(random));
        if scalar != Scalar::ZERO {
            return scalar;
        }
    }
}
