//! Problem details (RFC 9290): what a server says of an error beside its code.
//!
//! Promises: what was read once is well-formed, so its entries need no error; nothing is allocated, all is borrowed from the payload.

mod cbor;
mod error;
mod value;

pub use error::ProblemError;

use crate::code::Code;
use crate::option::OptionNumber;
use cbor::Reader;
use core::fmt;
use value::{check, code, direction, keys, language, plain, tagged};

/// The problem details in the payload of an error response, a CBOR map ([`ContentFormat::PROBLEM_DETAILS`](crate::ContentFormat::PROBLEM_DETAILS)).
/// Displayed as its title and its detail.
///
/// ```
/// use stint_coap::{Code, ProblemDetails};
/// let payload = b"\xa3\x20\x69Too large\x21\x6bat most 512\x23\x18\x8d";
/// let problem = ProblemDetails::parse(payload)?;
/// assert_eq!(problem.to_string(), "Too large: at most 512");
/// assert_eq!(problem.response_code(), Some(Code::REQUEST_ENTITY_TOO_LARGE));
/// # Ok::<(), stint_coap::ProblemError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ProblemDetails<'d> {
    entries: Entries<'d>,
}

/// The key of an entry (RFC 9290 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKey<'d> {
    /// A Standard Problem Detail entry: a negative number. One below what fits is [`i64::MIN`].
    Standard(i64),
    /// A Custom Problem Detail entry that is registered.
    Custom(u64),
    /// A Custom Problem Detail entry that goes by a URI.
    Uri(&'d str),
}

/// An entry, known or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'d> {
    /// What it is.
    pub key: EntryKey<'d>,
    /// Its value, one encoded CBOR item; of a custom entry, a map.
    pub value: &'d [u8],
}

/// The direction in which a text is to be shown (RFC 9290 A.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From left to right.
    LeftToRight,
    /// From right to left.
    RightToLeft,
    /// As the text itself suggests.
    Auto,
}

/// A text for people, with the language that it is in. Displayed as the text alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<'d> {
    /// The text.
    pub text: &'d str,
    /// The language tag (RFC 5646): its own, or the base's, or `en` (RFC 9290 2).
    pub language: &'d str,
    /// The direction: its own, or the base's, or what RFC 9290 2 and A.2 assume.
    pub direction: Direction,
}

impl<'d> ProblemDetails<'d> {
    /// Reads problem details, which take up all of `payload`. Entries that are not known here are passed over (RFC 9290 3).
    ///
    /// # Errors
    /// What is wrong: the CBOR, or an entry of those that have a name here.
    pub fn parse(payload: &'d [u8]) -> Result<Self, ProblemError> {
        let mut reader = Reader::new(payload);
        let (5, pairs) = reader.head()? else { return Err(ProblemError::NotAMap) };
        let entries = Entries { reader, left: pairs };
        let (mut walk, mut seen, mut empty) = (entries, 0u8, true);
        while let Some(entry) = walk.step()? {
            empty = false;
            let EntryKey::Standard(key @ keys::UNPROCESSED..=keys::TITLE) = entry.key else { continue };
            let bit = 1u8 << (key.wrapping_neg().wrapping_sub(1) & 7);
            if seen & bit != 0 {
                return Err(ProblemError::Repeated);
            }
            seen |= bit;
            check(key, entry.value)?;
        }
        match (empty, walk.reader.is_empty()) {
            (true, _) => Err(ProblemError::NotAMap),
            (_, false) => Err(ProblemError::Trailing),
            _ => Ok(Self { entries }),
        }
    }

    /// A short summary of what kind of problem it is.
    #[must_use]
    pub fn title(&self) -> Option<Text<'d>> {
        self.text(keys::TITLE)
    }

    /// What went wrong this time.
    #[must_use]
    pub fn detail(&self) -> Option<Text<'d>> {
        self.text(keys::DETAIL)
    }

    /// A URI reference that identifies this occurrence of the problem.
    #[must_use]
    pub fn instance(&self) -> Option<&'d str> {
        plain(self.value(keys::INSTANCE)?).ok()
    }

    /// The code that the origin server sent; the response's own counts, if it is another.
    #[must_use]
    pub fn response_code(&self) -> Option<Code> {
        code(self.value(keys::RESPONSE_CODE)?).ok()
    }

    /// What URI references in the entries are relative to.
    #[must_use]
    pub fn base_uri(&self) -> Option<&'d str> {
        plain(self.value(keys::BASE_URI)?).ok()
    }

    /// The language of texts that do not say theirs.
    #[must_use]
    pub fn base_language(&self) -> Option<&'d str> {
        language(&mut Reader::new(self.value(keys::BASE_LANG)?)).ok()
    }

    /// The direction of texts that do not say theirs.
    #[must_use]
    pub fn base_direction(&self) -> Option<Direction> {
        direction(&mut Reader::new(self.value(keys::BASE_RTL)?)).ok()
    }

    /// The options of the request that were not understood, or not processed (RFC 9290 3.1.1).
    pub fn unprocessed_options(&self) -> impl Iterator<Item = OptionNumber> + use<'d> {
        let mut reader = Reader::new(self.value(keys::UNPROCESSED).unwrap_or_default());
        core::iter::from_fn(move || {
            loop {
                match reader.head().ok()? {
                    // what no option can have was checked for
                    (0, Some(number)) => return u16::try_from(number).ok().map(OptionNumber),
                    (4, _) => {}
                    _ => return None,
                }
            }
        })
    }

    /// All entries, those that are not known here too, in order.
    #[must_use]
    pub const fn entries(&self) -> Entries<'d> {
        self.entries
    }

    fn value(&self, key: i64) -> Option<&'d [u8]> {
        self.entries().find(|entry| entry.key == EntryKey::Standard(key)).map(|entry| entry.value)
    }

    fn text(&self, key: i64) -> Option<Text<'d>> {
        let (text, own) = tagged(self.value(key)?).ok()?;
        Some(match own {
            Some((language, direction)) => {
                let direction = direction.or_else(|| self.base_direction()).unwrap_or(Direction::Auto);
                Text { text, language, direction }
            }
            None => Text {
                text,
                language: self.base_language().unwrap_or("en"),
                direction: self.base_direction().unwrap_or(Direction::LeftToRight),
            },
        })
    }
}

impl fmt::Display for ProblemDetails<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut divider = "";
        for text in [self.title(), self.detail()].into_iter().flatten() {
            f.write_str(divider)?;
            f.write_str(text.text)?;
            divider = ": ";
        }
        Ok(())
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

impl<'d> Entry<'d> {
    /// The value, if it is a text.
    #[must_use]
    pub fn text(&self) -> Option<&'d str> {
        plain(self.value).ok()
    }

    /// The value, if it is a number from 0 up.
    #[must_use]
    pub fn uint(&self) -> Option<u64> {
        match Reader::new(self.value).head() {
            Ok((0, number)) => number,
            _ => None,
        }
    }
}

/// See [`ProblemDetails::entries`].
#[derive(Clone, Copy, Debug)]
pub struct Entries<'d> {
    reader: Reader<'d>,
    /// How many pairs are to come; `None` for as many as stand before a break.
    left: Option<u64>,
}

impl<'d> Entries<'d> {
    fn step(&mut self) -> Result<Option<Entry<'d>>, ProblemError> {
        match &mut self.left {
            Some(0) => return Ok(None),
            Some(left) => *left = left.wrapping_sub(1),
            None if self.reader.is_broken() => {
                self.left = Some(0);
                self.reader.head()?;
                return Ok(None);
            }
            None => {}
        }
        let key = match self.reader.head()? {
            (0, Some(key)) => EntryKey::Custom(key),
            // the number is -1 less the argument, which no argument that fits lets overflow
            (1, Some(key)) => EntryKey::Standard(i64::try_from(key).map_or(i64::MIN, |key| (-1i64).wrapping_sub(key))),
            (3, Some(len)) => EntryKey::Uri(self.reader.text(len)?),
            (3, None) => return Err(ProblemError::Chunked),
            _ => return Err(ProblemError::Entry),
        };
        Ok(Some(Entry { key, value: self.reader.item()? }))
    }
}

impl<'d> Iterator for Entries<'d> {
    type Item = Entry<'d>;

    fn next(&mut self) -> Option<Entry<'d>> {
        self.step().ok().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::{Direction, EntryKey, ProblemDetails, ProblemError, Text};
    use crate::code::Code;
    use crate::option::OptionNumber;
    use std::string::ToString;
    use std::vec::Vec;

    /// The entries that figures 3 and 4 of RFC 9290 have in common, without the head of the map.
    const STANDARD: &[u8] = b"\x20\x72title of the error\x21\x78\x24detailed information about the error\
        \x22\x78\x1bcoaps://pd.example/FA317434\x23\x18\x80";
    /// The custom entry of both.
    const CUSTOM: &[u8] = b"\xa3\x00\x78\x1cmachine-readable error cause\x01\x82\x82\x74first parameter name\
        \x78\x1amust be a positive integer\x81\x75second parameter name\x02\x68d34db33f";

    fn parse(parts: &[&[u8]]) -> Result<ProblemDetails<'static>, ProblemError> {
        ProblemDetails::parse(Vec::leak(parts.concat()))
    }

    #[test]
    fn figures_3_and_4_of_rfc_9290_are_read_otherwise() {
        let uri = "tag:3gpp.org,2022-03:TS29112";
        let cases = [
            (EntryKey::Uri(uri), [b"\x78\x1c", uri.as_bytes()].concat()),
            (EntryKey::Custom(4711), b"\x19\x12\x67".to_vec()),
        ];
        for (key, encoded) in cases {
            let problem = parse(&[b"\xa5", STANDARD, &encoded, CUSTOM]).unwrap();
            let english = |text| Text { text, language: "en", direction: Direction::LeftToRight };
            assert_eq!(problem.title(), Some(english("title of the error")));
            assert_eq!(problem.detail(), Some(english("detailed information about the error")));
            assert_eq!(problem.to_string(), "title of the error: detailed information about the error");
            assert_eq!(problem.instance(), Some("coaps://pd.example/FA317434"));
            assert_eq!(problem.response_code(), Some(Code::BAD_REQUEST));
            assert_eq!((problem.base_uri(), problem.base_language(), problem.base_direction()), (None, None, None));
            assert_eq!(problem.unprocessed_options().count(), 0);
            let entries: Vec<_> = problem.entries().collect();
            assert_eq!(entries.len(), 5);
            assert_eq!((entries[0].key, entries[0].text()), (EntryKey::Standard(-1), Some("title of the error")));
            assert_eq!(entries[3].uint(), Some(128));
            assert_eq!((entries[4].key, entries[4].value), (key, CUSTOM));
        }
    }

    #[test]
    fn the_examples_of_rfc_9290_a_3_lose_their_language() {
        for (tag, text, language, direction) in [
            (&b"\xd8\x26\x82\x62en\x65Hello"[..], "Hello", "en", Direction::Auto),
            (b"\xd8\x26\x82\x62fr\x67Bonjour", "Bonjour", "fr", Direction::Auto),
            (b"\xd8\x26\x83\x62he\x68\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d\xf5", "שלום", "he", Direction::RightToLeft),
            (b"\xd8\x26\x9f\x62he\xc1\x61x\xf6\xff", "x", "he", Direction::Auto),
            (b"\xd8\x26\x9f\xc1\xc2\x65de-CH\x61x\xff", "x", "de-CH", Direction::Auto),
        ] {
            let title = parse(&[b"\xa1\x20", tag]).unwrap().title();
            assert_eq!(title, Some(Text { text, language, direction }));
        }
        // the base counts for the texts without a tag, and its direction for those with one that do not say
        let based = parse(&[b"\xbf\x20\x61t\x21\xd8\x26\x82\x62fr\x61d\x25\x62he\x26\xf5\x24\x63u:v\xff"]).unwrap();
        let (he, fr) = (based.title().unwrap(), based.detail().unwrap());
        assert_eq!((he.language, he.direction), ("he", Direction::RightToLeft));
        assert_eq!((fr.language, fr.direction), ("fr", Direction::RightToLeft));
        assert_eq!(based.base_uri(), Some("u:v"));
    }

    #[test]
    fn options_that_were_not_processed_get_lost() {
        for (value, options) in
            [(&b"\x0b"[..], &[11][..]), (b"\x82\x0b\x19\xff\xff", &[11, 65_535]), (b"\x9f\x01\x02\x03\xff", &[1, 2, 3])]
        {
            let problem = parse(&[b"\xa1\x27", value]).unwrap();
            assert!(problem.unprocessed_options().eq(options.iter().map(|number| OptionNumber(*number))));
        }
    }

    #[test]
    fn what_is_no_problem_details_item_is_taken_for_one() {
        for (bytes, error) in [
            (&b""[..], ProblemError::Truncated),
            (b"\xa0", ProblemError::NotAMap),
            (b"\xbf\xff", ProblemError::NotAMap),
            (b"\x80", ProblemError::NotAMap),
            (b"\xa1\x20\x61a\x00", ProblemError::Trailing),
            (b"\xbf\x20\x61a\xff\xff", ProblemError::Trailing),
            (b"\xa2\x20\x61a\x20\x61b", ProblemError::Repeated),
            (b"\xa1\x20\x00", ProblemError::Entry),
            (b"\xa1\x20\x7f\x61a\xff", ProblemError::Chunked),
            (b"\xa1\x20\x61\xff", ProblemError::Malformed),
            (b"\xa1\x20\xd8\x26\x81\x62en", ProblemError::Entry),
            (b"\xa1\x20\xd8\x26\x84\x62en\x61a\xf5\xf5", ProblemError::Entry),
            (b"\xa1\x20\xd8\x26\x83\x62en\x61a\x01", ProblemError::Entry),
            (b"\xa1\x20\xd8\x26\x9f\x62en\x61a\xf5\xf5\xff", ProblemError::Entry),
            (b"\xa1\x20\xd8\x26\x82\x62e1\x61a", ProblemError::Entry),
            (b"\xa1\x20\xd8\x26\x82\x63en-\x61a", ProblemError::Entry),
            (b"\xa1\x20\xd8\x26\x82\x60\x61a", ProblemError::Entry),
            (b"\xa1\x23\x19\x01\x00", ProblemError::Entry),
            (b"\xa1\x23\x61a", ProblemError::Entry),
            (b"\xa1\x26\xf7", ProblemError::Entry),
            (b"\xa1\x27\x80", ProblemError::Entry),
            (b"\xa1\x27\x82\x01\x20", ProblemError::Entry),
            (b"\xa1\x27\x1a\x00\x01\x00\x00", ProblemError::Entry),
            (b"\xa1\x40\x00", ProblemError::Entry),
            (b"\xa1\x7f\xff\x00", ProblemError::Chunked),
            (b"\xa1\x00\x81\x81\x81\x81\x81\x81\x81\x81\x81\x00", ProblemError::TooDeep),
        ] {
            assert_eq!(ProblemDetails::parse(bytes).unwrap_err(), error, "{bytes:02x?}");
        }
        let whole = [b"\xa5", STANDARD, b"\x19\x12\x67", CUSTOM].concat();
        for len in 0..whole.len() {
            assert_eq!(ProblemDetails::parse(&whole[..len]).unwrap_err(), ProblemError::Truncated, "{len}");
        }
    }

    #[test]
    fn unknown_entries_are_refused_or_get_lost() {
        let problem =
            parse(&[b"\xa3\x28\xf6\x3b\xff\xff\xff\xff\xff\xff\xff\xff\x5f\x41a\xff\x07\xa1\x00\x00"]).unwrap();
        let keys: Vec<_> = problem.entries().map(|entry| (entry.key, entry.value.to_vec())).collect();
        assert_eq!(
            keys,
            [
                (EntryKey::Standard(-9), b"\xf6".to_vec()),
                (EntryKey::Standard(i64::MIN), b"\x5f\x41a\xff".to_vec()),
                (EntryKey::Custom(7), b"\xa1\x00\x00".to_vec())
            ]
        );
        assert_eq!((problem.title(), problem.to_string()), (None, "".to_string()));
    }
}
