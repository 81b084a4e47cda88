//! Sessions, tickets, and what is kept in flash.

use crate::kit::SECOND;
use stint_dtls::{Error, HandshakeType, Resumable, Session};
use stint_lab::device::Options;
use stint_lab::link::{Impairment, Link};
use stint_lab::parties::{Who, lend, on, roomy};
use stint_lab::play;
use stint_lab::scene::{connect, fails, usable_afterwards};
use stint_lab::server::code::{NEW_SESSION_TICKET, SERVER_NAME};
use stint_lab::server::{Config, Cut, Script, Shape, Tickets};

#[test]
fn cve_2022_38153_ticket_larger_than_its_place() {
    for filler in [100, 300, 3000, 15_000] {
        play!(Who::RawKey, auth, filler: usize = filler => {
            let shape = Shape { cut: Cut::At(500), ..Config::default().shape };
            let config = Config { tickets: Some(Tickets { filler, ..Tickets::default() }), shape, ..Who::RawKey.server() };
            let kept = Resumable::<_, 256>::new(auth, lend(Session::EMPTY));
            let mut pair = on(Link::new(Impairment::NONE, 1), Options { reassembly: 20_000, ..roomy() }, kept, config);
            for _ in 0..3 {
                connect(&mut pair);
                pair.client.restart(pair.now);
            }
            // what does not fit is treated as none: never in part
            connect(&mut pair);
            assert_eq!(pair.client.client.is_resumed(), filler == 100);
        });
    }
}

#[test]
fn cve_2022_42905_ticket_whose_length_lies() {
    for body in [vec![], vec![0; 5], vec![0, 0, 0, 9, 0xff, 0xff], vec![0, 0, 0, 9, 0, 40, 1, 2], vec![0xff; 6]] {
        play!(Who::Psk, auth, body: Vec<u8> = body => {
            let config = Config { tickets: Some(Tickets::default()), ..Who::Psk.server() };
            let script = vec![Script::Body(NEW_SESSION_TICKET, body)];
            let kept = Resumable::<_, 256>::new(auth, lend(Session::EMPTY));
            let mut pair = on(Link::new(Impairment::NONE, 1), roomy(), kept, Config { script, ..config.clone() });
            assert_eq!(fails(&mut pair), Error::Malformed(HandshakeType::NEW_SESSION_TICKET));
            usable_afterwards(&mut pair, config);
        });
    }
}

#[test]
fn cve_2026_94419_session_resumed_by_a_server_that_only_knows_its_id() {
    // it echoes the ID that the client offers, as another server could, and has another secret
    play!(Who::RawKey, auth => {
        let config = Config { session_ids: true, ..Who::RawKey.server() };
        let kept = Resumable::<_, 256>::new(auth, lend(Session::EMPTY));
        let mut pair = on(Link::new(Impairment::NONE, 1), roomy(), kept, config.clone());
        connect(&mut pair);
        pair.server.config.script = vec![Script::WrongFinished];
        pair.client.restart(pair.now);
        assert_eq!(fails(&mut pair), Error::Finished);
        usable_afterwards(&mut pair, config);
        assert!(!pair.client.client.is_resumed(), "the session ended with the error");
    });
}

#[test]
fn cve_2015_5291_name_longer_than_its_buffer() {
    let lend = |name: String| -> &'static str { Box::leak(name.into_boxed_str()) };
    for len in [0, 1, 63, 64, 253, 254, 255, 256, 1000, 70_000] {
        let mut options = Options { buffer: 2000, ..roomy() };
        options.config.mtu = 1400;
        options.config.server_name = Some(lend("a".repeat(len)));
        let auth = stint_lab::parties::psk(0);
        let begun = stint_lab::device::Device::begin_as(
            options,
            auth,
            stint_lab::parties::AEADS,
            stint_lab::watched::Watched::new(stint_dtls::crypto::soft::P256Exchange),
        );
        // a name that no DNS name can be is refused when the client starts, or at the latest before anything is sent
        let Ok(client) = begun else { continue };
        let server = stint_lab::server::Server::new(Who::Psk.server(), stint_lab::server::Echo);
        let mut pair = stint_lab::link::Pair::new(client, server, Link::new(Impairment::NONE, 1));
        pair.run_until(SECOND * 600, |p| p.client.client.is_connected() || p.client.error().is_some());
        assert!(pair.client.client.is_connected() || pair.client.error().is_some(), "{len}");
        // what can be no DNS name is not cut to one: it is left out
        let said = pair.server.seen.hello.extension(SERVER_NAME).is_some();
        assert_eq!(said, (1..=255).contains(&len), "{len}");
    }
}
