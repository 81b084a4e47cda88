//! Numbers of 256 bits: eight words of 32, the least significant first. What is here takes the same time for all values.

use core::hint::black_box;

/// A number below 2^256.
pub(super) type Words = [u32; 8];

/// Zero.
pub(super) const ZERO: Words = [0; 8];

/// One.
pub(super) const ONE: Words = [1, 0, 0, 0, 0, 0, 0, 0];

/// Reads 32 bytes, big-endian.
#[inline(never)]
pub(super) fn from_bytes(bytes: &[u8; 32]) -> Words {
    let mut words = ZERO;
    let (chunks, _) = bytes.as_chunks::<4>();
    for (to, from) in words.iter_mut().rev().zip(chunks) {
        *to = u32::from_be_bytes(*from);
    }
    words
}

/// Writes 32 bytes, big-endian.
#[inline(never)]
pub(super) fn to_bytes(words: &Words, bytes: &mut [u8; 32]) {
    let (chunks, _) = bytes.as_chunks_mut::<4>();
    for (to, from) in chunks.iter_mut().zip(words.iter().rev()) {
        *to = from.to_be_bytes();
    }
}

/// `a - b mod 2^256`, and 1 if `b` is the larger, else 0.
#[inline(always)]
pub(super) fn difference(a: &Words, b: &Words) -> (Words, u32) {
    let mut out = *a;
    let mut borrow = false;
    for (to, from) in out.iter_mut().zip(b) {
        (*to, borrow) = to.borrowing_sub(*from, borrow);
    }
    (out, u32::from(borrow))
}

/// `a`, or `b` where `choice` is 1; it is 0 or 1.
#[inline(always)]
pub(super) fn select(a: &Words, b: &Words, choice: u32) -> Words {
    let mut out = *a;
    assign(&mut out, b, mask(choice));
    out
}

/// All ones for 1, none for 0, in a way that the compiler does not see through: it could make a branch of it.
#[inline(always)]
pub(super) fn mask(choice: u32) -> u32 {
    black_box(0u32.wrapping_sub(choice))
}

/// Writes `from` over `to` where `mask` is all ones; it is that, or zero.
#[inline(always)]
pub(super) fn assign(to: &mut Words, from: &Words, mask: u32) {
    for (to, from) in to.iter_mut().zip(from) {
        *to ^= (*to ^ *from) & mask;
    }
}

/// Bit `index`; beyond the last, zero.
#[inline(always)]
pub(super) fn bit(words: &[u32], index: usize) -> u32 {
    words.get(index >> 5).map_or(0, |word| word >> (index & 31) & 1)
}

/// Whether all bits are zero.
#[inline(never)]
pub(super) fn is_zero(words: &Words) -> bool {
    words.iter().fold(0, |all, word| all | word) == 0
}

/// Whether `a` is less than `b`.
#[inline(never)]
pub(super) fn is_less(a: &Words, b: &Words) -> bool {
    difference(a, b).1 == 1
}
