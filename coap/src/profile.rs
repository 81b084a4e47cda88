//! What an endpoint does, decided by its type: what a profile leaves out is not linked.
//!
//! Promises: a profile decides by constants and by what it does when it is asked, never by a flag at run time.

use crate::block::robust::Engine;
use crate::config::Config;
use crate::layer::Layer;
use crate::message::Message;

/// What an [`Endpoint`](crate::Endpoint) does. `()` is a whole client, and what to begin with; the others are for those who count bytes of flash, or
/// want more.
///
/// | profile | requests | observing | block-wise transfer | Echo, Request-Tag, No-Response, groups | more |
/// |---|---|---|---|---|---|
/// | [`Plain`] | yes | | | | |
/// | [`Observing`] | yes | yes | | | |
/// | [`Blockwise`] | yes | yes | yes | | |
/// | `()` | yes | yes | yes | yes | |
/// | [`Cocoa<X>`](crate::Cocoa) | as `X` | as `X` | as `X` | as `X` | congestion control by measured round-trip times |
/// | [`Robust<X>`](crate::Robust) | as `X` | as `X` | yes | as `X` | block-wise transfer in bursts (RFC 9177) |
/// | [`Server<C, X>`](crate::Server) | as `X` | as `X` | as `X` | as `X` | serves resources of the device |
#[diagnostic::on_unimplemented(message = "`{Self}` is not a profile of an endpoint")]
pub trait Profile: Hooks {
    /// Observing (RFC 7641).
    const OBSERVE: bool = true;
    /// Block-wise transfer (RFC 7959).
    const BLOCK: bool = true;
    /// Echo and Request-Tag (RFC 9175), No-Response (RFC 7967), requests to a group (RFC 7252 8).
    const WHOLE: bool = true;
    /// Q-Block1 and Q-Block2 (RFC 9177).
    const Q_BLOCK: bool = false;
}

/// A whole client.
impl Profile for () {}

/// Requests and their responses, each in one message. A response in blocks is rejected ([`Failure::BadOption`](crate::Failure::BadOption)).
#[derive(Clone, Copy, Debug)]
pub struct Plain;

impl Profile for Plain {
    const OBSERVE: bool = false;
    const BLOCK: bool = false;
    const WHOLE: bool = false;
}

/// [`Plain`], and observing.
#[derive(Clone, Copy, Debug)]
pub struct Observing;

impl Profile for Observing {
    const BLOCK: bool = false;
    const WHOLE: bool = false;
}

/// [`Observing`], and block-wise transfer.
#[derive(Clone, Copy, Debug)]
pub struct Blockwise;

impl Profile for Blockwise {
    const WHOLE: bool = false;
}

/// What became of a request of the peer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Served {
    /// Nothing is served here: a Confirmable request is answered with a Reset.
    Refused,
    /// It was taken in, and is answered as its profile sees fit.
    Taken,
    /// There is no place for it now. It is dropped, so that it comes again.
    Busy,
}

/// Where a profile takes part in what the endpoint does. Each does nothing unless a profile has something to do there.
pub trait Hooks {
    /// The endpoint is made.
    #[inline]
    fn configure(&mut self, config: &Config) {
        let _ = config;
    }

    /// A request of the peer's. `group`: it came to an address of a group (RFC 7252 8).
    #[inline]
    fn request(&mut self, layer: &mut Layer, now: u32, message: &Message<'_>, group: bool) -> Served {
        let _ = (layer, now, message, group);
        Served::Refused
    }

    /// An empty Acknowledgement, or a Reset, of a message that no slot has sent. True: it was one of the profile's.
    #[inline]
    fn answered(&mut self, layer: &mut Layer, now: u32, id: u16, reset: bool) -> bool {
        let _ = (layer, now, id, reset);
        false
    }

    /// Writes a message that the profile has to send: its length in bytes.
    #[inline]
    fn transmit(&mut self, layer: &mut Layer, now: u32, out: &mut [u8]) -> Option<usize> {
        let _ = (layer, now, out);
        None
    }

    /// How many ticks from `now` on [`transmit`](Self::transmit) has something; 0: at once.
    #[inline]
    fn due_in(&self, now: u32) -> Option<u32> {
        let _ = now;
        None
    }

    /// The association is gone, and the peer's memory with it.
    #[inline]
    fn lost(&mut self) {}

    /// A Confirmable request goes out for the first time: how many ticks to wait for its acknowledgement (RFC 7252 4.2).
    #[inline]
    fn first_wait(&mut self, layer: &mut Layer, now: u32, id: u16) -> u32 {
        let _ = (now, id);
        layer.first_wait()
    }

    /// It goes out again: how many ticks to wait this time; `wait` was the wait before.
    #[inline]
    fn next_wait(&mut self, layer: &Layer, wait: u32) -> u32 {
        let _ = layer;
        crate::reliability::doubled(wait)
    }

    /// It was acknowledged, or answered, after so many retransmissions.
    #[inline]
    fn acknowledged(&mut self, now: u32, id: u16, retries: u8) {
        let _ = (now, id, retries);
    }

    /// A slot is free again, whatever became of its last exchange.
    #[inline]
    fn freed(&mut self, index: usize, id: u16) {
        let _ = (index, id);
    }

    /// The transfers by Q-Block.
    #[inline]
    fn engine(&mut self) -> Option<&mut Engine> {
        None
    }
}

impl Hooks for () {}
impl Hooks for Plain {}
impl Hooks for Observing {}
impl Hooks for Blockwise {}
