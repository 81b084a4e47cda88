//! RFC 7967 section 4.1 (No-Response), RFC 8132 (FETCH, PATCH, iPATCH), RFC 8516 (4.29) and RFC 8768 (Hop-Limit), of which the last two print no figures.

use super::coap_dialogue::{Dialogue, Setup};
use stint_coap::{Body, Code, Config, ContentFormat, Opt, OptionNumber, Request};

/// Two updates, 20 s apart, that nobody answers (RFC 7967, figures 1 to 3). A message of 110 to 122 bytes each 20 s to a peer that does not answer is beyond
/// RFC 7252's PROBING_RATE of 1 byte/s (4.7): the network of the example knows that it can bear more.
fn updates(request: impl Fn(&mut Dialogue<'_, ()>, usize), sent: [&str; 2]) {
    let config = Config { probing_rate: 8, ..Config::DEFAULT };
    Setup { config, slots: 1, ..Setup::default() }.run_with((), |d| {
        for (round, sent) in sent.iter().enumerate() {
            request(d, round);
            d.sends(sent);
            d.after(20.0);
            // No response, and nothing is kept for one.
            assert_eq!(d.transmit(), None);
            d.reports(&format!("u{round} ended"));
        }
        d.silent();
        assert_eq!(d.coap.poll_timeout(), None);
    });
}

const STATUS: [&str; 2] = [
    "VehID=00&RouteID=DN47&Lat=22.5658745&Long=88.4107966667&Time=2013-01-13T11:24:31",
    "VehID=00&RouteID=DN47&Lat=22.5649015&Long=88.4103511667&Time=2013-01-13T11:24:51",
];

/// Nothing is wanted of classes 2, 4 and 5: 2 + 8 + 16.
const NO_RESPONSE: Opt<'static> = Opt::new(OptionNumber::NO_RESPONSE, &[26]);

fn fixed_target(code: Code) {
    let name = code.name().unwrap();
    let sent = [0, 1].map(|round| {
        format!(
            "NON 7d3{} {name} t5{} Uri-Path=vehicle-stat-00 Content-Format=0 No-Response=26 | {}",
            8 + round,
            3 + round,
            STATUS[round]
        )
    });
    updates(
        |d, round| {
            let request = Request {
                confirmable: false,
                options: &[Opt::new(OptionNumber::CONTENT_FORMAT, &[]), NO_RESPONSE],
                body: Body::Small(STATUS[round].as_bytes()),
                ..Request::new(code, "vehicle-stat-00")
            };
            d.request(&format!("u{round}"), request);
        },
        [&sent[0], &sent[1]],
    );
}

#[test]
fn rfc7967_figure_1_unreliable_put() {
    fixed_target(Code::PUT);
}

#[test]
fn rfc7967_figure_2_unreliable_post() {
    fixed_target(Code::POST);
}

#[test]
fn rfc7967_figure_3_post_through_a_query() {
    let sent = [0, 1].map(|round| {
        let query: String = STATUS[round].split('&').map(|part| format!(" Uri-Query={part}")).collect();
        format!("NON 7d3{} POST t5{} Uri-Path=updateOrInsertInfo{query} No-Response=26", 8 + round, 3 + round)
    });
    updates(
        |d, round| {
            let request = Request {
                confirmable: false,
                query: STATUS[round],
                options: &[NO_RESPONSE],
                ..Request::new(Code::POST, "updateOrInsertInfo")
            };
            d.request(&format!("u{round}"), request);
        },
        [&sent[0], &sent[1]],
    );
}

/// An example of RFC 8132: a request to `coap://www.example.com/object`, and what is returned.
fn object(
    code: Code,
    format: u16,
    accept: Option<ContentFormat>,
    body: &str,
    (answer, options, payload): (&str, &str, &str),
) {
    Setup::default().run(|d| {
        let host = Opt::new(OptionNumber::URI_HOST, b"www.example.com");
        let format_value = format.to_be_bytes();
        // A number is written in as few bytes as it takes (RFC 7252 3.2).
        let format_value = if format < 256 { &format_value[1..] } else { &format_value[..] };
        let accept_value = accept.map(|format| [format.0 as u8]);
        let mut all = vec![host, Opt::new(OptionNumber::CONTENT_FORMAT, format_value)];
        all.extend(accept_value.as_ref().map(|value| Opt::new(OptionNumber::ACCEPT, value)));
        d.request("a", Request { options: &all, body: Body::Small(body.as_bytes()), ..Request::new(code, "object") });
        let name = code.name().unwrap();
        let accept = accept.map_or(String::new(), |format| format!(" Accept={}", format.0));
        d.sends(&format!(
            "CON m {name} t Uri-Host=www.example.com Uri-Path=object Content-Format={format}{accept} | {body}"
        ));
        let payload = if payload.is_empty() { String::new() } else { format!(" | {payload}") };
        d.receives(&format!("ACK m {answer} t{options}{payload}"), &format!("a {answer} @0 last{payload}"));
        d.silent();
    });
}

#[test]
fn rfc8132_2_6_fetch() {
    // The number of application/example-map-keys+json, NNN, is one of those for experiments (RFC 7252 12.3).
    object(
        Code::FETCH,
        65_000,
        Some(ContentFormat::JSON),
        r#"["foo"]"#,
        ("2.05", " Content-Format=50", r#"{"foo": ["bar","baz"]}"#),
    );
}

#[test]
fn rfc8132_3_1_ipatch_with_json_patch() {
    object(Code::IPATCH, 51, None, r#"[{ "op":"replace", "path":"x-coord", "value":45}]"#, ("2.04", "", ""));
}

#[test]
fn rfc8132_3_1_ipatch_with_merge_patch() {
    object(Code::IPATCH, 52, None, r#"{ "x-coord":45}"#, ("2.04", "", ""));
}

#[test]
fn rfc8132_3_1_what_is_not_idempotent_is_refused_to_ipatch_and_done_by_patch() {
    let add = r#"[{ "op":"add","path":"foo/1","value":"bar"}]"#;
    object(Code::IPATCH, 51, None, add, ("4.00", "", "Patch format not idempotent"));
    object(Code::PATCH, 51, None, add, ("2.04", "", ""));
}

#[test]
fn rfc8516_3_too_many_requests() {
    Setup::default().run(|d| {
        d.request("a", Request::get("busy"));
        d.sends("CON m1 GET t1 Uri-Path=busy");
        // It is an answer like any other: when to come again stands in its Max-Age (section 4), and is up to the caller.
        d.receives("ACK m1 4.29 t1 Max-Age=40 | later", "a 4.29 @0 last | later");
        d.after(1_000.0);
        d.silent();
    });
}

#[test]
fn rfc8768_4_the_hop_limit_is_reached_behind_two_proxies() {
    Setup::default().run(|d| {
        // 16: the initial value that a proxy would give it (3).
        let options = &[Opt::new(OptionNumber::HOP_LIMIT, &[16]), Opt::new(OptionNumber::PROXY_SCHEME, b"coap")];
        d.request("a", Request { options, ..Request::get("far") });
        d.sends("CON m1 GET t1 Uri-Path=far Hop-Limit=16 Proxy-Scheme=coap");
        // The identifiers of both proxies, the nearer one first.
        let said = "p11.example.net myproxyalias";
        d.receives(&format!("ACK m1 5.08 t1 | {said}"), &format!("a 5.08 @0 last | {said}"));
        d.silent();
    });
}
