//! Resources that the device serves, on virtual time: what is answered to what, and what is done once and no more.

mod coap_dialogue;

use coap_dialogue::{Dialogue, Setup, alphabet};
use stint_coap::{
    Answered, BlockSize, Code, Config, ContentFormat, Incoming, Observer, OptionNumber, Reply, Resource, Server, Ticket,
};

/// What is served here.
#[derive(Default)]
struct Device {
    /// How often a handler that does something was called.
    done: usize,
    value: Vec<u8>,
    uploaded: Vec<u8>,
    /// Bytes of the long representation.
    long: usize,
    ticket: Option<Ticket>,
    broken: bool,
}

type Served<'b> = Server<'b, Device>;

const TABLE: &[Resource<Device>] = &[
    Resource::new("value", value).allow(Code::PUT).allow(Code::POST).allow(Code::DELETE).attributes("rt=\"v\"").observable(),
    Resource::new("sure", value).observable().confirmed(),
    Resource::new("long", long).observable(),
    Resource::new("jump", jump),
    Resource::new("up", up).allow(Code::PUT).allow(Code::POST).write_only(),
    Resource::new("echo", echo).allow(Code::POST).write_only().long(),
    Resource::new("short", echo).allow(Code::POST).write_only(),
    Resource::new("slow", slow).allow(Code::POST),
    Resource::new("guarded", guarded).allow(Code::PUT).conditional(),
    Resource::new("options", options),
    Resource::new("3", object).subtree().observable(),
    Resource::new("3/0/11", exact),
];

fn value(device: &mut Device, incoming: &Incoming<'_>, reply: &mut Reply<'_>) {
    match incoming.message.code {
        Code::GET if device.broken => reply.error(Code::SERVICE_UNAVAILABLE, "broken"),
        Code::GET => {
            reply.content_format(ContentFormat::TEXT);
            reply.payload(&device.value);
        }
        _ => {
            device.done += 1;
            device.value = incoming.message.payload.to_vec();
        }
    }
}

fn long(device: &mut Device, _: &Incoming<'_>, reply: &mut Reply<'_>) {
    if reply.etag(b"e1") {
        return;
    }
    // In parts that do not end where blocks do.
    for part in alphabet(0, device.long).as_bytes().chunks(7) {
        reply.payload(part);
    }
}

fn jump(device: &mut Device, _: &Incoming<'_>, reply: &mut Reply<'_>) {
    reply.size(device.long as u32);
    let offset = reply.offset();
    reply.seek(offset);
    let end = device.long.min(offset as usize + reply.room());
    reply.payload(alphabet(offset as usize, end).as_bytes());
}

fn up(device: &mut Device, incoming: &Incoming<'_>, reply: &mut Reply<'_>) {
    if incoming.offset == 0 {
        device.uploaded.clear();
    }
    if incoming.size().is_some_and(|size| size > 1_000) {
        reply.uint(OptionNumber::SIZE1, 1_000);
        return reply.code(Code::REQUEST_ENTITY_TOO_LARGE);
    }
    assert_eq!(device.uploaded.len(), incoming.offset as usize);
    device.uploaded.extend_from_slice(incoming.message.payload);
    device.done += usize::from(!incoming.more);
}

fn echo(device: &mut Device, incoming: &Incoming<'_>, reply: &mut Reply<'_>) {
    if !incoming.continuation {
        up(device, incoming, reply);
    }
    reply.payload(&device.uploaded);
}

fn slow(device: &mut Device, _: &Incoming<'_>, reply: &mut Reply<'_>) {
    device.done += 1;
    device.ticket = reply.later();
}

fn guarded(device: &mut Device, incoming: &Incoming<'_>, reply: &mut Reply<'_>) {
    let etag = device.value.clone();
    if !incoming.precondition((!etag.is_empty()).then_some(&etag[..])) {
        return reply.code(Code::PRECONDITION_FAILED);
    }
    if incoming.message.code == Code::PUT {
        device.done += 1;
        device.value = incoming.message.payload.to_vec();
    } else if !reply.etag(&etag) {
        reply.payload(&etag);
    }
}

fn options(_: &mut Device, incoming: &Incoming<'_>, reply: &mut Reply<'_>) {
    reply.payload(b"first");
    reply.max_age(5);
    reply.option(OptionNumber::LOCATION_PATH, b"b");
    reply.uint(OptionNumber(2048), 7);
    reply.option(OptionNumber::LOCATION_PATH, b"a");
    reply.content_format(if incoming.accepts(ContentFormat::JSON) { ContentFormat::JSON } else { ContentFormat::CBOR });
    reply.etag(b"x");
}

/// Says what it was asked for.
fn object(device: &mut Device, incoming: &Incoming<'_>, reply: &mut Reply<'_>) {
    let ids: Vec<Option<u16>> = (0..3).map(|n| incoming.id(n)).collect();
    let query: Vec<_> = incoming.query().map(|query| String::from_utf8_lossy(query)).collect();
    reply.payload(format!("{ids:?} {query:?} {}", device.value.len()).as_bytes());
}

fn exact(_: &mut Device, _: &Incoming<'_>, reply: &mut Reply<'_>) {
    reply.payload(b"exact");
}

/// How much is lent.
struct Lent {
    answers: usize,
    share: usize,
    observers: usize,
    config: Config,
}

const LENT: Lent = Lent { answers: 2, share: 160, observers: 2, config: Config::DEFAULT };

fn with(lent: Lent, dialogue: impl FnOnce(&mut Dialogue<'_, Served<'_>>)) {
    let mut answers = vec![Answered::EMPTY; lent.answers];
    let mut store = vec![0; lent.answers * lent.share];
    let mut observers = vec![Observer::EMPTY; lent.observers];
    let device = Device { value: b"on".to_vec(), long: 150, ..Device::default() };
    let server = Server::new(device, TABLE, &mut answers, &mut store, &mut observers);
    Setup { config: lent.config, ..Setup::default() }.run_with(server, dialogue);
}

fn serving(dialogue: impl FnOnce(&mut Dialogue<'_, Served<'_>>)) {
    with(LENT, dialogue);
}

fn in_blocks(block_size: BlockSize, dialogue: impl FnOnce(&mut Dialogue<'_, Served<'_>>)) {
    with(Lent { config: Config { block_size, ..Config::DEFAULT }, ..LENT }, dialogue);
}

trait Side {
    fn device(&mut self) -> &mut Device;
    /// A request comes, and this is answered to it at once.
    fn answers(&mut self, request: &str, answer: &str);
}

impl Side for Dialogue<'_, Served<'_>> {
    fn device(&mut self) -> &mut Device {
        &mut self.coap.profile_mut().context
    }

    #[track_caller]
    fn answers(&mut self, request: &str, answer: &str) {
        self.ignores(request);
        self.sends(answer);
        self.silent();
    }
}

#[test]
fn reads_and_writes_are_answered_in_their_acknowledgement() {
    serving(|d| {
        d.answers("CON p1 GET 0x71000001 Uri-Path=value", "ACK p1 2.05 0x71000001 Content-Format=0 | on");
        d.answers("CON p2 PUT 0x71000002 Uri-Path=value | off", "ACK p2 2.04 0x71000002");
        d.answers("CON p3 POST - Uri-Path=value | 7", "ACK p3 2.04 -");
        d.answers("NON p4 GET 0x71000004 Uri-Path=value", "NON m1 2.05 0x71000004 Content-Format=0 | 7");
        d.answers("CON p5 DELETE 0x71000005 Uri-Path=value", "ACK p5 2.02 0x71000005");
        assert_eq!(d.device().done, 3);
        assert_eq!(d.stats().requests, 5);
    });
}

#[test]
fn a_request_that_comes_twice_is_done_once_and_answered_twice_alike() {
    serving(|d| {
        d.answers("CON p1 POST 0x71000001 Uri-Path=value | 1", "ACK p1 2.04 0x71000001");
        d.device().broken = true;
        d.answers("CON p1 POST 0x71000001 Uri-Path=value | 1", "ACK p1 2.04 0x71000001");
        // Doubled before it was answered, it is answered once.
        d.ignores("CON p2 POST 0x71000002 Uri-Path=value | 2");
        d.ignores("CON p2 POST 0x71000002 Uri-Path=value | 2");
        d.sends("ACK p2 2.04 0x71000002");
        d.silent();
        assert_eq!((d.device().done, d.stats().duplicates), (2, 2));
        // A Non-confirmable one is not answered again (RFC 7252 4.5).
        d.ignores("NON p3 POST 0x71000003 Uri-Path=value | 3");
        d.sends("NON m1 2.04 0x71000003");
        d.ignores("NON p3 POST 0x71000003 Uri-Path=value | 3");
        d.silent();
        assert_eq!(d.device().done, 3);
        // After EXCHANGE_LIFETIME the Message ID is another request's.
        d.after(248.0);
        d.answers("CON p1 POST 0x71000001 Uri-Path=value | 1", "ACK p1 2.04 0x71000001");
        assert_eq!(d.device().done, 4);
    });
}

#[test]
fn when_all_answers_wait_to_be_sent_a_request_is_dropped_and_comes_again() {
    serving(|d| {
        for id in ["p1", "p2", "p3"] {
            d.ignores(&format!("CON {id} POST - Uri-Path=value | x"));
        }
        assert_eq!((d.device().done, d.stats().overflows), (2, 1));
        d.sends("ACK p1 2.04 -");
        d.sends("ACK p2 2.04 -");
        d.silent();
        d.answers("CON p3 POST - Uri-Path=value | x", "ACK p3 2.04 -");
        assert_eq!(d.device().done, 3);
        // The answer sent first made room: of that request no memory is left.
        d.answers("CON p2 POST - Uri-Path=value | x", "ACK p2 2.04 -");
        assert_eq!(d.device().done, 3);
    });
}

#[test]
fn what_is_not_there_or_not_allowed_is_refused_by_its_code() {
    serving(|d| {
        d.answers("CON p1 GET 0x71000001 Uri-Path=none", "ACK p1 4.04 0x71000001");
        d.answers("CON p2 GET 0x71000001", "ACK p2 4.04 0x71000001");
        d.answers("CON p3 GET 0x71000001 Uri-Path=value Uri-Path=x", "ACK p3 4.04 0x71000001");
        d.answers("CON p4 FETCH 0x71000001 Uri-Path=value", "ACK p4 4.05 0x71000001");
        d.answers("CON p5 GET 0x71000001 Uri-Path=up", "ACK p5 4.05 0x71000001");
        d.answers("CON p6 GET 0x71000001 Uri-Path=value 65001=?", "ACK p6 4.02 0x71000001");
        d.answers("CON p7 GET 0x71000001 Uri-Path=value Proxy-Scheme=coap", "ACK p7 5.05 0x71000001");
        d.answers("CON p8 GET 0x71000001 Uri-Path=value Proxy-Uri=coap://x/", "ACK p8 5.05 0x71000001");
        d.answers("CON p9 PUT 0x71000001 If-None-Match= Uri-Path=value | 1", "ACK p9 4.02 0x71000001");
        d.answers("CON p10 GET 0x71000001 Uri-Path=value Accept=0 Accept=0", "ACK p10 4.02 0x71000001");
        d.answers("CON p11 GET 0x71000001 Uri-Path=value Accept=60", "ACK p11 4.06 0x71000001");
        assert_eq!(d.device().done, 0);
        // What is elective is passed over, and so is where the request was sent to.
        let request = "CON p12 GET 0x71000001 Uri-Host=h ETag=y Uri-Port=5683 Uri-Path=value Hop-Limit=4 Accept=0 65002=?";
        d.answers(request, "ACK p12 2.05 0x71000001 Content-Format=0 | on");
        // A Non-confirmable one with a critical option that is unknown is rejected in silence (RFC 7252 5.4.1).
        d.ignores("NON p13 GET 0x71000001 Uri-Path=value 65001=?");
        d.silent();
    });
}
