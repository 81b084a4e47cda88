//! What two ends agree on: who is asked and shows what, pairs of credentials, and an agreement that somebody changed on its way.

use core::time::Duration;
use stint_dtls::auth::Auth;
use stint_dtls::{Alert, Error, Exporter, ExtendedMasterSecret, Flight, Peer, Resumable, Session};
use stint_lab::link::{Direction, Impairment, Link};
use stint_lab::parties::{
    AllProvider, Parties, Who, ecdhe_psk, lend, lend_bytes, on, psk, raw_key, raw_key_mutual, roomy, signer, x509,
    x509_mutual,
};
use stint_lab::play;
use stint_lab::scene::{connect, fails, usable_afterwards};
use stint_lab::server::code::{
    CONNECTION_ID, EXTENDED_MASTER_SECRET, RAW_PUBLIC_KEY, SERVER_CERTIFICATE_TYPE, SIGNATURE_ALGORITHMS, X509,
};
use stint_lab::server::{Asked, Clients, Config, Key, Script, prf};

fn clean() -> Link<'static> {
    Link::new(Impairment::NONE, 1)
}

fn asking(who: Who, clients: Clients) -> Config {
    Config { clients, ..who.server() }
}

#[test]
fn a_client_that_is_asked_and_has_nothing_is_lost() {
    for who in [Who::RawKey, Who::X509] {
        play!(who, auth, who: Who = who => {
            let mut pair = on(clean(), roomy(), auth, asking(who, Clients::optional()));
            connect(&mut pair);
            // an empty list (RFC 5246 7.4.6), of X.509 as long as nothing else was agreed
            assert_eq!(pair.server.seen.certificates, [(X509, vec![0; 3])]);
            assert!(pair.server.association().unwrap().client.is_empty());
        });
        play!(who, auth, who: Who = who => {
            let mut pair = on(clean(), roomy(), auth, asking(who, Clients::required()));
            assert_eq!(fails(&mut pair), Error::PeerAlert(Alert::HANDSHAKE_FAILURE));
            usable_afterwards(&mut pair, who.server());
        });
    }
}

#[test]
fn a_request_that_nothing_of_ours_fits_is_answered() {
    let of = |asked| Clients { asked, ..Clients::default() };
    for who in [Who::RawKeyMutual, Who::X509Mutual] {
        let optional = of(Asked::Optional);
        let mut unfit = vec![
            Clients { types: vec![1, 2], ..optional.clone() },
            Clients { types: vec![], ..optional.clone() },
            Clients { algorithms: vec![0x0401, 0x0503, 0x0203], ..optional.clone() },
            Clients { algorithms: vec![], ..optional.clone() },
        ];
        let another = [&[0x30, 13, 0x31, 11, 0x30, 9, 6, 3, 0x55, 4, 3, 12, 2][..], b"no"].concat();
        let authorities = Clients { authorities: vec![another.clone(), vec![0x30, 0]], ..optional.clone() };
        if who == Who::X509Mutual {
            unfit.push(authorities.clone());
        }
        for clients in unfit {
            play!(who, auth, who: Who = who, clients: Clients = clients => {
                let mut pair = on(clean(), roomy(), auth, asking(who, clients.clone()));
                connect(&mut pair);
                assert!(pair.server.association().unwrap().client.is_empty(), "{clients:?}");
                assert_eq!((pair.server.seen.certificates.len(), pair.server.seen.verified), (1, 0));
                let clients = Clients { asked: Asked::Required, ..clients };
                pair.server.config.clients = clients;
                pair.client.restart(pair.now);
                assert_eq!(fails(&mut pair), Error::PeerAlert(Alert::HANDSHAKE_FAILURE));
            });
        }
        // what fits among others; a raw key was issued by nobody
        let root = Parties::shared();
        let subject = |certificate: &[u8], name: &str| {
            let at = certificate.windows(name.len()).rposition(|w| w == name.as_bytes()).unwrap();
            let head = 13;
            certificate[at - head..at + name.len()].to_vec()
        };
        let issuing = subject(&root.issuing.certificate, "Stint lab issuing");
        let top = subject(&root.root.certificate, "Stint lab root");
        let fit = [
            Clients { types: vec![1, 64], ..optional.clone() },
            Clients { algorithms: vec![0x0401, 0x0403], ..optional.clone() },
            Clients { authorities: vec![another.clone(), issuing], ..optional.clone() },
            Clients { authorities: vec![top], ..optional.clone() },
        ];
        for clients in fit {
            play!(who, auth, who: Who = who, clients: Clients = clients => {
                let mut pair = on(clean(), roomy(), auth, asking(who, clients.clone()));
                connect(&mut pair);
                assert_eq!(pair.server.association().unwrap().client, who.shown(), "{clients:?}");
            });
        }
    }
}

#[test]
fn a_client_that_the_server_does_not_know_is_taken() {
    for who in [Who::RawKeyMutual, Who::X509Mutual] {
        play!(who, auth, who: Who = who => {
            let clients = Clients { known: Some(vec![Key::seeded(5).point()]), ..Clients::required() };
            let mut pair = on(clean(), roomy(), auth, asking(who, clients));
            assert_eq!(fails(&mut pair), Error::PeerAlert(Alert::BAD_CERTIFICATE));
            usable_afterwards(&mut pair, who.server());
        });
    }
    // it shows what is another's, and signs with its own
    let parties = Parties::shared();
    let other = Key::seeded(5);
    let auth = raw_key(0).with_key(lend_bytes(&parties.client_key.spki()), signer(&other, 0));
    let mut pair = on(clean(), roomy(), auth, Who::RawKeyMutual.server());
    assert_eq!(fails(&mut pair), Error::PeerAlert(Alert::DECRYPT_ERROR));
    assert!(pair.server.seen.unverified > 0 && pair.server.seen.verified == 0);
    let chain: Vec<&'static [u8]> = parties.client.iter().map(Vec::as_slice).collect();
    let auth = x509(0, parties.rules()).with_certificate(Box::leak(chain.into()), signer(&other, 0));
    let mut pair = on(clean(), roomy(), auth, Who::X509Mutual.server());
    assert_eq!(fails(&mut pair), Error::PeerAlert(Alert::DECRYPT_ERROR));
    assert!(pair.server.seen.unverified > 0 && pair.server.seen.verified == 0);
}

/// The credential that the server has is the one that is used; nothing is offered twice.
fn chosen<A: Auth<AllProvider, Step: 'static> + 'static>(make: impl Fn() -> A, takes: &[Who]) {
    for who in Who::ALL {
        let mut pair = on(clean(), roomy(), make(), who.server());
        if takes.contains(&who) {
            connect(&mut pair);
            let association = pair.server.association().unwrap();
            assert_eq!(association.client, who.shown(), "{who:?}");
            let mut suites = pair.server.seen.hello.suites.clone();
            suites.sort_unstable();
            suites.dedup();
            assert_eq!(suites.len(), pair.server.seen.hello.suites.len());
        } else if !takes.iter().any(|t| t.kx() == who.kx()) {
            assert_eq!(fails(&mut pair), Error::PeerAlert(Alert::HANDSHAKE_FAILURE), "{who:?}");
        }
    }
}

#[test]
fn a_pair_of_credentials_is_not_as_good_as_each() {
    use Who::{EcdhePsk, Psk, RawKey, RawKeyMutual, X509, X509Mutual};
    let x509 = || x509(0, Parties::shared().rules());
    chosen(|| (ecdhe_psk(0), psk(0)), &[EcdhePsk, Psk]);
    chosen(|| (psk(0), ecdhe_psk(0)), &[EcdhePsk, Psk]);
    chosen(|| (psk(0), x509()), &[Psk, X509]);
    chosen(|| (x509_mutual(0), psk(0)), &[Psk, X509, X509Mutual]);
    chosen(|| (raw_key(0), x509()), &[RawKey, X509]);
    chosen(|| (x509(), raw_key(0)), &[RawKey, X509]);
    chosen(|| (raw_key_mutual(0), x509_mutual(0)), &[RawKey, RawKeyMutual, X509, X509Mutual]);
    chosen(|| (x509_mutual(0), raw_key_mutual(0)), &[RawKey, RawKeyMutual, X509, X509Mutual]);
    let all = || ((raw_key_mutual(0), x509_mutual(0)), (ecdhe_psk(0), psk(0)));
    chosen(all, &Who::ALL);
    chosen(|| (psk(0), (x509_mutual(0), (ecdhe_psk(0), raw_key_mutual(0)))), &Who::ALL);
}

#[test]
fn a_certificate_type_or_a_scheme_is_offered_that_is_not_ours() {
    let hello = |who: Who| {
        play!(who, auth, who: Who = who => {
            let mut pair = on(clean(), roomy(), auth, who.server());
            connect(&mut pair);
            let hello = &pair.server.seen.hello;
            let raw = matches!(who, Who::RawKey | Who::RawKeyMutual);
            assert_eq!(hello.extension(SERVER_CERTIFICATE_TYPE), raw.then_some(&[1, RAW_PUBLIC_KEY][..]), "{who:?}");
            let signed = Who::SIGNED.contains(&who);
            assert_eq!(hello.extension(SIGNATURE_ALGORITHMS), signed.then_some(&[0, 2, 4, 3][..]), "{who:?}");
        });
    };
    Who::ALL.into_iter().for_each(hello);
    // in the order of preference
    let rules = || Parties::shared().rules();
    let mut pair = on(clean(), roomy(), (raw_key(0), x509(0, rules())), Who::X509.server());
    connect(&mut pair);
    assert_eq!(pair.server.seen.hello.extension(SERVER_CERTIFICATE_TYPE), Some(&[2, RAW_PUBLIC_KEY, X509][..]));
    let mut pair = on(clean(), roomy(), (x509(0, rules()), raw_key(0)), Who::RawKey.server());
    connect(&mut pair);
    assert_eq!(pair.server.seen.hello.extension(SERVER_CERTIFICATE_TYPE), Some(&[2, X509, RAW_PUBLIC_KEY][..]));
}

const REPEATED: Error = Error::Timeout { flight: Flight::Finished, peer: Peer::Repeated };

#[test]
fn a_downgraded_extended_master_secret_passes() {
    for who in Who::ALL {
        // required, and the ServerHello lacks it
        play!(who, auth, who: Who = who => {
            let script = vec![Script::Without(EXTENDED_MASTER_SECRET)];
            let mut pair = on(clean(), roomy(), auth, Config { script, ..who.server() });
            assert_eq!(fails(&mut pair), Error::ExtendedMasterSecret);
            assert_eq!(pair.server.seen.alerts, [(0, 2, 40)]);
            usable_afterwards(&mut pair, who.server());
        });
        // it could be done without, but somebody cut it out of the ServerHello: then the keys differ
        play!(who, auth, who: Who = who => {
            let mut options = roomy();
            options.config.extended_master_secret = ExtendedMasterSecret::Allow;
            let script = vec![Script::Without(EXTENDED_MASTER_SECRET)];
            let mut pair = on(clean(), options, auth, Config { script, ..who.server() });
            let error = fails(&mut pair);
            let refused = Error::PeerAlert(Alert::DECRYPT_ERROR);
            assert!(error == REPEATED || who.mutual() && error == refused, "{who:?} {error:?}");
            assert!(pair.server.seen.forged > 0 || who.mutual());
            usable_afterwards(&mut pair, who.server());
        });
        // it could be done without, and the server does not know it
        play!(who, auth, who: Who = who => {
            let mut options = roomy();
            options.config.extended_master_secret = ExtendedMasterSecret::Allow;
            connect(&mut on(clean(), options, auth, Config { ems: false, ..who.server() }));
        });
    }
}

#[test]
fn a_hello_that_was_changed_on_its_way_passes() {
    // the record header, the fragment header and the random stay as they are; the type of one extension changes
    for who in Who::ALL {
        for way in [Direction::Up, Direction::Down] {
            play!(who, auth, who: Who = who, way: Direction = way => {
                let config = Config { cid: Some(vec![9]), cookie: None, ..who.server() };
                let mut options = roomy();
                options.config.extended_master_secret = ExtendedMasterSecret::Allow;
                options.config.connection_id = Some(b"c");
                // connection_id becomes an extension that nobody knows: the server does not see the offer, or the client the answer
                let link = clean().tapped(move |direction, _, bytes| {
                    let offer = if way == Direction::Up { vec![0, 54, 0, 2, 1, b'c'] } else { vec![0, 54, 0, 2, 1, 9] };
                    if direction == way && let Some(at) = bytes.windows(6).position(|w| w == offer) {
                        bytes[at] = 0x7f;
                    }
                    true
                });
                let mut pair = on(link, options, auth, config);
                let error = fails(&mut pair);
                let silent = matches!(error, Error::Timeout { flight: Flight::Finished, .. });
                let refused = error == Error::PeerAlert(Alert::DECRYPT_ERROR) && who.mutual();
                let unknown = matches!(error, Error::ExtensionNotOffered(_)) && way == Direction::Down;
                assert!(silent || refused || unknown, "{who:?} {way:?} {error:?}");
                usable_afterwards(&mut pair, who.server());
            });
        }
    }
}

#[test]
fn a_stripped_connection_id_passes() {
    for who in Who::ALL {
        // out of the ServerHello: the server waits for records that carry it
        play!(who, auth, who: Who = who => {
            let script = vec![Script::Without(CONNECTION_ID)];
            let mut pair = on(clean(), roomy(), auth, Config { cid: Some(vec![1, 2]), script, ..who.server() });
            assert_eq!(fails(&mut pair), REPEATED);
            assert!(pair.server.seen.foreign > 0);
        });
        // out of the records: those without it are dropped and counted
        play!(who, auth, who: Who = who => {
            let mut options = roomy();
            options.config.connection_id = Some(b"ours");
            let script = vec![Script::NoConnectionId];
            let mut pair = on(clean(), options, auth, Config { cid: Some(vec![1, 2]), script, ..who.server() });
            let error = fails(&mut pair);
            assert!(matches!(error, Error::Timeout { flight: Flight::Finished, .. }), "{error:?}");
            assert!(pair.client.client.stats().foreign > 0);
            usable_afterwards(&mut pair, who.server());
        });
    }
}

#[test]
fn keying_material_differs_between_the_ends() {
    for who in Who::ALL {
        for context in [None, Some(&b""[..]), Some(&b"a context"[..])] {
            play!(who, auth, who: Who = who, context: Option<&'static [u8]> = context => {
                // in a full handshake, and in the abbreviated one after it
                let auth = Resumable::<_, 256>::new(auth, lend(Session::EMPTY));
                let auth = Exporter::new(auth, b"EXPERIMENTAL stint", context, lend([0; 57]).as_mut_slice());
                let mut pair = on(clean(), roomy(), auth, Config { session_ids: true, ..who.server() });
                for resumed in [false, true] {
                    pair.client.restart(pair.now);
                    connect(&mut pair);
                    let a = pair.server.association().unwrap();
                    assert_eq!(a.resumed, resumed);
                    let mut seed = [a.client_random, a.server_random].concat();
                    if let Some(context) = context {
                        seed.extend((context.len() as u16).to_be_bytes());
                        seed.extend(context);
                    }
                    let expected = prf(&a.master, b"EXPERIMENTAL stint", &seed, 57);
                    assert_eq!(pair.client.client.credential().material(), expected);
                }
            });
        }
    }
}

#[test]
fn a_server_that_asks_at_the_wrong_time_is_answered() {
    // nothing of a handshake is done after it, whatever comes in the clear
    for who in Who::SIGNED {
        play!(who, auth, who: Who = who => {
            let mut pair = on(clean(), roomy(), auth, who.server());
            connect(&mut pair);
            let old: Vec<Vec<u8>> =
                pair.link.log.iter().filter(|p| p.direction == Direction::Down).map(|p| p.bytes.clone()).collect();
            let sent = pair.client.sent;
            for datagram in old {
                pair.server.send_raw(datagram);
            }
            pair.run_until(pair.now + Duration::from_secs(5), |_| false);
            assert!(pair.client.client.is_connected());
            assert_eq!(pair.client.sent, sent);
        });
    }
}
