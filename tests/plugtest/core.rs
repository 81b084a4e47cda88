//! CORE: methods, tokens, separate responses, loss (RFC 7252).

use crate::check;
use crate::client::{Client, TEXT, What};
use crate::record::Way;
use crate::server::{Kind, Server};
use std::time::Duration;
use stint_coap::{Body, Code, ContentFormat, Message, OptionNumber, Request, Type, Writer};

const CONTENT: &[Code] = &[Code::CONTENT];
const DELETED: &[Code] = &[Code::DELETED];
const WRITTEN: &[Code] = &[Code::CHANGED, Code::CREATED];

fn kind(confirmable: bool) -> Type {
    if confirmable { Type::Confirmable } else { Type::NonConfirmable }
}

/// 01, 05, 10: a GET whose response comes at once.
fn get(server: &Server, confirmable: bool) {
    let mut client = Client::of(server);
    let (code, body) = client.ask(&Request { confirmable, ..Request::get("test") });
    assert!(code == Code::CONTENT && !body.is_empty(), "{code}");
    let exchange = client.exchange(0);
    check::request(&exchange, kind(confirmable), Code::GET, "test");
    check::response(&exchange, CONTENT);
    check::format(server.kind, exchange.response, ContentFormat::TEXT);
    check::quiet(&client);
}

/// 02, 06
fn delete(server: &Server, confirmable: bool) {
    let mut client = Client::of(server);
    let request = Request { confirmable, ..Request::new(Code::DELETE, "test") };
    assert_eq!(client.ask(&request).0, Code::DELETED);
    let exchange = client.exchange(0);
    check::request(&exchange, kind(confirmable), Code::DELETE, "test");
    check::response(&exchange, DELETED);
    server.displays("DELETE /test");
    if server.kind == Kind::Libcoap {
        assert_eq!(client.ask(&Request::get("test")).0, Code::NOT_FOUND);
    }
    check::quiet(&client);
}

/// 03, 04, 07, 08: a PUT or a POST, which the server displays.
fn write(server: &Server, method: Code, confirmable: bool) {
    let mut client = Client::of(server);
    let text = format!("written by {method} {confirmable}");
    let request =
        Request { confirmable, body: Body::Small(text.as_bytes()), options: &[TEXT], ..Request::new(method, "test") };
    let (code, _) = client.ask(&request);
    assert!(WRITTEN.contains(&code), "{code}");
    let exchange = client.exchange(0);
    check::request(&exchange, kind(confirmable), method, "test");
    assert_eq!(exchange.request.uint(OptionNumber::CONTENT_FORMAT), Some(0));
    check::response(&exchange, WRITTEN);
    server.displays(&format!("/test {text}"));
    if server.kind == Kind::Libcoap {
        assert_eq!(client.ask(&Request::get("test")).1, text.as_bytes());
    }
    check::quiet(&client);
}

pub(crate) fn c01(server: &Server) {
    get(server, true);
}

pub(crate) fn c02(server: &Server) {
    delete(server, true);
}

pub(crate) fn c03(server: &Server) {
    write(server, Code::PUT, true);
}

pub(crate) fn c04(server: &Server) {
    write(server, Code::POST, true);
}

pub(crate) fn c05(server: &Server) {
    get(server, false);
}

pub(crate) fn c06(server: &Server) {
    delete(server, false);
}

pub(crate) fn c07(server: &Server) {
    write(server, Code::PUT, false);
}

pub(crate) fn c08(server: &Server) {
    write(server, Code::POST, false);
}

pub(crate) fn c09(server: &Server) {
    let mut client = Client::of(server);
    let request = server.separate();
    let (code, body) = client.ask(&request);
    assert!(code == Code::CONTENT && !body.is_empty(), "{code}");
    client.work(Duration::from_millis(50));
    let exchange = client.exchange(0);
    check::request(&exchange, Type::Confirmable, Code::GET, request.path);
    check::separate(&exchange, Code::CONTENT);
    check::format(server.kind, exchange.response, ContentFormat::TEXT);
    check::quiet(&client);
}

/// The token of 01 is looked at again with a second request: it is another one (RFC 9175 4.2).
pub(crate) fn c10(server: &Server) {
    let mut client = Client::of(server);
    for number in 0..2 {
        client.ask(&Request::get("test"));
        let exchange = client.exchange(number);
        check::request(&exchange, Type::Confirmable, Code::GET, "test");
        check::response(&exchange, CONTENT);
        assert_eq!(exchange.request.token.len(), 4);
    }
    let requests = client.requests();
    assert!(requests[0].token != requests[1].token && requests[0].id != requests[1].id);
}

/// As 09, and a request to another resource meanwhile: the tokens tell the responses apart.
pub(crate) fn c11(server: &Server) {
    let mut client = Client::of(server);
    let slow = client.request(&server.separate());
    let quick = client.request(&Request::get("test"));
    let first = client.next();
    assert!(first.handle == quick && first.what == What::Response(Code::CONTENT), "{first:?}");
    let (code, body, last) = client.whole(slow);
    assert!(code == Code::CONTENT && !body.is_empty() && last);
    client.work(Duration::from_millis(50));
    let exchange = client.exchange(0);
    check::request(&exchange, Type::Confirmable, Code::GET, server.separate().path);
    check::separate(&exchange, Code::CONTENT);
    check::response(&client.exchange(1), CONTENT);
}

/// The endpoint never sends an empty token: a client that uses tokens one after the other must not come back to one (RFC 9175 4.2), and several
/// requests may be open (RFC 7252 5.3.1). The codec can: the request is written with it, and the answer read.
pub(crate) fn c12(server: &Server) {
    let mut bytes = [0; 64];
    let mut writer = Writer::new(&mut bytes, Type::Confirmable, Code::GET, 0x1234, &[]);
    writer.option(OptionNumber::URI_PATH, b"test");
    let len = writer.finish().unwrap();
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(server.address()).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    socket.send(&bytes[..len]).unwrap();
    let mut buffer = [0; 1280];
    let len = socket.recv(&mut buffer).unwrap();
    let message = Message::parse(&buffer[..len]).unwrap();
    assert_eq!((message.kind, message.code, message.id), (Type::Acknowledgement, Code::CONTENT, 0x1234));
    assert!(message.token.is_empty() && !message.payload.is_empty());
}

pub(crate) fn c13(server: &Server) {
    let mut client = Client::of(server);
    let (code, body) = client.ask(&Request::get("seg1/seg2/seg3"));
    assert!(code == Code::CONTENT && !body.is_empty(), "{code}");
    let exchange = client.exchange(0);
    check::request(&exchange, Type::Confirmable, Code::GET, "seg1/seg2/seg3");
    check::response(&exchange, CONTENT);
    check::format(server.kind, exchange.response, ContentFormat::TEXT);
}

pub(crate) fn c14(server: &Server) {
    let mut client = Client::of(server);
    let (code, body) = client.ask(&Request { query: "first=1&second=2&third=3", ..Request::get("query") });
    assert!(code == Code::CONTENT && !body.is_empty(), "{code}");
    if server.kind != Kind::Libcoap {
        // the server says what it was asked
        let text = String::from_utf8(body).unwrap().replace('&', " ");
        assert_eq!(text, "first=1 second=2 third=3");
    }
    let exchange = client.exchange(0);
    check::request(&exchange, Type::Confirmable, Code::GET, "query");
    assert_eq!(exchange.request.texts(OptionNumber::URI_QUERY), ["first=1", "second=2", "third=3"]);
    check::response(&exchange, CONTENT);
}

/// First the request is lost, then, of another exchange, the response.
pub(crate) fn c15(server: &Server) {
    let mut client = Client::of(server);
    for (number, way) in [Way::Sent, Way::Received].into_iter().enumerate() {
        let mut lost = false;
        client.lose(move |seen| seen.way == way && !std::mem::replace(&mut lost, true));
        assert_eq!(client.ask(&Request::get("test")).0, Code::CONTENT);
        let exchange = client.exchange(number);
        check::request(&exchange, Type::Confirmable, Code::GET, "test");
        check::response(&exchange, CONTENT);
        let id = exchange.request.id;
        let copies: Vec<_> = client.seen().iter().filter(|seen| seen.way == Way::Sent && seen.id == id).collect();
        assert_eq!(copies.len(), 2, "one retransmission");
        assert_eq!(copies[0].token, copies[1].token);
        // ACK_TIMEOUT and ACK_RANDOM_FACTOR (RFC 7252 4.8)
        let wait = copies[1].at - copies[0].at;
        assert!(wait >= Duration::from_millis(1990) && wait < Duration::from_secs(4), "{wait:?}");
    }
}

/// What is lost of an exchange with a separate response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lost {
    Request,
    Acknowledgement,
    Response,
    ItsAcknowledgement,
}

/// Each of the four is lost once, in exchanges of their own, which run side by side.
pub(crate) fn c16(server: &Server) {
    let lost = [Lost::Request, Lost::Acknowledgement, Lost::Response, Lost::ItsAcknowledgement];
    std::thread::scope(|scope| {
        let threads: Vec<_> = lost.iter().map(|lost| scope.spawn(|| lossy(server, *lost))).collect();
        for (thread, lost) in threads.into_iter().zip(lost) {
            assert!(thread.join().is_ok(), "{lost:?}");
        }
    });
}

fn lossy(server: &Server, lost: Lost) {
    let mut client = Client::of(server);
    let mut done = false;
    client.lose(move |seen| {
        let it = match lost {
            Lost::Request => seen.code.is_request(),
            Lost::Acknowledgement => seen.way == Way::Received && seen.code == Code::EMPTY,
            Lost::Response => seen.code.is_response(),
            Lost::ItsAcknowledgement => seen.way == Way::Sent && seen.code == Code::EMPTY,
        };
        it && !std::mem::replace(&mut done, true)
    });
    let request = server.separate();
    assert_eq!(client.ask(&request).0, Code::CONTENT);
    // the server's own retransmission, or ours, would come by now
    client.work(Duration::from_millis(3500));
    let exchange = client.exchange(0);
    check::request(&exchange, Type::Confirmable, Code::GET, request.path);
    let response = exchange.response;
    assert_eq!((response.kind, response.code), (Type::Confirmable, Code::CONTENT), "{response}");
    let count = |way, id| client.seen().iter().filter(|seen| seen.way == way && seen.id == id).count();
    // The response stops our retransmission, where it comes before it (RFC 7252 5.2.2).
    assert_eq!(count(Way::Sent, exchange.request.id), if lost == Lost::Request { 2 } else { 1 });
    let again = usize::from(matches!(lost, Lost::Response | Lost::ItsAcknowledgement));
    assert!(count(Way::Received, response.id) > again, "the server's retransmission");
    // Each copy that arrives is acknowledged (RFC 7252 4.5), and only the first is told of.
    let arrived = client.seen().iter().filter(|seen| seen.way == Way::Received && !seen.lost && seen.id == response.id);
    assert_eq!(count(Way::Sent, response.id), arrived.count());
    assert!(client.unread().is_empty());
}

pub(crate) fn c17(server: &Server) {
    let mut client = Client::of(server);
    let request = Request { confirmable: false, ..server.separate() };
    let (code, body) = client.ask(&request);
    assert!(code == Code::CONTENT && !body.is_empty(), "{code}");
    let exchange = client.exchange(0);
    check::request(&exchange, Type::NonConfirmable, Code::GET, request.path);
    check::response(&exchange, CONTENT);
    check::format(server.kind, exchange.response, ContentFormat::TEXT);
    check::quiet(&client);
}

pub(crate) fn c31(server: &Server) {
    let mut client = Client::of(server);
    client.ping();
    assert_eq!(client.next().what, What::Pong);
    let (reset, pings) = client.seen().split_last().unwrap();
    assert!(pings.iter().all(|ping| ping.way == Way::Sent && ping.is_empty(Type::Confirmable, reset.id)));
    assert!(reset.way == Way::Received && reset.is_empty(Type::Reset, reset.id), "{reset}");
    // The first message that libcoap 4.3.1 has from somebody, if it is a ping, it now and then drops for its code; a copy it answers.
    assert!(pings.len() == 1 || server.kind == Kind::Libcoap, "{} pings", pings.len());
}
