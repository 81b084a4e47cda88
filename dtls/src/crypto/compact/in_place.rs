//! A result takes the place of what it is made of, as in `X = X * X`: formulas do so with any registers.

use super::{Compact, Curve, Fast, File, Halves, Space, Step, Words, ZERO, add, get, mul, run, set, sub};

/// Below both primes, each word unlike the others; sums and products that are reduced and that are not.
const NUMBERS: [Words; 4] = [
    [0xffff_ffff, 0x8000_0001, 3, 0xdead_beef, 5, 0xffff_0000, 7, 0xffff_fffe],
    [1, 0, 0xffff_ffff, 0x1234_5678, 0xffff_ffff, 0xffff_ffff, 0, 0xffff_fffe],
    [0x0f1e_2d3c, 0x4b5a_6978, 0x8796_a5b4, 0xc3d2_e1f0, 0x0123_4567, 0x89ab_cdef, 0xfedc_ba98, 0x7654_3210],
    [2, 0, 0, 0, 0, 0, 0, 0],
];

/// `a ? b` in a register of its own.
fn apart<C: Curve>(step: fn(u16, u16, u16) -> Step, a: &Words, b: &Words, space: Space) -> Words {
    let mut file = [ZERO; 8];
    set(&mut file, 1, a);
    set(&mut file, 2, b);
    run::<C>(&mut file, &[step(0, 1, 2)], space);
    *get(&file, 0)
}

fn check<C: Curve>() {
    let mut file: File = [ZERO; 8];
    for (register, number) in (0..).zip(NUMBERS.iter().cycle().take(8)) {
        set(&mut file, register, number);
    }
    for step in [mul, add, sub] {
        for space in [Space::Field, Space::Order] {
            for registers in 0..512u16 {
                let (to, a, b) = (registers >> 6, registers >> 3 & 7, registers & 7);
                let mut expected = file;
                set(&mut expected, to, &apart::<C>(step, get(&file, a), get(&file, b), space));
                let mut found = file;
                run::<C>(&mut found, &[step(to, a, b)], space);
                assert_eq!(found, expected, "{to} of {a} and {b}, {space:?}");
            }
        }
    }
}

#[test]
fn a_result_is_written_over_an_operand_that_is_still_read() {
    check::<Compact>();
    check::<Fast>();
    check::<Halves>();
}
