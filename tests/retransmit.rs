//! Datagrams that do not arrive: timers, repetitions, and the end of patience (RFC 6347 4.2.4).

use core::time::Duration;
use stint_dtls::{Error, Flight, Peer};
use stint_lab::device::Options;
use stint_lab::link::{Direction, End, Impairment, Link};
use stint_lab::scene::{connect, fails, on, pair, usable_afterwards};
use stint_lab::server::{Config, Cut, Script, Shape, Stage};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn one_lost_datagram_is_not_made_good() {
    for direction in [Direction::Up, Direction::Down] {
        for lost in 0..4 {
            let link = Link::new(Impairment::NONE, 1).tapped(move |d, i, _| d != direction || i != lost);
            let mut pair = on(link, Options::default(), Config::default());
            connect(&mut pair);
            assert_eq!(pair.client.client.stats().forged, 0);
        }
    }
}

#[test]
fn two_lost_datagrams_are_not_made_good() {
    for (a, b) in (0..7).flat_map(|a| (0..7).map(move |b| (a, b))) {
        let link = Link::new(Impairment::NONE, 1).tapped(move |d, i, _| match d {
            Direction::Up => i != a,
            Direction::Down => i != b,
        });
        connect(&mut on(link, Options::default(), Config::default()));
    }
}

#[test]
fn a_duplicate_of_any_datagram_disturbs_the_handshake() {
    let all = Impairment { duplicate: 1000, ..Impairment::NONE };
    for hold in [0, 1, 15, 25, 500, 3000] {
        let link = Link::new(Impairment { hold: Duration::from_millis(hold), ..all }, 1);
        let mut pair = on(link, Options::default(), Config::default());
        connect(&mut pair);
        assert_eq!(pair.server.seen.wrong_finished, 0);
    }
}

#[test]
fn the_waits_are_not_as_rfc_6347_has_them() {
    for seed in 0..20 {
        let link = Link::new(Impairment::NONE, 1).tapped(|d, _, _| d == Direction::Down);
        let mut options = Options { seed, ..Options::default() };
        options.config.transmissions = 9;
        let mut pair = on(link, options, Config::default());
        assert_eq!(fails(&mut pair), Error::Timeout { flight: Flight::ClientHello, peer: Peer::Silent });
        let sent: Vec<Duration> = pair.link.log.iter().map(|p| p.at).collect();
        let waits: Vec<Duration> = sent.windows(2).map(|w| w[1] - w[0]).collect();
        for (wait, least) in waits.iter().zip([1, 2, 4, 8, 16, 32, 60, 60]) {
            let extra = wait.checked_sub(SECOND * least).unwrap();
            assert!(extra < Duration::from_millis(270), "{waits:?}");
        }
        assert_eq!(waits.len(), 8);
        // and the last one is given its time too
        assert!(pair.now >= *sent.last().unwrap() + SECOND * 60);
        usable_afterwards(&mut pair, Config::default());
    }
}

#[test]
fn two_devices_of_a_fleet_come_back_in_step() {
    let mut at: Vec<Duration> = Vec::new();
    for seed in 0..50 {
        let link = Link::new(Impairment::NONE, 1).tapped(|_, _, _| false);
        let mut pair = on(link, Options { seed, ..Options::default() }, Config::default());
        fails(&mut pair);
        at.push(pair.link.log[3].at);
    }
    at.sort_unstable();
    at.dedup();
    assert!(at.len() > 45, "{} different times of 50", at.len());
    assert!(*at.last().unwrap() - at[0] > Duration::from_millis(150));
}

#[test]
fn patience_does_not_end_after_the_transmissions_allowed() {
    for transmissions in [1, 2, 4, 7, 20] {
        let mut options = Options::default();
        options.config.transmissions = transmissions;
        let link = Link::new(Impairment::NONE, 1).tapped(|_, _, _| false);
        let mut pair = on(link, options, Config::default());
        assert_eq!(fails(&mut pair), Error::Timeout { flight: Flight::ClientHello, peer: Peer::Silent });
        assert_eq!(pair.link.log.len(), usize::from(transmissions));
        assert_eq!(pair.client.client.stats().retransmissions, u32::from(transmissions) - 1);
    }
}

#[test]
fn a_server_that_vanishes_is_waited_for_for_ever() {
    let cases = [
        (Stage::Verify, Error::Timeout { flight: Flight::ClientHello, peer: Peer::Silent }),
        (Stage::Hello, Error::Timeout { flight: Flight::ClientHello, peer: Peer::Silent }),
        (Stage::Finish, Error::Timeout { flight: Flight::Finished, peer: Peer::Silent }),
    ];
    for (stage, error) in cases {
        let mut pair = pair(Options::default(), Config { script: vec![Script::Vanish(stage)], ..Config::default() });
        assert_eq!(fails(&mut pair), error, "{stage:?}");
        usable_afterwards(&mut pair, Config::default());
    }
}

#[test]
fn a_wrong_key_is_not_told_within_twenty_seconds() {
    let mut options = Options { key: b"not the key", ..Options::default() };
    // what the tools set
    options.config.transmissions = 4;
    let mut pair = pair(options, Config::default());
    let error = fails(&mut pair);
    assert_eq!(error, Error::Timeout { flight: Flight::Finished, peer: Peer::Repeated });
    assert!(error.to_string().contains("key or the identity is probably wrong"), "{error}");
    assert!(pair.now < SECOND * 20, "{:?}", pair.now);
    assert!(pair.server.association().is_none());
}

#[test]
fn half_a_flight_of_the_servers_for_ever_is_taken_for_silence() {
    // the last datagram of the server's flight never comes
    let shape = Shape { records_in_a_datagram: false, ..Config::default().shape };
    let link = Link::new(Impairment::NONE, 1).tapped(|d, _, bytes| d == Direction::Up || bytes[13] != 14);
    let mut pair = on(link, Options::default(), Config { shape, ..Config::default() });
    assert_eq!(fails(&mut pair), Error::Timeout { flight: Flight::ClientHello, peer: Peer::Repeated });
    usable_afterwards(&mut pair, Config::default());
}

#[test]
fn a_lost_finished_of_the_servers_is_not_asked_for_again() {
    let mut seen = 0;
    let link = Link::new(Impairment::NONE, 1).tapped(move |d, _, bytes| {
        seen += usize::from(d == Direction::Down && bytes[0] == 20);
        d == Direction::Up || bytes[0] != 20 || seen > 3
    });
    let mut pair = on(link, Options::default(), Config::default());
    connect(&mut pair);
    assert_eq!(pair.server.seen.repeated_finished, 3);
    assert_eq!(pair.client.client.stats().retransmissions, 3);
}

#[test]
fn a_retransmission_differs_in_more_than_record_number_and_ciphertext() {
    let link = Link::new(Impairment::NONE, 1).tapped(|d, _, bytes| d == Direction::Up || bytes[0] != 20);
    let mut pair = on(link, Options::default(), Config::default());
    fails(&mut pair);
    let ups: Vec<&Vec<u8>> = pair.link.log.iter().filter(|p| p.direction == Direction::Up).map(|p| &p.bytes).collect();
    let flight = &ups[2..9];
    assert_eq!(flight.len(), 7);
    for (number, again) in flight.iter().enumerate() {
        assert_eq!(again.len(), flight[0].len());
        // the ClientKeyExchange's record number lies in bytes 5 to 10; its body is the same
        assert_eq!(again[13..13 + 12 + 17], flight[0][13..13 + 12 + 17]);
        assert_eq!(usize::from(again[10]), 2 + 2 * number, "two records of epoch 0 a flight, none numbered twice");
        if number > 0 {
            assert_ne!(again[again.len() - 8..], flight[0][flight[0].len() - 8..], "a nonce was used twice");
        }
    }
}

#[test]
fn a_path_for_small_datagrams_only_is_never_found() {
    // RFC 6347 4.1.1.1: after two timeouts as with an MTU of 256 bytes; a long identity makes the last flight longer
    let identity: &'static [u8] = &[b'i'; 128];
    let link = Link::new(Impairment { mtu: 256, ..Impairment::NONE }, 1);
    let shape = Shape { cut: Cut::Whole, records_in_a_datagram: false, ..Config::default().shape };
    let mut options = Options { identity, ..Options::default() };
    options.config.server_name =
        Some("a-rather-long-name-of-a-server.in-a-rather-long-domain.that-goes-on-and-on.example.net");
    let mut pair = on(link, options, Config { identity: identity.to_vec(), shape, ..Config::default() });
    connect(&mut pair);
    let long = pair.link.log.iter().filter(|p| p.bytes.len() > 256).count();
    assert!(long <= 4, "{long} datagrams too long for the path");
}

#[test]
fn the_first_wait_cannot_be_set() {
    let mut options = Options::default();
    options.config.initial_timeout = SECOND * 9;
    let link = Link::new(Impairment::NONE, 1).tapped(|d, i, _| d == Direction::Down || i > 0);
    let mut pair = on(link, options, Config::default());
    connect(&mut pair);
    assert!(pair.link.log[1].at >= SECOND * 9 && pair.link.log[1].at < SECOND * 10);
}

#[test]
fn a_flight_of_the_servers_that_is_played_without_end_is_answered_without_end() {
    // its last message comes in the clear: anybody can repeat it
    let link = Link::new(Impairment::NONE, 1).tapped(|d, i, _| d == Direction::Down || i < 2);
    let mut pair = on(link, Options::default(), Config::default());
    assert!(pair.run_until(SECOND * 60, |p| p.link.log.iter().any(|p| p.direction == Direction::Up && p.index == 2)));
    let flight = pair.link.log.iter().rev().find(|p| p.direction == Direction::Down).unwrap().bytes.clone();
    for _ in 0..1000 {
        pair.server.send_raw(flight.clone());
    }
    assert_eq!(fails(&mut pair), Error::Timeout { flight: Flight::Finished, peer: Peer::Repeated });
    let sent = pair.link.log.iter().filter(|p| p.direction == Direction::Up && p.index >= 2).count();
    assert_eq!(sent, 7);
    usable_afterwards(&mut pair, Config::default());
}

#[test]
fn every_wait_of_a_device_has_the_same_extra() {
    // else two devices that drew alike once stay in step for good
    let mut same = 0;
    for seed in 0..50 {
        let link = Link::new(Impairment::NONE, 1).tapped(|_, _, _| false);
        let mut pair = on(link, Options { seed, ..Options::default() }, Config::default());
        fails(&mut pair);
        let at: Vec<Duration> = pair.link.log.iter().map(|p| p.at).collect();
        same += u32::from(at[1] - at[0] - SECOND == at[2] - at[1] - SECOND * 2);
    }
    assert!(same < 5, "{same} of 50");
}

#[test]
fn small_datagrams_are_tried_before_two_waits_are_over_or_never() {
    let mut options = Options::default();
    options.config.connection_id = Some(&[7; 32]);
    options.config.server_name = Some(
        "a-name-that-is-as-long-as-a-label-may-be-and-no-longer-than-it.a-second-one-of-the-same-length-so-that-there-is-no-room-in.server.example",
    );
    options.config.transmissions = 4;
    let link = Link::new(Impairment::NONE, 1).tapped(|_, _, _| false);
    let mut pair = on(link, options, Config::default());
    fails(&mut pair);
    let mut flights = std::collections::BTreeMap::<Duration, Vec<usize>>::new();
    for packet in &pair.link.log {
        flights.entry(packet.at).or_default().push(packet.bytes.len());
    }
    let flights: Vec<Vec<usize>> = flights.into_values().collect();
    let whole = flights[0][0];
    assert!(whole > 256, "{whole} bytes are no trial");
    assert_eq!(flights[..2], [vec![whole], vec![whole]]);
    for later in &flights[2..] {
        assert!(later.len() == 2 && later.iter().all(|len| *len <= 256), "{flights:?}");
    }
}

#[test]
fn a_message_that_just_fits_is_put_off_to_the_next_datagram() {
    let last_flight = |mtu: u16| {
        let mut options = Options::default();
        options.config.mtu = mtu;
        let mut pair = pair(options, Config { cookie: None, ..Config::default() });
        connect(&mut pair);
        let up = pair.link.log.iter().filter(|p| p.direction == Direction::Up && matches!(p.bytes[0], 20 | 22));
        up.skip(1).map(|p| p.bytes.len()).collect::<Vec<_>>()
    };
    let whole = last_flight(1200);
    assert_eq!(whole.len(), 1);
    assert_eq!(last_flight(whole[0] as u16), whole);
    assert_eq!(last_flight(whole[0] as u16 - 1).len(), 2);
}

#[test]
fn an_alert_from_before_a_message_that_came_is_believed_later() {
    // the alert comes once, in the clear; what follows shows that the server goes on; then the end of its flight is lost for good
    let shape = Shape { records_in_a_datagram: false, ..Config::default().shape };
    let mut alerts = 0;
    let link = Link::new(Impairment::NONE, 1).tapped(move |d, _, bytes| {
        alerts += u32::from(d == Direction::Down && bytes[0] == 21);
        d == Direction::Up || if bytes[0] == 21 { alerts == 1 } else { bytes[13] != 14 }
    });
    let script = vec![Script::Alert(Stage::Hello, 2, 40)];
    let mut pair = on(link, Options::default(), Config { shape, script, ..Config::default() });
    assert_eq!(fails(&mut pair), Error::Timeout { flight: Flight::ClientHello, peer: Peer::Repeated });
}

#[test]
fn a_forged_cookie_request_moves_a_handshake_that_is_answered() {
    // the genuine one was obeyed; before its answer comes, and before a wait is over, somebody sends another
    let mut pair = pair(Options::default(), Config::default());
    assert!(pair.run_until(SECOND, |p| p.link.log.len() >= 3));
    let request = pair.link.log.iter().find(|p| p.direction == Direction::Down).unwrap();
    let mut forged = request.bytes.clone();
    assert_eq!(forged[13], 3);
    *forged.last_mut().unwrap() ^= 1;
    for _ in 0..5 {
        *forged.last_mut().unwrap() = forged.last().unwrap().wrapping_add(2);
        pair.client.receive(pair.now, &forged);
    }
    connect(&mut pair);
    assert!(pair.client.client.stats().repeated >= 5);
    let hellos = pair.link.log.iter().filter(|p| p.direction == Direction::Up && p.bytes[13] == 1 && p.bytes[4] == 0);
    assert_eq!(hellos.map(|p| p.bytes[18]).collect::<Vec<_>>(), [0, 1], "a third ClientHello was sent");
}
