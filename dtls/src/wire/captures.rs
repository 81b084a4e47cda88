//! Handshake messages of real servers, replayed through the wire room.

extern crate std;
use super::{ContentType, ExtensionType, Fragment, HandshakeType, Header, HelloVerifyRequest, Reader, ServerHello};
use super::{finish_body, server_key_exchange_hint};
use std::collections::BTreeMap;
use std::format;
use std::string::String;
use std::vec::Vec;
use std::{assert_eq, println};
use stint_vectors::{Captured, Direction, KeySchedule, captures};

/// The fragments of a record's content, each in the words of the capture's decryptor.
fn fragments<'a>(record: &'a Captured, content: &'a [u8]) -> Vec<Fragment<'a>> {
    let mut reader = Reader::new(content);
    let mut read = Vec::new();
    while !reader.is_empty() {
        let fragment = Fragment::read(&mut reader).expect("a well-formed fragment");
        let (kind, length, message_seq) = (fragment.kind, fragment.length, fragment.message_seq);
        let (offset, len) = (fragment.offset, fragment.data.len());
        let expected = &record.handshake[read.len()];
        let (_, numbers) = expected.split_once(' ').expect("a name and numbers");
        assert_eq!(format!("seq={message_seq} len={length} frag={offset}+{len}"), numbers);
        let again = Header { kind, length, message_seq, offset, fragment: len }.bytes();
        assert!(content.windows(again.len()).any(|part| part == again), "{expected}");
        read.push(fragment);
    }
    assert_eq!(read.len(), record.handshake.len());
    read
}

/// Reads the body of a whole message of the server.
fn body(kind: HandshakeType, body: &[u8], connections: &[KeySchedule], name: &str) {
    match kind {
        HandshakeType::HELLO_VERIFY_REQUEST => {
            let request = HelloVerifyRequest::read(body).expect(name);
            assert_eq!(request.cookie, &body[3..], "{name}");
        }
        HandshakeType::SERVER_HELLO => {
            let hello = ServerHello::read(body).expect(name);
            // An exchange that came to no keys has no connection to compare with.
            if let Some(keys) = connections.iter().find(|keys| keys.server_random == hello.random) {
                let has = |kind| hello.extensions.into_iter().any(|(found, _)| found == kind);
                assert_eq!(hello.suite, keys.suite, "{name}");
                assert_eq!(has(ExtensionType::EXTENDED_MASTER_SECRET), keys.ems, "{name}");
                assert_eq!(has(ExtensionType::CONNECTION_ID), keys.server_cid.is_some(), "{name}");
            }
            assert_eq!((hello.version, hello.compression), (super::DTLS_1_2, 0), "{name}");
        }
        HandshakeType::SERVER_KEY_EXCHANGE if connections.iter().all(|keys| matches!(keys.suite, 0xc0a8 | 0xc0a4)) => {
            assert!(server_key_exchange_hint(body).is_some(), "{name}");
        }
        HandshakeType::SERVER_HELLO_DONE => assert!(body.is_empty(), "{name}"),
        HandshakeType::FINISHED => {
            let verify_data = finish_body(body).expect(name);
            let known = connections.iter().flat_map(|keys| &keys.finished);
            assert!(known.into_iter().any(|finished| finished.verify_data == verify_data), "{name}");
        }
        _ => {}
    }
    // Cut anywhere, it is no such message, or at least no reader runs over its end.
    for len in 0..body.len() {
        let cut = &body[..len];
        match kind {
            HandshakeType::HELLO_VERIFY_REQUEST => assert!(HelloVerifyRequest::read(cut).is_none(), "{name}"),
            HandshakeType::FINISHED => assert!(finish_body(cut).is_none(), "{name}"),
            HandshakeType::SERVER_HELLO => drop(ServerHello::read(cut)),
            _ => drop(server_key_exchange_hint(cut)),
        }
    }
}

#[test]
fn messages_of_real_servers_are_read() {
    let mut kinds = BTreeMap::<String, usize>::new();
    let (mut datagrams, mut fragmented) = (0, 0);
    for capture in captures() {
        for packet in capture.packets.iter().filter(|packet| packet.direction == Direction::ToClient) {
            datagrams += 1;
            for record in &packet.records {
                let content = record.inner_type.unwrap_or(record.content_type);
                let Some(plaintext) = record.plaintext.as_ref().filter(|_| content == ContentType::HANDSHAKE.0) else {
                    continue;
                };
                for (fragment, said) in fragments(record, plaintext).iter().zip(&record.handshake) {
                    let (kind, _) = said.split_once(' ').expect("a name and numbers");
                    *kinds.entry(kind.into()).or_default() += 1;
                    if fragment.is_whole() {
                        body(fragment.kind, fragment.data, &capture.connections, &format!("{} {said}", capture.name));
                    } else {
                        fragmented += 1;
                    }
                }
            }
        }
    }
    println!("messages of real servers: {datagrams} datagrams, {kinds:?}, {fragmented} fragments");
    assert_eq!((datagrams, kinds.values().sum::<usize>()), (844, 747));
}

/// A client's messages are only written here: their headers are, to the same bytes; a Finished is one of those that the decryptor recomputed.
#[test]
fn headers_of_real_clients_are_written_again() {
    let mut kinds = BTreeMap::<String, usize>::new();
    for capture in captures() {
        for packet in capture.packets.iter().filter(|packet| packet.direction == Direction::ToServer) {
            for record in &packet.records {
                let content = record.inner_type.unwrap_or(record.content_type);
                let Some(plaintext) = record.plaintext.as_ref().filter(|_| content == ContentType::HANDSHAKE.0) else {
                    continue;
                };
                for (fragment, said) in fragments(record, plaintext).iter().zip(&record.handshake) {
                    let (kind, _) = said.split_once(' ').expect("a name and numbers");
                    *kinds.entry(kind.into()).or_default() += 1;
                    if fragment.kind == HandshakeType::FINISHED {
                        body(fragment.kind, fragment.data, &capture.connections, &format!("{} {said}", capture.name));
                    }
                }
            }
        }
    }
    println!("headers of real clients: {kinds:?}");
    assert_eq!(kinds.values().sum::<usize>(), 541);
}
