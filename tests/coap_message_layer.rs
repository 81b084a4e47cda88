//! The message layer on virtual time (RFC 7252 4): what is lost, repeated, reset, or answered late.

mod coap_dialogue;

use coap_dialogue::{Dialogue, Setup};
use std::time::Duration;
use stint_coap::{Body, Code, Config, Request, RequestError};

const GET: Request<'static> = Request::get("time");

fn talk(dialogue: impl FnOnce(&mut Dialogue<'_>)) {
    Setup::default().run(dialogue);
}

#[test]
fn a_piggybacked_response_is_taken_once() {
    talk(|d| {
        d.request("a", GET);
        d.sends("CON m1 GET t1 Uri-Path=time");
        d.silent();
        d.receives("ACK m1 2.05 t1 | noon", "a 2.05 @0 last | noon");
        d.ignores("ACK m1 2.05 t1 | noon");
        d.silent();
        assert_eq!(d.stats().unmatched, 1);
        assert_eq!(d.coap.poll_timeout(), None);
    });
}

#[test]
fn a_lost_request_is_sent_again_the_same_with_doubled_waits() {
    talk(|d| {
        d.request("a", GET);
        d.sends("CON m1 GET t1 Uri-Path=time");
        let first = d.sleep();
        assert!((2.0..=3.0).contains(&first), "{first}");
        for round in 1..=4 {
            d.sends("CON m1 GET t1 Uri-Path=time");
            d.silent();
            let wait = d.sleep();
            assert!((wait / first - f64::from(1 << round)).abs() < 0.01, "{wait}");
        }
        d.reports("a Timeout");
        assert_eq!(d.stats().retransmissions, 4);
        assert_eq!(d.coap.poll_timeout(), None);
        d.request("b", GET);
        d.sends("CON m2 GET t2 Uri-Path=time");
    });
}

#[test]
fn an_outcome_asked_for_before_the_retransmission_does_not_end_the_request() {
    talk(|d| {
        d.request("a", GET);
        d.sends("CON m1 GET t1 Uri-Path=time");
        d.sleep();
        assert!(d.coap.poll_outcome(d.now).is_none());
        d.sends("CON m1 GET t1 Uri-Path=time");
        d.receives("ACK m1 2.05 t1 | noon", "a 2.05 @0 last | noon");
    });
}

#[test]
fn with_19_retransmissions_no_wait_is_longer_than_a_minute() {
    let config = Config { max_retransmit: 19, ..Config::DEFAULT };
    Setup { config, ..Setup::default() }.run(|d| {
        d.request("a", GET);
        d.sends("CON m1 GET t1 Uri-Path=time");
        let mut total = 0.0;
        for _ in 0..19 {
            let wait = d.sleep();
            assert!(wait <= 60.01, "{wait}");
            total += wait;
            d.sends("CON m1 GET t1 Uri-Path=time");
        }
        total += d.sleep();
        d.reports("a Timeout");
        assert!((900.0..1_000.0).contains(&total), "{total}");
    });
}

#[test]
fn the_first_wait_is_spread_over_the_random_factor() {
    let config = Config { ack_timeout: Duration::from_secs(10), ..Config::DEFAULT };
    let mut waits = Vec::new();
    Setup { config, ..Setup::default() }.run(|d| {
        for _ in 0..200 {
            let handle = d.request("a", GET);
            d.transmit().unwrap();
            waits.push(d.sleep());
            d.coap.cancel(handle);
        }
    });
    waits.sort_by(f64::total_cmp);
    assert!(waits[0] >= 10.0 && waits[0] < 10.3 && waits[199] <= 15.0 && waits[199] > 14.7, "{waits:?}");
}

#[test]
fn a_separate_response_is_acknowledged_and_delivered_once() {
    talk(|d| {
        d.request("a", GET);
        d.sends("CON m1 GET t1 Uri-Path=time");
        d.ignores("ACK m1 Empty -");
        d.after(100.0);
        d.silent();
        d.receives("CON s1 2.05 t1 | noon", "a 2.05 @0 last | noon");
        d.sends("ACK s1 Empty -");
        // Our acknowledgement was lost: the server sends the response again.
        d.after(2.5);
        d.ignores("CON s1 2.05 t1 | noon");
        d.sends("ACK s1 Empty -");
        d.silent();
        assert_eq!(d.stats().duplicates, 1);
    });
}

#[test]
fn a_response_without_the_lost_acknowledgement_counts_as_one() {
    talk(|d| {
        d.request("a", GET);
        d.sends("CON m1 GET t1 Uri-Path=time");
        d.receives("CON s1 2.05 t1 | noon", "a 2.05 @0 last | noon");
        d.sends("ACK s1 Empty -");
        d.after(60.0);
        d.silent();
        // The acknowledgement comes after all.
        d.ignores("ACK m1 Empty -");
        d.silent();
    });
}

#[test]
fn a_response_that_never_comes_ends_the_wait_after_exchange_lifetime() {
    talk(|d| {
        d.request("a", GET);
        d.sends("CON m1 GET t1 Uri-Path=time");
        d.ignores("ACK m1 Empty -");
        let waited = d.sleep();
        assert!((246.9..247.1).contains(&waited), "{waited}");
        d.reports("a NoResponse");
        // What comes now belongs to nothing.
        d.ignores("CON s1 2.05 t1 | noon");
        d.sends("RST s1 Empty -");
    });
}

#[test]
fn a_reset_ends_the_request() {
    talk(|d| {
        d.request("a", GET);
        d.sends("CON m1 GET t1 Uri-Path=time");
        d.receives("RST m1 Empty -", "a Reset");
        d.ignores("RST m1 Empty -");
        d.silent();
    });
}

#[test]
fn a_non_confirmable_request_is_sent_once_and_given_up_after_non_lifetime() {
    talk(|d| {
        d.request("a", Request { confirmable: false, ..GET });
        d.sends("NON m1 GET t1 Uri-Path=time");
        let mut waited = d.sleep();
        d.silent();
        waited += d.sleep();
        assert!((144.9..145.1).contains(&waited), "{waited}");
        d.reports("a NoResponse");
        d.request("b", Request { confirmable: false, ..GET });
        d.sends("NON m2 GET t2 Uri-Path=time");
        d.receives("NON s1 2.05 t2 | noon", "b 2.05 @0 last | noon");
        d.ignores("NON s1 2.05 t2 | noon");
        d.silent();
    });
}

#[test]
fn a_second_request_waits_for_the_first_to_be_acknowledged() {
    talk(|d| {
        d.request("a", GET);
        d.request("b", Request::get("other"));
        d.sends("CON m1 GET t1 Uri-Path=time");
        d.silent();
        d.ignores("ACK m1 Empty -");
        d.sends("CON m2 GET t2 Uri-Path=other");
        // Both are answered, in the other order; tokens tell them apart.
        d.receives("ACK m2 2.05 t2 | two", "b 2.05 @0 last | two");
        d.receives("NON s1 2.05 t1 | one", "a 2.05 @0 last | one");
    });
}

#[test]
fn a_peer_that_does_not_answer_gets_no_more_than_probing_rate() {
    talk(|d| {
        d.request("a", Request { confirmable: false, ..GET });
        d.request("b", Request { confirmable: false, ..GET });
        d.sends("NON m1 GET t1 Uri-Path=time");
        d.silent();
        // 13 bytes at 1 byte/s.
        let waited = d.sleep();
        assert!((12.9..13.1).contains(&waited), "{waited}");
        d.sends("NON m2 GET t2 Uri-Path=time");
        d.receives("NON s1 2.05 t1 | late", "a 2.05 @0 last | late");
    });
}

#[test]
fn a_wrong_token_or_message_id_is_not_the_response() {
    talk(|d| {
        d.request("a", GET);
        d.sends("CON m1 GET t1 Uri-Path=time");
        d.ignores("ACK m1 2.05 t9 | forged");
        d.ignores("ACK m9 2.05 t1 | forged");
        d.ignores("ACK m1 2.05 - | forged");
        d.ignores("NON s1 2.05 t9 | forged");
        d.ignores("CON s2 2.05 t9 | forged");
        d.sends("RST s2 Empty -");
        d.silent();
        assert_eq!(d.stats().unmatched, 5);
        d.receives("ACK m1 2.05 t1 | noon", "a 2.05 @0 last | noon");
    });
}

#[test]
fn requests_and_pings_of_the_peer_are_reset_and_counted() {
    talk(|d| {
        d.ignores("CON s1 Empty -");
        d.sends("RST s1 Empty -");
        d.ignores("CON s2 GET - Uri-Path=x");
        d.sends("RST s2 Empty -");
        d.ignores("CON s2 GET - Uri-Path=x");
        d.sends("RST s2 Empty -");
        d.ignores("NON s3 GET - Uri-Path=x");
        d.ignores("NON s4 Empty -");
        d.silent();
        assert_eq!((d.stats().requests, d.stats().duplicates), (4, 1));
    });
}

#[test]
fn a_ping_is_answered_or_times_out() {
    talk(|d| {
        d.ping("p");
        d.sends("CON m1 Empty -");
        d.receives("RST m1 Empty -", "p pong");
        d.silent();
        d.ping("q");
        d.sends("CON m2 Empty -");
        // An empty token is not that of the ping.
        d.ignores("NON s1 2.05 - | x");
        for _ in 0..4 {
            d.sleep();
            d.sends("CON m2 Empty -");
        }
        d.sleep();
        d.reports("q Timeout");
    });
}

#[test]
fn malformed_messages_are_reset_if_confirmable_and_else_dropped() {
    talk(|d| {
        // A marker without payload; the reserved token length; a request code in an acknowledgement; a reserved class.
        d.hear_bytes(&[0x40, 0x45, 0x51, 1, 0xff]);
        d.sends("RST x Empty -");
        d.hear_bytes(&[0x49, 0x45, 0x51, 2]);
        d.sends("RST y Empty -");
        d.hear_bytes(&[0x40, 0x20, 0x51, 3]);
        d.sends("RST z Empty -");
        for message in
            [&[0x50, 0x45, 0x51, 4, 0xff][..], &[0x60, 1, 0x51, 5], &[0x70, 0x45, 0x51, 6], &[0x50, 0xe0, 0x51, 7]]
        {
            d.hear_bytes(message);
            d.silent();
        }
        // Another version, and less than a header, even if confirmable.
        for message in [&[0x80, 0x45, 0x51, 8][..], &[0x40, 0x45, 0x51], &[]] {
            d.hear_bytes(message);
            d.silent();
        }
        assert_eq!(d.stats().malformed, 10);
    });
}

#[test]
fn a_critical_option_that_is_not_understood_rejects_the_response() {
    for message in [
        "CON s1 2.05 t1 65001=x | noon",
        "CON s1 2.05 t1 Uri-Path=time | noon",
        "CON s1 2.05 t1 Block2=0/0/64 Block2=0/0/64 | noon",
        // The reserved size exponent 7, and a value of 4 bytes (RFC 7959 2.2).
        "CON s1 2.05 t1 Block2=0/0/2048 | noon",
        "CON s1 2.05 t1 Block2=1048576/0/16 | noon",
    ] {
        talk(|d| {
            d.request("a", GET);
            d.sends("CON m1 GET t1 Uri-Path=time");
            d.receives(message, "a BadOption");
            d.sends("RST s1 Empty -");
            d.silent();
            assert_eq!(d.stats().bad_options, 1);
        });
    }
    talk(|d| {
        d.request("a", GET);
        d.sends("CON m1 GET t1 Uri-Path=time");
        d.receives("ACK m1 2.05 t1 65001=x | noon", "a BadOption");
        d.silent();
        // An error may name an option of the request; a response may not.
        let options = [stint_coap::Opt::new(stint_coap::OptionNumber(65_001), b"y")];
        for (code, outcome) in [("4.02", "c 4.02 @0 last"), ("2.05", "c BadOption")] {
            d.request("c", Request { options: &options, ..GET });
            d.sends(&format!("CON m{code} GET t{code} Uri-Path=time 65001=y"));
            d.receives(&format!("ACK m{code} {code} t{code} 65001=y"), outcome);
        }
        d.request("b", GET);
        d.sends("CON m2 GET t2 Uri-Path=time");
        // Elective ones, unknown or repeated, do no harm.
        d.receives("ACK m2 2.05 t2 Max-Age=1 Max-Age=2 65002=x | noon", "b 2.05 @0 last | noon");
    });
}

#[test]
fn a_full_slot_table_refuses_and_frees_itself() {
    Setup { slots: 1, store: 24, ..Setup::default() }.run(|d| {
        d.request("a", GET);
        assert_eq!(d.try_request("b", GET), Err(RequestError::NoSlot));
        d.sends("CON m1 GET t1 Uri-Path=time");
        d.receives("ACK m1 4.04 t1", "a 4.04 @0 last");
        let long = Request { body: Body::Small(&[0; 20]), ..Request::new(Code::PUT, "time") };
        assert_eq!(d.try_request("b", long), Err(RequestError::StoreTooSmall));
        let just = Request { body: Body::Small(&[b'x'; 19]), ..Request::new(Code::PUT, "time") };
        d.request("b", just);
        d.sends("CON m2 PUT t2 Uri-Path=time | x*19");
        d.receives("ACK m2 2.04 t2", "b 2.04 @0 last");
        assert_eq!(d.try_request("c", Request::new(Code::CONTENT, "time")), Err(RequestError::Method));
        assert_eq!(d.try_request("c", Request::new(Code::EMPTY, "time")), Err(RequestError::Method));
    });
    Setup { slots: 0, ..Setup::default() }.run(|d| {
        assert_eq!(d.try_request("a", GET), Err(RequestError::NoSlot));
        d.ignores("CON s1 2.05 - | x");
        d.sends("RST s1 Empty -");
    });
}

#[test]
fn a_cancelled_request_is_forgotten_and_its_handle_names_nothing() {
    talk(|d| {
        let a = d.request("a", GET);
        d.sends("CON m1 GET t1 Uri-Path=time");
        d.coap.cancel(a);
        d.after(10.0);
        d.silent();
        let b = d.request("b", GET);
        assert_ne!(a, b);
        d.coap.cancel(a);
        d.coap.forget(a);
        d.sends("CON m2 GET t2 Uri-Path=time");
        d.ignores("ACK m1 2.05 t1 | old");
        d.ignores("CON s1 2.05 t1 | old");
        d.sends("RST s1 Empty -");
        d.receives("ACK m2 2.05 t2 | new", "b 2.05 @0 last | new");
    });
}

#[test]
fn a_request_larger_than_the_buffer_fails_and_the_next_one_goes() {
    Setup { out: 20, ..Setup::default() }.run(|d| {
        d.request("a", Request { body: Body::Small(&[0; 40]), ..Request::new(Code::PUT, "time") });
        d.request("b", GET);
        assert_eq!(d.transmit(), None);
        d.reports("a TooLarge");
        d.sends("CON m1 GET t1 Uri-Path=time");
    });
}

#[test]
fn a_buffer_too_small_for_an_acknowledgement_keeps_it() {
    talk(|d| {
        d.ignores("CON s1 Empty -");
        assert_eq!(d.coap.poll_transmit(d.now, &mut (), &mut [0; 3]), None);
        d.sends("RST s1 Empty -");
    });
}

#[test]
fn more_confirmable_messages_than_places_are_dropped_and_come_again() {
    talk(|d| {
        for message in ["CON s1 Empty -", "CON s2 Empty -", "CON s3 Empty -", "CON s4 Empty -", "CON s5 Empty -"] {
            d.ignores(message);
        }
        assert_eq!((d.stats().requests, d.stats().overflows), (4, 1));
        for message in ["RST s1 Empty -", "RST s2 Empty -", "RST s3 Empty -", "RST s4 Empty -"] {
            d.sends(message);
        }
        d.ignores("CON s5 Empty -");
        d.sends("RST s5 Empty -");
        d.silent();
    });
}

#[test]
fn timers_do_not_run_before_the_first_transmission() {
    talk(|d| {
        d.request("a", GET);
        d.after(10_000.0);
        assert_eq!(d.coap.poll_timeout(), Some(Duration::ZERO));
        d.sends("CON m1 GET t1 Uri-Path=time");
        d.after(1.9);
        d.silent();
    });
}

#[test]
fn time_goes_on_across_the_wrap_of_the_inner_clock() {
    talk(|d| {
        // 2^32 ticks of 1/1024 s.
        d.now = Duration::from_secs((1 << 22) - 1);
        d.request("a", GET);
        d.sends("CON m1 GET t1 Uri-Path=time");
        for _ in 0..4 {
            let wait = d.sleep();
            assert!((2.0..=24.1).contains(&wait), "{wait}");
            d.sends("CON m1 GET t1 Uri-Path=time");
        }
        d.sleep();
        d.reports("a Timeout");
    });
}

#[test]
fn tokens_and_message_ids_do_not_repeat_and_differ_by_seed() {
    let mut seen = std::collections::HashSet::new();
    talk(|d| {
        let mut last: Option<u16> = None;
        for _ in 0..1_000 {
            let handle = d.request("a", GET);
            let sent = d.transmit().unwrap();
            let message = stint_coap::Message::parse(&sent).unwrap();
            assert!(last.is_none_or(|last| message.id == last.wrapping_add(1)));
            last = Some(message.id);
            assert!(seen.insert(message.token.to_vec()));
            d.coap.cancel(handle);
        }
    });
}
