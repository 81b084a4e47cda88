//! The other side of the figures: our endpoint serves, and the script is the client. Where a response is made of the request and the representation alone
//! (piggybacked, RFC 7252 5.2.1), it is the figure's to the byte. Tokens are the client's: `0x74000020` stands for the figure's 0x20.

use super::coap_dialogue::{Dialogue, Setup, alphabet};
use stint_coap::{
    Answered, BlockSize, Code, Config, Filter, Incoming, Message, Observer, OptionNumber, Reply, Resource, Server,
    Ticket, links,
};
use stint_vectors::{Printed, printed};

#[derive(Default)]
struct Device {
    temperature: &'static str,
    max_age: Option<u32>,
    etag: Option<[u8; 5]>,
    /// Responses come later.
    late: bool,
    ticket: Option<Ticket>,
    /// Bytes of the long representations.
    long: usize,
    uploaded: Vec<u8>,
}

type Served<'b> = Server<'b, Device>;

const TABLE: &[Resource<Device>] = &[
    Resource::new("temperature", temperature).observable(),
    Resource::new("status", status),
    Resource::new("status-icon", icon).observable().confirmed(),
    Resource::new("options", upload).allow(Code::PUT).write_only(),
    Resource::new("soap", soap).allow(Code::POST).write_only().long(),
    Resource::new("vehicle-stat-00", upload).allow(Code::PUT).allow(Code::POST).write_only(),
];

fn temperature(device: &mut Device, _: &Incoming<'_>, reply: &mut Reply<'_>) {
    if device.late {
        device.ticket = reply.later();
        return;
    }
    if let Some(age) = device.max_age {
        reply.max_age(age);
    }
    if let Some(etag) = device.etag
        && reply.etag(&etag)
    {
        return;
    }
    reply.payload(device.temperature.as_bytes());
}

fn status(device: &mut Device, _: &Incoming<'_>, reply: &mut Reply<'_>) {
    reply.payload(&vec![b'x'; device.long]);
}

fn icon(device: &mut Device, _: &Incoming<'_>, reply: &mut Reply<'_>) {
    reply.etag(&[0x6f, 0, 0xf3, if device.late { 0x92 } else { 0x8e }]);
    reply.payload(&vec![b'x'; device.long]);
}

fn upload(device: &mut Device, incoming: &Incoming<'_>, _: &mut Reply<'_>) {
    device.uploaded.truncate(incoming.offset as usize);
    device.uploaded.extend_from_slice(incoming.message.payload);
}

fn soap(device: &mut Device, incoming: &Incoming<'_>, reply: &mut Reply<'_>) {
    if !incoming.continuation {
        upload(device, incoming, reply);
    }
    status(device, incoming, reply);
}

fn serving(block_size: BlockSize, device: Device, dialogue: impl FnOnce(&mut Dialogue<'_, Served<'_>>)) {
    let (mut answers, mut store, mut observers) = ([Answered::EMPTY; 2], [0; 2 * 200], [Observer::EMPTY; 3]);
    let server = Server::new(device, TABLE, &mut answers, &mut store, &mut observers);
    let config = Config { block_size, ..Config::DEFAULT };
    Setup { config, ..Setup::default() }.run_with(server, dialogue);
}

fn warm() -> Device {
    Device { temperature: "22.3 C", ..Device::default() }
}

/// The messages of a figure, in order.
fn messages(rfc: u16, figure: u16) -> Vec<(Printed, Vec<u8>)> {
    let mine = printed().into_iter().filter(|message| (message.rfc, message.figure) == (rfc, figure));
    mine.map(|message| (message.clone(), super::bytes::ours(&message))).collect()
}

/// What is sent now, in hexadecimal; with the Message ID of `like`, where the server chooses it.
fn sent(d: &mut Dialogue<'_, Served<'_>>, like: Option<&[u8]>) -> String {
    let mut bytes = d.transmit().expect("something is sent");
    if let Some(like) = like {
        bytes[2..4].copy_from_slice(&like[2..4]);
    }
    hex::encode(bytes)
}

#[test]
fn rfc7252_figures_16_to_19_piggybacked_responses_to_the_byte() {
    for figure in 16..=19 {
        serving(BlockSize::B1024, warm(), |d| {
            let [(_, request), (_, response)] = &messages(7252, figure)[..] else { panic!("two messages") };
            // Figure 18: the first request is lost; 19: the first response is, and the request comes once more.
            for _ in 0..if figure == 19 { 2 } else { 1 } {
                assert_eq!(d.hear_bytes(request), "nothing");
                assert_eq!(sent(d, None), hex::encode(response), "figure {figure}");
            }
            d.silent();
        });
    }
}

#[test]
fn rfc7252_figure_20_separate_response() {
    serving(BlockSize::B1024, Device { late: true, ..warm() }, |d| {
        let all = messages(7252, 20);
        assert_eq!(d.hear_bytes(&all[0].1), "nothing");
        assert_eq!(sent(d, None), hex::encode(&all[1].1));
        d.silent();
        let server = d.coap.profile_mut();
        let ticket = server.context.ticket.take().expect("it is answered later");
        assert!(server.respond(ticket, |device, reply| reply.payload(device.temperature.as_bytes())));
        let response = d.transmit().expect("the response");
        assert_eq!(hex::encode([&response[..2], &all[2].1[2..4], &response[4..]].concat()), hex::encode(&all[2].1));
        let mut acknowledgement = all[3].1.clone();
        acknowledgement[2..4].copy_from_slice(&response[2..4]);
        assert_eq!(d.hear_bytes(&acknowledgement), "nothing");
        d.after(100.0);
        d.silent();
    });
}

#[test]
fn rfc7252_figure_21_a_client_that_crashed_rejects_the_separate_response() {
    serving(BlockSize::B1024, Device { late: true, ..warm() }, |d| {
        let all = messages(7252, 21);
        assert_eq!(d.hear_bytes(&all[0].1), "nothing");
        assert_eq!(sent(d, None), hex::encode(&all[1].1));
        let server = d.coap.profile_mut();
        let ticket = server.context.ticket.take().expect("it is answered later");
        assert!(server.respond(ticket, |device, reply| reply.payload(device.temperature.as_bytes())));
        let response = d.transmit().expect("the response");
        let reset = [&all[3].1[..2], &response[2..4]].concat();
        assert_eq!(d.hear_bytes(&reset), "nothing");
        // It is not sent again.
        d.after(100.0);
        d.silent();
    });
}

#[test]
fn rfc7252_figures_22_and_23_non_confirmable_requests() {
    serving(BlockSize::B1024, warm(), |d| {
        let all = messages(7252, 22);
        assert_eq!(d.hear_bytes(&all[0].1), "nothing");
        assert_eq!(sent(d, Some(&all[1].1)), hex::encode(&all[1].1));
        d.silent();
    });
    // As A, behind a multicast address: after a part of the leisure (RFC 7252 8.2).
    let all = messages(7252, 23);
    serving(BlockSize::B1024, warm(), |d| {
        assert!(d.coap.handle_group(d.now, &all[0].1).is_none());
        let waited = d.sleep();
        assert!(waited <= 5.0, "{waited}");
        assert_eq!(sent(d, Some(&all[1].1)), hex::encode(&all[1].1));
    });
    // As C, which has no such resource. The figure's C says so; ours is one of those that do not (RFC 7252 8.2: errors are kept back).
    serving(BlockSize::B1024, warm(), |d| {
        let mut request = all[0].1.clone();
        *request.last_mut().unwrap() = b'f';
        assert!(d.coap.handle_group(d.now, &request).is_none());
        d.after(6.0);
        d.silent();
    });
}

/// A response to a registration, or a notification, that must be the figure's but for its sequence number and Message ID, which the server chooses. What is
/// sent under another token is rejected by a client that does not know it any more.
fn observed(d: &mut Dialogue<'_, Served<'_>>, sequence: &mut u32, kind: u8, like: &Printed) -> Vec<u8> {
    let bytes = d.transmit().expect("something is sent");
    let message = Message::parse(&bytes).unwrap();
    if message.token != like.token {
        let reset = [&[0x70, 0], &bytes[2..4]].concat();
        assert_eq!(d.hear_bytes(&reset), "nothing");
        return observed(d, sequence, kind, like);
    }
    assert_eq!((message.kind as u8, message.code.0, message.payload), (kind, like.header[1], &like.payload[..]));
    let observe = message.observe().expect("it is a notification");
    assert!(observe > *sequence, "{observe} after {sequence}");
    *sequence = observe;
    let options: Vec<(String, Vec<u8>)> = message
        .options()
        .zip(&like.options)
        .map(|(opt, (_, printed))| {
            let value = if opt.number == OptionNumber::OBSERVE { printed.clone() } else { opt.value.to_vec() };
            (opt.number.to_string(), value)
        })
        .collect();
    assert_eq!((options, message.options().count()), (like.options.clone(), like.options.len()));
    bytes
}

fn set(d: &mut Dialogue<'_, Served<'_>>, temperature: &'static str, etag: Option<[u8; 5]>) {
    let server = d.coap.profile_mut();
    (server.context.temperature, server.context.etag) = (temperature, etag);
    server.changed("temperature");
}

#[test]
fn rfc7641_figures_3_to_6_the_server_s_part_of_an_observation() {
    const ETAG: Option<[u8; 5]> = Some([0x78, 0x79, 0x7a, 0x7a, 0x79]);
    let device = Device { temperature: "18.5 Cel", max_age: Some(15), ..Device::default() };
    serving(BlockSize::B1024, device, |d| {
        let [first, second, third, last] = [3, 4, 5, 6].map(|figure| messages(7641, figure));
        let mut sequence = 0;
        assert_eq!(d.hear_bytes(&first[0].1), "nothing");
        observed(d, &mut sequence, 2, &first[1].0);
        d.after(7.0);
        set(d, "19.2 Cel", None);
        observed(d, &mut sequence, 1, &first[2].0);
        d.after(9.0);
        // This one is lost.
        set(d, "19.7 Cel", None);
        observed(d, &mut sequence, 1, &second[0].0);
        d.after(13.0);
        // Another token is another observation (RFC 7641 4.1): now there are two.
        d.coap.profile_mut().context.etag = ETAG;
        assert_eq!(d.hear_bytes(&second[1].1), "nothing");
        sequence = 0;
        observed(d, &mut sequence, 2, &second[2].0);
        assert_eq!(d.coap.profile().observers(), 2);
        // The client is off: nobody hears of this.
        d.after(12.0);
        set(d, "20.0 Cel", None);
        while d.transmit().is_some() {}
        d.after(11.0);
        assert_eq!(d.hear_bytes(&third[0].1), "nothing");
        sequence = 0;
        observed(d, &mut sequence, 2, &third[1].0);
        assert_eq!(d.coap.profile().observers(), 3);
        d.after(7.0);
        // The figure's server chooses 2.03 here, as it may (4.3.2); ours keeps no ETags of its observers, and sends the representation.
        set(d, "19.7 Cel", ETAG);
        let whole = Printed { header: vec![0x51, 0x45, 0, 0], payload: b"19.7 Cel".to_vec(), ..third[2].0.clone() };
        observed(d, &mut sequence, 1, &whole);
        while let Some(other) = d.transmit() {
            d.hear_bytes(&[&[0x70, 0], &other[2..4]].concat());
        }
        assert_eq!(d.coap.profile().observers(), 1, "the client rejected what it had forgotten");
        // Most notifications are Non-confirmable; after a day, one must be acknowledged (4.5).
        d.after(86_401.0);
        set(d, "19.3 Cel", None);
        let confirmable = observed(d, &mut sequence, 0, &last[0].0);
        let mut reset = last[1].1.clone();
        reset[2..4].copy_from_slice(&confirmable[2..4]);
        assert_eq!(d.hear_bytes(&reset), "nothing");
        set(d, "19.0 Cel", None);
        d.after(1_000.0);
        d.silent();
        assert_eq!(d.coap.profile().observers(), 0);
    });
}

/// Requests for blocks from one number to another, and what is answered: `rest` bytes in the last.
fn download(
    d: &mut Dialogue<'_, Served<'_>>,
    what: &str,
    code: &str,
    size: usize,
    (first, last): (usize, usize),
    rest: usize,
) {
    for number in first..=last {
        let (more, len) = if number < last { (1, size) } else { (0, rest) };
        d.ignores(&format!("CON p{number} {what} Block2={number}/0/{size}"));
        let token = what.split(' ').nth(1).unwrap();
        d.sends(&format!("ACK p{number} {code} {token} Block2={number}/{more}/{size} | x*{len}"));
    }
    d.silent();
}

#[test]
fn rfc7959_figures_2_to_6_the_server_s_part_of_a_get() {
    // Figure 2: it proposes 128. Figure 3: it is asked for 64.
    serving(BlockSize::B128, Device { long: 128 * 2 + 7, ..Device::default() }, |d| {
        d.ignores("CON p GET 0x74000001 Uri-Path=status");
        d.sends("ACK p 2.05 0x74000001 Block2=0/1/128 | x*128");
        download(d, "GET 0x74000001 Uri-Path=status", "2.05", 128, (1, 2), 7);
    });
    serving(BlockSize::B128, Device { long: 64 * 6, ..Device::default() }, |d| {
        download(d, "GET 0x74000001 Uri-Path=status", "2.05", 64, (0, 5), 64);
    });
    // Figures 4 to 6: it proposes 128, and is asked for 64 then; in 5 and 6 one request comes twice.
    serving(BlockSize::B128, Device { long: 64 * 6, ..Device::default() }, |d| {
        d.ignores("CON p GET 0x74000001 Uri-Path=status");
        d.sends("ACK p 2.05 0x74000001 Block2=0/1/128 | x*128");
        for _ in 0..2 {
            d.ignores("CON p2 GET 0x74000001 Uri-Path=status Block2=2/0/64");
            d.sends("ACK p2 2.05 0x74000001 Block2=2/1/64 | x*64");
        }
        download(d, "GET 0x74000001 Uri-Path=status", "2.05", 64, (3, 5), 64);
    });
}

#[test]
fn rfc7959_figures_7_and_9_the_server_s_part_of_a_put() {
    serving(BlockSize::B128, Device::default(), |d| {
        for number in 0..2 {
            let body = alphabet(number * 128, number * 128 + 128);
            d.ignores(&format!("CON p{number} PUT 0x74000001 Uri-Path=options Block1={number}/1/128 | {body}"));
            d.sends(&format!("ACK p{number} 2.31 0x74000001 Block1={number}/1/128"));
        }
        d.ignores(&format!("CON p2 PUT 0x74000001 Uri-Path=options Block1=2/0/128 | {}", alphabet(256, 300)));
        d.sends("ACK p2 2.04 0x74000001 Block1=2/0/128");
        assert_eq!(d.coap.profile().context.uploaded, alphabet(0, 300).into_bytes());
    });
    // Figure 9: it has room for 32 bytes in its next messages.
    serving(BlockSize::B32, Device::default(), |d| {
        d.ignores(&format!("CON p PUT 0x74000001 Uri-Path=options Block1=0/1/128 | {}", alphabet(0, 128)));
        d.sends("ACK p 2.31 0x74000001 Block1=0/1/32");
        for number in 4..6 {
            let body = alphabet(number * 32, number * 32 + 32);
            d.ignores(&format!("CON p{number} PUT 0x74000001 Uri-Path=options Block1={number}/1/32 | {body}"));
            d.sends(&format!("ACK p{number} 2.31 0x74000001 Block1={number}/1/32"));
        }
        d.ignores(&format!("CON p6 PUT 0x74000001 Uri-Path=options Block1=6/0/32 | {}", alphabet(192, 200)));
        d.sends("ACK p6 2.04 0x74000001 Block1=6/0/32");
        assert_eq!(d.coap.profile().context.uploaded, alphabet(0, 200).into_bytes());
    });
}

#[test]
fn rfc7959_figures_10_and_11_the_server_s_part_of_a_post() {
    for (asked, size, rest) in [("", 128, 11), (" Block2=0/0/64", 64, 64)] {
        serving(BlockSize::B128, Device { long: size * 3 + rest, ..Device::default() }, |d| {
            for number in 0..2 {
                let body = alphabet(number * 128, number * 128 + 128);
                d.ignores(&format!("CON u{number} POST 0x74000001 Uri-Path=soap Block1={number}/1/128 | {body}"));
                d.sends(&format!("ACK u{number} 2.31 0x74000001 Block1={number}/1/128"));
            }
            let body = alphabet(256, 300);
            d.ignores(&format!("CON u2 POST 0x74000001 Uri-Path=soap{asked} Block1=2/0/128 | {body}"));
            d.sends(&format!("ACK u2 2.04 0x74000001 Block2=0/1/{size} Block1=2/0/128 | x*{size}"));
            download(d, "POST 0x74000001 Uri-Path=soap", "2.04", size, (1, 3), rest);
            assert_eq!(d.coap.profile().context.uploaded, alphabet(0, 300).into_bytes());
        });
    }
}

#[test]
fn rfc7959_figures_12_and_13_the_server_s_part_of_an_observation_in_blocks() {
    for (asked, size, last) in [("", 128, 2), (" Block2=0/0/64", 64, 4)] {
        serving(BlockSize::B128, Device { long: size * last + 53, ..Device::default() }, |d| {
            d.ignores(&format!("CON 1636 GET 0x740000fb Observe=0 Uri-Path=status-icon{asked}"));
            d.sends(&format!("ACK 1636 2.05 0x740000fb ETag=0x6f00f38e Observe=1 Block2=0/1/{size} | x*{size}"));
            d.after(4.0);
            let server = d.coap.profile_mut();
            server.context.late = true;
            server.changed("status-icon");
            d.sends(&format!("CON af9c 2.05 0x740000fb ETag=0x6f00f392 Observe=2 Block2=0/1/{size} | x*{size}"));
            d.ignores("ACK af9c Empty -");
            for number in 1..=last {
                let (more, len) = if number < last { (1, size) } else { (0, 53) };
                d.ignores(&format!("CON p{number} GET 0x740000fc Uri-Path=status-icon Block2={number}/0/{size}"));
                d.sends(&format!(
                    "ACK p{number} 2.05 0x740000fc ETag=0x6f00f392 Block2={number}/{more}/{size} | x*{len}"
                ));
            }
            d.silent();
        });
    }
}

#[test]
fn rfc7967_figures_1_and_2_nothing_is_said_to_an_update() {
    for figure in [1, 2] {
        serving(BlockSize::B1024, Device::default(), |d| {
            for (message, bytes) in messages(7967, figure) {
                assert_eq!(d.hear_bytes(&bytes), "nothing");
                d.silent();
                assert_eq!(d.coap.profile().context.uploaded, message.payload);
                d.after(20.0);
            }
        });
    }
}

/// RFC 6690 5: the documents and the answers to filters, as a table of resources tells them.
#[test]
fn rfc6690_5_what_a_table_of_resources_says_of_itself() {
    fn none(_: &mut (), _: &Incoming<'_>, _: &mut Reply<'_>) {}
    const SENSORS: &[Resource<()>] = &[
        Resource::new("sensors/temp", none).attributes("if=\"sensor\""),
        Resource::new("sensors/light", none).attributes("if=\"sensor\""),
    ];
    const TYPED: &[Resource<()>] = &[
        Resource::new("sensors", none).attributes("ct=40"),
        Resource::new("sensors/temp", none).attributes("rt=\"temperature-c\";if=\"sensor\""),
        Resource::new("sensors/light", none).attributes("rt=\"light-lux core.sen-light\";if=\"sensor\""),
        Resource::new("firmware/v2.1", none).attributes("rt=\"firmware\";sz=262144"),
    ];
    let cases: [(&[Resource<()>], &str, &str); 4] = [
        (SENSORS, "", "</sensors/temp>;if=\"sensor\",</sensors/light>;if=\"sensor\""),
        (TYPED, "rt=light-lux", "</sensors/light>;rt=\"light-lux core.sen-light\";if=\"sensor\""),
        (TYPED, "rt=firmware", "</firmware/v2.1>;rt=\"firmware\";sz=262144"),
        (TYPED, "ct=40", "</sensors>;ct=40"),
    ];
    for (table, query, document) in cases {
        let (mut answers, mut store) = ([Answered::EMPTY; 2], [0; 2 * 200]);
        let server = Server::new((), table, &mut answers, &mut store, &mut []);
        Setup::default().run_with(server, |d| {
            let asked = if query.is_empty() { String::new() } else { format!(" Uri-Query={query}") };
            d.ignores(&format!("CON p GET 0x74000001 Uri-Path=.well-known Uri-Path=core{asked}"));
            d.sends(&format!("ACK p 2.05 0x74000001 Content-Format=40 | {document}"));
        });
    }
}

/// The same by the client: what the queries of section 5 leave of the whole document.
#[test]
fn rfc6690_5_filters_of_a_document() {
    let whole = "</sensors>;ct=40;title=\"Sensor Index\",</sensors/temp>;rt=\"temperature-c\";if=\"sensor\",\
                 </sensors/light>;rt=\"light-lux\";if=\"sensor\",\
                 <http://www.example.com/sensors/t123>;anchor=\"/sensors/temp\";rel=\"describedby\",\
                 </t>;anchor=\"/sensors/temp\";rel=\"alternate\"";
    for (query, found) in [
        ("rt=light-lux", &["/sensors/light"][..]),
        ("anchor=/sensors/temp", &["http://www.example.com/sensors/t123", "/t"]),
        ("rt=firmware", &[]),
    ] {
        let filter = Filter::new(query);
        let left: Vec<&str> =
            links(whole).flatten().filter(|link| filter.matches(link)).map(|link| link.target).collect();
        assert_eq!(left, found, "{query}");
    }
}
