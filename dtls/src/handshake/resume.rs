//! The abbreviated handshake (RFC 5246 7.3, RFC 5077 3): the server answers the session that we offer with its Finished, and ours ends it.

use super::{At, Core, suites};
use crate::auth::{Auth, Phase};
use crate::config::ExtendedMasterSecret;
use crate::crypto::{Empty, Hash, Prf, Provider, constant_time_eq};
use crate::error::Error;
use crate::wire::{HandshakeType, ServerHello, Suite, copy, session_ticket};

impl<A: Auth<P>, P: Provider> Core<'_, A, P> {
    /// Decides whether the session is offered: it must be of this credential and server, of a suite that is offered, and of the policy (RFC 7627 5.3).
    pub(super) fn offer_session(&mut self) {
        let binding = self.binding();
        let allowed = self.config.extended_master_secret == ExtendedMasterSecret::Allow;
        let Some(lent) = self.auth.lent() else {
            return;
        };
        let head = lent.head;
        let mut offered = false;
        suites::<A, P>(&mut |_, _, suite| offered |= suite == head.suite);
        let fits =
            offered && (head.extended || allowed) && head.is_resumable() && constant_time_eq(&head.binding, &binding);
        *lent.phase = if fits { Phase::Offered } else { Phase::Full };
        *lent.promised = false;
    }

    /// The hash of the server's name and of the credential.
    pub(crate) fn binding(&mut self) -> [u8; 32] {
        let (hash, _, _) = self.provider.parts();
        let mut state = hash.start();
        let mut put = |part: &[u8]| {
            hash.update(&mut state, &(part.len() as u16).to_be_bytes());
            hash.update(&mut state, part);
        };
        put(self.config.sni().unwrap_or(&[]));
        self.auth.bind(&mut put);
        let (hash, _, _) = self.provider.parts();
        hash.finish(state)
    }

    /// What the ServerHello says to the session that was offered. True: the handshake is an abbreviated one.
    pub(super) fn session_answered(&mut self, hello: &ServerHello<'_>, extended: bool) -> Result<bool, Error> {
        let offered = self.auth.session_id(&self.memory.own.random);
        let taken = !offered.is_empty() && hello.session_id == offered;
        let Some(lent) = self.auth.lent() else {
            return Ok(false);
        };
        let head = lent.head;
        if taken {
            if hello.suite != head.suite {
                return Err(Error::SuiteNotOffered(Suite(hello.suite)));
            }
            // A session never changes its mind (RFC 7627 5.3).
            if extended != head.extended {
                return Err(Error::ExtendedMasterSecret);
            }
            *lent.phase = Phase::Resumed;
        } else {
            // What was offered stays, for our ClientHello may have to be sent again.
            lent.fresh.set(hello.session_id);
        }
        Ok(taken)
    }

    /// Draws the keys from the master secret of the session; the server's Finished comes next.
    pub(super) fn resume(&mut self) -> Result<(), Error> {
        let mut prf = Prf::EMPTY;
        self.session_prf(&mut prf)?;
        self.keys(&prf)?;
        let (hash, _, _) = self.provider.parts();
        self.auth.keyed(&prf, hash, [&self.memory.own.random, &self.memory.server_random]);
        self.memory.expected = self.verify_data(&prf, b"server finished");
        self.memory.at = At::AwaitFinished;
        Ok(())
    }

    /// Keys the PRF with the master secret of the session.
    fn session_prf(&mut self, prf: &mut Prf<P::Hash>) -> Result<(), Error> {
        let lent = self.auth.lent().ok_or(Error::State)?;
        #[cfg(feature = "key-log")]
        if let Some(log) = self.config.key_log {
            log(&self.memory.own.random, lent.head.master.as_bytes());
        }
        let (hash, _, _) = self.provider.parts();
        prf.key(hash, &[lent.head.master.as_bytes()]);
        Ok(())
    }

    /// A ticket for another time. It belongs to what the server's Finished proves (RFC 5077 3.3).
    pub(super) fn new_session_ticket(&mut self, seq: u16, body: &[u8]) -> Result<(), Error> {
        let kind = HandshakeType::NEW_SESSION_TICKET;
        let ticket = session_ticket(body).ok_or(Error::Malformed(kind))?;
        let lent = self.auth.lent().ok_or(Error::State)?;
        *lent.promised = false;
        // One that is too long is not kept, and neither is the one that it replaces.
        let fits = ticket.len() <= lent.ticket.len();
        lent.head.ticket_len = if fits { ticket.len() as u16 } else { 0 };
        if fits {
            copy(lent.ticket, ticket);
        }
        self.hash_theirs(kind, seq, body);
        let mut prf = Prf::EMPTY;
        self.session_prf(&mut prf)?;
        self.memory.expected = self.verify_data(&prf, b"server finished");
        Ok(())
    }

    /// The server's Finished fitted. In an abbreviated handshake ours follows, and is the last message.
    pub(super) fn session_proved(&mut self, seq: u16, body: &[u8]) -> Result<(), Error> {
        if self.auth.phase() == Phase::Resumed {
            self.hash_theirs(HandshakeType::FINISHED, seq, body);
            let mut prf = Prf::EMPTY;
            self.session_prf(&mut prf)?;
            self.memory.own.verify_data = self.verify_data(&prf, b"client finished");
            let first = u16::from(self.memory.own.hello_seq) + 1;
            self.memory.flight.begin(self.config.initial_timeout, first);
            return Ok(());
        }
        let binding = self.binding();
        let (suite, extended) = (self.memory.suite, self.memory.extended);
        let mut peer = [0; 32];
        if let Some(identity) = self.auth.peer().filter(|peer| !peer.is_empty()) {
            let (hash, _, _) = self.provider.parts();
            let mut state = hash.start();
            hash.update(&mut state, identity.spki());
            hash.digest(&mut state, &mut peer);
        }
        if let Some(lent) = self.auth.lent() {
            let head = lent.head;
            (head.binding, head.extended, head.peer) = (binding, extended, peer);
            head.suite = if head.is_resumable() { suite } else { 0 };
        }
        Ok(())
    }

    /// A fatal error ends the session too (RFC 5246 7.2.2).
    pub(super) fn session_failed(&mut self, error: Error) {
        if self.auth.phase() == Phase::Resumed && self.memory.at != At::Established {
            // We write in the clear until our ChangeCipherSpec (RFC 5246 7.1), which follows the server's: so does the alert.
            self.memory.channel.forget_keys();
        }
        if let Some(lent) = self.auth.lent()
            && !matches!(error, Error::Timeout { .. } | Error::BufferTooSmall | Error::State)
        {
            lent.head.forget();
        }
    }
}
