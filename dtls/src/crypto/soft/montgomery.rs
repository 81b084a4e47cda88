//! Multiplication modulo an odd number of up to 4096 bits, and powers with small exponents: what verifying takes with RSA, and on P-384.
//!
//! Not for secrets: how long it takes depends on the numbers.

/// The longest modulus, in words of 32 bits.
pub(super) const MAX_WORDS: usize = 128;

/// A number of up to 4096 bits: words of 32 bits, the least significant first.
pub(super) type Number = [u32; MAX_WORDS];

/// Reads a number, big-endian, of no more bytes than the words hold.
pub(super) fn from_bytes(bytes: &[u8], number: &mut [u32]) {
    let mut words = number.iter_mut();
    for chunk in bytes.rchunks(4) {
        if let Some(word) = words.next() {
            *word = chunk.iter().fold(0, |word, byte| word << 8 | u32::from(*byte));
        }
    }
    words.for_each(|word| *word = 0);
}

/// `base = base ^ exponent mod modulus`, for an odd modulus whose most significant word is not zero, an odd exponent, and `base` less than the modulus; all
/// slices are as long as the modulus. `None`: they are not, or the base is too large.
#[inline(never)]
pub(super) fn power(base: &mut [u32], exponent: u32, modulus: &[u32]) -> Option<()> {
    let inverse = negative_inverse(*modulus.first()?);
    if base.len() != modulus.len() || modulus.len() > MAX_WORDS || !less(base, modulus) {
        return None;
    }
    let mut first = [0; MAX_WORDS];
    let first = first.get_mut(..base.len())?;
    copy(first, base);
    // Into Montgomery's form: times 2^32 for each word, by doubling. Few steps beside those of the multiplications, and nothing to keep.
    for _ in 0..base.len().saturating_mul(32) {
        double(first, modulus);
    }
    let mut sum = [0; MAX_WORDS];
    let sum = sum.get_mut(..base.len())?;
    copy(base, first);
    for bit in (0..exponent.checked_ilog2()?).rev() {
        multiply(sum, base, base, modulus, inverse);
        copy(base, sum);
        if exponent >> bit & 1 == 1 {
            multiply(sum, base, first, modulus, inverse);
            copy(base, sum);
        }
    }
    // And out of it: times one.
    first.fill(0);
    *first.first_mut()? = 1;
    multiply(sum, base, first, modulus, inverse);
    copy(base, sum);
    Some(())
}

/// `-1 / word mod 2^32`, for an odd word: Newton's iteration doubles the bits that are right, of which three are at first.
pub(super) fn negative_inverse(word: u32) -> u32 {
    let mut inverse = word;
    for _ in 0..4 {
        inverse = inverse.wrapping_mul(2u32.wrapping_sub(word.wrapping_mul(inverse)));
    }
    inverse.wrapping_neg()
}

fn copy(to: &mut [u32], from: &[u32]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
}

/// Whether `a < b`, both of the same length.
pub(super) fn less(a: &[u32], b: &[u32]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

/// `a = a - b`, wrapping.
pub(super) fn subtract(a: &mut [u32], b: &[u32]) {
    let mut borrow = false;
    for (a, b) in a.iter_mut().zip(b) {
        let (difference, first) = a.overflowing_sub(*b);
        let (difference, second) = difference.overflowing_sub(u32::from(borrow));
        *a = difference;
        borrow = first | second;
    }
}

/// `a = 2 * a mod modulus`.
pub(super) fn double(a: &mut [u32], modulus: &[u32]) {
    let mut carry = 0;
    for word in a.iter_mut() {
        let next = *word >> 31;
        *word = *word << 1 | carry;
        carry = next;
    }
    if carry == 1 || !less(a, modulus) {
        subtract(a, modulus);
    }
}

/// `product = a * b / R mod modulus`, with R of one bit more than the words hold (Montgomery): a row for each word of `a`.
#[inline(never)]
pub(super) fn multiply(product: &mut [u32], a: &[u32], b: &[u32], modulus: &[u32], inverse: u32) {
    product.fill(0);
    let mut top = 0;
    for word in a {
        top = row(product, top, *word, b, modulus, inverse);
    }
    if top == 1 || !less(product, modulus) {
        subtract(product, modulus);
    }
}

/// `sum = (sum + word * b + m * modulus) / 2^32`, with the m that leaves no remainder. `top`, taken and returned, is the word above: 0 or 1.
#[inline(never)]
fn row(sum: &mut [u32], top: u32, word: u32, b: &[u32], modulus: &[u32], inverse: u32) -> u32 {
    let mut words = sum.iter_mut().zip(b.iter().zip(modulus));
    let Some((mut place, (b, modulus))) = words.next() else {
        return 0;
    };
    // Neither sum is larger than (2^32 - 1)^2 + 2 (2^32 - 1): 64 bits hold it.
    let mut product = wide(word, *b, *place, 0);
    let multiple = (product as u32).wrapping_mul(inverse);
    let mut reduced = wide(multiple, *modulus, product as u32, 0);
    for (next, (b, modulus)) in words {
        product = wide(word, *b, *next, (product >> 32) as u32);
        reduced = wide(multiple, *modulus, product as u32, (reduced >> 32) as u32);
        *place = reduced as u32;
        place = next;
    }
    let high = (product >> 32).wrapping_add(reduced >> 32).wrapping_add(top.into());
    *place = high as u32;
    (high >> 32) as u32
}

/// `a * b + c + d`.
fn wide(a: u32, b: u32, c: u32, d: u32) -> u64 {
    u64::from(a).wrapping_mul(b.into()).wrapping_add(c.into()).wrapping_add(d.into())
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    /// `base ^ exponent mod modulus` on small numbers, as everybody would write it.
    fn expected(base: u64, exponent: u32, modulus: u64) -> u64 {
        let mut result: u128 = 1;
        for _ in 0..exponent {
            result = result * u128::from(base) % u128::from(modulus);
        }
        result as u64
    }

    #[test]
    fn powers_modulo_numbers_of_two_words() {
        let edge = [0, 1, 2, 3, 0xffff_fffe, 0xffff_ffff, 1 << 32, (1 << 32) + 1, u64::MAX - 2, u64::MAX - 1];
        for modulus in [(1 << 32) + 1, (1 << 32) + 15, 0x8000_0000_0000_0001, u64::MAX - 58, u64::MAX] {
            for base in edge {
                for exponent in [1, 3, 5, 17, 257] {
                    let words = |number: u64| [number as u32, (number >> 32) as u32];
                    let mut number = words(base);
                    let done = power(&mut number, exponent, &words(modulus));
                    assert_eq!(done.is_some(), base < modulus, "{base} {modulus}");
                    if done.is_some() {
                        assert_eq!(number, words(expected(base, exponent, modulus)), "{base} {exponent} {modulus}");
                    }
                }
            }
        }
    }

    /// The product and the power of numbers made of words where carries go wrong, against doubling and adding alone, which are simple enough to be read.
    #[test]
    fn products_of_edge_words_are_those_of_doubling_and_adding() {
        let mut seed = 0x2545_f491u32;
        let mut next = || {
            seed ^= seed << 13;
            seed ^= seed >> 17;
            seed ^= seed << 5;
            seed
        };
        let mut number = |len: usize| -> Vec<u32> {
            let edge = [0, 1, 0x7fff_ffff, 0x8000_0000, u32::MAX - 1, u32::MAX, u32::MAX, 0];
            (0..len).map(|_| if next() % 8 == 0 { next() } else { edge[(next() % 8) as usize] }).collect()
        };
        let mut done = 0;
        for len in [1, 2, 12, 12, 12, 12, 64, 65] {
            for _ in 0..60 {
                let mut modulus = number(len);
                modulus[0] |= 1;
                modulus[len - 1] |= 1 << (done % 32);
                let (mut a, mut b) = (number(len), number(len));
                // Below the modulus: what is not is taken down bit by bit from the top.
                for number in [&mut a, &mut b] {
                    while !less(number, &modulus) {
                        let top = number.iter().rposition(|word| *word != 0).expect("not zero");
                        number[top] &= number[top].wrapping_sub(1) >> 1;
                    }
                }
                let mut expected = std::vec![0; len];
                for at in (0..32 * len).rev() {
                    double(&mut expected, &modulus);
                    if b[at / 32] >> (at % 32) & 1 == 1 {
                        plain_add(&mut expected, &a, &modulus);
                    }
                }
                // a b R / R, by bringing b into the form first.
                let mut formed = b.clone();
                (0..32 * len).for_each(|_| double(&mut formed, &modulus));
                let mut product = std::vec![0xeeee_eeee; len];
                multiply(&mut product, &a, &formed, &modulus, negative_inverse(modulus[0]));
                assert_eq!(product, expected, "{a:08x?} {b:08x?} {modulus:08x?}");
                done += 1;
            }
        }
        std::println!("Montgomery's product: {done} products of edge words, seed 0x2545f491");
    }

    /// `a = a + b mod modulus`, in words of 64 bits that cannot carry.
    fn plain_add(a: &mut [u32], b: &[u32], modulus: &[u32]) {
        let mut wide: Vec<u64> = a.iter().zip(b).map(|(a, b)| u64::from(*a) + u64::from(*b)).chain([0]).collect();
        for at in 0..a.len() {
            wide[at + 1] += wide[at] >> 32;
            wide[at] &= 0xffff_ffff;
        }
        let modulus: Vec<u64> = modulus.iter().map(|word| u64::from(*word)).chain([0]).collect();
        if wide.iter().rev().ge(modulus.iter().rev()) {
            let mut borrow = 0;
            for (word, modulus) in wide.iter_mut().zip(modulus) {
                let difference = (1 << 32) + *word - modulus - borrow;
                *word = difference & 0xffff_ffff;
                borrow = 1 - (difference >> 32);
            }
        }
        a.iter_mut().zip(wide).for_each(|(a, word)| *a = word as u32);
    }

    /// Fermat's test: b^p = b modulo the prime 2^521 - 1, by squaring p's exponent away: b^(2^521 - 1) = b.
    #[test]
    fn a_mersenne_prime_keeps_its_promise() {
        // 17 words, the last of 9 bits.
        let modulus: Vec<u32> = (0..17).map(|at| if at < 16 { u32::MAX } else { 0x1ff }).collect();
        let base: Vec<u32> =
            (0..17u32).map(|at| if at < 16 { at.wrapping_mul(0x9e37_79b9) | 1 } else { 0x55 }).collect();
        let mut number = base.clone();
        // 2^521 = (2^31)^16 * 2^25; what 2^521 times squares is b^(2^521) = b^2.
        let mut square = |exponent| power(&mut number, exponent, &modulus).expect("less than the modulus");
        (0..16).for_each(|_| square(1 << 31));
        square(1 << 25);
        let mut expected = base;
        power(&mut expected, 2, &modulus).expect("less than the modulus");
        assert_eq!(number, expected);
    }
}
