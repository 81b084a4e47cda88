//! OBS: observing (RFC 7641).

use crate::check;
use crate::client::{Client, Heard, Pattern, TEXT, What};
use crate::record::{Seen, Way};
use crate::server::{Kind, Server};
use std::time::Duration;
use stint_coap::{BlockSize, Body, Code, ContentFormat, Handle, Opt, OptionNumber, Request, Type};

const OBSERVE: OptionNumber = OptionNumber::OBSERVE;

/// A client that observes: what it watches, and the first representation.
struct Watch {
    client: Client,
    handle: Handle,
    token: Vec<u8>,
    path: &'static str,
    kind: Kind,
}

impl Watch {
    /// Registers, and checks the registration and its response.
    fn begin(server: &Server, path: &'static str, confirmable: bool) -> Self {
        let mut client = Client::of(server);
        let handle = client.request(&Request { confirmable, ..Request::observe(path) });
        let (code, body, last) = client.whole(handle);
        assert!(code == Code::CONTENT && !body.is_empty() && !last, "{code}");
        let exchange = client.exchange(0);
        let kind = if confirmable { Type::Confirmable } else { Type::NonConfirmable };
        check::request(&exchange, kind, Code::GET, path);
        assert_eq!(exchange.request.values(OBSERVE), [b""]);
        check::response(&exchange, &[Code::CONTENT]);
        assert!(exchange.response.has(OBSERVE));
        check::format(server.kind, exchange.response, ContentFormat::TEXT);
        let token = exchange.request.token.clone();
        Self { client, handle, token, path, kind: server.kind }
    }

    /// So many notifications, each told of as a whole.
    fn notified(&mut self, count: usize) -> Vec<Vec<u8>> {
        (0..count)
            .map(|_| {
                let (code, body, last) = self.client.whole(self.handle);
                assert!(code == Code::CONTENT && !last, "{code}");
                body
            })
            .collect()
    }

    /// All notifications so far: their type, format, and the order of their numbers; Confirmable ones were acknowledged.
    fn check(&mut self, kind: Type, least: usize) {
        self.client.work(Duration::from_millis(50));
        let first = self.client.exchange(0).response.uint(OBSERVE).unwrap();
        let notifications = self.client.notifications(&self.token);
        // the response to a Non-confirmable registration looks like the others
        let mut fresh: Vec<&&Seen> = notifications.iter().filter(|seen| seen.uint(OBSERVE) != Some(first)).collect();
        // a server in haste sends one again
        let mut known = Vec::new();
        fresh.retain(|seen| !known.contains(&seen.id) && (known.push(seen.id), true).1);
        assert!(fresh.len() >= least, "{} notifications", fresh.len());
        let mut before = first;
        for seen in fresh {
            assert_eq!((seen.kind, seen.code), (kind, Code::CONTENT), "{seen}");
            check::format(self.kind, seen, ContentFormat::TEXT);
            let sequence = seen.uint(OBSERVE).unwrap();
            assert!(check::is_newer(sequence, before), "{seen} after {before}");
            before = sequence;
            assert_eq!(self.client.answered(Type::Acknowledgement, seen.id), kind == Type::Confirmable, "{seen}");
        }
    }

    /// Nothing more comes, and nothing is told of.
    fn silent(&mut self) {
        drop(self.client.unread());
        let count = self.client.notifications(&self.token).len();
        self.client.work(Duration::from_millis(2500));
        assert_eq!(self.client.notifications(&self.token).len(), count, "a notification after the end");
        assert!(self.client.unread().is_empty());
    }

    /// The outcome that ends it, among those of the next seconds.
    fn end(&mut self) -> Heard {
        let mut outcomes = (0..10).map(|_| self.client.next());
        outcomes.find(|heard| heard.last && heard.handle == self.handle).expect("it goes on")
    }
}

pub(crate) fn o01(server: &Server) {
    let mut watch = Watch::begin(server, server.ticking(), true);
    let bodies = watch.notified(3);
    assert!(bodies[0] != bodies[1] && bodies[1] != bodies[2], "it changes");
    watch.check(Type::Confirmable, 3);
    check::quiet(&watch.client);
}

pub(crate) fn o02(server: &Server) {
    let path = if server.kind == Kind::Libcoap { "time" } else { "obs-non" };
    let mut watch = Watch::begin(server, path, false);
    watch.notified(3);
    watch.check(Type::NonConfirmable, 3);
}

/// After Max-Age, 1 s here, and 5 to 15 s of grace (RFC 7641 3.3.1) the client registers again, with the same token.
pub(crate) fn o04(server: &Server) {
    let mut watch = Watch::begin(server, server.ticking(), true);
    watch.notified(1);
    watch.check(Type::Confirmable, 1);
    server.restart();
    drop(watch.client.unread());
    let bodies = watch.notified(3);
    assert_eq!(bodies.len(), 3);
    watch.client.work(Duration::from_millis(50));
    let requests = watch.client.requests();
    let again = requests.last().unwrap();
    assert!(again.kind == Type::Confirmable && again.code == Code::GET, "{again}");
    assert_eq!((again.values(OBSERVE), &again.token), (vec![&b""[..]], &watch.token));
    let registered = watch.client.exchange(requests.len() - 1);
    check::request(&registered, Type::Confirmable, Code::GET, watch.path);
    let after = watch.client.notifications(&watch.token);
    let after: Vec<_> = after.iter().filter(|seen| seen.at > registered.response.at).collect();
    assert!(!after.is_empty());
    let acknowledged = after.iter().all(|seen| watch.client.answered(Type::Acknowledgement, seen.id));
    assert!(acknowledged && after.iter().all(|seen| seen.kind == Type::Confirmable));
}

/// The server sends its notifications again, and gives up, of each after 5.25 s at most. What it does is the server's; that we say nothing is ours.
pub(crate) fn o05(server: &Server) {
    let mut watch = Watch::begin(server, "obs-reset", true);
    watch.notified(1);
    watch.check(Type::Confirmable, 1);
    let (sent, received) = (|seen: &&Seen| seen.way == Way::Sent, watch.client.notifications(&watch.token).len());
    let before = watch.client.seen().iter().filter(sent).count();
    watch.client.sleep(Duration::from_millis(11_500));
    assert_eq!(watch.client.seen().iter().filter(sent).count(), before);
    let missed: Vec<u16> = watch.client.notifications(&watch.token)[received..].iter().map(|seen| seen.id).collect();
    let again = missed.iter().filter(|id| missed.iter().filter(|other| other == id).count() > 1).count();
    assert!(again > 1, "no retransmission among {missed:x?}");
    let count = watch.client.notifications(&watch.token).len();
    watch.client.sleep(Duration::from_millis(2_500));
    assert_eq!(watch.client.notifications(&watch.token).len(), count, "it does not give up");
}

pub(crate) fn o06(server: &Server) {
    let mut watch = Watch::begin(server, server.ticking(), true);
    watch.notified(1);
    watch.check(Type::Confirmable, 1);
    let known = watch.client.notifications(&watch.token).len();
    watch.client.reboot();
    watch.client.work(Duration::from_millis(1500));
    let id = watch.client.notifications(&watch.token)[known].id;
    assert!(watch.client.answered(Type::Reset, id));
    assert!(watch.client.unread().is_empty(), "told of what was not asked for");
    watch.silent();
}

/// Another client does something to what is observed, while the observer goes on.
fn other(server: &Server, watch: &mut Watch, request: &Request<'_>, code: Code) {
    std::thread::scope(|scope| {
        let other = scope.spawn(|| assert_eq!(Client::of(server).ask(request).0, code));
        while !other.is_finished() {
            watch.client.work(Duration::from_millis(5));
        }
    });
}

/// An error ends the observation (RFC 7641 3.2, 4.2), and the client says so.
fn ended(mut watch: Watch, code: Code) {
    let heard = watch.end();
    assert_eq!((heard.what, heard.notification), (What::Response(code), false));
    watch.client.work(Duration::from_millis(50));
    let notifications = watch.client.notifications(&watch.token);
    let last = notifications.last().unwrap();
    assert_eq!((last.code, last.has(OBSERVE)), (code, false), "{last}");
    // libcoap's is Non-confirmable, as RFC 7641 4.5 lets the server choose
    assert!(last.kind == Type::Confirmable || watch.kind == Kind::Libcoap, "{last}");
    assert_eq!(watch.client.answered(Type::Acknowledgement, last.id), last.kind == Type::Confirmable);
    watch.silent();
}

pub(crate) fn o07(server: &Server) {
    let mut watch = Watch::begin(server, "obs", true);
    if server.kind != Kind::Libcoap {
        watch.notified(1);
        watch.check(Type::Confirmable, 1);
    }
    other(server, &mut watch, &Request::new(Code::DELETE, "obs"), Code::DELETED);
    ended(watch, Code::NOT_FOUND);
}

pub(crate) fn o08(server: &Server) {
    let mut watch = Watch::begin(server, "obs", true);
    if server.kind != Kind::Libcoap {
        watch.notified(1);
        watch.check(Type::Confirmable, 1);
    }
    let options = [Opt::new(OptionNumber::CONTENT_FORMAT, &[41])];
    let put = Request { body: Body::Small(b"<x/>"), options: &options, ..Request::new(Code::PUT, "obs") };
    other(server, &mut watch, &put, Code::CHANGED);
    ended(watch, Code::NOT_ACCEPTABLE);
}

/// On libcoap's server what can be written does not change by itself.
pub(crate) fn o09(server: &Server) {
    let mut watch = Watch::begin(server, "obs", true);
    if server.kind != Kind::Libcoap {
        watch.notified(1);
    }
    let put = Request { body: Body::Small(b"the new value"), options: &[TEXT], ..Request::new(Code::PUT, "obs") };
    other(server, &mut watch, &put, Code::CHANGED);
    while watch.notified(1)[0] != b"the new value" {}
    watch.check(Type::Confirmable, 1);
}

pub(crate) fn o10(server: &Server) {
    let path = server.ticking();
    let mut watch = Watch::begin(server, path, true);
    watch.notified(1);
    let beside = watch.client.request(&Request::get(path));
    let heard = loop {
        let heard = watch.client.next();
        if heard.handle == beside {
            break heard;
        }
    };
    assert_eq!((heard.what, heard.notification, heard.last), (What::Response(Code::CONTENT), false, true));
    let exchange = watch.client.exchange(1);
    check::request(&exchange, Type::Confirmable, Code::GET, path);
    assert!(exchange.request.token != watch.token && !exchange.request.has(OBSERVE));
    check::response(&exchange, &[Code::CONTENT]);
    assert!(!exchange.response.has(OBSERVE));
    let count = watch.client.notifications(&watch.token).len();
    watch.notified(2);
    assert!(watch.client.notifications(&watch.token).len() >= count + 2);
    watch.check(Type::Confirmable, 3);
}

/// One notification is lost, then one acknowledgement; the server sends both again, and has never two on their way.
pub(crate) fn o11(server: &Server) {
    let mut watch = Watch::begin(server, server.ticking(), true);
    watch.notified(1);
    for way in [Way::Received, Way::Sent] {
        let mut done = false;
        watch.client.lose(move |seen| seen.way == way && !std::mem::replace(&mut done, true));
        watch.notified(1);
        // Until the acknowledgement arrived, the same one comes again: of it nobody is told twice.
        while watch.client.seen().iter().filter(|seen| seen.lost).count() < 1 + usize::from(way == Way::Sent) {
            watch.notified(1);
        }
        watch.notified(2);
    }
    watch.client.work(Duration::from_millis(50));
    let lost: Vec<&Seen> = watch.client.seen().iter().filter(|seen| seen.lost).collect();
    assert_eq!(lost.len(), 2);
    for lost in lost {
        let copies = watch.client.seen().iter().filter(|seen| seen.way == Way::Received && seen.id == lost.id);
        assert!(copies.count() > 1, "{lost} did not come again");
    }
    one_at_a_time(&watch);
}

/// Between a notification and its last copy no other comes (RFC 7641 4.5.1); their numbers rise.
fn one_at_a_time(watch: &Watch) {
    let received = watch
        .client
        .seen()
        .iter()
        .filter(|seen| seen.way == Way::Received && seen.kind == Type::Confirmable && seen.token == watch.token);
    let mut ids: Vec<u16> = received.map(|seen| seen.id).collect();
    ids.dedup();
    let mut unlike = ids.clone();
    unlike.sort_unstable();
    unlike.dedup();
    assert_eq!(ids.len(), unlike.len(), "two on their way: {ids:x?}");
}

pub(crate) fn o12(server: &Server) {
    let path = server.ticking();
    let mut watch = Watch::begin(server, path, true);
    watch.notified(2);
    watch.check(Type::Confirmable, 2);
    watch.client.cancel(watch.handle);
    let heard = watch.end();
    assert_eq!((heard.what, heard.notification), (What::Response(Code::CONTENT), false));
    let exchange = watch.client.exchange(1);
    check::request(&exchange, Type::Confirmable, Code::GET, path);
    assert_eq!((exchange.request.uint(OBSERVE), &exchange.request.token), (Some(1), &watch.token));
    let requests = watch.client.requests();
    let response =
        watch.client.seen().iter().find(|seen| seen.way == Way::Received && seen.id == requests[1].id).unwrap();
    assert_eq!((response.kind, response.code, response.has(OBSERVE)), (Type::Acknowledgement, Code::CONTENT, false));
    check::format(server.kind, response, ContentFormat::TEXT);
    watch.silent();
}

/// The rest of each representation is fetched by GETs without Observe, with tokens of their own (RFC 7959 2.6, 3.4).
fn in_blocks(watch: &mut Watch) {
    let requests = watch.client.requests();
    let fetches: Vec<&&Seen> = requests.iter().filter(|seen| seen.has(OptionNumber::BLOCK2)).collect();
    for fetch in &fetches {
        assert!(fetch.code == Code::GET && !fetch.has(OBSERVE) && fetch.token != watch.token, "{fetch}");
        assert_eq!(fetch.texts(OptionNumber::URI_PATH), [watch.path]);
    }
    let notifications = watch.client.notifications(&watch.token);
    let cut: Vec<&&Seen> = notifications.iter().filter(|seen| seen.has(OptionNumber::BLOCK2)).collect();
    assert!(!cut.is_empty() && fetches.len() >= 2 * cut.len());
    for seen in cut {
        assert_eq!((seen.block(OptionNumber::BLOCK2), seen.payload.len()), (Some((0, true, 6)), 1024), "{seen}");
    }
}

pub(crate) fn o13(server: &Server) {
    if server.kind == Kind::Libcoap {
        return written_in_blocks(server);
    }
    let mut watch = Watch::begin(server, "obs-large", true);
    let bodies = watch.notified(3);
    assert!(bodies[0] != bodies[1] && bodies[1] != bodies[2], "it changes");
    for body in bodies {
        assert!(body.starts_with(b"tick ") && body.len() >= 2500, "{} bytes", body.len());
    }
    watch.check(Type::Confirmable, 3);
    in_blocks(&mut watch);
}

/// What is large on libcoap's server is so because it was written.
fn written_in_blocks(server: &Server) {
    let mut watch = Watch::begin(server, "large", true);
    for len in [2500, 2600] {
        let mut writer = Client::with(server, BlockSize::B1024, len);
        let put = Request { body: Body::Source(0), options: &[TEXT], ..Request::new(Code::PUT, "large") };
        assert_eq!(writer.ask(&put).0, Code::CHANGED);
        while watch.notified(1)[0] != Pattern(len).bytes() {}
    }
    watch.check(Type::Confirmable, 2);
    in_blocks(&mut watch);
}

pub(crate) fn o14(server: &Server) {
    let mut watch = Watch::begin(server, "obs-pumping", true);
    let bodies = watch.notified(4);
    let lengths: Vec<usize> = bodies.iter().map(Vec::len).collect();
    assert!(lengths.contains(&2500) && lengths.contains(&30), "{lengths:?}");
    watch.check(Type::Confirmable, 4);
    in_blocks(&mut watch);
}
