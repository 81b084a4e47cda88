//! Messages made from what a message is made of, by an encoder of their own; damaged ones; those of captures, whole and damaged.

use stint_lab::random::Random;
use stint_vectors::plain_captures;

/// Options by number: the registered ones, with how their values are written.
const NUMBERS: [(u32, Format); 31] = [
    (1, Format::Opaque),
    (3, Format::String),
    (4, Format::Opaque),
    (5, Format::Opaque),
    (6, Format::Uint),
    (7, Format::Uint),
    (8, Format::String),
    (9, Format::Opaque),
    (11, Format::String),
    (11, Format::String),
    (11, Format::String),
    (12, Format::Uint),
    (14, Format::Uint),
    (15, Format::String),
    (16, Format::Uint),
    (17, Format::Uint),
    (19, Format::Uint),
    (20, Format::String),
    (21, Format::Opaque),
    (23, Format::Uint),
    (27, Format::Uint),
    (28, Format::Uint),
    (31, Format::Uint),
    (35, Format::String),
    (39, Format::String),
    (60, Format::Uint),
    (252, Format::Opaque),
    (258, Format::Uint),
    (292, Format::Opaque),
    (2_049, Format::Uint),
    (65_001, Format::Opaque),
];

#[derive(Clone, Copy)]
enum Format {
    Opaque,
    Uint,
    String,
}

/// As many messages, the same ones for the same seed.
pub(crate) fn messages(seed: u64, count: usize) -> Vec<Vec<u8>> {
    let mut random = Random::new(seed);
    let captures = plain_captures().into_iter().flat_map(|capture| capture.packets).map(|packet| packet.bytes);
    let captured: Vec<Vec<u8>> = captures.collect();
    assert!(captured.len() > 200);
    (0..count).map(|_| message(&mut random, &captured)).collect()
}

fn message(random: &mut Random, captured: &[Vec<u8>]) -> Vec<u8> {
    let from_capture = |random: &mut Random| captured[random.below(captured.len() as u64) as usize].clone();
    match random.below(20) {
        0..=8 => made(random),
        9..=12 => {
            let whole = made(random);
            damaged(random, whole)
        }
        13 => from_capture(random),
        14..=16 => {
            let whole = from_capture(random);
            damaged(random, whole)
        }
        17 => {
            // the beginning of one and the end of another
            let (mut first, second) = (from_capture(random), made(random));
            first.truncate(random.below(first.len() as u64 + 1) as usize);
            first.extend_from_slice(&second[random.below(second.len() as u64 + 1) as usize..]);
            first
        }
        18 => {
            let len = random.below(60) as usize;
            let mut bytes = random.bytes(len);
            bytes.insert(0, 0x40 | random.below(64) as u8 & 0x38);
            bytes
        }
        _ => {
            let len = random.below(60) as usize;
            random.bytes(len)
        }
    }
}

/// A message that mostly is one.
fn made(random: &mut Random) -> Vec<u8> {
    let version = if random.below(60) == 0 { random.below(4) as u8 } else { 1 };
    let empty = random.below(25) == 0;
    let code = match random.below(4) {
        _ if empty => 0,
        0 => random.below(256) as u8,
        1 => 1 + random.below(7) as u8,
        _ => [0x41, 0x44, 0x45, 0x5f, 0x80, 0x84, 0xa0][random.below(7) as usize],
    };
    let token_len = match random.below(80) {
        0 => 9 + random.below(4),
        1 => 13 + random.below(40),
        2 if random.below(4) == 0 => 260 + random.below(40),
        _ if empty && random.below(3) != 0 => 0,
        _ => random.below(9),
    };
    let mut bytes = vec![version << 6 | (random.below(4) as u8) << 4 | nibble(token_len as u32), code];
    bytes.extend(random.bytes(2));
    extend(&mut bytes, token_len as u32);
    bytes.extend(random.bytes(token_len as usize));
    if empty && random.below(3) != 0 {
        return bytes;
    }
    let mut options: Vec<(u32, Vec<u8>)> = (0..random.below(7)).map(|_| option(random)).collect();
    options.sort_by_key(|(number, _)| *number);
    let mut before = 0;
    for (number, value) in options {
        let (delta, len) = (number - before, value.len() as u32);
        bytes.push(nibble(delta) << 4 | nibble(len));
        extend(&mut bytes, delta);
        extend(&mut bytes, len);
        bytes.extend(value);
        before = number;
    }
    match random.below(60) {
        0 => bytes.push(0xff),
        1..=30 => {
            bytes.push(0xff);
            let len = 1 + random.below(40) as usize;
            bytes.extend(random.bytes(len));
        }
        _ => {}
    }
    bytes
}

fn option(random: &mut Random) -> (u32, Vec<u8>) {
    let (number, format) = match random.below(12) {
        0 => (random.below(1 << 16) as u32, Format::Opaque),
        1 => (250 + random.below(40) as u32, Format::Opaque),
        // beyond what an option can have, at times
        2 if random.below(20) == 0 => (65_500 + random.below(80) as u32, Format::Opaque),
        _ => NUMBERS[random.below(NUMBERS.len() as u64) as usize],
    };
    let value = match (random.below(60), format) {
        (0, _) => {
            let len = 250 + random.below(40) as usize;
            vec![b'v'; len]
        }
        (1, _) if random.below(30) == 0 => vec![b'w'; 65_500 + random.below(305) as usize],
        (1..=3, _) | (_, Format::Opaque) => {
            let len = random.below(20) as usize;
            random.bytes(len)
        }
        (4, Format::Uint) => vec![0, random.number() as u8],
        (_, Format::Uint) => {
            let value = (random.number() as u32 >> random.below(32)).to_be_bytes();
            value.into_iter().skip_while(|byte| *byte == 0).collect()
        }
        (_, Format::String) => {
            let words = ["", "time", "sensors", "a/b", "rt=x", "größe", "температура", "well-known long name"];
            words[random.below(words.len() as u64) as usize].as_bytes().to_vec()
        }
    };
    (number, value)
}

/// RFC 7252 3.1, written once more.
fn nibble(value: u32) -> u8 {
    if value < 13 {
        value as u8
    } else if value < 269 {
        13
    } else {
        14
    }
}

fn extend(bytes: &mut Vec<u8>, value: u32) {
    if value >= 269 {
        bytes.extend(((value - 269) as u16).to_be_bytes());
    } else if value >= 13 {
        bytes.push((value - 13) as u8);
    }
}

/// Bits flipped, bytes set, put in, taken out, doubled; cut short.
fn damaged(random: &mut Random, mut bytes: Vec<u8>) -> Vec<u8> {
    for _ in 0..1 + random.below(3) {
        let at = random.below(bytes.len() as u64) as usize;
        match random.below(7) {
            _ if bytes.is_empty() => bytes.push(random.number() as u8),
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = [0, 0x0d, 0x0e, 0x0f, 0xd0, 0xe0, 0xf0, 0xff][random.below(8) as usize],
            2 => bytes[at] = random.number() as u8,
            3 => bytes.insert(at, random.number() as u8),
            4 => drop(bytes.remove(at)),
            5 => {
                let end = bytes.len().min(at + 1 + random.below(16) as usize);
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            _ => bytes.truncate(at),
        }
    }
    bytes
}
