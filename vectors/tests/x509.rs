//! Path validation against everything published: a chain that must be refused is accepted, or one that must be accepted is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use ring::signature::{
    ECDSA_P256_SHA384_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};
use std::collections::BTreeMap;
use stint_dtls::CertificateError;
use stint_dtls::crypto::soft::{P256Verifier, Sha256};
use stint_dtls::crypto::{CryptoError, Empty, Hash, PublicKey, Verifier};
use stint_dtls::pki::{Anchor, Clock, PeerIdentity, Purpose, Rules, ServerName, UnixTime, Verification};
use stint_vectors::{Limbo, limbo, pkits};

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
    let list: Vec<u8> =
        chain.iter().flat_map(|der| [&(der.len() as u32).to_be_bytes()[1..], der].concat()).collect();
    let mut verifier = Both(P256Verifier);
    let mut tasks = vec![Task::EMPTY; most];
    let mut store = [0; 4096];
    let mut peer = PeerIdentity::new(&mut store);
    let mut verification = Verification::start(&list, rules, &verifier, &mut Sha256, &mut tasks, &mut peer)?;
    nb::block!(verification.poll(&mut verifier))
}

/// The contents of the next element, and what follows it.
fn element(der: &[u8]) -> (&[u8], &[u8]) {
    let (head, len) = match der[1] {
        len @ 0..=0x7f => (2, usize::from(len)),
        lens => {
            let lens = usize::from(lens & 0x7f);
            (2 + lens, der[2..2 + lens].iter().fold(0, |len, byte| len << 8 | usize::from(*byte)))
        }
    };
    (&der[head..head + len], &der[head + len..])
}

/// Issuer and subject, with case and spaces out of the way: this only says what may follow what.
fn names(certificate: &[u8]) -> [Vec<u8>; 2] {
    let mut rest = element(element(certificate).0).0;
    let mut fields = Vec::new();
    while !rest.is_empty() && fields.len() < 7 {
        if rest[0] != 0xa0 {
            fields.push(element(rest).0);
        }
        rest = element(rest).1;
    }
    // serial, algorithm, issuer, validity, subject; string tags differ in one bit or another
    [fields[2], fields[4]].map(|name| {
        let letters = name.iter().filter(|byte| byte.is_ascii_alphanumeric());
        letters.map(u8::to_ascii_lowercase).collect()
    })
}

/// All orders in which a server might send these, as far as each may have issued the one before: no more than are worth trying.
fn chains<'a>(peer: &'a [u8], intermediates: &'a [Vec<u8>]) -> Vec<Vec<&'a [u8]>> {
    let mut done = Vec::new();
    let mut open = vec![vec![peer]];
    while let Some(chain) = open.pop() {
        let [issuer, _] = names(chain[chain.len() - 1]);
        done.push(chain.clone());
        if chain.len() > 6 || done.len() > 100 {
            continue;
        }
        for next in intermediates.iter().rev().filter(|next| names(next)[1] == issuer && !chain.contains(&next.as_slice())) {
            open.push([chain.as_slice(), &[next]].concat());
        }
    }
    done
}

/// Seconds since 1970, of `2024-03-01T00:00:00.999+00:00`; the fraction is cut off.
fn time(text: &str) -> UnixTime {
    let number = |range: std::ops::Range<usize>| text[range].parse::<u64>().unwrap();
    let (year, month, day) = (number(0..4), number(5..7), number(8..10));
    let leap = |year: u64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let months = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let days = (1970..year).map(|year| 365 + u64::from(leap(year))).sum::<u64>()
        + months[..month as usize - 1].iter().sum::<u64>()
        + day
        - 1;
    UnixTime(days * 86_400 + number(11..13) * 3600 + number(14..16) * 60 + number(17..19))
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

#[test]
fn x509_limbo() {
    let mut wrong = Vec::new();
    let mut errors: BTreeMap<String, usize> = BTreeMap::new();
    for case in limbo() {
        let result = run(&case);
        *errors.entry(format!("{result:?}")).or_default() += 1;
        if result.is_ok() != case.success {
            wrong.push(format!("{} {:?} is {result:?}", case.id, case.features));
        }
    }
    println!("{errors:#?}");
    println!("{}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn pkits_paths() {
    let all = pkits();
    let der = |name: &str| &all.iter().find(|certificate| certificate.name == name).unwrap().der;
    let anchors = [Anchor::from_certificate(der("TrustAnchorRootCertificate")).unwrap()];
    let rules = Rules::new(&anchors, ServerName::Any, Clock::Require(Some(time("2026-11-24T00:00:00"))));
    let authorities: Vec<_> =
        all.iter().filter(|certificate| !certificate.name.ends_with("EE")).map(|certificate| certificate.der.clone()).collect();
    let mut wrong = Vec::new();
    for case in all.iter().filter(|certificate| certificate.name.ends_with("EE")) {
        let results: Vec<_> = chains(&case.der, &authorities).iter().map(|chain| verify(chain, &rules, 6)).collect();
        let result = results.iter().find(|result| result.is_ok()).or(results.last()).copied().unwrap();
        println!("{}: {result:?}", case.name);
        if result.is_ok() != case.name.starts_with("Valid") {
            wrong.push(format!("{} is {result:?}", case.name));
        }
    }
    println!("{}\n{}", wrong.len(), wrong.join("\n"));
}
