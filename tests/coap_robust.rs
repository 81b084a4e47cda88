//! Robust block-wise transfer (RFC 9177): the figures of its section 10 as dialogues, what else a server may say, and bodies over a link that loses much.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod coap_dialogue;

use coap_dialogue::{Dialogue, Setup, alphabet};
use stint_coap::{Body, Code, OptionNumber, QBlock, Request, Robust, Type, Writer};
use stint_lab::random::Random;

type Robustly<'b, 'd> = &'d mut Dialogue<'b, Robust<()>>;

const GET: Request<'static> = Request { confirmable: false, ..Request::get("path") };
const WATCH: Request<'static> = Request { observe: true, ..GET };

const fn upload(code: Code) -> Request<'static> {
    Request { confirmable: false, body: Body::Source(1), ..Request::new(code, "path") }
}

/// A dialogue with blocks of 1,024 bytes and a body of so many bytes, after the peer was asked whether it knows Q-Block, and does.
fn figure(body: usize, request: Request<'_>, dialogue: impl FnOnce(Robustly<'_, '_>)) {
    Setup { body, ..Setup::default() }.run_with(Robust::new(()), |d| {
        d.request("a", request);
        knows(d);
        dialogue(d);
    });
}

fn knows(d: Robustly<'_, '_>) {
    d.sends("CON m0 GET t0 Uri-Path=.well-known Uri-Path=core Q-Block2=0/0/16");
    d.ignores("ACK m0 2.05 t0 Content-Format=40 Size2=64 Q-Block2=0/1/16 | </>,</path>;title");
}

/// The client sends the blocks of its body from one number to another, `last` of which is the last one of it.
fn blocks(d: Robustly<'_, '_>, code: &str, serials: u32, numbers: std::ops::Range<usize>, size: usize) {
    for number in numbers {
        let (from, to) = (number * 1024, size.min(number * 1024 + 1024));
        let serial = serials + number as u32;
        let more = u8::from(to < size);
        d.sends(&format!(
            "NON m{serial} {code} t1+{serial} Uri-Path=path Q-Block1={number}/{more}/1024 Size1={size} Request-Tag=t1 | {}",
            alphabet(from, to)
        ));
    }
}

/// The server sends a block of its body of `count` blocks, all full.
fn block(d: Robustly<'_, '_>, token: &str, options: &str, etag: u8, number: usize, count: usize, said: &str) {
    let more = u8::from(number + 1 < count);
    let size = count * 1024;
    let message = format!(
        "NON s{etag}x{number}x{token} 2.05 {token} ETag=0x{etag:02x}{options} Size2={size} Q-Block2={number}/{more}/1024 | x*1024"
    );
    let outcome = format!("a 2.05 @{}{said} | x*1024", number * 1024);
    d.receives(&message, &outcome);
}

#[test]
fn figure_2_all_blocks_of_a_request_arrive() {
    figure(4096, upload(Code::PUT), |d| {
        blocks(d, "PUT", 1, 0..4, 4096);
        d.silent();
        d.receives("NON s1 2.04 t1+4", "a 2.04 @0 last");
        assert_eq!(d.coap.poll_timeout(), None);
    });
}

#[test]
fn figure_3_a_set_is_confirmed_and_the_next_goes_at_once() {
    figure(10_500, upload(Code::PUT), |d| {
        blocks(d, "PUT", 1, 0..10, 10_500);
        d.silent();
        d.ignores("NON s1 2.31 t1+10 Q-Block1=9/1/1024");
        blocks(d, "PUT", 1, 10..11, 10_500);
        d.receives("NON s2 2.04 t1+11", "a 2.04 @0 last");
    });
}

#[test]
fn figures_4_and_5_blocks_of_a_request_are_lost_and_go_again() {
    figure(12_500, upload(Code::PUT), |d| {
        blocks(d, "PUT", 1, 0..10, 12_500);
        let pause = d.sleep();
        assert!((2.0..=3.0).contains(&pause), "NON_TIMEOUT_RANDOM is {pause}");
        blocks(d, "PUT", 1, 10..12, 12_500);
        d.ignores("NON s1 4.08 t1+12 Content-Format=272 | \u{1}\u{9}");
        d.sends(&format!(
            "NON m21 PUT t1+13 Uri-Path=path Q-Block1=1/1/1024 Size1=12500 Request-Tag=t1 | {}",
            alphabet(1024, 2048)
        ));
        d.sends(&format!(
            "NON m22 PUT t1+14 Uri-Path=path Q-Block1=9/1/1024 Size1=12500 Request-Tag=t1 | {}",
            alphabet(9216, 10240)
        ));
        blocks(d, "PUT", 3, 12..13, 12_500);
        d.silent();
        d.after(4.0);
        d.ignores("NON s2 4.08 t1+15 Content-Format=272 | \n");
        d.sends(&format!(
            "NON m24 PUT t1+16 Uri-Path=path Q-Block1=10/1/1024 Size1=12500 Request-Tag=t1 | {}",
            alphabet(10240, 11264)
        ));
        d.receives("NON s3 2.04 t1+16", "a 2.04 @0 last");
    });
}

#[test]
fn figure_6_the_server_gives_up_and_says_no_more() {
    // A POST: of a PUT that nobody speaks of the last block would go again.
    figure(3000, upload(Code::POST), |d| {
        blocks(d, "POST", 1, 0..3, 3000);
        for (round, wait) in [4.0, 8.0, 16.0, 32.0].into_iter().enumerate() {
            d.after(wait);
            d.ignores(&format!("NON s{round} 4.08 t1+3 Content-Format=272 | \u{1}"));
            let serial = 4 + round;
            d.sends(&format!(
                "NON n{round} POST t1+{serial} Uri-Path=path Q-Block1=1/1/1024 Size1=3000 Request-Tag=t1 | {}",
                alphabet(1024, 2048)
            ));
        }
        let patience = d.sleep();
        assert_eq!(patience, 247.0, "NON_PARTIAL_TIMEOUT");
        d.silent_but("a NoResponse");
    });
}

#[test]
fn figure_7_blocks_of_notifications_arrive() {
    figure(0, WATCH, |d| {
        d.sends("NON m1 GET t1+0 Observe=0 Uri-Path=path Q-Block2=0/1/1024");
        for (etag, observe) in [(19, 1220), (20, 1221)] {
            for number in 0..4 {
                let said = if number < 3 { " more notification" } else { " notification" };
                block(d, "t1+0", &format!(" Observe={observe}"), etag, number, 4, said);
            }
            d.silent();
        }
    });
}

#[test]
fn figure_8_a_set_of_blocks_is_confirmed() {
    figure(0, WATCH, |d| {
        d.sends("NON m1 GET t1+0 Observe=0 Uri-Path=path Q-Block2=0/1/1024");
        for (etag, observe, serial) in [(21, 1234, 2), (22, 1235, 3)] {
            for number in 0..10 {
                d.silent();
                block(d, "t1+0", &format!(" Observe={observe}"), etag, number, 11, " more notification");
            }
            d.sends(&format!("NON c{serial} GET t1+{serial} Uri-Path=path Q-Block2=10/1/1024"));
            block(d, "t1+0", &format!(" Observe={observe}"), etag, 10, 11, " notification");
        }
    });
}

/// The notifications of figure 8 have come; what follows is [`WATCH`]'s.
fn watching(dialogue: impl FnOnce(Robustly<'_, '_>)) {
    figure(0, WATCH, |d| {
        d.sends("NON m1 GET t1+0 Observe=0 Uri-Path=path Q-Block2=0/1/1024");
        block(d, "t1+0", " Observe=1235", 22, 0, 1, " notification");
        dialogue(d);
    });
}

#[test]
fn figure_9_blocks_of_a_notification_are_lost_and_asked_for() {
    watching(|d| {
        let notified = " Observe=1236";
        for number in [0, 2, 3, 4, 5, 6, 7, 8] {
            block(d, "t1+0", notified, 23, number, 11, " more notification");
        }
        d.after(3.0);
        d.silent();
        block(d, "t1+0", notified, 23, 10, 11, " more notification");
        d.sends("NON m4 GET t1+2 Uri-Path=path Q-Block2=1/0/1024 Q-Block2=9/0/1024");
        block(d, "t1+2", "", 23, 9, 11, " more notification");
        d.silent();
        assert_eq!(d.sleep(), 4.0, "NON_RECEIVE_TIMEOUT");
        d.sends("NON m5 GET t1+3 Uri-Path=path Q-Block2=1/0/1024");
        block(d, "t1+3", "", 23, 1, 11, " notification");
        d.silent();
    });
}

#[test]
fn figure_10_all_that_is_left_of_a_set_is_asked_for_by_the_m_bit() {
    watching(|d| {
        for number in 0..2 {
            block(d, "t1+0", " Observe=1237", 24, number, 11, " more notification");
        }
        assert_eq!(d.sleep(), 4.0, "NON_RECEIVE_TIMEOUT");
        d.sends("NON m6 GET t1+2 Uri-Path=path Q-Block2=2/1/1024");
        for number in 2..10 {
            block(d, "t1+2", "", 24, number, 11, " more notification");
        }
        d.sends("NON m7 GET t1+3 Uri-Path=path Q-Block2=10/1/1024");
        block(d, "t1+0", " Observe=1237", 24, 10, 11, " notification");
    });
}

#[test]
fn figures_11_and_12_a_fetch_in_blocks_is_answered_in_blocks() {
    figure(10_500, upload(Code::FETCH), |d| {
        blocks(d, "FETCH", 1, 0..10, 10_500);
        d.ignores("NON s1 2.31 t1+10 Q-Block1=9/1/1024");
        blocks(d, "FETCH", 1, 10..11, 10_500);
        for number in 0..10 {
            block(d, "t1+11", "", 21, number, 11, " more");
        }
        d.sends("NON m20 FETCH t1+12 Uri-Path=path Q-Block2=10/1/1024 Request-Tag=t1");
        block(d, "t1+11", "", 21, 10, 11, " last");
    });
}

#[test]
fn figures_13_to_15_blocks_are_lost_both_ways() {
    figure(4096, upload(Code::FETCH), |d| {
        blocks(d, "FETCH", 1, 0..4, 4096);
        d.after(4.0);
        d.ignores("NON s0 4.08 t1+4 Content-Format=272 | \u{1}\u{2}");
        blocks(d, "FETCH", 4, 1..3, 4096);
        for number in [0, 2] {
            block(d, "t1+4", "", 23, number, 4, " more");
        }
        assert_eq!(d.sleep(), 4.0, "NON_RECEIVE_TIMEOUT");
        d.sends("NON m56 FETCH t1+7 Uri-Path=path Q-Block2=1/0/1024 Q-Block2=3/0/1024 Request-Tag=t1");
        block(d, "t1+7", "", 23, 3, 4, " more");
        assert_eq!(d.sleep(), 4.0, "NON_RECEIVE_TIMEOUT");
        d.sends("NON m57 FETCH t1+8 Uri-Path=path Q-Block2=1/0/1024 Request-Tag=t1");
        block(d, "t1+8", "", 23, 1, 4, " last");
    });
}

const QUESTION: &str = "CON m0 GET t0 Uri-Path=.well-known Uri-Path=core Q-Block2=0/0/16";

/// A dialogue that begins with the first message, whose name is `a`.
fn dialogue(body: usize, request: Request<'_>, dialogue: impl FnOnce(Robustly<'_, '_>)) {
    Setup { body, ..Setup::default() }.run_with(Robust::new(()), |d| {
        d.request("a", request);
        dialogue(d);
    });
}

#[test]
fn a_peer_that_refuses_or_ignores_the_question_is_asked_once_and_served_by_block2() {
    for answer in
        ["4.02 t0", "2.05 t0 Content-Format=40 | </>,</path>", "4.04 t0", "2.05 t0 Block2=0/1/16 | </>,</path>;title"]
    {
        dialogue(0, GET, |d| {
            assert_eq!(d.coap.profile().is_supported(), None);
            d.sends(QUESTION);
            d.ignores(&format!("ACK m0 {answer}"));
            assert_eq!(d.coap.profile().is_supported(), Some(false));
            d.sends("CON m1 GET t1 Uri-Path=path");
            d.receives("ACK m1 2.05 t1 Block2=0/1/1024 | x*1024", "a 2.05 @0 more | x*1024");
            d.sends("CON m2 GET t2 Uri-Path=path Block2=1/0/1024");
            d.receives("ACK m2 2.05 t2 Block2=1/0/1024 | y", "a 2.05 @1024 last | y");
            d.request("b", GET);
            d.sends("CON m3 GET t3 Uri-Path=path");
            // The next association may be with another.
            d.coap.association_lost();
            assert_eq!(d.coap.profile().is_supported(), None);
        });
    }
}

#[test]
fn the_question_goes_again_until_it_is_answered_and_fails_as_any_request() {
    dialogue(0, GET, |d| {
        for _ in 0..5 {
            d.sends(QUESTION);
            d.sleep();
        }
        d.reports("a Timeout");
        assert_eq!(d.coap.poll_timeout(), None);
    });
}

#[test]
fn a_peer_that_knows_q_block_and_answers_by_block2_has_its_way() {
    figure(0, GET, |d| {
        d.sends("NON m1 GET t1+0 Uri-Path=path Q-Block2=0/1/1024");
        d.receives("NON s1 2.05 t1+0 Block2=0/1/1024 | x*1024", "a 2.05 @0 more | x*1024");
        d.sends("CON m2 GET t2 Uri-Path=path Block2=1/0/1024");
        d.receives("ACK m2 2.05 t2 Block2=1/0/1024 | y", "a 2.05 @1024 last | y");
        assert_eq!(d.coap.poll_timeout(), None);
    });
}

#[test]
fn a_response_that_is_no_block_ends_the_request() {
    for (answer, outcome) in [
        ("NON s1 2.05 t1+0 | small", "a 2.05 @0 last | small"),
        ("CON s1 4.04 t1+0 | none", "a 4.04 @0 last | none"),
        ("NON s1 2.05 t1+0 65001=x | critical", "a BadOption"),
        ("NON s1 2.05 t1+0 Q-Block2=0/1/1024 | short", "a Block"),
        ("RST m1 Empty -", "a Reset"),
    ] {
        figure(0, GET, |d| {
            d.sends("NON m1 GET t1+0 Uri-Path=path Q-Block2=0/1/1024");
            d.receives(answer, outcome);
            if answer.starts_with("CON") {
                d.sends("ACK s1 Empty -");
            }
            d.ignores("NON s2 2.05 t1+0 ETag=0x07 Q-Block2=0/0/1024 | late");
            assert_eq!(d.coap.poll_timeout(), None);
            // The place is free for the next.
            d.request("b", GET);
            d.sends("NON m3 GET t3+0 Uri-Path=path Q-Block2=0/1/1024");
        });
    }
}

#[test]
fn blocks_that_came_before_or_cannot_be_are_dropped() {
    figure(0, GET, |d| {
        d.sends("NON m1 GET t1+0 Uri-Path=path Q-Block2=0/1/1024");
        block(d, "t1+0", "", 7, 1, 4, " more anew");
        d.ignores("NON d1 2.05 t1+0 ETag=0x07 Size2=4096 Q-Block2=1/1/1024 | x*1024");
        // Behind the end, beyond the reach, of another size.
        d.ignores("NON d2 2.05 t1+0 ETag=0x07 Size2=4096 Q-Block2=4/1/1024 | x*1024");
        d.ignores("NON d3 2.05 t1+0 ETag=0x07 Q-Block2=900000/1/1024 | x*1024");
        d.ignores("NON d4 2.05 t1+0 ETag=0x07 Q-Block2=2/1/512 | x*512");
        assert_eq!(d.stats().stale, 4);
        block(d, "t1+0", "", 7, 3, 4, " more");
        block(d, "t1+0", "", 7, 0, 4, " more on");
        block(d, "t1+0", "", 7, 2, 4, " last");
    });
}

#[test]
fn another_body_in_mid_transfer_is_told_and_the_one_before_is_over() {
    figure(0, GET, |d| {
        d.sends("NON m1 GET t1+0 Uri-Path=path Q-Block2=0/1/1024");
        block(d, "t1+0", "", 1, 0, 3, " more");
        block(d, "t1+0", "", 2, 1, 3, " more anew");
        d.ignores("NON d1 2.05 t1+0 ETag=0x01 Size2=3072 Q-Block2=2/0/1024 | x*1024");
        assert_eq!(d.sleep(), 4.0);
        d.sends("NON m2 GET t1+2 Uri-Path=path Q-Block2=0/0/1024 Q-Block2=2/0/1024");
        block(d, "t1+2", "", 2, 2, 3, " more");
        block(d, "t1+2", "", 2, 0, 3, " on last");
    });
    figure(0, GET, |d| {
        d.sends("NON m1 GET t1+0 Uri-Path=path Q-Block2=0/1/1024");
        for etag in 1..5 {
            block(d, "t1+0", "", etag, 0, 3, " more");
        }
        d.receives("NON s9 2.05 t1+0 ETag=0x09 Q-Block2=0/1/1024 | x*1024", "a Changed");
    });
}

#[test]
fn a_silent_peer_is_asked_by_probing_rate_and_given_up() {
    figure(0, GET, |d| {
        d.sends("NON m1 GET t1+0 Uri-Path=path Q-Block2=0/1/1024");
        let mut waits = vec![d.sleep()];
        for round in 2..6 {
            d.sends(&format!("NON m{round} GET t1+0 Uri-Path=path Q-Block2=0/1/1024"));
            waits.push(d.sleep());
        }
        // NON_RECEIVE_TIMEOUT, doubled; but 20 bytes take 20 s, by 1 byte a second.
        assert_eq!(waits, [4.0, 20.0, 20.0, 32.0, 64.0]);
        d.silent_but("a NoResponse");
    });
}

#[test]
fn what_is_no_list_of_missing_blocks_is_dropped() {
    let lists: [&[u8]; 9] =
        [&[], &[1, 1], &[2, 1], &[3], &[0x20], &[0x61, b'1'], &[0x18], &[0x1b, 0, 0, 0, 0, 0, 0, 0, 1], &[1, 9]];
    for list in lists {
        figure(3000, upload(Code::POST), |d| {
            blocks(d, "POST", 1, 0..3, 3000);
            let mut message = d.bytes("NON s1 4.08 t1+3 Content-Format=272");
            if !list.is_empty() {
                message.push(0xff);
                message.extend(list);
            }
            assert_eq!(d.hear_bytes(&message), "nothing");
            d.silent();
            assert_eq!(d.stats().stale, 1, "{list:02x?}");
        });
    }
}

#[test]
fn a_server_that_lost_all_or_wants_smaller_blocks_gets_the_body_from_the_start() {
    figure(3000, upload(Code::PUT), |d| {
        for round in 0..4 {
            blocks(d, "PUT", 1 + 3 * round, 0..3, 3000);
            let serial = 3 + 3 * round;
            let lost = format!("NON s{round} 4.08 t1+{serial}");
            if round < 3 { d.ignores(&lost) } else { d.receives(&lost, "a 4.08 @0 last") }
        }
    });
    figure(1500, upload(Code::PUT), |d| {
        blocks(d, "PUT", 1, 0..2, 1500);
        d.ignores("NON s1 4.13 t1+1 Q-Block1=0/0/512");
        for number in 0..3 {
            let serial = 3 + number;
            let more = u8::from(number < 2);
            let part = alphabet(number * 512, 1500.min(number * 512 + 512));
            d.sends(&format!(
                "NON n{number} PUT t1+{serial} Uri-Path=path Q-Block1={number}/{more}/512 Size1=1500 Request-Tag=t1 | {part}"
            ));
        }
        d.receives("NON s2 4.13 t1+5", "a 4.13 @0 last");
    });
}

#[test]
fn the_last_block_goes_again_where_the_answer_was_lost_if_that_is_safe() {
    figure(10_500, upload(Code::PUT), |d| {
        blocks(d, "PUT", 1, 0..10, 10_500);
        d.ignores("NON s1 2.31 t1+10 Q-Block1=9/1/1024");
        blocks(d, "PUT", 1, 10..11, 10_500);
        for (again, wait) in [8.0, 16.0, 32.0, 64.0].into_iter().enumerate() {
            assert_eq!(d.sleep(), wait);
            blocks(d, "PUT", 2 + again as u32, 10..11, 10_500);
        }
        assert_eq!(d.sleep(), 247.0);
        d.silent_but("a NoResponse");
    });
    // Of a peer that never said a word nobody knows whether it is there: NON_PROBING_WAIT and the end of NON_LIFETIME bound what PROBING_RATE asks for.
    figure(1500, upload(Code::PUT), |d| {
        blocks(d, "PUT", 1, 0..2, 1500);
        assert_eq!(d.sleep(), 145.0);
        blocks(d, "PUT", 2, 1..2, 1500);
        d.receives("NON s1 2.04 t1+3", "a 2.04 @0 last");
    });
}

#[test]
fn what_does_not_go_by_q_block_is_left_as_it_was() {
    let post = Request { confirmable: false, body: Body::Small(b"x"), ..Request::new(Code::POST, "path") };
    dialogue(0, post, |d| d.sends("NON m1 POST t1 Uri-Path=path | x"));
    dialogue(0, Request::get("path"), |d| d.sends("CON m1 GET t1 Uri-Path=path"));
    // To a group, or from where it was cut off.
    Setup::default().run_with(Robust::new(()), |d| {
        d.group("a", GET);
        d.sends("NON m1 GET t1 Uri-Path=path");
        let resumed = d.coap.resume(&GET, 2048, b"tag").unwrap();
        d.name_request("b", resumed);
        d.after(30.0);
        d.sends("CON m2 GET t2 Uri-Path=path Block2=2/0/1024");
    });
    // A body of which nobody knows how long it is (RFC 9177 4.6).
    figure(2000, Request { body: Body::Source(0), ..upload(Code::PUT) }, |d| {
        d.sends(&format!("CON m1 PUT t1 Uri-Path=path Block1=0/1/1024 Request-Tag=t1 | {}", alphabet(0, 1024)));
    });
    // No more than one at a time.
    figure(0, GET, |d| {
        d.sends("NON m1 GET t1+0 Uri-Path=path Q-Block2=0/1/1024");
        d.request("b", GET);
        d.sends("CON m2 GET t2 Uri-Path=path");
    });
}

#[test]
fn two_transfers_at_a_time_do_not_get_into_each_other_s_way() {
    let setup = Setup { slots: 3, ..Setup::default() };
    setup.run_with(Robust::<_, 2>::with((), QBlock { max_payloads: 2, ..QBlock::DEFAULT }), |d| {
        for name in ["a", "b", "c"] {
            d.request(name, GET);
        }
        d.sends(QUESTION);
        d.ignores("ACK m0 2.05 t0 Q-Block2=0/1/16 | </>,</path>;title");
        d.sends("NON m1 GET t1+0 Uri-Path=path Q-Block2=0/1/1024");
        // The third goes by Block2, and was asked for before the second had its turn again.
        d.sends("CON m2 GET t2 Uri-Path=path");
        d.receives("ACK m2 2.05 t2 | whole", "c 2.05 @0 last | whole");
        d.sends("NON m3 GET t3+0 Uri-Path=path Q-Block2=0/1/1024");
        for (name, token) in [("b", "t1"), ("a", "t3")] {
            for number in 0..2 {
                let message = format!("NON {name}{number} 2.05 {token}+0 ETag=0x01 Q-Block2={number}/1/1024 | x*1024");
                d.receives(&message, &format!("{name} 2.05 @{} more | x*1024", number * 1024));
            }
        }
        // MAX_PAYLOADS is 2.
        d.sends("NON m4 GET t3+2 Uri-Path=path Q-Block2=2/1/1024");
        d.sends("NON m5 GET t1+2 Uri-Path=path Q-Block2=2/1/1024");
        d.receives("NON z1 2.05 t1+0 ETag=0x01 Q-Block2=2/0/1024 | end", "b 2.05 @2048 last | end");
        d.receives("NON z2 2.05 t3+0 ETag=0x01 Q-Block2=2/0/1024 | end", "a 2.05 @2048 last | end");
        assert_eq!(d.coap.poll_timeout(), None);
    });
}

#[test]
fn a_body_larger_than_can_be_numbered_goes_by_block1_and_fails_there() {
    figure((1 << 20) * 1024 + 1, upload(Code::PUT), |d| {
        d.sends(&format!(
            "CON m1 PUT t1 Uri-Path=path Block1=0/1/1024 Size1=1073741825 Request-Tag=t1 | {}",
            alphabet(0, 1024)
        ));
    });
}

#[test]
fn blocks_get_smaller_until_they_fit_the_buffer() {
    let setup = Setup { body: 1000, out: 600, ..Setup::default() };
    setup.run_with(Robust::new(()), |d| {
        d.request("a", upload(Code::PUT));
        knows(d);
        for number in 0..2 {
            let (serial, more) = (1 + number, u8::from(number == 0));
            let part = alphabet(number * 512, 1000.min(number * 512 + 512));
            d.sends(&format!(
                "NON m{serial} PUT t1+{serial} Uri-Path=path Q-Block1={number}/{more}/512 Size1=1000 Request-Tag=t1 | {part}"
            ));
        }
        d.silent();
    });
}

#[test]
fn an_observation_is_renewed_and_cancelled_under_its_token() {
    watching(|d| {
        // Max-Age is 60 s, and the renewal comes 5 to 15 s later.
        let wait = d.sleep();
        assert!((65.0..=75.0).contains(&wait), "{wait}");
        d.sends("NON m2 GET t1+0 Observe=0 Uri-Path=path Q-Block2=0/1/1024");
        block(d, "t1+0", " Observe=1300", 30, 0, 2, " more notification");
        block(d, "t1+0", " Observe=1300", 30, 1, 2, " notification");
        // Older, and the same once more.
        d.ignores("NON d1 2.05 t1+0 ETag=0x16 Observe=1235 Q-Block2=0/0/1024 | x");
        d.ignores("NON d2 2.05 t1+0 ETag=0x1e Observe=1300 Size2=2048 Q-Block2=1/0/1024 | x*1024");
        let handle = d.handle("a");
        d.coap.cancel(handle);
        d.sends("NON m3 GET t1+0 Observe=1 Uri-Path=path Q-Block2=0/1/1024");
        block(d, "t1+0", "", 30, 0, 1, " last");
        assert_eq!(d.coap.poll_timeout(), None);
    });
}

#[test]
fn a_notification_without_blocks_and_the_end_of_an_observation_are_told() {
    watching(|d| {
        d.receives("NON s1 2.05 t1+0 Observe=1236 | small", "a 2.05 @0 notification | small");
        block(d, "t1+0", " Observe=1237", 40, 0, 1, " notification");
        d.receives("NON s2 4.04 t1+0 | gone", "a 4.04 @0 last | gone");
        assert_eq!(d.coap.poll_timeout(), None);
    });
}

#[test]
fn after_the_association_a_download_begins_anew_and_a_post_does_not() {
    figure(0, GET, |d| {
        d.sends("NON m1 GET t1+0 Uri-Path=path Q-Block2=0/1/1024");
        block(d, "t1+0", "", 1, 0, 3, " more");
        d.coap.association_lost();
        d.sends("CON m5 GET t5 Uri-Path=.well-known Uri-Path=core Q-Block2=0/0/16");
        d.ignores("ACK m5 2.05 t5 Q-Block2=0/1/16 | </>,</path>;title");
        d.sends("NON m6 GET t6+0 Uri-Path=path Q-Block2=0/1/1024");
        d.ignores("NON s5 2.05 t1+0 ETag=0x01 Q-Block2=1/1/1024 | x*1024");
        block(d, "t6+0", "", 9, 0, 1, " last");
    });
    figure(3000, upload(Code::POST), |d| {
        blocks(d, "POST", 1, 0..1, 3000);
        d.coap.association_lost();
        d.reports("a Interrupted");
    });
}

#[test]
fn a_request_given_up_by_the_caller_answers_nothing_more() {
    figure(3000, upload(Code::PUT), |d| {
        blocks(d, "PUT", 1, 0..3, 3000);
        let handle = d.handle("a");
        d.coap.forget(handle);
        d.ignores("NON s1 4.08 t1+3 Content-Format=272 | \u{1}");
        d.sends("RST s1 Empty -");
        d.ignores("NON s2 2.31 t1+3 Q-Block1=2/1/1024");
        d.silent();
        assert_eq!((d.stats().unmatched, d.coap.poll_timeout()), (2, None));
    });
}

#[test]
fn whatever_a_peer_says_under_our_tokens_nothing_overflows() {
    let seed = 0x9177;
    println!("seed {seed:#x}");
    let mut random = Random::new(seed);
    for round in 0..300 {
        let request = if round % 2 == 0 { if round % 4 == 0 { GET } else { WATCH } } else { upload(Code::FETCH) };
        figure(random.below(40_000) as usize, request, |d| {
            let first = d.transmit().unwrap();
            let token = first[4..12].to_vec();
            for id in 0..60u16 {
                let mut token = token.clone();
                token[7] = random.below(16) as u8;
                let kind = if random.below(4) == 0 { Type::Confirmable } else { Type::NonConfirmable };
                let code =
                    [Code::CONTENT, Code::CONTINUE, Code::REQUEST_ENTITY_INCOMPLETE, Code::REQUEST_ENTITY_TOO_LARGE]
                        [random.below(16).min(3) as usize % 4];
                let mut out = vec![0; 1_500];
                let mut writer = Writer::new(&mut out, kind, code, id, &token);
                writer.uint(OptionNumber::ETAG, random.below(2) as u32);
                if random.below(3) == 0 {
                    writer.uint(OptionNumber::OBSERVE, random.number() as u32 & 0xff_ffff);
                }
                writer.uint(OptionNumber::CONTENT_FORMAT, 272);
                let near = |random: &mut Random| match random.below(8) {
                    0 => random.number() as u32 & 0xff_ffff & !1,
                    _ => (random.below(80) << 4 | random.below(2) << 3 | 6) as u32,
                };
                if random.below(2) == 0 {
                    let value = near(&mut random);
                    writer.uint(OptionNumber::Q_BLOCK1, value);
                }
                if random.below(4) == 0 {
                    let size = random.number() as u32 >> random.below(32);
                    writer.uint(OptionNumber::SIZE2, size);
                }
                if random.below(8) != 0 {
                    let value = near(&mut random);
                    writer.uint(OptionNumber::Q_BLOCK2, value);
                }
                let len = if random.below(2) == 0 { 1024 } else { random.below(100) as usize };
                let payload = random.bytes(len);
                let Some(len) = writer.payload(&payload) else { panic!("it fits") };
                d.hear_bytes(&out[..len]);
                for _ in 0..40 {
                    if d.transmit().is_none() {
                        break;
                    }
                }
                if random.below(4) == 0 && d.coap.poll_timeout().is_some() {
                    d.sleep();
                }
                while d.coap.poll_outcome(d.now).is_some() {}
            }
        });
    }
}
