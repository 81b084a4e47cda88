//! The public face: one peer, seen from here.

use crate::block::{BlockSize, Source};
use crate::error::RequestError;
use crate::exchange::{Handle, Outcome, Request, Slot};
use crate::stats::Stats;
use core::time::Duration;

/// Settings, fixed for the life of an endpoint.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Config {
    /// ACK_TIMEOUT (RFC 7252 4.8): the first retransmission comes after this, times a random factor from 1 to 1.5. 2 s by default.
    pub ack_timeout: Duration,
    /// MAX_RETRANSMIT (RFC 7252 4.8): how often a Confirmable message is sent again. 4 by default. The wait doubles each time, but never
    /// above 60 s; so from 6 on a message may live longer than the peer remembers it (EXCHANGE_LIFETIME, 247 s), which matters to requests
    /// that are not idempotent.
    pub max_retransmit: u8,
    /// The largest block asked for in responses and used in uploads. See [`BlockSize::for_buffer`]: what the inbox can take.
    pub block_size: BlockSize,
}

impl Config {
    /// The defaults of RFC 7252 4.8, and blocks of 1,024 bytes.
    pub const DEFAULT: Self =
        Self { ack_timeout: Duration::from_secs(2), max_retransmit: 4, block_size: BlockSize::B1024 };
}

impl Default for Config {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// CoAP with one peer. Sans-IO: it neither reads a clock nor knows a socket.
#[derive(Debug)]
pub struct Endpoint<'b> {
    slots: &'b mut [Slot],
    store: &'b mut [u8],
    stats: Stats,
}

#[allow(unused_variables, clippy::needless_pass_by_ref_mut, missing_docs)]
impl<'b> Endpoint<'b> {
    #[must_use]
    pub fn new(config: Config, seed: [u8; 16], slots: &'b mut [Slot], store: &'b mut [u8]) -> Self {
        Self { slots, store, stats: Stats::EMPTY }
    }
    pub fn request(&mut self, request: &Request<'_>) -> Result<Handle, RequestError> {
        Err(RequestError::NoSlot)
    }
    pub fn ping(&mut self) -> Result<Handle, RequestError> {
        Err(RequestError::NoSlot)
    }
    pub fn cancel(&mut self, handle: Handle) {}
    pub fn forget(&mut self, handle: Handle) {}
    pub fn handle<'d>(&mut self, now: Duration, message: &'d [u8]) -> Option<Outcome<'d>> {
        None
    }
    pub fn poll_transmit(&mut self, now: Duration, source: &mut impl Source, out: &mut [u8]) -> Option<usize> {
        None
    }
    pub fn poll_outcome(&mut self, now: Duration) -> Option<Outcome<'static>> {
        None
    }
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        None
    }
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.stats
    }
}
