//! The replay window against a set of all numbers seen (RFC 6347 4.1.2.6), in every order of numbers at its edges.

extern crate std;
use super::{SEQUENCE_END, Window};
use std::vec::Vec;
use std::{assert_eq, println};

/// What the window stands for: which of the numbers tried were seen.
#[derive(Clone, Copy)]
struct Model<'n> {
    numbers: &'n [u64],
    seen: u32,
}

impl Model<'_> {
    fn highest(&self) -> Option<u64> {
        let seen = self.numbers.iter().enumerate().filter(|(index, _)| self.seen >> index & 1 == 1);
        seen.map(|(_, number)| *number).max()
    }

    /// Never seen, and one of the 64 that end with the highest seen, or above it.
    fn is_new(&self, index: usize) -> bool {
        self.seen >> index & 1 == 0 && self.highest().is_none_or(|highest| self.numbers[index] + 64 > highest)
    }
}

/// Tries every number after every order of `left` numbers that are taken. What is refused changes nothing, so that no order goes on from it.
fn walk(window: Window, model: Model<'_>, left: usize, cases: &mut u64) {
    for (index, number) in model.numbers.iter().enumerate() {
        *cases += 1;
        let new = model.is_new(index);
        assert_eq!(window.check(*number), new, "{number} after {:#b} of {:?}", model.seen, model.numbers);
        if new && left > 0 {
            let (mut moved, seen) = (window, model.seen | 1 << index);
            moved.update(*number);
            // As it is stored over a sleep.
            walk(Window::from_bytes(moved.bytes()), Model { seen, ..model }, left - 1, cases);
        }
    }
}

#[test]
fn some_order_of_numbers_at_the_edges_of_the_window_is_taken_wrong() {
    let mut cases = 0;
    let around = |at: u64| [at - 129, at - 128, at - 127, at - 65, at - 64, at - 63, at - 62, at - 1, at];
    let first = [0, 1, 2, 62, 63, 64, 65, 66, 127, 128, 129];
    walk(Window::EMPTY, Model { numbers: &first, seen: 0 }, 7, &mut cases);
    // The last number that there is; the carry out of 32 bits; the places of a bit in the bytes of the window.
    for top in [SEQUENCE_END - 1, (1 << 32) + 1, 1 << 32, 200, 201, 207, 208, 4_095, 4_096] {
        let numbers: Vec<u64> = [0].into_iter().chain(around(top)).collect();
        walk(Window::EMPTY, Model { numbers: &numbers, seen: 0 }, 5, &mut cases);
    }
    println!("replay window: {cases} numbers tried, each after every order of up to 7 others");
}

#[test]
fn some_order_of_neighbours_is_taken_wrong() {
    let mut cases = 0;
    for first in [0, 57, 60, 1 << 20, SEQUENCE_END - 8] {
        let numbers: Vec<u64> = (first..first + 8).collect();
        walk(Window::EMPTY, Model { numbers: &numbers, seen: 0 }, 8, &mut cases);
    }
    println!("replay window: {cases} numbers tried, each after every order of up to 8 neighbours");
}

#[test]
fn a_jump_of_some_width_forgets_or_keeps_too_much() {
    let mut cases = 0u32;
    for jump in 1..=200 {
        for start in 0..=70 {
            let mut window = Window::EMPTY;
            (0..=start).for_each(|number| window.update(number));
            window.update(start + jump);
            for number in 0..=start + jump + 1 {
                let seen = number <= start || number == start + jump;
                let old = number + 64 <= start + jump;
                assert_eq!(window.check(number), !seen && !old, "{number} after 0 to {start} and {jump} more");
                cases += 1;
            }
        }
    }
    println!("replay window: {cases} numbers tried after jumps by 1 to 200");
}

#[test]
fn a_shut_window_lets_a_number_in() {
    for number in [0, 1, 63, 64, SEQUENCE_END - 65, SEQUENCE_END - 64, SEQUENCE_END - 1] {
        assert!(!Window::SHUT.check(number), "{number}");
    }
    assert!(Window::SHUT.is_shut() && !Window::EMPTY.is_shut());
    // One that has seen the last number is at its end all the same.
    let mut last = Window::EMPTY;
    last.update(SEQUENCE_END - 2);
    assert!(!last.is_shut() && last.check(SEQUENCE_END - 1));
}

#[cfg(feature = "soft")]
#[test]
fn a_record_that_is_to_be_protected_goes_out_without_keys() {
    use super::Channel;
    use crate::crypto::soft::Aes128Ccm8;
    use crate::wire::ContentType;
    let mut channel = Channel::EMPTY;
    let mut out = [b'x'; 64];
    let sealed = channel.seal(&mut Aes128Ccm8, &mut out, ContentType::APPLICATION_DATA, 8, true);
    assert_eq!((sealed, channel.sealed(), out), (None, 0, [b'x'; 64]));
}
