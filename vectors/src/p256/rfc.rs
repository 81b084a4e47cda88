//! RFC 5903 8.1, RFC 6979 A.2.5, RFC 4754 8.1.

use super::{Case, Cases, GENERATOR, Operation, bytes, hash, json, number, signature_value, signed};
use crate::read::hex;

const FILE: &str = "rfc/p256.json";

#[derive(serde::Deserialize)]
struct File {
    keys: Vec<Key>,
    agreements: Vec<Agreement>,
    signatures: Vec<Signature>,
}

#[derive(serde::Deserialize)]
struct Key {
    source: String,
    #[serde(deserialize_with = "hex")]
    private: Vec<u8>,
    #[serde(deserialize_with = "hex")]
    public: Vec<u8>,
}

#[derive(serde::Deserialize)]
struct Agreement {
    source: String,
    one: String,
    other: String,
    #[serde(deserialize_with = "hex")]
    shared: Vec<u8>,
}

#[derive(serde::Deserialize)]
struct Signature {
    source: String,
    hash: String,
    message: String,
    #[serde(deserialize_with = "hex")]
    nonce: Vec<u8>,
    #[serde(deserialize_with = "hex")]
    r: Vec<u8>,
    #[serde(deserialize_with = "hex")]
    s: Vec<u8>,
}

pub(super) fn sets() -> Vec<Cases> {
    let file: File = json(FILE);
    let key = |source: &str| file.keys.iter().find(|key| key.source == source).expect("a key of that name");
    let mut keys =
        Cases { name: "RFC 5903 8.1, 6979 A.2.5, 4754 8.1: keys and agreements", file: FILE, ..Cases::default() };
    for key in &file.keys {
        let scalar = number(&key.private).expect("32 bytes");
        keys.cases.push(Case::new(key.source.clone(), Operation::Key { scalar }, Some(&key.public)));
    }
    for case in &file.agreements {
        for (own, peer) in [(&case.one, &case.other), (&case.other, &case.one)] {
            let scalar = number(&key(own).private).expect("32 bytes");
            let operation = Operation::Agree { scalar, peer: key(peer).public.clone() };
            keys.cases.push(Case::new(case.source.clone(), operation, Some(&case.shared)));
        }
    }
    let mut signatures = Cases { name: "RFC 6979 A.2.5, 4754 8.1: signatures", file: FILE, ..Cases::default() };
    for case in &file.signatures {
        let source = format!("{} {} {}", case.source, case.hash, case.message);
        let key = key(&case.source);
        let digest = signed(&hash(&case.hash, case.message.as_bytes()));
        let nonce = Operation::Agree { scalar: number(&case.nonce).expect("32 bytes"), peer: bytes(GENERATOR) };
        signatures.cases.push(Case::new(format!("{source}: nonce"), nonce, Some(&case.r)));
        let signature = signature_value(&case.r, &case.s);
        let verify = Operation::VerifyDigest { key: key.public.clone(), digest, signature };
        signatures.cases.push(Case::new(source.clone(), verify, Some(&[])));
        // The nonces of RFC 6979 come from the hash of the signature; RFC 4754's are random.
        if case.hash == "SHA-256" && case.source.starts_with("RFC 6979") {
            let sign = Operation::Sign { private: number(&key.private).expect("32 bytes"), digest };
            signatures.cases.push(Case::new(source, sign, Some(&[&case.r[..], &case.s].concat())));
        }
    }
    vec![keys, signatures]
}
