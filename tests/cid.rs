//! Connection IDs (RFC 9146): both sides, each alone, none; and records that carry the wrong one.

use core::time::Duration;
use stint_dtls::Error;
use stint_dtls::crypto::soft::Aes128Ccm8;
use stint_lab::device::{Device, Options};
use stint_lab::link::{Direction, End, Pair};
use stint_lab::scene::{connect, fails, pair, usable_afterwards};
use stint_lab::server::code::CONNECTION_ID;
use stint_lab::server::{ALERT, APPLICATION_DATA, Config, Record, Script, Server, TLS12_CID};

fn with(own: Option<&'static [u8]>, server: Option<&[u8]>) -> Pair<'static, Device, Server> {
    let mut options = Options::default();
    options.config.connection_id = own;
    pair(options, Config { cid: server.map(<[u8]>::to_vec), ..Config::default() })
}

const LONG: &[u8] = &[0xc1; 32];

#[test]
fn a_pair_of_connection_ids_does_not_work() {
    let ids: [Option<&'static [u8]>; 5] = [None, Some(&[]), Some(&[7]), Some(&[0xde, 0xad, 0xbe, 0xef]), Some(LONG)];
    for own in ids {
        for server in ids {
            let mut pair = with(own, server);
            connect(&mut pair);
            let agreed = own.zip(server);
            assert_eq!(pair.server.association().unwrap().cids.is_some(), agreed.is_some());
            // what travels carries what the other side asked for, and nothing else does
            for passage in &pair.link.log {
                let (cid, last) = match passage.direction {
                    Direction::Up => (agreed.map_or(0, |a| a.1.len()), passage.bytes.clone()),
                    Direction::Down => (agreed.map_or(0, |a| a.0.len()), passage.bytes.clone()),
                };
                for record in Record::split(&last, cid) {
                    let with_cid = record.epoch == 1 && cid > 0;
                    assert_eq!(record.kind == TLS12_CID, with_cid, "{own:?} {server:?}");
                }
            }
            assert_eq!((pair.server.seen.foreign, pair.client.client.stats().foreign), (0, 0));
        }
    }
}

#[test]
fn a_padded_record_is_not_taken() {
    for padding in [1, 15, 200] {
        let mut options = Options::default();
        options.config.connection_id = Some(&[1, 2]);
        connect(&mut pair(options, Config { cid: Some(vec![3]), padding, ..Config::default() }));
    }
}

#[test]
fn a_record_without_the_agreed_id_or_with_another_is_taken() {
    let mut pair = with(Some(&[0xaa, 0xbb, 0xcc]), Some(&[1]));
    connect(&mut pair);
    let good = pair.server.seal(APPLICATION_DATA, b"good").unwrap();
    // the ID lies behind the record number; another one of the same length, and one cut off
    let mut other = good.clone();
    other[12] ^= 1;
    let short: Vec<u8> = good[..11].iter().chain(&good[12..]).copied().collect();
    // a plain record under the right keys: what RFC 9146 3 forbids once an ID is agreed
    let mut plain = good.clone();
    plain[0] = APPLICATION_DATA;
    plain.drain(11..14);
    let before = pair.client.data().len();
    for bad in [other, short, plain] {
        pair.client.receive(pair.now, &bad);
    }
    assert_eq!(pair.client.data().len(), before);
    let stats = pair.client.client.stats();
    assert!(stats.foreign + stats.malformed >= 3, "{stats}");
    assert_eq!(stats.forged, 0, "a foreign record is no forgery: anybody can make the limit be reached");
    pair.client.receive(pair.now, &good);
    assert_eq!(pair.client.data().last().unwrap(), b"good");
}

#[test]
fn a_cid_record_is_taken_where_none_was_agreed() {
    for (own, server) in [(None, None), (Some(&[][..]), Some(&[9][..])), (Some(&[5][..]), None)] {
        let mut pair = with(own, server);
        connect(&mut pair);
        let mut record = pair.server.seal(APPLICATION_DATA, b"good").unwrap();
        record[0] = TLS12_CID;
        let before = pair.client.data().len();
        pair.client.receive(pair.now, &record);
        assert_eq!(pair.client.data().len(), before);
        assert_eq!(pair.client.client.stats().foreign, 1, "{own:?} {server:?}");
    }
}

#[test]
fn an_inner_type_hides_what_it_must_not() {
    let mut pair = with(Some(&[0xaa]), Some(&[1]));
    connect(&mut pair);
    let before = pair.client.happened.len();
    // zeros alone: no inner type; a type that nobody knows; tls12_cid in itself; a CCS
    for (kind, plain) in [(0, &[0, 0, 0][..]), (99, b"x"), (TLS12_CID, b"x"), (20, &[1])] {
        pair.server.send(kind, plain);
    }
    pair.run_until(pair.now + Duration::from_secs(1), |_| false);
    assert_eq!(pair.client.happened.len(), before);
    connect(&mut pair);
    // and an alert is one
    pair.server.send(ALERT, &[1, 0]);
    assert!(pair.run_until(pair.now + Duration::from_secs(1), |p| !p.client.client.is_connected()));
}

#[test]
fn a_servers_id_of_any_length_and_shape_does_harm() {
    // CVE-2022-46393's kind: lengths that do not fit the buffer or the extension
    let cases: [(Vec<u8>, bool); 6] = [
        (vec![], false),
        (vec![0], true),
        (vec![1], false),
        (vec![1, 2, 3], false),
        ([&[33][..], &[7; 33]].concat(), false),
        ([&[255][..], &[7; 255]].concat(), false),
    ];
    for (body, fine) in cases {
        let mut pair = pair(
            Options::default(),
            Config { script: vec![Script::Instead(CONNECTION_ID, body.clone())], ..Config::default() },
        );
        if fine {
            connect(&mut pair);
            continue;
        }
        let error = fails(&mut pair);
        assert!(matches!(error, Error::Extension(_) | Error::ConnectionIdTooLong), "{body:?}: {error:?}");
        usable_afterwards(&mut pair, Config { cid: Some(vec![4]), ..Config::default() });
    }
}

#[test]
fn an_id_too_long_of_ones_own_is_offered() {
    let mut pair = with(Some(LONG), Some(LONG));
    connect(&mut pair);
    let mut options = Options::default();
    options.config.connection_id = Some(&[0; 33]);
    assert_eq!(Device::begin(options, Aes128Ccm8).err(), Some(Error::ConnectionIdTooLong));
}

#[test]
fn a_server_that_answers_an_id_that_was_not_offered_is_obeyed() {
    let mut options = Options::default();
    options.config.connection_id = None;
    let script = vec![Script::Instead(CONNECTION_ID, vec![1, 9])];
    let mut pair = pair(options, Config { script, ..Config::default() });
    assert!(matches!(fails(&mut pair), Error::ExtensionNotOffered(_)));
    assert_eq!(pair.server.seen.alerts, [(0, 2, 110)]);
}
