//! Points in Jacobian coordinates, (X / Z^2, Y / Z^3), and the product of a scalar and a point in a time that depends on neither.
//!
//! A scalar is recoded to bits of +1 and -1, which any odd number has: `k = s_0 + 2 s_1 + …`, the top one +1, and `s_i = 2 * bit(i + 1) - 1` below. An even
//! one is replaced by n - k, and the sign of all its digits with it. Digits made of such bits are odd, hence never zero: each step does the same. That no
//! addition meets equal or opposite points or infinity, which its formula could not add, for any k in [1, n - 1], is so for the three sizes used here, and
//! not for others; a test enumerates it (tests/curve_additions.rs).

use super::registers::{File, PX, PY, PZ, Step, T, U, X, Y, Z, add, get, mul, points, run, set, sub};
use super::words::{ONE, Words, ZERO, bit, difference, from_bytes, is_zero, mask, to_bytes};
use super::{Curve, Space};
use crate::crypto::Point;
use core::marker::PhantomData;
use zeroize::Zeroize;

/// Bits of a digit, for a point that is not known beforehand.
pub(super) const WINDOW: usize = 3;
/// Bits of a digit of the comb.
pub(super) const TEETH: usize = 4;
/// Steps of an inversion: one for each word of the exponent.
pub(super) const INVERSION: usize = 8;

/// `(X, Y, Z) = 2 (X, Y, Z)`: 8 products ("dbl-2001-b" of the Explicit-Formulas Database, of 2 Y). No point of prime order has y = 0; infinity stays.
#[rustfmt::skip]
pub(super) const DOUBLE: [Step; 18] = [
    mul(T, Z, Z), sub(U, X, T), add(T, X, T), mul(T, T, U), add(U, T, T), add(T, T, U), // 3 (X - Z^2) (X + Z^2)
    add(U, Y, Y), mul(Z, Z, U), mul(Y, Y, U), add(U, Y, Y), mul(Y, Y, U), mul(U, X, U), // 2 Y Z, 8 Y^4, 4 X Y^2
    mul(X, T, T), sub(X, X, U), sub(X, X, U), sub(U, U, X), mul(U, U, T), sub(Y, U, Y),
];

/// `(X, Y, Z) = (X, Y, Z) + (PX, PY, PZ)`: 16 products; without what [`MIXED`] leaves out, 11, for PZ = 1.
pub(super) const ADD: [Step; 23] = [
    mul(T, PZ, PZ),
    mul(X, X, T),
    mul(T, T, PZ),
    mul(Y, Y, T),
    mul(T, Z, Z),
    mul(PX, PX, T),
    mul(T, T, Z),
    mul(PY, PY, T),
    sub(PX, PX, X),
    sub(PY, PY, Y), // H, R
    mul(Z, Z, PX),
    mul(T, PX, PX),
    mul(PX, PX, T),
    mul(T, X, T), // H^3, V = X H^2
    mul(X, PY, PY),
    sub(X, X, PX),
    sub(X, X, T),
    sub(X, X, T), // R^2 - H^3 - 2 V
    sub(T, T, X),
    mul(T, T, PY),
    mul(PX, PX, Y),
    sub(Y, T, PX),
    mul(Z, Z, PZ),
];

/// The part of [`ADD`] up to H and R for PZ = 1, and the rest.
pub(super) const MIXED: (usize, usize, usize) = (4, 10, 22);

/// `PY = -PY`, made in T.
const NEGATE: [Step; 2] = [sub(T, PY, PY), sub(T, T, PY)];

/// `T = PY^2 - (PX^3 - 3 PX + b)`, with b in PZ.
const ON_CURVE: [Step; 8] = [
    mul(T, PX, PX),
    mul(T, T, PX),
    sub(T, T, PX),
    sub(T, T, PX),
    sub(T, T, PX),
    add(T, T, PZ),
    mul(U, PY, PY),
    sub(T, U, T),
];

/// Into Montgomery's form: PX and PY times PZ, the square of 2^256.
const ENTER: [Step; 2] = [mul(PX, PX, PZ), mul(PY, PY, PZ)];

/// To affine coordinates, and out of Montgomery's form, with 1 / Z in T and the number 1 in PX.
const AFFINE: [Step; 6] = [mul(U, T, T), mul(X, X, U), mul(X, X, PX), mul(U, U, T), mul(Y, Y, U), mul(Y, Y, PX)];

/// Reads the point of 65 bytes into PX, PY, and a Z of one into PZ; false: not uncompressed, a coordinate not below the prime, or not on the curve (SEC 1
/// 3.2.2.1). Infinity has no such form (2.3.3). The order being prime, a point of the curve is in the group.
#[inline(never)]
pub(super) fn read_point<C: Curve>(file: &mut File, point: &Point) -> bool {
    let [0x04, rest @ ..] = point else {
        return false;
    };
    let (coordinates, _) = rest.as_chunks::<32>();
    for (index, bytes) in (PX..).zip(coordinates) {
        let words = from_bytes(bytes);
        if !difference(&words, &C::modulus(Space::Field).words).1 {
            return false;
        }
        set(file, index, &words);
    }
    set(file, PZ, &C::modulus(Space::Field).square);
    run::<C>(file, &ENTER, Space::Field);
    set(file, PZ, &C::B);
    run::<C>(file, &ON_CURVE, Space::Field);
    set(file, PZ, &C::modulus(Space::Field).one);
    is_zero(get(file, T))
}

/// A step of `T = 1 / Z`, by Fermat: to the power of the prime less two, a word of the exponent a step; `left` counts from 8 down to 1. Of zero it is zero.
/// PX and PY have the square and the cube of Z, so that two bits of the exponent are one product.
#[inline(never)]
pub(super) fn invert_step<C: Curve>(file: &mut File, left: usize, space: Space) {
    let modulus = C::modulus(space);
    if left == INVERSION {
        set(file, T, &modulus.one);
        run::<C>(file, &[mul(PX, Z, Z), mul(PY, PX, Z)], space);
    }
    let word = modulus.words.get(left.wrapping_sub(1)).copied().unwrap_or(0);
    // Two less: of no modulus is the lowest word less than two.
    let word = if left == 1 { word.wrapping_sub(2) } else { word };
    for shift in (0..32).step_by(2).rev() {
        let digit = (word >> shift & 3) as u16;
        let program = [mul(T, T, T), mul(T, T, T), mul(T, T, Z - 1 + digit)];
        let len = if digit == 0 { 2 } else { 3 };
        run::<C>(file, program.get(..len).unwrap_or_default(), space);
    }
}

/// `PY = -PY` where `negative` is all ones; it is that, or zero.
#[inline(never)]
pub(super) fn negate<C: Curve>(file: &mut File, negative: u32, space: Space) {
    run::<C>(file, &NEGATE, space);
    let [_, _, _, _, y, _, other, _] = file;
    for (to, from) in y.iter_mut().zip(other) {
        *to ^= (*to ^ *from) & negative;
    }
}

/// Makes X and Y affine, and takes them out of Montgomery's form; T is 1 / Z, or zero for infinity, which X and Y then are too.
#[inline(never)]
pub(super) fn finish<C: Curve>(file: &mut File) {
    set(file, PX, &ONE);
    run::<C>(file, &AFFINE, Space::Field);
}

/// The product of a scalar and a point, under way: 680 bytes, wiped when dropped.
///
/// It is made by steps of about the same length: the digits of the scalar, and the words of the exponent that inverts Z.
pub(super) struct Product<C> {
    pub(super) file: File,
    /// The odd multiples of the point: 1, 3, 5, 7.
    table: [[Words; 3]; 4],
    /// The scalar, or the order less it: odd.
    pub(super) scalar: Words,
    /// All ones where it is the order less the scalar.
    pub(super) flip: u32,
    /// Whether the digits are the comb's.
    comb: bool,
    /// How many steps there are still.
    pub(super) left: usize,
    curve: PhantomData<C>,
}

impl<C: Curve> Product<C> {
    pub(super) const EMPTY: Self = Self {
        file: [ZERO; 8],
        table: [[ZERO; 3]; 4],
        scalar: ZERO,
        flip: 0,
        comb: false,
        left: 0,
        curve: PhantomData,
    };

    /// Begins a multiple of the base point; `scalar` is in [1, n - 1].
    pub(super) fn of_base(&mut self, scalar: &Words) {
        if C::COMB.is_some() {
            self.recode(scalar);
            self.comb = true;
            self.left = INVERSION + C::BITS / TEETH;
            set(&mut self.file, PZ, &C::modulus(Space::Field).one);
        } else {
            let [x, y] = C::G;
            set(&mut self.file, PX, &x);
            set(&mut self.file, PY, &y);
            set(&mut self.file, PZ, &C::modulus(Space::Field).one);
            self.of_loaded(scalar);
        }
    }

    /// Begins a multiple of the point in PX, PY, PZ.
    pub(super) fn of_loaded(&mut self, scalar: &Words) {
        self.tabulate();
        self.recode(scalar);
        self.comb = false;
        self.left = INVERSION + C::BITS.div_ceil(WINDOW);
    }

    /// Makes the scalar odd.
    #[inline(never)]
    fn recode(&mut self, scalar: &Words) {
        self.flip = mask(!bit(scalar, 0) & 1);
        set(&mut self.file, PY, scalar);
        negate::<C>(&mut self.file, self.flip, Space::Order);
        self.scalar = *get(&self.file, PY);
    }

    /// Fills the table with P, 3P, 5P, 7P. What is added is 2P, of which no odd multiple this small is another form.
    #[inline(never)]
    fn tabulate(&mut self) {
        let [first, rest @ ..] = &mut self.table;
        let mut double = [ZERO; 3];
        if let Some((sum, point)) = points(&mut self.file) {
            first.copy_from_slice(point);
            sum.copy_from_slice(point);
        }
        run::<C>(&mut self.file, &DOUBLE, Space::Field);
        if let Some((sum, _)) = points(&mut self.file) {
            double.copy_from_slice(sum);
        }
        for entry in rest {
            run::<C>(&mut self.file, &ADD, Space::Field);
            if let Some((sum, point)) = points(&mut self.file) {
                entry.copy_from_slice(sum);
                point.copy_from_slice(&double);
            }
        }
    }

    /// One step; false: it was the last.
    pub(super) fn step(&mut self) -> bool {
        match self.left.checked_sub(INVERSION + 1) {
            Some(digit) => self.digit(digit),
            None => invert_step::<C>(&mut self.file, self.left, Space::Field),
        }
        self.left = self.left.saturating_sub(1);
        self.left != 0
    }

    /// Adds digit `index`.
    #[inline(never)]
    fn digit(&mut self, index: usize) {
        let comb = C::COMB.is_some() && self.comb;
        let (digits, bits, first, apart) = if comb {
            (C::BITS / TEETH, TEETH, index, C::BITS / TEETH)
        } else {
            (C::BITS.div_ceil(WINDOW), WINDOW, index * WINDOW, 1)
        };
        let top = index == digits - 1;
        if !top {
            for _ in 0..if comb { 1 } else { WINDOW } {
                run::<C>(&mut self.file, &DOUBLE, Space::Field);
            }
        }
        let mut digit = 0;
        let mut negative = 0;
        for tooth in 0..bits {
            let at = first + tooth * apart;
            // The sign of the top bit is that of the digit.
            negative = if at + 1 == digits * bits { 1 } else { bit(&self.scalar, at + 1) };
            digit |= negative << tooth;
        }
        let negative = mask(negative ^ 1);
        let digit = (digit ^ negative) & ((1 << (bits - 1)) - 1);
        match C::COMB {
            Some(table) if comb => choose(&mut self.file, table.as_flattened(), 2, digit),
            _ => choose(&mut self.file, self.table.as_flattened(), 3, digit),
        }
        negate::<C>(&mut self.file, negative ^ self.flip, Space::Field);
        if top {
            if let Some((sum, point)) = points(&mut self.file) {
                sum.copy_from_slice(point);
            }
        } else {
            let (start, _, end) = MIXED;
            let mixed = if comb { ADD.get(start..end).unwrap_or_default() } else { &ADD };
            run::<C>(&mut self.file, mixed, Space::Field);
        }
    }

    /// Writes the point.
    pub(super) fn write(&self, point: &mut Point) {
        let (first, rest) = point.split_at_mut(1);
        first.fill(0x04);
        let (coordinates, _) = rest.as_chunks_mut::<32>();
        for (bytes, words) in coordinates.iter_mut().zip(&self.file) {
            to_bytes(words, bytes);
        }
    }
}

impl<C> Drop for Product<C> {
    fn drop(&mut self) {
        self.file.as_flattened_mut().zeroize();
        self.table.as_flattened_mut().as_flattened_mut().zeroize();
        self.scalar.zeroize();
    }
}

/// Writes entry `digit` of a table of points, of `size` numbers each, to PX, PY and, if it has three, PZ. The table is read whole.
#[inline(never)]
fn choose(file: &mut File, table: &[Words], size: usize, digit: u32) {
    let registers = file.get_mut(usize::from(PX)..).and_then(|file| file.get_mut(..size)).unwrap_or_default();
    let words = registers.as_flattened_mut();
    words.fill(0);
    let mut rest = table.as_flattened();
    let mut index = 0;
    while let Some((entry, more)) = rest.split_at_checked(words.len()) {
        if entry.is_empty() { return; }
        // All ones for the entry, zero for others: of equal numbers alone is the difference, less one, negative.
        let here = mask((index ^ digit).wrapping_sub(1) >> 31);
        for (to, from) in words.iter_mut().zip(entry) {
            *to |= from & here;
        }
        (rest, index) = (more, index + 1);
    }
}
