//! The sum of two products, `a G + b Q`, for verifying a signature: nothing in it is secret, and all of it may be an attacker's.

use super::{
    Curve, DOUBLE, File, INVERSION, JOIN, MEET, PX, PY, PZ, Space, Step, T, U, Words, X, Y, Z, ZERO, add, bit, get,
    invert_step, is_less, is_zero, minus, mul, negate, points, read_point, register, run, set, sub,
};
use crate::crypto::Point;
use core::marker::PhantomData;

/// A scalar in the form of digits -1, 0, 1 of which no two neighbours are both not zero: digit i is the difference of bit i of the scalar's one and a
/// half and bit i of its half (H. Prodinger 2000).
#[derive(Clone)]
struct Sparse {
    half: Words,
    more: [u32; 9],
}

impl Sparse {
    const EMPTY: Self = Self { half: ZERO, more: [0; 9] };

    #[inline(never)]
    fn of(&mut self, scalar: &Words) {
        let mut above = 0;
        for (half, word) in self.half.iter_mut().zip(scalar).rev() {
            *half = word >> 1 | above << 31;
            above = word & 1;
        }
        let mut carry = false;
        let [more @ .., last] = &mut self.more;
        for ((more, word), half) in more.iter_mut().zip(scalar).zip(&self.half) {
            (*more, carry) = word.carrying_add(*half, carry);
        }
        *last = u32::from(carry);
    }

    /// Digit `index` is not zero; whether it is negative.
    fn digit(&self, index: usize) -> Option<bool> {
        let (more, half) = (bit(&self.more, index), bit(&self.half, index));
        (more != half).then_some(half == 1)
    }
}

/// `e / s * G + r / s * Q`, under way, and whether its x coordinate is r: the signature of FIPS 186-5 6.4.2.
pub(super) struct Both<C> {
    file: File,
    factors: [Sparse; 2],
    key: [Words; 2],
    r: Words,
    left: usize,
    curve: PhantomData<C>,
}

impl<C: Curve> Both<C> {
    pub(super) const EMPTY: Self =
        Self { file: [ZERO; 8], factors: [Sparse::EMPTY; 2], key: [ZERO; 2], r: ZERO, left: 0, curve: PhantomData };

    /// Steps: an inversion modulo the order, and the digits.
    const STEPS: usize = INVERSION + C::BITS + 1;

    /// Begins with the digest and r and s in [1, n - 1]; false: `key` is no point.
    pub(super) fn start(&mut self, digest: &Words, r: &Words, s: &Words, key: &Point) -> bool {
        if !read_point::<C>(&mut self.file, key) {
            return false;
        }
        self.key = [*get(&self.file, PX), *get(&self.file, PY)];
        self.r = *r;
        self.left = Self::STEPS;
        set(&mut self.file, X, r);
        set(&mut self.file, Y, digest);
        set(&mut self.file, Z, s);
        set(&mut self.file, PZ, &C::modulus(Space::Order).square);
        run::<C>(&mut self.file, &[mul(Z, Z, PZ)], Space::Order);
        true
    }

    /// How many steps there are still.
    pub(super) const fn left(&self) -> usize {
        self.left
    }

    /// One step; false: it was the last.
    pub(super) fn step(&mut self) -> bool {
        let digits = C::BITS + 1;
        self.left = self.left.saturating_sub(1);
        match self.left.checked_sub(digits) {
            Some(left) => {
                invert_step::<C>(&mut self.file, left + 1, Space::Order);
                if left == 0 {
                    self.split();
                }
            }
            None => self.digit(self.left),
        }
        self.left != 0
    }

    /// The factors, from 1 / s in T; the sum starts as infinity.
    #[inline(never)]
    fn split(&mut self) {
        run::<C>(&mut self.file, &[sub(Z, Z, Z), add(Y, Y, Z), mul(Y, Y, T), mul(X, X, T)], Space::Order);
        let [of_key, of_base, ..] = &self.file;
        let [base, key] = &mut self.factors;
        base.of(of_base);
        key.of(of_key);
        set(&mut self.file, PZ, &C::modulus(Space::Field).one);
    }

    /// Doubles, and adds what digit `index` of each factor says.
    #[inline(never)]
    fn digit(&mut self, index: usize) {
        run::<C>(&mut self.file, &DOUBLE, Space::Field);
        for (factor, [x, y]) in self.factors.iter().zip([&C::G, &self.key]) {
            if let Some(negative) = factor.digit(index) {
                set(&mut self.file, PX, x);
                set(&mut self.file, PY, y);
                if negative {
                    negate::<C>(&mut self.file, u32::MAX, Space::Field);
                }
                add_any::<C>(&mut self.file);
            }
        }
    }

    /// Whether the x coordinate of the sum, modulo the order, is r; all steps were done.
    ///
    /// x is r, or r and the order, if that is below p: `X = x Z^2` is compared, which takes no inversion. Of infinity that would hold for any x.
    pub(super) fn holds(&mut self) -> bool {
        let file = &mut self.file;
        let [field, order] = [C::modulus(Space::Field), C::modulus(Space::Order)];
        set(file, PX, &self.r);
        set(file, PY, &order.words);
        set(file, PZ, &field.square);
        run::<C>(file, &COMPARE, Space::Field);
        let (mut gap, mut of_order) = (field.words, order.words);
        let to = register(&mut gap);
        minus(to, to, register(&mut of_order));
        let more = is_less(&self.r, &gap);
        !is_zero(get(file, Z)) && (is_zero(get(file, T)) || more && is_zero(get(file, U)))
    }
}

/// `T = X - r Z^2`, `U = X - (r + n) Z^2`; r in PX and n in PY, the square of 2^256 in PZ.
const COMPARE: [Step; 7] =
    [mul(Y, Z, Z), mul(PX, PX, PZ), mul(PX, PX, Y), sub(T, X, PX), mul(PY, PY, PZ), mul(PY, PY, Y), sub(U, T, PY)];

/// `(X, Y, Z) = (X, Y, Z) + (PX, PY, 1)`, whatever they are: an attacker may choose a key, and numbers, so that any case is met.
#[inline(never)]
fn add_any<C: Curve>(file: &mut File) {
    if is_zero(get(file, Z)) {
        if let Some((sum, point)) = points(file) {
            sum.copy_from_slice(point);
        }
        return;
    }
    run::<C>(file, MEET, Space::Field);
    if is_zero(get(file, PX)) && is_zero(get(file, PY)) {
        // The same point: X, Y and Z are as they were.
        run::<C>(file, &DOUBLE, Space::Field);
    } else {
        // Of opposite points Z becomes zero by the formula: infinity.
        run::<C>(file, JOIN, Space::Field);
    }
}

#[cfg(test)]
mod tests {
    use super::super::plus;
    use super::*;

    #[test]
    fn a_digit_has_a_neighbour_that_is_not_zero() {
        // Binary digits would give the same sum, by half as many additions more.
        for scalar in [[0x8000_0000; 8], [u32::MAX; 8], [0xdead_beef; 8], [0xb777_7776; 8], [0x8000_0001; 8]] {
            let mut sparse = Sparse::EMPTY;
            sparse.of(&scalar);
            // from the top: the sum modulo 2^256
            let (mut sum, mut before) = (ZERO, None);
            for digit in (0..=256).rev().map(|index| sparse.digit(index)) {
                assert!(digit.is_none() || before.is_none(), "{scalar:x?}");
                before = digit;
                let mut twice = sum;
                let mut other = [u32::from(digit.is_some()), 0, 0, 0, 0, 0, 0, 0];
                let (to, other) = (register(&mut sum), register(&mut other));
                plus(to, to, register(&mut twice), u32::MAX);
                match digit {
                    Some(true) => minus(to, to, other),
                    _ => plus(to, to, other, u32::MAX),
                };
            }
            assert_eq!(sum, scalar);
        }
    }
}
