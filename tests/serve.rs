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
    Resource::new("value", value)
        .allow(Code::PUT)
        .allow(Code::POST)
        .allow(Code::DELETE)
        .attributes("rt=\"v\"")
        .observable(),
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
    if incoming.message.size1().is_some_and(|size| size > 1_000) {
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
        let request =
            "CON p12 GET 0x71000001 Uri-Host=h ETag=y Uri-Port=5683 Uri-Path=value Hop-Limit=4 Accept=0 65002=?";
        d.answers(request, "ACK p12 2.05 0x71000001 Content-Format=0 | on");
        // A Non-confirmable one with a critical option that is unknown is rejected in silence (RFC 7252 5.4.1).
        d.ignores("NON p13 GET 0x71000001 Uri-Path=value 65001=?");
        d.silent();
    });
}

#[test]
fn an_answer_that_does_not_fit_in_its_memory_is_an_error_and_no_cut_message() {
    // 11 bytes take header and token alone.
    with(Lent { share: 11, ..LENT }, |d| {
        d.answers("CON p1 GET 0x71000001 Uri-Path=value", "ACK p1 5.00 0x71000001");
        d.answers("CON p2 PUT 0x71000001 Uri-Path=value | 1", "ACK p2 2.04 0x71000001");
    });
    with(Lent { share: 7, ..LENT }, |d| {
        d.answers("CON p1 GET 0x71000001 Uri-Path=value", "RST p1 Empty -");
    });
    // What is sent has to fit in the buffer for datagrams too.
    with(LENT, |d| {
        d.out = vec![0; 30];
        d.answers("CON p1 GET 0x71000001 Uri-Path=long", "ACK p1 5.00 0x71000001");
    });
    with(Lent { answers: 0, ..LENT }, |d| {
        d.ignores("CON p1 GET 0x71000001 Uri-Path=value");
        d.silent();
        assert_eq!(d.stats().overflows, 1);
    });
}

#[test]
fn options_written_in_any_order_are_sent_in_that_of_their_numbers() {
    serving(|d| {
        let answer =
            "2.05 0x71000001 ETag=0x78 Location-Path=b Location-Path=a Content-Format=50 Max-Age=5 2048=0x07 | first";
        d.answers("CON p1 GET 0x71000001 Uri-Path=options", &format!("ACK p1 {answer}"));
        let answer = answer.replace("50", "60");
        d.answers("CON p2 GET 0x71000001 Uri-Path=options Accept=60", &format!("ACK p2 {answer}"));
        // The one that it has already.
        let known = answer.replace("2.05", "2.03").replace(" | first", "");
        d.answers("CON p3 GET 0x71000001 ETag=w ETag=x Uri-Path=options Accept=60", &format!("ACK p3 {known}"));
    });
}

#[test]
fn the_longest_path_of_the_table_wins_and_a_subtree_is_told_the_rest() {
    serving(|d| {
        d.answers("CON p1 GET - Uri-Path=3", "ACK p1 2.05 - | [None, None, None] [] 2");
        d.answers("CON p2 GET - Uri-Path=3 Uri-Path=0", "ACK p2 2.05 - | [Some(0), None, None] [] 2");
        let request = "CON p3 GET - Uri-Path=3 Uri-Path=65535 Uri-Path=x Uri-Path=65536 Uri-Query=a=1 Uri-Query=b";
        d.answers(request, "ACK p3 2.05 - | [Some(65535), None, None] [\"a=1\", \"b\"] 2");
        d.answers("CON p4 GET - Uri-Path=3 Uri-Path=0 Uri-Path=11", "ACK p4 2.05 - | exact");
        d.answers(
            "CON p5 GET - Uri-Path=3 Uri-Path=0 Uri-Path=11 Uri-Path=0",
            "ACK p5 2.05 - | [Some(0), Some(11), Some(0)] [] 2",
        );
        d.answers("CON p6 GET - Uri-Path=33", "ACK p6 4.04 -");
    });
}

#[test]
fn a_precondition_that_does_not_hold_does_nothing() {
    serving(|d| {
        d.answers("CON p1 PUT - If-Match=no Uri-Path=guarded | 1", "ACK p1 4.12 -");
        d.answers("CON p2 PUT - If-None-Match= Uri-Path=guarded | 2", "ACK p2 4.12 -");
        assert_eq!(d.device().done, 0);
        d.answers("CON p3 PUT - If-Match=no If-Match=on Uri-Path=guarded | 3", "ACK p3 2.04 -");
        d.answers("CON p4 PUT - If-Match= Uri-Path=guarded", "ACK p4 2.04 -");
        // Now there is nothing.
        d.answers("CON p5 PUT - If-Match= Uri-Path=guarded | 5", "ACK p5 4.12 -");
        d.answers("CON p6 PUT - If-None-Match= Uri-Path=guarded | 6", "ACK p6 2.04 -");
        d.answers("CON p7 GET - ETag=6 Uri-Path=guarded", "ACK p7 2.03 - ETag=0x36");
        assert_eq!(d.device().done, 3);
    });
}

#[test]
fn a_response_that_is_not_wanted_is_not_sent_but_its_request_acknowledged() {
    serving(|d| {
        d.answers("CON p1 PUT 0x71000001 Uri-Path=value No-Response=2 | 1", "ACK p1 Empty -");
        d.answers("CON p1 PUT 0x71000001 Uri-Path=value No-Response=2 | 1", "ACK p1 Empty -");
        assert_eq!(d.device().done, 1);
        d.ignores("NON p2 PUT 0x71000001 Uri-Path=value No-Response=26 | 2");
        d.silent();
        assert_eq!(d.device().done, 2);
        d.answers("CON p3 GET 0x71000001 Uri-Path=none No-Response=2", "ACK p3 4.04 0x71000001");
        d.answers("CON p4 GET 0x71000001 Uri-Path=none No-Response=8", "ACK p4 Empty -");
    });
}

#[test]
fn a_long_representation_is_had_block_by_block_of_the_smaller_size() {
    in_blocks(BlockSize::B64, |d| {
        let text = alphabet(0, 150);
        let (one, two, three) = (&text[..64], &text[64..128], &text[128..]);
        d.answers("CON p1 GET - Uri-Path=long", &format!("ACK p1 2.05 - ETag=0x6531 Block2=0/1/64 | {one}"));
        d.answers(
            "CON p2 GET - Uri-Path=long Block2=1/0/64",
            &format!("ACK p2 2.05 - ETag=0x6531 Block2=1/1/64 | {two}"),
        );
        d.answers(
            "CON p3 GET - Uri-Path=long Block2=2/0/64",
            &format!("ACK p3 2.05 - ETag=0x6531 Block2=2/0/64 | {three}"),
        );
        d.answers("CON p4 GET - Uri-Path=long Block2=3/0/64", "ACK p4 4.00 -");
        d.answers(
            "CON p5 GET - Uri-Path=long Block2=9/0/16",
            &format!("ACK p5 2.05 - ETag=0x6531 Block2=9/0/16 | {}", &text[144..]),
        );
        // Of a size that is too large here: from the same byte on (RFC 7959 2.3).
        d.answers(
            "CON p6 GET - Uri-Path=long Block2=0/0/1024",
            &format!("ACK p6 2.05 - ETag=0x6531 Block2=0/1/64 | {one}"),
        );
        d.answers(
            "CON p7 GET - Uri-Path=long Block2=1/0/128",
            &format!("ACK p7 2.05 - ETag=0x6531 Block2=2/0/64 | {three}"),
        );
        d.answers("CON p8 GET - Uri-Path=value Block2=0/0/32", "ACK p8 2.05 - Content-Format=0 Block2=0/0/32 | on");
        // SZX 7 is reserved: 16 << 7.
        d.answers("CON p9 GET - Uri-Path=long Block2=0/0/2048", "ACK p9 4.00 -");
        d.device().long = 64;
        d.answers("CON p10 GET - Uri-Path=long", &format!("ACK p10 2.05 - ETag=0x6531 | {one}"));
        d.answers("CON p11 GET - ETag=e1 Uri-Path=long", "ACK p11 2.03 - ETag=0x6531");
    });
}

#[test]
fn a_handler_can_begin_where_the_block_does_and_say_how_long_it_all_is() {
    in_blocks(BlockSize::B64, |d| {
        let text = alphabet(0, 150);
        d.answers("CON p1 GET - Uri-Path=jump", &format!("ACK p1 2.05 - Block2=0/1/64 Size2=150 | {}", &text[..64]));
        d.answers(
            "CON p2 GET - Uri-Path=jump Block2=4/0/32",
            &format!("ACK p2 2.05 - Block2=4/0/32 Size2=150 | {}", &text[128..]),
        );
        d.device().long = 3;
        d.answers("CON p3 GET - Uri-Path=jump", "ACK p3 2.05 - | abc");
    });
}

#[test]
fn the_block_size_is_what_the_answer_s_memory_holds() {
    with(Lent { share: 48 + 16, ..LENT }, |d| {
        d.answers(
            "CON p1 GET - Uri-Path=long",
            &format!("ACK p1 2.05 - ETag=0x6531 Block2=0/1/16 | {}", alphabet(0, 16)),
        );
    });
}

#[test]
fn an_upload_comes_in_order_each_block_once() {
    in_blocks(BlockSize::B64, |d| {
        let put =
            |id: &str, block: &str, payload: &str| format!("CON {id} PUT - Uri-Path=up Block1={block} | {payload}");
        d.answers(&put("p1", "0/1/16", "a*16"), "ACK p1 2.31 - Block1=0/1/16");
        d.answers(&put("p1", "0/1/16", "a*16"), "ACK p1 2.31 - Block1=0/1/16");
        d.answers(&put("p2", "1/1/16", "b*16"), "ACK p2 2.31 - Block1=1/1/16");
        // Made again by a client that gave up on the answer.
        d.answers(&put("p3", "1/1/16", "b*16"), "ACK p3 2.31 - Block1=1/1/16");
        // A gap; then what was missing.
        d.answers(&put("p4", "3/1/16", "d*16"), "ACK p4 4.08 - Block1=3/0/16");
        d.answers(&put("p5", "2/0/16", "c*3"), "ACK p5 2.04 - Block1=2/0/16");
        assert_eq!(
            d.device().uploaded,
            [[b'a'; 16], [b'b'; 16]].concat().into_iter().chain(*b"ccc").collect::<Vec<_>>()
        );
        assert_eq!(d.device().done, 1);
        // It is over.
        d.answers(&put("p6", "3/0/16", "d*3"), "ACK p6 4.08 - Block1=3/0/16");
        assert_eq!(d.device().done, 1);
    });
}

#[test]
fn an_upload_is_not_mixed_with_another() {
    in_blocks(BlockSize::B64, |d| {
        d.answers("CON p1 PUT - Uri-Path=up Block1=0/1/16 Request-Tag=x | a*16", "ACK p1 2.31 - Block1=0/1/16");
        d.answers("CON p2 PUT - Uri-Path=up Block1=1/0/16 Request-Tag=y | b*3", "ACK p2 4.08 - Block1=1/0/16");
        d.answers(
            "CON p3 PUT - Uri-Path=up Uri-Query=q Block1=1/0/16 Request-Tag=x | b*3",
            "ACK p3 4.08 - Block1=1/0/16",
        );
        d.answers("CON p4 POST - Uri-Path=up Block1=1/0/16 Request-Tag=x | b*3", "ACK p4 4.08 - Block1=1/0/16");
        d.answers("CON p5 PUT - Uri-Path=up Block1=1/0/16 Request-Tag=x | b*3", "ACK p5 2.04 - Block1=1/0/16");
        // The first block begins it anew.
        d.answers("CON p6 PUT - Uri-Path=up Block1=0/1/16 | a*16", "ACK p6 2.31 - Block1=0/1/16");
        d.answers("CON p7 PUT - Uri-Path=up Block1=0/1/32 | c*32", "ACK p7 2.31 - Block1=0/1/32");
        d.answers("CON p8 PUT - Uri-Path=up Block1=1/0/32", "ACK p8 2.04 - Block1=1/0/32");
        assert_eq!(d.device().uploaded, [b'c'; 32]);
    });
}

#[test]
fn blocks_of_the_wrong_length_or_too_many_are_refused() {
    in_blocks(BlockSize::B64, |d| {
        d.answers("CON p1 PUT - Uri-Path=up Block1=0/1/32 | a*16", "ACK p1 4.00 - Block1=0/0/32");
        d.answers("CON p2 PUT - Uri-Path=up Block1=0/0/16 | a*17", "ACK p2 4.00 - Block1=0/0/16");
        d.answers("CON p3 PUT - Uri-Path=up Block1=0/1/2048 | a*16", "ACK p3 4.00 -");
        // Larger blocks than here: taken, and the next are to be smaller.
        d.answers("CON p4 PUT - Uri-Path=up Block1=0/1/128 | a*128", "ACK p4 2.31 - Block1=0/1/64");
        d.answers("CON p5 PUT - Uri-Path=up Block1=2/0/64 | b", "ACK p5 2.04 - Block1=2/0/64");
        assert_eq!(d.device().uploaded.len(), 129);
        d.answers("CON p6 PUT - Uri-Path=up Block1=0/1/16 Size1=1001 | a*16", "ACK p6 4.13 - Block1=0/0/16 Size1=1000");
        d.answers("CON p7 PUT - Uri-Path=up Block1=1/0/16 | a", "ACK p7 4.08 - Block1=1/0/16");
    });
}

#[test]
fn a_request_in_blocks_has_a_response_in_blocks_and_is_done_once() {
    in_blocks(BlockSize::B16, |d| {
        let text = alphabet(0, 40);
        d.answers(
            &format!("CON p1 POST - Uri-Path=echo Block1=0/1/16 | {}", &text[..16]),
            "ACK p1 2.31 - Block1=0/1/16",
        );
        d.answers(
            &format!("CON p2 POST - Uri-Path=echo Block1=1/1/16 | {}", &text[16..32]),
            "ACK p2 2.31 - Block1=1/1/16",
        );
        let answer = format!("ACK p3 2.04 - Block2=0/1/16 Block1=2/0/16 | {}", &text[..16]);
        d.answers(&format!("CON p3 POST - Uri-Path=echo Block1=2/0/16 | {}", &text[32..]), &answer);
        d.answers(
            "CON p4 POST - Uri-Path=echo Block2=1/0/16",
            &format!("ACK p4 2.04 - Block2=1/1/16 | {}", &text[16..32]),
        );
        d.answers("CON p5 POST - Uri-Path=echo Uri-Query=x Block2=2/0/16", "ACK p5 4.08 -");
        d.answers(
            "CON p6 POST - Uri-Path=echo Block2=2/0/16",
            &format!("ACK p6 2.04 - Block2=2/0/16 | {}", &text[32..]),
        );
        d.answers("CON p7 POST - Uri-Path=echo Block2=2/0/16", "ACK p7 4.08 -");
        assert_eq!(d.device().done, 1);
        // Where the handler did not say that it can do this, it must not be asked to.
        d.answers(&format!("CON p8 POST - Uri-Path=short | {text}"), "ACK p8 5.00 -");
        d.answers("CON p9 POST - Uri-Path=short Block2=1/0/16", "ACK p9 4.08 -");
        assert_eq!(d.device().done, 2);
    });
}

#[test]
fn a_response_that_takes_long_comes_later_and_is_sent_until_acknowledged() {
    serving(|d| {
        d.answers("CON p1 POST 0x71000001 Uri-Path=slow", "ACK p1 Empty -");
        d.answers("CON p1 POST 0x71000001 Uri-Path=slow", "ACK p1 Empty -");
        assert_eq!(d.device().done, 1);
        let ticket = d.device().ticket.unwrap();
        d.after(30.0);
        d.silent();
        assert!(d.coap.profile_mut().respond(ticket, |_, reply| reply.payload(b"done")));
        assert!(!d.coap.profile_mut().respond(ticket, |_, _| panic!("twice")));
        d.sends("CON m1 2.04 0x71000001 | done");
        d.silent();
        let waited = d.sleep();
        assert!((2.0..3.0).contains(&waited), "{waited}");
        d.sends("CON m1 2.04 0x71000001 | done");
        // The request's repetition is acknowledged still.
        d.answers("CON p1 POST 0x71000001 Uri-Path=slow", "ACK p1 Empty -");
        d.ignores("ACK m1 Empty -");
        assert_eq!(d.coap.poll_timeout(), None);
        assert_eq!((d.stats().retransmissions, d.stats().unmatched), (1, 0));
        d.ignores("ACK m1 Empty -");
        assert_eq!(d.stats().unmatched, 1);
        // To a Non-confirmable request it comes once.
        d.ignores("NON p2 GET 0x71000002 Uri-Path=slow");
        d.silent();
        let ticket = d.device().ticket.unwrap();
        assert!(d.coap.profile_mut().respond(ticket, |_, reply| reply.error(Code::SERVICE_UNAVAILABLE, "no")));
        d.sends("NON m2 5.03 0x71000002 | no");
        d.silent();
        assert_eq!(d.coap.poll_timeout(), None);
    });
}

#[test]
fn a_separate_response_ends_with_a_reset_or_after_max_retransmit() {
    serving(|d| {
        d.answers("CON p1 POST 0x71000001 Uri-Path=slow", "ACK p1 Empty -");
        d.answers("CON p2 POST 0x71000002 Uri-Path=slow", "ACK p2 Empty -");
        let second = d.device().ticket.unwrap();
        // Both places are kept until they are answered.
        d.ignores("CON p3 GET - Uri-Path=value");
        d.silent();
        assert!(d.coap.profile_mut().respond(second, |_, _| {}));
        d.sends("CON m1 2.04 0x71000002");
        for _ in 0..4 {
            d.sleep();
            d.sends("CON m1 2.04 0x71000002");
            d.silent();
        }
        d.sleep();
        d.silent();
        assert_eq!(d.coap.poll_timeout(), None);
        d.answers("CON p4 POST 0x71000004 Uri-Path=slow", "ACK p4 Empty -");
        let ticket = d.device().ticket.unwrap();
        assert!(d.coap.profile_mut().respond(ticket, |_, _| {}));
        d.sends("CON m2 2.04 0x71000004");
        d.ignores("RST m2 Empty -");
        assert_eq!(d.coap.poll_timeout(), None);
        // With the association all tickets are gone.
        d.answers("CON p5 POST 0x71000005 Uri-Path=slow", "ACK p5 Empty -");
        let ticket = d.device().ticket.unwrap();
        d.coap.association_lost();
        assert!(!d.coap.profile_mut().respond(ticket, |_, _| panic!("lost")));
        d.silent();
    });
}

#[test]
fn what_there_is_is_told_as_links_and_filtered() {
    with(Lent { share: 400, ..LENT }, |d| {
        let all = "</value>;rt=\"v\";obs,</sure>;obs,</long>;obs,</jump>,</up>,</echo>,</short>,</slow>,</guarded>,</options>,</3>;obs,</3/0/11>";
        let ask = |id: &str, query: &str| format!("CON {id} GET - Uri-Path=.well-known Uri-Path=core{query}");
        d.answers(&ask("p1", ""), &format!("ACK p1 2.05 - Content-Format=40 | {all}"));
        for (n, (query, links)) in [
            ("rt=v", "</value>;rt=\"v\";obs"),
            ("rt=v*", "</value>;rt=\"v\";obs"),
            ("rt=*", "</value>;rt=\"v\";obs"),
            ("rt", "</value>;rt=\"v\";obs"),
            ("rt=w", ""),
            ("rt=vv", ""),
            ("href=/up", "</up>"),
            ("href=up", ""),
            ("href=/3*", "</3>;obs,</3/0/11>"),
            ("obs", "</value>;rt=\"v\";obs,</sure>;obs,</long>;obs,</3>;obs"),
        ]
        .iter()
        .enumerate()
        {
            let id = format!("q{n}");
            let payload = if links.is_empty() { String::new() } else { format!(" | {links}") };
            d.answers(
                &ask(&id, &format!(" Uri-Query={query}")),
                &format!("ACK {id} 2.05 - Content-Format=40{payload}"),
            );
        }
        d.answers(
            &ask("p2", " Block2=1/0/16"),
            &format!("ACK p2 2.05 - Content-Format=40 Block2=1/1/16 | {}", &all[16..32]),
        );
        d.answers(&ask("p3", " Accept=0"), "ACK p3 4.06 -");
        d.answers("CON p4 POST - Uri-Path=.well-known Uri-Path=core", "ACK p4 4.05 -");
        d.answers("CON p5 GET - Uri-Path=.well-known", "ACK p5 4.04 -");
    });
}

#[test]
fn a_group_is_answered_after_a_random_time_and_never_with_an_error() {
    serving(|d| {
        let bytes = |d: &mut Dialogue<'_, Served<'_>>, text: &str| d.bytes(text);
        let mut waits = Vec::new();
        for id in ["p1", "p2", "p3", "p4"] {
            let request = bytes(d, &format!("NON {id} GET 0x71000001 Uri-Path=value"));
            assert!(d.coap.handle_group(d.now, &request).is_none());
            waits.push(d.sleep());
            d.sends(&format!("NON m{id} 2.05 0x71000001 Content-Format=0 | on"));
            d.silent();
        }
        assert!(waits.iter().all(|wait| *wait <= 5.0), "{waits:?}");
        assert!(waits.windows(2).all(|pair| pair[0] != pair[1]), "{waits:?}");
        for (id, rest) in
            [("p5", "GET - Uri-Path=none"), ("p6", "GET - Uri-Path=.well-known Uri-Path=core Uri-Query=rt=none")]
        {
            let request = bytes(d, &format!("NON {id} {rest}"));
            assert!(d.coap.handle_group(d.now, &request).is_none());
            d.after(6.0);
            d.silent();
        }
        let confirmable = bytes(d, "CON p7 GET - Uri-Path=value");
        assert!(d.coap.handle_group(d.now, &confirmable).is_none());
        d.after(6.0);
        d.silent();
    });
}

#[test]
fn nothing_of_what_is_kept_grows_unseen() {
    assert_eq!(size_of::<Answered>(), 16);
    assert_eq!(size_of::<Observer>(), 32);
}
