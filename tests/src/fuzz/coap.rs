//! CoAP's codec: what is read and written again is the same bytes; URIs have one normal form; links are the same in one piece and in blocks.

use super::Script;
use stint_coap::{
    Code, CutLinks, Filter, LinkWriter, Message, OptionNumber, ProblemDetails, RequestUri, Type, Unescaped, Uri,
    Writer, links as parse_links,
};

/// Bytes: a message.
pub(super) fn message(bytes: &[u8]) {
    let Ok(message) = Message::parse(bytes) else {
        assert!(bytes.len() < 4 || bytes[0] >> 6 != 1 || Message::header(bytes).is_ok());
        return;
    };
    // deltas, lengths and token lengths have one encoding each (RFC 7252 3.1, RFC 8974 2.1)
    let mut out = vec![0; bytes.len()];
    let mut writer = Writer::new(&mut out, message.kind, message.code, message.id, message.token);
    let mut before = 0;
    for option in message.options() {
        assert!(option.number.0 >= before);
        before = option.number.0;
        writer.option(option.number, option.value);
        assert_eq!(option.uint().is_some(), option.value.len() <= 4);
    }
    let written = if message.payload.is_empty() { writer.finish() } else { writer.payload(message.payload) };
    assert_eq!(written, Some(bytes.len()));
    assert_eq!(out, bytes);
    means(&message);
}

/// Every view of what a message means; a path and a query become a URI and come back.
fn means(message: &Message<'_>) {
    let _ = (message.content_format(), message.accept(), message.max_age(), message.retry_after(), message.etag());
    let _ = (message.size1(), message.size2(), message.no_response(), message.hop_limit(), message.echo());
    let _ = (message.observe(), message.diagnostic(), message.code.name());
    if let Some(location) = message.location() {
        assert!(location.path().count() + location.query().count() <= message.options().count());
    }
    let _ = message.problem();
    problem(message.payload);
    let to = std::net::SocketAddr::from(([192, 0, 2, 1], 5684));
    if let Ok(uri) = RequestUri::new(true, to, message.options()) {
        let text = uri.to_string();
        let parsed = Uri::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        // a host is composed as it stands in its option (RFC 7252 6.5), and in small letters only when it is read (6.4); dots alone, which no Uri-Path must
        // be (5.10.1), are resolved then
        let dots = message.all(OptionNumber::URI_PATH).any(|part| [&b"."[..], b".."].contains(&part.value));
        assert!(dots || parsed.to_string().eq_ignore_ascii_case(&text), "{text}");
    }
}

/// Problem details (RFC 9290), whatever the Content-Format says.
fn problem(payload: &[u8]) {
    let Ok(problem) = ProblemDetails::parse(payload) else { return };
    for (at, entry) in problem.entries().enumerate() {
        assert!(at < payload.len());
        let _ = (entry.text(), entry.uint());
    }
    let _ = (problem.title(), problem.detail(), problem.instance(), problem.response_code(), problem.base_uri());
    let _ = (problem.base_language(), problem.base_direction(), problem.unprocessed_options().count());
}

/// Bytes: how long the blocks are, how long the buffer is, and a document.
pub(super) fn links(data: &[u8]) {
    let Some(([size, room], bytes)) = data.split_first_chunk() else { return };
    let (size, room) = (usize::from(*size).max(1), usize::from(*room));
    let in_blocks = |size: usize| {
        let mut buffer = vec![0; room];
        let mut cut = CutLinks::new(&mut buffer);
        let mut found = Vec::new();
        for mut block in bytes.chunks(size) {
            while let Some(link) = cut.next_of(&mut block) {
                found.push(format!("{link:?}"));
            }
        }
        found.extend(cut.finish().map(|link| format!("{link:?}")));
        (found, cut.too_long(), cut.malformed())
    };
    assert_eq!(in_blocks(size), in_blocks(bytes.len().max(1)));
    let Ok(document) = std::str::from_utf8(bytes) else { return };
    let filter = Filter::new(document);
    let mut again = String::new();
    let mut writer = LinkWriter::new(&mut again);
    let mut read = Vec::new();
    for link in parse_links(document) {
        let Ok(link) = link else { break };
        let _ = (filter.matches(&link), link.size(), link.relations().count(), link.values("rt").count());
        writer.link(link.target);
        let mut parameters = Vec::new();
        for (name, value) in link.parameters() {
            let value = value.map(|value| Unescaped::new(value).to_string());
            match &value {
                Some(value) => drop(writer.attribute(name, value)),
                None => drop(writer.flag(name)),
            }
            parameters.push((name.to_owned(), value));
        }
        read.push((link.target.to_owned(), parameters));
    }
    if writer.finish().is_ok() {
        let written = parse_links(&again).map(|link| {
            let link = link.unwrap_or_else(|_| panic!("{again} of {document}"));
            let values = link
                .parameters()
                .map(|(name, value)| (name.to_owned(), value.map(|value| Unescaped::new(value).to_string())));
            (link.target.to_owned(), values.collect())
        });
        assert_eq!(written.collect::<Vec<_>>(), read, "{again} of {document}");
    }
}

/// Bytes: text, cut in two at a line's end: a URI, and a reference to be resolved against it.
pub(super) fn uri(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (text, reference) = text.split_once('\n').unwrap_or((text, ""));
    let Ok(parsed) = Uri::parse(text) else { return };
    normal(&parsed, text);
    if let Ok(resolved) = parsed.resolve(reference) {
        normal(&resolved, text);
    }
}

fn normal(parsed: &Uri<'_>, text: &str) {
    let mut space = vec![0; 2 * text.len() + 600];
    let _ = (parsed.host_option(&mut space).is_ok(), parsed.address(), parsed.zone());
    let Ok(options) = parsed.options(&mut space) else { return };
    let listed: Vec<_> = options.map(|option| (option.number, option.value.to_vec())).collect();
    let normal = parsed.to_string();
    let again = Uri::parse(&normal).unwrap_or_else(|error| panic!("{normal} of {text}: {error}"));
    assert_eq!(again.to_string(), normal, "{text}");
    let mut space = vec![0; 2 * normal.len() + 600];
    let options = again.options(&mut space).unwrap();
    assert_eq!(options.map(|option| (option.number, option.value.to_vec())).collect::<Vec<_>>(), listed, "{text}");
}

/// The head of a message, and options that it has besides the script's.
pub(super) struct Head<'h> {
    pub(super) kind: Type,
    pub(super) code: Code,
    pub(super) id: u16,
    pub(super) token: &'h [u8],
    pub(super) options: &'h [(u16, &'h [u8])],
}

/// A message that a script makes up: its head is given, options and payload are the script's.
pub(super) fn made(script: &mut Script<'_>, head: &Head<'_>) -> Vec<u8> {
    /// Options that mean something to an endpoint: ETag, Observe, Uri-Path, Content-Format, Max-Age, Uri-Query, Accept, Q-Block1, Block2, Block1, Size2,
    /// Q-Block2, Size1, Echo, No-Response, Request-Tag, and two that nobody knows.
    const NUMBERS: [u16; 18] = [4, 6, 11, 12, 14, 15, 17, 19, 23, 27, 28, 31, 60, 252, 258, 292, 65_000, 65_001];
    let mut options: Vec<(u16, &[u8])> = (0..script.byte() & 7)
        .map(|_| (NUMBERS[usize::from(script.byte()) % NUMBERS.len()], script.bytes(20)))
        .collect();
    options.extend(head.options);
    options.sort_by_key(|(number, _)| *number);
    let mut out = vec![0; 1_500];
    let mut writer = Writer::new(&mut out, head.kind, head.code, head.id, head.token);
    for (number, value) in options {
        writer.option(OptionNumber(number), value);
    }
    let payload = match script.byte() {
        len @ 200.. => vec![b'x'; usize::from(len & 7) << 4],
        len => script.bytes(len.into()).to_vec(),
    };
    let len = if payload.is_empty() { writer.finish() } else { writer.payload(&payload) };
    out.truncate(len.unwrap_or(4));
    out
}
