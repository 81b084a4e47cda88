//! A row of a product: a number times one word, added to a sum. What the choices of arithmetic differ in.

use super::modulus::Sum;
use super::words::Register;
use core::hint::black_box;

/// A way to make a row.
pub(super) trait Row {
    /// `sum + a * b`, and what is carried out of it.
    fn row(sum: &mut Sum, a: &Register, b: u32) -> u32;
}

/// In a loop: the smallest.
pub(super) struct Rolled;

/// Word after word, without a loop.
pub(super) struct Unrolled;

/// In a loop, from products of 16 bits: for cores whose product of 32 bits takes a time that depends on the factors, or that have none.
pub(super) struct OfHalves;

impl Row for Rolled {
    #[inline(never)]
    fn row(sum: &mut Sum, a: &Register, b: u32) -> u32 {
        let [words @ .., last] = sum;
        let mut carry = 0;
        for (to, from) in words.iter_mut().zip(a) {
            // (2^32 - 1)^2 + 2 (2^32 - 1) = 2^64 - 1: nothing is lost.
            (*to, carry) = from.get().carrying_mul_add(b, *to, carry);
        }
        let over;
        (*last, over) = last.overflowing_add(carry);
        u32::from(over)
    }
}

impl Row for Unrolled {
    #[inline(always)]
    fn row(sum: &mut Sum, a: &Register, b: u32) -> u32 {
        let [mut s0, mut s1, mut s2, mut s3, mut s4, mut s5, mut s6, mut s7, mut s8] = *sum;
        let [a0, a1, a2, a3, a4, a5, a6, a7] = a;
        // A zero that the compiler does not know: so the first product is like the others, of which Armv7E-M has an instruction.
        let mut carry = black_box(0);
        (s0, carry) = a0.get().carrying_mul_add(b, s0, carry);
        (s1, carry) = a1.get().carrying_mul_add(b, s1, carry);
        (s2, carry) = a2.get().carrying_mul_add(b, s2, carry);
        (s3, carry) = a3.get().carrying_mul_add(b, s3, carry);
        (s4, carry) = a4.get().carrying_mul_add(b, s4, carry);
        (s5, carry) = a5.get().carrying_mul_add(b, s5, carry);
        (s6, carry) = a6.get().carrying_mul_add(b, s6, carry);
        (s7, carry) = a7.get().carrying_mul_add(b, s7, carry);
        let over;
        (s8, over) = s8.overflowing_add(carry);
        *sum = [s0, s1, s2, s3, s4, s5, s6, s7, s8];
        u32::from(over)
    }
}

impl Row for OfHalves {
    #[inline(never)]
    fn row(sum: &mut Sum, a: &Register, b: u32) -> u32 {
        let [words @ .., last] = sum;
        let (b_low, b_high) = (b & 0xffff, b >> 16);
        let mut carry = 0u32;
        for (to, from) in words.iter_mut().zip(a) {
            let (a_low, a_high) = (from.get() & 0xffff, from.get() >> 16);
            // Each product is at most (2^16 - 1)^2 = 2^32 - 2^17 + 1, so that a half or two may be added to it.
            let low = a_low * b_low + (*to & 0xffff) + (carry & 0xffff);
            let middle = a_high * b_low + (low >> 16) + (*to >> 16);
            let other = a_low * b_high + (middle & 0xffff) + (carry >> 16);
            let high = a_high * b_high + (middle >> 16) + (other >> 16);
            *to = other << 16 | low & 0xffff;
            carry = high;
        }
        let over;
        (*last, over) = last.overflowing_add(carry);
        u32::from(over)
    }
}
