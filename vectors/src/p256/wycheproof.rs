//! Wycheproof: all of its files for P-256.

use super::{Case, Cases, Operation, Verdict, hash, json, number, signature_value, signed, wycheproof_ecdh};
use crate::read::hex;

/// The files of signatures, with the hash as it is called; some are of signatures in IEEE P1363's form.
const HASHES: [(&str, &str, &str); 8] = [
    ("Wycheproof ECDSA SHA-256", "wycheproof/ecdsa_secp256r1_sha256_test.json", "SHA-256"),
    ("Wycheproof ECDSA SHA-256, P1363", "wycheproof/ecdsa_secp256r1_sha256_p1363_test.json", "SHA-256"),
    ("Wycheproof ECDSA SHA-512", "wycheproof/ecdsa_secp256r1_sha512_test.json", "SHA-512"),
    ("Wycheproof ECDSA SHA-512, P1363", "wycheproof/ecdsa_secp256r1_sha512_p1363_test.json", "SHA-512"),
    ("Wycheproof ECDSA SHA3-256", "wycheproof/ecdsa_secp256r1_sha3_256_test.json", "SHA3-256"),
    ("Wycheproof ECDSA SHA3-512", "wycheproof/ecdsa_secp256r1_sha3_512_test.json", "SHA3-512"),
    ("Wycheproof ECDSA SHAKE128", "wycheproof/ecdsa_secp256r1_shake128_test.json", "SHAKE128"),
    ("Wycheproof ECDSA SHAKE128, P1363", "wycheproof/ecdsa_secp256r1_shake128_p1363_test.json", "SHAKE128"),
];

const POINTS: &str = "wycheproof/ecdh_secp256r1_ecpoint_test.json";
const KEYS: &str = "wycheproof/ecdh_secp256r1_test.json";

pub(super) fn sets() -> Vec<Cases> {
    let agreements = [
        ("Wycheproof ECDH, points", POINTS, "secp256r1_ecpoint"),
        ("Wycheproof ECDH, SubjectPublicKeyInfo", KEYS, "secp256r1"),
    ];
    let agreements = agreements.into_iter().map(|(name, path, file)| agreements_of(name, path, file));
    agreements.chain(HASHES.into_iter().map(|(name, file, hash)| signatures(name, file, hash))).collect()
}

fn agreements_of(name: &'static str, path: &'static str, file: &str) -> Cases {
    let why = "a key of another form or curve, which is refused where messages are read";
    let mut set = Cases { name, file: path, why, ..Cases::default() };
    for case in wycheproof_ecdh(file) {
        let valid = case.verdict == Verdict::Valid;
        let Some(peer) = uncompressed(&case.public, file.ends_with("ecpoint")) else {
            // TLS has uncompressed points of the named curve alone (RFC 8422 5.1.2), which are parsed before this.
            assert!(!valid, "{}: another form", case.source);
            set.others += 1;
            continue;
        };
        let scalar = number(&case.private).unwrap_or_else(|| panic!("{}: a long private key", case.source));
        let operation = Operation::Agree { scalar, peer };
        set.cases.push(Case::new(case.source, operation, valid.then_some(&case.shared)));
    }
    set
}

/// SubjectPublicKeyInfo of a point of P-256 as RFC 5480 2 has it, up to the point.
const SPKI_HEAD: &str = "3059301306072a8648ce3d020106082a8648ce3d030107034200";

fn uncompressed(public: &[u8], point: bool) -> Option<Vec<u8>> {
    let head = if point { Vec::new() } else { super::bytes(SPKI_HEAD) };
    public.strip_prefix(&head[..]).filter(|point| point.len() == 65).map(<[u8]>::to_vec)
}

#[derive(serde::Deserialize)]
struct File {
    #[serde(rename = "testGroups")]
    groups: Vec<Group>,
}

#[derive(serde::Deserialize)]
struct Group {
    #[serde(rename = "publicKey")]
    key: Key,
    sha: String,
    tests: Vec<Test>,
}

#[derive(serde::Deserialize)]
struct Key {
    #[serde(deserialize_with = "hex")]
    uncompressed: Vec<u8>,
}

#[derive(serde::Deserialize)]
struct Test {
    #[serde(rename = "tcId")]
    id: u32,
    comment: String,
    result: Verdict,
    #[serde(deserialize_with = "hex")]
    msg: Vec<u8>,
    #[serde(deserialize_with = "hex")]
    sig: Vec<u8>,
}

fn signatures(name: &'static str, file: &'static str, with: &str) -> Cases {
    let why = "not the 64 bytes of two numbers, which no DER can be made of";
    let mut set = Cases { name, file, why, ..Cases::default() };
    let read: File = json(file);
    let p1363 = file.contains("p1363");
    for group in read.groups {
        assert_eq!(group.sha, with, "{file}");
        for test in group.tests {
            let source = format!("{file} {} {}", test.id, test.comment);
            let valid = test.result == Verdict::Valid;
            let key = group.key.uncompressed.clone();
            let signature = match test.sig.split_at_checked(32) {
                Some((r, s)) if p1363 && s.len() == 32 => signature_value(r, s),
                _ if p1363 => {
                    assert!(!valid, "{source}: not of 64 bytes");
                    set.others += 1;
                    continue;
                }
                _ => test.sig,
            };
            let operation = if with == "SHA-256" {
                Operation::Verify { key, message: test.msg, signature }
            } else {
                Operation::VerifyDigest { key, digest: signed(&hash(with, &test.msg)), signature }
            };
            set.cases.push(Case::new(source, operation, valid.then_some(&[])));
        }
    }
    set
}
