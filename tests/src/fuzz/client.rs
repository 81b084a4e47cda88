//! The DTLS client against a server that knows the keys and a network that does as a script says: bent, cut, lost, doubled, late, made up, and, behind the
//! AEAD, whatever the server seals.
//!
//! Connected is only who holds the server's master secret; data is only what the server sealed, each at most once; what has no place is counted; every loop ends.

use super::Script;
use crate::link::End;
use crate::parties::{AEADS, AllAeads, NAME, NOW, Parties};
use crate::random::Random;
use crate::server::{APPLICATION_DATA, App, Config, Credential, Cut, PSK_CCM, PSK_CCM_8, Server, suite};
use core::time::Duration;
use std::cell::RefCell;
use std::collections::VecDeque;
use stint_dtls::auth::Auth;
use stint_dtls::crypto::soft::{P256Exchange, P256Task, P256Verifier, Sha256};
use stint_dtls::crypto::{Crypto, Empty, PreSharedKey};
use stint_dtls::pki::{Anchor, Clock, PeerIdentity, Rules, ServerName};
use stint_dtls::{Client, Config as ClientConfig, Event, ExtendedMasterSecret, MemoryFor, Psk, Resumable, Session};
use stint_dtls::{Stats, X509};

type Provider = Crypto<Sha256, AllAeads, Random, P256Exchange>;
/// Longer than any script has a use for.
const STEPS: usize = 96;

/// Says nothing by itself: what comes down is what the script seals.
struct Mute;

impl App for Mute {
    fn handle(&mut self, _: Duration, _: &[u8]) -> Vec<Vec<u8>> {
        Vec::new()
    }
}

/// Bytes: the server (1: another key; 2: Connection IDs; 4: no extended master secret; 8: no cookie; 16: fragments; 32: another suite; 64: tickets; 128:
/// certificates), the client (its reassembly slice; a Connection ID), and steps.
pub(super) fn body(data: &[u8]) {
    let mut script = Script::new(data);
    let (served, cut) = (script.byte(), script.byte());
    let mut server = Config { seed: cut.into(), ..Config::default() };
    let chosen = |bit: u8| served & bit != 0;
    if chosen(1) {
        server.key = b"another".to_vec();
    }
    server.cid = chosen(2).then(|| vec![cut; usize::from(cut & 7)]);
    server.ems = !chosen(4);
    server.cookie = if chosen(8) { None } else { Some(cut.into()) };
    if chosen(16) {
        server.shape.cut = Cut::At(usize::from(cut).max(1));
        server.shape.messages_in_a_record = cut & 1 != 0;
        server.shape.mtu = 200 + usize::from(cut);
    }
    server.suites = vec![if chosen(32) { PSK_CCM } else { PSK_CCM_8 }];
    server.session_ids = chosen(64);
    let wrong = chosen(1) && !chosen(128);
    if chosen(128) {
        server.suites = suite::suites(suite::Kx::EcdheEcdsa);
        server.credential = match chosen(1) {
            // the right chain with a key that is not its own
            true => Credential::Chain(Parties::shared().server.clone(), Parties::shared().client_key.clone()),
            false => Parties::shared().chain(),
        };
        let anchors = [Anchor::from_certificate(&Parties::shared().root.certificate).unwrap()];
        let rules = Rules::new(&anchors, ServerName::Dns(NAME), Clock::Require(Some(NOW)));
        let (mut tasks, mut store) = ([P256Task::EMPTY; 4], [0; 512]);
        let auth = X509::new(rules, P256Verifier, &mut tasks, PeerIdentity::new(&mut store));
        return play(auth, server, chosen(1), script);
    }
    let auth = Psk::new(b"Client_identity", PreSharedKey::new(b"secretPSK").unwrap()).unwrap();
    if chosen(64) {
        let mut session = Session::<64>::EMPTY;
        return play(Resumable::new(auth, &mut session), server, wrong, script);
    }
    play(auth, server, wrong, script);
}

fn play<A: Auth<Provider>>(auth: A, server: Config, wrong: bool, mut script: Script<'_>) {
    let (room, own, allow) = (usize::from(script.byte()) * 8, script.byte(), !server.ems);
    let masters = RefCell::new(Vec::new());
    let log = |_: &[u8; 32], master: &[u8; 48]| masters.borrow_mut().push(master.to_vec());
    let mut config = ClientConfig::new();
    let cid = [own; 8];
    config.connection_id = match own {
        255 => None,
        _ => Some(&cid[..usize::from(own & 7)]),
    };
    config.extended_master_secret = if allow { ExtendedMasterSecret::Allow } else { ExtendedMasterSecret::Require };
    config.forgery_limit = Some(5);
    config.record_limit = 40;
    config.key_log = Some(&log);
    let provider = Crypto { hash: Sha256, aeads: AEADS, random: Random::new(own.into()), kx: P256Exchange };
    let mut memory = MemoryFor::<A, Provider>::EMPTY;
    let mut reassembly = vec![0; room];
    let mut client = Client::new(config, auth, provider, &mut memory, &mut reassembly);
    client.start(Duration::ZERO).unwrap();
    let mut game = Game {
        client,
        server: Server::new(server, Mute),
        masters: &masters,
        wrong,
        now: Duration::ZERO,
        up: VecDeque::new(),
        down: VecDeque::new(),
        old: Vec::new(),
        sealed: Vec::new(),
    };
    for _ in 0..STEPS {
        let Some(step) = script.step() else { break };
        game.step(step, &mut script);
        game.turn();
    }
    game.ends();
}

struct Game<'g, A: Auth<Provider>> {
    client: Client<'g, A, Provider>,
    server: Server,
    masters: &'g RefCell<Vec<Vec<u8>>>,
    /// Whether the server holds another key.
    wrong: bool,
    now: Duration,
    up: VecDeque<Vec<u8>>,
    down: VecDeque<Vec<u8>>,
    /// What came down.
    old: Vec<Vec<u8>>,
    /// What the server sealed as application data, and has not come.
    sealed: Vec<Vec<u8>>,
}

fn counted(stats: Stats) -> u64 {
    let Stats { malformed, foreign, unexpected, replayed, forged, early, repeated, fragments, alerts, .. } = stats;
    [malformed, foreign, unexpected, replayed, forged, early, repeated, fragments, alerts, stats.hello_requests]
        .iter()
        .map(|count| u64::from(*count))
        .sum()
}

impl<A: Auth<Provider>> Game<'_, A> {
    fn step(&mut self, step: u8, script: &mut Script<'_>) {
        match step % 20 {
            0..=4 => self.flows(),
            5 => drop(self.up.pop_front()),
            6 => drop(self.down.pop_front()),
            7 => {
                let twice = self.down.front().cloned();
                self.down.extend(twice);
            }
            8 => self.deliver(),
            9 => {
                if let Some(bytes) = self.down.front_mut().filter(|bytes| !bytes.is_empty()) {
                    let at = usize::from(script.word()) % bytes.len();
                    bytes[at] ^= script.byte().max(1);
                }
            }
            10 => {
                if let Some(bytes) = self.down.front_mut() {
                    bytes.truncate(script.byte().into());
                }
            }
            11 => self.down.push_front(script.bytes(255).to_vec()),
            12 => self.in_the_clear(script),
            13 => {
                let (kind, plain) = (20 + script.byte() % 7, script.bytes(120));
                let record = self.server.seal(kind, plain);
                self.authentic(kind, plain, record);
            }
            14 => {
                let (number, plain) = (u64::from(script.word()), script.bytes(40));
                let record = self.server.seal_numbered(number, APPLICATION_DATA, plain);
                self.authentic(APPLICATION_DATA, plain, record);
            }
            15 => {
                let at = usize::from(script.byte()) % self.old.len().max(1);
                self.down.extend(self.old.get(at).cloned());
            }
            16 => self.now += Duration::from_millis(u64::from(script.word())),
            17 => self.now = self.now.max(self.client.poll_timeout().unwrap_or_default()),
            18 => self.says(script),
            _ => match script.byte() {
                0..=60 => self.client.close(),
                61..=150 => self.client.start(self.now).unwrap(),
                _ => self.server.wake(self.now),
            },
        }
    }

    /// A record of epoch 0 with a header that is right; a handshake message's fragment is made right too, half of the times.
    fn in_the_clear(&mut self, script: &mut Script<'_>) {
        let (kind, shape) = (20 + script.byte() % 6, script.byte());
        let (message, seq) = (script.byte(), script.byte());
        let content = script.bytes(200);
        let len = &(content.len() as u32).to_be_bytes()[1..];
        let fragment = match kind == 22 && shape & 1 == 0 {
            true => [&[message][..], len, &[0, seq, 0, 0, 0], len, content].concat(),
            false => content.to_vec(),
        };
        let head = [kind, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, shape, seq];
        let datagram = [&head[..], &(fragment.len() as u16).to_be_bytes(), &fragment].concat();
        let before = counted(self.client.stats());
        self.receive(&datagram);
        assert!(!matches!(kind, 23..=25) || counted(self.client.stats()) > before, "dropped, but not counted");
    }

    fn authentic(&mut self, kind: u8, plain: &[u8], record: Option<Vec<u8>>) {
        if let Some(record) = record {
            self.down.push_back(record);
            if kind == APPLICATION_DATA {
                self.sealed.push(plain.to_vec());
            }
        }
    }

    fn says(&mut self, script: &mut Script<'_>) {
        let plain = script.bytes(100);
        let mut out = [0; 256];
        let sent = self.client.send(self.now, &mut out, |room| {
            room.get_mut(..plain.len())?.copy_from_slice(plain);
            Some(plain.len())
        });
        match sent {
            Ok(len) => self.up.extend(len.map(|len| out[..len].to_vec())),
            Err(_) => return,
        }
        assert!(self.client.is_connected());
    }

    fn flows(&mut self) {
        while let Some(datagram) = self.up.pop_front() {
            self.server.receive(self.now, &datagram);
        }
        while let Some(datagram) = self.server.transmit(self.now) {
            self.down.push_back(datagram);
        }
        while !self.down.is_empty() {
            self.deliver();
        }
    }

    fn deliver(&mut self) {
        if let Some(datagram) = self.down.pop_front() {
            self.old.push(datagram.clone());
            self.receive(&datagram);
        }
    }

    fn receive(&mut self, datagram: &[u8]) {
        let mut copy = datagram.to_vec();
        let mut rest = copy.as_mut_slice();
        for records in 0.. {
            assert!(records <= datagram.len(), "a datagram that never ends");
            let before = rest.len();
            let told = self.client.next_event(self.now, &mut rest);
            match told {
                Ok(None) => {
                    assert!(rest.is_empty());
                    return;
                }
                Ok(Some(Event::Connected)) => {
                    assert!(!self.wrong, "connected, though the keys are not the same");
                    let master = self.masters.borrow().last().cloned().expect("a master secret");
                    // in an abbreviated handshake the server is not there yet: it awaits our Finished (RFC 5246 7.3)
                    let held = match self.server.association() {
                        Some(association) => association.master == master,
                        None => {
                            self.client.is_resumed() && self.server.sessions.iter().any(|(_, s)| s.master == master)
                        }
                    };
                    assert!(held, "connected to nobody who holds the master secret");
                }
                Ok(Some(Event::Data(data))) => {
                    let place = self.sealed.iter().position(|sealed| *sealed == data);
                    self.sealed.swap_remove(place.expect("data that the server did not seal, or twice"));
                }
                Ok(Some(_)) => {}
                Err(_) => assert!(!self.client.is_connected() && !self.client.is_handshaking()),
            }
            assert!(rest.len() < before);
        }
    }

    /// The client does what it has to do.
    fn turn(&mut self) {
        for rounds in 0.. {
            assert!(rounds < 200, "it never comes to rest: {:?}", self.client);
            match self.client.poll_work(self.now) {
                Ok(_) | Err(nb::Error::Other(_)) => {}
                Err(nb::Error::WouldBlock) => panic!("software is never busy"),
            }
            let mut out = [0; 300];
            match self.client.poll_transmit(self.now, &mut out) {
                Ok(Some(len)) => {
                    assert!(len <= out.len());
                    self.up.push_back(out[..len].to_vec());
                }
                Ok(None) if self.client.poll_timeout() != Some(Duration::ZERO) => break,
                Ok(None) => {}
                Err(_) => assert!(!self.client.is_connected() && !self.client.is_handshaking()),
            }
        }
        assert!(!self.client.is_connected() || !self.wrong);
    }

    /// Nothing comes any more: whatever goes on ends by itself.
    fn ends(&mut self) {
        for steps in 0.. {
            assert!(steps < 40, "a handshake that never ends: {:?}", self.client);
            self.up.clear();
            self.turn();
            let Some(due) = self.client.poll_timeout() else { break };
            self.now = self.now.max(due);
        }
        assert!(!self.client.is_handshaking());
    }
}
