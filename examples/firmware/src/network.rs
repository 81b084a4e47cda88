//! The IP stack: smoltcp over the board's controller, its address from DHCP or from the provisioning blob.

use crate::board::Nic;
use crate::meter::Meter;
use core::net::Ipv4Addr;
use core::time::Duration;
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet, SocketStorage};
use smoltcp::socket::{AnySocket, dhcpv4, udp};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpCidr, Ipv4Cidr};
use stint_provisioning::StaticIpv4;

/// Bytes of UDP payload that can wait to be sent.
const WAITING: usize = 1_280;
/// Bytes that can wait to be received: a server's flight with a certificate has some 1,300, and the ring leaves up to a datagram's length unused at its end. What
/// does not fit is lost each time that the server repeats its flight at once.
const WAITING_RECEIVED: usize = if cfg!(feature = "public-keys") { 2_560 } else { WAITING };

/// Datagrams that can wait to be received: a server's flight in as many as it has messages (GnuTLS has five come at once, and repeats all of them if the last
/// is missing), and one place more for where the ring of payloads begins anew.
const RECEIVED: usize = 8;

/// The payload buffers of the IP stack.
pub struct Buffers {
    received: [u8; WAITING_RECEIVED],
    sending: [u8; WAITING],
}

impl Buffers {
    /// All zero, so that a `static` needs no flash.
    pub const EMPTY: Buffers = Buffers { received: [0; WAITING_RECEIVED], sending: [0; WAITING] };
}

/// The sockets of the IP stack. Not all zero (smoltcp's choice), and therefore apart from the buffers.
pub struct Sockets {
    sockets: [SocketStorage<'static>; 2],
    received: [udp::PacketMetadata; RECEIVED],
    sending: [udp::PacketMetadata; 4],
}

impl Sockets {
    /// No sockets yet.
    pub const EMPTY: Sockets = Sockets {
        sockets: [SocketStorage::EMPTY; 2],
        received: [udp::PacketMetadata::EMPTY; RECEIVED],
        sending: [udp::PacketMetadata::EMPTY; 4],
    };
}

/// The IP stack with its two sockets.
pub struct Network {
    /// Addresses and routes.
    pub interface: Interface,
    /// The sockets.
    pub sockets: SocketSet<'static>,
    /// The UDP socket among them.
    pub udp: SocketHandle,
    dhcp: SocketHandle,
}

impl Network {
    /// A stack without an address. `seed` makes what smoltcp draws at random (DHCP's transaction IDs).
    pub fn new<N: Nic>(
        nic: &mut N,
        seed: u64,
        now: Duration,
        buffers: &'static mut Buffers,
        memory: &'static mut Sockets,
    ) -> Self {
        let mut config = Config::new(EthernetAddress(N::MAC).into());
        config.random_seed = seed;
        let interface = Interface::new(config, nic, instant(now));
        let mut sockets = SocketSet::new(&mut memory.sockets[..]);
        let udp = add(
            &mut sockets,
            udp::Socket::new(
                udp::PacketBuffer::new(&mut memory.received[..], &mut buffers.received[..]),
                udp::PacketBuffer::new(&mut memory.sending[..], &mut buffers.sending[..]),
            ),
        );
        let dhcp = add(&mut sockets, dhcpv4::Socket::new());
        Network { interface, sockets, udp, dhcp }
    }

    /// Takes the address given, or waits for DHCP's. `None`: no address after `patience`.
    pub fn configure(
        &mut self,
        nic: &mut impl Nic,
        meter: &mut Meter,
        fixed: Option<StaticIpv4>,
        patience: Duration,
    ) -> Option<Ipv4Cidr> {
        if let Some(fixed) = fixed {
            self.sockets.remove(self.dhcp);
            return Some(self.take(Ipv4Cidr::new(fixed.address, fixed.prefix), fixed.gateway));
        }
        let deadline = meter.now().saturating_add(patience);
        loop {
            let now = instant(meter.now());
            self.interface.poll(now, nic, &mut self.sockets);
            let event = self.sockets.get_mut::<dhcpv4::Socket<'_>>(self.dhcp).poll();
            if let Some(dhcpv4::Event::Configured(dhcpv4::Config { address, router, .. })) = event {
                return Some(self.take(address, router));
            }
            if meter.now() >= deadline {
                return None;
            }
            let next = self.interface.poll_at(now, &self.sockets);
            let next = next.map(|at| Duration::from_micros(at.total_micros().max(0) as u64));
            meter.sleep(nic, Some(next.unwrap_or(deadline).min(deadline)));
        }
    }

    fn take(&mut self, address: Ipv4Cidr, gateway: Option<Ipv4Addr>) -> Ipv4Cidr {
        self.interface.update_ip_addrs(|addresses| {
            addresses.clear();
            // The list was just emptied: there is room for one.
            let _ = addresses.push(IpCidr::Ipv4(address));
        });
        if let Some(gateway) = gateway {
            // Likewise: the first route.
            let _ = self.interface.routes_mut().add_default_ipv4_route(gateway);
        }
        address
    }
}

/// A time of ours on smoltcp's clock.
fn instant(now: Duration) -> Instant {
    Instant::from_micros((now.as_secs() as i64).wrapping_mul(1_000_000).wrapping_add(i64::from(now.subsec_micros())))
}

/// Adds a socket. Not inlined, so that smoltcp's panic for a full set stays smoltcp's in the debug information: two of them would be merged into one
/// that is nobody's.
#[inline(never)]
fn add<S: AnySocket<'static>>(sockets: &mut SocketSet<'static>, socket: S) -> SocketHandle {
    sockets.add(socket)
}
