//! Path validation against everything published: a chain that must be refused is accepted, or one that must be accepted is refused.
use ring::signature::{
    ECDSA_P256_SHA384_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};
use stint_dtls::CertificateError::{
    self, Algorithm, BadSignature, CaAsLeaf, Expired, ExtendedKeyUsage, KeyUsage, Malformed, NotYetValid,
    UnknownCriticalExtension, UnknownIssuer, WrongName,
};
use stint_dtls::crypto::soft::{P256Verifier, Sha256};
use stint_dtls::crypto::{CryptoError, Empty, Hash, PublicKey, Verifier};
use stint_dtls::pki::{Anchor, Clock, PeerIdentity, Purpose, Rules, ServerName, UnixTime, Verification};
use stint_vectors::{LIMBO, Limbo, PKITS, Reasons, certificates, chains, limbo, pkits, seconds};

/// What looks at the errors too, with signatures of all kinds verified.
pub(crate) const TRIALS: [(&str, fn()); 6] = [
    ("a_path_of_limbo_is_judged_otherwise", x509_limbo),
    ("a_path_of_pkits_is_judged_otherwise", pkits_paths),
    ("a_constraint_holds_only_where_the_name_is_asked_for", a_constraint_holds_only_where_the_name_is_asked_for),
    ("a_certificate_is_read_that_is_none", a_certificate_is_read_that_is_none),
    ("a_chain_of_mbed_tls_is_judged_otherwise", a_chain_of_mbed_tls_is_judged_otherwise),
    ("a_chain_of_webpki_is_judged_otherwise", the_chains_of_webpki_are_judged_otherwise),
];

/// Ours where it is P-256 with SHA-256; everything else by another implementation, since what is asked for here is the rules on paths.
struct Both(P256Verifier);

#[derive(Clone)]
enum Task {
    Ours(<P256Verifier as Verifier>::Task),
    Theirs { algorithm: &'static dyn VerificationAlgorithm, key: Vec<u8>, message: Vec<u8>, signature: Vec<u8> },
}

impl Empty for Task {
    const EMPTY: Self = Self::Ours(Empty::EMPTY);
}

impl Verifier for Both {
    type Task = Task;
    const COUNT: usize = 5;

    fn scheme(index: usize) -> Option<u16> {
        [0x0403, 0x0503, 0x0401, 0x0501, 0x0601].get(index).copied()
    }

    fn task<H: Hash>(
        &self,
        hash: &mut H,
        scheme: u16,
        message: &[&[u8]],
        signature: &[u8],
        key: &PublicKey<'_>,
        task: &mut Task,
    ) -> bool {
        let p384 = key.algorithm.ends_with(b"\x2b\x81\x04\x00\x22");
        let rsa = key.algorithm.ends_with(b"\x01\x01\x01\x05\x00");
        let algorithm: &dyn VerificationAlgorithm = match scheme {
            0x0403 if p384 => &ECDSA_P384_SHA256_ASN1,
            0x0503 if p384 => &ECDSA_P384_SHA384_ASN1,
            0x0503 if !rsa => &ECDSA_P256_SHA384_ASN1,
            0x0401 if rsa => &RSA_PKCS1_2048_8192_SHA256,
            0x0501 if rsa => &RSA_PKCS1_2048_8192_SHA384,
            0x0601 if rsa => &RSA_PKCS1_2048_8192_SHA512,
            0x0403 => {
                let mut ours = Empty::EMPTY;
                let taken = self.0.task(hash, scheme, message, signature, key, &mut ours);
                *task = Task::Ours(ours);
                return taken;
            }
            _ => return false,
        };
        let (message, signature) = (message.concat(), signature.to_vec());
        *task = Task::Theirs { algorithm, key: key.bits.to_vec(), message, signature };
        true
    }

    fn verify(&mut self, task: &Task) -> nb::Result<bool, CryptoError> {
        match task {
            Task::Ours(task) => self.0.verify(task),
            Task::Theirs { algorithm, key, message, signature } => {
                Ok(UnparsedPublicKey::new(*algorithm, key).verify(message, signature).is_ok())
            }
        }
    }
}

fn verify(chain: &[&[u8]], rules: &Rules<'_>, most: usize) -> Result<(), CertificateError> {
    let list: Vec<u8> = chain.iter().flat_map(|der| [&(der.len() as u32).to_be_bytes()[1..], der].concat()).collect();
    let mut verifier = Both(P256Verifier);
    let mut tasks = vec![Task::EMPTY; most];
    let mut store = [0; 4096];
    let mut peer = PeerIdentity::new(&mut store);
    let mut verification = Verification::start(&list, rules, &verifier, &mut Sha256, &mut tasks, &mut peer)?;
    nb::block!(verification.poll(&mut verifier))
}

/// The same time.
fn time(text: &str) -> UnixTime {
    UnixTime(seconds(text))
}

fn run(case: &Limbo) -> Result<(), CertificateError> {
    // one that cannot be read is not trusted
    let anchors: Vec<_> = case.trusted.iter().filter_map(|der| Anchor::from_certificate(der).ok()).collect();
    let name = case.name.as_ref().map_or(ServerName::Any, |name| match name.kind.as_str() {
        "DNS" => ServerName::Dns(&name.value),
        "IP" => ServerName::Ip(match name.value.parse().unwrap() {
            std::net::IpAddr::V4(address) => address.octets().to_vec().leak(),
            std::net::IpAddr::V6(address) => address.octets().to_vec().leak(),
        }),
        other => panic!("{other}"),
    });
    let now = time(case.time.as_deref().unwrap_or("2025-01-01T00:00:00"));
    let mut rules = Rules::new(&anchors, name, Clock::Require(Some(now)));
    rules.wildcards = true;
    if case.kind == "CLIENT" {
        rules.purpose = Purpose::CLIENT_AUTH;
    }
    let most = case.max_chain_depth.map_or(6, |depth| usize::from(depth) + 1);
    let tried = chains(&case.peer, &case.intermediates);
    let results: Vec<_> = tried.iter().map(|chain| verify(chain, &rules, most)).collect();
    // what the longest chain meets says most
    results.iter().find(|result| result.is_ok()).or(results.last()).copied().unwrap()
}

/// Counts what was expected against what came, prints it, and stops where they differ without a reason, or a reason without a difference.
fn compare<'a>(
    set: &str,
    results: impl IntoIterator<Item = (&'a str, bool, Result<(), CertificateError>)>,
    reasons: Reasons,
    sums: [usize; 4],
) {
    let (mut wrong, mut counts) = (Vec::new(), [0usize; 4]);
    for (name, expected, result) in results {
        let reason = reasons.iter().find(|(_, names)| names.contains(&name));
        counts[match (expected, result.is_ok()) {
            (true, true) => 0,
            (false, false) => 1,
            (false, true) => 2,
            (true, false) => 3,
        }] += 1;
        if (result.is_ok() != expected) != reason.is_some() {
            wrong.push(format!("{name} is {result:?}, {reason:?}"));
        }
    }
    assert!(wrong.is_empty(), "{set}:\n{}", wrong.join("\n"));
    assert_eq!(counts, sums, "{set}");
    assert_eq!(counts[2] + counts[3], reasons.iter().map(|(_, names)| names.len()).sum::<usize>(), "{set}");
}

fn x509_limbo() {
    let cases = limbo();
    let results = cases.iter().map(|case| (case.id.as_str(), case.success, run(case)));
    compare("x509-limbo", results, LIMBO, [41, 104, 41, 8]);
}

/// Some of limbo's chains have another name than the one asked for besides breaking a constraint: the constraint alone must do.
fn a_constraint_holds_only_where_the_name_is_asked_for() {
    let mut count = 0;
    for mut case in limbo().into_iter().filter(|case| case.id.starts_with("rfc5280::nc::") && !case.success) {
        if LIMBO.iter().any(|(_, names)| names.contains(&case.id.as_str())) {
            continue;
        }
        case.name = None;
        let result = run(&case);
        assert!(matches!(result, Err(CertificateError::NameConstraints | Malformed)), "{} is {result:?}", case.id);
        count += 1;
    }
    assert_eq!(count, 31);
}

fn pkits_paths() {
    let all = pkits();
    let der = |name: &str| &all.iter().find(|certificate| certificate.name == name).unwrap().der;
    let anchors = [Anchor::from_certificate(der("TrustAnchorRootCertificate")).unwrap()];
    let rules = Rules::new(&anchors, ServerName::Any, Clock::Require(Some(time("2026-11-24T00:00:00"))));
    let authorities: Vec<_> = all
        .iter()
        .filter(|certificate| !certificate.name.ends_with("EE"))
        .map(|certificate| certificate.der.clone())
        .collect();
    let cases = all.iter().filter(|certificate| certificate.name.ends_with("EE"));
    let results = cases.map(|case| {
        let results: Vec<_> = chains(&case.der, &authorities).iter().map(|chain| verify(chain, &rules, 6)).collect();
        let result = results.iter().find(|result| result.is_ok()).or(results.last()).copied().unwrap();
        (case.name.as_str(), case.name.starts_with("Valid"), result)
    });
    compare("PKITS", results, PKITS, [38, 45, 6, 8]);
}

/// Files whose certificates are not to be read. `issuer_tag2` is: nobody looks into authorityCertIssuer.
const UNREADABLE: &[(&str, CertificateError)] = &[
    ("mbedtls/authorityKeyId_subjectKeyId_issuer_tag1_malformed.crt.der", Malformed),
    ("mbedtls/authorityKeyId_subjectKeyId_keyid_tag_len_malformed.crt.der", Malformed),
    ("mbedtls/authorityKeyId_subjectKeyId_keyid_tag_malformed.crt.der", Malformed),
    ("mbedtls/authorityKeyId_subjectKeyId_length_malformed.crt.der", Malformed),
    ("mbedtls/authorityKeyId_subjectKeyId_sequence_tag_malformed.crt.der", Malformed),
    ("mbedtls/authorityKeyId_subjectKeyId_sn_len_malformed.crt.der", Malformed),
    ("mbedtls/authorityKeyId_subjectKeyId_sn_tag_malformed.crt.der", Malformed),
    ("mbedtls/authorityKeyId_subjectKeyId_tag_len_malformed.crt.der", Malformed),
    ("mbedtls/authorityKeyId_subjectKeyId_tag_malformed.crt.der", Malformed),
    ("mbedtls/cert_v1_with_ext.crt", Malformed),
    ("mbedtls/clusterfuzz-testcase-minimized-fuzz_x509crt-6666050834661376.crt.der", Malformed),
    ("mbedtls/server5-der1a.crt", Malformed),
    ("mbedtls/server5-der1b.crt", Malformed),
    ("mbedtls/server5-der2.crt", Malformed),
    ("mbedtls/server5-der4.crt", Malformed),
    ("mbedtls/server5-der8.crt", Malformed),
    ("mbedtls/server5-der9.crt", Malformed),
    ("mbedtls/server5-tricky-ip-san-malformed-len.crt.der", Malformed),
    ("webpki/cert_with_empty_extensions.der", Malformed),
    ("webpki/critical_extensions/ee-cert-crit-unknown-ext.der", UnknownCriticalExtension),
    // 21 bytes
    ("webpki/misc/serial_large_positive.der", Malformed),
];

fn a_certificate_is_read_that_is_none() {
    let all = certificates();
    let ders = all.iter().flat_map(|file| file.chain.iter().map(|der| (file.name.as_str(), der)));
    let unreadable: Vec<_> =
        ders.clone().filter_map(|(name, der)| Some((name, Anchor::from_certificate(der).err()?))).collect();
    assert_eq!(unreadable, UNREADABLE);
}

/// Chains for `localhost` below a P-384 and an RSA root; the names of the files say what is wrong with them.
const MBED_TLS: &[(&str, Result<(), CertificateError>)] = &[
    ("server5.crt", Ok(())),
    ("server5-der0.crt", Ok(())),
    ("server5-sha384.crt", Ok(())),
    ("server6.crt", Ok(())),
    ("server7_int-ca.crt", Ok(())),
    ("server7_int-ca_ca2.crt", Ok(())),
    ("server5-badsign.crt", Err(BadSignature)),
    ("server7-badsign.crt", Err(BadSignature)),
    ("server5-expired.crt", Err(Expired)),
    ("server7-expired.crt", Err(Expired)),
    ("server7_int-ca-exp.crt", Err(Expired)),
    ("server5-future.crt", Err(NotYetValid)),
    ("server7-future.crt", Err(NotYetValid)),
    ("server5-sha1.crt", Err(Algorithm)),
    ("server5-sha224.crt", Err(Algorithm)),
    ("server5-sha512.crt", Err(Algorithm)),
    ("server5.ku-ka.crt", Err(KeyUsage)),
    ("server5.ku-ke.crt", Err(KeyUsage)),
    ("server5.eku-cli.crt", Err(ExtendedKeyUsage)),
    ("server5.eku-cs.crt", Err(ExtendedKeyUsage)),
    ("server5.eku-cs_any.crt", Err(ExtendedKeyUsage)),
    ("server1.key_ext_usages.crt", Err(ExtendedKeyUsage)),
    // signed with SHA-1; what they may be used for is not what they are refused for
    ("server5.ku-ds.crt", Err(Algorithm)),
    ("server5.eku-srv.crt", Err(Algorithm)),
    ("server5.eku-srv_cli.crt", Err(Algorithm)),
    ("server10.crt", Err(Algorithm)),
    ("server10_int3_int-ca2.crt", Err(Algorithm)),
    ("server5-ss-expired.crt", Err(CaAsLeaf)),
    ("server5-ss-forgeca.crt", Err(CaAsLeaf)),
    ("server5-selfsigned.crt", Err(WrongName)),
    ("server6-ss-child.crt", Err(WrongName)),
    ("server5-tricky-ip-san.crt.der", Err(WrongName)),
    ("server1.allSubjectAltNames.crt", Err(WrongName)),
    ("server7.crt", Err(UnknownIssuer)),
    ("server7_spurious_int-ca.crt", Err(UnknownIssuer)),
];

fn a_chain_of_mbed_tls_is_judged_otherwise() {
    let all = certificates();
    let file = |name: &str| &all.iter().find(|file| file.name == format!("mbedtls/{name}")).unwrap().chain;
    let anchors = ["test-ca2.crt", "test-ca.crt"].map(|name| Anchor::from_certificate(&file(name)[0]).unwrap());
    let mut rules =
        Rules::new(&anchors, ServerName::Dns("localhost"), Clock::Require(Some(time("2026-11-24T00:00:00"))));
    // the older ones of these have the server's name there
    rules.common_name_fallback = true;
    for (name, expected) in MBED_TLS {
        let chain: Vec<&[u8]> = file(name).iter().map(Vec::as_slice).collect();
        assert_eq!(verify(&chain, &rules, 6), *expected, "{name}");
    }
    rules.any_extended_key_usage = true;
    let chain = &file("server5.eku-cs_any.crt")[0];
    assert_eq!(verify(&[chain], &rules, 6), Err(Algorithm), "any purpose, but SHA-1");
}

fn the_chains_of_webpki_are_judged_otherwise() {
    let all = certificates();
    let file = |name: &str| &all.iter().find(|file| file.name == format!("webpki/{name}.der")).unwrap().chain[0];
    let at = Clock::Skip;
    let root = [Anchor::from_certificate(file("critical_extensions/root-cert")).unwrap()];
    let (ca, good) = (file("critical_extensions/ca-cert"), file("critical_extensions/ee-cert-noncrit-unknown-ext"));
    let bad = file("critical_extensions/ee-cert-crit-unknown-ext");
    assert_eq!(verify(&[good, ca], &Rules::new(&root, ServerName::Any, at), 6), Ok(()));
    assert_eq!(verify(&[good], &Rules::new(&root, ServerName::Any, at), 6), Err(UnknownIssuer));
    assert_eq!(verify(&[bad, ca], &Rules::new(&root, ServerName::Any, at), 6), Err(UnknownCriticalExtension));
    for (name, server, client) in [("both_ekus", Ok(()), Ok(())), ("no_eku", Ok(()), Ok(()))] {
        let name = format!("custom_ekus/cert_with_{name}_accepted_for_client_auth");
        let anchor = [Anchor::from_certificate(file(&format!("{name}.ca"))).unwrap()];
        let mut rules = Rules::new(&anchor, ServerName::Any, at);
        assert_eq!(verify(&[file(&format!("{name}.ee"))], &rules, 6), server, "{name}");
        rules.purpose = Purpose::CLIENT_AUTH;
        assert_eq!(verify(&[file(&format!("{name}.ee"))], &rules, 6), client, "{name}");
    }
    // ISO 18013-5's purpose, and no other
    let anchor = [Anchor::from_certificate(file("misc/mdoc_eku.ca")).unwrap()];
    assert_eq!(
        verify(&[file("misc/mdoc_eku.ee")], &Rules::new(&anchor, ServerName::Any, at), 6),
        Err(ExtendedKeyUsage)
    );
    let anchor = [Anchor::from_certificate(file("misc/serial_neg_ca")).unwrap()];
    assert_eq!(verify(&[file("misc/serial_neg_ee")], &Rules::new(&anchor, ServerName::Any, at), 6), Ok(()));
}
