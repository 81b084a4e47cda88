//! The server's state: datagram in, datagrams out.

use super::code::CLIENT_HELLO;
use super::config::Config;
use super::ec::Key;
use super::flight::{ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, Item, TLS12_CID, Writer};
use super::hello::Agreed;
use super::keys::hmac;
use super::protection::{Protection, aad, aad_cid};
use super::resume::Saved;
use super::script::{Script, Stage};
use super::wire::{Assembly, Fragment, Hello, Record};
use super::{App, Seen};
use crate::link::End;
use crate::random::Random;
use core::time::Duration;
use std::collections::{BTreeMap, HashSet, VecDeque};

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
    /// The identity; empty where no key was shared.
    pub identity: Vec<u8>,
    /// Whether a session was resumed.
    pub resumed: bool,
    /// The session's ID.
    pub session: Vec<u8>,
    /// The ticket that the handshake brought.
    pub ticket: Option<Vec<u8>>,
    /// verify_data of the client's Finished and of the server's.
    pub finished: [Vec<u8>; 2],
    /// The application protocol.
    pub protocol: Option<Vec<u8>>,
    /// The certificates that the client showed, or its raw key: verified, though not whether anybody knows it.
    pub client: Vec<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    Certificate,
    KeyExchange,
    CertificateVerify,
    Finished,
    Established,
}

pub(super) struct Session {
    pub(super) at: At,
    pub(super) hello: Hello,
    pub(super) agreed: Agreed,
    pub(super) server_random: Vec<u8>,
    pub(super) ephemeral: Key,
    pub(super) identity: Vec<u8>,
    pub(super) client: Vec<Vec<u8>>,
    pub(super) ticket: Option<Vec<u8>>,
    pub(super) finished: [Vec<u8>; 2],
    pub(super) master: Vec<u8>,
    pub(super) transcript: Vec<u8>,
    /// message_seq of the next message from the client, and of our next.
    pub(super) expect: u16,
    pub(super) next: u16,
    pub(super) assemblies: BTreeMap<u16, Assembly>,
    /// Messages that are whole, and the epoch that they came in.
    pub(super) whole: BTreeMap<u16, (Fragment, u16)>,
    pub(super) read: Option<Protection>,
    pub(super) changed: bool,
    pub(super) numbers: HashSet<u64>,
    pub(super) writer: Writer,
    pub(super) stage: Stage,
    pub(super) flight: Vec<Item>,
    pub(super) sent: u32,
    pub(super) deadline: Option<Duration>,
    pub(super) timeout: Duration,
}

/// A loopback server for one client.
pub struct Server {
    /// What it was told; may be changed between steps.
    pub config: Config,
    /// What it saw.
    pub seen: Seen,
    pub(super) app: Box<dyn App>,
    pub(super) random: Random,
    pub(super) secret: Vec<u8>,
    pub(super) assembly: Assembly,
    pub(super) session: Option<Session>,
    /// Sessions by their IDs, the newest last.
    pub sessions: Vec<(Vec<u8>, Saved)>,
    pub(super) out: VecDeque<Vec<u8>>,
    pub(super) silent: bool,
    pub(super) now: Duration,
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
            sessions: Vec::new(),
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
            resumed: s.agreed.resumed.is_some(),
            session: s.agreed.session.clone(),
            ticket: s.ticket.clone(),
            finished: s.finished.clone(),
            protocol: s.agreed.extensions.protocol.clone(),
            client: s.client.clone(),
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
        self.sessions.clear();
        self.silent = false;
    }

    /// Falls silent, or speaks again.
    pub fn silence(&mut self, silent: bool) {
        self.silent = silent;
    }

    fn established(&mut self) -> Option<&mut Session> {
        self.session.as_mut().filter(|s| s.read.is_some())
    }

    pub(super) fn scripted(&self, want: impl Fn(&Script) -> bool) -> bool {
        self.config.script.iter().any(want)
    }

    pub(super) fn cookie(&self) -> Vec<u8> {
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
        let limit = self.session.as_ref().map_or(usize::MAX, |s| s.agreed.extensions.client_limits[0]);
        self.seen.oversized += u64::from(record.fragment.len() > limit);
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
        let opened = read.open(number, &record.fragment, |len| {
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
        if plain.len() > s.agreed.extensions.client_limits[1] {
            self.seen.oversized += 1;
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
