//! The client: a handle over lent memory.

use crate::auth::{Auth, Phase};
use crate::config::Config;
use crate::crypto::{Kx, Provider};
use crate::error::{Error, SendError};
use crate::handshake::{At, Core, FATAL, MemoryFor, WARNING};
use crate::pki::PeerIdentity;
use crate::record::{Dropped, Opened};
use crate::stats::{Stats, count};
use crate::wire::{Alert, ContentType, Suite};
use core::time::Duration;

/// What a datagram, or time, brought about.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'d> {
    /// The server has proved who it is, by its certificate or its key; [`Client::peer`] tells who. Nothing of ours was sent yet but the ClientHello.
    PeerVerified,
    /// The handshake is done: both sides have proved that they hold the key.
    Connected,
    /// Application data, opened in the datagram that was lent.
    Data(&'d mut [u8]),
    /// As many records failed under this key as the policy bears: start a new handshake.
    ForgeryLimit,
    /// The server closed the association.
    Closed,
}

/// A DTLS 1.2 client over an unreliable network, for one association at a time.
///
/// It touches no network and no clock. The caller's loop, with `now` any time that only goes forward:
///
/// 1. [`start`](Self::start) once;
/// 2. [`poll_work`](Self::poll_work) until it answers `Ok`: at most one cryptographic operation a call, so that a watchdog can be fed between two;
/// 3. [`poll_transmit`](Self::poll_transmit) until it answers `Ok(None)`, sending each datagram;
/// 4. [`next_event`](Self::next_event) with each datagram that came, until it answers `Ok(None)`; then from 2 on;
/// 5. sleep until a datagram comes or [`poll_timeout`](Self::poll_timeout) is over; then from 2 on.
///
/// A returned [`Error`] ended the association: send what `poll_transmit` still has (an alert, perhaps), and `start` again when it suits. Everything else
/// that goes wrong is noise, is dropped, and is counted in [`Stats`].
pub struct Client<'b, A: Auth<P>, P: Provider> {
    pub(crate) core: Core<'b, A, P>,
}

impl<'b, A: Auth<P>, P: Provider> Client<'b, A, P> {
    /// A client that does nothing yet. `reassembly` may be empty: handshake messages are then taken only whole, in order, and in one record each, and a server
    /// that fragments ends the handshake with [`Error::ReassemblyTooSmall`]. A message of n bytes needs n + n / 8 + 1 bytes there.
    pub fn new(
        config: Config<'b>,
        auth: A,
        provider: P,
        memory: &'b mut MemoryFor<A, P>,
        reassembly: &'b mut [u8],
    ) -> Self {
        Self { core: Core { config, auth, provider, memory, reassembly } }
    }

    /// Begins a handshake; an association that stands is given up without a word ([`close`](Self::close) says one).
    pub fn start(&mut self, now: Duration) -> Result<(), Error> {
        let _ = now;
        self.core.start()
    }

    /// Takes one record after the other off the front of `datagram`, until one has something to tell; `Ok(None)` when the datagram is used up.
    pub fn next_event<'d>(&mut self, now: Duration, datagram: &mut &'d mut [u8]) -> Result<Option<Event<'d>>, Error> {
        while !datagram.is_empty() {
            let own_cid = self.core.config.connection_id.unwrap_or(&[]);
            let (channel, aeads) = self.core.channel();
            let event = match channel.open(aeads, datagram, own_cid) {
                Ok(opened) => self.opened(now, opened).map_err(|error| self.core.fail(error))?,
                Err(dropped) => self.dropped(dropped),
            };
            if event.is_some() {
                return Ok(event);
            }
        }
        Ok(None)
    }

    fn opened<'d>(&mut self, now: Duration, opened: Opened<'d>) -> Result<Option<Event<'d>>, Error> {
        let established = self.core.at() == At::Established;
        match opened.content {
            // Once the server has proved itself, what comes in the clear is noise.
            _ if established && !opened.authentic => {}
            ContentType::HANDSHAKE => {
                return Ok(self.core.handshake(now, opened.authentic, opened.data)?.then_some(Event::Connected));
            }
            ContentType::ALERT => return self.alert(opened.authentic, opened.data),
            // Says nothing that the epoch of a record does not say: the keys change with our own flight alone.
            ContentType::CHANGE_CIPHER_SPEC => return Ok(None),
            ContentType::APPLICATION_DATA if established => return Ok(Some(Event::Data(opened.data))),
            _ => {}
        }
        count(&mut self.core.stats().unexpected);
        Ok(None)
    }

    fn dropped(&mut self, dropped: Dropped) -> Option<Event<'static>> {
        let stats = self.core.stats();
        count(match dropped {
            Dropped::Malformed => &mut stats.malformed,
            Dropped::Foreign => &mut stats.foreign,
            Dropped::Unexpected => &mut stats.unexpected,
            Dropped::Replayed => &mut stats.replayed,
            Dropped::Forged => &mut stats.forged,
        });
        let forged = dropped == Dropped::Forged && self.core.at() == At::Established;
        (forged && self.core.record().forged() == self.forgery_limit()).then_some(Event::ForgeryLimit)
    }

    fn forgery_limit(&self) -> u32 {
        // A forger's chance stays below 2^-44 and 2^-105 (RFC 9147 4.5.3 has the reasoning).
        let default = if self.core.record().tag() == Some(8) { 1 << 20 } else { 1 << 23 };
        self.core.config.forgery_limit.unwrap_or(default)
    }

    fn alert(&mut self, authentic: bool, body: &[u8]) -> Result<Option<Event<'static>>, Error> {
        let [level @ (WARNING | FATAL), description] = *body else {
            count(&mut self.core.stats().malformed);
            return Ok(None);
        };
        let alert = Alert(description);
        let ends = alert == Alert::CLOSE_NOTIFY || level == FATAL;
        match self.core.at() {
            _ if !ends => {}
            At::Established if alert == Alert::CLOSE_NOTIFY => {
                // RFC 5246 7.2.1: answered with one of our own.
                self.close();
                return Ok(Some(Event::Closed));
            }
            At::Established | At::AwaitFinished if authentic => return Err(Error::PeerAlert(alert)),
            At::AwaitServerHello | At::AwaitServerFlight | At::AwaitFinished => {
                self.core.hint(alert);
                return Ok(None);
            }
            _ => {}
        }
        count(&mut self.core.stats().alerts);
        Ok(None)
    }

    /// Does at most one cryptographic operation. `WouldBlock`: the provider is still at it, call again. The event is for what operations will tell.
    pub fn poll_work(&mut self, now: Duration) -> nb::Result<Option<Event<'static>>, Error> {
        let _ = now;
        if let At::Work(op) = self.core.at() {
            let verified = self.core.work(op).map_err(|error| error.map(|error| self.core.fail(error)))?;
            if A::EXCHANGES.has(Kx::EcdheEcdsa) && verified {
                return Ok(Some(Event::PeerVerified));
            }
        }
        Ok(None)
    }

    /// Writes the next datagram to send into `out` and returns its length in bytes; `Ok(None)`: there is none. Lend at least 256 bytes: a flight is one
    /// datagram if it fits into `out` and the MTU.
    pub fn poll_transmit(&mut self, now: Duration, out: &mut [u8]) -> Result<Option<usize>, Error> {
        if let Some((level, alert)) = self.core.take_alert()
            && let Some(len) = self.seal_alert(out, level, alert)
        {
            return Ok(Some(len));
        }
        match self.core.timer(now) {
            Ok(()) => self.core.transmit(now, out),
            Err(error) => Err(error),
        }
        .map_err(|error| self.core.fail(error))
    }

    fn seal_alert(&mut self, out: &mut [u8], level: u8, alert: Alert) -> Option<usize> {
        let idle = self.core.at() == At::Idle;
        let (channel, aeads) = self.core.channel();
        let protect = channel.has_keys();
        let (before, _) = channel.overhead::<P::Aeads>(protect);
        let body = out.get_mut(before..)?.first_chunk_mut()?;
        *body = [level, alert.0];
        let len = channel.seal(aeads, out, ContentType::ALERT, 2, protect);
        if idle {
            channel.forget_keys();
        }
        len
    }

    /// When to call again without a datagram: `ZERO`: at once, do not sleep; `None`: nothing is due.
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.core.deadline()
    }

    /// Makes a record of what `fill` writes, and returns the datagram's length. `fill` is lent the middle of `out`, where the record is then sealed in place;
    /// it returns how many bytes it wrote, or `None` to send nothing. It runs only when the record can be sent.
    pub fn send(
        &mut self,
        now: Duration,
        out: &mut [u8],
        fill: impl FnOnce(&mut [u8]) -> Option<usize>,
    ) -> Result<Option<usize>, SendError> {
        let _ = now;
        match fill(self.room(out)?) {
            Some(len) => self.seal(out, len).map(Some),
            None => Ok(None),
        }
    }

    /// Where in `out` the plaintext of the next record goes.
    #[inline(never)]
    fn room<'o>(&self, out: &'o mut [u8]) -> Result<&'o mut [u8], SendError> {
        if !self.is_connected() {
            return Err(SendError::NotConnected);
        }
        let channel = self.core.record();
        if channel.sealed() >= self.core.config.record_limit.min(1 << 48) {
            return Err(SendError::Spent);
        }
        if channel.end::<P::Aeads>().is_some_and(|end| channel.sealed() >= end) {
            return Err(SendError::Unreserved);
        }
        let (before, after) = channel.overhead::<P::Aeads>(true);
        let end = out.len().saturating_sub(after).min(self.core.auth.max_plaintext().saturating_add(before));
        out.get_mut(before..end).ok_or(SendError::BufferTooSmall)
    }

    #[inline(never)]
    fn seal(&mut self, out: &mut [u8], len: usize) -> Result<usize, SendError> {
        let (channel, aeads) = self.core.channel();
        channel.seal(aeads, out, ContentType::APPLICATION_DATA, len, true).ok_or(SendError::BufferTooSmall)
    }

    /// The most bytes of application data that a datagram of `len` bytes carries in this association; 0 without one.
    pub fn max_plaintext(&self, len: usize) -> usize {
        if self.core.at() != At::Established {
            return 0;
        }
        let (before, after) = self.core.record().overhead::<P::Aeads>(true);
        len.saturating_sub(before).saturating_sub(after).min(self.core.auth.max_plaintext())
    }

    /// Ends the association; `poll_transmit` still has a close_notify to send (RFC 5246 7.2.1).
    pub fn close(&mut self) {
        if self.core.at() == At::Established {
            self.core.raise(WARNING, Alert::CLOSE_NOTIFY);
        }
        self.core.end();
    }

    /// Whether [`send`](Self::send) can send.
    pub fn is_connected(&self) -> bool {
        self.core.at() == At::Established
    }

    /// Whether a handshake is going on.
    pub fn is_handshaking(&self) -> bool {
        !matches!(self.core.at(), At::Idle | At::Established)
    }

    /// What was dropped so far.
    pub fn stats(&self) -> Stats {
        self.core.counted()
    }

    /// The suite of the association, once it stands.
    pub fn suite(&self) -> Option<Suite> {
        self.is_connected().then(|| Suite(self.core.suite()))
    }

    /// Whether the association's master secret is the extended one (RFC 7627).
    pub fn extended_master_secret(&self) -> bool {
        self.is_connected() && self.core.extended()
    }

    /// What was verified of the server, from [`Event::PeerVerified`] on: subject, names, key. `None` for a credential that is no public key's. Empty in an
    /// association that was resumed: who the server is was told when the session was made.
    pub fn peer(&self) -> Option<&PeerIdentity<'_>> {
        self.core.auth.peer()
    }

    /// The credential, with what it knows of the last handshake.
    pub fn credential(&self) -> &A {
        &self.core.auth
    }

    /// The credential, to be changed between two handshakes: the time that its certificates are checked at, for one.
    pub fn credential_mut(&mut self) -> &mut A {
        &mut self.core.auth
    }

    /// Whether the association was resumed from a session ([`Resumable`](crate::auth::Resumable)).
    pub fn is_resumed(&self) -> bool {
        self.is_connected() && self.core.auth.phase() == Phase::Resumed
    }

    /// Forgets the session: the next handshake is a full one. For when an abbreviated one timed out.
    pub fn forget_session(&mut self) {
        if let Some(lent) = self.core.auth.lent() {
            lent.head.forget();
        }
    }

    /// Writes the session of the last handshake into `out`, of [`Session::SAVED`](crate::auth::Session::SAVED) bytes. `None`: none is kept, or `out` has
    /// another length.
    pub fn save_session(&mut self, out: &mut [u8]) -> Option<()> {
        let (hash, _, _) = self.core.provider.parts();
        self.core.auth.save_session(hash, out)
    }

    /// The channel binding tls-unique (RFC 5929 3): the verify_data of the first Finished of the handshake, 12 bytes; as RFC 9148 3.1 asks for it. `None`
    /// without an association, or without the extended master secret, since it binds nothing then (RFC 7627 1).
    pub fn tls_unique(&self) -> Option<[u8; 12]> {
        if !self.extended_master_secret() {
            return None;
        }
        let (client, server) = self.core.verify_datas();
        Some(if self.is_resumed() { server } else { client })
    }

    /// The Connection ID under which the server receives (RFC 9146), 0 to 32 bytes; empty for none.
    pub fn peer_connection_id(&self) -> &[u8] {
        self.core.record().peer_cid()
    }
}

impl<A: Auth<P>, P: Provider> core::fmt::Debug for Client<'_, A, P> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Client").field("at", &self.core.at()).field("stats", &self.stats()).finish_non_exhaustive()
    }
}

/// Bytes that a record adds to application data with TLS_PSK_WITH_AES_128_CCM_8 and no Connection ID: header 13, explicit nonce 8, tag 8.
/// [`Client::max_plaintext`] knows what was agreed.
pub const OVERHEAD: usize = 29;
