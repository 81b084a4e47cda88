//! CoAP requests to a device that serves.

use crate::coap_dialogue::{Dialogue, Setup};
use stint_coap::{Answered, Code, Incoming, Message, Observer, OptionNumber, Reply, Resource, Server, Type, Writer};

#[derive(Default)]
struct Device {
    done: usize,
}

const TABLE: &[Resource<Device>] = &[
    Resource::new("value", value).allow(Code::PUT).attributes("rt=\"a rather long name of a type\"").observable(),
    Resource::new("another/with/a/long/path", value),
];

fn value(device: &mut Device, incoming: &Incoming<'_>, reply: &mut Reply<'_>) {
    if incoming.message.code == Code::PUT {
        device.done += 1;
    }
    reply.payload(b"on");
}

/// A server with a share of so many bytes for each answer.
fn serving(share: usize, dialogue: impl FnOnce(&mut Dialogue<'_, Server<'_, Device>>)) {
    let mut answers = [Answered::EMPTY; 2];
    let mut store = vec![0; 2 * share];
    let mut observers = [Observer::EMPTY; 2];
    let server = Server::new(Device::default(), TABLE, &mut answers, &mut store, &mut observers);
    Setup::default().run_with(server, dialogue);
}

fn asks(kind: Type, id: u16, token: &[u8], options: &[(u16, &[u8])], payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0; 70_000];
    let mut writer = Writer::new(&mut out, kind, if payload.is_empty() { Code::GET } else { Code::PUT }, id, token);
    for (number, value) in options {
        writer.option(OptionNumber(*number), value);
    }
    let len = writer.payload(payload).unwrap();
    out[..len].to_vec()
}

/// Hears it, sends at most one message of at most `most` bytes, and serves another.
fn survives(share: usize, most: usize, bytes: &[u8]) {
    serving(share, |d| {
        assert_eq!(d.hear_bytes(bytes), "nothing");
        if let Some(sent) = d.transmit() {
            assert!(sent.len() <= most, "{} bytes are sent", sent.len());
            assert!(Message::parse(&sent).is_ok());
        }
        d.silent();
        d.ignores("CON p1 GET - Uri-Path=value");
        d.sends("ACK p1 2.05 - | on");
    });
}

#[test]
fn cve_2026_27703_well_known_core_behind_a_token_longer_than_its_room() {
    let core: &[(u16, &[u8])] = &[(11, b".well-known"), (11, b"core")];
    for share in [64, 112, 160] {
        for token in [0, 8, 9, 12, 13, 60, 104, 112, 113, 268, 269, 1000] {
            survives(share, 4 + 2 + token + share, &asks(Type::Confirmable, 1, &vec![7; token], core, b""));
        }
    }
}

#[test]
fn cve_2024_32017_options_copied_without_their_lengths_looked_at() {
    let long = vec![b'x'; 1000];
    for number in [1, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 17, 20, 23, 27, 28, 35, 39, 60, 65_000, 65_001] {
        for len in [0, 9, 64, 255, 256, 300, 1000] {
            survives(112, 200, &asks(Type::Confirmable, 1, b"t", &[(number, &long[..len])], b""));
        }
    }
}

#[test]
fn cve_2024_31029_request_of_which_a_part_is_missing() {
    let whole = asks(Type::Confirmable, 1, b"token", &[(6, &[0]), (11, b"value"), (12, &[40])], b"payload");
    for len in 0..whole.len() {
        survives(160, 200, &whole[..len]);
        for byte in [0, 0x0d, 0xd0, 0xee, 0xff] {
            let mut bent = whole.clone();
            bent[len] = byte;
            survives(160, 200, &bent);
        }
    }
}

#[test]
fn ccoap_4_options_that_end_in_their_middle() {
    for options in [&[0xb5][..], &[0xb5, b'v', b'a'], &[0xbd], &[0xbe, 0], &[0xb1, b'v', 0x05], &[0xb0, 0xf0]] {
        let bytes = [&[0x40, 1, 0x12, 0x34][..], options].concat();
        assert!(Message::parse(&bytes).is_err());
        survives(160, 4, &bytes);
    }
}

#[test]
fn cve_2020_3162_malformed_requests_stop_the_server() {
    serving(160, |d| {
        for n in 0..20_000u32 {
            let [a, b, c, e] = (n.wrapping_mul(2_654_435_761)).to_be_bytes();
            d.hear_bytes(&[0x40 | a & 0x3f, b, c, e, a ^ b, c ^ e, 0xff][..4 + (n as usize % 4)]);
            while d.transmit().is_some() {}
        }
        d.after(300.0);
        while d.transmit().is_some() {}
        d.ignores("CON p1 GET - Uri-Path=value");
        d.sends("ACK p1 2.05 - | on");
    });
}

#[test]
fn cve_2020_12887_memory_used_up_by_requests_that_come_again() {
    serving(160, |d| {
        let again = asks(Type::Confirmable, 0x7001, b"t", &[(11, b"value")], b"set");
        for n in 0..5_000u16 {
            d.hear_bytes(&again);
            // and others that are malformed, with options in them
            d.hear_bytes(
                &[&[0x40, 3, (n >> 8) as u8, n as u8][..], &[0xb5, b'v', b'a', b'l', b'u', b'e', 0x0f]].concat(),
            );
            while d.transmit().is_some() {}
        }
        assert_eq!(d.coap.profile().context.done, 1, "done once");
        d.after(300.0);
        d.ignores("CON p1 GET - Uri-Path=value");
        d.sends("ACK p1 2.05 - | on");
    });
}
