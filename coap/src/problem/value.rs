//! The values of the entries that RFC 9290 defines: what each must be, and how it is read.

use super::{Direction, ProblemError, Reader};
use crate::code::Code;

/// The keys that RFC 9290 defines (6.1).
pub(super) mod keys {
    pub(in super::super) const TITLE: i64 = -1;
    pub(in super::super) const DETAIL: i64 = -2;
    pub(in super::super) const INSTANCE: i64 = -3;
    pub(in super::super) const RESPONSE_CODE: i64 = -4;
    pub(in super::super) const BASE_URI: i64 = -5;
    pub(in super::super) const BASE_LANG: i64 = -6;
    pub(in super::super) const BASE_RTL: i64 = -7;
    pub(in super::super) const UNPROCESSED: i64 = -8;
}

/// Whether the value of an entry that has a name here is what RFC 9290 2 says.
pub(super) fn check(key: i64, value: &[u8]) -> Result<(), ProblemError> {
    let mut reader = Reader::new(value);
    match key {
        keys::TITLE | keys::DETAIL => tagged(value).map(|_| ()),
        keys::INSTANCE | keys::BASE_URI => plain(value).map(|_| ()),
        keys::RESPONSE_CODE => code(value).map(|_| ()),
        keys::BASE_LANG => language(&mut reader).map(|_| ()),
        keys::BASE_RTL => direction(&mut reader).map(|_| ()),
        _ => match reader.head()? {
            (0, number) => option(number),
            (4, items) => {
                let (mut left, mut empty) = (items, true);
                while left != Some(0) && !(left.is_none() && reader.is_broken()) {
                    let (0, number) = reader.head()? else { return Err(ProblemError::Entry) };
                    option(number)?;
                    left = left.map(|left| left.wrapping_sub(1));
                    empty = false;
                }
                if empty { Err(ProblemError::Entry) } else { Ok(()) }
            }
            _ => Err(ProblemError::Entry),
        },
    }
}

fn option(number: Option<u64>) -> Result<(), ProblemError> {
    if number.is_some_and(|number| number <= u16::MAX.into()) { Ok(()) } else { Err(ProblemError::Entry) }
}

pub(super) fn code(value: &[u8]) -> Result<Code, ProblemError> {
    match Reader::new(value).head()? {
        (0, Some(code)) => u8::try_from(code).map(Code).map_err(|_| ProblemError::Entry),
        _ => Err(ProblemError::Entry),
    }
}

pub(super) fn plain(value: &[u8]) -> Result<&str, ProblemError> {
    text(&mut Reader::new(value))
}

fn text<'d>(reader: &mut Reader<'d>) -> Result<&'d str, ProblemError> {
    match reader.head()? {
        (3, Some(len)) => reader.text(len),
        (3, None) => Err(ProblemError::Chunked),
        _ => Err(ProblemError::Entry),
    }
}

/// A text, which may have tags of its own in a text with a language (RFC 9290 A.2).
fn annotated<'d>(reader: &mut Reader<'d>) -> Result<&'d str, ProblemError> {
    loop {
        let mut ahead = *reader;
        let (6, _) = ahead.head()? else { return text(reader) };
        *reader = ahead;
    }
}

/// The language and direction that a text has of its own.
pub(super) type Own<'d> = (&'d str, Option<Direction>);

/// A text, or one with a language, tag 38 (RFC 9290 A.2).
pub(super) fn tagged(value: &[u8]) -> Result<(&str, Option<Own<'_>>), ProblemError> {
    let mut reader = Reader::new(value);
    let (6, Some(38)) = reader.head()? else { return Ok((plain(value)?, None)) };
    let (4, items @ (None | Some(2 | 3))) = reader.head()? else { return Err(ProblemError::Entry) };
    let language = language(&mut reader)?;
    let text = annotated(&mut reader)?;
    let directed = items == Some(3) || items.is_none() && !reader.is_broken();
    let direction = if directed { Some(direction(&mut reader)?) } else { None };
    if items.is_none() && !reader.is_broken() {
        return Err(ProblemError::Entry);
    }
    Ok((text, Some((language, direction))))
}

/// A language tag, `[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*` (RFC 9290 A.2).
pub(super) fn language<'d>(reader: &mut Reader<'d>) -> Result<&'d str, ProblemError> {
    let tag = annotated(reader)?;
    let subtag = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let first = tag.bytes().take_while(|byte| *byte != b'-').all(|byte| byte.is_ascii_alphabetic());
    if first && tag.split(['-']).all(subtag) { Ok(tag) } else { Err(ProblemError::Entry) }
}

pub(super) fn direction(reader: &mut Reader<'_>) -> Result<Direction, ProblemError> {
    match reader.head()? {
        (7, Some(20)) => Ok(Direction::LeftToRight),
        (7, Some(21)) => Ok(Direction::RightToLeft),
        (7, Some(22)) => Ok(Direction::Auto),
        _ => Err(ProblemError::Entry),
    }
}
