//! The rest of the server's flight, and the operations that it asks of us.

use super::{At, Core, Kept};
use crate::auth::{Auth, Cx, Op};
use crate::crypto::{Kx, Master, Provider};
use crate::error::Error;
use crate::wire::HandshakeType;

impl<A: Auth<P>, P: Provider> Core<'_, A, P> {
    /// A message from behind ServerHello up to ServerHelloDone: the credential's business. Behind the last one it is our turn.
    pub(super) fn server_message(&mut self, kind: HandshakeType, seq: u16, body: &[u8]) -> Result<(), Error> {
        let done = kind == HandshakeType::SERVER_HELLO_DONE;
        if done && !body.is_empty() {
            return Err(Error::Malformed(kind));
        }
        let memory = &mut *self.memory;
        let mut cx = Cx {
            provider: &mut self.provider,
            transcript: &memory.transcript,
            client_random: &memory.own.random,
            server_random: &memory.server_random,
            extended: memory.extended,
        };
        self.auth.read(&mut memory.own.step, kind, body, &mut cx)?;
        self.hash_theirs(kind, seq, body);
        if !done {
            return Ok(());
        }
        self.memory.own.kept = Kept::Master(Master::EMPTY);
        let next = self.auth.next(&self.memory.own.step, None);
        self.proceed(next)
    }

    /// Goes to the next operation, or past the last one.
    fn proceed(&mut self, next: Option<Op>) -> Result<(), Error> {
        let Some(op) = next else {
            return self.finish();
        };
        if op == Op::Derive {
            // The session hash ends with our ClientKeyExchange (RFC 7627 3), which no longer changes.
            let seq = u16::from(self.memory.own.hello_seq) + 1;
            let seq = self.hash_if_sent(HandshakeType::CERTIFICATE, seq);
            self.hash_if_sent(HandshakeType::CLIENT_KEY_EXCHANGE, seq);
        }
        self.memory.at = At::Work(op);
        Ok(())
    }

    /// Does one operation. `WouldBlock`: nothing changed, and the same call goes on with it. True: the server is verified now.
    #[inline(never)]
    pub(crate) fn work(&mut self, op: Op) -> nb::Result<bool, Error> {
        self.operate(op)?;
        let next = self.auth.next(&self.memory.own.step, Some(op));
        self.proceed(next)?;
        Ok(A::EXCHANGES.has(Kx::EcdheEcdsa) && op == Op::Verify && next != Some(Op::Verify))
    }

    /// The credential's part. Its stack is given back before the next step takes its own.
    #[inline(never)]
    fn operate(&mut self, op: Op) -> nb::Result<(), Error> {
        let memory = &mut *self.memory;
        let Kept::Master(master) = &mut memory.own.kept else {
            return Err(nb::Error::Other(Error::State));
        };
        let mut cx = Cx {
            provider: &mut self.provider,
            transcript: &memory.transcript,
            client_random: &memory.own.random,
            server_random: &memory.server_random,
            extended: memory.extended,
        };
        self.auth.work(&mut memory.own.step, op, &mut cx, master)
    }
}
