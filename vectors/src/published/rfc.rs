//! RFC 3610, RFC 4231, the PRF of TLS 1.2, CoAP's messages.

use super::{Aead, Published, ask};
use crate::coap::encoded;
use crate::{libcoap_pdus, plain_captures, printed, rfc3610, rfc4231, tls_prf};

pub(super) fn files() -> Vec<Published> {
    let mut files = vec![ccm(), hmac(), prf(), figures(), libcoap()];
    for capture in plain_captures() {
        let mut file = Published::new(format!("captures/{}/packets.json", capture.name));
        for (at, packet) in capture.packets.iter().enumerate() {
            file.push(format!("datagram {at}"), ask(12, &[&packet.bytes]), Some(&packet.bytes));
        }
        files.push(file);
    }
    files
}

fn ccm() -> Published {
    let mut file = Published::new("rfc/rfc3610.json");
    for case in rfc3610() {
        let (request, reply) = Aead::Ccm.ask(&case);
        file.push(case.source, request, reply.as_deref());
    }
    file
}

fn hmac() -> Published {
    let mut file = Published::new("rfc/rfc4231.json");
    for case in rfc4231() {
        let request = ask(9, &[&case.key, &case.data, &case.mac]);
        file.push(case.source, request, case.valid.then_some(&case.mac));
    }
    file
}

fn prf() -> Published {
    let mut file = Published::new("tls-prf/tls12_prf_sha256.json");
    for case in tls_prf() {
        let len = u16::try_from(case.out.len()).expect("a short output").to_be_bytes();
        file.push(case.source, ask(10, &[&case.secret, &case.label, &case.seed, &len]), Some(&case.out));
    }
    file
}

fn figures() -> Published {
    let mut file = Published::new("rfc/coap.json");
    for message in printed() {
        let source = format!("RFC {}, figure {}", message.rfc, message.figure);
        let bytes = encoded(&message);
        if let Some(drawn) = &message.bytes {
            assert_eq!(&bytes, drawn, "{source}");
        }
        if let Some(len) = message.len {
            assert_eq!(bytes.len(), len, "{source}");
        }
        file.push(source, ask(12, &[&bytes]), Some(&bytes));
    }
    file
}

fn libcoap() -> Published {
    let mut file = Published::new("coap/libcoap_parse_pdu.json");
    for pdu in libcoap_pdus() {
        let output = pdu.accepted.then_some(&pdu.bytes[..]);
        file.push(pdu.test, ask(12, &[&pdu.bytes]), output);
    }
    file.other("t_parse_pdu17 refuses what t_parse_pdu1 takes");
    file
}
