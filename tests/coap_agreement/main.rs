//! The codec's reader against two others, coap-lite and aiocoap, on 100,000 messages, made, damaged and captured ones: what each reads,
//! and each difference explained. What is read here is written again to the same bytes, and nothing panics.
//!
//! The seed is fixed; `STINT_SEED=n` takes another. It is printed, and so is the message that was read otherwise.

mod aiocoap;
mod differences;
mod generate;

use coap_lite::Packet;
use differences::{AIOCOAP, COAP_LITE, Case, Difference};
use stint_coap::{FormatError, Message, OptionNumber, Writer};

const MESSAGES: usize = 100_000;

/// What a message is, for any reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Meaning {
    pub(crate) kind: u8,
    pub(crate) code: u8,
    pub(crate) id: u16,
    pub(crate) token: Vec<u8>,
    pub(crate) options: Vec<(u32, Vec<u8>)>,
    pub(crate) payload: Vec<u8>,
}

fn seed() -> u64 {
    let seed = std::env::var("STINT_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7252);
    println!("STINT_SEED={seed}");
    seed
}

fn ours(bytes: &[u8]) -> Result<Meaning, FormatError> {
    let message = Message::parse(bytes)?;
    Ok(Meaning {
        kind: message.kind as u8,
        code: message.code.0,
        id: message.id,
        token: message.token.to_vec(),
        options: message.options().map(|opt| (opt.number.0.into(), opt.value.to_vec())).collect(),
        payload: message.payload.to_vec(),
    })
}

fn coap_lite(bytes: &[u8]) -> Result<Meaning, String> {
    let packet = Packet::from_bytes(bytes).map_err(|error| format!("{error:?}"))?;
    let all =
        packet.options().flat_map(|(number, values)| values.iter().map(|value| (u32::from(*number), value.clone())));
    Ok(Meaning {
        kind: packet.header.get_type() as u8,
        code: packet.header.code.into(),
        id: packet.header.message_id,
        token: packet.get_token().to_vec(),
        options: all.collect(),
        payload: packet.payload.clone(),
    })
}

/// Holds what another reader read against ours, and says how often it differs in what.
fn agree(
    name: &str,
    known: &[Difference],
    messages: &[Vec<u8>],
    theirs: impl Iterator<Item = Result<Meaning, String>>,
) {
    let mut found = vec![0usize; known.len()];
    let (mut both, mut none) = (0, 0);
    for (bytes, theirs) in messages.iter().zip(theirs) {
        let ours = ours(bytes);
        match (Case { bytes, ours: &ours, theirs: &theirs }).difference(known) {
            None if ours.is_ok() => both += 1,
            None => none += 1,
            Some(Some(at)) => found[at] += 1,
            Some(None) => panic!("{name} reads {} otherwise:\n{theirs:?}\nand not\n{ours:?}", hex::encode(bytes)),
        }
    }
    println!("{name}: {both} messages read alike, {none} refused by both");
    for (difference, found) in known.iter().zip(&found) {
        println!("  {found}: {name} {} ({})", difference.what, difference.why);
    }
    for (difference, found) in known.iter().zip(found) {
        assert!(found > 0, "{name} never {}: it is to be taken off the list", difference.what);
    }
    // most messages are some, or nothing was compared
    assert!(both > messages.len() / 3 && none > messages.len() / 20);
}

#[test]
fn coap_lite_reads_a_message_otherwise_for_a_reason_that_is_not_known() {
    let messages = generate::messages(seed(), MESSAGES);
    agree("coap-lite", &COAP_LITE, &messages, messages.iter().map(|bytes| coap_lite(bytes)));
}

#[test]
fn aiocoap_reads_a_message_otherwise_for_a_reason_that_is_not_known() {
    let messages = generate::messages(seed(), MESSAGES);
    agree("aiocoap", &AIOCOAP, &messages, aiocoap::read(&messages).into_iter());
}

#[test]
fn what_is_read_is_written_to_other_bytes() {
    let mut out = vec![0; 300_000];
    for bytes in generate::messages(seed(), MESSAGES) {
        let Ok(message) = Message::parse(&bytes) else { continue };
        let mut writer = Writer::new(&mut out, message.kind, message.code, message.id, message.token);
        message.options().for_each(|opt| writer.option(opt.number, opt.value));
        let len = writer.payload(message.payload).unwrap();
        // There is one way to write each message (RFC 7252 3.1), so these are the bytes that it came in.
        assert_eq!(hex::encode(&out[..len]), hex::encode(&bytes));
    }
}

/// What the options mean is none or within its bounds, whatever they are.
#[test]
fn an_option_that_makes_no_sense_is_read_or_panics() {
    let mut read = [0usize; 12];
    for bytes in generate::messages(seed().wrapping_add(1), MESSAGES) {
        let Ok(message) = Message::parse(&bytes) else { continue };
        let seen = [
            message.content_format().is_some(),
            message.accept().is_some(),
            message.max_age().as_secs() != 60,
            message.retry_after().is_some(),
            message.etag().is_some_and(|tag| (1..=8).contains(&tag.len())),
            message.location().is_some_and(|location| location.to_string().starts_with(['/', '?'])),
            message.size1().is_some() || message.size2().is_some(),
            message.no_response().is_some(),
            message.hop_limit().is_some_and(|limit| limit > 0),
            message.echo().is_some_and(|echo| (1..=40).contains(&echo.len())),
            message.observe().is_some_and(|value| value < 1 << 24),
            message.diagnostic().is_some_and(|text| !text.is_empty()),
        ];
        read.iter_mut().zip(seen).for_each(|(read, seen)| *read += usize::from(seen));
        assert!(message.all(OptionNumber::URI_PATH).all(|opt| opt.number == OptionNumber::URI_PATH));
        if let Some(problem) = message.problem() {
            assert!(problem.is_err() || !message.payload.is_empty());
        }
    }
    assert!(read.iter().all(|read| *read > 0), "{read:?}");
}
