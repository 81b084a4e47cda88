//! RFC 7252, appendix A. Message IDs and tokens are those of the figures where the far end chooses them; ours stand for the figures' ones.

use super::coap_dialogue::{Dialogue, Setup};
use stint_coap::Request;

const GET: Request<'static> = Request::get("temperature");

#[test]
fn rfc7252_figure_16_confirmable_request_piggybacked_response() {
    Setup::default().run(|d| {
        d.request("a", GET);
        d.sends("CON 7d34 GET t Uri-Path=temperature");
        d.receives("ACK 7d34 2.05 t | 22.3 C", "a 2.05 @0 last | 22.3 C");
        d.silent();
    });
}

#[test]
fn rfc7252_figure_17_the_same_with_a_token() {
    Setup::default().run(|d| {
        d.request("a", GET);
        d.sends("CON 7d35 GET t20 Uri-Path=temperature");
        d.receives("ACK 7d35 2.05 t20 | 22.3 C", "a 2.05 @0 last | 22.3 C");
        d.silent();
    });
}

/// The wait before the first retransmission: ACK_TIMEOUT times a factor from 1 to ACK_RANDOM_FACTOR (4.2).
fn timeout<X: stint_coap::Profile>(d: &mut Dialogue<'_, X>) {
    let waited = d.sleep();
    assert!((2.0..=3.0).contains(&waited), "{waited}");
}

#[test]
fn rfc7252_figure_18_the_request_is_lost() {
    Setup::default().run(|d| {
        d.request("a", GET);
        d.sends("CON 7d36 GET t31 Uri-Path=temperature");
        timeout(d);
        d.sends("CON 7d36 GET t31 Uri-Path=temperature");
        d.receives("ACK 7d36 2.05 t31 | 22.3 C", "a 2.05 @0 last | 22.3 C");
        d.silent();
    });
}

#[test]
fn rfc7252_figure_19_the_response_is_lost() {
    Setup::default().run(|d| {
        d.request("a", GET);
        d.sends("CON 7d37 GET t42 Uri-Path=temperature");
        // The acknowledgement is on its way, and does not come.
        timeout(d);
        d.sends("CON 7d37 GET t42 Uri-Path=temperature");
        d.receives("ACK 7d37 2.05 t42 | 22.3 C", "a 2.05 @0 last | 22.3 C");
        d.silent();
    });
}

#[test]
fn rfc7252_figure_20_separate_response() {
    Setup::default().run(|d| {
        d.request("a", GET);
        d.sends("CON 7d38 GET t53 Uri-Path=temperature");
        d.ignores("ACK 7d38 Empty -");
        d.silent();
        d.receives("CON ad7b 2.05 t53 | 22.3 C", "a 2.05 @0 last | 22.3 C");
        d.sends("ACK ad7b Empty -");
        d.silent();
    });
    // "Do not necessarily arrive in the same order as they were sent".
    Setup::default().run(|d| {
        d.request("a", GET);
        d.sends("CON 7d38 GET t53 Uri-Path=temperature");
        d.receives("CON ad7b 2.05 t53 | 22.3 C", "a 2.05 @0 last | 22.3 C");
        d.sends("ACK ad7b Empty -");
        d.ignores("ACK 7d38 Empty -");
        d.silent();
    });
}

#[test]
fn rfc7252_figure_21_separate_response_unexpected() {
    let mut answers = Vec::new();
    Setup::default().run(|d| {
        d.request("a", GET);
        d.sends("CON 7d39 GET t64 Uri-Path=temperature");
        answers.push(d.bytes("ACK 7d39 Empty -"));
        answers.push(d.bytes("CON ad7c 2.05 t64 | 22.3 C"));
        // Crash.
    });
    Setup::default().run(|d| {
        assert_eq!(d.hear_bytes(&answers[0]), "nothing");
        d.silent();
        assert_eq!(d.stats().unmatched, 1, "the unexpected acknowledgement");
        assert_eq!(d.hear_bytes(&answers[1]), "nothing");
        let reset = d.transmit().expect("a Reset");
        assert_eq!(hex::encode(reset), "7000ad7c");
        d.silent();
    });
}

#[test]
fn rfc7252_figure_22_non_confirmable_request_and_response() {
    Setup::default().run(|d| {
        d.request("a", Request { confirmable: false, ..GET });
        d.sends("NON 7d40 GET t75 Uri-Path=temperature");
        d.receives("NON ad7d 2.05 t75 | 22.3 C", "a 2.05 @0 last | 22.3 C");
        d.silent();
    });
}

#[test]
fn rfc7252_figure_23_multicast() {
    Setup::default().run_with((), |d| {
        d.group("g", Request { confirmable: false, ..GET });
        d.sends("NON 7d41 GET t86 Uri-Path=temperature");
        d.receives("NON 60b1 2.05 t86 | 22.3 C", "g 2.05 @0 | 22.3 C");
        // B's response is lost: NON 01a0.
        d.receives("NON 952a 4.04 t86", "g 4.04 @0");
        d.silent();
    });
}
