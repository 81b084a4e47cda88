//! Resources that the device serves, to the peer of an [`Endpoint`](crate::Endpoint): a [`Server`] is the endpoint's profile.
//!
//! Promises: handlers run in `handle`, and for notifications in `poll_transmit`; nothing is copied but the answer; what is lent bounds what is
//! remembered. `handle`: the way of a request, and `notify`: that of a notification; `table`: whose it is; `incoming`: what it asks; `reply`: the
//! response; `answers`: those that were given; `observers`: who is told what changes; `upload`: bodies in blocks; `discover`: what there is.

mod answers;
mod discover;
mod handle;
mod incoming;
mod notify;
mod observers;
mod reply;
mod table;
mod upload;

pub use answers::Answered;
pub use incoming::Incoming;
pub use observers::Observer;
pub use reply::Reply;
pub use table::{Handler, Resource};

use crate::config::Config;
use crate::layer::Layer;
use crate::message::Message;
use crate::profile::{Hooks, Profile, Served};
use crate::reliability::{due, ticks};
use answers::{Answers, State};
use core::marker::PhantomData;
use incoming::{Asked, accepts};
use observers::Observers;
use table::{CONDITIONAL, CONFIRMED, HIDDEN, LONG, OBSERVABLE, SUBTREE, concerns, depth, find};
use upload::{Bodies, Part};

/// Resources served on an endpoint, which is otherwise a whole client: a [`Profile`]. It serves the peer of the endpoint, on plain CoAP or on the association
/// that the device opened.
///
/// What happens to a request, in this order:
/// 1. It came before (RFC 7252 4.5): it is answered as it was, byte by byte. The handler does not hear of it.
/// 2. No answer could be kept, because all that are kept wait to be sent: it is dropped, to come again.
/// 3. Its options are looked at: 4.02 for one that is critical and unknown, 5.05 for a proxy's. Its path: 4.04. Its method: 4.05. The order of its blocks:
///    4.08, and 2.31 for one that came before.
/// 4. The [handler](Handler) gets it, block by block, and writes the response through a [`Reply`] into the memory that it is sent from.
/// 5. What is the server's own is added: Observe, Block1, Block2. One of the next [`poll_transmit`](crate::Endpoint::poll_transmit) sends it.
///
/// `/.well-known/core` is answered from the table (RFC 6690 4), unless that has a row for it. Requests that came to a group
/// ([`handle_group`](crate::Endpoint::handle_group)) are answered after their leisure if there is something to say.
///
/// To observe takes no more than a row that is [observable](Resource::observable):
/// 1. A GET with Observe 0 whose response is a success makes its sender an observer, if there is room; one with Observe 1, a Reset of a notification, and a
///    response that is an error end that, and so does a Confirmable notification that nobody acknowledges.
/// 2. The application says that something has [changed](Self::changed).
/// 3. The handler is called when the notification is sent, so that it is of the newest state; if that changes again before the acknowledgement, the next
///    transmission is of the newer one (RFC 7641 4.5.2). One that is not Confirmable comes not sooner than 3 s after the one before (4.5.1).
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

    fn request(&mut self, layer: &mut Layer, now: u32, message: &Message<'_>, group: bool) -> Served {
        self.take(layer, now, message, group)
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
