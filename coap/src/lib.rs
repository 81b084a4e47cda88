//! CoAP for the smallest devices: sans-IO, `no_std`, no heap, no `unsafe`, on memory that the caller lends.
//!
//! It knows of no network and of no security layer: [`Endpoint`] takes messages that came and writes messages that go.
//! Rooms are in dependency order: a file imports only from those above its own.
//!
//! - codec: [`Message`] and [`Writer`] (RFC 7252 3), [`Code`], [`OptionNumber`], [`Uri`], [`links`] (RFC 6690);
//! - one peer: [`Endpoint`] does the message layer (RFC 7252 4), requests (5), observing (RFC 7641) and block-wise transfer (RFC 7959);
//!   what it does is a [`Profile`]: among them [`Cocoa`] measures how long to wait, [`Robust`] sends blocks in bursts (RFC 9177).
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(test)]
extern crate std;

mod error;
mod stats;
mod store;
mod text;
mod code;
mod option;
mod message;
mod writer;
mod uri;
mod link;
mod problem;
mod meaning;
#[cfg(feature = "coap-lite")]
mod interop;
#[cfg(feature = "coap-message")]
mod portable;
mod block;
mod reliability;
mod config;
mod observe;
mod layer;
mod profile;
mod cocoa;
mod robust;
mod request;
mod exchange;
mod serve;
mod endpoint;
#[cfg(test)]
mod proofs;

pub use block::{BlockSize, Source};
pub use cocoa::Cocoa;
pub use code::Code;
pub use config::Config;
pub use endpoint::Endpoint;
pub use error::{Failure, FormatError, RequestError, UriError};
pub use exchange::Slot;
pub use link::{CutLinks, Filter, Link, LinkWriter, Links, Parameters, Unescaped, links};
pub use meaning::Location;
pub use message::{Message, Type};
pub use option::{ContentFormat, Opt, OptionNumber, Options};
#[cfg(feature = "coap-message")]
pub use portable::{BufferError, MessageBuffer};
pub use problem::{Direction, Entries, Entry, EntryKey, ProblemDetails, ProblemError, Text};
pub use profile::{Blockwise, Observing, Plain, Profile};
pub use request::{Body, Handle, Outcome, Request, Response};
pub use robust::{QBlock, Robust};
pub use serve::{Answered, Handler, Incoming, Observer, Reply, Resource, Server, Ticket};
pub use stats::Stats;
pub use text::TextBuffer;
pub use uri::{RequestUri, Uri};
pub use writer::Writer;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
