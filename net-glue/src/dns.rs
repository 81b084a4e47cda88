//! Names resolved by smoltcp's DNS socket.

use core::fmt;
use core::time::Duration;
use smoltcp::iface::{Interface, SocketHandle, SocketSet};
use smoltcp::phy::Device;
use smoltcp::socket::dns::{self, GetQueryResultError, QueryHandle, StartQueryError};
use smoltcp::wire::{DnsQueryType, IpAddress};

/// A question under way.
pub struct Lookup {
    socket: SocketHandle,
    query: Option<QueryHandle>,
}

/// Why a name was not resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LookupError {
    /// The DNS socket has no query slot free.
    Busy,
    /// It is no DNS name, or too long for smoltcp.
    Name,
    /// No name server answered, or none knows the name.
    Failed,
}

impl fmt::Display for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LookupError::Busy => "no query slot is free",
            LookupError::Name => "this is no DNS name, or it is too long",
            LookupError::Failed => "no name server has an answer",
        })
    }
}

impl core::error::Error for LookupError {}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookup").field("pending", &self.query.is_some()).finish_non_exhaustive()
    }
}

impl Lookup {
    /// Asks for the addresses of `name`, of the family that `kind` says. `socket` is a DNS socket of `sockets` that knows its name servers.
    ///
    /// # Errors
    /// [`LookupError::Busy`] or [`LookupError::Name`].
    pub fn start(
        interface: &mut Interface,
        sockets: &mut SocketSet<'_>,
        socket: SocketHandle,
        name: &str,
        kind: DnsQueryType,
    ) -> Result<Self, LookupError> {
        let dns = sockets.get_mut::<dns::Socket<'_>>(socket);
        let query = dns.start_query(interface.context(), name, kind).map_err(|error| match error {
            StartQueryError::NoFreeSlot => LookupError::Busy,
            StartQueryError::InvalidName | StartQueryError::NameTooLong => LookupError::Name,
        })?;
        Ok(Lookup { socket, query: Some(query) })
    }

    /// Drives the interface once and looks for the answer: the first address. To be called at each wake until it gives one;
    /// smoltcp asks again and gives up by itself. After an answer or an error the lookup is spent.
    ///
    /// # Errors
    /// `WouldBlock`: no answer yet. [`LookupError::Failed`].
    pub fn poll<D: Device + ?Sized>(
        &mut self,
        now: Duration,
        device: &mut D,
        interface: &mut Interface,
        sockets: &mut SocketSet<'_>,
    ) -> nb::Result<IpAddress, LookupError> {
        interface.poll(crate::smoltcp_udp::instant(now), device, sockets);
        // A query that gave its answer is gone from the socket, which panics when asked for it again.
        let query = self.query.ok_or(nb::Error::Other(LookupError::Failed))?;
        match sockets.get_mut::<dns::Socket<'_>>(self.socket).get_query_result(query) {
            Err(GetQueryResultError::Pending) => Err(nb::Error::WouldBlock),
            ended => {
                self.query = None;
                let first = ended.ok().and_then(|addresses| addresses.first().copied());
                first.ok_or(nb::Error::Other(LookupError::Failed))
            }
        }
    }

    /// Gives the query slot back before there is an answer.
    pub fn cancel(self, sockets: &mut SocketSet<'_>) {
        if let Some(query) = self.query {
            sockets.get_mut::<dns::Socket<'_>>(self.socket).cancel_query(query);
        }
    }
}
