//! How the server's handshake opens: from the ClientHello to its first flight.

use super::code::HELLO_VERIFY_REQUEST;
use super::ec::Key;
use super::flight::{ALERT, Item, Writer};
use super::hello::{self, Agreed};
use super::resume;
use super::script::{Script, Stage};
use super::session::{At, Server, Session};
use super::wire::{Fragment, Hello, Record, with_short};
use std::collections::{BTreeMap, HashSet};

impl Session {
    /// The client has not answered the flight: its ClientHello, come again, asks for it.
    fn unanswered(&self) -> bool {
        match self.at {
            At::Certificate | At::KeyExchange => true,
            At::Finished => self.agreed.resumed.is_some(),
            At::CertificateVerify | At::Established => false,
        }
    }

    /// Takes the flight's messages into the transcript, and counts them.
    pub(super) fn hash_flight(&mut self) {
        for item in &self.flight {
            if let Item::Message { message, .. } = item {
                self.transcript.extend(message.bytes());
                self.next = message.seq + 1;
            }
        }
    }
}

impl Server {
    pub(super) fn hello_fragment(&mut self, fragment: Fragment, sequence: u64) {
        let seq = fragment.seq;
        let Some(message) = self.assembly.take(fragment, seq) else { return };
        let Some(hello) = Hello::parse(&message.body) else { return };
        self.seen.hellos += 1;
        self.seen.hello = hello.clone();
        if self.session.as_ref().is_some_and(|s| s.hello.random == hello.random && s.hello.cookie == hello.cookie) {
            if self.session.as_ref().is_some_and(|s| s.unanswered()) {
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
        let agreed = resume::offered(&self.config, &self.sessions, &hello)
            .and_then(|saved| hello::agree(&self.config, &hello, saved));
        match agreed {
            Ok(agreed) => self.begin(&message, hello, agreed, sequence),
            Err(description) => {
                let fragment = vec![2, description];
                let alert = Record { kind: ALERT, epoch: 0, sequence, cid: Vec::new(), fragment };
                self.out.push_back(alert.bytes());
            }
        }
    }

    fn begin(&mut self, message: &Fragment, hello: Hello, mut agreed: Agreed, sequence: u64) {
        if agreed.resumed.is_none() && self.config.session_ids && !agreed.extensions.ticket {
            agreed.session = self.random.bytes(32);
        }
        let limits = agreed.extensions.limits;
        // the record number answers the ClientHello's (RFC 6347 4.2.1)
        let writer = Writer { next: [sequence, 0], limits, ..Writer::default() };
        self.session = Some(Session {
            at: if agreed.asks { At::Certificate } else { At::KeyExchange },
            hello,
            agreed,
            server_random: self.random.bytes(32),
            ephemeral: Key::random(&mut self.random),
            identity: Vec::new(),
            client: Vec::new(),
            ticket: None,
            finished: [Vec::new(), Vec::new()],
            master: Vec::new(),
            transcript: message.bytes(),
            expect: message.seq + 1,
            next: message.seq,
            assemblies: BTreeMap::new(),
            whole: BTreeMap::new(),
            read: None,
            changed: false,
            numbers: HashSet::new(),
            writer,
            stage: Stage::Hello,
            flight: Vec::new(),
            sent: 0,
            deadline: None,
            timeout: self.config.timeout,
        });
        self.first_flight();
        self.transmit_flight();
    }

    fn first_flight(&mut self) {
        let Some(s) = &mut self.session else { return };
        let Some(saved) = s.agreed.resumed.clone() else {
            s.flight = hello::flight(&self.config, &s.hello, &s.agreed, &s.server_random, &s.ephemeral, s.next);
            return s.hash_flight();
        };
        self.seen.resumed += 1;
        (s.identity, s.client, s.master) = (saved.identity, saved.client, saved.master);
        let ticket = self.new_ticket();
        let Some(s) = &mut self.session else { return };
        s.flight = hello::abbreviated(&self.config, &s.hello, &s.agreed, &s.server_random, ticket.as_deref(), s.next);
        s.ticket = ticket;
        s.hash_flight();
        self.keys();
        self.finish();
        if let Some(s) = &mut self.session {
            s.at = At::Finished;
        }
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
}
