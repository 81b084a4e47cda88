//! Points in Jacobian coordinates, (X / Z^2, Y / Z^3): their formulas, the way in and the way out.

use super::{
    Curve, File, ONE, PX, PY, PZ, Space, Step, T, U, X, Y, Z, add, get, is_less, is_zero, mul, read, run, set, sub,
    to_bytes,
};
use crate::crypto::Point;

/// Steps of an inversion: one for each word of the exponent.
pub(super) const INVERSION: usize = 8;

/// `(X, Y, Z) = 2 (X, Y, Z)`: 8 products ("dbl-2001-b" of the Explicit-Formulas Database, of 2 Y). No point of prime order has y = 0; infinity stays.
#[rustfmt::skip]
pub(super) static DOUBLE: [Step; 18] = [
    mul(T, Z, Z), sub(U, X, T), add(T, X, T), mul(T, T, U), add(U, T, T), add(T, T, U), // 3 (X - Z^2) (X + Z^2)
    add(U, Y, Y), mul(Z, Z, U), mul(Y, Y, U), add(U, Y, Y), mul(Y, Y, U), mul(U, X, U), // 2 Y Z, 8 Y^4, 4 X Y^2
    mul(X, T, T), sub(X, X, U), sub(X, X, U), sub(U, U, X), mul(U, U, T), sub(Y, U, Y),
];

/// `(X, Y, Z) = (X, Y, Z) + (PX, PY, PZ)`, which are neither equal nor opposite, nor infinity: 16 products.
pub(super) static ADD: [Step; 23] = [
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

/// [`ADD`] for PZ = 1: 11 products.
pub(super) const MIXED: &[Step] = part(4, 22);
/// Its start: the differences of x and of y, H in PX and R in PY, for the same Z. X, Y and Z are as they were.
pub(super) const MEET: &[Step] = part(4, 10);
/// Its rest.
pub(super) const JOIN: &[Step] = part(10, 22);

const fn part(start: usize, end: usize) -> &'static [Step] {
    let (head, _) = ADD.split_at(end);
    head.split_at(start).1
}

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

/// The square and the cube of Z.
static CUBE: [Step; 2] = [mul(PX, Z, Z), mul(PY, PX, Z)];

/// T to the power of four, times Z to the power of 0, 1, 2, 3.
static POWERS: [&[Step]; 4] = [
    &[mul(T, T, T), mul(T, T, T)],
    &[mul(T, T, T), mul(T, T, T), mul(T, T, Z)],
    &[mul(T, T, T), mul(T, T, T), mul(T, T, PX)],
    &[mul(T, T, T), mul(T, T, T), mul(T, T, PY)],
];

/// To affine coordinates, and out of Montgomery's form, with 1 / Z in T and the number 1 in PX. Then a product of zeros, so that what the last one had in
/// hand is on the stack no more.
const AFFINE: [Step; 8] =
    [mul(U, T, T), mul(X, X, U), mul(X, X, PX), mul(U, U, T), mul(Y, Y, U), mul(Y, Y, PX), sub(U, U, U), mul(U, U, U)];

/// Reads the point of 65 bytes into PX, PY, and a Z of one into PZ; false: not uncompressed, a coordinate not below the prime, or not on the curve (SEC 1
/// 3.2.2.1). Infinity has no such form (2.3.3). The order being prime, a point of the curve is in the group.
#[inline(never)]
pub(super) fn read_point<C: Curve>(file: &mut File, point: &Point) -> bool {
    let [0x04, rest @ ..] = point else {
        return false;
    };
    let (coordinates, _) = rest.as_chunks::<32>();
    for (index, bytes) in (PX..).zip(coordinates) {
        let Some(words) = file.get_mut(usize::from(index)) else {
            return false;
        };
        read(bytes, words);
        if !is_less(words, &C::modulus(Space::Field).words) {
            return false;
        }
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
        run::<C>(file, &CUBE, space);
    }
    let word = modulus.words.get(left.wrapping_sub(1)).copied().unwrap_or(0);
    // Two less: of no modulus is the lowest word less than two.
    let word = if left == 1 { word.wrapping_sub(2) } else { word };
    for shift in (0..32).step_by(2).rev() {
        run::<C>(file, POWERS.get((word >> shift & 3) as usize).copied().unwrap_or_default(), space);
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

/// Writes X and Y, finished, as 64 bytes.
#[inline(never)]
pub(super) fn write(file: &File, bytes: &mut [u8]) {
    let (coordinates, _) = bytes.as_chunks_mut::<32>();
    for (bytes, words) in coordinates.iter_mut().zip(file) {
        to_bytes(words, bytes);
    }
}
