//! What is asked, and what comes of it (RFC 7252 5): the types that the caller sees.

use crate::code::Code;
use crate::error::{Failure, RequestError};
use crate::message::Message;
use crate::option::{Opt, OptionNumber};
use crate::writer::Writer;

/// Which request an outcome belongs to. It is good until an outcome ends the request; afterwards it names nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Handle {
    pub(crate) index: u8,
    pub(crate) generation: u8,
}

/// What a request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body<'r> {
    /// Nothing.
    None,
    /// Bytes that fit in one message; they are copied into the slot's share of the store.
    Small(&'r [u8]),
    /// The body `key` of the [`Source`](crate::Source) that is lent to `poll_transmit`: of any size, sent in blocks where it takes more than one.
    Source(u8),
}

/// A request to be made. `path` and `query` are not percent-encoded; [`Uri`](crate::Uri) gives options for those that are.
///
/// ```
/// use stint_coap::{Body, Code, ContentFormat, Opt, OptionNumber, Request};
/// let get = Request::get("sensors/temp");
/// let put = Request {
///     body: Body::Small(b"21.5"),
///     options: &[Opt::new(OptionNumber::CONTENT_FORMAT, &[])],
///     ..Request::new(Code::PUT, "sensors/target")
/// };
/// let watch = Request { observe: true, ..get };
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// The method.
    pub code: Code,
    /// Sent as a Confirmable message (RFC 7252 4.2), or once and unacknowledged.
    pub confirmable: bool,
    /// Register as an observer (RFC 7641): GET, or FETCH (RFC 8132 2.4).
    pub observe: bool,
    /// Uri-Path options, divided by `/`; a leading `/` is ignored. Each up to 255 bytes.
    pub path: &'r str,
    /// Uri-Query options, divided by `&`. Each up to 255 bytes.
    pub query: &'r str,
    /// Further options, in any order; those with the same number in the order given, after what `path` and `query` give.
    pub options: &'r [Opt<'r>],
    /// The body.
    pub body: Body<'r>,
}

impl<'r> Request<'r> {
    /// A Confirmable request without query, options and body.
    #[must_use]
    pub const fn new(code: Code, path: &'r str) -> Self {
        Self { code, confirmable: true, observe: false, path, query: "", options: &[], body: Body::None }
    }

    /// A Confirmable GET.
    #[must_use]
    pub const fn get(path: &'r str) -> Self {
        Self::new(Code::GET, path)
    }

    /// A Confirmable GET that registers as an observer.
    #[must_use]
    pub const fn observe(path: &'r str) -> Self {
        Self { observe: true, ..Self::get(path) }
    }
}

/// What a message, or the passing of time, came to.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Outcome<'d> {
    /// A response: one block of a body, or a whole one. Error codes (4.xx, 5.xx) come here too.
    Response(Response<'d>),
    /// The request or observation ended without one. Its handle names nothing any more.
    Failed {
        /// Which.
        handle: Handle,
        /// Why.
        failure: Failure,
    },
    /// The peer is alive: the answer to [`ping`](crate::Endpoint::ping).
    Pong {
        /// Of which ping. It names nothing any more.
        handle: Handle,
    },
    /// Nothing more is to come, as was asked for: no response at all ([`No-Response`](crate::OptionNumber::NO_RESPONSE)), or those of a
    /// [group](crate::Endpoint::request_group), whose time is over.
    Ended {
        /// Of which request. It names nothing any more.
        handle: Handle,
    },
}

/// A response, or one block of it, borrowed from the datagram.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Response<'d> {
    /// Of which request.
    pub handle: Handle,
    /// Code, options and payload.
    pub message: Message<'d>,
    /// Where the payload begins in the body, in bytes. 0 begins a body anew: also in mid-transfer, if it changed (RFC 7959 2.4).
    pub offset: u32,
    /// True if the body goes on; the next block is asked for without being told. Of a [`Robust`](crate::Robust) transfer: if blocks are still to come,
    /// before this one or after it.
    pub more: bool,
    /// True for the first block of a body: what came before under this handle is of another. In a [`Robust`](crate::Robust) transfer it may be any block,
    /// otherwise it is that at offset 0.
    pub anew: bool,
    /// True for a notification, and for each block of one (RFC 7641 3.2).
    pub notification: bool,
    /// True for the last outcome of this handle: a response to a plain request, or one that ends an observation. Then the handle names nothing.
    pub last: bool,
}

impl Request<'_> {
    /// Writes the options that are the same in each message of the request, in ascending order, and behind them
    /// the small body: the lengths of both in bytes.
    pub(crate) fn encode(&self, out: &mut [u8]) -> Result<(u16, u16), RequestError> {
        const PATH: u32 = OptionNumber::URI_PATH.0 as u32;
        const QUERY: u32 = OptionNumber::URI_QUERY.0 as u32;
        let mut writer = Writer::options(out);
        let mut floor = 0;
        loop {
            // The least number that was not written yet; path and query come up, empty or not.
            let (mut number, text, divider) = match floor {
                floor if floor <= PATH => (PATH, self.path, b'/'),
                floor if floor <= QUERY => (QUERY, self.query, b'&'),
                _ => (1 << 16, "", 0),
            };
            let mut text = text.as_bytes();
            for opt in self.options {
                let other = u32::from(opt.number.0);
                if other >= floor && other < number {
                    (number, text) = (other, &[]);
                }
            }
            if number > 0xffff {
                break;
            }
            floor = number.wrapping_add(1);
            let number = OptionNumber(number as u16);
            if divider == b'/' {
                text = text.strip_prefix(b"/").unwrap_or(text);
            }
            if !text.is_empty() {
                for value in text.split(|byte| *byte == divider) {
                    if value.len() > 255 {
                        return Err(RequestError::Option);
                    }
                    writer.option(number, value);
                }
            }
            for opt in self.options.iter().filter(|opt| opt.number == number) {
                let ours = matches!(number, OptionNumber::OBSERVE | OptionNumber::BLOCK1 | OptionNumber::BLOCK2);
                if ours || opt.value.len() > 65_804 {
                    return Err(RequestError::Option);
                }
                writer.option(number, opt.value);
            }
        }
        let body = if let Body::Small(body) = self.body { body } else { &[] };
        writer.put(body);
        let len = writer.finish().ok_or(RequestError::StoreTooSmall)?;
        // A share of the store is no longer than 65,535 bytes.
        Ok((len.wrapping_sub(body.len()) as u16, body.len() as u16))
    }
}

#[cfg(test)]
mod tests {
    use super::Request;
    use crate::code::Code;
    use crate::error::RequestError;
    use crate::option::{Opt, OptionNumber, Options};
    use std::string::String;
    use std::vec::Vec;

    fn encoded(request: &Request<'_>) -> Result<Vec<(u16, String)>, RequestError> {
        let mut out = [0; 600];
        let (len, _) = request.encode(&mut out)?;
        Ok(Options::new(&out[..len.into()]).map(|opt| (opt.number.0, opt.text().unwrap().into())).collect())
    }

    fn pair(number: u16, text: &str) -> (u16, String) {
        (number, text.into())
    }

    #[test]
    fn options_in_any_order_are_sorted_and_equal_ones_keep_theirs() {
        let options = [
            Opt::new(OptionNumber(65_535), b"z"),
            Opt::new(OptionNumber::ACCEPT, b"("),
            Opt::new(OptionNumber::URI_PATH, b"c"),
            Opt::new(OptionNumber::URI_HOST, b"h"),
            Opt::new(OptionNumber::URI_PATH, b"d"),
        ];
        let request = Request { query: "q=1&r", options: &options, ..Request::get("/a//b/") };
        let expected = [
            pair(3, "h"),
            pair(11, "a"),
            pair(11, ""),
            pair(11, "b"),
            pair(11, ""),
            pair(11, "c"),
            pair(11, "d"),
            pair(15, "q=1"),
            pair(15, "r"),
            pair(17, "("),
            pair(65_535, "z"),
        ];
        assert_eq!(encoded(&request).unwrap(), expected);
        for root in ["", "/"] {
            assert_eq!(encoded(&Request::get(root)).unwrap(), []);
        }
    }

    #[test]
    fn what_the_endpoint_writes_and_what_is_too_long_is_refused() {
        for number in [OptionNumber::OBSERVE, OptionNumber::BLOCK1, OptionNumber::BLOCK2] {
            let request = Request { options: &[Opt::new(number, &[])], ..Request::new(Code::PUT, "x") };
            assert_eq!(encoded(&request), Err(RequestError::Option));
        }
        let long = "x".repeat(256);
        assert_eq!(encoded(&Request::get(&long)), Err(RequestError::Option));
        assert_eq!(encoded(&Request { query: &long, ..Request::get("") }), Err(RequestError::Option));
        assert_eq!(Request::get("abc").encode(&mut [0; 3]), Err(RequestError::StoreTooSmall));
        assert_eq!(Request::get("abc").encode(&mut [0; 4]), Ok((4, 0)));
    }
}
