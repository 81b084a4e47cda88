//! Alerts: forged ones in the clear, true ones under the keys, ours; and requests for a renegotiation.

use core::time::Duration;
use stint_dtls::{Alert, Error, Flight, Peer};
use stint_lab::device::{Happened, Options};
use stint_lab::link::End;
use stint_lab::scene::{connect, fails, pair, usable_afterwards};
use stint_lab::server::{ALERT, Config, HANDSHAKE, Record, Script, Stage, Unknown};

const SECOND: Duration = Duration::from_secs(1);

/// An alert in the clear, as anybody can send it.
fn forged(sequence: u64, level: u8, description: u8) -> Vec<u8> {
    Record { kind: ALERT, epoch: 0, sequence, cid: Vec::new(), fragment: vec![level, description] }.bytes()
}

#[test]
fn a_forged_alert_in_the_clear_ends_a_handshake_that_would_succeed() {
    for stage in [Stage::Verify, Stage::Hello, Stage::Finish] {
        for (level, description) in
            [(2, 40), (2, 20), (2, 51), (2, 115), (1, 0), (2, 0), (1, 90), (2, 255), (0, 0), (3, 40)]
        {
            let script = vec![Script::Alert(stage, level, description)];
            let mut pair = pair(Options::default(), Config { script, ..Config::default() });
            connect(&mut pair);
        }
    }
}

#[test]
fn a_forged_alert_in_the_clear_ends_an_association() {
    let mut pair = pair(Options::default(), Config::default());
    connect(&mut pair);
    for description in 0..=255 {
        for level in 0..4 {
            pair.client.receive(pair.now, &forged(1000 + u64::from(description), level, description));
        }
    }
    assert!(pair.client.client.is_connected());
    assert_eq!(pair.client.client.stats().unexpected, 1024);
    connect(&mut pair);
}

#[test]
fn a_refusal_that_is_all_the_server_says_is_not_named() {
    // Mbed TLS's answer to an identity that it does not know: in the clear, after our Finished
    let options = Options { identity: b"nobody", ..Options::default() };
    let mut pair = pair(options, Config { unknown: Unknown::Alert, ..Config::default() });
    assert_eq!(fails(&mut pair), Error::PeerAlert(Alert(115)));
    assert!(pair.now < SECOND * 5, "{:?}", pair.now);
    usable_afterwards(&mut pair, Config { identity: b"nobody".to_vec(), ..Config::default() });
}

#[test]
fn an_unknown_identity_that_the_server_hides_or_ignores_is_not_told() {
    for (unknown, peer) in [(Unknown::Pretend, Peer::Repeated), (Unknown::Silence, Peer::Silent)] {
        let options = Options { identity: b"nobody", ..Options::default() };
        let mut pair = pair(options, Config { unknown, ..Config::default() });
        assert_eq!(fails(&mut pair), Error::Timeout { flight: Flight::Finished, peer });
    }
}

#[test]
fn no_suite_in_common_is_not_told() {
    let mut pair = pair(Options::default(), Config { suites: vec![0xc02b], ..Config::default() });
    assert_eq!(fails(&mut pair), Error::PeerAlert(Alert(40)));
    usable_afterwards(&mut pair, Config::default());
}

#[test]
fn a_forged_alert_hides_what_the_server_says() {
    // the alert comes first, then silence: it is named after one more transmission, not at once
    let script = vec![Script::Alert(Stage::Verify, 2, 40), Script::Omit(3)];
    let mut pair = pair(Options::default(), Config { script, ..Config::default() });
    connect(&mut pair);
    let alert = forged(7, 2, 80);
    let script = vec![Script::Vanish(Stage::Verify)];
    let mut pair = self::pair(Options::default(), Config { script, ..Config::default() });
    pair.flush();
    pair.client.receive(pair.now, &alert);
    let sent = pair.link.log.len();
    assert!(pair.client.error().is_none());
    assert_eq!(fails(&mut pair), Error::PeerAlert(Alert(80)));
    assert!(pair.link.log.len() > sent, "one more transmission goes out before the alert is believed");
}

#[test]
fn a_true_alert_is_not_obeyed() {
    let mut pair = pair(Options::default(), Config::default());
    connect(&mut pair);
    // warnings other than close_notify are no end
    for description in [90, 100, 112] {
        pair.server.send(ALERT, &[1, description]);
    }
    pair.run_until(pair.now + SECOND, |_| false);
    assert!(pair.client.client.is_connected());
    assert_eq!(pair.client.client.stats().alerts, 3);
    pair.server.send(ALERT, &[2, 20]);
    pair.run_until(pair.now + SECOND, |_| false);
    assert_eq!(pair.client.error(), Some(Error::PeerAlert(Alert(20))));
    assert!(!pair.client.client.is_connected());
    usable_afterwards(&mut pair, Config::default());
}

#[test]
fn a_close_is_not_answered_or_not_sent() {
    let mut pair = pair(Options::default(), Config::default());
    connect(&mut pair);
    pair.server.send(ALERT, &[1, 0]);
    pair.run_until(pair.now + SECOND, |_| false);
    assert_eq!(pair.client.happened.last(), Some(&Happened::Closed));
    assert_eq!(pair.server.seen.alerts, [(1, 1, 0)], "answered with a close_notify under the keys");
    usable_afterwards(&mut pair, Config::default());
    pair.client.client.close();
    pair.run_until(pair.now + SECOND, |_| false);
    assert_eq!(pair.server.seen.alerts, [(1, 1, 0); 2]);
    assert!(!pair.client.client.is_connected());
    assert_eq!(pair.client.deadline(), None);
    // what comes after it is noise
    let late = pair.server.seal(23, b"late").unwrap();
    let before = pair.client.happened.len();
    pair.client.receive(pair.now, &late);
    assert_eq!(pair.client.happened.len(), before);
    usable_afterwards(&mut pair, Config::default());
}

#[test]
fn a_close_in_mid_handshake_leaves_something_behind() {
    let mut pair = pair(Options::default(), Config::default());
    for steps in 0..6 {
        pair.client.restart(pair.now);
        pair.server.reboot();
        for _ in 0..steps {
            pair.step(pair.now + SECOND);
        }
        pair.client.client.close();
        pair.run_until(pair.now + SECOND * 600, |_| false);
        assert!(!pair.client.client.is_handshaking() && !pair.client.client.is_connected());
        usable_afterwards(&mut pair, Config::default());
    }
}

#[test]
fn a_hello_request_in_the_clear_or_early_is_obeyed() {
    for stage in [Stage::Verify, Stage::Hello, Stage::Finish] {
        let script = vec![Script::HelloRequest(stage)];
        let mut pair = pair(Options::default(), Config { script, ..Config::default() });
        connect(&mut pair);
        assert!(pair.client.client.stats().hello_requests > 0, "{stage:?}");
        assert_eq!(pair.server.seen.alerts, []);
    }
}

#[test]
fn a_renegotiation_is_not_refused_or_refused_without_end() {
    let mut pair = pair(Options::default(), Config::default());
    connect(&mut pair);
    pair.run_until(pair.now + SECOND * 10, |_| false);
    let request = [0; 12];
    for _ in 0..50 {
        pair.server.send(HANDSHAKE, &request);
    }
    pair.run_until(pair.now + SECOND, |_| false);
    assert_eq!(pair.server.seen.alerts, [(1, 1, 100)], "no_renegotiation, once a second at most");
    assert_eq!(pair.client.client.stats().hello_requests, 50);
    pair.run_until(pair.now + SECOND * 2, |_| false);
    pair.server.send(HANDSHAKE, &request);
    pair.run_until(pair.now + SECOND, |_| false);
    assert_eq!(pair.server.seen.alerts, [(1, 1, 100); 2]);
    assert_eq!(pair.server.seen.hellos, 2, "no ClientHello answers it");
    connect(&mut pair);
}

#[test]
fn an_alert_of_another_length_is_read() {
    let mut pair = pair(Options::default(), Config::default());
    connect(&mut pair);
    for body in [&[][..], &[2], &[2, 40, 0], &[1, 0, 1, 0]] {
        pair.server.send(ALERT, body);
    }
    pair.run_until(pair.now + SECOND, |_| false);
    assert!(pair.client.client.is_connected(), "{:?}", pair.client.happened);
    assert_eq!(pair.client.client.stats().malformed, 4);
}
