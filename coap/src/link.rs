//! The CoRE link format (RFC 6690): what `/.well-known/core` answers.

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
    /// backslashes in it are left as they are (RFC 6690 2).
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&'d str> {
        self.parameters().find(|(found, _)| *found == name).map(|(_, value)| value.unwrap_or_default())
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
    fn every_cut_of_a_document_ends() {
        let text = r#"</a>;title="é,";ct=40,</b>;obs"#;
        for len in 0..text.len() {
            if let Some(cut) = text.get(..len) {
                assert!(links(cut).count() <= 3);
            }
        }
    }
}
