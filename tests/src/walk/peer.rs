//! A server that sends what it is told, one message at a time; its messages are right for the handshake as it truly went.

use super::letter::{Bend, Letter};
use super::model::{Case, Message, Way};
use crate::random::Random;
use crate::server::flight::{Item, Writer};
use crate::server::hello::{self, Agreed};
use crate::server::keys::premaster;
use crate::server::wire::{Assembly, short, with_long, with_short};
use crate::server::{
    Config, Fragment, Hello, Key, Kx, Protection, Record, Saved, Tickets, aad, code, prf, resume, sha256,
};
use std::collections::BTreeMap;

/// The server.
#[derive(Clone, Debug)]
pub struct Peer {
    config: Config,
    hello: Option<(Fragment, Hello)>,
    agreed: Agreed,
    /// The session that is resumed, if one is.
    offered: Option<Saved>,
    session: Vec<u8>,
    bodies: BTreeMap<u8, Vec<u8>>,
    random: Vec<u8>,
    ephemeral: Key,
    transcript: Vec<u8>,
    next: u16,
    awaited: u16,
    assembly: Assembly,
    writer: Writer,
    read: Option<Protection>,
    master: Vec<u8>,
}

fn number(message: Message) -> u8 {
    match message {
        Message::HelloRequest => code::HELLO_REQUEST,
        Message::ClientHello => code::CLIENT_HELLO,
        Message::HelloVerifyRequest => code::HELLO_VERIFY_REQUEST,
        Message::ServerHello => code::SERVER_HELLO,
        Message::NewSessionTicket => code::NEW_SESSION_TICKET,
        Message::Certificate => code::CERTIFICATE,
        Message::ServerKeyExchange => code::SERVER_KEY_EXCHANGE,
        Message::CertificateRequest => code::CERTIFICATE_REQUEST,
        Message::ServerHelloDone => code::SERVER_HELLO_DONE,
        Message::CertificateVerify => code::CERTIFICATE_VERIFY,
        Message::ClientKeyExchange => code::CLIENT_KEY_EXCHANGE,
        _ => code::FINISHED,
    }
}

impl Peer {
    /// For a case; `offered` is the session to resume.
    #[must_use]
    pub fn new(case: Case, offered: Option<Saved>) -> Self {
        let mut random = Random::new(7 + u64::from(offered.is_some()));
        let tickets = match case.way {
            Way::FirstTicket | Way::ByTicket => Some(Tickets::default()),
            Way::Renewed => Some(Tickets { renew: true, ..Tickets::default() }),
            Way::Full | Way::ById => None,
        };
        let session = if case.way == Way::ById { random.bytes(32) } else { Vec::new() };
        let hint = (case.who.kx() == Kx::Psk).then(|| b"hint".to_vec());
        Self {
            config: Config { tickets, hint, ..case.who.server() },
            hello: None,
            agreed: Agreed::default(),
            offered,
            session,
            bodies: BTreeMap::new(),
            random: random.bytes(32),
            ephemeral: Key::random(&mut random),
            transcript: Vec::new(),
            next: 0,
            awaited: 0,
            assembly: Assembly::default(),
            writer: Writer::default(),
            read: None,
            master: Vec::new(),
        }
    }

    /// The session as it can be resumed.
    #[must_use]
    pub fn saved(&self) -> Saved {
        let name = self.hello.as_ref().and_then(|h| h.1.extension(code::SERVER_NAME)).unwrap_or_default().to_vec();
        let (suite, ems, master) = (self.agreed.suite, self.agreed.ems, self.master.clone());
        Saved { suite, ems, master, name, ..Saved::default() }
    }

    fn body(&self, message: Message) -> Vec<u8> {
        if let Some(body) = self.bodies.get(&number(message)) {
            return body.clone();
        }
        match message {
            Message::ClientHello => self.hello.as_ref().map(|h| h.0.body.clone()).unwrap_or_default(),
            Message::HelloVerifyRequest => [&[0xfe, 0xff][..], &with_short(&[9; 16])].concat(),
            Message::Certificate => vec![0; 3],
            Message::ServerKeyExchange => with_long(b"hint"),
            Message::CertificateRequest => self.config.clients.request(),
            Message::CertificateVerify => vec![4, 3, 0, 0],
            Message::ClientKeyExchange => with_long(&self.config.identity),
            Message::NewSessionTicket => resume::message(&Tickets::default(), &[5; 40]).1,
            Message::Finished if self.master.is_empty() => vec![0; 12],
            Message::Finished => prf(&self.master, b"server finished", &sha256(&self.transcript), 12),
            Message::ChangeCipherSpec => vec![1],
            Message::FatalAlert => vec![2, 40],
            Message::CloseNotify => vec![1, 0],
            Message::ApplicationData => b"data".to_vec(),
            Message::HelloRequest | Message::ServerHello | Message::ServerHelloDone => Vec::new(),
        }
    }

    /// The record of a letter, and the handshake message in it.
    pub fn write(&mut self, letter: Letter) -> (Vec<u8>, Option<Fragment>) {
        let Letter { message, bend } = letter;
        let mut body = self.body(message);
        let content = match message {
            Message::ChangeCipherSpec => 20,
            Message::FatalAlert | Message::CloseNotify => 21,
            Message::ApplicationData => 23,
            _ => 22,
        };
        let mut seq = self.next;
        let protects = matches!(
            message,
            Message::Finished | Message::FatalAlert | Message::CloseNotify | Message::ApplicationData
        );
        let mut epoch = u16::from(protects && self.read.is_some());
        let mut len = None;
        match bend {
            Bend::Valid => {}
            Bend::Longer => body.push(0),
            Bend::Shorter if body.pop().is_none() => len = Some(1),
            Bend::Shorter => {}
            Bend::Damaged => {
                // the length of the ticket, of the cookie, or whatever comes first
                let at = [(Message::NewSessionTicket, 5), (Message::HelloVerifyRequest, 2)];
                let at = at.iter().find(|a| a.0 == message).map_or(0, |a| a.1);
                body.get_mut(at).into_iter().for_each(|b| *b ^= 0x41);
            }
            Bend::Before => seq = seq.wrapping_sub(1),
            Bend::Behind => seq = seq.wrapping_add(1),
            Bend::Epoch => epoch ^= 1,
        }
        if content != 22 {
            return (self.writer.record(epoch, content, &body).bytes(), None);
        }
        let mut fragment = Fragment::whole(number(message), seq, &body);
        fragment.len = len.unwrap_or(fragment.len);
        (self.writer.record(epoch, content, &fragment.bytes()).bytes(), Some(fragment))
    }

    /// The client took it.
    pub fn took(&mut self, fragment: &Fragment) {
        if fragment.kind == code::HELLO_VERIFY_REQUEST {
            return;
        }
        if fragment.kind == code::SERVER_HELLO
            && let Some((message, _)) = &self.hello
        {
            self.transcript = message.bytes();
            self.awaited = message.seq + 1;
            if let Some(saved) = &self.offered {
                self.master = saved.master.clone();
                self.keys();
            }
        }
        self.transcript.extend(fragment.bytes());
        self.next = fragment.seq + 1;
    }

    fn keys(&mut self) {
        let Some((_, hello)) = &self.hello else { return };
        let (theirs, ours) = Protection::pair(self.agreed.suite, &self.master, &hello.random, &self.random);
        (self.read, self.writer.protection) = (Some(theirs), Some(ours));
    }

    /// A datagram of the client's.
    pub fn hear(&mut self, datagram: &[u8]) {
        for record in Record::split(datagram, 0) {
            let plain = match (&self.read, record.epoch) {
                (_, 0) => Some(record.fragment.clone()),
                (Some(read), _) => {
                    read.open(record.number(), &record.fragment, |n| aad(record.number(), record.kind, n))
                }
                _ => None,
            };
            for fragment in plain.filter(|_| record.kind == 22).iter().flat_map(|plain| Fragment::split(plain)) {
                self.fragment(fragment);
            }
        }
    }

    fn fragment(&mut self, fragment: Fragment) {
        if fragment.kind == code::CLIENT_HELLO {
            return self.client_hello(fragment);
        }
        let Some(message) = self.assembly.take(fragment, self.awaited) else { return };
        self.awaited += 1;
        self.transcript.extend(message.bytes());
        if message.kind == code::CLIENT_KEY_EXCHANGE {
            let Some((_, hello)) = &self.hello else { return };
            let (_, rest) = message.body.split_at(if self.agreed.suite & 0xff00 == 0xc000 && self.signed() {
                0
            } else {
                2 + self.config.identity.len()
            });
            let shared = short(rest).and_then(|point| self.ephemeral.agree(point.0));
            let secret = match (self.signed(), shared) {
                (true, Some(shared)) => shared,
                (_, shared) => premaster(shared.as_deref(), &self.config.key),
            };
            self.master = if self.agreed.ems {
                prf(&secret, b"extended master secret", &sha256(&self.transcript), 48)
            } else {
                prf(&secret, b"master secret", &[&hello.random[..], &self.random].concat(), 48)
            };
            self.keys();
        }
    }

    fn signed(&self) -> bool {
        crate::server::suite::kx(self.agreed.suite) == Kx::EcdheEcdsa
    }

    fn client_hello(&mut self, message: Fragment) {
        let Some(hello) = Hello::parse(&message.body) else { return };
        if self.hello.as_ref().is_some_and(|h| h.0 == message) {
            return;
        }
        self.next = message.seq;
        let Ok(mut agreed) = hello::agree(&self.config, &hello, self.offered.clone()) else { return };
        if self.offered.is_none() {
            agreed.session = self.session.clone();
        }
        let items = if let Some(saved) = &self.offered {
            let ticket = agreed.extensions.ticket.then(|| saved.seal(&Tickets::default(), &mut Random::new(3)));
            hello::abbreviated(&self.config, &hello, &agreed, &self.random, ticket.as_deref(), 0)
        } else {
            hello::flight(&self.config, &hello, &agreed, &self.random, &self.ephemeral, 0)
        };
        self.bodies.clear();
        for item in items {
            if let Item::Message { message, .. } = item {
                self.bodies.insert(message.kind, message.body);
            }
        }
        (self.agreed, self.hello) = (agreed, Some((message, hello)));
    }

    /// The ticket of a first handshake is one that this server takes again.
    pub fn give_ticket(&mut self) {
        if self.agreed.extensions.ticket {
            let ticket = self.saved().seal(&Tickets::default(), &mut Random::new(3));
            self.bodies.insert(code::NEW_SESSION_TICKET, resume::message(&Tickets::default(), &ticket).1);
        }
    }
}
