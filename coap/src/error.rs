//! What can go wrong, each kind beside the operation that it belongs to. CoAP's 4.xx and 5.xx are responses, not errors.

use core::fmt;

/// Why bytes are no CoAP message (RFC 7252 3). What arrives so is never an error of the [`Endpoint`](crate::Endpoint): it is rejected and counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FormatError {
    /// The bytes end before the message does.
    Truncated,
    /// The version is not 1.
    Version,
    /// The token length 15, which is reserved (RFC 8974 2.1); for a packet of `coap-lite`, a token of more than 8 bytes.
    TokenLength,
    /// An option's delta or length has the reserved value 15, or its number is above 65,535.
    Option,
    /// A payload marker with no payload after it.
    EmptyPayload,
    /// An Empty message (code 0.00) with bytes after its Message ID (RFC 7252 4.1).
    NotEmpty,
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FormatError::Truncated => "the message is cut short",
            FormatError::Version => "the version is not 1",
            FormatError::TokenLength => "the token length is reserved",
            FormatError::Option => "an option's delta, length or number is reserved",
            FormatError::EmptyPayload => "no payload follows the payload marker",
            FormatError::NotEmpty => "an Empty message is not empty",
        })
    }
}

impl core::error::Error for FormatError {}

/// Why a request was not accepted. Nothing was changed or sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// All slots are taken: wait for an outcome that ends one, or lend more.
    NoSlot,
    /// The slot's share of the store is too small for the options and the small body.
    StoreTooSmall,
    /// The code is not a method (RFC 7252 12.1.1).
    Method,
    /// Observe, Block1 or Block2 among the options (the endpoint writes these), or a value longer than 65,804 bytes.
    Option,
    /// A body from a [`Source`](crate::Source) in a request that observes: each notification would need it again.
    Body,
    /// What the endpoint's [`Profile`](crate::Profile) leaves out: observing, or a body in blocks.
    Profile,
    /// A request to a group that is Confirmable, observes, or has a body from a source (RFC 7252 8.1).
    Group,
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RequestError::NoSlot => "all request slots are taken",
            RequestError::StoreTooSmall => "the request does not fit in the slot's share of the store",
            RequestError::Method => "the code is not a request method",
            RequestError::Option => "an option that the endpoint writes itself, or one too long",
            RequestError::Body => "a request that observes has no body from a source",
            RequestError::Profile => "the endpoint's profile leaves this out",
            RequestError::Group => {
                "a request to a group is Non-confirmable, does not observe, and has no body from a source"
            }
        })
    }
}

impl core::error::Error for RequestError {}

/// Why a request, or an observation, ended without a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[repr(u8)]
pub enum Failure {
    /// A Confirmable message was sent as often as allowed and never acknowledged (RFC 7252 4.2).
    Timeout,
    /// The request was acknowledged, or was Non-confirmable, and no response came within
    /// [`Config::response_timeout`](crate::Config::response_timeout).
    NoResponse,
    /// The peer answered with a Reset: it has no context for the message (RFC 7252 4.2).
    Reset,
    /// The response carries a critical option that is not understood here, and was rejected (RFC 7252 5.4.1).
    BadOption,
    /// The response is not the block that was asked for, or its size is not what its Block2 option says (RFC 7959 2.3).
    Block,
    /// The representation changed under the transfer again and again (another ETag, RFC 7959 2.4), or the server kept losing the blocks sent (4.08, RFC 7959 2.9.2).
    Changed,
    /// The source had no bytes for the body, or less than a full block before its end.
    Body,
    /// The request does not fit in the buffer lent to `poll_transmit`, even with blocks of 16 bytes.
    TooLarge,
    /// The association ended when the request was sent and not answered. Its method is not idempotent, so it was not made again
    /// ([`association_lost`](crate::Endpoint::association_lost)): whether the peer did it is not known.
    Interrupted,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Failure::Timeout => "the peer acknowledged nothing",
            Failure::NoResponse => "the peer sent no response",
            Failure::Reset => "the peer reset the request",
            Failure::BadOption => "the response has a critical option that is not understood",
            Failure::Block => "the response is not the block that was asked for",
            Failure::Changed => "the body kept changing during the transfer",
            Failure::Body => "the source has no bytes for the body",
            Failure::TooLarge => "the request does not fit in the buffer",
            Failure::Interrupted => "the association ended before the response came",
        })
    }
}

impl core::error::Error for Failure {}

/// Why text is no CoAP URI (RFC 7252 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UriError {
    /// The scheme is neither `coap` nor `coaps`.
    Scheme,
    /// The scheme is one of CoAP over TCP, TLS or WebSockets (RFC 8323), which are not spoken here.
    Transport,
    /// No host, or one that is no name and no IPv6 or IPv4 address, or brackets that do not pair, or user information.
    Host,
    /// The port is no number up to 65,535.
    Port,
    /// A fragment (RFC 7252 6.4 step 4).
    Fragment,
    /// A percent sign without two hexadecimal digits after it.
    Percent,
    /// The options do not fit in the buffer lent, or a part is longer than 255 bytes.
    TooLong,
}

impl fmt::Display for UriError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            UriError::Scheme => "the scheme is neither coap nor coaps",
            UriError::Transport => "CoAP over TCP, TLS and WebSockets is not supported",
            UriError::Host => "the host is missing or malformed",
            UriError::Port => "the port is not a number up to 65535",
            UriError::Fragment => "a CoAP URI has no fragment",
            UriError::Percent => "a percent sign without two hexadecimal digits",
            UriError::TooLong => "a part of the URI is too long",
        })
    }
}

impl core::error::Error for UriError {}
