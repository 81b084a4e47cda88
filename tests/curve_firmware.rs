//! P-256 on emulated boards, built as firmware is: everything published, and some of what is random, with each choice of arithmetic
//! where it belongs.

use std::time::{Duration, Instant};
use stint_lab::curve::{Arithmetic, on_board, operation};
use stint_vectors::{Case, p256};

/// A busy machine takes 60 s for the slowest.
const LIMIT: Duration = Duration::from_secs(600);

/// All cases that are published, each once, however many sets have it.
fn published() -> Vec<Case> {
    let mut cases: Vec<Case> = p256().into_iter().flat_map(|set| set.cases).collect();
    cases.sort_by(|a, b| a.operation.cmp(&b.operation));
    cases.dedup_by(|a, b| a.operation == b.operation && a.reply == b.reply);
    cases
}

/// What is published, and random and awkward operations of `seeds` seeds.
fn replay(arithmetic: Arithmetic, target: &str, seeds: u64) {
    let mut cases = published();
    cases.extend((1..=seeds).map(|seed| operation(seed).1));
    let start = Instant::now();
    on_board(arithmetic, target, &cases, LIMIT).unwrap();
    println!("{arithmetic:?} on {target}: {} cases in {:.1} s", cases.len(), start.elapsed().as_secs_f32());
}

#[test]
fn fast_on_thumbv7em() {
    replay(Arithmetic::Fast, "thumbv7em-none-eabi", 1000);
}

#[test]
fn fast_in_steps_on_thumbv7em() {
    replay(Arithmetic::Cut, "thumbv7em-none-eabi", 1000);
}

#[test]
fn compact_on_thumbv7em() {
    replay(Arithmetic::Compact, "thumbv7em-none-eabi", 300);
}

#[test]
fn halves_on_thumbv6m() {
    replay(Arithmetic::Halves, "thumbv6m-none-eabi", 300);
}

/// A comparison that cannot fail shows nothing.
#[test]
fn a_changed_reply_of_a_board_is_not_seen() {
    let mut cases: Vec<Case> = published().into_iter().step_by(400).collect();
    on_board(Arithmetic::Fast, "thumbv7em-none-eabi", &cases, LIMIT).unwrap();
    *cases.last_mut().unwrap().reply.last_mut().unwrap() ^= 1;
    let error = on_board(Arithmetic::Fast, "thumbv7em-none-eabi", &cases, LIMIT).unwrap_err();
    assert!(error.contains(&cases.last().unwrap().source), "{error}");
}
