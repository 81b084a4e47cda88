//! The pumps over a transport that blocks, fails and coalesces as it is told, in virtual time.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use stint_coap::{Code, Endpoint, Outcome, Request, Slot};
use stint_dtls::crypto::soft::{Aes128Ccm8, Sha256};
use stint_dtls::crypto::{Crypto, PreSharedKey};
use stint_dtls::{Client, Config, Error, Memory, Psk, SendError};
use stint_lab::link::End;
use stint_lab::random::Random;
use stint_lab::server::coap::{self, Coap};
use stint_lab::server::{self, APPLICATION_DATA, App, Script, Server, Stage};
use stint_net::{Happened, Inbox, Outbox, PlainPump, Pump, PumpError, Transport};

/// The transport broke; the number says at which call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Broken(usize);

/// What a call of `send` meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Sent,
    Blocked,
    Broken,
}

/// A network that leads straight to `end`, with its clock.
struct Wire<E> {
    end: E,
    now: Duration,
    /// Decides on each call of `send`, by its number.
    fate: Box<dyn FnMut(usize) -> Fate>,
    calls: usize,
    /// All that was offered, refused or not.
    offered: Vec<(Fate, Vec<u8>)>,
    receives: usize,
}

type Shared<E> = Rc<RefCell<Wire<E>>>;

struct Net<E>(Shared<E>);

fn wire<E: End>(end: E, fate: impl FnMut(usize) -> Fate + 'static) -> Shared<E> {
    let fate = Box::new(fate);
    Rc::new(RefCell::new(Wire { end, now: Duration::ZERO, fate, calls: 0, offered: Vec::new(), receives: 0 }))
}

impl<E: End> Transport for Net<E> {
    type Error = Broken;

    fn receive(&mut self, into: &mut [u8]) -> nb::Result<usize, Broken> {
        let mut wire = self.0.borrow_mut();
        wire.receives += 1;
        let now = wire.now;
        let datagram = wire.end.transmit(now).ok_or(nb::Error::WouldBlock)?;
        into[..datagram.len()].copy_from_slice(&datagram);
        Ok(datagram.len())
    }

    fn send(&mut self, datagram: &[u8]) -> nb::Result<(), Broken> {
        let mut wire = self.0.borrow_mut();
        let (now, call) = (wire.now, wire.calls);
        wire.calls += 1;
        let fate = (wire.fate)(call);
        wire.offered.push((fate, datagram.to_vec()));
        match fate {
            Fate::Blocked => Err(nb::Error::WouldBlock),
            Fate::Broken => Err(nb::Error::Other(Broken(call))),
            Fate::Sent => {
                wire.end.receive(now, datagram);
                Ok(())
            }
        }
    }

    fn tick(&mut self, now: Duration) {
        let mut wire = self.0.borrow_mut();
        wire.now = now;
        if wire.end.deadline().is_some_and(|due| due <= now) {
            wire.end.wake(now);
        }
    }

    fn poll_timeout(&mut self) -> Option<Duration> {
        let wire = self.0.borrow();
        // A blocked send is worth a try after a while.
        let again =
            matches!(wire.offered.last(), Some((Fate::Blocked, _))).then(|| wire.now + Duration::from_millis(5));
        [wire.end.deadline(), again].into_iter().flatten().min()
    }
}

/// CoAP without DTLS as an end.
struct Plain {
    app: Coap,
    out: Vec<Vec<u8>>,
}

impl End for Plain {
    fn receive(&mut self, now: Duration, datagram: &[u8]) {
        self.out.extend(self.app.handle(now, datagram));
    }
    fn wake(&mut self, now: Duration) {
        self.out.extend(self.app.wake(now));
    }
    fn deadline(&self) -> Option<Duration> {
        self.app.deadline()
    }
    fn transmit(&mut self, _now: Duration) -> Option<Vec<u8>> {
        (!self.out.is_empty()).then(|| self.out.remove(0))
    }
}

fn resources() -> Coap {
    Coap::new(coap::Config::default(), b"the body")
}

fn far_end(config: server::Config) -> Server {
    Server::new(config, resources())
}

/// What a run saw, without borrows.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Saw {
    Connected,
    Response(Code, Vec<u8>, bool),
    Failed(stint_coap::Failure),
    Closed,
    ForgeryLimit,
    Error(PumpError<Broken>),
}

fn saw(happened: Happened<'_>) -> Option<Saw> {
    Some(match happened {
        Happened::Progress => return None,
        Happened::Connected => Saw::Connected,
        Happened::Closed => Saw::Closed,
        Happened::ForgeryLimit => Saw::ForgeryLimit,
        Happened::Coap(Outcome::Response(response)) => {
            Saw::Response(response.message.code, response.message.payload.to_vec(), response.notification)
        }
        Happened::Coap(Outcome::Failed { failure, .. }) => Saw::Failed(failure),
        other => panic!("{other:?}"),
    })
}

type Dtls<'b> = Client<'b, Psk<'b, PreSharedKey<'b>>, Crypto<Sha256, Aes128Ccm8, Random>>;
type Coaps<'p, 'b, 'c> = Pump<'p, 'b, 'c, Net<Server>, Psk<'b, PreSharedKey<'b>>, Crypto<Sha256, Aes128Ccm8, Random>>;

/// A started client with its pump, handed to `play`.
fn coaps(config: Config<'_>, net: &Shared<Server>, play: impl FnOnce(&mut Coaps<'_, '_, '_>, &mut Run)) {
    let key = PreSharedKey::new(b"secretPSK").unwrap();
    let auth = Psk::new(b"Client_identity", key).unwrap();
    let provider = Crypto { hash: Sha256, aeads: Aes128Ccm8, random: Random::new(7), kx: () };
    let (mut memory, mut reassembly) = (Memory::EMPTY, [0; 512]);
    let mut dtls: Dtls<'_> = Client::new(config, auth, provider, &mut memory, &mut reassembly);
    dtls.start(Duration::ZERO).unwrap();
    let (mut slots, mut store) = ([const { Slot::EMPTY }; 4], [0; 1024]);
    let mut coap = Endpoint::new(stint_coap::Config::DEFAULT, [7; 16], &mut slots, &mut store);
    let mut out = [0; 1232];
    let outbox = Outbox::new(&mut out);
    let mut pump = Pump { net: Net(Rc::clone(net)), dtls: &mut dtls, coap: &mut coap, source: (), outbox };
    play(&mut pump, &mut Run::default());
}

/// Polls in virtual time, and keeps what was seen.
#[derive(Default)]
struct Run {
    now: Duration,
    saw: Vec<Saw>,
    polls: usize,
}

impl Run {
    fn errors(&self) -> Vec<PumpError<Broken>> {
        let error = |saw: &Saw| if let Saw::Error(error) = saw { Some(*error) } else { None };
        self.saw.iter().filter_map(error).collect()
    }

    fn responses(&self) -> Vec<&[u8]> {
        let bodies = self.saw.iter().filter_map(|saw| match saw {
            Saw::Response(_, body, _) => Some(body.as_slice()),
            _ => None,
        });
        bodies.collect()
    }

    /// Until `enough`, or until there is nothing to wait for, or for an hour.
    fn until(&mut self, pump: &mut Coaps<'_, '_, '_>, enough: impl Fn(&[Saw]) -> bool) {
        let mut buf = [0; 2048];
        let mut inbox = Inbox::new(&mut buf);
        while !enough(&self.saw) && self.now < Duration::from_secs(3600) {
            self.polls += 1;
            match pump.poll(self.now, &mut inbox) {
                Ok(happened) => self.saw.extend(saw(happened)),
                Err(nb::Error::WouldBlock) => match pump.poll_timeout() {
                    Some(due) => self.now = self.now.max(due),
                    None => return,
                },
                Err(nb::Error::Other(error)) => {
                    self.saw.push(Saw::Error(error));
                    if matches!(error, PumpError::Send(_)) {
                        return;
                    }
                }
            }
        }
    }
}

fn responded(count: usize) -> impl Fn(&[Saw]) -> bool {
    move |saw| saw.iter().filter(|saw| matches!(saw, Saw::Response(..))).count() >= count
}

fn body(pump: &mut Coaps<'_, '_, '_>) {
    pump.coap.request(&Request::get("example_data")).unwrap();
}

/// No record number was used twice, and none came damaged: nothing was sealed twice or cut.
fn sealed_once(net: &Shared<Server>) {
    let wire = net.borrow();
    assert_eq!((wire.end.seen.replayed, wire.end.seen.forged, wire.end.seen.foreign), (0, 0, 0));
    let mut offers = wire.offered.iter();
    while let Some((fate, bytes)) = offers.next() {
        if *fate == Fate::Blocked {
            let next = offers.clone().next().map(|(_, bytes)| bytes);
            assert!(next.is_none_or(|next| next == bytes), "what was refused is offered again, byte for byte");
        }
    }
}

#[test]
fn requests_made_before_the_handshake_wait_for_it() {
    let net = wire(far_end(server::Config::default()), |_| Fate::Sent);
    coaps(Config::new(), &net, |pump, run| {
        body(pump);
        run.until(pump, responded(1));
        assert_eq!(run.saw[0], Saw::Connected);
        assert_eq!(run.saw[1], Saw::Response(Code::CONTENT, b"the body".to_vec(), false));
        assert_eq!(run.now, Duration::ZERO, "nothing waited for a timer");
    });
    let wire = net.borrow();
    assert_eq!(wire.end.seen.data.len(), 1, "one request, not retransmitted");
    assert_eq!(wire.offered.iter().map(|(_, bytes)| bytes.len()).take(3).collect::<Vec<_>>(), [80, 112, 109]);
}

#[test]
fn a_server_that_answers_late_does_not_make_the_pump_spin_or_the_request_age() {
    let net = wire(far_end(server::Config::default()), |_| Fate::Sent);
    net.borrow_mut().end.silence(true);
    coaps(Config::new(), &net, |pump, run| {
        body(pump);
        run.until(pump, |saw| !saw.is_empty());
        assert!(matches!(run.saw[..], [Saw::Error(PumpError::Dtls(Error::Timeout { .. }))]), "{:?}", run.saw);
        // 7 transmissions: a poll for each, and one or two around it.
        assert!(run.polls < 40, "{} polls", run.polls);
        net.borrow_mut().end.silence(false);
        pump.dtls.start(run.now).unwrap();
        run.until(pump, responded(1));
        assert_eq!(run.responses(), [b"the body"]);
    });
    assert_eq!(net.borrow().end.seen.data.len(), 1);
}

#[test]
fn a_transport_that_blocks_once_at_any_point_costs_nothing_but_time() {
    let offers = |blocked: usize, times: usize| {
        let net = wire(far_end(server::Config::default()), move |call| {
            if (blocked..blocked + times).contains(&call) { Fate::Blocked } else { Fate::Sent }
        });
        coaps(Config::new(), &net, |pump, run| {
            body(pump);
            run.until(pump, responded(1));
            body(pump);
            run.until(pump, responded(2));
            pump.close();
            run.until(pump, |_| false);
            assert_eq!(run.responses(), [b"the body", b"the body"], "blocked at {blocked}, {times} times");
            assert_eq!(run.errors(), []);
        });
        sealed_once(&net);
        let wire = net.borrow();
        assert_eq!(wire.end.seen.alerts, [(1, 1, 0)], "close_notify, blocked at {blocked}");
        wire.offered.iter().filter(|(fate, _)| *fate == Fate::Sent).count()
    };
    let clean = offers(usize::MAX - 9, 0);
    assert!(clean >= 6, "three flights, two requests, one alert: {clean}");
    for blocked in 0..clean {
        for times in [1, 2, 7] {
            assert_eq!(offers(blocked, times), clean, "as many datagrams as without");
        }
    }
}

#[test]
fn what_comes_is_delivered_while_nothing_can_be_sent() {
    let stuck = Rc::new(RefCell::new(false));
    let looked = Rc::clone(&stuck);
    let net =
        wire(far_end(server::Config::default()), move |_| if *looked.borrow() { Fate::Blocked } else { Fate::Sent });
    coaps(Config::new(), &net, |pump, run| {
        pump.coap.request(&Request::observe("time")).unwrap();
        run.until(pump, responded(1));
        *stuck.borrow_mut() = true;
        run.until(pump, responded(3));
        assert_eq!(run.responses().len(), 3, "notifications came though no acknowledgement went");
        *stuck.borrow_mut() = false;
        run.until(pump, responded(4));
        assert_eq!(run.errors(), []);
    });
    sealed_once(&net);
}

/// A notification for the observation that `net`'s server was asked for first, with a sequence number and an ID of our own.
fn notification(net: &Shared<Server>, number: u8, text: &[u8]) -> Vec<u8> {
    let request = net.borrow().end.seen.data[0].clone();
    let token = &request[4..][..usize::from(request[0] & 15)];
    let header = [0x50 | token.len() as u8, 0x45, 0x77, number];
    [&header[..], token, &[0x63, 0x10, 0, number, 0xff], text].concat()
}

#[test]
fn several_records_in_a_datagram_give_one_outcome_each_before_the_next_datagram_is_read() {
    let net = wire(far_end(server::Config::default()), |_| Fate::Sent);
    coaps(Config::new(), &net, |pump, run| {
        pump.coap.request(&Request::observe("time")).unwrap();
        run.until(pump, responded(1));
        let texts: [&[u8]; 3] = [b"one", b"two", b"three"];
        let mut datagram = Vec::new();
        for (number, text) in (1..).zip(texts) {
            let message = notification(&net, number, text);
            datagram.extend(net.borrow_mut().end.seal(APPLICATION_DATA, &message).unwrap());
        }
        net.borrow_mut().end.send_raw(datagram);
        let (mut buf, mut seen) = ([0; 2048], Vec::new());
        let mut inbox = Inbox::new(&mut buf);
        let before = net.borrow().receives;
        for left in [false, false, true] {
            let happened = pump.poll(run.now, &mut inbox).unwrap();
            seen.extend(saw(happened));
            assert_eq!(inbox.is_empty(), left);
        }
        assert_eq!(net.borrow().receives, before + 1, "the datagram was read once");
        let expected = texts.map(|text| Saw::Response(Code::CONTENT, text.to_vec(), true));
        assert_eq!(seen, expected);
    });
}

#[test]
fn a_broken_transport_is_told_once_and_the_datagram_counts_as_lost() {
    for broken in 0..5 {
        let fate = move |call| if call == broken { Fate::Broken } else { Fate::Sent };
        let net = wire(far_end(server::Config::default()), fate);
        coaps(Config::new(), &net, |pump, run| {
            body(pump);
            run.until(pump, responded(1));
            body(pump);
            run.until(pump, responded(2));
            assert_eq!(run.responses(), [b"the body", b"the body"]);
            assert_eq!(run.errors(), [PumpError::Transport(Broken(broken))]);
        });
        sealed_once(&net);
    }
}

#[test]
fn closing_says_close_notify_once_and_sends_nothing_more() {
    let net = wire(far_end(server::Config::default()), |_| Fate::Sent);
    coaps(Config::new(), &net, |pump, run| {
        body(pump);
        run.until(pump, responded(1));
        let sent = net.borrow().offered.len();
        pump.close();
        body(pump);
        run.until(pump, |_| false);
        assert_eq!(net.borrow().offered.len(), sent + 1);
        assert!(pump.outbox.is_empty() && !pump.dtls.is_connected());
        assert_eq!(pump.poll_timeout(), net.borrow().end.deadline(), "nothing of ours is due");
    });
    assert_eq!(net.borrow().end.seen.alerts, [(1, 1, 0)]);
}

#[test]
fn the_peer_s_close_is_told_and_answered() {
    let net = wire(far_end(server::Config::default()), |_| Fate::Sent);
    coaps(Config::new(), &net, |pump, run| {
        body(pump);
        run.until(pump, responded(1));
        net.borrow_mut().end.send(server::ALERT, &[1, 0]);
        run.until(pump, |saw| saw.last() == Some(&Saw::Closed));
        run.until(pump, |_| false);
        assert_eq!(run.saw.last(), Some(&Saw::Closed));
    });
    assert_eq!(net.borrow().end.seen.alerts, [(1, 1, 0)]);
}

#[test]
fn a_fatal_error_s_alert_goes_out_before_the_error_is_told() {
    let config = server::Config { script: vec![Script::Suite(0xc0a6)], ..server::Config::default() };
    let net = wire(far_end(config), |_| Fate::Sent);
    coaps(Config::new(), &net, |pump, run| {
        run.until(pump, |saw| !saw.is_empty());
        let error = run.errors()[0];
        assert!(matches!(error, PumpError::Dtls(Error::SuiteNotOffered(_))), "{error:?}");
        assert_eq!(net.borrow().end.seen.alerts, [(0, 2, 47)]);
    });
}

#[test]
fn a_server_that_vanishes_leaves_a_pump_that_can_start_again() {
    let config = server::Config { script: vec![Script::Vanish(Stage::Finish)], ..server::Config::default() };
    let net = wire(far_end(config), |_| Fate::Sent);
    coaps(Config::new(), &net, |pump, run| {
        body(pump);
        run.until(pump, |saw| !saw.is_empty());
        assert!(matches!(run.errors()[..], [PumpError::Dtls(Error::Timeout { .. })]), "{:?}", run.saw);
        net.borrow_mut().end.config.script.clear();
        net.borrow_mut().end.reboot();
        pump.dtls.start(run.now).unwrap();
        run.until(pump, responded(1));
        assert_eq!(run.responses(), [b"the body"]);
    });
}

#[test]
fn a_spent_key_is_told_when_nothing_else_is_and_keeps_nothing_from_being_received() {
    let net = wire(far_end(server::Config::default()), |_| Fate::Sent);
    let mut config = Config::new();
    // Finished, one request, one acknowledgement; the counter is of records sealed.
    config.record_limit = 4;
    coaps(config, &net, |pump, run| {
        pump.coap.request(&Request::observe("time")).unwrap();
        run.until(pump, |saw| saw.iter().any(|saw| matches!(saw, Saw::Error(_))));
        let before = run.responses().len();
        assert!(before >= 1);
        assert_eq!(run.errors(), [PumpError::Send(SendError::Spent)]);
        let message = notification(&net, 1, b"late");
        net.borrow_mut().end.send(APPLICATION_DATA, &message);
        run.until(pump, responded(before + 1));
        assert_eq!(run.responses().last(), Some(&&b"late"[..]));
    });
}

#[test]
fn plain_coap_goes_through_a_transport_that_blocks() {
    for blocked in 0..4 {
        let end = Plain { app: resources(), out: Vec::new() };
        let net = wire(end, move |call| if call / 2 == blocked { Fate::Blocked } else { Fate::Sent });
        let (mut slots, mut store) = ([const { Slot::EMPTY }; 4], [0; 1024]);
        let mut coap = Endpoint::new(stint_coap::Config::DEFAULT, [7; 16], &mut slots, &mut store);
        let (mut out, mut buf) = ([0; 1232], [0; 2048]);
        let outbox = Outbox::new(&mut out);
        let mut pump = PlainPump { net: Net(Rc::clone(&net)), coap: &mut coap, source: (), outbox };
        let mut inbox = Inbox::new(&mut buf);
        pump.coap.request(&Request::get("example_data")).unwrap();
        pump.coap.request(&Request::observe("time")).unwrap();
        let (mut now, mut seen) = (Duration::ZERO, Vec::new());
        while seen.len() < 4 {
            match pump.poll(now, &mut inbox) {
                Ok(happened) => seen.extend(saw(happened)),
                Err(nb::Error::WouldBlock) => now = pump.poll_timeout().expect("an observation is under way").max(now),
                Err(error) => panic!("{error:?}"),
            }
            assert!(now < Duration::from_secs(60), "{seen:?}");
        }
        assert!(seen.contains(&Saw::Response(Code::CONTENT, b"the body".to_vec(), false)), "{seen:?}");
        assert!(seen.iter().filter(|saw| matches!(saw, Saw::Response(_, _, true))).count() >= 2, "{seen:?}");
    }
}
