//! The routines of the field and of the order, for comparison with other implementations. For tests only: nothing here is promised.
//!
//! Numbers are eight words, the least significant first, in Montgomery's form with 2^256, below the prime.

use super::{
    Arithmetic, Curve, File, INVERSION, Space, Step, T, Words, Z, ZERO, add, get, invert_step, mul, run, set, sub,
};

/// Bits of a digit of a scalar, for a point that is not known beforehand.
pub const WINDOW: usize = super::WINDOW;

/// Bits of a digit of a scalar, for the base point; they are as far apart as there are digits.
pub const TEETH: usize = super::TEETH;

/// `a * b / 2^256 mod p`.
#[must_use]
pub fn multiply_p<A: Arithmetic>(a: &Words, b: &Words) -> Words {
    once::<A>(mul(T, T, Z), a, b, Space::Field)
}

/// `a + b mod p`.
#[must_use]
pub fn add_p<A: Arithmetic>(a: &Words, b: &Words) -> Words {
    once::<A>(add(T, T, Z), a, b, Space::Field)
}

/// `a - b mod p`.
#[must_use]
pub fn sub_p<A: Arithmetic>(a: &Words, b: &Words) -> Words {
    once::<A>(sub(T, T, Z), a, b, Space::Field)
}

/// `1 / a mod p`; of zero, zero.
#[must_use]
pub fn invert_p<A: Arithmetic>(a: &Words) -> Words {
    invert::<A>(a, Space::Field)
}

/// `a * b / 2^256 mod n`.
#[must_use]
pub fn multiply_n<A: Arithmetic>(a: &Words, b: &Words) -> Words {
    once::<A>(mul(T, T, Z), a, b, Space::Order)
}

/// `a + b mod n`.
#[must_use]
pub fn add_n<A: Arithmetic>(a: &Words, b: &Words) -> Words {
    once::<A>(add(T, T, Z), a, b, Space::Order)
}

/// `a - b mod n`.
#[must_use]
pub fn sub_n<A: Arithmetic>(a: &Words, b: &Words) -> Words {
    once::<A>(sub(T, T, Z), a, b, Space::Order)
}

/// `1 / a mod n`; of zero, zero.
#[must_use]
pub fn invert_n<A: Arithmetic>(a: &Words) -> Words {
    invert::<A>(a, Space::Order)
}

fn invert<C: Curve>(a: &Words, space: Space) -> Words {
    let mut file: File = [ZERO; 8];
    set(&mut file, Z, a);
    for left in (1..=INVERSION).rev() {
        invert_step::<C>(&mut file, left, space);
    }
    *get(&file, T)
}

fn once<C: Curve>(step: Step, a: &Words, b: &Words, space: Space) -> Words {
    let mut file: File = [ZERO; 8];
    set(&mut file, T, a);
    set(&mut file, Z, b);
    run::<C>(&mut file, &[step], space);
    *get(&file, T)
}
