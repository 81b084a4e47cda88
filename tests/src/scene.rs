//! Scenes that many tests play: a client and the loopback server on a link, and what must hold when both are connected.

use crate::device::{Device, Happened, Options, Provider};
use crate::link::{End, Impairment, Link, Pair};
use crate::server::{Config, Echo, Server};
use core::time::Duration;
use stint_dtls::Error;
use stint_dtls::auth::Auth;
use stint_dtls::crypto::Aeads;

/// Virtual time in which any handshake has ended, well or badly.
pub const LIMIT: Duration = Duration::from_secs(3600);

/// A client and the loopback server on a clean link.
#[must_use]
pub fn pair(options: Options, config: Config) -> Pair<'static, Device, Server> {
    on(Link::new(Impairment::NONE, 1), options, config)
}

/// The same on a link of one's own.
#[must_use]
pub fn on<'t>(link: Link<'t>, options: Options, config: Config) -> Pair<'t, Device, Server> {
    Pair::new(Device::new(options), Server::new(config, Echo), link)
}

/// Runs until both ends are connected and have exchanged a message, and hold the same keys and parameters.
///
/// # Panics
/// When they do not.
pub fn connect<C, A, X>(pair: &mut Pair<'_, Device<C, A, X>, Server>)
where
    C: Aeads<Key: 'static>,
    A: Auth<Provider<C, X>, Step: 'static> + 'static,
    X: 'static,
{
    let done = pair.run_until(pair.now + LIMIT, |p| p.client.client.is_connected() && p.server.association().is_some());
    assert!(done, "{:?} {:?}", pair.client.happened, pair.server.seen);
    agree(&pair.client, &pair.server);
    let before = pair.client.data().len();
    for _ in 0..100 {
        // DTLS repeats no application data: what is lost is said again
        pair.client.outbox.push_back(b"there and back".to_vec());
        if pair.run_until(pair.now + Duration::from_secs(2), |p| p.client.data().len() > before) {
            break;
        }
    }
    assert!(pair.client.data().len() > before, "{:?} {:?}", pair.client.happened, pair.server.seen);
    assert_eq!(pair.client.data().last().unwrap(), b"there and back");
    assert!(pair.client.most <= 1, "one call does at most one public-key operation, not {}", pair.client.most);
}

/// Both ends hold the same keys, suite and parameters.
///
/// # Panics
/// When they do not.
pub fn agree<C, A, X>(device: &Device<C, A, X>, server: &Server)
where
    C: Aeads<Key: 'static>,
    A: Auth<Provider<C, X>, Step: 'static> + 'static,
    X: 'static,
{
    let association = server.association().unwrap();
    let (random, master) = device.keys.borrow().last().unwrap().clone();
    assert_eq!((random, master), (association.client_random, association.master));
    assert_eq!(device.client.suite().unwrap().0, association.suite);
    assert_eq!(device.client.extended_master_secret(), association.ems);
    assert_eq!(device.client.is_resumed(), association.resumed);
    let cid = association.cids.map(|c| c.0).unwrap_or_default();
    assert_eq!(device.client.peer_connection_id(), cid);
}

/// Runs until the client ends with an error, which it returns; it must not have been connected before.
///
/// # Panics
/// When it connects, or nothing ends it.
pub fn fails<C, A, X>(pair: &mut Pair<'_, Device<C, A, X>, Server>) -> Error
where
    C: Aeads<Key: 'static>,
    A: Auth<Provider<C, X>, Step: 'static> + 'static,
    X: 'static,
{
    let done = pair.run_until(pair.now + LIMIT, |p| p.client.error().is_some());
    assert!(done, "{:?} {:?}", pair.client.happened, pair.server.seen);
    assert!(!pair.client.happened.contains(&Happened::Connected), "{:?}", pair.client.happened);
    assert!(!pair.client.client.is_connected() && !pair.client.client.is_handshaking());
    // its alert goes out, and then it is at rest
    pair.run_until(pair.now + Duration::from_secs(1), |_| false);
    assert_eq!(pair.client.deadline(), None);
    pair.client.error().unwrap()
}

/// After whatever went before: the same client shakes hands with a server that does as it should.
///
/// # Panics
/// When it cannot.
pub fn usable_afterwards<C, A, X>(pair: &mut Pair<'_, Device<C, A, X>, Server>, server: Config)
where
    C: Aeads<Key: 'static>,
    A: Auth<Provider<C, X>, Step: 'static> + 'static,
    X: 'static,
{
    pair.server.reboot();
    pair.server.config = server;
    pair.link.tap = None;
    pair.link.impairment = Impairment::NONE;
    pair.link.clear();
    pair.client.restart(pair.now);
    connect(pair);
}
