//! RFC 9175: the figures of section 2.3, the values of appendix A, and the uses of Request-Tag in section 3.5. The figures leave the types open.

use super::coap_dialogue::{Dialogue, Setup, alphabet};
use stint_coap::{BlockSize, Body, Code, Opt, OptionNumber, Request};

const UNLOCK: Request<'static> = Request { body: Body::Small(b"0"), ..Request::new(Code::PUT, "lock") };

#[test]
fn rfc9175_figure_1_time_based_freshness() {
    Setup::default().run_with((), |d| {
        d.request("a", UNLOCK);
        d.sends("CON m1 PUT t41 Uri-Path=lock | 0");
        d.ignores("ACK m1 4.01 t41 Echo=0x00000009437468756c687521");
        d.after(1.0);
        d.sends("CON m2 PUT t42 Uri-Path=lock Echo=0x00000009437468756c687521 | 0");
        d.receives("ACK m2 2.04 t42", "a 2.04 @0 last");
        d.silent();
    });
}

#[test]
fn rfc9175_figure_2_event_based_freshness() {
    Setup::default().run_with((), |d| {
        d.request("a", UNLOCK);
        d.sends("CON m1 PUT t41 Uri-Path=lock | 0");
        d.ignores("ACK m1 4.01 t41 Echo=0x05");
        d.sends("CON m2 PUT t42 Uri-Path=lock Echo=0x05 | 0");
        d.receives("ACK m2 2.04 t42 Echo=0x06", "a 2.04 @0 last");
        d.silent();
        // "To allow later locking without more round trips": the caller has the value from the response.
        let lock = Request { options: &[Opt::new(OptionNumber::ECHO, &[6])], body: Body::Small(b"1"), ..UNLOCK };
        d.request("b", lock);
        d.sends("CON m3 PUT t43 Uri-Path=lock Echo=0x06 | 1");
        d.receives("ACK m3 2.04 t43 Echo=0x07", "b 2.04 @0 last");
        d.silent();
    });
}

#[test]
fn rfc9175_2_3_a_stale_echo_value_of_the_caller_s_is_replaced() {
    Setup::default().run_with((), |d| {
        d.request("a", Request { options: &[Opt::new(OptionNumber::ECHO, &[6])], ..UNLOCK });
        d.sends("CON m1 PUT t1 Uri-Path=lock Echo=0x06 | 0");
        d.ignores("ACK m1 4.01 t1 Echo=0x09");
        // One Echo option: it is not repeatable (2.2.1).
        d.sends("CON m2 PUT t2 Uri-Path=lock Echo=0x09 | 0");
        d.receives("ACK m2 2.04 t2", "a 2.04 @0 last");
    });
}

#[test]
fn rfc9175_appendix_a_values_of_every_form() {
    // A random value of 72 bits; a timestamp with a MAC of 64 bits; a counter; the longest and the shortest that there are (2.2.1).
    for len in [9, 12, 1, 2, 40] {
        let value = hex::encode((0..len).collect::<Vec<u8>>());
        Setup::default().run_with((), |d| {
            d.request("a", UNLOCK);
            d.sends("CON m1 PUT t1 Uri-Path=lock | 0");
            d.ignores(&format!("ACK m1 4.01 t1 Echo=0x{value}"));
            d.sends(&format!("CON m2 PUT t2 Uri-Path=lock Echo=0x{value} | 0"));
            d.receives("ACK m2 2.04 t2", "a 2.04 @0 last");
        });
    }
    // Of another length it is no Echo option, and the 4.01 is the response.
    for value in [String::new(), hex::encode([7; 41])] {
        Setup::default().run_with((), |d| {
            d.request("a", UNLOCK);
            d.sends("CON m1 PUT t1 Uri-Path=lock | 0");
            d.receives(&format!("ACK m1 4.01 t1 Echo=0x{value}"), "a 4.01 @0 last");
            d.silent();
        });
    }
}

/// A block of `a` or `b`, and its provisional answer.
fn block<X: stint_coap::Profile>(d: &mut Dialogue<'_, X>, id: &str, number: usize, tag: &str) {
    let body = alphabet(number * 16, number * 16 + 16);
    d.sends(&format!("CON m{id} PUT t{id} Uri-Path=p Block1={number}/1/16 Request-Tag={tag} | {body}"));
    d.ignores(&format!("ACK m{id} 2.31 t{id} Block1={number}/1/16"));
}

#[test]
fn rfc9175_3_5_1_no_tag_is_recycled_for_another_body() {
    Setup { body: 40, ..Setup::blocks(BlockSize::B16) }.run_with((), |d| {
        let put = Request { body: Body::Source(0), ..Request::new(Code::PUT, "p") };
        for round in ["a", "b", "c"] {
            d.request(round, put);
            let tag = format!("t{round}0");
            block(d, &format!("{round}0"), 0, &tag);
            block(d, &format!("{round}1"), 1, &tag);
            d.sends(&format!(
                "CON m{round}2 PUT t{round}2 Uri-Path=p Block2=0/0/16 Block1=2/0/16 Request-Tag={tag} | {}",
                alphabet(32, 40)
            ));
            d.receives(&format!("ACK m{round}2 2.04 t{round}2 Block1=2/0/16"), &format!("{round} 2.04 @0 last"));
        }
        d.silent();
    });
}

#[test]
fn rfc9175_3_5_2_two_bodies_at_once() {
    Setup { body: 40, ..Setup::blocks(BlockSize::B16) }.run_with((), |d| {
        let put = Request { body: Body::Source(0), ..Request::new(Code::PUT, "p") };
        d.request("a", put);
        d.request("b", put);
        // In turn, under a tag each.
        for number in 0..2 {
            block(d, &format!("a{number}"), number, "ta0");
            block(d, &format!("b{number}"), number, "tb0");
        }
        for round in ["a", "b"] {
            d.sends(&format!(
                "CON m{round}2 PUT t{round}2 Uri-Path=p Block2=0/0/16 Block1=2/0/16 Request-Tag=t{round}0 | {}",
                alphabet(32, 40)
            ));
            d.receives(&format!("ACK m{round}2 2.04 t{round}2 Block1=2/0/16"), &format!("{round} 2.04 @0 last"));
        }
        d.silent();
    });
}

#[test]
fn rfc9175_3_4_the_tag_of_the_request_s_body_stays_while_its_response_is_fetched() {
    Setup { body: 20, ..Setup::blocks(BlockSize::B16) }.run_with((), |d| {
        d.request("a", Request { body: Body::Source(0), ..Request::new(Code::POST, "p") });
        d.sends(&format!("CON m1 POST t1 Uri-Path=p Block1=0/1/16 Request-Tag=t1 | {}", alphabet(0, 16)));
        d.ignores("ACK m1 2.31 t1 Block1=0/1/16");
        d.sends(&format!(
            "CON m2 POST t2 Uri-Path=p Block2=0/0/16 Block1=1/0/16 Request-Tag=t1 | {}",
            alphabet(16, 20)
        ));
        d.receives("ACK m2 2.04 t2 Block2=0/1/16 Block1=1/0/16 | x*16", "a 2.04 @0 more | x*16");
        d.sends("CON m3 POST t3 Uri-Path=p Block2=1/0/16 Request-Tag=t1");
        d.receives("ACK m3 2.04 t3 Block2=1/0/16 | y", "a 2.04 @16 last | y");
    });
}

#[test]
fn rfc9175_3_4_a_body_of_one_block_and_a_download_have_no_tag() {
    // "Clients are encouraged to generate compact messages".
    Setup { body: 16, ..Setup::blocks(BlockSize::B16) }.run_with((), |d| {
        d.request("a", Request { body: Body::Source(0), ..Request::new(Code::PUT, "p") });
        d.sends(&format!("CON m1 PUT t1 Uri-Path=p | {}", alphabet(0, 16)));
        d.receives("ACK m1 2.04 t1", "a 2.04 @0 last");
        d.request("b", Request::get("p"));
        d.sends("CON m2 GET t2 Uri-Path=p Block2=0/0/16");
        d.receives("ACK m2 2.05 t2 Block2=0/1/16 | x*16", "b 2.05 @0 more | x*16");
        d.sends("CON m3 GET t3 Uri-Path=p Block2=1/0/16");
    });
}
