//! DTLS with a pre-shared key, on libcoap's servers (RFC 7252 9.1.3.1). The plain one that other cases have is not looked at.

use crate::server::Server;
use std::time::Duration;
use stint_coap::{Code, Config, Request};
use stint_dtls::{Alert, Error, Suite};
use stint_lab::coaps::{Node, Saw};
use stint_lab::device::Options;
use stint_lab::link::End;
use stint_lab::peers::{Libcoap, Peer};
use stint_lab::udp::Station;

const PATIENCE: Duration = Duration::from_secs(20);
const LIBRARIES: [Libcoap; 2] = [Libcoap::Openssl, Libcoap::Gnutls];

/// A server with the descriptions' key, and a client with their identity and `key`.
fn pair(library: Libcoap, key: &'static [u8]) -> (Peer, Node) {
    let peer = Peer::libcoap(library, &["-k", "sesame"]).unwrap();
    let mut options = Options { identity: b"password", key, ..Options::default() };
    options.config.transmissions = 4;
    (peer, Node::new(options, Config::DEFAULT, 1))
}

/// A GET is answered; the suite is the one that CoAP asks for.
fn get<E: End>(peer: &Peer, station: &mut Station<E>, node: impl Fn(&mut E) -> &mut Node) {
    let handle = node(&mut station.end).pump.coap.request(&Request::get("time")).unwrap();
    let done = station.run(PATIENCE, |end| !node(end).answers(handle).is_empty()).unwrap();
    let node = node(&mut station.end);
    assert!(done, "{:?}\n{}", node.saw, peer.output());
    assert_eq!(node.pump.dtls.suite(), Some(Suite::PSK_AES_128_CCM_8));
    let content = |saw: &Saw| matches!(saw, Saw::Response { code: Code::CONTENT, .. });
    assert!(node.saw.iter().any(content), "{:?}", node.saw);
}

pub(crate) fn d01(_: &Server) {
    for library in LIBRARIES {
        let (peer, node) = pair(library, b"sesame");
        let mut station = Station::new(node, peer.address()).unwrap();
        get(&peer, &mut station, |node| node);
    }
}

/// What the description asks of the server, the alert decrypt_error, libcoap's do not send: on OpenSSL our Finished is dropped, and the flight before it
/// comes again, on GnuTLS the session is closed after a while. We say so in either case, and send no request.
pub(crate) fn d02(_: &Server) {
    std::thread::scope(|scope| {
        for library in LIBRARIES {
            scope.spawn(move || {
                let (peer, node) = pair(library, b"wrong");
                let mut station = Station::new(node, peer.address()).unwrap();
                station.end.pump.coap.request(&Request::get("time")).unwrap();
                assert!(station.run(PATIENCE, |node| node.error().is_some()).unwrap(), "{}", peer.output());
                let error = station.end.error().unwrap();
                let told = matches!(error, Error::Timeout { .. } | Error::PeerAlert(Alert::CLOSE_NOTIFY));
                assert!(told && !station.end.saw.contains(&Saw::Connected), "{error:?}");
            });
        }
    });
}

/// A node of whose datagrams, both ways together, one is lost.
struct Lossy {
    node: Node,
    /// How many pass before that.
    left: usize,
    /// Of the datagrams before the handshake's end, how many there were.
    seen: usize,
}

impl Lossy {
    /// Whether the datagram passes.
    fn passes(&mut self) -> bool {
        self.seen += usize::from(!self.node.pump.dtls.is_connected());
        let lost = self.left == 0;
        self.left = self.left.wrapping_sub(1);
        !lost
    }
}

impl End for Lossy {
    fn receive(&mut self, now: Duration, datagram: &[u8]) {
        if self.passes() {
            self.node.receive(now, datagram);
        }
    }

    fn wake(&mut self, now: Duration) {
        self.node.wake(now);
    }

    fn deadline(&self) -> Option<Duration> {
        self.node.deadline()
    }

    fn transmit(&mut self, now: Duration) -> Option<Vec<u8>> {
        let datagram = self.node.transmit(now)?;
        if self.passes() { Some(datagram) } else { self.transmit(now) }
    }
}

/// ClientHello, HelloVerifyRequest, ClientHello, the server's flight, ours, the server's last: each is lost once, in handshakes side by side.
pub(crate) fn d03(_: &Server) {
    let lossy = |library, lost| {
        let (peer, node) = pair(library, b"sesame");
        let mut station = Station::new(Lossy { node, left: lost, seen: 0 }, peer.address()).unwrap();
        get(&peer, &mut station, |lossy| &mut lossy.node);
        assert!(station.end.seen > 6, "nothing was sent again: {}", station.end.seen);
    };
    std::thread::scope(|scope| {
        for library in LIBRARIES {
            for lost in 0..6 {
                scope.spawn(move || lossy(library, lost));
            }
        }
    });
}
