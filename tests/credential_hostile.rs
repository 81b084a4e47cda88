//! Servers' flights with public keys that are bent at random: nothing panics, and nothing is believed that the ends do not agree on.

use stint_dtls::auth::Auth;
use stint_dtls::{Resumable, Session};
use stint_lab::link::Pair;
use stint_lab::link::{Direction, Impairment, Link};
use stint_lab::parties::{AllProvider, Client, Who, lend, on, roomy};
use stint_lab::play;
use stint_lab::random::Random;
use stint_lab::scene::{LIMIT, agree, connect, usable_afterwards};
use stint_lab::server::{Config, Cut, Server, Shape, Tickets};

/// Runs to its end, good or bad.
fn ends<A: Auth<AllProvider, Step: 'static> + 'static>(pair: &mut Pair<'_, Client<A>, Server>, what: &str) {
    let done = pair.run_until(LIMIT, |p| {
        p.client.error().is_some() || p.client.client.is_connected() && p.server.association().is_some()
    });
    assert!(done, "{what}: {:?} {:?}", pair.client.happened, pair.server.seen);
    if pair.client.error().is_none() {
        agree(&pair.client, &pair.server);
    }
    assert!(pair.client.most <= 1, "{what}");
}

/// Bends a datagram: a bit, a byte, a cut, a length.
fn bend(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(bytes.len() as u64) as usize;
    match random.below(5) {
        0 => bytes[at] ^= 1 << random.below(8),
        1 => bytes[at] = random.number() as u8,
        2 => bytes[at] = [0, 0xff, 0x7f, 0x80][random.below(4) as usize],
        3 => bytes.truncate(at),
        _ => bytes.insert(at, random.number() as u8),
    }
}

#[test]
fn a_bent_flight_panics_or_is_believed() {
    for who in Who::ALL {
        for seed in 0..200 {
            let cut = [Cut::Whole, Cut::At(120)][seed as usize % 2];
            let config = Config { shape: Shape { cut, ..Config::default().shape }, seed, cookie: None, ..who.server() };
            play!(who, auth, who: Who = who, config: Config = config, seed: u64 = seed => {
                let mut random = Random::new(seed);
                let link = Link::new(Impairment::NONE, seed).tapped(move |direction, _, bytes| {
                    // the first two flights of the server's, every time: it never gets through unbent
                    if direction == Direction::Down && random.below(3) < 2 {
                        bend(bytes, &mut random);
                    }
                    true
                });
                let mut pair = on(link, roomy(), auth, config);
                ends(&mut pair, &format!("{who:?} seed {seed}"));
                usable_afterwards(&mut pair, who.server());
            });
        }
    }
}

#[test]
fn a_bent_abbreviated_flight_panics_or_is_believed() {
    for who in [Who::Psk, Who::RawKey] {
        for seed in 0..200 {
            let tickets = Some(Tickets { renew: true, ..Tickets::default() });
            let config = Config { tickets, seed, cookie: None, ..who.server() };
            play!(who, auth, who: Who = who, config: Config = config, seed: u64 = seed => {
                let auth = Resumable::<_, 512>::new(auth, lend(Session::EMPTY));
                let mut pair = on(Link::new(Impairment::NONE, seed), roomy(), auth, config);
                connect(&mut pair);
                let mut random = Random::new(seed);
                pair.link.tap = Some(Box::new(move |direction, _, bytes| {
                    if direction == Direction::Down && random.below(3) < 2 {
                        bend(bytes, &mut random);
                    }
                    true
                }));
                pair.client.restart(pair.now);
                ends(&mut pair, &format!("{who:?} seed {seed}"));
                usable_afterwards(&mut pair, who.server());
            });
        }
    }
}

#[test]
fn a_certificate_bent_at_any_byte_is_believed() {
    // the message is whole and well numbered, the transcript of both ends the same: only what it says is wrong
    for who in Who::SIGNED {
        let config = who.server();
        let whole = config.credential.message(config.credential.kind());
        for at in 0..whole.len() {
            for flip in [0x01, 0x80] {
                let mut bent = whole.clone();
                bent[at] ^= flip;
                play!(who, auth, who: Who = who, bent: Vec<u8> = bent, at: usize = at => {
                    let script = vec![stint_lab::server::Script::Body(11, bent)];
                    let config = Config { script, cookie: None, ..who.server() };
                    let mut pair = on(Link::new(Impairment::NONE, 1), roomy(), auth, config);
                    let error = stint_lab::scene::fails(&mut pair);
                    assert!(error.alert().is_some(), "{who:?} byte {at}: {error:?}");
                    assert_eq!(pair.server.seen.alerts, [(0, 2, error.alert().unwrap().0)], "{who:?} byte {at}");
                });
            }
        }
    }
}
