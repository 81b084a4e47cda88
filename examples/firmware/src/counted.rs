//! A transport that counts what passes through it.

use core::time::Duration;
use stint_net::Transport;

/// Any transport, with counters.
pub struct Counted<T> {
    /// The transport.
    pub net: T,
    /// What passed.
    pub traffic: Traffic,
}

/// What went over the wire, as UDP payload.
#[derive(Clone, Copy, Default)]
pub struct Traffic {
    /// Datagrams sent.
    pub sent: u32,
    /// Their bytes.
    pub sent_bytes: u32,
    /// Datagrams received.
    pub received: u32,
    /// Their bytes.
    pub received_bytes: u32,
    /// Flights of ours: datagrams sent without one received in between are one.
    pub flights: u32,
    /// Flights of the peer's, likewise.
    pub peer_flights: u32,
    last: Option<Way>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Out,
    In,
}

impl<T> Counted<T> {
    /// Counters at zero.
    pub fn new(net: T) -> Self {
        Counted { net, traffic: Traffic::default() }
    }
}

impl<T: Transport> Transport for Counted<T> {
    type Error = T::Error;

    fn receive(&mut self, into: &mut [u8]) -> nb::Result<usize, T::Error> {
        let len = self.net.receive(into)?;
        let traffic = &mut self.traffic;
        traffic.received += 1;
        traffic.received_bytes += len as u32;
        if traffic.last.replace(Way::In) != Some(Way::In) {
            traffic.peer_flights += 1;
        }
        Ok(len)
    }

    fn send(&mut self, datagram: &[u8]) -> nb::Result<(), T::Error> {
        self.net.send(datagram)?;
        let traffic = &mut self.traffic;
        traffic.sent += 1;
        traffic.sent_bytes += datagram.len() as u32;
        if traffic.last.replace(Way::Out) != Some(Way::Out) {
            traffic.flights += 1;
        }
        Ok(())
    }

    fn tick(&mut self, now: Duration) {
        self.net.tick(now);
    }

    fn poll_timeout(&mut self) -> Option<Duration> {
        self.net.poll_timeout()
    }
}
