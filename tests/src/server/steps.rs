//! The steps of the server's handshake: one method a message.

use super::code::{CERTIFICATE, CERTIFICATE_VERIFY, CLIENT_KEY_EXCHANGE, FINISHED, HELLO_VERIFY_REQUEST};
use super::config::Unknown;
use super::credential::{self, Asked};
use super::ec::{self, Key};
use super::flight::{ALERT, CHANGE_CIPHER_SPEC, Item, Writer};
use super::hello;
use super::keys::{premaster, prf, sha256};
use super::protection::Protection;
use super::script::{Script, Stage};
use super::session::{At, Server, Session};
use super::suite::{Kx, kx};
use super::wire::{Assembly, Fragment, Hello, Record, long, short, with_short};
use std::collections::HashSet;

impl Server {
    pub(super) fn hello_fragment(&mut self, fragment: Fragment, sequence: u64) {
        let seq = fragment.seq;
        let Some(message) = self.assembly.take(fragment, seq) else { return };
        let Some(hello) = Hello::parse(&message.body) else { return };
        self.seen.hellos += 1;
        self.seen.hello = hello.clone();
        if self.session.as_ref().is_some_and(|s| s.hello.random == hello.random && s.hello.cookie == hello.cookie) {
            if self.session.as_ref().is_some_and(|s| matches!(s.at, At::Certificate | At::KeyExchange)) {
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
        let agreed = match hello::agree(&self.config, &hello) {
            Ok(agreed) => agreed,
            Err(description) => {
                let fragment = vec![2, description];
                let alert = Record { kind: ALERT, epoch: 0, sequence, cid: Vec::new(), fragment };
                return self.out.push_back(alert.bytes());
            }
        };
        let server_random = self.random.bytes(32);
        let ephemeral = Key::random(&mut self.random);
        let flight = hello::flight(&self.config, &hello, &agreed, &server_random, &ephemeral, seq);
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
            at: if agreed.asks { At::Certificate } else { At::KeyExchange },
            hello,
            agreed,
            server_random,
            ephemeral,
            identity: Vec::new(),
            client: Vec::new(),
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

    pub(super) fn verify(&mut self, cookie: &[u8], sequence: u64) {
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

    pub(super) fn message_fragment(&mut self, fragment: Fragment, epoch: u16) {
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
            (At::Certificate, CERTIFICATE) if epoch == 0 => self.certificate(&message),
            (At::KeyExchange, CLIENT_KEY_EXCHANGE) if epoch == 0 => self.key_exchange(&message),
            (At::CertificateVerify, CERTIFICATE_VERIFY) if epoch == 0 => self.certificate_verify(&message),
            (At::Finished, FINISHED) => self.finished(&message, epoch),
            _ => {}
        }
    }

    /// Ends the handshake with a fatal alert in the clear.
    fn refuse(&mut self, description: u8) {
        let Some(s) = &mut self.session else { return };
        s.deadline = None;
        let alert = s.writer.record(0, ALERT, &[2, description]).bytes();
        self.out.push_back(alert);
    }

    fn certificate(&mut self, message: &Fragment) {
        let Some(s) = &mut self.session else { return };
        let kind = s.agreed.extensions.client_kind;
        self.seen.certificates.push((kind, message.body.clone()));
        let Some(chain) = credential::shown(kind, &message.body) else { return self.refuse(50) };
        let point = chain.first().and_then(|c| ec::point_of(c)).map(<[u8]>::to_vec);
        let known = point.is_some_and(|p| self.config.clients.known.as_ref().is_none_or(|k| k.contains(&p)));
        if chain.is_empty() && self.config.clients.asked == Asked::Required {
            return self.refuse(40);
        }
        if !chain.is_empty() && !known {
            return self.refuse(42);
        }
        s.client = chain;
        s.expect += 1;
        s.transcript.extend(message.bytes());
        s.at = At::KeyExchange;
    }

    fn certificate_verify(&mut self, message: &Fragment) {
        let Some(s) = &mut self.session else { return };
        let Some((scheme, rest)) = message.body.split_first_chunk::<2>() else { return self.refuse(50) };
        let Some((signature, [])) = long(rest) else { return self.refuse(50) };
        if !self.config.clients.algorithms.contains(&u16::from_be_bytes(*scheme)) {
            return self.refuse(47);
        }
        let point = s.client.first().and_then(|c| ec::point_of(c)).unwrap_or_default();
        if !ec::verify(point, &s.transcript, signature) {
            self.seen.unverified += 1;
            return self.refuse(51);
        }
        self.seen.verified += 1;
        s.expect += 1;
        s.transcript.extend(message.bytes());
        s.at = At::Finished;
    }

    /// The premaster secret of the client's key exchange; `None` where the handshake ends, or is silent, for it.
    fn premaster(&mut self, body: &[u8]) -> Option<Vec<u8>> {
        let exchange = kx(self.session.as_ref()?.agreed.suite);
        let mut rest = body;
        let mut key = self.config.key.clone();
        if exchange != Kx::EcdheEcdsa {
            let (identity, after) = long(rest)?;
            rest = after;
            self.seen.identities.push(identity.to_vec());
            self.session.as_mut()?.identity = identity.to_vec();
            if identity != self.config.identity {
                match self.config.unknown {
                    Unknown::Alert => {
                        self.refuse(115);
                        return None;
                    }
                    Unknown::Pretend => key = self.random.bytes(16),
                    Unknown::Silence => {
                        self.silence(true);
                        return None;
                    }
                }
            }
        }
        if exchange == Kx::Psk {
            return rest.is_empty().then(|| premaster(None, &key));
        }
        let (point, _) = short(rest).filter(|p| p.1.is_empty())?;
        self.seen.points.push(point.to_vec());
        let Some(shared) = self.session.as_ref()?.ephemeral.agree(point) else {
            self.refuse(47);
            return None;
        };
        Some(if exchange == Kx::EcdhePsk { premaster(Some(&shared), &key) } else { shared })
    }

    fn key_exchange(&mut self, message: &Fragment) {
        let Some(premaster) = self.premaster(&message.body) else { return };
        let Some(s) = &mut self.session else { return };
        s.expect += 1;
        s.transcript.extend(message.bytes());
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
        s.at = if s.client.is_empty() { At::Finished } else { At::CertificateVerify };
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

    pub(super) fn transmit_flight(&mut self) {
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
