//! The networks themselves, without DTLS or CoAP: what they hand on, what they drop, what they say when full.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "net/looped.rs"]
mod looped;

use looped::{Looped, SERVER, addresses, connected, looped};
use smoltcp::socket::udp;
use smoltcp::storage::PacketMetadata;
use smoltcp::wire::{DnsQueryType, IpAddress};
use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;
use stint_net::Transport;
use stint_net::dns::{Lookup, LookupError};
use stint_net::smoltcp_udp::{SmoltcpError, SmoltcpUdp};
use stint_net::std_group::StdGroup;
use stint_net::std_udp::StdUdp;

const WOULD_BLOCK: nb::Error<SmoltcpError> = nb::Error::WouldBlock;

fn received(net: &mut StdUdp, into: &mut [u8]) -> nb::Result<usize, ErrorKind> {
    net.receive(into).map_err(|error| error.map(|error| error.kind()))
}

fn both_families(test: impl Fn(&str)) {
    for host in ["127.0.0.1", "::1"] {
        test(host);
    }
}

#[test]
fn std_udp_carries_datagrams_over_both_families_without_blocking() {
    both_families(|host| {
        let server = UdpSocket::bind((host, 0)).unwrap();
        let mut net = StdUdp::connect_host(host, server.local_addr().unwrap().port()).unwrap();
        let mut buf = [0; 64];
        assert_eq!(received(&mut net, &mut buf), Err(nb::Error::WouldBlock));
        net.send(b"to the server").unwrap();
        let (len, from) = server.recv_from(&mut buf).unwrap();
        assert_eq!(&buf[..len], b"to the server");
        server.send_to(b"and back", from).unwrap();
        net.wait(Some(Duration::from_secs(5))).unwrap();
        assert_eq!(received(&mut net, &mut buf), Ok(8));
        assert_eq!(received(&mut net, &mut buf), Err(nb::Error::WouldBlock));
    });
}

#[test]
fn std_udp_resolves_names_and_says_when_there_is_none() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    assert!(StdUdp::connect_host("localhost", server.local_addr().unwrap().port()).is_ok());
    assert!(StdUdp::connect_host("no-such-host.invalid", 5684).is_err());
}

#[test]
fn std_udp_takes_a_refusal_for_noise_and_counts_it() {
    both_families(|host| {
        let closed = UdpSocket::bind((host, 0)).unwrap().local_addr().unwrap();
        let mut net = StdUdp::connect(closed).unwrap();
        for _ in 0..3 {
            net.send(b"anybody?").unwrap();
            net.wait(Some(Duration::from_millis(100))).unwrap();
            assert_eq!(received(&mut net, &mut [0; 8]), Err(nb::Error::WouldBlock));
        }
        assert!(net.refused() >= 1, "{}", net.refused());
    });
}

#[test]
fn std_udp_hears_its_peer_alone() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut net = StdUdp::connect(server.local_addr().unwrap()).unwrap();
    let own: SocketAddr = net.socket().local_addr().unwrap();
    stranger.send_to(b"forged", own).unwrap();
    server.send_to(b"true", own).unwrap();
    net.wait(Some(Duration::from_secs(5))).unwrap();
    let mut buf = [0; 16];
    assert_eq!(received(&mut net, &mut buf), Ok(4));
    assert_eq!(&buf[..4], b"true");
    assert_eq!(received(&mut net, &mut buf), Err(nb::Error::WouldBlock));
}

#[test]
fn std_udp_drops_a_datagram_that_may_have_been_cut() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut net = StdUdp::connect(server.local_addr().unwrap()).unwrap();
    let own = net.socket().local_addr().unwrap();
    for len in [9, 8, 7] {
        server.send_to(&[7; 9][..len], own).unwrap();
    }
    net.wait(Some(Duration::from_secs(5))).unwrap();
    assert_eq!(received(&mut net, &mut [0; 8]), Ok(7));
    assert_eq!(net.oversize(), 2);
}

#[test]
fn std_udp_waits_no_longer_than_told() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut net = StdUdp::connect(server.local_addr().unwrap()).unwrap();
    for wait in [Duration::ZERO, Duration::from_micros(1), Duration::from_millis(30)] {
        let start = std::time::Instant::now();
        net.wait(Some(wait)).unwrap();
        assert!(start.elapsed() < wait + Duration::from_secs(2));
    }
}

#[test]
fn std_udp_keeps_its_port_when_it_is_renewed_or_changes_one_that_was_chosen() {
    both_families(|host| {
        let server = UdpSocket::bind((host, 0)).unwrap();
        let peer = server.local_addr().unwrap();
        let mut net = StdUdp::connect(peer).unwrap();
        let old = net.socket().local_addr().unwrap();
        net.renew();
        let own = net.socket().local_addr().unwrap();
        assert_ne!(own, old);
        let mut buf = [0; 64];
        assert_eq!(received(&mut net, &mut buf), Err(nb::Error::WouldBlock), "it still does not block");
        net.send(b"from another port").unwrap();
        let (_, from) = server.recv_from(&mut buf).unwrap();
        server.send_to(b"late", old).unwrap();
        server.send_to(b"and back", from).unwrap();
        net.wait(Some(Duration::from_secs(5))).unwrap();
        assert_eq!(received(&mut net, &mut buf), Ok(8));
        // A port of the caller's choice.
        let socket = UdpSocket::bind((host, 0)).unwrap();
        socket.connect(peer).unwrap();
        let mut net = StdUdp::from_socket(socket).unwrap();
        let own = net.socket().local_addr().unwrap();
        net.renew();
        assert_eq!(net.socket().local_addr().unwrap(), own);
    });
}

#[test]
fn smoltcp_udp_leaves_the_dynamic_ports_or_changes_one_that_was_chosen() {
    for (before, after) in [(49_152, 49_153), (65_535, 49_152), (49_151, 49_151), (5684, 5684)] {
        let address = addresses()[0];
        let mut all = looped(address);
        let Looped { device, interface, sockets, client, .. } = &mut all;
        let peer = (address, SERVER).into();
        let mut net = SmoltcpUdp::connect(device, interface, sockets, *client, before, peer).unwrap();
        net.renew();
        let udp = net.sockets.get::<udp::Socket<'_>>(*client);
        assert_eq!(udp.endpoint().port, after);
        net.send(b"and it still sends").unwrap();
    }
}

#[test]
fn smoltcp_udp_carries_datagrams_over_both_families() {
    for address in addresses() {
        let mut all = looped(address);
        let server = all.server;
        let mut net = connected(&mut all, (address, SERVER).into());
        let mut buf = [0; 64];
        assert_eq!(net.receive(&mut buf), Err(WOULD_BLOCK));
        net.send(b"to the server").unwrap();
        // Neighbour discovery first, then the datagram.
        for millis in 0..50 {
            net.tick(Duration::from_millis(millis));
        }
        let (message, meta) = {
            let udp = net.sockets.get_mut::<udp::Socket<'_>>(server);
            let (message, meta) = udp.recv().expect("the datagram arrives");
            (message.to_vec(), meta)
        };
        assert_eq!(message, b"to the server");
        assert_eq!(meta.endpoint, (address, 49_152).into());
        net.sockets.get_mut::<udp::Socket<'_>>(server).send_slice(b"and back", meta.endpoint).unwrap();
        for millis in 50..60 {
            net.tick(Duration::from_millis(millis));
        }
        assert_eq!(net.receive(&mut buf), Ok(8));
        assert_eq!(net.receive(&mut buf), Err(WOULD_BLOCK));
    }
}

#[test]
fn smoltcp_udp_drops_strangers_and_what_does_not_fit() {
    let address = addresses()[0];
    let mut all = looped(address);
    let server = all.server;
    let mut net = connected(&mut all, (address, 9_999).into());
    // The server's socket has another port than the peer's: a stranger.
    net.sockets.get_mut::<udp::Socket<'_>>(server).send_slice(b"forged", (address, 49_152)).unwrap();
    for millis in 0..50 {
        net.tick(Duration::from_millis(millis));
    }
    assert_eq!(net.receive(&mut [0; 64]), Err(WOULD_BLOCK));
    assert_eq!(net.dropped(), 1);

    let mut all = looped(address);
    let mut net = connected(&mut all, (address, SERVER).into());
    for message in [&b"nine bytes"[..9], b"eight by"] {
        net.sockets.get_mut::<udp::Socket<'_>>(server).send_slice(message, (address, 49_152)).unwrap();
    }
    for millis in 0..50 {
        net.tick(Duration::from_millis(millis));
    }
    let mut small = [0; 8];
    assert_eq!(net.receive(&mut small), Ok(8));
    assert_eq!((&small, net.dropped()), (b"eight by", 1));
}

#[test]
fn smoltcp_udp_would_block_while_full_and_says_when_to_poll() {
    let address = addresses()[0];
    let mut all = looped(address);
    // Nobody has this address: the datagrams wait for neighbour discovery.
    let mut net = connected(&mut all, (IpAddress::v4(127, 0, 0, 9), SERVER).into());
    let mut sent = 0;
    let full = loop {
        match net.send(&[0; 100]) {
            Ok(()) => sent += 1,
            Err(error) => break error,
        }
        assert!(sent < 100, "a full buffer never said so");
    };
    assert_eq!(full, WOULD_BLOCK);
    assert!(net.poll_timeout().is_some(), "what waits must be polled for");
}

#[test]
fn smoltcp_udp_refuses_what_can_never_be_sent() {
    let address = addresses()[0];
    let mut all = looped(address);
    let mut net = connected(&mut all, (address, SERVER).into());
    assert_eq!(net.send(&[0; 513]), Err(nb::Error::Other(SmoltcpError::TooLarge)));
    assert_eq!(net.send(&[0; 512]), Ok(()));
    let mut net = connected(&mut all, (address, 0).into());
    assert_eq!(net.send(b"x"), Err(nb::Error::Other(SmoltcpError::Unaddressable)));
    let Looped { device, interface, sockets, client, .. } = &mut all;
    let unbound = SmoltcpUdp::connect(device, interface, sockets, *client, 0, (address, 1).into());
    assert_eq!(unbound.err(), Some(SmoltcpError::Unaddressable));
}

/// Answers the question in `query` with 192.0.2.7, or with "no such name".
fn dns_answer(query: &[u8], known: bool) -> Vec<u8> {
    let mut answer = query.to_vec();
    answer[2..4].copy_from_slice(if known { &[0x81, 0x80] } else { &[0x81, 0x83] });
    if known {
        answer[6..8].copy_from_slice(&[0, 1]);
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
    }
    answer
}

fn look_up(name: &str, known: bool) -> (Result<IpAddress, LookupError>, u32) {
    let mut all = looped(addresses()[0]);
    let name_server = {
        let buffer = || udp::PacketBuffer::new(vec![PacketMetadata::EMPTY; 4], vec![0; 512]);
        let mut socket = udp::Socket::new(buffer(), buffer());
        socket.bind(53).unwrap();
        all.sockets.add(socket)
    };
    let Looped { device, interface, sockets, dns, .. } = &mut all;
    let mut lookup = match Lookup::start(interface, sockets, *dns, name, DnsQueryType::A) {
        Ok(lookup) => lookup,
        Err(error) => return (Err(error), 0),
    };
    let busy = Lookup::start(interface, sockets, *dns, name, DnsQueryType::A);
    assert_eq!(busy.err(), Some(LookupError::Busy), "there is one query slot");
    let mut asked = 0;
    for millis in (0..60_000).step_by(10) {
        let now = Duration::from_millis(millis);
        match lookup.poll(now, device, interface, sockets) {
            Err(nb::Error::WouldBlock) => {}
            done => {
                let again = lookup.poll(now, device, interface, sockets);
                assert_eq!(
                    again,
                    Err(nb::Error::Other(LookupError::Failed)),
                    "a spent lookup says so, without a panic"
                );
                let error = |error| match error {
                    nb::Error::Other(error) => error,
                    nb::Error::WouldBlock => unreachable!(),
                };
                return (done.map_err(error), asked);
            }
        }
        let udp = sockets.get_mut::<udp::Socket<'_>>(name_server);
        let question = udp.recv().ok().map(|(query, meta)| (query.to_vec(), meta.endpoint));
        if let Some((query, from)) = question {
            asked += 1;
            // The first question is lost.
            if asked > 1 {
                udp.send_slice(&dns_answer(&query, known), from).unwrap();
            }
        }
    }
    panic!("the lookup never ended");
}

#[test]
fn a_name_is_resolved_though_the_first_question_is_lost() {
    assert_eq!(look_up("coap.example.org", true), (Ok(IpAddress::v4(192, 0, 2, 7)), 2));
}

#[test]
fn an_unknown_name_and_an_impossible_one_are_told() {
    assert_eq!(look_up("nowhere.example.org", false).0, Err(LookupError::Failed));
    assert_eq!(look_up("", true).0, Err(LookupError::Name));
    assert_eq!(look_up(&"a".repeat(64), true).0, Err(LookupError::Name));
}

#[test]
fn a_cancelled_lookup_gives_its_slot_back() {
    let mut all = looped(addresses()[0]);
    let Looped { interface, sockets, dns, .. } = &mut all;
    for _ in 0..3 {
        let lookup = Lookup::start(interface, sockets, *dns, "example.org", DnsQueryType::A).unwrap();
        lookup.cancel(sockets);
    }
}

#[test]
fn std_group_hears_each_of_a_group_and_says_who_it_was() {
    // Two nodes stand for the group: what is sent to the first is passed on to the second, as a network would.
    let nodes = [UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap()];
    let mut net = StdGroup::new(nodes[0].local_addr().unwrap()).unwrap();
    let mut buf = [0; 64];
    assert!(matches!(net.receive(&mut buf), Err(nb::Error::WouldBlock)));
    assert_eq!(net.source(), None);
    net.send(b"who is there?").unwrap();
    let (len, from) = nodes[0].recv_from(&mut buf).unwrap();
    assert_eq!(&buf[..len], b"who is there?");
    let from = SocketAddr::from(([127, 0, 0, 1], from.port()));
    for node in &nodes {
        node.send_to(b"I am", from).unwrap();
        let heard = loop {
            match net.receive(&mut buf) {
                Err(nb::Error::WouldBlock) => std::thread::yield_now(),
                heard => break heard.unwrap(),
            }
        };
        assert_eq!((heard, net.source()), (4, Some(node.local_addr().unwrap())));
    }
    nodes[0].send_to(&[0; 64], from).unwrap();
    nodes[0].send_to(b"short", from).unwrap();
    let heard = loop {
        match net.receive(&mut buf) {
            Err(nb::Error::WouldBlock) => std::thread::yield_now(),
            heard => break heard.unwrap(),
        }
    };
    assert_eq!((heard, net.oversize()), (5, 1), "what fills the buffer may have been cut");
}
