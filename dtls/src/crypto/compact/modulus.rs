//! Arithmetic modulo a prime in Montgomery's form (P. Montgomery 1985): `x` stands for `x * 2^-256`, and a product is taken down by 2^256 as it grows.

use super::{Register, Row, Space, Words, ZERO, mask, minus, plus};
use core::hint::black_box;

/// An odd prime below 2^256, and what Montgomery's form needs of it.
pub struct Modulus {
    /// The prime.
    pub(super) words: Words,
    /// `-1 / words mod 2^32`.
    pub(super) inverse: u32,
    /// `2^256 mod words`: one, in Montgomery's form.
    pub(super) one: Words,
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

/// `to = a * b / 2^256`, less than the modulus, as are `a` and `b`; its rows are made by `R`.
///
/// Bounds: before each row the sum is less than twice the modulus m, since `(2m + m(2^32 - 1) + m(2^32 - 1)) / 2^32 = 2m`; so the word above its eight is 0
/// or 1. What the rows carry comes to that word, and is what fills the place of the lowest, which is zero then and falls away.
#[inline(always)]
pub(super) fn multiply<R: Row>(to: &Register, a: &Register, b: &Register, modulo: &Modulo<'_>) {
    let (mut sum, mut high, zero) = (ZERO, 0, black_box(0));
    for word in b {
        let carry = R::row(&mut sum, a, word.get(), zero);
        let [lowest, ..] = sum;
        let more = R::row(&mut sum, modulo.words, lowest.wrapping_mul(modulo.inverse), zero);
        let [_, s1, s2, s3, s4, s5, s6, s7] = sum;
        let s8;
        (s8, high) = join(high, carry, more);
        sum = [s1, s2, s3, s4, s5, s6, s7, s8];
    }
    to.iter().zip(sum).for_each(|(to, from)| to.set(from));
    below(to, high, modulo);
}

/// The sum of three words, and what is carried.
#[inline(always)]
pub(super) fn join(a: u32, b: u32, c: u32) -> (u32, u32) {
    let sum = u64::from(a) + u64::from(b) + u64::from(c);
    (sum as u32, (sum >> 32) as u32)
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
