//! The field of P-256: integers modulo `p = 2^256 - 2^224 + 2^192 + 2^96 - 1` (SP 800-186 3.2.1.3), and the curve's constants in it.

use super::{Modulus, Register, Row, Words, ZERO, join, mask};
use core::hint::black_box;

/// The prime p.
pub(super) const P: Modulus = Modulus {
    words: [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0, 0, 0, 1, 0xffff_ffff],
    inverse: 1,
    one: [1, 0, 0, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_fffe, 0],
    square: [3, 0, 0xffff_ffff, 0xffff_fffb, 0xffff_fffe, 0xffff_ffff, 0xffff_fffd, 4],
};

/// The coefficient b of `y^2 = x^3 - 3x + b`, in Montgomery's form.
pub(super) const B: Words =
    [0x29c4_bddf, 0xd89c_df62, 0x7884_3090, 0xacf0_05cd, 0xf721_2ed6, 0xe5a2_20ab, 0x0487_4834, 0xdc30_061d];

/// The base point: x and y, in Montgomery's form.
pub(super) const G: [Words; 2] = [
    [0x18a9_143c, 0x79e7_30d4, 0x5fed_b601, 0x75ba_95fc, 0x7762_2510, 0x79fb_732b, 0xa537_55c6, 0x1890_5f76],
    [0xce95_560a, 0xddf2_5357, 0xba19_e45c, 0x8b4a_b8e4, 0xdd21_f325, 0xd2e8_8688, 0x2588_5d85, 0x8571_ff18],
];

/// `to = a * b / 2^256 mod p`, as [`multiply`](super::modulus::multiply), whose bounds hold here too; the second row needs but one product.
///
/// What clears the lowest word f is `f * p = f * 2^256 - f * 2^224 + f * 2^192 + f * 2^96 - f`, p being -1 modulo 2^32: the word itself falls away,
/// and the two highest terms are `f * (2^32 - 1)` at word 7.
#[inline(always)]
pub(super) fn multiply<R: Row>(to: &Register, a: &Register, b: &Register) {
    let (mut sum, mut high, zero) = (ZERO, 0, black_box(0));
    for word in b {
        let carry = R::row(&mut sum, a, word.get(), zero);
        let [f, s1, s2, s3, s4, s5, s6, s7] = sum;
        let (s3, over) = s3.overflowing_add(f);
        let (s4, over) = s4.carrying_add(0, over);
        let (s5, over) = s5.carrying_add(0, over);
        let (s6, over) = s6.carrying_add(f, over);
        let (s7, more) = R::ones(s7, f, u32::from(over));
        let s8;
        (s8, high) = join(high, carry, more);
        sum = [s1, s2, s3, s4, s5, s6, s7, s8];
    }
    below(to, sum, high);
}

/// `to` is `sum`, with the word `high` above it, less p where it is not below it; it is below 2p.
#[inline(always)]
fn below(to: &Register, sum: Words, high: u32) {
    let [s0, s1, s2, s3, s4, s5, s6, s7] = sum;
    // To take p and to add 2^256 - p are the same but for the carry. Of known constants the compiler makes comparisons.
    let ones = black_box(u32::MAX);
    let (s0, carry) = s0.overflowing_add(1);
    let (s1, carry) = s1.carrying_add(0, carry);
    let (s2, carry) = s2.carrying_add(0, carry);
    let (s3, carry) = s3.carrying_add(ones, carry);
    let (s4, carry) = s4.carrying_add(ones, carry);
    let (s5, carry) = s5.carrying_add(ones, carry);
    let (s6, carry) = s6.carrying_add(ones << 1, carry);
    let (s7, carry) = s7.carrying_add(0, carry);
    let (high, _) = high.carrying_add(0, carry);
    // Neither a carry nor a word above: it was below p, which comes back.
    back(to, [s0, s1, s2, s3, s4, s5, s6, s7], mask(high ^ 1));
}

/// `to = words + p` where `back` is all ones, modulo 2^256.
#[inline(always)]
fn back(to: &Register, words: Words, back: u32) {
    let [s0, s1, s2, s3, s4, s5, s6, s7] = words;
    let (s0, carry) = s0.overflowing_add(back);
    let (s1, carry) = s1.carrying_add(back, carry);
    let (s2, carry) = s2.carrying_add(back, carry);
    let (s3, carry) = s3.carrying_add(0, carry);
    let (s4, carry) = s4.carrying_add(0, carry);
    let (s5, carry) = s5.carrying_add(0, carry);
    let (s6, carry) = s6.carrying_add(back & 1, carry);
    let (s7, _) = s7.carrying_add(back, carry);
    let [t0, t1, t2, t3, t4, t5, t6, t7] = to;
    t0.set(s0);
    t1.set(s1);
    t2.set(s2);
    t3.set(s3);
    t4.set(s4);
    t5.set(s5);
    t6.set(s6);
    t7.set(s7);
}

/// `to = a + b mod p`, for numbers whose sum is below 2p.
#[inline(always)]
pub(super) fn add(to: &Register, a: &Register, b: &Register) {
    let [a0, a1, a2, a3, a4, a5, a6, a7] = a;
    let [b0, b1, b2, b3, b4, b5, b6, b7] = b;
    let (s0, carry) = a0.get().overflowing_add(b0.get());
    let (s1, carry) = a1.get().carrying_add(b1.get(), carry);
    let (s2, carry) = a2.get().carrying_add(b2.get(), carry);
    let (s3, carry) = a3.get().carrying_add(b3.get(), carry);
    let (s4, carry) = a4.get().carrying_add(b4.get(), carry);
    let (s5, carry) = a5.get().carrying_add(b5.get(), carry);
    let (s6, carry) = a6.get().carrying_add(b6.get(), carry);
    let (s7, carry) = a7.get().carrying_add(b7.get(), carry);
    let (high, _) = 0u32.carrying_add(0, carry);
    below(to, [s0, s1, s2, s3, s4, s5, s6, s7], high);
}

/// `to = a - b mod p`, for numbers below p.
#[inline(always)]
pub(super) fn subtract(to: &Register, a: &Register, b: &Register) {
    let [a0, a1, a2, a3, a4, a5, a6, a7] = a;
    let [b0, b1, b2, b3, b4, b5, b6, b7] = b;
    let less = i64::from(a0.get()) - i64::from(b0.get());
    let (s0, borrow) = (less as u32, less >> 32);
    let less = i64::from(a1.get()) - i64::from(b1.get()) + borrow;
    let (s1, borrow) = (less as u32, less >> 32);
    let less = i64::from(a2.get()) - i64::from(b2.get()) + borrow;
    let (s2, borrow) = (less as u32, less >> 32);
    let less = i64::from(a3.get()) - i64::from(b3.get()) + borrow;
    let (s3, borrow) = (less as u32, less >> 32);
    let less = i64::from(a4.get()) - i64::from(b4.get()) + borrow;
    let (s4, borrow) = (less as u32, less >> 32);
    let less = i64::from(a5.get()) - i64::from(b5.get()) + borrow;
    let (s5, borrow) = (less as u32, less >> 32);
    let less = i64::from(a6.get()) - i64::from(b6.get()) + borrow;
    let (s6, borrow) = (less as u32, less >> 32);
    let less = i64::from(a7.get()) - i64::from(b7.get()) + borrow;
    let (s7, borrow) = (less as u32, less >> 32);
    back(to, [s0, s1, s2, s3, s4, s5, s6, s7], black_box(borrow as u32));
}
