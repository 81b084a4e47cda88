//! A device under a keeper as an end of the simulated link.

// Each test file uses its own part of this.
#![allow(dead_code)]

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;
use stint_coap::{Code, Endpoint, Failure, Handle, OptionNumber, Outcome, Request, Slot};
use stint_dtls::auth::{Resumable, Session};
use stint_dtls::crypto::soft::{Aes128Ccm8, Sha256};
use stint_dtls::crypto::{Crypto, PreSharedKey};
use stint_dtls::{Client, Config, Error, MemoryFor, Psk};
use stint_lab::link::{End, Impairment, Link, Pair};
use stint_lab::random::Random;
use stint_lab::server::coap::{self, Coap};
use stint_lab::server::{self, Server};
use stint_net::{Happened, Inbox, Keeper, Kept, Lost, Outbox, Policy, Pump, Transport};

type Auth = Resumable<'static, Psk<'static, PreSharedKey<'static>>>;
type Provider = Crypto<Sha256, Aes128Ccm8, Random>;

/// Two queues, and how often the port was changed.
#[derive(Debug, Default)]
pub(crate) struct Net {
    incoming: VecDeque<Vec<u8>>,
    outgoing: VecDeque<Vec<u8>>,
    ports: usize,
}

impl Transport for Net {
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

    fn renew(&mut self) {
        self.ports += 1;
    }
}

/// What a keeper reported, without what it borrowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Saw {
    Connected,
    Response { handle: Handle, code: Code, notification: bool, last: bool, block: Block },
    Failed(Handle, Failure),
    Pong,
    Lost(Lost),
    Attempt(u16),
    AttemptFailed(Error, u16, Duration),
}

/// What a response carried of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) offset: u32,
    pub(crate) payload: Vec<u8>,
    pub(crate) etag: Vec<u8>,
}

/// A device.
pub(crate) struct Device {
    pub(crate) keeper: Keeper<'static, 'static, 'static, Net, Auth, Provider>,
    /// All that it reported, and when.
    pub(crate) saw: Vec<(Duration, Saw)>,
    inbox: Inbox<'static>,
    due: Option<Duration>,
}

fn leak<T>(value: T) -> &'static mut T {
    Box::leak(Box::new(value))
}

impl Device {
    pub(crate) fn new(config: Config<'static>, policy: Policy, seed: u32) -> Self {
        Self::with_slots(config, policy, seed, 3)
    }

    /// What it borrows is leaked: some kilobytes a device.
    pub(crate) fn with_slots(config: Config<'static>, policy: Policy, seed: u32, slots: usize) -> Self {
        let psk = Psk::new(b"Client_identity", PreSharedKey::new(b"secretPSK").unwrap()).unwrap();
        let auth = Resumable::new(psk, leak(Session::EMPTY));
        let random = Random::new(seed.into());
        let provider = Crypto { hash: Sha256, aeads: Aes128Ccm8, random, kx: () };
        let dtls = leak(Client::new(config, auth, provider, leak(MemoryFor::<Auth, Provider>::EMPTY), leak([0; 512])));
        let slots = Box::leak((0..slots).map(|_| Slot::EMPTY).collect());
        let mut random = Random::new(!u64::from(seed));
        let seed_of_coap = random.bytes(16).try_into().unwrap();
        let coap = leak(Endpoint::new(stint_coap::Config::DEFAULT, seed_of_coap, slots, leak([0; 512])));
        let pump = Pump { net: Net::default(), dtls, coap, source: (), outbox: Outbox::new(leak([0; 1200])) };
        let keeper = Keeper::new(pump, policy, random.number() as u32);
        Self { keeper, saw: Vec::new(), inbox: Inbox::new(leak([0; 1281])), due: None }
    }

    pub(crate) fn ask(&mut self, request: &Request<'_>) -> Handle {
        self.keeper.pump.coap.request(request).unwrap()
    }

    pub(crate) fn count(&self, what: impl Fn(&Saw) -> bool) -> usize {
        self.saw.iter().filter(|(_, saw)| what(saw)).count()
    }

    /// Notifications so far.
    pub(crate) fn notes(&self) -> usize {
        self.count(|saw| matches!(saw, Saw::Response { notification: true, .. }))
    }

    pub(crate) fn lost(&self) -> Vec<Lost> {
        let lost = self.saw.iter().filter_map(|(_, saw)| if let Saw::Lost(why) = saw { Some(*why) } else { None });
        lost.collect()
    }

    pub(crate) fn failure(&self, of: Handle) -> Option<Failure> {
        self.saw.iter().find_map(|(_, saw)| match saw {
            Saw::Failed(handle, failure) if *handle == of => Some(*failure),
            _ => None,
        })
    }

    /// Whether a request came to its end.
    pub(crate) fn ended(&self, wanted: Handle) -> bool {
        self.failure(wanted).is_some()
            || self.count(|s| matches!(s, Saw::Response { handle, last: true, .. } if *handle == wanted)) > 0
    }

    /// How often the port was changed.
    pub(crate) fn ports(&self) -> usize {
        self.keeper.pump.net.ports
    }

    fn turn(&mut self, now: Duration) {
        for _ in 0..10_000 {
            let saw = match self.keeper.poll(now, &mut self.inbox) {
                Ok(Kept::Happened(Happened::Progress)) => continue,
                Ok(Kept::Happened(Happened::Connected)) => Saw::Connected,
                Ok(Kept::Happened(Happened::Coap(Outcome::Response(r)))) => {
                    let etag = r.message.option(OptionNumber::ETAG).map(|etag| etag.value.to_vec()).unwrap_or_default();
                    let block = Block { offset: r.offset, payload: r.message.payload.to_vec(), etag };
                    Saw::Response {
                        handle: r.handle,
                        code: r.message.code,
                        notification: r.notification,
                        last: r.last,
                        block,
                    }
                }
                Ok(Kept::Happened(Happened::Coap(Outcome::Failed { handle, failure }))) => Saw::Failed(handle, failure),
                Ok(Kept::Happened(Happened::Coap(Outcome::Pong { .. }))) => Saw::Pong,
                Ok(Kept::Lost(why)) => Saw::Lost(why),
                Ok(Kept::Attempt { number }) => Saw::Attempt(number),
                Ok(Kept::Failed { error, number, next }) => Saw::AttemptFailed(error, number, next),
                Err(nb::Error::WouldBlock) => {
                    self.due = self.keeper.poll_timeout();
                    return;
                }
                other => panic!("what a keeper does not let through: {other:?}"),
            };
            self.saw.push((now, saw));
        }
        panic!("the keeper goes on for ever at {now:?}: {:?}", &self.saw[self.saw.len() - 10..]);
    }
}

impl End for Device {
    fn receive(&mut self, now: Duration, datagram: &[u8]) {
        self.keeper.pump.net.incoming.push_back(datagram.to_vec());
        self.turn(now);
    }

    fn wake(&mut self, now: Duration) {
        self.turn(now);
    }

    fn deadline(&self) -> Option<Duration> {
        self.due
    }

    fn transmit(&mut self, now: Duration) -> Option<Vec<u8>> {
        if self.keeper.pump.net.outgoing.is_empty() {
            self.turn(now);
        }
        self.keeper.pump.net.outgoing.pop_front()
    }
}

/// The resources of the lab's server.
pub(crate) fn resources(config: coap::Config) -> Coap {
    Coap::new(config, b"the body")
}

/// A server fresh from its reset.
pub(crate) fn server(config: coap::Config) -> Server {
    Server::new(server::Config::default(), resources(config))
}

pub(crate) fn pair(device: Device, server: Server) -> Pair<'static, Device, Server> {
    Pair::new(device, server, Link::new(Impairment::NONE, 1))
}
