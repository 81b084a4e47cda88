//! The steps of the server's handshake: one method a message.

use super::config::{Script, Stage, Unknown};
use super::flight::{ALERT, CHANGE_CIPHER_SPEC, Item, Writer};
use super::hello;
use super::keys::{Protection, premaster, prf, sha256};
use super::session::{At, Server, Session};
use super::wire::{Assembly, Fragment, Hello, Record, long, with_short};
use std::collections::HashSet;

const CLIENT_KEY_EXCHANGE: u8 = 16;
const HELLO_VERIFY_REQUEST: u8 = 3;
const FINISHED: u8 = 20;

impl Server {
    pub(super) fn hello_fragment(&mut self, fragment: Fragment, sequence: u64) {
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
            (At::KeyExchange, CLIENT_KEY_EXCHANGE) if epoch == 0 => self.key_exchange(&message),
            (At::Finished, FINISHED) => self.finished(&message, epoch),
            _ => {}
        }
    }

    pub(super) fn key_exchange(&mut self, message: &Fragment) {
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

    pub(super) fn finished(&mut self, message: &Fragment, epoch: u16) {
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
