//! The server's first flight: answers to the ClientHello, as configured and as scripted.

use super::code::{
    CERTIFICATE, CERTIFICATE_REQUEST, CONNECTION_ID, ECDSA_SHA256, EXTENDED_MASTER_SECRET, HELLO_REQUEST,
    RENEGOTIATION_INFO, RENEGOTIATION_SCSV, SECP256R1, SERVER_HELLO, SERVER_HELLO_DONE, SERVER_KEY_EXCHANGE,
    SIGNATURE_ALGORITHMS, SUPPORTED_GROUPS,
};
use super::config::{Config, Renegotiation};
use super::credential::{Asked, Credential};
use super::ec::Key;
use super::exchange;
use super::extension;
use super::flight::{ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, Item};
use super::resume::{self, Saved, Tickets};
use super::script::{Script, Stage};
use super::suite::{Kx, kx};
use super::wire::{Fragment, Hello, long, short, with_long, with_short};

/// What the two hellos agreed on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreed {
    /// The suite.
    pub suite: u16,
    /// Whether the extended master secret is used.
    pub ems: bool,
    /// Connection IDs, where negotiated: the one in the client's records, the one in the server's.
    pub cids: Option<(Vec<u8>, Vec<u8>)>,
    /// Whether the client is asked for its certificate.
    pub asks: bool,
    /// The session that is resumed.
    pub resumed: Option<Saved>,
    /// The ServerHello's session ID.
    pub session: Vec<u8>,
    /// The extensions of the ServerHello, and what they mean.
    pub extensions: extension::Agreed,
}

/// What is agreed on; an error is the alert that says why nothing is.
pub fn agree(config: &Config, hello: &Hello, resumed: Option<Saved>) -> Result<Agreed, u8> {
    let theirs = hello.extension(CONNECTION_ID).and_then(short).filter(|c| c.1.is_empty());
    let cids = config.cid.clone().zip(theirs.map(|c| c.0.to_vec()));
    if let Some(saved) = resumed {
        let extensions = extension::agree(config, hello, saved.suite, false, true)?;
        // a ticket is accepted by sending the client's ID back (RFC 5077 3.4)
        let session = hello.session.clone();
        return Ok(Agreed {
            suite: saved.suite,
            ems: saved.ems,
            cids,
            asks: false,
            resumed: Some(saved),
            session,
            extensions,
        });
    }
    let suite = config.suites.iter().find(|s| {
        let curve = offers(hello, SUPPORTED_GROUPS, SECP256R1);
        // without the extension SHA-1 would be meant, which is out of use (RFC 5246 7.4.1.4.1)
        let scheme = offers(hello, SIGNATURE_ALGORITHMS, ECDSA_SHA256);
        hello.suites.contains(s)
            && match kx(**s) {
                Kx::Psk => true,
                Kx::EcdhePsk => curve,
                Kx::EcdheEcdsa => curve && scheme && config.credential != Credential::Absent,
            }
    });
    let suite = *suite.ok_or(40)?;
    let signed = kx(suite) == Kx::EcdheEcdsa;
    let asks = signed && config.clients.asked != Asked::Never;
    let ems = config.ems && hello.extension(EXTENDED_MASTER_SECRET).is_some();
    let extensions = extension::agree(config, hello, suite, asks, false)?;
    Ok(Agreed { suite, ems, cids, asks, resumed: None, session: Vec::new(), extensions })
}

/// Whether a list of two-byte values in an extension has this one.
fn offers(hello: &Hello, extension: u16, value: u16) -> bool {
    let list = hello.extension(extension).and_then(long).filter(|l| l.1.is_empty());
    list.is_some_and(|l| l.0.chunks(2).any(|v| v == value.to_be_bytes()))
}

fn server_hello(config: &Config, hello: &Hello, agreed: &Agreed, random: &[u8]) -> Vec<u8> {
    let (mut version, mut suite, mut compression) = ([0xfe, 0xfd], agreed.suite, 0);
    let mut session = agreed.session.clone();
    let mut extensions: Vec<(u16, Vec<u8>)> = Vec::new();
    let signalled = hello.suites.contains(&RENEGOTIATION_SCSV) || hello.extension(RENEGOTIATION_INFO).is_some();
    match config.renegotiation {
        Renegotiation::Right if signalled => extensions.push((RENEGOTIATION_INFO, vec![0])),
        Renegotiation::Right | Renegotiation::Absent => {}
        Renegotiation::Wrong => extensions.push((RENEGOTIATION_INFO, vec![2, 1, 1])),
    }
    if agreed.ems {
        extensions.push((EXTENDED_MASTER_SECRET, Vec::new()));
    }
    if let Some((own, _)) = &agreed.cids {
        extensions.push((CONNECTION_ID, with_short(own)));
    }
    extensions.extend(agreed.extensions.answers.iter().cloned());
    let mut trailing = 0;
    for script in &config.script {
        match script {
            Script::Suite(s) => suite = *s,
            Script::Version(v) => version = *v,
            Script::Compression(c) => compression = *c,
            Script::SessionId(n) => session = vec![0xab; *n],
            Script::Extension(kind, body) => extensions.push((*kind, body.clone())),
            Script::Instead(kind, body) => {
                extensions.retain(|e| e.0 != *kind);
                extensions.push((*kind, body.clone()));
            }
            Script::Without(kind) => extensions.retain(|e| e.0 != *kind),
            Script::Trailing(n) => trailing = *n,
            _ => {}
        }
    }
    let mut body = [&version[..], random, &with_short(&session)].concat();
    body.extend_from_slice(&suite.to_be_bytes());
    body.push(compression);
    if !extensions.is_empty() {
        let list =
            extensions.iter().flat_map(|(k, b)| [&k.to_be_bytes()[..], &with_long(b)].concat()).collect::<Vec<_>>();
        body.extend(with_long(&list));
    }
    body.extend(vec![0; trailing]);
    body
}

/// ServerHello to ServerHelloDone, numbered from `seq` on.
#[must_use]
pub fn flight(config: &Config, hello: &Hello, agreed: &Agreed, random: &[u8], ephemeral: &Key, seq: u16) -> Vec<Item> {
    let mut bodies = vec![(SERVER_HELLO, server_hello(config, hello, agreed, random))];
    if kx(agreed.suite) == Kx::EcdheEcdsa {
        let shown = config.script.iter().find_map(|s| if let Script::Show(kind) = s { Some(*kind) } else { None });
        bodies.push((CERTIFICATE, config.credential.message(shown.unwrap_or(agreed.extensions.server_kind))));
    }
    let randoms = [&hello.random[..], random].concat();
    if let Some(body) = exchange::message(config, agreed.suite, ephemeral, &randoms) {
        bodies.push((SERVER_KEY_EXCHANGE, body));
    }
    if agreed.asks {
        bodies.push((CERTIFICATE_REQUEST, config.clients.request()));
    }
    for script in &config.script {
        if let Script::Insert(kind, body) = script {
            bodies.push((*kind, body.clone()));
        }
    }
    bodies.push((SERVER_HELLO_DONE, Vec::new()));
    rearrange(config, &mut bodies);
    number(config, bodies, seq)
}

/// The messages of an abbreviated handshake before its ChangeCipherSpec, numbered from `seq` on.
#[must_use]
pub fn abbreviated(
    config: &Config,
    hello: &Hello,
    agreed: &Agreed,
    random: &[u8],
    ticket: Option<&[u8]>,
    seq: u16,
) -> Vec<Item> {
    let mut bodies = vec![(SERVER_HELLO, server_hello(config, hello, agreed, random))];
    bodies.extend(tickets(config, ticket));
    rearrange(config, &mut bodies);
    number(config, bodies, seq)
}

/// The NewSessionTicket of a full handshake, numbered.
#[must_use]
pub fn ticket(config: &Config, ticket: Option<&[u8]>, seq: u16) -> Vec<Item> {
    let mut bodies = tickets(config, ticket);
    rearrange(config, &mut bodies);
    number(config, bodies, seq)
}

fn tickets(config: &Config, ticket: Option<&[u8]>) -> Vec<(u8, Vec<u8>)> {
    let unasked = |s: &Script| if let Script::UnaskedTicket(t) = s { Some(t.clone()) } else { None };
    let unasked = config.script.iter().filter_map(unasked).map(|t| resume::message(&Tickets::default(), &t));
    let own = config.tickets.as_ref().zip(ticket).map(|(tickets, t)| resume::message(tickets, t));
    own.into_iter().chain(unasked).collect()
}

/// What scripts do to the messages of a flight.
fn rearrange(config: &Config, bodies: &mut Vec<(u8, Vec<u8>)>) {
    let at = |bodies: &[(u8, Vec<u8>)], kind: u8| bodies.iter().position(|b| b.0 == kind);
    for script in &config.script {
        match script {
            Script::Omit(kind) => bodies.retain(|b| b.0 != *kind),
            Script::Twice(kind) => {
                if let Some(at) = at(bodies, *kind) {
                    bodies.insert(at, bodies[at].clone());
                }
            }
            Script::Body(kind, body) => {
                bodies.iter_mut().filter(|b| b.0 == *kind).for_each(|b| b.1.clone_from(body));
            }
            Script::Swap(one, other) => {
                if let (Some(one), Some(other)) = (at(bodies, *one), at(bodies, *other)) {
                    bodies.swap(one, other);
                }
            }
            _ => {}
        }
    }
}

/// The messages numbered, and what scripts do to their headers.
fn number(config: &Config, bodies: Vec<(u8, Vec<u8>)>, seq: u16) -> Vec<Item> {
    let mut items: Vec<Item> = bodies
        .into_iter()
        .zip(seq..)
        .map(|((kind, body), seq)| Item::Message { epoch: 0, message: Fragment::whole(kind, seq, &body) })
        .collect();
    for script in &config.script {
        match script {
            Script::Length(kind, len) => {
                for item in &mut items {
                    if let Item::Message { message, .. } = item
                        && message.kind == *kind
                    {
                        message.len = *len;
                    }
                }
            }
            Script::EarlyChangeCipherSpec => {
                let at = items.len().saturating_sub(1);
                items.insert(at, Item::Plain { epoch: 0, kind: CHANGE_CIPHER_SPEC, body: vec![1] });
            }
            _ => {}
        }
    }
    items
}

/// What the scripts put in front of a flight, and their last word on it.
pub fn dress(config: &Config, stage: Stage, items: &mut Vec<Item>) {
    for script in &config.script {
        let front = match script {
            Script::HelloRequest(s) if *s == stage => (HANDSHAKE, Fragment::whole(HELLO_REQUEST, 0, &[]).bytes()),
            Script::Alert(s, level, description) if *s == stage => (ALERT, vec![*level, *description]),
            Script::ClearData(s) if *s == stage => (APPLICATION_DATA, b"in the clear".to_vec()),
            Script::Edit(s, edit) if *s == stage => {
                edit(items);
                continue;
            }
            _ => continue,
        };
        items.insert(0, Item::Plain { epoch: 0, kind: front.0, body: front.1 });
    }
}
