//! A smoltcp stack whose cable leads back to itself.
#![allow(dead_code)]

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet, SocketStorage};
use smoltcp::phy::{Loopback, Medium};
use smoltcp::socket::{dns, udp};
use smoltcp::storage::PacketMetadata;
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr, IpEndpoint};
use stint_net::smoltcp_udp::SmoltcpUdp;

/// A smoltcp interface whose cable leads back to itself, with two UDP sockets and a DNS socket.
pub(crate) struct Looped {
    pub(crate) device: Loopback,
    pub(crate) interface: Interface,
    pub(crate) sockets: SocketSet<'static>,
    pub(crate) client: SocketHandle,
    pub(crate) server: SocketHandle,
    pub(crate) dns: SocketHandle,
}

pub(crate) const SERVER: u16 = 5684;

pub(crate) fn looped(address: IpAddress) -> Looped {
    let mut device = Loopback::new(Medium::Ethernet);
    let config = Config::new(EthernetAddress([2, 0, 0, 0, 0, 1]).into());
    let mut interface = Interface::new(config, &mut device, Instant::ZERO);
    interface.update_ip_addrs(|addresses| {
        let bits = if matches!(address, IpAddress::Ipv4(_)) { 8 } else { 64 };
        addresses.push(IpCidr::new(address, bits)).unwrap();
    });
    let socket = || {
        let buffer = || udp::PacketBuffer::new(vec![PacketMetadata::EMPTY; 4], vec![0; 512]);
        udp::Socket::new(buffer(), buffer())
    };
    let mut sockets = SocketSet::new([SocketStorage::EMPTY; 4].into_iter().collect::<Vec<_>>());
    let client = sockets.add(socket());
    let mut server = socket();
    server.bind(SERVER).unwrap();
    let server = sockets.add(server);
    // Lent, as in firmware: a Vec would grow.
    let queries: &'static mut [Option<dns::DnsQuery>] = Box::leak(Box::new([None]));
    let dns = sockets.add(dns::Socket::new(&[address], queries));
    Looped { device, interface, sockets, client, server, dns }
}

pub(crate) fn connected<'n>(all: &'n mut Looped, peer: IpEndpoint) -> SmoltcpUdp<'n, 'static, Loopback> {
    let Looped { device, interface, sockets, client, .. } = all;
    SmoltcpUdp::connect(device, interface, sockets, *client, 49_152, peer).unwrap()
}

pub(crate) fn addresses() -> [IpAddress; 2] {
    [IpAddress::v4(127, 0, 0, 1), IpAddress::v6(0xfe80, 0, 0, 0, 0, 0, 0, 1)]
}
