//! The codec against coap-lite, an independent one, in both directions, and against the verdicts of libcoap's unit tests. What each takes
//! for a message at all is in `coap_agreement`.
//!
//! The seed is fixed; `STINT_SEED=n` takes another. It is printed, and so is the message that a failure was narrowed down to.

use coap_lite::{CoapOption, MessageClass, MessageType, Packet};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseResult, TestRng, TestRunner};
use stint_coap::{Code, FormatError, Message, OptionNumber, Type, Writer};

/// The longest value that coap-lite reads: it keeps a length in 16 bits. RFC 7252 3.1 allows 269 bytes more; the codec's own tests go there.
const LONGEST: usize = 65_535;

/// Runs `test` on many inputs, the same ones each time.
fn check<S: Strategy>(cases: u32, strategy: &S, test: impl Fn(S::Value) -> TestCaseResult) {
    let seed: u64 = std::env::var("STINT_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7252);
    println!("STINT_SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
    if let Err(failure) = TestRunner::new_with_rng(config, rng).run(strategy, test) {
        panic!("STINT_SEED={seed}: {failure}");
    }
}

#[derive(Clone, Debug)]
struct Parts {
    kind: u8,
    code: u8,
    id: u16,
    token: Vec<u8>,
    options: Vec<(u16, Vec<u8>)>,
    payload: Vec<u8>,
}

/// Any message but Empty ones, with numbers and lengths around the edges of their encoding.
fn parts() -> impl Strategy<Value = Parts> {
    let number = prop_oneof![0..40u16, 255..290u16, any::<u16>(), Just(u16::MAX)];
    let value = prop_oneof![80 => vec(any::<u8>(), 0..20), 20 => vec(any::<u8>(), 250..290), 1 => vec(any::<u8>(), 65_000..=LONGEST)];
    let message =
        (0..4u8, 1..=255u8, any::<u16>(), vec(any::<u8>(), 0..=8), vec((number, value), 0..8), vec(any::<u8>(), 0..40));
    message.prop_map(|(kind, code, id, token, mut options, payload)| {
        options.sort_by_key(|(number, _)| *number);
        Parts { kind, code, id, token, options, payload }
    })
}

fn kind(bits: u8) -> Type {
    [Type::Confirmable, Type::NonConfirmable, Type::Acknowledgement, Type::Reset][usize::from(bits)]
}

fn lite_kind(bits: u8) -> MessageType {
    [MessageType::Confirmable, MessageType::NonConfirmable, MessageType::Acknowledgement, MessageType::Reset]
        [usize::from(bits)]
}

fn write(parts: &Parts) -> Option<Vec<u8>> {
    let mut out = vec![0; 600_000];
    let mut writer = Writer::new(&mut out, kind(parts.kind), Code(parts.code), parts.id, &parts.token);
    for (number, value) in &parts.options {
        writer.option(OptionNumber(*number), value);
    }
    let len = writer.payload(&parts.payload)?;
    out.truncate(len);
    Some(out)
}

fn packet(parts: &Parts) -> Packet {
    let mut packet = Packet::new();
    packet.header.set_type(lite_kind(parts.kind));
    packet.header.code = MessageClass::from(parts.code);
    packet.header.message_id = parts.id;
    packet.set_token(parts.token.clone());
    for (number, value) in &parts.options {
        packet.add_option(CoapOption::from(*number), value.clone());
    }
    packet.payload = parts.payload.clone();
    packet
}

fn agree(message: &Message<'_>, packet: &Packet) -> TestCaseResult {
    prop_assert_eq!(lite_kind(message.kind as u8), packet.header.get_type());
    prop_assert_eq!(message.code.0, u8::from(packet.header.code));
    prop_assert_eq!(message.id, packet.header.message_id);
    prop_assert_eq!(message.token, packet.get_token());
    prop_assert_eq!(message.payload, &packet.payload[..]);
    let ours: Vec<(u16, Vec<u8>)> = message.options().map(|opt| (opt.number.0, opt.value.to_vec())).collect();
    let theirs: Vec<(u16, Vec<u8>)> =
        packet.options().flat_map(|(number, values)| values.iter().map(|value| (*number, value.clone()))).collect();
    prop_assert_eq!(ours, theirs);
    Ok(())
}

#[test]
fn a_message_written_here_reads_otherwise_there() {
    check(2_000, &parts(), |parts| {
        let bytes = write(&parts).expect("it fits");
        let packet = Packet::from_bytes(&bytes).map_err(|error| TestCaseError::fail(format!("{error:?}")))?;
        agree(&Message::parse(&bytes).unwrap(), &packet)
    });
}

#[test]
fn a_message_written_there_reads_otherwise_here_or_is_written_otherwise() {
    check(2_000, &parts(), |parts| {
        let packet = packet(&parts);
        let bytes = packet.to_bytes_unlimited().map_err(|error| TestCaseError::fail(format!("{error:?}")))?;
        let message = Message::parse(&bytes).map_err(|error| TestCaseError::fail(error.to_string()))?;
        agree(&message, &packet)?;
        prop_assert_eq!(write(&parts), Some(bytes));
        Ok(())
    });
}

#[test]
fn a_conversion_changes_the_message() {
    check(1_000, &parts(), |parts| {
        let bytes = write(&parts).expect("it fits");
        let message = Message::parse(&bytes).unwrap();
        let packet = Packet::try_from(&message).unwrap();
        agree(&message, &packet)?;
        prop_assert_eq!(packet.to_bytes_unlimited().unwrap(), bytes.clone());
        let mut out = vec![0; bytes.len()];
        agree(&Message::from_packet(&packet, &mut out).unwrap().unwrap(), &packet)?;
        prop_assert_eq!(&out, &bytes);
        prop_assert!(Message::from_packet(&packet, &mut out[1..]).unwrap().is_none());
        Ok(())
    });
}

#[test]
fn a_token_that_coap_lite_cannot_carry_is_cut_or_panics() {
    for len in [9, 13, 16, 256, 300] {
        let (mut out, token) = (vec![0; 400], vec![7; len]);
        let len = Writer::new(&mut out, Type::Confirmable, Code::GET, 1, &token).finish().unwrap();
        let message = Message::parse(&out[..len]).unwrap();
        assert_eq!(Packet::try_from(&message).err(), Some(FormatError::TokenLength));
    }
}

#[test]
fn a_message_of_libcoaps_unit_tests_is_judged_otherwise() {
    let pdus = stint_vectors::libcoap_pdus();
    assert_eq!(pdus.len(), 16);
    for pdu in pdus {
        assert_eq!(pdu.transports, ["COAP_PROTO_UDP"]);
        assert_eq!(Message::parse(&pdu.bytes).is_ok(), pdu.accepted, "{}", pdu.test);
    }
}
