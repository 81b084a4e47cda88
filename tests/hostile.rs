//! Servers and networks that mean harm: each misbehaviour ends in its typed error or in a counted drop, and the client
//! can be used afterwards. Rows of published vulnerabilities are named where a case stands for one.

use core::time::Duration;
use std::collections::BTreeMap;
use stint_dtls::{Error, ExtensionType, Flight, HandshakeType, Peer, Suite};
use stint_lab::device::{Device, Happened, Options};
use stint_lab::link::{Direction, End, Impairment, Link, Pair};
use stint_lab::random::Random;
use stint_lab::scene::{agree, connect, fails, on, pair, usable_afterwards};
use stint_lab::server::{
    APPLICATION_DATA, CHANGE_CIPHER_SPEC, Config, Fragment, HANDSHAKE, Item, PSK_CCM, Record, Renegotiation, Script,
    Server, Stage,
};

const SECOND: Duration = Duration::from_secs(1);
const NO_ANSWER: Error = Error::Timeout { flight: Flight::ClientHello, peer: Peer::Silent };
const HALF_AN_ANSWER: Error = Error::Timeout { flight: Flight::ClientHello, peer: Peer::Repeated };

fn scripted(script: Script) -> Config {
    Config { script: vec![script], hint: Some(b"hint".to_vec()), ..Config::default() }
}

fn ends_in(config: Config, error: Error, alert: Option<u8>) {
    let name = format!("{:?}", config.script);
    let mut pair = pair(Options::default(), config);
    assert_eq!(fails(&mut pair), error, "{name}");
    assert_eq!(error.alert().map(|a| a.0), alert, "{name}");
    let told: Vec<(u16, u8, u8)> = alert.into_iter().map(|a| (0, 2, a)).collect();
    assert_eq!(pair.server.seen.alerts, told, "{name}");
    usable_afterwards(&mut pair, Config::default());
}

#[test]
fn a_choice_that_was_not_offered_is_accepted() {
    for suite in [0x0000, 0x00ff, 0xc02b, 0xc0a9, 0xc0ae, 0xccab, 0x1301, 0xffff] {
        ends_in(scripted(Script::Suite(suite)), Error::SuiteNotOffered(Suite(suite)), Some(47));
    }
    for version in [[0xfe, 0xff], [0xfe, 0xfc], [0x03, 0x03], [0, 0], [0xff, 0xff]] {
        let error = Error::Version(u16::from_be_bytes(version));
        ends_in(scripted(Script::Version(version)), error, Some(70));
    }
    for method in [1, 64, 255] {
        ends_in(scripted(Script::Compression(method)), Error::Compression(method), Some(47));
    }
}

#[test]
fn an_extension_that_was_not_offered_is_accepted() {
    // server_name without a name sent, max_fragment_length, status_request, certificate types (CVE-2026-89136), ALPN,
    // encrypt_then_mac, session_ticket, supported_versions
    for kind in [0, 1, 5, 10, 11, 13, 16, 19, 20, 22, 28, 35, 43, 0xfafa] {
        for body in [vec![], vec![2], vec![0, 1, 2]] {
            ends_in(
                scripted(Script::Extension(kind, body)),
                Error::ExtensionNotOffered(ExtensionType(kind)),
                Some(110),
            );
        }
    }
    // one that was, twice
    let twice = Error::ExtensionNotOffered(ExtensionType(23));
    ends_in(scripted(Script::Extension(23, vec![])), twice, Some(110));
}

#[test]
fn an_extension_with_a_wrong_body_is_accepted() {
    ends_in(
        Config { renegotiation: Renegotiation::Wrong, ..Config::default() },
        Error::Extension(ExtensionType(0xff01)),
        Some(47),
    );
    let ems = Config { ems: false, ..scripted(Script::Extension(23, vec![0])) };
    ends_in(ems, Error::Extension(ExtensionType(23)), Some(47));
    ends_in(Config { ems: false, ..Config::default() }, Error::ExtendedMasterSecret, Some(40));
}

#[test]
fn a_malformed_server_hello_is_accepted() {
    let malformed = Error::Malformed(HandshakeType::SERVER_HELLO);
    ends_in(scripted(Script::SessionId(33)), malformed, Some(50));
    ends_in(scripted(Script::SessionId(255)), malformed, Some(50));
    ends_in(scripted(Script::Trailing(1)), malformed, Some(50));
    ends_in(scripted(Script::Trailing(100)), malformed, Some(50));
    // any session ID up to 32 bytes is well formed
    for len in [1, 32] {
        connect(&mut pair(Options::default(), scripted(Script::SessionId(len))));
    }
}

/// Cuts the ServerHello's body to a length, whole by its header.
fn cut_hello(items: &mut [Item], to: usize) {
    for item in items {
        if let Item::Message { message, .. } = item
            && message.kind == 2
        {
            message.body.truncate(to);
            message.len = message.body.len();
        }
    }
}

#[test]
fn a_server_hello_cut_at_any_byte_is_accepted() {
    // tinydtls issues 55 and 69
    macro_rules! cut {
        ($($n:literal)*) => { [$((|items: &mut Vec<Item>| cut_hello(items, $n)) as fn(&mut Vec<Item>)),*] };
    }
    let edits = cut!(0 1 2 3 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48);
    for (number, edit) in edits.into_iter().enumerate() {
        let mut pair = pair(Options::default(), scripted(Script::Edit(Stage::Hello, edit)));
        let error = fails(&mut pair);
        let expected = matches!(error, Error::Malformed(HandshakeType::SERVER_HELLO) | Error::ExtendedMasterSecret);
        assert!(expected, "cut {number}: {error:?}");
        usable_afterwards(&mut pair, Config::default());
    }
}

#[test]
fn a_message_is_missing_or_too_many_and_nobody_minds() {
    // without ServerHello the next message has its number
    for kind in [4, 11, 13, 16, 20, 22, 99] {
        // Certificate, CertificateRequest and the like have no place in a PSK handshake; a ticket comes later
        let error = Error::Unexpected(HandshakeType(kind));
        ends_in(scripted(Script::Insert(kind, vec![0; 4])), error, Some(10));
    }
    ends_in(scripted(Script::Omit(2)), Error::Unexpected(HandshakeType::SERVER_KEY_EXCHANGE), Some(10));
    ends_in(scripted(Script::Omit(14)), HALF_AN_ANSWER, None);
    ends_in(scripted(Script::Twice(2)), Error::Unexpected(HandshakeType::SERVER_HELLO), Some(10));
    ends_in(scripted(Script::Twice(12)), Error::Unexpected(HandshakeType::SERVER_KEY_EXCHANGE), Some(10));
    // a second ServerHelloDone stands where only a Finished may: in the clear it is noise, and the keys differ
    let mut pair = pair(Options::default(), scripted(Script::Twice(14)));
    assert!(matches!(fails(&mut pair), Error::Timeout { flight: Flight::Finished, .. }));
}

#[test]
fn a_server_hello_done_with_a_body_or_a_hint_with_a_tail_is_accepted() {
    let edit: fn(&mut Vec<Item>) = |items| {
        if let Some(Item::Message { message, .. }) = items.last_mut() {
            (message.len, message.body) = (1, vec![0]);
        }
    };
    ends_in(scripted(Script::Edit(Stage::Hello, edit)), Error::Malformed(HandshakeType::SERVER_HELLO_DONE), Some(50));
    let edits: [fn(&mut Vec<Item>); 3] = [
        |items| hint(items, |b| b.push(0)),
        |items| hint(items, |b| b.truncate(1)),
        |items| hint(items, |b| b[1] += 1),
    ];
    for edit in edits {
        let error = Error::Malformed(HandshakeType::SERVER_KEY_EXCHANGE);
        ends_in(scripted(Script::Edit(Stage::Hello, edit)), error, Some(50));
    }
}

fn hint(items: &mut [Item], edit: fn(&mut Vec<u8>)) {
    for item in items {
        if let Item::Message { message, .. } = item
            && message.kind == 12
        {
            edit(&mut message.body);
            message.len = message.body.len();
        }
    }
}

#[test]
fn a_hello_verify_request_with_a_wrong_length_is_read() {
    // Mbed TLS's over-read, tinydtls issue 70
    let edits: [fn(&mut Vec<Item>); 4] = [
        |items| verify(items, |b| b[2] += 1),
        |items| verify(items, |b| b[2] -= 1),
        |items| verify(items, |b| b.truncate(2)),
        |items| verify(items, Vec::clear),
    ];
    for edit in edits {
        let error = Error::Malformed(HandshakeType::HELLO_VERIFY_REQUEST);
        ends_in(scripted(Script::Edit(Stage::Verify, edit)), error, Some(50));
    }
}

fn verify(items: &mut [Item], edit: fn(&mut Vec<u8>)) {
    for item in items {
        if let Item::Message { message, .. } = item {
            edit(&mut message.body);
            message.len = message.body.len();
        }
    }
}

#[test]
fn a_finished_that_proves_nothing_is_accepted() {
    ends_in_finished(Script::WrongFinished, Error::Finished);
    // in epoch 0, whatever it says
    let mut pair = pair(Options::default(), scripted(Script::ClearFinished));
    assert_eq!(fails(&mut pair), Error::Timeout { flight: Flight::Finished, peer: Peer::Silent });
    usable_afterwards(&mut pair, Config::default());
}

fn ends_in_finished(script: Script, error: Error) {
    let mut pair = pair(Options::default(), scripted(script));
    assert_eq!(fails(&mut pair), error);
    assert_eq!(pair.server.seen.alerts, [(1, 2, 51)], "told under the keys");
    usable_afterwards(&mut pair, Config::default());
}

#[test]
fn a_change_cipher_spec_out_of_place_changes_anything() {
    // CVE-2014-0224, CVE-2026-93304: keys come from our own flight alone, so an early one is noise
    connect(&mut pair(Options::default(), scripted(Script::EarlyChangeCipherSpec)));
    connect(&mut pair(Options::default(), scripted(Script::NoChangeCipherSpec)));
    let mut pair = pair(Options::default(), scripted(Script::EarlyChangeCipherSpec));
    for sequence in 0..20 {
        let record = Record { kind: CHANGE_CIPHER_SPEC, epoch: 0, sequence, cid: Vec::new(), fragment: vec![1] };
        pair.client.receive(pair.now, &record.bytes());
        pair.step(pair.now + SECOND * 600);
    }
    connect(&mut pair);
}

#[test]
fn application_data_in_the_clear_is_delivered() {
    // CVE-2020-24585
    for stage in [Stage::Verify, Stage::Hello, Stage::Finish] {
        let mut pair = pair(Options::default(), scripted(Script::ClearData(stage)));
        connect(&mut pair);
        assert_eq!(pair.client.data(), [b"there and back"]);
        assert!(pair.client.client.stats().unexpected > 0);
    }
}

#[test]
fn a_record_too_short_for_its_tag_does_harm() {
    // CVE-2026-75806
    let mut pair = pair(Options::default(), Config { suites: vec![PSK_CCM], ..Config::default() });
    connect(&mut pair);
    for len in 0..24 {
        for kind in [HANDSHAKE, APPLICATION_DATA, 21, 25] {
            let record = Record { kind, epoch: 1, sequence: 500, cid: Vec::new(), fragment: vec![7; len] };
            pair.client.receive(pair.now, &record.bytes());
        }
    }
    connect(&mut pair);
    assert!(pair.client.client.stats().malformed >= 24);
}

#[test]
fn a_renegotiation_begun_by_the_server_moves_anything() {
    let mut pair = pair(Options::default(), Config::default());
    connect(&mut pair);
    for (kind, seq) in (0..=255u8).flat_map(|kind| [0, 1, 4, 5, 6, 0xffff].map(|seq| (kind, seq))) {
        pair.server.send(HANDSHAKE, &Fragment::whole(kind, seq, &[0; 12]).bytes());
    }
    pair.run_until(pair.now + SECOND * 5, |_| false);
    assert!(pair.client.client.is_connected(), "{:?}", pair.client.happened);
    connect(&mut pair);
}

/// A handshake and an exchange in which one datagram is bent; what came of it.
fn bent(options: Options, bend: impl FnMut(Direction, u64, &mut Vec<u8>) -> bool) -> Result<(), Error> {
    let link = Link::new(Impairment::NONE, 1).tapped(bend);
    let mut pair = on(link, options, Config { cid: Some(vec![7]), hint: Some(b"hint".to_vec()), ..Config::default() });
    let done = pair.run_until(SECOND * 3600, |p| p.client.client.is_connected() || p.client.error().is_some());
    assert!(done);
    if let Some(error) = pair.client.error() {
        assert!(!pair.client.happened.contains(&Happened::Connected));
        usable_afterwards(&mut pair, Config::default());
        return Err(error);
    }
    agree(&pair.client, &pair.server);
    connect(&mut pair);
    Ok(())
}

/// The datagrams of an undisturbed run: direction, index, bytes.
fn undisturbed() -> Vec<(Direction, u64, Vec<u8>)> {
    let mut pair = on(
        Link::new(Impairment::NONE, 1),
        Options::default(),
        Config { cid: Some(vec![7]), hint: Some(b"hint".to_vec()), ..Config::default() },
    );
    connect(&mut pair);
    pair.link.log.iter().map(|p| (p.direction, p.index, p.bytes.clone())).collect()
}

#[test]
fn a_flipped_bit_makes_two_ends_that_differ() {
    for reassembly in [512, 0] {
        let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
        let mut flips = 0;
        for (direction, index, bytes) in undisturbed() {
            let must_recover = protected(direction, &bytes);
            for bit in 0..bytes.len() * 8 {
                flips += 1;
                let outcome = bent(Options { reassembly, ..Options::default() }, |d, i, bytes| {
                    if (d, i) == (direction, index) {
                        bytes[bit / 8] ^= 1 << (bit % 8);
                    }
                    true
                });
                if must_recover[bit / 8] {
                    assert_eq!(outcome, Ok(()), "{direction:?} datagram {index} byte {} bit {}", bit / 8, bit % 8);
                }
                let name = match outcome {
                    Ok(()) => "recovered".to_owned(),
                    Err(error) => format!("{error:?}").split(['(', '{']).next().unwrap().trim().to_owned(),
                };
                *outcomes.entry(name).or_default() += 1;
            }
        }
        println!("slice {reassembly}: {flips} flips: {outcomes:?}");
        assert!(outcomes["recovered"] * 2 > flips, "{outcomes:?}");
    }
}

/// Which bytes of a datagram are protected, or only number a record: bent, they are lost at most, and then repeated.
fn protected(direction: Direction, bytes: &[u8]) -> Vec<bool> {
    let mut protected = vec![false; bytes.len()];
    let mut at = 0;
    for record in Record::split(bytes, if direction == Direction::Up { 1 } else { 0 }) {
        let (head, len) = (13 + record.cid.len(), record.bytes().len());
        let whole = record.epoch == 1 || record.kind == CHANGE_CIPHER_SPEC;
        protected[at..at + if whole { len } else { head }].fill(true);
        at += len;
    }
    protected
}

#[test]
fn a_truncated_datagram_is_not_made_good() {
    for (direction, index, bytes) in undisturbed() {
        for len in 0..bytes.len() {
            let outcome = bent(Options::default(), |d, i, bytes| {
                if (d, i) == (direction, index) {
                    bytes.truncate(len);
                }
                true
            });
            assert_eq!(outcome, Ok(()), "{direction:?} datagram {index} cut to {len}");
        }
    }
}

#[test]
fn a_link_that_bends_every_fifth_datagram_makes_two_ends_that_differ() {
    let mut ended: BTreeMap<bool, usize> = BTreeMap::new();
    for seed in 0..1000 {
        let link =
            Link::new(Impairment { corrupt: 200, loss: 100, duplicate: 200, reorder: 200, ..Impairment::NONE }, seed);
        let mut pair = on(link, Options { seed, ..Options::default() }, Config { seed, ..scripted(Script::Omit(99)) });
        let done = pair.run_until(SECOND * 3600, |p| p.client.client.is_connected() || p.client.error().is_some());
        assert!(done, "seed {seed}");
        *ended.entry(pair.client.client.is_connected()).or_default() += 1;
        if pair.client.client.is_connected() {
            agree(&pair.client, &pair.server);
        } else {
            usable_afterwards(&mut pair, Config::default());
        }
    }
    println!("connected: {ended:?}");
    assert!(ended[&true] > 500, "{ended:?}");
}

#[test]
fn garbage_in_any_state_does_harm() {
    let seed = 0xbad;
    println!("seed {seed:#x}");
    let known = undisturbed();
    let mut random = Random::new(seed);
    for run in 0..300 {
        let mut pair =
            on(Link::new(Impairment::NONE, 1), Options { seed: run, ..Options::default() }, Config::default());
        let mut steps = 0;
        while !pair.client.client.is_connected() && pair.client.error().is_none() && steps < 200 {
            for _ in 0..20 {
                let datagram = garbage(&mut random, &known);
                pair.client.receive(pair.now, &datagram);
            }
            pair.step(pair.now + SECOND * 600);
            steps += 1;
        }
        // forged messages in the clear may end a handshake; they may not end it any other way than by an error
        if pair.client.error().is_some() || !pair.client.client.is_connected() {
            pair.client.client.close();
            usable_afterwards(&mut pair, Config::default());
        }
        agree(&pair.client, &pair.server);
        for _ in 0..200 {
            let datagram = garbage(&mut random, &known);
            pair.client.receive(pair.now, &datagram);
        }
        connect(&mut pair);
    }
}

/// Random bytes, or a datagram of another handshake with random changes.
fn garbage(random: &mut Random, known: &[(Direction, u64, Vec<u8>)]) -> Vec<u8> {
    if random.below(4) == 0 {
        let len = random.below(200) as usize;
        let mut bytes = random.bytes(len);
        if let Some(first) = bytes.first_mut() {
            *first = 20 + *first % 6;
        }
        return bytes;
    }
    let mut bytes = known[random.below(known.len() as u64) as usize].2.clone();
    for _ in 0..random.below(4) {
        let at = random.below(bytes.len() as u64) as usize;
        bytes[at] = random.number() as u8;
    }
    if random.below(4) == 0 {
        bytes.truncate(random.below(bytes.len() as u64) as usize);
    }
    bytes
}

#[test]
fn failed_handshakes_leave_something_that_makes_the_next_fail() {
    // CVE-2022-38368's kind: a hundred failures of every sort, then a success
    let mut pair: Pair<'_, Device, Server> = pair(Options::default(), Config::default());
    let scripts = [
        Script::Suite(0),
        Script::Omit(14),
        Script::WrongFinished,
        Script::Vanish(Stage::Hello),
        Script::Vanish(Stage::Finish),
        Script::Alert(Stage::Hello, 2, 40),
        Script::Length(2, 5000),
    ];
    for round in 0..100 {
        pair.server.reboot();
        pair.server.config = scripted(scripts[round % scripts.len()].clone());
        if round > 0 {
            pair.client.restart(pair.now);
        }
        pair.run_until(pair.now + SECOND * 3600, |p| p.client.error().is_some() || p.client.client.is_connected());
    }
    usable_afterwards(&mut pair, Config::default());
    assert_eq!(fails_silently(&mut pair), NO_ANSWER);
}

fn fails_silently(pair: &mut Pair<'_, Device, Server>) -> Error {
    pair.server.silence(true);
    pair.client.restart(pair.now);
    fails(pair)
}
