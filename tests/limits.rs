//! Ends of counters, windows and buffers.

use core::time::Duration;
use stint_dtls::crypto::soft::Aes128Ccm;
use stint_dtls::{Error, Flight, OVERHEAD, SendError};
use stint_lab::device::{Device, Happened, Options};
use stint_lab::link::{End, Impairment, Link, Pair};
use stint_lab::random::Random;
use stint_lab::scene::{connect, fails, pair, usable_afterwards};
use stint_lab::server::{APPLICATION_DATA, Config, Cut, Echo, Record, Script, Server};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn forgeries_are_not_counted_or_the_limit_is_not_told() {
    let mut options = Options::default();
    options.config.forgery_limit = Some(10);
    let mut pair = pair(options, Config::default());
    connect(&mut pair);
    let good = pair.server.seal(APPLICATION_DATA, b"good").unwrap();
    for i in 1..=10 {
        assert!(!pair.client.happened.contains(&Happened::ForgeryLimit), "after {} forgeries", i - 1);
        let mut bad = good.clone();
        *bad.last_mut().unwrap() ^= i;
        pair.client.receive(pair.now, &bad);
    }
    assert_eq!(pair.client.happened.last(), Some(&Happened::ForgeryLimit));
    assert_eq!(pair.client.client.stats().forged, 10);
    // it is told once, and the association goes on until the application makes a new one
    let mut bad = good.clone();
    bad[30] ^= 1;
    pair.client.receive(pair.now, &bad);
    assert_eq!(pair.client.happened.iter().filter(|h| **h == Happened::ForgeryLimit).count(), 1);
    pair.client.receive(pair.now, &good);
    assert_eq!(pair.client.data().last().unwrap(), b"good");
    usable_afterwards(&mut pair, Config::default());
}

#[test]
fn the_default_forgery_limits_are_not_two_to_the_twentieth() {
    let mut pair = pair(Options::default(), Config::default());
    connect(&mut pair);
    let mut bad = pair.server.seal(APPLICATION_DATA, b"").unwrap();
    *bad.last_mut().unwrap() ^= 1;
    for _ in 1..1u32 << 20 {
        pair.client.receive(pair.now, &bad);
    }
    assert!(!pair.client.happened.contains(&Happened::ForgeryLimit));
    pair.client.receive(pair.now, &bad);
    assert!(pair.client.happened.contains(&Happened::ForgeryLimit));
}

#[test]
fn forgeries_of_other_epochs_or_in_a_handshake_count_towards_the_limit() {
    let mut options = Options::default();
    options.config.forgery_limit = Some(1);
    let mut pair = pair(options, Config::default());
    connect(&mut pair);
    for epoch in [0, 2, 3, 0xffff] {
        let record = Record { kind: APPLICATION_DATA, epoch, sequence: 9, cid: Vec::new(), fragment: vec![0; 40] };
        pair.client.receive(pair.now, &record.bytes());
    }
    assert!(!pair.client.happened.contains(&Happened::ForgeryLimit));
    assert_eq!(pair.client.client.stats().forged, 0);
}

#[test]
fn a_record_is_sealed_beyond_the_limit() {
    let mut options = Options::default();
    options.config.record_limit = 5;
    let mut pair = pair(options, Config::default());
    let done = pair.run_until(SECOND * 60, |p| p.client.client.is_connected());
    assert!(done);
    // Finished was the first
    let mut out = [0; 100];
    let mut send = |pair: &mut Pair<'_, Device, Server>| {
        let mut ran = false;
        let result = pair.client.client.send(pair.now, &mut out, |_| {
            ran = true;
            Some(0)
        });
        (result, ran)
    };
    for _ in 0..4 {
        assert!(matches!(send(&mut pair), (Ok(Some(_)), true)));
    }
    // what CoAP takes for sent was sent: the limit is looked at before it writes
    assert_eq!(send(&mut pair), (Err(SendError::Spent), false));
    assert!(pair.client.client.is_connected());
    usable_afterwards(&mut pair, Config::default());
}

#[test]
fn a_replayed_record_is_delivered() {
    let mut pair = pair(Options::default(), Config::default());
    connect(&mut pair);
    let mut random = Random::new(3);
    let records: Vec<Vec<u8>> =
        (0..200u32).map(|i| pair.server.seal(APPLICATION_DATA, &i.to_be_bytes()).unwrap()).collect();
    let before = pair.client.data().len();
    for _ in 0..3 {
        let mut order: Vec<usize> = (0..200).collect();
        random.shuffle(&mut order);
        order.into_iter().for_each(|i| pair.client.receive(pair.now, &records[i]));
    }
    let mut got = pair.client.data()[before..].to_vec();
    let all = got.len();
    got.sort();
    got.dedup();
    assert_eq!(got.len(), all, "a record was delivered twice");
    assert_eq!(all + pair.client.client.stats().replayed as usize, 600);
}

#[test]
fn the_window_is_not_of_64_records_or_moves_before_authentication() {
    let mut pair = pair(Options::default(), Config::default());
    connect(&mut pair);
    let mut record = |n: u64| pair.server.seal_numbered(n, APPLICATION_DATA, &n.to_be_bytes()).unwrap();
    let [newest, edge, old] = [1000, 1000 - 63, 1000 - 64].map(&mut record);
    // CVE-2016-2181: a forged record of the last number must not push the window on
    let mut forged = record((1 << 48) - 1);
    *forged.last_mut().unwrap() ^= 1;
    let before = pair.client.data().len();
    for datagram in [&forged, &newest, &edge, &old, &newest] {
        pair.client.receive(pair.now, datagram);
    }
    let got: Vec<Vec<u8>> = pair.client.data()[before..].to_vec();
    assert_eq!(got, [1000u64.to_be_bytes(), 937u64.to_be_bytes()]);
    assert_eq!(pair.client.client.stats().replayed, 2);
    // the last number of all is still one
    let last = pair.server.seal_numbered((1 << 48) - 1, APPLICATION_DATA, b"last").unwrap();
    pair.client.receive(pair.now, &last);
    assert_eq!(pair.client.data().last().unwrap(), b"last");
}

#[test]
fn a_buffer_too_small_for_a_record_does_harm() {
    let mut options = Options::default();
    options.config.connection_id = Some(&[]);
    let mut pair = pair(options, Config { cid: Some(vec![1, 2, 3]), ..Config::default() });
    connect(&mut pair);
    let overhead = OVERHEAD + 3 + 1;
    for len in 0..100 {
        let mut out = vec![0; len];
        let most = pair.client.client.max_plaintext(len);
        assert_eq!(most, len.saturating_sub(overhead));
        let mut room = None;
        let result = pair.client.client.send(pair.now, &mut out, |b| {
            room = Some(b.len());
            Some(b.len())
        });
        if len < overhead {
            assert_eq!((result, room), (Err(SendError::BufferTooSmall), None));
        } else {
            assert_eq!((result, room), (Ok(Some(len)), Some(most)));
        }
        // more than was lent is claimed
        let result = pair.client.client.send(pair.now, &mut out, |b| Some(b.len() + 1));
        assert_eq!(result, Err(SendError::BufferTooSmall));
        assert_eq!(pair.client.client.send(pair.now, &mut out, |_| None).unwrap_or(None), None);
    }
}

#[test]
fn sending_before_or_after_an_association_is_allowed() {
    let mut pair = pair(Options::default(), Config::default());
    let mut out = [0; 100];
    assert_eq!(pair.client.client.send(pair.now, &mut out, |_| panic!("asked to write")), Err(SendError::NotConnected));
    assert_eq!(pair.client.client.max_plaintext(100), 0);
    connect(&mut pair);
    pair.client.client.close();
    assert_eq!(pair.client.client.send(pair.now, &mut out, |_| panic!("asked to write")), Err(SendError::NotConnected));
}

#[test]
fn a_buffer_for_datagrams_of_any_size_is_not_enough_or_does_harm() {
    for buffer in 0..256 {
        let mut pair = pair(Options { buffer, ..Options::default() }, Config::default());
        let done = pair.run_until(SECOND * 600, |p| p.client.client.is_connected() || p.client.error().is_some());
        assert!(done, "{buffer}");
        match pair.client.error() {
            Some(error) => assert!(error == Error::BufferTooSmall && buffer < 68, "{buffer}: {error:?}"),
            None => assert!(buffer >= 26, "{buffer}"),
        }
        let longest = pair.link.log.iter().map(|p| p.bytes.len()).filter(|l| *l > buffer).count();
        assert!(longest <= pair.link.log.len());
    }
}

#[test]
fn an_mtu_is_exceeded() {
    for mtu in [68, 80, 100, 128, 200, 300] {
        let mut options = Options { identity: &[b'i'; 128], ..Options::default() };
        options.config.mtu = mtu;
        options.config.server_name = Some("a.rather.long.name.of.a.server.example.net");
        let config = Config { identity: vec![b'i'; 128], ..Config::default() };
        let mut pair = Pair::new(
            Device::new(options),
            Server::new(config, Echo),
            Link::new(Impairment { mtu: mtu.into(), ..Impairment::NONE }, 1),
        );
        pair.server.config.shape.cut = Cut::At(30);
        pair.server.config.shape.mtu = 60;
        connect(&mut pair);
    }
}

#[test]
fn a_cookie_of_any_length_does_harm() {
    for len in [0, 1, 63, 64] {
        connect(&mut pair(Options::default(), Config { cookie: Some(len), ..Config::default() }));
    }
    for len in [65, 128, 255] {
        let mut pair = pair(Options::default(), Config { cookie: Some(len), ..Config::default() });
        assert_eq!(fails(&mut pair), Error::CookieTooLong);
        usable_afterwards(&mut pair, Config::default());
    }
}

#[test]
fn a_server_that_asks_for_cookies_without_end_is_obeyed_without_end() {
    let mut pair = pair(Options::default(), Config { script: vec![Script::EndlessVerify], ..Config::default() });
    let error = fails(&mut pair);
    assert!(matches!(error, Error::Timeout { flight: Flight::ClientHello, .. }), "{error:?}");
    assert!(pair.server.seen.hellos < 40, "{}", pair.server.seen.hellos);
    usable_afterwards(&mut pair, Config::default());
}

#[test]
fn the_long_tags_forgeries_are_limited_as_the_short_ones() {
    // 2^23 forgeries take too long to be tried here; that 2^20 do not suffice is the point
    let mut pair = Pair::new(
        Device::with(Options::default(), Aes128Ccm),
        Server::new(Config::default(), Echo),
        Link::new(Impairment::NONE, 1),
    );
    connect(&mut pair);
    let mut bad = pair.server.seal(APPLICATION_DATA, b"").unwrap();
    *bad.last_mut().unwrap() ^= 1;
    for _ in 0..(1u32 << 20) + 1 {
        pair.client.receive(pair.now, &bad);
    }
    assert!(!pair.client.happened.contains(&Happened::ForgeryLimit));
}
