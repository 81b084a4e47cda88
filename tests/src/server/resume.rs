//! Resumption: sessions kept by ID (RFC 5246 7.3) or handed to the client as tickets (RFC 5077).

use super::code::{EXTENDED_MASTER_SECRET, NEW_SESSION_TICKET, SERVER_NAME, SESSION_TICKET};
use super::config::Config;
use super::script::Script;
use super::wire::{Hello, long, with_long};
use crate::random::Random;
use aes_gcm::Aes128Gcm;
use ccm::aead::{Aead, KeyInit};

/// How tickets are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tickets {
    /// The key that seals them. A server with another one opens none, and falls back to full handshakes.
    pub key: [u8; 16],
    /// ticket_lifetime_hint, in seconds.
    pub lifetime: u32,
    /// Whether an abbreviated handshake brings a new one.
    pub renew: bool,
    /// Bytes that make each longer.
    pub filler: usize,
}

impl Default for Tickets {
    fn default() -> Self {
        Self { key: [0x5a; 16], lifetime: 3600, renew: false, filler: 0 }
    }
}

/// A session that can be resumed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// The suite.
    pub suite: u16,
    /// Whether the master secret is the extended one.
    pub ems: bool,
    /// The master secret (48 bytes).
    pub master: Vec<u8>,
    /// The body of server_name, as it was offered.
    pub name: Vec<u8>,
    /// The identity.
    pub identity: Vec<u8>,
    /// What the client showed.
    pub client: Vec<Vec<u8>>,
}

impl Saved {
    fn bytes(&self) -> Vec<u8> {
        let client: Vec<u8> = self.client.iter().flat_map(|c| with_long(c)).collect();
        let mut bytes = [&self.suite.to_be_bytes()[..], &[self.ems.into()], &self.master].concat();
        [&self.name, &self.identity, &client].iter().for_each(|part| bytes.extend(with_long(part)));
        bytes
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (suite, rest) = bytes.split_first_chunk::<2>()?;
        let (ems, rest) = rest.split_first()?;
        let (master, rest) = rest.split_at_checked(48)?;
        let (name, rest) = long(rest)?;
        let (identity, rest) = long(rest)?;
        let (mut shown, _) = long(rest)?;
        let mut client = Vec::new();
        while let Some((certificate, rest)) = long(shown) {
            client.push(certificate.to_vec());
            shown = rest;
        }
        Some(Self {
            suite: u16::from_be_bytes(*suite),
            ems: *ems != 0,
            master: master.to_vec(),
            name: name.to_vec(),
            identity: identity.to_vec(),
            client,
        })
    }

    /// As a ticket.
    #[must_use]
    pub fn seal(&self, tickets: &Tickets, random: &mut Random) -> Vec<u8> {
        let nonce: [u8; 12] = random.bytes(12).try_into().unwrap();
        let plain = [self.bytes(), vec![0; tickets.filler]].concat();
        let sealed = Aes128Gcm::new(&tickets.key.into()).encrypt(&nonce.into(), &plain[..]).unwrap();
        [&nonce[..], &sealed].concat()
    }

    /// Out of a ticket; `None` where it is not one of ours.
    #[must_use]
    pub fn open(tickets: &Tickets, ticket: &[u8]) -> Option<Self> {
        let (nonce, sealed) = ticket.split_first_chunk::<12>()?;
        let plain = Aes128Gcm::new(&tickets.key.into()).decrypt(&(*nonce).into(), sealed).ok()?;
        Self::parse(&plain)
    }
}

/// The session that a ClientHello may resume; an error is the alert that ends the handshake.
pub fn offered(config: &Config, sessions: &[(Vec<u8>, Saved)], hello: &Hello) -> Result<Option<Saved>, u8> {
    let ticket = hello.extension(SESSION_TICKET).filter(|t| !t.is_empty());
    let by_ticket = config.tickets.as_ref().zip(ticket).and_then(|(tickets, t)| Saved::open(tickets, t));
    // a ticket goes before an ID (RFC 5077 3.4)
    let by_id = || sessions.iter().rev().find(|s| config.session_ids && s.0 == hello.session).map(|s| s.1.clone());
    let Some(saved) = by_ticket.or_else(by_id) else { return Ok(None) };
    if config.script.iter().any(|s| matches!(s, Script::ResumeAnyway)) {
        return Ok(Some(saved));
    }
    // the suite must be offered again (RFC 5246 7.4.1.2), under the same name (RFC 6066 3)
    let same = hello.suites.contains(&saved.suite) && config.suites.contains(&saved.suite);
    if !same || hello.extension(SERVER_NAME).unwrap_or_default() != saved.name {
        return Ok(None);
    }
    match (saved.ems, hello.extension(EXTENDED_MASTER_SECRET).is_some()) {
        (true, true) => Ok(Some(saved)),
        // RFC 7627 5.3
        (false, true) => Ok(None),
        (_, false) => Err(40),
    }
}

/// The NewSessionTicket's kind and body (RFC 5077 3.3).
#[must_use]
pub fn message(tickets: &Tickets, ticket: &[u8]) -> (u8, Vec<u8>) {
    (NEW_SESSION_TICKET, [&tickets.lifetime.to_be_bytes()[..], &with_long(ticket)].concat())
}
