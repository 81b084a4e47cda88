//! Numbers of 256 bits: eight words of 32, the least significant first. What is here takes the same time for all values.

use core::cell::Cell;
use core::hint::black_box;

/// A number below 2^256.
pub(super) type Words = [u32; 8];

/// A number whose words may be written while others read them: a result may take the place of what it is made of.
pub(super) type Register = [Cell<u32>; 8];

/// Zero.
pub(super) const ZERO: Words = [0; 8];

/// One.
pub(super) const ONE: Words = [1, 0, 0, 0, 0, 0, 0, 0];

/// Reads 32 bytes, big-endian.
#[inline(never)]
pub(super) fn read(bytes: &[u8; 32], words: &mut Words) {
    let (chunks, _) = bytes.as_chunks::<4>();
    for (to, from) in words.iter_mut().rev().zip(chunks) {
        *to = u32::from_be_bytes(*from);
    }
}

/// Writes 32 bytes, big-endian.
#[inline(never)]
pub(super) fn to_bytes(words: &Words, bytes: &mut [u8; 32]) {
    let (chunks, _) = bytes.as_chunks_mut::<4>();
    for (to, from) in chunks.iter_mut().zip(words.iter().rev()) {
        *to = from.to_be_bytes();
    }
}

/// A number as a register.
pub(super) fn register(words: &mut Words) -> &Register {
    Cell::from_mut(words).as_array_of_cells()
}

/// `to = a + b mod 2^256`, and what is carried; with `b` only where `mask` is all ones.
#[inline(never)]
pub(super) fn plus(to: &Register, a: &Register, b: &Register, mask: u32) -> u32 {
    let mut carry = 0;
    for ((to, a), b) in to.iter().zip(a).zip(b) {
        let sum = u64::from(a.get()) + u64::from(b.get() & mask) + carry;
        to.set(sum as u32);
        carry = sum >> 32;
    }
    carry as u32
}

/// `to = a - b mod 2^256`, and 1 if `b` is the larger, else 0.
#[inline(never)]
pub(super) fn minus(to: &Register, a: &Register, b: &Register) -> u32 {
    let mut borrow = 0;
    for ((to, a), b) in to.iter().zip(a).zip(b) {
        let less = u64::from(a.get()).wrapping_sub(u64::from(b.get())).wrapping_sub(borrow);
        to.set(less as u32);
        borrow = less >> 63;
    }
    borrow as u32
}

/// All ones for 1, none for 0, in a way that the compiler does not see through: it could make a branch of it.
#[inline(always)]
pub(super) fn mask(choice: u32) -> u32 {
    black_box(0u32.wrapping_sub(choice))
}

/// Bit `index`; beyond the last, zero.
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
    // The borrow out of the highest bit: of a comparison the compiler makes a branch on Armv6-M.
    let less = |borrow: u32, (a, b): (&u32, &u32)| {
        let rest = a.wrapping_sub(*b).wrapping_sub(borrow);
        (!a & b | !(a ^ b) & rest) >> 31
    };
    a.iter().zip(b).fold(0, less) == 1
}
