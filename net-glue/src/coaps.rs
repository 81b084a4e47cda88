//! The pump: one round of work between the network, DTLS and CoAP.
//!
//! A poll does, in this order:
//! 1. work: at most one cryptographic operation of the handshake;
//! 2. flush: the datagram left over, then DTLS flights and alerts, then what CoAP has to send, sealed in place;
//! 3. what CoAP has to say without a datagram: a request that timed out;
//! 4. the rest of the last datagram, else one more datagram from the network.

use crate::buffer::{Inbox, Outbox};
use crate::error::PumpError;
use crate::happened::{Happened, spontaneous};
use crate::transport::{Transport, earlier};
use core::time::Duration;
use stint_coap::{Endpoint, Profile, Source};
use stint_dtls::auth::Auth;
use stint_dtls::crypto::Provider;
use stint_dtls::{Client, Event, SendError};

/// Why a poll has nothing to tell, or ended.
type Held<T> = nb::Error<PumpError<<T as Transport>::Error>>;

/// CoAP over DTLS over a transport. It borrows the two engines, so that they stay where they are and can be used between two polls.
///
/// What to call, and when:
/// 1. Start the client, make the pump.
/// 2. Call [`poll`](Self::poll) with the time and the inbox. `Ok`: act on what happened, and poll again at once.
///    `WouldBlock`: wait until [`poll_timeout`](Self::poll_timeout), or until a datagram comes, or a request was made; then poll again.
///    Another error: see [`PumpError`].
/// 3. Make requests through `coap` at any time between two polls; those made before the handshake ends wait for it.
/// 4. To end: [`close`](Self::close), then poll until `WouldBlock` with nothing left in the outbox.
#[derive(Debug)]
pub struct Pump<'p, 'b, 'c, T, A: Auth<P>, P: Provider, S = (), X = ()> {
    /// The network.
    pub net: T,
    /// DTLS.
    pub dtls: &'p mut Client<'b, A, P>,
    /// CoAP: make requests of it at any time between two polls.
    pub coap: &'p mut Endpoint<'c, X>,
    /// Where the bodies of uploads come from.
    pub source: S,
    /// The datagram that goes out next.
    pub outbox: Outbox<'p>,
}

impl<'b, T: Transport, A: Auth<P>, P: Provider, S: Source, X: Profile> Pump<'_, 'b, '_, T, A, P, S, X> {
    /// One round of work; see the top of this type. `now` is the time since any fixed start, the same as for the client's `start`.
    ///
    /// # Errors
    /// `WouldBlock`: nothing to do before [`poll_timeout`](Self::poll_timeout) or the next datagram.
    pub fn poll<'d>(
        &mut self,
        now: Duration,
        inbox: &'d mut Inbox<'_>,
    ) -> nb::Result<Happened<'d>, PumpError<T::Error>> {
        self.net.tick(now);
        match self.dtls.poll_work(now) {
            Ok(event) => {
                if let Some(happened) = event.and_then(spontaneous) {
                    return Ok(happened);
                }
            }
            Err(nb::Error::WouldBlock) => {}
            Err(nb::Error::Other(error)) => return Err(self.failed(now, error)),
        }
        let idle = self.outgoing(now)?;
        match self.coap.poll_outcome(now) {
            Some(outcome) => Ok(Happened::Coap(outcome)),
            None => self.incoming(now, inbox, idle),
        }
    }

    /// All that can be sent. Returns what to answer when nothing comes in either. Apart from `incoming`, so that the one's stack does not lie
    /// under the other's.
    #[inline(never)]
    fn outgoing(&mut self, now: Duration) -> Result<Held<T>, Held<T>> {
        match self.flush(now) {
            Ok(()) => Ok(nb::Error::WouldBlock),
            // A limit on sealing does not keep anything from being received: it is told when nothing else is.
            Err(held @ (nb::Error::WouldBlock | nb::Error::Other(PumpError::Send(_)))) => Ok(held),
            Err(error) => Err(error),
        }
    }

    #[inline(never)]
    fn incoming<'d>(
        &mut self,
        now: Duration,
        inbox: &'d mut Inbox<'_>,
        idle: Held<T>,
    ) -> nb::Result<Happened<'d>, PumpError<T::Error>> {
        let (mut datagram, mut unread) = match inbox.unread(&mut self.net) {
            Ok(received) => received,
            Err(nb::Error::WouldBlock) => return Err(idle),
            Err(nb::Error::Other(error)) => return Err(nb::Error::Other(PumpError::Transport(error))),
        };
        loop {
            let event = self.dtls.next_event(now, &mut datagram);
            unread.left(datagram.len());
            let happened = match event {
                Ok(Some(Event::Data(message))) => self.coap.handle(now, message).map(Happened::Coap),
                Ok(Some(event)) => spontaneous(event),
                Ok(None) => {
                    unread.left(0);
                    return Ok(Happened::Progress);
                }
                Err(error) => {
                    unread.left(0);
                    return Err(self.failed(now, error));
                }
            };
            if let Some(happened) = happened {
                return Ok(happened);
            }
        }
    }

    /// The association ended in `error`: its alert goes out, if the network takes it at once.
    fn failed(&mut self, now: Duration, error: stint_dtls::Error) -> Held<T> {
        // What goes wrong in here matters no more: `error` says more.
        let _ = self.flush(now);
        nb::Error::Other(PumpError::Dtls(error))
    }

    fn flush(&mut self, now: Duration) -> nb::Result<(), PumpError<T::Error>> {
        let Self { net, dtls, coap, source, outbox } = self;
        loop {
            outbox.flush(net).map_err(|error| error.map(PumpError::Transport))?;
            let flight = dtls.poll_transmit(now, outbox.space());
            if let Some(len) = flight.map_err(PumpError::Dtls)? {
                outbox.filled(len);
                continue;
            }
            match dtls.send(now, outbox.space(), |out| coap.poll_transmit(now, source, out)) {
                Ok(Some(len)) => outbox.filled(len),
                Ok(None) | Err(SendError::NotConnected) => return Ok(()),
                Err(error) => return Err(nb::Error::Other(PumpError::Send(error))),
            }
        }
    }

    /// When to poll again though nothing arrives, on the clock of `now`. `Some(ZERO)`: at once. `None`: not before something arrives
    /// or is asked for. CoAP's deadlines count only while there is an association to send in; while the network takes no datagram, its own
    /// deadline alone counts: all that is due would end in something to send.
    pub fn poll_timeout(&mut self) -> Option<Duration> {
        let net = self.net.poll_timeout();
        if !self.outbox.is_empty() {
            return net;
        }
        let coap = if self.dtls.is_connected() { self.coap.poll_timeout() } else { None };
        earlier(earlier(self.dtls.poll_timeout(), coap), net)
    }

    /// Ends the association: the next polls send close_notify (RFC 5246 7.2.1). The client sends and delivers nothing more.
    pub fn close(&mut self) {
        self.dtls.close();
    }
}
