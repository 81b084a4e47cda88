//! DTLS 1.2 client.
#![no_std]
#![forbid(unsafe_code)]

mod stats;
mod config;
pub mod crypto;
mod wire;
mod error;
mod record;
pub mod auth;
mod handshake;
mod client;

pub use auth::Psk;
pub use client::{Client, Event, OVERHEAD};
#[cfg(feature = "key-log")]
pub use config::KeyLog;
pub use config::{Config, ExtendedMasterSecret};
pub use error::{Error, Flight, Peer, SendError};
pub use handshake::{Memory, MemoryFor};
pub use record::MAX_CONNECTION_ID;
pub use stats::Stats;
pub use wire::{Alert, ExtensionType, HandshakeType, Sink, Suite};
