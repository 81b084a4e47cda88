//! The handshake: the state machine, and what only it needs.
//!
//! The flow of a full handshake (RFC 6347 4.2.4), and the file that holds each step:
//! 1. ClientHello, answered by HelloVerifyRequest (`hello`), and sent again with the cookie;
//! 2. ServerHello (`hello`) up to ServerHelloDone (`server_flight`), read by the credential;
//! 3. one operation of the credential a call (`server_flight`), down to the master secret and the keys (`finish`);
//! 4. our flight (`flight`), and the server's Finished (`finish`).
//!
//! Promises: a message is taken only where RFC 5246 7.3 has it; the state changes last; a flight is a recipe that is written again from the state
//! whenever it is sent; every wait ends.

mod reassembly;
mod flight;
mod extensions;
mod hello;
mod server_flight;
mod finish;
mod resume;
mod message;
mod adopt;
#[cfg(feature = "inspect")]
mod inspect;
#[cfg(all(feature = "inspect", debug_assertions))]
mod lax;
#[cfg(test)]
mod proofs;

use crate::auth::{Auth, Op};
use crate::config::Config;
use crate::crypto::{Aeads, Empty, Hash, Master, Provider};
use crate::error::Error;
use crate::record::Channel;
use crate::stats::Stats;
use crate::wire::Alert;
use core::time::Duration;
use extensions::{agreed, extensions};
use flight::Flight;
use hello::{client_hello, suites};
#[cfg(feature = "inspect")]
pub use inspect::Position;
#[cfg(all(feature = "inspect", debug_assertions))]
pub use lax::Lax;
#[cfg(all(feature = "inspect", debug_assertions))]
pub(crate) use lax::loosen;
pub(crate) use reassembly::Reassembly;

/// The longest cookie that is stored, in bytes. RFC 6347 4.2.1 allows 255; the servers of the field send 16 to 32.
const MAX_COOKIE: usize = 64;

/// Where a handshake is, in protocol order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// Not started, or ended.
    Idle,
    /// ClientHello is being sent or was sent.
    AwaitServerHello,
    /// ServerHello came; the rest of the server's flight is awaited.
    AwaitServerFlight,
    /// The server's flight is read; an operation is due.
    Work(Op),
    /// Our Finished is being sent or was sent.
    AwaitFinished,
    /// The association stands.
    Established,
}

/// What is kept as long as it is needed, and in the same place as what takes its turn.
enum Kept {
    Nothing,
    /// The server's cookie, until its flight is read: our ClientHello may have to be sent again.
    Cookie(u8, [u8; MAX_COOKIE]),
    /// The master secret, until the keys and both verify_data are drawn from it.
    Master(Master),
}

/// What our messages are written from, whenever they are written.
struct Own<S> {
    random: [u8; 32],
    kept: Kept,
    /// The message_seq of our ClientHello: the number of HelloVerifyRequests obeyed.
    hello_seq: u8,
    step: S,
    verify_data: [u8; 12],
}

/// The memory of one association: lend it to a [`Client`](crate::Client) for as long as that lives.
///
/// `S` is what the credential remembers, `H` the running hash, `K` the prepared keys; [`MemoryFor`] names it by credential and provider.
// In this order, since a field near the start takes shorter instructions: some 40 bytes of flash; `Flight` and `Core` 90 more.
#[repr(C)]
pub struct Memory<S, H, K> {
    at: At,
    /// Index of the AEAD agreed, and its suite.
    aead: u8,
    suite: u16,
    extended: bool,
    /// An alert to be sent: its level and description.
    alert: Option<(u8, Alert)>,
    reassembly: Reassembly,
    flight: Flight,
    stats: Stats,
    channel: Channel<K>,
    /// The server's verify_data, as it must come.
    expected: [u8; 12],
    server_random: [u8; 32],
    transcript: H,
    own: Own<S>,
}

/// The [`Memory`] that a client of credential `A` and provider `P` needs.
pub type MemoryFor<A, P> =
    Memory<<A as Auth<P>>::Step, <<P as Provider>::Hash as Hash>::State, <<P as Provider>::Aeads as Aeads>::Key>;

impl<S: Empty, H: Empty, K> Memory<S, H, K> {
    /// Memory that holds no association; all zero.
    pub const EMPTY: Self = Self {
        at: At::Idle,
        own: Own { random: [0; 32], kept: Kept::Nothing, hello_seq: 0, step: S::EMPTY, verify_data: [0; 12] },
        server_random: [0; 32],
        aead: 0,
        suite: 0,
        extended: false,
        expected: [0; 12],
        transcript: H::EMPTY,
        flight: Flight::EMPTY,
        reassembly: Reassembly::EMPTY,
        channel: Channel::EMPTY,
        alert: None,
        stats: Stats::EMPTY,
    };
}

impl<S, H, K> core::fmt::Debug for Memory<S, H, K> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Memory").field("at", &self.at).finish_non_exhaustive()
    }
}

/// The client's parts; each file of this room adds the steps that it holds.
#[repr(C)]
pub(crate) struct Core<'b, A: Auth<P>, P: Provider> {
    pub(crate) memory: &'b mut MemoryFor<A, P>,
    pub(crate) config: Config<'b>,
    /// Lent for messages that come in fragments; may be empty.
    pub(crate) reassembly: &'b mut [u8],
    pub(crate) provider: P,
    pub(crate) auth: A,
}

impl<A: Auth<P>, P: Provider> Core<'_, A, P> {
    /// Begins a new handshake; whatever was before is forgotten, but for the counters.
    #[inline(never)]
    pub(crate) fn start(&mut self) -> Result<(), Error> {
        self.end();
        if self.config.connection_id.is_some_and(|cid| cid.len() > crate::MAX_CONNECTION_ID) {
            return Err(Error::ConnectionIdTooLong);
        }
        let (_, _, random) = self.provider.parts();
        crate::crypto::Random::fill(random, &mut self.memory.own.random)?;
        let memory = &mut *self.memory;
        memory.channel.reset();
        memory.own.hello_seq = 0;
        memory.reassembly.restart(0);
        memory.alert = None;
        memory.extended = false;
        memory.flight.begin(self.config.initial_timeout, 0);
        memory.at = At::AwaitServerHello;
        self.auth.hello();
        if A::RESUMES {
            self.offer_session();
        }
        Ok(())
    }

    /// Forgets what the association knew in secret. The keys stay until the last alert is sent.
    pub(crate) fn end(&mut self) {
        self.memory.at = At::Idle;
        self.memory.own.kept = Kept::Nothing;
        self.memory.flight = Flight::EMPTY;
        if self.memory.alert.is_none() {
            self.memory.channel.forget_keys();
        }
    }

    /// Ends the association with the alert that fits.
    #[inline(never)]
    pub(crate) fn fail(&mut self, error: Error) -> Error {
        self.memory.alert = error.alert().map(|alert| (FATAL, alert));
        if A::RESUMES {
            self.session_failed(error);
        }
        self.end();
        error
    }

    pub(crate) fn at(&self) -> At {
        self.memory.at
    }

    pub(crate) fn channel(&mut self) -> (&mut Channel<<P::Aeads as Aeads>::Key>, &mut P::Aeads) {
        let (_, aeads, _) = self.provider.parts();
        (&mut self.memory.channel, aeads)
    }

    pub(crate) fn record(&self) -> &Channel<<P::Aeads as Aeads>::Key> {
        &self.memory.channel
    }

    pub(crate) fn stats(&mut self) -> &mut Stats {
        &mut self.memory.stats
    }

    pub(crate) fn counted(&self) -> Stats {
        self.memory.stats
    }

    /// The suite agreed; 0 before a ServerHello.
    pub(crate) fn suite(&self) -> u16 {
        self.memory.suite
    }

    /// The verify_data of our Finished, and of the server's.
    pub(crate) fn verify_datas(&self) -> ([u8; 12], [u8; 12]) {
        (self.memory.own.verify_data, self.memory.expected)
    }

    pub(crate) fn extended(&self) -> bool {
        self.memory.extended
    }

    /// When the next call is due: at once for an operation, an alert or a flight to send; else at the retransmission timer's end.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        let Memory { at, alert, flight, .. } = &*self.memory;
        let idle = matches!(at, At::Idle | At::Established);
        if alert.is_some() || matches!(at, At::Work(_)) || (A::RESUMES && *at == At::Established && flight.is_sending())
        {
            Some(Duration::ZERO)
        } else if idle {
            None
        } else {
            Some(flight.deadline())
        }
    }

    /// Has an alert sent with the next datagram, in place of any that waits.
    #[inline(never)]
    pub(crate) fn raise(&mut self, level: u8, alert: Alert) {
        self.memory.alert = Some((level, alert));
    }
}

/// The level of an alert (RFC 5246 7.2).
pub(crate) const WARNING: u8 = 1;
/// The level of an alert that ends the association.
pub(crate) const FATAL: u8 = 2;
