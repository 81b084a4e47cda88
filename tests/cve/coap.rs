//! CoAP messages as bytes, to a device that asks: each ends in its format error, a Reset where that is due, and the request goes on.

use crate::coap_dialogue::{Dialogue, Setup};
use stint_coap::{BlockSize, Code, FormatError, Message, OptionNumber, Request, Type, Writer};

/// The bytes do not parse, and in the middle of a request they are counted and come to nothing.
fn malformed(bytes: &[u8], error: FormatError) {
    assert_eq!(Message::parse(bytes).err(), Some(error), "{bytes:02x?}");
    survives(bytes, |d, before| assert_eq!(d.stats().malformed, before + 1, "{bytes:02x?}"));
}

/// Whatever the bytes are, a request that is under way ends as it should.
fn survives(bytes: &[u8], then: impl FnOnce(&Dialogue<'_>, u16)) {
    Setup::default().run(|d| {
        d.request("a", Request::get("time"));
        d.sends("CON m1 GET t1 Uri-Path=time");
        let before = d.stats().malformed;
        assert_eq!(d.hear_bytes(bytes), "nothing", "{bytes:02x?}");
        then(d, before);
        // a Reset at most (RFC 7252 4.2), and nothing beside
        if let Some(sent) = d.transmit() {
            assert_eq!((sent.len(), sent[0], sent[1]), (4, 0x70, 0), "{bytes:02x?}");
        }
        d.receives("ACK m1 2.05 t1 | noon", "a 2.05 @0 last | noon");
    });
}

#[test]
fn ghsa_p9hp_2jxm_6rqp_extended_token_length_behind_the_end() {
    for kind in [0x40, 0x50, 0x60] {
        for len in [13, 14] {
            malformed(&[kind | len, 0x45, 0x51, 1], FormatError::Truncated);
            malformed(&[kind | len, 0x45, 0x51, 1, 0], FormatError::Truncated);
        }
        malformed(&[kind | 14, 0x45, 0x51, 1, 0xff, 0xff], FormatError::Truncated);
        malformed(&[kind | 15, 0x45, 0x51, 1, 0, 0], FormatError::TokenLength);
    }
}

#[test]
fn cve_2020_12886_token_longer_than_the_message() {
    for len in 1..=8 {
        for have in 0..usize::from(len) {
            let bytes = [&[0x50 | len, 0x45, 0x51, 1][..], &vec![7; have]].concat();
            malformed(&bytes, FormatError::Truncated);
        }
    }
}

#[test]
fn cve_2020_12883_extended_delta_and_length_behind_the_end() {
    for head in [0xd0, 0xe0, 0x0d, 0x0e, 0xdd, 0xde, 0xed, 0xee, 0xd1, 0xe1] {
        let wants = |nibble: u8| match nibble {
            13 => 1,
            14 => 2,
            _ => 0,
        };
        let need = wants(head >> 4) + wants(head & 15) + usize::from(head & 15 == 1);
        for have in 0..need {
            malformed(&[&[0x50, 0x45, 0x51, 1, head][..], &vec![0; have]].concat(), FormatError::Truncated);
        }
    }
}

#[test]
fn cve_2020_12884_repeated_option_longer_than_the_message() {
    // two of Uri-Query, the second with more length than there are bytes
    for claimed in [2, 12] {
        let bytes = [0x50, 0x45, 0x51, 1, 0xd1, 2, b'a', claimed, b'b'];
        malformed(&bytes, FormatError::Truncated);
    }
    malformed(&[0x50, 0x45, 0x51, 1, 0xd1, 2, b'a', 0x0d, 200, b'b'], FormatError::Truncated);
    malformed(&[0x50, 0x45, 0x51, 1, 0xd1, 2, b'a', 0x0e, 0xff, 0xff, b'b'], FormatError::Truncated);
}

#[test]
fn cve_2020_12885_options_that_never_end() {
    // options of no delta and no length, as many as a datagram holds, and a reserved nibble among them
    let mut bytes = vec![0x50, 0x45, 0x51, 1];
    bytes.extend([0; 60_000]);
    survives(&bytes, |_, _| ());
    for head in [0xf0, 0x0f, 0xf1, 0x1f, 0xfd] {
        malformed(&[0x50, 0x45, 0x51, 1, head, 0, 0], FormatError::Option);
    }
}

#[test]
fn cve_2020_12887_option_number_that_wraps() {
    // 65,535 in one step, then a step of one, of eleven, and of as much again
    let far = [0xe0, 0xfe, 0xf2];
    assert_eq!(Message::parse(&[&[0x50, 0x45, 0x51, 1][..], &far].concat()).unwrap().options().count(), 1);
    for step in [&[0x10][..], &[0xb0], &[0xd0, 0], &[0xe0, 0xfe, 0xf2]] {
        malformed(&[&[0x50, 0x45, 0x51, 1][..], &far, step].concat(), FormatError::Option);
    }
    malformed(&[0x50, 0x45, 0x51, 1, 0xe0, 0xff, 0xff], FormatError::Option);
}

#[test]
fn microcoap_48_length_that_wraps_and_a_writer_without_room() {
    // 269 + 65,535 is 65,804, which 16 bits make 268
    let wrapped = [&[0x50, 0x45, 0x51, 1, 0x1e, 0xff, 0xff][..], &[7; 268]].concat();
    malformed(&wrapped, FormatError::Truncated);
    // a message in every room up to its own length: nothing is written behind it, and only the whole one is a message
    for room in 0..340 {
        let mut out = vec![0xa5; room + 8];
        let written = {
            let (room, _) = out.split_at_mut(room);
            let mut writer = Writer::new(room, Type::Confirmable, Code::PUT, 1, b"token");
            writer.option(OptionNumber::URI_PATH, &[b'p'; 270]);
            writer.option(OptionNumber(2_000), &[b'q'; 14]);
            writer.payload(b"payload")
        };
        assert!(out[room..].iter().all(|byte| *byte == 0xa5), "{room}");
        match written {
            Some(len) => assert!(len <= room && Message::parse(&out[..len]).is_ok()),
            None => assert!(room < 4 + 5 + 273 + 18 + 8, "{room}"),
        }
    }
}

#[test]
fn cve_2018_12679_token_and_text_that_are_not_utf_8() {
    // a token that nobody asked with, a path and a diagnostic payload of bytes that are no text
    for token in [[0xfd, 0xff, 0xfe, 0x80], [0xc3, 0x28, 0xa0, 0xa1]] {
        let mut out = [0; 64];
        let mut writer = Writer::new(&mut out, Type::NonConfirmable, Code::BAD_REQUEST, 7, &token);
        writer.option(OptionNumber(8), &[0xff, 0xfe]);
        let len = writer.payload(&[0xff, 0x80, 0xc0]).unwrap();
        survives(&out[..len], |d, _| assert_eq!(d.stats().unmatched, 1));
    }
}

#[test]
fn cve_2018_12680_codes_and_types_that_have_no_meaning() {
    for code in 0..=255 {
        for first in [0x40, 0x50, 0x60, 0x70, 0x80, 0xc0, 0x00] {
            survives(&[first, code, 0x9a, 0xbc], |_, _| ());
        }
    }
}

#[test]
fn cve_2024_31030_marker_without_payload_and_empty_message_with_more() {
    malformed(&[0x50, 0x45, 0x51, 1, 0xff], FormatError::EmptyPayload);
    malformed(&[0x51, 0x00, 0x51, 1, 9], FormatError::NotEmpty);
    malformed(&[0x50, 0x00, 0x51, 1, 0xff, 1], FormatError::NotEmpty);
    for len in 0..4 {
        malformed(&[0x50, 0x45, 0x51][..len.min(3)], FormatError::Truncated);
    }
}

#[test]
fn cve_2021_41040_any_prefix_of_a_message_is_read() {
    let mut out = [0; 200];
    let mut writer = Writer::new(&mut out, Type::NonConfirmable, Code::CONTENT, 9, b"12345678");
    writer.option(OptionNumber::ETAG, b"etag");
    writer.option(OptionNumber::LOCATION_PATH, &[b'l'; 40]);
    writer.uint(OptionNumber::BLOCK2, 0xff_ffff);
    let len = writer.payload(b"payload").unwrap();
    for cut in 0..len {
        survives(&out[..cut], |_, _| ());
        for bit in 0..8 {
            let mut bent = out[..len].to_vec();
            bent[cut] ^= 1 << bit;
            survives(&bent, |_, _| ());
        }
    }
}

#[test]
fn libcoap_199_options_and_no_payload_are_shown() {
    // the bytes of the reports, as near as they are printed there
    let report = [&[0x40][..], &[0x5b; 14], &[0; 12], &[0x5b, 0x5b], &[0xe0; 90], &[0x5b; 80]].concat();
    for len in 4..report.len() {
        survives(&report[..len], |_, _| ());
    }
    survives(&[0x5a, 0x0a, 0x5b, 0x5b], |d, before| assert_eq!(d.stats().malformed, before + 1));
}

#[test]
fn cve_2023_30362_payload_without_an_end_is_read_on() {
    // an error whose diagnostic payload fills the datagram to its last byte, without a zero behind it
    Setup {
        config: stint_coap::Config { block_size: BlockSize::B1024, ..stint_coap::Config::DEFAULT },
        ..Setup::default()
    }
    .run(|d| {
        d.request("a", Request::get("time"));
        d.sends("CON m1 GET t1 Uri-Path=time");
        let text = "e".repeat(1000);
        d.receives(&format!("ACK m1 4.00 t1 | {text}"), &format!("a 4.00 @0 last | {text}"));
    });
}

#[test]
fn cve_2023_35862_and_2026_29013_oscore_is_spoken() {
    // RFC 8613 2: the option is critical, and who does not know it refuses the message that has it
    for value in ["", "x", "0x09", "0x1901020304"] {
        Setup::default().run(|d| {
            d.request("a", Request::get("time"));
            d.sends("CON m1 GET t1 Uri-Path=time");
            let mut out = [0; 64];
            let token = d.bytes("NON s9 2.05 t1")[4..8].to_vec();
            let mut writer = Writer::new(&mut out, Type::Confirmable, Code::CHANGED, 0x5151, &token);
            writer.option(OptionNumber(9), value.as_bytes());
            let len = writer.payload(&[0x83, 0xff, 0xff]).unwrap();
            assert_eq!(d.hear_bytes(&out[..len]), "a BadOption");
            assert_eq!(d.stats().bad_options, 1);
        });
    }
}
