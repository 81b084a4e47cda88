//! A thousand exchanges through a translator that changes the client's port every few datagrams, against a server that knows
//! its clients by their Connection ID (RFC 9146).

use core::time::Duration;
use stint_coap::{Code, Config, Request};
use stint_lab::coaps::{Node, Saw};
use stint_lab::device::Options;
use stint_lab::nat::{Habits, Nat};
use stint_lab::peers::Peer;
use stint_lab::udp::Station;

const EXCHANGES: usize = 1000;

fn device(nat: &Nat, connection_id: Option<&'static [u8]>) -> Station<Node> {
    let mut options = Options::default();
    options.config.connection_id = connection_id;
    // what is lost is asked for again soon: the test waits for it
    let coap = Config { ack_timeout: Duration::from_millis(50), ..Config::DEFAULT };
    Station::new(Node::new(options, coap, 2), nat.address()).unwrap()
}

/// Asks for as many times and says how many were answered.
fn answered(station: &mut Station<Node>, times: usize) -> usize {
    let mut answered = 0;
    for _ in 0..times {
        station.end.saw.clear();
        let handle = station.end.pump.coap.request(&Request::get("count")).unwrap();
        let over =
            |n: &mut Node| n.saw.iter().any(|s| matches!(s, Saw::Response { .. } | Saw::Failed(..) | Saw::Ended(_)));
        station.run(Duration::from_secs(20), over).unwrap();
        let good =
            |s: &Saw| matches!(s, Saw::Response { handle: h, code, .. } if *h == handle && *code == Code::CONTENT);
        answered += usize::from(station.end.saw.iter().any(good));
    }
    answered
}

const HABITS: Habits = Habits { calm: 8, datagrams: 4, early: 16, seed: 1 };

fn thousand(connection_id: &'static [u8]) {
    let server = Peer::roaming(true).unwrap();
    let nat = Nat::start(server.address(), HABITS).unwrap();
    let mut station = device(&nat, Some(connection_id));
    assert_eq!(answered(&mut station, EXCHANGES), EXCHANGES, "seed {}\n{}", HABITS.seed, server.output());
    let (changes, early) = nat.changes();
    assert!(changes > EXCHANGES / 4 && early > 5, "{changes} changes, {early} before an answer");
    // one association throughout, which the server followed, and no number twice
    assert_eq!(server.told("connected"), [[1]]);
    assert!(server.told("moved").len() > EXCHANGES / 5, "{} moves", server.told("moved").len());
    assert_eq!(server.repeated(), None);
    let records = server.records().len();
    println!("seed {}: {changes} changes of port, {early} before an answer; {records} records", HABITS.seed);
}

#[test]
fn an_exchange_is_lost_for_good_when_the_port_changes() {
    thousand(b"");
}

#[test]
fn an_exchange_is_lost_for_good_when_both_sides_have_connection_ids() {
    thousand(b"\xc0\xff\xee");
}

#[test]
fn the_translator_harms_nobody_so_that_the_tests_above_prove_nothing() {
    let server = Peer::roaming(true).unwrap();
    let nat = Nat::start(server.address(), HABITS).unwrap();
    // without a Connection ID the association is lost with the first change
    let mut station = device(&nat, None);
    assert_eq!(answered(&mut station, 5), 5);
    station.end.pump.coap.request(&Request::get("count")).unwrap();
    let stray = |_: &mut Node| server.output().contains("stray");
    for _ in 0..8 {
        let _ = station.end.pump.coap.request(&Request::get("count"));
        station.run(Duration::from_millis(200), stray).unwrap();
    }
    assert!(server.output().contains("stray"), "{}", server.output());
    assert!(server.told("moved").is_empty());
}
