//! Block-wise transfer (RFC 7959) by offsets: bodies of every length, blocks of every size.

use crate::block::robust::blocks;
use crate::block::{Block, BlockSize, Phase, Step, Transfer};
use crate::{Code, Opt, OptionNumber, Writer};
use std::println;

/// The longest body of the walks, in bytes: two of the largest blocks, and some more.
const LONGEST: u32 = 2_100;

#[test]
fn some_block_value_is_read_as_another_or_comes_back_changed() {
    let (mut cases, mut out) = (0u32, [0; 8]);
    for number in 0..1 << 20 {
        for (more, exponent) in (0..16).map(|low| (low > 7, low % 8)) {
            let value = number * 16 + u32::from(more) * 8 + u32::from(exponent);
            let block = Block::read(value);
            assert!((block.number, block.more, block.exponent) == (number, more, exponent), "{value:#x}");
            // As it goes over the wire: in as few bytes as it takes (RFC 7252 3.2).
            let mut writer = Writer::options(&mut out);
            writer.uint(OptionNumber::BLOCK2, value);
            let len = writer.finish().unwrap_or_default();
            let value_len = [1, 1 << 8, 1 << 16].iter().filter(|least| value >= **least).count();
            assert!(len == value_len + 2, "{value:#x} takes {len}");
            assert!(Opt::new(OptionNumber::BLOCK2, &out[2..len]).uint() == Some(value), "{value:#x}");
            cases += 1;
        }
    }
    println!("block options: {cases} values");
}

fn transfer(exponent: u8) -> Transfer {
    let mut transfer = Transfer::NONE;
    transfer.exponent = exponent;
    transfer
}

/// A server that has a body of `len` bytes, asked for what `transfer` asks for: the block's number, its length, and whether more follow (RFC 7959 2.4).
fn served(transfer: &Transfer, len: u32, largest: u8) -> (Block, u32) {
    let offset = transfer.number() * transfer.size() as u32;
    let exponent = largest.min(transfer.exponent);
    let size = 16 << exponent;
    let left = len - offset;
    (Block { number: offset / size, more: left > size, exponent }, left.min(size))
}

/// Fetches the rest of a body from `at` on; how many blocks it took.
fn fetched(transfer: &mut Transfer, len: u32, mut at: u32, largest: impl Fn(u32) -> u8) -> u32 {
    for count in 1.. {
        let (block, part) = served(transfer, len, largest(count));
        let step = transfer.downloaded(Some(block), 7, part as usize, true);
        assert_eq!(step, Step::Deliver { offset: at, more: block.more }, "{len} {at}");
        at += part;
        if !block.more {
            assert_eq!((at, transfer.phase, transfer.offset), (len, Phase::Request, 0));
            return count;
        }
        assert_eq!(
            (transfer.phase, transfer.offset, transfer.number() * transfer.size() as u32),
            (Phase::Response, at, at)
        );
    }
    0
}

#[test]
fn some_body_has_a_hole_or_bytes_twice_when_the_server_wants_smaller_blocks() {
    let mut cases = 0u32;
    for len in 0..=LONGEST {
        for (ours, theirs) in (0..7).flat_map(|ours| (0..7).map(move |theirs| (ours, theirs))) {
            // From the first block on, and after one or two.
            let size = 16 << ours.min(theirs);
            assert_eq!(fetched(&mut transfer(ours), len, 0, |_| theirs), len.div_ceil(size).max(1));
            fetched(&mut transfer(ours), len, 0, |count| if count > 1 { theirs } else { 6 });
            fetched(&mut transfer(ours), len, 0, |count| if count > 2 { theirs } else { 6 });
            cases += 3;
        }
    }
    println!("downloads: {cases} of bodies up to {LONGEST} bytes");
}

#[test]
fn some_download_that_goes_on_leaves_a_hole_or_asks_for_a_size_of_which_none_begins_there() {
    let mut cases = 0u32;
    for (kept, ours) in (1..=LONGEST).flat_map(|kept| (0..7).map(move |ours| (kept, ours))) {
        let mut transfer = transfer(ours);
        transfer.resume(kept, 7);
        let from = kept / 16 * 16;
        assert_eq!((transfer.phase, transfer.offset, transfer.is_tagged()), (Phase::Response, from, true));
        assert_eq!(transfer.number() * transfer.size() as u32, from, "{kept} {ours}");
        // Our own size, or the largest below it of which one begins there.
        let fits = |exponent: &u8| kept % (16 << exponent) == 0;
        assert_eq!(transfer.exponent, (0..=ours).rev().find(fits).unwrap_or(0), "{kept} {ours}");
        for theirs in 0..7 {
            let mut transfer = self::transfer(ours);
            transfer.resume(kept, 7);
            fetched(&mut transfer, LONGEST + 1, from, |_| theirs);
            cases += 1;
        }
    }
    println!("downloads: {cases} that go on in mid-body");
}

#[test]
fn some_upload_has_a_hole_or_bytes_twice_when_the_server_wants_another_size() {
    let mut cases = 0u32;
    for len in 1..=LONGEST {
        for (ours, theirs, after) in
            (0..7).flat_map(|ours| (0..7).flat_map(move |theirs| (0..2).map(move |after| (ours, theirs, after))))
        {
            let (mut transfer, mut at) = (transfer(ours), 0);
            for count in 0.. {
                let size = transfer.size() as u32;
                assert_eq!((transfer.offset, transfer.number() * size), (at, at), "{len} {ours} {theirs}");
                let more = len - at > size;
                transfer.phase = if more { Phase::Blocks } else { Phase::Request };
                let exponent = if count < after { transfer.exponent } else { theirs };
                let block = Block { number: transfer.number(), more, exponent };
                let code = if more { Code::CONTINUE } else { Code::CHANGED };
                let step = transfer.uploaded(code, Some(block));
                assert_eq!(step, more.then_some(Step::Next));
                if !more {
                    break;
                }
                at += size;
                // A larger size than ours is not taken up (RFC 7959 2.3).
                let expected = if count < after { ours } else { ours.min(theirs) };
                assert_eq!(transfer.exponent, expected);
            }
            cases += 1;
        }
    }
    println!("uploads: {cases} of bodies up to {LONGEST} bytes");
}

#[test]
fn some_body_has_one_block_more_or_less_than_its_length_says() {
    let mut cases = 0u32;
    let powers = (12..32).flat_map(|power| (0..=2).map(move |more| (1u32 << power) - 1 + more));
    for len in (0..=LONGEST).chain(powers).chain(u32::MAX - 20..=u32::MAX) {
        for exponent in 0..7 {
            assert_eq!(blocks(len, exponent), len.div_ceil(16 << exponent), "{len} {exponent}");
            cases += 1;
        }
    }
    for len in 0..=LONGEST as usize {
        let largest =
            [16, 32, 64, 128, 256, 512, 1024].into_iter().rev().find(|size| size + BlockSize::HEADROOM <= len);
        let size = BlockSize::for_buffer(len);
        assert_eq!(size.bytes(), largest.unwrap_or(16), "{len}");
        assert_eq!(16 << size.exponent(), size.bytes());
        cases += 1;
    }
    println!("block sizes: {cases}");
}
