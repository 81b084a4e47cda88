//! What the attacks share.

use std::time::Duration;
use stint_dtls::Error;
use stint_lab::device::{Device, Options};
use stint_lab::link::{End, Impairment, Link, Pair};
use stint_lab::parties::{Who, on as with_credential, roomy};
use stint_lab::play;
use stint_lab::scene::{connect, fails, pair, usable_afterwards};
use stint_lab::server::{Config, Item, Record, Script, Server};

pub(crate) const SECOND: Duration = Duration::from_secs(1);

pub(crate) fn scripted(script: &[Script]) -> Config {
    Config { script: script.to_vec(), hint: Some(b"hint".to_vec()), ..Config::default() }
}

/// A client and a server that share a key, connected.
pub(crate) fn connected() -> Pair<'static, Device, Server> {
    let mut pair = pair(Options::default(), Config::default());
    connect(&mut pair);
    pair
}

/// A record made by whoever can send datagrams.
pub(crate) fn forged(kind: u8, epoch: u16, sequence: u64, fragment: &[u8]) -> Vec<u8> {
    Record { kind, epoch, sequence, cid: Vec::new(), fragment: fragment.to_vec() }.bytes()
}

/// Has the datagrams reach a client in each state of a handshake, from its first flight on; it must connect all the same. Says what was counted.
pub(crate) fn in_every_state(datagrams: &[Vec<u8>]) -> stint_dtls::Stats {
    let mut pair = pair(Options::default(), Config::default());
    for _ in 0..100 {
        for datagram in datagrams {
            pair.client.receive(pair.now, datagram);
        }
        if pair.client.client.is_connected() {
            break;
        }
        pair.step(pair.now + SECOND * 600);
    }
    connect(&mut pair);
    assert_eq!(pair.client.data(), [b"there and back"], "and nothing else was delivered");
    pair.client.client.stats()
}

/// The scripts end a handshake with a pre-shared key in this error and this alert, and the client is good for another.
pub(crate) fn ends_in(script: &[Script], error: Error, alert: u8) {
    let mut pair = pair(Options::default(), scripted(script));
    assert_eq!(fails(&mut pair), error, "{script:?}");
    assert_eq!(pair.server.seen.alerts, [(0, 2, alert)], "{script:?}");
    usable_afterwards(&mut pair, Config::default());
}

/// The same with the credential, and a server made for it.
pub(crate) fn refused(who: Who, script: &[Script], error: Error, alert: u8) {
    judged(who, Config { script: script.to_vec(), ..who.server() }, error, alert);
}

/// The same with a server of one's own.
pub(crate) fn judged(who: Who, config: Config, error: Error, alert: u8) {
    play!(who, auth, who: Who = who, config: Config = config, error: Error = error, alert: u8 = alert => {
        let script = config.script.clone();
        let mut pair = with_credential(Link::new(Impairment::NONE, 1), roomy(), auth, config);
        assert_eq!(fails(&mut pair), error, "{who:?} {script:?}");
        assert_eq!(pair.server.seen.alerts, [(0, 2, alert)], "{who:?} {script:?}");
        usable_afterwards(&mut pair, who.server());
    });
}

/// Changes the body of the first message of a type, and says so in its header.
pub(crate) fn edit_body(items: &mut [Item], kind: u8, edit: impl FnOnce(&mut Vec<u8>)) {
    let found = items.iter_mut().find_map(|item| match item {
        Item::Message { message, .. } if message.kind == kind => Some(message),
        _ => None,
    });
    let message = found.expect("the flight has this message");
    edit(&mut message.body);
    message.len = message.body.len();
}

/// A record in the clear whose one handshake fragment says of itself what it likes.
pub(crate) fn fragment(kind: u8, len: u32, seq: u16, offset: u32, claimed: u32, body: &[u8]) -> Item {
    let u24 = |n: u32| n.to_be_bytes()[1..].to_vec();
    let head = [&[kind][..], &u24(len), &seq.to_be_bytes(), &u24(offset), &u24(claimed)].concat();
    Item::Plain { epoch: 0, kind: stint_lab::server::HANDSHAKE, body: [&head[..], body].concat() }
}
