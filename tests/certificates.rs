//! Path validation, rule by rule: each test has a chain that breaks one rule and no other, made on the spot.

#[path = "certificates/mod.rs"]
mod make;

use make::{Authority, NOW, authority, authority_with_key, judge, key, list, rules, server, server_with_key, verify};
use rcgen::{
    BasicConstraints, CidrSubnet, CustomExtension, DistinguishedName, DnType, DnValue, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, KeyPair, KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P384_SHA384, PKCS_ED25519,
    PublicKeyData, SanType, date_time_ymd,
};
use sha2::{Digest, Sha256};
use stint_dtls::CertificateError::{self, *};
use stint_dtls::pki::{Anchor, Clock, Name, PeerIdentity, Pin, Purpose, Rules, ServerName, UnixTime};

fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().unwrap())
}

fn anchor(authority: &Authority) -> Anchor<'_> {
    Anchor::from_certificate(authority.der()).unwrap()
}

/// A server below an issuing authority below a root, judged by the strict rules as changed.
fn chain_of_three(
    issuing: impl FnOnce(&mut rcgen::CertificateParams),
    leaf: impl FnOnce(&mut rcgen::CertificateParams),
    change: impl FnOnce(&mut Rules<'_>),
) -> Result<usize, CertificateError> {
    let root = authority("root", None, |_| {});
    let issuing = authority("issuing", Some(&root), issuing);
    let anchors = [anchor(&root)];
    let mut rules = rules(&anchors);
    change(&mut rules);
    verify(&[&server(&issuing, leaf), issuing.der()], &rules)
}

/// The same with a server that alone is changed.
fn server_that(change: impl FnOnce(&mut rcgen::CertificateParams)) -> Result<usize, CertificateError> {
    chain_of_three(|_| {}, change, |_| {})
}

/// The same with an issuing authority that alone is changed.
fn issuing_that(change: impl FnOnce(&mut rcgen::CertificateParams)) -> Result<usize, CertificateError> {
    chain_of_three(change, |_| {}, |_| {})
}

#[test]
fn a_good_chain_is_refused() {
    assert_eq!(server_that(|_| {}), Ok(2));
}

#[test]
fn what_was_verified_cannot_be_read() {
    let root = authority("root", None, |_| {});
    let key = key();
    let leaf = server_with_key(&root, &key, |params| {
        let address = SanType::IpAddress("192.0.2.1".parse().unwrap());
        let uri = SanType::URI("coaps://server.example".try_into().unwrap());
        params.subject_alt_names.extend([address, uri, SanType::Rfc822Name("a@server.example".try_into().unwrap())]);
    });
    let anchors = [anchor(&root)];
    let mut store = [0; 512];
    let mut peer = PeerIdentity::new(&mut store);
    assert!(peer.is_empty() && peer.public_key().bits.is_empty());
    assert_eq!(judge(&list(&[&leaf]), &rules(&anchors), 1, &mut peer), Ok(1));
    assert_eq!(peer.public_key().bits, key.public_key_raw());
    assert_eq!(peer.spki(), key.subject_public_key_info());
    assert_eq!((peer.common_name(), peer.is_raw(), peer.is_truncated()), (Some("server"), false, false));
    assert_eq!(peer.not_after(), UnixTime(2_524_521_600));
    let names: Vec<_> = peer.names().collect();
    let expected = [
        Name::Dns("server.example"),
        Name::Ip(&[192, 0, 2, 1]),
        Name::Uri("coaps://server.example"),
        Name::Email("a@server.example"),
    ];
    assert_eq!(names, expected);
    // a chain that is refused leaves nobody
    assert_eq!(judge(&[], &rules(&anchors), 1, &mut peer), Err(EmptyChain));
    assert!(peer.is_empty());
}

#[test]
fn the_memory_for_the_identity_is_too_small() {
    let root = authority("root", None, |_| {});
    let leaf = list(&[&server(&root, |_| {})]);
    let anchors = [anchor(&root)];
    let mut store = [0; 90];
    assert_eq!(judge(&leaf, &rules(&anchors), 1, &mut PeerIdentity::new(&mut store)), Err(PeerStoreTooSmall));
    let mut store = [0; 91];
    let mut peer = PeerIdentity::new(&mut store);
    assert_eq!(judge(&leaf, &rules(&anchors), 1, &mut peer), Ok(1));
    assert!(peer.is_truncated() && peer.subject().is_empty() && peer.names().next().is_none());
    assert_eq!(peer.public_key().bits.len(), 65);
}

#[test]
fn a_date_is_not_looked_at() {
    let dates = |from: i32, to: i32| {
        server_that(|params| {
            (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(to, 1, 1))
        })
    };
    assert_eq!(dates(2020, 2026), Err(Expired));
    assert_eq!(dates(2027, 2030), Err(NotYetValid));
    assert_eq!(dates(1970, 9999), Ok(2));
    assert_eq!(issuing_that(|params| params.not_after = date_time_ymd(2025, 1, 1)), Err(Expired));
    assert_eq!(issuing_that(|params| params.not_before = date_time_ymd(2027, 1, 1)), Err(NotYetValid));
    let expired =
        |clock| chain_of_three(|_| {}, |params| params.not_after = date_time_ymd(2025, 1, 1), |r| r.clock = clock);
    assert_eq!(expired(Clock::Require(None)), Err(ClockUnknown));
    assert_eq!(expired(Clock::IfKnown(Some(NOW))), Err(Expired));
    assert_eq!(expired(Clock::IfKnown(None)), Ok(2));
    assert_eq!(expired(Clock::Skip), Ok(2));
}

#[test]
fn a_certificate_of_another_server_is_accepted() {
    let named = |names: Vec<SanType>, name: ServerName<'_>| {
        let root = authority("root", None, |_| {});
        let leaf = server(&root, |params| params.subject_alt_names = names);
        verify(&[&leaf], &Rules::new(&[anchor(&root)], name, Clock::Skip)).map(|_| ())
    };
    let ip = |text: &str| SanType::IpAddress(text.parse().unwrap());
    let uri = |text: &str| SanType::URI(text.try_into().unwrap());
    let server = ServerName::Dns("server.example");
    assert_eq!(named(vec![dns("SERVER.example")], server), Ok(()));
    assert_eq!(named(vec![dns("server.example")], ServerName::Dns("server.example.")), Ok(()));
    assert_eq!(named(vec![dns("other.example"), dns("server.example")], server), Ok(()));
    assert_eq!(named(vec![dns("other.example")], server), Err(WrongName));
    assert_eq!(named(vec![ip("192.0.2.1"), uri("coaps://server.example")], server), Err(WrongName));
    assert_eq!(named(vec![], server), Err(WrongName));
    assert_eq!(named(vec![dns("server.example")], ServerName::Dns("")), Err(WrongName));
    assert_eq!(named(vec![ip("192.0.2.1")], ServerName::Ip(&[192, 0, 2, 1])), Ok(()));
    assert_eq!(named(vec![ip("192.0.2.1")], ServerName::Ip(&[192, 0, 2, 2])), Err(WrongName));
    assert_eq!(named(vec![dns("192.0.2.1")], ServerName::Ip(&[192, 0, 2, 1])), Err(WrongName));
    assert_eq!(named(vec![dns("192.0.2.1")], ServerName::Dns("192.0.2.1")), Err(WrongName));
    let v6 = "2001:db8::1".parse::<std::net::Ipv6Addr>().unwrap().octets();
    assert_eq!(named(vec![ip("2001:db8::1")], ServerName::Ip(&v6)), Ok(()));
    assert_eq!(named(vec![ip("2001:db8::2")], ServerName::Ip(&v6)), Err(WrongName));
    assert_eq!(named(vec![uri("coaps://server.example")], ServerName::Uri("coaps://server.example:5684/x")), Ok(()));
    assert_eq!(named(vec![uri("coap://server.example")], ServerName::Uri("coaps://server.example")), Err(WrongName));
    assert_eq!(named(vec![dns("other.example")], ServerName::Any), Ok(()));
}

#[test]
fn a_wildcard_or_common_name_counts_unasked() {
    let wild = |name: &str, allowed: bool| {
        let wildcards = |rules: &mut Rules<'_>| rules.wildcards = allowed;
        chain_of_three(|_| {}, |params| params.subject_alt_names = vec![dns(name)], wildcards)
    };
    assert_eq!(wild("*.example", true), Err(WrongName), "one label after it");
    assert_eq!(wild("*.server.example", true), Err(WrongName));
    let below = |allowed: bool| {
        chain_of_three(
            |_| {},
            |params| params.subject_alt_names = vec![dns("*.server.example")],
            |rules| (rules.wildcards, rules.name) = (allowed, ServerName::Dns("a.server.example")),
        )
    };
    assert_eq!((below(true), below(false)), (Ok(2), Err(WrongName)));
    let common = |fallback: bool, names: Vec<SanType>| {
        let leaf = |params: &mut rcgen::CertificateParams| {
            params.subject_alt_names = names;
            params.distinguished_name.push(DnType::CommonName, "server.example");
        };
        chain_of_three(|_| {}, leaf, |rules| rules.common_name_fallback = fallback)
    };
    assert_eq!(common(false, vec![]), Err(WrongName));
    assert_eq!(common(true, vec![]), Ok(2));
    assert_eq!(common(true, vec![dns("other.example")]), Err(WrongName));
    assert_eq!(common(true, vec![SanType::Rfc822Name("a@b.example".try_into().unwrap())]), Ok(2));
}

#[test]
fn a_key_is_used_for_what_it_is_not_meant() {
    assert_eq!(server_that(|params| params.key_usages = vec![]), Ok(2));
    assert_eq!(server_that(|params| params.key_usages = vec![KeyUsagePurpose::KeyAgreement]), Err(KeyUsage));
    let certifies = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign];
    assert_eq!(server_that(|params| params.key_usages = certifies), Err(KeyUsage));
    assert_eq!(issuing_that(|params| params.key_usages = vec![]), Ok(2));
    assert_eq!(issuing_that(|params| params.key_usages = vec![KeyUsagePurpose::CrlSign]), Err(KeyUsage));
}

#[test]
fn a_certificate_is_used_for_another_purpose() {
    use ExtendedKeyUsagePurpose::{Any, ClientAuth, CodeSigning, ServerAuth};
    let meant = |purposes: Vec<ExtendedKeyUsagePurpose>, change: fn(&mut Rules<'_>)| {
        chain_of_three(|_| {}, |params| params.extended_key_usages = purposes, change)
    };
    assert_eq!(meant(vec![ClientAuth], |_| {}), Err(ExtendedKeyUsage));
    assert_eq!(meant(vec![ClientAuth, ServerAuth], |_| {}), Ok(2));
    assert_eq!(meant(vec![Any], |_| {}), Err(ExtendedKeyUsage));
    assert_eq!(meant(vec![Any], |rules| rules.any_extended_key_usage = true), Ok(2));
    assert_eq!(meant(vec![], |_| {}), Ok(2));
    assert_eq!(meant(vec![], |rules| rules.require_extended_key_usage = true), Err(ExtendedKeyUsage));
    assert_eq!(meant(vec![CodeSigning], |rules| rules.purpose = Purpose::CODE_SIGNING), Ok(2));
    assert_eq!(meant(vec![ServerAuth], |rules| rules.purpose = Purpose::CODE_SIGNING), Err(ExtendedKeyUsage));
    assert_eq!(issuing_that(|params| params.extended_key_usages = vec![ClientAuth]), Err(ExtendedKeyUsage));
    assert_eq!(issuing_that(|params| params.extended_key_usages = vec![ServerAuth]), Ok(2));
    assert_eq!(issuing_that(|params| params.extended_key_usages = vec![Any]), Ok(2));
}

#[test]
fn an_authority_passes_for_a_server_or_a_server_for_an_authority() {
    assert_eq!(server_that(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)), Err(CaAsLeaf));
    assert_eq!(server_that(|params| params.is_ca = IsCa::ExplicitNoCa), Ok(2));
    assert_eq!(issuing_that(|params| params.is_ca = IsCa::NoCa), Err(NotACa));
    assert_eq!(issuing_that(|params| params.is_ca = IsCa::ExplicitNoCa), Err(NotACa));
}

#[test]
fn more_authorities_follow_than_one_allows() {
    let limited = |limit: u8, self_issued: bool| {
        let root = authority("root", None, |_| {});
        let limit =
            |params: &mut rcgen::CertificateParams| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(limit));
        let upper = authority("upper", Some(&root), limit);
        let lower = authority(if self_issued { "upper" } else { "lower" }, Some(&upper), |_| {});
        verify(&[&server(&lower, |_| {}), lower.der(), upper.der()], &rules(&[anchor(&root)]))
    };
    assert_eq!((limited(0, false), limited(1, false), limited(0, true)), (Err(PathLength), Ok(3), Ok(3)));
    // the anchor's own
    let root = authority("root", None, |params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)));
    let issuing = authority("issuing", Some(&root), |_| {});
    assert_eq!(verify(&[&server(&root, |_| {})], &rules(&[anchor(&root)])), Ok(1));
    let below = server(&issuing, |_| {});
    assert_eq!(verify(&[&below, issuing.der()], &rules(&[anchor(&root)])), Err(PathLength));
    let plain = [Anchor::new(anchor_name(&root), Box::leak(root.key().subject_public_key_info().into()))];
    assert_eq!(verify(&[&below, issuing.der()], &rules(&plain)), Ok(2), "name and key alone limit nothing");
}

/// The subject of an authority, DER.
fn anchor_name(authority: &Authority) -> &'static [u8] {
    let whole = make::Node::read(authority.der()).remove(0);
    Box::leak(whole.parts[0].parts[make::tbs::SUBJECT].der().into())
}

/// Whether constraints of the issuing authority let a server pass that has these names.
fn constrained(
    permitted: Vec<GeneralSubtree>,
    excluded: Vec<GeneralSubtree>,
    names: Vec<SanType>,
) -> Result<usize, CertificateError> {
    chain_of_three(
        |params| {
            params.name_constraints =
                Some(NameConstraints { permitted_subtrees: permitted, excluded_subtrees: excluded });
        },
        |params| params.subject_alt_names = names,
        |rules| rules.name = ServerName::Any,
    )
}

#[test]
fn an_authority_names_what_it_must_not() {
    let subtree = |name: &str| GeneralSubtree::DnsName(name.to_owned());
    let net = |address: [u8; 4], prefix: u8| GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix(address, prefix));
    let ip = |text: &str| SanType::IpAddress(text.parse().unwrap());
    let mail = |text: &str| SanType::Rfc822Name(text.try_into().unwrap());
    let server = || vec![dns("a.server.example")];
    assert_eq!(constrained(vec![subtree("server.example")], vec![], server()), Ok(2));
    assert_eq!(constrained(vec![subtree("other.example"), subtree("example")], vec![], server()), Ok(2));
    assert_eq!(constrained(vec![subtree("other.example")], vec![], server()), Err(NameConstraints));
    assert_eq!(constrained(vec![subtree("erver.example")], vec![], server()), Err(NameConstraints));
    assert_eq!(constrained(vec![], vec![subtree("server.example")], server()), Err(NameConstraints));
    assert_eq!(constrained(vec![], vec![subtree("b.server.example")], server()), Ok(2));
    assert_eq!(constrained(vec![subtree("example")], vec![subtree("server.example")], server()), Err(NameConstraints));
    // one name out of several is enough
    let two = vec![dns("a.server.example"), dns("other.example")];
    assert_eq!(constrained(vec![subtree("server.example")], vec![], two), Err(NameConstraints));
    // what a wildcard may stand for counts
    let wild = || vec![dns("*.server.example")];
    assert_eq!(constrained(vec![], vec![subtree("b.server.example")], wild()), Err(NameConstraints));
    assert_eq!(constrained(vec![subtree("b.server.example")], vec![], wild()), Err(NameConstraints));
    assert_eq!(constrained(vec![subtree("server.example")], vec![], wild()), Ok(2));
    assert_eq!(constrained(vec![net([192, 0, 2, 0], 24)], vec![], vec![ip("192.0.2.7")]), Ok(2));
    assert_eq!(constrained(vec![net([192, 0, 2, 0], 24)], vec![], vec![ip("192.0.3.7")]), Err(NameConstraints));
    assert_eq!(constrained(vec![net([192, 0, 2, 0], 24)], vec![], vec![ip("2001:db8::1")]), Err(NameConstraints));
    assert_eq!(constrained(vec![], vec![net([192, 0, 2, 0], 25)], vec![ip("192.0.2.7")]), Err(NameConstraints));
    // another form than the constrained one is free
    assert_eq!(constrained(vec![net([192, 0, 2, 0], 24)], vec![], server()), Ok(2));
    // a form that is not compared is refused where it is constrained, and only there
    let mails = GeneralSubtree::Rfc822Name("server.example".to_owned());
    assert_eq!(constrained(vec![mails.clone()], vec![], vec![mail("a@server.example")]), Err(NameConstraints));
    assert_eq!(constrained(vec![mails], vec![], server()), Ok(2));
    assert_eq!(constrained(vec![subtree("server.example")], vec![], vec![mail("a@server.example")]), Ok(2));
}

#[test]
fn an_authority_names_a_directory_that_it_must_not() {
    let directory = |organization: &str| {
        let mut name = DistinguishedName::new();
        name.push(DnType::OrganizationName, DnValue::PrintableString(organization.try_into().unwrap()));
        GeneralSubtree::DirectoryName(name)
    };
    let names = || vec![dns("server.example")];
    assert_eq!(constrained(vec![directory("STINT lab")], vec![], names()), Ok(2));
    assert_eq!(constrained(vec![directory("Other lab")], vec![], names()), Err(NameConstraints));
    assert_eq!(constrained(vec![], vec![directory("Stint  Lab")], names()), Err(NameConstraints));
}

#[test]
fn a_common_name_that_counts_is_not_constrained_or_one_that_does_not_is() {
    let common = |fallback: bool, name: &str| {
        let subtree = GeneralSubtree::DnsName("server.example".to_owned());
        chain_of_three(
            |params| {
                params.name_constraints =
                    Some(NameConstraints { permitted_subtrees: vec![subtree], excluded_subtrees: vec![] });
            },
            |params| {
                params.subject_alt_names = vec![];
                params.distinguished_name.push(DnType::CommonName, name);
            },
            |rules| (rules.name, rules.common_name_fallback) = (ServerName::Any, fallback),
        )
    };
    assert_eq!(common(true, "a.server.example"), Ok(2));
    assert_eq!(common(true, "other.example"), Err(NameConstraints));
    assert_eq!(common(false, "other.example"), Ok(2));
}

#[test]
fn a_constraint_does_not_reach_all_that_is_below() {
    let names = |params: &mut rcgen::CertificateParams| {
        let subtree = GeneralSubtree::DnsName("server.example".to_owned());
        params.name_constraints =
            Some(NameConstraints { permitted_subtrees: vec![subtree], excluded_subtrees: vec![] });
    };
    let below = |at_root: bool, name: &str, middle: &str| {
        let root = authority("root", None, |params| {
            if at_root {
                names(params)
            }
        });
        let upper = authority("upper", Some(&root), |params| {
            if !at_root {
                names(params)
            }
        });
        let lower = authority(middle, Some(&upper), |params| params.subject_alt_names = vec![dns("lower.example")]);
        let leaf = server(&lower, |params| params.subject_alt_names = vec![dns(name)]);
        let mut rules = Rules::new(&[], ServerName::Any, Clock::Skip);
        let anchors = [anchor(&root)];
        rules.anchors = &anchors;
        verify(&[&leaf, lower.der(), upper.der()], &rules)
    };
    // the authority between has a name outside; one that issued itself may (RFC 5280 4.2.1.10)
    assert_eq!(below(false, "a.server.example", "lower"), Err(NameConstraints));
    assert_eq!(below(true, "a.server.example", "lower"), Err(NameConstraints));
    assert_eq!(below(false, "a.server.example", "upper"), Ok(3));
    assert_eq!(below(false, "other.example", "upper"), Err(NameConstraints));
    assert_eq!(below(true, "other.example", "upper"), Err(NameConstraints));
}

#[test]
fn an_extension_that_is_not_understood_is_passed_over() {
    let unknown = |critical: bool| {
        let mut extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 55555, 1], vec![5, 0]);
        extension.set_criticality(critical);
        vec![extension]
    };
    assert_eq!(server_that(|params| params.custom_extensions = unknown(true)), Err(UnknownCriticalExtension));
    assert_eq!(server_that(|params| params.custom_extensions = unknown(false)), Ok(2));
    assert_eq!(issuing_that(|params| params.custom_extensions = unknown(true)), Err(UnknownCriticalExtension));
    assert_eq!(issuing_that(|params| params.custom_extensions = unknown(false)), Ok(2));
    let root = authority("root", None, |params| params.custom_extensions = unknown(true));
    assert_eq!(Anchor::from_certificate(root.der()), Err(UnknownCriticalExtension));
}

#[test]
fn a_signature_is_not_the_issuers() {
    let root = authority("root", None, |_| {});
    let issuing = authority("issuing", Some(&root), |_| {});
    let same_name = authority("issuing", Some(&root), |params| params.use_authority_key_identifier_extension = false);
    let root_of_that_name = authority("root", None, |_| {});
    let leaf = server(&issuing, |params| params.use_authority_key_identifier_extension = false);
    let anchors = [anchor(&root)];
    assert_eq!(verify(&[&leaf, issuing.der()], &rules(&anchors)), Ok(2));
    assert_eq!(verify(&[&leaf, same_name.der()], &rules(&anchors)), Err(BadSignature));
    let plain = Anchor::new(anchor_name(&root), Box::leak(root_of_that_name.key().subject_public_key_info().into()));
    assert_eq!(verify(&[&leaf, issuing.der()], &rules(&[plain])), Err(BadSignature));
    let mut broken = leaf.clone();
    *broken.last_mut().unwrap() ^= 1;
    assert_eq!(verify(&[&broken, issuing.der()], &rules(&anchors)), Err(BadSignature));
}

#[test]
fn a_chain_ends_at_nobody_that_is_trusted() {
    let root = authority("root", None, |_| {});
    let issuing = authority("issuing", Some(&root), |_| {});
    let other = authority("other", None, |_| {});
    let leaf = server(&issuing, |_| {});
    assert_eq!(verify(&[&leaf, issuing.der(), root.der()], &rules(&[anchor(&other)])), Err(UnknownIssuer));
    assert_eq!(verify(&[&leaf], &rules(&[anchor(&root)])), Err(UnknownIssuer), "the issuer is missing");
    assert_eq!(verify(&[&leaf, other.der()], &rules(&[anchor(&root)])), Err(UnknownIssuer));
    assert_eq!(
        verify(&[&leaf, root.der(), issuing.der()], &rules(&[anchor(&root)])),
        Err(UnknownIssuer),
        "out of order"
    );
    assert_eq!(verify(&[&leaf, issuing.der()], &rules(&[])), Err(UnknownIssuer), "no anchor is no trust");
    assert_eq!(verify(&[], &rules(&[anchor(&root)])), Err(EmptyChain));
}

#[test]
fn what_stands_above_the_anchor_costs_or_decides_something() {
    let root = authority_with_key("root", None, KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap(), |_| {});
    let issuing = authority("issuing", Some(&root), |params| params.not_after = date_time_ymd(2021, 1, 1));
    let leaf = server(&issuing, |_| {});
    // its own dates are not looked at where it is found by its name, nor is what else comes
    for chain in
        [&[&leaf[..]][..], &[&leaf, issuing.der()], &[&leaf, b"no certificate"], &[&leaf, issuing.der(), root.der()]]
    {
        assert_eq!(verify(chain, &rules(&[anchor(&issuing)])), Ok(1));
    }
    let mut junk = list(&[&leaf]);
    junk.extend([0xff; 7]);
    assert_eq!(judge(&junk, &rules(&[anchor(&issuing)]), 1, &mut PeerIdentity::new(&mut [0; 512])), Ok(1));
    // from the root on it is a matter of algorithms
    let fresh = authority("issuing", Some(&root), |_| {});
    let leaf = server(&fresh, |_| {});
    assert_eq!(verify(&[&leaf, fresh.der()], &rules(&[anchor(&root)])), Err(Algorithm));
    let ed25519 = authority_with_key("root", None, KeyPair::generate_for(&PKCS_ED25519).unwrap(), |_| {});
    assert_eq!(verify(&[&server(&ed25519, |_| {})], &rules(&[anchor(&ed25519)])), Err(Algorithm));
}

#[test]
fn one_of_several_anchors_is_not_found() {
    let [first, second] = ["root", "root"].map(|name| authority(name, None, |_| {}));
    let other = authority("other", None, |_| {});
    let all = [anchor(&other), anchor(&first), anchor(&second)];
    for root in [&first, &second, &other] {
        assert_eq!(verify(&[&server(root, |_| {})], &rules(&all)), Ok(1));
    }
    // without identifiers two of one name cannot be told apart: the limit that the documentation tells
    let plain =
        |root: &Authority| Anchor::new(anchor_name(root), Box::leak(root.key().subject_public_key_info().into()));
    let both = [plain(&first), plain(&second)];
    assert_eq!(verify(&[&server(&first, |_| {})], &rules(&both)), Ok(1));
    assert_eq!(verify(&[&server(&second, |_| {})], &rules(&both)), Err(BadSignature));
    // but for the kind of their keys
    let p384 = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
    let large = authority_with_key("root", None, p384, |_| {});
    assert_eq!(verify(&[&server(&second, |_| {})], &rules(&[plain(&large), plain(&second)])), Ok(1));
    // nor is an anchor in the way of the chain that goes on above it
    let cross =
        authority_with_key("root", Some(&other), KeyPair::try_from(second.key().serialize_der()).unwrap(), |_| {});
    let leaf = server(&second, |_| {});
    assert_eq!(verify(&[&leaf, cross.der()], &rules(&[anchor(&first), anchor(&other)])), Ok(2));
}

#[test]
fn a_key_alone_is_trusted_for_more_than_it_should() {
    let root = authority("root", None, |_| {});
    let issuing = authority("issuing", Some(&root), |_| {});
    let own = key();
    let leaf = server_with_key(&issuing, &own, |_| {});
    let (own_spki, issuing_spki) = (own.subject_public_key_info(), issuing.key().subject_public_key_info());
    assert_eq!(verify(&[&leaf], &rules(&[Anchor::server_key(&own_spki)])), Ok(0));
    assert_eq!(verify(&[&leaf], &rules(&[Anchor::from_certificate(&leaf).unwrap()])), Ok(0));
    assert_eq!(verify(&[&leaf, issuing.der()], &rules(&[Anchor::authority_key(&issuing_spki)])), Ok(1));
    assert_eq!(verify(&[&leaf], &rules(&[Anchor::authority_key(&issuing_spki)])), Err(UnknownIssuer));
    assert_eq!(verify(&[&leaf, issuing.der()], &rules(&[Anchor::server_key(&issuing_spki)])), Err(UnknownIssuer));
    // the holder of a server's key makes no authority of itself
    let rogue = authority_with_key("rogue", None, KeyPair::try_from(own.serialize_der()).unwrap(), |_| {});
    let other = server(&rogue, |_| {});
    assert_eq!(verify(&[&other, rogue.der()], &rules(&[Anchor::server_key(&own_spki)])), Err(UnknownIssuer));
    assert_eq!(verify(&[&other, rogue.der()], &rules(&[Anchor::from_certificate(&leaf).unwrap()])), Err(UnknownIssuer));
    // the name and the dates of a certificate are still what they are
    let mut wrong = rules(&[]);
    let anchors = [Anchor::server_key(&own_spki)];
    (wrong.anchors, wrong.name) = (&anchors, ServerName::Dns("other.example"));
    assert_eq!(verify(&[&leaf], &wrong), Err(WrongName));
    // a server that is its own authority, as a test certificate is, counts only by its key
    let itself = authority("itself", None, |params| {
        params.subject_alt_names = vec![dns("server.example")];
        params.key_usages = vec![];
    });
    assert_eq!(verify(&[itself.der()], &rules(&[anchor(&itself)])), Ok(0));
    assert_eq!(verify(&[itself.der()], &rules(&[anchor(&root)])), Err(CaAsLeaf));
}

#[test]
fn a_pin_is_passed_over() {
    let root = authority("root", None, |_| {});
    let issuing = authority("issuing", Some(&root), |_| {});
    let own = key();
    let leaf = server_with_key(&issuing, &own, |_| {});
    let chain = [&leaf[..], issuing.der()];
    let pin = |bytes: &[u8]| Pin(Sha256::digest(bytes).into());
    let anchors = [anchor(&root)];
    let pinned = |anchors: &[Anchor<'_>], pins: &[Pin]| {
        let mut rules = Rules::new(anchors, ServerName::Dns("server.example"), Clock::Require(Some(NOW)));
        rules.pins = pins;
        verify(&chain, &rules)
    };
    let (leaf_pin, own_pin) = (pin(&leaf), pin(&own.subject_public_key_info()));
    for good in [leaf_pin, own_pin, pin(issuing.der()), pin(&issuing.key().subject_public_key_info())] {
        assert_eq!(pinned(&anchors, &[Pin([0; 32]), good]), Ok(2));
    }
    assert_eq!(pinned(&anchors, &[pin(&root.key().subject_public_key_info())]), Ok(2), "the anchor's key");
    assert_eq!(pinned(&anchors, &[pin(b"something else")]), Err(CertificateError::Pin));
    // without anchors the server's own certificate or key must be pinned, and nothing signs it
    assert_eq!((pinned(&[], &[leaf_pin]), pinned(&[], &[own_pin])), (Ok(0), Ok(0)));
    assert_eq!(pinned(&[], &[pin(issuing.der())]), Err(CertificateError::Pin));
    // a pin is no anchor
    let other = authority("other", None, |_| {});
    assert_eq!(pinned(&[anchor(&other)], &[leaf_pin]), Err(UnknownIssuer));
}

#[test]
fn there_are_more_signatures_than_tasks() {
    let root = authority("root", None, |_| {});
    let issuing = authority("issuing", Some(&root), |_| {});
    let chain = list(&[&server(&issuing, |_| {}), issuing.der()]);
    let anchors = [anchor(&root)];
    let with = |tasks| judge(&chain, &rules(&anchors), tasks, &mut PeerIdentity::new(&mut [0; 512]));
    assert_eq!([with(0), with(1), with(2)], [Err(TooManyCertificates), Err(TooManyCertificates), Ok(2)]);
}
