//! Robust block-wise transfer (RFC 9177) as a profile, and its parameters.
//!
//! Promises: the state of its transfers is here and not in the slots, so that other profiles have none of it.

use crate::block::robust::{Bulk, Engine, Pace, Support};
use crate::config::{Config, MAX_LATENCY, bounded};
use crate::layer::Layer;
use crate::message::Message;
use crate::profile::{Hooks, Profile, Served};
use crate::reliability::{duration, seconds};
use core::time::Duration;

/// The parameters of Q-Block1 and Q-Block2 (RFC 9177 7.2). Both ends must have the same MAX_PAYLOADS, or they wait for each other in vain after each set.
#[derive(Clone, Copy, Debug)]
pub struct QBlock {
    /// MAX_PAYLOADS: how many blocks are sent at a time. 10 by default; from 1 to 32, and what is outside is taken for these.
    pub max_payloads: u8,
    /// NON_TIMEOUT: the delay between two sets of MAX_PAYLOADS blocks is this, times a random factor from 1 to ACK_RANDOM_FACTOR (NON_TIMEOUT_RANDOM).
    /// 2 s by default.
    pub non_timeout: Duration,
    /// NON_RECEIVE_TIMEOUT: how long to wait for a missing block before it is asked for; each time it is asked for again, twice as long. 4 s by
    /// default; it must be longer than NON_TIMEOUT_RANDOM by a second.
    pub non_receive_timeout: Duration,
    /// NON_MAX_RETRANSMIT: how often blocks are asked for without any of them coming. 4 by default.
    pub non_max_retransmit: u8,
    /// NON_PARTIAL_TIMEOUT: how long to wait for a word of the peer's after the last block of a request was sent. 247 s by default.
    pub non_partial_timeout: Duration,
    /// NON_PROBING_WAIT: requests to a peer that says nothing are held up by PROBING_RATE, but not longer than this. 247 s by default.
    pub non_probing_wait: Duration,
}

impl QBlock {
    /// The defaults of RFC 9177 7.2, table 3.
    pub const DEFAULT: Self = Self::derived(Duration::from_secs(2), 4);

    /// What the RFC derives from NON_TIMEOUT and NON_MAX_RETRANSMIT, with ACK_RANDOM_FACTOR 1.5.
    #[must_use]
    pub const fn derived(non_timeout: Duration, non_max_retransmit: u8) -> Self {
        let config = Config { ack_timeout: non_timeout, max_retransmit: non_max_retransmit, ..Config::DEFAULT };
        let span = config.longest(non_max_retransmit as u16) as u64;
        let wait = duration(span + 2 * seconds(MAX_LATENCY) as u64 + config.timeout() as u64);
        Self {
            max_payloads: 10,
            non_timeout,
            non_receive_timeout: duration(2 * config.timeout() as u64),
            non_max_retransmit,
            non_partial_timeout: wait,
            non_probing_wait: wait,
        }
    }
}

impl Default for QBlock {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A profile with robust block-wise transfer, Q-Block1 and Q-Block2 (RFC 9177): bodies in bursts of Non-confirmable messages, of which only those that
/// were lost go again. For networks that lose much, or that take long: a window of blocks is on its way at once, where Block1 and Block2 send one.
///
/// - What goes so: each Non-confirmable request that may bring a large body, a GET or a FETCH, or that carries one of a [`Source`](crate::Source) whose
///   [`size`](crate::Source::size) is known; `N` of them at a time, 1 by default. An observation is one for as long as it lasts.
/// - The peer is asked first whether it knows Q-Block, once in an association, by a Confirmable GET of the first 16 bytes of `/.well-known/core`, since
///   only a Confirmable message is sure to be refused (RFC 9177 4.1).
/// - Where it does not, or `N` are on already, or the size is not known, the request goes Confirmable, by Block1 and Block2: there, a body of
///   Non-confirmable messages would end with the first that is lost. So does a download that is [resumed](crate::Endpoint::resume).
/// - Blocks of a response come in any order, each once: [`Response::offset`](crate::Response::offset) says where it belongs, `more` is false with the one
///   that completes the body, and [`anew`](crate::Response::anew) says that it is the first of another body than before.
///
/// The wrapped profile must have block-wise transfer. RFC 9177 11 advises against it without DTLS.
///
/// ```
/// use stint_coap::{Config, Endpoint, Request, Robust, Slot};
/// let (mut slots, mut store) = ([Slot::EMPTY; 2], [0; 128]);
/// let mut coap = Endpoint::with(Robust::new(()), Config::DEFAULT, [7; 16], &mut slots, &mut store);
/// let firmware = coap.request(&Request { confirmable: false, ..Request::get("firmware") })?;
/// # Ok::<(), stint_coap::RequestError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Robust<X = (), const N: usize = 1> {
    inner: X,
    engine: Engine<[Bulk; N]>,
}

impl<X> Robust<X> {
    /// This, around a profile, with the default parameters and one transfer at a time.
    pub const fn new(inner: X) -> Self {
        Self::with(inner, QBlock::DEFAULT)
    }
}

impl<X, const N: usize> Robust<X, N> {
    /// This, around a profile, with these parameters and `N` transfers at a time.
    pub const fn with(inner: X, parameters: QBlock) -> Self {
        let max_payloads = match parameters.max_payloads {
            0 => 1,
            33.. => 32,
            payloads => payloads,
        };
        let pace = Pace {
            max_payloads,
            max_retransmit: parameters.non_max_retransmit,
            timeout: bounded(parameters.non_timeout),
            receive_timeout: bounded(parameters.non_receive_timeout),
            partial_timeout: bounded(parameters.non_partial_timeout),
            probing_wait: bounded(parameters.non_probing_wait),
        };
        Self { inner, engine: Engine { pace, support: Support::Unknown, bulks: [Bulk::FREE; N] } }
    }

    /// Whether the peer knows Q-Block; `None`: it was not asked yet.
    #[must_use]
    pub const fn is_supported(&self) -> Option<bool> {
        match self.engine.support {
            Support::Unknown => None,
            Support::Yes => Some(true),
            Support::No => Some(false),
        }
    }

    /// The profile inside.
    pub const fn inner(&self) -> &X {
        &self.inner
    }

    /// The profile inside, to be changed.
    pub const fn inner_mut(&mut self) -> &mut X {
        &mut self.inner
    }
}

impl<X: Profile, const N: usize> Profile for Robust<X, N> {
    const OBSERVE: bool = X::OBSERVE;
    const BLOCK: bool = X::BLOCK;
    const WHOLE: bool = X::WHOLE;
    const Q_BLOCK: bool = X::BLOCK;
}

impl<X: Profile, const N: usize> Hooks for Robust<X, N> {
    #[inline]
    fn configure(&mut self, config: &Config) {
        self.inner.configure(config);
    }

    #[inline]
    fn request(&mut self, layer: &mut Layer, now: u32, message: &Message<'_>, group: bool) -> Served {
        self.inner.request(layer, now, message, group)
    }

    #[inline]
    fn answered(&mut self, layer: &mut Layer, now: u32, id: u16, reset: bool) -> bool {
        self.inner.answered(layer, now, id, reset)
    }

    #[inline]
    fn transmit(&mut self, layer: &mut Layer, now: u32, out: &mut [u8]) -> Option<usize> {
        self.inner.transmit(layer, now, out)
    }

    #[inline]
    fn due_in(&self, now: u32) -> Option<u32> {
        self.inner.due_in(now)
    }

    #[inline]
    fn lost(&mut self) {
        if let Some(engine) = self.engine() {
            engine.lost();
        }
        self.inner.lost();
    }

    #[inline]
    fn first_wait(&mut self, layer: &mut Layer, now: u32, id: u16) -> u32 {
        self.inner.first_wait(layer, now, id)
    }

    #[inline]
    fn next_wait(&mut self, layer: &Layer, wait: u32) -> u32 {
        self.inner.next_wait(layer, wait)
    }

    #[inline]
    fn acknowledged(&mut self, now: u32, id: u16, retries: u8) {
        self.inner.acknowledged(now, id, retries);
    }

    #[inline]
    fn freed(&mut self, index: usize, id: u16) {
        if let Some(engine) = self.engine() {
            engine.release(index);
        }
        self.inner.freed(index, id);
    }

    #[inline]
    fn engine(&mut self) -> Option<&mut Engine> {
        Some(&mut self.engine)
    }
}

#[cfg(test)]
mod tests {
    use super::{QBlock, Robust};
    use core::time::Duration;

    #[test]
    fn the_defaults_are_those_of_rfc_9177_table_3() {
        let seconds = Duration::from_secs;
        let QBlock { max_payloads, non_timeout, non_receive_timeout, non_max_retransmit, .. } = QBlock::DEFAULT;
        assert_eq!((max_payloads, non_max_retransmit), (10, 4));
        assert_eq!((non_timeout, non_receive_timeout), (seconds(2), seconds(4)));
        assert_eq!(QBlock::DEFAULT.non_partial_timeout, seconds(247));
        assert_eq!(QBlock::DEFAULT.non_probing_wait, seconds(247));
    }

    #[test]
    fn one_transfer_takes_this_many_bytes() {
        assert!(size_of::<Robust>() <= 128, "{}", size_of::<Robust>());
    }
}
