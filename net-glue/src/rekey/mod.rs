//! Keeping an association up: new keys when the old ones are worn, and a new handshake when the server forgot us.
//!
//! A DTLS server that was rebooted stays silent, by design: it has no keys for our records, and what it could say in the clear anybody
//! could forge. So silence is all that is seen, and what to make of it is a policy:
//!
//! 1. so many Confirmable messages in a row went unanswered, or a limit of the keys is reached: the association is given up;
//! 2. observations and requests wait in the endpoint ([`Endpoint::association_lost`](stint_coap::Endpoint::association_lost) says which);
//! 3. a handshake from another local port, by resumption where the credential has a session; a server that does not know it makes a full
//!    handshake of it. One that falls silent over it may mean the session: it is then forgotten, and the next handshake is a full one;
//! 4. between two attempts a wait that doubles, with jitter, so that a fleet does not come back in step;
//! 5. connected: what waits is sent, and observations are registered anew.
//!
//! ```
//! use core::time::Duration;
//! use stint_coap::{Outcome, Source};
//! use stint_dtls::auth::Auth;
//! use stint_dtls::crypto::Provider;
//! use stint_net::{Happened, Inbox, Kept, Keeper, Policy, PumpError, Pump, Transport};
//!
//! /// Runs for ever. `random` is another number each time; `wait` sleeps until a datagram comes or the deadline.
//! fn run<T: Transport, A: Auth<P>, P: Provider, S: Source>(
//!     pump: Pump<'_, '_, '_, T, A, P, S>,
//!     inbox: &mut Inbox<'_>,
//!     random: u32,
//!     now: impl Fn() -> Duration,
//!     mut wait: impl FnMut(&mut T, Option<Duration>),
//! ) -> PumpError<T::Error> {
//!     let policy = Policy { probe: Some(Duration::from_secs(600)), ..Policy::DEFAULT };
//!     let mut keeper = Keeper::new(pump, policy, random);
//!     loop {
//!         match keeper.poll(now(), inbox) {
//!             Ok(Kept::Happened(Happened::Coap(Outcome::Response(response)))) => {
//!                 let _ = response.message.payload; // A notification comes under its old handle, however often the server was rebooted.
//!             }
//!             Ok(Kept::Lost(why)) => log(format_args!("{why}")),
//!             Ok(Kept::Failed { error, next, .. }) => log(format_args!("{error}; again at {next:?}")),
//!             Ok(_) => {}
//!             Err(nb::Error::WouldBlock) => {
//!                 let deadline = keeper.poll_timeout();
//!                 wait(&mut keeper.pump.net, deadline);
//!             }
//!             Err(nb::Error::Other(error)) => return error,
//!         }
//!     }
//! }
//! # fn log(_: core::fmt::Arguments<'_>) {}
//! ```

mod policy;

use crate::buffer::Inbox;
use crate::coaps::Pump;
use crate::error::PumpError;
use crate::happened::Happened;
use crate::transport::{Transport, earlier};
use core::time::Duration;
use policy::Backoff;
pub use policy::{Counts, Kept, Lost, Policy};
use stint_coap::{Failure, Handle, Outcome, Profile, Source};
use stint_dtls::auth::Auth;
use stint_dtls::crypto::Provider;
use stint_dtls::{Error, Peer, SendError};

/// After so many attempts that nobody answered the session is forgotten. Not after the first: a server that is gone says nothing of the session,
/// and may know it still when it comes back.
const SESSION_ATTEMPTS: u16 = 3;

/// A pump whose association is kept up. Poll it in place of the pump, in the same way; in between, the pump's parts can be used.
///
/// It begins the first handshake too, when a request waits; the client need not have been started.
/// A request that times out ends as it always does, with [`Failure::Timeout`]; an observation never ends so.
#[derive(Debug)]
pub struct Keeper<'p, 'b, 'c, T, A: Auth<P>, P: Provider, S = (), X = ()> {
    /// The pump.
    pub pump: Pump<'p, 'b, 'c, T, A, P, S, X>,
    policy: Policy,
    counts: Counts,
    backoff: Backoff,
    /// Whether an association stands, as far as we know.
    up: bool,
    /// Whether the local port was used for one.
    used: bool,
    closed: bool,
    /// Messages that went unanswered in a row.
    silent: u8,
    /// Attempts since the last answer.
    attempts: u16,
    /// When the next attempt may begin.
    due: Duration,
    /// When the server last answered, or was probed; at first, when we were first polled.
    heard: Option<Duration>,
    ping: Option<Handle>,
}

impl<'p, 'b, 'c, T: Transport, A: Auth<P>, P: Provider, S: Source, X: Profile> Keeper<'p, 'b, 'c, T, A, P, S, X> {
    /// Takes over a pump. `random` draws the waits; another one each time and on each device, or a fleet comes back in step.
    pub fn new(pump: Pump<'p, 'b, 'c, T, A, P, S, X>, policy: Policy, random: u32) -> Self {
        let up = pump.dtls.is_connected();
        Keeper {
            used: up || pump.dtls.is_handshaking(),
            pump,
            policy,
            counts: Counts::default(),
            backoff: Backoff::new(random),
            up,
            closed: false,
            silent: 0,
            attempts: 0,
            due: Duration::ZERO,
            heard: None,
            ping: None,
        }
    }

    /// One round of work of the pump, and what the policy makes of it. `now` as for [`Pump::poll`].
    ///
    /// # Errors
    /// As of [`Pump::poll`], but for the ends of associations. `WouldBlock`: nothing to do before [`poll_timeout`](Self::poll_timeout) or the next datagram.
    pub fn poll<'d>(&mut self, now: Duration, inbox: &'d mut Inbox<'_>) -> nb::Result<Kept<'d>, PumpError<T::Error>> {
        self.heard.get_or_insert(now);
        if self.up && self.is_lost(now) {
            return Ok(self.lose(now, Lost::Silent));
        }
        match self.pump.poll(now, inbox) {
            Ok(happened) => Ok(self.note(now, happened)),
            Err(nb::Error::WouldBlock) => self.idle(now).ok_or(nb::Error::WouldBlock),
            Err(nb::Error::Other(PumpError::Dtls(error))) if self.up => Ok(self.lose(now, Lost::Ended(error))),
            Err(nb::Error::Other(PumpError::Dtls(error))) => Ok(self.failed(now, error)),
            Err(nb::Error::Other(PumpError::Send(SendError::Spent))) => Ok(self.lose(now, Lost::Records)),
            Err(error) => Err(error),
        }
    }

    /// When to poll again though nothing arrives: see [`Pump::poll_timeout`].
    pub fn poll_timeout(&mut self) -> Option<Duration> {
        let own = if self.up { self.probe_at() } else { self.is_wanted().then_some(self.due) };
        earlier(self.pump.poll_timeout(), own)
    }

    /// Ends the association, as [`Pump::close`], and makes no other. [`open`](Self::open) takes that back.
    pub fn close(&mut self) {
        self.closed = true;
        self.up = false;
        self.pump.close();
    }

    /// After [`close`](Self::close): the next request begins an association.
    pub fn open(&mut self) {
        self.closed = false;
    }

    /// Whether an association stands, as far as is known.
    pub fn is_up(&self) -> bool {
        self.up
    }

    /// What was done so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Gives the pump back.
    pub fn into_pump(self) -> Pump<'p, 'b, 'c, T, A, P, S, X> {
        self.pump
    }

    /// Looks at what is about to time out: keeps observations up, counts silence; says whether it lasted long enough.
    #[inline(never)]
    fn is_lost(&mut self, now: Duration) -> bool {
        while let Some((handle, failure)) = self.pump.coap.overdue(now) {
            let own = self.ping == Some(handle);
            if own {
                self.ping = None;
                self.pump.coap.forget(handle);
            } else if self.pump.coap.renew(handle) {
                count(&mut self.counts.renewed);
            } else {
                // The pump tells the application, and `note` counts.
                break;
            }
            if failure == Failure::Timeout {
                self.silent = self.silent.saturating_add(1);
            }
            if own && !self.is_silent() {
                self.probe(now);
            }
        }
        self.is_silent()
    }

    fn is_silent(&self) -> bool {
        self.silent >= self.policy.unanswered.max(1)
    }

    /// What an event means for the association.
    fn note<'d>(&mut self, now: Duration, happened: Happened<'d>) -> Kept<'d> {
        match &happened {
            Happened::Connected => {
                (self.up, self.used, self.silent, self.heard) = (true, true, 0, Some(now));
            }
            Happened::ForgeryLimit => return self.lose(now, Lost::Forgeries),
            Happened::Closed => return self.lose(now, Lost::Closed),
            Happened::Coap(Outcome::Failed { failure: Failure::Timeout, .. }) => {
                self.silent = self.silent.saturating_add(1);
            }
            Happened::Coap(Outcome::Response(_)) => self.heard(now),
            Happened::Coap(Outcome::Failed { failure: Failure::Reset | Failure::BadOption, .. }) => self.heard(now),
            Happened::Coap(Outcome::Pong { handle }) => {
                let own = self.ping == Some(*handle);
                self.heard(now);
                if own {
                    self.ping = None;
                    return Kept::Happened(Happened::Progress);
                }
            }
            _ => {}
        }
        Kept::Happened(happened)
    }

    /// The server answered.
    fn heard(&mut self, now: Duration) {
        (self.silent, self.attempts, self.heard) = (0, 0, Some(now));
    }

    /// Nothing else is to be done: time for a probe, or for a handshake.
    #[inline(never)]
    fn idle(&mut self, now: Duration) -> Option<Kept<'static>> {
        if self.up {
            if self.probe_at()? > now {
                return None;
            }
            self.probe(now);
            return Some(Kept::Happened(Happened::Progress));
        }
        if !self.is_wanted() || self.due > now {
            return None;
        }
        if self.used {
            self.pump.net.renew();
        }
        self.used = true;
        self.attempts = self.attempts.saturating_add(1);
        count(&mut self.counts.attempts);
        match self.pump.dtls.start(now) {
            Ok(()) => Some(Kept::Attempt { number: self.attempts }),
            Err(error) => Some(self.failed(now, error)),
        }
    }

    /// When the server is to be asked for a sign of life.
    fn probe_at(&self) -> Option<Duration> {
        self.policy.probe.map(|after| self.heard.unwrap_or_default().saturating_add(after))
    }

    fn probe(&mut self, now: Duration) {
        self.heard = Some(now);
        if self.ping.is_none() {
            count(&mut self.counts.probes);
            self.ping = self.pump.coap.probe();
        }
    }

    /// Whether a handshake is to begin: there is none, and something waits to be sent.
    fn is_wanted(&self) -> bool {
        !self.closed && !self.pump.dtls.is_handshaking() && self.pump.coap.poll_timeout().is_some()
    }

    /// Gives the association up.
    #[inline(never)]
    fn lose(&mut self, now: Duration, why: Lost) -> Kept<'static> {
        // Of a server that is alive and did not say that it goes: it need not keep for long what we gave up.
        if self.pump.dtls.is_connected() {
            self.pump.close();
        }
        if let Some(ping) = self.ping.take() {
            self.pump.coap.forget(ping);
        }
        self.pump.coap.association_lost();
        count(&mut self.counts.lost);
        (self.up, self.silent) = (false, 0);
        // Each device finds out by itself that a server is silent, but all are told at once that one closes. And one that takes handshakes and
        // answers nothing is not to be tried at once for ever.
        let at_once = self.attempts == 0 && !matches!(why, Lost::Closed | Lost::Ended(_));
        self.due = if at_once { now } else { now.saturating_add(self.backoff.wait(&self.policy, self.attempts)) };
        Kept::Lost(why)
    }

    #[inline(never)]
    fn failed(&mut self, now: Duration, error: Error) -> Kept<'static> {
        count(&mut self.counts.failed);
        if let Error::Timeout { peer, .. } = error
            && (peer == Peer::Repeated || self.attempts >= SESSION_ATTEMPTS)
        {
            self.pump.dtls.forget_session();
        }
        self.due = now.saturating_add(self.backoff.wait(&self.policy, self.attempts));
        Kept::Failed { error, number: self.attempts, next: self.due }
    }
}

fn count(counter: &mut u32) {
    *counter = counter.saturating_add(1);
}
