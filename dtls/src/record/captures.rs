//! Records of real peers, replayed through the record room from both ends.

extern crate std;
use super::{Channel, Dropped, Opened};
use crate::crypto::Aeads;
#[cfg(feature = "gcm")]
use crate::crypto::soft::Aes128Gcm;
use crate::crypto::soft::{Aes128Ccm, Aes128Ccm8};
use crate::wire::ContentType;
use std::collections::BTreeMap;
use std::string::String;
use std::vec::Vec;
use std::{assert_eq, format, println, vec};
#[cfg(feature = "chacha20poly1305")]
use stint_vectors::key_log;
use stint_vectors::{Capture, Captured, Direction, KeySchedule, Packet, captures};

/// A channel with the keys of a captured handshake, at the end that reads what goes in `reads`.
fn channel<A: Aeads>(aeads: &mut A, keys: &KeySchedule, reads: Direction) -> Channel<A::Key> {
    let lens = A::lens(0);
    let mut rest = keys.key_block.as_slice();
    let mut take = |len: u8| {
        let (part, tail) = rest.split_at(len.into());
        rest = tail;
        part
    };
    let [client_key, server_key] = [take(lens.key), take(lens.key)];
    let [client_iv, server_iv] = [take(lens.fixed_iv), take(lens.fixed_iv)];
    let (client_cid, server_cid) = (keys.client_cid.as_deref(), keys.server_cid.as_deref());
    let (parts, own, peer) = match reads {
        Direction::ToClient => ([client_key, server_key, client_iv, server_iv], client_cid, server_cid),
        Direction::ToServer => ([server_key, client_key, server_iv, client_iv], server_cid, client_cid),
    };
    let mut channel = Channel::EMPTY;
    channel.agree_cid(own.unwrap_or_default(), peer.unwrap_or_default()).expect("a Connection ID of 32 bytes at most");
    assert_eq!(Channel::key_block::<A>(0), parts.concat().len());
    channel.install(aeads, 0, &parts.concat()).expect("a key block of the AEAD");
    channel
}

/// What happened to a record, to be compared with what the capture's decryptor read.
#[derive(Debug, PartialEq)]
enum Read {
    Open(u8, Vec<u8>),
    Dropped(Dropped),
}

/// Opens the records of a datagram one after the other.
fn open<A: Aeads>(channel: &mut Channel<A::Key>, aeads: &mut A, packet: &Packet, own_cid: &[u8]) -> Vec<Read> {
    let mut bytes = packet.bytes.clone();
    let mut datagram = bytes.as_mut_slice();
    let mut read = Vec::new();
    while !datagram.is_empty() {
        read.push(match channel.open(aeads, &mut datagram, own_cid) {
            Ok(Opened { content, data, .. }) => Read::Open(content.0, data.to_vec()),
            Err(dropped) => Read::Dropped(dropped),
        });
    }
    read
}

#[derive(Debug, Default, PartialEq)]
struct Counts {
    plain: usize,
    opened: usize,
    sealed: usize,
    padded: usize,
    other_nonce: usize,
    foreign: usize,
    other_handshake: usize,
}

/// Reads what goes in one direction of a handshake, and writes it anew at the other end.
fn replay<A: Aeads>(mut aeads: A, capture: &Capture, keys: &KeySchedule, direction: Direction, counts: &mut Counts) {
    let other = if direction == Direction::ToClient { Direction::ToServer } else { Direction::ToClient };
    let own_cid = if direction == Direction::ToClient { &keys.client_cid } else { &keys.server_cid };
    let own_cid = own_cid.as_deref().unwrap_or_default();
    let mut reader = channel(&mut aeads, keys, direction);
    let mut writer = channel(&mut aeads, keys, other);
    for packet in capture.packets.iter().filter(|packet| packet.direction == direction) {
        let read = open(&mut reader, &mut aeads, packet, own_cid);
        let name = format!("{} {:?} {:?}", capture.name, packet.direction, read);
        for (record, read) in packet.records.iter().zip(&read) {
            let content = record.inner_type.unwrap_or(record.content_type);
            match (read, &record.plaintext) {
                (Read::Dropped(Dropped::Foreign), _) => {
                    assert!(record.cid.as_deref() != Some(own_cid), "{name}");
                    counts.foreign += 1;
                }
                // Another handshake of the same capture; that one opens it.
                (Read::Dropped(Dropped::Forged | Dropped::Replayed), _) if capture.connections.len() > 1 => {
                    counts.other_handshake += 1;
                }
                (Read::Open(kind, data), Some(plaintext)) => {
                    assert_eq!((*kind, data), (content, plaintext), "{name}");
                    if record.epoch == 0 {
                        counts.plain += 1;
                    } else {
                        counts.opened += 1;
                        seal(&mut writer, &mut aeads, packet, record, counts);
                    }
                }
                _ => panic!("{name}: {record:?}"),
            }
        }
        // Behind a record of another Connection ID nothing is read.
        let all = read.len() == packet.records.len() || read.last() == Some(&Read::Dropped(Dropped::Foreign));
        assert!(all, "{name}");
    }
}

/// The same plaintext under the same number is the same record, unless the peer padded it (RFC 9146 4) or ours is not its next number.
fn seal<A: Aeads>(
    writer: &mut Channel<A::Key>,
    aeads: &mut A,
    packet: &Packet,
    record: &Captured,
    counts: &mut Counts,
) {
    let plaintext = record.plaintext.as_deref().unwrap_or_default();
    let content = ContentType(record.inner_type.unwrap_or(record.content_type));
    let (before, after) = writer.overhead::<A>(true);
    let mut out = vec![0; before + plaintext.len() + after];
    // Numbers that this capture skips, or that another content took, are used up.
    while writer.sealed() < record.sequence {
        assert!(writer.seal(aeads, &mut out, content, plaintext.len(), true).is_some());
    }
    out[before..before + plaintext.len()].copy_from_slice(plaintext);
    let len = writer.seal(aeads, &mut out, content, plaintext.len(), true).expect("room for the record");
    if record.inner_plaintext.as_ref().is_some_and(|inner| inner.len() > plaintext.len() + 1) {
        counts.padded += 1;
        return;
    }
    // RFC 6655 3 leaves the explicit part of the nonce to the peer; ours is epoch and number.
    let number = u64::from(record.epoch) << 48 | record.sequence;
    if record.nonce.as_ref().is_some_and(|nonce| !nonce.ends_with(&number.to_be_bytes())) {
        counts.other_nonce += 1;
        return;
    }
    assert!(packet.bytes.windows(len).any(|part| part == &out[..len]), "{record:?}\n{out:02x?}");
    counts.sealed += 1;
}

#[test]
fn records_of_real_peers_open_and_seal_to_the_same_bytes() {
    let mut counts = Counts::default();
    let mut skipped = BTreeMap::<String, usize>::new();
    let mut handshakes = 0;
    for capture in captures() {
        for keys in &capture.connections {
            for direction in [Direction::ToClient, Direction::ToServer] {
                match keys.suite {
                    suite if keys.key_block.is_empty() => {
                        *skipped.entry(format!("{}: suite {suite:04x} without keys", capture.name)).or_default() += 1;
                        continue;
                    }
                    0xc0a8 | 0xc0ae | 0xd003 => replay(Aes128Ccm8, &capture, keys, direction, &mut counts),
                    0xc0a4 | 0xc0ac => replay(Aes128Ccm, &capture, keys, direction, &mut counts),
                    #[cfg(feature = "gcm")]
                    0x00a8 | 0xc02b => replay(Aes128Gcm, &capture, keys, direction, &mut counts),
                    suite => {
                        *skipped.entry(format!("{}: suite {suite:04x}", capture.name)).or_default() += 1;
                        continue;
                    }
                }
                handshakes += usize::from(direction == Direction::ToClient);
            }
        }
    }
    println!("records through the record room: {handshakes} handshakes, {counts:?}; not ours: {skipped:?}");
    // Ten of the handshakes agreed on AES-GCM: 60 records, of which 12 bear a nonce of the peer's choice.
    let mut expected =
        Counts { plain: 1421, opened: 591, sealed: 550, padded: 23, other_nonce: 18, foreign: 2, other_handshake: 409 };
    if cfg!(feature = "gcm") {
        expected = Counts { plain: 1519, opened: 651, sealed: 598, other_nonce: 30, ..expected };
    }
    let not_ours = skipped.values().sum::<usize>() / 2;
    assert_eq!((handshakes, counts), (if cfg!(feature = "gcm") { 105 } else { 95 }, expected));
    // None is left out in silence: the others are those printed.
    assert_eq!(handshakes + not_ours, 130);
}

/// No decryptor read these records for us: the master secrets are from the peer's key log, and each record's tag says whether it was read right.
#[cfg(feature = "chacha20poly1305")]
#[test]
fn records_with_nonces_of_rfc_7905_open_and_seal_to_the_same_bytes() {
    use crate::crypto::prf;
    use crate::crypto::soft::{ChaCha20Poly1305, Sha256};
    let (mut handshakes, mut opened, mut finished) = (0, 0, 0);
    for mut capture in captures() {
        let log = key_log(&capture.name);
        for mut keys in std::mem::take(&mut capture.connections) {
            let Some((_, master)) = log.iter().find(|(random, _)| *random == keys.client_random) else { continue };
            if keys.suite != 0xccac {
                continue;
            }
            keys.key_block = vec![0; 88];
            let seed: [&[u8]; 2] = [&keys.server_random, &keys.client_random];
            prf(&mut Sha256, master, b"key expansion", &seed, &mut keys.key_block);
            for direction in [Direction::ToClient, Direction::ToServer] {
                let other = if direction == Direction::ToClient { Direction::ToServer } else { Direction::ToClient };
                let mut aeads = ChaCha20Poly1305;
                let mut reader = channel(&mut aeads, &keys, direction);
                let mut writer = channel(&mut aeads, &keys, other);
                for packet in capture.packets.iter().filter(|packet| packet.direction == direction) {
                    for (record, read) in packet.records.iter().zip(open(&mut reader, &mut aeads, packet, &[])) {
                        // The other handshake of the capture does not open.
                        let Read::Open(content, data) = read else { continue };
                        if record.epoch == 0 {
                            continue;
                        }
                        assert_eq!(content, record.content_type, "{}", capture.name);
                        finished += usize::from(data.starts_with(&[20, 0, 0, 12]));
                        let (before, after) = writer.overhead::<ChaCha20Poly1305>(true);
                        assert_eq!((before, after), (13, 16));
                        let mut out = vec![0; before + data.len() + after];
                        assert_eq!(writer.sealed(), record.sequence, "{}", capture.name);
                        out[before..before + data.len()].copy_from_slice(&data);
                        let len = writer.seal(&mut aeads, &mut out, ContentType(content), data.len(), true);
                        assert_eq!(len, Some(out.len()));
                        assert!(packet.bytes.windows(out.len()).any(|part| part == out), "{}", capture.name);
                        opened += 1;
                    }
                }
            }
            handshakes += 1;
        }
    }
    println!(
        "ChaCha20-Poly1305 through the record room: {handshakes} handshakes, {opened} records, {finished} of them Finished"
    );
    assert_eq!((handshakes, opened, finished), (4, 24, 8));
}

#[test]
fn a_captured_record_changed_in_any_bit_is_dropped() {
    let capture = stint_vectors::capture("mbedtls35-psk-ccm8-cid");
    let keys = &capture.connections[0];
    let own_cid = keys.client_cid.as_deref().unwrap_or_default();
    let to_client = |packet: &&Packet| packet.direction == Direction::ToClient && packet.bytes[0] == 25;
    let packet = capture.packets.iter().find(to_client).expect("application data of the server");
    for bit in 0..8 * packet.bytes.len() {
        let mut changed = packet.clone();
        changed.bytes[bit / 8] ^= 1 << (bit % 8);
        let mut reader = channel(&mut Aes128Ccm8, keys, Direction::ToClient);
        let read = open(&mut reader, &mut Aes128Ccm8, &changed, own_cid);
        assert!(!read.iter().any(|read| matches!(read, Read::Open(..))), "bit {bit}: {read:?}");
    }
}
