//! The routines modulo each prime, ours and fiat-crypto's, in one form.

use fiat_crypto::p256_32::{self as p, fiat_p256_montgomery_domain_field_element as Element};
use fiat_crypto::p256_scalar_32::{self as n, fiat_p256_scalar_montgomery_domain_field_element as Scalar};
use stint_dtls::crypto::compact::Arithmetic;
use stint_dtls::crypto::compact::arithmetic as ours;

/// A number: eight words, the least significant first, in Montgomery's form.
pub(crate) type Words = [u32; 8];

type Two = fn(&Words, &Words) -> Words;
type One = fn(&Words) -> Words;

/// What both have.
pub(crate) struct Routines {
    pub(crate) multiply: Two,
    pub(crate) add: Two,
    pub(crate) subtract: Two,
}

/// A prime and the routines modulo it.
pub(crate) struct Prime {
    pub(crate) ours: Routines,
    /// Ours.
    pub(crate) invert: One,
    pub(crate) fiats: Routines,
    /// fiat-crypto's.
    pub(crate) square: One,
    one: Words,
    less_two: Words,
}

impl Prime {
    /// One divided by a number, by Fermat and with fiat-crypto's products alone; zero of zero.
    pub(crate) fn inverse(&self, a: &Words) -> Words {
        let mut inverse = self.one;
        for word in self.less_two.iter().rev() {
            for bit in (0..32).rev() {
                inverse = (self.square)(&inverse);
                if word >> bit & 1 == 1 {
                    inverse = (self.fiats.multiply)(&inverse, a);
                }
            }
        }
        inverse
    }
}

/// Modulo p.
pub(crate) fn field<A: Arithmetic>() -> Prime {
    let mut one = Element([0; 8]);
    p::fiat_p256_set_one(&mut one);
    Prime {
        ours: Routines { multiply: ours::multiply_p::<A>, add: ours::add_p::<A>, subtract: ours::sub_p::<A> },
        invert: ours::invert_p::<A>,
        fiats: Routines {
            multiply: |a, b| result(|out| p::fiat_p256_mul(out, &Element(*a), &Element(*b))),
            add: |a, b| result(|out| p::fiat_p256_add(out, &Element(*a), &Element(*b))),
            subtract: |a, b| result(|out| p::fiat_p256_sub(out, &Element(*a), &Element(*b))),
        },
        square: |a| result(|out| p::fiat_p256_square(out, &Element(*a))),
        one: one.0,
        less_two: [0xffff_fffd, 0xffff_ffff, 0xffff_ffff, 0, 0, 0, 1, 0xffff_ffff],
    }
}

fn result(compute: impl FnOnce(&mut Element)) -> Words {
    let mut out = Element([0; 8]);
    compute(&mut out);
    out.0
}

/// Modulo n.
pub(crate) fn order<A: Arithmetic>() -> Prime {
    let mut one = Scalar([0; 8]);
    n::fiat_p256_scalar_set_one(&mut one);
    Prime {
        ours: Routines { multiply: ours::multiply_n::<A>, add: ours::add_n::<A>, subtract: ours::sub_n::<A> },
        invert: ours::invert_n::<A>,
        fiats: Routines {
            multiply: |a, b| scalar(|out| n::fiat_p256_scalar_mul(out, &Scalar(*a), &Scalar(*b))),
            add: |a, b| scalar(|out| n::fiat_p256_scalar_add(out, &Scalar(*a), &Scalar(*b))),
            subtract: |a, b| scalar(|out| n::fiat_p256_scalar_sub(out, &Scalar(*a), &Scalar(*b))),
        },
        square: |a| scalar(|out| n::fiat_p256_scalar_square(out, &Scalar(*a))),
        one: one.0,
        less_two: [0xfc63_254f, 0xf3b9_cac2, 0xa717_9e84, 0xbce6_faad, 0xffff_ffff, 0xffff_ffff, 0, 0xffff_ffff],
    }
}

fn scalar(compute: impl FnOnce(&mut Scalar)) -> Words {
    let mut out = Scalar([0; 8]);
    compute(&mut out);
    out.0
}
