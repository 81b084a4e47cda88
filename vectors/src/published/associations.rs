//! The application data of captured associations: CoAP messages are read and written again to the same bytes; what is none is counted.

use super::{Published, ask};
use crate::{Capture, captures};

/// Programs whose application data is CoAP, by how a capture of one is called; the others echo lines of text or fetch a page.
const COAP: [&str; 4] = ["aiocoap-", "californium4-", "libcoap-", "m-libcoap-"];

/// A file for each capture, named as the file is; its cases are the CoAP messages.
pub(super) fn files() -> Vec<Published> {
    captures().iter().map(file).collect()
}

fn file(capture: &Capture) -> Published {
    let coap = COAP.iter().any(|name| capture.name.starts_with(name));
    let mut file = Published::new(format!("captures/{}/kat.json", capture.name));
    for (at, record) in capture.packets.iter().flat_map(|packet| &packet.records).enumerate() {
        let kind = record.inner_type.unwrap_or(record.content_type);
        match &record.plaintext {
            Some(data) if kind == 23 && coap => {
                // What Mbed TLS's client says to everybody is no CoAP (libcoap's server answers it with a Reset, RFC 7252 4.2): it is refused.
                let refused = data.starts_with(b"GET / HTTP/1.0");
                file.push(format!("record {at}"), ask(12, &[data]), (!refused).then_some(data));
            }
            Some(_) if kind == 23 => file.other("application data that is not CoAP"),
            None if kind == 23 => file.other("application data of a suite that the decryptor did not know"),
            // Handshake, alerts, ChangeCipherSpec, in the tests of its private rooms.
            _ => file.other("for stint-dtls's own tests"),
        }
    }
    file
}
