//! A file of eight registers, and formulas as programs over it: two bytes a step, however large what a step does.

use super::{Curve, Modulo, Register, Space, Words, ZERO, register};
use core::cell::Cell;

/// Eight numbers.
pub(super) type File = [Words; 8];

/// The register of X of the sum that grows.
pub(super) const X: u16 = 0;
/// Of its Y.
pub(super) const Y: u16 = 1;
/// Of its Z.
pub(super) const Z: u16 = 2;
/// Of X of the point that is added.
pub(super) const PX: u16 = 3;
/// Of its Y.
pub(super) const PY: u16 = 4;
/// Of its Z.
pub(super) const PZ: u16 = 5;
/// Free for use.
pub(super) const T: u16 = 6;
/// Free for use.
pub(super) const U: u16 = 7;

/// A step: what it does, in which register the result goes, of which two it is made.
pub(super) type Step = u16;

/// `to = a * b`.
pub(super) const fn mul(to: u16, a: u16, b: u16) -> Step {
    to << 6 | a << 3 | b
}

/// `to = a + b`.
pub(super) const fn add(to: u16, a: u16, b: u16) -> Step {
    ADD | mul(to, a, b)
}

/// `to = a - b`.
pub(super) const fn sub(to: u16, a: u16, b: u16) -> Step {
    SUB | mul(to, a, b)
}

const ADD: u16 = 1 << 9;
const SUB: u16 = 2 << 9;

/// Runs `program` modulo the prime of the field, or of the order.
#[inline(never)]
pub(super) fn run<C: Curve>(file: &mut File, program: &[Step], space: Space) {
    let modulus = C::modulus(space);
    let mut words = modulus.words;
    let modulo = Modulo { space, words: register(&mut words), inverse: modulus.inverse };
    let file = Cell::from_mut(file).as_array_of_cells();
    for step in program {
        let (Some(to), Some(a), Some(b)) = (at(file, step >> 6), at(file, step >> 3), at(file, *step)) else {
            return;
        };
        match step & (ADD | SUB) {
            0 => C::multiply(to, a, b, &modulo),
            ADD => C::add(to, a, b, &modulo),
            _ => C::subtract(to, a, b, &modulo),
        }
    }
}

#[inline(always)]
fn at(file: &[Cell<Words>; 8], index: u16) -> Option<&Register> {
    file.get(usize::from(index & 7)).map(Cell::as_array_of_cells)
}

/// Register `index mod 8`.
#[inline(always)]
pub(super) fn get(file: &File, index: u16) -> &Words {
    file.get(usize::from(index & 7)).unwrap_or(&ZERO)
}

/// Writes register `index mod 8`.
#[inline(always)]
pub(super) fn set(file: &mut File, index: u16, words: &Words) {
    if let Some(register) = file.get_mut(usize::from(index & 7)) {
        *register = *words;
    }
}

/// X, Y, Z, and PX, PY, PZ.
#[inline(always)]
pub(super) fn points(file: &mut File) -> Option<(&mut [Words; 3], &mut [Words; 3])> {
    match file.as_chunks_mut() {
        ([sum, point], _) => Some((sum, point)),
        _ => None,
    }
}
