//! Options and messages (RFC 7252 3, 3.1).

use crate::error::FormatError;
use crate::{Code, Message, Opt, OptionNumber, Options, Type, Writer};
use std::vec::Vec;
use std::{println, vec};

/// The edges of a delta or a length in its three forms, and those of their sums.
const EDGES: [u32; 19] = [0, 1, 11, 12, 13, 14, 25, 26, 267, 268, 269, 270, 281, 282, 537, 538, 65_534, 65_535, 65_804];

/// A delta or a length as RFC 7252 3.1 has it: four bits, and what extends them.
fn form(value: u32) -> (u8, Vec<u8>) {
    if value < 13 {
        (value as u8, vec![])
    } else if value < 13 + 256 {
        (13, vec![(value - 13) as u8])
    } else {
        (14, vec![((value - 269) / 256) as u8, ((value - 269) % 256) as u8])
    }
}

fn encoded(delta: u32, value: &[u8]) -> Vec<u8> {
    let (high, more) = form(delta);
    let (low, much) = form(value.len() as u32);
    [&[high * 16 + low], &more[..], &much, value].concat()
}

fn written(options: &[(u16, &[u8])], out: &mut [u8]) -> Option<usize> {
    let mut writer = Writer::options(out);
    options.iter().for_each(|(number, value)| writer.option(OptionNumber(*number), value));
    writer.finish()
}

/// What a walk sees, and how it ends.
fn walked(bytes: &[u8]) -> (Vec<Opt<'_>>, Result<&[u8], FormatError>) {
    let mut walk = Options::new(bytes);
    (walk.by_ref().collect(), walk.end())
}

#[test]
fn some_delta_or_some_length_is_written_or_read_as_another() {
    let (mut out, value) = (vec![0; 66_000], vec![0xa5; 65_805]);
    let mut cases = 0u32;
    let lengths = (0..=600).chain((600..65_700).step_by(509)).chain(65_700..=65_804);
    for (number, len) in (0..=0xffff).map(|number| (number, 3)).chain(lengths.map(|len| (7, len))) {
        let value = &value[..len];
        let expected = encoded(number, value);
        let len = written(&[(number as u16, value)], &mut out).unwrap();
        assert_eq!(out[..len], expected, "{number}");
        let option = Opt::new(OptionNumber(number as u16), value);
        assert_eq!(walked(&expected), (vec![option], Ok(&[][..])), "{number}");
        cases += 1;
    }
    assert_eq!(written(&[(7, &value)], &mut out), None, "65,805 bytes");
    println!("option codec: {cases} deltas and lengths");
}

#[test]
fn some_pair_of_options_at_the_edges_or_some_cut_of_it_is_read_wrong() {
    let value = vec![0xff; 65_804];
    let (mut pairs, mut cuts) = (0u32, 0u32);
    let lengths = || EDGES.into_iter().filter(|len| *len < 600);
    let mut out = vec![0; 2_000];
    for (first, second) in EDGES.into_iter().flat_map(|first| EDGES.map(|second| (first, second))) {
        for (a, b) in lengths().flat_map(|a| lengths().map(move |b| (a, b))) {
            let (a, b) = (&value[..a as usize], &value[..b as usize]);
            let one = encoded(first, a);
            let both = [&one[..], &encoded(second, b)].concat();
            let expected = [(first, a), (first + second, b)];
            let (seen, end) = walked(&both);
            pairs += 1;
            let fits = expected.iter().take_while(|(number, _)| *number <= 0xffff).count();
            assert_eq!(seen.len(), fits);
            let same = |(opt, (number, value)): (&Opt<'_>, &(u32, &[u8]))| {
                u32::from(opt.number.0) == *number && opt.value == *value
            };
            assert!(seen.iter().zip(&expected).all(same), "{first} {second}");
            if fits < 2 {
                assert_eq!(end, Err(FormatError::Option), "{first} {second}");
                continue;
            }
            let options = expected.map(|(number, value)| (number as u16, value));
            let len = written(&options, &mut out).unwrap();
            assert_eq!(out[..len], both);
            // Cut within the heads and next to each edge; within a value all cuts are alike.
            let heads = (0..8)
                .chain(one.len().saturating_sub(2)..one.len() + 8)
                .chain(both.len().saturating_sub(2)..both.len());
            for cut in heads.filter(|cut| *cut < both.len()) {
                let (seen, end) = walked(&both[..cut]);
                let whole = cut == 0 || cut == one.len();
                assert_eq!(end.is_ok(), whole, "{first} {second} {} {} cut at {cut}", a.len(), b.len());
                assert!(whole || end == Err(FormatError::Truncated));
                assert_eq!(seen.len(), usize::from(cut >= one.len()));
                assert_eq!(written(&options, &mut out[..cut]), None);
                cuts += 1;
            }
        }
    }
    println!("option codec: {pairs} pairs of options, {cuts} cuts of them");
}

/// The same by RFC 7252 3.1, on numbers alone: where the options end and how; `None`: they break off.
fn model(bytes: &[u8]) -> Result<usize, FormatError> {
    let (mut at, mut number) = (0, 0u32);
    while at < bytes.len() && bytes[at] != 0xff {
        let mut next = at + 1;
        let mut parts = [u32::from(bytes[at] / 16), u32::from(bytes[at] % 16)];
        for part in &mut parts {
            let (more, least) = match *part {
                13 => (1, 13),
                14 => (2, 269),
                15 => return Err(FormatError::Option),
                _ => continue,
            };
            let Some(extension) = bytes.get(next..next + more) else { return Err(FormatError::Truncated) };
            *part = extension.iter().fold(0, |sum, byte| sum * 256 + u32::from(*byte)) + least;
            next += more;
        }
        number += parts[0];
        if number > 0xffff {
            return Err(FormatError::Option);
        }
        at = next + parts[1] as usize;
        if at > bytes.len() {
            return Err(FormatError::Truncated);
        }
    }
    Ok(at)
}

#[test]
fn some_three_bytes_are_read_otherwise_than_the_rfc_says_or_come_back_changed() {
    let (mut cases, mut good) = (0u32, 0u32);
    let mut out = [0; 8];
    for len in 0..=3 {
        for string in 0..1u32 << (8 * len) {
            let bytes = string.to_be_bytes();
            let bytes = &bytes[4 - len..];
            let ((seen, end), expected) = (walked(bytes), model(bytes));
            match expected {
                Ok(at) => {
                    assert_eq!(end, Ok(&bytes[at..]), "{bytes:?}");
                    // Each list of options has one encoding: what was read is written as it was.
                    let mut writer = Writer::options(&mut out);
                    seen.iter().for_each(|opt| writer.option(opt.number, opt.value));
                    let len = writer.finish().unwrap();
                    assert_eq!(out[..len], bytes[..at], "{bytes:?}");
                    good += 1;
                }
                // Where a reserved form and a cut are both there, either is right to be told.
                Err(_) if bytes.iter().any(|byte| byte / 16 == 15 || byte % 16 == 15) => {
                    assert!(end.is_err(), "{bytes:?}")
                }
                Err(error) => assert_eq!(end, Err(error), "{bytes:?}"),
            }
            cases += 1;
        }
    }
    println!("option codec: {cases} strings of up to three bytes, {good} of them options");
}

#[test]
fn a_message_cut_anywhere_is_taken_for_another_than_the_bytes_that_are_left() {
    let (mut cases, mut out) = (0u32, vec![0; 1_000]);
    for (token, number, len) in (0..=8)
        .chain([12, 13, 268, 269])
        .flat_map(|token| EDGES.map(|number| (token, number)))
        .flat_map(|(token, number)| [0, 1, 12, 13, 268, 269].map(|len| (token, number, len)))
        .filter(|(_, number, _)| *number <= 0xffff)
    {
        let (token, value) = (vec![0xff; token], vec![0xff; len]);
        let mut writer = Writer::new(&mut out, Type::NonConfirmable, Code::PUT, 0xffff, &token);
        writer.option(OptionNumber(number as u16), &value);
        let whole = writer.payload(&[0xff; 3]).unwrap();
        let head = 4 + form(token.len() as u32).1.len() + token.len();
        let options = head + encoded(number, &value).len();
        assert_eq!(whole, options + 4);
        for cut in 0..=whole {
            let message = Message::parse(&out[..cut]);
            cases += 1;
            match cut {
                _ if cut == head || cut == options || cut >= options + 2 => {
                    let message = message.unwrap();
                    assert_eq!((message.token, message.payload.len()), (&token[..], cut.saturating_sub(options + 1)));
                    let opt = message.option(OptionNumber(number as u16));
                    assert_eq!(opt.map(|opt| opt.value), (cut > head).then_some(&value[..]));
                }
                _ if cut == options + 1 => assert_eq!(message.unwrap_err(), FormatError::EmptyPayload),
                _ => assert_eq!(message.unwrap_err(), FormatError::Truncated, "{cut} of {whole}"),
            }
        }
    }
    println!("message: {cases} cuts");
}
