//! UDP over `embedded-nal-async` (0.9), for async executors: Embassy and others.
//!
//! The pump stays as it is, and so does what is polled: [`AsyncUdp`] is a transport that lets the datagrams that go wait in the outbox, and
//! [`Pump::next`] awaits what the pump waits for (room to send, a datagram, the deadline) and then polls it.
//!
//! ```
//! use core::time::Duration;
//! use embedded_nal_async::ConnectedUdp;
//! use stint_coap::{Endpoint, Outcome, Request, Slot};
//! use stint_dtls::crypto::soft::{Aes128Ccm8, Sha256};
//! use stint_dtls::crypto::{Crypto, PreSharedKey, Random};
//! use stint_dtls::{Client, Config, Memory, Psk};
//! use stint_net::{Happened, Inbox, Outbox, Pump, nal_async::{AsyncUdp, Clock}};
//!
//! /// The executor's time. With Embassy: `Instant::now().into()` less the start, and `Timer::at`.
//! struct Time(std::time::Instant);
//!
//! impl Clock for Time {
//!     fn now(&mut self) -> Duration {
//!         self.0.elapsed()
//!     }
//!     async fn sleep_until(&mut self, at: Duration) {
//!         async_io::Timer::at(self.0 + at).await;
//!     }
//! }
//!
//! /// Observes a server's clock for ever. `seed` is random, and another one each time.
//! async fn watch(socket: impl ConnectedUdp, random: impl Random, seed: [u8; 16]) -> Option<()> {
//!     let (mut memory, mut slots, mut store) = (Memory::EMPTY, [const { Slot::EMPTY }; 2], [0; 128]);
//!     let (mut received, mut sent) = ([0; 512], [0; 512]);
//!     let auth = Psk::new(b"Client_identity", PreSharedKey::new(b"secretPSK").ok()?).ok()?;
//!     let provider = Crypto { hash: Sha256, aeads: Aes128Ccm8, random, kx: () };
//!     let mut dtls = Client::new(Config::new(), auth, provider, &mut memory, &mut []);
//!     let mut coap = Endpoint::new(stint_coap::Config::DEFAULT, seed, &mut slots, &mut store);
//!     dtls.start(Duration::ZERO).ok()?;
//!     coap.request(&Request::observe("time")).ok()?;
//!
//!     let net = AsyncUdp::new(socket, Time(std::time::Instant::now()));
//!     let mut inbox = Inbox::new(&mut received);
//!     let mut pump = Pump { net, dtls: &mut dtls, coap: &mut coap, source: (), outbox: Outbox::new(&mut sent) };
//!     loop {
//!         // `select` this with what else the task waits for: the future may be dropped at any time.
//!         match pump.next(&mut inbox).await {
//!             Ok(Happened::Coap(Outcome::Response(response))) => println!("{:?}", response.message.payload),
//!             Ok(Happened::Coap(Outcome::Failed { .. })) | Err(_) => return None,
//!             Ok(_) => {}
//!         }
//!     }
//! }
//! ```
//!
//! A socket that has no [`ConnectedUdp`] is wrapped in a few lines. Embassy's (embassy-net 0.9) has none: a struct of its `UdpSocket` and the
//! peer's address whose `send` is `socket.send_to(data, peer).await` and whose `receive_into` is `socket.recv_from(buffer).await`, again
//! and again until the address is the peer's.

use crate::buffer::{Inbox, Outbox};
use crate::coap::PlainPump;
use crate::coaps::Pump;
use crate::error::PumpError;
use crate::happened::Happened;
use crate::rekey::{Keeper, Kept};
use crate::transport::Transport;
use core::fmt;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;
use embedded_nal_async::ConnectedUdp;
use stint_coap::{Profile, Source};
use stint_dtls::auth::Auth;
use stint_dtls::crypto::Provider;

/// Time, as the executor has it.
#[allow(async_fn_in_trait)] // Whether the futures are `Send` is the executor's business, as with `ConnectedUdp`.
pub trait Clock {
    /// The time since any fixed start, the same as for the client's `start`. It does not go back.
    fn now(&mut self) -> Duration;

    /// Returns when `at` has come, on the clock of [`now`](Self::now). Dropped when a datagram comes before.
    async fn sleep_until(&mut self, at: Duration);
}

/// A connected socket of `embedded-nal-async`, and the executor's clock.
///
/// As a [`Transport`] it takes no datagram and has none: [`Pump::next`] carries them between the pump's buffers and the socket. So do
/// not `poll` a pump over it, and leave the outbox to it.
pub struct AsyncUdp<T, C> {
    /// The socket.
    pub socket: T,
    /// The clock.
    pub clock: C,
    oversize: u32,
}

impl<T: ConnectedUdp, C: Clock> AsyncUdp<T, C> {
    /// Joins a socket and a clock.
    pub fn new(socket: T, clock: C) -> Self {
        AsyncUdp { socket, clock, oversize: 0 }
    }

    /// How many datagrams were dropped because they filled the inbox: they may have been cut.
    pub fn oversize(&self) -> u32 {
        self.oversize
    }

    /// Sends the datagram that waits. On an error it is given up, as if lost on the way.
    pub(crate) async fn flush(&mut self, outbox: &mut Outbox<'_>) -> Result<(), PumpError<T::Error>> {
        if outbox.is_empty() {
            return Ok(());
        }
        let sent = self.socket.send(outbox.waiting()).await;
        outbox.filled(0);
        sent.map_err(PumpError::Transport)
    }

    /// Awaits a datagram, unless one is unread, or the deadline. A deadline that is over yields to the executor once, so that other tasks run while a
    /// secure element keeps the pump busy.
    pub(crate) async fn arrival(
        &mut self,
        inbox: &mut Inbox<'_>,
        deadline: Option<Duration>,
    ) -> Result<(), PumpError<T::Error>> {
        if !inbox.is_empty() {
            return Ok(());
        }
        let space = inbox.space();
        let room = space.len();
        let timer = async {
            match deadline {
                Some(at) if at <= self.clock.now() => once_more().await,
                Some(at) => self.clock.sleep_until(at).await,
                None => core::future::pending().await,
            }
        };
        match first(self.socket.receive_into(space), timer).await {
            None => {}
            Some(Ok(len)) if len >= room => self.oversize = self.oversize.saturating_add(1),
            Some(Ok(len)) => inbox.filled(len),
            Some(Err(error)) => return Err(PumpError::Transport(error)),
        }
        Ok(())
    }
}

/// What `wanted` comes to, or `None` when `limit` was reached first.
async fn first<W: Future>(wanted: W, limit: impl Future<Output = ()>) -> Option<W::Output> {
    let (mut wanted, mut limit) = (pin!(wanted), pin!(limit));
    poll_fn(|context| match wanted.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => limit.as_mut().poll(context).map(|()| None),
    })
    .await
}

/// Lets the executor run other tasks.
async fn once_more() {
    let mut yielded = false;
    poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl<T: ConnectedUdp, C> Transport for AsyncUdp<T, C> {
    type Error = T::Error;

    fn receive(&mut self, _into: &mut [u8]) -> nb::Result<usize, T::Error> {
        Err(nb::Error::WouldBlock)
    }

    fn send(&mut self, _datagram: &[u8]) -> nb::Result<(), T::Error> {
        Err(nb::Error::WouldBlock)
    }
}

impl<T, C> fmt::Debug for AsyncUdp<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncUdp").field("oversize", &self.oversize).finish_non_exhaustive()
    }
}

/// What a poll came to, for those who await: nothing to do is no error.
fn settled<H, E>(polled: nb::Result<H, PumpError<E>>, idle: H) -> Result<H, PumpError<E>> {
    match polled {
        Ok(happened) => Ok(happened),
        Err(nb::Error::WouldBlock) => Ok(idle),
        Err(nb::Error::Other(error)) => Err(error),
    }
}

impl<'b, T: ConnectedUdp, C: Clock, A: Auth<P>, P: Provider, S: Source, X: Profile>
    Pump<'_, 'b, '_, AsyncUdp<T, C>, A, P, S, X>
{
    /// Awaits something to do, and does one round of work: [`poll`](Self::poll) for async. Call it in a loop; it returns
    /// [`Happened::Progress`] when the round has nothing to tell. Requests are made between two calls.
    ///
    /// The future may be dropped while it waits: a datagram is then at worst lost, or sent twice, and DTLS bears with both.
    ///
    /// # Errors
    /// See [`PumpError`]. The next call goes on.
    pub async fn next<'d>(&mut self, inbox: &'d mut Inbox<'_>) -> Result<Happened<'d>, PumpError<T::Error>> {
        self.net.flush(&mut self.outbox).await?;
        let deadline = self.poll_timeout();
        self.net.arrival(inbox, deadline).await?;
        let now = self.net.clock.now();
        settled(self.poll(now, inbox), Happened::Progress)
    }

    /// Ends the association, and sends close_notify (RFC 5246 7.2.1).
    ///
    /// # Errors
    /// When that could not be sent. The association is over all the same.
    pub async fn finish(&mut self) -> Result<(), PumpError<T::Error>> {
        self.net.flush(&mut self.outbox).await?;
        self.close();
        let now = self.net.clock.now();
        let last = self.dtls.poll_transmit(now, self.outbox.space()).map_err(PumpError::Dtls)?;
        self.outbox.filled(last.unwrap_or_default());
        self.net.flush(&mut self.outbox).await
    }
}

impl<'b, T: ConnectedUdp, C: Clock, A: Auth<P>, P: Provider, S: Source> Keeper<'_, 'b, '_, AsyncUdp<T, C>, A, P, S> {
    /// As [`Pump::next`], with the association kept up. After [`Kept::Lost`] put a socket on another local port into `pump.net.socket`, where
    /// that can be had: the trait has no way to ask for it, and a server that still holds the old association takes a ClientHello from
    /// the old port for noise.
    ///
    /// # Errors
    /// See [`PumpError`]. The next call goes on.
    pub async fn next<'d>(&mut self, inbox: &'d mut Inbox<'_>) -> Result<Kept<'d>, PumpError<T::Error>> {
        self.pump.net.flush(&mut self.pump.outbox).await?;
        let deadline = self.poll_timeout();
        self.pump.net.arrival(inbox, deadline).await?;
        let now = self.pump.net.clock.now();
        settled(self.poll(now, inbox), Kept::Happened(Happened::Progress))
    }
}

impl<T: ConnectedUdp, C: Clock, S: Source, X: Profile> PlainPump<'_, '_, AsyncUdp<T, C>, S, X> {
    /// As [`Pump::next`], without DTLS.
    ///
    /// # Errors
    /// See [`PumpError`]. The next call goes on.
    pub async fn next<'d>(&mut self, inbox: &'d mut Inbox<'_>) -> Result<Happened<'d>, PumpError<T::Error>> {
        self.net.flush(&mut self.outbox).await?;
        let deadline = self.poll_timeout();
        self.net.arrival(inbox, deadline).await?;
        let now = self.net.clock.now();
        settled(self.poll(now, inbox), Happened::Progress)
    }
}
