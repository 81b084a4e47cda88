//! The field of P-256: integers modulo `p = 2^256 - 2^224 + 2^192 + 2^96 - 1` (SP 800-186 3.2.1.3), and the curve's constants in it.

use super::modulus::{Modulus, Sum, below};
use super::words::Words;

/// The prime p.
pub(super) const P: Modulus = Modulus {
    words: [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0, 0, 0, 1, 0xffff_ffff],
    inverse: 1,
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

/// `a * b / 2^256 mod p`, as [`multiply`](super::modulus::multiply), whose bounds hold here too; the second row needs no product.
///
/// What clears the lowest word f is `f * p = f * 2^256 - f * 2^224 + f * 2^192 + f * 2^96 - f`, p being -1 modulo 2^32: the word itself falls away,
/// and the two highest terms are `f * (2^32 - 1)` at word 7.
#[inline(always)]
pub(super) fn multiply(a: &Words, b: &Words, row: impl Fn(&mut Sum, &Words, u32) -> u32) -> Words {
    let mut sum = [0; 9];
    for word in b {
        let over = row(&mut sum, a, *word);
        let [f, s1, s2, mut s3, mut s4, mut s5, mut s6, mut s7, mut s8] = sum;
        let (low, high) = (0u32.wrapping_sub(f), f.wrapping_sub(u32::from(f != 0)));
        let mut carry;
        (s3, carry) = s3.overflowing_add(f);
        (s4, carry) = s4.overflowing_add(u32::from(carry));
        (s5, carry) = s5.overflowing_add(u32::from(carry));
        (s6, carry) = s6.carrying_add(f, carry);
        (s7, carry) = s7.carrying_add(low, carry);
        (s8, carry) = s8.carrying_add(high, carry);
        sum = [s1, s2, s3, s4, s5, s6, s7, s8, over + u32::from(carry)];
    }
    below(&sum, &P.words)
}
