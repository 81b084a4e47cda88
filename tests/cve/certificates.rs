//! Signatures, certificates, raw keys, and what may not be left out.

use crate::kit::{judged, refused};
use stint_dtls::CertificateError::{
    self, BadSignature, KeyUsage, Malformed, NameConstraints, NotACa, UnknownIssuer, WrongName,
};
use stint_dtls::{Error, HandshakeType};
use stint_lab::link::{Impairment, Link};
use stint_lab::parties::{NAME, Parties, Who, on, roomy};
use stint_lab::play;
use stint_lab::scene::connect;
use stint_lab::server::code::{
    CERTIFICATE, CERTIFICATE_REQUEST, RAW_PUBLIC_KEY, SERVER_HELLO_DONE, SERVER_KEY_EXCHANGE,
};
use stint_lab::server::{Asked, Authority, Clients, Config, Credential, Key, Script};

fn unexpected(kind: u8) -> Error {
    Error::Unexpected(HandshakeType(kind))
}

/// A server with certificates whose credential is this is not trusted.
fn not_trusted(credential: Credential, error: CertificateError, alert: u8) {
    for who in [Who::X509, Who::X509Mutual] {
        judged(who, Config { credential: credential.clone(), ..who.server() }, Error::Certificate(error), alert);
    }
}

#[test]
fn cve_2026_25834_key_exchange_signed_with_a_scheme_that_was_not_offered() {
    for who in Who::SIGNED {
        for scheme in [0x0203, 0x0101, 0x0503, 0x0603, 0x0807, 0x0303] {
            refused(who, &[Script::Scheme(scheme)], Error::SignatureScheme(scheme), 47);
        }
    }
}

#[test]
fn cve_2022_25638_signature_algorithm_that_does_not_fit_the_key() {
    for who in Who::SIGNED {
        for rsa in [0x0401, 0x0804, 0x0402] {
            refused(who, &[Script::Scheme(rsa)], Error::SignatureScheme(rsa), 47);
        }
    }
}

#[test]
fn cve_2026_5194_digest_shorter_than_the_algorithm_says() {
    // the name of a shorter digest, and a right signature over none at all
    for who in Who::SIGNED {
        for short in [0x0203, 0x0103, 0x0303, 0x0003] {
            refused(who, &[Script::Scheme(short)], Error::SignatureScheme(short), 47);
        }
        let nothing = Parties::shared().server_key.sign(&[]);
        refused(who, &[Script::Signature(nothing)], Error::Signature, 51);
    }
}

#[test]
fn cve_2020_24613_certificate_left_out() {
    for who in Who::SIGNED {
        refused(who, &[Script::Omit(CERTIFICATE)], unexpected(SERVER_KEY_EXCHANGE), 10);
        let both = [Script::Omit(CERTIFICATE), Script::Omit(SERVER_KEY_EXCHANGE)];
        let next = if who.mutual() { CERTIFICATE_REQUEST } else { SERVER_HELLO_DONE };
        refused(who, &both, unexpected(next), 10);
        // straight to Finished, in the clear
        let all = [&both[..], &[Script::Insert(20, vec![0; 12])]].concat();
        play!(who, auth, who: Who = who, script: Vec<Script> = all => {
            let mut pair = on(Link::new(Impairment::NONE, 1), roomy(), auth, Config { script, ..who.server() });
            assert!(matches!(stint_lab::scene::fails(&mut pair), Error::Unexpected(_)));
            assert!(pair.client.verified.is_none(), "nobody was verified");
        });
    }
}

#[test]
fn cve_2022_25640_proof_of_the_key_left_out() {
    for who in Who::SIGNED {
        let next = if who.mutual() { CERTIFICATE_REQUEST } else { SERVER_HELLO_DONE };
        refused(who, &[Script::Omit(SERVER_KEY_EXCHANGE)], unexpected(next), 10);
        refused(who, &[Script::Signature(Vec::new())], Error::Signature, 51);
    }
}

#[test]
fn cve_2022_29222_certificate_shown_without_its_key() {
    let stolen = Credential::Chain(Parties::shared().server.clone(), Key::seeded(77));
    judged(Who::X509, Config { credential: stolen, ..Who::X509.server() }, Error::Signature, 51);
    for who in Who::SIGNED {
        refused(who, &[Script::OldKeyExchange], Error::Signature, 51);
    }
}

#[test]
fn mbedtls_point_that_overflows_its_buffer() {
    let good = Key::seeded(9).point();
    for len in [0, 1, 33, 64, 66, 97, 133, 255] {
        let mut point = good.clone();
        point.resize(len, 0x41);
        for who in [Who::EcdhePsk, Who::RawKey, Who::X509Mutual] {
            refused(who, &[Script::Point(point.clone())], Error::Point, 47);
        }
    }
    // and those of the right length that are no point
    for point in [vec![4; 65], [&[4][..], &[0xff; 64]].concat(), [&good[..64], &[good[64] ^ 1]].concat()] {
        refused(Who::EcdhePsk, &[Script::Point(point)], Error::Point, 47);
    }
}

#[test]
fn cve_2025_12889_signature_with_an_algorithm_that_was_not_asked_for() {
    for who in [Who::RawKeyMutual, Who::X509Mutual] {
        for algorithms in [vec![0x0503], vec![0x0401, 0x0603], vec![]] {
            play!(who, auth, who: Who = who, algorithms: Vec<u16> = algorithms => {
                let clients = Clients { algorithms, asked: Asked::Optional, ..Clients::default() };
                let mut pair = on(Link::new(Impairment::NONE, 1), roomy(), auth, Config { clients, ..who.server() });
                connect(&mut pair);
                assert_eq!((pair.server.seen.verified, pair.server.seen.unverified), (0, 0), "nothing was signed");
            });
        }
    }
}

#[test]
fn cve_2026_55960_raw_key_in_place_of_a_certificate() {
    for who in [Who::X509, Who::X509Mutual] {
        refused(who, &[Script::Show(RAW_PUBLIC_KEY)], Error::Certificate(Malformed), 42);
    }
}

#[test]
fn cve_2025_27809_certificate_of_another_name() {
    let parties = Parties::shared();
    for name in ["other.example", "example", "server.example.attacker.example", "xserver.example"] {
        let leaf = parties.issuing.issue(name, &parties.server_key, |_| ());
        let chain = vec![leaf, parties.issuing.certificate.clone()];
        not_trusted(Credential::Chain(chain, parties.server_key.clone()), WrongName, 46);
    }
}

#[test]
fn cve_2026_55964_authority_that_may_not_sign_certificates() {
    not_trusted(Parties::shared().below(|p| p.key_usages = vec![rcgen::KeyUsagePurpose::CrlSign]), KeyUsage, 43);
}

#[test]
fn cve_2026_6091_chain_that_ends_in_the_peers_own_authority() {
    let own = Authority::root("attacker", 90);
    let issuing = own.under("Stint lab issuing", 91);
    let key = Parties::shared().server_key.clone();
    for chain in [
        vec![issuing.issue(NAME, &key, |_| ()), issuing.certificate.clone()],
        vec![issuing.issue(NAME, &key, |_| ()), issuing.certificate.clone(), own.certificate.clone()],
    ] {
        not_trusted(Credential::Chain(chain, key.clone()), UnknownIssuer, 48);
    }
}

/// An authority that may name nothing but what is below other.example.
fn elsewhere(p: &mut rcgen::CertificateParams) {
    let permitted_subtrees = vec![rcgen::GeneralSubtree::DnsName("other.example".into())];
    p.name_constraints = Some(rcgen::NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
}

/// Its certificate for a server that has our name as its common name alone, beside these alternative names.
fn by_common_name(alternative: Vec<rcgen::SanType>) -> Credential {
    let parties = Parties::shared();
    let issuing = parties.root.under_that("Stint lab issuing", 2, elsewhere);
    let leaf = issuing.issue("x", &parties.server_key, |p| {
        p.subject_alt_names = alternative;
        p.distinguished_name = rcgen::DistinguishedName::new();
        p.distinguished_name.push(rcgen::DnType::CommonName, NAME);
    });
    Credential::Chain(vec![leaf, issuing.certificate], parties.server_key.clone())
}

#[test]
fn cve_2026_6731_common_name_that_the_authority_may_not_give() {
    not_trusted(by_common_name(Vec::new()), WrongName, 46);
    not_trusted(Parties::shared().below(elsewhere), NameConstraints, 46);
}

#[test]
fn cve_2026_89133_common_name_beside_a_name_of_another_form() {
    let address = rcgen::SanType::IpAddress([192, 0, 2, 1].into());
    not_trusted(by_common_name(vec![address]), WrongName, 46);
}

/// The server's certificate with a subjectAltName of these bytes, as an extension made by hand.
fn alternative(value: &[u8]) -> Credential {
    let parties = Parties::shared();
    let leaf = parties.issuing.issue("x", &parties.server_key, |p| {
        p.subject_alt_names.clear();
        p.custom_extensions.push(rcgen::CustomExtension::from_oid_content(&[2, 5, 29, 17], value.to_vec()));
    });
    Credential::Chain(vec![leaf, parties.issuing.certificate.clone()], parties.server_key.clone())
}

#[test]
fn cve_2026_5188_length_in_an_alternative_name_that_underflows() {
    for value in [
        &[0x30, 2, 0x82, 5][..],
        &[0x30, 3, 0x82, 0x81, 0xff],
        &[0x30, 5, 0x82, 0x84, 0xff, 0xff, 0xff],
        &[0x30, 0x80, 0x82, 1, b'a', 0, 0],
        &[0x30, 6, 0xa0, 4, 6, 9, 1, 1],
        &[0x30, 1, 0x82],
    ] {
        for who in [Who::X509, Who::X509Mutual] {
            play!(who, auth, who: Who = who, credential: Credential = alternative(value), value: Vec<u8> = value.to_vec() => {
                let mut pair = on(Link::new(Impairment::NONE, 1), roomy(), auth, Config { credential, ..who.server() });
                let error = stint_lab::scene::fails(&mut pair);
                assert!(matches!(error, Error::Certificate(Malformed | WrongName)), "{value:02x?}: {error:?}");
                stint_lab::scene::usable_afterwards(&mut pair, who.server());
            });
        }
    }
}

#[test]
fn cve_2026_5501_leaf_below_what_is_no_authority() {
    not_trusted(Parties::shared().below(|p| p.is_ca = rcgen::IsCa::ExplicitNoCa), NotACa, 46);
    // a leaf whose signature nobody made, above an honest authority and above none
    let parties = Parties::shared();
    let mut chain = parties.server.clone();
    *chain[0].last_mut().unwrap() ^= 1;
    not_trusted(Credential::Chain(chain, parties.server_key.clone()), BadSignature, 42);
}
