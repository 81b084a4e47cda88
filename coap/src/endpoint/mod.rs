//! The public face: one peer, seen from here.
//!
//! Promises: no call waits, and none but `handle` and the polls looks at the time; what comes is `inbound`, what goes is `outbound`; `lost`: what
//! becomes of it all when the peer is not there any more; `group`: many peers at once; `resume`: a download that goes on where it was cut off; `robust`: blocks in bursts.

mod group;
mod inbound;
mod lost;
mod outbound;
mod resume;
mod robust;

use crate::block::Source;
use crate::config::Config;
use crate::error::{Failure, RequestError};
use crate::exchange::{Origin, Slot, State};
use crate::layer::Layer;
use crate::observe::Role;
use crate::option::{OptionNumber, Options};
use crate::profile::Profile;
use crate::reliability::{Recent, due, duration};
use crate::request::{Body, Handle, Outcome, Request};
use crate::stats::Stats;
use crate::store::{share, share_len};
use core::time::Duration;

/// CoAP with one peer. Sans-IO: it reads no clock and knows no socket. `now` is the time since any fixed start, and does not go back.
///
/// What to call, and when:
/// 1. [`request`](Self::request), at any time: the request waits in its slot, and no timer runs.
/// 2. [`poll_transmit`](Self::poll_transmit) until `None`, whenever messages can be sent; send each.
/// 3. [`poll_outcome`](Self::poll_outcome) until `None`: what time brought.
/// 4. When a message came: [`handle`](Self::handle); act on the outcome; back to 2, for it may have to be acknowledged.
/// 5. Otherwise wait until [`poll_timeout`](Self::poll_timeout), then 2.
///
/// ```
/// use core::time::Duration;
/// use stint_coap::{Config, Endpoint, Outcome, Request, Slot};
/// let (mut slots, mut store, mut out) = ([Slot::EMPTY; 2], [0; 64], [0; 128]);
/// let mut coap = Endpoint::new(Config::DEFAULT, [7; 16], &mut slots, &mut store);
/// let asked = coap.request(&Request::get("time"))?;
/// let len = coap.poll_transmit(Duration::ZERO, &mut (), &mut out).unwrap();
/// // The peer answers 2.05 with the same Message ID and token.
/// let mut answer = out[..8].to_vec();
/// (answer[0], answer[1]) = (0x64, 0x45);
/// answer.extend(b"\xffnoon");
/// match coap.handle(Duration::from_millis(20), &answer) {
///     Some(Outcome::Response(response)) => assert_eq!((response.handle, response.message.payload), (asked, &b"noon"[..])),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), stint_coap::RequestError>(())
/// ```
#[derive(Debug)]
pub struct Endpoint<'b, X = ()> {
    slots: &'b mut [Slot],
    store: &'b mut [u8],
    /// Bytes of the store for each slot.
    share: u16,
    exponent: u8,
    /// The slot that was served last.
    turn: u8,
    layer: Layer,
    recent: Recent,
    profile: X,
}

impl<'b> Endpoint<'b> {
    /// An endpoint over lent memory, a whole client: as many requests and observations at once as there are slots (up to 256), each with an equal
    /// share of the store, up to 65,535 bytes, for its options, its small body and an Echo value (RFC 9175) of up to 40 bytes. All slots are freed.
    ///
    /// `seed`: the first Message ID, the tokens and the jitter of the timers come of it (RFC 7252 4.2, 4.4, 5.3.1). It must be random, and
    /// another one each time.
    #[must_use]
    pub fn new(config: Config, seed: [u8; 16], slots: &'b mut [Slot], store: &'b mut [u8]) -> Self {
        Self::with((), config, seed, slots, store)
    }
}

impl<'b, X: Profile> Endpoint<'b, X> {
    /// An endpoint that does what its profile says; the rest is as with [`new`](Endpoint::new).
    #[must_use]
    pub fn with(mut profile: X, config: Config, seed: [u8; 16], slots: &'b mut [Slot], store: &'b mut [u8]) -> Self {
        let count = slots.len().min(256);
        let slots = slots.get_mut(..count).unwrap_or_default();
        slots.iter_mut().for_each(|slot| *slot = Slot::EMPTY);
        let share = share_len(store, count);
        profile.configure(&config);
        Self {
            slots,
            store,
            share,
            exponent: config.block_size.exponent(),
            turn: u8::MAX,
            layer: Layer::new(&config, seed),
            recent: Recent::EMPTY,
            profile,
        }
    }

    /// The profile: of a [`Server`](crate::Server), the resources and their observers.
    pub fn profile(&self) -> &X {
        &self.profile
    }

    /// The profile, to be told what changed.
    pub fn profile_mut(&mut self) -> &mut X {
        &mut self.profile
    }

    /// Takes a request. It is sent by one of the next [`poll_transmit`](Self::poll_transmit), as many at a time as [`Config::nstart`] says.
    ///
    /// # Errors
    /// Why it cannot be made. Nothing has changed then.
    pub fn request(&mut self, request: &Request<'_>) -> Result<Handle, RequestError> {
        if !request.code.is_request() {
            return Err(RequestError::Method);
        }
        let blocks = matches!(request.body, Body::Source(_));
        if (request.observe && !X::OBSERVE) || (blocks && !X::BLOCK) {
            return Err(RequestError::Profile);
        }
        if request.observe && blocks {
            return Err(RequestError::Body);
        }
        let (handle, slot, share) = self.free_slot()?;
        (slot.options, slot.body) = request.encode(share)?;
        if let Body::Source(key) = request.body {
            (slot.origin, slot.key) = (Origin::Source, key);
        }
        if request.observe {
            slot.role = Role::Wanted;
        } else if X::WHOLE && wants_no_response(share, slot.options) {
            slot.role = Role::Silent;
        }
        (slot.code, slot.confirmable, slot.state) = (request.code, request.confirmable, State::Queued);
        if X::Q_BLOCK {
            self.engage(handle);
        }
        Ok(handle)
    }

    /// Asks whether the peer is alive (RFC 7252 4.3, "CoAP ping"): an Empty Confirmable message, answered by a Reset.
    ///
    /// # Errors
    /// All slots are taken.
    pub fn ping(&mut self) -> Result<Handle, RequestError> {
        let (handle, slot, _) = self.free_slot()?;
        (slot.confirmable, slot.state) = (true, State::Queued);
        Ok(handle)
    }

    /// Ends a request: what still comes for it is rejected. An observation is cancelled with the server (a GET with Observe 1,
    /// RFC 7641 3.6), and ends with the outcome of that; cancelled twice, it is forgotten. A handle that names nothing is ignored.
    pub fn cancel(&mut self, handle: Handle) {
        if let Some(slot) = self.slot(handle)
            && slot.role == Role::Registered
        {
            slot.role = Role::Cancelling;
            slot.transfer.rewind();
            slot.state = State::Queued;
        } else {
            self.forget(handle);
        }
    }

    /// Ends a request or an observation without a word: the next notification is answered with a Reset, which tells the server
    /// (RFC 7641 3.6). A handle that names nothing is ignored.
    pub fn forget(&mut self, handle: Handle) {
        if self.slot(handle).is_some() {
            self.free(handle.index.into());
        }
    }

    /// Takes a message from the peer, whole. The outcome borrows it.
    pub fn handle<'d>(&mut self, now: Duration, message: &'d [u8]) -> Option<Outcome<'d>> {
        self.handle_sent_to(now, message, false)
    }

    /// Writes the next message to be sent into `out`, whose length bounds it; `None`: there is none. It counts as sent: a Confirmable one is
    /// written again when it was not acknowledged in time. A message that has to be smaller than `out` is not held up by it, but a request
    /// that does not fit fails ([`Failure::TooLarge`]).
    pub fn poll_transmit(&mut self, now: Duration, source: &mut impl Source, out: &mut [u8]) -> Option<usize> {
        let now = self.layer.tick(now);
        if let Some(len) = self.recent.answer(out) {
            return Some(len);
        }
        if let Some(len) = self.profile.transmit(&mut self.layer, now, out) {
            return Some(len);
        }
        if X::Q_BLOCK
            && let Some(len) = self.transmit_bulk(now, source, out)
        {
            return Some(len);
        }
        let index = self.next(now)?;
        if X::Q_BLOCK && self.launch(index, now, source) {
            return self.transmit_bulk(now, source, out);
        }
        let probes = X::Q_BLOCK && self.profile.engine().is_some_and(|engine| engine.is_probing(index));
        let share = share(self.store, self.share, index);
        let slot = self.slots.get_mut(index)?;
        let written = if probes { slot.write_probe(out) } else { slot.write::<X>(share, source, out) };
        match written {
            Ok(len) => {
                self.sent(index, now, len);
                Some(len)
            }
            Err(failure) => {
                (slot.state, slot.failure) = (State::Broken, failure);
                None
            }
        }
    }

    /// What happened without a message: a request that timed out, or could not be sent.
    pub fn poll_outcome(&mut self, now: Duration) -> Option<Outcome<'static>> {
        let now = self.layer.tick(now);
        let most = self.layer.max_retransmit;
        let (index, failure) = self.slots.iter().enumerate().find_map(|(index, slot)| match slot.state {
            State::Broken => Some((index, slot.failure)),
            State::Acked if due(now, slot.deadline) => Some((index, Failure::NoResponse)),
            State::Sent if slot.confirmable && slot.retries >= most && due(now, slot.deadline) => {
                Some((index, Failure::Timeout))
            }
            _ => None,
        })?;
        let role = self.slots.get(index).map(|slot| slot.role);
        if X::WHOLE && failure == Failure::NoResponse && matches!(role, Some(Role::Silent | Role::Group)) {
            return Some(Outcome::Ended { handle: self.free(index) });
        }
        Some(self.fail(index, failure))
    }

    /// When [`poll_transmit`](Self::poll_transmit) or [`poll_outcome`](Self::poll_outcome) has something next, on the clock of `now`.
    /// `Some(ZERO)`: at once. `None`: not before a message comes or a request is made.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        let now = self.layer.now as u32;
        let mut wait: Option<u32> = self.profile.due_in(now);
        let (mut queued, mut busy) = (false, 0u8);
        for slot in self.slots.iter() {
            match slot.state {
                State::Free => continue,
                State::Broken => return Some(Duration::ZERO),
                State::Queued => {
                    queued = true;
                    continue;
                }
                State::Sent => busy = busy.wrapping_add(1),
                State::Acked | State::Idle | State::Bulk => {}
            }
            let left = if due(now, slot.deadline) { 0 } else { slot.deadline.wrapping_sub(now) };
            wait = Some(wait.unwrap_or(left).min(left));
        }
        if (queued && busy < self.layer.nstart) || self.recent.is_waiting() {
            return Some(Duration::ZERO);
        }
        wait.map(|wait| duration(self.layer.now.wrapping_add(wait.into())))
    }

    /// What was dropped, refused and done again.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.layer.stats
    }

    fn slot(&mut self, handle: Handle) -> Option<&mut Slot> {
        let slot = self.slots.get_mut(usize::from(handle.index))?;
        (slot.state != State::Free && slot.generation == handle.generation).then_some(slot)
    }

    /// A free slot, empty but for its generation and the block size, and its share of the store.
    fn free_slot(&mut self) -> Result<(Handle, &mut Slot, &mut [u8]), RequestError> {
        let mut slots = self.slots.iter_mut().enumerate();
        let (index, slot) = slots.find(|(_, slot)| slot.state == State::Free).ok_or(RequestError::NoSlot)?;
        slot.transfer.exponent = self.exponent;
        Ok((Handle { index: index as u8, generation: slot.generation }, slot, share(self.store, self.share, index)))
    }

    #[inline(never)]
    fn free(&mut self, index: usize) -> Handle {
        let mut generation = 0;
        if let Some(slot) = self.slots.get_mut(index) {
            generation = slot.generation;
            self.profile.freed(index, slot.id);
            *slot = Slot::EMPTY;
            slot.generation = generation.wrapping_add(1);
        }
        Handle { index: index as u8, generation }
    }

    fn fail(&mut self, index: usize, failure: Failure) -> Outcome<'static> {
        Outcome::Failed { handle: self.free(index), failure }
    }
}

/// Whether the request wants no response of any class (RFC 7967 2.1): the bits of 2.xx, 4.xx and 5.xx are set in its No-Response option.
fn wants_no_response(share: &[u8], options: u16) -> bool {
    let mut options = Options::new(share.get(..options.into()).unwrap_or_default());
    let found = options.find(|opt| opt.number == OptionNumber::NO_RESPONSE);
    found.and_then(|opt| opt.uint()).is_some_and(|classes| classes & 0x1a == 0x1a)
}
