//! What a profile has and what it leaves out, and the transmission parameters, on virtual time: RFC 7252 4.7, 4.8 and 8, RFC 7967, RFC 9175, and downloads that go on.

mod coap_dialogue;

use coap_dialogue::{Dialogue, Setup, alphabet};
use std::time::Duration;
use stint_coap::{
    BlockSize, Blockwise, Body, Code, Config, Observing, Opt, OptionNumber, Plain, Profile, Request, RequestError,
};

const GET: Request<'static> = Request::get("time");
const NON: Request<'static> = Request { confirmable: false, ..GET };
const UPLOAD: Request<'static> = Request { body: Body::Source(0), ..Request::new(Code::PUT, "big") };
const SILENT: &[Opt<'static>] = &[Opt::new(OptionNumber::NO_RESPONSE, &[26])];

fn whole(dialogue: impl FnOnce(&mut Dialogue<'_, ()>)) {
    Setup::default().run_with((), dialogue);
}

fn with(config: Config, dialogue: impl FnOnce(&mut Dialogue<'_, ()>)) {
    Setup { config, slots: 4, ..Setup::default() }.run_with((), dialogue);
}

fn refusals<X: Profile>(profile: X) -> [Option<RequestError>; 4] {
    let mut refused = [None; 4];
    Setup { slots: 8, ..Setup::default() }.run_with(profile, |d| {
        refused = [
            d.coap.request(&Request::observe("time")).err(),
            d.coap.request(&UPLOAD).err(),
            d.coap.resume(&GET, 64, &[]).err(),
            d.coap.request_group(&NON).err(),
        ];
    });
    refused
}

#[test]
fn what_a_profile_leaves_out_is_refused() {
    const NO: Option<RequestError> = Some(RequestError::Profile);
    assert_eq!(refusals(Plain), [NO; 4]);
    assert_eq!(refusals(Observing), [None, NO, NO, NO]);
    assert_eq!(refusals(Blockwise), [None, None, None, NO]);
    assert_eq!(refusals(()), [None; 4]);
}

#[test]
fn without_block_wise_transfer_a_response_in_blocks_is_rejected() {
    Setup::default().run_with(Observing, |d| {
        d.request("a", GET);
        d.sends("CON m1 GET t1 Uri-Path=time");
        d.receives("CON m2 2.05 t1 Block2=0/1/16 | x*16", "a BadOption");
        d.sends("RST m2 Empty -");
    });
}

#[test]
fn without_observing_a_notification_is_a_response() {
    Setup::default().run_with(Plain, |d| {
        d.request("a", GET);
        d.sends("CON m1 GET t1 Uri-Path=time");
        d.receives("ACK m1 2.05 t1 Observe=5 | noon", "a 2.05 @0 last | noon");
    });
}

#[test]
fn nstart_requests_are_outstanding_at_once_and_no_more() {
    with(Config { nstart: 2, ..Config::DEFAULT }, |d| {
        for name in ["a", "b", "c"] {
            d.request(name, GET);
        }
        d.sends("CON m1 GET t1 Uri-Path=time");
        d.sends("CON m2 GET t2 Uri-Path=time");
        d.silent();
        assert!(d.coap.poll_timeout().is_some_and(|due| due > d.now), "the third waits for an answer, not for a poll");
        d.receives("ACK m2 2.05 t2 | two", "b 2.05 @0 last | two");
        d.sends("CON m3 GET t3 Uri-Path=time");
        d.receives("ACK m1 2.05 t1 | one", "a 2.05 @0 last | one");
        d.receives("ACK m3 2.05 t3 | three", "c 2.05 @0 last | three");
    });
}

#[test]
fn an_answer_with_the_message_id_of_another_exchange_belongs_to_none() {
    with(Config { nstart: 2, ..Config::DEFAULT }, |d| {
        d.request("a", GET);
        d.request("b", GET);
        d.sends("CON m1 GET t1 Uri-Path=time");
        d.sends("CON m2 GET t2 Uri-Path=time");
        d.ignores("ACK m1 2.05 t2 | two");
        assert_eq!(d.stats().unmatched, 1);
    });
}

#[test]
fn the_random_factor_and_the_time_out_are_those_of_the_configuration() {
    let config = Config { ack_timeout: Duration::from_secs(1), ack_random_factor: 100, ..Config::DEFAULT };
    with(Config { max_retransmit: 1, ..config }, |d| {
        d.request("a", GET);
        d.sends("CON m1 GET t1 Uri-Path=time");
        assert_eq!(d.sleep(), 1.0);
        d.sends("CON m1 GET t1 Uri-Path=time");
        assert_eq!(d.sleep(), 2.0);
        d.reports("a Timeout");
    });
    let mut waits = vec![];
    with(Config { ack_random_factor: 200, ..Config::DEFAULT }, |d| {
        for _ in 0..200 {
            d.request("a", GET);
            d.transmit();
            waits.push(d.coap.poll_timeout().unwrap().saturating_sub(d.now).as_secs_f64());
            let handle = d.request("b", GET);
            d.coap.forget(handle);
            d.after(400.0);
            while d.coap.poll_outcome(d.now).is_none() {
                d.transmit();
                d.after(100.0);
            }
        }
    });
    assert!(waits.iter().all(|wait| (2.0..=4.0).contains(wait)), "{waits:?}");
    assert!(waits.iter().any(|wait| *wait < 2.3) && waits.iter().any(|wait| *wait > 3.7), "{waits:?}");
}

#[test]
fn the_response_time_out_ends_an_acknowledged_request_and_a_non_confirmable_one() {
    with(Config { response_timeout: Some(Duration::from_secs(20)), ..Config::DEFAULT }, |d| {
        d.request("a", GET);
        d.sends("CON m1 GET t1 Uri-Path=time");
        d.ignores("ACK m1 Empty -");
        assert_eq!(d.sleep(), 20.0);
        d.reports("a NoResponse");
        d.request("b", NON);
        d.sends("NON m2 GET t2 Uri-Path=time");
        d.sleep();
        assert_eq!(d.transmit(), None);
        d.sleep();
        d.reports("b NoResponse");
    });
}

#[test]
fn the_probing_rate_says_how_soon_another_request_follows_one_that_is_not_answered() {
    with(Config { probing_rate: 13, ..Config::DEFAULT }, |d| {
        d.request("a", NON);
        d.sends("NON m1 GET t1 Uri-Path=time");
        d.request("b", NON);
        d.silent();
        // 13 bytes went out.
        let wait = d.sleep();
        assert!((0.99..=1.01).contains(&wait), "{wait}");
        d.sends("NON m2 GET t2 Uri-Path=time");
    });
}

#[test]
fn a_request_that_wants_no_response_ends_when_it_was_sent_or_acknowledged() {
    whole(|d| {
        d.request("a", Request { options: SILENT, ..Request::new(Code::PUT, "led") });
        d.sends("CON m1 PUT t1 Uri-Path=led No-Response=26");
        d.ignores("ACK m1 Empty -");
        d.reports("a ended");
        d.request("b", Request { options: SILENT, confirmable: false, ..Request::new(Code::PUT, "led") });
        d.sends("NON m2 PUT t2 Uri-Path=led No-Response=26");
        d.sleep();
        assert_eq!(d.transmit(), None);
        d.reports("b ended");
    });
}

#[test]
fn a_server_that_does_not_know_no_response_is_heard_all_the_same() {
    whole(|d| {
        d.request("a", Request { options: SILENT, ..Request::new(Code::PUT, "led") });
        d.sends("CON m1 PUT t1 Uri-Path=led No-Response=26");
        d.receives("ACK m1 4.04 t1", "a 4.04 @0 last");
    });
}

#[test]
fn a_group_answers_as_often_as_it_likes_until_its_time_is_over() {
    whole(|d| {
        let handle = d.coap.request_group(&NON).unwrap();
        d.name_request("a", handle);
        d.sends("NON m1 GET t1 Uri-Path=time");
        d.receives("NON m2 2.05 t1 | one", "a 2.05 @0 | one");
        d.receives("NON m3 2.05 t1 | one", "a 2.05 @0 | one");
        d.receives("NON m4 2.05 t1 Block2=0/1/16 | x*16", "a 2.05 @0 more | x*16");
        d.silent();
        d.after(100.0);
        d.receives("NON m5 2.05 t1 | late", "a 2.05 @0 | late");
        d.after(46.0);
        assert_eq!(d.transmit(), None);
        d.reports("a ended");
        d.ignores("NON m6 2.05 t1 | too late");
    });
}

#[test]
fn a_request_to_a_group_is_not_confirmable_and_has_one_message() {
    whole(|d| {
        for request in [GET, Request { observe: true, ..NON }, Request { confirmable: false, ..UPLOAD }] {
            assert_eq!(d.coap.request_group(&request), Err(RequestError::Group));
        }
        // Nothing Confirmable comes to a group either (RFC 7252 8.1).
        let ping = d.bytes("CON m1 Empty -");
        assert!(d.coap.handle_group(d.now, &ping).is_none());
        d.silent();
    });
}

#[test]
fn an_echo_is_given_back_with_the_same_request_and_three_times_at_most() {
    whole(|d| {
        d.request("a", Request { body: Body::Small(b"on"), ..Request::new(Code::POST, "door") });
        d.sends("CON m1 POST t1 Uri-Path=door | on");
        d.ignores("ACK m1 4.01 t1 Echo=first");
        d.sends("CON m2 POST t2 Uri-Path=door Echo=first | on");
        d.ignores("ACK m2 4.01 t2 Echo=second!");
        d.sends("CON m3 POST t3 Uri-Path=door Echo=second! | on");
        d.ignores("ACK m3 4.01 t3 Echo=third");
        d.sends("CON m4 POST t4 Uri-Path=door Echo=third | on");
        d.receives("ACK m4 4.01 t4 Echo=fourth", "a 4.01 @0 last");
    });
}

#[test]
fn an_echo_for_which_there_is_no_room_is_the_callers() {
    Setup { store: 2 * 14, ..Setup::default() }.run_with((), |d| {
        d.request("a", Request::get("door"));
        d.sends("CON m1 GET t1 Uri-Path=door");
        d.receives("ACK m1 4.01 t1 Echo=tooooo_long", "a 4.01 @0 last");
        d.request("b", Request::get("door"));
        d.sends("CON m2 GET t2 Uri-Path=door");
        d.ignores("ACK m2 4.01 t2 Echo=fits_well");
        d.sends("CON m3 GET t3 Uri-Path=door Echo=fits_well");
    });
}

#[test]
fn an_echo_longer_than_40_bytes_or_empty_is_none() {
    for echo in ["", &"x".repeat(41)] {
        whole(|d| {
            d.request("a", GET);
            d.sends("CON m1 GET t1 Uri-Path=time");
            d.receives(&format!("ACK m1 4.01 t1 Echo={echo}"), "a 4.01 @0 last");
        });
    }
}

#[test]
fn each_upload_has_a_request_tag_of_its_own_and_a_small_body_has_none() {
    let config = Config { block_size: BlockSize::B16, ..Config::DEFAULT };
    Setup { config, body: 40, ..Setup::default() }.run_with((), |d| {
        d.request("a", UPLOAD);
        d.sends(&format!("CON m1 PUT t1 Uri-Path=big Block1=0/1/16 Request-Tag=t1 | {}", alphabet(0, 16)));
        d.ignores("ACK m1 2.31 t1 Block1=0/1/16");
        d.sends(&format!("CON m2 PUT t2 Uri-Path=big Block1=1/1/16 Request-Tag=t1 | {}", alphabet(16, 32)));
        // The server lost the blocks: what comes now is another body to it.
        d.ignores("ACK m2 4.08 t2");
        d.sends(&format!("CON m3 PUT t3 Uri-Path=big Block1=0/1/16 Request-Tag=t3 | {}", alphabet(0, 16)));
    });
    Setup { config, body: 10, ..Setup::default() }.run_with((), |d| {
        d.request("a", UPLOAD);
        d.sends(&format!("CON m1 PUT t1 Uri-Path=big | {}", alphabet(0, 10)));
    });
}

#[test]
fn a_download_goes_on_where_it_was_cut_off_if_the_etag_is_the_same() {
    Setup::blocks(BlockSize::B16).run_with((), |d| {
        let handle = d.coap.resume(&Request::get("big"), 39, b"v1").unwrap();
        d.name_request("a", handle);
        d.sends("CON m1 GET t1 Uri-Path=big Block2=2/0/16");
        d.receives("ACK m1 2.05 t1 ETag=v1 Block2=2/1/16 | x*16", "a 2.05 @32 more | x*16");
        d.sends("CON m2 GET t2 Uri-Path=big Block2=3/0/16");
        d.receives("ACK m2 2.05 t2 ETag=v1 Block2=3/0/16 | end", "a 2.05 @48 last | end");
    });
}

#[test]
fn a_download_whose_body_changed_meanwhile_comes_anew() {
    Setup::blocks(BlockSize::B16).run_with((), |d| {
        let handle = d.coap.resume(&Request::get("big"), 32, b"v1").unwrap();
        d.name_request("a", handle);
        d.sends("CON m1 GET t1 Uri-Path=big Block2=2/0/16");
        d.ignores("ACK m1 2.05 t1 ETag=v2 Block2=2/1/16 | x*16");
        d.sends("CON m2 GET t2 Uri-Path=big Block2=0/0/16");
        d.receives("ACK m2 2.05 t2 ETag=v2 Block2=0/1/16 | y*16", "a 2.05 @0 more | y*16");
    });
}

#[test]
fn only_reads_without_a_body_in_blocks_are_resumed() {
    whole(|d| {
        assert_eq!(d.coap.resume(&Request::new(Code::PUT, "big"), 64, b"v1"), Err(RequestError::Method));
        assert_eq!(d.coap.resume(&UPLOAD, 64, b"v1"), Err(RequestError::Body));
        assert_eq!(d.coap.resume(&Request::observe("big"), 64, b"v1"), Err(RequestError::Body));
    });
}

#[test]
fn a_lost_association_lets_a_download_with_an_etag_go_on_and_another_begin_anew() {
    for (etag, block) in [("ETag=v1 ", "2/0/16"), ("", "0/0/16")] {
        Setup::blocks(BlockSize::B16).run_with((), |d| {
            d.request("a", Request::get("big"));
            d.sends("CON m1 GET t1 Uri-Path=big Block2=0/0/16");
            d.receives(&format!("ACK m1 2.05 t1 {etag}Block2=0/1/16 | x*16"), "a 2.05 @0 more | x*16");
            d.sends("CON m2 GET t2 Uri-Path=big Block2=1/0/16");
            d.receives(&format!("ACK m2 2.05 t2 {etag}Block2=1/1/16 | x*16"), "a 2.05 @16 more | x*16");
            d.sends("CON m3 GET t3 Uri-Path=big Block2=2/0/16");
            d.coap.association_lost();
            d.sends(&format!("CON m4 GET t4 Uri-Path=big Block2={block}"));
        });
    }
}

#[test]
fn the_size_of_a_body_is_told_with_its_first_block_alone() {
    struct Sized;
    impl stint_coap::Source for Sized {
        fn read(&mut self, _key: u8, offset: u32, out: &mut [u8]) -> Option<(usize, bool)> {
            let left = 40usize.saturating_sub(offset as usize);
            let len = left.min(out.len());
            out.iter_mut().take(len).for_each(|byte| *byte = b'x');
            Some((len, left > len))
        }

        fn size(&mut self, _key: u8) -> Option<u32> {
            Some(40)
        }
    }
    Setup::blocks(BlockSize::B16).run_with((), |d| {
        d.request("a", UPLOAD);
        let mut out = [0; 64];
        let len = d.coap.poll_transmit(d.now, &mut Sized, &mut out).unwrap();
        let first = stint_coap::Message::parse(&out[..len]).unwrap();
        assert_eq!(first.option(OptionNumber::SIZE1).unwrap().uint(), Some(40));
        let answer = [&[0x64, 0x5f, out[2], out[3]][..], first.token, &[0xd1, 14, 8]].concat();
        assert!(d.coap.handle(d.now, &answer).is_none());
        let len = d.coap.poll_transmit(d.now, &mut Sized, &mut out).unwrap();
        let second = stint_coap::Message::parse(&out[..len]).unwrap();
        assert_eq!(second.option(OptionNumber::SIZE1), None);
        assert_eq!(second.payload, [b'x'; 16]);
    });
}

#[test]
fn a_body_that_is_shorter_than_where_it_was_cut_off_comes_anew() {
    for code in ["4.00", "4.02"] {
        Setup::blocks(BlockSize::B16).run_with((), |d| {
            let handle = d.coap.resume(&Request::get("big"), 32, b"v1").unwrap();
            d.name_request("a", handle);
            d.sends("CON m1 GET t1 Uri-Path=big Block2=2/0/16");
            d.ignores(&format!("ACK m1 {code} t1"));
            d.sends("CON m2 GET t2 Uri-Path=big Block2=0/0/16");
            d.receives("ACK m2 2.05 t2 ETag=v2 | short", "a 2.05 @0 last | short");
        });
    }
}

#[test]
fn another_error_in_mid_download_and_one_to_the_first_block_end_it() {
    Setup::blocks(BlockSize::B16).run_with((), |d| {
        let handle = d.coap.resume(&Request::get("big"), 32, b"v1").unwrap();
        d.name_request("a", handle);
        d.sends("CON m1 GET t1 Uri-Path=big Block2=2/0/16");
        d.receives("ACK m1 4.04 t1", "a 4.04 @0 last");
        d.request("b", Request::get("big"));
        d.sends("CON m2 GET t2 Uri-Path=big Block2=0/0/16");
        d.receives("ACK m2 4.00 t2", "b 4.00 @0 last");
    });
}
