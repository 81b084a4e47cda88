//! The retransmission timeout that follows from measured round-trip times, over a simulated link: how much is sent in vain, beside the default's.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;
use stint_coap::{Cocoa, Config, Endpoint, Outcome, Profile, Request, Slot};
use stint_lab::random::Random;

/// A link to a server that answers at once, piggybacked.
struct Path {
    /// The round-trip time, in milliseconds, of the so-manieth second.
    rtt: fn(u64) -> u64,
    /// Lost, of 1,000 messages each way.
    loss: u64,
}

/// What a client did on it.
#[derive(Debug, Default, PartialEq)]
struct Run {
    answered: u32,
    failed: u32,
    /// Retransmissions.
    again: u32,
    /// Retransmissions of what had reached the server, and whose answer was on its way and came.
    spurious: u32,
    /// How long the requests took that were answered, in milliseconds, in all.
    took: u64,
}

const REQUESTS: u32 = 400;

/// A request every ten seconds at the soonest, one at a time.
fn run<X: Profile>(profile: X, path: &Path, seed: u64) -> Run {
    let (mut slots, mut store, mut out) = ([Slot::EMPTY; 1], [0; 64], [0; 128]);
    let mut coap = Endpoint::with(profile, Config::DEFAULT, *b"a fixed seed, so", &mut slots, &mut store);
    let (mut random, mut now, mut run) = (Random::new(seed), Duration::from_secs(1), Run::default());
    for _ in 0..REQUESTS {
        coap.request(&Request::get("t")).unwrap();
        let start = now;
        // What is on its way here, and when it comes.
        let mut flying: Vec<(Duration, Vec<u8>)> = Vec::new();
        let mut sent = 0;
        loop {
            while let Some(len) = coap.poll_transmit(now, &mut (), &mut out) {
                run.again += u32::from(sent > 0);
                run.spurious += u32::from(!flying.is_empty());
                sent += 1;
                if random.below(1000) >= path.loss && random.below(1000) >= path.loss {
                    let mut answer = out[..len].to_vec();
                    (answer[0], answer[1]) = (0x64, 0x45);
                    answer.truncate(8);
                    flying.push((now + Duration::from_millis((path.rtt)(now.as_secs())), answer));
                }
            }
            if let Some(outcome) = coap.poll_outcome(now) {
                assert!(matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");
                run.failed += 1;
                break;
            }
            let arrival = flying.iter().map(|(at, _)| *at).min();
            now = arrival.into_iter().chain(coap.poll_timeout()).min().expect("something comes").max(now);
            if let Some(at) = flying.iter().position(|(at, _)| *at <= now) {
                let (_, answer) = flying.remove(at);
                if coap.handle(now, &answer).is_some() {
                    run.answered += 1;
                    run.took += (now - start).as_millis() as u64;
                    break;
                }
            }
        }
        now = now.max(start + Duration::from_secs(10));
    }
    run
}

/// One path with both.
fn both(name: &str, path: &Path) -> (Run, Run) {
    let seed = 0x5eed_c0c0;
    let (default, cocoa) = (run((), path, seed), run(Cocoa::new(()), path, seed));
    println!("{name}, seed {seed:#x}: default {default:?}, CoCoA {cocoa:?}");
    assert_eq!(default.answered + default.failed, REQUESTS);
    assert_eq!(cocoa.answered + cocoa.failed, REQUESTS);
    (default, cocoa)
}

#[test]
fn on_a_slow_path_what_is_only_late_is_not_sent_again() {
    let (default, cocoa) = both("3 s", &Path { rtt: |_| 3_000, loss: 0 });
    assert!(default.spurious > 300, "the default must do it often");
    assert!(cocoa.spurious < default.spurious / 10);
}

#[test]
fn on_a_fast_path_with_loss_answers_come_sooner() {
    let (default, cocoa) = both("100 ms, 10 % loss", &Path { rtt: |_| 100, loss: 100 });
    assert_eq!((default.spurious, cocoa.spurious), (0, 0));
    assert!(cocoa.took < default.took * 2 / 3);
    assert!(cocoa.failed <= default.failed + 2);
}

#[test]
fn on_a_slow_path_with_loss_less_is_sent_in_vain() {
    let (default, cocoa) = both("3 s, 10 % loss", &Path { rtt: |_| 3_000, loss: 100 });
    assert!(cocoa.spurious < default.spurious / 2);
    assert!(cocoa.failed <= default.failed + 2);
}

#[test]
fn a_round_trip_time_that_jumps_is_followed() {
    let (default, cocoa) = both(
        "200 ms and 4 s, in turn for 500 s",
        &Path { rtt: |s| if s / 500 % 2 == 0 { 200 } else { 4_000 }, loss: 0 },
    );
    assert!(cocoa.spurious < default.spurious / 2);
    assert_eq!(cocoa.failed, 0);
}

#[test]
fn a_fast_path_without_loss_is_left_alone() {
    let (default, cocoa) = both("100 ms", &Path { rtt: |_| 100, loss: 0 });
    assert_eq!((default.again, cocoa.again), (0, 0));
}

#[test]
fn what_is_asked_seldom_finds_an_aged_estimate() {
    let (mut slots, mut store, mut out) = ([Slot::EMPTY; 1], [0; 64], [0; 128]);
    let mut coap = Endpoint::with(Cocoa::new(()), Config::DEFAULT, *b"a fixed seed, so", &mut slots, &mut store);
    let mut now = Duration::from_secs(1);
    let mut exchange = |coap: &mut Endpoint<'_, Cocoa>, now: Duration| {
        coap.request(&Request::get("t")).unwrap();
        let len = coap.poll_transmit(now, &mut (), &mut out).unwrap();
        let before = coap.profile().rto();
        let mut answer = out[..len].to_vec();
        (answer[0], answer[1]) = (0x64, 0x45);
        answer.truncate(8);
        assert!(coap.handle(now + Duration::from_millis(100), &answer).is_some());
        before
    };
    for _ in 0..20 {
        exchange(&mut coap, now);
        now += Duration::from_secs(1);
    }
    let rto = coap.profile().rto();
    assert!(rto < Duration::from_millis(150), "{rto:?}");
    // An hour later nobody knows whether it is still so fast.
    let aged = exchange(&mut coap, now + Duration::from_secs(3_600));
    assert!(aged >= Duration::from_secs(1) && aged < Duration::from_secs(2), "{aged:?}");
}
