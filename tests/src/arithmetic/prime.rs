//! The two primes, and arithmetic modulo each by fiat-crypto.

use super::Words;
use fiat_crypto::{p256_32, p256_scalar_32};

/// A prime, and arithmetic modulo it in Montgomery's form: operands and results are below it.
pub trait Prime {
    /// Its letter.
    const NAME: &'static str;
    /// The prime.
    const MODULUS: Words;
    /// `a * b / 2^256`.
    fn multiply(a: &Words, b: &Words) -> Words;
    /// `a^2 / 2^256`.
    fn square(a: &Words) -> Words;
    /// `a + b`.
    fn add(a: &Words, b: &Words) -> Words;
    /// `a - b`.
    fn subtract(a: &Words, b: &Words) -> Words;
    /// `2^256`: what one is.
    fn one() -> Words;

    /// What `a` is to be multiplied by to give one, in Montgomery's form; of zero it is zero. By Fermat.
    #[must_use]
    fn invert(a: &Words) -> Words {
        let mut inverse = Self::one();
        let exponent = less(&Self::MODULUS, &small(2));
        for word in exponent.iter().rev() {
            for bit in (0..32).rev() {
                inverse = Self::square(&inverse);
                if word >> bit & 1 == 1 {
                    inverse = Self::multiply(&inverse, a);
                }
            }
        }
        inverse
    }

    /// A number below 2^256, brought below the prime: one subtraction does, for both are above 2^255.
    #[must_use]
    fn reduce(a: &Words) -> Words {
        if is_below(a, &Self::MODULUS) { *a } else { less(a, &Self::MODULUS) }
    }
}

/// Modulo p.
#[derive(Clone, Copy, Debug)]
pub struct Field;

/// Modulo n.
#[derive(Clone, Copy, Debug)]
pub struct Order;

impl Prime for Field {
    const NAME: &'static str = "p";
    const MODULUS: Words = [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0, 0, 0, 1, 0xffff_ffff];

    fn multiply(a: &Words, b: &Words) -> Words {
        let mut out = p256_32::fiat_p256_montgomery_domain_field_element([0; 8]);
        p256_32::fiat_p256_mul(&mut out, &element(a), &element(b));
        out.0
    }

    fn square(a: &Words) -> Words {
        let mut out = element(a);
        p256_32::fiat_p256_square(&mut out, &element(a));
        out.0
    }

    fn add(a: &Words, b: &Words) -> Words {
        let mut out = element(a);
        p256_32::fiat_p256_add(&mut out, &element(a), &element(b));
        out.0
    }

    fn subtract(a: &Words, b: &Words) -> Words {
        let mut out = element(a);
        p256_32::fiat_p256_sub(&mut out, &element(a), &element(b));
        out.0
    }

    fn one() -> Words {
        let mut out = element(&[0; 8]);
        p256_32::fiat_p256_set_one(&mut out);
        out.0
    }
}

fn element(a: &Words) -> p256_32::fiat_p256_montgomery_domain_field_element {
    p256_32::fiat_p256_montgomery_domain_field_element(*a)
}

impl Prime for Order {
    const NAME: &'static str = "n";
    const MODULUS: Words =
        [0xfc63_2551, 0xf3b9_cac2, 0xa717_9e84, 0xbce6_faad, 0xffff_ffff, 0xffff_ffff, 0, 0xffff_ffff];

    fn multiply(a: &Words, b: &Words) -> Words {
        let mut out = scalar(a);
        p256_scalar_32::fiat_p256_scalar_mul(&mut out, &scalar(a), &scalar(b));
        out.0
    }

    fn square(a: &Words) -> Words {
        let mut out = scalar(a);
        p256_scalar_32::fiat_p256_scalar_square(&mut out, &scalar(a));
        out.0
    }

    fn add(a: &Words, b: &Words) -> Words {
        let mut out = scalar(a);
        p256_scalar_32::fiat_p256_scalar_add(&mut out, &scalar(a), &scalar(b));
        out.0
    }

    fn subtract(a: &Words, b: &Words) -> Words {
        let mut out = scalar(a);
        p256_scalar_32::fiat_p256_scalar_sub(&mut out, &scalar(a), &scalar(b));
        out.0
    }

    fn one() -> Words {
        let mut out = scalar(&[0; 8]);
        p256_scalar_32::fiat_p256_scalar_set_one(&mut out);
        out.0
    }
}

fn scalar(a: &Words) -> p256_scalar_32::fiat_p256_scalar_montgomery_domain_field_element {
    p256_scalar_32::fiat_p256_scalar_montgomery_domain_field_element(*a)
}

/// A small number.
pub(super) const fn small(number: u32) -> Words {
    [number, 0, 0, 0, 0, 0, 0, 0]
}

/// `a - b mod 2^256`.
pub(super) fn less(a: &Words, b: &Words) -> Words {
    more(&more(a, &b.map(|word| !word)), &small(1))
}

/// `a + b mod 2^256`.
pub(super) fn more(a: &Words, b: &Words) -> Words {
    let mut out = [0; 8];
    let mut carry = 0;
    for i in 0..8 {
        let sum = u64::from(a[i]) + u64::from(b[i]) + carry;
        out[i] = sum as u32;
        carry = sum >> 32;
    }
    out
}

/// Whether `a < b`.
pub(super) fn is_below(a: &Words, b: &Words) -> bool {
    a.iter().rev().lt(b.iter().rev())
}
