//! Handshake messages in pieces that lie about themselves (RFC 6347 4.2.2, 4.2.3).

use crate::kit::{ends_in, forged, fragment, in_every_state, refused, scripted};
use stint_dtls::CertificateError::{EmptyChain, Malformed};
use stint_dtls::{Error, HandshakeType};
use stint_lab::device::Options;
use stint_lab::link::{End, Impairment, Link};
use stint_lab::parties::{Who, on, roomy};
use stint_lab::play;
use stint_lab::scene::{LIMIT, connect, fails, pair, usable_afterwards};
use stint_lab::server::code::CERTIFICATE;
use stint_lab::server::{Config, Cut, Fragment, HANDSHAKE, Item, Script, Shape, Stage};

/// A server whose flight of messages in two pieces or more is edited first.
fn cut_and(edit: fn(&mut Vec<Item>)) -> Config {
    let shape = Shape { cut: Cut::At(30), ..Config::default().shape };
    Config { shape, ..scripted(&[Script::Edit(Stage::Hello, edit)]) }
}

#[test]
fn cve_2014_0195_fragment_longer_than_the_message() {
    let edits: [fn(&mut Vec<Item>); 4] = [
        // the first says 4 bytes in all, the next 1,000, at an offset that lies in neither
        |items| {
            items.insert(0, fragment(2, 4, 1, 0, 2, &[0; 2]));
            items.insert(1, fragment(2, 1000, 1, 2, 900, &[0x41; 900]));
        },
        |items| items.insert(0, fragment(2, 72, 1, 60, 60, &[0x41; 60])),
        |items| items.insert(0, fragment(2, 10, 1, 0, 60, &[0x41; 60])),
        |items| items.insert(0, fragment(2, 72, 1, 0xff_ff00, 0x200, &[0x41; 0x200])),
    ];
    for (number, edit) in edits.into_iter().enumerate() {
        let mut pair = pair(Options::default(), cut_and(edit));
        if number == 0 {
            // believed once: what is true contradicts it then, and the handshake cannot end well; but it ends
            let done = pair.run_until(LIMIT, |p| p.client.error().is_some() || p.client.client.is_connected());
            assert!(done);
        } else {
            connect(&mut pair);
            let stats = pair.client.client.stats();
            assert!(stats.malformed + stats.fragments > 0, "{number}: {stats}");
        }
        usable_afterwards(&mut pair, Config::default());
    }
}

#[test]
fn cve_2016_6308_message_of_sixteen_megabytes() {
    for len in [0x8000, 0x1_0000, 0xff_ffff] {
        let config = Config {
            shape: Shape { cut: Cut::Whole, ..Config::default().shape },
            ..scripted(&[Script::Length(12, len)])
        };
        let mut pair = pair(Options::default(), config);
        assert!(matches!(fails(&mut pair), Error::ReassemblyTooSmall { .. }));
        usable_afterwards(&mut pair, Config::default());
    }
}

#[test]
fn cve_2014_3506_ten_messages_of_sixteen_megabytes() {
    // of messages that are not due: nothing is kept for any of them
    let flood: Vec<Vec<u8>> = (2..12)
        .map(|seq| Fragment { kind: 11, len: 0xff_fff0, seq, offset: 0x10_0000, body: vec![0; 900] })
        .map(|f| forged(HANDSHAKE, 0, u64::from(f.seq), &f.bytes()))
        .collect();
    let mut pair = pair(Options::default(), Config::default());
    for datagram in flood.iter().cycle().take(1000) {
        pair.client.receive(pair.now, datagram);
    }
    assert_eq!(pair.client.client.stats().early, 1000);
    connect(&mut pair);
}

#[test]
fn cve_2022_29189_fragments_kept_without_bound() {
    let pieces = (1..2000).map(|n| fragment(11, 40_000, 2 + (n % 50) as u16, n * 10, 10, &[n as u8; 10]));
    let flood: Vec<Vec<u8>> = pieces
        .map(|item| {
            let Item::Plain { body, .. } = item else { unreachable!() };
            forged(HANDSHAKE, 0, 70, &body)
        })
        .collect();
    let mut pair = pair(Options::default(), Config::default());
    for datagram in &flood {
        pair.client.receive(pair.now, datagram);
    }
    connect(&mut pair);
    assert_eq!(pair.client.client.stats().early, 1999);
}

#[test]
fn cve_2016_2179_messages_out_of_order_never_freed() {
    // a handshake that fails with half a message in the slice, a hundred times; the slice is whole for the next
    let half: fn(&mut Vec<Item>) = |items| {
        items.truncate(1);
        items.push(fragment(12, 400, 2, 100, 200, &[0x55; 200]));
    };
    let mut pair = pair(Options::default(), scripted(&[Script::Edit(Stage::Hello, half)]));
    for _ in 0..100 {
        assert!(matches!(fails(&mut pair), Error::Timeout { .. }));
        pair.server.reboot();
        pair.client.restart(pair.now);
    }
    let shape = Shape { cut: Cut::At(100), ..Config::default().shape };
    usable_afterwards(&mut pair, Config { hint: Some(vec![b'h'; 440]), shape, ..Config::default() });
}

#[test]
fn cve_2022_29190_fragment_of_no_bytes() {
    let nothing: fn(&mut Vec<Item>) = |items| {
        for seq in 0..4 {
            items.insert(0, fragment(2, 72, seq, 0, 0, &[]));
            items.insert(0, fragment(2, 0, seq, 0, 0, &[]));
        }
        items.insert(0, Item::Plain { epoch: 0, kind: HANDSHAKE, body: Vec::new() });
    };
    // the empty message with the number of the ServerHello is a ServerHello of no bytes
    let mut pair = pair(Options::default(), cut_and(nothing));
    assert_eq!(fails(&mut pair), Error::Malformed(HandshakeType::SERVER_HELLO));
    usable_afterwards(&mut pair, Config::default());
    let datagrams = [vec![], forged(HANDSHAKE, 0, 0, &[]), forged(HANDSHAKE, 0, 0, &[0; 12])];
    in_every_state(&datagrams);
}

#[test]
fn gnutls_1839_fragments_of_two_messages_put_together() {
    // of the type that is due, under the next message's number and with another length
    let other: fn(&mut Vec<Item>) = |items| {
        items.insert(0, fragment(2, 100, 1, 0, 0, &[]));
        items.insert(0, fragment(2, 200, 2, 50, 150, &[0x41; 150]));
    };
    let mut pair = pair(Options::default(), cut_and(other));
    connect(&mut pair);
    assert!(pair.client.client.stats().early > 0);
}

#[test]
fn cve_2026_42009_one_number_for_two_messages() {
    // message_seq 2 twice: a Certificate, which has no place here, and the ServerKeyExchange
    let both: fn(&mut Vec<Item>) = |items| {
        let at = items.len() - 2;
        let Item::Message { message, .. } = &items[at] else { unreachable!() };
        let other = Fragment::whole(CERTIFICATE, message.seq, &[0; 3]);
        items.insert(at, Item::Message { epoch: 0, message: other });
    };
    ends_in(&[Script::Edit(Stage::Hello, both)], Error::Unexpected(HandshakeType(CERTIFICATE)), 10);
    // and after the true one it is an old number
    let late: fn(&mut Vec<Item>) = |items| {
        let at = items.len() - 1;
        let Item::Message { message, .. } = &items[at - 1] else { unreachable!() };
        let other = Fragment::whole(CERTIFICATE, message.seq, &[0; 3]);
        items.insert(at, Item::Message { epoch: 0, message: other });
    };
    let mut pair = pair(Options::default(), scripted(&[Script::Edit(Stage::Hello, late)]));
    connect(&mut pair);
}

#[test]
fn cve_2026_9267_certificate_fragment_longer_than_its_record() {
    let edits: [fn(&mut Vec<Item>); 3] = [
        |items| items.insert(1, fragment(CERTIFICATE, 600, 2, 0, 600, &[0; 20])),
        |items| items.insert(1, fragment(CERTIFICATE, 0xff_ffff, 2, 0, 0xff_ffff, &[0; 20])),
        |items| items.insert(1, fragment(CERTIFICATE, 600, 2, 590, 20, &[0; 20])),
    ];
    for who in [Who::RawKey, Who::X509] {
        for edit in edits {
            play!(who, auth, who: Who = who, edit: fn(&mut Vec<Item>) = edit => {
                let config = Config { script: vec![Script::Edit(Stage::Hello, edit)], ..who.server() };
                let mut pair = on(Link::new(Impairment::NONE, 1), roomy(), auth, config);
                connect(&mut pair);
                assert!(pair.client.client.stats().malformed > 0);
            });
        }
    }
    // a whole one whose lists say more than there is
    for body in [vec![], vec![0, 0], vec![0, 0, 200], vec![0, 0, 3, 0, 0, 200], vec![0xff; 6]] {
        let script = [Script::Body(CERTIFICATE, body)];
        let malformed = Error::Malformed(HandshakeType(CERTIFICATE));
        one_of(Who::X509, &script, &[malformed, Error::Certificate(Malformed), Error::Certificate(EmptyChain)]);
    }
    refused(Who::X509, &[Script::Omit(CERTIFICATE)], Error::Unexpected(HandshakeType::SERVER_KEY_EXCHANGE), 10);
}

/// Ends in one of these errors.
fn one_of(who: Who, script: &[Script], errors: &[Error]) {
    play!(who, auth, who: Who = who, script: Vec<Script> = script.to_vec(), errors: Vec<Error> = errors.to_vec() => {
        let mut pair = on(Link::new(Impairment::NONE, 1), roomy(), auth, Config { script, ..who.server() });
        let error = fails(&mut pair);
        assert!(errors.contains(&error), "{error:?}");
        usable_afterwards(&mut pair, who.server());
    });
}
