//! An association that is lost, and whether it is kept up: reboots, silence, limits, in virtual time against the loopback server; and a real
//! server that is killed and comes back.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "rekey/device.rs"]
mod device;

use device::{Device, Saw, pair, resources, server};
use std::time::Duration;
use stint_coap::{Code, Failure, Request};
use stint_dtls::{Config, Error, Flight, Peer};
use stint_lab::link::{End, Impairment, Link, Pair};
use stint_lab::server::coap;
use stint_lab::server::{self as lab, App, Server};
use stint_net::{Counts, Lost, Policy};

const HOUR: Duration = Duration::from_secs(3600);

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn configured(set: impl FnOnce(&mut Config<'static>)) -> Config<'static> {
    let mut config = Config::new();
    set(&mut config);
    config
}

/// Until `count` notifications came for the observation of `/time`.
fn noted(pair: &mut Pair<'_, Device, Server>, count: usize) {
    let limit = pair.now + HOUR * 3;
    let done = pair.run_until(limit, |p| p.client.notes() >= count);
    assert!(done, "{} notifications of {count} at {:?}: {:#?}", pair.client.notes(), pair.now, pair.client.saw);
}

fn tokens(server: &Server) -> Vec<Vec<u8>> {
    server.seen.data.iter().filter(|m| m[1] == 1).map(|m| m[4..][..usize::from(m[0] & 15)].to_vec()).collect()
}

/// A server that lost all it knew.
fn rebooted(pair: &mut Pair<'_, Device, Server>) {
    pair.server = server(coap::Config::default());
}

#[test]
fn a_reboot_in_mid_observation_ends_it() {
    let mut pair = pair(Device::new(Config::new(), Policy::DEFAULT, 1), server(coap::Config::default()));
    let watch = pair.client.ask(&Request::observe("time"));
    noted(&mut pair, 4);
    let before = tokens(&pair.server);
    rebooted(&mut pair);
    let (at, had) = (pair.now, pair.client.notes());
    noted(&mut pair, had + 3);
    assert_eq!(pair.client.lost(), [Lost::Silent]);
    assert_eq!(pair.client.count(|s| matches!(s, Saw::Attempt(1))), 2, "the first handshake, and one more");
    assert_eq!(pair.client.count(|s| matches!(s, Saw::Failed(..))), 0);
    assert!(pair.client.saw.iter().all(|(_, s)| !matches!(s, Saw::Response { handle, .. } if *handle != watch)));
    // Max-Age and 15 s, then two messages that go unanswered.
    assert!(pair.now - at < secs(60 + 15 + 2 * 93 + 20), "{:?}", pair.now - at);
    let after = tokens(&pair.server);
    assert!(
        after.len() == 1 && after[0] != before[0],
        "registered anew, once, under a new token: {before:?} {after:?}"
    );
    assert_eq!(pair.client.ports(), 1, "a handshake in place of a lost association comes from another port");
    let counts = pair.client.keeper.counts();
    assert_eq!((counts.lost, counts.attempts, counts.failed, counts.probes, counts.renewed), (1, 2, 0, 0, 2));
}

#[test]
fn a_reboot_goes_unnoticed_while_the_last_notification_is_fresh() {
    let slow = coap::Config { max_age: 86_400, ..coap::Config::default() };
    for (probe, noticed) in [(Some(secs(300)), true), (None, false)] {
        let policy = Policy { probe, ..Policy::DEFAULT };
        let mut pair = pair(Device::new(Config::new(), policy, 1), server(slow.clone()));
        pair.client.ask(&Request::observe("time"));
        noted(&mut pair, 3);
        rebooted(&mut pair);
        let at = pair.now;
        pair.run_until(at + HOUR, |p| !p.client.lost().is_empty());
        assert_eq!(!pair.client.lost().is_empty(), noticed, "{probe:?}");
        assert!(!noticed || pair.now - at < secs(300 + 2 * 93 + 1), "{:?}", pair.now - at);
        let had = pair.client.notes();
        assert_eq!(pair.run_until(at + HOUR * 2, |p| p.client.notes() > had), noticed);
        assert_eq!(pair.client.keeper.counts().probes > 0, noticed);
        assert_eq!(pair.client.count(|s| *s == Saw::Pong), 0, "the keeper's own pings are not the application's");
    }
}

#[test]
fn probes_are_sent_to_a_server_that_speaks_or_come_faster_than_asked_for() {
    let quiet = coap::Config { max_age: 86_400, every: secs(100_000), ..coap::Config::default() };
    let policy = Policy { probe: Some(secs(600)), ..Policy::DEFAULT };
    // One slot: it is the observation's, so the probe is its renewal.
    for slots in [1, 2] {
        let device = Device::with_slots(Config::new(), policy, 1, slots);
        let mut silent = pair(device, server(quiet.clone()));
        silent.client.ask(&Request::observe("time"));
        silent.run_until(HOUR, |_| false);
        let probes = silent.client.keeper.counts().probes;
        assert!((5..=6).contains(&probes), "{probes}");
        assert_eq!(silent.server.seen.data.len() as u32, 1 + probes);
        assert_eq!(silent.client.lost(), []);
    }
    let mut chatty = pair(Device::new(Config::new(), policy, 1), server(coap::Config::default()));
    chatty.client.ask(&Request::observe("time"));
    chatty.run_until(HOUR, |_| false);
    assert_eq!(chatty.client.keeper.counts().probes, 0);
}

#[test]
fn an_outage_shorter_than_the_policy_costs_the_association_or_the_observation() {
    let mut pair = pair(Device::new(Config::new(), Policy::DEFAULT, 1), server(coap::Config::default()));
    pair.client.ask(&Request::observe("time"));
    noted(&mut pair, 3);
    pair.server.silence(true);
    let limit = pair.now + HOUR;
    assert!(pair.run_until(limit, |p| p.client.keeper.counts().renewed == 1));
    pair.server.silence(false);
    let had = pair.client.notes();
    noted(&mut pair, had + 3);
    let counts = pair.client.keeper.counts();
    assert_eq!((counts.lost, counts.attempts, counts.renewed), (0, 1, 1));
    assert_eq!(tokens(&pair.server)[0], tokens(&pair.server)[1], "the same registration, renewed");
}

#[test]
fn a_request_that_times_out_is_told_and_one_after_it_goes_to_the_rebooted_server() {
    let mut pair = pair(
        Device::new(Config::new(), Policy { unanswered: 1, ..Policy::DEFAULT }, 1),
        server(coap::Config::default()),
    );
    let first = pair.client.ask(&Request::get("example_data"));
    assert!(pair.run_until(secs(10), |p| p.client.ended(first)));
    rebooted(&mut pair);
    let lost = pair.client.ask(&Request::get("example_data"));
    let limit = pair.now + secs(1);
    pair.run_until(limit, |_| false);
    let behind = pair.client.ask(&Request::new(Code::POST, "example_data"));
    let limit = pair.now + HOUR;
    assert!(pair.run_until(limit, |p| p.client.ended(behind)), "{:#?}", pair.client.saw);
    assert_eq!(pair.client.failure(lost), Some(Failure::Timeout));
    assert_eq!(pair.client.failure(behind), None, "it was never sent before, so it could be sent now");
    assert_eq!((pair.server.seen.data.len(), pair.client.lost()), (1, vec![Lost::Silent]));
}

#[test]
fn requests_under_way_are_lost_or_done_twice_when_the_association_is_given_up() {
    let separate = coap::Config { separate: Some(secs(50)), ..coap::Config::default() };
    let config = configured(|c| c.forgery_limit = Some(4));
    let mut pair = pair(Device::with_slots(config, Policy::DEFAULT, 1, 4), server(separate));
    let get = pair.client.ask(&Request::get("example_data"));
    let post = pair.client.ask(&Request::new(Code::POST, "example_data"));
    let sent = pair.run_until(secs(20), |p| p.server.seen.data.len() == 2);
    assert!(sent, "both were acknowledged, and their answers are outstanding");
    pair.run_until(secs(21), |_| false);
    let later = pair.client.ask(&Request::new(Code::PUT, "example_data"));
    forge(&mut pair, 4);
    let limit = pair.now + secs(200);
    assert!(pair.run_until(limit, |p| [get, post, later].iter().all(|h| p.client.ended(*h))), "{:#?}", pair.client.saw);
    assert_eq!(pair.client.failure(post), Some(Failure::Interrupted));
    assert_eq!((pair.client.failure(get), pair.client.failure(later)), (None, None));
    let codes: Vec<u8> = pair.server.seen.data.iter().map(|m| m[1]).filter(|code| (1..=5).contains(code)).collect();
    assert_eq!(codes.iter().filter(|code| **code == 2).count(), 1, "the POST went out once: {codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == 1).count(), 2, "the GET went out once more: {codes:?}");
}

/// Sends the client so many records that somebody bent.
fn forge(pair: &mut Pair<'_, Device, Server>, count: usize) {
    for _ in 0..count {
        let mut record = pair.server.seal(lab::APPLICATION_DATA, b"forged").unwrap();
        *record.last_mut().unwrap() ^= 1;
        pair.client.receive(pair.now, &record);
    }
}

#[test]
fn a_forgery_limit_leaves_the_old_keys_in_use_or_ends_the_observation() {
    let config = configured(|c| c.forgery_limit = Some(4));
    let mut pair = pair(Device::new(config, Policy::DEFAULT, 1), server(coap::Config::default()));
    pair.client.ask(&Request::observe("time"));
    noted(&mut pair, 3);
    for round in 1..4 {
        let (old, at) = (pair.server.association().unwrap(), pair.now);
        forge(&mut pair, 3);
        assert_eq!(pair.client.lost().len(), round - 1);
        forge(&mut pair, 1);
        let had = pair.client.notes();
        noted(&mut pair, had + 2);
        assert_eq!(pair.client.lost(), vec![Lost::Forgeries; round]);
        assert_ne!(pair.server.association().unwrap().master, old.master);
        assert!(pair.now - at < secs(12), "at once: {:?}", pair.now - at);
    }
    assert_eq!(pair.server.seen.alerts, [(1, 1, 0); 3], "the server was told: close_notify");
}

#[test]
fn a_record_limit_stops_a_device() {
    let config = configured(|c| c.record_limit = 12);
    let mut pair = pair(Device::new(config, Policy::DEFAULT, 1), server(coap::Config::default()));
    pair.client.ask(&Request::observe("time"));
    for _ in 0..60 {
        let get = pair.client.ask(&Request::get("example_data"));
        let limit = pair.now + secs(60);
        assert!(pair.run_until(limit, |p| p.client.ended(get)), "{:#?}", pair.client.saw);
        assert_eq!(pair.client.failure(get), None);
    }
    let had = pair.client.notes();
    noted(&mut pair, had + 2);
    let lost = pair.client.lost();
    assert!(lost.len() >= 6 && lost.iter().all(|why| *why == Lost::Records), "{lost:?}");
    let most = pair.link.log.iter().filter(|p| p.bytes[0] == 23).map(|p| p.bytes[10]).max();
    assert!(most <= Some(12), "{most:?}");
}

#[test]
fn a_server_gone_for_an_hour_is_hammered_or_never_found_again() {
    for seed in 1..6 {
        println!("seed {seed}");
        let mut pair = pair(Device::new(Config::new(), Policy::DEFAULT, seed), server(coap::Config::default()));
        let watch = pair.client.ask(&Request::observe("time"));
        noted(&mut pair, 3);
        rebooted(&mut pair);
        pair.server.silence(true);
        let (at, had) = (pair.now, pair.client.notes());
        pair.run_until(at + HOUR, |_| false);
        let gone = pair.client.keeper.counts();
        assert!((4..10).contains(&gone.failed), "{gone:?}");
        assert!(pair.server.seen.datagrams < 100, "{}", pair.server.seen.datagrams);
        let failed = pair.client.saw.iter().filter_map(|(_, s)| match s {
            Saw::AttemptFailed(error, number, next) => Some((*error, *number, *next)),
            _ => None,
        });
        for (index, (error, number, _)) in failed.enumerate() {
            assert_eq!(error, Error::Timeout { flight: Flight::ClientHello, peer: Peer::Silent });
            assert_eq!(usize::from(number), index + 1);
        }
        pair.server.silence(false);
        noted(&mut pair, had + 3);
        assert!(pair.now - at < HOUR * 3);
        assert_eq!(pair.client.lost(), [Lost::Silent]);
        assert!(!pair.client.ended(watch));
    }
}

#[test]
fn a_fleet_comes_back_in_step() {
    let mut first: Vec<Duration> = (0..200)
        .map(|seed| {
            let mut pair = pair(Device::new(Config::new(), Policy::DEFAULT, seed), server(coap::Config::default()));
            pair.client.ask(&Request::observe("time"));
            noted(&mut pair, 3);
            // All are told at the same time.
            pair.server.send(lab::ALERT, &[1, 0]);
            let at = pair.now;
            let limit = at + HOUR;
            assert!(pair.run_until(limit, |p| p.client.keeper.counts().attempts == 2));
            assert_eq!(pair.client.lost(), [Lost::Closed]);
            pair.now - at
        })
        .collect();
    first.sort();
    // The first wait is 5 to 15 s: 20 devices a second.
    assert!(first[0] >= secs(5) && first[199] <= secs(16), "{:?} to {:?}", first[0], first[199]);
    for window in first.windows(45) {
        assert!(window[44] - window[0] > secs(1), "45 of 200 came within a second, at {:?}", window[0]);
    }
}

/// Takes every message, and says nothing.
struct Mute;

impl App for Mute {
    fn handle(&mut self, _now: Duration, _message: &[u8]) -> Vec<Vec<u8>> {
        Vec::new()
    }
}

#[test]
fn a_server_that_shakes_hands_and_says_nothing_more_is_hammered() {
    let mut pair = pair(Device::new(Config::new(), Policy::DEFAULT, 3), Server::new(lab::Config::default(), Mute));
    let watch = pair.client.ask(&Request::observe("time"));
    pair.run_until(HOUR * 12, |_| false);
    let counts = pair.client.keeper.counts();
    assert!((8..30).contains(&counts.attempts), "{counts:?}");
    assert_eq!(counts.failed, 0);
    assert!(!pair.client.ended(watch), "and the observation still waits");
}

#[test]
fn a_device_with_nothing_to_say_makes_handshakes() {
    let mut pair = pair(Device::new(Config::new(), Policy::DEFAULT, 1), server(coap::Config::default()));
    pair.run_until(HOUR, |_| false);
    assert_eq!((pair.client.keeper.counts(), pair.client.deadline()), (Counts::default(), None), "not even the first");
    let get = pair.client.ask(&Request::get("example_data"));
    let limit = pair.now + secs(10);
    assert!(pair.run_until(limit, |p| p.client.ended(get)));
    pair.server.send(lab::ALERT, &[1, 0]);
    let limit = pair.now + HOUR;
    pair.run_until(limit, |_| false);
    assert_eq!((pair.client.lost(), pair.client.keeper.counts().attempts), (vec![Lost::Closed], 1));
    pair.now += HOUR;
    let get = pair.client.ask(&Request::get("example_data"));
    let limit = pair.now + secs(10);
    assert!(pair.run_until(limit, |p| p.client.ended(get)), "the wait was over long ago");
    assert_eq!(pair.client.keeper.counts().attempts, 2);
}

#[test]
fn a_closed_keeper_begins_again_by_itself() {
    let mut pair = pair(Device::new(Config::new(), Policy::DEFAULT, 1), server(coap::Config::default()));
    pair.client.ask(&Request::observe("time"));
    noted(&mut pair, 3);
    pair.client.keeper.close();
    let limit = pair.now + HOUR;
    pair.run_until(limit, |_| false);
    assert_eq!(pair.server.seen.alerts, [(1, 1, 0)]);
    assert_eq!((pair.client.keeper.counts().attempts, pair.client.keeper.is_up()), (1, false));
    pair.client.keeper.open();
    let get = pair.client.ask(&Request::get("example_data"));
    let limit = pair.now + secs(10);
    assert!(pair.run_until(limit, |p| p.client.ended(get)));
}

#[test]
fn a_client_that_cannot_even_begin_is_tried_without_pause() {
    let config = configured(|c| c.connection_id = Some(&[7; 33]));
    let mut pair = pair(Device::new(config, Policy::DEFAULT, 1), server(coap::Config::default()));
    pair.client.ask(&Request::observe("time"));
    pair.run_until(HOUR, |_| false);
    let counts = pair.client.keeper.counts();
    assert!((6..13).contains(&counts.failed) && counts.failed == counts.attempts, "{counts:?}");
    assert!(pair.client.saw.iter().any(|(_, s)| matches!(s, Saw::AttemptFailed(Error::ConnectionIdTooLong, 1, _))));
}

#[test]
fn an_association_that_the_server_ends_with_an_error_stays_ended() {
    let mut pair = pair(Device::new(Config::new(), Policy::DEFAULT, 1), server(coap::Config::default()));
    pair.client.ask(&Request::observe("time"));
    noted(&mut pair, 3);
    pair.server.send(lab::ALERT, &[2, 80]);
    let had = pair.client.notes();
    noted(&mut pair, had + 3);
    assert!(matches!(pair.client.lost()[..], [Lost::Ended(Error::PeerAlert(_))]), "{:?}", pair.client.lost());
}

fn with_sessions(seed: u64) -> Server {
    let config = lab::Config { session_ids: true, seed, ..lab::Config::default() };
    Server::new(config, resources(coap::Config::default()))
}

#[test]
fn a_session_that_the_server_still_knows_is_not_resumed() {
    let mut pair = pair(Device::new(Config::new(), Policy::DEFAULT, 1), with_sessions(1));
    pair.client.ask(&Request::observe("time"));
    noted(&mut pair, 3);
    pair.server.send(lab::ALERT, &[1, 0]);
    let had = pair.client.notes();
    noted(&mut pair, had + 3);
    assert_eq!((pair.server.seen.resumed, pair.client.keeper.counts().failed), (1, 0));
    // And one that was rebooted makes a full handshake of it, in the same attempt.
    pair.server = with_sessions(2);
    noted(&mut pair, had + 6);
    assert_eq!((pair.server.seen.resumed, pair.client.keeper.counts().failed), (0, 0));
    assert_eq!(pair.client.lost(), [Lost::Closed, Lost::Silent]);
}

#[test]
fn a_server_that_falls_silent_over_a_session_is_offered_it_for_ever() {
    // A ClientHello with a session ID is lost on its way.
    let link = Link::new(Impairment::NONE, 1)
        .tapped(|_, _, bytes| !(bytes.len() > 59 && bytes[0] == 22 && bytes[13] == 1 && bytes[59] != 0));
    let device = Device::new(Config::new(), Policy::DEFAULT, 1);
    let mut pair = Pair::new(device, with_sessions(1), link);
    pair.client.ask(&Request::observe("time"));
    noted(&mut pair, 3);
    pair.server.send(lab::ALERT, &[1, 0]);
    let had = pair.client.notes();
    noted(&mut pair, had + 3);
    assert_eq!((pair.server.seen.resumed, pair.client.keeper.counts().failed), (0, 3), "the fourth was a full one");
}
