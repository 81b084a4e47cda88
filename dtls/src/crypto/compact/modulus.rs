//! Arithmetic modulo a prime in Montgomery's form (P. Montgomery 1985): `x` stands for `x * 2^-256`, and a product is taken down by 2^256 as it grows.

use super::Space;
use super::rows::Row;
use super::words::{Register, Words, mask, minus, plus};

/// An odd prime below 2^256, and what Montgomery's form needs of it.
pub struct Modulus {
    /// The prime.
    pub(super) words: Words,
    /// `-1 / words mod 2^32`.
    pub(super) inverse: u32,
    /// `2^512 mod words`: a product with it is in Montgomery's form what the other factor was.
    pub(super) square: Words,
}

/// The prime that a program runs modulo.
pub struct Modulo<'a> {
    /// Which it is.
    pub(super) space: Space,
    /// Its words.
    pub(super) words: &'a Register,
    /// `-1 / words mod 2^32`.
    pub(super) inverse: u32,
}

/// A number below 2^288.
pub(super) type Sum = [u32; 9];

/// `to = a * b / 2^256`, less than the modulus, as are `a` and `b`. A row of it is made by `R`.
///
/// Bounds: before each row the sum is less than twice the modulus m, since `(2m + m(2^32 - 1) + m(2^32 - 1)) / 2^32 = 2m`. Before it is divided it may pass
/// 2^288: so both rows give a carry, and together they carry one at most, as what is left fits in 257 bits.
#[inline(always)]
pub(super) fn multiply<R: Row>(to: &Register, a: &Register, b: &Register, modulo: &Modulo<'_>) {
    let mut sum = [0; 9];
    for word in b {
        let carry = R::row(&mut sum, a, word.get());
        let [lowest, ..] = sum;
        let carry = carry + R::row(&mut sum, modulo.words, lowest.wrapping_mul(modulo.inverse));
        // The lowest word is zero now.
        let [_, s1, s2, s3, s4, s5, s6, s7, s8] = sum;
        sum = [s1, s2, s3, s4, s5, s6, s7, s8, carry];
    }
    let [words @ .., high] = sum;
    to.iter().zip(words).for_each(|(to, from)| to.set(from));
    below(to, high, modulo);
}

/// Takes the modulus from `to`, with the word `high` above it, where it is not below it; it is below twice the modulus.
fn below(to: &Register, high: u32, modulo: &Modulo<'_>) {
    let borrow = minus(to, to, modulo.words);
    // It was below the modulus: there was a borrow, and no ninth word to take it from. Then the modulus comes back.
    plus(to, to, modulo.words, mask(borrow & !high));
}

/// `to = a + b`, less than the modulus, for numbers whose sum is below twice the modulus.
pub(super) fn add(to: &Register, a: &Register, b: &Register, modulo: &Modulo<'_>) {
    let carry = plus(to, a, b, u32::MAX);
    below(to, carry, modulo);
}

/// `to = a - b`, not negative and less than the modulus, as are `a` and `b`.
pub(super) fn subtract(to: &Register, a: &Register, b: &Register, modulo: &Modulo<'_>) {
    let borrow = minus(to, a, b);
    plus(to, to, modulo.words, mask(borrow));
}
