//! Certificates whose DER is not what it should be: at every byte, field by field (signed anew, so that nothing else is wrong), and at random.

#[path = "certificates/mod.rs"]
mod make;

use make::{
    Authority, Node, authority, changed, extension, extension_of, extensions, judge, list, rules, server, tbs, verify,
};
use rcgen::{DistinguishedName, SanType};
use stint_dtls::CertificateError::{self, *};
use stint_dtls::pki::{Anchor, PeerIdentity};
use stint_lab::random::Random;

/// Judges the server's certificate after its parts were changed and signed again.
fn server_with(change: impl FnOnce(&mut Vec<Node>)) -> Result<usize, CertificateError> {
    let root = authority("root", None, |_| {});
    let leaf = changed(&server(&root, |_| {}), root.key(), change);
    verify(&[&leaf], &rules(&[Anchor::from_certificate(root.der()).unwrap()]))
}

/// The same with one of its fields.
fn field(place: usize, change: impl FnOnce(&mut Node)) -> Result<usize, CertificateError> {
    server_with(|parts| change(&mut parts[0].parts[place]))
}

/// The same with one more extension.
fn with_extension(node: Node) -> Result<usize, CertificateError> {
    server_with(|parts| extensions(parts).push(node))
}

#[test]
fn nothing_changed_is_refused() {
    assert_eq!(server_with(|_| {}), Ok(1));
}

#[test]
fn a_version_or_serial_number_is_taken_that_is_none() {
    let version = |bytes: &[u8]| field(tbs::VERSION, |version| version.parts[0].bytes = bytes.to_vec());
    for bad in [&[3][..], &[0, 2], &[0xff], &[]] {
        assert_eq!(version(bad), Err(Malformed), "{bad:?}");
    }
    assert_eq!((version(&[1]), version(&[0])), (Err(Malformed), Err(Malformed)), "extensions before version 3");
    let old = |version: u8| {
        server_with(|parts| {
            parts[0].parts[tbs::VERSION].parts[0].bytes = vec![version];
            parts[0].parts.truncate(tbs::EXTENSIONS);
        })
    };
    assert_eq!((old(0), old(1)), (Err(Version), Err(Version)));
    let absent = server_with(|parts| {
        parts[0].parts.truncate(tbs::EXTENSIONS);
        parts[0].parts.remove(tbs::VERSION);
    });
    assert_eq!(absent, Err(Version));
    // issuerUniqueID and subjectUniqueID are of versions 2 and 3 (RFC 5280 4.1.2.8): either alone is too many before
    for (version, expected) in [(0, Malformed), (1, Version)] {
        for tags in [&[0x81][..], &[0x82], &[0x81, 0x82]] {
            let unique = server_with(|parts| {
                parts[0].parts[tbs::VERSION].parts[0].bytes = vec![version];
                parts[0].parts.truncate(tbs::EXTENSIONS);
                parts[0].parts.extend(tags.iter().map(|tag| Node::new(*tag, &[0, 1])));
            });
            assert_eq!(unique, Err(expected), "{version} {tags:02x?}");
        }
    }
    let serial = |bytes: &[u8]| field(tbs::SERIAL, |serial| serial.bytes = bytes.to_vec());
    for bad in [&[][..], &[0, 1], &[0xff, 0x80], &[1; 21]] {
        assert_eq!(serial(bad), Err(Malformed), "{bad:?}");
    }
    for good in [&[0][..], &[0x80], &[1; 20]] {
        assert_eq!(serial(good), Ok(1), "{good:?}");
    }
}

#[test]
fn two_algorithms_are_named_for_one_signature() {
    let sha384 = |node: &mut Node| *node.parts[0].bytes.last_mut().unwrap() = 3;
    assert_eq!(field(tbs::ALGORITHM, sha384), Err(AlgorithmMismatch));
    assert_eq!(server_with(|parts| sha384(&mut parts[1])), Err(AlgorithmMismatch));
    let both = |change: fn(&mut Node)| {
        server_with(|parts| {
            change(&mut parts[1]);
            change(&mut parts[0].parts[tbs::ALGORITHM]);
        })
    };
    assert_eq!(both(|node| *node.parts[0].bytes.last_mut().unwrap() = 3), Err(Algorithm), "a scheme of no verifier");
    assert_eq!(both(|node| node.parts.push(Node::new(5, &[]))), Err(Algorithm), "parameters where there are none");
    assert_eq!(both(|node| node.parts.clear()), Err(Algorithm));
}

#[test]
fn a_date_is_taken_that_is_none() {
    let after =
        |tag: u8, text: &str| field(tbs::VALIDITY, |validity| validity.parts[1] = Node::new(tag, text.as_bytes()));
    assert_eq!(after(0x18, "99991231235959Z"), Ok(1), "never");
    assert_eq!(after(0x18, "20301231235959Z"), Ok(1), "a year before 2050, which would be a UTCTime");
    assert_eq!(after(0x17, "301231235959Z"), Ok(1));
    assert_eq!(after(0x17, "501231235959Z"), Err(Expired), "1950");
    assert_eq!(after(0x18, "20261123235959Z"), Err(Expired));
    for bad in ["3012312359Z", "301231235959", "301231235959+0000", "301331235959Z", "300230235959Z", ""] {
        assert_eq!(after(0x17, bad), Err(Malformed), "{bad}");
    }
    assert_eq!(after(0x18, "20301231235959.5Z"), Err(Malformed));
    assert_eq!(after(0x04, "301231235959Z"), Err(Malformed));
    assert_eq!(field(tbs::VALIDITY, |validity| validity.parts.truncate(1)), Err(Malformed));
    assert_eq!(field(tbs::VALIDITY, |validity| validity.parts.push(Node::new(5, &[]))), Err(Malformed));
}

#[test]
fn a_name_or_key_is_taken_that_is_none() {
    assert_eq!(field(tbs::ISSUER, |issuer| issuer.parts.clear()), Err(Malformed), "nobody issued it");
    assert_eq!(field(tbs::ISSUER, |issuer| issuer.tag = 0x31), Err(Malformed));
    assert_eq!(field(tbs::SUBJECT, |subject| subject.tag = 0x31), Err(Malformed));
    assert_eq!(field(tbs::SPKI, |spki| spki.parts[1].bytes[0] = 1), Err(Malformed), "bits that are not used");
    assert_eq!(field(tbs::SPKI, |spki| spki.parts.truncate(1)), Err(Malformed));
    assert_eq!(field(tbs::SPKI, |spki| spki.parts.push(Node::new(5, &[]))), Err(Malformed));
    // without a subject the name is elsewhere, and that must be critical (RFC 5280 4.1.2.6)
    let unnamed = |critical: bool| {
        server_with(|parts| {
            parts[0].parts[tbs::SUBJECT].parts.clear();
            let names = extension_of(parts, 17);
            names.parts.retain(|part| part.tag != 1);
            if critical {
                names.parts.insert(1, Node::new(1, &[0xff]));
            }
        })
    };
    assert_eq!((unnamed(true), unnamed(false)), (Ok(1), Err(Malformed)));
    // issuerUniqueID and subjectUniqueID are read over
    let unique = |tag: u8| server_with(|parts| parts[0].parts.insert(tbs::EXTENSIONS, Node::new(tag, &[0, 1])));
    assert_eq!((unique(0x81), unique(0x82), unique(0x84)), (Ok(1), Ok(1), Err(Malformed)));
}

#[test]
fn an_extension_is_taken_that_is_none() {
    assert_eq!(server_with(|parts| extensions(parts).clear()), Err(Malformed), "no extensions, in so many words");
    assert_eq!(server_with(|parts| parts[0].parts[tbs::EXTENSIONS].parts.push(Node::new(5, &[]))), Err(Malformed));
    assert_eq!(server_with(|parts| parts[0].parts.push(Node::new(5, &[]))), Err(Malformed));
    assert_eq!(server_with(|parts| parts.push(Node::new(5, &[]))), Err(Malformed));
}

#[test]
fn a_boolean_is_taken_that_is_none() {
    let critical = |value: &[u8]| with_extension(extension(54, Some(value), &[2, 1, 0]));
    assert_eq!(critical(&[0xff]), Err(UnknownCriticalExtension));
    assert_eq!(critical(&[0]), Ok(1), "FALSE written down, as real certificates have it");
    assert_eq!([critical(&[1]), critical(&[]), critical(&[0xff, 0xff])], [Err(Malformed); 3]);
}

#[test]
fn the_value_of_an_extension_is_taken_that_is_none() {
    let value = |last: u8, value: &[u8]| {
        server_with(|parts| extension_of(parts, last).parts.last_mut().unwrap().bytes = value.to_vec())
    };
    // subjectAltName
    for bad in [
        &[][..],
        b"\x30\x00",
        b"\x30\x02\x82",
        b"\x30\x03\x82\x05a",
        b"\x30\x03\x89\x01a",
        b"\x30\x03\x04\x01a",
        b"\x31\x03\x82\x01a",
    ] {
        assert_eq!(value(17, bad), Err(Malformed), "{bad:02x?}");
    }
    // extendedKeyUsage
    for bad in
        [&[][..], b"\x30\x00", b"\x30\x02\x05\x00", b"\x30\x03\x06\x01", b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01"]
    {
        assert_eq!(value(37, bad), Err(Malformed), "{bad:02x?}");
    }
    // keyUsage
    for bad in
        [&[][..], b"\x03\x01\x08", b"\x03\x00", b"\x03\x02\x08\x80", b"\x04\x02\x07\x80", b"\x03\x02\x07\x80\x00"]
    {
        assert_eq!(value(15, bad), Err(Malformed), "{bad:02x?}");
    }
    assert_eq!(value(15, b"\x03\x01\x00"), Err(KeyUsage), "no use at all");
    assert_eq!(value(15, b"\x03\x03\x07\x80\x80"), Ok(1), "decipherOnly is the ninth bit");
    // authorityKeyIdentifier
    for bad in [&[][..], b"\x30\x03\x80\x05\x00", b"\x30\x03\x00\x01\x00", b"\x30\x03\x80\x01\x00\x00"] {
        assert_eq!(value(35, bad), Err(Malformed), "{bad:02x?}");
    }
    assert_eq!(value(35, b"\x30\x00"), Ok(1), "without keyIdentifier");
    // basicConstraints
    let basic = |value: &[u8]| with_extension(extension(19, Some(&[0xff]), value));
    for bad in
        [&[][..], b"\x30\x03\x01\x01\x01", b"\x30\x03\x02\x01\xff", b"\x30\x04\x02\x02\x00\x01", b"\x30\x02\x05\x00"]
    {
        assert_eq!(basic(bad), Err(Malformed), "{bad:02x?}");
    }
    assert_eq!([basic(b"\x30\x00"), basic(b"\x30\x03\x01\x01\x00"), basic(b"\x30\x03\x02\x01\x00")], [Ok(1); 3]);
    assert_eq!(basic(b"\x30\x03\x01\x01\xff"), Err(CaAsLeaf));
    // subjectKeyIdentifier
    assert_eq!(with_extension(extension(14, None, b"\x04\x01\x01")), Ok(1));
    assert_eq!(with_extension(extension(14, None, b"\x05\x00")), Err(Malformed));
}

#[test]
fn an_extension_stands_twice_or_is_critical_that_must_not_be() {
    let twice = |last: u8| {
        server_with(|parts| {
            let copy = extension_of(parts, last).clone();
            extensions(parts).push(copy);
        })
    };
    for last in [15, 17, 35, 37] {
        assert_eq!(twice(last), Err(Malformed), "{last}");
    }
    let identifier = b"\x04\x01\x01";
    assert_eq!(with_extension(extension(14, Some(&[0xff]), identifier)), Err(UnknownCriticalExtension));
    let critical = server_with(|parts| extension_of(parts, 35).parts.insert(1, Node::new(1, &[0xff])));
    assert_eq!(critical, Err(UnknownCriticalExtension));
    // policies are not understood: what insists on them is refused
    for last in [32, 33, 36, 54] {
        assert_eq!(
            with_extension(extension(last, Some(&[0xff]), b"\x30\x00")),
            Err(UnknownCriticalExtension),
            "{last}"
        );
        assert_eq!(with_extension(extension(last, None, b"\x30\x00")), Ok(1), "{last}");
    }
}

#[test]
fn name_constraints_are_taken_that_are_none() {
    let root = authority("root", None, |_| {});
    let issuing = authority("issuing", Some(&root), |_| {});
    let leaf = server(&issuing, |params| {
        let uri = SanType::URI("coaps://a.server.example/".try_into().unwrap());
        params.subject_alt_names.push(uri);
    });
    let anchors = [Anchor::from_certificate(root.der()).unwrap()];
    let with = |value: &[u8]| {
        let node = extension(30, Some(&[0xff]), value);
        let issuing = changed(issuing.der(), root.key(), |parts| extensions(parts).push(node));
        verify(&[&leaf, &issuing], &rules(&anchors))
    };
    let subtrees = |tag: u8, base: &[Node]| {
        let subtrees = base.iter().map(|base| Node::of(0x30, vec![base.clone()])).collect();
        Node::of(0x30, vec![Node::of(tag, subtrees)]).der()
    };
    let uri = |base: &str| Node::new(0x86, base.as_bytes());
    assert_eq!(with(&subtrees(0xa0, &[uri(".server.example")])), Ok(2));
    assert_eq!(with(&subtrees(0xa0, &[uri("a.server.example")])), Ok(2));
    assert_eq!(with(&subtrees(0xa0, &[uri("server.example")])), Err(NameConstraints));
    assert_eq!(with(&subtrees(0xa1, &[uri(".server.example")])), Err(NameConstraints));
    assert_eq!(
        with(&subtrees(0xa0, &[Node::new(0x82, b".server.example")])),
        Err(NameConstraints),
        "a dot before a domain"
    );
    assert_eq!(with(&subtrees(0xa0, &[Node::new(0x82, b"")])), Ok(2), "every domain");
    assert_eq!(with(&subtrees(0xa0, &[Node::new(0x87, &[0; 8])])), Ok(2), "no address is there");
    for bad in [
        &[][..],
        b"\x30\x00",
        b"\x30\x02\xa0\x00",
        b"\x30\x02\xa1\x00",
        b"\x30\x02\xa2\x00",
        b"\x30\x04\xa0\x00\xa1\x00",
        b"\x05\x00",
    ] {
        assert_eq!(with(bad), Err(Malformed), "{bad:02x?}");
    }
    // minimum and maximum (RFC 5280 4.2.1.10)
    let base = || Node::new(0x82, b"server.example");
    for more in [Node::new(0x80, &[1]), Node::new(0x81, &[1])] {
        let subtree = Node::of(0x30, vec![base(), more]);
        let value = Node::of(0x30, vec![Node::of(0xa0, vec![subtree])]).der();
        assert_eq!(with(&value), Err(NameConstraints));
    }
    // a server that constrains others
    let constrains = extension(30, Some(&[0xff]), &subtrees(0xa0, &[base()]));
    assert_eq!(with_extension(constrains), Err(Malformed));
    // a chain that would keep the device busy
    let many: Vec<_> = (0..3000).map(|n| Node::new(0x82, format!("n{n}.example").as_bytes())).collect();
    assert_eq!(with(&subtrees(0xa1, &many)), Ok(2));
    let names = (0..10).map(|n| SanType::DnsName(format!("s{n}.example").try_into().unwrap()));
    let leaf = server(&issuing, |params| params.subject_alt_names.extend(names));
    let node = extension(30, Some(&[0xff]), &subtrees(0xa1, &many));
    let issuing = changed(issuing.der(), root.key(), |parts| extensions(parts).push(node));
    assert_eq!(verify(&[&leaf, &issuing], &rules(&anchors)), Err(TooComplex));
}

/// A root, and a chain below it of two certificates, with what follows the anchor left out.
fn two() -> (Authority, Vec<u8>) {
    let root = authority("root", None, |_| {});
    let issuing = authority("issuing", Some(&root), |_| {});
    let chain = list(&[&server(&issuing, |_| {}), issuing.der()]);
    (root, chain)
}

fn judged(list: &[u8], root: &Authority) -> Result<usize, CertificateError> {
    let anchors = [Anchor::from_certificate(root.der()).unwrap()];
    let mut store = [0; 512];
    judge(list, &rules(&anchors), 4, &mut PeerIdentity::new(&mut store))
}

#[test]
fn a_chain_is_accepted_with_a_byte_changed_or_cut() {
    let seed = 4;
    println!("seed {seed}");
    let mut random = Random::new(seed);
    let (root, chain) = two();
    assert_eq!(judged(&chain, &root), Ok(2));
    let mut errors = std::collections::BTreeMap::<String, usize>::new();
    for at in 0..chain.len() {
        for flip in [0x01, 0x80, random.below(255) as u8 + 1] {
            let mut broken = chain.clone();
            broken[at] ^= flip;
            let error = judged(&broken, &root).expect_err("every byte of these two is signed, or is the signature");
            *errors.entry(format!("{error:?}")).or_default() += 1;
        }
        assert!(judged(&chain[..at], &root).is_err(), "cut at {at}");
    }
    println!("{errors:#?}");
    assert!(errors.len() > 8, "{errors:?}");
}

#[test]
fn an_anchor_with_a_byte_changed_is_a_panic() {
    let (root, chain) = two();
    let der = root.der().to_vec();
    for at in 0..der.len() {
        for flip in [1, 0x80, 0xff] {
            let mut broken = der.clone();
            broken[at] ^= flip;
            if let Ok(anchor) = Anchor::from_certificate(&broken) {
                // what of it makes no anchor is its signature, its serial number, its dates..: then the chain stands
                let mut store = [0; 512];
                let _ = judge(&chain, &rules(&[anchor]), 4, &mut PeerIdentity::new(&mut store));
            }
        }
        assert!(Anchor::from_certificate(&der[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn random_changes_are_accepted_or_a_panic() {
    let seed = std::env::var("STINT_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(2026);
    println!("seed {seed} (STINT_SEED)");
    let mut random = Random::new(seed);
    let (root, chain) = two();
    let other = two().1;
    let mut refused = 0;
    for _ in 0..20_000 {
        let mut broken = chain.clone();
        for _ in 0..=random.below(3) {
            let at = random.below(broken.len() as u64) as usize;
            match random.below(5) {
                0 => broken[at] = random.number() as u8,
                1 => drop(broken.remove(at)),
                2 => broken.insert(at, random.number() as u8),
                3 => {
                    let end = (at + random.below(40) as usize).min(broken.len());
                    drop(broken.drain(at..end));
                }
                _ => {
                    let from = random.below(other.len() as u64) as usize;
                    let end = (from + random.below(60) as usize).min(other.len());
                    drop(broken.splice(at..at, other[from..end].iter().copied()));
                }
            }
        }
        match judged(&broken, &root) {
            // what was put behind the last certificate that is needed is not looked at
            Ok(_) => assert!(broken.starts_with(&chain), "{}", hex::encode(&broken)),
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 19_000, "{refused}");
}

#[test]
fn random_der_of_the_right_shape_is_a_panic() {
    let seed = std::env::var("STINT_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7);
    println!("seed {seed} (STINT_SEED)");
    let mut random = Random::new(seed);
    let root = authority("root", None, |params| params.distinguished_name = DistinguishedName::new());
    let root_named = authority("root", None, |_| {});
    let leaf = server(&root_named, |_| {});
    for _ in 0..2_000 {
        // signed by the anchor, so that what is inside is all looked at
        let broken = changed(&leaf, root_named.key(), |parts| shake(&mut parts[0], &mut random));
        let _ = judged(&list(&[&broken]), &root_named);
        let _ = Anchor::from_certificate(&broken);
    }
    assert_eq!(Anchor::from_certificate(root.der()), Err(Malformed), "a root that is nobody");
}

/// Changes some of the elements below this one.
fn shake(node: &mut Node, random: &mut Random) {
    for part in &mut node.parts {
        match random.below(60) {
            0 => part.tag = random.number() as u8 & !0x1f | (random.below(31) as u8),
            1 => part.bytes = random.bytes(4),
            2 => part.parts.clear(),
            3 => {
                let copy = part.parts.first().cloned();
                part.parts.extend(copy);
            }
            4 if part.tag == 4 => {
                // inside the value of an extension
                let mut inner = Node::of(4, Node::read(&part.bytes));
                shake(&mut inner, random);
                *part = Node::new(4, &inner.contents());
            }
            _ => shake(part, random),
        }
    }
}
