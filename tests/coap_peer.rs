//! Plain CoAP with libcoap's server over a real socket: what both take the RFCs to say.

use std::net::UdpSocket;
use std::time::{Duration, Instant};
use stint_coap::{
    BlockSize, Body, Code, Config, Endpoint, Handle, Opt, OptionNumber, Outcome, Request, Slot, Source, links,
};
use stint_lab::peers::{Libcoap, Peer};

/// What one outcome said.
#[derive(Debug)]
struct Heard {
    handle: Handle,
    /// "2.05 Content", a failure, or "pong".
    what: String,
    payload: Vec<u8>,
    offset: u32,
    more: bool,
    notification: bool,
    last: bool,
}

struct Wire<'b, S> {
    _peer: Peer,
    socket: UdpSocket,
    start: Instant,
    coap: Endpoint<'b>,
    source: S,
    received: [u8; 1_500],
}

impl<'b, S: Source> Wire<'b, S> {
    fn new(coap: Endpoint<'b>, source: S) -> Self {
        let peer = Peer::libcoap(Libcoap::Plain, &[]).unwrap();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(peer.address()).unwrap();
        Self { _peer: peer, socket, start: Instant::now(), coap, source, received: [0; 1_500] }
    }

    fn send(&mut self) {
        let mut out = [0; 1_200];
        while let Some(len) = self.coap.poll_transmit(self.start.elapsed(), &mut self.source, &mut out) {
            self.socket.send(&out[..len]).unwrap();
        }
    }

    /// The next outcome; fails after 20 s without one.
    fn next(&mut self) -> Heard {
        let limit = self.start.elapsed() + Duration::from_secs(20);
        loop {
            self.send();
            let now = self.start.elapsed();
            assert!(now < limit, "no outcome; {}", self.coap.stats());
            if let Some(outcome) = self.coap.poll_outcome(now) {
                return heard(&outcome);
            }
            let until = self.coap.poll_timeout().unwrap_or(limit).min(limit);
            let wait = until.saturating_sub(now).max(Duration::from_millis(1));
            self.socket.set_read_timeout(Some(wait)).unwrap();
            let Ok(len) = self.socket.recv(&mut self.received) else { continue };
            let outcome = self.coap.handle(self.start.elapsed(), &self.received[..len]).as_ref().map(heard);
            self.send();
            if let Some(outcome) = outcome {
                return outcome;
            }
        }
    }

    /// The whole response to a request.
    fn ask(&mut self, request: Request<'_>) -> (String, Vec<u8>) {
        let handle = self.coap.request(&request).unwrap();
        let mut body = Vec::new();
        loop {
            let heard = self.next();
            assert_eq!(heard.handle, handle);
            body.truncate(heard.offset as usize);
            body.extend_from_slice(&heard.payload);
            if heard.last {
                assert!(!heard.more);
                return (heard.what, body);
            }
        }
    }
}

fn heard(outcome: &Outcome<'_>) -> Heard {
    let nothing = |handle: Handle, what: String| Heard {
        handle,
        what,
        payload: vec![],
        offset: 0,
        more: false,
        notification: false,
        last: true,
    };
    match outcome {
        Outcome::Response(response) => Heard {
            payload: response.message.payload.to_vec(),
            offset: response.offset,
            more: response.more,
            notification: response.notification,
            last: response.last,
            ..nothing(response.handle, response.message.code.to_string())
        },
        Outcome::Failed { handle, failure } => nothing(*handle, failure.to_string()),
        Outcome::Pong { handle } => nothing(*handle, "pong".into()),
        other => panic!("{other:?}"),
    }
}

/// A body of so many bytes, each unlike its neighbours.
struct Pattern(usize);

impl Pattern {
    fn byte(at: usize) -> u8 {
        (at * 7 + at / 256) as u8
    }
}

impl Source for Pattern {
    fn read(&mut self, _: u8, offset: u32, out: &mut [u8]) -> Option<(usize, bool)> {
        let from = offset as usize;
        let len = out.len().min(self.0.checked_sub(from)?);
        out.iter_mut().zip(from..from + len).for_each(|(byte, at)| *byte = Self::byte(at));
        Some((len, from + len < self.0))
    }
}

/// A conversation with a server of its own.
fn with(block_size: BlockSize, body: usize, talk: impl FnOnce(&mut Wire<'_, Pattern>)) {
    let (mut slots, mut store) = ([const { Slot::EMPTY }; 3], [0; 300]);
    let mut seed = [0; 16];
    seed[..4].copy_from_slice(&std::process::id().to_le_bytes());
    let coap = Endpoint::new(Config { block_size, ..Config::DEFAULT }, seed, &mut slots, &mut store);
    let mut wire = Wire::new(coap, Pattern(body));
    talk(&mut wire);
    let stats = wire.coap.stats();
    assert_eq!((stats.malformed, stats.bad_options, stats.requests), (0, 0, 0), "{stats}");
}

#[test]
fn get_put_post_and_delete_are_not_understood() {
    with(BlockSize::B1024, 0, |wire| {
        let (code, body) = wire.ask(Request::get("time"));
        assert!(code == "2.05 Content" && !body.is_empty(), "{code}");
        let text = Opt::new(OptionNumber::CONTENT_FORMAT, &[]);
        let put = Request { body: Body::Small(b"hello"), options: &[text], ..Request::new(Code::PUT, "example_data") };
        let (code, _) = wire.ask(put);
        assert!(code == "2.04 Changed" || code == "2.01 Created", "{code}");
        assert_eq!(wire.ask(Request::get("example_data")), ("2.05 Content".into(), b"hello".to_vec()));
        assert_eq!(wire.ask(Request::get("none")).0, "4.04 Not Found");
        assert_eq!(wire.ask(Request { query: "ticks", ..Request::get("time") }).0, "2.05 Content");
        assert_eq!(wire.ask(Request { confirmable: false, ..Request::get("time") }).0, "2.05 Content");
        // An unknown critical option in a request is for the server to refuse (RFC 7252 5.4.1).
        let options = [Opt::new(OptionNumber(65_001), b"x")];
        assert_eq!(wire.ask(Request { options: &options, ..Request::get("time") }).0, "4.02 Bad Option");
    });
}

#[test]
fn a_separate_response_or_a_ping_is_not_understood() {
    with(BlockSize::B1024, 0, |wire| {
        assert_eq!(wire.ask(Request { query: "1", ..Request::get("async") }).1, b"done");
        wire.coap.ping().unwrap();
        assert_eq!(wire.next().what, "pong");
        assert_eq!(wire.coap.stats().retransmissions, 0);
    });
}

#[test]
fn notifications_do_not_come_or_do_not_end() {
    with(BlockSize::B1024, 0, |wire| {
        let handle = wire.coap.request(&Request::observe("time")).unwrap();
        for _ in 0..4 {
            let heard = wire.next();
            assert!(heard.notification && !heard.last && heard.what == "2.05 Content", "{heard:?}");
        }
        wire.coap.cancel(handle);
        let ended = wire.next();
        assert!(ended.last && !ended.notification && ended.what == "2.05 Content", "{ended:?}");
        assert_eq!(wire.coap.poll_timeout(), None);
    });
}

#[test]
fn a_download_in_blocks_differs_from_one_at_once() {
    let mut whole = Vec::new();
    with(BlockSize::B1024, 0, |wire| whole = wire.ask(Request::get("/.well-known/core")).1);
    for block_size in [BlockSize::B16, BlockSize::B64, BlockSize::B256] {
        with(block_size, 0, |wire| {
            let (code, body) = wire.ask(Request::get("/.well-known/core"));
            assert_eq!((code.as_str(), &body), ("2.05 Content", &whole));
        });
    }
    let text = String::from_utf8(whole).unwrap();
    let found: Vec<_> = links(&text).collect::<Result<_, _>>().unwrap();
    let time = found.iter().find(|link| link.target == "/time").unwrap();
    assert!(time.parameter("obs").is_some(), "{text}");
}

#[test]
fn an_upload_in_blocks_does_not_come_back_the_same() {
    for (block_size, len) in
        [(BlockSize::B16, 100), (BlockSize::B64, 64), (BlockSize::B256, 3_000), (BlockSize::B1024, 10_240)]
    {
        with(block_size, len, |wire| {
            let (code, _) = wire.ask(Request { body: Body::Source(1), ..Request::new(Code::PUT, "example_data") });
            assert!(code == "2.04 Changed" || code == "2.01 Created", "{code}");
            let (_, body) = wire.ask(Request::get("example_data"));
            let expected: Vec<u8> = (0..len).map(Pattern::byte).collect();
            assert!(body == expected, "{len}: {} bytes came back", body.len());
        });
    }
}

#[test]
fn a_large_resource_cannot_be_observed_in_blocks() {
    with(BlockSize::B64, 200, |wire| {
        wire.ask(Request { body: Body::Source(1), ..Request::new(Code::PUT, "example_data") });
        let handle = wire.coap.request(&Request::observe("example_data")).unwrap();
        let blocks = |wire: &mut Wire<'_, Pattern>| {
            let mut body = Vec::new();
            loop {
                let heard = wire.next();
                assert!(heard.handle == handle && heard.notification, "{heard:?}");
                assert_eq!(heard.offset as usize, body.len());
                body.extend(heard.payload);
                if !heard.more {
                    return body;
                }
            }
        };
        let expected: Vec<u8> = (0..200).map(Pattern::byte).collect();
        assert_eq!(blocks(wire), expected);
        // Another request changes it, and the notification is fetched block by block again.
        let put = wire
            .coap
            .request(&Request { body: Body::Small(&[b'x'; 70]), ..Request::new(Code::PUT, "example_data") })
            .unwrap();
        let mut body = Vec::new();
        let mut changed = false;
        while !changed || body != [b'x'; 70] {
            let heard = wire.next();
            if heard.handle == put {
                assert_eq!(heard.what, "2.04 Changed");
                changed = true;
            } else {
                body.truncate(heard.offset as usize);
                body.extend(heard.payload);
            }
        }
    });
}

#[test]
fn a_server_that_is_gone_is_not_noticed() {
    let (mut slots, mut store) = ([const { Slot::EMPTY }; 1], [0; 40]);
    let config = Config { ack_timeout: Duration::from_millis(50), max_retransmit: 2, ..Config::DEFAULT };
    let mut wire = Wire::new(Endpoint::new(config, [3; 16], &mut slots, &mut store), ());
    // A socket that takes datagrams and says nothing.
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    wire.socket.connect(silent.local_addr().unwrap()).unwrap();
    wire.coap.request(&Request::get("time")).unwrap();
    assert_eq!(wire.next().what, "the peer acknowledged nothing");
    assert_eq!(wire.coap.stats().retransmissions, 2);
}
