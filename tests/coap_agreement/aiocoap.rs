//! aiocoap's parser: one process, all messages in one go (`peers/aiocoap_parser.py` says how they are written).

use super::Meaning;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use stint_lab::build_peers;

/// What aiocoap reads in each message, or the name of what it raises.
pub(crate) fn read(messages: &[Vec<u8>]) -> Vec<Result<Meaning, String>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/aiocoap_parser.py");
    let python = build_peers::python().unwrap();
    let mut child = Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut sink = BufWriter::new(child.stdin.take().unwrap());
    let mut source = BufReader::new(child.stdout.take().unwrap());
    let answers = std::thread::scope(|scope| {
        scope.spawn(move || {
            for message in messages {
                sink.write_all(&(message.len() as u32).to_be_bytes()).unwrap();
                sink.write_all(message).unwrap();
            }
        });
        messages.iter().map(|_| answer(&string(&mut source))).collect()
    });
    assert!(child.wait().unwrap().success());
    answers
}

fn answer(bytes: &[u8]) -> Result<Meaning, String> {
    let [read, rest @ ..] = bytes else { panic!("an empty answer") };
    if *read == 0 {
        return Err(String::from_utf8(rest.to_vec()).unwrap());
    }
    let [kind, code, high, low, rest @ ..] = rest else { panic!("an answer cut short") };
    let mut rest = rest;
    let token = string(&mut rest);
    let options = (0..number(&mut rest)).map(|_| (number(&mut rest), string(&mut rest))).collect();
    let payload = string(&mut rest);
    assert!(rest.is_empty());
    Ok(Meaning { kind: *kind, code: *code, id: u16::from_be_bytes([*high, *low]), token, options, payload })
}

fn number(source: &mut impl Read) -> u32 {
    let mut bytes = [0; 4];
    source.read_exact(&mut bytes).expect("aiocoap's parser ended early");
    u32::from_be_bytes(bytes)
}

fn string(source: &mut impl Read) -> Vec<u8> {
    let mut bytes = vec![0; number(source) as usize];
    source.read_exact(&mut bytes).expect("aiocoap's parser ended early");
    bytes
}
