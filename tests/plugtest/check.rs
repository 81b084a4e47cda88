//! What nearly all descriptions ask of a request and of what answers it.

use crate::client::{Client, Exchange};
use crate::record::Seen;
use crate::server::Kind;
use stint_coap::{Code, ContentFormat, OptionNumber, Type};

/// The request: its type, its code, a token that is not empty, its path.
pub(crate) fn request(exchange: &Exchange<'_>, kind: Type, code: Code, path: &str) {
    let request = exchange.request;
    assert_eq!((request.kind, request.code), (kind, code), "{request}");
    assert!((1..=8).contains(&request.token.len()), "{request}");
    assert_eq!(request.texts(OptionNumber::URI_PATH), path.split('/').collect::<Vec<_>>(), "{request}");
}

/// The response that comes at once: piggybacked on the acknowledgement of a Confirmable request (RFC 7252 5.2.1), Non-confirmable with a Message ID
/// of the server's own for a Non-confirmable one (5.2.3). The token is the request's, or it would be no response to it.
pub(crate) fn response(exchange: &Exchange<'_>, codes: &[Code]) {
    let Exchange { request, response, .. } = exchange;
    assert!(codes.contains(&response.code), "{response}");
    match request.kind {
        Type::Confirmable => {
            assert_eq!((response.kind, response.id), (Type::Acknowledgement, request.id), "{response}")
        }
        _ => {
            assert_eq!(response.kind, Type::NonConfirmable, "{response}");
            assert!(exchange.acknowledgement.is_none(), "{response}");
        }
    }
}

/// The response that comes later: after an Empty acknowledgement, Confirmable, and acknowledged by us (RFC 7252 5.2.2).
pub(crate) fn separate(exchange: &Exchange<'_>, code: Code) {
    let Exchange { request, response, acknowledgement, acknowledged } = exchange;
    assert_eq!((response.kind, response.code), (Type::Confirmable, code), "{response}");
    let (acknowledgement, acknowledged) = (acknowledgement.unwrap(), acknowledged.unwrap());
    assert!(request.at < acknowledgement.at && acknowledgement.at < response.at, "{acknowledgement}");
    assert!(response.at <= acknowledged.at, "{acknowledged}");
}

/// The format of a payload. It SHOULD be named (RFC 7252 5.5.1); libcoap's example server names it only in its link format.
pub(crate) fn format(server: Kind, seen: &Seen, format: ContentFormat) {
    assert!(!seen.payload.is_empty(), "{seen}");
    let named = seen.uint(OptionNumber::CONTENT_FORMAT);
    let silent = server == Kind::Libcoap && format == ContentFormat::TEXT && named.is_none();
    assert!(silent || named == Some(format.0.into()), "{seen}");
}

/// No message but the first of each was needed, and none was refused.
pub(crate) fn quiet(client: &Client) {
    let sent = client.seen().iter().filter(|seen| seen.code.is_request()).count();
    assert_eq!(sent, client.requests().len(), "sent again");
    assert!(client.seen().iter().all(|seen| seen.kind != Type::Reset), "a Reset");
}

/// Whether an Observe value is newer than the one before it, which came less than 128 s ago (RFC 7641 3.4).
pub(crate) fn is_newer(sequence: u32, before: u32) -> bool {
    let ahead = sequence.wrapping_sub(before) & 0xff_ffff;
    ahead != 0 && ahead < 0x80_0000
}
