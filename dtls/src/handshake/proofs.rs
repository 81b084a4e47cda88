//! Reassembly against a byte-by-byte model: every sequence of fragments, of short messages (RFC 6347 4.2.3).

extern crate std;
use super::Reassembly;
use crate::wire::{Fragment, HandshakeType};
use std::vec::Vec;
use std::{assert, assert_eq, println, vec};

/// A cut out of a message: what type and length it says the message has, where it lies, and what a byte of it is.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cut {
    kind: u8,
    length: usize,
    offset: usize,
    len: usize,
}

/// All cuts of a message, empty ones too.
fn cuts(kind: u8, length: usize) -> impl Iterator<Item = Cut> {
    (0..=length).flat_map(move |offset| (0..=length - offset).map(move |len| Cut { kind, length, offset, len }))
}

/// What a receiver without any thrift would keep: the message's type, and each byte as it came first.
#[derive(Clone, Default)]
struct Model {
    message: Option<(u8, usize)>,
    bytes: Vec<Option<u8>>,
}

impl Model {
    /// The whole message, once all of it has come.
    fn add(&mut self, cut: Cut, data: &[u8]) -> Option<Vec<u8>> {
        if self.message != Some((cut.kind, cut.length)) {
            *self = Self { message: Some((cut.kind, cut.length)), bytes: vec![None; cut.length] };
        }
        for (kept, byte) in self.bytes[cut.offset..].iter_mut().zip(data) {
            kept.get_or_insert(*byte);
        }
        self.bytes.iter().copied().collect()
    }
}

/// Each order of fragments out of `all`, `left` of them, from the state that stands.
fn walk(state: &Reassembly, slice: &[u8], model: &Model, all: &[Cut], left: usize, cases: &mut u64) {
    for cut in all {
        let (mut state, mut slice, mut model) = (state.clone(), slice.to_vec(), model.clone());
        // Another byte each time, so that the one that came first is known.
        let data: Vec<u8> = (0..cut.len).map(|at| (16 * left + cut.offset + at) as u8).collect();
        let kind = HandshakeType(cut.kind);
        let fragment = Fragment { kind, length: cut.length, message_seq: 7, offset: cut.offset, data: &data };
        let body = state.add(&mut slice, &fragment).expect("room for the message").map(<[u8]>::to_vec);
        assert_eq!(body, model.add(*cut, &data), "{cut:?}, {left} left");
        assert_eq!((state.next(), state.need()), (7, None));
        *cases += 1;
        if left > 1 {
            walk(&state, &slice, &model, all, left - 1, cases);
        }
    }
}

/// A memory that is not clean, and no longer than the messages need: what lies there must not count as come.
fn try_all(all: &[Cut], depth: usize, cases: &mut u64) {
    let mut state = Reassembly::EMPTY;
    state.restart(7);
    let longest = all.iter().map(|cut| cut.length).max().unwrap_or_default();
    for dirt in [0x00, 0xff] {
        walk(&state, &vec![dirt; longest + longest.div_ceil(8)], &Model::default(), all, depth, cases);
    }
}

#[test]
fn some_cut_of_a_message_is_put_together_wrong() {
    let mut cases = 0;
    for (length, depth) in [(1, 6), (2, 5), (3, 4), (4, 4), (5, 4), (7, 3), (8, 3), (9, 3), (16, 2), (17, 2), (33, 1)] {
        try_all(&cuts(1, length).collect::<Vec<_>>(), depth, &mut cases);
    }
    println!("reassembly: {cases} sequences of fragments");
}

#[test]
fn fragments_of_two_messages_make_one() {
    let mut cases = 0;
    for (one, other) in [((1, 2), (1, 3)), ((1, 3), (2, 3)), ((1, 8), (1, 9))] {
        let whole = |(kind, length): (u8, usize)| cuts(kind, length).filter(move |cut| length < 8 || cut.len >= 7);
        try_all(&whole(one).chain(whole(other)).collect::<Vec<_>>(), 3, &mut cases);
    }
    println!("reassembly: {cases} sequences of fragments of two messages");
}

#[test]
fn a_memory_that_is_too_small_is_written_to_or_not_told() {
    for length in 1..=40usize {
        let need = length + length.div_ceil(8);
        for have in 0..=need {
            let (mut state, mut slice) = (Reassembly::EMPTY, vec![0xa5; have]);
            let data = vec![1; length - 1];
            let fragment = Fragment { kind: HandshakeType(11), length, message_seq: 0, offset: 0, data: &data };
            let result = state.add(&mut slice, &fragment).map(|body| body.is_some());
            if have < need {
                assert_eq!((result, state.need()), (Err(()), Some(need as u16)), "{length} in {have}");
                assert!(slice.iter().all(|byte| *byte == 0xa5), "{length} in {have}");
            } else {
                assert_eq!((result, state.need()), (Ok(false), None), "{length} in {have}");
            }
        }
    }
    // Longer than its length fits, whatever is lent: RFC 6347 4.2.2 has 24 bits for it.
    for length in [0xffff, 0x1_0000, 0xff_ffff] {
        let mut state = Reassembly::EMPTY;
        let fragment = Fragment { kind: HandshakeType(11), length, message_seq: 0, offset: 0, data: &[1] };
        let lent = if length > 0xffff { length + length.div_ceil(8) } else { length };
        assert_eq!(state.add(&mut vec![0; lent], &fragment), Err(()), "{length}");
        assert_eq!(state.need(), Some(u16::MAX), "{length}");
    }
}
