//! UDP of the operating system to a group of peers at once (RFC 7252 8): for plain CoAP's discovery. There is no DTLS to a group.

use crate::transport::Transport;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// A socket that sends to a group and receives from whoever answers; for [`Endpoint::request_group`](stint_coap::Endpoint::request_group).
///
/// All CoAP nodes are 224.0.1.187, ff02::fd on the link, ff05::fd on the site (RFC 7252 12.8). What answers is known by [`source`](Self::source) until the next
/// datagram.
#[derive(Debug)]
pub struct StdGroup {
    socket: UdpSocket,
    group: SocketAddr,
    source: Option<SocketAddr>,
    oversize: u32,
}

impl StdGroup {
    /// A socket on a new local port, to `group`.
    ///
    /// # Errors
    /// What the system says: no such address family, no route.
    pub fn new(group: SocketAddr) -> io::Result<Self> {
        let socket = match group {
            SocketAddr::V4(_) => UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?,
            SocketAddr::V6(_) => UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0))?,
        };
        Self::from_socket(socket, group)
    }

    /// Takes over a socket that the caller bound, to an interface for one.
    ///
    /// # Errors
    /// When it cannot be made non-blocking.
    pub fn from_socket(socket: UdpSocket, group: SocketAddr) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self { socket, group, source: None, oversize: 0 })
    }

    /// The socket itself: its time to live, its interface.
    pub fn socket(&self) -> &UdpSocket {
        &self.socket
    }

    /// Who sent the last datagram.
    pub fn source(&self) -> Option<SocketAddr> {
        self.source
    }

    /// How many datagrams were dropped because they filled the inbox: they may have been cut.
    pub fn oversize(&self) -> u32 {
        self.oversize
    }
}

impl Transport for StdGroup {
    type Error = io::Error;

    fn receive(&mut self, into: &mut [u8]) -> nb::Result<usize, io::Error> {
        loop {
            match self.socket.recv_from(into) {
                Ok((len, _)) if len >= into.len() => self.oversize = self.oversize.saturating_add(1),
                Ok((len, source)) => {
                    self.source = Some(source);
                    return Ok(len);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Err(nb::Error::WouldBlock),
                // A signal, or an ICMP error that anybody can forge.
                Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionRefused) => {}
                Err(error) => return Err(nb::Error::Other(error)),
            }
        }
    }

    fn send(&mut self, datagram: &[u8]) -> nb::Result<(), io::Error> {
        match self.socket.send_to(datagram, self.group) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Err(nb::Error::WouldBlock),
            Err(error) => Err(nb::Error::Other(error)),
        }
    }
}
