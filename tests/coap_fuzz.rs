//! Random and damaged messages to an endpoint with requests in every state: no panic, no request that hangs for ever, no lost slot.
//!
//! The seed is fixed; `STINT_SEED=n` takes another, `STINT_ROUNDS=n` more rounds.

mod coap_dialogue;

use coap_dialogue::Alphabet;
use std::time::Duration;
use stint_coap::{
    BlockSize, Body, Code, Config, Endpoint, Message, OptionNumber, Outcome, Request, Slot, Type, Writer,
};
use stint_lab::random::Random;

fn environment(name: &str, default: u64) -> u64 {
    let value = std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default);
    println!("{name}={value}");
    value
}

/// A response to what was sent last, plausible but for what chance adds: wrong blocks, sizes, sequence numbers, options.
fn response(random: &mut Random, asked: &[u8]) -> Vec<u8> {
    let Ok(message) = Message::parse(asked) else { return random.bytes(20) };
    let kind = [Type::Acknowledgement, Type::Acknowledgement, Type::NonConfirmable, Type::Confirmable, Type::Reset]
        [random.below(5) as usize];
    let code = [
        Code::CONTENT,
        Code::CONTENT,
        Code::CONTINUE,
        Code::CHANGED,
        Code::NOT_FOUND,
        Code::REQUEST_ENTITY_TOO_LARGE,
        Code::REQUEST_ENTITY_INCOMPLETE,
        Code::EMPTY,
        Code(random.number() as u8),
    ][random.below(9) as usize];
    let id = if random.below(4) == 0 { random.number() as u16 } else { message.id };
    let token = if random.below(8) == 0 { &message.token[..message.token.len() / 2] } else { message.token };
    let token = if code == Code::EMPTY { &[][..] } else { token };
    let mut out = [0; 1_200];
    let mut writer = Writer::new(&mut out, kind, code, id, token);
    let exponent = random.below(8) as u32;
    if code != Code::EMPTY {
        if random.below(3) == 0 {
            writer.option(OptionNumber::ETAG, &random.bytes(9)[..random.below(10) as usize]);
        }
        if random.below(2) == 0 {
            writer.uint(OptionNumber::OBSERVE, random.below(1 << 25) as u32);
        }
        if random.below(3) == 0 {
            writer.uint(OptionNumber::MAX_AGE, random.number() as u32 >> random.below(32));
        }
        for number in [OptionNumber::BLOCK2, OptionNumber::BLOCK1] {
            let echoed = message.option(number).and_then(|opt| opt.uint()).map(|value| value >> 4);
            if random.below(2) == 0 {
                let block =
                    if random.below(4) == 0 { random.below(1 << 20) as u32 } else { echoed.unwrap_or_default() };
                writer.uint(number, block << 4 | (random.below(2) as u32) << 3 | exponent);
            }
        }
        if random.below(20) == 0 {
            let value = random.bytes(3);
            writer.option(OptionNumber(28 + random.below(65_000) as u16), &value);
        }
    }
    let len = if random.below(3) == 0 { random.below(70) } else { 16 << exponent.min(6) };
    let payload = if code == Code::EMPTY { vec![] } else { random.bytes(len as usize) };
    let len = writer.payload(&payload).unwrap_or(0);
    out[..len].to_vec()
}

fn ask(random: &mut Random, coap: &mut Endpoint<'_>) {
    let body = [Body::None, Body::Small(b"small"), Body::Source(0), Body::Source(1)][random.below(4) as usize];
    let code = Code(1 + random.below(7) as u8);
    let request =
        Request { observe: random.below(2) == 0, confirmable: random.below(4) != 0, body, ..Request::new(code, "a/b") };
    let _ = coap.request(&request);
    if random.below(10) == 0 {
        let _ = coap.ping();
    }
}

#[test]
fn hostile_messages_make_an_endpoint_panic_or_hang() {
    let (seed, rounds) = (environment("STINT_SEED", 1), environment("STINT_ROUNDS", 300));
    for round in 0..rounds {
        let mut random = Random::new(seed.wrapping_mul(1 << 32).wrapping_add(round));
        let (mut slots, mut store, mut out) = ([const { Slot::EMPTY }; 3], [0; 60], [0; 300]);
        let config = Config { block_size: BlockSize::B32, max_retransmit: 2, ..Config::DEFAULT };
        let mut coap = Endpoint::new(config, [round as u8; 16], &mut slots, &mut store);
        let mut source = Alphabet { len: 100, reads: 0 };
        let (mut now, mut last, mut handles) = (Duration::ZERO, Vec::new(), Vec::new());
        for _ in 0..200 {
            if random.below(3) == 0 {
                ask(&mut random, &mut coap);
            }
            while let Some(len) = coap.poll_transmit(now, &mut source, &mut out) {
                assert!(Message::parse(&out[..len]).is_ok(), "seed {seed}, round {round}");
                if len > 4 {
                    last = out[..len].to_vec();
                }
            }
            let mut message = response(&mut random, &last);
            match random.below(8) {
                0 => message = random.bytes(30),
                1 if !message.is_empty() => {
                    let at = random.below(message.len() as u64) as usize;
                    message[at] ^= 1 << random.below(8);
                }
                2 => message.truncate(random.below(30) as usize),
                _ => {}
            }
            if let Some(Outcome::Response(response)) = coap.handle(now, &message) {
                assert!(response.message.payload.len() <= 1_024);
                handles.push(response.handle);
            }
            while coap.poll_outcome(now).is_some() {}
            if random.below(10) == 0
                && let Some(handle) = handles.pop()
            {
                coap.cancel(handle);
            }
            now += Duration::from_millis(random.below(5_000));
        }
        settles(&mut coap, now, &mut source, &mut out);
    }
}

/// From now on nothing comes: everything ends by itself, and all slots are free again.
fn settles(coap: &mut Endpoint<'_>, mut now: Duration, source: &mut Alphabet, out: &mut [u8]) {
    for steps in 0.. {
        assert!(steps < 500, "it goes on for ever: {coap:?}");
        while coap.poll_transmit(now, source, out).is_some() {}
        while coap.poll_outcome(now).is_some() {}
        let Some(due) = coap.poll_timeout() else { break };
        now = now.max(due);
    }
    for _ in 0..3 {
        coap.request(&Request::get("x")).expect("all slots are free");
    }
}
