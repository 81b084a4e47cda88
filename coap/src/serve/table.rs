//! The table: which path is served by which handler, and how.

use super::{Incoming, Reply};
use crate::code::Code;
use crate::message::Message;
use crate::option::OptionNumber;

/// What serves a resource: it looks at the request, does what it says with the context, and writes the response.
pub type Handler<C> = fn(&mut C, &Incoming<'_>, &mut Reply<'_>);

/// A resource, or all resources below a path: one row of the table of a [`Server`](crate::Server).
///
/// ```
/// use stint_coap::{Code, Incoming, Reply, Resource};
/// struct Device { level: u8 }
/// fn level(device: &mut Device, incoming: &Incoming<'_>, reply: &mut Reply<'_>) {
///     match (incoming.message.code, incoming.message.payload) {
///         (Code::PUT, &[level]) => device.level = level,
///         (Code::PUT, _) => reply.error(Code::BAD_REQUEST, "one byte"),
///         _ => reply.payload(&[device.level]),
///     }
/// }
/// const TABLE: &[Resource<Device>] = &[Resource::new("level", level).allow(Code::PUT).attributes("rt=\"level\"").observable()];
/// ```
#[derive(Debug)]
pub struct Resource<C> {
    pub(super) path: &'static str,
    pub(super) attributes: &'static str,
    pub(super) handler: Handler<C>,
    /// A bit for each method, by its number.
    methods: u8,
    flags: u8,
}

// In a subtree each path below belongs to the handler too.
pub(super) const SUBTREE: u8 = 1;
pub(super) const OBSERVABLE: u8 = 2;
/// Notifications are Confirmable.
pub(super) const CONFIRMED: u8 = 4;
/// If-Match and If-None-Match are the handler's to check.
pub(super) const CONDITIONAL: u8 = 8;
/// Responses to other methods than GET and FETCH may be longer than a block.
pub(super) const LONG: u8 = 16;
pub(super) const HIDDEN: u8 = 32;

impl<C> Resource<C> {
    /// What is at `path`: Uri-Path options divided by `/`, not percent-encoded; a leading `/` is ignored. It is read by GET; what else it takes is
    /// to be [allowed](Self::allow).
    #[must_use]
    pub const fn new(path: &'static str, handler: Handler<C>) -> Self {
        let path = match path.as_bytes() {
            [b'/', rest @ ..] => core::str::from_utf8(rest),
            rest => core::str::from_utf8(rest),
        };
        // It was text before.
        let path = if let Ok(path) = path { path } else { "" };
        Self { path, attributes: "", handler, methods: 1 << Code::GET.0, flags: 0 }
    }

    const fn with(self, flag: u8) -> Self {
        Self { flags: self.flags | flag, ..self }
    }

    /// Takes this method too: POST, PUT, DELETE, FETCH, PATCH or iPATCH. What is not allowed is answered with 4.05 (RFC 7252 5.8).
    #[must_use]
    pub const fn allow(self, method: Code) -> Self {
        let bit = if method.0 < 8 { 1 << method.0 } else { 0 };
        Self { methods: self.methods | bit, ..self }
    }

    /// Does not take GET.
    #[must_use]
    pub const fn write_only(self) -> Self {
        Self { methods: self.methods & !(1 << Code::GET.0), ..self }
    }

    /// What `/.well-known/core` says of it (RFC 6690 2): parameters as they stand in a link, divided by `;`, as in `rt="battery";ct=60`. For what is
    /// [observable](Self::observable) `obs` is said besides.
    #[must_use]
    pub const fn attributes(self, attributes: &'static str) -> Self {
        Self { attributes, ..self }
    }

    /// All paths below this one are the handler's too, where no longer path of the table matches: [`Incoming::rest`] tells which was meant. `3` with its
    /// handler serves `/3`, `/3/0` and `/3/0/9`.
    #[must_use]
    pub const fn subtree(self) -> Self {
        self.with(SUBTREE)
    }

    /// May be observed (RFC 7641). Whoever changes it says so: [`Server::changed`](crate::Server::changed).
    #[must_use]
    pub const fn observable(self) -> Self {
        self.with(OBSERVABLE)
    }

    /// Each notification is Confirmable; otherwise [most](crate::Server::confirm_every) are not (RFC 7641 4.5).
    #[must_use]
    pub const fn confirmed(self) -> Self {
        self.with(CONFIRMED)
    }

    /// The handler minds If-Match and If-None-Match: it asks [`Incoming::precondition`]. Where none does, a request with one of them is answered
    /// with 4.02, for it must not be done regardless (RFC 7252 5.10.8).
    #[must_use]
    pub const fn conditional(self) -> Self {
        self.with(CONDITIONAL)
    }

    /// The handler's responses to POST and other methods that do something may be longer than a block. It is then called for each block, and must
    /// do nothing again where [`Incoming::continuation`] is true (RFC 7959 3.3). Where this is not said, such a response is a 5.00.
    #[must_use]
    pub const fn long(self) -> Self {
        self.with(LONG)
    }

    /// Does not show in `/.well-known/core`.
    #[must_use]
    pub const fn hidden(self) -> Self {
        self.with(HIDDEN)
    }

    pub(super) const fn is(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    pub(super) const fn allows(&self, method: Code) -> bool {
        method.0 < 8 && self.methods >> method.0 & 1 != 0
    }
}

/// The row that a request means: of those whose path matches, the one with the longest. With it, how many Uri-Path options its path takes up.
#[inline(never)]
pub(super) fn find<'t, C>(table: &'t [Resource<C>], message: &Message<'_>) -> Option<(usize, &'t Resource<C>, u8)> {
    let mut found: Option<(usize, &Resource<C>, u8)> = None;
    for (index, resource) in table.iter().enumerate() {
        if let Some(depth) = depth(resource.path, resource.is(SUBTREE), message)
            && found.is_none_or(|(_, _, least)| depth > least)
        {
            found = Some((index, resource, depth));
        }
    }
    found
}

/// How many Uri-Path options `path` takes up; `None` if it is another path.
#[inline(never)]
pub(super) fn depth(path: &str, subtree: bool, message: &Message<'_>) -> Option<u8> {
    let (mut rest, mut depth) = (path.as_bytes(), 0u8);
    for opt in message.options() {
        if opt.number == OptionNumber::URI_PATH {
            if rest.is_empty() {
                return subtree.then_some(depth);
            }
            rest = below(rest, opt.value)?;
            depth = depth.saturating_add(1);
        }
    }
    rest.is_empty().then_some(depth)
}

/// Whether a change at one path is one of what a request observes, at a path and the rest of the request's: at the same, or at one above; in a subtree,
/// at one below too.
#[inline(never)]
pub(super) fn concerns(changed: &str, path: &str, request: &Message<'_>, subtree: bool) -> bool {
    let (changed, path) = (changed.as_bytes(), path.as_bytes());
    let mut rest = if path.is_empty() { Some(changed) } else { below(changed, path) };
    for opt in request.options() {
        if opt.number == OptionNumber::URI_PATH && rest.is_some_and(|rest| !rest.is_empty()) {
            rest = rest.and_then(|rest| below(rest, opt.value));
            if rest.is_none() {
                return false;
            }
        }
    }
    match rest {
        Some(rest) => rest.is_empty() || subtree,
        None => changed.is_empty() || below(path, changed).is_some(),
    }
}

/// What follows in a path after these parts of it.
#[inline(never)]
fn below<'p>(path: &'p [u8], parts: &[u8]) -> Option<&'p [u8]> {
    match path.strip_prefix(parts)?.split_first() {
        None => Some(&[]),
        Some((b'/', rest)) => Some(rest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::concerns;
    use crate::code::Code;
    use crate::message::{Message, Type};
    use crate::option::OptionNumber;
    use crate::writer::Writer;

    #[test]
    fn a_change_concerns_who_observes_it_or_what_is_around_it_and_nobody_else() {
        for (changed, path, below, subtree, expected) in [
            ("a", "a", &[][..], false, true),
            ("a/b", "a", &[], false, false),
            ("a/b", "a", &[], true, true),
            ("a", "a/b", &[], false, true),
            ("ab", "a", &[], true, false),
            ("a", "ab", &[], true, false),
            ("", "a/b", &[], false, true),
            ("a", "", &["a"], true, true),
            ("b", "", &["a"], true, false),
            ("a/b", "", &["a"], true, true),
            ("3/0/9", "3", &["0"], true, true),
            ("3/0/9", "3", &["0", "9"], true, true),
            ("3/0/9", "3", &["0", "8"], true, false),
            ("3/0/9", "3", &["1"], true, false),
            ("3/0", "3", &["0", "9"], true, true),
            ("3/0/9/1", "3", &["0", "9"], true, true),
            ("3/00/9", "3", &["0"], true, false),
        ] {
            let mut out = [0; 60];
            let mut writer = Writer::new(&mut out, Type::NonConfirmable, Code::GET, 1, &[]);
            below.iter().for_each(|segment| writer.option(OptionNumber::URI_PATH, segment.as_bytes()));
            let len = writer.finish().unwrap();
            let request = Message::parse(&out[..len]).unwrap();
            assert_eq!(concerns(changed, path, &request, subtree), expected, "{changed} {path} {below:?}");
        }
    }
}
