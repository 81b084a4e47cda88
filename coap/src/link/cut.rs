//! Links of a document that comes in blocks (RFC 7959), cut where the blocks end.

use super::{Link, links};

/// What the byte before was in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Within {
    /// Neither of the others: a comma ends the link.
    Parameters,
    /// Angle brackets.
    Target,
    /// Quotes.
    Quotes,
    /// Quotes, behind a backslash.
    Escape,
}

/// Reads links from the blocks of a document one after the other, in a lent buffer for one link, the longest one.
///
/// A link that is longer than the buffer, or malformed, is passed over and counted; those after it are read.
///
/// ```
/// use stint_coap::CutLinks;
/// let mut buffer = [0; 32];
/// let mut links = CutLinks::new(&mut buffer);
/// let mut targets = Vec::new();
/// for mut block in [&b"</sensors/te"[..], b"mp>;obs,</a>,</b", b">;rt=\"x,y\""] {
///     while let Some(link) = links.next_of(&mut block) {
///         targets.push(link.target.to_owned());
///     }
/// }
/// if let Some(link) = links.finish() {
///     targets.push(link.target.to_owned());
/// }
/// assert_eq!(targets, ["/sensors/temp", "/a", "/b"]);
/// assert_eq!((links.too_long(), links.malformed()), (0, 0));
/// ```
#[derive(Debug)]
pub struct CutLinks<'b> {
    buffer: &'b mut [u8],
    /// How many bytes the link has so far; those beyond the buffer's end are lost.
    len: usize,
    within: Within,
    too_long: u16,
    malformed: u16,
}

impl<'b> CutLinks<'b> {
    /// At the beginning of a document.
    #[must_use]
    pub const fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, len: 0, within: Within::Parameters, too_long: 0, malformed: 0 }
    }

    /// The next link that ends in `block`, of which what was read is taken away. `None`: all of it was; go on with the next block, or with
    /// [`finish`](Self::finish) after the last.
    pub fn next_of(&mut self, block: &mut &[u8]) -> Option<Link<'_>> {
        while self.gather(block) {
            if self.is_whole() {
                return self.take();
            }
        }
        None
    }

    /// The last link, which no comma ends, when all blocks were read. What comes next is the beginning of a document.
    pub fn finish(&mut self) -> Option<Link<'_>> {
        let blank = self.buffer.get(..self.len).is_some_and(|text| text.trim_ascii().is_empty());
        self.within = Within::Parameters;
        if blank || !self.is_whole() {
            self.len = 0;
            return None;
        }
        self.take()
    }

    /// Forgets the link that is not whole, where a transfer begins anew: its resource changed (RFC 7959 2.4).
    pub const fn restart(&mut self) {
        self.len = 0;
        self.within = Within::Parameters;
    }

    /// How many links did not fit in the buffer.
    #[must_use]
    pub const fn too_long(&self) -> u16 {
        self.too_long
    }

    /// How many links were malformed.
    #[must_use]
    pub const fn malformed(&self) -> u16 {
        self.malformed
    }

    /// Takes bytes up to the comma that ends a link; false if there is none.
    fn gather(&mut self, block: &mut &[u8]) -> bool {
        while let Some((byte, rest)) = block.split_first() {
            *block = rest;
            self.within = match (self.within, byte) {
                (Within::Parameters, b',') => return true,
                (Within::Parameters, b'<') if self.is_blank() => Within::Target,
                (Within::Parameters, b'"') => Within::Quotes,
                (Within::Target, b'>') | (Within::Quotes, b'"') => Within::Parameters,
                (Within::Quotes, b'\\') => Within::Escape,
                (Within::Escape, _) => Within::Quotes,
                (within, _) => within,
            };
            if let Some(to) = self.buffer.get_mut(self.len) {
                *to = *byte;
            }
            self.len = self.len.saturating_add(1);
        }
        false
    }

    /// An angle bracket opens a target only where a link begins: in a token it is a character like others (RFC 6690 2, ptokenchar).
    fn is_blank(&self) -> bool {
        self.buffer.get(..self.len).is_some_and(|text| text.trim_ascii().is_empty())
    }

    /// Whether what was gathered is a link; if not, it is counted and forgotten.
    fn is_whole(&mut self) -> bool {
        let counter = match self.buffer.get(..self.len) {
            None => &mut self.too_long,
            Some(text) if link(text).is_some() => return true,
            Some(_) => &mut self.malformed,
        };
        *counter = counter.saturating_add(1);
        self.len = 0;
        false
    }

    /// The link that was gathered; the buffer is free for the next one when that is done with.
    fn take(&mut self) -> Option<Link<'_>> {
        let len = core::mem::take(&mut self.len);
        link(self.buffer.get(..len)?)
    }
}

/// The link that a text is.
fn link(text: &[u8]) -> Option<Link<'_>> {
    links(core::str::from_utf8(text).ok()?).next()?.ok()
}

#[cfg(test)]
mod tests {
    use super::CutLinks;
    use crate::link::links;
    use std::string::{String, ToString};
    use std::vec::Vec;

    /// All links of a document in blocks of `size`, with the counters.
    fn read(document: &[u8], size: usize, room: usize) -> (Vec<String>, u16, u16) {
        let (mut buffer, mut found) = (std::vec![0; room], Vec::new());
        let mut cut = CutLinks::new(&mut buffer);
        for mut block in document.chunks(size) {
            while let Some(link) = cut.next_of(&mut block) {
                found.push(std::format!("{link:?}"));
            }
            assert!(block.is_empty());
        }
        found.extend(cut.finish().map(|link| std::format!("{link:?}")));
        (found, cut.too_long(), cut.malformed())
    }

    #[test]
    fn a_link_cut_anywhere_is_read_otherwise_than_whole() {
        let document =
            r#"</a,b>;title="é,\",;<";ct=40,</c>;obs;t=x<y>z, <//h/d>;if="a b" ,<e>;title*=UTF-8'de'%c3%a9%2c"#;
        let whole: Vec<String> = links(document).map(|link| std::format!("{:?}", link.unwrap())).collect();
        assert_eq!(whole.len(), 4);
        for size in 1..=document.len() {
            assert_eq!(read(document.as_bytes(), size, 40), (whole.clone(), 0, 0), "{size}");
        }
    }

    #[test]
    fn links_too_long_or_malformed_take_others_with_them() {
        let document = br#"</a>,</long>;title="0123456789,0123456789",</b>,x,</c>;=,,</d>;t="q",</e>;"#;
        for size in 1..document.len() {
            let (found, too_long, malformed) = read(document, size, 12);
            let targets: Vec<_> = found.iter().map(|link| link.split('"').nth(1).unwrap().to_string()).collect();
            assert_eq!(targets, ["/a", "/b", "/d"], "{size}");
            assert_eq!((too_long, malformed), (1, 4), "{size}");
        }
        assert_eq!(read(b"</a>;t=\"x", 4, 20), (Vec::new(), 0, 1));
        assert_eq!(read(b"</a\xff>,</b>", 4, 20).2, 1);
        assert_eq!(read(b"", 4, 20), (Vec::new(), 0, 0));
        assert_eq!(read(b" \r\n", 2, 20), (Vec::new(), 0, 0));
    }

    #[test]
    fn a_document_that_begins_anew_ends_the_link_of_the_one_before() {
        let mut buffer = [0; 20];
        let mut cut = CutLinks::new(&mut buffer);
        assert_eq!(cut.next_of(&mut &b"</a>;title=\"x"[..]), None);
        cut.restart();
        assert_eq!(cut.next_of(&mut &b"</b>,"[..]).unwrap().target, "/b");
        assert_eq!(cut.finish(), None);
        assert_eq!(cut.malformed(), 0);
    }
}
