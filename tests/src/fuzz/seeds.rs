//! Inputs to begin with, made of the published vectors and captures, so that none is stored twice.

use crate::parties::Parties;
use crate::random::Random;
use stint_vectors::{Capture, Captured, Packet, captures, certificates as published, libcoap_pdus, limbo, pkits};
use stint_vectors::{plain_captures, printed};

/// Longer inputs are slower and find no more.
const LONGEST: usize = 2_000;

fn sorted(inputs: impl IntoIterator<Item = Vec<u8>>) -> Vec<Vec<u8>> {
    let all: std::collections::BTreeSet<_> = inputs.into_iter().filter(|input| input.len() <= LONGEST).collect();
    all.into_iter().collect()
}

fn packets() -> impl Iterator<Item = Packet> {
    captures().into_iter().flat_map(|Capture { packets, .. }| packets)
}

fn records() -> impl Iterator<Item = Captured> {
    packets().flat_map(|packet| packet.records)
}

/// Datagrams of captures, each with the Connection ID that its first record bears.
pub(super) fn datagrams() -> Vec<Vec<u8>> {
    sorted(packets().map(|packet| {
        let cid = packet.records.iter().find_map(|record| record.cid.clone()).unwrap_or_default();
        [&[packet.bytes.len() as u8, cid.len() as u8], &cid[..], &packet.bytes].concat()
    }))
}

/// Contents of handshake records of captures, in the clear or decrypted.
pub(super) fn handshakes() -> Vec<Vec<u8>> {
    let inside = records().filter(|record| !record.handshake.is_empty()).filter_map(|record| record.plaintext);
    sorted(inside.map(|content| [&[255][..], &content].concat()))
}

/// Extensions of the ServerHellos of captures, and those that a client of the lab takes.
pub(super) fn extensions() -> Vec<Vec<u8>> {
    let made = [
        &[0, 23, 0, 0][..],
        &[0, 23, 0, 0, 0xff, 1, 0, 1, 0],
        &[0, 23, 0, 0, 0xff, 1, 0, 1, 0, 0, 54, 0, 3, 2, 7, 7],
        &[0, 0, 0, 0, 0, 23, 0, 0, 0, 54, 0, 1, 0],
        &[0, 23, 0, 0, 0, 16, 0, 7, 0, 5, 4, b'c', b'o', b'a', b'p', 0, 11, 0, 2, 1, 0],
    ];
    let of = |content: &[u8]| {
        // type, length, message_seq, offset, length; version, random, session ID, suite, compression, length
        let body = content.get(12..).filter(|_| content.first() == Some(&2))?;
        let id = usize::from(*body.get(34)?);
        body.get(34 + 1 + id + 3 + 2..).map(<[u8]>::to_vec)
    };
    let captured = handshakes().into_iter().filter_map(|input| of(&input[1..])).collect::<Vec<_>>();
    let all = captured.iter().map(Vec::as_slice).chain(made);
    sorted(all.flat_map(|list| [0, 1, 2, 3].map(|choices| [&[choices][..], list].concat())))
}

/// Published certificates, and the lab's.
pub(super) fn certificates() -> Vec<Vec<u8>> {
    let parties = Parties::shared();
    let own = parties.server.iter().chain(&parties.client).cloned();
    let limbo =
        limbo().into_iter().flat_map(|case| case.intermediates.into_iter().chain(case.trusted).chain([case.peer]));
    let all = own.chain(pkits().into_iter().map(|certificate| certificate.der));
    sorted(all.chain(published().into_iter().flat_map(|chain| chain.chain)).chain(limbo.take(300)))
}

/// The lab's chains, and published ones.
pub(super) fn paths() -> Vec<Vec<u8>> {
    let list = |chain: &[Vec<u8>]| {
        chain.iter().flat_map(|der| [&(der.len() as u32).to_be_bytes()[1..], der].concat()).collect::<Vec<_>>()
    };
    let parties = Parties::shared();
    let mut all = vec![list(&parties.server), list(&parties.client), list(&parties.server[..1])];
    all.push(list(&[&parties.server[..], std::slice::from_ref(&parties.root.certificate)].concat()));
    all.extend(published().iter().map(|chain| list(&chain.chain)));
    all.extend(limbo().into_iter().take(100).map(|case| list(&[&[case.peer][..], &case.intermediates].concat())));
    sorted(all.iter().flat_map(|list| [0, 8, 24, 0x90, 0xd0, 0xb0].map(|choices| [&[choices][..], list].concat())))
}

/// CoAP messages of captures, of RFCs' figures and of libcoap's tests.
pub(super) fn messages() -> Vec<Vec<u8>> {
    let plain = plain_captures().into_iter().flat_map(|capture| capture.packets).map(|packet| packet.bytes);
    let sealed = records().filter(|record| record.content_type == 23).filter_map(|record| record.plaintext);
    let drawn = printed().into_iter().filter_map(|figure| figure.bytes);
    // problem details with each standard entry, and with a tagged text (RFC 9290 2)
    let problems = [
        &[0x60, 0x84, 0, 1, 0xc2, 1, 1, 0xff, 0xa2, 0x20, 0x61, b't', 0x21, 0x61, b'd'][..],
        &[
            0x60, 0x84, 0, 1, 0xff, 0xa3, 0x20, 0xd8, 38, 0x83, 0x62, b'd', b'e', 0x61, b't', 0xf5, 0x23, 0x18, 132,
            0x27, 0x82, 11, 60,
        ],
        &[0x60, 0x84, 0, 1, 0xff, 0xbf, 0x22, 0x61, b'i', 0x24, 0x61, b'b', 0x25, 0x62, b'f', b'r', 0x26, 0xf6, 0xff],
    ];
    let problems = problems.map(<[u8]>::to_vec).into_iter();
    sorted(plain.chain(sealed).chain(drawn).chain(problems).chain(libcoap_pdus().into_iter().map(|pdu| pdu.bytes)))
}

/// Documents that RFC 6690 5 and captures have.
pub(super) fn links() -> Vec<Vec<u8>> {
    let made = [
        "</sensors>;ct=40;title=\"Sensor Index\",</sensors/temp>;rt=\"temperature-c\";if=\"sensor\"",
        "<http://www.example.com/sensors/t123>;anchor=\"/sensors/temp\";rel=\"describedby\",</t>;anchor=\"/sensors/temp\";rel=alternate",
        "</firmware/v2.1>;rt=\"firmware\";sz=262144",
        "</a>;title*=UTF-8''%e2%82%ac;obs;x=\"a\\\"b,c\"",
    ];
    let captured = messages().into_iter().filter_map(|bytes| {
        let at = bytes.windows(2).position(|two| two == b"\xff<")?;
        Some(bytes[at + 1..].to_vec())
    });
    let all = made.iter().map(|text| text.as_bytes().to_vec()).chain(captured);
    sorted(all.map(|document| [&[16, 200][..], &document].concat()))
}

/// URIs, each with a reference.
pub(super) fn uris() -> Vec<Vec<u8>> {
    let made = [
        "coap://example.com:5683/~sensors/temp.xml",
        "coap://EXAMPLE.com/%7Esensors/temp.xml?a=b&%26\n../x",
        "coaps://[2001:db8::2:1]/\n//other.example/?q",
        "coap://198.51.100.1:61616//%2F//?%2F%2F&?%26",
        "coap://\u{3053}.example/%E3%81%93\n#f",
        "coaps://[fe80::1%25en0]:1/\n/a/./b/../c",
    ];
    sorted(made.iter().map(|text| text.as_bytes().to_vec()))
}

/// Nothing changed, checksum mended or not; a session of zeros.
pub(super) fn sessions() -> Vec<Vec<u8>> {
    vec![vec![0], vec![1], vec![1; 273], vec![3; 240], vec![2; 240]]
}

/// Blobs of each credential.
pub(super) fn blobs() -> Vec<Vec<u8>> {
    use stint_provisioning::{Blob, Certificates, Credential, Host, write};
    let parties = Parties::shared();
    let list = |der: &[u8]| [&(der.len() as u16).to_be_bytes()[..], der].concat();
    let (chain, anchors) = (list(&parties.client[0]), list(&parties.root.certificate));
    let spki: [u8; 91] = parties.client_key.spki().try_into().unwrap();
    let (chain, anchors) = (Certificates::new(&chain).unwrap(), Certificates::new(&anchors).unwrap());
    let credentials = [
        Credential::PreShared { identity: b"Client_identity", key: b"secretPSK" },
        Credential::RawKey { key: &[1; 32], public: &spki, server: &spki },
        Credential::X509 { key: &[1; 32], chain, anchors, name: "server.example" },
    ];
    let blob = |credential| {
        let blob = Blob {
            credential,
            host: Host::Ipv4([10, 0, 2, 2].into()),
            port: 5684,
            device: None,
            observe: Some("time"),
        };
        let mut out = vec![0; stint_provisioning::MAX_LEN];
        let len = write(&blob, &mut out).unwrap();
        [out[..len].to_vec(), [&[0], &out[12..len]].concat()]
    };
    credentials.into_iter().flat_map(blob).collect()
}

/// Scripts: one of each step, and random ones.
pub(super) fn scripts() -> Vec<Vec<u8>> {
    let mut random = Random::new(13);
    let steps = (0..=255).map(|choices| [&[choices, 32, 255, 0], &[0; 8][..], &random.bytes(60)].concat());
    steps.collect()
}
