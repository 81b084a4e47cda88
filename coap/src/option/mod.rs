//! Options (RFC 7252 5.4, 12.2): their numbers and the Content-Formats by name, one option as a view, and the walk over the encoded ones (3.1).
//!
//! Promises: a walk over options that were walked over once meets no error; unknown numbers are kept.

mod content_format;
mod number;

pub use content_format::ContentFormat;
pub use number::OptionNumber;

use crate::error::FormatError;

/// One option: a number and up to 65,804 bytes of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opt<'d> {
    /// Which option.
    pub number: OptionNumber,
    /// Its value, which `number` gives the format of (RFC 7252 3.2).
    pub value: &'d [u8],
}

impl<'d> Opt<'d> {
    /// An option with this number and value.
    #[must_use]
    pub const fn new(number: OptionNumber, value: &'d [u8]) -> Self {
        Self { number, value }
    }

    /// The value as a uint (RFC 7252 3.2), leading zeros allowed; `None` if it is longer than 4 bytes.
    #[must_use]
    pub fn uint(&self) -> Option<u32> {
        if self.value.len() > 4 {
            return None;
        }
        Some(self.value.iter().fold(0, |n, byte| n << 8 | u32::from(*byte)))
    }

    /// The value as a string (RFC 7252 3.2); `None` if it is not UTF-8.
    #[must_use]
    pub fn text(&self) -> Option<&'d str> {
        core::str::from_utf8(self.value).ok()
    }
}

/// A walk over options, in the order of their numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'d> {
    rest: &'d [u8],
    /// Of the option before; above 65,535 if the walk broke off.
    number: u32,
}

/// The walk broke off where the bytes end; any other number above 65,535 is one that an option cannot have.
const TRUNCATED: u32 = u32::MAX;

impl<'d> Options<'d> {
    /// Over encoded options, and what may follow them after a payload marker.
    pub(crate) const fn new(encoded: &'d [u8]) -> Self {
        Self { rest: encoded, number: 0 }
    }

    /// What stopped the walk: nothing more, or a payload marker with what follows it, or an error (RFC 7252 3.1). Options that were
    /// walked over once have none.
    pub(crate) const fn end(&self) -> Result<&'d [u8], FormatError> {
        match self.number {
            0..=0xffff => Ok(self.rest),
            TRUNCATED => Err(FormatError::Truncated),
            _ => Err(FormatError::Option),
        }
    }

    /// The next option, if its number is not above `number`; else it is the next once more.
    pub(crate) fn next_up_to(&mut self, number: OptionNumber) -> Option<Opt<'d>> {
        let before = *self;
        let opt = self.next();
        if opt.is_some_and(|opt| opt.number > number) {
            *self = before;
            return None;
        }
        opt
    }

    /// The token that stands before the options: as long as its four bits say, which extend as an option's do (RFC 8974 2.1).
    pub(crate) fn token(&mut self, nibble: u32) -> &'d [u8] {
        let len = self.extended(nibble);
        let (token, rest) = self.rest.split_at_checked(len as usize).unwrap_or_else(|| {
            self.number = TRUNCATED;
            (&[], &[])
        });
        self.rest = rest;
        token
    }

    /// What was not walked over yet.
    pub(crate) const fn rest(&self) -> &'d [u8] {
        self.rest
    }

    /// The next byte of a header.
    fn byte(&mut self) -> u32 {
        let Some((byte, rest)) = self.rest.split_first() else {
            self.number = TRUNCATED;
            return 0;
        };
        self.rest = rest;
        u32::from(*byte)
    }

    /// A delta or a length: 0 to 12 as it is, 13 and 14 with one and two bytes more, 15 reserved (RFC 7252 3.1).
    #[inline(never)]
    fn extended(&mut self, nibble: u32) -> u32 {
        match nibble {
            13 => self.byte().wrapping_add(13),
            14 => (self.byte() << 8 | self.byte()).wrapping_add(269),
            15 => {
                self.number = 1 << 16;
                0
            }
            other => other,
        }
    }
}

impl<'d> Iterator for Options<'d> {
    type Item = Opt<'d>;

    fn next(&mut self) -> Option<Opt<'d>> {
        if matches!(self.rest.first(), None | Some(0xff)) {
            return None;
        }
        let first = self.byte();
        let delta = self.extended(first >> 4);
        let len = self.extended(first & 15);
        // Once broken off, it stays so: a delta is at most 65,804.
        self.number = self.number.saturating_add(delta);
        if let (Some((value, rest)), 0..=0xffff) = (self.rest.split_at_checked(len as usize), self.number) {
            self.rest = rest;
            return Some(Opt { number: OptionNumber(self.number as u16), value });
        }
        if self.number <= 0xffff {
            self.number = TRUNCATED;
        }
        self.rest = &[];
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{Opt, OptionNumber, Options};
    use crate::error::FormatError;

    fn all(bytes: &[u8]) -> Result<std::vec::Vec<(u16, &[u8])>, FormatError> {
        let mut options = Options::new(bytes);
        let mut seen = std::vec::Vec::new();
        for opt in options.by_ref() {
            seen.push((opt.number.0, opt.value));
        }
        options.end().map(|_| seen)
    }

    #[test]
    fn extended_deltas_and_lengths_are_read_at_their_edges() {
        assert_eq!(all(&[0xd0, 0]).unwrap(), [(13, &[][..])]);
        assert_eq!(all(&[0xd0, 255]).unwrap(), [(268, &[][..])]);
        assert_eq!(all(&[0xe0, 0, 0]).unwrap(), [(269, &[][..])]);
        assert_eq!(all(&[0xe0, 0xfe, 0xf2]).unwrap(), [(65_535, &[][..])]);
        assert_eq!(all(&[0xe0, 0xfe, 0xf3]), Err(FormatError::Option));
        let mut long = std::vec![0x0e, 1, 0];
        long.resize(3 + 525, 7);
        assert_eq!(all(&long).unwrap(), [(0, &[7; 525][..])]);
        long.pop();
        assert_eq!(all(&long), Err(FormatError::Truncated));
    }

    #[test]
    fn an_option_number_above_65535_is_a_format_error_not_a_wrap() {
        // Two deltas whose sum is 65,536 + 6: read as 6, it would be taken for Observe.
        assert_eq!(all(&[0xe0, 0xfe, 0xf2, 0x70]), Err(FormatError::Option));
        assert_eq!(all(&[0xe0, 0xff, 0xff, 0xe0, 0xff, 0xff]), Err(FormatError::Option));
    }

    #[test]
    fn reserved_nibbles_and_cut_extensions_are_format_errors() {
        assert_eq!(all(&[0xf0]), Err(FormatError::Option));
        assert_eq!(all(&[0x0f]), Err(FormatError::Option));
        assert_eq!(all(&[0xd0]), Err(FormatError::Truncated));
        assert_eq!(all(&[0xe0, 1]), Err(FormatError::Truncated));
        assert_eq!(all(&[0x01]), Err(FormatError::Truncated));
    }

    #[test]
    fn a_uint_longer_than_four_bytes_is_none() {
        assert_eq!(Opt::new(OptionNumber::MAX_AGE, &[]).uint(), Some(0));
        assert_eq!(Opt::new(OptionNumber::MAX_AGE, &[0, 1, 0]).uint(), Some(256));
        assert_eq!(Opt::new(OptionNumber::MAX_AGE, &[255; 4]).uint(), Some(u32::MAX));
        assert_eq!(Opt::new(OptionNumber::MAX_AGE, &[0; 5]).uint(), None);
    }
}
