//! SenML in CBOR (RFC 8428): a pack of measurements, written into a lent buffer and read out of one.
//!
//! Promises: no heap, no `unsafe`; a number is written so that it is read as the same `f64` (RFC 8428 6); what is read has its base fields
//! resolved (4.6), but for the name, which stays in two parts. `record`: the fields; `number`: numbers; `write`, `read`: packs.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod number;
mod record;
mod write;
mod read;

pub use read::{ReadError, Records, records};
pub use record::{FullName, Record, Value};
pub use write::Pack;

/// The Content-Format of `application/senml+cbor` (RFC 8428 12.3.1).
pub const SENML_CBOR: u16 = 112;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
