//! The server's first flight: answers to the ClientHello, as configured and as scripted.

use super::config::{Config, Renegotiation, Script, Stage};
use super::flight::{ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, Item};
use super::wire::{Fragment, Hello, short, with_long, with_short};

const HELLO_REQUEST: u8 = 0;
const SERVER_HELLO: u8 = 2;
const SERVER_KEY_EXCHANGE: u8 = 12;
const SERVER_HELLO_DONE: u8 = 14;
const EXTENDED_MASTER_SECRET: u16 = 23;
const CONNECTION_ID: u16 = 54;
const RENEGOTIATION_INFO: u16 = 0xff01;
const RENEGOTIATION_SCSV: u16 = 0x00ff;

/// What the two hellos agreed on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreed {
    /// The suite.
    pub suite: u16,
    /// Whether the extended master secret is used.
    pub ems: bool,
    /// Connection IDs, where negotiated: the one in the client's records, the one in the server's.
    pub cids: Option<(Vec<u8>, Vec<u8>)>,
}

/// `None`: no suite in common.
#[must_use]
pub fn agree(config: &Config, hello: &Hello) -> Option<Agreed> {
    let suite = *config.suites.iter().find(|s| hello.suites.contains(s))?;
    let ems = config.ems && hello.extension(EXTENDED_MASTER_SECRET).is_some();
    let theirs = hello.extension(CONNECTION_ID).and_then(short).filter(|c| c.1.is_empty());
    let cids = config.cid.clone().zip(theirs.map(|c| c.0.to_vec()));
    Some(Agreed { suite, ems, cids })
}

fn server_hello(config: &Config, hello: &Hello, agreed: &Agreed, random: &[u8]) -> Vec<u8> {
    let (mut version, mut suite, mut compression, mut session) = ([0xfe, 0xfd], agreed.suite, 0, 0);
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
    let mut trailing = 0;
    for script in &config.script {
        match script {
            Script::Suite(s) => suite = *s,
            Script::Version(v) => version = *v,
            Script::Compression(c) => compression = *c,
            Script::SessionId(n) => session = *n,
            Script::Extension(kind, body) => extensions.push((*kind, body.clone())),
            Script::CidExtension(body) => {
                extensions.retain(|e| e.0 != CONNECTION_ID);
                extensions.push((CONNECTION_ID, body.clone()));
            }
            Script::Trailing(n) => trailing = *n,
            _ => {}
        }
    }
    let mut body = [&version[..], random, &with_short(&vec![0xab; session])].concat();
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
pub fn flight(config: &Config, hello: &Hello, agreed: &Agreed, random: &[u8], seq: u16) -> Vec<Item> {
    let mut bodies = vec![(SERVER_HELLO, server_hello(config, hello, agreed, random))];
    if let Some(hint) = &config.hint {
        bodies.push((SERVER_KEY_EXCHANGE, with_long(hint)));
    }
    for script in &config.script {
        if let Script::Insert(kind, body) = script {
            bodies.push((*kind, body.clone()));
        }
    }
    bodies.push((SERVER_HELLO_DONE, Vec::new()));
    for script in &config.script {
        match script {
            Script::Omit(kind) => bodies.retain(|b| b.0 != *kind),
            Script::Twice(kind) => {
                if let Some(at) = bodies.iter().position(|b| b.0 == *kind) {
                    bodies.insert(at, bodies[at].clone());
                }
            }
            _ => {}
        }
    }
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
