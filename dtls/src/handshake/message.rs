//! The one table: which message is taken in which state, and what of the rest is noise.

#[cfg(all(feature = "inspect", debug_assertions))]
use super::lax;
use super::{At, Core, WARNING};
use crate::auth::{Auth, Phase};
use crate::crypto::{Hash, Provider};
use crate::error::Error;
use crate::stats::count;
use crate::wire::{Alert, Fragment, HandshakeType, Header, Reader};
use core::time::Duration;

impl<A: Auth<P>, P: Provider> Core<'_, A, P> {
    /// Reads the handshake messages of a record. True: the association stands now.
    #[inline(never)]
    pub(crate) fn handshake(&mut self, now: Duration, authentic: bool, content: &[u8]) -> Result<bool, Error> {
        let mut reader = Reader::new(content);
        while !reader.is_empty() {
            let Some(fragment) = Fragment::read(&mut reader) else {
                count(&mut self.memory.stats.malformed);
                return Ok(false);
            };
            if fragment.kind == HandshakeType::HELLO_REQUEST {
                self.hello_request(now, authentic);
            } else if self.awaits(authentic, &fragment) && self.fragment(&fragment)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a fragment belongs to the message that is awaited. What does not is counted; a repeat of the server's last message asks for ours again.
    fn awaits(&mut self, authentic: bool, fragment: &Fragment<'_>) -> bool {
        let next = self.memory.reassembly.next();
        let stats = &mut self.memory.stats;
        let awaiting = match self.memory.at {
            At::AwaitServerHello | At::AwaitServerFlight => !authentic,
            At::AwaitFinished => true,
            At::Established if A::RESUMES => return self.finished_again(authentic, fragment),
            At::Idle | At::Work(_) | At::Established => false,
        };
        if !awaiting {
            count(&mut stats.unexpected);
        } else if fragment.kind == HandshakeType::HELLO_VERIFY_REQUEST && self.memory.at == At::AwaitServerHello {
            // Its sender keeps no state, so its message_seq says little (RFC 6347 4.2.1).
            return true;
        } else if fragment.message_seq < next {
            count(&mut stats.repeated);
            if self.memory.at == At::AwaitFinished
                && !authentic
                && fragment.is_last()
                && fragment.message_seq.wrapping_add(1) == next
            {
                self.memory.flight.repeated(self.config.transmissions);
            }
        } else if fragment.message_seq > next {
            count(&mut stats.early);
        } else if self.memory.at == At::AwaitFinished
            && authentic == (A::RESUMES && self.auth.promised() && fragment.kind == HandshakeType::NEW_SESSION_TICKET)
        {
            // The server's next message is its Finished, which comes under the keys; a ticket comes before them (RFC 5077 3.3).
            count(&mut stats.unexpected);
        } else {
            return true;
        }
        false
    }

    /// In an abbreviated handshake our Finished is the last message: a server that repeats its own did not get it (RFC 6347 4.2.4).
    fn finished_again(&mut self, authentic: bool, fragment: &Fragment<'_>) -> bool {
        let old = fragment.message_seq < self.memory.reassembly.next();
        if authentic && old && fragment.kind == HandshakeType::FINISHED && self.auth.phase() == Phase::Resumed {
            count(&mut self.memory.stats.repeated);
            self.memory.flight.repeated(self.config.transmissions);
        } else {
            count(&mut self.memory.stats.unexpected);
        }
        false
    }

    /// Takes a fragment of the message awaited, in place where it is whole. True: the association stands now.
    fn fragment(&mut self, fragment: &Fragment<'_>) -> Result<bool, Error> {
        if fragment.is_whole() {
            return self.message(fragment.kind, fragment.message_seq, fragment.data);
        }
        let slice = core::mem::take(&mut self.reassembly);
        let result = match self.memory.reassembly.add(slice, fragment) {
            Ok(Some(body)) => self.message(fragment.kind, fragment.message_seq, body),
            Ok(None) => Ok(false),
            Err(()) => {
                count(&mut self.memory.stats.fragments);
                Ok(false)
            }
        };
        self.reassembly = slice;
        result
    }

    /// The table. True: the association stands now.
    fn message(&mut self, kind: HandshakeType, seq: u16, body: &[u8]) -> Result<bool, Error> {
        match (self.memory.at, kind) {
            (At::AwaitServerHello, HandshakeType::HELLO_VERIFY_REQUEST) => {
                return self.hello_verify_request(body).map(|()| false);
            }
            (At::AwaitServerHello, HandshakeType::SERVER_HELLO) => self.server_hello(seq, body)?,
            #[cfg(all(feature = "inspect", debug_assertions))]
            (At::AwaitServerFlight, _) if lax::overtakes(kind) => self.lax(kind, seq, body)?,
            (At::AwaitServerFlight, _) => self.server_message(kind, seq, body)?,
            (At::AwaitFinished, HandshakeType::NEW_SESSION_TICKET) if A::RESUMES && self.auth.promised() => {
                self.new_session_ticket(seq, body)?;
            }
            // A ticket that was promised comes first (RFC 5077 3.3).
            (At::AwaitFinished, HandshakeType::FINISHED) if !(A::RESUMES && self.auth.promised()) => {
                self.server_finished(seq, body)?;
            }
            #[cfg(all(feature = "inspect", debug_assertions))]
            (at, _) if lax::allows(at, kind, A::RESUMES) => self.lax(kind, seq, body)?,
            _ => return Err(Error::Unexpected(kind)),
        }
        self.memory.reassembly.restart(seq.wrapping_add(1));
        self.memory.flight.progress();
        Ok(self.memory.at == At::Established)
    }

    /// Hashes a message of the server's on, as if it had come whole (RFC 6347 4.2.6).
    pub(super) fn hash_theirs(&mut self, kind: HandshakeType, seq: u16, body: &[u8]) {
        let (hash, _, _) = self.provider.parts();
        hash.update(&mut self.memory.transcript, &Header::whole(kind, body.len(), seq).bytes());
        hash.update(&mut self.memory.transcript, body);
    }

    /// Renegotiation is refused (RFC 7925 17): told once a second when the request is the server's own, dropped when anybody could have sent it.
    fn hello_request(&mut self, now: Duration, authentic: bool) {
        count(&mut self.memory.stats.hello_requests);
        if self.memory.at == At::Established && authentic && self.memory.flight.may_refuse(now) {
            self.raise(WARNING, Alert::NO_RENEGOTIATION);
        }
    }
}
