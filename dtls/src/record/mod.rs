//! The record layer: datagrams are opened in place and sealed in place.
//!
//! Promises: nothing is delivered that was not authenticated, but for the handshake's plaintext of epoch 0; the replay
//! window moves only after authentication; no nonce is used twice; what is dropped is named, so that it can be counted.

mod replay;
mod channel;
mod portable;
#[cfg(test)]
mod proofs;
#[cfg(feature = "inspect")]
mod inspect;
#[cfg(test)]
#[cfg(feature = "soft")]
mod captures;

use channel::SEQUENCE_END;
pub(crate) use channel::{Channel, Dropped, IvBlock, KeyBlock, Opened};
pub(crate) use portable::PORTABLE;
use replay::Window;

/// The longest Connection ID in either direction, in bytes.
pub const MAX_CONNECTION_ID: usize = 32;
