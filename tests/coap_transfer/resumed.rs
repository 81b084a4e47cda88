//! Downloads that are cut short, with the default transmission parameters: they go on where they were, and bodies are never mixed.

use crate::device::{Block, Device, Saw};
use crate::plain::Shared;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;
use stint_coap::{Code, Failure, Handle, Message, OptionNumber, Request};
use stint_dtls::Config;
use stint_lab::link::{Direction, Impairment, Link, Pair};
use stint_lab::random::Random;
use stint_lab::server::coap::{self, Coap};
use stint_lab::server::{self, ALERT, Server};
use stint_net::{Lost, Policy};

const LEN: usize = 40_000;
const BLOCK: usize = 1024;
/// Blocks that came when the download is cut off.
const CUT: usize = 13;
const HOUR: Duration = Duration::from_secs(3600);
const GET: Request<'static> = Request::get("example_data");

struct Scene {
    pair: Pair<'static, Device, Server>,
    app: Shared,
    /// Whether the link carries anything.
    alive: Rc<Cell<bool>>,
    body: Vec<u8>,
}

/// A download of [`LEN`] bytes after [`CUT`] blocks; the request for the next one is still to be sent.
fn cut_short(etag: bool, policy: Policy) -> (Scene, Handle) {
    cut_in_blocks(coap::Config { etag, ..coap::Config::default() }, policy)
}

/// The same with any server.
fn cut_in_blocks(server: coap::Config, policy: Policy) -> (Scene, Handle) {
    let body = Random::new(1).bytes(LEN);
    let app = Shared::new(Coap::new(server, &body));
    let server = Server::new(server::Config { cid: Some(vec![7]), ..server::Config::default() }, app.clone());
    let alive = Rc::new(Cell::new(true));
    let carries = Rc::clone(&alive);
    let link = Link::new(Impairment::NONE, 1).tapped(move |_: Direction, _, _| carries.get());
    let mut pair = Pair::new(Device::new(Config::new(), policy, 1), server, link);
    let get = pair.client.ask(&GET);
    assert!(pair.run_until(HOUR, |p| blocks(&p.client).len() == CUT), "{:?}", pair.client.saw);
    (Scene { pair, app, alive, body }, get)
}

/// The blocks that came, in order.
fn blocks(device: &Device) -> Vec<&Block> {
    let block = |saw: &'_ (Duration, Saw)| matches!(&saw.1, Saw::Response { code: Code::CONTENT, .. });
    device
        .saw
        .iter()
        .filter(|saw| block(saw))
        .filter_map(|(_, saw)| if let Saw::Response { block, .. } = saw { Some(block) } else { None })
        .collect()
}

impl Scene {
    fn until_ended(&mut self, handle: Handle) {
        let limit = self.pair.now + HOUR;
        let done = self.pair.run_until(limit, |p| p.client.ended(handle));
        assert!(done, "no end: {:?}", self.pair.client.saw.last());
    }

    /// The body that came, as a caller puts it together: where a block begins at 0, all before it is thrown away.
    fn came(&self) -> Vec<u8> {
        let mut body = Vec::new();
        for block in blocks(&self.pair.client) {
            if block.offset == 0 {
                body.clear();
            }
            assert_eq!(block.offset as usize, body.len(), "a block is missing or came twice");
            body.extend_from_slice(&block.payload);
        }
        body
    }

    /// Requests for blocks that the server had answered before, repetitions of one message not counted.
    fn fetched_twice(&self) -> usize {
        let mut exchanges: BTreeMap<u32, BTreeSet<u16>> = BTreeMap::new();
        for data in &self.pair.server.seen.data {
            let message = Message::parse(data).unwrap();
            if message.code == Code::GET {
                let number = message.option(OptionNumber::BLOCK2).map_or(0, |opt| opt.uint().unwrap() >> 4);
                exchanges.entry(number).or_default().insert(message.id);
            }
        }
        exchanges.values().map(|ids| ids.len() - 1).sum()
    }

    /// The link is dead until the request has failed, and minutes longer.
    fn dead_link(&mut self, get: Handle) {
        self.alive.set(false);
        self.until_ended(get);
        assert_eq!(self.pair.client.failure(get), Some(Failure::Timeout));
        let limit = self.pair.now + Duration::from_secs(300);
        self.pair.run_until(limit, |_| false);
        self.alive.set(true);
    }

    /// Goes on after the last block that came.
    fn resume(&mut self) -> Handle {
        let blocks = blocks(&self.pair.client);
        let last = blocks.last().unwrap();
        let (offset, etag) = (last.offset + last.payload.len() as u32, last.etag.clone());
        self.pair.client.keeper.pump.coap.resume(&GET, offset, &etag).unwrap()
    }
}

#[test]
fn a_dead_link_costs_what_came_before() {
    for etag in [true, false] {
        let (mut scene, get) = cut_short(etag, Policy::DEFAULT);
        scene.dead_link(get);
        assert_eq!(blocks(&scene.pair.client).len(), CUT);
        let rest = scene.resume();
        scene.until_ended(rest);
        assert_eq!(scene.pair.client.failure(rest), None);
        assert_eq!(scene.came(), scene.body);
        let twice = scene.fetched_twice();
        println!("dead link, ETag {etag}: {} blocks in all, fetched twice: {twice}", LEN.div_ceil(BLOCK));
        assert!(twice <= 1, "{twice}");
    }
}

#[test]
fn a_server_with_smaller_blocks_costs_more_than_one_of_them() {
    // 64 bytes, where we would take 1,024: the download goes on at a place where no large block begins.
    let (mut scene, get) = cut_in_blocks(coap::Config { szx: 2, ..coap::Config::default() }, Policy::DEFAULT);
    scene.dead_link(get);
    let rest = scene.resume();
    scene.until_ended(rest);
    assert_eq!(scene.pair.client.failure(rest), None);
    assert_eq!(scene.came(), scene.body);
    let offsets: Vec<u32> = blocks(&scene.pair.client).iter().map(|block| block.offset).collect();
    assert!(offsets.is_sorted_by(|one, next| one < next), "a block came twice: {offsets:?}");
}

#[test]
fn a_body_that_changed_while_the_link_was_dead_is_mixed_with_the_one_before() {
    let (mut scene, get) = cut_short(true, Policy::DEFAULT);
    scene.dead_link(get);
    scene.body = Random::new(2).bytes(LEN - 5_000);
    scene.app.0.borrow_mut().store(scene.body.clone());
    let rest = scene.resume();
    scene.until_ended(rest);
    assert_eq!(scene.pair.client.failure(rest), None);
    let after = blocks(&scene.pair.client)[CUT];
    assert_eq!(after.offset, 0, "nothing of the new body may follow the old one");
    assert_eq!(scene.came(), scene.body);
}

#[test]
fn a_close_notify_in_mid_download_begins_it_anew() {
    let (mut scene, get) = cut_short(true, Policy::DEFAULT);
    scene.pair.server.send(ALERT, &[1, 0]);
    scene.until_ended(get);
    assert_eq!((scene.pair.client.failure(get), scene.pair.client.lost()), (None, vec![Lost::Closed]));
    assert_eq!(scene.came(), scene.body);
    let twice = scene.fetched_twice();
    println!("close_notify: fetched twice: {twice}");
    assert!(twice <= 1, "{twice}");
    assert_eq!(blocks(&scene.pair.client).iter().filter(|block| block.offset == 0).count(), 1);
}

#[test]
fn a_reboot_of_the_server_in_mid_download_begins_it_anew() {
    let (mut scene, get) = cut_short(true, Policy { unanswered: 1, ..Policy::DEFAULT });
    scene.pair.server.reboot();
    scene.until_ended(get);
    // The block that nobody answered is told; the association is given up for it.
    assert_eq!(scene.pair.client.failure(get), Some(Failure::Timeout));
    let rest = scene.resume();
    scene.until_ended(rest);
    assert_eq!((scene.pair.client.failure(rest), scene.pair.client.lost()), (None, vec![Lost::Silent]));
    assert_eq!(scene.came(), scene.body);
    let twice = scene.fetched_twice();
    println!("reboot: fetched twice: {twice}");
    assert!(twice <= 1, "{twice}");
}

#[test]
fn a_body_that_changed_with_the_association_is_mixed_with_the_one_before() {
    let (mut scene, get) = cut_short(true, Policy::DEFAULT);
    scene.pair.server.send(ALERT, &[1, 0]);
    scene.body = Random::new(2).bytes(LEN + 5_000);
    scene.app.0.borrow_mut().store(scene.body.clone());
    scene.until_ended(get);
    assert_eq!((scene.pair.client.failure(get), scene.pair.client.lost()), (None, vec![Lost::Closed]));
    assert_eq!(blocks(&scene.pair.client)[CUT].offset, 0);
    assert_eq!(scene.came(), scene.body);
}

#[test]
fn a_body_without_an_etag_is_trusted_across_associations() {
    let (mut scene, get) = cut_short(false, Policy::DEFAULT);
    scene.pair.server.send(ALERT, &[1, 0]);
    scene.until_ended(get);
    assert_eq!(scene.pair.client.failure(get), None);
    // Nothing tells the rest of the body from that of another: from the start.
    assert_eq!(blocks(&scene.pair.client)[CUT].offset, 0);
    assert_eq!(scene.came(), scene.body);
}
