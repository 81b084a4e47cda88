//! A file of eight registers, and formulas as programs over it: two bytes a step, however large what a step does.

use super::words::{Words, ZERO};
use super::{Curve, Space};

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
    for step in program {
        let (a, b) = (get(file, step >> 3), get(file, *step));
        let result = match step & (ADD | SUB) {
            0 => C::multiply(a, b, space),
            ADD => C::add(a, b, space),
            _ => C::subtract(a, b, space),
        };
        set(file, step >> 6, &result);
    }
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
