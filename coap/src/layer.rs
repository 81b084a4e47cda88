//! What all exchanges of an endpoint have in common (RFC 7252 4): the next Message ID, chance, the transmission parameters, the counters.
//!
//! Promises: nothing here knows of requests or slots.

use crate::config::{Config, MAX_LATENCY, bounded};
use crate::reliability::{Random, seconds, ticks};
use crate::stats::Stats;
use core::time::Duration;

/// The state of the message layer that its users share.
#[derive(Debug)]
pub struct Layer {
    /// When the endpoint was called last, in ticks.
    pub(crate) now: u64,
    pub(crate) random: Random,
    /// ACK_TIMEOUT, in ticks.
    pub(crate) ack_timeout: u32,
    /// How long to wait for the response to an acknowledged request, in 1/16 s.
    patience: u16,
    /// How long to wait for the response to a Non-confirmable request, in 1/16 s.
    non_patience: u16,
    /// The Message ID of the next message.
    id: u16,
    /// EXCHANGE_LIFETIME, in seconds.
    pub(crate) lifetime: u16,
    /// What ACK_RANDOM_FACTOR is above 1, in parts of 256.
    spread: u16,
    /// The inverse of PROBING_RATE, in ticks a byte.
    pub(crate) probing: u16,
    /// MAX_RETRANSMIT.
    pub(crate) max_retransmit: u8,
    /// NSTART.
    pub(crate) nstart: u8,
    pub(crate) stats: Stats,
}

impl Layer {
    /// `seed`: see [`Endpoint::new`](crate::Endpoint::new).
    pub(crate) fn new(config: &Config, seed: [u8; 16]) -> Self {
        let mut random = Random::new(seed);
        let span = config.longest(config.max_retransmit.into());
        let lifetime = (span >> 10).wrapping_add(config.timeout() >> 10).wrapping_add(2 * MAX_LATENCY);
        let (patience, non_patience) = match config.response_timeout {
            Some(timeout) => (bounded(timeout), bounded(timeout)),
            None => (seconds(lifetime), span.saturating_add(seconds(MAX_LATENCY))),
        };
        let sixteenths = |ticks: u32| (ticks.saturating_add(63) >> 6).min(u16::MAX.into()) as u16;
        Self {
            now: 0,
            id: random.next() as u16,
            random,
            ack_timeout: config.timeout(),
            patience: sixteenths(patience),
            non_patience: sixteenths(non_patience),
            // The age of a message is told up to 2^16 s.
            lifetime: lifetime.min(1 << 15) as u16,
            spread: config.spread() as u16,
            probing: 1024u16.checked_div(config.probing_rate).unwrap_or(1024),
            max_retransmit: config.max_retransmit,
            nstart: config.nstart.max(1),
            stats: Stats::EMPTY,
        }
    }

    /// Takes note of the time, and gives it in ticks, modulo 2^32.
    pub(crate) fn tick(&mut self, now: Duration) -> u32 {
        self.now = ticks(now);
        self.now as u32
    }

    /// The Message ID of a new message (RFC 7252 4.4).
    pub(crate) fn next_id(&mut self) -> u16 {
        let id = self.id;
        self.id = id.wrapping_add(1);
        id
    }

    /// How long to wait before the first retransmission, in ticks (RFC 7252 4.2).
    pub(crate) fn first_wait(&mut self) -> u32 {
        self.spread(self.ack_timeout)
    }

    /// `base` times a random factor from 1 to ACK_RANDOM_FACTOR, in up to 256 steps.
    pub(crate) fn spread(&mut self, base: u32) -> u32 {
        let part = u32::from(self.spread).wrapping_mul(self.random.next() & 255) >> 8;
        base.wrapping_add((base >> 8).wrapping_mul(part))
    }

    /// How long to wait for the response to a request that was acknowledged, in ticks.
    pub(crate) fn patience(&self) -> u32 {
        u32::from(self.patience) << 6
    }

    /// How long to wait for the response to a Non-confirmable request, in ticks.
    pub(crate) fn non_patience(&self) -> u32 {
        u32::from(self.non_patience) << 6
    }

    /// How long nothing else is sent to a peer that does not answer, after a message of `len` bytes: PROBING_RATE (RFC 7252 4.7), and not longer than
    /// an answer is waited for. In ticks.
    pub(crate) fn probing_wait(&self, len: usize) -> u32 {
        (len as u32 & 0xffff).wrapping_mul(self.probing.into()).min(self.non_patience())
    }
}
