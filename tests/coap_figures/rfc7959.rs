//! RFC 7959, section 3. `2:1/0/128` of the figures is `Block2=1/0/128` here.

use super::coap_dialogue::{Dialogue, Setup, alphabet};
use stint_coap::{BlockSize, Body, Code, Request};

const STATUS: Request<'static> = Request::get("status");

fn blocks(block_size: BlockSize, body: usize, dialogue: impl FnOnce(&mut Dialogue<'_>)) {
    Setup { body, ..Setup::blocks(block_size) }.run(dialogue);
}

/// Exchanges `1235 + n` and following: the blocks of a body of this size from `first` to `last`, whose last one has `rest` bytes.
fn download(d: &mut Dialogue<'_>, what: (&str, &str), size: u32, (first, last): (u32, u32), id: u32, rest: usize) {
    let (method, path) = what;
    let code = if method == "GET" { "2.05" } else { "2.04" };
    for (number, id) in (first..=last).zip(id..) {
        d.sends(&format!("CON {id} {method} t{id} Uri-Path={path} Block2={number}/0/{size}"));
        let (more, len) = if number < last { (1, size as usize) } else { (0, rest) };
        let said = if number < last { " more" } else { " last" };
        d.receives(
            &format!("ACK {id} {code} t{id} Block2={number}/{more}/{size} | x*{len}"),
            &format!("a {code} @{}{said} | x*{len}", number * size),
        );
    }
}

#[test]
fn rfc7959_figure_2_simple_block_wise_get() {
    // The third block has 1 to 128 bytes.
    for rest in [1, 128] {
        blocks(BlockSize::B1024, 0, |d| {
            d.request("a", STATUS);
            d.sends("CON 1234 GET t1234 Uri-Path=status");
            d.receives("ACK 1234 2.05 t1234 Block2=0/1/128 | x*128", "a 2.05 @0 more | x*128");
            download(d, ("GET", "status"), 128, (1, 2), 1235, rest);
            d.silent();
        });
    }
}

#[test]
fn rfc7959_figure_3_early_negotiation() {
    for rest in [1, 64] {
        blocks(BlockSize::B64, 0, |d| {
            d.request("a", STATUS);
            download(d, ("GET", "status"), 64, (0, 5), 1234, rest);
            d.silent();
        });
    }
}

/// Figures 4 to 6: a server that sends 128 bytes first, whatever it is asked for. The figures' client says only then that it wants 64; ours says so in the
/// first request already (2.4), and these servers do not listen.
fn unhappy(d: &mut Dialogue<'_>) {
    d.request("a", STATUS);
    d.sends("CON 1234 GET t1234 Uri-Path=status Block2=0/0/64");
    d.receives("ACK 1234 2.05 t1234 Block2=0/1/128 | x*128", "a 2.05 @0 more | x*128");
}

#[test]
fn rfc7959_figure_4_late_negotiation() {
    blocks(BlockSize::B64, 0, |d| {
        unhappy(d);
        download(d, ("GET", "status"), 64, (2, 5), 1235, 64);
        d.silent();
    });
}

#[test]
fn rfc7959_figure_5_late_negotiation_and_lost_con() {
    blocks(BlockSize::B64, 0, |d| {
        unhappy(d);
        d.sends("CON 1235 GET t1235 Uri-Path=status Block2=2/0/64");
        d.sleep();
        download(d, ("GET", "status"), 64, (2, 5), 1235, 64);
        d.silent();
    });
}

#[test]
fn rfc7959_figure_6_late_negotiation_and_lost_ack() {
    blocks(BlockSize::B64, 0, |d| {
        unhappy(d);
        d.sends("CON 1235 GET t1235 Uri-Path=status Block2=2/0/64");
        let answer = d.bytes("ACK 1235 2.05 t1235 Block2=2/1/64 | x*64");
        d.sleep();
        download(d, ("GET", "status"), 64, (2, 5), 1235, 64);
        // Had it been late rather than lost, it would change nothing.
        assert_eq!(d.hear_bytes(&answer), "nothing");
        d.silent();
    });
}

/// An upload of three blocks of 128 bytes, the last of which has 44. `answers`: to the blocks, without the acknowledged Message ID and the token.
fn upload(d: &mut Dialogue<'_>, method: &str, path: &str, answers: [&str; 2]) {
    for (number, answer) in (0..2).zip(answers) {
        let (id, body) = (1234 + number, alphabet(number * 128, number * 128 + 128));
        d.sends(&format!("CON {id} {method} t{id} Uri-Path={path} Block1={number}/1/128 | {body}"));
        let (code, options) = answer.split_once(' ').unwrap();
        d.ignores(&format!("ACK {id} {code} t{id} {options}"));
    }
    d.sends(&format!("CON 1236 {method} t1236 Uri-Path={path} Block1=2/0/128 | {}", alphabet(256, 300)));
}

#[test]
fn rfc7959_figure_7_simple_atomic_put() {
    blocks(BlockSize::B128, 300, |d| {
        d.request("a", Request { body: Body::Source(0), ..Request::new(Code::PUT, "options") });
        upload(d, "PUT", "options", ["2.31 Block1=0/1/128", "2.31 Block1=1/1/128"]);
        d.receives("ACK 1236 2.04 t1236 Block1=2/0/128", "a 2.04 @0 last");
        d.silent();
    });
}

#[test]
fn rfc7959_figure_8_simple_stateless_put() {
    blocks(BlockSize::B128, 300, |d| {
        d.request("a", Request { body: Body::Source(0), ..Request::new(Code::PUT, "options") });
        upload(d, "PUT", "options", ["2.04 Block1=0/0/128", "2.04 Block1=1/0/128"]);
        d.receives("ACK 1236 2.04 t1236 Block1=2/0/128", "a 2.04 @0 last");
        d.silent();
    });
}

#[test]
fn rfc7959_figure_9_atomic_put_with_negotiation() {
    blocks(BlockSize::B128, 200, |d| {
        d.request("a", Request { body: Body::Source(0), ..Request::new(Code::PUT, "options") });
        d.sends(&format!("CON 1234 PUT t1234 Uri-Path=options Block1=0/1/128 | {}", alphabet(0, 128)));
        d.ignores("ACK 1234 2.31 t1234 Block1=0/1/32");
        for (number, id) in [(4, 1235), (5, 1236)] {
            let body = alphabet(number * 32, number * 32 + 32);
            d.sends(&format!("CON {id} PUT t{id} Uri-Path=options Block1={number}/1/32 | {body}"));
            // The figure's own Message IDs are off by one from here on: an acknowledgement repeats the ID of its request (RFC 7252 4.2).
            d.ignores(&format!("ACK {id} 2.31 t{id} Block1={number}/1/32"));
        }
        d.sends(&format!("CON 1237 PUT t1237 Uri-Path=options Block1=6/0/32 | {}", alphabet(192, 200)));
        d.receives("ACK 1237 2.04 t1237 Block1=6/0/32", "a 2.04 @0 last");
        d.silent();
    });
}

#[test]
fn rfc7959_figure_10_post_with_block_wise_response() {
    blocks(BlockSize::B128, 300, |d| {
        d.request("a", Request { body: Body::Source(0), ..Request::new(Code::POST, "soap") });
        upload(d, "POST", "soap", ["2.31 Block1=0/1/128", "2.31 Block1=1/1/128"]);
        d.receives("ACK 1236 2.04 t1236 Block2=0/1/128 Block1=2/0/128 | x*128", "a 2.04 @0 more | x*128");
        // No payload in these.
        download(d, ("POST", "soap"), 128, (1, 3), 1237, 77);
        d.silent();
    });
}

#[test]
fn rfc7959_figure_11_post_with_block_wise_response_early_negotiation() {
    // A whole client asks for a size with the last block. The figure's asks for 64 bytes there, and has blocks of 128 of its own; ours has one size for both
    // directions, 128, and this server comes to 64 by itself. RFC 9175's Request-Tag is more than the figure has.
    Setup { body: 300, ..Setup::blocks(BlockSize::B128) }.run_with((), |d| {
        d.request("a", Request { body: Body::Source(0), ..Request::new(Code::POST, "soap") });
        for number in 0..2 {
            let (id, body) = (1234 + number, alphabet(number * 128, number * 128 + 128));
            d.sends(&format!("CON {id} POST t{id} Uri-Path=soap Block1={number}/1/128 Request-Tag=t1234 | {body}"));
            d.ignores(&format!("ACK {id} 2.31 t{id} Block1={number}/1/128"));
        }
        d.sends(&format!(
            "CON 1236 POST t1236 Uri-Path=soap Block2=0/0/128 Block1=2/0/128 Request-Tag=t1234 | {}",
            alphabet(256, 300)
        ));
        d.receives("ACK 1236 2.04 t1236 Block2=0/1/64 Block1=2/0/128 | x*64", "a 2.04 @0 more | x*64");
        for (number, more, said) in [(1, 1, "more"), (2, 1, "more"), (3, 0, "last")] {
            let id = 1236 + number;
            d.sends(&format!("CON {id} POST t{id} Uri-Path=soap Block2={number}/0/64 Request-Tag=t1234"));
            d.receives(
                &format!("ACK {id} 2.04 t{id} Block2={number}/{more}/64 | x*64"),
                &format!("a 2.04 @{} {said} | x*64", number * 64),
            );
        }
        d.silent();
    });
}

/// Figures 12 and 13: the registration, and its body of `count` blocks of `size` bytes and 53 in the last; a notification of one as long.
fn icon(d: &mut Dialogue<'_>, size: u32, last: u32, early: &str) {
    let text = |etag: &str, id: &str, token: &str, more: &str, sequence: &str| {
        format!("{id} 2.05 {token} ETag=0x{etag} Observe={sequence}{more} Block2=0/1/{size} | x*{size}")
    };
    let rest = |d: &mut Dialogue<'_>, etag: &str, from: &str| {
        for number in 1..=last {
            let (id, token) = (format!("{from}{number}"), format!("t{from}{number}"));
            d.sends(&format!("CON {id} GET {token} Uri-Path=status-icon Block2={number}/0/{size}"));
            let (more, len) = if number < last { (1, size) } else { (0, 53) };
            let said = if number < last { " more" } else { "" };
            d.receives(
                &format!("ACK {id} 2.05 {token} ETag=0x{etag} Block2={number}/{more}/{size} | x*{len}"),
                &format!("w 2.05 @{}{said} notification | x*{len}", number * size),
            );
        }
    };
    d.request("w", Request::observe("status-icon"));
    d.sends(&format!("CON 1636 GET tfb Observe=0 Uri-Path=status-icon{early}"));
    let age = if early.is_empty() { "" } else { " Max-Age=60" };
    let outcome = format!("w 2.05 @0 more notification | x*{size}");
    d.receives(&format!("ACK {}", text("6f00f38e", "1636", "tfb", age, "62350")), &outcome);
    rest(d, "6f00f38e", "first");
    d.silent();
    d.after(4.0);
    d.receives(&format!("CON {}", text("6f00f392", "af9c", "tfb", "", "62354")), &outcome);
    d.sends("ACK af9c Empty -");
    rest(d, "6f00f392", "second");
    d.silent();
}

#[test]
fn rfc7959_figure_12_observe_with_block_wise_response() {
    blocks(BlockSize::B1024, 0, |d| icon(d, 128, 2, ""));
}

#[test]
fn rfc7959_figure_13_observe_with_early_negotiation() {
    blocks(BlockSize::B64, 0, |d| icon(d, 64, 4, " Block2=0/0/64"));
}
