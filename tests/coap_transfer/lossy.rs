//! A megabyte in each direction over a bad link, in virtual time.

use crate::plain::{PlainNode, PlainServer, Shared};
use sha2::{Digest, Sha256};
use std::time::{Duration, Instant};
use stint_coap::{BlockSize, Body, Code, Config, Handle, Request};
use stint_lab::coaps::{Bodies, Node, Saw};
use stint_lab::device::Options;
use stint_lab::link::{End, Impairment, Link, Pair};
use stint_lab::random::Random;
use stint_lab::server::coap::{self, Coap};
use stint_lab::server::{self, Server};

/// 30 % loss, 10 % duplication, 10 % reordering.
const BAD: Impairment = Impairment { loss: 300, duplicate: 100, reorder: 100, ..Impairment::NONE };
const RETRANSMIT: u8 = 24;
const LIMIT: Duration = Duration::from_secs(60 * 86_400);
const MEGABYTE: usize = 1 << 20;

/// What a test needs of a device, over DTLS or not.
trait Client: End {
    fn ask(&mut self, request: &Request<'_>) -> Handle;
    fn bodies(&mut self) -> &mut Bodies;
    fn saw(&mut self) -> &mut Vec<Saw>;
    /// Confirmable messages sent again.
    fn retransmissions(&self) -> u16;
}

impl Client for Node {
    fn ask(&mut self, request: &Request<'_>) -> Handle {
        self.pump.coap.request(request).unwrap()
    }

    fn bodies(&mut self) -> &mut Bodies {
        &mut self.pump.source
    }

    fn saw(&mut self) -> &mut Vec<Saw> {
        &mut self.saw
    }

    fn retransmissions(&self) -> u16 {
        self.pump.coap.stats().retransmissions
    }
}

impl Client for PlainNode {
    fn ask(&mut self, request: &Request<'_>) -> Handle {
        self.pump.coap.request(request).unwrap()
    }

    fn bodies(&mut self) -> &mut Bodies {
        &mut self.pump.source
    }

    fn saw(&mut self) -> &mut Vec<Saw> {
        &mut self.saw
    }

    fn retransmissions(&self) -> u16 {
        self.pump.coap.stats().retransmissions
    }
}

/// The chance that so many exchanges all come to their end, if a try is lost with either of its two datagrams.
fn model(exchanges: usize) -> f64 {
    let arrives = 1.0 - BAD.loss as f64 / 1000.0;
    let fails = (1.0 - arrives * arrives).powi(i32::from(RETRANSMIT) + 1);
    (1.0 - fails).powi(exchanges as i32)
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Puts a body of `len` random bytes, and gets it back.
fn there_and_back<C: Client, S: End>(
    name: &str,
    pair: &mut Pair<'_, C, S>,
    app: &Shared,
    len: usize,
    block: BlockSize,
    seed: u64,
) {
    let started = Instant::now();
    let exchanges = len.div_ceil(block.bytes());
    let expected = model(2 * exchanges);
    assert!(expected > 0.999, "MAX_RETRANSMIT must be raised for this: {expected}");
    let body = Random::new(seed).bytes(len);
    let sent = hash(&body);
    pair.client.bodies().0 = vec![body];
    let put = pair.client.ask(&Request { body: Body::Source(0), ..Request::new(Code::PUT, "example_data") });
    let ended = |saw: &[Saw]| saw.iter().any(|s| matches!(s, Saw::Response { last: true, .. } | Saw::Failed(..)));
    assert!(pair.run_until(pair.now + LIMIT, |p| ended(p.client.saw())), "the upload has no end");
    let saw = std::mem::take(pair.client.saw());
    let changed = saw.iter().any(|s| matches!(s, Saw::Response { handle, code: Code::CHANGED, .. } if *handle == put));
    assert!(changed, "{:?}", saw.last());
    assert_eq!(hash(app.0.borrow().stored()), sent, "what went up");
    let up = pair.now;

    let get = pair.client.ask(&Request::get("example_data"));
    assert!(pair.run_until(pair.now + LIMIT, |p| ended(p.client.saw())), "the download has no end");
    let mut came = Sha256::new();
    let mut at = 0;
    for saw in pair.client.saw() {
        let Saw::Response { handle, code: Code::CONTENT, payload, offset, .. } = saw else { panic!("{saw:?}") };
        assert_eq!((*handle, *offset as usize), (get, at), "a block is missing or came twice");
        came.update(&payload);
        at += payload.len();
    }
    assert_eq!((at, hex::encode(came.finalize())), (len, sent), "what came down");
    println!(
        "{name}: {len} bytes each way in blocks of {}, seed {seed}: {} datagrams, {} retransmissions in {} exchanges (the model expects {:.0}), up {:.0} s, down {:.0} s of virtual time, {:.2} s of ours; completes with a chance of {expected:.6}",
        block.bytes(),
        pair.link.log.len(),
        pair.client.retransmissions(),
        2 * exchanges,
        2.0 * exchanges as f64 * (1.0 / 0.49 - 1.0),
        up.as_secs_f64(),
        (pair.now - up).as_secs_f64(),
        started.elapsed().as_secs_f64(),
    );
}

fn config(block_size: BlockSize) -> Config {
    Config { block_size, max_retransmit: RETRANSMIT, ..Config::DEFAULT }
}

fn over_dtls(len: usize, block: BlockSize, seed: u64) {
    let app = Shared::new(Coap::new(coap::Config::default(), b""));
    let server = server::Config { cid: Some(vec![7]), transmissions: 60, seed, ..server::Config::default() };
    let mut options = Options { seed, ..Options::default() };
    options.config.transmissions = 30;
    let client = Node::new(options, config(block), 1);
    let mut pair = Pair::new(client, Server::new(server, app.clone()), Link::new(BAD, seed));
    assert!(pair.run_until(LIMIT, |p| p.client.pump.dtls.is_connected()), "{:?}", pair.client.saw);
    pair.client.saw.clear();
    there_and_back("over DTLS", &mut pair, &app, len, block, seed);
}

fn in_the_clear(len: usize, block: BlockSize, seed: u64) {
    let app = Shared::new(Coap::new(coap::Config::default(), b""));
    let client = PlainNode::new(config(block), seed);
    let mut pair = Pair::new(client, PlainServer::new(app.clone()), Link::new(BAD, seed));
    there_and_back("in the clear", &mut pair, &app, len, block, seed);
}

/// The seed of a run: fixed, or counted from `STINT_SEED`.
fn seed(number: u64) -> u64 {
    let first = std::env::var("STINT_SEED").ok().and_then(|seed| seed.parse::<u64>().ok());
    first.map_or(number, |first| first.wrapping_add(number))
}

#[test]
fn a_megabyte_over_dtls_is_lost_or_bent() {
    over_dtls(MEGABYTE, BlockSize::B1024, seed(1));
}

#[test]
fn a_megabyte_in_the_clear_is_lost_or_bent() {
    in_the_clear(MEGABYTE, BlockSize::B1024, seed(2));
}

#[test]
fn a_thousand_small_blocks_are_lost_or_bent() {
    over_dtls(64 << 10, BlockSize::B64, seed(3));
    in_the_clear(64 << 10, BlockSize::B64, seed(4));
}
