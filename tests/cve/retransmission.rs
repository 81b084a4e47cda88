//! What is sent again, and in which epoch; what is fresh in each handshake; who has no business here.

use crate::kit::{SECOND, connected, forged};
use std::collections::{BTreeMap, HashSet};
use stint_lab::device::Options;
use stint_lab::link::{Direction, End, Impairment, Link};
use stint_lab::parties::{Who, on as with_credential, roomy};
use stint_lab::play;
use stint_lab::scene::{LIMIT, connect, on, pair};
use stint_lab::server::{Config, Fragment, HANDSHAKE, Hello, Record, Script, Stage};

/// Pieces of a message: where each begins, and its bytes.
type Pieces = HashSet<(usize, Vec<u8>)>;

/// The client's handshake messages in the clear as they were put together out of each transmission: message_seq to all its bodies.
fn said(sent: &[Vec<u8>]) -> BTreeMap<(u16, u8), HashSet<Vec<u8>>> {
    let mut parts: BTreeMap<(u16, u8, usize), Pieces> = BTreeMap::new();
    for record in sent.iter().flat_map(|d| Record::split(d, 0)).filter(|r| r.kind == HANDSHAKE && r.epoch == 0) {
        for fragment in Fragment::split(&record.fragment) {
            parts
                .entry((fragment.seq, fragment.kind, fragment.len))
                .or_default()
                .insert((fragment.offset, fragment.body));
        }
    }
    let mut messages: BTreeMap<(u16, u8), HashSet<Vec<u8>>> = BTreeMap::new();
    for ((seq, kind, len), fragments) in parts {
        let mut body = vec![None; len];
        for (offset, bytes) in fragments {
            for (place, byte) in body[offset..].iter_mut().zip(bytes) {
                assert!(place.is_none_or(|before| before == byte), "message {seq} differs between transmissions");
                *place = Some(byte);
            }
        }
        messages.entry((seq, kind)).or_default().insert(body.into_iter().map(|b| b.unwrap()).collect());
    }
    messages
}

#[test]
fn cve_2013_6450_flight_repeated_under_the_wrong_keys() {
    // the server hears the last flight three times before it answers
    let mut lost = 0;
    let link = Link::new(Impairment::NONE, 1).tapped(move |direction, _, bytes| {
        let last = direction == Direction::Up && Record::split(bytes, 0).iter().any(|r| r.epoch == 1);
        lost += usize::from(last && lost < 3);
        !(last && lost < 3)
    });
    let mut pair = on(link, Options::default(), Config::default());
    connect(&mut pair);
    let sent: Vec<Record> = pair
        .link
        .log
        .iter()
        .filter(|p| p.direction == Direction::Up)
        .map(|p| Record::split(&p.bytes, 0))
        .filter(|records| records.len() == 3)
        .flatten()
        .collect();
    assert!(sent.len() >= 9, "{sent:?}");
    for flight in sent.chunks(3) {
        assert_eq!(flight.iter().map(|r| (r.kind, r.epoch)).collect::<Vec<_>>(), [(22, 0), (20, 0), (22, 1)]);
        assert_eq!(flight[0].fragment, sent[0].fragment, "ClientKeyExchange goes in the clear, the same each time");
        assert_eq!(flight[1].fragment, [1]);
    }
    let numbers: HashSet<[u8; 8]> = sent.iter().map(Record::number).collect();
    assert_eq!(numbers.len(), sent.len(), "no number is used twice");
}

#[test]
fn cve_2026_84782_flight_repeated_from_a_stale_offset() {
    for who in [Who::Psk, Who::X509Mutual] {
        for mtu in [100, 200, 1200] {
            play!(who, auth, who: Who = who, mtu: u16 = mtu => {
                let mut options = roomy();
                options.config.mtu = mtu;
                // half of what either side sends is lost, so that flights are repeated in part and whole
                let link = Link::new(Impairment { loss: 400, ..Impairment::NONE }, u64::from(mtu));
                let mut pair = with_credential(link, options, auth, Config { cookie: None, ..who.server() });
                let done = pair.run_until(LIMIT, |p| p.client.client.is_connected() || p.client.error().is_some());
                assert!(done);
                let up = pair.link.log.iter().filter(|p| p.direction == Direction::Up);
                let sent: Vec<Vec<u8>> = up.map(|p| p.bytes.clone()).collect();
                for (message, bodies) in said(&sent) {
                    assert_eq!(bodies.len(), 1, "{who:?} at {mtu}: message {message:?} said two things");
                }
                pair.link.impairment = Impairment::NONE;
                stint_lab::scene::usable_afterwards(&mut pair, who.server());
            });
        }
    }
}

fn hellos(log: &[stint_lab::link::Passage]) -> Vec<Hello> {
    let up = log.iter().filter(|p| p.direction == Direction::Up);
    let fragments = up.flat_map(|p| Record::split(&p.bytes, 0)).filter(|r| r.kind == HANDSHAKE && r.epoch == 0);
    let all = fragments.flat_map(|r| Fragment::split(&r.fragment)).filter(|f| f.kind == 1);
    all.map(|f| Hello::parse(&f.body).unwrap()).collect()
}

#[test]
fn cve_2020_11501_client_random_of_zeros() {
    let mut pair = pair(Options::default(), Config::default());
    let mut randoms = HashSet::new();
    for _ in 0..50 {
        let before = pair.link.log.len();
        connect(&mut pair);
        let said = hellos(&pair.link.log[before..]);
        assert_eq!(said.len(), 2);
        // the same with the cookie as without (RFC 6347 4.2.1), and another in each handshake
        assert_eq!(said[0].random, said[1].random);
        assert!(said[0].random.windows(4).all(|four| four != [0; 4]));
        assert!(randoms.insert(said[0].random.clone()));
        pair.client.restart(pair.now);
        pair.server.reboot();
    }
}

#[test]
fn cve_2021_34430_random_numbers_that_can_be_foreseen() {
    // the only source is the one that the caller hands over: another seed there, another hello; the same there, the same
    let random = |seed| {
        let mut pair = pair(Options { seed, ..Options::default() }, Config::default());
        connect(&mut pair);
        pair.server.seen.hello.random.clone()
    };
    assert_eq!(random(7), random(7));
    assert_eq!((0..64).map(random).collect::<HashSet<_>>().len(), 64);
}

#[test]
fn cve_2022_2576_client_hello_answered_without_a_cookie() {
    // there is no server among the libraries: who is asked to be one says nothing, in any state
    let hello = [&[0xfe, 0xfd][..], &[3; 32], &[0, 0, 0, 2, 0xc0, 0xa8, 1, 0]].concat();
    let datagram = forged(HANDSHAKE, 0, 0, &Fragment::whole(1, 0, &hello).bytes());
    let mut pair = connected();
    let sent = pair.link.log.len();
    for _ in 0..100 {
        pair.client.receive(pair.now, &datagram);
    }
    pair.run_until(pair.now + SECOND * 60, |_| false);
    assert_eq!(pair.link.log.len(), sent, "not one datagram");
    connect(&mut pair);
    pair.client.client.close();
    pair.run_until(pair.now + SECOND * 60, |_| false);
    let sent = pair.link.log.len();
    pair.client.receive(pair.now, &datagram);
    pair.run_until(pair.now + SECOND * 60, |_| false);
    assert_eq!(pair.link.log.len(), sent);
}

#[test]
fn dimpl_0_9_0_panics_where_a_datagram_comes_before_the_first_timeout() {
    // a datagram before anything was asked for or sent, and every call in the wrong order
    let mut device = stint_lab::device::Device::new(Options::default());
    for datagram in [&b""[..], b"\x16", &forged(HANDSHAKE, 0, 0, &[2; 40]), &forged(23, 1, 0, &[0; 40])] {
        device.receive(SECOND * 5, datagram);
    }
    assert!(device.client.send(SECOND, &mut [0; 99], |_| Some(1)).is_err());
    device.client.close();
    device.wake(SECOND * 9);
    device.receive(SECOND, &forged(HANDSHAKE, 0, 0, &[2; 40]));
    device.restart(SECOND * 10);
    let mut pair =
        pair(Options::default(), Config { script: vec![Script::HelloRequest(Stage::Verify)], ..Config::default() });
    pair.client = device;
    pair.now = SECOND * 10;
    connect(&mut pair);
}
