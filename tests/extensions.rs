//! Extensions that a device may want besides: the application protocol, and smaller records.

use stint_dtls::auth::Auth;
use stint_dtls::{Alert, Error, ExtensionType, MaxFragmentLength, Resumable, Session, WithExtensions};
use stint_lab::device::Options;
use stint_lab::link::{Direction, Impairment, Link};
use stint_lab::parties::{AllProvider, Who, lend, on, roomy};
use stint_lab::play;
use stint_lab::scene::{connect, fails, usable_afterwards};
use stint_lab::server::code::{ALPN, MAX_FRAGMENT_LENGTH, RECORD_SIZE_LIMIT, SERVER_NAME, SUPPORTED_GROUPS};
use stint_lab::server::{Config, Record, Script, Tickets};

const PROTOCOLS: &[&[u8]] = &[b"co", b"coap", b"x"];

fn clean() -> Link<'static> {
    Link::new(Impairment::NONE, 1)
}

#[test]
fn a_protocol_is_not_agreed_on() {
    for who in Who::ALL {
        for (theirs, agreed) in [(vec!["coap"], Some("coap")), (vec!["h2", "x", "co"], Some("x")), (vec![], None)] {
            let protocols: Vec<Vec<u8>> = theirs.iter().map(|p| p.as_bytes().to_vec()).collect();
            let config = Config { protocols, ..who.server() };
            play!(who, auth, config: Config = config, agreed: Option<&'static str> = agreed => {
                let mut pair = on(clean(), roomy(), WithExtensions::new(auth).protocols(PROTOCOLS), config);
                connect(&mut pair);
                assert_eq!(pair.client.client.credential().protocol(), agreed.map(str::as_bytes));
                assert_eq!(pair.server.association().unwrap().protocol.as_deref(), agreed.map(str::as_bytes));
                assert_eq!(pair.server.seen.hello.extension(ALPN).unwrap(), b"\x00\x0a\x02co\x04coap\x01x");
            });
        }
        play!(who, auth, who: Who = who => {
            let config = Config { protocols: vec![b"h2".to_vec()], ..who.server() };
            let mut pair = on(clean(), roomy(), WithExtensions::new(auth).protocols(PROTOCOLS), config);
            assert_eq!(fails(&mut pair), Error::PeerAlert(Alert(120)));
            usable_afterwards(&mut pair, who.server());
        });
    }
}

/// With everything offered, this answer is refused.
fn refused(kind: u16, body: &[u8]) {
    for who in [Who::Psk, Who::X509] {
        play!(who, auth, who: Who = who, kind: u16 = kind, body: Vec<u8> = body.to_vec() => {
            let auth = WithExtensions::new(auth)
                .protocols(PROTOCOLS)
                .max_fragment_length(MaxFragmentLength::Bytes1024)
                .record_size_limit(600);
            let script = vec![Script::Instead(kind, body.clone())];
            let mut pair = on(clean(), roomy(), auth, Config { max_fragment: false, script, ..who.server() });
            assert_eq!(fails(&mut pair), Error::Extension(ExtensionType(kind)), "{body:?}");
            assert_eq!(pair.server.seen.alerts, [(0, 2, 47)]);
            usable_afterwards(&mut pair, who.server());
        });
    }
}

#[test]
fn an_answer_that_was_not_asked_for_is_taken() {
    for list in [
        &b"\x00\x03\x02h2"[..],
        b"\x00\x03\x02c",
        b"\x00\x04\x02co",
        b"\x00\x02\x02co",
        b"\x00\x05\x02co\x01x",
        b"\x00\x05\x02co",
        b"\x00\x03\x02co\x00",
        b"\x00\x01\x00",
        b"\x00\x00",
        b"\x00",
        b"",
    ] {
        refused(ALPN, list);
    }
    for code in [&[][..], &[0], &[1], &[3], &[4], &[5], &[2, 2]] {
        refused(MAX_FRAGMENT_LENGTH, code);
    }
    for limit in [&[][..], &[0], &[0, 0], &[0, 63], &[1, 0, 0]] {
        refused(RECORD_SIZE_LIMIT, limit);
    }
}

#[test]
fn both_limits_are_answered_and_taken() {
    // RFC 8449 5: the client must treat both as a fatal error
    for who in [Who::Psk, Who::X509] {
        for first in [MAX_FRAGMENT_LENGTH, RECORD_SIZE_LIMIT] {
            play!(who, auth, who: Who = who, first: u16 = first => {
                let auth = WithExtensions::new(auth).max_fragment_length(MaxFragmentLength::Bytes1024).record_size_limit(600);
                let mut answers = vec![
                    Script::Extension(MAX_FRAGMENT_LENGTH, vec![2]),
                    Script::Extension(RECORD_SIZE_LIMIT, vec![2, 0]),
                ];
                if first == RECORD_SIZE_LIMIT {
                    answers.reverse();
                }
                let config = Config { max_fragment: false, script: answers, ..who.server() };
                let mut pair = on(clean(), roomy(), auth, config);
                assert!(matches!(fails(&mut pair), Error::Extension(_)));
                assert_eq!(pair.server.seen.alerts, [(0, 2, 47)]);
                usable_afterwards(&mut pair, who.server());
            });
        }
    }
}

#[test]
fn records_are_longer_than_was_agreed() {
    for who in Who::ALL {
        for length in [MaxFragmentLength::Bytes512, MaxFragmentLength::Bytes1024] {
            play!(who, auth, who: Who = who, length: MaxFragmentLength = length => {
                let auth = WithExtensions::new(auth).max_fragment_length(length);
                let config = Config { cid: Some(vec![5]), ..who.server() };
                let mut pair = on(clean(), roomy(), auth, config);
                connect(&mut pair);
                assert_eq!(pair.server.seen.oversized, 0, "{who:?}");
                let limit = pair.client.client.max_plaintext(1400);
                assert_eq!(limit, length.bytes());
                let longest = |down: bool| {
                    let way = if down { Direction::Down } else { Direction::Up };
                    let sent = pair.link.log.iter().filter(|p| p.direction == way);
                    let records = sent.flat_map(|p| Record::split(&p.bytes, 0)).filter(|r| r.epoch == 0);
                    records.map(|r| r.fragment.len()).max().unwrap()
                };
                assert!(longest(true) <= limit && longest(false) <= limit);
                // the longest message goes, and a longer one does not
                pair.client.outbox.push_back(vec![7; limit]);
                assert!(pair.run_until(pair.now + core::time::Duration::from_secs(2), |p| p.server.seen.data.len() > 1));
                assert_eq!(pair.server.seen.oversized, 0);
            });
        }
        play!(who, auth, who: Who = who => {
            let auth = WithExtensions::new(auth).record_size_limit(400);
            let config = Config { record_size_limit: Some(200), max_fragment: false, ..who.server() };
            let mut pair = on(clean(), roomy(), auth, config);
            connect(&mut pair);
            assert_eq!(pair.client.client.max_plaintext(1400), 200);
            assert_eq!(pair.server.seen.hello.extension(RECORD_SIZE_LIMIT), Some(&[1, 144][..]));
            assert_eq!(pair.server.seen.oversized, 0);
        });
    }
}

#[test]
fn extensions_and_resumption_are_in_each_others_way() {
    fn both<A: Auth<AllProvider, Step: 'static> + 'static>(auth: A, config: Config) {
        let mut pair = on(clean(), roomy(), auth, config);
        for round in 0..3 {
            pair.client.restart(pair.now);
            connect(&mut pair);
            assert_eq!(pair.client.client.is_resumed(), round > 0);
            assert_eq!(pair.server.association().unwrap().protocol.as_deref(), Some(&b"co"[..]));
            assert_eq!(pair.client.client.max_plaintext(1400), 512);
        }
    }
    for who in Who::ALL {
        for (session_ids, tickets) in [(true, None), (false, Some(Tickets { renew: true, ..Tickets::default() }))] {
            let config = Config { session_ids, tickets, protocols: vec![b"co".to_vec()], ..who.server() };
            play!(who, auth, config: Config = config.clone() => {
                let auth = Resumable::<_, 2048>::new(auth, lend(Session::EMPTY));
                both(WithExtensions::new(auth).protocols(PROTOCOLS).max_fragment_length(MaxFragmentLength::Bytes512), config);
            });
            play!(who, auth, config: Config = config.clone() => {
                let auth = WithExtensions::new(auth).protocols(PROTOCOLS).max_fragment_length(MaxFragmentLength::Bytes512);
                both(Resumable::<_, 2048>::new(auth, lend(Session::EMPTY)), config);
            });
        }
    }
}

#[test]
fn the_name_of_the_server_is_written_wrong() {
    let mut options = roomy();
    options.config.server_name = Some("server.example");
    play!(Who::Psk, auth, options: Options = options => {
        let mut pair = on(clean(), options, auth, Who::Psk.server());
        connect(&mut pair);
        // a list of 17 bytes with one host_name of 14 (RFC 6066 3)
        assert_eq!(pair.server.seen.hello.extension(SERVER_NAME).unwrap(), b"\x00\x11\x00\x00\x0eserver.example");
    });
}

#[test]
fn curves_that_a_server_names_end_the_handshake() {
    // against RFC 8422 5.1.1, and some do
    for who in [Who::EcdhePsk, Who::X509] {
        play!(who, auth, who: Who = who => {
            let script = vec![Script::Extension(SUPPORTED_GROUPS, vec![0, 2, 0, 23])];
            connect(&mut on(clean(), roomy(), auth, Config { script, ..who.server() }));
        });
    }
}
