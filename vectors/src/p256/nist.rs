//! NIST CAVP for FIPS 186-3 and SP 800-56A: the sections for P-256.

use super::{Case, Cases, GENERATOR, Operation, bytes, hash, number, point, signature_value, signed, text};
use std::collections::HashMap;

/// A record of a file: what stands in a section until a blank line.
struct Record {
    source: String,
    /// The section's hash, where it has one.
    hash: String,
    fields: HashMap<String, String>,
}

impl Record {
    fn bytes(&self, key: &str) -> Vec<u8> {
        bytes(self.fields.get(key).unwrap_or_else(|| panic!("{}: no {key}", self.source)))
    }

    fn number(&self, key: &str) -> [u8; 32] {
        number(&self.bytes(key)).unwrap_or_else(|| panic!("{}: {key} is too long", self.source))
    }

    fn point(&self, x: &str, y: &str) -> Vec<u8> {
        point(&self.bytes(x), &self.bytes(y))
    }

    /// What stands after `Result = `: whether it passes, and the number of the reason.
    fn result(&self) -> (bool, u8) {
        let result = self.fields.get("Result").unwrap_or_else(|| panic!("{}: no Result", self.source));
        let reason = result.split(['(', ' ', ')']).find_map(|word| word.parse().ok());
        (result.starts_with('P'), reason.unwrap_or_else(|| panic!("{}: {result}", self.source)))
    }
}

fn records(name: &str) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::new();
    let (mut hash, mut open) = (String::new(), false);
    for line in text(&format!("nist-cavp/p256/{name}")).lines() {
        if let Some(section) = line.strip_prefix('[') {
            let known = section.trim_end_matches(']').split([',', ' ']).next_back().unwrap_or_default();
            hash = known.replace("SHA-", "SHA").replace("SHA", "SHA-");
        }
        let field = line.split_once(" = ").filter(|(key, _)| !line.starts_with(['#', '[']) && *key != "N");
        let Some((key, value)) = field else {
            open &= !line.trim().is_empty();
            continue;
        };
        if !open {
            let source = format!("NIST CAVP {name} record {}", records.len());
            records.push(Record { source, hash: hash.clone(), fields: HashMap::new() });
            open = true;
        }
        let record = records.last_mut().expect("one was opened");
        record.fields.insert(key.trim().to_owned(), value.trim().to_owned());
    }
    records
}

pub(super) fn sets() -> Vec<Cases> {
    let mut sets = vec![key_pairs(), public_keys(), generated(), verified()];
    sets.extend(AGREEMENTS.map(|(name, file)| agreements(name, file)));
    sets
}

fn key_pairs() -> Cases {
    let case = |record: Record| {
        let operation = Operation::Key { scalar: record.number("d") };
        Case::new(record.source.clone(), operation, Some(&record.point("Qx", "Qy")))
    };
    let cases = records("KeyPair.rsp").into_iter().map(case).collect();
    set("NIST CAVP ECDSA KeyPair", "nist-cavp/p256/KeyPair.rsp", cases)
}

/// A key that is validated: with a private key of 1 the shared secret is its x coordinate.
fn public_keys() -> Cases {
    let case = |record: Record| {
        let operation = Operation::Agree { scalar: signed(&[1]), peer: record.point("Qx", "Qy") };
        let x = record.bytes("Qx");
        Case::new(record.source.clone(), operation, record.result().0.then_some(&x))
    };
    let cases = records("PKV.rsp").into_iter().map(case).collect();
    set("NIST CAVP ECDSA PKV", "nist-cavp/p256/PKV.rsp", cases)
}

fn generated() -> Cases {
    let mut set = set("NIST CAVP ECDSA SigGen", "nist-cavp/p256/SigGen.txt", Vec::new());
    for record in records("SigGen.txt") {
        let key = record.point("Qx", "Qy");
        let own = Operation::Key { scalar: record.number("d") };
        set.cases.push(Case::new(format!("{}: key", record.source), own, Some(&key)));
        let nonce = Operation::Agree { scalar: record.number("k"), peer: bytes(GENERATOR) };
        set.cases.push(Case::new(format!("{}: nonce", record.source), nonce, Some(&record.number("R"))));
        set.cases.push(Case::new(record.source.clone(), signature(&record, key), Some(&[])));
    }
    set
}

fn verified() -> Cases {
    let case = |record: Record| {
        let output: Option<&[u8]> = record.result().0.then_some(&[]);
        Case::new(record.source.clone(), signature(&record, record.point("Qx", "Qy")), output)
    };
    let cases = records("SigVer.rsp").into_iter().map(case).collect();
    set("NIST CAVP ECDSA SigVer", "nist-cavp/p256/SigVer.rsp", cases)
}

fn signature(record: &Record, key: Vec<u8>) -> Operation {
    let message = record.bytes("Msg");
    let signature = signature_value(&record.bytes("R"), &record.bytes("S"));
    if record.hash == "SHA-256" {
        return Operation::Verify { key, message, signature };
    }
    Operation::VerifyDigest { key, digest: signed(&hash(&record.hash, &message)), signature }
}

/// The sets of agreements, and their files.
const AGREEMENTS: [(&str, &str); 4] = [
    ("NIST CAVP ECC CDH, Z, initiator", "nist-cavp/p256/KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_init.fax"),
    ("NIST CAVP ECC CDH, Z, responder", "nist-cavp/p256/KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_resp.fax"),
    ("NIST CAVP ECC CDH, keys, initiator", "nist-cavp/p256/KASValidityTest_ECCStaticUnified_KDFConcat_NOKC_init.fax"),
    ("NIST CAVP ECC CDH, keys, responder", "nist-cavp/p256/KASValidityTest_ECCStaticUnified_KDFConcat_NOKC_resp.fax"),
];

/// Static unified, both sides. What fails behind the shared secret (its confirmation, the keys made of it) is no matter of the curve; Z is right there.
fn agreements(name: &'static str, file: &'static str) -> Cases {
    let mut set = set(name, file, Vec::new());
    set.why = "a private key that is not the public one's, or a changed Z: no operation shows it";
    for record in records(file.trim_start_matches("nist-cavp/p256/")) {
        let (z, result) = (record.number("Z"), record.result());
        let own = |whose: &str| record.number(&format!("ds{whose}"));
        let public = |whose: &str| record.point(&format!("Qs{whose}x"), &format!("Qs{whose}y"));
        let agree = |one: &str, other: &str| Operation::Agree { scalar: own(one), peer: public(other) };
        let mut push = |operation, output: Option<&[u8]>| {
            set.cases.push(Case::new(record.source.clone(), operation, output));
        };
        match result {
            (true, _) | (false, 9..) => {
                push(agree("IUT", "CAVS"), Some(&z));
                push(agree("CAVS", "IUT"), Some(&z));
            }
            (false, 1 | 2) => push(agree("IUT", "CAVS"), None),
            (false, 5 | 6) => push(agree("CAVS", "IUT"), None),
            (false, _) => set.others += 1,
        }
    }
    set
}

fn set(name: &'static str, file: &'static str, cases: Vec<Case>) -> Cases {
    Cases { name, file, cases, ..Cases::default() }
}
