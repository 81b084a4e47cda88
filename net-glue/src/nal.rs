//! UDP over `embedded-nal` (0.9): modems, Wi-Fi modules and IP stacks that have its traits.
//!
//! ```no_run
//! use core::net::SocketAddr;
//! use core::time::Duration;
//! use embedded_nal::UdpClientStack;
//! use stint_coap::{Endpoint, Outcome, Request, Slot};
//! use stint_dtls::crypto::soft::{Aes128Ccm8, Sha256};
//! use stint_dtls::crypto::{Crypto, PreSharedKey, Random};
//! use stint_dtls::{Client, Config, Memory, Psk};
//! use stint_net::{Happened, Inbox, Outbox, Pump, nal::NalUdp};
//!
//! /// Asks once. `seed` is random, and another one each time; `now` is the time since any fixed start; `idle` waits for the stack's
//! /// interrupt or the deadline.
//! fn ask<S: UdpClientStack>(
//!     stack: S,
//!     server: SocketAddr,
//!     random: impl Random,
//!     seed: [u8; 16],
//!     mut now: impl FnMut() -> Duration,
//!     mut idle: impl FnMut(Option<Duration>),
//! ) -> Option<u8> {
//!     let (mut memory, mut slots, mut store) = (Memory::EMPTY, [const { Slot::EMPTY }; 1], [0; 64]);
//!     let (mut received, mut sent) = ([0; 512], [0; 512]);
//!     let auth = Psk::new(b"Client_identity", PreSharedKey::new(b"secretPSK").ok()?).ok()?;
//!     let provider = Crypto { hash: Sha256, aeads: Aes128Ccm8, random, kx: () };
//!     let mut dtls = Client::new(Config::new(), auth, provider, &mut memory, &mut []);
//!     let mut coap = Endpoint::new(stint_coap::Config::DEFAULT, seed, &mut slots, &mut store);
//!     dtls.start(now()).ok()?;
//!     coap.request(&Request::get("sensors/valve")).ok()?;
//!
//!     let net = NalUdp::connect(stack, server).ok()?;
//!     let mut inbox = Inbox::new(&mut received);
//!     let mut pump = Pump { net, dtls: &mut dtls, coap: &mut coap, source: (), outbox: Outbox::new(&mut sent) };
//!     loop {
//!         match pump.poll(now(), &mut inbox) {
//!             Ok(Happened::Coap(Outcome::Response(response))) => return response.message.payload.first().copied(),
//!             Ok(Happened::Coap(Outcome::Failed { .. })) => return None,
//!             Ok(_) => {}
//!             Err(nb::Error::WouldBlock) => idle(pump.poll_timeout()),
//!             Err(nb::Error::Other(_)) => return None,
//!         }
//!     }
//! }
//! ```

use crate::transport::Transport;
use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;
use embedded_nal::UdpClientStack;

/// A UDP socket of an `embedded-nal` stack, tied to one peer. The stack's own error is the transport's: it is handed on.
pub struct NalUdp<S: UdpClientStack> {
    /// The stack, for those that must be driven between two polls. It may be a `&mut`, or what shares a stack among several users.
    pub stack: S,
    /// `None` after [`Transport::renew`] closed one and until the next datagram is sent.
    socket: Option<S::UdpSocket>,
    peer: SocketAddr,
    dropped: u32,
    now: Duration,
    full: bool,
}

/// How soon a stack that took no datagram is tried again: the trait has nothing that says when.
const RETRY: Duration = Duration::from_millis(5);

impl<S: UdpClientStack> NalUdp<S> {
    /// A socket on a local port of the stack's choice, connected to `peer`.
    ///
    /// # Errors
    /// What the stack says: no socket is free, no network.
    pub fn connect(mut stack: S, peer: SocketAddr) -> Result<Self, S::Error> {
        let socket = open(&mut stack, peer)?;
        Ok(NalUdp { stack, socket: Some(socket), peer, dropped: 0, now: Duration::ZERO, full: false })
    }

    /// How many datagrams were dropped because they came from another address, or filled the inbox: they may have been cut.
    pub fn dropped(&self) -> u32 {
        self.dropped
    }

    /// Closes the socket and gives the stack back, and what it said.
    pub fn close(mut self) -> (S, Result<(), S::Error>) {
        let closed = self.socket.take().map_or(Ok(()), |socket| self.stack.close(socket));
        (self.stack, closed)
    }
}

/// A connected socket. One that cannot be connected is given back to the stack, which may have few.
fn open<S: UdpClientStack>(stack: &mut S, peer: SocketAddr) -> Result<S::UdpSocket, S::Error> {
    let mut socket = stack.socket()?;
    match stack.connect(&mut socket, peer) {
        Ok(()) => Ok(socket),
        Err(error) => {
            // What it says of the close matters no more: `error` says more.
            let _ = stack.close(socket);
            Err(error)
        }
    }
}

impl<S: UdpClientStack> Transport for NalUdp<S> {
    type Error = S::Error;

    fn receive(&mut self, into: &mut [u8]) -> nb::Result<usize, S::Error> {
        let Some(socket) = &mut self.socket else { return Err(nb::Error::WouldBlock) };
        loop {
            let (len, from) = self.stack.receive(socket, into)?;
            // Of IPv6 addresses only what is on the wire: some stacks say the scope, others do not.
            if from.ip() == self.peer.ip() && from.port() == self.peer.port() && len < into.len() {
                return Ok(len);
            }
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    fn send(&mut self, datagram: &[u8]) -> nb::Result<(), S::Error> {
        let socket = match &mut self.socket {
            Some(socket) => socket,
            none => none.insert(open(&mut self.stack, self.peer)?),
        };
        let sent = self.stack.send(socket, datagram);
        self.full = matches!(sent, Err(nb::Error::WouldBlock));
        sent
    }

    fn tick(&mut self, now: Duration) {
        (self.now, self.full) = (now, false);
    }

    fn poll_timeout(&mut self) -> Option<Duration> {
        self.full.then(|| self.now.saturating_add(RETRY))
    }

    fn renew(&mut self) {
        if let Some(socket) = self.socket.take() {
            // The old socket is not used again, whatever becomes of it.
            let _ = self.stack.close(socket);
        }
    }
}

impl<S: UdpClientStack> fmt::Debug for NalUdp<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NalUdp").field("peer", &self.peer).field("dropped", &self.dropped).finish_non_exhaustive()
    }
}
