//! A row of a product: a number times one word, added to a sum. What the choices of arithmetic differ in.

use super::{Register, Words};

/// A way to make a row.
pub(super) trait Row {
    /// `sum + a * b + zero` for a zero, and what is carried out of it: a word at most, since `(2^256 - 1)(2^32 - 1) + 2^256 - 1 < 2^288`.
    ///
    /// The zero is the caller's, who hides from the compiler what it is: so the first product is like the others, of which Armv7E-M has an instruction.
    fn row(sum: &mut Words, a: &Register, b: u32, zero: u32) -> u32;

    /// `word + a * (2^32 - 1) + carry`, and what is carried out of it: a word at most, since `2^32 - 1 + (2^32 - 1)^2 + 1 < 2^64`.
    #[inline(always)]
    fn ones(word: u32, a: u32, carry: u32) -> (u32, u32) {
        a.carrying_mul_add(u32::MAX, word, carry)
    }
}

/// In a loop: the smallest.
pub(super) struct Rolled;

impl Row for Rolled {
    #[inline(never)]
    fn row(sum: &mut Words, a: &Register, b: u32, zero: u32) -> u32 {
        let mut carry = zero;
        for (to, from) in sum.iter_mut().zip(a) {
            // (2^32 - 1)^2 + 2 (2^32 - 1) = 2^64 - 1: nothing is lost.
            (*to, carry) = from.get().carrying_mul_add(b, *to, carry);
        }
        carry
    }
}

/// Word after word, without a loop.
pub(super) struct Unrolled;

impl Row for Unrolled {
    #[inline(always)]
    fn row(sum: &mut Words, a: &Register, b: u32, zero: u32) -> u32 {
        let [s0, s1, s2, s3, s4, s5, s6, s7] = *sum;
        let [a0, a1, a2, a3, a4, a5, a6, a7] = a;
        let (s0, carry) = a0.get().carrying_mul_add(b, s0, zero);
        let (s1, carry) = a1.get().carrying_mul_add(b, s1, carry);
        let (s2, carry) = a2.get().carrying_mul_add(b, s2, carry);
        let (s3, carry) = a3.get().carrying_mul_add(b, s3, carry);
        let (s4, carry) = a4.get().carrying_mul_add(b, s4, carry);
        let (s5, carry) = a5.get().carrying_mul_add(b, s5, carry);
        let (s6, carry) = a6.get().carrying_mul_add(b, s6, carry);
        let (s7, carry) = a7.get().carrying_mul_add(b, s7, carry);
        *sum = [s0, s1, s2, s3, s4, s5, s6, s7];
        carry
    }
}

/// In a loop, from products of 16 bits: for cores whose product of 32 bits takes a time that depends on the factors, or that have none.
pub(super) struct OfHalves;

impl Row for OfHalves {
    #[inline(never)]
    fn row(sum: &mut Words, a: &Register, b: u32, zero: u32) -> u32 {
        let (b_low, b_high) = (b & 0xffff, b >> 16);
        let mut carry = zero;
        for (to, from) in sum.iter_mut().zip(a) {
            let (a_low, a_high) = (from.get() & 0xffff, from.get() >> 16);
            // Each product is at most (2^16 - 1)^2 = 2^32 - 2^17 + 1, so that two halves may be added to it.
            let low = a_low * b_low + (*to & 0xffff) + (carry & 0xffff);
            let middle = a_high * b_low + (low >> 16) + (*to >> 16);
            let other = a_low * b_high + (middle & 0xffff) + (carry >> 16);
            carry = a_high * b_high + (middle >> 16) + (other >> 16);
            *to = other << 16 | low & 0xffff;
        }
        carry
    }

    /// `a * 2^32 + (word + carry - a)`, without a product.
    #[inline(always)]
    fn ones(word: u32, a: u32, carry: u32) -> (u32, u32) {
        // Word by word: of `a << 32` less a the compiler makes a wide product, and of a borrow a branch where Armv6-M has no other way.
        let rest = (u64::from(word) + u64::from(carry)).wrapping_sub(u64::from(a));
        (rest as u32, a.wrapping_add((rest >> 32) as u32))
    }
}
