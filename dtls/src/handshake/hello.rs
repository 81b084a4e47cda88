//! ClientHello, HelloVerifyRequest, ServerHello (RFC 6347 4.2.1, RFC 5246 7.4.1).

use super::{At, Core, Kept, MAX_COOKIE, Own};
use crate::auth::{Auth, Chosen, Offers};
use crate::config::{Config, ExtendedMasterSecret};
use crate::crypto::{Aeads, Hash, Kx, Provider};
use crate::error::Error;
use crate::stats::count;
use crate::wire::{
    DTLS_1_2, EMPTY_RENEGOTIATION_INFO_SCSV, ExtensionType, Extensions, HandshakeType, HelloVerifyRequest, Output,
    Reader, ServerHello, Sink, Suite, copy, extension,
};

/// How many HelloVerifyRequests are obeyed: a server asks once, and again when it changed its secret meanwhile.
const MAX_VERIFY_REQUESTS: u8 = 4;

/// The suites on offer: what the AEADs form with the key exchanges of the credential, in the AEADs' order.
fn suites<C: Aeads>(offers: Offers, take: &mut dyn FnMut(usize, Kx, u16)) {
    for index in 0..C::COUNT {
        if let (true, Some(suite)) = (offers.has(Kx::Psk), C::suite(index, Kx::Psk)) {
            take(index, Kx::Psk, suite);
        }
    }
}

fn offers<A: Auth<P>, P: Provider>(auth: &A) -> Offers {
    let mut offers = Offers::default();
    auth.offer(&mut offers);
    offers
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
    sink.u8(0);
    let cookie = match &own.kept {
        Kept::Cookie(len, cookie) => cookie.get(..usize::from(*len)).unwrap_or(&[]),
        _ => &[],
    };
    sink.u8(cookie.len() as u8);
    sink.put(cookie);
    let offers = offers::<A, P>(auth);
    let mut bytes = 2u16;
    suites::<P::Aeads>(offers, &mut |_, _, _| bytes += 2);
    sink.u16(bytes);
    suites::<P::Aeads>(offers, &mut |_, _, suite| sink.u16(suite));
    // In place of an empty renegotiation_info (RFC 5746 3.4), and 4 bytes shorter.
    sink.u16(EMPTY_RENEGOTIATION_INFO_SCSV);
    // One compression method: null.
    sink.u16(0x0100);
    let mut length = Sink::new(Output::Count);
    extensions::<P::Hash>(config, &mut length);
    sink.u16(length.len() as u16);
    extensions(config, sink);
}

fn extensions<H: Hash>(config: &Config<'_>, sink: &mut Sink<'_, H>) {
    extension(sink, ExtensionType::EXTENDED_MASTER_SECRET, 0);
    if let Some(cid) = config.connection_id {
        extension(sink, ExtensionType::CONNECTION_ID, cid.len() + 1);
        sink.u8(cid.len() as u8);
        sink.put(cid);
    }
    if let Some(name) = config.sni() {
        // A list of one name of type host_name (RFC 6066 3).
        extension(sink, ExtensionType::SERVER_NAME, name.len() + 5);
        sink.u16((name.len() + 3) as u16);
        sink.u8(0);
        sink.u16(name.len() as u16);
        sink.put(name);
    }
}

/// What the ServerHello's extensions say.
struct Agreed<'a> {
    extended: bool,
    peer_cid: Option<&'a [u8]>,
}

/// Only what was offered may be answered, and once (RFC 5246 7.4.1.4).
fn agreed<'a>(config: &Config<'_>, extensions: Extensions<'a>) -> Result<Agreed<'a>, Error> {
    const EXTENDED: u8 = 1;
    const RENEGOTIATION: u8 = 2;
    const CID: u8 = 4;
    const NAME: u8 = 8;
    let mut seen = 0;
    let mut peer_cid = None;
    for (kind, body) in extensions {
        let bit = match kind {
            ExtensionType::EXTENDED_MASTER_SECRET => EXTENDED,
            ExtensionType::RENEGOTIATION_INFO => RENEGOTIATION,
            ExtensionType::CONNECTION_ID if config.connection_id.is_some() => CID,
            ExtensionType::SERVER_NAME if config.sni().is_some() => NAME,
            _ => 0,
        };
        if bit == 0 || seen & bit != 0 {
            return Err(Error::ExtensionNotOffered(kind));
        }
        seen |= bit;
        let valid = match bit {
            // A first handshake's is empty (RFC 5746 3.4).
            RENEGOTIATION => matches!(body, [0]),
            CID => {
                let mut reader = Reader::new(body);
                peer_cid = reader.vector(1);
                peer_cid.is_some() && reader.is_empty()
            }
            _ => body.is_empty(),
        };
        if !valid {
            return Err(Error::Extension(kind));
        }
    }
    Ok(Agreed { extended: seen & EXTENDED != 0, peer_cid })
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
        suites::<P::Aeads>(offers::<A, P>(&self.auth), &mut |index, kx, suite| {
            if suite == hello.suite {
                chosen = Some((index, kx));
            }
        });
        let (index, kx) = chosen.ok_or(Error::SuiteNotOffered(Suite(hello.suite)))?;
        if hello.compression != 0 {
            return Err(Error::Compression(hello.compression));
        }
        let agreed = agreed(&self.config, hello.extensions)?;
        if !agreed.extended && self.config.extended_master_secret == ExtendedMasterSecret::Require {
            return Err(Error::ExtendedMasterSecret);
        }
        if !self.auth.begin(Chosen::new(kx), &mut self.memory.own.step) {
            return Err(Error::SuiteNotOffered(Suite(hello.suite)));
        }
        if let (Some(own), Some(peer)) = (self.config.connection_id, agreed.peer_cid) {
            self.memory.channel.agree_cid(own, peer).ok_or(Error::ConnectionIdTooLong)?;
        }
        let (hash, _, _) = self.provider.parts();
        self.memory.transcript = hash.start();
        // Hashed only now, so that the one that a HelloVerifyRequest answered needs no undoing (RFC 6347 4.2.1).
        self.hash_ours(HandshakeType::CLIENT_HELLO, self.memory.own.hello_seq.into());
        self.hash_theirs(kind, seq, body);
        copy(&mut self.memory.server_random, hello.random);
        (self.memory.aead, self.memory.suite, self.memory.extended) = (index as u8, hello.suite, agreed.extended);
        self.memory.at = At::AwaitServerFlight;
        Ok(())
    }
}
