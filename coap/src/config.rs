//! What can be set: little, since most of RFC 7252 4.8 is not for one side to change.

use crate::block::BlockSize;
use core::time::Duration;

/// Settings, fixed for the life of an endpoint.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// ACK_TIMEOUT (RFC 7252 4.8): the first retransmission comes after this, times a random factor from 1 to 1.5. 2 s by default; up to
    /// 12 days.
    pub ack_timeout: Duration,
    /// MAX_RETRANSMIT (RFC 7252 4.8): how often a Confirmable message is sent again. 4 by default. The wait doubles each time, but not
    /// above 60 s; so from 7 on a message can live longer than the peer remembers it (EXCHANGE_LIFETIME, 247 s), and be taken for a new
    /// one: mind this with requests that are not idempotent.
    pub max_retransmit: u8,
    /// The largest block asked for in responses, and used in uploads. [`BlockSize::for_buffer`] computes it from what can be taken in. Below
    /// 1,024 bytes it is named in each GET and FETCH (early negotiation, RFC 7959 2.4), which costs 2 bytes.
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
