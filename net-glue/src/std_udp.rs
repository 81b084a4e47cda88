//! UDP of the operating system.

use crate::transport::Transport;
use core::time::Duration;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};

/// A connected UDP socket that does not block, over IPv4 or IPv6.
///
/// The host reports an ICMP refusal on some later call (RFC 1122 4.1.3.3). Anybody can forge one, and a server that restarts
/// causes one: it is counted in [`refused`](Self::refused), not returned; the timers decide.
#[derive(Debug)]
pub struct StdUdp {
    socket: UdpSocket,
    refused: u32,
    oversize: u32,
    now: Duration,
    full: bool,
    /// Where to, if the local port is ours to choose.
    peer: Option<SocketAddr>,
}

/// How soon a full send buffer is tried again.
const RETRY: Duration = Duration::from_millis(5);

impl StdUdp {
    /// A socket on a new local port, connected to `peer`.
    ///
    /// # Errors
    /// What the system says: no such address family, no route.
    pub fn connect(peer: SocketAddr) -> io::Result<Self> {
        let mut connected = Self::from_socket(bound(peer)?)?;
        connected.peer = Some(peer);
        Ok(connected)
    }

    /// A socket to the first address of `host` (a name that the host resolves, or an address literal without brackets) that one can be had for.
    ///
    /// # Errors
    /// What the resolver says, or the last of what the system says.
    pub fn connect_host(host: &str, port: u16) -> io::Result<Self> {
        let mut last = io::Error::new(ErrorKind::NotFound, "the name has no address");
        for peer in (host, port).to_socket_addrs()? {
            match Self::connect(peer) {
                Ok(connected) => return Ok(connected),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Takes over a socket that the caller bound and connected. Its local port stays.
    ///
    /// # Errors
    /// When it cannot be made non-blocking.
    pub fn from_socket(socket: UdpSocket) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(StdUdp { socket, refused: 0, oversize: 0, now: Duration::ZERO, full: false, peer: None })
    }

    /// The socket itself.
    pub fn socket(&self) -> &UdpSocket {
        &self.socket
    }

    /// How often the host reported that nobody listens at the peer's address.
    pub fn refused(&self) -> u32 {
        self.refused
    }

    /// How many datagrams were dropped because they filled the inbox: they may have been cut.
    pub fn oversize(&self) -> u32 {
        self.oversize
    }

    /// Waits until a datagram can be read, at most for `timeout` (`None`: for ever); then the next poll has work to do.
    /// A signal or an ICMP error ends it early.
    ///
    /// # Errors
    /// When the socket cannot be switched between blocking and not.
    pub fn wait(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        // A time-out of zero would mean "for ever" to some systems and is refused by std.
        if timeout.is_some_and(|timeout| timeout < Duration::from_millis(1)) {
            return Ok(());
        }
        self.socket.set_read_timeout(timeout)?;
        self.socket.set_nonblocking(false)?;
        let seen = self.socket.peek(&mut [0]);
        self.socket.set_nonblocking(true)?;
        if let Err(error) = seen
            && is_refusal(&error)
        {
            self.refused = self.refused.saturating_add(1);
        }
        Ok(())
    }
}

impl Transport for StdUdp {
    type Error = io::Error;

    fn receive(&mut self, into: &mut [u8]) -> nb::Result<usize, io::Error> {
        loop {
            match self.socket.recv(into) {
                // The system cuts what does not fit and does not say so: a full buffer is not trusted.
                Ok(len) if len >= into.len() => self.oversize = self.oversize.saturating_add(1),
                Ok(len) => return Ok(len),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    return Err(nb::Error::WouldBlock);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_refusal(&error) => self.refused = self.refused.saturating_add(1),
                Err(error) => return Err(nb::Error::Other(error)),
            }
        }
    }

    fn send(&mut self, datagram: &[u8]) -> nb::Result<(), io::Error> {
        // An earlier datagram's refusal is reported in place of sending this one: once more, then it counts as lost.
        for _ in 0..2 {
            match self.socket.send(datagram) {
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.full = true;
                    return Err(nb::Error::WouldBlock);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_refusal(&error) => self.refused = self.refused.saturating_add(1),
                Err(error) => return Err(nb::Error::Other(error)),
            }
        }
        Ok(())
    }

    fn tick(&mut self, now: Duration) {
        (self.now, self.full) = (now, false);
    }

    fn poll_timeout(&mut self) -> Option<Duration> {
        self.full.then(|| self.now.saturating_add(RETRY))
    }

    fn renew(&mut self) {
        // Where no other socket is to be had the old one goes on.
        if let Some(peer) = self.peer
            && let Ok(socket) = bound(peer)
            && socket.set_nonblocking(true).is_ok()
        {
            self.socket = socket;
        }
    }
}

/// A socket on a local port of the system's choice, connected to `peer`.
fn bound(peer: SocketAddr) -> io::Result<UdpSocket> {
    let local: SocketAddr = match peer {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(local)?;
    socket.connect(peer)?;
    Ok(socket)
}

/// ICMP's "port unreachable" and its kin, as the systems name them.
fn is_refusal(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset)
}
