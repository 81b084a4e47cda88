//! `/.well-known/core` (RFC 6690 4): a link for each row of the table, if the query has nothing against it.

use super::{HIDDEN, OBSERVABLE, Reply, Resource, depth};
use crate::code::Code;
use crate::message::Message;
use crate::option::{ContentFormat, OptionNumber};

/// Answers a request that no row of the table is meant by: with its links, or 4.04.
#[inline(never)]
pub(super) fn answer<C>(table: &[Resource<C>], message: &Message<'_>, reply: &mut Reply<'_>) {
    if depth(".well-known/core", false, message).is_none() {
        return reply.error(Code::NOT_FOUND, "");
    }
    if message.code != Code::GET {
        return reply.error(Code::METHOD_NOT_ALLOWED, "");
    }
    reply.content_format(ContentFormat::LINK_FORMAT);
    let mut begin = "</";
    for resource in table.iter().filter(|resource| !resource.is(HIDDEN)) {
        let path = resource.path.strip_prefix('/').unwrap_or(resource.path);
        let observable = resource.is(OBSERVABLE);
        if !matches(path.as_bytes(), resource.attributes.as_bytes(), observable, message) {
            continue;
        }
        let divider = if resource.attributes.is_empty() { "" } else { ";" };
        let end = if observable { ";obs" } else { "" };
        for part in [begin, path, ">", divider, resource.attributes, end] {
            reply.payload(part.as_bytes());
        }
        begin = ",</";
    }
}

/// Whether each argument of the query is true of a link (RFC 6690 4.1). Our own attributes are known to be well formed and without backslashes, so
/// this needs no more than bytes; [`Filter`](crate::Filter) is for those of others.
#[inline(never)]
fn matches(path: &[u8], attributes: &[u8], observable: bool, message: &Message<'_>) -> bool {
    message.all(OptionNumber::URI_QUERY).all(|argument| {
        // A name alone asks for whatever value.
        let (name, wanted) = divided(argument.value, b'=').unwrap_or((argument.value, b"*"));
        let (wanted, prefix) = wanted.strip_suffix(b"*").map_or((wanted, false), |wanted| (wanted, true));
        let fits = |found: &[u8]| if prefix { found.starts_with(wanted) } else { found == wanted };
        if name == b"href" {
            return (prefix && wanted.is_empty())
                || wanted
                    .strip_prefix(b"/")
                    .is_some_and(|wanted| if prefix { path.starts_with(wanted) } else { path == wanted });
        }
        let list = matches!(name, b"rt" | b"if" | b"rel" | b"rev" | b"ct");
        let (mut quoted, mut found) = (false, observable && name == b"obs" && fits(b""));
        let parameters = attributes.split(|byte| {
            quoted ^= *byte == b'"';
            *byte == b';' && !quoted
        });
        for parameter in parameters {
            let (named, value) = divided(parameter, b'=').unwrap_or((parameter, b""));
            let value = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value);
            found |= named == name && value.split(|byte| list && *byte == b' ').any(fits);
        }
        found
    })
}

/// What stands before and after the first such byte.
fn divided(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let (before, after) = text.split_at_checked(text.iter().position(|byte| *byte == at)?)?;
    Some((before, after.split_first()?.1))
}
