//! Arithmetic modulo a prime in Montgomery's form (P. Montgomery 1985): `x` stands for `x * 2^-256`, and a product is taken down by 2^256 as it grows.

use super::words::{Words, difference, select};

/// An odd prime below 2^256, and what Montgomery's form needs of it.
pub struct Modulus {
    /// The prime.
    pub(super) words: Words,
    /// `-1 / words mod 2^32`.
    pub(super) inverse: u32,
    /// `2^512 mod words`: a product with it is in Montgomery's form what the other factor was.
    pub(super) square: Words,
}

/// A sum of products of one row: 288 bits.
pub(super) type Sum = [u32; 9];

/// `a * b / 2^256`, less than the modulus, as are `a` and `b`. `row` adds a product with one word to a sum, and gives what is carried out of it.
///
/// Bounds: before each row the sum is less than twice the modulus m, since `(2m + m(2^32 - 1) + m(2^32 - 1)) / 2^32 = 2m`. Before it is divided it may pass
/// 2^288: so both rows give a carry, and together they carry one at most, as what is left fits in 257 bits.
#[inline(always)]
pub(super) fn multiply(a: &Words, b: &Words, m: &Modulus, row: impl Fn(&mut Sum, &Words, u32) -> u32) -> Words {
    let mut sum = [0; 9];
    for word in b {
        let carry = row(&mut sum, a, *word);
        let [lowest, ..] = sum;
        let carry = carry + row(&mut sum, &m.words, lowest.wrapping_mul(m.inverse));
        // The lowest word is zero now.
        let [_, s1, s2, s3, s4, s5, s6, s7, s8] = sum;
        sum = [s1, s2, s3, s4, s5, s6, s7, s8, carry];
    }
    below(&sum, &m.words)
}

/// `sum` less the modulus, where it is not below it; it is below twice the modulus.
#[inline(always)]
pub(super) fn below(sum: &Sum, m: &Words) -> Words {
    let [words @ .., high] = *sum;
    let (less, borrow) = difference(&words, m);
    // Less than the modulus: no ninth word, and a borrow.
    select(&less, &words, !high & borrow)
}

/// `a + b`, less than the modulus, for a sum that is below twice the modulus.
#[inline(never)]
pub(super) fn add(a: &Words, b: &Words, m: &Modulus) -> Words {
    let [mut s0, mut s1, mut s2, mut s3, mut s4, mut s5, mut s6, mut s7] = *a;
    let [b0, b1, b2, b3, b4, b5, b6, b7] = *b;
    let mut carry = false;
    (s0, carry) = s0.carrying_add(b0, carry);
    (s1, carry) = s1.carrying_add(b1, carry);
    (s2, carry) = s2.carrying_add(b2, carry);
    (s3, carry) = s3.carrying_add(b3, carry);
    (s4, carry) = s4.carrying_add(b4, carry);
    (s5, carry) = s5.carrying_add(b5, carry);
    (s6, carry) = s6.carrying_add(b6, carry);
    (s7, carry) = s7.carrying_add(b7, carry);
    below(&[s0, s1, s2, s3, s4, s5, s6, s7, u32::from(carry)], &m.words)
}

/// `a - b`, not negative and less than the modulus, as are `a` and `b`.
#[inline(never)]
pub(super) fn subtract(a: &Words, b: &Words, m: &Modulus) -> Words {
    let (mut out, borrow) = difference(a, b);
    let mask = 0u32.wrapping_sub(borrow);
    let mut carry = false;
    for (to, from) in out.iter_mut().zip(&m.words) {
        (*to, carry) = to.carrying_add(*from & mask, carry);
    }
    out
}
