//! CoAP over DTLS 1.2 over a real network: the only crate that knows of all three.
//!
//! Promises: no heap, no `unsafe`, no panic path of its own, no clock and no thread; every call returns at once (`nb`). The pumps own the
//! order in which a round of work is done; what a datagram means is decided in `stint-dtls` and `stint-coap`, never here.
//! One network a file, one feature each. The README shows the loop.
//!
//! - [`Pump`]: CoAP in DTLS (`coaps`). [`PlainPump`]: CoAP alone (`coap`).
//! - [`Keeper`]: a pump that makes its association again: after a reboot of the server, and before its keys are worn.
//! - [`Transport`]: what a network must do. `std_udp` (feature `std`), `smoltcp_udp` (feature `smoltcp`), `dns` (feature `dns`),
//!   `nal` (feature `nal`), `nal_async` (feature `nal-async`).
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "std")]
extern crate std;

mod transport;
mod buffer;
mod error;
mod happened;
mod coap;
mod coaps;
mod rekey;
#[cfg(feature = "std")]
pub mod std_udp;
#[cfg(feature = "std")]
pub mod std_group;
#[cfg(feature = "smoltcp")]
pub mod smoltcp_udp;
#[cfg(feature = "dns")]
pub mod dns;
#[cfg(feature = "nal")]
pub mod nal;
#[cfg(feature = "nal-async")]
pub mod nal_async;

pub use buffer::{Inbox, Outbox};
pub use coap::PlainPump;
pub use coaps::Pump;
pub use error::PumpError;
pub use happened::Happened;
pub use rekey::{Counts, Keeper, Kept, Lost, Policy};
pub use transport::Transport;

#[cfg(all(doctest, feature = "std", feature = "smoltcp"))]
#[doc = include_str!("../README.md")]
struct Readme;
