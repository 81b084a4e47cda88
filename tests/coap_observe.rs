//! Observing on virtual time (RFC 7641): stale, lost, superseded and ended notifications, renewal, cancellation.

mod coap_dialogue;

use coap_dialogue::{Dialogue, Setup};
use stint_coap::{BlockSize, Body, Code, Request, RequestError};

const WATCH: Request<'static> = Request::observe("time");

/// After the registration was accepted with Observe 10 and this Max-Age.
fn watching(max_age: u32, dialogue: impl FnOnce(&mut Dialogue<'_>)) {
    Setup::default().run(|d| {
        d.request("w", WATCH);
        d.sends("CON m1 GET t1 Observe=0 Uri-Path=time");
        d.receives(&format!("ACK m1 2.05 t1 Observe=10 Max-Age={max_age} | one"), "w 2.05 @0 notification | one");
        d.silent();
        dialogue(d);
    });
}

#[test]
fn notifications_are_acknowledged_and_delivered_once() {
    watching(60, |d| {
        d.receives("CON s1 2.05 t1 Observe=11 | two", "w 2.05 @0 notification | two");
        d.sends("ACK s1 Empty -");
        d.ignores("CON s1 2.05 t1 Observe=11 | two");
        d.sends("ACK s1 Empty -");
        d.receives("NON s2 2.05 t1 Observe=12 | three", "w 2.05 @0 notification | three");
        d.ignores("NON s2 2.05 t1 Observe=12 | three");
        d.silent();
        assert_eq!((d.stats().duplicates, d.stats().stale), (1, 1));
    });
}

#[test]
fn a_notification_overtaken_by_a_newer_one_is_not_delivered_but_acknowledged() {
    watching(60, |d| {
        d.receives("NON s1 2.05 t1 Observe=12 | three", "w 2.05 @0 notification | three");
        d.ignores("CON s2 2.05 t1 Observe=11 | two");
        d.sends("ACK s2 Empty -");
        d.ignores("NON s3 2.05 t1 Observe=12 | three");
        assert_eq!(d.stats().stale, 2);
        // The circle of 24 bits goes on, and after 128 s any number is newer.
        d.receives("NON s4 2.05 t1 Observe=8388619 | far", "w 2.05 @0 notification | far");
        d.receives("NON s5 2.05 t1 Observe=3 | around", "w 2.05 @0 notification | around");
        d.after(128.1);
        d.receives("NON s6 2.05 t1 Observe=2 | anew", "w 2.05 @0 notification | anew");
    });
}

#[test]
fn the_first_notification_is_taken_whatever_its_number() {
    for sequence in [0, 1, 8_388_608, 16_777_215] {
        Setup::default().run(|d| {
            // Early, so that the rule of 128 s does not help.
            d.now = std::time::Duration::from_secs(1);
            d.request("w", WATCH);
            d.sends("CON m1 GET t1 Observe=0 Uri-Path=time");
            d.ignores("ACK m1 Empty -");
            d.receives(&format!("CON s1 2.05 t1 Observe={sequence} | one"), "w 2.05 @0 notification | one");
            d.sends("ACK s1 Empty -");
        });
    }
}

#[test]
fn a_registration_is_renewed_after_max_age_with_the_same_token() {
    watching(30, |d| {
        let waited = d.sleep();
        assert!((35.0..=45.0).contains(&waited), "{waited}");
        d.sends("CON m2 GET t1 Observe=0 Uri-Path=time");
        // The server lost its list: its count begins anew, which is no reason to distrust its answer.
        d.receives("ACK m2 2.05 t1 Observe=1 | fresh", "w 2.05 @0 notification | fresh");
        d.receives("NON s1 2.05 t1 Observe=2 | next", "w 2.05 @0 notification | next");
    });
}

#[test]
fn each_notification_puts_the_renewal_off() {
    watching(30, |d| {
        for sequence in 11..20 {
            d.after(34.0);
            d.silent();
            d.receives(
                &format!("NON s{sequence} 2.05 t1 Observe={sequence} Max-Age=30 | x"),
                "w 2.05 @0 notification | x",
            );
        }
        d.sleep();
        d.sends("CON m2 GET t1 Observe=0 Uri-Path=time");
    });
}

#[test]
fn without_max_age_a_minute_is_taken() {
    watching(1, |d| {
        d.receives("NON s1 2.05 t1 Observe=11 | x", "w 2.05 @0 notification | x");
        let waited = d.sleep();
        assert!((65.0..=75.0).contains(&waited), "{waited}");
    });
}

#[test]
fn a_notification_that_crosses_the_renewal_answers_it() {
    watching(30, |d| {
        d.sleep();
        d.sends("CON m2 GET t1 Observe=0 Uri-Path=time");
        d.receives("CON s1 2.05 t1 Observe=11 | two", "w 2.05 @0 notification | two");
        d.sends("ACK s1 Empty -");
        d.ignores("ACK m2 2.05 t1 Observe=12 | two");
        d.after(60.0);
        d.silent();
    });
}

#[test]
fn a_peer_that_is_gone_at_the_renewal_ends_the_observation() {
    watching(30, |d| {
        d.sleep();
        d.sends("CON m2 GET t1 Observe=0 Uri-Path=time");
        for _ in 0..4 {
            d.sleep();
            d.sends("CON m2 GET t1 Observe=0 Uri-Path=time");
        }
        d.sleep();
        d.reports("w Timeout");
        // It comes back, and does not know: the Reset tells it to take us off its list.
        d.ignores("CON s1 2.05 t1 Observe=11 | two");
        d.sends("RST s1 Empty -");
    });
}

#[test]
fn a_server_that_does_not_observe_answers_once() {
    Setup::default().run(|d| {
        d.request("w", WATCH);
        d.sends("CON m1 GET t1 Observe=0 Uri-Path=time");
        d.receives("ACK m1 2.05 t1 | one", "w 2.05 @0 last | one");
        assert_eq!(d.coap.poll_timeout(), None);
        // An Observe of more than 3 bytes is none (RFC 7252 5.4.3).
        d.request("v", WATCH);
        d.sends("CON m2 GET t2 Observe=0 Uri-Path=time");
        d.receives("ACK m2 2.05 t2 Observe=16777216 | one", "v 2.05 @0 last | one");
        // Nor does an error register.
        d.request("u", WATCH);
        d.sends("CON m3 GET t3 Observe=0 Uri-Path=time");
        d.receives("ACK m3 4.04 t3 Observe=1", "u 4.04 @0 last");
    });
}

#[test]
fn an_error_or_a_response_without_observe_ends_the_observation() {
    for (message, outcome) in [
        ("CON s1 4.04 t1", "w 4.04 @0 last"),
        ("CON s1 5.03 t1 Observe=12 | gone", "w 5.03 @0 last | gone"),
        ("CON s1 2.05 t1 | final", "w 2.05 @0 last | final"),
        ("CON s1 2.05 t1 Observe=12 65001=x | odd", "w BadOption"),
    ] {
        watching(30, |d| {
            d.receives(message, outcome);
            d.sends(if outcome.ends_with("BadOption") { "RST s1 Empty -" } else { "ACK s1 Empty -" });
            d.after(1_000.0);
            d.silent();
            d.ignores("CON s2 2.05 t1 Observe=13 | two");
            d.sends("RST s2 Empty -");
        });
    }
}

#[test]
fn a_cancelled_observation_is_told_to_the_server_with_its_token() {
    Setup::default().run(|d| {
        let handle = d.request("w", WATCH);
        d.sends("CON m1 GET t1 Observe=0 Uri-Path=time");
        d.receives("ACK m1 2.05 t1 Observe=10 | one", "w 2.05 @0 notification | one");
        d.coap.cancel(handle);
        d.sends("CON m2 GET t1 Observe=1 Uri-Path=time");
        // One more was on its way.
        d.ignores("CON s1 2.05 t1 Observe=11 | two");
        d.sends("ACK s1 Empty -");
        d.receives("ACK m2 2.05 t1 | two", "w 2.05 @0 last | two");
        d.ignores("CON s2 2.05 t1 Observe=12 | three");
        d.sends("RST s2 Empty -");
        d.silent();
    });
}

#[test]
fn a_cancellation_that_nobody_answers_times_out_and_one_taken_back_twice_is_forgotten() {
    Setup::default().run(|d| {
        let handle = d.request("w", WATCH);
        d.sends("CON m1 GET t1 Observe=0 Uri-Path=time");
        d.receives("ACK m1 2.05 t1 Observe=10 | one", "w 2.05 @0 notification | one");
        d.coap.cancel(handle);
        d.sends("CON m2 GET t1 Observe=1 Uri-Path=time");
        for _ in 0..4 {
            d.sleep();
            d.sends("CON m2 GET t1 Observe=1 Uri-Path=time");
        }
        d.sleep();
        d.reports("w Timeout");
        let handle = d.request("v", WATCH);
        d.sends("CON m3 GET t3 Observe=0 Uri-Path=time");
        d.receives("ACK m3 2.05 t3 Observe=10 | one", "v 2.05 @0 notification | one");
        d.coap.cancel(handle);
        d.coap.cancel(handle);
        d.silent();
        assert_eq!(d.coap.poll_timeout(), None);
    });
}

#[test]
fn a_forgotten_observation_is_reset_at_its_next_notification() {
    Setup::default().run(|d| {
        let handle = d.request("w", WATCH);
        d.sends("CON m1 GET t1 Observe=0 Uri-Path=time");
        d.receives("ACK m1 2.05 t1 Observe=10 | one", "w 2.05 @0 notification | one");
        d.coap.forget(handle);
        d.silent();
        d.ignores("CON s1 2.05 t1 Observe=11 | two");
        d.sends("RST s1 Empty -");
        d.ignores("NON s2 2.05 t1 Observe=12 | three");
        d.silent();
    });
}

#[test]
fn a_request_beside_an_observation_leaves_it_alone() {
    watching(60, |d| {
        d.request("a", Request::get("other"));
        d.sends("CON m2 GET t2 Uri-Path=other");
        d.receives("NON s1 2.05 t1 Observe=11 | two", "w 2.05 @0 notification | two");
        d.receives("ACK m2 2.05 t2 | other", "a 2.05 @0 last | other");
        d.receives("NON s2 2.05 t1 Observe=12 | three", "w 2.05 @0 notification | three");
    });
}

#[test]
fn a_reset_of_the_renewal_ends_the_observation() {
    watching(1, |d| {
        d.sleep();
        d.sends("CON m2 GET t1 Observe=0 Uri-Path=time");
        d.receives("RST m2 Empty -", "w Reset");
        d.after(100.0);
        d.silent();
    });
}

#[test]
fn the_rest_of_a_large_notification_is_fetched_under_another_token() {
    Setup::blocks(BlockSize::B16).run(|d| {
        d.request("w", WATCH);
        d.sends("CON m1 GET t1 Observe=0 Uri-Path=time Block2=0/0/16");
        d.receives("ACK m1 2.05 t1 Observe=10 Block2=0/0/16 | small", "w 2.05 @0 notification | small");
        d.receives("CON s1 2.05 t1 ETag=a Observe=11 Block2=0/1/16 | x*16", "w 2.05 @0 more notification | x*16");
        d.sends("ACK s1 Empty -");
        // No Observe: this is not a registration (RFC 7959 3.4).
        d.sends("CON m2 GET t2 Uri-Path=time Block2=1/0/16");
        d.receives("ACK m2 2.05 t2 ETag=a Block2=1/1/16 | y*16", "w 2.05 @16 more notification | y*16");
        d.sends("CON m3 GET t3 Uri-Path=time Block2=2/0/16");
        d.receives("ACK m3 2.05 t3 ETag=a Block2=2/0/16 | end", "w 2.05 @32 notification | end");
        d.silent();
        // The registration and its timer stand.
        d.receives("NON s2 2.05 t1 Observe=12 | two", "w 2.05 @0 notification | two");
        let waited = d.sleep();
        assert!((65.0..=75.0).contains(&waited), "{waited}");
        d.sends("CON m4 GET t1 Observe=0 Uri-Path=time Block2=0/0/16");
    });
}

#[test]
fn a_newer_notification_supersedes_the_rest_of_the_one_before() {
    Setup::blocks(BlockSize::B16).run(|d| {
        d.request("w", WATCH);
        d.sends("CON m1 GET t1 Observe=0 Uri-Path=time Block2=0/0/16");
        d.receives("ACK m1 2.05 t1 ETag=a Observe=10 Block2=0/1/16 | x*16", "w 2.05 @0 more notification | x*16");
        d.sends("CON m2 GET t2 Uri-Path=time Block2=1/0/16");
        d.receives("NON s1 2.05 t1 ETag=b Observe=11 Block2=0/1/16 | y*16", "w 2.05 @0 more notification | y*16");
        d.sends("CON m3 GET t3 Uri-Path=time Block2=1/0/16");
        // The answer to the abandoned request.
        d.ignores("ACK m2 2.05 t2 ETag=a Block2=1/0/16 | old");
        // A stale notification changes nothing.
        d.ignores("NON s2 2.05 t1 ETag=a Observe=9 Block2=0/1/16 | x*16");
        d.receives("ACK m3 2.05 t3 ETag=b Block2=1/0/16 | new", "w 2.05 @16 notification | new");
        d.silent();
    });
}

#[test]
fn a_representation_that_changes_while_it_is_fetched_is_asked_for_anew() {
    Setup::blocks(BlockSize::B16).run(|d| {
        d.request("w", WATCH);
        d.sends("CON m1 GET t1 Observe=0 Uri-Path=time Block2=0/0/16");
        d.receives("ACK m1 2.05 t1 ETag=a Observe=10 Block2=0/1/16 | x*16", "w 2.05 @0 more notification | x*16");
        d.sends("CON m2 GET t2 Uri-Path=time Block2=1/0/16");
        d.ignores("ACK m2 2.05 t2 ETag=b Block2=1/0/16 | y");
        d.sends("CON m3 GET t1 Observe=0 Uri-Path=time Block2=0/0/16");
        d.receives("ACK m3 2.05 t1 ETag=b Observe=11 Block2=0/0/16 | whole", "w 2.05 @0 notification | whole");
        d.silent();
    });
}

#[test]
fn changes_during_many_notifications_are_not_added_up() {
    Setup::blocks(BlockSize::B16).run(|d| {
        d.request("w", WATCH);
        d.sends("CON m GET t Observe=0 Uri-Path=time Block2=0/0/16");
        d.receives("ACK m 2.05 t Observe=1 | small", "w 2.05 @0 notification | small");
        for round in 2..10 {
            d.receives(
                &format!("NON s{round} 2.05 t ETag=a Observe={round} Block2=0/1/16 | x*16"),
                "w 2.05 @0 more notification | x*16",
            );
            d.sends(&format!("CON m{round}a GET t{round} Uri-Path=time Block2=1/0/16"));
            d.ignores(&format!("ACK m{round}a 2.05 t{round} ETag=b Block2=1/0/16 | y"));
            d.sends(&format!("CON m{round}b GET t Observe=0 Uri-Path=time Block2=0/0/16"));
            d.receives(&format!("ACK m{round}b 2.05 t Observe={round} | whole"), "w 2.05 @0 notification | whole");
        }
    });
}

#[test]
fn an_error_while_fetching_the_rest_leaves_the_observation() {
    Setup::blocks(BlockSize::B16).run(|d| {
        d.request("w", WATCH);
        d.sends("CON m1 GET t1 Observe=0 Uri-Path=time Block2=0/0/16");
        d.receives("ACK m1 2.05 t1 Observe=10 Block2=0/1/16 | x*16", "w 2.05 @0 more notification | x*16");
        d.sends("CON m2 GET t2 Uri-Path=time Block2=1/0/16");
        d.receives("ACK m2 4.08 t2", "w 4.08 @0 notification");
        d.receives("NON s1 2.05 t1 Observe=11 | two", "w 2.05 @0 notification | two");
    });
}

#[test]
fn fetch_observes_with_its_body_and_a_source_is_refused() {
    Setup::default().run(|d| {
        let fetch = Request { observe: true, body: Body::Small(b"q"), ..Request::new(Code::FETCH, "time") };
        d.request("w", fetch);
        d.sends("CON m1 FETCH t1 Observe=0 Uri-Path=time | q");
        d.receives("ACK m1 2.05 t1 Observe=10 Max-Age=1 | one", "w 2.05 @0 notification | one");
        d.sleep();
        d.sends("CON m2 FETCH t1 Observe=0 Uri-Path=time | q");
        assert_eq!(d.try_request("v", Request { body: Body::Source(0), ..fetch }), Err(RequestError::Body));
    });
}
