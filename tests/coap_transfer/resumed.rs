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
    let (mut scene, get) = begun(server, policy, Impairment::NONE, 1);
    assert!(scene.pair.run_until(HOUR, |p| blocks(&p.client).len() == CUT), "{:?}", scene.pair.client.saw);
    (scene, get)
}

/// A download that was asked for.
fn begun(server: coap::Config, policy: Policy, impairment: Impairment, seed: u64) -> (Scene, Handle) {
    let body = Random::new(seed).bytes(LEN);
    let app = Shared::new(Coap::new(server, &body));
    let config = server::Config { cid: Some(vec![7]), transmissions: 60, seed, ..server::Config::default() };
    let server = Server::new(config, app.clone());
    let alive = Rc::new(Cell::new(true));
    let carries = Rc::clone(&alive);
    let link = Link::new(impairment, seed).tapped(move |_: Direction, _, _| carries.get());
    let mut pair = Pair::new(Device::new(Config::new(), policy, seed as u32), server, link);
    let get = pair.client.ask(&GET);
    (Scene { pair, app, alive, body }, get)
}

/// The blocks that came, in order.
fn blocks(device: &Device) -> Vec<&Block> {
    let block = |saw: &(Duration, Saw)| matches!(&saw.1, Saw::Response { code: Code::CONTENT, .. });
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

    /// Whether a download came to its end: not by an error.
    fn is_whole(&self, get: Handle) -> bool {
        self.pair
            .client
            .count(|saw| matches!(saw, Saw::Response { handle, code: Code::CONTENT, last: true, .. } if *handle == get))
            > 0
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
    let again = offsets.windows(2).find(|two| two[0] >= two[1]);
    assert_eq!(again, None, "blocks came twice");
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

/// Downloads over links that lose up to 20 %, each interrupted some times: by a dead link, a close_notify, a reboot; now and then the body is another
/// afterwards. What a caller puts together that resumes after each failure must be one of the server's bodies, whole: the last one, unless the change came when
/// all of the one before was on its way.
#[test]
fn a_download_interrupted_at_random_is_mixed_or_never_whole() {
    let first = std::env::var("STINT_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let rounds = std::env::var("STINT_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(200);
    let (mut all, mut twice, mut told, mut changes, mut late) = (0, 0, 0, 0, 0);
    for seed in first..first + rounds {
        let mut random = Random::new(!seed);
        let mut draw = |below: u64| random.number() % below;
        let loss = draw(200);
        let impairment = Impairment { loss, duplicate: 100, reorder: 100, ..Impairment::NONE };
        let policy = Policy { unanswered: 1, ..Policy::DEFAULT };
        let (mut scene, mut get) = begun(coap::Config::default(), policy, impairment, seed);
        let (mut cuts, mut left) = (0, 1 + draw(4));
        let mut bodies = vec![scene.body.clone()];
        loop {
            let until = blocks(&scene.pair.client).len() + 1 + draw(20) as usize;
            let limit = scene.pair.now + HOUR * 2;
            let interrupts = left > 0;
            let came = scene
                .pair
                .run_until(limit, |p| p.client.ended(get) || (interrupts && blocks(&p.client).len() >= until));
            assert!(came, "seed {seed}: neither a block nor an end: {:?}", scene.pair.client.saw.last());
            if scene.pair.client.ended(get) {
                cuts += 1;
                get = match scene.pair.client.failure(get) {
                    None if scene.is_whole(get) => break,
                    // The new body ends before the block that was asked for: from the start.
                    None => scene.pair.client.ask(&GET),
                    // The body changed four times under one request.
                    Some(Failure::Changed) => scene.pair.client.ask(&GET),
                    Some(Failure::Timeout) if blocks(&scene.pair.client).is_empty() => scene.pair.client.ask(&GET),
                    Some(Failure::Timeout) => scene.resume(),
                    other => panic!("seed {seed}: {other:?}"),
                };
                told += 1;
                continue;
            }
            left -= 1;
            cuts += 1;
            match draw(3) {
                0 => scene.pair.server.send(ALERT, &[1, 0]),
                1 => scene.pair.server.reboot(),
                _ => {
                    scene.alive.set(false);
                    let limit = scene.pair.now + Duration::from_secs(draw(600));
                    scene.pair.run_until(limit, |_| false);
                    scene.alive.set(true);
                }
            }
            if draw(3) == 0 {
                bodies.push(Random::new(seed * 1_000 + left).bytes(LEN - draw(9_000) as usize));
                scene.app.0.borrow_mut().store(bodies.last().unwrap().clone());
            }
        }
        let came = scene.came();
        let whole = bodies.iter().rposition(|body| *body == came);
        let whole =
            whole.unwrap_or_else(|| panic!("seed {seed}: {} bytes of no body, of {}", came.len(), bodies.len()));
        late += usize::from(whole + 1 < bodies.len());
        changes += bodies.len() - 1;
        if bodies.len() == 1 {
            let again = scene.fetched_twice();
            assert!(again <= cuts, "seed {seed}: {again} blocks fetched twice in {cuts} interruptions");
            twice += again;
        }
        all += cuts;
    }
    assert!(late * 20 <= changes, "{late} of {changes} bodies are older than need be");
    println!(
        "{rounds} downloads from seed {first} (STINT_SEED, STINT_ROUNDS): {all} interruptions, {told} ends told, {changes} other bodies, {late} of them too late, {twice} blocks fetched twice where the body stayed"
    );
}
