//! CORE: what options of requests and responses do (RFC 7252 5.10).

use crate::check;
use crate::client::{Client, TEXT};
use crate::server::Server;
use stint_coap::{Body, Code, ContentFormat, Opt, OptionNumber, Request, Type};

/// A POST that creates: the options that say where.
fn create(server: &Server, path: &str, number: OptionNumber, expected: &[&str]) {
    let mut client = Client::of(server);
    let request = Request { body: Body::Small(b"new"), options: &[TEXT], ..Request::new(Code::POST, path) };
    assert_eq!(client.ask(&request).0, Code::CREATED);
    let exchange = client.exchange(0);
    check::request(&exchange, Type::Confirmable, Code::POST, path);
    check::response(&exchange, &[Code::CREATED]);
    assert_eq!(exchange.response.texts(number), expected);
}

pub(crate) fn c18(server: &Server) {
    create(server, "test", OptionNumber::LOCATION_PATH, &["location1", "location2", "location3"]);
}

pub(crate) fn c19(server: &Server) {
    create(server, "location-query", OptionNumber::LOCATION_QUERY, &["first=1", "second=2"]);
}

pub(crate) fn c20(server: &Server) {
    let mut client = Client::of(server);
    let formats = [(ContentFormat::TEXT, &[][..], &b"plain"[..]), (ContentFormat::XML, &[41], b"<x/>")];
    for (number, (format, value, text)) in formats.into_iter().enumerate() {
        let options = [Opt::new(OptionNumber::ACCEPT, value)];
        let (code, body) = client.ask(&Request { options: &options, ..Request::get("multi-format") });
        assert_eq!((code, body.as_slice()), (Code::CONTENT, text));
        let exchange = client.exchange(number);
        check::request(&exchange, Type::Confirmable, Code::GET, "multi-format");
        assert_eq!(exchange.request.uint(OptionNumber::ACCEPT), Some(format.0.into()));
        check::response(&exchange, &[Code::CONTENT]);
        check::format(server.kind, exchange.response, format);
    }
}

/// The ETag of the response number so and so.
fn tag(client: &Client, number: usize) -> Vec<u8> {
    client.exchange(number).response.values(OptionNumber::ETAG)[0].to_vec()
}

fn put<'r>(body: &'r [u8], options: &'r [Opt<'r>]) -> Request<'r> {
    Request { body: Body::Small(body), options, ..Request::new(Code::PUT, "validate") }
}

pub(crate) fn c21(server: &Server) {
    let mut client = Client::of(server);
    let (code, first) = client.ask(&Request::get("validate"));
    assert!(code == Code::CONTENT && !first.is_empty(), "{code}");
    let tag1 = tag(&client, 0);
    let options = [Opt::new(OptionNumber::ETAG, &tag1)];
    let again = Request { options: &options, ..Request::get("validate") };
    assert_eq!(client.ask(&again), (Code::VALID, vec![]));
    // another client changes it
    assert_eq!(Client::of(server).ask(&put(b"as it is now", &[TEXT])).0, Code::CHANGED);
    assert_eq!(client.ask(&again), (Code::CONTENT, b"as it is now".to_vec()));
    assert!(!client.exchange(0).request.has(OptionNumber::ETAG));
    for (number, code) in [(0, Code::CONTENT), (1, Code::VALID), (2, Code::CONTENT)] {
        let exchange = client.exchange(number);
        check::request(&exchange, Type::Confirmable, Code::GET, "validate");
        check::response(&exchange, &[code]);
        if number > 0 {
            assert_eq!(exchange.request.values(OptionNumber::ETAG), [&tag1]);
        }
    }
    assert_eq!(tag(&client, 1), tag1);
    assert_ne!(tag(&client, 2), tag1);
}

pub(crate) fn c22(server: &Server) {
    let mut client = Client::of(server);
    client.ask(&Request::get("validate"));
    let tag1 = tag(&client, 0);
    let matching = |tag| [TEXT, Opt::new(OptionNumber::IF_MATCH, tag)];
    assert_eq!(client.ask(&put(b"under the first tag", &matching(&tag1))).0, Code::CHANGED);
    assert_eq!(client.exchange(1).request.values(OptionNumber::IF_MATCH), [&tag1]);
    assert_eq!(client.ask(&Request::get("validate")).1, b"under the first tag");
    let tag2 = tag(&client, 2);
    assert_ne!(tag1, tag2);
    // another client is quicker
    assert_eq!(Client::of(server).ask(&put(b"from elsewhere", &[TEXT])).0, Code::CHANGED);
    assert_eq!(client.ask(&put(b"too late", &matching(&tag2))).0, Code::PRECONDITION_FAILED);
    check::response(&client.exchange(3), &[Code::PRECONDITION_FAILED]);
    assert_eq!(client.ask(&Request::get("validate")).1, b"from elsewhere");
}

pub(crate) fn c23(server: &Server) {
    let mut client = Client::of(server);
    let options = [TEXT, Opt::new(OptionNumber::IF_NONE_MATCH, &[])];
    let request = |body| Request { body: Body::Small(body), options: &options, ..Request::new(Code::PUT, "create1") };
    assert_eq!(client.ask(&request(b"the first")).0, Code::CREATED);
    assert_eq!(client.ask(&request(b"the second")).0, Code::PRECONDITION_FAILED);
    for (number, code) in [(0, Code::CREATED), (1, Code::PRECONDITION_FAILED)] {
        let exchange = client.exchange(number);
        check::request(&exchange, Type::Confirmable, Code::PUT, "create1");
        assert_eq!(exchange.request.values(OptionNumber::IF_NONE_MATCH), [b""]);
        check::response(&exchange, &[code]);
    }
    assert_eq!(client.ask(&Request::get("create1")).1, b"the first");
}
