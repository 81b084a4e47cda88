//! What the firmware does.

use crate::board::Board;
use crate::clock::Clock;
use crate::console::Console;
use crate::say;
use smoltcp::iface::{Config, Interface, SocketSet, SocketStorage};
use smoltcp::socket::{dhcpv4, udp};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpCidr, IpEndpoint, Ipv4Address};

/// Runs it.
pub fn run<B: Board>(board: &mut B, syst: cortex_m::peripheral::SYST) -> bool {
    let clock = Clock::start(syst, B::HERTZ, B::PER_INSTRUCTION);
    let mut console = Console::open();
    say!(console, "{} starts, stack {}", B::NAME, crate::stack::repaint());
    let now = || Instant::from_micros(clock.now().as_micros() as i64);
    let mut iface = Interface::new(Config::new(EthernetAddress(B::MAC).into()), board.parts().0, now());
    let mut storage = [SocketStorage::EMPTY; 2];
    let mut sockets = SocketSet::new(&mut storage[..]);
    let dhcp = sockets.add(dhcpv4::Socket::new());
    let (mut rxm, mut txm) = ([udp::PacketMetadata::EMPTY; 4], [udp::PacketMetadata::EMPTY; 4]);
    let (mut rxb, mut txb) = ([0; 1024], [0; 1024]);
    let udp = sockets.add(udp::Socket::new(
        udp::PacketBuffer::new(&mut rxm[..], &mut rxb[..]),
        udp::PacketBuffer::new(&mut txm[..], &mut txb[..]),
    ));
    let mut sent = false;
    loop {
        iface.poll(now(), board.parts().0, &mut sockets);
        if let Some(dhcpv4::Event::Configured(config)) = sockets.get_mut::<dhcpv4::Socket<'_>>(dhcp).poll() {
            say!(console, "address {}", config.address);
            iface.update_ip_addrs(|a| {
                let _ = a.push(IpCidr::Ipv4(config.address));
            });
            if let Some(router) = config.router {
                let _ = iface.routes_mut().add_default_ipv4_route(router);
            }
            let socket = sockets.get_mut::<udp::Socket<'_>>(udp);
            let _ = socket.bind(49152);
            let get = [0x40, 0x01, 0x12, 0x34, 0xb4, b't', b'i', b'm', b'e'];
            let to = IpEndpoint::new(Ipv4Address::new(10, 0, 2, 2).into(), 56830);
            sent = socket.send_slice(&get, to).is_ok();
        }
        let socket = sockets.get_mut::<udp::Socket<'_>>(udp);
        if sent && let Ok((data, _)) = socket.recv() {
            say!(
                console,
                "answer {:?} {:?} stack {}",
                data,
                core::str::from_utf8(data.get(10..).unwrap_or(&[])),
                crate::stack::high_water()
            );
            return true;
        }
        board.sleep();
    }
}
