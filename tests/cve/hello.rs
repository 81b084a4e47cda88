//! HelloVerifyRequest, ServerHello, ServerKeyExchange with a pre-shared key, and handshakes that fail again and again.

use crate::kit::{edit_body, ends_in, refused, scripted};
use stint_dtls::{Error, HandshakeType, Psk, Suite, crypto::PreSharedKey};
use stint_lab::device::Options;
use stint_lab::link::{Impairment, Link};
use stint_lab::parties::{Parties, Who, on, roomy};
use stint_lab::play;
use stint_lab::scene::{LIMIT, connect, fails, pair, usable_afterwards};
use stint_lab::server::code::{HELLO_VERIFY_REQUEST, SERVER_HELLO, SERVER_KEY_EXCHANGE};
use stint_lab::server::{Config, Item, Key, Script, Stage, exchange};

fn edited(stage: Stage, edits: &[fn(&mut Vec<Item>)], error: Error) {
    for edit in edits {
        ends_in(&[Script::Edit(stage, *edit)], error, 50);
    }
}

const VERIFY: Error = Error::Malformed(HandshakeType::HELLO_VERIFY_REQUEST);
const HELLO: Error = Error::Malformed(HandshakeType::SERVER_HELLO);
const EXCHANGE: Error = Error::Malformed(HandshakeType::SERVER_KEY_EXCHANGE);

#[test]
fn mbedtls_629_hello_verify_request_shorter_than_it_says() {
    edited(
        Stage::Verify,
        &[
            |items| edit_body(items, HELLO_VERIFY_REQUEST, Vec::clear),
            |items| edit_body(items, HELLO_VERIFY_REQUEST, |b| b.truncate(1)),
            |items| edit_body(items, HELLO_VERIFY_REQUEST, |b| b.truncate(2)),
            |items| edit_body(items, HELLO_VERIFY_REQUEST, |b| b[2] = 255),
        ],
        VERIFY,
    );
}

#[test]
fn tinydtls_70_cookie_of_half_the_length_it_says() {
    edited(Stage::Verify, &[|items| edit_body(items, HELLO_VERIFY_REQUEST, |b| b.truncate(3 + 16))], VERIFY);
}

#[test]
fn tinydtls_55_fragment_of_128_bytes_in_a_record_of_46() {
    let edit: fn(&mut Vec<Item>) = |items| items.insert(0, crate::kit::fragment(2, 0, 1, 0, 128, &[0; 34]));
    let mut pair = pair(Options::default(), scripted(&[Script::Edit(Stage::Hello, edit)]));
    connect(&mut pair);
    assert_eq!(pair.client.client.stats().malformed, 1);
}

#[test]
fn tinydtls_69_server_hello_shorter_than_its_fields() {
    edited(
        Stage::Hello,
        &[
            |items| edit_body(items, SERVER_HELLO, |b| b.truncate(12)),
            |items| edit_body(items, SERVER_HELLO, |b| b.truncate(35)),
            |items| edit_body(items, SERVER_HELLO, |b| b.truncate(39)),
            // the extensions' length says more than there is, then one extension's
            |items| edit_body(items, SERVER_HELLO, |b| b[38..40].fill(0xff)),
            |items| edit_body(items, SERVER_HELLO, |b| b[42..44].fill(0xff)),
        ],
        HELLO,
    );
}

#[test]
fn cve_2018_9989_hint_longer_than_its_message() {
    edited(
        Stage::Hello,
        &[
            |items| edit_body(items, SERVER_KEY_EXCHANGE, Vec::clear),
            |items| edit_body(items, SERVER_KEY_EXCHANGE, |b| b.truncate(1)),
            |items| edit_body(items, SERVER_KEY_EXCHANGE, |b| b[1] += 1),
            |items| edit_body(items, SERVER_KEY_EXCHANGE, |b| b[0] = 0xff),
        ],
        EXCHANGE,
    );
}

#[test]
fn cve_2018_9988_key_exchange_cut_at_any_byte() {
    for who in [Who::EcdhePsk, Who::X509] {
        let config = who.server();
        let whole = exchange::message(&config, config.suites[0], &Key::seeded(8), &[0; 64]).unwrap();
        for len in (0..whole.len()).step_by(3) {
            refused(who, &[Script::Body(SERVER_KEY_EXCHANGE, whole[..len].to_vec())], EXCHANGE, 50);
        }
    }
}

#[test]
fn cve_2014_3510_anonymous_suite_and_no_key_exchange() {
    // TLS_ECDH_anon with AES, RC4, without encryption; TLS_DH_anon; and NULL
    for suite in [0xc015, 0xc016, 0xc018, 0xc019, 0x0018, 0x0034, 0x006c, 0x00a6, 0x0000] {
        for who in [Who::Psk, Who::RawKey, Who::X509] {
            refused(who, &[Script::Suite(suite)], Error::SuiteNotOffered(Suite(suite)), 47);
        }
    }
    for who in [Who::EcdhePsk, Who::RawKey, Who::X509] {
        refused(who, &[Script::Omit(SERVER_KEY_EXCHANGE)], Error::Unexpected(HandshakeType::SERVER_HELLO_DONE), 10);
    }
}

#[test]
fn mbedtls_suite_that_was_not_offered() {
    for suite in [0xc02b, 0xc0ae, 0x00a9, 0x1301, 0x00ff, 0x5600] {
        ends_in(&[Script::Suite(suite)], Error::SuiteNotOffered(Suite(suite)), 47);
    }
    ends_in(&[Script::Compression(1)], Error::Compression(1), 47);
    ends_in(&[Script::Version([0xfe, 0xff])], Error::Version(0xfeff), 70);
}

#[test]
fn mbedtls_key_longer_than_its_buffer() {
    let of = |len: usize| PreSharedKey::new(Box::leak(vec![7; len].into_boxed_slice()));
    let longest = (1..=70_000).rev().find(|len| of_len(*len)).unwrap();
    assert!(
        of(longest).is_ok()
            && of(longest + 1).is_err()
            && of(100_000).is_err()
            && of(usize::from(u16::MAX) + 17).is_err()
    );
    for len in [129, 1000, 65_535, 65_536, 70_000] {
        let identity: &'static [u8] = Box::leak(vec![b'i'; len].into_boxed_slice());
        assert!(Psk::new(identity, of(16).unwrap()).is_err(), "{len}");
    }
    // the longest of both does what a short one does
    let key: &'static [u8] = Box::leak(vec![7; longest].into_boxed_slice());
    let mut pair = pair(Options { key, identity: &[b'i'; 128], ..Options::default() }, Config::default());
    pair.server.config = Config { key: key.to_vec(), identity: vec![b'i'; 128], ..Config::default() };
    connect(&mut pair);
}

fn of_len(len: usize) -> bool {
    static LONG: [u8; 70_000] = [7; 70_000];
    PreSharedKey::new(&LONG[..len]).is_ok()
}

#[test]
fn cve_2022_39368_failed_handshakes_leave_something_behind() {
    let mut pair = pair(Options::default(), Config::default());
    let scripts = [Script::Suite(1), Script::WrongFinished, Script::Vanish(Stage::Hello), Script::Omit(14)];
    for round in 0..200 {
        pair.server.reboot();
        pair.server.config = scripted(&scripts[round % 4..=round % 4]);
        pair.client.restart(pair.now);
        pair.run_until(pair.now + LIMIT, |p| p.client.error().is_some());
        assert!(pair.client.error().is_some());
    }
    usable_afterwards(&mut pair, Config::default());
}

#[test]
fn cve_2020_27222_handshake_with_certificates_that_failed_leaves_something_behind() {
    let parties = Parties::shared();
    for who in [Who::RawKeyMutual, Who::X509Mutual] {
        play!(who, auth, who: Who = who, parties: &'static Parties = parties => {
            let mut pair = on(Link::new(Impairment::NONE, 1), roomy(), auth, who.server());
            for script in [Script::Suite(0xc0a8), Script::Scheme(0x0401), Script::WrongSignature, Script::Group(29), Script::Point(parties.server_key.point()[..64].to_vec())] {
                for _ in 0..4 {
                    pair.server.reboot();
                    pair.server.config = Config { script: vec![script.clone()], ..who.server() };
                    pair.client.restart(pair.now);
                    fails(&mut pair);
                }
            }
            usable_afterwards(&mut pair, who.server());
        });
    }
}

#[test]
fn cve_2025_27810_finished_from_a_digest_that_failed() {
    // a Finished of zeros, as uninitialised memory would have it, proves nothing
    let script = [Script::Edit(Stage::Finish, |items| edit_body(items, 20, |b| b.fill(0)))];
    let mut pair = pair(Options::default(), scripted(&script));
    assert_eq!(fails(&mut pair), Error::Finished);
    usable_afterwards(&mut pair, Config::default());
}
