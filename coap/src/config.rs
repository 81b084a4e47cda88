//! What can be set: the transmission parameters of RFC 7252 4.8, and the size of blocks.

use crate::block::BlockSize;
use crate::reliability::{doubled, duration, seconds, ticks};
use core::time::Duration;

/// Settings, fixed for the life of an endpoint. What RFC 7252 4.8.2 derives from the parameters follows from these.
///
/// ```
/// use core::time::Duration;
/// use stint_coap::Config;
/// let config = Config { max_retransmit: 2, ..Config::DEFAULT };
/// assert_eq!(Config::DEFAULT.exchange_lifetime(), Duration::from_secs(247));
/// assert_eq!(config.max_transmit_span(), Duration::from_secs(9));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// ACK_TIMEOUT (RFC 7252 4.8): the first retransmission comes after this, times a random factor from 1 to `ack_random_factor`. 2 s by default;
    /// up to 12 days.
    pub ack_timeout: Duration,
    /// ACK_RANDOM_FACTOR (RFC 7252 4.8), in hundredths: 150 by default, which is 1.5. From 100 to 300; what is outside is taken for these.
    pub ack_random_factor: u16,
    /// MAX_RETRANSMIT (RFC 7252 4.8): how often a Confirmable message is sent again. 4 by default. The wait doubles each time, but not
    /// above 60 s.
    pub max_retransmit: u8,
    /// NSTART (RFC 7252 4.7): how many requests may be outstanding at once. 1 by default; more needs congestion control by other means, or a network
    /// that is known. 0 is taken for 1.
    pub nstart: u8,
    /// PROBING_RATE (RFC 7252 4.7), in bytes a second: how much is sent to a peer that does not answer. 1 by default; 0 is taken for 1, and what is above
    /// 1,024 for 1,024.
    pub probing_rate: u16,
    /// DEFAULT_LEISURE (RFC 7252 8.2): how long an answer to a request that came to a group may be put off. 5 s by default; up to 12 days.
    pub default_leisure: Duration,
    /// How long to wait for the response to a request that was acknowledged or is Non-confirmable, in steps of 1/16 s, up to 68 minutes. `None`, the default:
    /// EXCHANGE_LIFETIME or NON_LIFETIME (RFC 7252 4.8.2).
    pub response_timeout: Option<Duration>,
    /// The largest block asked for in responses, and used in uploads. [`BlockSize::for_buffer`] computes it from what can be taken in. Below
    /// 1,024 bytes it is named in each GET and FETCH (early negotiation, RFC 7959 2.4), which costs 2 bytes.
    pub block_size: BlockSize,
}

/// MAX_LATENCY (RFC 7252 4.8.2), in seconds: how long a datagram may be on its way. It is not ours to change.
pub(crate) const MAX_LATENCY: u32 = 100;

impl Config {
    /// The defaults of RFC 7252 4.8, and blocks of 1,024 bytes.
    pub const DEFAULT: Self = Self {
        ack_timeout: Duration::from_secs(2),
        ack_random_factor: 150,
        max_retransmit: 4,
        nstart: 1,
        probing_rate: 1,
        default_leisure: Duration::from_secs(5),
        response_timeout: None,
        block_size: BlockSize::B1024,
    };

    /// ACK_TIMEOUT in ticks.
    pub(crate) const fn timeout(&self) -> u32 {
        bounded(self.ack_timeout)
    }

    /// What ACK_RANDOM_FACTOR is above 1, in parts of 256: 0 to 512.
    pub(crate) const fn spread(&self) -> u32 {
        let factor = match self.ack_random_factor {
            ..100 => 100,
            300.. => 300,
            factor => factor,
        };
        (factor as u32 - 100) * 256 / 100
    }

    /// How long so many waits are at most, in ticks: each twice the one before, up to 60 s.
    pub(crate) const fn longest(&self, mut waits: u16) -> u32 {
        let mut wait = self.timeout();
        wait = wait.wrapping_add((wait >> 8).wrapping_mul(self.spread()));
        let mut sum = 0u32;
        while waits != 0 {
            sum = sum.saturating_add(wait);
            wait = doubled(wait);
            waits = waits.wrapping_sub(1);
        }
        sum
    }

    /// MAX_TRANSMIT_SPAN (RFC 7252 4.8.2): from the first transmission of a Confirmable message to its last. 45 s by default.
    #[must_use]
    pub const fn max_transmit_span(&self) -> Duration {
        duration(self.longest(self.max_retransmit as u16) as u64)
    }

    /// MAX_TRANSMIT_WAIT (RFC 7252 4.8.2): from the first transmission of a Confirmable message to the end of hope. 93 s by default.
    #[must_use]
    pub const fn max_transmit_wait(&self) -> Duration {
        duration(self.longest(self.max_retransmit as u16 + 1) as u64)
    }

    /// EXCHANGE_LIFETIME (RFC 7252 4.8.2): how long a Message ID means the same Confirmable message. 247 s by default.
    #[must_use]
    pub const fn exchange_lifetime(&self) -> Duration {
        // PROCESSING_DELAY is ACK_TIMEOUT.
        let waits = self.longest(self.max_retransmit as u16) as u64 + self.timeout() as u64;
        duration(waits + 2 * seconds(MAX_LATENCY) as u64)
    }

    /// NON_LIFETIME (RFC 7252 4.8.2): how long a Message ID means the same Non-confirmable message. 145 s by default.
    #[must_use]
    pub const fn non_lifetime(&self) -> Duration {
        duration(self.longest(self.max_retransmit as u16) as u64 + seconds(MAX_LATENCY) as u64)
    }
}

/// A time in ticks, up to 12 days.
pub(crate) const fn bounded(time: Duration) -> u32 {
    let ticks = ticks(time);
    if ticks < 1 << 30 { ticks as u32 } else { 1 << 30 }
}

impl Default for Config {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::Config;
    use core::time::Duration;

    #[test]
    fn the_derived_values_of_rfc_7252_4_8_2_follow_from_the_defaults() {
        let seconds = Duration::from_secs;
        assert_eq!(Config::DEFAULT.max_transmit_span(), seconds(45));
        assert_eq!(Config::DEFAULT.max_transmit_wait(), seconds(93));
        assert_eq!(Config::DEFAULT.exchange_lifetime(), seconds(247));
        assert_eq!(Config::DEFAULT.non_lifetime(), seconds(145));
    }

    #[test]
    fn extreme_parameters_saturate_and_do_not_panic() {
        for ack_timeout in [Duration::ZERO, Duration::from_millis(1), Duration::from_secs(40), Duration::MAX] {
            for ack_random_factor in [0, 100, 150, u16::MAX] {
                for max_retransmit in [0, 1, 8, 255] {
                    let config = Config { ack_timeout, ack_random_factor, max_retransmit, ..Config::DEFAULT };
                    assert!(config.max_transmit_span() <= config.max_transmit_wait());
                    assert!(config.non_lifetime() < config.exchange_lifetime());
                }
            }
        }
    }
}
