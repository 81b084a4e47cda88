//! The wire: what a DTLS record and a handshake message look like.
//!
//! Promises: reading never panics and never reads past what it was given; a value that was read is valid as far as its
//! own bytes can say; writing never overruns. Knows of no key, no timer, no state.

mod code;
mod reader;
mod sink;
mod record;
mod handshake;
mod hello;
#[cfg(test)]
mod proofs;
#[cfg(test)]
mod captures;

pub use code::{Alert, CertificateType, ExtensionType, HandshakeType, Suite};
pub(crate) use code::{ContentType, DTLS_1_2, EMPTY_RENEGOTIATION_INFO_SCSV};
pub(crate) use handshake::{
    Fragment, HEADER as HANDSHAKE_HEADER, Header, finish_body, server_key_exchange_hint, session_ticket,
};
pub(crate) use hello::{Extensions, HelloVerifyRequest, ServerHello, extension};
pub(crate) use reader::Reader;
pub(crate) use record::{HEADER as RECORD_HEADER, Raw, aad, header};
pub use sink::Sink;
pub(crate) use sink::{Output, Writer, copy};
