//! Resources that the device serves, to the peer of an [`Endpoint`](crate::Endpoint): a [`Server`] is the endpoint's profile.
//!
//! What happens to a request, in this order:
//! 1. It came before (RFC 7252 4.5): it is answered as it was, byte by byte. The handler does not hear of it.
//! 2. No answer can be kept, because all wait to be sent: it is dropped, to come again.
//! 3. Its options are looked at: 4.02, or 5.05 for a proxy. Its path: 4.04. Its method: 4.05. The order of its blocks: 4.08.
//! 4. The [handler](Handler) gets it, and writes the response through [`Reply`] into the memory that it is sent from.
//! 5. The server adds what is its own: Observe, Block1, Block2. It is sent by one of the next `poll_transmit`.
//!
//! Promises: handlers run in `handle`, and for notifications in `poll_transmit`; nothing is copied but the answer; what is lent bounds what is
//! remembered. Here is the way of a request; `table`: whose it is; `incoming`: what it asks; `reply`: the response; `answers`: those that were given;
//! `observers`: who is told what changes; `upload`: bodies in blocks; `discover`: what there is.

mod answers;
mod discover;
mod incoming;
mod observers;
mod reply;
mod table;
mod upload;

pub use answers::Answered;
pub use incoming::Incoming;
pub use observers::Observer;
pub use reply::Reply;
pub use table::{Handler, Resource};

use crate::code::Code;
use crate::config::Config;
use crate::layer::Layer;
use crate::message::{Message, Type};
use crate::option::OptionNumber;
use crate::profile::{Hooks, Profile, Served};
use crate::reliability::{due, ticks};
use crate::stats::count;
use answers::{Answers, State};
use core::marker::PhantomData;
use incoming::{Asked, accepts};
use observers::Observers;
use table::{CONDITIONAL, CONFIRMED, HIDDEN, LONG, OBSERVABLE, SUBTREE, concerns, depth};
use upload::{Bodies, Part};

/// Resources served on an endpoint, which is otherwise a whole client: a [`Profile`].
///
/// `C` is what the handlers work on, the device. All memory is lent:
/// - `answers`: one for each request that may come again and be known again (RFC 7252 4.5). A peer that sends one request after the other needs two;
///   a request [answered later](Reply::later) keeps one until it is.
/// - `store`: an equal share of it for each of them. It takes one answer whole, so it bounds the blocks of responses: 48 bytes and the size of a block,
///   as [`BlockSize::for_buffer`](crate::BlockSize::for_buffer) says; below 12 bytes nothing is served.
/// - `observers`: one for each observation of the peer's. Who finds no room is answered once (RFC 7641 4.1).
///
/// The peer is one: on plain CoAP, where another may take its place, tell the endpoint that the
/// [association is lost](crate::Endpoint::association_lost), which forgets answers and observers.
///
/// ```
/// use core::time::Duration;
/// use stint_coap::{Answered, Code, Config, Endpoint, Incoming, Observer, Reply, Resource, Server, Slot};
///
/// struct Device { millivolts: u16 }
///
/// fn battery(device: &mut Device, _: &Incoming<'_>, reply: &mut Reply<'_>) {
///     reply.payload(&device.millivolts.to_be_bytes());
/// }
///
/// const TABLE: &[Resource<Device>] = &[Resource::new("battery", battery).observable()];
///
/// let (mut answers, mut answer_store) = ([Answered::EMPTY; 2], [0; 2 * 112]);
/// let (mut observers, mut slots, mut store) = ([Observer::EMPTY; 2], [Slot::EMPTY; 1], [0; 64]);
/// let server = Server::new(Device { millivolts: 3012 }, TABLE, &mut answers, &mut answer_store, &mut observers);
/// let mut coap = Endpoint::with(server, Config::DEFAULT, [7; 16], &mut slots, &mut store);
///
/// let get = [0x41, 0x01, 0x12, 0x34, 0x07, 0xb7, b'b', b'a', b't', b't', b'e', b'r', b'y'];
/// assert!(coap.handle(Duration::ZERO, &get).is_none());
/// let mut out = [0; 128];
/// let len = coap.poll_transmit(Duration::ZERO, &mut (), &mut out).unwrap();
/// assert_eq!(out[..len], [0x61, 0x45, 0x12, 0x34, 0x07, 0xff, 0x0b, 0xc4]);
///
/// // Later, when it was measured anew: observers are to be told.
/// coap.profile_mut().context.millivolts = 2990;
/// coap.profile_mut().changed("battery");
/// ```
#[derive(Debug)]
pub struct Server<'b, C, X = ()> {
    /// What the handlers work on.
    pub context: C,
    table: &'b [Resource<C>],
    answers: Answers<'b>,
    observers: Observers<'b>,
    bodies: Bodies,
    /// DEFAULT_LEISURE, in ticks.
    leisure: u32,
    /// SZX of the largest block.
    exponent: u8,
    client: PhantomData<X>,
}

/// What was answered to a request.
struct Made {
    state: State,
    len: u16,
    exponent: u8,
}

/// Names a request that was [put off](Reply::later). It is good until it is [answered](Server::respond), or the association is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    index: u8,
    generation: u8,
}

impl<'b, C> Server<'b, C> {
    /// Resources, and the memory that serving them takes: see [`Server`]. At most 255 answers and 255 observers are used.
    #[must_use]
    pub fn new(
        context: C,
        table: &'b [Resource<C>],
        answers: &'b mut [Answered],
        store: &'b mut [u8],
        observers: &'b mut [Observer],
    ) -> Self {
        Self {
            context,
            table: table.get(..table.len().min(255)).unwrap_or_default(),
            answers: Answers::new(answers, store),
            observers: Observers::new(observers),
            bodies: Bodies::NONE,
            leisure: 0,
            exponent: 0,
            client: PhantomData,
        }
    }
}

impl<'b, C, X> Server<'b, C, X> {
    /// The endpoint does no more as a client than this profile: [`Plain`](crate::Plain), [`Observing`](crate::Observing) or
    /// [`Blockwise`](crate::Blockwise). What is served is the same with each. A [`Cocoa`](crate::Cocoa) has its place around the server instead.
    #[must_use]
    pub fn client<Y: Profile>(self, profile: Y) -> Server<'b, C, Y> {
        let _ = profile;
        let Self { context, table, answers, observers, bodies, leisure, exponent, client: _ } = self;
        Server { context, table, answers, observers, bodies, leisure, exponent, client: PhantomData }
    }

    /// Of how many notifications to an observer one is Confirmable: after each `notifications` that are not. 16 where it is not said; 0: all are. One in
    /// 24 hours is so in any case (RFC 7641 4.5).
    #[must_use]
    pub fn confirm_every(mut self, notifications: u8) -> Self {
        self.observers.confirm_every = notifications;
        self
    }

    /// What is at `path` has changed: each that observes it is to be told, as is who observes a path above it in a
    /// [`subtree`](Resource::subtree), or one below. The notification is written by the handler when it is sent, so changes that come fast are told as one.
    pub fn changed(&mut self, path: &str) {
        let path = path.strip_prefix(['/']).unwrap_or(path);
        for (index, resource) in self.table.iter().enumerate() {
            self.observers.changed(path, index as u8, resource.path, resource.is(SUBTREE));
        }
    }

    /// How many observers there are.
    #[must_use]
    pub fn observers(&self) -> usize {
        self.observers.count()
    }

    /// Makes the response to a request that was [put off](Reply::later): `write` writes it as a handler would. It is sent in a message of its own, and again
    /// until the client acknowledges it if the request was Confirmable (RFC 7252 5.2.2). False: the ticket names nothing any more, and `write` is not called.
    pub fn respond(&mut self, ticket: Ticket, write: impl FnOnce(&mut C, &mut Reply<'_>)) -> bool {
        let store = core::mem::take(self.answers.store());
        let share = self.answers.share(store, ticket.index);
        let place = self.answers.place(ticket).filter(|place| place.state == State::Later);
        let found = place.is_some();
        if let Some(place) = place {
            let mut reply = Reply::new(share, place.len, place.flags & 7);
            write(&mut self.context, &mut reply);
            place.len = reply.finish(None, false) as u16;
            place.state = State::Queued;
        }
        *self.answers.store() = store;
        found
    }

    /// Has a request answered by the handler that it is for, or by an error.
    #[inline(never)]
    fn answer(&mut self, now: u32, message: &Message<'_>, group: bool, asked: &Asked, reply: &mut Reply<'_>) {
        let Some((index, resource, depth)) = table::find(self.table, message) else {
            return discover::answer(self.table, message, reply);
        };
        if !resource.allows(message.code) {
            return reply.error(Code::METHOD_NOT_ALLOWED, "");
        }
        if asked.conditional && !resource.is(CONDITIONAL) {
            return reply.error(Code::BAD_OPTION, "");
        }
        let acts = !matches!(message.code, Code::GET | Code::FETCH);
        let continuation = message.code != Code::GET
            && message.payload.is_empty()
            && asked.block1.is_none()
            && asked.block2.is_some_and(|block| block.number > 0);
        if continuation && acts && !(resource.is(LONG) && self.bodies.is_answering(asked)) {
            return reply.error(Code::REQUEST_ENTITY_INCOMPLETE, "");
        }
        let (offset, more) = match self.bodies.take(asked, message.payload.len()) {
            Part::New { offset, more } => (offset, more),
            Part::Again => return reply.code(Code::CONTINUE),
            Part::Refused(code) => return reply.error(code, ""),
        };
        let incoming = Incoming { message: *message, offset, more, continuation, notification: false, group, depth };
        (resource.handler)(&mut self.context, &incoming, reply);
        let success = reply.current_code().is_success();
        if more && success {
            reply.clear();
            return reply.code(Code::CONTINUE);
        }
        if !success {
            self.bodies.refuse();
        }
        if acts {
            let goes_on = reply.goes_on();
            self.bodies.answered(asked, goes_on);
            if goes_on && !resource.is(LONG) {
                return reply.error(Code::INTERNAL_SERVER_ERROR, "");
            }
        }
        if message.code == Code::GET && !group {
            self.observe(now, message, asked, reply, (index as u8, depth));
        }
    }

    /// The answer to a request, in the store but for what this gives.
    #[inline(never)]
    fn fill(
        &mut self,
        now: u32,
        message: &Message<'_>,
        group: bool,
        asked: &Result<Asked, Code>,
        reply: &mut Reply<'_>,
    ) -> Made {
        let (mut silence, mut block1, mut block2) = (0, None, false);
        match asked {
            Ok(asked) => {
                (silence, block2) = (asked.silence, asked.block2.is_some());
                block1 = asked.block1;
                reply.window(asked.block2);
                self.answer(now, message, group, asked, reply);
            }
            Err(code) => reply.error(*code, ""),
        }
        if reply.is_later() {
            return Made { state: State::Later, len: reply.put_off(), exponent: reply.exponent() };
        }
        if let Some(block) = &mut block1 {
            block.more = reply.current_code() == Code::CONTINUE;
            block.exponent = block.exponent.min(self.exponent);
        }
        let len = reply.finish(block1, block2) as u16;
        let code = reply.current_code();
        // Bit 1 is for class 2, bit 3 for class 4, bit 4 for class 5 (RFC 7967 2.1).
        let unwanted = silence >> (code.class().wrapping_sub(1) & 7) & 1 != 0;
        // To a group only he answers who has something to say (RFC 7252 8.2).
        let idle = group && !(code.is_success() && reply.has_payload());
        let state = if unwanted || idle { State::Silent } else { State::Ready };
        Made { state, len, exponent: 0 }
    }

    /// Takes an observer in, or off the list (RFC 7641 4.1).
    #[inline(never)]
    fn observe(
        &mut self,
        now: u32,
        message: &Message<'_>,
        asked: &Asked,
        reply: &mut Reply<'_>,
        (index, depth): (u8, u8),
    ) {
        let first = asked.block2.is_none_or(|block| block.number == 0);
        let observable = self.table.get(usize::from(index)).is_some_and(|resource| resource.is(OBSERVABLE));
        match asked.observe {
            Some(0) if observable && first && reply.current_code().is_success() && !reply.is_later() => {
                let id = reply.id();
                if let Some(sequence) = self.observers.register(now, index, depth, message, id, reply.exponent()) {
                    reply.uint(OptionNumber::OBSERVE, sequence);
                }
            }
            Some(1) => self.observers.deregister(message.token),
            _ => {}
        }
    }

    /// Writes the next notification that is due.
    #[inline(never)]
    fn notify(&mut self, layer: &mut Layer, now: u32, out: &mut [u8]) -> Option<usize> {
        let index = self.observers.next(layer, now)?;
        let row = self.observers.get(index)?.resource;
        let resource = self.table.get(usize::from(row))?;
        let kind = self.observers.begin(index, layer, now, resource.is(CONFIRMED))?;
        let sequence = self.observers.next_sequence();
        let observer = *self.observers.get(index)?;
        let message = observer.request();
        let mut reply = Reply::new(out, 0, observer.exponent.min(self.exponent));
        if !reply.begin(kind, observer.id, &message) {
            return None;
        }
        let incoming = Incoming {
            message,
            offset: 0,
            more: false,
            continuation: false,
            notification: true,
            group: false,
            depth: 0,
        };
        (resource.handler)(&mut self.context, &incoming, &mut reply);
        if reply.current_code().is_success() {
            reply.uint(OptionNumber::OBSERVE, sequence);
        }
        let len = reply.finish(None, false);
        // An error ends the observation (RFC 7641 4.2), and is not sent again.
        if !reply.current_code().is_success() {
            reply.set_kind(Type::NonConfirmable);
            self.observers.remove(index);
        }
        Some(len)
    }
}

/// The nearest of deadlines.
struct Soonest {
    now: u32,
    /// How many ticks are left until it; the most that there are: none was added.
    left: u32,
}

impl Soonest {
    const fn new(now: u32) -> Self {
        Self { now, left: u32::MAX }
    }

    fn add(&mut self, deadline: u32) {
        let left = if due(self.now, deadline) { 0 } else { deadline.wrapping_sub(self.now) };
        self.left = self.left.min(left);
    }

    fn wait(&self) -> Option<u32> {
        (self.left != u32::MAX).then_some(self.left)
    }
}

impl<C, X: Profile> Profile for Server<'_, C, X> {
    const OBSERVE: bool = X::OBSERVE;
    const BLOCK: bool = X::BLOCK;
    const WHOLE: bool = X::WHOLE;
}

impl<C, X: Profile> Hooks for Server<'_, C, X> {
    fn configure(&mut self, config: &Config) {
        self.leisure = ticks(config.default_leisure).min(1 << 30) as u32;
        self.exponent = config.block_size.exponent();
        (self.answers.nstart, self.observers.nstart) = (config.nstart.max(1), config.nstart.max(1));
    }

    #[inline(never)]
    fn request(&mut self, layer: &mut Layer, now: u32, message: &Message<'_>, group: bool) -> Served {
        if self.answers.again(layer, now, message) {
            return Served::Taken;
        }
        let asked = Asked::read(message);
        let confirmable = message.kind == Type::Confirmable;
        if asked.is_err() {
            count(&mut layer.stats.bad_options);
            // One that is Non-confirmable is rejected in silence (RFC 7252 5.4.1).
            if !confirmable {
                return Served::Taken;
            }
        }
        let Some(ticket) = self.answers.claim(now, message.id) else { return Served::Busy };
        let (kind, id) =
            if confirmable { (Type::Acknowledgement, message.id) } else { (Type::NonConfirmable, layer.next_id()) };
        let deadline = if group { now.wrapping_add(layer.random.below(self.leisure)) } else { now };
        let store = core::mem::take(self.answers.store());
        let share = self.answers.share(store, ticket.index);
        let mut reply = Reply::new(share, 0, self.exponent);
        let begun = reply.begin(kind, id, message);
        reply.of(message, ticket);
        let made = begun.then(|| self.fill(now, message, group, &asked, &mut reply));
        *self.answers.store() = store;
        let Some(made) = made else { return Served::Refused };
        if let Some(place) = self.answers.place(ticket) {
            place.settle(&made, deadline, confirmable);
        }
        Served::Taken
    }

    fn answered(&mut self, layer: &mut Layer, now: u32, id: u16, reset: bool) -> bool {
        let _ = layer;
        self.answers.answered(id) || self.observers.answered(now, id, reset)
    }

    fn transmit(&mut self, layer: &mut Layer, now: u32, out: &mut [u8]) -> Option<usize> {
        match self.answers.transmit(layer, now, out) {
            None => self.notify(layer, now, out),
            sent => sent,
        }
    }

    fn due_in(&self, now: u32) -> Option<u32> {
        let (answers, observers) = (self.answers.due_in(now), self.observers.due_in(now));
        match (answers, observers) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }

    fn lost(&mut self) {
        self.answers.forget();
        self.observers.forget();
        self.bodies = Bodies::NONE;
    }
}
