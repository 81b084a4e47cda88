//! Request methods and response codes (RFC 7252 12.1): a byte, class in the upper three bits, detail in the lower five.

use core::fmt;

/// A code, known or not. Displayed as `2.05 Content`; an unknown one as its number alone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Code(pub u8);

/// The constants, and the names they are displayed by, from one list.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $class:literal . $detail:literal, $text:literal;)*) => {
        impl Code {
            $($(#[$doc])* pub const $name: Self = Self::new($class, $detail);)*

            /// The registered name, as in `Content`; `None` for a code that is not registered.
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

codes! {
    /// An Empty message: an acknowledgement, a Reset or a ping (RFC 7252 4.1).
    EMPTY = 0 . 0, "Empty";
    /// GET (RFC 7252 5.8.1).
    GET = 0 . 1, "GET";
    /// POST (RFC 7252 5.8.2).
    POST = 0 . 2, "POST";
    /// PUT (RFC 7252 5.8.3).
    PUT = 0 . 3, "PUT";
    /// DELETE (RFC 7252 5.8.4).
    DELETE = 0 . 4, "DELETE";
    /// FETCH (RFC 8132 2).
    FETCH = 0 . 5, "FETCH";
    /// PATCH (RFC 8132 3).
    PATCH = 0 . 6, "PATCH";
    /// iPATCH, the idempotent PATCH (RFC 8132 3).
    IPATCH = 0 . 7, "iPATCH";
    /// 2.01 (RFC 7252 5.9.1.1).
    CREATED = 2 . 1, "Created";
    /// 2.02 (RFC 7252 5.9.1.2).
    DELETED = 2 . 2, "Deleted";
    /// 2.03 (RFC 7252 5.9.1.3).
    VALID = 2 . 3, "Valid";
    /// 2.04 (RFC 7252 5.9.1.4).
    CHANGED = 2 . 4, "Changed";
    /// 2.05 (RFC 7252 5.9.1.5).
    CONTENT = 2 . 5, "Content";
    /// 2.31 (RFC 7959 2.9.1).
    CONTINUE = 2 . 31, "Continue";
    /// 4.00 (RFC 7252 5.9.2.1).
    BAD_REQUEST = 4 . 0, "Bad Request";
    /// 4.01 (RFC 7252 5.9.2.2).
    UNAUTHORIZED = 4 . 1, "Unauthorized";
    /// 4.02 (RFC 7252 5.9.2.3).
    BAD_OPTION = 4 . 2, "Bad Option";
    /// 4.03 (RFC 7252 5.9.2.4).
    FORBIDDEN = 4 . 3, "Forbidden";
    /// 4.04 (RFC 7252 5.9.2.5).
    NOT_FOUND = 4 . 4, "Not Found";
    /// 4.05 (RFC 7252 5.9.2.6).
    METHOD_NOT_ALLOWED = 4 . 5, "Method Not Allowed";
    /// 4.06 (RFC 7252 5.9.2.7).
    NOT_ACCEPTABLE = 4 . 6, "Not Acceptable";
    /// 4.08 (RFC 7959 2.9.2).
    REQUEST_ENTITY_INCOMPLETE = 4 . 8, "Request Entity Incomplete";
    /// 4.09 (RFC 8132 4).
    CONFLICT = 4 . 9, "Conflict";
    /// 4.12 (RFC 7252 5.9.2.8).
    PRECONDITION_FAILED = 4 . 12, "Precondition Failed";
    /// 4.13 (RFC 7252 5.9.2.9, RFC 7959 2.9.3).
    REQUEST_ENTITY_TOO_LARGE = 4 . 13, "Request Entity Too Large";
    /// 4.15 (RFC 7252 5.9.2.10).
    UNSUPPORTED_CONTENT_FORMAT = 4 . 15, "Unsupported Content-Format";
    /// 4.22 (RFC 8132 4).
    UNPROCESSABLE_ENTITY = 4 . 22, "Unprocessable Entity";
    /// 4.29 (RFC 8516 3).
    TOO_MANY_REQUESTS = 4 . 29, "Too Many Requests";
    /// 5.00 (RFC 7252 5.9.3.1).
    INTERNAL_SERVER_ERROR = 5 . 0, "Internal Server Error";
    /// 5.01 (RFC 7252 5.9.3.2).
    NOT_IMPLEMENTED = 5 . 1, "Not Implemented";
    /// 5.02 (RFC 7252 5.9.3.3).
    BAD_GATEWAY = 5 . 2, "Bad Gateway";
    /// 5.03 (RFC 7252 5.9.3.4).
    SERVICE_UNAVAILABLE = 5 . 3, "Service Unavailable";
    /// 5.04 (RFC 7252 5.9.3.5).
    GATEWAY_TIMEOUT = 5 . 4, "Gateway Timeout";
    /// 5.05 (RFC 7252 5.9.3.6).
    PROXYING_NOT_SUPPORTED = 5 . 5, "Proxying Not Supported";
    /// 5.08 (RFC 8768 6).
    HOP_LIMIT_REACHED = 5 . 8, "Hop Limit Reached";
}

impl Code {
    /// The code `class.detail`; what is above class 7 or detail 31 is cut off.
    #[must_use]
    pub const fn new(class: u8, detail: u8) -> Self {
        Self((class & 7) << 5 | detail & 31)
    }

    /// The code registered under this name, whatever the case of its letters, or the one of this class and detail: both as displayed.
    ///
    /// ```
    /// use stint_coap::Code;
    /// assert_eq!(Code::by_name("get"), Some(Code::GET));
    /// assert_eq!(Code::by_name("Not Found"), Some(Code::NOT_FOUND));
    /// assert_eq!(Code::by_name("4.04"), Some(Code::NOT_FOUND));
    /// assert_eq!(Code::by_name("8.00"), None);
    /// ```
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        if let [class @ b'0'..=b'7', b'.', tens @ b'0'..=b'3', ones @ b'0'..=b'9'] = name.as_bytes() {
            let detail = (tens & 15).wrapping_mul(10).wrapping_add(ones & 15);
            return (detail < 32).then_some(Self::new(class & 15, detail));
        }
        let named = |code: &Self| code.name().is_some_and(|found| found.eq_ignore_ascii_case(name));
        (0..=u8::MAX).map(Self).find(named)
    }

    /// 0 for requests, 2 for success, 4 and 5 for the client's and the server's errors (RFC 7252 3).
    #[must_use]
    pub const fn class(self) -> u8 {
        self.0 >> 5
    }

    /// The number after the point.
    #[must_use]
    pub const fn detail(self) -> u8 {
        self.0 & 31
    }

    /// True for 0.01 to 0.31, the methods.
    #[must_use]
    pub const fn is_request(self) -> bool {
        self.0 != 0 && self.0 < 32
    }

    /// True for class 2.
    #[must_use]
    pub const fn is_success(self) -> bool {
        self.class() == 2
    }

    /// True for classes 2, 4 and 5; class 3 is reserved, and so are 1, 6 and 7 (RFC 7252 5.2).
    #[must_use]
    pub const fn is_response(self) -> bool {
        matches!(self.class(), 2 | 4 | 5)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) if self.class() == 0 => f.write_str(name),
            Some(name) => write!(f, "{}.{:02} {name}", self.class(), self.detail()),
            None => write!(f, "{}.{:02}", self.class(), self.detail()),
        }
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Code;
    use std::string::ToString;

    #[test]
    fn codes_are_shown_as_the_rfc_writes_them() {
        assert_eq!(Code::CONTENT.to_string(), "2.05 Content");
        assert_eq!(Code::REQUEST_ENTITY_TOO_LARGE.to_string(), "4.13 Request Entity Too Large");
        assert_eq!(Code::GET.to_string(), "GET");
        assert_eq!(Code(0x69).to_string(), "3.09");
        assert_eq!(Code::CONTENT.0, 0x45);
        assert_eq!(Code::CONTINUE.0, 0x5f);
    }

    #[test]
    fn a_name_or_number_leads_to_another_code() {
        for code in (0..=255).map(Code) {
            let number = std::format!("{}.{:02}", code.class(), code.detail());
            assert_eq!(Code::by_name(&number), Some(code));
            let back = code.name().and_then(|name| Code::by_name(&name.to_uppercase()));
            assert_eq!(back, code.name().map(|_| code));
        }
        for wrong in ["2.5", "2.005", "2.32", "9.00", "2,05", "2.05 ", "", "OK"] {
            assert_eq!(Code::by_name(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn reserved_classes_are_neither_requests_nor_responses() {
        for byte in 0..=255 {
            let code = Code(byte);
            let class = byte / 32;
            assert_eq!(code.is_request(), class == 0 && byte != 0);
            assert_eq!(code.is_response(), [2, 4, 5].contains(&class));
            assert_eq!(Code::new(code.class(), code.detail()), code);
        }
    }
}
