//! The pump over `embedded-nal` and `embedded-nal-async`: against libcoap over the host's sockets, and over stacks that misbehave.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use embedded_nal::UdpClientStack;
use embedded_nal_async::{ConnectedUdp, UdpStack};
use futures_lite::future::{block_on, or, yield_now};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::net::{SocketAddr, UdpSocket};
use std::rc::Rc;
use std::time::{Duration, Instant};
use stint_coap::{Body, Code, Endpoint, Outcome, Request, Slot};
use stint_dtls::crypto::soft::{Aes128Ccm8, Sha256};
use stint_dtls::crypto::{Crypto, PreSharedKey};
use stint_dtls::{Client, Config, Memory, Psk};
use stint_lab::link::End;
use stint_lab::peers::{IDENTITY, KEY, Libcoap, Peer};
use stint_lab::random::Random;
use stint_lab::server::coap::{self, Coap};
use stint_lab::server::{self, Server};
use stint_net::nal::NalUdp;
use stint_net::nal_async::{AsyncUdp, Clock};
use stint_net::{Happened, Inbox, Outbox, PlainPump, Pump, PumpError, Transport};

const PATIENCE: Duration = Duration::from_secs(20);

type Auth<'b> = Psk<'b, PreSharedKey<'b>>;
type Provider = Crypto<Sha256, Aes128Ccm8, Random>;
type Over<'p, 'b, 'c, T> = Pump<'p, 'b, 'c, T, Auth<'b>, Provider>;

/// A started client over `net`, handed to `play`.
fn over<T: Transport, R>(net: T, play: impl FnOnce(&mut Over<'_, '_, '_, T>, &mut Inbox<'_>) -> R) -> R {
    let auth = Psk::new(IDENTITY, PreSharedKey::new(KEY).unwrap()).unwrap();
    let provider = Crypto { hash: Sha256, aeads: Aes128Ccm8, random: Random::new(7), kx: () };
    let (mut memory, mut reassembly) = (Memory::EMPTY, [0; 512]);
    let mut dtls = Client::new(Config::new(), auth, provider, &mut memory, &mut reassembly);
    dtls.start(Duration::ZERO).unwrap();
    let (mut slots, mut store) = ([const { Slot::EMPTY }; 3], [0; 512]);
    let mut coap = Endpoint::new(stint_coap::Config::DEFAULT, [7; 16], &mut slots, &mut store);
    let (mut received, mut sent) = ([0; 1281], [0; 1232]);
    let outbox = Outbox::new(&mut sent);
    let mut pump = Pump { net, dtls: &mut dtls, coap: &mut coap, source: (), outbox };
    play(&mut pump, &mut Inbox::new(&mut received))
}

/// What three requests came to: a GET, a PUT, and an observation's first two notifications.
#[derive(Debug, Default, PartialEq, Eq)]
struct Came {
    codes: Vec<Code>,
    notifications: usize,
}

impl Came {
    fn take(&mut self, happened: &Happened<'_>) {
        match happened {
            Happened::Coap(Outcome::Response(response)) if response.notification => self.notifications += 1,
            Happened::Coap(Outcome::Response(response)) => self.codes.push(response.message.code),
            Happened::Coap(Outcome::Failed { failure, .. }) => panic!("{failure}"),
            _ => {}
        }
    }

    fn all(&self) -> bool {
        self.codes.len() == 2 && self.notifications >= 2
    }
}

fn ask(coap: &mut Endpoint<'_>) {
    coap.request(&Request::get("no/such/thing")).unwrap();
    coap.request(&Request { body: Body::Small(b"21.5"), ..Request::new(Code::PUT, "example_data") }).unwrap();
    coap.request(&Request::observe("time")).unwrap();
}

fn right(came: &Came, peer: &Peer) {
    assert_eq!(came.codes[0], Code::NOT_FOUND, "{}", peer.output());
    assert!(matches!(came.codes[1], Code::CHANGED | Code::CREATED), "{came:?}\n{}", peer.output());
}

#[test]
fn libcoap_over_embedded_nal_cannot_be_read_written_or_observed() {
    for library in [Libcoap::Openssl, Libcoap::Gnutls] {
        let peer = Peer::libcoap(library, &[]).unwrap();
        let net = NalUdp::connect(std_embedded_nal::Stack, peer.address()).unwrap();
        let clock = Instant::now();
        let mut came = Came::default();
        over(net, |pump, inbox| {
            ask(pump.coap);
            while !came.all() && clock.elapsed() < PATIENCE {
                match pump.poll(clock.elapsed(), inbox) {
                    Ok(happened) => came.take(&happened),
                    Err(nb::Error::WouldBlock) => std::thread::sleep(Duration::from_millis(1)),
                    Err(nb::Error::Other(error)) => panic!("{error}\n{}", peer.output()),
                }
            }
            pump.close();
            while pump.poll(clock.elapsed(), inbox).is_ok() {}
            assert!(pump.outbox.is_empty());
        });
        assert!(came.all(), "{came:?}\n{}", peer.output());
        right(&came, &peer);
    }
}

/// The clock of async-io.
struct Time(Instant);

impl Clock for Time {
    fn now(&mut self) -> Duration {
        self.0.elapsed()
    }
    async fn sleep_until(&mut self, at: Duration) {
        async_io::Timer::at(self.0 + at).await;
    }
}

#[test]
fn libcoap_over_embedded_nal_async_cannot_be_read_written_or_observed() {
    for library in [Libcoap::Openssl, Libcoap::Gnutls] {
        let peer = Peer::libcoap(library, &[]).unwrap();
        let stack = std_embedded_nal_async::Stack::default();
        let (_, socket) = block_on(stack.connect(peer.address())).unwrap();
        let mut came = Came::default();
        let start = Instant::now();
        over(AsyncUdp::new(socket, Time(start)), |pump, inbox| {
            ask(pump.coap);
            block_on(async {
                while !came.all() && start.elapsed() < PATIENCE {
                    came.take(&pump.next(inbox).await.unwrap());
                }
                pump.finish().await.unwrap();
                assert!(pump.outbox.is_empty() && !pump.dtls.is_connected());
            });
        });
        assert!(came.all(), "{came:?}\n{}", peer.output());
        right(&came, &peer);
    }
}

#[test]
fn the_async_pump_that_waits_for_a_server_keeps_other_tasks_from_running() {
    // Nobody answers at this address, so the pump only retransmits.
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let stack = std_embedded_nal_async::Stack::default();
    let (_, socket) = block_on(stack.connect(silent.local_addr().unwrap())).unwrap();
    let rounds = Cell::new(0);
    over(AsyncUdp::new(socket, Time(Instant::now())), |pump, inbox| {
        let pumping = async {
            loop {
                rounds.set(rounds.get() + 1);
                pump.next(inbox).await.unwrap();
            }
        };
        let other = async {
            async_io::Timer::after(Duration::from_millis(1500)).await;
        };
        block_on(or(pumping, other));
    });
    // The first flight, one retransmission after a second, and a round or two around each.
    assert!((2..12).contains(&rounds.get()), "{} rounds", rounds.get());
    let mut datagrams = 0;
    silent.set_nonblocking(true).unwrap();
    while silent.recv(&mut [0; 2048]).is_ok() {
        datagrams += 1;
    }
    assert_eq!(datagrams, 2);
}

/// A socket into the lab's loopback server, each of whose calls first waits for another round of the executor, or fails as told.
struct Slow {
    server: Rc<RefCell<Server>>,
    clock: Rc<Cell<Duration>>,
    fails: Rc<Cell<bool>>,
}

impl Slow {
    async fn turn(&self) -> std::io::Result<()> {
        yield_now().await;
        if self.fails.take() { Err(std::io::Error::other("broken")) } else { Ok(()) }
    }
}

impl ConnectedUdp for Slow {
    type Error = std::io::Error;

    async fn send(&mut self, data: &[u8]) -> std::io::Result<()> {
        self.turn().await?;
        self.server.borrow_mut().receive(self.clock.get(), data);
        Ok(())
    }

    async fn receive_into(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        loop {
            self.turn().await?;
            let Some(datagram) = self.server.borrow_mut().transmit(self.clock.get()) else { continue };
            let len = datagram.len().min(buffer.len());
            buffer[..len].copy_from_slice(&datagram[..len]);
            return Ok(datagram.len());
        }
    }
}

/// A clock that goes on when it is slept on.
struct Virtual(Rc<Cell<Duration>>);

impl Clock for Virtual {
    fn now(&mut self) -> Duration {
        self.0.get()
    }
    async fn sleep_until(&mut self, at: Duration) {
        // Late enough for whatever is on its way to come first.
        for _ in 0..8 {
            yield_now().await;
        }
        self.0.set(self.0.get().max(at));
    }
}

struct Scene {
    server: Rc<RefCell<Server>>,
    clock: Rc<Cell<Duration>>,
    fails: Rc<Cell<bool>>,
}

fn scene() -> (Scene, AsyncUdp<Slow, Virtual>) {
    let server = Server::new(server::Config::default(), Coap::new(coap::Config::default(), b"the body"));
    let (server, clock, fails) = (Rc::new(RefCell::new(server)), Rc::default(), Rc::default());
    let scene = Scene { server, clock, fails };
    let Scene { server, clock, fails } = &scene;
    let socket = Slow { server: Rc::clone(server), clock: Rc::clone(clock), fails: Rc::clone(fails) };
    let net = AsyncUdp::new(socket, Virtual(Rc::clone(clock)));
    (scene, net)
}

/// Polls a future so many times; `None` when it was dropped then.
async fn after<F: Future>(polls: usize, wanted: F) -> Option<F::Output> {
    let give_up = async {
        for _ in 0..polls {
            yield_now().await;
        }
        None
    };
    or(async { Some(wanted.await) }, give_up).await
}

#[test]
fn a_future_dropped_at_any_point_loses_a_request() {
    for polls in 1..12 {
        let (scene, net) = scene();
        let answered = over(net, |pump, inbox| {
            pump.coap.request(&Request::get("example_data")).unwrap();
            block_on(async {
                for _ in 0..20_000 {
                    match after(polls, pump.next(inbox)).await {
                        Some(Ok(Happened::Coap(Outcome::Response(response)))) => {
                            return response.message.payload.to_vec();
                        }
                        Some(Ok(Happened::Coap(other))) => panic!("{other:?}"),
                        Some(Err(error)) => panic!("{error}"),
                        _ => {}
                    }
                    // What a task does that was woken for something else.
                    scene.clock.set(scene.clock.get() + Duration::from_millis(1));
                }
                panic!("never, dropped after {polls} polls: {:?}", scene.server.borrow().seen)
            })
        });
        assert_eq!(answered, b"the body");
        assert_eq!(scene.server.borrow().seen.forged, 0);
    }
}

#[test]
fn an_error_of_an_async_socket_at_any_point_is_told_once_and_survived() {
    for at in 0..8 {
        let (scene, net) = scene();
        over(net, |pump, inbox| {
            pump.coap.request(&Request::get("example_data")).unwrap();
            let (mut errors, mut rounds) = (0, 0);
            block_on(async {
                loop {
                    scene.fails.set(rounds == at);
                    rounds += 1;
                    match pump.next(inbox).await {
                        Ok(Happened::Coap(Outcome::Response(_))) => break,
                        Ok(_) => {}
                        Err(PumpError::Transport(_)) => errors += 1,
                        Err(other) => panic!("{other:?}"),
                    }
                }
            });
            assert!(
                errors == 1 || (errors == 0 && at >= rounds - 1),
                "{errors} errors of one, at round {at} of {rounds}"
            );
        });
        scene.fails.set(false);
    }
}

#[test]
fn a_datagram_that_fills_the_inbox_of_an_async_socket_is_trusted() {
    let (scene, net) = scene();
    over(net, |pump, _| {
        let mut small = [0; 60];
        let inbox = &mut Inbox::new(&mut small);
        // The server's HelloVerifyRequest fits exactly, and might have been cut.
        block_on(async {
            while pump.net.oversize() == 0 {
                pump.next(inbox).await.unwrap();
            }
        });
        assert!(!pump.dtls.is_connected());
    });
    assert_eq!(scene.server.borrow().seen.flights, 1, "its answer had 60 bytes: {:?}", scene.server.borrow().seen);
}

#[test]
fn plain_coap_over_embedded_nal_async_is_not_answered() {
    let peer = Peer::libcoap(Libcoap::Plain, &[]).unwrap();
    let stack = std_embedded_nal_async::Stack::default();
    let (_, socket) = block_on(stack.connect(peer.address())).unwrap();
    let (mut slots, mut store) = ([const { Slot::EMPTY }; 3], [0; 512]);
    let mut coap = Endpoint::new(stint_coap::Config::DEFAULT, [7; 16], &mut slots, &mut store);
    let (mut received, mut sent) = ([0; 1281], [0; 1232]);
    ask(&mut coap);
    let (mut inbox, outbox) = (Inbox::new(&mut received), Outbox::new(&mut sent));
    let start = Instant::now();
    let net = AsyncUdp::new(socket, Time(start));
    let mut pump = PlainPump { net, coap: &mut coap, source: (), outbox };
    let mut came = Came::default();
    block_on(async {
        while !came.all() && start.elapsed() < PATIENCE {
            came.take(&pump.next(&mut inbox).await.unwrap());
        }
    });
    assert!(came.all(), "{came:?}\n{}", peer.output());
    right(&came, &peer);
}

/// A stack with one socket, as a modem has it.
#[derive(Default)]
struct Modem {
    open: usize,
    opened: usize,
    refuses: bool,
    busy: usize,
    incoming: VecDeque<(Vec<u8>, SocketAddr)>,
    outgoing: Vec<Vec<u8>>,
}

impl UdpClientStack for Modem {
    type UdpSocket = usize;
    type Error = &'static str;

    fn socket(&mut self) -> Result<usize, &'static str> {
        if self.open > 0 {
            return Err("no socket is free");
        }
        (self.open, self.opened) = (1, self.opened + 1);
        Ok(self.opened)
    }
    fn connect(&mut self, _: &mut usize, _: SocketAddr) -> Result<(), &'static str> {
        if self.refuses { Err("no network") } else { Ok(()) }
    }
    fn send(&mut self, _: &mut usize, buffer: &[u8]) -> nb::Result<(), &'static str> {
        if self.busy > 0 {
            self.busy -= 1;
            return Err(nb::Error::WouldBlock);
        }
        self.outgoing.push(buffer.to_vec());
        Ok(())
    }
    fn receive(&mut self, _: &mut usize, buffer: &mut [u8]) -> nb::Result<(usize, SocketAddr), &'static str> {
        let (datagram, from) = self.incoming.pop_front().ok_or(nb::Error::WouldBlock)?;
        let len = datagram.len().min(buffer.len());
        buffer[..len].copy_from_slice(&datagram[..len]);
        Ok((len, from))
    }
    fn close(&mut self, _: usize) -> Result<(), &'static str> {
        self.open -= 1;
        Ok(())
    }
}

const SERVER: &str = "[2001:db8::1]:5684";

#[test]
fn a_nal_socket_hears_strangers_or_trusts_what_may_have_been_cut() {
    let mut net = NalUdp::connect(Modem::default(), SERVER.parse().unwrap()).unwrap();
    let mut buf = [0; 8];
    for (bytes, from) in [
        (&b"forged"[..], "[2001:db8::2]:5684"),
        (b"forged", "[2001:db8::1]:5683"),
        (b"8 bytes!", SERVER),
        (b"too long for it", SERVER),
        (b"true", SERVER),
    ] {
        net.stack.incoming.push_back((bytes.to_vec(), from.parse().unwrap()));
    }
    // The same address, as a stack says it that knows of scopes.
    let SocketAddr::V6(mut scoped) = SERVER.parse().unwrap() else { panic!() };
    scoped.set_scope_id(2);
    net.stack.incoming.push_back((b"scoped".to_vec(), scoped.into()));
    assert_eq!(net.receive(&mut buf), Ok(4));
    assert_eq!(&buf[..4], b"true");
    assert_eq!(net.receive(&mut buf), Ok(6));
    assert_eq!(net.receive(&mut buf), Err(nb::Error::WouldBlock));
    assert_eq!(net.dropped(), 4);
}

#[test]
fn a_nal_stack_that_takes_no_datagram_is_never_tried_again() {
    let mut net = NalUdp::connect(Modem { busy: 1, ..Modem::default() }, SERVER.parse().unwrap()).unwrap();
    let now = Duration::from_secs(3);
    net.tick(now);
    assert_eq!(net.poll_timeout(), None);
    assert_eq!(net.send(b"one"), Err(nb::Error::WouldBlock));
    let due = net.poll_timeout().expect("a deadline");
    assert!(due > now && due < now + Duration::from_millis(100));
    net.tick(due);
    assert_eq!(net.send(b"one"), Ok(()));
    assert_eq!((net.poll_timeout(), net.stack.outgoing.len()), (None, 1));
}

#[test]
fn a_stack_with_one_socket_runs_out_of_them() {
    let mut modem = Modem { refuses: true, ..Modem::default() };
    let peer: SocketAddr = SERVER.parse().unwrap();
    assert_eq!(NalUdp::connect(&mut modem, peer).err(), Some("no network"));
    assert_eq!(modem.open, 0, "a socket that was not connected was given back");
    modem.refuses = false;
    let mut net = NalUdp::connect(modem, peer).unwrap();
    net.send(b"one").unwrap();
    net.renew();
    assert_eq!((net.stack.open, net.receive(&mut [0; 8])), (0, Err(nb::Error::WouldBlock)));
    net.send(b"two").unwrap();
    assert_eq!((net.stack.open, net.stack.opened), (1, 3));
    // And a network that is away just then.
    net.renew();
    net.stack.refuses = true;
    assert_eq!(net.send(b"three"), Err(nb::Error::Other("no network")));
    net.stack.refuses = false;
    net.send(b"four").unwrap();
    let (modem, closed) = net.close();
    assert_eq!((closed, modem.open, modem.outgoing.len()), (Ok(()), 0, 3));
}
