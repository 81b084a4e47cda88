//! What is asked, and what comes of it (RFC 7252 5).

use crate::code::Code;
use crate::error::Failure;
use crate::message::Message;
use crate::option::Opt;

/// The memory of one request, or of one observation and what it takes to keep it up.
#[derive(Debug)]
pub struct Slot {
    _state: u8,
}

impl Slot {
    /// A free slot: all zeros, so that a `static` of them needs no flash.
    pub const EMPTY: Slot = Slot { _state: 0 };
}

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
    /// True if the body goes on; the next block is asked for without being told.
    pub more: bool,
    /// True for a notification, and for each block of one (RFC 7641 3.2).
    pub notification: bool,
    /// True for the last outcome of this handle: a response to a plain request, or one that ends an observation. Then the handle names nothing.
    pub last: bool,
}
