//! What a pump asks of a network.

use core::time::Duration;

/// Datagrams to and from *one* peer, without blocking: a connected UDP socket, or what stands for one.
///
/// Noise is the transport's to drop: datagrams from other addresses, datagrams larger than the buffer, an ICMP error that anybody can
/// forge. An error is for what the application should hear of; the pump hands it on and can be polled again.
pub trait Transport {
    /// What can go wrong.
    type Error;

    /// Takes one datagram and says how many bytes of `into` it filled. `WouldBlock`: none is there.
    fn receive(&mut self, into: &mut [u8]) -> nb::Result<usize, Self::Error>;

    /// Sends one datagram whole. `WouldBlock`: no room at present; the same bytes are offered again at the next poll. Until then
    /// [`poll_timeout`](Self::poll_timeout) alone says when that is worth a try, unless the hardware wakes the application as it does for a
    /// datagram that came in.
    fn send(&mut self, datagram: &[u8]) -> nb::Result<(), Self::Error>;

    /// Called once at the start of each poll of a pump, with its `now`: a network that needs driving is driven here.
    fn tick(&mut self, _now: Duration) {}

    /// When the network next needs a poll though nothing arrives, on the clock of `tick`. `None`: never.
    fn poll_timeout(&mut self) -> Option<Duration> {
        None
    }

    /// A new association is about to begin in place of one that was lost: go on from another local port, unless the port was the caller's
    /// choice. The server may still hold the old association, and would then take a ClientHello from the old port for noise. What
    /// arrives at the old port is no longer of interest. Pumps never call it; the [`Keeper`](crate::Keeper) does.
    fn renew(&mut self) {}
}

impl<T: Transport + ?Sized> Transport for &mut T {
    type Error = T::Error;
    fn receive(&mut self, into: &mut [u8]) -> nb::Result<usize, Self::Error> {
        T::receive(self, into)
    }
    fn send(&mut self, datagram: &[u8]) -> nb::Result<(), Self::Error> {
        T::send(self, datagram)
    }
    fn tick(&mut self, now: Duration) {
        T::tick(self, now);
    }
    fn poll_timeout(&mut self) -> Option<Duration> {
        T::poll_timeout(self)
    }
    fn renew(&mut self) {
        T::renew(self);
    }
}

/// The earlier of two deadlines.
pub(crate) fn earlier(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if other < one { other } else { one }),
        (one, other) => one.or(other),
    }
}
