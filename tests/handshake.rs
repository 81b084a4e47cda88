//! A handshake on a clean network: every agreement that two hellos can reach, and every disagreement.

use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8};
use stint_dtls::{Error, ExtendedMasterSecret};
use stint_lab::device::{Device, Options};
use stint_lab::link::{Direction, Impairment, Link, Pair};
use stint_lab::scene::{LIMIT, connect, fails, pair, usable_afterwards};
use stint_lab::server::dimpl::Dimpl;
use stint_lab::server::{Config, Echo, PSK_CCM, PSK_CCM_8, Renegotiation, Server};

#[test]
fn an_agreement_of_suite_cookie_hint_and_secret_does_not_work() {
    for suite in [PSK_CCM, PSK_CCM_8] {
        for cookie in [None, Some(0), Some(1), Some(32), Some(64)] {
            for hint in [None, Some(Vec::new()), Some(b"a hint".to_vec())] {
                for (ems, renegotiation) in [(true, Renegotiation::Right), (false, Renegotiation::Absent)] {
                    let mut options = Options::default();
                    options.config.extended_master_secret = ExtendedMasterSecret::Allow;
                    let config = Config {
                        suites: vec![suite],
                        cookie,
                        hint: hint.clone(),
                        ems,
                        renegotiation,
                        ..Config::default()
                    };
                    connect(&mut pair(options, config));
                }
            }
        }
    }
}

#[test]
fn a_single_aead_is_not_enough() {
    let mut one = Pair::new(
        Device::with(Options::default(), Aes128Ccm8),
        Server::new(Config::default(), Echo),
        Link::new(Impairment::NONE, 1),
    );
    connect(&mut one);
    assert_eq!(one.server.seen.hello.suites, [PSK_CCM_8, 0x00ff]);
    let mut other = Pair::new(
        Device::with(Options::default(), Aes128Ccm),
        Server::new(Config::default(), Echo),
        Link::new(Impairment::NONE, 1),
    );
    connect(&mut other);
    assert_eq!(other.server.seen.hello.suites, [PSK_CCM, 0x00ff]);
}

#[test]
fn identities_and_keys_at_their_longest_do_not_work() {
    let (identity, key): (&'static [u8], &'static [u8]) = (&[b'i'; 128], &[0xa5; 64]);
    let config = Config { identity: identity.to_vec(), key: key.to_vec(), ..Config::default() };
    connect(&mut pair(Options { identity, key, ..Options::default() }, config));
}

#[test]
fn more_bytes_or_datagrams_are_sent_than_a_handshake_needs() {
    let mut pair = pair(Options::default(), Config::default());
    let done = pair.run_until(LIMIT, |p| p.client.client.is_connected());
    assert!(done);
    let sent: Vec<usize> =
        pair.link.log.iter().filter(|p| p.direction == Direction::Up).map(|p| p.bytes.len()).collect();
    // no Connection ID from the server: its 1 + n bytes are not there
    assert_eq!(sent, [82, 114, 109], "one datagram a flight, as PEERS.md reckons");
}

#[test]
fn a_second_handshake_repeats_the_random_of_the_first() {
    let mut pair = pair(Options::default(), Config::default());
    connect(&mut pair);
    pair.client.restart(pair.now);
    pair.server.reboot();
    connect(&mut pair);
    let keys = pair.client.keys.borrow();
    assert_ne!(keys[0], keys[1]);
    assert_ne!(keys[0].0, [0; 32]);
}

#[test]
fn a_server_without_the_extended_master_secret_passes_where_it_is_required() {
    let mut pair = pair(Options::default(), Config { ems: false, ..Config::default() });
    assert_eq!(fails(&mut pair), Error::ExtendedMasterSecret);
    assert_eq!(pair.server.seen.alerts, [(0, 2, 40)]);
    usable_afterwards(&mut pair, Config::default());
}

#[test]
fn dimpl_and_the_client_do_not_understand_each_other() {
    let server = Dimpl::server(b"Client_identity", b"secretPSK", 7, Echo);
    let mut pair = Pair::new(Device::new(Options::default()), server, Link::new(Impairment::NONE, 1));
    let done = pair.run_until(LIMIT, |p| p.client.client.is_connected() && p.server.connected);
    assert!(done, "{:?} {:?}", pair.client.happened, pair.server.error);
    pair.client.outbox.push_back(b"there and back".to_vec());
    assert!(pair.run_until(LIMIT, |p| p.client.data() == [b"there and back"]));
}
