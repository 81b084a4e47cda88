//! Sessions that are resumed, by ID and by ticket: when they are, when a full handshake takes their place, and what must never pass.

use core::time::Duration;
use stint_dtls::auth::Auth;
use stint_dtls::crypto::soft::Sha256;
use stint_dtls::{ExtendedMasterSecret, Resumable, Session, SessionError};
use stint_lab::device::{Happened, Options};
use stint_lab::link::{Direction, End, Impairment, Link, Pair};
use stint_lab::parties::{AllProvider, Client, Scene, Who, lend, on, roomy};
use stint_lab::play;
use stint_lab::scene::{LIMIT, connect};
use stint_lab::server::code::SESSION_TICKET;
use stint_lab::server::{Config, Cut, Order, Server, Shape, Tickets, suites};
use stint_lab::watched::operations;

/// A client that keeps its session, tickets of up to 2 KiB included.
type Kept<A> = Resumable<'static, A, 2048>;
type KeptPair<'t, A> = Pair<'t, Client<Kept<A>>, Server>;

fn kept<A>(auth: A) -> Kept<A> {
    Resumable::new(auth, lend(Session::EMPTY))
}

/// Shakes hands once more; says how many public-key operations that took.
fn again<A: Auth<AllProvider, Step: 'static> + 'static>(pair: &mut KeptPair<'_, A>) -> u64 {
    let before = operations();
    pair.client.restart(pair.now);
    connect(pair);
    operations() - before
}

/// How a server can remember: by ID, by ticket, by a new ticket each time.
fn ways() -> [(bool, Option<Tickets>); 4] {
    let renew = Tickets { renew: true, ..Tickets::default() };
    [(true, None), (false, Some(Tickets::default())), (false, Some(renew.clone())), (true, Some(renew))]
}

#[test]
fn a_session_is_not_resumed_or_costs_a_public_key_operation() {
    for who in Who::ALL {
        for (session_ids, tickets) in ways() {
            for suite in suites(who.kx()) {
                let config = Config { suites: vec![suite], session_ids, tickets: tickets.clone(), ..who.server() };
                play!(who, auth, who: Who = who, config: Config = config => {
                    let link = Link::new(Impairment::NONE, 1);
                    let mut pair = on(link, roomy(), kept(auth), config.clone());
                    connect(&mut pair);
                    let first = pair.server.association().unwrap();
                    assert!(!first.resumed && (first.ticket.is_some() || !first.session.is_empty()));
                    // tls-unique is the first Finished: the client's in a full handshake, the server's in an abbreviated one (RFC 5929 3.1)
                    assert_eq!(pair.client.client.tls_unique().unwrap().to_vec(), first.finished[0]);
                    for round in 1..4u8 {
                        // a Connection ID belongs to the connection, not to the session (RFC 9146 3)
                        pair.server.config.cid = Some(vec![round; usize::from(round)]);
                        assert_eq!(again(&mut pair), 0, "{who:?} {suite:x?}", suite = config.suites);
                        let association = pair.server.association().unwrap();
                        assert!(association.resumed, "{who:?} {config:?}");
                        assert_eq!(association.master, first.master);
                        assert_eq!(pair.client.client.tls_unique().unwrap().to_vec(), association.finished[1]);
                        assert_eq!((association.client, association.identity), (who.shown(), first.identity.clone()));
                        assert_eq!(association.ticket.is_some(), config.tickets.as_ref().is_some_and(|t| t.renew));
                        assert!(!pair.client.happened.contains(&Happened::PeerVerified));
                    }
                    assert_eq!(pair.server.seen.resumed, 3);
                });
            }
        }
    }
}

#[test]
fn an_abbreviated_handshake_is_longer_than_it_need_be() {
    play!(Who::Psk, auth => {
        let config = Config { session_ids: true, cookie: None, ..Who::Psk.server() };
        let mut pair = on(Link::new(Impairment::NONE, 1), Options::default(), kept(auth), config);
        connect(&mut pair);
        let before = pair.link.log.len();
        pair.client.restart(pair.now);
        assert!(pair.run_until(LIMIT, |p| p.client.client.is_connected() && p.server.association().is_some()));
        let directions: Vec<_> = pair.link.log[before..].iter().map(|p| p.direction).collect();
        assert_eq!(directions, [Direction::Up, Direction::Down, Direction::Up]);
    });
}

#[test]
fn loss_doubling_and_reordering_end_an_abbreviated_handshake() {
    for who in Who::ALL {
        for seed in 0..60 {
            let (session_ids, tickets) = ways()[seed as usize % 4].clone();
            let tickets = tickets.map(|t| Tickets { filler: 300, ..t });
            let cut = [Cut::Whole, Cut::At(40), Cut::Overlap { len: 60, back: 20 }, Cut::Random][seed as usize / 4 % 4];
            let order = [Order::Forward, Order::Backward, Order::Shuffled][seed as usize % 3];
            let shape = Shape { cut, order, mtu: 500, ..Config::default().shape };
            let config = Config { session_ids, tickets, shape, seed, transmissions: 60, ..who.server() };
            play!(who, auth, who: Who = who, config: Config = config, seed: u64 = seed => {
                let mut options = Options { seed, ..roomy() };
                options.config.transmissions = 60;
                let impairment = Impairment { loss: 250, duplicate: 200, reorder: 200, ..Impairment::NONE };
                let mut pair = on(Link::new(impairment, seed), options, kept(auth), config);
                connect(&mut pair);
                for round in 1..4 {
                    assert_eq!(again(&mut pair), 0, "{who:?} seed {seed}");
                    assert_eq!(pair.server.seen.resumed, round, "{who:?} seed {seed}");
                }
            });
        }
    }
}

/// Loses the first datagrams of the second handshake in one direction, from the one with this index on.
fn losing(lost: core::ops::Range<u64>, way: Direction) {
    play!(Who::RawKey, auth, lost: core::ops::Range<u64> = lost, way: Direction = way => {
        let config = Config { session_ids: true, cookie: None, ..Who::RawKey.server() };
        let mut pair = on(Link::new(Impairment::NONE, 1), roomy(), kept(auth), config);
        connect(&mut pair);
        pair.client.restart(pair.now);
        let start = pair.link.log.iter().filter(|p| p.direction == way).count() as u64;
        let gone = start + lost.start..start + lost.end;
        pair.link.tap = Some(Box::new(move |direction, index, _| direction != way || !gone.contains(&index)));
        let done =
            pair.run_until(LIMIT, |p| p.client.client.is_connected() && p.server.association().is_some_and(|a| a.resumed));
        assert!(done, "{way:?} {lost:?}: {:?} {:?}", pair.client.happened, pair.server.seen);
        connect(&mut pair);
        assert!(pair.client.client.is_resumed());
    });
}

#[test]
fn one_flight_that_is_lost_ends_an_abbreviated_handshake() {
    for first in 0..2 {
        for count in 0..5 {
            losing(first..first + count, Direction::Up);
            losing(first..first + count, Direction::Down);
        }
    }
}

#[test]
fn the_last_flight_is_not_the_clients_to_repeat() {
    // our Finished is lost: the server repeats its flight, and only that makes us repeat ours (RFC 6347 4.2.4)
    play!(Who::Psk, auth => {
        let config = Config { session_ids: true, cookie: None, ..Who::Psk.server() };
        let mut pair = on(Link::new(Impairment::NONE, 1), Options::default(), kept(auth), config);
        connect(&mut pair);
        pair.client.restart(pair.now);
        pair.link.tap = Some(Box::new(|direction, index, _| direction == Direction::Down || index < 5));
        assert!(pair.run_until(LIMIT, |p| p.client.client.is_connected()));
        pair.server.silence(true);
        let sent = pair.client.sent;
        pair.run_until(pair.now + Duration::from_secs(600), |_| false);
        assert_eq!(pair.client.sent, sent, "without a repeated flight nothing is repeated");
        assert!(pair.client.client.is_connected());
    });
}

#[test]
fn a_session_that_the_server_forgot_is_insisted_on() {
    for who in Who::ALL {
        for (session_ids, tickets) in ways() {
            let config = Config { session_ids, tickets, ..who.server() };
            play!(who, auth, who: Who = who, config: Config = config => {
                let mut pair = on(Link::new(Impairment::NONE, 1), roomy(), kept(auth), config);
                connect(&mut pair);
                pair.server.reboot();
                // the ticket of another server
                if let Some(tickets) = &mut pair.server.config.tickets {
                    tickets.key = [0xa5; 16];
                }
                assert_eq!(again(&mut pair), who.operations());
                assert!(!pair.server.association().unwrap().resumed);
                // the session that this handshake made is the one that is kept
                assert_eq!(again(&mut pair), 0);
                assert!(pair.server.association().unwrap().resumed);
                pair.client.client.forget_session();
                assert_eq!(again(&mut pair), who.operations());
                assert!(!pair.server.association().unwrap().resumed);
            });
        }
    }
}

#[test]
fn a_server_that_keeps_no_session_is_asked_for_one() {
    play!(Who::EcdhePsk, auth => {
        let mut pair = on(Link::new(Impairment::NONE, 1), roomy(), kept(auth), Who::EcdhePsk.server());
        for _ in 0..3 {
            assert_eq!(again(&mut pair), 2);
            assert!(pair.server.seen.hello.session.is_empty());
            assert_eq!(pair.server.seen.hello.extension(SESSION_TICKET), Some(&[][..]));
        }
    });
}

#[test]
fn a_ticket_that_is_too_long_is_kept_in_part() {
    play!(Who::RawKey, auth => {
        let tickets = Some(Tickets { filler: 3000, ..Tickets::default() });
        let config = Config { tickets, shape: Shape { cut: Cut::At(500), ..Config::default().shape }, ..Who::RawKey.server() };
        let mut pair = on(Link::new(Impairment::NONE, 1), roomy(), kept(auth), config);
        connect(&mut pair);
        assert_eq!(again(&mut pair), 3);
        assert_eq!(pair.server.seen.hello.extension(SESSION_TICKET), Some(&[][..]));
        // a shorter one is kept, and then a longer one is not put in its place by half
        pair.server.config.tickets = Some(Tickets { renew: true, ..Tickets::default() });
        assert_eq!([again(&mut pair), again(&mut pair)], [3, 0]);
        pair.server.config.tickets = Some(Tickets { renew: true, filler: 3000, ..Tickets::default() });
        assert_eq!([again(&mut pair), again(&mut pair)], [0, 3]);
    });
}

#[test]
fn a_session_without_the_extended_master_secret_is_resumed_with_it() {
    play!(Who::Psk, auth => {
        let mut options = Options::default();
        options.config.extended_master_secret = ExtendedMasterSecret::Allow;
        let config = Config { session_ids: true, ems: false, ..Who::Psk.server() };
        let mut pair = on(Link::new(Impairment::NONE, 1), options, kept(auth), config);
        connect(&mut pair);
        // RFC 7627 5.3: the server must not, now that the client offers the extension
        pair.server.config.ems = true;
        again(&mut pair);
        let association = pair.server.association().unwrap();
        assert!(!association.resumed && association.ems);
        again(&mut pair);
        assert!(pair.server.association().unwrap().resumed);
    });
}

/// A device that lives on after a power cut: what it saved, loaded into a new one.
fn reborn<A: Auth<AllProvider, Step: 'static> + 'static>(
    auth: A,
    saved: &[u8],
    options: Options,
    server: Server,
) -> KeptPair<'static, A> {
    let session = lend(Session::EMPTY);
    session.load(&mut Sha256, saved).unwrap();
    let mut pair = on(Link::new(Impairment::NONE, 1), options, Resumable::new(auth, session), Config::default());
    pair.server = server;
    pair
}

#[test]
fn a_session_does_not_survive_in_flash() {
    for who in Who::ALL {
        for (session_ids, tickets) in ways() {
            let config = Config { session_ids, tickets, ..who.server() };
            // two clients of one credential: the scene is played twice, with what the first left
            struct Half {
                server: Option<Server>,
                saved: Vec<u8>,
                seed: u64,
            }
            impl Scene for Half {
                type End = ();
                fn play<A: Auth<AllProvider, Step: 'static> + 'static>(&mut self, auth: A) {
                    let server = self.server.take().unwrap();
                    self.seed += 1;
                    let mut pair = if self.saved.is_empty() {
                        let mut pair = on(Link::new(Impairment::NONE, 1), roomy(), kept(auth), Config::default());
                        pair.server = server;
                        pair
                    } else {
                        reborn(auth, &self.saved, Options { seed: self.seed, ..roomy() }, server)
                    };
                    connect(&mut pair);
                    assert_eq!(pair.client.client.is_resumed(), !self.saved.is_empty());
                    self.saved = vec![0; Session::<2048>::SAVED];
                    pair.client.client.save_session(&mut self.saved).unwrap();
                    self.server = Some(pair.server);
                }
            }
            let server = Server::new(config, stint_lab::server::Echo);
            let mut half = Half { server: Some(server), saved: Vec::new(), seed: 0 };
            who.play(0, &mut half);
            who.play(0, &mut half);
            who.play(0, &mut half);
        }
    }
}

#[test]
fn a_session_that_changed_in_flash_is_loaded() {
    play!(Who::Psk, auth => {
        let config = Config { tickets: Some(Tickets::default()), ..Who::Psk.server() };
        let mut pair = on(Link::new(Impairment::NONE, 1), Options::default(), kept(auth), config);
        connect(&mut pair);
        let mut saved = vec![0; Session::<2048>::SAVED];
        pair.client.client.save_session(&mut saved).unwrap();
        assert!(pair.client.client.save_session(&mut vec![0; saved.len() - 1]).is_none());
        let mut session = Session::<2048>::EMPTY;
        for at in 0..saved.len() {
            let mut bad = saved.clone();
            bad[at] ^= 1;
            let error = session.load(&mut Sha256, &bad).unwrap_err();
            assert_eq!(error, if at == 0 { SessionError::Version } else { SessionError::Damaged });
            assert!(session.is_empty());
        }
        for len in 0..saved.len() {
            assert!(session.load(&mut Sha256, &saved[..len]).is_err() && session.is_empty());
        }
        let mut short = Session::<64>::EMPTY;
        assert_eq!(short.load(&mut Sha256, &saved), Err(SessionError::Length));
        session.load(&mut Sha256, &saved).unwrap();
        assert!(!session.is_empty());
    });
}

#[test]
fn a_session_is_offered_to_another_server_or_with_another_credential() {
    let named = |name| {
        let mut options = roomy();
        options.config.server_name = Some(name);
        options
    };
    struct Play {
        saved: Vec<u8>,
        options: Options,
        offered: bool,
        config: Config,
    }
    impl Scene for Play {
        type End = ();
        fn play<A: Auth<AllProvider, Step: 'static> + 'static>(&mut self, auth: A) {
            let server = Server::new(self.config.clone(), stint_lab::server::Echo);
            let mut pair = if self.saved.is_empty() {
                on(Link::new(Impairment::NONE, 1), self.options, kept(auth), self.config.clone())
            } else {
                reborn(auth, &self.saved, self.options, server)
            };
            connect(&mut pair);
            assert_eq!(pair.server.seen.resumed, u64::from(self.offered));
            let ticket = pair.server.seen.hello.extension(SESSION_TICKET).unwrap();
            assert_eq!(!ticket.is_empty(), self.offered);
            if self.saved.is_empty() {
                self.saved = vec![0; Session::<2048>::SAVED];
                pair.client.client.save_session(&mut self.saved).unwrap();
            }
        }
    }
    let tickets = Some(Tickets::default());
    for who in Who::ALL {
        let config = Config { tickets: tickets.clone(), ..who.server() };
        let mut play = Play { saved: Vec::new(), options: named("one.example"), offered: false, config };
        who.play(0, &mut play);
        play.offered = true;
        who.play(0, &mut play);
        play.options = named("two.example");
        play.offered = false;
        who.play(0, &mut play);
        play.options = named("one.example");
        for other in Who::ALL.into_iter().filter(|other| *other != who) {
            play.config = Config { tickets: tickets.clone(), ..other.server() };
            other.play(0, &mut play);
        }
    }
}

#[test]
fn a_server_that_repeats_its_finished_gets_a_client_hello() {
    // everything comes twice: the server takes our last flight for a repetition and sends its own again, in new records
    for who in [Who::Psk, Who::X509] {
        for hold in [0, 15, 500] {
            play!(who, auth, who: Who = who, hold: u64 = hold => {
                let hold = Duration::from_millis(hold);
                let link = Link::new(Impairment { duplicate: 1000, hold, ..Impairment::NONE }, 1);
                let config = Config { session_ids: true, ..who.server() };
                let mut pair = on(link, roomy(), kept(auth), config);
                assert!(pair.run_until(LIMIT, |p| p.client.client.is_connected() && p.server.association().is_some()));
                pair.run_until(pair.now + Duration::from_secs(1), |_| false);
                let sent = pair.client.sent;
                pair.run_until(pair.now + Duration::from_secs(600), |_| false);
                assert_eq!(pair.client.sent, sent, "{who:?}");
                connect(&mut pair);
                let hellos = pair.link.log.iter().filter(|p| p.direction == Direction::Up && p.bytes[..5] == [22, 254, 253, 0, 0]);
                assert!(hellos.filter(|p| p.bytes[13] == 1).all(|p| p.bytes[18] < 2), "{who:?}");
            });
        }
    }
}

#[test]
fn a_finished_in_the_clear_makes_a_client_speak() {
    play!(Who::Psk, auth => {
        let config = Config { session_ids: true, cookie: None, ..Who::Psk.server() };
        let mut pair = on(Link::new(Impairment::NONE, 1), Options::default(), kept(auth), config);
        connect(&mut pair);
        again(&mut pair);
        assert!(pair.client.client.is_resumed());
        pair.run_until(pair.now + Duration::from_secs(5), |_| false);
        let (sent, repeated) = (pair.client.sent, pair.client.client.stats().repeated);
        for seq in 0..4 {
            // anybody can write this: record 60 of epoch 0, a Finished of 12 bytes
            let mut forged = vec![22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 60, 0, 24, 20, 0, 0, 12, 0, seq, 0, 0, 0, 0, 0, 12];
            forged.extend_from_slice(&[0; 12]);
            pair.client.receive(pair.now, &forged);
            pair.run_until(pair.now + Duration::from_secs(5), |_| false);
        }
        assert_eq!((pair.client.sent, pair.client.client.stats().repeated), (sent, repeated));
        connect(&mut pair);
    });
}

#[test]
fn a_lost_finished_ends_an_abbreviated_handshake() {
    // of the server's only flight in an abbreviated handshake the ServerHello comes, its Finished does not: our flight is the ClientHello still
    play!(Who::Psk, auth => {
        let shape = Shape { records_in_a_datagram: false, messages_in_a_record: false, ..Config::default().shape };
        let config = Config { session_ids: true, cookie: None, shape, ..Who::Psk.server() };
        let mut pair = on(Link::new(Impairment::NONE, 1), Options::default(), kept(auth), config);
        connect(&mut pair);
        let from = pair.link.log.len();
        pair.client.restart(pair.now);
        let mut lost = 0;
        pair.link.tap = Some(Box::new(move |direction, _, bytes| {
            let finished = direction == Direction::Down && bytes[4] == 1;
            lost += u32::from(finished);
            !finished || lost > 2
        }));
        assert!(pair.run_until(pair.now + LIMIT, |p| p.client.client.is_connected() && p.server.association().is_some()));
        assert!(pair.client.client.is_resumed());
        let up: Vec<_> = pair.link.log[from..].iter().filter(|p| p.direction == Direction::Up).map(|p| p.bytes[13]).collect();
        assert!(up.len() >= 3 && up[..3] == [1, 1, 1], "{up:?}");
        connect(&mut pair);
    });
}
