//! DTLS 1.2 client (RFC 6347) for the smallest devices: sans-IO, `no_std`, no heap, no `unsafe`, on memory that the caller lends.
//!
//! It knows of no network, no clock and of nothing that is sent through it: [`Client`] takes datagrams that came and writes datagrams that go.
//! Rooms are in dependency order: a file imports only from those above its own. The README shows the loop.
//!
//! - [`Client`] over [`Memory`]; what it tells: [`Event`], [`Error`] (fatal), [`Stats`] (everything else).
//! - [`Psk`], [`EcdhePsk`], [`RawKey`], [`X509`], pairs of them, and what wraps one: [`Resumable`], [`WithExtensions`], [`Exporter`]. [`auth`]: what a
//!   credential is.
//! - [`pki`]: what a server's certificates must hold to ([`pki::Rules`]), and who it turned out to be ([`pki::PeerIdentity`]).
//! - [`Record`], [`Reservation`]: an association that survives sleep.
//! - [`crypto`]: the capabilities that an implementation brings, in software (`crypto::soft`, feature `soft`) or in an element.
#![no_std]
#![forbid(unsafe_code)]

mod stats;
mod config;
pub mod crypto;
mod wire;
mod certificate_error;
mod error;
mod record;
pub mod pki;
pub mod auth;
mod handshake;
mod client;
mod session;
#[cfg(feature = "inspect")]
#[doc(hidden)]
pub mod inspect;

pub use auth::{
    EcdhePsk, Exporter, MaxFragmentLength, Psk, RawKey, Resumable, Session, SessionError, WithExtensions, X509,
};
pub use certificate_error::CertificateError;
pub use client::{Client, Event, OVERHEAD};
#[cfg(feature = "key-log")]
pub use config::KeyLog;
pub use config::{Config, ExtendedMasterSecret};
pub use error::{Coarse, Error, Flight, Peer, SendError};
pub use handshake::{Memory, MemoryFor};
pub use record::MAX_CONNECTION_ID;
pub use session::{ImportError, Monotonic, Record, Reservation, Stamped};
pub use stats::Stats;
pub use wire::{Alert, CertificateType, ExtensionType, HandshakeType, Sink, Suite};

#[cfg(all(doctest, feature = "soft"))]
#[doc = include_str!("../README.md")]
struct Readme;
