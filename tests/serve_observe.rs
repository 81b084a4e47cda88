//! Observers of the device's resources, on virtual time (RFC 7641 4): who is told, how, how often, and when no more.

mod coap_dialogue;

use coap_dialogue::{Dialogue, Setup};
use stint_coap::{Answered, Code, Config, Incoming, Observer, Reply, Resource, Server};

#[derive(Default)]
struct Device {
    value: String,
    broken: bool,
}

type Served<'b> = Server<'b, Device>;

const TABLE: &[Resource<Device>] = &[
    Resource::new("value", value).observable(),
    Resource::new("sure", value).observable().confirmed(),
    Resource::new("deaf", value),
    Resource::new("3", rest).observable().subtree(),
];

fn value(device: &mut Device, _: &Incoming<'_>, reply: &mut Reply<'_>) {
    if device.broken {
        return reply.error(Code::NOT_FOUND, "");
    }
    reply.payload(device.value.as_bytes());
}

fn rest(device: &mut Device, incoming: &Incoming<'_>, reply: &mut Reply<'_>) {
    for part in incoming.rest().chain(incoming.query()) {
        reply.payload(b"/");
        reply.payload(part);
    }
    if let Some(format) = incoming.message.accept() {
        reply.content_format(format);
    }
    value(device, incoming, reply);
}

fn serving(config: Config, dialogue: impl FnOnce(&mut Dialogue<'_, Served<'_>>)) {
    let (mut answers, mut store) = ([Answered::EMPTY; 2], [0; 2 * 112]);
    let mut observers = [Observer::EMPTY; 2];
    let device = Device { value: "one".into(), ..Device::default() };
    let server = Server::new(device, TABLE, &mut answers, &mut store, &mut observers).confirm_every(2);
    Setup { config, ..Setup::default() }.run_with(server, dialogue);
}

/// After `value` was registered for.
fn watching(dialogue: impl FnOnce(&mut Dialogue<'_, Served<'_>>)) {
    serving(Config::DEFAULT, |d| {
        d.ignores("CON p1 GET 0x71000001 Observe=0 Uri-Path=value");
        d.sends("ACK p1 2.05 0x71000001 Observe=1 | one");
        d.silent();
        dialogue(d);
    });
}

/// After `sure`, whose notifications are Confirmable, was registered for.
fn sure(dialogue: impl FnOnce(&mut Dialogue<'_, Served<'_>>)) {
    serving(Config::DEFAULT, |d| {
        d.ignores("CON p1 GET 0x71000001 Observe=0 Uri-Path=sure");
        d.sends("ACK p1 2.05 0x71000001 Observe=1 | one");
        dialogue(d);
    });
}

fn set(d: &mut Dialogue<'_, Served<'_>>, value: &str) {
    let server = d.coap.profile_mut();
    server.context.value = value.into();
    server.changed("value");
    server.changed("sure");
}

#[test]
fn changes_are_told_with_rising_numbers_and_every_third_confirmably() {
    watching(|d| {
        set(d, "two");
        d.sends("NON m1 2.05 0x71000001 Observe=2 | two");
        d.silent();
        d.after(3.0);
        set(d, "three");
        d.sends("NON m2 2.05 0x71000001 Observe=3 | three");
        d.after(3.0);
        set(d, "four");
        d.sends("CON m3 2.05 0x71000001 Observe=4 | four");
        d.ignores("ACK m3 Empty -");
        d.silent();
        set(d, "five");
        d.sends("NON m4 2.05 0x71000001 Observe=5 | five");
        assert_eq!(d.stats().unmatched, 0);
    });
}

#[test]
fn changes_that_come_faster_than_every_3_seconds_are_told_as_one() {
    watching(|d| {
        set(d, "two");
        d.sends("NON m1 2.05 0x71000001 Observe=2 | two");
        for value in ["three", "four", "five"] {
            set(d, value);
            d.silent();
        }
        let slept = d.sleep();
        assert!((2.9..=3.1).contains(&slept), "{slept}");
        d.sends("NON m2 2.05 0x71000001 Observe=3 | five");
        d.silent();
    });
}

#[test]
fn an_observer_that_acknowledges_nothing_is_forgotten() {
    sure(|d| {
        set(d, "two");
        d.sends("CON m1 2.05 0x71000001 Observe=2 | two");
        let mut waits = Vec::new();
        for _ in 0..4 {
            waits.push(d.sleep());
            d.sends("CON m1 2.05 0x71000001 Observe=2 | two");
            d.silent();
        }
        assert!((2.0..=3.0).contains(&waits[0]), "{waits:?}");
        assert!(waits.windows(2).all(|pair| (pair[1] - 2.0 * pair[0]).abs() < 0.1), "{waits:?}");
        assert_eq!(d.coap.profile().observers(), 1);
        d.sleep();
        d.silent();
        assert_eq!((d.coap.profile().observers(), d.coap.poll_timeout()), (0, None));
        set(d, "three");
        d.silent();
    });
}

#[test]
fn a_newer_state_takes_the_place_of_one_that_is_not_acknowledged() {
    sure(|d| {
        set(d, "two");
        d.sends("CON m1 2.05 0x71000001 Observe=2 | two");
        set(d, "three");
        // Not before the attempt has timed out (RFC 7641 4.5.2).
        d.silent();
        let first = d.sleep();
        d.sends("CON m2 2.05 0x71000001 Observe=3 | three");
        // The timer goes on where it was: it doubles.
        let second = d.sleep();
        assert!((second - 2.0 * first).abs() < 0.1, "{first} {second}");
        d.sends("CON m2 2.05 0x71000001 Observe=3 | three");
        d.ignores("ACK m2 Empty -");
        d.silent();
        // Acknowledged in the meantime, the newer state goes at once.
        set(d, "four");
        d.sends("CON m3 2.05 0x71000001 Observe=4 | four");
        set(d, "five");
        d.ignores("ACK m3 Empty -");
        d.sends("CON m4 2.05 0x71000001 Observe=5 | five");
        d.ignores("ACK m4 Empty -");
        assert_eq!(d.coap.profile().observers(), 1);
    });
}

#[test]
fn an_observer_leaves_by_a_reset_by_observe_1_or_by_an_error() {
    watching(|d| {
        set(d, "two");
        d.sends("NON m1 2.05 0x71000001 Observe=2 | two");
        d.ignores("RST m1 Empty -");
        assert_eq!((d.coap.profile().observers(), d.stats().unmatched), (0, 0));
        set(d, "three");
        d.silent();
    });
    watching(|d| {
        d.ignores("CON p2 GET 0x71000001 Observe=1 Uri-Path=value");
        d.sends("ACK p2 2.05 0x71000001 | one");
        assert_eq!(d.coap.profile().observers(), 0);
    });
    watching(|d| {
        // Of another token it ends nothing.
        d.ignores("CON p2 GET 0x71000002 Observe=1 Uri-Path=value");
        d.sends("ACK p2 2.05 0x71000002 | one");
        assert_eq!(d.coap.profile().observers(), 1);
        d.coap.profile_mut().context.broken = true;
        set(d, "gone");
        d.sends("NON m1 4.04 0x71000001");
        assert_eq!(d.coap.profile().observers(), 0);
        d.silent();
    });
}

#[test]
fn who_finds_no_room_is_answered_once_and_who_comes_again_keeps_his_place() {
    watching(|d| {
        d.ignores("CON p2 GET 0x71000001 Observe=0 Uri-Path=value");
        d.sends("ACK p2 2.05 0x71000001 Observe=2 | one");
        assert_eq!(d.coap.profile().observers(), 1);
        d.ignores("NON p3 GET 0x71000003 Observe=0 Uri-Path=sure");
        d.sends("NON m3 2.05 0x71000003 Observe=3 | one");
        d.ignores("CON p4 GET 0x71000004 Observe=0 Uri-Path=value");
        d.sends("ACK p4 2.05 0x71000004 | one");
        assert_eq!(d.coap.profile().observers(), 2);
        // A Reset of the registration's own response ends it.
        d.ignores("RST m3 Empty -");
        assert_eq!(d.coap.profile().observers(), 1);
        for request in ["GET 0x71000005 Observe=0 Uri-Path=deaf", "GET 0x71000005 Observe=2 Uri-Path=value"] {
            d.ignores(&format!("CON p5{} {request}", request.len()));
            let id = format!("p5{}", request.len());
            d.sends(&format!("ACK {id} 2.05 0x71000005 | one"));
        }
        assert_eq!(d.coap.profile().observers(), 1);
        d.coap.profile_mut().context.broken = true;
        d.ignores("CON p6 GET 0x71000006 Observe=0 Uri-Path=value");
        d.sends("ACK p6 4.04 0x71000006");
        assert_eq!(d.coap.profile().observers(), 1);
    });
}

#[test]
fn a_token_too_long_to_be_kept_makes_an_observer_of_another_token() {
    watching(|d| {
        for (len, observers) in [(17, 1), (16, 1), (15, 2)] {
            // RFC 8974: 13 bytes and more have their length in a byte of its own. Observe=0 Uri-Path=value
            let head = [0x5d, 0x01, 0x70, len, len - 13];
            let request = [&head[..], &vec![7; len.into()], &[0x60], b"\x55value"].concat();
            let _ = d.coap.handle(d.now, &request);
            let mut out = [0; 64];
            let len = d.coap.poll_transmit(d.now, &mut (), &mut out).unwrap();
            let answer = stint_coap::Message::parse(&out[..len]).unwrap();
            assert_eq!((answer.token.len(), answer.payload), (usize::from(head[3]), &b"one"[..]));
            assert_eq!(d.coap.profile().observers(), observers);
        }
    });
}

#[test]
fn in_a_subtree_who_observes_above_or_below_is_told_with_what_he_asked_for() {
    serving(Config::DEFAULT, |d| {
        d.ignores("CON p1 GET 0x71000001 Observe=0 Uri-Path=3 Uri-Path=0");
        d.sends("ACK p1 2.05 0x71000001 Observe=1 | /0one");
        d.ignores("CON p2 GET 0x71000002 Observe=0 Uri-Path=3 Uri-Path=0 Uri-Path=9 Uri-Query=a Accept=112");
        d.sends("ACK p2 2.05 0x71000002 Observe=2 Content-Format=112 | /0/9/aone");
        let changed = |d: &mut Dialogue<'_, Served<'_>>, path: &str| d.coap.profile_mut().changed(path);
        for path in ["value", "3/1", "3/0x", "33", "3/1/9"] {
            changed(d, path);
            d.silent();
        }
        changed(d, "3/0/8");
        d.sends("NON m1 2.05 0x71000001 Observe=3 | /0one");
        d.silent();
        d.after(3.0);
        changed(d, "/3/0/9");
        d.sends("NON m2 2.05 0x71000002 Observe=4 Content-Format=112 | /0/9/aone");
        d.sends("NON m3 2.05 0x71000001 Observe=5 | /0one");
        d.silent();
        d.after(3.0);
        changed(d, "3");
        d.sends("NON m4 2.05 0x71000002 Observe=6 Content-Format=112 | /0/9/aone");
        d.sends("CON m5 2.05 0x71000001 Observe=7 | /0one");
        d.ignores("ACK m5 Empty -");
        // A path that does not fit in the memory of an observer is answered once.
        d.coap.profile_mut().changed("3");
        d.ignores("CON p6 GET 0x71000006 Observe=0 Uri-Path=3 Uri-Path=abcdefghijkl");
        d.sends("ACK p6 2.05 0x71000006 | /abcdefghijklone");
    });
}

#[test]
fn no_more_than_nstart_notifications_wait_to_be_acknowledged() {
    sure(|d| {
        d.ignores("CON p2 GET 0x71000002 Observe=0 Uri-Path=sure");
        d.sends("ACK p2 2.05 0x71000002 Observe=2 | one");
        set(d, "two");
        d.sends("CON m1 2.05 0x71000002 Observe=3 | two");
        d.silent();
        // The one that waits for its turn is told the newest state, and the other one is not told twice before it.
        set(d, "three");
        d.ignores("ACK m1 Empty -");
        d.sends("CON m2 2.05 0x71000001 Observe=4 | three");
        d.silent();
        d.ignores("ACK m2 Empty -");
        d.sends("CON m3 2.05 0x71000002 Observe=5 | three");
        d.ignores("ACK m3 Empty -");
        d.silent();
    });
}

#[test]
fn once_a_day_an_observer_has_to_show_that_it_is_there() {
    watching(|d| {
        let slept = d.sleep();
        assert!((86_400.0 - slept).abs() < 17.0, "{slept}");
        d.sends("CON m1 2.05 0x71000001 Observe=2 | one");
        d.ignores("ACK m1 Empty -");
        d.silent();
        let slept = d.sleep();
        assert!((86_400.0 - slept).abs() < 17.0, "{slept}");
        d.sends("CON m2 2.05 0x71000001 Observe=3 | one");
    });
}

#[test]
fn a_long_notification_is_its_first_block() {
    serving(Config { block_size: stint_coap::BlockSize::B16, ..Config::DEFAULT }, |d| {
        d.ignores("CON p1 GET 0x71000001 Observe=0 Uri-Path=value");
        d.sends("ACK p1 2.05 0x71000001 Observe=1 | one");
        set(d, &"x".repeat(40));
        d.sends("NON m1 2.05 0x71000001 Observe=2 Block2=0/1/16 | x*16");
        d.ignores("CON p2 GET 0x71000002 Uri-Path=value Block2=1/0/16");
        d.sends("ACK p2 2.05 0x71000002 Block2=1/1/16 | x*16");
        d.ignores("CON p3 GET 0x71000003 Uri-Path=value Block2=2/0/16");
        d.sends("ACK p3 2.05 0x71000003 Block2=2/0/16 | x*8");
    });
}

#[test]
fn with_the_association_all_observers_are_gone() {
    watching(|d| {
        set(d, "two");
        d.coap.association_lost();
        assert_eq!((d.coap.profile().observers(), d.coap.poll_timeout()), (0, None));
        d.silent();
    });
}
