//! The keys, and the Finished messages that prove them (RFC 5246 6.3, 7.4.9).

use super::{At, Core, Flight, Kept};
use crate::auth::Auth;
use crate::crypto::{Aeads, Empty, Hash, Prf, Provider, constant_time_eq};
use crate::error::Error;
use crate::record::{Channel, IvBlock, KeyBlock};
use crate::wire::{HandshakeType, finish_body};

impl<A: Auth<P>, P: Provider> Core<'_, A, P> {
    /// The master secret stands: draws the keys and both verify_data from it, forgets it, and has our flight sent.
    ///
    /// The server's verify_data can be foretold, since no message may come between our Finished and its own but a ticket, which draws it anew.
    #[inline(never)]
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        let seq = u16::from(self.memory.own.hello_seq) + 1;
        let first = seq;
        let seq = [HandshakeType::CERTIFICATE, HandshakeType::CLIENT_KEY_EXCHANGE]
            .iter()
            .fold(seq, |seq, kind| seq + u16::from(self.auth.sends(&self.memory.own.step, *kind)));
        let seq = self.hash_if_sent(HandshakeType::CERTIFICATE_VERIFY, seq);
        let mut prf = Prf::EMPTY;
        self.key_prf(&mut prf)?;
        self.keys(&prf)?;
        let (hash, _, _) = self.provider.parts();
        self.auth.keyed(&prf, hash, [&self.memory.own.random, &self.memory.server_random]);
        self.memory.own.verify_data = self.verify_data(&prf, b"client finished");
        self.hash_ours(HandshakeType::FINISHED, seq);
        self.memory.expected = self.verify_data(&prf, b"server finished");
        self.memory.flight.begin(self.config.initial_timeout, first);
        self.memory.at = At::AwaitFinished;
        Ok(())
    }

    /// Keys the PRF with the master secret, which is then forgotten.
    #[inline(never)]
    fn key_prf(&mut self, prf: &mut Prf<P::Hash>) -> Result<(), Error> {
        let Kept::Master(master) = &self.memory.own.kept else {
            return Err(Error::State);
        };
        #[cfg(feature = "key-log")]
        if let Some(log) = self.config.key_log {
            log(&self.memory.own.random, master.as_bytes());
        }
        if A::RESUMES
            && let Some(lent) = self.auth.lent()
        {
            lent.replace(master);
        }
        let (hash, _, _) = self.provider.parts();
        prf.key(hash, &[master.as_bytes()]);
        self.memory.own.kept = Kept::Nothing;
        Ok(())
    }

    #[inline(never)]
    pub(super) fn keys(&mut self, prf: &Prf<P::Hash>) -> Result<(), Error> {
        let memory = &mut *self.memory;
        let (hash, aeads, _) = self.provider.parts();
        let (mut salted, mut with_iv);
        // Which of the two is known at compile time: the other takes no stack.
        let block: &mut [u8] = if P::Aeads::IMPLICIT_NONCE {
            with_iv = IvBlock::EMPTY;
            with_iv.as_mut_bytes()
        } else {
            salted = KeyBlock::EMPTY;
            salted.as_mut_bytes()
        };
        let index = usize::from(memory.aead);
        let len = Channel::key_block::<P::Aeads>(index);
        let wanted = block.get_mut(..len).ok_or(Error::State)?;
        prf.expand(hash, b"key expansion", &[&memory.server_random, &memory.own.random], wanted);
        memory.channel.install(aeads, index, wanted).ok_or(Error::State)
    }

    pub(super) fn verify_data(&mut self, prf: &Prf<P::Hash>, label: &[u8]) -> [u8; 12] {
        let (hash, _, _) = self.provider.parts();
        let transcript = hash.so_far(&self.memory.transcript);
        let mut out = [0; 12];
        prf.expand(hash, label, &[&transcript], &mut out);
        out
    }

    /// The server's Finished: the association stands if it proves the same handshake.
    pub(super) fn server_finished(&mut self, seq: u16, body: &[u8]) -> Result<(), Error> {
        let theirs = finish_body(body).ok_or(Error::Malformed(HandshakeType::FINISHED))?;
        if !constant_time_eq(theirs, &self.memory.expected) {
            return Err(Error::Finished);
        }
        self.memory.flight = Flight::EMPTY;
        if A::RESUMES {
            self.session_proved(seq, body)?;
        }
        self.memory.at = At::Established;
        Ok(())
    }
}
