//! UDP over smoltcp: one of the sockets of a set that the application owns.
//!
//! The transport borrows device, interface and sockets and polls them itself (in [`Transport::tick`], and once more as soon as a datagram
//! was handed over), so that firmware has one loop and one deadline: the pump's. Between two polls the application reaches its other
//! sockets (DHCP, DNS) through the public fields.

use crate::transport::Transport;
use core::fmt;
use core::time::Duration;
use smoltcp::iface::{Interface, SocketHandle, SocketSet};
use smoltcp::phy::Device;
use smoltcp::socket::udp;
use smoltcp::time::Instant;
use smoltcp::wire::IpEndpoint;

/// A UDP socket of a smoltcp set, tied to one peer.
pub struct SmoltcpUdp<'n, 's, D: Device + ?Sized> {
    /// The network interface's driver.
    pub device: &'n mut D,
    /// The IP stack.
    pub interface: &'n mut Interface,
    /// All sockets, those of others among them.
    pub sockets: &'n mut SocketSet<'s>,
    socket: SocketHandle,
    peer: IpEndpoint,
    now: Instant,
    strangers: u32,
}

/// The first of the ports that nobody is registered for (RFC 6335 6).
const DYNAMIC: u16 = 49_152;

/// Why a datagram could not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SmoltcpError {
    /// The peer or the local port is unspecified, or no local address can reach the peer.
    Unaddressable,
    /// The datagram is larger than the socket's send buffer will ever hold.
    TooLarge,
}

impl fmt::Display for SmoltcpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SmoltcpError::Unaddressable => "there is no local address for this peer",
            SmoltcpError::TooLarge => "the datagram is larger than the socket's send buffer",
        })
    }
}

impl core::error::Error for SmoltcpError {}

impl<'n, 's, D: Device + ?Sized> SmoltcpUdp<'n, 's, D> {
    /// Ties `socket`, a UDP socket of `sockets`, to `peer`. It is bound to `local_port`, whatever it was bound to before (a new
    /// association takes a new port, unless the caller has a reason); datagrams that wait in it go with the old binding.
    /// [`Transport::renew`] goes on to the next port; but only from a dynamic one, 49,152 or above (RFC 6335 6): another is kept.
    ///
    /// # Errors
    /// [`SmoltcpError::Unaddressable`] where `local_port` is 0.
    pub fn connect(
        device: &'n mut D,
        interface: &'n mut Interface,
        sockets: &'n mut SocketSet<'s>,
        socket: SocketHandle,
        local_port: u16,
        peer: IpEndpoint,
    ) -> Result<Self, SmoltcpError> {
        let udp = sockets.get_mut::<udp::Socket<'_>>(socket);
        udp.close();
        udp.bind(local_port).map_err(|_| SmoltcpError::Unaddressable)?;
        Ok(SmoltcpUdp { device, interface, sockets, socket, peer, now: Instant::ZERO, strangers: 0 })
    }

    /// The local port: for the note in an association's record (`stint_dtls::Record::set_port`), so that an import goes on from it.
    pub fn local_port(&self) -> u16 {
        self.sockets.get::<udp::Socket<'_>>(self.socket).endpoint().port
    }

    /// How many datagrams were dropped because they came from another address or were larger than the inbox.
    pub fn dropped(&self) -> u32 {
        self.strangers
    }
}

impl<D: Device + ?Sized> Transport for SmoltcpUdp<'_, '_, D> {
    type Error = SmoltcpError;

    fn receive(&mut self, into: &mut [u8]) -> nb::Result<usize, SmoltcpError> {
        let udp = self.sockets.get_mut::<udp::Socket<'_>>(self.socket);
        loop {
            match udp.recv_slice(into) {
                Ok((len, from)) if from.endpoint == self.peer => return Ok(len),
                Ok(_) | Err(udp::RecvError::Truncated) => {
                    self.strangers = self.strangers.saturating_add(1);
                }
                Err(udp::RecvError::Exhausted) => return Err(nb::Error::WouldBlock),
            }
        }
    }

    fn send(&mut self, datagram: &[u8]) -> nb::Result<(), SmoltcpError> {
        let udp = self.sockets.get_mut::<udp::Socket<'_>>(self.socket);
        if datagram.len() > udp.payload_send_capacity() {
            return Err(nb::Error::Other(SmoltcpError::TooLarge));
        }
        match udp.send_slice(datagram, self.peer) {
            Ok(()) => {}
            Err(udp::SendError::BufferFull) => return Err(nb::Error::WouldBlock),
            Err(udp::SendError::Unaddressable) => {
                return Err(nb::Error::Other(SmoltcpError::Unaddressable));
            }
        }
        self.interface.poll_egress(self.now, self.device, self.sockets);
        Ok(())
    }

    fn tick(&mut self, now: Duration) {
        self.now = instant(now);
        self.interface.poll(self.now, self.device, self.sockets);
    }

    fn poll_timeout(&mut self) -> Option<Duration> {
        let at = self.interface.poll_at(self.now, self.sockets)?;
        Some(Duration::from_micros(u64::try_from(at.total_micros()).unwrap_or(0)))
    }

    fn renew(&mut self) {
        let udp = self.sockets.get_mut::<udp::Socket<'_>>(self.socket);
        let port = udp.endpoint().port;
        if port >= DYNAMIC {
            udp.close();
            // Fails only on port 0, which this is not.
            let _ = udp.bind(port.checked_add(1).unwrap_or(DYNAMIC));
        }
    }
}

impl<D: Device + ?Sized> fmt::Debug for SmoltcpUdp<'_, '_, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmoltcpUdp").field("peer", &self.peer).finish_non_exhaustive()
    }
}

/// A time of ours on smoltcp's clock.
pub(crate) fn instant(now: Duration) -> Instant {
    let whole = (now.as_secs() as i64).wrapping_mul(1_000_000);
    Instant::from_micros(whole.wrapping_add(i64::from(now.subsec_micros())))
}
