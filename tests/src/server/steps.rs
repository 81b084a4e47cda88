//! The steps of the server's handshake: one method a message.

use super::code::{CERTIFICATE, CERTIFICATE_VERIFY, CLIENT_KEY_EXCHANGE, FINISHED, SERVER_NAME};
use super::config::Unknown;
use super::credential::{self, Asked};
use super::ec;
use super::flight::{ALERT, CHANGE_CIPHER_SPEC, Item};
use super::hello;
use super::keys::{premaster, prf, sha256};
use super::protection::Protection;
use super::resume::Saved;
use super::script::{Script, Stage};
use super::session::{At, Server};
use super::suite::{Kx, kx};
use super::wire::{Fragment, long, short};

impl Server {
    /// A ticket for the present session, where one was announced.
    pub(super) fn new_ticket(&mut self) -> Option<Vec<u8>> {
        let announced = self.session.as_ref()?.agreed.extensions.ticket;
        let saved = self.saved().filter(|_| announced)?;
        Some(saved.seal(self.config.tickets.as_ref()?, &mut self.random))
    }

    fn saved(&self) -> Option<Saved> {
        let s = self.session.as_ref()?;
        Some(Saved {
            suite: s.agreed.suite,
            ems: s.agreed.ems,
            master: s.master.clone(),
            name: s.hello.extension(SERVER_NAME).unwrap_or_default().to_vec(),
            identity: s.identity.clone(),
            client: s.client.clone(),
        })
    }

    pub(super) fn message_fragment(&mut self, fragment: Fragment, epoch: u16) {
        let Some(s) = &mut self.session else { return };
        if s.at == At::Established {
            // a repeated Finished: ours was lost (RFC 6347 4.2.4, the FINISHED state)
            if epoch == 1 && fragment.kind == FINISHED && fragment.seq < s.expect {
                self.seen.repeated_finished += 1;
                if !s.flight.is_empty() {
                    self.transmit_flight();
                }
            }
            return;
        }
        // what comes early is kept until its turn (RFC 6347 4.2.2)
        let seq = fragment.seq;
        if (s.expect..s.expect + 8).contains(&seq)
            && let Some(message) = s.assemblies.entry(seq).or_default().take(fragment, seq)
        {
            s.whole.insert(seq, (message, epoch));
            self.advance();
        }
    }

    /// Takes the messages whose turn it is.
    fn advance(&mut self) {
        while let Some(s) = &mut self.session {
            let expect = s.expect;
            let Some((message, epoch)) = s.whole.remove(&expect) else { return };
            match (s.at, message.kind) {
                (At::Certificate, CERTIFICATE) if epoch == 0 => self.certificate(&message),
                (At::KeyExchange, CLIENT_KEY_EXCHANGE) if epoch == 0 => self.key_exchange(&message),
                (At::CertificateVerify, CERTIFICATE_VERIFY) if epoch == 0 => self.certificate_verify(&message),
                (At::Finished, FINISHED) => self.finished(&message, epoch),
                _ => {}
            }
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
        s.at = if s.client.is_empty() { At::Finished } else { At::CertificateVerify };
        self.keys();
    }

    /// The keys of epoch 1, from the master secret.
    pub(super) fn keys(&mut self) {
        let stripped = self.scripted(|s| matches!(s, Script::NoConnectionId));
        let Some(s) = &mut self.session else { return };
        let (theirs, ours) = Protection::pair(s.agreed.suite, &s.master, &s.hello.random, &s.server_random);
        s.read = Some(theirs);
        s.writer.protection = Some(ours);
        s.writer.cid = s.agreed.cids.as_ref().filter(|_| !stripped).map(|c| c.1.clone()).unwrap_or_default();
        s.writer.padding = self.config.padding;
        s.writer.nonce_mask = self.config.nonce_mask;
    }

    fn finished(&mut self, message: &Fragment, epoch: u16) {
        let Some(s) = &mut self.session else { return };
        let theirs = prf(&s.master, b"client finished", &sha256(&s.transcript), 12);
        if message.body != theirs || epoch == 0 {
            self.seen.wrong_finished += 1;
            return;
        }
        s.finished[0] = theirs;
        s.expect += 1;
        s.transcript.extend(message.bytes());
        if s.agreed.resumed.is_some() {
            // the last flight was the client's (RFC 6347 4.2.4)
            s.at = At::Established;
            s.deadline = None;
            s.flight.clear();
            return;
        }
        let ticket = self.new_ticket();
        let saved = self.saved();
        let Some(s) = &mut self.session else { return };
        if !s.agreed.session.is_empty() {
            self.sessions.extend(saved.map(|saved| (s.agreed.session.clone(), saved)));
        }
        s.flight = hello::ticket(&self.config, ticket.as_deref(), s.next);
        s.ticket = ticket;
        s.at = At::Established;
        s.sent = 0;
        s.timeout = self.config.timeout;
        s.hash_flight();
        self.finish();
        self.transmit_flight();
    }

    /// Adds ChangeCipherSpec and Finished to the flight.
    pub(super) fn finish(&mut self) {
        let scripted = |s: &dyn Fn(&Script) -> bool| self.config.script.iter().any(s);
        let wrong = scripted(&|s| matches!(s, Script::WrongFinished));
        let clear = scripted(&|s| matches!(s, Script::ClearFinished));
        let unchanged = scripted(&|s| matches!(s, Script::NoChangeCipherSpec));
        let Some(s) = &mut self.session else { return };
        let mut ours = prf(&s.master, b"server finished", &sha256(&s.transcript), 12);
        if wrong {
            ours[11] ^= 1;
        }
        if !unchanged {
            s.flight.push(Item::Plain { epoch: 0, kind: CHANGE_CIPHER_SPEC, body: vec![1] });
        }
        let message = Fragment::whole(FINISHED, s.next, &ours);
        s.finished[1] = ours;
        // where the handshake is an abbreviated one, the client's Finished is over this one
        s.transcript.extend(message.bytes());
        s.flight.push(Item::Message { epoch: u16::from(!clear), message });
        s.next += 1;
        s.stage = Stage::Finish;
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
