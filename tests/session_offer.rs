//! What becomes of a session that the server does not take (RFC 5246 7.3, RFC 5077 3.4).

use core::time::Duration;
use stint_dtls::crypto::PreSharedKey;
use stint_dtls::crypto::soft::Aes128Ccm8;
use stint_dtls::{Psk, Resumable, Session};
use stint_lab::device::{Device, Options, PskAuth};
use stint_lab::link::{Direction, Impairment, Link, Pair};
use stint_lab::server::resume::Tickets;
use stint_lab::server::{Config, Echo, Fragment, Record, Server, Shape};

type Auth = Resumable<'static, PskAuth>;
type Both = Pair<'static, Device<Aes128Ccm8, Auth>, Server>;

fn wait(pair: &mut Both) {
    let limit = pair.now + Duration::from_secs(60);
    let done = pair.run_until(limit, |p| p.client.client.is_connected() && p.server.association().is_some());
    assert!(done, "{:?} {:?}", pair.client.happened, pair.server.seen);
}

/// The bodies of the ClientHello messages that carried a cookie, since the link's log had `from` entries.
fn hellos(pair: &Both, from: usize) -> Vec<Vec<u8>> {
    let up = pair.link.log[from..].iter().filter(|p| p.direction == Direction::Up);
    up.flat_map(|p| Record::split(&p.bytes, 0))
        .filter(|r| r.epoch == 0 && r.kind == 22)
        .flat_map(|r| Fragment::split(&r.fragment))
        .filter(|f| f.kind == 1 && f.seq == 1)
        .map(|f| f.body)
        .collect()
}

#[test]
fn a_client_hello_sent_again_after_the_server_declined_the_session_is_another_one() {
    for ids in [false, true] {
        let shape = Shape { records_in_a_datagram: false, ..Config::default().shape };
        let tickets = (!ids).then(Tickets::default);
        let config = Config { session_ids: ids, tickets, shape, ..Config::default() };
        let psk = Psk::new(b"Client_identity", PreSharedKey::new(b"secretPSK").unwrap()).unwrap();
        let session = Box::leak(Box::new(Session::EMPTY));
        let device = Device::begin_as(Options::default(), Resumable::new(psk, session), Aes128Ccm8, ()).unwrap();
        let mut pair = Pair::new(device, Server::new(config.clone(), Echo), Link::new(Impairment::NONE, 1));
        wait(&mut pair);
        // another server: it knows neither the ID nor the key of the ticket
        let tickets = (!ids).then(|| Tickets { key: [9; 16], ..Tickets::default() });
        pair.server = Server::new(Config { tickets, seed: 77, timeout: Duration::from_secs(20), ..config }, Echo);
        // of its flight only the ServerHello comes, until our ClientHello was sent again
        let mut left = 1;
        pair.link.tap = Some(Box::new(move |direction, _, bytes| {
            let done = direction == Direction::Down && bytes.get(13) == Some(&14) && left > 0;
            left -= i32::from(done);
            !done
        }));
        let from = pair.link.log.len();
        pair.client.restart(pair.now);
        wait(&mut pair);
        assert!(!pair.client.client.is_resumed());
        let hellos = hellos(&pair, from);
        assert!(hellos.len() > 1, "the ClientHello was not sent again");
        assert!(hellos.iter().all(|hello| *hello == hellos[0]), "{hellos:02x?}");
        // and the session that was made instead is taken
        pair.client.restart(pair.now);
        wait(&mut pair);
        assert!(pair.client.client.is_resumed());
    }
}
