//! Servers that lose what came, refuse what is too long, or want to know that a request is fresh; over a bad link too.

use crate::plain::{PlainNode, PlainServer, Shared};
use std::time::Duration;
use stint_coap::{BlockSize, Body, Code, Config, Message, OptionNumber, Request};
use stint_lab::coaps::Saw;
use stint_lab::link::{Direction, Impairment, Link, Pair};
use stint_lab::random::Random;
use stint_lab::server::coap::{self, Coap};

const LEN: usize = 5_000;

/// Puts a body; how it ended, what the server stored, the requests that reached it without repetitions.
fn put(server: coap::Config, link: Impairment, seed: u64) -> (Saw, Vec<u8>, Vec<Vec<u8>>) {
    let app = Shared::new(Coap::new(server, b"old"));
    let config = Config { block_size: BlockSize::B256, max_retransmit: 24, ..Config::DEFAULT };
    let client = PlainNode::new(config, seed);
    let mut pair = Pair::new(client, PlainServer::new(app.clone()), Link::new(link, seed));
    pair.client.pump.source.0 = vec![Random::new(seed).bytes(LEN)];
    let put = Request { body: Body::Source(0), ..Request::new(Code::PUT, "example_data") };
    pair.client.pump.coap.request(&put).unwrap();
    assert!(pair.run_until(Duration::from_secs(86_400), |p| !p.client.saw.is_empty()));
    let stored = app.0.borrow().stored().to_vec();
    let mut sent: Vec<Vec<u8>> = Vec::new();
    for passage in pair.link.log.iter().filter(|p| p.direction == Direction::Up) {
        if !sent.contains(&passage.bytes) {
            sent.push(passage.bytes.clone());
        }
    }
    (pair.client.saw.remove(0), stored, sent)
}

const BAD: Impairment = Impairment { loss: 300, duplicate: 100, reorder: 100, ..Impairment::NONE };

fn code(saw: &Saw) -> Code {
    let Saw::Response { code, last: true, .. } = saw else { panic!("{saw:?}") };
    *code
}

#[test]
fn an_upload_that_the_server_lost_in_its_middle_is_not_sent_anew() {
    for (link, seed) in [(Impairment::NONE, 1), (BAD, 2), (BAD, 3)] {
        let (saw, stored, sent) = put(coap::Config { forgets: Some(3_000), ..coap::Config::default() }, link, seed);
        assert_eq!((code(&saw), stored == Random::new(seed).bytes(LEN)), (Code::CHANGED, true), "seed {seed}");
        // 12 blocks that were lost, the one that told so, and all 20.
        assert_eq!(sent.len(), 12 + 1 + 20, "seed {seed}");
    }
}

#[test]
fn a_body_too_long_for_the_server_is_sent_in_vain() {
    let (saw, stored, sent) = put(coap::Config { limit: 4_999, ..coap::Config::default() }, Impairment::NONE, 1);
    assert_eq!((code(&saw), stored), (Code::REQUEST_ENTITY_TOO_LARGE, b"old".to_vec()));
    // Size1 told it with the first block.
    assert_eq!(sent.len(), 1);
    let message = Message::parse(&sent[0]).unwrap();
    assert_eq!(message.option(OptionNumber::SIZE1).and_then(|opt| opt.uint()), Some(LEN as u32));
}

#[test]
fn a_server_that_wants_to_know_that_a_request_is_fresh_is_not_told() {
    for (link, seed) in [(Impairment::NONE, 1), (BAD, 2), (BAD, 3)] {
        let (saw, stored, sent) = put(coap::Config { echo: true, ..coap::Config::default() }, link, seed);
        assert_eq!((code(&saw), stored == Random::new(seed).bytes(LEN)), (Code::CHANGED, true), "seed {seed}");
        assert_eq!(sent.len(), 1 + 20, "seed {seed}");
        let echo = |message: &Vec<u8>| Message::parse(message).unwrap().option(OptionNumber::ECHO).is_some();
        assert!(!echo(&sent[0]) && sent[1..].iter().all(echo));
    }
}
