//! The record layer: lengths, epochs, numbers, what is in the clear.

use crate::kit::{SECOND, connected, forged, in_every_state, scripted};
use std::collections::HashSet;
use stint_dtls::crypto::soft::Aes128Gcm;
use stint_dtls::{Error, Flight};
use stint_lab::device::{Device, Options};
use stint_lab::link::{Direction, End, Impairment, Link, Pair, Passage};
use stint_lab::parties::{Who, on, roomy};
use stint_lab::play;
use stint_lab::scene::{connect, fails, pair, usable_afterwards};
use stint_lab::server::{
    ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, Config, Echo, Fragment, HANDSHAKE, Item, PSK_CCM_8, Protection,
    Record, Script, Server, Stage, TLS12_CID, aad, suites,
};

#[test]
fn cve_2026_75806_record_shorter_than_its_tag() {
    let mut pair = connected();
    let before = pair.client.client.stats().malformed;
    // explicit nonce and tag are 8 bytes each
    for len in 0..16 {
        for kind in [ALERT, HANDSHAKE, APPLICATION_DATA] {
            pair.client.receive(pair.now, &forged(kind, 1, 900 + len, &vec![0; len as usize]));
        }
    }
    assert_eq!(pair.client.client.stats().malformed - before, 48);
    connect(&mut pair);
}

#[test]
fn cve_2026_54874_records_of_a_future_epoch_are_buffered() {
    // a megabyte of them: what is not dropped would have to lie somewhere
    let flood: Vec<Vec<u8>> = (0..100).map(|n| forged(APPLICATION_DATA, 1 + n as u16 % 9, n, &[7; 1000])).collect();
    let stats = in_every_state(&flood);
    assert!(stats.early + stats.unexpected + stats.forged + stats.foreign >= 500, "{stats}");
}

#[test]
fn cve_2009_1377_handshake_records_of_a_future_epoch_are_queued() {
    let finished = Fragment::whole(20, 3, &[0; 12]).bytes();
    let flood: Vec<Vec<u8>> =
        (0..100).map(|n| forged(HANDSHAKE, 1, n, &[&[0; 8][..], &finished, &[0; 8]].concat())).collect();
    let stats = in_every_state(&flood);
    assert!(stats.early + stats.unexpected + stats.forged >= 500, "{stats}");
}

#[test]
fn cve_2016_2181_window_moved_by_a_record_that_is_not_authentic() {
    let mut pair = connected();
    for epoch in [0, 1, 2, 0xffff] {
        pair.client.receive(pair.now, &forged(APPLICATION_DATA, epoch, (1 << 48) - 1, &[0; 40]));
        pair.client.receive(pair.now, &forged(HANDSHAKE, epoch, (1 << 48) - 1, &[0; 40]));
    }
    assert!(pair.client.client.stats().forged >= 2);
    connect(&mut pair);
    assert_eq!(pair.client.client.stats().replayed, 0);
}

#[test]
fn cve_2014_3571_header_cut_from_its_body() {
    let whole = forged(HANDSHAKE, 0, 5, &Fragment::whole(2, 1, &[0; 80]).bytes());
    let cuts: Vec<Vec<u8>> = (0..whole.len()).map(|len| whole[..len].to_vec()).collect();
    let stats = in_every_state(&cuts);
    assert!(stats.malformed as usize >= 2 * (cuts.len() - 1), "{stats}");
}

#[test]
fn cve_2014_0224_early_change_cipher_spec() {
    let mut pair = pair(Options::default(), scripted(&[Script::EarlyChangeCipherSpec]));
    // and more of them in each state after that
    while !pair.client.client.is_connected() {
        pair.client.receive(pair.now, &forged(CHANGE_CIPHER_SPEC, 0, 40, &[1]));
        assert!(pair.step(pair.now + SECOND * 600));
        assert_eq!(pair.client.error(), None);
    }
    // keys come from the client's own flight alone: this type of record moves nothing, whenever it comes
    connect(&mut pair);
}

/// The server's random as the wire shows it; zeros before that.
fn server_random(log: &[Passage]) -> Vec<u8> {
    let down = log.iter().filter(|p| p.direction == Direction::Down).flat_map(|p| Record::split(&p.bytes, 0));
    let mut messages = down.filter(|r| r.kind == HANDSHAKE && r.epoch == 0).flat_map(|r| Fragment::split(&r.fragment));
    let hello = messages.rfind(|f| f.kind == 2);
    hello.map_or_else(|| vec![0; 32], |f| f.body[2..34].to_vec())
}

/// What an attacker can compute whose ChangeCipherSpec made the client take keys from a master secret of zeros.
fn from_nothing(randoms: [&[u8]; 2], sequence: u64, kind: u8, plain: &[u8]) -> Vec<u8> {
    let (_, server) = Protection::pair(PSK_CCM_8, &[0; 48], randoms[0], randoms[1]);
    let mut record = Record { kind, epoch: 1, sequence, cid: Vec::new(), fragment: Vec::new() };
    record.fragment = server.seal(record.number(), 0, &aad(record.number(), kind, plain.len()), plain);
    record.bytes()
}

#[test]
fn cve_2026_93304_keys_read_from_a_master_secret_that_is_known() {
    let mut pair = pair(Options::default(), scripted(&[Script::EarlyChangeCipherSpec, Script::Vanish(Stage::Finish)]));
    let mut steps = 0;
    while pair.client.error().is_none() && steps < 100 {
        steps += 1;
        let (client, server) = (pair.server.seen.hello.random.clone(), server_random(&pair.link.log));
        pair.client.receive(pair.now, &forged(CHANGE_CIPHER_SPEC, 0, 50, &[1]));
        let finished = Fragment::whole(20, 3, &[0; 12]).bytes();
        pair.client.receive(pair.now, &from_nothing([&client, &server], 0, HANDSHAKE, &finished));
        pair.client.receive(pair.now, &from_nothing([&client, &server], 1, APPLICATION_DATA, b"from nowhere"));
        pair.step(pair.now + SECOND * 600);
    }
    assert!(matches!(pair.client.error(), Some(Error::Timeout { flight: Flight::Finished, .. })));
    assert!(pair.client.data().is_empty());
    usable_afterwards(&mut pair, Config::default());
}

#[test]
fn cve_2020_24585_application_data_in_the_clear() {
    for stage in [Stage::Verify, Stage::Hello, Stage::Finish] {
        let mut pair = pair(Options::default(), scripted(&[Script::ClearData(stage)]));
        connect(&mut pair);
        pair.client.receive(pair.now, &forged(APPLICATION_DATA, 0, 77, b"in the clear"));
        assert_eq!(pair.client.data(), [b"there and back"]);
        assert!(pair.client.client.stats().unexpected > 1);
    }
}

#[test]
fn cve_2014_0221_hello_requests_without_end() {
    // a hundred in a record, a hundred records: recursion would go ten thousand deep
    let record = Fragment::whole(0, 0, &[]).bytes().repeat(100);
    let flood: Vec<Vec<u8>> = (0..20).map(|n| forged(HANDSHAKE, 0, 60 + n, &record)).collect();
    let stats = in_every_state(&flood);
    assert!(stats.hello_requests >= 10_000, "{stats}");
}

#[test]
fn cve_2021_42141_epochs_mixed_in_one_handshake() {
    // each message of the server's in an epoch of its own: only what came in the right one counts
    let edit: fn(&mut Vec<Item>) = |items| {
        for (item, epoch) in items.iter_mut().zip(2..) {
            if let Item::Message { epoch: e, .. } = item {
                *e = epoch;
            }
        }
    };
    for stage in [Stage::Verify, Stage::Hello] {
        let mut pair = pair(Options::default(), scripted(&[Script::Edit(stage, edit)]));
        assert!(matches!(fails(&mut pair), Error::Timeout { flight: Flight::ClientHello, .. }));
        usable_afterwards(&mut pair, Config::default());
    }
    let mut pair = pair(Options::default(), scripted(&[Script::ClearFinished]));
    assert!(matches!(fails(&mut pair), Error::Timeout { flight: Flight::Finished, .. }));
    usable_afterwards(&mut pair, Config::default());
}

#[test]
fn cve_2021_42142_early_record_of_a_large_epoch() {
    let early: Vec<Vec<u8>> = [2, 0x7fff, 0xfffe, 0xffff]
        .iter()
        .flat_map(|epoch| [HANDSHAKE, ALERT, APPLICATION_DATA].map(|kind| forged(kind, *epoch, 0, &[1; 30])))
        .collect();
    in_every_state(&early);
}

#[test]
fn cve_2021_42147_hash_over_more_than_came() {
    // a message that says it is longer than its record, and one whose record says it is longer than the datagram
    let long = Fragment { kind: 2, len: 200, seq: 1, offset: 0, body: vec![0; 200] }.bytes();
    let mut cut = forged(HANDSHAKE, 0, 9, &long);
    cut.truncate(60);
    let stats = in_every_state(&[forged(HANDSHAKE, 0, 8, &long[..60]), cut]);
    assert!(stats.malformed >= 4, "{stats}");
}

#[test]
fn cve_2022_46393_connection_id_longer_than_its_buffer() {
    for len in [0, 1, 8, 16, 32, 33, 64, 128, 254, 255] {
        let mut options = Options::default();
        options.config.connection_id = Some(&[1, 2, 3, 4]);
        let mut pair = pair(options, Config { cid: Some(vec![0xab; len]), ..Config::default() });
        let done = pair.run_until(SECOND * 600, |p| p.client.client.is_connected() || p.client.error().is_some());
        assert!(done, "{len}");
        match pair.client.error() {
            None => connect(&mut pair),
            Some(error) => assert!(error.alert().is_some(), "{len}: {error:?}"),
        }
        // and records with more Connection ID than was agreed, or with nothing behind it
        for size in 0..20 {
            let record = Record { kind: TLS12_CID, epoch: 1, sequence: 8, cid: vec![9; size], fragment: vec![] };
            pair.client.receive(pair.now, &record.bytes());
        }
        usable_afterwards(&mut pair, Config::default());
    }
}

#[test]
fn cve_2026_26014_nonces_drawn_at_random() {
    let mut pair = Pair::new(
        Device::with(Options::default(), Aes128Gcm),
        Server::new(Config { suites: vec![0x00a8], ..Config::default() }, Echo),
        Link::new(Impairment::NONE, 1),
    );
    for _ in 0..3 {
        let before = pair.link.log.len();
        connect(&mut pair);
        pair.client.outbox.extend((0..200u32).map(|n| n.to_be_bytes().to_vec()));
        pair.run_until(pair.now + SECOND * 5, |_| false);
        let up = pair.link.log[before..].iter().filter(|p| p.direction == Direction::Up);
        let sealed: Vec<Record> = up.flat_map(|p| Record::split(&p.bytes, 0)).filter(|r| r.epoch == 1).collect();
        assert!(sealed.len() > 200);
        // the explicit part is the record's own number (RFC 5288 3), and none comes twice
        assert!(sealed.iter().all(|record| record.fragment[..8] == record.number()));
        assert_eq!(sealed.iter().map(|r| r.fragment[..8].to_vec()).collect::<HashSet<_>>().len(), sealed.len());
        usable_afterwards(&mut pair, Config { suites: vec![0x00a8], ..Config::default() });
    }
}

#[test]
fn cve_2018_0497_suites_with_cbc_are_offered() {
    for who in Who::ALL {
        play!(who, auth, who: Who = who => {
            let mut pair = on(Link::new(Impairment::NONE, 1), roomy(), auth, who.server());
            connect(&mut pair);
            // every one of the lab's suites is an AEAD; the signalling value of RFC 5746 aside there is no other
            let aeads = suites(who.kx());
            let offered = &pair.server.seen.hello.suites;
            assert!(offered.iter().all(|suite| aeads.contains(suite) || *suite == 0x00ff), "{offered:04x?}");
        });
    }
}
