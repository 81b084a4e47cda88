//! The pump: CoAP in DTLS over a network that fails, is full, doubles and bends, with a server that seals what a script says.
//!
//! A poll comes to rest; nothing is told of CoAP without an association; what goes out fits; the outbox holds one datagram and no more.

use super::Script;
use super::coap::{Head, made};
use super::endpoint::Bodies;
use crate::link::End;
use crate::random::Random;
use crate::server::{APPLICATION_DATA, App, Config, Server};
use core::time::Duration;
use std::collections::VecDeque;
use stint_coap::{Body, Code, Config as CoapConfig, Endpoint, Outcome, Request, Slot, Type};
use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8, Sha256};
use stint_dtls::crypto::{Crypto, PreSharedKey};
use stint_dtls::{Client, Config as ClientConfig, MemoryFor, Psk};
use stint_net::{Happened, Inbox, Outbox, Pump, PumpError, Transport};

type Auth = Psk<'static, PreSharedKey<'static>>;
type Provider = Crypto<Sha256, (Aes128Ccm8, Aes128Ccm), Random>;

/// A network that may be full or broken.
#[derive(Default)]
struct Net {
    incoming: VecDeque<Vec<u8>>,
    outgoing: Vec<Vec<u8>>,
    full: u8,
    broken: u8,
}

impl Transport for Net {
    type Error = ();

    fn receive(&mut self, into: &mut [u8]) -> nb::Result<usize, ()> {
        if self.broken > 0 {
            self.broken -= 1;
            return Err(nb::Error::Other(()));
        }
        let datagram = self.incoming.pop_front().ok_or(nb::Error::WouldBlock)?;
        let len = datagram.len().min(into.len());
        into[..len].copy_from_slice(&datagram[..len]);
        Ok(len)
    }

    fn send(&mut self, datagram: &[u8]) -> nb::Result<(), ()> {
        assert!(!datagram.is_empty() && datagram.len() <= 300);
        if self.full > 0 {
            self.full -= 1;
            return Err(if self.full & 1 == 0 { nb::Error::WouldBlock } else { nb::Error::Other(()) });
        }
        self.outgoing.push(datagram.to_vec());
        Ok(())
    }
}

/// Keeps what it is asked for.
#[derive(Clone, Default)]
struct Asked(std::rc::Rc<std::cell::RefCell<Vec<Vec<u8>>>>);

impl App for Asked {
    fn handle(&mut self, _: Duration, message: &[u8]) -> Vec<Vec<u8>> {
        self.0.borrow_mut().push(message.to_vec());
        Vec::new()
    }
}

struct Game<'p, 'b> {
    pump: Pump<'p, 'b, 'b, Net, Auth, Provider, Bodies>,
    server: Server,
    asked: Asked,
    now: Duration,
}

/// Bytes: steps.
pub(super) fn body(data: &[u8]) {
    let auth = Psk::new(b"Client_identity", PreSharedKey::new(b"secretPSK").unwrap()).unwrap();
    let provider = Crypto { hash: Sha256, aeads: (Aes128Ccm8, Aes128Ccm), random: Random::new(1), kx: () };
    let mut memory = MemoryFor::<Auth, Provider>::EMPTY;
    let mut config = ClientConfig::new();
    config.forgery_limit = Some(4);
    config.record_limit = 60;
    let mut dtls = Client::new(config, auth, provider, &mut memory, &mut []);
    dtls.start(Duration::ZERO).unwrap();
    let (mut slots, mut store) = ([const { Slot::EMPTY }; 2], [0; 128]);
    let mut coap = Endpoint::new(CoapConfig::DEFAULT, [5; 16], &mut slots, &mut store);
    let (mut out, mut buffer) = ([0; 300], [0; 400]);
    let pump =
        Pump { net: Net::default(), dtls: &mut dtls, coap: &mut coap, source: Bodies, outbox: Outbox::new(&mut out) };
    let asked = Asked::default();
    let server = Server::new(Config { cookie: None, ..Config::default() }, asked.clone());
    let mut game = Game { pump, server, asked, now: Duration::ZERO };
    let mut inbox = Inbox::new(&mut buffer);
    let mut script = Script::new(data);
    for _ in 0..96 {
        game.turn(&mut inbox);
        let Some(step) = script.step() else { break };
        game.step(step, &mut script);
    }
    game.ends(&mut inbox);
}

impl Game<'_, '_> {
    fn step(&mut self, step: u8, script: &mut Script<'_>) {
        match step % 16 {
            0..=3 => self.flows(),
            4 | 5 => {
                let mut request = Request::get("value");
                let choices = script.byte();
                request.observe = choices & 1 != 0;
                request.confirmable = choices & 2 != 0;
                if choices & 4 != 0 {
                    (request.code, request.body) = (Code::PUT, Body::Source(script.byte()));
                }
                let _ = self.pump.coap.request(&request);
            }
            6 | 7 => self.answers(script),
            8 => {
                let plain = script.bytes(120);
                let record = self.server.seal(20 + script.byte() % 5, plain);
                self.pump.net.incoming.extend(record);
            }
            9 => self.pump.net.incoming.push_back(script.bytes(255).to_vec()),
            10 => {
                if let Some(datagram) = self.pump.net.incoming.front_mut().filter(|datagram| !datagram.is_empty()) {
                    let at = usize::from(script.byte()) % datagram.len();
                    datagram[at] ^= script.byte().max(1);
                }
            }
            11 => self.pump.net.full = script.byte() & 7,
            12 => self.pump.net.broken = script.byte() & 3,
            13 => self.now += Duration::from_millis(script.word().into()),
            14 => self.now = self.now.max(self.pump.poll_timeout().unwrap_or_default()),
            _ => match script.byte() {
                0..=40 => self.pump.close(),
                41..=120 => self.pump.dtls.start(self.now).unwrap(),
                121..=150 => self.pump.coap.association_lost(),
                _ => drop(self.pump.net.incoming.pop_front()),
            },
        }
    }

    /// An answer to the last request that came, or nearly.
    fn answers(&mut self, script: &mut Script<'_>) {
        let Some(request) = self.asked.0.borrow().last().cloned() else { return };
        let Ok(request) = stint_coap::Message::parse(&request) else { panic!("a message that is none") };
        let kind = [Type::Acknowledgement, Type::NonConfirmable, Type::Confirmable][usize::from(script.byte()) % 3];
        let code = Code([0x45, 0x44, 0x5f, 0x84][usize::from(script.byte() & 3)]);
        let message = made(script, &Head { kind, code, id: request.id, token: request.token, options: &[] });
        if message.len() <= 350 {
            let record = self.server.seal(APPLICATION_DATA, &message);
            self.pump.net.incoming.extend(record);
        }
    }

    fn flows(&mut self) {
        for datagram in self.pump.net.outgoing.drain(..) {
            self.server.receive(self.now, &datagram);
        }
        while let Some(datagram) = self.server.transmit(self.now) {
            self.pump.net.incoming.push_back(datagram);
        }
    }

    fn turn(&mut self, inbox: &mut Inbox<'_>) {
        for rounds in 0.. {
            assert!(rounds < 2_000, "the pump goes on for ever");
            let connected = self.pump.dtls.is_connected();
            match self.pump.poll(self.now, inbox) {
                Ok(Happened::Coap(Outcome::Response(response))) => {
                    assert!(connected || self.pump.dtls.is_connected());
                    assert!(response.message.payload.len() <= 400);
                }
                Ok(_) => {}
                Err(nb::Error::WouldBlock) => break,
                Err(nb::Error::Other(PumpError::Dtls(_))) => assert!(!self.pump.dtls.is_connected()),
                Err(nb::Error::Other(PumpError::Send(_))) => break,
                Err(nb::Error::Other(_)) => {}
            }
        }
    }

    fn ends(&mut self, inbox: &mut Inbox<'_>) {
        (self.pump.net.full, self.pump.net.broken) = (0, 0);
        self.pump.close();
        for steps in 0.. {
            assert!(steps < 100, "it never ends");
            self.pump.net.incoming.clear();
            self.turn(inbox);
            let Some(due) = self.pump.poll_timeout() else { break };
            self.now = self.now.max(due);
        }
        assert!(self.pump.outbox.is_empty() && !self.pump.dtls.is_handshaking());
    }
}
