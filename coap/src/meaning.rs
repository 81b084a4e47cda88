//! What the options of a message say, by their meaning.
//!
//! An elective option whose value is longer or shorter than it can be is as none, and so is all but the first of one that is not
//! repeatable (RFC 7252 5.4.3, 5.4.5). Critical ones are not read here: those that make no sense are for the endpoint to refuse.

use crate::code::Code;
use crate::message::Message;
use crate::option::{ContentFormat, Opt, OptionNumber, Options};
use crate::problem::{ProblemDetails, ProblemError};
use crate::uri::resource;
use core::fmt;
use core::time::Duration;

/// Max-Age where a response has none (RFC 7252 5.10.5), in seconds.
const DEFAULT_MAX_AGE: u32 = 60;

impl<'d> Message<'d> {
    /// All options with this number, in order.
    pub fn all(&self, number: OptionNumber) -> impl Iterator<Item = Opt<'d>> {
        self.options().filter(move |opt| opt.number == number)
    }

    /// The Content-Format of the payload (RFC 7252 5.10.3).
    #[must_use]
    pub fn content_format(&self) -> Option<ContentFormat> {
        self.format(OptionNumber::CONTENT_FORMAT)
    }

    /// The Content-Format that is accepted (RFC 7252 5.10.4).
    #[must_use]
    pub fn accept(&self) -> Option<ContentFormat> {
        self.format(OptionNumber::ACCEPT)
    }

    /// How long the response may be taken for fresh (RFC 7252 5.10.5): 60 s if it does not say.
    #[must_use]
    pub fn max_age(&self) -> Duration {
        Duration::from_secs(self.uint(OptionNumber::MAX_AGE, 4).unwrap_or(DEFAULT_MAX_AGE).into())
    }

    /// After what time to try again: Max-Age of a 4.29 (RFC 8516 4) or 5.03 (RFC 7252 5.9.3.4). `None` for other codes.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        matches!(self.code, Code::TOO_MANY_REQUESTS | Code::SERVICE_UNAVAILABLE).then(|| self.max_age())
    }

    /// The ETag of a response, 1 to 8 bytes (RFC 7252 5.10.6.1).
    #[must_use]
    pub fn etag(&self) -> Option<&'d [u8]> {
        self.opaque(OptionNumber::ETAG, 1, 8)
    }

    /// Where a resource was created (RFC 7252 5.10.7), displayed as a URI reference; `None` if it does not say.
    ///
    /// ```
    /// use stint_coap::Message;
    /// let created = Message::parse(&[0x60, 0x41, 0, 1, 0x82, b'l', b'/', 0x01, b'1', 0xc3, b'x', b'=', b'2'])?;
    /// assert_eq!(created.location().unwrap().to_string(), "/l%2F/1?x=2");
    /// # Ok::<(), stint_coap::FormatError>(())
    /// ```
    #[must_use]
    pub fn location(&self) -> Option<Location<'d>> {
        let mut location = self.options().filter(|opt| is_location(opt.number));
        location.next().map(|_| Location { options: self.options() })
    }

    /// The size of the body of a request in bytes, or of what a 4.13 would have taken (RFC 7252 5.10.9, RFC 7959 4).
    #[must_use]
    pub fn size1(&self) -> Option<u32> {
        self.uint(OptionNumber::SIZE1, 4)
    }

    /// The size of the body of a response in bytes; 0 in a request, which asks for it (RFC 7959 4).
    #[must_use]
    pub fn size2(&self) -> Option<u32> {
        self.uint(OptionNumber::SIZE2, 4)
    }

    /// Which responses are of no interest: 2 for class 2, 8 for class 4, 16 for class 5, or their sum; 0 for none of these (RFC 7967 2.1).
    #[must_use]
    pub fn no_response(&self) -> Option<u8> {
        self.uint(OptionNumber::NO_RESPONSE, 1).map(|value| value as u8)
    }

    /// How many proxies the request may yet pass, 1 to 255 (RFC 8768 3).
    #[must_use]
    pub fn hop_limit(&self) -> Option<u8> {
        self.opaque(OptionNumber::HOP_LIMIT, 1, 1)?.first().copied().filter(|limit| *limit > 0)
    }

    /// What the server asks to be echoed, or the client echoes, 1 to 40 bytes (RFC 9175 2.2.1).
    #[must_use]
    pub fn echo(&self) -> Option<&'d [u8]> {
        self.opaque(OptionNumber::ECHO, 1, 40)
    }

    /// The value of Observe: of a request 0 to register and 1 to end it, of a notification its place in order, 24 bits (RFC 7641 2).
    #[must_use]
    pub fn observe(&self) -> Option<u32> {
        self.uint(OptionNumber::OBSERVE, 3)
    }

    /// What an error response says for people (RFC 7252 5.5.2): its payload, if it has no Content-Format, as text.
    #[must_use]
    pub fn diagnostic(&self) -> Option<&'d str> {
        let error = matches!(self.code.class(), 4 | 5) && self.option(OptionNumber::CONTENT_FORMAT).is_none();
        core::str::from_utf8(self.payload).ok().filter(|text| error && !text.is_empty())
    }

    /// The problem details that the payload is by its Content-Format (RFC 9290); `None` if it is something else.
    #[must_use]
    pub fn problem(&self) -> Option<Result<ProblemDetails<'d>, ProblemError>> {
        let format = self.content_format().filter(|format| *format == ContentFormat::PROBLEM_DETAILS);
        format.map(|_| ProblemDetails::parse(self.payload))
    }

    fn format(&self, number: OptionNumber) -> Option<ContentFormat> {
        self.uint(number, 2).map(|value| ContentFormat(value as u16))
    }

    fn uint(&self, number: OptionNumber, longest: usize) -> Option<u32> {
        self.option(number).filter(|opt| opt.value.len() <= longest)?.uint()
    }

    fn opaque(&self, number: OptionNumber, shortest: usize, longest: usize) -> Option<&'d [u8]> {
        self.option(number).map(|opt| opt.value).filter(|value| (shortest..=longest).contains(&value.len()))
    }
}

fn is_location(number: OptionNumber) -> bool {
    matches!(number, OptionNumber::LOCATION_PATH | OptionNumber::LOCATION_QUERY)
}

/// Where a resource was created: a path and a query (RFC 7252 5.10.7). Displayed as the URI reference that these options stand for.
#[derive(Clone, Copy, Debug)]
pub struct Location<'d> {
    options: Options<'d>,
}

impl<'d> Location<'d> {
    /// The segments of the path, decoded: the values of Location-Path, 0 to 255 bytes each.
    pub fn path(&self) -> impl Iterator<Item = &'d [u8]> + use<'d> {
        self.values(OptionNumber::LOCATION_PATH)
    }

    /// The arguments of the query, decoded: the values of Location-Query, 0 to 255 bytes each.
    pub fn query(&self) -> impl Iterator<Item = &'d [u8]> + use<'d> {
        self.values(OptionNumber::LOCATION_QUERY)
    }

    fn values(&self, number: OptionNumber) -> impl Iterator<Item = &'d [u8]> + use<'d> {
        self.options.filter(move |opt| opt.number == number).map(|opt| opt.value)
    }
}

impl fmt::Display for Location<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        resource(f, self.path().map(|value| value.iter().copied()), self.query().map(|value| value.iter().copied()))
    }
}

#[cfg(test)]
mod tests {
    use crate::code::Code;
    use crate::message::{Message, Type};
    use crate::option::{ContentFormat, OptionNumber};
    use crate::writer::Writer;
    use core::time::Duration;

    /// What `read` reads in a message with these options.
    fn with<T>(code: Code, options: &[(OptionNumber, &[u8])], read: impl Fn(&Message<'_>) -> T) -> T {
        let mut out = [0; 200];
        let mut writer = Writer::new(&mut out, Type::Confirmable, code, 1, &[]);
        options.iter().for_each(|(number, value)| writer.option(*number, value));
        let len = writer.finish().unwrap();
        read(&Message::parse(&out[..len]).unwrap())
    }

    #[test]
    fn a_value_of_a_length_that_the_option_cannot_have_is_read() {
        type N = OptionNumber;
        type Reader = fn(&Message<'_>) -> bool;
        let readers: [(N, &[usize], usize, Reader); 11] = [
            (N::CONTENT_FORMAT, &[0, 1, 2], 3, |m| m.content_format().is_some()),
            (N::ACCEPT, &[0, 1, 2], 3, |m| m.accept().is_some()),
            (N::MAX_AGE, &[1, 2, 3, 4], 5, |m| m.max_age() != Duration::from_secs(60)),
            (N::ETAG, &[1, 8], 9, |m| m.etag().is_some()),
            (N::SIZE1, &[0, 4], 5, |m| m.size1().is_some()),
            (N::SIZE2, &[0, 4], 5, |m| m.size2().is_some()),
            (N::NO_RESPONSE, &[0, 1], 2, |m| m.no_response().is_some()),
            (N::HOP_LIMIT, &[1], 2, |m| m.hop_limit().is_some()),
            (N::ECHO, &[1, 40], 41, |m| m.echo().is_some()),
            (N::OBSERVE, &[0, 3], 4, |m| m.observe().is_some()),
            (N::LOCATION_PATH, &[0, 1, 80], 200, |m| m.location().is_some()),
        ];
        for (number, fit, too_long, read) in readers {
            for len in fit {
                assert!(with(Code::CONTENT, &[(number, &[7; 80][..*len])], read), "{number} {len}");
            }
            assert!(!with(Code::CONTENT, &[], read), "{number}");
            if too_long < 80 {
                assert!(!with(Code::CONTENT, &[(number, &[7; 80][..too_long])], read), "{number} {too_long}");
            }
        }
        assert!(!with(Code::CONTENT, &[(N::ETAG, &[])], |m| m.etag().is_some()));
        assert_eq!(with(Code::GET, &[(N::HOP_LIMIT, &[0])], |m| m.hop_limit()), None);
    }

    #[test]
    fn the_first_of_several_counts_and_values_are_what_they_say() {
        let format = OptionNumber::CONTENT_FORMAT;
        let read = with(Code::CONTENT, &[(format, &[0, 60]), (format, &[50])], |m| m.content_format());
        assert_eq!(read, Some(ContentFormat::CBOR));
        assert_eq!(with(Code::GET, &[(OptionNumber::NO_RESPONSE, &[26])], |m| m.no_response()), Some(26));
        assert_eq!(with(Code::GET, &[(OptionNumber::HOP_LIMIT, &[16])], |m| m.hop_limit()), Some(16));
        let paths =
            [(OptionNumber::URI_PATH, &b"a"[..]), (OptionNumber::URI_PATH, b"b"), (OptionNumber::URI_QUERY, b"c")];
        assert_eq!(with(Code::GET, &paths, |m| m.all(OptionNumber::URI_PATH).count()), 2);
    }

    #[test]
    fn only_a_server_that_is_busy_says_when_to_come_again() {
        let seconds = [(OptionNumber::MAX_AGE, &[1, 0][..])];
        for code in [Code::TOO_MANY_REQUESTS, Code::SERVICE_UNAVAILABLE] {
            assert_eq!(with(code, &seconds, |m| m.retry_after()), Some(Duration::from_secs(256)));
            assert_eq!(with(code, &[], |m| m.retry_after()), Some(Duration::from_secs(60)));
        }
        assert_eq!(with(Code::CONTENT, &seconds, |m| m.retry_after()), None);
    }

    #[test]
    fn a_payload_of_a_known_format_is_shown_to_people_and_one_of_none_is_not() {
        let read = |code, format: Option<u32>, payload: &[u8]| {
            let mut out = [0; 40];
            let mut writer = Writer::new(&mut out, Type::Acknowledgement, code, 1, &[]);
            format.into_iter().for_each(|format| writer.uint(OptionNumber::CONTENT_FORMAT, format));
            let len = writer.payload(payload).unwrap();
            let message = Message::parse(&out[..len]).unwrap();
            (message.diagnostic().is_some(), message.problem().map(|problem| problem.is_ok()))
        };
        assert_eq!(read(Code::NOT_FOUND, None, b"gone"), (true, None));
        assert_eq!(read(Code::NOT_FOUND, None, b""), (false, None));
        assert_eq!(read(Code::NOT_FOUND, None, b"\xff"), (false, None));
        assert_eq!(read(Code::CONTENT, None, b"text"), (false, None));
        assert_eq!(read(Code::NOT_FOUND, Some(0), b"text"), (false, None));
        assert_eq!(read(Code::NOT_FOUND, Some(257), b"\xa1\x20\x61t"), (false, Some(true)));
        assert_eq!(read(Code::NOT_FOUND, Some(257), b"\xa1"), (false, Some(false)));
    }

    #[test]
    fn a_location_is_read_otherwise_than_it_was_sent() {
        let options = [
            (OptionNumber::LOCATION_PATH, &b"a b"[..]),
            (OptionNumber::LOCATION_PATH, b""),
            (OptionNumber::LOCATION_QUERY, b"&"),
        ];
        with(Code::CREATED, &options, |m| {
            let location = m.location().unwrap();
            assert_eq!(std::string::ToString::to_string(&location), "/a%20b/?%26");
            assert!(location.path().eq([&b"a b"[..], b""]) && location.query().eq([b"&"]));
        });
    }
}
