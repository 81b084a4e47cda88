//! Links written: a device's own `/.well-known/core`, or what it registers elsewhere.

use core::fmt;

/// Writes links one after the other into any [`fmt::Write`], quoted and divided as RFC 6690 2 says. What fails fails all that follows,
/// and is told at the end.
///
/// ```
/// use stint_coap::{LinkWriter, TextBuffer};
/// let mut buffer = [0; 80];
/// let mut text = TextBuffer::new(&mut buffer);
/// let mut links = LinkWriter::new(&mut text);
/// links.link("/sensors/temp").attribute("rt", "temperature-c").attribute("if", "sensor").flag("obs");
/// links.link("/firmware").number("sz", 262144);
/// links.finish().unwrap();
/// assert_eq!(text.as_str(), "</sensors/temp>;rt=\"temperature-c\";if=\"sensor\";obs,</firmware>;sz=262144");
/// ```
#[derive(Debug)]
pub struct LinkWriter<'w, W> {
    out: &'w mut W,
    first: bool,
    result: fmt::Result,
}

impl<'w, W: fmt::Write> LinkWriter<'w, W> {
    /// At the beginning of a document.
    #[must_use]
    pub const fn new(out: &'w mut W) -> Self {
        Self { out, first: true, result: Ok(()) }
    }

    /// Begins a link with this target, a URI reference; it fails with characters that a URI cannot have.
    pub fn link(&mut self, target: &str) -> &mut Self {
        let fits = |byte: u8| byte > b' ' && byte != 0x7f && !b"<>\"\\^`{|}".contains(&byte);
        self.check(target.bytes().all(fits));
        if !core::mem::take(&mut self.first) {
            self.put(",");
        }
        self.put("<").put(target).put(">")
    }

    /// Adds an attribute with a quoted value.
    pub fn attribute(&mut self, name: &str, value: &str) -> &mut Self {
        self.name(name).put("=\"");
        let mut rest = value;
        while let Some((plain, marked)) = rest.find(['"', '\\']).and_then(|at| rest.split_at_checked(at)) {
            self.put(plain).put("\\");
            let (mark, after) = marked.split_at_checked(1).unwrap_or_default();
            self.put(mark);
            rest = after;
        }
        self.put(rest).put("\"")
    }

    /// Adds an attribute with a value as it is, without quotes: one that has the characters of a ptoken, as the values of `title*` do.
    pub fn token(&mut self, name: &str, value: &str) -> &mut Self {
        let fits = |byte: u8| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte);
        self.check(!value.is_empty() && value.bytes().all(fits));
        self.name(name).put("=").put(value)
    }

    /// Adds an attribute with a number, as `sz` and `ct` are.
    pub fn number(&mut self, name: &str, value: u32) -> &mut Self {
        self.name(name).put("=");
        let mut divisor = 1_000_000_000u32;
        while divisor > 1 && value < divisor {
            divisor /= 10;
        }
        while divisor > 0 {
            // never zero here, which the compiler is not told
            let digit = value.checked_div(divisor).unwrap_or_default() % 10;
            self.result = self.result.and_then(|()| self.out.write_char(char::from(b'0'.wrapping_add(digit as u8))));
            divisor /= 10;
        }
        self
    }

    /// Adds an attribute without a value, as `obs` is (RFC 7641 6).
    pub fn flag(&mut self, name: &str) -> &mut Self {
        self.name(name)
    }

    /// Ends the document.
    ///
    /// # Errors
    /// The sink failed, or a name, target or token has characters that it cannot have, or an attribute came before the first link.
    pub fn finish(self) -> fmt::Result {
        self.result
    }

    /// The name of an attribute (parmname, RFC 5987 3.2.1, with the star that it may end in).
    fn name(&mut self, name: &str) -> &mut Self {
        let stem = name.strip_suffix('*').unwrap_or(name);
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte);
        self.check(!self.first && !stem.is_empty() && stem.bytes().all(fits));
        self.put(";").put(name)
    }

    fn check(&mut self, fits: bool) {
        if !fits {
            self.result = Err(fmt::Error);
        }
    }

    fn put(&mut self, text: &str) -> &mut Self {
        self.result = self.result.and_then(|()| self.out.write_str(text));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::LinkWriter;
    use crate::link::{Unescaped, links};
    use std::string::{String, ToString};

    #[test]
    fn what_is_written_is_read_otherwise() {
        let mut document = String::new();
        let mut writer = LinkWriter::new(&mut document);
        let titles = ["", "plain", r#"say "x\y",;\"#, "ü<>"];
        for (title, number) in titles.into_iter().zip([0, 9, 10, u32::MAX]) {
            writer
                .link("/a?b=c,d")
                .attribute("title", title)
                .number("sz", number)
                .flag("obs")
                .token("title*", "UTF-8'de'%c3");
        }
        writer.finish().unwrap();
        for ((link, title), number) in links(&document).zip(titles).zip([0, 9, 10, u32::MAX]) {
            let link = link.unwrap();
            assert_eq!(link.target, "/a?b=c,d");
            assert_eq!(Unescaped::new(link.parameter("title").unwrap()).to_string(), title);
            assert_eq!((link.size(), link.parameter("obs")), (Some(number), Some("")));
            assert_eq!(link.parameter("title*"), Some("UTF-8'de'%c3"));
        }
        assert_eq!(links(&document).count(), titles.len());
    }

    #[test]
    fn what_would_be_another_document_is_written() {
        let refused = |write: &dyn Fn(&mut LinkWriter<'_, String>)| {
            let mut document = String::new();
            let mut writer = LinkWriter::new(&mut document);
            write(&mut writer);
            writer.finish().is_err()
        };
        assert!(refused(&|links| {
            links.flag("obs");
        }));
        for target in ["/a>", "/a b", "/<", "/\n", "/\"", "/\u{7f}"] {
            assert!(
                refused(&|links| {
                    links.link(target);
                }),
                "{target:?}"
            );
        }
        for name in ["", "*", "a=b", "a;b", "a b", "é"] {
            assert!(
                refused(&|links| {
                    links.link("/").flag(name);
                }),
                "{name}"
            );
        }
        for token in ["", "a b", "a,b", "a;b", "a\"", "\\"] {
            assert!(
                refused(&|links| {
                    links.link("/").token("x", token);
                }),
                "{token}"
            );
        }
        assert!(!refused(&|links| {
            links.link("//h/%20é").token("x", "!<a=b>?").flag("obs");
        }));
    }
}
