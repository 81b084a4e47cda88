//! BLOCK: representations in blocks, both ways (RFC 7959).

use crate::check;
use crate::client::{Client, Exchange, Pattern, TEXT};
use crate::server::{Kind, LARGE, Server};
use stint_coap::{BlockSize, Body, Code, OptionNumber, Request, Type};

const BLOCK1: OptionNumber = OptionNumber::BLOCK1;
const BLOCK2: OptionNumber = OptionNumber::BLOCK2;

/// The blocks of a response: each is asked for by its number, in order, with M 0; each is full but the last, which alone has M 0 (RFC 7959 2.3, 2.4).
/// The first exchange is the one in which the response began; its request has no Block2 option if `late`.
fn download(exchanges: &[Exchange<'_>], exponent: u32, late: bool, code: Code, len: usize) {
    let size = 16 << exponent;
    let last = (len - 1) / size;
    assert_eq!(exchanges.len(), last + 1);
    for (number, exchange) in exchanges.iter().enumerate() {
        let num = u32::try_from(number).unwrap();
        let asked = exchange.request.block(BLOCK2);
        assert_eq!(
            asked,
            if late && number == 0 { None } else { Some((num, false, exponent)) },
            "{}",
            exchange.request
        );
        check::response(exchange, &[code]);
        let more = number < last;
        assert_eq!(exchange.response.block(BLOCK2), Some((num, more, exponent)), "{}", exchange.response);
        assert_eq!(exchange.response.payload.len(), if more { size } else { len - last * size });
    }
}

fn get(server: &Server, block_size: BlockSize, exponent: u32) {
    let mut client = Client::with(server, block_size, 0);
    let (code, body) = client.ask(&Request::get("large"));
    assert_eq!(code, Code::CONTENT);
    assert!(body == Pattern(LARGE).bytes(), "{} bytes, not those that are there", body.len());
    let exchanges = client.exchanges();
    exchanges.iter().for_each(|exchange| check::request(exchange, Type::Confirmable, Code::GET, "large"));
    // Without a size of our own below the largest nothing is said of it in the first request: late negotiation (RFC 7959 2.4).
    download(&exchanges, exponent, exponent == 6, Code::CONTENT, LARGE);
    check::quiet(&client);
}

/// Early negotiation.
pub(crate) fn b01(server: &Server) {
    get(server, BlockSize::B512, 5);
}

/// Late negotiation.
pub(crate) fn b02(server: &Server) {
    get(server, BlockSize::B1024, 6);
}

/// Early negotiation with the smallest blocks.
pub(crate) fn b06(server: &Server) {
    get(server, BlockSize::B16, 0);
}

/// The blocks of a request: in order, each full but the last, which alone has M 0; each but the last is answered by 2.31, with M 1 for it is taken as a
/// whole in the end (RFC 7959 2.3, 2.5). The options of the request are in each.
fn upload(server: &Server, exchanges: &[Exchange<'_>], exponent: u32, method: Code, path: &str, codes: &[Code]) {
    let size = 16 << exponent;
    let last = (LARGE - 1) / size;
    assert_eq!(exchanges.len(), last + 1);
    let mut body: Vec<u8> = Vec::new();
    for (number, exchange) in exchanges.iter().enumerate() {
        let (num, more) = (u32::try_from(number).unwrap(), number < last);
        check::request(exchange, Type::Confirmable, method, path);
        assert_eq!(exchange.request.uint(OptionNumber::CONTENT_FORMAT), Some(0));
        assert_eq!(exchange.request.block(BLOCK1), Some((num, more, exponent)), "{}", exchange.request);
        assert!(!more || exchange.request.payload.len() == size);
        body.extend(&exchange.request.payload);
        check::response(exchange, if more { &[Code::CONTINUE] } else { codes });
        let block = exchange.response.block(BLOCK1);
        // libcoap leaves the option out of its final response
        let silent = server.kind == Kind::Libcoap && !more && block.is_none();
        assert!(silent || block == Some((num, more, exponent)), "{}", exchange.response);
    }
    assert!(body == Pattern(LARGE).bytes());
}

pub(crate) fn b03(server: &Server) {
    let mut client = Client::with(server, BlockSize::B256, LARGE);
    let put = Request { body: Body::Source(0), options: &[TEXT], ..Request::new(Code::PUT, "large-update") };
    let codes = [Code::CHANGED, Code::CREATED];
    assert!(codes.contains(&client.ask(&put).0));
    upload(server, &client.exchanges(), 4, Code::PUT, "large-update", &codes);
    server.displays("PUT /large-update 2900");
    let (code, body) = client.ask(&Request::get("large-update"));
    assert!(code == Code::CONTENT && body == Pattern(LARGE).bytes(), "{code}");
    check::quiet(&client);
}

/// What is created is looked at where the response says that it is.
pub(crate) fn b04(server: &Server) {
    let mut client = Client::with(server, BlockSize::B512, LARGE);
    let post = Request { body: Body::Source(0), options: &[TEXT], ..Request::new(Code::POST, "large-create") };
    assert_eq!(client.ask(&post).0, Code::CREATED);
    let exchanges = client.exchanges();
    upload(server, &exchanges, 5, Code::POST, "large-create", &[Code::CREATED]);
    let location = exchanges.last().unwrap().response.texts(OptionNumber::LOCATION_PATH).join("/");
    // libcoap creates the very path that is posted to
    let expected = if server.kind == Kind::Libcoap { "large-create" } else { "large-create/1" };
    assert_eq!(location, expected);
    let (code, body) = client.ask(&Request::get(expected));
    assert!(code == Code::CONTENT && body == Pattern(LARGE).bytes(), "{code}");
    check::quiet(&client);
}

/// Up in blocks, and what comes back in blocks too. The rest of the response is fetched with POSTs that have neither Block1 nor payload (RFC 7959 3.3).
pub(crate) fn b05(server: &Server) {
    let mut client = Client::with(server, BlockSize::B512, LARGE);
    let post = Request { body: Body::Source(0), options: &[TEXT], ..Request::new(Code::POST, "large-post") };
    let (code, body) = client.ask(&post);
    assert_eq!(code, Code::CHANGED);
    assert!(body.iter().rev().eq(&Pattern(LARGE).bytes()), "what came back is not what went, turned round");
    let exchanges = client.exchanges();
    let last = exchanges.iter().position(|exchange| exchange.response.code != Code::CONTINUE).unwrap();
    upload(server, &exchanges[..=last], 5, Code::POST, "large-post", &[Code::CHANGED]);
    let first = exchanges[last].response;
    let Some((0, true, exponent)) = first.block(BLOCK2) else { panic!("{first}") };
    let size = 16 << exponent;
    assert_eq!(first.payload.len(), size);
    // The server chose its size; we go on in that, or in ours where that is smaller.
    let ours = exponent.min(5);
    let start = size >> (ours + 4);
    let fetched = &exchanges[last + 1..];
    assert_eq!(fetched.len(), ((LARGE - 1) >> (ours + 4)) + 1 - start);
    for (number, exchange) in fetched.iter().enumerate() {
        let num = u32::try_from(start + number).unwrap();
        check::request(exchange, Type::Confirmable, Code::POST, "large-post");
        assert_eq!(exchange.request.block(BLOCK2), Some((num, false, ours)), "{}", exchange.request);
        assert!(!exchange.request.has(BLOCK1) && exchange.request.payload.is_empty(), "{}", exchange.request);
        check::response(exchange, &[Code::CHANGED]);
        let more = number + 1 < fetched.len();
        assert_eq!(exchange.response.block(BLOCK2), Some((num, more, ours)), "{}", exchange.response);
    }
    check::quiet(&client);
}
