//! Time: the message layer's waits (RFC 7252 4.2, 4.5, 4.8) and the age of notifications (RFC 7641 3.4).

use crate::observe::Observation;
use crate::reliability::{Answer, Recent, doubled, due, duration, seconds, ticks};
use core::time::Duration;
use std::println;

const MINUTE: u64 = 60 << 10;

#[test]
fn some_schedule_of_retransmissions_is_not_binary_exponential() {
    let (mut cases, mut longest) = (0u32, 0);
    for first in 0..=2 * MINUTE {
        let mut wait = first as u32;
        let mut total = 0;
        for again in 0..=20 {
            total += u64::from(wait);
            // Twice as long each time, up to a minute; a first wait that is longer stays as it is.
            assert_eq!(u64::from(wait), (first << again).min(MINUTE.max(first)), "{first} {again}");
            cases += 1;
            if again == 4 && (2 << 10..=3 << 10).contains(&first) {
                longest = longest.max(total);
            }
            wait = doubled(wait);
        }
    }
    // MAX_TRANSMIT_WAIT by the defaults (RFC 7252 4.8.2).
    assert_eq!(longest, 93 << 10);
    assert_eq!([doubled(1 << 30), doubled(u32::MAX)], [1 << 30, u32::MAX]);
    println!("retransmission: {cases} waits");
}

#[test]
fn some_deadline_is_due_too_early_or_too_late_around_the_wrap() {
    let mut cases = 0u32;
    let edges = || [0i64, 1 << 10, 1 << 30, (1 << 31) - 1, 1 << 31, (1 << 32) - 1].into_iter();
    for set in edges().flat_map(|edge| (0..=64).map(move |more| (edge - 32 + more) as u32)) {
        for wait in (0..64).chain((1 << 30) - 64..=1 << 30) {
            let deadline = set.wrapping_add(wait);
            for passed in [0, 1, wait.saturating_sub(1), wait, wait + 1, wait + (1 << 30), wait + i32::MAX as u32] {
                assert_eq!(due(set.wrapping_add(passed), deadline), passed >= wait, "{set} {wait} {passed}");
                cases += 1;
            }
        }
    }
    for count in (0..5_000_000).chain(u32::MAX - 10..=u32::MAX) {
        assert_eq!(u64::from(seconds(count)), (u64::from(count) << 10).min(1 << 30), "{count}");
        cases += 1;
    }
    println!("deadlines: {cases}");
}

#[test]
fn some_tick_becomes_a_time_before_it_or_that_of_another() {
    let mut cases = 0u32;
    for tick in (0..3 << 20).chain((1 << 32) - 5_000..(1 << 32) + 5_000).chain((1 << 42) - 5_000..1 << 42) {
        let time = duration(tick);
        assert_eq!(ticks(time), tick);
        let exact = u128::from(tick) * 1_000_000_000;
        assert!(time.as_nanos() << 10 >= exact && (time.as_nanos() << 10) < exact + (1 << 20), "{tick}");
        assert!(ticks(time - Duration::from_micros(1).min(time)) <= tick);
        cases += 1;
    }
    println!("ticks: {cases}");
}

#[test]
fn some_message_id_is_a_duplicate_for_more_or_less_than_exchange_lifetime() {
    let mut cases = 0u32;
    for lifetime in [0, 1, 247, 248, 3_600] {
        for begin in [0u32, 1, 65_535, 65_536, (1 << 22) - 1, 1 << 21] {
            let mut recent = Recent::EMPTY;
            recent.note(0x1234, begin << 10, Answer::Acknowledge);
            for passed in 0..=0xffff_u32 {
                let now = (begin << 10).wrapping_add(passed << 10);
                assert_eq!(recent.again(0x1234, now, lifetime), passed <= lifetime.into(), "{begin} {passed}");
                cases += 1;
            }
            for id in 0..=0xffff {
                assert_eq!(recent.again(id, begin << 10, lifetime), id == 0x1234);
                cases += 1;
            }
        }
    }
    println!("duplicates: {cases} messages");
}

/// RFC 7641 3.4, word by word: V1 came at T1, V2 at T2.
fn newer(v1: u32, v2: u32, t1: u64, t2: u64) -> bool {
    (v1 < v2 && v2 - v1 < 1 << 23) || (v1 > v2 && v1 - v2 > 1 << 23) || t2 > t1 + (128 << 10)
}

fn at(sequence: u32, time: u64) -> Observation {
    let mut observation = Observation::NONE;
    observation.note(sequence, time as u32, 60, 0);
    observation
}

#[test]
fn some_notification_is_taken_for_newer_or_older_than_it_is() {
    let mut cases = 0u64;
    let edges = || {
        [0, 1 << 22, 1 << 23, 3 << 22, (1 << 24) - 1]
            .into_iter()
            .flat_map(|edge| (0..=16).map(move |more| edge - 8 + more))
    };
    let values = || edges().filter(|value| (0..1 << 24).contains(value)).map(|value| value as u32);
    let spans = [0, 1, (128 << 10) - 1, 128 << 10, (128 << 10) + 1, 1 << 20, 1 << 30, (1 << 32) - 1];
    for (v1, v2) in values().flat_map(|v1| values().map(move |v2| (v1, v2))) {
        for t1 in [0, 5, 1 << 31, (1 << 32) - 1] {
            for t2 in spans.map(|span| t1 + span) {
                assert_eq!(at(v1, t1).is_newer(v2, t2 as u32), newer(v1, v2, t1, t2), "{v1} {v2} {t1} {t2}");
                cases += 1;
            }
        }
    }
    // Every value there is, after values at the edges.
    for v1 in [0, 1, (1 << 23) - 1, 1 << 23, (1 << 23) + 1, (1 << 24) - 1] {
        let before = at(v1, 7);
        for v2 in 0..1 << 24 {
            assert_eq!(before.is_newer(v2, 8), newer(v1, v2, 7, 8), "{v1} {v2}");
            cases += 1;
        }
    }
    println!("notifications: {cases} pairs");
}
