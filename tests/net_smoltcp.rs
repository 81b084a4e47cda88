//! The whole way over smoltcp, both families: the pump, its socket, Ethernet frames, and the lab's server behind another socket.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "net/looped.rs"]
mod looped;

use looped::{SERVER, addresses, connected, looped};
use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::udp;
use std::time::Duration;
use stint_coap::{Code, Endpoint, Outcome, Request, Slot};
use stint_dtls::crypto::soft::{Aes128Ccm8, Sha256};
use stint_dtls::crypto::{Crypto, PreSharedKey};
use stint_dtls::{Client, Config, Memory, Psk};
use stint_lab::link::End;
use stint_lab::random::Random;
use stint_lab::server::coap::{self, Coap};
use stint_lab::server::{self, Server};
use stint_net::{Happened, Inbox, Outbox, Pump};

/// What came to the server's socket goes to the server, and back.
fn serve(
    server: &mut Server,
    now: Duration,
    sockets: &mut SocketSet<'_>,
    handle: SocketHandle,
    client: &mut Option<udp::UdpMetadata>,
) {
    let udp = sockets.get_mut::<udp::Socket<'_>>(handle);
    while let Ok((datagram, from)) = udp.recv() {
        *client = Some(from);
        let datagram = datagram.to_vec();
        server.receive(now, &datagram);
    }
    if server.deadline().is_some_and(|due| due <= now) {
        server.wake(now);
    }
    while let (Some(to), Some(datagram)) = (*client, server.transmit(now)) {
        udp.send_slice(&datagram, to.endpoint).unwrap();
    }
}

#[test]
fn a_handshake_a_download_and_an_observation_fail_over_ipv4_or_ipv6() {
    for address in addresses() {
        let mut all = looped(address);
        let handle = all.server;
        let body: Vec<u8> = (0..1000u32).map(|at| at as u8).collect();
        let mut server =
            Server::new(server::Config::default(), Coap::new(coap::Config { szx: 3, ..Default::default() }, &body));
        let auth = Psk::new(b"Client_identity", PreSharedKey::new(b"secretPSK").unwrap()).unwrap();
        let provider = Crypto { hash: Sha256, aeads: Aes128Ccm8, random: Random::new(7), kx: () };
        let mut memory = Memory::EMPTY;
        let mut dtls = Client::new(Config::new(), auth, provider, &mut memory, &mut []);
        dtls.start(Duration::ZERO).unwrap();
        let (mut slots, mut store) = ([const { Slot::EMPTY }; 2], [0; 128]);
        let mut coap = Endpoint::new(stint_coap::Config::DEFAULT, [7; 16], &mut slots, &mut store);
        coap.request(&Request::get("example_data")).unwrap();
        coap.request(&Request::observe("time")).unwrap();
        let (mut out, mut buf) = ([0; 256], [0; 300]);
        let net = connected(&mut all, (address, SERVER).into());
        let mut pump = Pump { net, dtls: &mut dtls, coap: &mut coap, source: (), outbox: Outbox::new(&mut out) };
        let mut inbox = Inbox::new(&mut buf);
        let (mut now, mut client, mut polls) = (Duration::ZERO, None, 0);
        let (mut got, mut notified) = (Vec::<u8>::new(), 0);
        while got.len() < body.len() || notified < 4 {
            polls += 1;
            serve(&mut server, now, pump.net.sockets, handle, &mut client);
            match pump.poll(now, &mut inbox) {
                Ok(Happened::Coap(Outcome::Response(response))) => {
                    assert_eq!(response.message.code, Code::CONTENT);
                    if response.notification {
                        notified += 1;
                    } else {
                        assert_eq!(response.offset as usize, got.len());
                        got.extend(response.message.payload);
                    }
                }
                Ok(Happened::Progress | Happened::Connected) => {}
                Err(nb::Error::WouldBlock) => {
                    let due = [pump.poll_timeout(), server.deadline()].into_iter().flatten().min();
                    // A frame takes a millisecond.
                    now = due.unwrap_or(now).clamp(now + Duration::from_millis(1), now + Duration::from_secs(5));
                }
                other => panic!("{other:?}"),
            }
            assert!(now < Duration::from_secs(60), "{address}: {} bytes, {notified} notifications", got.len());
        }
        assert_eq!(got, body);
        assert_eq!((server.seen.forged, server.seen.replayed, pump.net.dropped()), (0, 0, 0));
        assert!(polls < 400, "{polls} polls: the loop sleeps while there is nothing to do");
    }
}
