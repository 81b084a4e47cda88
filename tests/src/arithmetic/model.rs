//! The third opinion: integers of any size. It also tells how near a case comes to the edges.

use super::{Prime, Words};
use core::marker::PhantomData;
use num_bigint::BigUint;

/// What a result is before the last subtraction of the prime m, which takes place or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Before {
    /// Below m.
    Below,
    /// m at least, and yet below 2^256: one time in 2^32 by chance, and what no carry shows.
    Between,
    /// 2^256 at least.
    Above,
}

/// Arithmetic modulo a prime in Montgomery's form.
#[derive(Clone, Debug)]
pub struct Model<P> {
    modulus: BigUint,
    /// `-1 / modulus mod 2^256`.
    inverse: BigUint,
    power: BigUint,
    prime: PhantomData<P>,
}

impl<P: Prime> Model<P> {
    /// That of a prime.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "there is nothing default about a modulus")]
    pub fn new() -> Self {
        let modulus = number(&P::MODULUS);
        let power = BigUint::from(1u32) << 256;
        let inverse = &power - modulus.modinv(&power).expect("an odd number");
        Self { modulus, inverse, power, prime: PhantomData }
    }

    /// `a * b / 2^256`.
    #[must_use]
    pub fn multiply(&self, a: &Words, b: &Words) -> (Words, Before) {
        // Montgomery's reduction, all words at once: the multiple of the prime that clears the lower half is the same.
        let product = number(a) * number(b);
        let multiple = (&product % &self.power) * &self.inverse % &self.power;
        self.below((product + multiple * &self.modulus) >> 256)
    }

    /// `a + b`.
    #[must_use]
    pub fn add(&self, a: &Words, b: &Words) -> (Words, Before) {
        self.below(number(a) + number(b))
    }

    /// `a - b`.
    #[must_use]
    pub fn subtract(&self, a: &Words, b: &Words) -> Words {
        self.below((number(a) + &self.modulus - number(b)) % &self.modulus).0
    }

    fn below(&self, sum: BigUint) -> (Words, Before) {
        let before = if sum < self.modulus {
            Before::Below
        } else if sum < self.power {
            Before::Between
        } else {
            Before::Above
        };
        let sum = if before == Before::Below { sum } else { sum - &self.modulus };
        let mut words = [0; 8];
        let digits = sum.to_u32_digits();
        words[..digits.len()].copy_from_slice(&digits);
        (words, before)
    }
}

fn number(words: &Words) -> BigUint {
    BigUint::from_slice(words)
}
