//! A whole device as an end of the simulated link: stint-net's pump over a transport of two queues.

use crate::device::{Keys, Options};
use crate::link::End;
use crate::random::Random;
use core::convert::Infallible;
use core::time::Duration;
use std::collections::VecDeque;
use std::rc::Rc;
use stint_coap::{Code, Endpoint, Failure, Handle, OptionNumber, Outcome, Response, Slot, Source};
use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8, Sha256};
use stint_dtls::crypto::{Crypto, PreSharedKey};
use stint_dtls::{Client, MemoryFor, Psk};
use stint_net::{Happened, Inbox, Outbox, Pump, PumpError, Transport};

type Auth = Psk<'static, PreSharedKey<'static>>;
type Provider = Crypto<Sha256, (Aes128Ccm8, Aes128Ccm), Random>;

/// What came and what goes.
#[derive(Debug, Default)]
pub struct Queues {
    incoming: VecDeque<Vec<u8>>,
    outgoing: VecDeque<Vec<u8>>,
}

impl Transport for Queues {
    type Error = Infallible;

    fn receive(&mut self, into: &mut [u8]) -> nb::Result<usize, Infallible> {
        let datagram = self.incoming.pop_front().ok_or(nb::Error::WouldBlock)?;
        // what does not fit is dropped, as a socket does
        let Some(room) = into.get_mut(..datagram.len()) else { return self.receive(into) };
        room.copy_from_slice(&datagram);
        Ok(datagram.len())
    }

    fn send(&mut self, datagram: &[u8]) -> nb::Result<(), Infallible> {
        self.outgoing.push_back(datagram.to_vec());
        Ok(())
    }
}

/// Bodies for uploads.
#[derive(Debug, Default)]
pub struct Bodies(pub Vec<Vec<u8>>);

impl Source for Bodies {
    fn size(&mut self, key: u8) -> Option<u32> {
        self.0.get(usize::from(key))?.len().try_into().ok()
    }

    fn read(&mut self, key: u8, offset: u32, out: &mut [u8]) -> Option<(usize, bool)> {
        let rest = self.0.get(usize::from(key))?.get(offset as usize..)?;
        let len = rest.len().min(out.len());
        out[..len].copy_from_slice(&rest[..len]);
        Some((len, rest.len() > len))
    }
}

/// What happened, without what it borrowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saw {
    /// The handshake is complete.
    Connected,
    /// A response, or one block of it.
    Response {
        /// Of which request.
        handle: Handle,
        /// Its code.
        code: Code,
        /// Its payload.
        payload: Vec<u8>,
        /// Its ETag; empty if it has none.
        etag: Vec<u8>,
        /// Where the payload begins in the body.
        offset: u32,
        /// Whether the body goes on.
        more: bool,
        /// Whether it is a notification.
        notification: bool,
        /// Whether it ends its handle.
        last: bool,
    },
    /// A request ended without a response.
    Failed(Handle, Failure),
    /// The answer to a ping.
    Pong(Handle),
    /// Too many forgeries.
    ForgeryLimit,
    /// Closed by the server.
    Closed,
    /// DTLS ended with an error.
    Ended(stint_dtls::Error),
}

impl Saw {
    /// A response, copied.
    #[must_use]
    pub fn response(r: &Response<'_>) -> Self {
        Saw::Response {
            handle: r.handle,
            code: r.message.code,
            payload: r.message.payload.to_vec(),
            etag: r.message.option(OptionNumber::ETAG).map(|etag| etag.value.to_vec()).unwrap_or_default(),
            offset: r.offset,
            more: r.more,
            notification: r.notification,
            last: r.last,
        }
    }
}

/// A device.
pub struct Node {
    /// The pump: its parts can be used between two steps.
    pub pump: Pump<'static, 'static, 'static, Queues, Auth, Provider, Bodies>,
    /// All that happened, in order.
    pub saw: Vec<Saw>,
    /// What the key log hook was handed.
    pub keys: Keys,
    inbox: Inbox<'static>,
}

fn leak<T: Clone>(value: T, count: usize) -> &'static mut [T] {
    Box::leak(vec![value; count].into_boxed_slice())
}

impl Node {
    /// A device with `slots` CoAP slots that has begun its handshake. What it borrows is leaked: some kilobytes a device.
    #[must_use]
    pub fn new(options: Options, coap: stint_coap::Config, slots: usize) -> Self {
        let keys = Keys::default();
        let log = Rc::clone(&keys);
        let mut config = options.config;
        config.key_log = Some(Box::leak(Box::new(move |random: &[u8; 32], master: &[u8; 48]| {
            log.borrow_mut().push((random.to_vec(), master.to_vec()));
        })));
        let auth = Psk::new(options.identity, PreSharedKey::new(options.key).unwrap()).unwrap();
        let random = Random::new(options.seed);
        let seed = Random::new(!options.seed).bytes(16).try_into().unwrap();
        let provider = Crypto { hash: Sha256, aeads: (Aes128Ccm8, Aes128Ccm), random, kx: () };
        let memory = Box::leak(Box::new(MemoryFor::<Auth, Provider>::EMPTY));
        let dtls = Box::leak(Box::new(Client::new(config, auth, provider, memory, leak(0, options.reassembly))));
        dtls.start(Duration::ZERO).unwrap();
        let slots = Box::leak((0..slots).map(|_| Slot::EMPTY).collect());
        let coap = Box::leak(Box::new(Endpoint::new(coap, seed, slots, leak(0, 64 * slots.len()))));
        let outbox = Outbox::new(leak(0, options.buffer));
        let pump = Pump { net: Queues::default(), dtls, coap, source: Bodies::default(), outbox };
        Self { pump, saw: Vec::new(), keys, inbox: Inbox::new(leak(0, 1281)) }
    }

    /// The error that DTLS ended with.
    #[must_use]
    pub fn error(&self) -> Option<stint_dtls::Error> {
        self.saw.iter().find_map(|s| if let Saw::Ended(e) = s { Some(*e) } else { None })
    }

    /// The payloads of a handle's responses.
    #[must_use]
    pub fn answers(&self, to: Handle) -> Vec<Vec<u8>> {
        let own = self.saw.iter().filter_map(|s| match s {
            Saw::Response { handle, payload, .. } if *handle == to => Some(payload.clone()),
            _ => None,
        });
        own.collect()
    }

    /// How a request failed.
    #[must_use]
    pub fn failure(&self, of: Handle) -> Option<Failure> {
        self.saw.iter().find_map(|s| match s {
            Saw::Failed(handle, failure) if *handle == of => Some(*failure),
            _ => None,
        })
    }

    fn turn(&mut self, now: Duration) {
        // a datagram has few records, and a poll takes one at least
        for _ in 0..100_000 {
            let saw = match self.pump.poll(now, &mut self.inbox) {
                Ok(Happened::Progress) => continue,
                Ok(Happened::Connected) => Saw::Connected,
                Ok(Happened::Coap(Outcome::Response(r))) => Saw::response(&r),
                Ok(Happened::Coap(Outcome::Failed { handle, failure })) => Saw::Failed(handle, failure),
                Ok(Happened::Coap(Outcome::Pong { handle })) => Saw::Pong(handle),
                Ok(Happened::ForgeryLimit) => Saw::ForgeryLimit,
                Ok(Happened::Closed) => Saw::Closed,
                Err(nb::Error::WouldBlock) => return,
                Err(nb::Error::Other(PumpError::Dtls(error))) => Saw::Ended(error),
                other => panic!("what the lab does not know: {other:?}"),
            };
            self.saw.push(saw);
        }
        panic!("the pump goes on for ever at {now:?}");
    }
}

impl End for Node {
    fn receive(&mut self, now: Duration, datagram: &[u8]) {
        self.pump.net.incoming.push_back(datagram.to_vec());
        self.turn(now);
    }

    fn wake(&mut self, now: Duration) {
        self.turn(now);
    }

    fn deadline(&self) -> Option<Duration> {
        let coap = self.pump.coap.poll_timeout().filter(|_| self.pump.dtls.is_connected());
        self.pump.dtls.poll_timeout().into_iter().chain(coap).min()
    }

    fn transmit(&mut self, now: Duration) -> Option<Vec<u8>> {
        if self.pump.net.outgoing.is_empty() {
            self.turn(now);
        }
        self.pump.net.outgoing.pop_front()
    }
}
