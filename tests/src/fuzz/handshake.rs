//! Handshake messages: a fragment's header is written again to the same bytes, a message comes out of the reassembly as its fragments say and no other, and
//! what the messages of a server hold is as long as they are.

use stint_dtls::HandshakeType;
use stint_dtls::inspect::{
    Fragment, Reassembly, certificate_request, ecdh_point, hello_verify_request, identity_hint, server_hello,
    session_ticket, verify_data,
};

/// Bytes: the length of the reassembly slice in units of 8 bytes, and the content of a handshake record.
pub(super) fn body(data: &[u8]) {
    let Some((room, mut content)) = data.split_first() else { return };
    let mut slice = vec![0xa5; usize::from(*room) * 8];
    let (mut reassembly, mut model) = (Reassembly::new(0), Model::default());
    loop {
        let before = content;
        let Some(fragment) = Fragment::take(&mut content) else { break };
        let taken = &before[..before.len() - content.len()];
        assert_eq!([&fragment.header()[..], fragment.data].concat(), taken);
        assert!(fragment.offset + fragment.data.len() <= fragment.length);
        if fragment.data.len() == fragment.length {
            message(fragment.kind, fragment.data);
        }
        let fits = fragment.length + fragment.length.div_ceil(8) <= slice.len();
        match reassembly.add(&mut slice, &fragment) {
            Err(()) => assert!(!fits && reassembly.need().is_some()),
            Ok(whole) => {
                assert!(fits);
                let expected = model.add(&fragment);
                assert_eq!(whole.map(<[u8]>::to_vec), expected);
                if let Some(body) = expected {
                    message(fragment.kind, &body);
                }
            }
        }
    }
}

/// What a reassembly must come to: of each byte the first that came, since type or length changed.
#[derive(Default)]
struct Model {
    of: Option<(HandshakeType, usize)>,
    bytes: Vec<Option<u8>>,
}

impl Model {
    fn add(&mut self, fragment: &Fragment<'_>) -> Option<Vec<u8>> {
        if self.of != Some((fragment.kind, fragment.length)) {
            // an empty message of type 0 is what a reassembly awaits before anything came
            (self.of, self.bytes) = (Some((fragment.kind, fragment.length)), vec![None; fragment.length]);
        }
        for (place, byte) in self.bytes[fragment.offset..].iter_mut().zip(fragment.data) {
            place.get_or_insert(*byte);
        }
        self.bytes.iter().copied().collect()
    }
}

/// Reads the body of a whole message as each of a server's messages that its type may name.
pub(super) fn message(kind: HandshakeType, body: &[u8]) {
    match kind {
        HandshakeType::HELLO_VERIFY_REQUEST => {
            if let Some(cookie) = hello_verify_request(body) {
                assert_eq!([&body[..2], &[cookie.len() as u8], cookie].concat(), body);
            }
        }
        HandshakeType::SERVER_HELLO => hello(body),
        HandshakeType::SERVER_KEY_EXCHANGE => {
            if let Some(hint) = identity_hint(body) {
                assert_eq!([&(hint.len() as u16).to_be_bytes()[..], hint].concat(), body);
            }
            let mut rest = body;
            if let Ok(point) = ecdh_point(&mut rest) {
                assert_eq!([&[3, 0, 23, 65], &point[..], rest].concat(), body);
            }
        }
        HandshakeType::CERTIFICATE_REQUEST => {
            if let Some(request) = certificate_request(body) {
                let names: Vec<u8> = request
                    .authorities
                    .flat_map(|name| [&(name.len() as u16).to_be_bytes()[..], name].concat())
                    .collect();
                assert!(body.ends_with(&[&(names.len() as u16).to_be_bytes()[..], &names].concat()));
                assert!(!request.signs || body.contains(&64));
            }
        }
        HandshakeType::NEW_SESSION_TICKET => {
            if let Some(ticket) = session_ticket(body) {
                assert_eq!([&body[..4], &(ticket.len() as u16).to_be_bytes(), ticket].concat(), body);
            }
        }
        HandshakeType::FINISHED => assert_eq!(verify_data(body).is_some(), body.len() == 12),
        _ => {}
    }
}

fn hello(body: &[u8]) {
    let Some(hello) = server_hello(body) else { return };
    let extensions: Vec<u8> = hello
        .extensions
        .clone()
        .flat_map(|(kind, body)| [&kind.0.to_be_bytes()[..], &(body.len() as u16).to_be_bytes(), body].concat())
        .collect();
    let head = [
        &hello.version.to_be_bytes()[..],
        hello.random,
        &[hello.session_id.len() as u8],
        hello.session_id,
        &hello.suite.to_be_bytes(),
        &[hello.compression],
    ]
    .concat();
    // without extensions their length may be missing too (RFC 5246 7.4.1.2)
    let all = [&head[..], &(extensions.len() as u16).to_be_bytes(), &extensions].concat();
    assert!(body == all || extensions.is_empty() && body == head);
}
