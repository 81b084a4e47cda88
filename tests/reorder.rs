//! Datagrams that arrive in another order than they were sent.

use core::time::Duration;
use stint_dtls::{Error, Peer};
use stint_lab::device::Options;
use stint_lab::link::{Direction, End, Impairment, Link};
use stint_lab::scene::{connect, on, pair};
use stint_lab::server::{Config, Order, Shape};

#[test]
fn a_flight_that_arrives_backwards_is_never_taken() {
    // a datagram a message: SH, SKE, SHD come as SHD, SKE, SH; each repetition brings one message on
    let shape = Shape { records_in_a_datagram: false, order: Order::Backward, ..Config::default().shape };
    for reassembly in [0, 512] {
        let config = Config { shape, hint: Some(b"hint".to_vec()), ..Config::default() };
        let mut pair = pair(Options { reassembly, ..Options::default() }, config);
        connect(&mut pair);
        let stats = pair.client.client.stats();
        assert!(stats.early >= 2, "early messages are counted: {stats}");
    }
}

#[test]
fn a_random_order_of_each_flight_ends_a_handshake() {
    let shape = Shape { records_in_a_datagram: false, order: Order::Shuffled, ..Config::default().shape };
    for seed in 0..300 {
        let config = Config { shape, hint: Some(b"hint".to_vec()), seed, ..Config::default() };
        connect(&mut pair(Options { seed, ..Options::default() }, config));
    }
}

#[test]
fn a_finished_before_its_change_cipher_spec_is_not_taken() {
    // the epoch says it all: nothing is lost, and nothing sent twice
    let shape = Shape { records_in_a_datagram: false, order: Order::Backward, ..Config::default().shape };
    let link = Link::new(Impairment::NONE, 1);
    let mut pair = on(link, Options::default(), Config { hint: None, shape, ..Config::default() });
    connect(&mut pair);
    assert_eq!(pair.server.seen.repeated_finished, 0);
}

#[test]
fn application_data_that_overtakes_the_servers_finished_is_delivered_or_kept() {
    // RFC 6347 allows either; the client drops it, counts it, and holds nothing back
    let link = Link::new(Impairment::NONE, 1);
    let mut pair = on(link, Options::default(), Config::default());
    let done = pair.run_until(Duration::from_secs(60), |p| p.server.association().is_some());
    assert!(done && !pair.client.client.is_connected());
    let early = pair.server.seal(23, b"early").unwrap();
    pair.client.receive(pair.now, &early);
    assert!(pair.client.data().is_empty());
    assert_eq!(pair.client.client.stats().unexpected, 1);
    connect(&mut pair);
}

#[test]
fn a_delayed_copy_of_an_old_handshake_disturbs_a_new_one() {
    let mut pair = pair(Options::default(), Config::default());
    connect(&mut pair);
    let old: Vec<Vec<u8>> =
        pair.link.log.iter().filter(|p| p.direction == Direction::Down).map(|p| p.bytes.clone()).collect();
    pair.server.reboot();
    pair.client.restart(pair.now);
    for _ in 0..4 {
        for datagram in &old {
            pair.server.send_raw(datagram.clone());
        }
        pair.step(pair.now + Duration::from_secs(600));
    }
    // an old ServerHello in the clear cannot be told from a new one: the handshake may fail, never connect wrongly
    let done = pair.run_until(pair.now + Duration::from_secs(600), |p| {
        p.client.client.is_connected() || p.client.error().is_some()
    });
    assert!(done);
    if pair.client.client.is_connected() {
        connect(&mut pair);
    } else {
        let error = pair.client.error().unwrap();
        assert!(matches!(error, Error::Timeout { peer: Peer::Repeated, .. } | Error::Unexpected(_)), "{error:?}");
    }
}

#[test]
fn a_late_copy_of_the_cookie_request_moves_the_numbers_of_the_handshake() {
    // it comes when the answer to our second ClientHello was lost, so that the server seems not to have heard the cookie
    let mut hello = 0;
    let link = Link::new(Impairment::NONE, 1).tapped(move |d, _, bytes| {
        let server_hello = d == Direction::Down && bytes[13] == 2;
        hello += u32::from(server_hello);
        !server_hello || hello > 2
    });
    let mut pair = on(link, Options::default(), Config { timeout: Duration::from_secs(50), ..Config::default() });
    for _ in 0..2 {
        let sent = pair.link.log.len();
        pair.run_until(Duration::from_secs(60), |p| p.link.log.len() >= sent + 4);
        let request = pair.link.log.iter().find(|p| p.direction == Direction::Down).unwrap().bytes.clone();
        pair.client.receive(pair.now, &request);
    }
    connect(&mut pair);
    let numbers = pair.link.log.iter().filter(|p| p.direction == Direction::Up && p.bytes[13] == 1);
    assert!(numbers.map(|p| p.bytes[18]).all(|number| number < 2), "a third ClientHello was numbered");
}
