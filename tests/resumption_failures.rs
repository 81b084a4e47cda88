//! What a server can do wrong when a session is resumed or a ticket is given: each ends in an error of its own, in silence that is counted, or in a full
//! handshake, as the RFC asks.

use stint_dtls::auth::Auth;
use stint_dtls::{Error, ExtendedMasterSecret, ExtensionType, Flight, HandshakeType, Peer, Resumable, Session, Suite};
use stint_lab::device::{Happened, Options};
use stint_lab::link::{Impairment, Link, Pair};
use stint_lab::parties::{AllProvider, Client, Who, lend, on, roomy};
use stint_lab::play;
use stint_lab::scene::{connect, fails, usable_afterwards};
use stint_lab::server::code::{EXTENDED_MASTER_SECRET, NEW_SESSION_TICKET, SESSION_TICKET};
use stint_lab::server::{Config, PSK_CCM, PSK_CCM_8, Script, Server, Tickets};

type Kept<A> = Resumable<'static, A, 256>;
type KeptPair<'t, A> = Pair<'t, Client<Kept<A>>, Server>;

fn connected<A: Auth<AllProvider, Step: 'static> + 'static>(
    auth: A,
    options: Options,
    config: Config,
) -> KeptPair<'static, A> {
    let auth = Resumable::new(auth, lend(Session::EMPTY));
    let mut pair = on(Link::new(Impairment::NONE, 1), options, auth, config);
    connect(&mut pair);
    pair
}

/// The second handshake, with a server that misbehaves.
fn second<A: Auth<AllProvider, Step: 'static> + 'static>(pair: &mut KeptPair<'_, A>, script: Vec<Script>) -> Error {
    pair.server.config.script = script;
    pair.server.seen.alerts.clear();
    pair.client.restart(pair.now);
    fails(pair)
}

/// By ID, and by ticket.
fn ways(who: Who) -> [Config; 2] {
    let tickets = Some(Tickets { renew: true, ..Tickets::default() });
    [Config { session_ids: true, ..who.server() }, Config { tickets, ..who.server() }]
}

/// Each of the scripts, in a handshake that resumes a session: the error, and the alerts that the server sees.
fn refused(script: &[Script], error: Error, alerts: &[(u16, u8, u8)]) {
    for who in [Who::Psk, Who::X509] {
        for config in ways(who) {
            let config = if who == Who::Psk { Config { suites: vec![PSK_CCM_8], ..config } } else { config };
            let (script, alerts) = (script.to_vec(), alerts.to_vec());
            play!(who, auth, config: Config = config, script: Vec<Script> = script, error: Error = error,
                alerts: Vec<(u16, u8, u8)> = alerts => {
                let mut pair = connected(auth, roomy(), config.clone());
                let good = pair.server.config.clone();
                assert_eq!(second(&mut pair, script.clone()), error, "{script:?} {config:?}");
                assert_eq!(pair.server.seen.alerts, alerts, "{script:?}");
                // a fatal error ends the session too (RFC 5246 7.2.2)
                usable_afterwards(&mut pair, good);
                assert!(!pair.client.client.is_resumed());
            });
        }
    }
}

const SILENT: Error = Error::Timeout { flight: Flight::ClientHello, peer: Peer::Silent };

#[test]
fn the_extended_master_secret_is_dropped_on_resumption() {
    refused(&[Script::Without(EXTENDED_MASTER_SECRET)], Error::ExtendedMasterSecret, &[(0, 2, 40)]);
    // and with a policy that could do without it
    for config in ways(Who::Psk) {
        play!(Who::Psk, auth, config: Config = config => {
            let mut options = Options::default();
            options.config.extended_master_secret = ExtendedMasterSecret::Allow;
            let mut pair = connected(auth, options, config);
            let error = second(&mut pair, vec![Script::Without(EXTENDED_MASTER_SECRET)]);
            assert_eq!(error, Error::ExtendedMasterSecret);
            assert_eq!(pair.server.seen.alerts, [(0, 2, 40)]);
        });
    }
}

#[test]
fn a_session_without_the_extended_master_secret_gets_it_on_resumption() {
    for config in ways(Who::Psk) {
        play!(Who::Psk, auth, config: Config = config => {
            let mut options = Options::default();
            options.config.extended_master_secret = ExtendedMasterSecret::Allow;
            let mut pair = connected(auth, options, Config { ems: false, ..config });
            let script = vec![Script::ResumeAnyway, Script::Extension(EXTENDED_MASTER_SECRET, Vec::new())];
            assert_eq!(second(&mut pair, script), Error::ExtendedMasterSecret);
            assert_eq!(pair.server.seen.alerts, [(0, 2, 40)]);
        });
    }
}

#[test]
fn a_session_is_resumed_with_another_suite() {
    refused(&[Script::Suite(PSK_CCM)], Error::SuiteNotOffered(Suite(PSK_CCM)), &[(0, 2, 47)]);
    refused(&[Script::Suite(0xc0a6)], Error::SuiteNotOffered(Suite(0xc0a6)), &[(0, 2, 47)]);
}

#[test]
fn what_a_full_handshake_may_not_say_an_abbreviated_one_may() {
    refused(&[Script::Version([0xfe, 0xff])], Error::Version(0xfeff), &[(0, 2, 70)]);
    refused(&[Script::Compression(1)], Error::Compression(1), &[(0, 2, 47)]);
    let offered = Error::ExtensionNotOffered(ExtensionType(16));
    refused(&[Script::Extension(16, Vec::new())], offered, &[(0, 2, 110)]);
    let ticket = Error::Extension(ExtensionType(SESSION_TICKET));
    refused(&[Script::Instead(SESSION_TICKET, vec![1])], ticket, &[(0, 2, 47)]);
    let malformed = Error::Malformed(HandshakeType::SERVER_HELLO);
    refused(&[Script::Trailing(1)], malformed, &[(0, 2, 50)]);
    refused(&[Script::SessionId(33)], malformed, &[(0, 2, 50)]);
}

#[test]
fn a_wrong_finished_resumes_a_session() {
    refused(&[Script::WrongFinished], Error::Finished, &[(0, 2, 51)]);
}

/// Noise that anybody could have made: it is dropped, and in the end there is no handshake.
#[test]
fn a_finished_in_the_clear_resumes_a_session() {
    for who in [Who::Psk, Who::X509] {
        for config in ways(who) {
            play!(who, auth, config: Config = config => {
                let mut pair = connected(auth, roomy(), config);
                let before = pair.client.client.stats().unexpected;
                let error = second(&mut pair, vec![Script::ClearFinished]);
                assert!(matches!(error, Error::Timeout { .. }), "{error:?}");
                assert!(pair.client.client.stats().unexpected > before);
            });
        }
    }
}

#[test]
fn a_server_says_yes_with_another_id_and_no_more() {
    // to the client that is a full handshake, whose certificate never comes
    for who in [Who::Psk, Who::X509] {
        for config in ways(who) {
            play!(who, auth, config: Config = config => {
                let mut pair = connected(auth, roomy(), config);
                let error = second(&mut pair, vec![Script::SessionId(16)]);
                assert!(matches!(error, Error::Timeout { .. } | Error::Unexpected(_)), "{error:?}");
            });
        }
    }
}

#[test]
fn a_ticket_that_does_not_parse_is_kept() {
    let malformed = Error::Malformed(HandshakeType::NEW_SESSION_TICKET);
    let bodies = [vec![], vec![0; 4], vec![0; 5], vec![0, 0, 0, 9, 0, 1], vec![0, 0, 0, 9, 0, 0, 1], vec![9; 50]];
    for who in [Who::Psk, Who::X509] {
        for body in &bodies {
            let [_, config] = ways(who);
            play!(who, auth, who: Who = who, config: Config = config, body: Vec<u8> = body.clone(), malformed: Error = malformed => {
                // in a full handshake, and in an abbreviated one
                let script = vec![Script::Body(NEW_SESSION_TICKET, body)];
                let kept = Resumable::<_, 256>::new(auth, lend(Session::EMPTY));
                let mut pair = on(Link::new(Impairment::NONE, 1), roomy(), kept, Config { script, ..config.clone() });
                assert_eq!(fails(&mut pair), malformed);
                assert_eq!(pair.server.seen.alerts, [(1, 2, 50)], "{who:?}");
                usable_afterwards(&mut pair, config);
            });
            refused_by_ticket(who, body, malformed);
        }
    }
}

fn refused_by_ticket(who: Who, body: &[u8], error: Error) {
    let [_, config] = ways(who);
    play!(who, auth, config: Config = config, body: Vec<u8> = body.to_vec(), error: Error = error => {
        let mut pair = connected(auth, roomy(), config.clone());
        assert_eq!(second(&mut pair, vec![Script::Body(NEW_SESSION_TICKET, body)]), error);
        assert_eq!(pair.server.seen.alerts, [(0, 2, 50)]);
        usable_afterwards(&mut pair, config);
    });
}

#[test]
fn a_ticket_that_was_promised_and_does_not_come_ends_nothing() {
    for who in [Who::Psk, Who::X509] {
        let [_, config] = ways(who);
        play!(who, auth, config: Config = config => {
            // an empty one does (RFC 5077 3.3): then there is no session
            let script = vec![Script::Body(NEW_SESSION_TICKET, vec![0; 6])];
            let mut pair = connected(auth, roomy(), Config { script, ..config.clone() });
            pair.client.restart(pair.now);
            connect(&mut pair);
            assert!(!pair.client.client.is_resumed());
            // one that is missing does not
            pair.server.config = config.clone();
            pair.client.restart(pair.now);
            connect(&mut pair);
            let error = second(&mut pair, vec![Script::Omit(NEW_SESSION_TICKET)]);
            assert_eq!(error, Error::Unexpected(HandshakeType::FINISHED));
            assert_eq!(pair.server.seen.alerts, [(0, 2, 10)]);
            usable_afterwards(&mut pair, config);
        });
    }
}

#[test]
fn a_ticket_that_was_not_promised_is_taken() {
    for who in [Who::Psk, Who::X509] {
        play!(who, auth, who: Who = who => {
            let script = vec![Script::UnaskedTicket(vec![7; 40])];
            let kept = Resumable::<_, 256>::new(auth, lend(Session::EMPTY));
            let mut pair = on(Link::new(Impairment::NONE, 1), roomy(), kept, Config { script, ..who.server() });
            // it comes in the clear, where anybody could have put it: dropped, and so the Finished is never the next message
            let error = fails(&mut pair);
            assert!(matches!(error, Error::Timeout { flight: Flight::Finished, .. }), "{error:?}");
            assert!(pair.client.client.stats().unexpected > 0);
            usable_afterwards(&mut pair, who.server());
        });
    }
}

#[test]
fn a_credential_without_sessions_takes_a_ticket_or_an_id() {
    for who in Who::ALL {
        play!(who, auth, who: Who = who => {
            let config = Config { session_ids: true, tickets: Some(Tickets::default()), ..who.server() };
            let mut pair = on(Link::new(Impairment::NONE, 1), roomy(), auth, config);
            for _ in 0..2 {
                pair.client.restart(pair.now);
                connect(&mut pair);
                assert_eq!(pair.server.seen.hello.extension(SESSION_TICKET), None);
                assert!(pair.server.seen.hello.session.is_empty() && pair.server.seen.resumed == 0);
            }
        });
    }
}

#[test]
fn a_server_that_vanishes_takes_the_session_with_it() {
    play!(Who::EcdhePsk, auth => {
        let config = Config { session_ids: true, ..Who::EcdhePsk.server() };
        let mut pair = connected(auth, roomy(), config);
        pair.server.silence(true);
        pair.client.restart(pair.now);
        assert_eq!(fails(&mut pair), SILENT);
        // nobody said a word against the session
        pair.server.silence(false);
        pair.client.restart(pair.now);
        connect(&mut pair);
        assert!(pair.client.client.is_resumed());
        assert!(!pair.client.happened.contains(&Happened::PeerVerified));
    });
}
