//! Bytes: the messages of figures written with our codec and with coap-lite's, and captured ones read and written again.

use coap_lite::{CoapOption, Packet};
use stint_coap::{Message, OptionNumber, Writer};
use stint_vectors::{Printed, plain_captures, printed};

/// A message read, and written again option by option.
fn again(bytes: &[u8]) -> Vec<u8> {
    let message = Message::parse(bytes).unwrap_or_else(|error| panic!("{error}: {}", hex::encode(bytes)));
    let mut out = vec![0; bytes.len() + 8];
    let mut writer = Writer::new(&mut out, message.kind, message.code, message.id, message.token);
    for opt in message.options() {
        writer.option(opt.number, opt.value);
    }
    let len = if message.payload.is_empty() { writer.finish() } else { writer.payload(message.payload) };
    out.truncate(len.expect("room enough"));
    out
}

fn number(name: &str) -> OptionNumber {
    let known = (0..300).map(OptionNumber).find(|number| number.name() == Some(name));
    known.unwrap_or_else(|| panic!("{name} is no option"))
}

/// A printed message by our codec.
pub(crate) fn ours(message: &Printed) -> Vec<u8> {
    let (kind, code, id) = Message::header(&message.header).unwrap();
    let mut out = vec![0; 1_500];
    let mut writer = Writer::new(&mut out, kind, code, id, &message.token);
    for (name, value) in &message.options {
        writer.option(number(name), value);
    }
    let len = if message.payload.is_empty() { writer.finish() } else { writer.payload(&message.payload) };
    out.truncate(len.expect("options in ascending order, and room enough"));
    out
}

fn theirs(message: &Printed) -> Vec<u8> {
    // coap-lite takes a header from bytes alone.
    let mut packet = Packet::from_bytes(&[&message.header[..], &message.token].concat()).unwrap();
    for (name, value) in &message.options {
        packet.add_option(CoapOption::from(number(name).0), value.clone());
    }
    packet.payload = message.payload.clone();
    packet.to_bytes().unwrap()
}

#[test]
fn a_figure_s_message_is_other_bytes() {
    let (mut count, mut whole) = (0, 0);
    for message in printed() {
        let name = format!("RFC {}, figure {}, client {}", message.rfc, message.figure, message.from_client);
        let bytes = ours(&message);
        assert_eq!(hex::encode(&bytes[..4]), hex::encode(&message.header), "{name}");
        assert_eq!(hex::encode(&bytes), hex::encode(theirs(&message)), "{name}");
        assert_eq!(again(&bytes), bytes, "{name}");
        if let Some(len) = message.len {
            assert_eq!(bytes.len(), len, "{name}");
        }
        if let Some(printed) = &message.bytes {
            assert_eq!(hex::encode(&bytes), hex::encode(printed), "{name}");
            whole += 1;
        }
        let read = Message::parse(&bytes).unwrap();
        assert_eq!((read.token, read.payload), (&message.token[..], &message.payload[..]), "{name}");
        let options: Vec<(String, Vec<u8>)> =
            read.options().map(|opt| (opt.number.to_string(), opt.value.to_vec())).collect();
        assert_eq!(options, message.options, "{name}");
        count += 1;
    }
    println!("messages of figures: {count}, of which {whole} are printed byte by byte");
    assert_eq!((count, whole), (78, 4));
}

#[test]
fn a_captured_message_is_written_again_to_other_bytes() {
    let mut all = 0;
    for capture in plain_captures() {
        for packet in &capture.packets {
            // Among them is a token of 16 bytes (RFC 8974), of libcoap's client.
            assert_eq!(hex::encode(again(&packet.bytes)), hex::encode(&packet.bytes), "{}", capture.name);
        }
        println!("{}: {} messages", capture.name, capture.packets.len());
        all += capture.packets.len();
    }
    println!("messages of captures without DTLS: {all} read and written again");
    assert_eq!(all, 271);
}
