//! Dialogues with an endpoint whose association ends in the middle of things, or whose peer falls silent.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod coap_dialogue;

use coap_dialogue::{Dialogue, Setup, alphabet};
use stint_coap::{BlockSize, Body, Code, Failure, Request};

const WATCH: Request<'static> = Request::observe("time");

/// Sends a message that goes unanswered to its end: five times.
fn unanswered(d: &mut Dialogue<'_>, message: &str) {
    for _ in 0..5 {
        d.sends(message);
        d.sleep();
    }
}

#[test]
fn an_observation_is_compared_with_what_the_association_before_notified() {
    Setup::default().run(|d| {
        d.request("w", WATCH);
        d.sends("CON m1 GET t1 Observe=0 Uri-Path=time");
        d.receives("ACK m1 2.05 t1 Observe=1000 | one", "w 2.05 @0 notification | one");
        d.coap.association_lost();
        d.sends("CON m2 GET t2 Observe=0 Uri-Path=time");
        d.ignores("ACK m2 Empty -");
        // A separate response of a server that counts from the start.
        d.receives("CON s1 2.05 t2 Observe=1 | two", "w 2.05 @0 notification | two");
        d.sends("ACK s1 Empty -");
        d.receives("NON s2 2.05 t2 Observe=2 | three", "w 2.05 @0 notification | three");
        d.ignores("NON s3 2.05 t1 Observe=1001 | of the old one");
    });
}

#[test]
fn an_observation_in_mid_notification_is_fetched_to_its_end_from_another_server() {
    Setup::blocks(BlockSize::B16).run(|d| {
        d.request("w", WATCH);
        d.sends("CON m1 GET t1 Observe=0 Uri-Path=time Block2=0/0/16");
        d.receives("ACK m1 2.05 t1 ETag=a Observe=10 Block2=0/1/16 | x*16", "w 2.05 @0 more notification | x*16");
        d.sends("CON m2 GET t2 Uri-Path=time Block2=1/0/16");
        d.coap.association_lost();
        d.sends("CON m3 GET t3 Observe=0 Uri-Path=time Block2=0/0/16");
        d.ignores("ACK m2 2.05 t2 ETag=a Block2=1/0/16 | late");
        d.receives("ACK m3 2.05 t3 Observe=1 | whole", "w 2.05 @0 notification | whole");
    });
}

#[test]
fn what_must_not_be_made_twice_is_made_twice_and_what_may_be_is_dropped() {
    let cases = [
        (Code::GET, true),
        (Code::PUT, true),
        (Code::DELETE, true),
        (Code::FETCH, true),
        (Code::IPATCH, true),
        (Code::POST, false),
        (Code::PATCH, false),
        (Code(31), false),
    ];
    for (code, again) in cases {
        for acknowledged in [false, true] {
            Setup::default().run(|d| {
                d.request("a", Request::new(code, "x"));
                let first = d.transmit().expect("the request");
                if acknowledged {
                    let ack = [0x60, 0, first[2], first[3]];
                    assert_eq!(d.hear_bytes(&ack), "nothing");
                }
                d.coap.association_lost();
                if again {
                    let second = d.transmit().expect("the request again");
                    assert_eq!(second[1], first[1]);
                    assert!(second[2..8] != first[2..8], "another Message ID and token");
                } else {
                    d.reports("a Interrupted");
                    d.silent();
                }
            });
        }
    }
}

#[test]
fn a_request_that_was_never_sent_is_given_up() {
    Setup::default().run(|d| {
        d.request("a", Request::new(Code::POST, "x"));
        d.coap.association_lost();
        d.coap.association_lost();
        d.sends("CON m1 POST t1 Uri-Path=x");
        d.receives("ACK m1 2.04 t1", "a 2.04 @0 last");
    });
}

#[test]
fn an_upload_goes_on_in_its_middle_with_a_server_that_lacks_the_front() {
    for (code, again) in [(Code::PUT, true), (Code::POST, false)] {
        Setup { body: 40, ..Setup::blocks(BlockSize::B16) }.run(|d| {
            d.request("a", Request { body: Body::Source(0), ..Request::new(code, "x") });
            let name = code.name().unwrap();
            d.sends(&format!("CON m1 {name} t1 Uri-Path=x Block1=0/1/16 | {}", alphabet(0, 16)));
            d.ignores("ACK m1 2.31 t1 Block1=0/1/16");
            // Here the next block is queued, and not yet sent.
            d.coap.association_lost();
            if again {
                d.sends(&format!("CON m2 {name} t2 Uri-Path=x Block1=0/1/16 | {}", alphabet(0, 16)));
            } else {
                d.reports("a Interrupted");
            }
        });
    }
}

#[test]
fn the_body_of_an_answer_is_fetched_to_its_end_from_another_server() {
    for (code, again) in [(Code::GET, true), (Code::POST, false)] {
        Setup::blocks(BlockSize::B16).run(|d| {
            d.request("a", Request::new(code, "x"));
            let first = d.transmit().unwrap();
            let token: String = first[4..8].iter().map(|b| format!("{b:02x}")).collect();
            let answer = [&[0x64, 0x45][..], &first[2..8], &[0xd1, 10, 0x08, 0xff], &[b'x'; 16]].concat();
            let heard = d.hear_bytes(&answer);
            assert!(heard.contains("@0 more"), "{token}: {heard}");
            d.coap.association_lost();
            if again {
                d.sends("CON m2 GET t2 Uri-Path=x Block2=0/0/16");
            } else {
                d.reports("a Interrupted");
            }
        });
    }
}

#[test]
fn a_cancelled_observation_has_no_outcome() {
    Setup::default().run(|d| {
        let watch = d.request("w", WATCH);
        d.sends("CON m1 GET t1 Observe=0 Uri-Path=time");
        d.receives("ACK m1 2.05 t1 Observe=10 | one", "w 2.05 @0 notification | one");
        d.coap.cancel(watch);
        d.sends("CON m2 GET t1 Observe=1 Uri-Path=time");
        d.coap.association_lost();
        assert!(!d.coap.renew(watch), "what is cancelled is not registered again");
        d.sends("CON m3 GET t1 Observe=1 Uri-Path=time");
        d.receives("ACK m3 2.05 t1 | two", "w 2.05 @0 last | two");
    });
}

#[test]
fn an_acknowledgement_of_the_old_association_is_sent_in_the_new_one() {
    Setup::default().run(|d| {
        d.request("w", WATCH);
        d.sends("CON m1 GET t1 Observe=0 Uri-Path=time");
        d.receives("ACK m1 2.05 t1 Observe=10 | one", "w 2.05 @0 notification | one");
        d.receives("CON s1 2.05 t1 Observe=11 | two", "w 2.05 @0 notification | two");
        d.coap.association_lost();
        d.sends("CON m2 GET t2 Observe=0 Uri-Path=time");
        d.receives("ACK m2 2.05 t2 Observe=1 | three", "w 2.05 @0 notification | three");
        // Nor is a Message ID of the new one taken for a copy of an old one.
        d.receives("CON s1 2.05 t2 Observe=2 | four", "w 2.05 @0 notification | four");
        d.sends("ACK s1 Empty -");
    });
}

#[test]
fn no_timer_runs_while_there_is_no_association() {
    Setup::default().run(|d| {
        d.request("a", Request::get("x"));
        d.sends("CON m1 GET t1 Uri-Path=x");
        d.coap.association_lost();
        d.after(100_000.0);
        assert_eq!(d.coap.overdue(d.now), None);
        assert!(d.coap.poll_outcome(d.now).is_none());
        d.sends("CON m2 GET t2 Uri-Path=x");
    });
}

#[test]
fn an_overdue_observation_is_renewed_and_an_overdue_request_is_not_told() {
    Setup::default().run(|d| {
        let watch = d.request("w", WATCH);
        d.sends("CON m1 GET t1 Observe=0 Uri-Path=time");
        d.receives("ACK m1 2.05 t1 Observe=10 Max-Age=1 | one", "w 2.05 @0 notification | one");
        d.sleep();
        unanswered(d, "CON m2 GET t1 Observe=0 Uri-Path=time");
        assert_eq!(d.coap.overdue(d.now), Some((watch, Failure::Timeout)));
        assert!(d.coap.renew(watch));
        assert_eq!(d.coap.overdue(d.now), None);
        d.sends("CON m3 GET t1 Observe=0 Uri-Path=time");
        d.receives("ACK m3 2.05 t1 Observe=11 Max-Age=600 | two", "w 2.05 @0 notification | two");
        let get = d.request("a", Request::get("x"));
        unanswered(d, "CON m4 GET t4 Uri-Path=x");
        assert_eq!(d.coap.overdue(d.now), Some((get, Failure::Timeout)));
        assert!(!d.coap.renew(get), "it is no observation");
        d.reports("a Timeout");
        assert!(!d.coap.renew(get), "and now it is nothing");
    });
}

#[test]
fn an_answer_that_was_promised_and_never_came_is_not_overdue() {
    Setup::default().run(|d| {
        let watch = d.request("w", WATCH);
        d.sends("CON m1 GET t1 Observe=0 Uri-Path=time");
        d.ignores("ACK m1 Empty -");
        d.after(248.0);
        assert_eq!(d.coap.overdue(d.now), Some((watch, Failure::NoResponse)));
        let once = Request { confirmable: false, ..Request::get("x") };
        assert!(d.coap.renew(watch));
        d.sends("CON m2 GET t1 Observe=0 Uri-Path=time");
        d.receives("ACK m2 2.05 t1 Observe=11 Max-Age=600 | two", "w 2.05 @0 notification | two");
        let non = d.request("n", once);
        d.sends("NON m3 GET t3 Uri-Path=x");
        d.after(144.0);
        assert_eq!(d.coap.overdue(d.now), None);
        // Nobody looked in between: both of its timers are over at once.
        d.after(2.0);
        assert_eq!(d.coap.overdue(d.now), Some((non, Failure::NoResponse)));
    });
}

#[test]
fn a_probe_finds_no_slot() {
    Setup { slots: 1, ..Setup::default() }.run(|d| {
        d.request("w", WATCH);
        assert_eq!(d.coap.probe(), None);
        d.sends("CON m1 GET t1 Observe=0 Uri-Path=time");
        assert_eq!(d.coap.probe(), None);
        d.silent();
        d.receives("ACK m1 2.05 t1 Observe=10 | one", "w 2.05 @0 notification | one");
        assert_eq!(d.coap.probe(), None);
        d.sends("CON m2 GET t1 Observe=0 Uri-Path=time");
    });
    Setup::default().run(|d| {
        assert!(d.coap.probe().is_some());
        d.sends("CON m1 Empty -");
    });
}
