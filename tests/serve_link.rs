//! Two devices that serve each other over a link that loses, doubles and swaps: what is asked is done once, and bodies arrive as they were. And: any bytes.
//!
//! The seed is fixed; `STINT_SEED=n` takes another, `STINT_ROUNDS=n` more rounds.

mod serve_device;

use serve_device::{Node, endpoint};
use std::time::Duration;
use stint_coap::{BlockSize, Body, Code, Config, Handle, Message, OptionNumber, Outcome, Request, Type, Writer};
use stint_lab::link::{Impairment, Link, Pair};
use stint_lab::random::Random;

const DAY: Duration = Duration::from_secs(86_400);
const BAD: Impairment = Impairment { loss: 300, duplicate: 200, reorder: 200, ..Impairment::NONE };

fn environment(name: &str, default: u64) -> u64 {
    let value = std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default);
    println!("{name}={value}");
    value
}

/// Retransmissions enough that the model expects an end.
fn patient(block_size: BlockSize) -> Config {
    Config { max_retransmit: 30, block_size, ..Config::DEFAULT }
}

fn pair(impairment: Impairment, seed: u64, block_size: BlockSize) -> Pair<'static, Node, Node> {
    println!("seed {seed}");
    let config = patient(block_size);
    Pair::new(Node::new(config, seed as u8), Node::new(config, !seed as u8), Link::new(impairment, seed))
}

fn whole(pair: &mut Pair<'_, Node, Node>, handle: Handle) -> (Code, Vec<u8>) {
    assert!(pair.run_until(pair.now + DAY, |pair| pair.client.whole(handle).is_some()), "{handle:?} never ends");
    let (code, body) = pair.client.whole(handle).unwrap();
    // Its handle is given to another request.
    pair.client.came.retain(|came| came.handle != handle);
    (code.unwrap_or_else(|failure| panic!("{handle:?}: {failure}")), body)
}

fn body(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at * 7 + at / 256) as u8).collect()
}

#[test]
fn what_is_posted_is_done_exactly_once() {
    for seed in 0..environment("STINT_ROUNDS", 20) {
        for confirmable in [true, false] {
            let impairment = if confirmable { BAD } else { Impairment { loss: 0, ..BAD } };
            let mut pair = pair(impairment, seed, BlockSize::B64);
            for done in 1..=20u32 {
                let post = Request { confirmable, ..Request::new(Code::POST, "count") };
                let handle = pair.client.coap.request(&post).unwrap();
                assert_eq!(whole(&mut pair, handle), (Code::CHANGED, done.to_string().into()));
            }
            assert_eq!(pair.server.coap.profile().context.count, 20);
        }
    }
}

#[test]
fn bodies_of_any_size_arrive_as_they_were_both_ways() {
    let rounds = environment("STINT_ROUNDS", 1);
    for seed in 0..rounds {
        for len in [0, 1, 63, 64, 65, 128, 1_000, 3_000] {
            for block_size in [BlockSize::B16, BlockSize::B64, BlockSize::B1024] {
                let mut pair = pair(BAD, seed * 1_000 + len as u64, block_size);
                pair.client.body = body(len);
                let put = Request { body: Body::Source(0), ..Request::new(Code::PUT, "store") };
                let handle = pair.client.coap.request(&put).unwrap();
                assert_eq!(whole(&mut pair, handle), (Code::CHANGED, vec![]));
                assert_eq!(pair.server.coap.profile().context.store, body(len));
                let handle = pair.client.coap.request(&Request::get("store")).unwrap();
                assert_eq!(whole(&mut pair, handle), (Code::CONTENT, body(len)));
            }
        }
    }
}

#[test]
fn a_long_request_with_a_long_response_is_done_once() {
    for seed in 0..environment("STINT_ROUNDS", 5) {
        let mut pair = pair(BAD, seed, BlockSize::B64);
        pair.client.body = body(1_000);
        let mut turned = body(1_000);
        turned.reverse();
        for done in 1..=2 {
            let post = Request { body: Body::Source(0), ..Request::new(Code::POST, "turn") };
            let handle = pair.client.coap.request(&post).unwrap();
            assert_eq!(whole(&mut pair, handle), (Code::CHANGED, turned.clone()));
            assert_eq!(pair.server.coap.profile().context.count, done);
        }
    }
}

#[test]
fn the_newest_state_reaches_an_observer() {
    for seed in 0..environment("STINT_ROUNDS", 10) {
        let mut pair = pair(BAD, seed, BlockSize::B64);
        let watch = pair.client.coap.request(&Request::observe("sure")).unwrap();
        assert!(pair.run_until(DAY, |pair| pair.server.coap.profile().observers() == 1));
        pair.server.ticks = Some((pair.now, 30));
        let newest = |pair: &mut Pair<'_, Node, Node>| {
            pair.client.came.last().is_some_and(|came| came.handle == watch && came.payload == b"30")
        };
        assert!(pair.run_until(pair.now + DAY, newest), "{:?}", pair.client.came.last());
        let values = pair.client.came.iter().map(|came| String::from_utf8(came.payload.clone()).unwrap());
        let values: Vec<u32> = values.map(|value| value.parse().unwrap()).collect();
        assert!(values.is_sorted(), "an old state came after a newer one: {values:?}");
        pair.client.coap.cancel(watch);
        assert!(pair.run_until(pair.now + DAY, |pair| pair.server.coap.profile().observers() == 0));
    }
}

#[test]
fn a_separate_response_arrives_and_ends() {
    for seed in 0..environment("STINT_ROUNDS", 20) {
        let mut pair = pair(BAD, seed, BlockSize::B64);
        for _ in 0..5 {
            let handle = pair.client.coap.request(&Request::get("slow")).unwrap();
            assert_eq!(whole(&mut pair, handle), (Code::CONTENT, b"at last".to_vec()));
        }
        assert!(pair.run_until(pair.now + DAY, |pair| pair.server.coap.poll_timeout().is_none()));
    }
}

#[test]
fn both_ends_ask_and_answer_at_once() {
    for seed in 0..environment("STINT_ROUNDS", 5) {
        let mut pair = pair(BAD, seed, BlockSize::B64);
        (pair.client.body, pair.server.body) = (body(700), body(900));
        let put = Request { body: Body::Source(0), ..Request::new(Code::PUT, "store") };
        let up = pair.client.coap.request(&put).unwrap();
        let down = pair.server.coap.request(&put).unwrap();
        let ended =
            |pair: &mut Pair<'_, Node, Node>| pair.client.whole(up).is_some() && pair.server.whole(down).is_some();
        assert!(pair.run_until(DAY, ended));
        assert_eq!(pair.server.coap.profile().context.store, body(700));
        assert_eq!(pair.client.coap.profile().context.store, body(900));
    }
}

/// A request, plausible but for what chance adds.
fn request(random: &mut Random) -> Vec<u8> {
    let kind = [Type::Confirmable, Type::Confirmable, Type::NonConfirmable][random.below(3) as usize];
    let code = Code(random.below(9) as u8);
    let token = random.bytes(8);
    let len = random.below(9) as usize;
    let mut out = [0; 2_000];
    let mut writer = Writer::new(&mut out, kind, code, random.below(40) as u16, &token[..len]);
    let maybe = |random: &mut Random, one_in| random.below(one_in) == 0;
    if maybe(random, 8) {
        writer.option(OptionNumber::IF_MATCH, &random.bytes(8)[..random.below(9) as usize]);
    }
    if maybe(random, 2) {
        writer.uint(OptionNumber::OBSERVE, random.below(3) as u32);
    }
    let paths: [&[&str]; 9] = [
        &["count"],
        &["store"],
        &["turn"],
        &["clock"],
        &["sure"],
        &["slow"],
        &["3303", "0", "5700"],
        &["3303", "0", "averylongsegment"],
        &[".well-known", "core"],
    ];
    for segment in paths[random.below(9) as usize] {
        writer.option(OptionNumber::URI_PATH, segment.as_bytes());
    }
    if maybe(random, 4) {
        writer
            .option(OptionNumber::URI_QUERY, [&b"rt=*"[..], b"=", b"\"", b"href=/c*", b"x"][random.below(5) as usize]);
    }
    if maybe(random, 8) {
        writer.uint(OptionNumber::ACCEPT, random.below(70) as u32);
    }
    for number in [OptionNumber::BLOCK2, OptionNumber::BLOCK1] {
        if maybe(random, 3) {
            writer.uint(number, (random.below(6) as u32) << 4 | random.below(16) as u32);
        }
    }
    if maybe(random, 10) {
        writer.uint(OptionNumber::NO_RESPONSE, random.below(32) as u32);
    }
    if maybe(random, 10) {
        writer.option(OptionNumber(random.below(1 << 16).max(300) as u16), &random.bytes(20));
    }
    let longest = 1 << random.below(11);
    let payload = random.bytes(longest);
    let len = writer.payload(&payload).unwrap();
    let mut bytes = out[..len].to_vec();
    if maybe(random, 6) {
        let at = random.below(len as u64) as usize;
        bytes[at] ^= 1 << random.below(8);
    }
    if maybe(random, 12) {
        bytes.truncate(random.below(len as u64) as usize);
    }
    bytes
}

#[test]
fn any_bytes_leave_a_server_that_answers_what_parses_and_comes_to_rest() {
    let mut random = Random::new(environment("STINT_SEED", 11));
    for round in 0..environment("STINT_ROUNDS", 40) {
        let mut coap = endpoint(Config { block_size: BlockSize::B64, ..Config::DEFAULT }, round as u8);
        let mut now = Duration::from_secs(random.below(1 << 24));
        let mut sent: Vec<Vec<u8>> = Vec::new();
        for _ in 0..400 {
            let bytes = match random.below(8) {
                0 => random.bytes(30),
                // An acknowledgement or a Reset of what was sent.
                1 if !sent.is_empty() => {
                    let of = &sent[random.below(sent.len() as u64) as usize];
                    vec![0x60 | (random.below(2) as u8) << 4, 0, of[2], of[3]]
                }
                _ => request(&mut random),
            };
            let group = random.below(10) == 0;
            let outcome = if group { coap.handle_group(now, &bytes) } else { coap.handle(now, &bytes) };
            assert!(!matches!(outcome, Some(Outcome::Response(_))));
            if random.below(3) == 0 {
                coap.profile_mut().changed(["clock", "sure", "3303/0", "3303"][random.below(4) as usize]);
            }
            for ticket in std::mem::take(&mut coap.profile_mut().context.tickets) {
                coap.profile_mut().respond(ticket, |_, reply| reply.payload(&[7; 100]));
            }
            let mut out = vec![0; 4 + random.below(1_200) as usize];
            while let Some(len) = coap.poll_transmit(now, &mut (), &mut out) {
                Message::parse(&out[..len]).unwrap_or_else(|error| panic!("{error}: {:02x?}", &out[..len]));
                sent.push(out[..len].to_vec());
            }
            if random.below(4) == 0 {
                let longest = 1 << random.below(22);
                now += Duration::from_millis(random.below(longest));
            }
            if random.below(200) == 0 {
                coap.association_lost();
            }
        }
        let mut out = [0; 1_200];
        for _ in 0..200 {
            let _ = coap.poll_outcome(now);
            while coap.poll_transmit(now, &mut (), &mut out).is_some() {}
            // What is left is the day's question to observers.
            match coap.poll_timeout() {
                Some(due) if due < now + Duration::from_secs(3_600) => now = due.max(now + Duration::from_millis(1)),
                _ => break,
            }
        }
        let due = coap.poll_timeout();
        assert!(
            due.is_none_or(|due| due > now + Duration::from_secs(3_600)),
            "it does not come to rest: {due:?} {now:?}"
        );
        // And it still serves.
        now += Duration::from_secs(300);
        let get = [0x41, 0x01, 0xff, 0x01, 0x07, 0xb5, b'c', b'o', b'u', b'n', b't'];
        coap.handle(now, &get);
        let len = coap.poll_transmit(now, &mut (), &mut out).expect("an answer");
        assert_eq!(out[..5], [0x61, 0x45, 0xff, 0x01, 0x07], "{:02x?}", &out[..len]);
    }
}
