//! LINK: discovery (RFC 6690).

use crate::check;
use crate::client::Client;
use crate::server::{Kind, Server};
use stint_coap::{Code, ContentFormat, OptionNumber, Request, Type, links};

/// Asks for the links that match, and gives their targets in the order of the text.
fn discover(client: &mut Client, server: &Server, query: &str) -> Vec<String> {
    let number = client.requests().len();
    let (code, body) = client.ask(&Request { query, ..Request::get(".well-known/core") });
    assert_eq!(code, Code::CONTENT);
    let exchange = client.exchange(number);
    check::request(&exchange, Type::Confirmable, Code::GET, ".well-known/core");
    let queries = exchange.request.texts(OptionNumber::URI_QUERY);
    assert_eq!(queries, if query.is_empty() { vec![] } else { vec![query] });
    check::format(server.kind, exchange.response, ContentFormat::LINK_FORMAT);
    let text = String::from_utf8(body).unwrap();
    let links: Result<Vec<_>, _> = links(&text).collect();
    links
        .unwrap_or_else(|rest| panic!("not links from {rest:?} on"))
        .iter()
        .map(|link| link.target.to_owned())
        .collect()
}

/// The links that match are all that have what is asked for, and no others.
fn filtered(server: &Server, [libcoap, query]: [&str; 2], [time, expected]: [&[&str]; 2]) {
    let mut client = Client::of(server);
    let (query, expected) = if server.kind == Kind::Libcoap { (libcoap, time) } else { (query, expected) };
    assert_eq!(discover(&mut client, server, query), expected);
}

/// libcoap's own resource with attributes; what the description calls Type1 is called `ticks` there, If1 `clock`.
const TIME: &[&str] = &["/time"];

pub(crate) fn l01(server: &Server) {
    let mut client = Client::of(server);
    let found = discover(&mut client, server, "");
    for path in ["/test", "/seg1/seg2/seg3", "/large"] {
        assert!(found.iter().any(|target| target == path), "{path} in {found:?}");
    }
}

pub(crate) fn l02(server: &Server) {
    filtered(server, ["rt=ticks", "rt=Type1"], [TIME, &["/link1", "/link3"]]);
}

pub(crate) fn l03(server: &Server) {
    filtered(server, ["rt=*", "rt=*"], [TIME, &["/link1", "/link2", "/link3", "/link4"]]);
}

pub(crate) fn l04(server: &Server) {
    filtered(server, ["", "rt=Type2"], [&[], &["/link1", "/link2"]]);
}

pub(crate) fn l05(server: &Server) {
    filtered(server, ["if=cl*", "if=If*"], [TIME, &["/link1", "/link2"]]);
}

pub(crate) fn l06(server: &Server) {
    filtered(server, ["", "sz=*"], [&[], &["/large"]]);
}

pub(crate) fn l07(server: &Server) {
    filtered(server, ["href=/time", "href=/link1"], [TIME, &["/link1"]]);
}

pub(crate) fn l08(server: &Server) {
    filtered(server, ["href=/ti*", "href=/link*"], [TIME, &["/link1", "/link2", "/link3", "/link4"]]);
}

/// From the entry to a description, from there to one of its resources.
pub(crate) fn l09(server: &Server) {
    let mut client = Client::of(server);
    let (_, body) = client.ask(&Request::get(".well-known/core"));
    let text = String::from_utf8(body).unwrap();
    let entry = links(&text).map(Result::unwrap).find(|link| link.target == "/path").unwrap();
    assert_eq!(entry.parameter("ct"), Some("40"));
    let number = client.requests().len();
    let (_, body) = client.ask(&Request::get(entry.target));
    let exchange = client.exchange(number);
    check::response(&exchange, &[Code::CONTENT]);
    check::format(server.kind, exchange.response, ContentFormat::LINK_FORMAT);
    let text = String::from_utf8(body).unwrap();
    let inner: Vec<&str> = links(&text).map(|link| link.unwrap().target).collect();
    assert_eq!(inner, ["/path/sub1", "/path/sub2"]);
    assert_eq!(client.ask(&Request::get(inner[0])), (Code::CONTENT, b"/path/sub1".to_vec()));
}
