//! CoAP over DTLS as a device does it, through the pump, over the simulated link.

use core::time::Duration;
use stint_coap::{BlockSize, Body, Code, Config, Failure, Handle, Request, RequestError};
use stint_dtls::{Error, Flight, Peer};
use stint_lab::coaps::{Node, Saw};
use stint_lab::device::Options;
use stint_lab::link::{Direction, Impairment, Link, Pair};
use stint_lab::server::coap::Coap;
use stint_lab::server::{self, Server, coap};

const HOUR: Duration = Duration::from_secs(3600);

fn pair(
    app: coap::Config,
    stored: &[u8],
    config: Config,
    slots: usize,
    link: Link<'static>,
) -> Pair<'static, Node, Server> {
    let server = server::Config { cid: Some(vec![7, 7]), ..server::Config::default() };
    Pair::new(Node::new(Options::default(), config, slots), Server::new(server, Coap::new(app, stored)), link)
}

fn clean() -> Link<'static> {
    Link::new(Impairment::NONE, 1)
}

/// Runs until the handle has ended; its payloads put together.
fn whole(pair: &mut Pair<'_, Node, Server>, handle: Handle) -> Result<(Code, Vec<u8>), Failure> {
    let ended = |n: &Node| {
        n.saw.iter().any(|s| match s {
            Saw::Response { handle: h, last, .. } => *h == handle && *last,
            Saw::Failed(h, _) => *h == handle,
            _ => false,
        })
    };
    let done = pair.run_until(pair.now + HOUR * 100, |p| ended(&p.client));
    assert!(done, "{:?}", pair.client.saw);
    let mut body = Vec::new();
    let mut code = None;
    for saw in &pair.client.saw {
        match saw {
            Saw::Response { handle: h, code: c, payload, offset, .. } if *h == handle => {
                assert_eq!(*offset as usize, body.len(), "a block is missing or came twice");
                body.extend_from_slice(payload);
                code = Some(*c);
            }
            Saw::Failed(h, failure) if *h == handle => return Err(*failure),
            _ => {}
        }
    }
    Ok((code.unwrap(), body))
}

fn body(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i * 7 + i / 256) as u8).collect()
}

#[test]
fn a_request_made_before_the_handshake_is_lost_or_repeated_meanwhile() {
    // the first three answers of the server are lost: the handshake takes seconds
    let link = clean().tapped(|d, i, _| d == Direction::Up || i > 2);
    let mut pair = pair(coap::Config::default(), b"", Config::DEFAULT, 1, link);
    let get = pair.client.pump.coap.request(&Request::get("time")).unwrap();
    let (code, _) = whole(&mut pair, get).unwrap();
    assert_eq!(code, Code::CONTENT);
    assert_eq!(pair.server.seen.data.len(), 1, "its timer starts when it is sent");
    assert_eq!(pair.client.saw[0], Saw::Connected);
}

#[test]
fn a_body_of_any_size_does_not_come_down_whole() {
    for len in [0, 1, 16, 63, 64, 65, 1024, 1025, 5000] {
        for block in [BlockSize::B64, BlockSize::B1024] {
            for loss in [0, 200] {
                let link =
                    Link::new(Impairment { loss, duplicate: loss, reorder: loss, ..Impairment::NONE }, len as u64);
                let config = Config { block_size: block, max_retransmit: 15, ..Config::DEFAULT };
                let mut pair = pair(coap::Config::default(), &body(len), config, 1, link);
                let get = pair.client.pump.coap.request(&Request::get("example_data")).unwrap();
                assert_eq!(whole(&mut pair, get), Ok((Code::CONTENT, body(len))), "{len} {block:?} {loss}");
            }
        }
    }
}

#[test]
fn a_body_of_any_size_does_not_go_up_whole() {
    for len in [0, 1, 64, 65, 1024, 1025, 5000] {
        for (block, szx) in [(BlockSize::B64, 6), (BlockSize::B1024, 6), (BlockSize::B1024, 2)] {
            for loss in [0, 200] {
                let link =
                    Link::new(Impairment { loss, duplicate: loss, reorder: loss, ..Impairment::NONE }, len as u64);
                let config = Config { block_size: block, max_retransmit: 15, ..Config::DEFAULT };
                let mut pair = pair(coap::Config { szx, ..coap::Config::default() }, b"old", config, 1, link);
                pair.client.pump.source.0 = vec![body(len)];
                let put = Request { body: Body::Source(0), ..Request::new(Code::PUT, "example_data") };
                let put = pair.client.pump.coap.request(&put).unwrap();
                let (code, _) = whole(&mut pair, put).unwrap();
                assert_eq!(code, Code::CHANGED, "{len} {block:?} {szx} {loss}");
                pair.client.saw.clear();
                let get = pair.client.pump.coap.request(&Request::get("example_data")).unwrap();
                assert_eq!(whole(&mut pair, get), Ok((Code::CONTENT, body(len))), "{len} {block:?} {szx} {loss}");
            }
        }
    }
}

#[test]
fn a_separate_response_is_not_taken_or_not_acknowledged() {
    let app = coap::Config { separate: Some(Duration::from_secs(3)), ..coap::Config::default() };
    let mut pair = pair(app, b"stored", Config::DEFAULT, 1, clean());
    let get = pair.client.pump.coap.request(&Request::get("example_data")).unwrap();
    assert_eq!(whole(&mut pair, get), Ok((Code::CONTENT, b"stored".to_vec())));
    pair.run_until(pair.now + HOUR, |_| false);
    let seen: Vec<&[u8]> = pair.server.seen.data.iter().map(|m| &m[..2]).collect();
    assert_eq!(seen, [[0x44, 1], [0x60, 0]], "the request, and an acknowledgement of the response");
}

#[test]
fn an_observation_goes_on_after_it_was_cancelled_or_ends_before() {
    for confirmable in [true, false] {
        let app = coap::Config { confirmable, ..coap::Config::default() };
        let mut pair = pair(app, b"", Config::DEFAULT, 2, clean());
        let watch = pair.client.pump.coap.request(&Request::observe("time")).unwrap();
        assert!(pair.run_until(HOUR, |p| p.client.answers(watch).len() >= 5));
        pair.client.pump.coap.cancel(watch);
        pair.run_until(pair.now + Duration::from_secs(60), |_| false);
        let count = pair.client.saw.len();
        pair.run_until(pair.now + HOUR, |_| false);
        assert_eq!(pair.client.saw.len(), count, "{:?}", pair.client.saw.last());
    }
}

#[test]
fn a_full_slot_table_is_not_told_or_leaves_no_way_on() {
    let mut pair = pair(coap::Config::default(), b"stored", Config::DEFAULT, 2, clean());
    let request = Request::get("example_data");
    let first = pair.client.pump.coap.request(&request).unwrap();
    let second = pair.client.pump.coap.request(&request).unwrap();
    assert_eq!(pair.client.pump.coap.request(&request), Err(RequestError::NoSlot));
    for handle in [first, second] {
        assert_eq!(whole(&mut pair, handle), Ok((Code::CONTENT, b"stored".to_vec())));
    }
    pair.client.saw.clear();
    let third = pair.client.pump.coap.request(&request).unwrap();
    assert_eq!(whole(&mut pair, third), Ok((Code::CONTENT, b"stored".to_vec())));
}

#[test]
fn a_response_larger_than_the_buffer_does_more_than_time_out() {
    // the server pads its records, so that a block of 1,024 bytes makes a datagram larger than the 1,280 bytes of the inbox
    let node = Node::new(
        Options {
            config: {
                let mut c = stint_dtls::Config::new();
                c.connection_id = Some(&[5]);
                c
            },
            ..Options::default()
        },
        Config { max_retransmit: 1, ..Config::DEFAULT },
        1,
    );
    let server = server::Config { cid: Some(vec![7]), padding: 300, ..server::Config::default() };
    let mut pair = Pair::new(node, Server::new(server, Coap::new(coap::Config::default(), &body(1024))), clean());
    let get = pair.client.pump.coap.request(&Request::get("example_data")).unwrap();
    assert_eq!(whole(&mut pair, get), Err(Failure::Timeout));
    pair.client.saw.clear();
    let get = pair.client.pump.coap.request(&Request::get("time")).unwrap();
    assert_eq!(whole(&mut pair, get).unwrap().0, Code::CONTENT);
}

#[test]
fn a_server_that_falls_silent_is_waited_for_for_ever() {
    let mut pair = pair(coap::Config::default(), b"", Config::DEFAULT, 2, clean());
    assert!(pair.run_until(HOUR, |p| p.client.pump.dtls.is_connected()));
    pair.server.silence(true);
    let get = pair.client.pump.coap.request(&Request::get("time")).unwrap();
    assert_eq!(whole(&mut pair, get), Err(Failure::Timeout));
    assert_eq!(pair.link.log.iter().filter(|p| p.at > Duration::ZERO && p.direction == Direction::Up).count(), 7);
    // alive again, the same association serves
    pair.server.silence(false);
    pair.client.saw.clear();
    let get = pair.client.pump.coap.request(&Request::get("time")).unwrap();
    assert_eq!(whole(&mut pair, get).unwrap().0, Code::CONTENT);
}

#[test]
fn a_handshake_that_fails_is_not_told_through_the_pump() {
    let node = Node::new(Options { key: b"not the key", ..Options::default() }, Config::DEFAULT, 1);
    let app = Coap::new(coap::Config::default(), b"");
    let mut pair = Pair::new(node, Server::new(server::Config::default(), app), clean());
    assert!(pair.run_until(HOUR, |p| p.client.error().is_some()));
    assert_eq!(pair.client.error(), Some(Error::Timeout { flight: Flight::Finished, peer: Peer::Repeated }));
}
