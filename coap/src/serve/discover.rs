//! `/.well-known/core` (RFC 6690 4): a link for each row of the table, if the query has nothing against it.

use super::{HIDDEN, OBSERVABLE, Reply, Resource, Server, depth};
use crate::code::Code;
use crate::message::Message;
use crate::option::{ContentFormat, OptionNumber};
use core::fmt;

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
        let observable = resource.is(OBSERVABLE);
        if !matches(resource.path.as_bytes(), resource.attributes.as_bytes(), observable, message) {
            continue;
        }
        for part in link(begin, resource) {
            reply.payload(part.as_bytes());
        }
        begin = ",</";
    }
}

impl<C, X> Server<'_, C, X> {
    /// Writes what `/.well-known/core` lists, all of it: to register the device with a directory (RFC 9176 5).
    ///
    /// # Errors
    /// `out` failed.
    pub fn links<W: fmt::Write>(&self, out: &mut W) -> fmt::Result {
        let mut begin = "</";
        for resource in self.table.iter().filter(|resource| !resource.is(HIDDEN)) {
            for part in link(begin, resource) {
                out.write_str(part)?;
            }
            begin = ",</";
        }
        Ok(())
    }
}

/// The link of a resource, in parts.
fn link<C>(begin: &'static str, resource: &Resource<C>) -> [&'static str; 6] {
    let divider = if resource.attributes.is_empty() { "" } else { ";" };
    let end = if resource.is(OBSERVABLE) { ";obs" } else { "" };
    [begin, resource.path, ">", divider, resource.attributes, end]
}

/// Whether each argument of the query is true of a link (RFC 6690 4.1). Our own attributes are known to be well formed and without backslashes, so
/// this needs no more than bytes; [`Filter`](crate::Filter) is for those of others.
#[inline(never)]
fn matches(path: &[u8], attributes: &[u8], observable: bool, message: &Message<'_>) -> bool {
    for opt in message.options() {
        if opt.number != OptionNumber::URI_QUERY {
            continue;
        }
        let (name, mut wanted) = divided(opt.value, b'=');
        // A name alone asks for whatever value.
        if name.len() == opt.value.len() {
            wanted = b"*";
        }
        let found = match name {
            b"href" if wanted != b"*" => wanted.strip_prefix(b"/").is_some_and(|wanted| fits(path, wanted)),
            b"href" => true,
            b"obs" if observable => fits(b"", wanted),
            _ => has(attributes, name, wanted),
        };
        if !found {
            return false;
        }
    }
    true
}

/// Whether there is such an attribute, with such a value.
#[inline(never)]
fn has(mut attributes: &[u8], name: &[u8], wanted: &[u8]) -> bool {
    while !attributes.is_empty() {
        let (attribute, rest) = divided(attributes, b';');
        attributes = rest;
        let (found, value) = divided(attribute, b'=');
        if found != name {
            continue;
        }
        let mut value = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value);
        loop {
            // Those that have several values (`rt`, `if`, `ct`, `rel`, `rev`) have short names, and no other with a short name has spaces in its value.
            let (one, rest) = if name.len() < 4 { divided(value, b' ') } else { (value, &[][..]) };
            if fits(one, wanted) {
                return true;
            }
            if rest.is_empty() {
                break;
            }
            value = rest;
        }
    }
    false
}

/// Whether a value is the one that is wanted, or begins with it if a star follows that.
#[inline(never)]
fn fits(found: &[u8], wanted: &[u8]) -> bool {
    match wanted.strip_suffix(b"*") {
        Some(wanted) => found.starts_with(wanted),
        None => found == wanted,
    }
}

/// What stands before and after the first such byte that is not in quotes.
#[inline(never)]
fn divided(text: &[u8], at: u8) -> (&[u8], &[u8]) {
    let mut quoted = false;
    let found = text.iter().position(|byte| {
        quoted ^= *byte == b'"';
        *byte == at && !quoted
    });
    let (before, after) = text.split_at_checked(found.unwrap_or(text.len())).unwrap_or_default();
    (before, after.split_first().map_or(&[], |(_, after)| after))
}

#[cfg(test)]
mod tests {
    use super::matches;
    use crate::code::Code;
    use crate::link::{Filter, links};
    use crate::message::{Message, Type};
    use crate::option::OptionNumber;
    use crate::writer::Writer;

    /// Whether the link that stands for these is among those that a query asks for.
    fn found(path: &str, attributes: &str, query: &[&str]) -> bool {
        let mut out = [0; 200];
        let mut writer = Writer::new(&mut out, Type::Confirmable, Code::GET, 1, &[]);
        for argument in query {
            writer.option(OptionNumber::URI_QUERY, argument.as_bytes());
        }
        let len = writer.finish().unwrap();
        matches(path.as_bytes(), attributes.as_bytes(), false, &Message::parse(&out[..len]).unwrap())
    }

    #[test]
    fn links_are_chosen_as_a_client_would_choose_among_them() {
        let paths = ["a", "sensors/temp", ""];
        let attributes = [
            "",
            "obs",
            "rt=\"light-lux core.sen-light\";if=\"sensor\"",
            "title=\"a;b=c, d\";sz=1500;ct=\"0 40\"",
            "ct=40;rt=x",
            "if=\"\";title=\"rt=x\"",
        ];
        let queries = [
            "rt=light-lux",
            "rt=light*",
            "rt=core.sen-light",
            "rt=core",
            "rt=*",
            "rt",
            "rt=x",
            "if=sensor",
            "if=*",
            "title=a;b=c, d",
            "title=a*",
            "title=d",
            "title=c",
            "sz=1500",
            "sz=15*",
            "ct=40",
            "ct=0",
            "ct=4*",
            "href=/a",
            "href=/sensors*",
            "href=*",
            "href=/*",
            "href=/",
            "rt=",
            "obs=",
            "href=a",
            "obs",
            "obs=*",
            "none=*",
            "none",
            "b=c",
        ];
        let mut several = 0;
        for path in paths {
            for attributes in attributes {
                let divider = if attributes.is_empty() { "" } else { ";" };
                let document = std::format!("</{path}>{divider}{attributes}");
                let link = links(&document).next().unwrap().unwrap();
                for query in queries {
                    let expected = Filter::new(query).matches(&link);
                    assert_eq!(found(path, attributes, &[query]), expected, "{document} {query}");
                    several += usize::from(expected);
                    let both = found(path, attributes, &[query, "rt=x"]);
                    assert_eq!(both, expected && Filter::new("rt=x").matches(&link), "{document} {query}");
                }
            }
        }
        assert!(several > 100);
    }
}
