//! The CoRE link format (RFC 6690), what `/.well-known/core` answers: read whole or block by block, filtered, written.
//!
//! Promises: nothing is allocated; a document is taken as what servers send, which is not always what the grammar of RFC 6690 2 allows.

mod cut;
mod filter;
mod write;

pub use cut::CutLinks;
pub use filter::Filter;
pub use write::LinkWriter;

use crate::error::UriError;
use crate::uri::Uri;
use core::fmt::{self, Write as _};

/// The links of a document, in order. What is malformed ends the walk with an `Err` that holds the rest.
///
/// ```
/// let text = "</sensors/temp>;rt=\"temperature-c\";if=\"sensor\";obs,</large>;sz=1500";
/// let links: Result<Vec<_>, _> = stint_coap::links(text).collect();
/// let links = links.unwrap();
/// assert_eq!(links[0].target, "/sensors/temp");
/// assert_eq!(links[0].parameter("rt"), Some("temperature-c"));
/// assert_eq!(links[0].parameter("obs"), Some(""));
/// assert_eq!(links[1].parameter("sz"), Some("1500"));
/// ```
#[must_use]
pub const fn links(document: &str) -> Links<'_> {
    Links { rest: document, first: true }
}

/// See [`links`].
#[derive(Clone, Copy, Debug)]
pub struct Links<'d> {
    rest: &'d str,
    first: bool,
}

/// One link: a target and its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link<'d> {
    /// The URI reference between the angle brackets.
    pub target: &'d str,
    parameters: &'d str,
}

impl<'d> Link<'d> {
    /// All parameters, in order.
    #[must_use]
    pub const fn parameters(&self) -> Parameters<'d> {
        Parameters { rest: self.parameters }
    }

    /// The value of the first parameter with this name; empty for one without a value. A quoted value is without its quotes;
    /// backslashes in it are left as they are (RFC 6690 2): [`Unescaped`] takes them out. A value of `title*` or of another name with
    /// a star is left as it is sent: character set, language and percent-encoded text, divided by `'` (RFC 5987 3.2).
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&'d str> {
        self.parameters().find(|(found, _)| *found == name).map(|(_, value)| value.unwrap_or_default())
    }

    /// The values of a parameter that can have several, divided by spaces: `rt`, `if`, `rel`, `rev` (RFC 6690 2) and `ct` (RFC 7252 7.2.1).
    ///
    /// ```
    /// let link = stint_coap::links("</light>;rt=\"light-lux core.sen-light\"").next().unwrap().unwrap();
    /// assert!(link.values("rt").eq(["light-lux", "core.sen-light"]));
    /// ```
    pub fn values(&self, name: &str) -> impl Iterator<Item = &'d str> {
        self.parameter(name).unwrap_or_default().split([' ']).filter(|value| !value.is_empty())
    }

    /// How the target relates to the context: the values of `rel`, or `hosts` where there is none (RFC 6690 2.2).
    pub fn relations(&self) -> impl Iterator<Item = &'d str> {
        let assumed = self.parameter("rel").is_none().then_some("hosts");
        assumed.into_iter().chain(self.values("rel"))
    }

    /// The estimate of the representation's size in bytes, `sz`; [`u32::MAX`] for what is larger than that (RFC 6690 3.3).
    #[must_use]
    pub fn size(&self) -> Option<u32> {
        let digits = self.parameter("sz").filter(|digits| !digits.is_empty())?;
        digits.bytes().try_fold(0u32, |size, digit| {
            let digit = char::from(digit).to_digit(10)?;
            Some(size.checked_mul(10).and_then(|size| size.checked_add(digit)).unwrap_or(u32::MAX))
        })
    }

    /// The target, where `document` is the URI that the links were asked for at: relative to its origin (RFC 6690 2.1).
    ///
    /// # Errors
    /// It is no URI of a CoAP resource.
    pub fn target_uri(&self, document: &Uri<'d>) -> Result<Uri<'d>, UriError> {
        document.resolve(self.target)
    }

    /// What the link is about (RFC 6690 2.1): the `anchor`, or the origin of the target if that is absolute, or the origin of
    /// `document`, the URI that the links were asked for at. Of an origin, path and query are empty.
    ///
    /// # Errors
    /// It is no URI of a CoAP resource.
    ///
    /// ```
    /// use stint_coap::{Uri, links};
    /// let asked = Uri::parse("coap://sensor/.well-known/core")?;
    /// let link = links("</t>;anchor=\"/sensors/temp\";rel=\"alternate\"").next().unwrap().unwrap();
    /// assert_eq!(link.context(&asked)?.to_string(), "coap://sensor/sensors/temp");
    /// assert_eq!(link.target_uri(&asked)?.to_string(), "coap://sensor/t");
    /// # Ok::<(), stint_coap::UriError>(())
    /// ```
    pub fn context(&self, document: &Uri<'d>) -> Result<Uri<'d>, UriError> {
        match self.parameter("anchor") {
            Some(anchor) => document.resolve(anchor),
            None => self.target_uri(document)?.resolve(""),
        }
    }
}

/// The value of a quoted string without the backslashes that stand before characters meant as they are (RFC 6690 2, RFC 2616 2.2):
/// character by character, or displayed.
///
/// ```
/// use stint_coap::{Unescaped, links};
/// let link = links(r#"</a>;title="say \"a\\b\"""#).next().unwrap().unwrap();
/// let title = Unescaped::new(link.parameter("title").unwrap());
/// assert_eq!(title.to_string(), r#"say "a\b""#);
/// ```
#[derive(Clone, Debug)]
pub struct Unescaped<'d> {
    rest: core::str::Chars<'d>,
}

impl<'d> Unescaped<'d> {
    /// Of a value as [`Link::parameter`] has it.
    #[must_use]
    pub fn new(value: &'d str) -> Self {
        Self { rest: value.chars() }
    }
}

impl Iterator for Unescaped<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match self.rest.next()? {
            '\\' => Some(self.rest.next().unwrap_or('\\')),
            other => Some(other),
        }
    }
}

impl fmt::Display for Unescaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.clone().try_for_each(|c| f.write_char(c))
    }
}

impl<'d> Iterator for Links<'d> {
    type Item = Result<Link<'d>, &'d str>;

    fn next(&mut self) -> Option<Self::Item> {
        // White space is not in the grammar of RFC 6690 2; servers whose documents are written by hand send it.
        let rest = core::mem::take(&mut self.rest).trim_ascii_start();
        if rest.is_empty() && self.first {
            return None;
        }
        let separated = if self.first { Some(rest) } else { rest.strip_prefix(',') };
        if !self.first && rest.is_empty() {
            return None;
        }
        self.first = false;
        let parsed = separated
            .and_then(|rest| rest.trim_ascii_start().strip_prefix('<'))
            .and_then(|rest| rest.split_once(['>']))
            .and_then(|(target, rest)| Some((target, parameters_end(rest)?)));
        let Some((target, (parameters, after))) = parsed else { return Some(Err(rest)) };
        self.rest = after;
        Some(Ok(Link { target, parameters }))
    }
}

/// The parameters of a link, and what follows them: a comma outside quotes, or nothing. `None` if they are malformed.
fn parameters_end(text: &str) -> Option<(&str, &str)> {
    let mut walk = Parameters { rest: text };
    while walk.step()?.is_some() {}
    let len = text.len().wrapping_sub(walk.rest.len());
    text.split_at_checked(len)
}

/// The parameters of a link: names, and values where they have one.
#[derive(Clone, Copy, Debug)]
pub struct Parameters<'d> {
    rest: &'d str,
}

impl<'d> Parameters<'d> {
    /// `None`: malformed. `Some(None)`: the end.
    fn step(&mut self) -> Option<Option<(&'d str, Option<&'d str>)>> {
        let rest = self.rest.trim_ascii_start();
        let Some(rest) = rest.strip_prefix(';') else {
            self.rest = rest;
            return (rest.is_empty() || rest.starts_with(',')).then_some(None);
        };
        let rest = rest.trim_ascii_start();
        let (name, rest) = rest.split_at_checked(rest.find(['=', ';', ',', ' ']).unwrap_or(rest.len()))?;
        if name.is_empty() {
            return None;
        }
        let Some(value) = rest.strip_prefix('=') else {
            self.rest = rest;
            return Some(Some((name, None)));
        };
        let (value, rest) = match value.strip_prefix('"') {
            Some(quoted) => {
                let (value, rest) = quoted.split_at_checked(closing_quote(quoted)?)?;
                (value, rest.strip_prefix('"')?)
            }
            None => value.split_at_checked(value.find([';', ',', ' ']).unwrap_or(value.len()))?,
        };
        self.rest = rest;
        Some(Some((name, Some(value))))
    }
}

impl<'d> Iterator for Parameters<'d> {
    type Item = (&'d str, Option<&'d str>);

    fn next(&mut self) -> Option<Self::Item> {
        self.step().flatten()
    }
}

/// Where a quoted string ends: at the first quote that no backslash stands before (RFC 2616 2.2, quoted-pair).
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })
}

#[cfg(test)]
mod tests {
    use super::links;
    use std::string::ToString;
    use std::vec::Vec;

    #[test]
    fn commas_and_semicolons_in_quotes_divide_nothing() {
        let text = r#"</a>;title="x,y;\"z\"";ct=40,</b>;rel="next";obs;if="a b""#;
        let links: Vec<_> = links(text).collect::<Result<_, _>>().unwrap();
        assert_eq!(links.len(), 2);
        assert_eq!(links[0].parameter("title"), Some(r#"x,y;\"z\""#));
        assert_eq!(links[0].parameter("ct"), Some("40"));
        assert_eq!(links[1].parameter("obs"), Some(""));
        assert_eq!(links[1].parameter("if"), Some("a b"));
        assert_eq!(links[1].parameter("none"), None);
        assert_eq!(links[1].parameters().count(), 3);
    }

    #[test]
    fn what_is_malformed_is_told_once_and_ends_the_walk() {
        for text in
            ["a", "</a", "</a>x", "</a>;", "</a>;=1", "</a>;t=\"x", "</a>,", "</a>,,</b>", "</a>;t=\"x\"y", ",</a>"]
        {
            let all: Vec<_> = links(text).collect();
            assert!(all.last().is_some_and(Result::is_err), "{text}");
            assert_eq!(all.iter().filter(|link| link.is_err()).count(), 1, "{text}");
        }
    }

    #[test]
    fn an_empty_document_has_no_links_and_white_space_is_forgiven() {
        assert_eq!(links("").count(), 0);
        assert_eq!(links(" \n").count(), 0);
        let spaced: Vec<_> = links("</a>; rt=\"x\" ,\n </b>").collect::<Result<_, _>>().unwrap();
        assert_eq!((spaced[0].parameter("rt"), spaced[1].target), (Some("x"), "/b"));
    }

    #[test]
    fn sizes_relations_and_contexts_are_read_otherwise_than_rfc_6690_has_them() {
        let text = r#"</t>;sz=262144,</u>;sz=99999999999;rel="a  b",<coap://h:1/v?q>;sz=1k;rel=c,<//i/w>;anchor="x""#;
        let links: Vec<_> = links(text).collect::<Result<_, _>>().unwrap();
        let sizes: Vec<_> = links.iter().map(super::Link::size).collect();
        assert_eq!(sizes, [Some(262_144), Some(u32::MAX), None, None]);
        let relations: Vec<Vec<_>> = links.iter().map(|link| link.relations().collect()).collect();
        assert_eq!(relations, [&["hosts"][..], &["a", "b"], &["c"], &["hosts"]]);
        let asked = crate::Uri::parse("coaps://d/.well-known/core?rt=x").unwrap();
        let uris: Vec<_> = links
            .iter()
            .map(|link| (link.target_uri(&asked).unwrap().to_string(), link.context(&asked).unwrap().to_string()))
            .collect();
        let uris: Vec<_> = uris.iter().map(|(target, context)| (&target[..], &context[..])).collect();
        assert_eq!(
            uris,
            [
                ("coaps://d/t", "coaps://d/"),
                ("coaps://d/u", "coaps://d/"),
                ("coap://h:1/v?q", "coap://h:1/"),
                ("coaps://i/w", "coaps://d/x"),
            ]
        );
    }

    #[test]
    fn every_cut_of_a_document_ends() {
        let text = r#"</a>;title="é,";ct=40,</b>;obs"#;
        for len in 0..text.len() {
            if let Some(cut) = text.get(..len) {
                assert!(links(cut).count() <= 3);
            }
        }
    }
}
