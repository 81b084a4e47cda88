//! The application data of captured associations: CoAP messages are read and written again to the same bytes; what is none is counted.

use stint_vectors::{Asked, Capture, Published, captures};

/// Programs whose application data is CoAP, by how a capture of one is called; the others echo lines of text or fetch a page.
const COAP: [&str; 4] = ["aiocoap-", "californium4-", "libcoap-", "m-libcoap-"];

/// A file for each capture, named as the file is; its cases are the CoAP messages.
pub(super) fn files() -> Vec<Published> {
    captures().iter().map(file).collect()
}

fn file(capture: &Capture) -> Published {
    let coap = COAP.iter().any(|name| capture.name.starts_with(name));
    let file = format!("captures/{}/kat.json", capture.name);
    let mut file = Published { file, cases: Vec::new(), others: Default::default(), slow: false };
    for (at, record) in capture.packets.iter().flat_map(|packet| &packet.records).enumerate() {
        let kind = record.inner_type.unwrap_or(record.content_type);
        let mut other = |reason: &str| *file.others.entry(reason.into()).or_default() += 1;
        match &record.plaintext {
            Some(data) if kind == 23 && coap => {
                let len = u16::try_from(data.len()).unwrap().to_be_bytes();
                let request = [&[12], &len[..], data].concat();
                // What Mbed TLS's client says to everybody is no CoAP (libcoap's server answers it with a Reset, RFC 7252 4.2): it is refused.
                let refused = data.starts_with(b"GET / HTTP/1.0");
                let reply = if refused { vec![0] } else { [&[1], &data[..]].concat() };
                file.cases.push(Asked { source: format!("record {at}"), request, reply });
            }
            Some(_) if kind == 23 => other("application data that is not CoAP"),
            None if kind == 23 => other("application data of a suite that the decryptor did not know"),
            // Handshake, alerts, ChangeCipherSpec: the tests of stint-dtls take them, in its private rooms.
            _ => {}
        }
    }
    file
}
