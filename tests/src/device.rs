//! The client under test as an end of the simulated link.

use crate::link::End;
use crate::random::Random;
use crate::watched::operations;
use core::time::Duration;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use stint_dtls::auth::Auth;
use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8, Sha256};
use stint_dtls::crypto::{Aeads, Crypto, PreSharedKey};
use stint_dtls::pki::Name;
use stint_dtls::{Client, Config, Error, Event, MemoryFor, Psk};

/// What the key log hook was handed: client random and master secret, in order.
pub type Keys = Rc<RefCell<Vec<(Vec<u8>, Vec<u8>)>>>;
/// The pre-shared key of [`Options`].
pub type PskAuth = Psk<'static, PreSharedKey<'static>>;
/// The software provider; `C` are its AEADs, `X` its key exchange.
pub type Provider<C, X = ()> = Crypto<Sha256, C, Random, X>;

/// How a device is made.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The client's settings.
    pub config: Config<'static>,
    /// Identity.
    pub identity: &'static [u8],
    /// Key.
    pub key: &'static [u8],
    /// Bytes of the reassembly slice.
    pub reassembly: usize,
    /// Bytes of the buffer lent for each datagram sent.
    pub buffer: usize,
    /// Of its random source.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            config: Config::new(),
            identity: b"Client_identity",
            key: b"secretPSK",
            reassembly: 512,
            buffer: 1200,
            seed: 1,
        }
    }
}

/// What an event was, without what it borrowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// The server proved who it is.
    PeerVerified,
    /// Connected.
    Connected,
    /// Application data.
    Data(Vec<u8>),
    /// The forgery limit is reached.
    ForgeryLimit,
    /// Closed by the server.
    Closed,
    /// Ended by an error.
    Failed(Error),
}

/// What the client told of the server when it had verified it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Datagrams that the client had sent by then.
    pub sent: usize,
    /// The server's SubjectPublicKeyInfo.
    pub spki: Vec<u8>,
    /// Whether it came as a raw key.
    pub raw: bool,
    /// The DNS names of its certificate.
    pub names: Vec<String>,
}

/// A client with all that it borrows; `C` are its AEADs, `A` its credential, `X` its key exchange.
pub struct Device<C = (Aes128Ccm8, Aes128Ccm), A = PskAuth, X = ()>
where
    C: Aeads<Key: 'static>,
    A: Auth<Provider<C, X>, Step: 'static> + 'static,
    X: 'static,
{
    /// The client.
    pub client: Client<'static, A, Provider<C, X>>,
    /// All that happened, in order.
    pub happened: Vec<Happened>,
    /// What the key log hook was handed.
    pub keys: Keys,
    /// Application data that waits to be sent.
    pub outbox: VecDeque<Vec<u8>>,
    /// Datagrams sent.
    pub sent: usize,
    /// The most public-key operations that one call did, where they are [`Watched`](crate::watched::Watched).
    pub most: u64,
    /// Who the server was when it was verified.
    pub verified: Option<Verified>,
    buffer: Vec<u8>,
}

impl Device {
    /// A client that offers both suites, CCM_8 first, and has begun.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self::with(options, (Aes128Ccm8, Aes128Ccm))
    }
}

impl<C: Aeads<Key: 'static>> Device<C> {
    /// The same with other AEADs. What the client borrows is leaked: some hundred bytes a test.
    #[must_use]
    pub fn with(options: Options, aeads: C) -> Self {
        Self::begin(options, aeads).unwrap()
    }

    /// The same, where it may be refused.
    pub fn begin(options: Options, aeads: C) -> Result<Self, Error> {
        let auth = Psk::new(options.identity, PreSharedKey::new(options.key).unwrap()).unwrap();
        Self::begin_as(options, auth, aeads, ())
    }
}

impl<C, A, X> Device<C, A, X>
where
    C: Aeads<Key: 'static>,
    A: Auth<Provider<C, X>, Step: 'static> + 'static,
    X: 'static,
{
    /// The same with any credential, in place of the identity and the key of the options.
    pub fn begin_as(options: Options, auth: A, aeads: C, kx: X) -> Result<Self, Error> {
        let keys = Keys::default();
        let log = Rc::clone(&keys);
        let mut config = options.config;
        config.key_log = Some(Box::leak(Box::new(move |random: &[u8; 32], master: &[u8; 48]| {
            log.borrow_mut().push((random.to_vec(), master.to_vec()));
        })));
        let provider = Crypto { hash: Sha256, aeads, random: Random::new(options.seed), kx };
        let memory = Box::leak(Box::new(MemoryFor::<A, Provider<C, X>>::EMPTY));
        let reassembly = Box::leak(vec![0; options.reassembly].into_boxed_slice());
        let mut client = Client::new(config, auth, provider, memory, reassembly);
        client.start(Duration::ZERO)?;
        let buffer = vec![0; options.buffer];
        Ok(Self {
            client,
            happened: Vec::new(),
            keys,
            outbox: VecDeque::new(),
            sent: 0,
            most: 0,
            verified: None,
            buffer,
        })
    }

    /// Starts again, as an application does after an error.
    pub fn restart(&mut self, now: Duration) {
        self.happened.clear();
        self.client.start(now).unwrap();
    }

    /// The error that ended it.
    #[must_use]
    pub fn error(&self) -> Option<Error> {
        self.happened.iter().rev().find_map(|h| if let Happened::Failed(e) = h { Some(*e) } else { None })
    }

    /// The application data received.
    #[must_use]
    pub fn data(&self) -> Vec<Vec<u8>> {
        self.happened.iter().filter_map(|h| if let Happened::Data(d) = h { Some(d.clone()) } else { None }).collect()
    }

    fn tell(&mut self, event: &Event<'_>) {
        self.happened.push(match event {
            Event::PeerVerified => {
                let peer = self.client.peer().unwrap();
                let names = peer.names().filter_map(|n| if let Name::Dns(n) = n { Some(n.to_owned()) } else { None });
                let (spki, raw, names) = (peer.spki().to_vec(), peer.is_raw(), names.collect());
                self.verified = Some(Verified { sent: self.sent, spki, raw, names });
                Happened::PeerVerified
            }
            Event::Connected => Happened::Connected,
            Event::Data(data) => Happened::Data(data.to_vec()),
            Event::ForgeryLimit => Happened::ForgeryLimit,
            Event::Closed => Happened::Closed,
            other => panic!("an event that the lab does not know: {other:?}"),
        });
    }

    /// Calls the client, and counts the operations that it did meanwhile.
    fn call<T>(&mut self, call: impl FnOnce(&mut Client<'static, A, Provider<C, X>>, &mut [u8]) -> T) -> T {
        let before = operations();
        let result = call(&mut self.client, &mut self.buffer);
        self.most = self.most.max(operations() - before);
        result
    }

    fn work(&mut self, now: Duration) {
        // a handshake with a long chain has some ten operations
        for _ in 0..16 {
            match self.call(|client, _| client.poll_work(now)) {
                Ok(Some(event)) => self.tell(&event),
                Ok(None) => {}
                Err(nb::Error::Other(error)) => self.happened.push(Happened::Failed(error)),
                Err(nb::Error::WouldBlock) => break,
            }
        }
    }
}

impl<C, A, X> End for Device<C, A, X>
where
    C: Aeads<Key: 'static>,
    A: Auth<Provider<C, X>, Step: 'static> + 'static,
    X: 'static,
{
    fn receive(&mut self, now: Duration, datagram: &[u8]) {
        let mut copy = datagram.to_vec();
        let mut rest = copy.as_mut_slice();
        loop {
            match self.call(|client, _| client.next_event(now, &mut rest)) {
                Ok(Some(event)) => self.tell(&event),
                Ok(None) => break,
                Err(error) => self.happened.push(Happened::Failed(error)),
            }
        }
        assert!(rest.is_empty(), "Ok(None) says that the datagram is used up");
    }

    fn wake(&mut self, now: Duration) {
        self.work(now);
    }

    fn deadline(&self) -> Option<Duration> {
        self.client.poll_timeout()
    }

    fn transmit(&mut self, now: Duration) -> Option<Vec<u8>> {
        self.work(now);
        match self.call(|client, buffer| client.poll_transmit(now, buffer)) {
            Ok(Some(len)) => {
                self.sent += 1;
                return Some(self.buffer[..len].to_vec());
            }
            Ok(None) => {}
            Err(error) => {
                self.happened.push(Happened::Failed(error));
                // the alert that tells the server
                return self.transmit(now);
            }
        }
        if !self.client.is_connected() {
            return None;
        }
        let data = self.outbox.pop_front()?;
        self.sent += 1;
        let len = self
            .client
            .send(now, &mut self.buffer, |room| {
                room[..data.len()].copy_from_slice(&data);
                Some(data.len())
            })
            .unwrap()
            .unwrap();
        Some(self.buffer[..len].to_vec())
    }
}
