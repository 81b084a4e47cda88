//! Block-wise transfer on virtual time (RFC 7959): lost, repeated, shrunken, changed and refused blocks.

mod coap_dialogue;

use coap_dialogue::{Dialogue, Setup, alphabet};
use stint_coap::{BlockSize, Body, Code, Config, Request};

const GET: Request<'static> = Request::get("big");

fn put() -> Request<'static> {
    Request { body: Body::Source(0), ..Request::new(Code::PUT, "big") }
}

fn blocks(block_size: BlockSize, body: usize, dialogue: impl FnOnce(&mut Dialogue<'_>)) {
    Setup { body, ..Setup::blocks(block_size) }.run(dialogue);
}

#[test]
fn a_download_comes_block_by_block() {
    blocks(BlockSize::B64, 0, |d| {
        d.request("a", GET);
        d.sends("CON m1 GET t1 Uri-Path=big Block2=0/0/64");
        d.receives("ACK m1 2.05 t1 ETag=v Block2=0/1/64 | x*64", "a 2.05 @0 more | x*64");
        d.sends("CON m2 GET t2 Uri-Path=big Block2=1/0/64");
        d.receives("ACK m2 2.05 t2 ETag=v Block2=1/1/64 | y*64", "a 2.05 @64 more | y*64");
        d.sends("CON m3 GET t3 Uri-Path=big Block2=2/0/64");
        d.receives("ACK m3 2.05 t3 ETag=v Block2=2/0/64 | end", "a 2.05 @128 last | end");
        d.silent();
        assert_eq!(d.coap.poll_timeout(), None);
    });
}

#[test]
fn the_largest_size_is_not_negotiated_but_followed() {
    blocks(BlockSize::B1024, 0, |d| {
        d.request("a", GET);
        d.sends("CON m1 GET t1 Uri-Path=big");
        d.receives("ACK m1 2.05 t1 Block2=0/1/32 | x*32", "a 2.05 @0 more | x*32");
        d.sends("CON m2 GET t2 Uri-Path=big Block2=1/0/32");
        d.receives("ACK m2 2.05 t2 Block2=1/0/32 | y*32", "a 2.05 @32 last | y*32");
    });
}

#[test]
fn a_lost_block_is_asked_for_again_and_a_repeated_one_is_not_taken_for_the_next() {
    blocks(BlockSize::B16, 0, |d| {
        d.request("a", GET);
        d.sends("CON m1 GET t1 Uri-Path=big Block2=0/0/16");
        d.receives("ACK m1 2.05 t1 Block2=0/1/16 | x*16", "a 2.05 @0 more | x*16");
        d.sends("CON m2 GET t2 Uri-Path=big Block2=1/0/16");
        d.sleep();
        d.sends("CON m2 GET t2 Uri-Path=big Block2=1/0/16");
        d.ignores("ACK m1 2.05 t1 Block2=0/1/16 | x*16");
        d.receives("ACK m2 2.05 t2 Block2=1/1/16 | y*16", "a 2.05 @16 more | y*16");
        d.sends("CON m3 GET t3 Uri-Path=big Block2=2/0/16");
        d.ignores("ACK m2 2.05 t2 Block2=1/1/16 | y*16");
        d.receives("ACK m3 2.05 t3 Block2=2/0/16", "a 2.05 @32 last");
    });
}

#[test]
fn separate_responses_carry_blocks_too() {
    blocks(BlockSize::B16, 0, |d| {
        d.request("a", GET);
        d.sends("CON m1 GET t1 Uri-Path=big Block2=0/0/16");
        d.ignores("ACK m1 Empty -");
        d.receives("CON s1 2.05 t1 Block2=0/1/16 | x*16", "a 2.05 @0 more | x*16");
        d.sends("ACK s1 Empty -");
        d.sends("CON m2 GET t2 Uri-Path=big Block2=1/0/16");
        d.ignores("CON s1 2.05 t1 Block2=0/1/16 | x*16");
        d.sends("ACK s1 Empty -");
        d.receives("NON s2 2.05 t2 Block2=1/0/16 | y", "a 2.05 @16 last | y");
    });
}

#[test]
fn a_size_that_shrinks_in_mid_transfer_loses_and_repeats_no_byte() {
    blocks(BlockSize::B128, 0, |d| {
        d.request("a", GET);
        d.sends("CON m1 GET t1 Uri-Path=big Block2=0/0/128");
        d.receives("ACK m1 2.05 t1 Block2=0/1/128 | x*128", "a 2.05 @0 more | x*128");
        d.sends("CON m2 GET t2 Uri-Path=big Block2=1/0/128");
        d.receives("ACK m2 2.05 t2 Block2=4/1/32 | y*32", "a 2.05 @128 more | y*32");
        d.sends("CON m3 GET t3 Uri-Path=big Block2=5/0/32");
        d.receives("ACK m3 2.05 t3 Block2=5/0/32 | z", "a 2.05 @160 last | z");
    });
}

#[test]
fn a_block_that_was_not_asked_for_or_of_the_wrong_length_fails() {
    for answer in [
        "ACK m2 2.05 t2 Block2=2/1/16 | y*16",
        "ACK m2 2.05 t2 Block2=0/1/16 | x*16",
        "ACK m2 2.05 t2 Block2=1/1/16 | y*15",
        "ACK m2 2.05 t2 Block2=1/1/16 | y*17",
        "ACK m2 2.05 t2 Block2=1/0/16 | y*17",
    ] {
        blocks(BlockSize::B16, 0, |d| {
            d.request("a", GET);
            d.sends("CON m1 GET t1 Uri-Path=big Block2=0/0/16");
            d.receives("ACK m1 2.05 t1 Block2=0/1/16 | x*16", "a 2.05 @0 more | x*16");
            d.sends("CON m2 GET t2 Uri-Path=big Block2=1/0/16");
            d.receives(answer, "a Block");
            d.silent();
        });
    }
}

#[test]
fn a_body_that_changed_is_downloaded_anew_and_in_the_end_given_up() {
    blocks(BlockSize::B16, 0, |d| {
        d.request("a", GET);
        for round in 0..4 {
            let first = format!("m{round}a");
            let second = format!("m{round}b");
            let (token, next) = (format!("t{round}a"), format!("t{round}b"));
            d.sends(&format!("CON {first} GET {token} Uri-Path=big Block2=0/0/16"));
            d.receives(&format!("ACK {first} 2.05 {token} ETag={round} Block2=0/1/16 | x*16"), "a 2.05 @0 more | x*16");
            d.sends(&format!("CON {second} GET {next} Uri-Path=big Block2=1/0/16"));
            let changed = format!("ACK {second} 2.05 {next} ETag=other Block2=1/0/16 | y");
            d.receives(&changed, if round < 3 { "nothing" } else { "a Changed" });
        }
        d.silent();
    });
}

#[test]
fn a_changed_response_to_a_post_is_not_asked_for_by_posting_again() {
    blocks(BlockSize::B16, 0, |d| {
        d.request("a", Request { body: Body::Small(b"do"), ..Request::new(Code::POST, "big") });
        d.sends("CON m1 POST t1 Uri-Path=big | do");
        d.receives("ACK m1 2.04 t1 ETag=a Block2=0/1/16 | x*16", "a 2.04 @0 more | x*16");
        d.sends("CON m2 POST t2 Uri-Path=big Block2=1/0/16");
        d.receives("ACK m2 2.04 t2 ETag=b Block2=1/0/16 | y", "a Changed");
    });
}

#[test]
fn an_error_in_mid_transfer_is_the_last_response() {
    blocks(BlockSize::B16, 0, |d| {
        d.request("a", GET);
        d.sends("CON m1 GET t1 Uri-Path=big Block2=0/0/16");
        d.receives("ACK m1 2.05 t1 Block2=0/1/16 | x*16", "a 2.05 @0 more | x*16");
        d.sends("CON m2 GET t2 Uri-Path=big Block2=1/0/16");
        d.receives("ACK m2 4.04 t2 | gone", "a 4.04 @0 last | gone");
    });
    // Its diagnostic payload may come in a block of its own.
    blocks(BlockSize::B16, 0, |d| {
        d.request("a", GET);
        d.sends("CON m1 GET t1 Uri-Path=big Block2=0/0/16");
        d.receives("ACK m1 2.05 t1 ETag=v Block2=0/1/16 | x*16", "a 2.05 @0 more | x*16");
        d.sends("CON m2 GET t2 Uri-Path=big Block2=1/0/16");
        d.receives("ACK m2 4.04 t2 Block2=0/0/16 | gone", "a 4.04 @0 last | gone");
    });
}

#[test]
fn each_block_has_all_its_retransmissions() {
    blocks(BlockSize::B16, 0, |d| {
        d.request("a", GET);
        for number in 0..3 {
            let sent = format!("CON m{number} GET t{number} Uri-Path=big Block2={number}/0/16");
            d.sends(&sent);
            let first = d.sleep();
            assert!((2.0..=3.0).contains(&first), "{first}");
            for _ in 0..3 {
                d.sends(&sent);
                d.sleep();
            }
            d.sends(&sent);
            let answer = format!("ACK m{number} 2.05 t{number} Block2={number}/1/16 | x*16");
            d.receives(&answer, &format!("a 2.05 @{} more | x*16", number * 16));
        }
    });
}

#[test]
fn an_upload_sends_the_same_bytes_again_and_ends_in_the_response() {
    blocks(BlockSize::B16, 40, |d| {
        d.request("a", put());
        let (one, two, three) = (alphabet(0, 16), alphabet(16, 32), alphabet(32, 40));
        d.sends(&format!("CON m1 PUT t1 Uri-Path=big Block1=0/1/16 | {one}"));
        d.sleep();
        d.sends(&format!("CON m1 PUT t1 Uri-Path=big Block1=0/1/16 | {one}"));
        d.ignores("ACK m1 2.31 t1 Block1=0/1/16");
        d.sends(&format!("CON m2 PUT t2 Uri-Path=big Block1=1/1/16 | {two}"));
        // A repeated answer is not taken for that to the next block.
        d.ignores("ACK m1 2.31 t1 Block1=0/1/16");
        d.ignores("ACK m2 2.31 t2 Block1=1/1/16");
        d.sends(&format!("CON m3 PUT t3 Uri-Path=big Block1=2/0/16 | {three}"));
        d.sleep();
        d.sends(&format!("CON m3 PUT t3 Uri-Path=big Block1=2/0/16 | {three}"));
        d.receives("ACK m3 2.04 t3 Block1=2/0/16", "a 2.04 @0 last");
        d.silent();
    });
}

#[test]
fn a_body_of_exactly_one_or_two_blocks_has_no_empty_block_after_it() {
    blocks(BlockSize::B16, 16, |d| {
        d.request("a", put());
        d.sends(&format!("CON m1 PUT t1 Uri-Path=big | {}", alphabet(0, 16)));
        d.receives("ACK m1 2.04 t1", "a 2.04 @0 last");
    });
    blocks(BlockSize::B16, 32, |d| {
        d.request("a", put());
        d.sends(&format!("CON m1 PUT t1 Uri-Path=big Block1=0/1/16 | {}", alphabet(0, 16)));
        d.ignores("ACK m1 2.31 t1 Block1=0/1/16");
        d.sends(&format!("CON m2 PUT t2 Uri-Path=big Block1=1/0/16 | {}", alphabet(16, 32)));
        d.receives("ACK m2 2.04 t2 Block1=1/0/16", "a 2.04 @0 last");
    });
    blocks(BlockSize::B16, 0, |d| {
        d.request("a", put());
        d.sends("CON m1 PUT t1 Uri-Path=big");
        d.receives("ACK m1 2.04 t1", "a 2.04 @0 last");
    });
}

#[test]
fn a_server_that_asks_for_smaller_blocks_gets_them_from_the_next_one_on() {
    blocks(BlockSize::B64, 100, |d| {
        d.request("a", put());
        d.sends(&format!("CON m1 PUT t1 Uri-Path=big Block1=0/1/64 | {}", alphabet(0, 64)));
        d.ignores("ACK m1 2.31 t1 Block1=0/1/16");
        d.sends(&format!("CON m2 PUT t2 Uri-Path=big Block1=4/1/16 | {}", alphabet(64, 80)));
        d.ignores("ACK m2 2.31 t2 Block1=4/1/64");
        d.sends(&format!("CON m3 PUT t3 Uri-Path=big Block1=5/1/16 | {}", alphabet(80, 96)));
        d.ignores("ACK m3 2.31 t3 Block1=5/1/16");
        d.sends(&format!("CON m4 PUT t4 Uri-Path=big Block1=6/0/16 | {}", alphabet(96, 100)));
        d.receives("ACK m4 2.04 t4 Block1=6/0/16", "a 2.04 @0 last");
    });
}

#[test]
fn too_large_with_a_hint_begins_anew_with_smaller_blocks_and_without_one_ends() {
    blocks(BlockSize::B64, 40, |d| {
        d.request("a", put());
        d.sends(&format!("CON m1 PUT t1 Uri-Path=big | {}", alphabet(0, 40)));
        d.ignores("ACK m1 4.13 t1 Block1=0/1/32");
        d.sends(&format!("CON m2 PUT t2 Uri-Path=big Block1=0/1/32 | {}", alphabet(0, 32)));
        d.ignores("ACK m2 2.31 t2 Block1=0/1/32");
        d.sends(&format!("CON m3 PUT t3 Uri-Path=big Block1=1/0/32 | {}", alphabet(32, 40)));
        d.receives("ACK m3 4.13 t3 Block1=1/0/32 Size1=9", "a 4.13 @0 last");
    });
}

#[test]
fn blocks_that_the_server_lost_are_sent_anew_and_in_the_end_given_up() {
    blocks(BlockSize::B16, 20, |d| {
        d.request("a", put());
        for round in 0..4 {
            let name = |part: &str| format!("{round}{part}");
            d.sends(&format!("CON m{} PUT t{} Uri-Path=big Block1=0/1/16 | {}", name("a"), name("a"), alphabet(0, 16)));
            d.ignores(&format!("ACK m{} 2.31 t{} Block1=0/1/16", name("a"), name("a")));
            d.sends(&format!(
                "CON m{} PUT t{} Uri-Path=big Block1=1/0/16 | {}",
                name("b"),
                name("b"),
                alphabet(16, 20)
            ));
            let lost = format!("ACK m{} 4.08 t{}", name("b"), name("b"));
            d.receives(&lost, if round < 3 { "nothing" } else { "a 4.08 @0 last" });
        }
        d.silent();
    });
}

#[test]
fn an_answer_to_another_block_fails_and_an_early_error_is_the_response() {
    blocks(BlockSize::B16, 40, |d| {
        d.request("a", put());
        d.sends(&format!("CON m1 PUT t1 Uri-Path=big Block1=0/1/16 | {}", alphabet(0, 16)));
        d.receives("ACK m1 2.31 t1 Block1=1/1/16", "a Block");
        d.request("b", put());
        d.sends(&format!("CON m2 PUT t2 Uri-Path=big Block1=0/1/16 | {}", alphabet(0, 16)));
        d.receives("ACK m2 4.03 t2 Block1=0/0/16 | no", "b 4.03 @0 last | no");
        d.silent();
    });
}

#[test]
fn a_large_response_to_an_upload_is_fetched_without_the_body() {
    blocks(BlockSize::B16, 20, |d| {
        d.request("a", Request { code: Code::POST, ..put() });
        d.sends(&format!("CON m1 POST t1 Uri-Path=big Block1=0/1/16 | {}", alphabet(0, 16)));
        d.ignores("ACK m1 2.31 t1 Block1=0/1/16");
        d.sends(&format!("CON m2 POST t2 Uri-Path=big Block1=1/0/16 | {}", alphabet(16, 20)));
        d.receives("ACK m2 2.04 t2 Block2=0/1/16 Block1=1/0/16 | x*16", "a 2.04 @0 more | x*16");
        d.sends("CON m3 POST t3 Uri-Path=big Block2=1/0/16");
        d.receives("ACK m3 2.04 t3 Block2=1/0/16 | y", "a 2.04 @16 last | y");
    });
}

#[test]
fn blocks_shrink_to_the_buffer_that_is_lent() {
    // 4 + 4 + 4 for the path, 2 for Block1 and 1 for the marker leave 17 of 32.
    Setup { out: 32, body: 20, ..Setup::blocks(BlockSize::B1024) }.run(|d| {
        d.request("a", put());
        d.sends(&format!("CON m1 PUT t1 Uri-Path=big Block1=0/1/16 | {}", alphabet(0, 16)));
    });
    Setup { out: 30, body: 20, ..Setup::blocks(BlockSize::B1024) }.run(|d| {
        d.request("a", put());
        assert_eq!(d.transmit(), None);
        d.reports("a TooLarge");
    });
}

#[test]
fn a_source_without_the_body_ends_the_request() {
    blocks(BlockSize::B16, 20, |d| {
        d.request("a", Request { body: Body::Source(7), ..put() });
        assert_eq!(d.transmit(), None);
        d.reports("a Body");
        d.silent();
    });
    struct Broken(usize, bool);
    impl stint_coap::Source for Broken {
        fn read(&mut self, _: u8, _: u32, _: &mut [u8]) -> Option<(usize, bool)> {
            Some((self.0, self.1))
        }
    }
    // Less than a block though more follows; more than there is room.
    for mut source in [Broken(15, true), Broken(17, false), Broken(0, true)] {
        blocks(BlockSize::B16, 20, |d| {
            d.request("a", put());
            assert_eq!(d.coap.poll_transmit(d.now, &mut source, &mut d.out), None);
            d.reports("a Body");
        });
    }
}

#[test]
fn a_body_of_any_size_passes_through_a_buffer_of_one_block() {
    const LEN: usize = 100_000;
    Setup { out: 160, body: LEN, ..Setup::blocks(BlockSize::B128) }.run(|d| {
        d.request("a", put());
        let mut sent = Vec::new();
        let (mut number, last) = (0u32, (LEN as u32).div_ceil(128) - 1);
        loop {
            let bytes = d.transmit().unwrap();
            assert!(bytes.len() <= 160);
            let message = stint_coap::Message::parse(&bytes).unwrap();
            sent.extend_from_slice(message.payload);
            let code = if number == last { 0x44 } else { 0x5f };
            let mut answer = vec![0x64, code, bytes[2], bytes[3]];
            answer.extend(&bytes[4..8]);
            let value = number << 4 | u32::from(number < last) << 3 | 3;
            answer.extend([0xd3, 14]);
            answer.extend(&value.to_be_bytes()[1..]);
            let outcome = d.hear_bytes(&answer);
            if number == last {
                assert_eq!(outcome, "a 2.04 @0 last");
                break;
            }
            assert_eq!(outcome, "nothing");
            number += 1;
        }
        assert_eq!(sent, alphabet(0, LEN).into_bytes());
    });
}

#[test]
fn a_transfer_that_needs_a_21st_bit_for_its_number_ends() {
    let config = Config { block_size: BlockSize::B16, ..Config::DEFAULT };
    Setup { config, body: (1 << 24) + 1, ..Setup::default() }.run(|d| {
        d.request("a", put());
        for number in 0..1u32 << 20 {
            let bytes = d.transmit().unwrap();
            let mut answer = vec![0x64, 0x5f, bytes[2], bytes[3]];
            answer.extend(&bytes[4..8]);
            answer.extend([0xd3, 14]);
            answer.extend(&(number << 4 | 8).to_be_bytes()[1..]);
            assert!(d.coap.handle(d.now, &answer).is_none(), "{number}");
        }
        assert_eq!(d.transmit(), None);
        d.reports("a TooLarge");
    });
}

#[test]
fn two_transfers_take_turns() {
    blocks(BlockSize::B16, 0, |d| {
        d.request("a", GET);
        d.request("b", Request::get("other"));
        d.sends("CON m1 GET t1 Uri-Path=big Block2=0/0/16");
        d.receives("ACK m1 2.05 t1 Block2=0/1/16 | x*16", "a 2.05 @0 more | x*16");
        d.sends("CON m2 GET t2 Uri-Path=other Block2=0/0/16");
        d.receives("ACK m2 2.05 t2 Block2=0/1/16 | p*16", "b 2.05 @0 more | p*16");
        d.sends("CON m3 GET t3 Uri-Path=big Block2=1/0/16");
        d.receives("ACK m3 2.05 t3 Block2=1/0/16 | y", "a 2.05 @16 last | y");
        d.sends("CON m4 GET t4 Uri-Path=other Block2=1/0/16");
        d.receives("ACK m4 2.05 t4 Block2=1/0/16 | q", "b 2.05 @16 last | q");
    });
}
