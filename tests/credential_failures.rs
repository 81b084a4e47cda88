//! What a server with public keys can do wrong in its flight: each ends in an error of its own, with its alert on the wire.

use stint_dtls::CertificateError::{self, *};
use stint_dtls::auth::Auth;
use stint_dtls::crypto::soft::P256Verifier;
use stint_dtls::pki::{Clock, PeerIdentity, Pin, Rules, ServerName};
use stint_dtls::{CertificateType, Error, ExtensionType, HandshakeType};
use stint_lab::link::{Impairment, Link};
use stint_lab::parties::{AllProvider, NAME, Parties, Scene, Who, lend, on, roomy, tasks};
use stint_lab::scene::{connect, fails, usable_afterwards};
use stint_lab::server::code::{
    ALPN, CERTIFICATE, CERTIFICATE_REQUEST, CLIENT_CERTIFICATE_TYPE, EC_POINT_FORMATS, MAX_FRAGMENT_LENGTH,
    RAW_PUBLIC_KEY, RECORD_SIZE_LIMIT, SERVER_CERTIFICATE_TYPE, SERVER_HELLO_DONE, SERVER_KEY_EXCHANGE, SESSION_TICKET,
    X509,
};
use stint_lab::server::{Authority, Config, Credential, Key, Script, exchange};
use stint_lab::watched::Watched;

/// Ends in this error, with this alert; and the client is good for another handshake.
struct Refused {
    who: Who,
    config: Config,
    error: Error,
    alert: u8,
}

impl Scene for Refused {
    type End = ();
    fn play<A: Auth<AllProvider, Step: 'static> + 'static>(&mut self, auth: A) {
        let mut pair = on(Link::new(Impairment::NONE, 1), roomy(), auth, self.config.clone());
        assert_eq!(fails(&mut pair), self.error, "{:?} {:?}", self.who, self.config.script);
        assert_eq!(pair.server.seen.alerts, [(0, 2, self.alert)], "{:?} {:?}", self.who, self.config.script);
        assert_eq!(self.error.alert().map(|a| a.0), Some(self.alert));
        usable_afterwards(&mut pair, self.who.server());
    }
}

fn refused(who: Who, script: Script, error: Error, alert: u8) {
    let config = Config { script: vec![script], ..who.server() };
    who.play(0, &mut Refused { who, config, error, alert });
}

/// The same for a server whose credential is wrong.
fn not_trusted(who: Who, credential: Credential, error: CertificateError, alert: u8) {
    let config = Config { credential, ..who.server() };
    who.play(0, &mut Refused { who, config, error: Error::Certificate(error), alert });
}

const WITH_ECDHE: [Who; 5] = [Who::EcdhePsk, Who::RawKey, Who::RawKeyMutual, Who::X509, Who::X509Mutual];

fn malformed(kind: u8) -> Error {
    Error::Malformed(HandshakeType(kind))
}

fn unexpected(kind: u8) -> Error {
    Error::Unexpected(HandshakeType(kind))
}

#[test]
fn a_curve_that_is_not_ours_is_taken() {
    for who in WITH_ECDHE {
        for group in [0, 22, 24, 25, 29, 0xff01] {
            refused(who, Script::Group(group), Error::Group(group), 47);
        }
        for explicit in [0, 1, 2, 4] {
            refused(who, Script::CurveType(explicit), Error::Group(23), 47);
        }
    }
}

#[test]
fn a_point_that_is_none_is_multiplied() {
    let good = Key::seeded(9).point();
    let changed = |at: usize, to: u8| {
        let mut point = good.clone();
        point[at] ^= to;
        point
    };
    // y of another point, infinity, the origin, coordinates that are not reduced, other forms, other lengths
    let points = [
        changed(64, 1),
        changed(1, 0x80),
        vec![0],
        [&[4][..], &[0; 64]].concat(),
        [&[4][..], &[0xff; 64]].concat(),
        vec![0; 65],
        [&[2 + (good[64] & 1)][..], &good[1..33]].concat(),
        changed(0, 2),
        changed(0, 4 ^ 6),
        Vec::new(),
        good[..64].to_vec(),
        [&good[..], &[0]].concat(),
    ];
    for who in WITH_ECDHE {
        for point in &points {
            refused(who, Script::Point(point.clone()), Error::Point, 47);
        }
    }
}

#[test]
fn a_wrong_signature_over_the_key_exchange_is_taken() {
    for who in Who::SIGNED {
        refused(who, Script::WrongSignature, Error::Signature, 51);
        refused(who, Script::OldKeyExchange, Error::Signature, 51);
        let zero = vec![0x30, 6, 2, 1, 0, 2, 1, 0];
        let one = vec![0x30, 6, 2, 1, 1, 2, 1, 1];
        for signature in [Vec::new(), vec![0x30, 0], vec![0x30], zero, one, vec![0xff; 72]] {
            refused(who, Script::Signature(signature), Error::Signature, 51);
        }
        for scheme in [0x0401, 0x0503, 0x0603, 0x0203, 0x0807, 0] {
            refused(who, Script::Scheme(scheme), Error::SignatureScheme(scheme), 47);
        }
    }
    // the key is another's, though the certificate is the server's
    let config = Config {
        credential: Credential::Chain(Parties::shared().server.clone(), Key::seeded(77)),
        ..Who::X509.server()
    };
    Who::X509.play(0, &mut Refused { who: Who::X509, config, error: Error::Signature, alert: 51 });
}

#[test]
fn a_key_exchange_that_is_cut_short_or_too_long_is_read() {
    for who in WITH_ECDHE {
        refused(who, Script::TrailingKeyExchange(1), malformed(SERVER_KEY_EXCHANGE), 50);
        let config = who.server();
        let whole = exchange::message(&config, config.suites[0], &Key::seeded(8), &[0; 64]).unwrap();
        for len in 0..whole.len() {
            let script = Script::Body(SERVER_KEY_EXCHANGE, whole[..len].to_vec());
            refused(who, script, malformed(SERVER_KEY_EXCHANGE), 50);
        }
    }
}

#[test]
fn a_message_out_of_its_order_is_taken() {
    let (certificate, exchange, request) = (CERTIFICATE, SERVER_KEY_EXCHANGE, CERTIFICATE_REQUEST);
    for who in Who::SIGNED {
        refused(who, Script::Omit(certificate), unexpected(exchange), 10);
        refused(who, Script::Swap(certificate, exchange), unexpected(exchange), 10);
        refused(who, Script::Twice(certificate), unexpected(certificate), 10);
        refused(who, Script::Twice(exchange), unexpected(exchange), 10);
        // without it the next one is out of place
        let next = if who.mutual() { request } else { SERVER_HELLO_DONE };
        refused(who, Script::Omit(exchange), unexpected(next), 10);
        if who.mutual() {
            refused(who, Script::Swap(exchange, request), unexpected(request), 10);
            refused(who, Script::Swap(certificate, request), unexpected(request), 10);
            refused(who, Script::Twice(request), unexpected(request), 10);
        }
        for kind in [1, 2, 4, 15, 16, 20, 22, 23, 24, 99] {
            refused(who, Script::Insert(kind, vec![0]), unexpected(kind), 10);
        }
    }
    for kind in [certificate, request] {
        refused(Who::EcdhePsk, Script::Insert(kind, vec![0, 0, 0]), unexpected(kind), 10);
    }
    refused(Who::EcdhePsk, Script::Omit(exchange), unexpected(SERVER_HELLO_DONE), 10);
    refused(Who::EcdhePsk, Script::Twice(exchange), unexpected(exchange), 10);
}

#[test]
fn what_is_shown_is_not_what_was_agreed() {
    let type_is = |kind| Error::Extension(ExtensionType(kind));
    let not_offered = |kind| Error::ExtensionNotOffered(ExtensionType(kind));
    let (server, client) = (SERVER_CERTIFICATE_TYPE, CLIENT_CERTIFICATE_TYPE);
    for who in [Who::X509, Who::X509Mutual] {
        // a raw key where none was negotiated
        refused(who, Script::Show(RAW_PUBLIC_KEY), Error::Certificate(Malformed), 42);
        for kind in [X509, RAW_PUBLIC_KEY] {
            refused(who, Script::Extension(server, vec![kind]), not_offered(server), 110);
            refused(who, Script::Extension(client, vec![kind]), not_offered(client), 110);
        }
    }
    for who in [Who::RawKey, Who::RawKeyMutual] {
        refused(who, Script::Show(X509), Error::Certificate(Malformed), 42);
        refused(who, Script::Without(server), Error::CertificateType(CertificateType::X509), 43);
        for body in [vec![X509], vec![1], vec![0xff], vec![], vec![RAW_PUBLIC_KEY; 2], vec![1, RAW_PUBLIC_KEY]] {
            refused(who, Script::Instead(server, body), type_is(server), 47);
        }
        refused(who, Script::Extension(server, vec![RAW_PUBLIC_KEY]), not_offered(server), 110);
    }
    refused(Who::RawKey, Script::Extension(client, vec![RAW_PUBLIC_KEY]), not_offered(client), 110);
    refused(Who::RawKeyMutual, Script::Instead(client, vec![X509]), type_is(client), 47);
}

#[test]
fn an_extension_that_was_not_offered_is_borne() {
    for who in Who::ALL {
        for kind in [ALPN, MAX_FRAGMENT_LENGTH, RECORD_SIZE_LIMIT, SESSION_TICKET, 0, 5, 15, 22, 0x3374] {
            let error = Error::ExtensionNotOffered(ExtensionType(kind));
            refused(who, Script::Extension(kind, Vec::new()), error, 110);
        }
    }
    for who in WITH_ECDHE {
        for body in [vec![], vec![0], vec![1, 1], vec![2, 1, 2], vec![2, 0], vec![1, 0, 0]] {
            let error = Error::Extension(ExtensionType(EC_POINT_FORMATS));
            refused(who, Script::Instead(EC_POINT_FORMATS, body), error, 47);
        }
        let error = Error::ExtensionNotOffered(ExtensionType(EC_POINT_FORMATS));
        refused(who, Script::Extension(EC_POINT_FORMATS, vec![1, 0]), error, 110);
    }
    let error = Error::ExtensionNotOffered(ExtensionType(EC_POINT_FORMATS));
    refused(Who::Psk, Script::Extension(EC_POINT_FORMATS, vec![1, 0]), error, 110);
}

#[test]
fn a_stranger_is_taken_for_the_server() {
    let parties = Parties::shared();
    let stranger = Key::seeded(66);
    not_trusted(Who::RawKey, Credential::RawKey(stranger.clone()), UnknownKey, 46);
    not_trusted(Who::RawKeyMutual, Credential::RawKey(stranger), UnknownKey, 46);
    for who in [Who::X509, Who::X509Mutual] {
        let issue = |change: fn(&mut rcgen::CertificateParams)| {
            let leaf = parties.issuing.issue(NAME, &parties.server_key, change);
            Credential::Chain(vec![leaf, parties.issuing.certificate.clone()], parties.server_key.clone())
        };
        let other_name = parties.issuing.issue("other.example", &parties.server_key, |_| ());
        let chain = vec![other_name, parties.issuing.certificate.clone()];
        not_trusted(who, Credential::Chain(chain, parties.server_key.clone()), WrongName, 46);
        not_trusted(who, issue(|p| p.not_after = rcgen::date_time_ymd(2021, 1, 1)), Expired, 45);
        not_trusted(who, issue(|p| p.not_before = rcgen::date_time_ymd(2048, 1, 1)), NotYetValid, 45);
        let client_only = |p: &mut rcgen::CertificateParams| {
            p.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        };
        not_trusted(who, issue(client_only), ExtendedKeyUsage, 43);
        let authority = |p: &mut rcgen::CertificateParams| {
            p.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        };
        not_trusted(who, issue(authority), CaAsLeaf, 43);
        not_trusted(who, issue(|p| p.key_usages = vec![rcgen::KeyUsagePurpose::KeyAgreement]), KeyUsage, 43);
        let critical = |p: &mut rcgen::CertificateParams| {
            let mut unknown = rcgen::CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99999, 1], vec![5, 0]);
            unknown.set_criticality(true);
            p.custom_extensions.push(unknown);
        };
        not_trusted(who, issue(critical), UnknownCriticalExtension, 43);
        // another root, of the same name and of another
        for name in ["Stint lab root", "another root"] {
            let root = Authority::root(name, 50);
            let issuing = root.under("Stint lab issuing", 51);
            let leaf = issuing.issue(NAME, &parties.server_key, |_| ());
            let chain = Credential::Chain(vec![leaf, issuing.certificate], parties.server_key.clone());
            not_trusted(who, chain, UnknownIssuer, 48);
        }
        // signed by another of the issuing authority's name, which no identifier tells apart
        let other = Authority::root("Stint lab issuing", 52);
        let leaf = other.issue(NAME, &parties.server_key, |p| p.use_authority_key_identifier_extension = false);
        let chain = vec![leaf, parties.issuing.certificate.clone()];
        not_trusted(who, Credential::Chain(chain, parties.server_key.clone()), BadSignature, 42);
        // the issuing authority is left out; a bit is wrong; the end is missing; nothing is there
        let alone = Credential::Chain(parties.server[..1].to_vec(), parties.server_key.clone());
        not_trusted(who, alone, UnknownIssuer, 48);
        let mut chain = parties.server.clone();
        *chain[0].last_mut().unwrap() ^= 1;
        not_trusted(who, Credential::Chain(chain, parties.server_key.clone()), BadSignature, 42);
        let mut chain = parties.server.clone();
        chain[0].truncate(200);
        not_trusted(who, Credential::Chain(chain, parties.server_key.clone()), Malformed, 42);
        not_trusted(who, Credential::Chain(Vec::new(), parties.server_key.clone()), EmptyChain, 42);
    }
}

#[test]
fn an_authority_that_may_not_is_trusted() {
    for who in [Who::X509, Who::X509Mutual] {
        not_trusted(who, Parties::shared().below(|p| p.is_ca = rcgen::IsCa::ExplicitNoCa), NotACa, 46);
        not_trusted(
            who,
            Parties::shared().below(|p| p.key_usages = vec![rcgen::KeyUsagePurpose::CrlSign]),
            KeyUsage,
            43,
        );
        let other = |p: &mut rcgen::CertificateParams| {
            let permitted_subtrees = vec![rcgen::GeneralSubtree::DnsName("other.example".into())];
            p.name_constraints = Some(rcgen::NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
        };
        not_trusted(who, Parties::shared().below(other), NameConstraints, 46);
        not_trusted(who, Parties::shared().below(|p| p.not_after = rcgen::date_time_ymd(2021, 1, 1)), Expired, 45);
        // an authority below one that allows none below itself
        let parties = Parties::shared();
        let none = |p: &mut rcgen::CertificateParams| {
            p.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(0));
        };
        let upper = parties.root.under_that("upper", 60, none);
        let lower = upper.under("lower", 61);
        let leaf = lower.issue(NAME, &parties.server_key, |_| ());
        let chain = vec![leaf, lower.certificate, upper.certificate];
        not_trusted(who, Credential::Chain(chain, parties.server_key.clone()), PathLength, 46);
    }
}

/// What the client demands, and how much room it lends, decides: the server is blameless.
fn demanding(
    change: impl FnOnce(&mut Rules<'static>),
    places: usize,
    store: usize,
    error: CertificateError,
    alert: u8,
) {
    let mut rules = Parties::shared().rules();
    change(&mut rules);
    let peer = PeerIdentity::new(Box::leak(vec![0; store].into_boxed_slice()));
    let auth = stint_dtls::X509::new(rules, Watched::new(P256Verifier), tasks(places), peer);
    let mut pair = on(Link::new(Impairment::NONE, 1), roomy(), auth, Who::X509.server());
    assert_eq!(fails(&mut pair), Error::Certificate(error));
    assert_eq!(pair.server.seen.alerts, [(0, 2, alert)]);
}

#[test]
fn a_demand_of_the_clients_is_forgotten() {
    demanding(|r| r.clock = Clock::Require(None), 4, 512, ClockUnknown, 46);
    demanding(|r| r.name = ServerName::Dns("elsewhere.example"), 4, 512, WrongName, 46);
    demanding(|r| r.name = ServerName::Ip(&[192, 0, 2, 1]), 4, 512, WrongName, 46);
    demanding(|r| r.pins = lend([Pin([7; 32])]), 4, 512, CertificateError::Pin, 46);
    demanding(|r| r.anchors = &[], 4, 512, UnknownIssuer, 48);
    // two certificates and the key exchange: three places, and room for a key
    for places in 0..3 {
        demanding(|_| (), places, 512, TooManyCertificates, 46);
    }
    for store in [0, 90] {
        demanding(|_| (), 4, store, PeerStoreTooSmall, 46);
    }
    let peer = PeerIdentity::new(lend([0; 91]).as_mut_slice());
    let auth = stint_dtls::X509::new(Parties::shared().rules(), Watched::new(P256Verifier), tasks(3), peer);
    connect(&mut on(Link::new(Impairment::NONE, 1), roomy(), auth, Who::X509.server()));
}

#[test]
fn a_certificate_message_that_is_cut_short_or_too_long_is_read() {
    for who in Who::SIGNED {
        let config = who.server();
        let whole = config.credential.message(config.credential.kind());
        let lens = (0..12).chain((12..whole.len()).step_by(29));
        for body in lens.map(|len| whole[..len].to_vec()).chain([[&whole[..], &[0]].concat()]) {
            refused(who, Script::Body(CERTIFICATE, body), malformed(CERTIFICATE), 50);
        }
        // no certificate, no key
        let error = if config.credential.kind() == X509 { (EmptyChain, 42) } else { (Malformed, 42) };
        refused(who, Script::Body(CERTIFICATE, vec![0; 3]), Error::Certificate(error.0), error.1);
    }
}

#[test]
fn a_request_for_a_certificate_that_does_not_parse_is_read() {
    for who in [Who::RawKeyMutual, Who::X509Mutual] {
        let mut config = who.server();
        config.clients.authorities = vec![vec![0x30, 0], vec![0x30, 2, 5, 0]];
        let whole = config.clients.request();
        let bodies = (0..whole.len()).map(|len| whole[..len].to_vec());
        let odd = vec![1, 64, 0, 3, 4, 3, 4, 0, 0];
        for body in bodies.chain([[&whole[..], &[0]].concat(), odd]) {
            refused(who, Script::Body(CERTIFICATE_REQUEST, body), malformed(CERTIFICATE_REQUEST), 50);
        }
    }
}
