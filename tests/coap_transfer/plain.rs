//! CoAP in the clear at both ends of the simulated link.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;
use stint_coap::{Config, Endpoint, Outcome, Slot};
use stint_lab::coaps::{Bodies, Saw};
use stint_lab::link::End;
use stint_lab::random::Random;
use stint_lab::server::App;
use stint_lab::server::coap::Coap;
use stint_net::{Happened, Inbox, Outbox, PlainPump, Transport};

/// A server that the test can look into, and whose body it can change.
#[derive(Clone)]
pub(crate) struct Shared(pub(crate) Rc<RefCell<Coap>>);

impl Shared {
    pub(crate) fn new(coap: Coap) -> Self {
        Self(Rc::new(RefCell::new(coap)))
    }
}

impl App for Shared {
    fn handle(&mut self, now: Duration, message: &[u8]) -> Vec<Vec<u8>> {
        self.0.borrow_mut().handle(now, message)
    }

    fn wake(&mut self, now: Duration) -> Vec<Vec<u8>> {
        self.0.borrow_mut().wake(now)
    }

    fn deadline(&self) -> Option<Duration> {
        self.0.borrow().deadline()
    }
}

/// The server's end without DTLS.
pub(crate) struct PlainServer {
    app: Shared,
    out: VecDeque<Vec<u8>>,
}

impl PlainServer {
    pub(crate) fn new(app: Shared) -> Self {
        Self { app, out: VecDeque::new() }
    }
}

impl End for PlainServer {
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
        self.out.pop_front()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Queues {
    incoming: VecDeque<Vec<u8>>,
    outgoing: VecDeque<Vec<u8>>,
}

impl Transport for Queues {
    type Error = Infallible;

    fn receive(&mut self, into: &mut [u8]) -> nb::Result<usize, Infallible> {
        let datagram = self.incoming.pop_front().ok_or(nb::Error::WouldBlock)?;
        into[..datagram.len()].copy_from_slice(&datagram);
        Ok(datagram.len())
    }

    fn send(&mut self, datagram: &[u8]) -> nb::Result<(), Infallible> {
        self.outgoing.push_back(datagram.to_vec());
        Ok(())
    }
}

/// The device's end: the pump without DTLS.
pub(crate) struct PlainNode {
    pub(crate) pump: PlainPump<'static, 'static, Queues, Bodies>,
    pub(crate) saw: Vec<Saw>,
    inbox: Inbox<'static>,
}

impl PlainNode {
    /// What it borrows is leaked: some kilobytes a device.
    pub(crate) fn new(config: Config, seed: u64) -> Self {
        let leak = |len: usize| Box::leak(vec![0; len].into_boxed_slice());
        let slots = Box::leak(Box::new([Slot::EMPTY]));
        let seed = Random::new(seed).bytes(16).try_into().unwrap();
        let coap = Box::leak(Box::new(Endpoint::new(config, seed, slots, leak(64))));
        let outbox = Outbox::new(leak(1200));
        let pump = PlainPump { net: Queues::default(), coap, source: Bodies::default(), outbox };
        Self { pump, saw: Vec::new(), inbox: Inbox::new(leak(1281)) }
    }

    fn turn(&mut self, now: Duration) {
        for _ in 0..10_000 {
            match self.pump.poll(now, &mut self.inbox) {
                Ok(Happened::Progress) => {}
                Ok(Happened::Coap(Outcome::Response(r))) => self.saw.push(Saw::response(&r)),
                Ok(Happened::Coap(Outcome::Failed { handle, failure })) => self.saw.push(Saw::Failed(handle, failure)),
                Err(nb::Error::WouldBlock) => return,
                other => panic!("what this test does not know: {other:?}"),
            }
        }
        panic!("the pump goes on for ever at {now:?}");
    }
}

impl End for PlainNode {
    fn receive(&mut self, now: Duration, datagram: &[u8]) {
        self.pump.net.incoming.push_back(datagram.to_vec());
        self.turn(now);
    }

    fn wake(&mut self, now: Duration) {
        self.turn(now);
    }

    fn deadline(&self) -> Option<Duration> {
        self.pump.coap.poll_timeout()
    }

    fn transmit(&mut self, now: Duration) -> Option<Vec<u8>> {
        if self.pump.net.outgoing.is_empty() {
            self.turn(now);
        }
        self.pump.net.outgoing.pop_front()
    }
}
