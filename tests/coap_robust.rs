//! Robust block-wise transfer (RFC 9177): the figures of its section 10 as dialogues, what else a server may say, and bodies over a link that loses much.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod coap_dialogue;

use coap_dialogue::{Dialogue, Setup, alphabet};
use stint_coap::{Body, Code, Request, Robust};

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
