//! Options (RFC 7252 5.4, 12.2): their numbers by name, one option as a view, and the walk over the encoded ones (3.1).

use crate::error::FormatError;
use core::fmt;

/// An option number, known or not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct OptionNumber(pub u16);

/// The constants, and the names they are displayed by, from one list.
macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal;)*) => {
        impl OptionNumber {
            $($(#[$doc])* pub const $name: Self = Self($number);)*

            /// The registered name, as in `Uri-Path`; `None` for a number that is not registered.
            #[must_use]
            pub const fn name(self) -> core::option::Option<&'static str> {
                match self {
                    $(Self::$name => Some($text),)*
                    _ => None,
                }
            }
        }
    };
}

numbers! {
    /// If-Match (RFC 7252 5.10.8.1): an ETag of 0 to 8 bytes, repeatable.
    IF_MATCH = 1, "If-Match";
    /// Uri-Host (RFC 7252 5.10.1): 1 to 255 bytes.
    URI_HOST = 3, "Uri-Host";
    /// ETag (RFC 7252 5.10.6): 1 to 8 bytes, repeatable in requests.
    ETAG = 4, "ETag";
    /// If-None-Match (RFC 7252 5.10.8.2): empty.
    IF_NONE_MATCH = 5, "If-None-Match";
    /// Observe (RFC 7641 2): uint, 0 to 3 bytes.
    OBSERVE = 6, "Observe";
    /// Uri-Port (RFC 7252 5.10.1): uint, 0 to 2 bytes.
    URI_PORT = 7, "Uri-Port";
    /// Location-Path (RFC 7252 5.10.7): 0 to 255 bytes, repeatable.
    LOCATION_PATH = 8, "Location-Path";
    /// OSCORE (RFC 8613 2): 0 to 255 bytes.
    OSCORE = 9, "OSCORE";
    /// Uri-Path (RFC 7252 5.10.1): 0 to 255 bytes, repeatable.
    URI_PATH = 11, "Uri-Path";
    /// Content-Format (RFC 7252 5.10.3): uint, 0 to 2 bytes.
    CONTENT_FORMAT = 12, "Content-Format";
    /// Max-Age (RFC 7252 5.10.5): uint, 0 to 4 bytes, seconds; 60 if absent.
    MAX_AGE = 14, "Max-Age";
    /// Uri-Query (RFC 7252 5.10.1): 0 to 255 bytes, repeatable.
    URI_QUERY = 15, "Uri-Query";
    /// Hop-Limit (RFC 8768 3): uint, 1 byte.
    HOP_LIMIT = 16, "Hop-Limit";
    /// Accept (RFC 7252 5.10.4): uint, 0 to 2 bytes.
    ACCEPT = 17, "Accept";
    /// Q-Block1 (RFC 9177 4.1): uint, 0 to 3 bytes.
    Q_BLOCK1 = 19, "Q-Block1";
    /// Location-Query (RFC 7252 5.10.7): 0 to 255 bytes, repeatable.
    LOCATION_QUERY = 20, "Location-Query";
    /// EDHOC (RFC 9668 3.1): empty.
    EDHOC = 21, "EDHOC";
    /// Block2 (RFC 7959 2.1): uint, 0 to 3 bytes.
    BLOCK2 = 23, "Block2";
    /// Block1 (RFC 7959 2.1): uint, 0 to 3 bytes.
    BLOCK1 = 27, "Block1";
    /// Size2 (RFC 7959 4): uint, 0 to 4 bytes.
    SIZE2 = 28, "Size2";
    /// Q-Block2 (RFC 9177 4.1): uint, 0 to 3 bytes, repeatable.
    Q_BLOCK2 = 31, "Q-Block2";
    /// Proxy-Uri (RFC 7252 5.10.2): 1 to 1,034 bytes.
    PROXY_URI = 35, "Proxy-Uri";
    /// Proxy-Scheme (RFC 7252 5.10.2): 1 to 255 bytes.
    PROXY_SCHEME = 39, "Proxy-Scheme";
    /// Size1 (RFC 7252 5.10.9, RFC 7959 4): uint, 0 to 4 bytes.
    SIZE1 = 60, "Size1";
    /// Echo (RFC 9175 2.2.1): 1 to 40 bytes.
    ECHO = 252, "Echo";
    /// No-Response (RFC 7967 2): uint, 0 or 1 byte.
    NO_RESPONSE = 258, "No-Response";
    /// Request-Tag (RFC 9175 3.2.1): 0 to 8 bytes, repeatable.
    REQUEST_TAG = 292, "Request-Tag";
    /// OCF-Accept-Content-Format-Version (Open Connectivity Foundation).
    OCF_ACCEPT_CONTENT_FORMAT_VERSION = 2049, "OCF-Accept-Content-Format-Version";
    /// OCF-Content-Format-Version (Open Connectivity Foundation).
    OCF_CONTENT_FORMAT_VERSION = 2053, "OCF-Content-Format-Version";
    /// SCP82-Params (GlobalPlatform).
    SCP82_PARAMS = 2057, "SCP82-Params";
}

impl OptionNumber {
    /// True where a receiver that does not understand the option must reject the message (RFC 7252 5.4.1).
    #[must_use]
    pub const fn is_critical(self) -> bool {
        self.0 & 1 != 0
    }

    /// True where a proxy that does not understand the option must not forward the message (RFC 7252 5.4.2).
    #[must_use]
    pub const fn is_unsafe(self) -> bool {
        self.0 & 2 != 0
    }

    /// True where the option is no part of the cache key (RFC 7252 5.4.6); said of options safe to forward only.
    #[must_use]
    pub const fn is_no_cache_key(self) -> bool {
        self.0 & 0x1e == 0x1c
    }
}

impl fmt::Display for OptionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "Option-{}", self.0),
        }
    }
}

impl fmt::Debug for OptionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A Content-Format (RFC 7252 12.3), the number of a media type and its coding. Those that constrained devices speak have names here.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ContentFormat(pub u16);

impl ContentFormat {
    /// text/plain; charset=utf-8 (RFC 7252 12.3).
    pub const TEXT: Self = Self(0);
    /// application/link-format (RFC 6690).
    pub const LINK_FORMAT: Self = Self(40);
    /// application/xml (RFC 7252 12.3).
    pub const XML: Self = Self(41);
    /// application/octet-stream (RFC 7252 12.3).
    pub const OCTET_STREAM: Self = Self(42);
    /// application/json (RFC 7252 12.3).
    pub const JSON: Self = Self(50);
    /// application/cbor (RFC 8949 9.3).
    pub const CBOR: Self = Self(60);
    /// application/senml+json (RFC 8428 12.3).
    pub const SENML_JSON: Self = Self(110);
    /// application/senml+cbor (RFC 8428 12.3).
    pub const SENML_CBOR: Self = Self(112);

    /// The media type; `None` for a number without a name here.
    #[must_use]
    pub const fn media_type(self) -> core::option::Option<&'static str> {
        match self {
            Self::TEXT => Some("text/plain"),
            Self::LINK_FORMAT => Some("application/link-format"),
            Self::XML => Some("application/xml"),
            Self::OCTET_STREAM => Some("application/octet-stream"),
            Self::JSON => Some("application/json"),
            Self::CBOR => Some("application/cbor"),
            Self::SENML_JSON => Some("application/senml+json"),
            Self::SENML_CBOR => Some("application/senml+cbor"),
            _ => None,
        }
    }
}

impl fmt::Display for ContentFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.media_type() {
            Some(name) => f.write_str(name),
            None => write!(f, "{}", self.0),
        }
    }
}

impl fmt::Debug for ContentFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

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
    pub fn uint(&self) -> core::option::Option<u32> {
        if self.value.len() > 4 {
            return None;
        }
        Some(self.value.iter().fold(0, |n, byte| n << 8 | u32::from(*byte)))
    }

    /// The value as a string (RFC 7252 3.2); `None` if it is not UTF-8.
    #[must_use]
    pub fn text(&self) -> core::option::Option<&'d str> {
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
    pub(crate) fn next_up_to(&mut self, number: OptionNumber) -> core::option::Option<Opt<'d>> {
        let before = *self;
        let opt = self.next();
        if opt.is_some_and(|opt| opt.number > number) {
            *self = before;
            return None;
        }
        opt
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

    fn next(&mut self) -> core::option::Option<Opt<'d>> {
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
    use std::string::ToString;

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
    fn classes_follow_the_bits_of_the_number() {
        assert!(OptionNumber::URI_PATH.is_critical() && OptionNumber::URI_PATH.is_unsafe());
        assert!(!OptionNumber::ETAG.is_critical() && !OptionNumber::ETAG.is_unsafe());
        assert!(OptionNumber::SIZE1.is_no_cache_key() && OptionNumber::SIZE2.is_no_cache_key());
        assert!(OptionNumber::EDHOC.is_critical() && !OptionNumber::EDHOC.is_unsafe());
        assert_eq!(OptionNumber::REQUEST_TAG.to_string(), "Request-Tag");
        assert_eq!(OptionNumber(65_001).to_string(), "Option-65001");
    }

    #[test]
    fn a_uint_longer_than_four_bytes_is_none() {
        assert_eq!(Opt::new(OptionNumber::MAX_AGE, &[]).uint(), Some(0));
        assert_eq!(Opt::new(OptionNumber::MAX_AGE, &[0, 1, 0]).uint(), Some(256));
        assert_eq!(Opt::new(OptionNumber::MAX_AGE, &[255; 4]).uint(), Some(u32::MAX));
        assert_eq!(Opt::new(OptionNumber::MAX_AGE, &[0; 5]).uint(), None);
    }
}
