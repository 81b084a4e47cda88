//! The pump without DTLS: for `coap` URIs, and to see what DTLS costs.

use crate::buffer::{Inbox, Outbox};
use crate::error::PumpError;
use crate::happened::Happened;
use crate::transport::{Transport, earlier};
use core::time::Duration;
use stint_coap::{Endpoint, Profile, Source};

/// CoAP over a transport, in the clear. The same contract as [`Pump`](crate::Pump), without the steps that DTLS has there.
#[derive(Debug)]
pub struct PlainPump<'p, 'c, T, S = (), X = ()> {
    /// The network.
    pub net: T,
    /// CoAP: make requests of it at any time between two polls.
    pub coap: &'p mut Endpoint<'c, X>,
    /// Where the bodies of uploads come from.
    pub source: S,
    /// The datagram that goes out next.
    pub outbox: Outbox<'p>,
}

impl<T: Transport, S: Source, X: Profile> PlainPump<'_, '_, T, S, X> {
    /// One round of work: flush, time-outs, one datagram.
    ///
    /// # Errors
    /// `WouldBlock`: nothing to do before [`poll_timeout`](Self::poll_timeout) or the next datagram.
    pub fn poll<'d>(
        &mut self,
        now: Duration,
        inbox: &'d mut Inbox<'_>,
    ) -> nb::Result<Happened<'d>, PumpError<T::Error>> {
        self.net.tick(now);
        match self.flush(now) {
            Ok(()) | Err(nb::Error::WouldBlock) => {}
            Err(nb::Error::Other(error)) => return Err(nb::Error::Other(error)),
        }
        if let Some(outcome) = self.coap.poll_outcome(now) {
            return Ok(Happened::Coap(outcome));
        }
        let (datagram, mut unread) = inbox.unread(&mut self.net).map_err(|error| error.map(PumpError::Transport))?;
        unread.left(0);
        Ok(self.coap.handle(now, datagram).map_or(Happened::Progress, Happened::Coap))
    }

    fn flush(&mut self, now: Duration) -> nb::Result<(), PumpError<T::Error>> {
        let Self { net, coap, source, outbox } = self;
        loop {
            outbox.flush(net).map_err(|error| error.map(PumpError::Transport))?;
            match coap.poll_transmit(now, source, outbox.space()) {
                Some(len) => outbox.filled(len),
                None => return Ok(()),
            }
        }
    }

    /// When to poll again though nothing arrives, on the clock of `now`. `None`: not before something arrives or is asked for.
    /// While the network takes no datagram, its own deadline alone counts.
    pub fn poll_timeout(&mut self) -> Option<Duration> {
        let coap = if self.outbox.is_empty() { self.coap.poll_timeout() } else { None };
        earlier(coap, self.net.poll_timeout())
    }
}
