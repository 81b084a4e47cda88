//! The server's state: datagram in, datagrams out.

use super::config::{Config, Script, Stage, Unknown};
use super::flight::{ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, Item, TLS12_CID, Writer};
use super::hello::{self, Agreed};
use super::keys::{Protection, aad, aad_cid, hmac, premaster, prf, sha256};
use super::wire::{Assembly, Fragment, Hello, Record, long, with_short};
use super::{App, Seen};
use crate::link::End;
use crate::random::Random;
use core::time::Duration;
use std::collections::{HashSet, VecDeque};

const CLIENT_HELLO: u8 = 1;
const HELLO_VERIFY_REQUEST: u8 = 3;
const CLIENT_KEY_EXCHANGE: u8 = 16;
const FINISHED: u8 = 20;
const MAX_TIMEOUT: Duration = Duration::from_secs(60);

/// What an established association rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Association {
    /// Client random.
    pub client_random: Vec<u8>,
    /// Server random.
    pub server_random: Vec<u8>,
    /// Master secret (48 bytes).
    pub master: Vec<u8>,
    /// Cipher suite.
    pub suite: u16,
    /// Whether the master secret is the extended one.
    pub ems: bool,
    /// Connection IDs, where negotiated: the one in the client's records, the one in the server's.
    pub cids: Option<(Vec<u8>, Vec<u8>)>,
    /// The identity.
    pub identity: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    KeyExchange,
    Finished,
    Established,
}

struct Session {
    at: At,
    hello: Hello,
    agreed: Agreed,
    server_random: Vec<u8>,
    identity: Vec<u8>,
    master: Vec<u8>,
    transcript: Vec<u8>,
    /// message_seq of the next message from the client, and of our next.
    expect: u16,
    next: u16,
    assembly: Assembly,
    read: Option<Protection>,
    changed: bool,
    numbers: HashSet<u64>,
    writer: Writer,
    stage: Stage,
    flight: Vec<Item>,
    sent: u32,
    deadline: Option<Duration>,
    timeout: Duration,
}

/// A loopback server for one client.
pub struct Server {
    /// What it was told; may be changed between steps.
    pub config: Config,
    /// What it saw.
    pub seen: Seen,
    app: Box<dyn App>,
    random: Random,
    secret: Vec<u8>,
    assembly: Assembly,
    session: Option<Session>,
    out: VecDeque<Vec<u8>>,
    silent: bool,
    now: Duration,
}

impl Server {
    /// A server that waits for its client.
    #[must_use]
    pub fn new(config: Config, app: impl App + 'static) -> Self {
        let mut random = Random::new(config.seed);
        let secret = random.bytes(32);
        Self {
            config,
            seen: Seen::default(),
            app: Box::new(app),
            random,
            secret,
            assembly: Assembly::default(),
            session: None,
            out: VecDeque::new(),
            silent: false,
            now: Duration::ZERO,
        }
    }

    /// The association, once established.
    #[must_use]
    pub fn association(&self) -> Option<Association> {
        let s = self.session.as_ref().filter(|s| s.at == At::Established)?;
        Some(Association {
            client_random: s.hello.random.clone(),
            server_random: s.server_random.clone(),
            master: s.master.clone(),
            suite: s.agreed.suite,
            ems: s.agreed.ems,
            cids: s.agreed.cids.clone(),
            identity: s.identity.clone(),
        })
    }

    /// A protected record with the next number, not sent: to be kept, bent or played twice.
    pub fn seal(&mut self, kind: u8, plain: &[u8]) -> Option<Vec<u8>> {
        Some(self.established()?.writer.record(1, kind, plain).bytes())
    }

    /// A protected record with a number of one's choice, not sent.
    pub fn seal_numbered(&mut self, sequence: u64, kind: u8, plain: &[u8]) -> Option<Vec<u8>> {
        Some(self.established()?.writer.numbered(1, sequence, kind, plain).bytes())
    }

    /// Sends a protected record.
    pub fn send(&mut self, kind: u8, plain: &[u8]) {
        if let Some(datagram) = self.seal(kind, plain) {
            self.out.push_back(datagram);
        }
    }

    /// Sends these bytes as a datagram.
    pub fn send_raw(&mut self, datagram: Vec<u8>) {
        self.out.push_back(datagram);
    }

    /// Forgets everything, as a reboot does; counts are kept.
    pub fn reboot(&mut self) {
        self.session = None;
        self.silent = false;
    }

    /// Falls silent, or speaks again.
    pub fn silence(&mut self, silent: bool) {
        self.silent = silent;
    }

    fn established(&mut self) -> Option<&mut Session> {
        self.session.as_mut().filter(|s| s.read.is_some())
    }

    fn scripted(&self, want: impl Fn(&Script) -> bool) -> bool {
        self.config.script.iter().any(want)
    }

    fn cookie(&self) -> Vec<u8> {
        let len = self.config.cookie.unwrap_or(0);
        // bound to the client's address as most servers have it (RFC 6347 4.2.1); there is one client here
        let salt = if self.scripted(|s| matches!(s, Script::EndlessVerify)) { self.seen.hellos } else { 0 };
        (0u64..).flat_map(|i| hmac(&self.secret, &[&i.to_be_bytes(), &salt.to_be_bytes()])).take(len).collect()
    }

    fn record(&mut self, record: Record) {
        match record.epoch {
            0 => self.clear(record),
            1 => self.protected(record),
            _ => self.seen.foreign += 1,
        }
    }

    fn clear(&mut self, record: Record) {
        match record.kind {
            HANDSHAKE => {
                for fragment in Fragment::split(&record.fragment) {
                    if fragment.kind == CLIENT_HELLO {
                        self.hello_fragment(fragment, record.sequence);
                    } else {
                        self.message_fragment(fragment, 0);
                    }
                }
            }
            CHANGE_CIPHER_SPEC => {
                if let Some(s) = self.session.as_mut().filter(|s| s.at == At::Finished) {
                    s.changed = true;
                }
            }
            ALERT if record.fragment.len() == 2 => {
                self.seen.alerts.push((0, record.fragment[0], record.fragment[1]));
            }
            _ => {}
        }
    }

    fn protected(&mut self, record: Record) {
        let Some(s) = self.session.as_mut().filter(|s| s.changed) else { return };
        let Some(read) = &s.read else { return };
        let own = s.agreed.cids.as_ref().map_or(&[][..], |c| c.0.as_slice());
        // with a Connection ID agreed, only tls12_cid records count (RFC 9146 3)
        if (record.kind == TLS12_CID) == own.is_empty() || record.cid != own {
            self.seen.foreign += 1;
            return;
        }
        let number = record.number();
        let opened = read.open(&record.fragment, |len| {
            if own.is_empty() { aad(number, record.kind, len) } else { aad_cid(number, own, len) }
        });
        let Some(mut plain) = opened else {
            self.seen.forged += 1;
            return;
        };
        let mut kind = record.kind;
        if !own.is_empty() {
            while plain.last() == Some(&0) {
                plain.pop();
            }
            kind = plain.pop().unwrap_or(0);
        }
        if !s.numbers.insert(record.sequence) {
            self.seen.replayed += 1;
            return;
        }
        match kind {
            HANDSHAKE => Fragment::split(&plain).into_iter().for_each(|f| self.message_fragment(f, 1)),
            ALERT if plain.len() == 2 => self.seen.alerts.push((1, plain[0], plain[1])),
            APPLICATION_DATA if s.at == At::Established => {
                self.seen.data.push(plain.clone());
                for answer in self.app.handle(self.now, &plain) {
                    self.send(APPLICATION_DATA, &answer);
                }
            }
            _ => {}
        }
    }

    fn hello_fragment(&mut self, fragment: Fragment, sequence: u64) {
        let seq = fragment.seq;
        let Some(message) = self.assembly.take(fragment, seq) else { return };
        let Some(hello) = Hello::parse(&message.body) else { return };
        self.seen.hellos += 1;
        self.seen.hello = hello.clone();
        if self.session.as_ref().is_some_and(|s| s.hello.random == hello.random && s.hello.cookie == hello.cookie) {
            if self.session.as_ref().is_some_and(|s| s.at == At::KeyExchange) {
                self.transmit_flight();
            }
            return;
        }
        let cookie = self.cookie();
        if self.config.cookie.is_some()
            && (hello.cookie != cookie || self.scripted(|s| matches!(s, Script::EndlessVerify)))
        {
            return self.verify(&cookie, sequence);
        }
        let Some(agreed) = hello::agree(&self.config, &hello) else {
            let alert = Record { kind: ALERT, epoch: 0, sequence, cid: Vec::new(), fragment: vec![2, 40] };
            return self.out.push_back(alert.bytes());
        };
        let server_random = self.random.bytes(32);
        let flight = hello::flight(&self.config, &hello, &agreed, &server_random, seq);
        let mut transcript = message.bytes();
        let mut next = seq;
        for item in &flight {
            if let Item::Message { message, .. } = item {
                transcript.extend(message.bytes());
                next = message.seq + 1;
            }
        }
        // the record number answers the ClientHello's (RFC 6347 4.2.1)
        let writer = Writer { next: [sequence, 0], ..Writer::default() };
        self.session = Some(Session {
            at: At::KeyExchange,
            hello,
            agreed,
            server_random,
            identity: Vec::new(),
            master: Vec::new(),
            transcript,
            expect: seq + 1,
            next,
            assembly: Assembly::default(),
            read: None,
            changed: false,
            numbers: HashSet::new(),
            writer,
            stage: Stage::Hello,
            flight,
            sent: 0,
            deadline: None,
            timeout: self.config.timeout,
        });
        self.transmit_flight();
    }

    fn verify(&mut self, cookie: &[u8], sequence: u64) {
        let body = [&[0xfe, 0xff][..], &with_short(cookie)].concat();
        let message = Fragment::whole(HELLO_VERIFY_REQUEST, 0, &body);
        let mut items = vec![Item::Message { epoch: 0, message }];
        hello::dress(&self.config, Stage::Verify, &mut items);
        if self.scripted(|s| matches!(s, Script::Vanish(Stage::Verify))) {
            self.silent = true;
        }
        let mut writer = Writer { next: [sequence, 0], ..Writer::default() };
        self.seen.flights += 1;
        self.out.extend(writer.pack(&items, self.config.shape, &mut self.random));
    }

    fn message_fragment(&mut self, fragment: Fragment, epoch: u16) {
        let Some(s) = &mut self.session else { return };
        if s.at == At::Established {
            // a repeated Finished: ours was lost (RFC 6347 4.2.4, the FINISHED state)
            if epoch == 1 && fragment.kind == FINISHED && fragment.seq < s.expect {
                self.seen.repeated_finished += 1;
                self.transmit_flight();
            }
            return;
        }
        let (seq, at) = (s.expect, s.at);
        let Some(message) = s.assembly.take(fragment, seq) else { return };
        match (at, message.kind) {
            (At::KeyExchange, CLIENT_KEY_EXCHANGE) if epoch == 0 => self.key_exchange(&message),
            (At::Finished, FINISHED) => self.finished(&message, epoch),
            _ => {}
        }
    }

    fn key_exchange(&mut self, message: &Fragment) {
        let Some((identity, rest)) = long(&message.body) else { return };
        if !rest.is_empty() {
            return;
        }
        self.seen.identities.push(identity.to_vec());
        let mut key = self.config.key.clone();
        if identity != self.config.identity {
            match self.config.unknown {
                Unknown::Alert => {
                    let Some(s) = &mut self.session else { return };
                    let alert = s.writer.record(0, ALERT, &[2, 115]).bytes();
                    return self.out.push_back(alert);
                }
                Unknown::Pretend => key = self.random.bytes(16),
                Unknown::Silence => return self.silence(true),
            }
        }
        let Some(s) = &mut self.session else { return };
        s.expect += 1;
        s.transcript.extend(message.bytes());
        s.identity = identity.to_vec();
        let premaster = premaster(&key);
        s.master = if s.agreed.ems {
            prf(&premaster, b"extended master secret", &sha256(&s.transcript), 48)
        } else {
            prf(&premaster, b"master secret", &[&s.hello.random[..], &s.server_random].concat(), 48)
        };
        let (theirs, ours) = Protection::pair(s.agreed.suite, &s.master, &s.hello.random, &s.server_random);
        s.read = Some(theirs);
        s.writer.protection = Some(ours);
        s.writer.cid = s.agreed.cids.as_ref().map(|c| c.1.clone()).unwrap_or_default();
        s.writer.padding = self.config.padding;
        s.writer.nonce_mask = self.config.nonce_mask;
        s.at = At::Finished;
    }

    fn finished(&mut self, message: &Fragment, epoch: u16) {
        let wrong = self.scripted(|s| matches!(s, Script::WrongFinished));
        let clear = self.scripted(|s| matches!(s, Script::ClearFinished));
        let unchanged = self.scripted(|s| matches!(s, Script::NoChangeCipherSpec));
        let Some(s) = &mut self.session else { return };
        let theirs = prf(&s.master, b"client finished", &sha256(&s.transcript), 12);
        if message.body != theirs || epoch == 0 {
            self.seen.wrong_finished += 1;
            return;
        }
        s.expect += 1;
        s.transcript.extend(message.bytes());
        let mut ours = prf(&s.master, b"server finished", &sha256(&s.transcript), 12);
        if wrong {
            ours[11] ^= 1;
        }
        let message = Fragment::whole(FINISHED, s.next, &ours);
        s.flight = vec![Item::Message { epoch: u16::from(!clear), message }];
        if !unchanged {
            s.flight.insert(0, Item::Plain { epoch: 0, kind: CHANGE_CIPHER_SPEC, body: vec![1] });
        }
        s.at = At::Established;
        s.stage = Stage::Finish;
        s.sent = 0;
        s.timeout = self.config.timeout;
        self.transmit_flight();
    }

    fn transmit_flight(&mut self) {
        let Some(s) = &mut self.session else { return };
        if self.config.script.iter().any(|x| matches!(x, Script::Vanish(at) if *at == s.stage)) {
            self.silent = true;
        }
        let mut items = s.flight.clone();
        hello::dress(&self.config, s.stage, &mut items);
        s.sent += 1;
        self.seen.flights += 1;
        // the last flight has no timer: only the client's repetition asks for it again (RFC 6347 4.2.4)
        s.deadline = (s.at != At::Established && s.sent < self.config.transmissions).then(|| self.now + s.timeout);
        self.out.extend(s.writer.pack(&items, self.config.shape, &mut self.random));
    }
}

impl End for Server {
    fn receive(&mut self, now: Duration, datagram: &[u8]) {
        self.now = now;
        self.seen.datagrams += 1;
        self.seen.bytes += datagram.len() as u64;
        if self.silent {
            return;
        }
        let cid = self.session.as_ref().and_then(|s| s.agreed.cids.as_ref()).map_or(0, |c| c.0.len());
        Record::split(datagram, cid).into_iter().for_each(|r| self.record(r));
    }

    fn wake(&mut self, now: Duration) {
        self.now = now;
        if let Some(s) = self.session.as_mut().filter(|s| s.deadline.is_some_and(|d| d <= now)) {
            s.timeout = (s.timeout * 2).min(MAX_TIMEOUT);
            self.transmit_flight();
        }
        for message in self.app.wake(now) {
            self.send(APPLICATION_DATA, &message);
        }
    }

    fn deadline(&self) -> Option<Duration> {
        let own = self.session.as_ref().and_then(|s| s.deadline).filter(|_| !self.silent);
        let apps = self.app.deadline().filter(|_| self.session.is_some());
        own.into_iter().chain(apps).min()
    }

    fn transmit(&mut self, now: Duration) -> Option<Vec<u8>> {
        self.now = now;
        if self.silent {
            self.out.clear();
        }
        self.out.pop_front()
    }
}
