//! Option numbers by name (RFC 7252 12.2), and what their bits say (5.4).

use core::fmt;

/// An option number, known or not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct OptionNumber(pub u16);

/// The constants, and the names they are displayed by, from one list.
macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal;)*) => {
        impl OptionNumber {
            $($(#[$doc])* pub const $name: Self = Self($number);)*

            /// All that have a name.
            const REGISTERED: &[Self] = &[$(Self::$name),*];

            /// The registered name, as in `Uri-Path`; `None` for a number that is not registered.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
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
    /// The number registered under this name, whatever the case of its letters; `None` if there is none.
    ///
    /// ```
    /// use stint_coap::OptionNumber;
    /// assert_eq!(OptionNumber::by_name("uri-path"), Some(OptionNumber::URI_PATH));
    /// assert_eq!(OptionNumber::by_name("Uri"), None);
    /// ```
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        let named = |number: &&Self| number.name().is_some_and(|found| found.eq_ignore_ascii_case(name));
        Self::REGISTERED.iter().find(named).copied()
    }

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

#[cfg(test)]
mod tests {
    use super::OptionNumber;
    use std::string::ToString;

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
    fn a_name_leads_to_another_number_than_the_number_to_the_name() {
        for number in (0..=u16::MAX).map(OptionNumber) {
            let back = number.name().and_then(|name| OptionNumber::by_name(&name.to_lowercase()));
            assert_eq!(back, number.name().map(|_| number));
        }
        assert_eq!(
            OptionNumber::REGISTERED.len(),
            (0..=u16::MAX).filter(|n| OptionNumber(*n).name().is_some()).count()
        );
    }
}
