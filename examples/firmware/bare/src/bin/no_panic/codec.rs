//! All that CoAP's codec has beside messages: URIs, links, problem details, what options mean.

use crate::nothing::{any_bytes, any_text};
use coap_message::error::RenderableOnMinimal;
use coap_message::{MinimalWritableMessage, MutableWritableMessage, ReadableMessage};
use core::hint::black_box as opaque;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use stint_coap::{
    BufferError, Code, ContentFormat, CutLinks, Filter, Link, LinkWriter, Message, MessageBuffer, OptionNumber,
    ProblemDetails, RequestUri, TextBuffer, Type, Unescaped, Uri, links,
};

#[inline(never)]
pub(crate) fn run() {
    if let Ok(message) = Message::parse(any_bytes()) {
        meaning(&message);
        asked_for(&message);
        portable(&message);
    }
    names();
    uris();
    if let Ok(problem) = ProblemDetails::parse(any_bytes()) {
        details(&problem);
    }
    document();
    written();
}

fn destination() -> SocketAddr {
    let address = if opaque(true) { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { IpAddr::V6(Ipv6Addr::LOCALHOST) };
    SocketAddr::new(opaque(address), opaque(5683))
}

#[inline(never)]
fn meaning(message: &Message<'_>) {
    for option in message.all(opaque(OptionNumber::URI_PATH)) {
        opaque(option);
    }
    opaque((message.content_format(), message.accept(), message.max_age(), message.retry_after(), message.etag()));
    opaque((message.size1(), message.size2(), message.no_response(), message.hop_limit(), message.echo()));
    opaque((message.observe(), message.diagnostic(), message.problem().is_some()));
    if let Some(location) = message.location() {
        location.path().for_each(|value| {
            opaque(value);
        });
        location.query().for_each(|value| {
            opaque(value);
        });
        shown(&location);
    }
}

/// What is displayed, into a buffer.
#[inline(never)]
fn shown(what: &dyn core::fmt::Display) {
    use core::fmt::Write;
    let mut buffer = [0; 64];
    let mut text = TextBuffer::new(opaque(&mut buffer));
    opaque(write!(text, "{what}").is_ok());
    opaque(text.as_str());
    opaque(text.into_text());
}

#[inline(never)]
fn asked_for(message: &Message<'_>) {
    if let Ok(uri) = RequestUri::new(opaque(true), destination(), message.options()) {
        let mut buffer = [0; 64];
        let _ = opaque(uri.write(opaque(&mut buffer)));
        shown(&uri);
    }
}

#[inline(never)]
fn names() {
    opaque((Code::by_name(any_text()), OptionNumber::by_name(any_text())));
    if let Some(format) = ContentFormat::by_media_type(any_text()) {
        opaque((format.parameters(), format.coding()));
        shown(&format);
    }
}

#[inline(never)]
fn uris() {
    let Ok(document) = Uri::parse(any_text()) else { return };
    let Ok(uri) = document.resolve(any_text()) else { return };
    opaque((uri.address(), uri.zone()));
    let mut buffer = [0; 64];
    let _ = opaque(uri.host_option(opaque(&mut buffer)).is_ok());
    opaque(uri.options_to(destination(), opaque(&mut buffer)).is_ok());
    shown(&uri);
}

#[inline(never)]
fn details(problem: &ProblemDetails<'_>) {
    opaque((problem.title(), problem.detail(), problem.instance(), problem.response_code()));
    opaque((problem.base_uri(), problem.base_language(), problem.base_direction()));
    for number in problem.unprocessed_options() {
        opaque(number);
    }
    for entry in problem.entries() {
        opaque((entry.key, entry.value, entry.text(), entry.uint()));
    }
    shown(problem);
}

#[inline(never)]
fn document() {
    let filter = Filter::new(any_text());
    for link in links(any_text()).flatten().filter(|link| filter.matches(link)) {
        related(&link);
    }
    let mut buffer = [0; 64];
    let mut cut = CutLinks::new(opaque(&mut buffer));
    while opaque(true) {
        let mut block = any_bytes();
        while let Some(link) = cut.next_of(&mut block) {
            related(&link);
        }
        if let Some(link) = cut.finish() {
            related(&link);
        }
        opaque((cut.too_long(), cut.malformed()));
        cut.restart();
    }
}

#[inline(never)]
fn related<'d>(link: &Link<'d>) {
    for value in link.values(any_text()).chain(link.relations()) {
        opaque(value);
        shown(&Unescaped::new(value));
    }
    opaque(link.size());
    let Ok(document) = Uri::parse(any_text()) else { return };
    opaque((link.target_uri(&document).is_ok(), link.context(&document).is_ok()));
}

#[inline(never)]
fn written() {
    let mut buffer = [0; 64];
    let mut text = TextBuffer::new(opaque(&mut buffer));
    let mut links = LinkWriter::new(&mut text);
    links.link(any_text()).attribute(any_text(), any_text()).token(any_text(), any_text());
    links.number(any_text(), opaque(1)).flag(any_text());
    let _ = opaque(links.finish());
}

/// What the traits of `coap-message` ask for.
#[inline(never)]
fn portable(read: &Message<'_>) {
    opaque((ReadableMessage::code(read), ReadableMessage::options(read), ReadableMessage::payload(read)));
    let mut buffer = [0; 64];
    let Some(mut message) = MessageBuffer::new(opaque(&mut buffer), opaque(Type::Confirmable), opaque(1), any_bytes())
    else {
        return;
    };
    message.set_code(opaque(Code::CONTENT));
    opaque(message.add_option(opaque(OptionNumber::ETAG), any_bytes()).is_ok());
    opaque(message.set_from_message(read).is_ok());
    opaque(message.available_space());
    opaque(message.payload_mut_with_len(opaque(1)).is_ok());
    opaque(message.set_payload(any_bytes()).is_ok());
    opaque(message.truncate(opaque(1)).is_ok());
    message.mutate_options(|number, value| {
        opaque((number, value));
    });
    opaque(message.message().is_ok());
    opaque(opaque(BufferError::Full).render(&mut message).is_ok());
    opaque(message.finish());
}
