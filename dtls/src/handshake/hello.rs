//! ClientHello, HelloVerifyRequest, ServerHello (RFC 6347 4.2.1, RFC 5246 7.4.1).

use super::{At, Core, Kept, MAX_COOKIE, Own, agreed, extensions};
use crate::auth::{Auth, Chosen};
use crate::config::{Config, ExtendedMasterSecret};
use crate::crypto::{Aeads, Hash, Kx, Provider};
use crate::error::Error;
use crate::stats::count;
use crate::wire::{
    DTLS_1_2, EMPTY_RENEGOTIATION_INFO_SCSV, HandshakeType, HelloVerifyRequest, Output, ServerHello, Sink, Suite, copy,
};

/// How many HelloVerifyRequests are obeyed: a server asks once, and again when it changed its secret meanwhile.
const MAX_VERIFY_REQUESTS: u8 = 4;

/// The suites on offer: what the key exchanges of the credential form with the AEADs, in the credential's order and then in the AEADs'.
pub(super) fn suites<A: Auth<P>, P: Provider>(take: &mut dyn FnMut(usize, Kx, u16)) {
    let [first, second, third] = const { A::EXCHANGES.list() };
    formed::<P::Aeads>(first, take);
    formed::<P::Aeads>(second, take);
    formed::<P::Aeads>(third, take);
}

#[inline(always)]
fn formed<C: Aeads>(kx: Option<Kx>, take: &mut dyn FnMut(usize, Kx, u16)) {
    if let Some(kx) = kx {
        for index in 0..C::COUNT {
            if let Some(suite) = C::suite(index, kx) {
                take(index, kx, suite);
            }
        }
    }
}

/// Writes the body of our ClientHello. The second one differs from the first in its cookie alone (RFC 6347 4.2.1).
pub(super) fn client_hello<A: Auth<P>, P: Provider>(
    config: &Config<'_>,
    auth: &A,
    own: &Own<A::Step>,
    sink: &mut Sink<'_, P::Hash>,
) {
    sink.u16(DTLS_1_2);
    sink.put(&own.random);
    let session = if A::RESUMES { auth.session_id(&own.random) } else { &[] };
    sink.u8(session.len() as u8);
    sink.put(session);
    let cookie = match &own.kept {
        Kept::Cookie(len, cookie) => cookie.get(..usize::from(*len)).unwrap_or(&[]),
        _ => &[],
    };
    sink.u8(cookie.len() as u8);
    sink.put(cookie);
    let mut bytes = 2u16;
    suites::<A, P>(&mut |_, _, _| bytes += 2);
    sink.u16(bytes);
    suites::<A, P>(&mut |_, _, suite| sink.u16(suite));
    // In place of an empty renegotiation_info (RFC 5746 3.4), and 4 bytes shorter.
    sink.u16(EMPTY_RENEGOTIATION_INFO_SCSV);
    // One compression method: null.
    sink.u16(0x0100);
    let mut length = Sink::new(Output::Count);
    extensions::<A, P>(config, auth, &mut length);
    sink.u16(length.len() as u16);
    extensions::<A, P>(config, auth, sink);
}

impl<A: Auth<P>, P: Provider> Core<'_, A, P> {
    /// The server wants our ClientHello again, with its cookie.
    pub(super) fn hello_verify_request(&mut self, body: &[u8]) -> Result<(), Error> {
        let cookie =
            HelloVerifyRequest::read(body).ok_or(Error::Malformed(HandshakeType::HELLO_VERIFY_REQUEST))?.cookie;
        let memory = &mut *self.memory;
        // The cookie that we have is a late copy: a further ClientHello would move the numbers of the server's flight. Another one is an old or a
        // forged one, unless the server left ours unanswered.
        let obeyed = memory.own.hello_seq;
        let had = matches!(&memory.own.kept, Kept::Cookie(len, kept) if kept.get(..usize::from(*len)) == Some(cookie));
        if had || (obeyed > 0 && !memory.flight.unanswered()) || obeyed >= MAX_VERIFY_REQUESTS {
            count(&mut memory.stats.repeated);
            return Ok(());
        }
        if cookie.len() > MAX_COOKIE {
            return Err(Error::CookieTooLong);
        }
        memory.own.kept = Kept::Cookie(cookie.len() as u8, [0; MAX_COOKIE]);
        if let Kept::Cookie(_, kept) = &mut memory.own.kept {
            copy(kept, cookie);
        }
        memory.own.hello_seq = obeyed + 1;
        // RFC 6347 4.2.2: the ClientHello with the cookie, and the ServerHello that answers it, have message_seq 1.
        memory.reassembly.restart(memory.own.hello_seq.into());
        memory.flight.begin(self.config.initial_timeout, memory.own.hello_seq.into());
        Ok(())
    }

    /// The server's choice: only what we offered.
    pub(super) fn server_hello(&mut self, seq: u16, body: &[u8]) -> Result<(), Error> {
        let kind = HandshakeType::SERVER_HELLO;
        let hello = ServerHello::read(body).ok_or(Error::Malformed(kind))?;
        if hello.version != DTLS_1_2 {
            return Err(Error::Version(hello.version));
        }
        let mut chosen = None;
        suites::<A, P>(&mut |index, kx, suite| {
            if suite == hello.suite {
                chosen = Some((index, kx));
            }
        });
        let (index, mut kx) = chosen.ok_or(Error::SuiteNotOffered(Suite(hello.suite)))?;
        if let [Some(only), None, None] = const { A::EXCHANGES.list() } {
            kx = only;
        }
        if hello.compression != 0 {
            return Err(Error::Compression(hello.compression));
        }
        let agreed = agreed::<A, P>(&self.config, &mut self.auth, Chosen::new(kx), hello.extensions)?;
        let (hash, _, _) = self.provider.parts();
        hash.restart(&mut self.memory.transcript);
        // Hashed only now, so that the one that a HelloVerifyRequest answered needs no undoing (RFC 6347 4.2.1); and before
        // a session that the server did not take is forgotten, for the ClientHello offered it.
        self.hash_ours(HandshakeType::CLIENT_HELLO, self.memory.own.hello_seq.into());
        let resumed = A::RESUMES && self.session_answered(&hello, agreed.extended)?;
        if !agreed.extended && self.config.extended_master_secret == ExtendedMasterSecret::Require {
            return Err(Error::ExtendedMasterSecret);
        }
        if !resumed && !self.auth.begin(agreed.chosen, &mut self.memory.own.step) {
            // With certificates a suite alone does not say what is shown.
            return Err(if A::SERVER_CERTIFICATES.count() > 0 && kx == Kx::EcdheEcdsa {
                Error::CertificateType(agreed.chosen.server)
            } else {
                Error::SuiteNotOffered(Suite(hello.suite))
            });
        }
        if let (Some(own), Some(peer)) = (self.config.connection_id, agreed.peer_cid) {
            self.memory.channel.agree_cid(own, peer).ok_or(Error::ConnectionIdTooLong)?;
        }
        self.hash_theirs(kind, seq, body);
        copy(&mut self.memory.server_random, hello.random);
        (self.memory.aead, self.memory.suite, self.memory.extended) = (index as u8, hello.suite, agreed.extended);
        if resumed {
            return self.resume();
        }
        self.memory.at = At::AwaitServerFlight;
        Ok(())
    }
}
