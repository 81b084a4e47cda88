//! NIST CAVP, but for P-256: CCM, GCM, SHA, signatures on P-384 and of RSA.

use super::wycheproof::not_ccm;
use super::{Aead, Published, ask, der};
use crate::p256::signature_value;
use crate::{nist_ccm, read};
use std::collections::HashMap;

/// The hashes: their name in a file's, their number in a request, bytes of a digest.
const HASHES: [(&str, u8, usize); 3] = [("SHA256", 2, 32), ("SHA384", 3, 48), ("SHA512", 5, 64)];

pub(super) fn files() -> Vec<Published> {
    let mut files: Vec<Published> = ["DVPT128", "VADT128", "VNT128", "VPT128", "VTT128"].map(ccm).into();
    files.extend(["gcmDecrypt128", "gcmEncryptExtIV128"].map(gcm));
    for hash in HASHES {
        files.extend([digests("ShortMsg", hash), digests("LongMsg", hash), monte_carlo(hash)]);
    }
    files.extend(["SigVer.rsp", "SigGen.txt"].map(p384));
    files.push(rsa());
    files
}

fn ccm(name: &str) -> Published {
    let mut file = Published::new(format!("nist-cavp/{name}.rsp"));
    for case in nist_ccm(name) {
        if let Some(reason) = not_ccm(&case, 16) {
            file.other(reason);
            continue;
        }
        let (request, reply) = Aead::Ccm.ask(&case);
        file.push(case.source, request, reply.as_deref());
    }
    file
}

/// What a file's lines have set when a case ends: lengths, keys and seeds hold until they are given anew.
struct Fields {
    source: String,
    values: HashMap<String, String>,
}

impl Fields {
    fn text(&self, key: &str) -> &str {
        self.values.get(key).unwrap_or_else(|| panic!("{}: no {key}", self.source))
    }

    fn bytes(&self, key: &str) -> Vec<u8> {
        let text = self.text(key);
        let even = if text.len().is_multiple_of(2) { text.to_owned() } else { format!("0{text}") };
        hex::decode(even).unwrap_or_else(|_| panic!("{}: {key} is not hexadecimal", self.source))
    }

    /// A number of `len` bytes, which may be written with fewer or with zeros in front.
    fn number(&self, key: &str, len: usize) -> Vec<u8> {
        let bytes = self.bytes(key);
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let digits = bytes.get(zeros..).unwrap_or_default();
        let missing = len.checked_sub(digits.len()).unwrap_or_else(|| panic!("{}: {key} is too long", self.source));
        [&vec![0; missing][..], digits].concat()
    }
}

/// Reads a file, of whose cases each ends with a line that begins with one of `last`.
fn cases(name: &str, last: &[&str], mut each: impl FnMut(&Fields)) {
    let mut fields = Fields { source: name.to_owned(), values: HashMap::new() };
    let mut count = 0;
    for line in read::text(&format!("nist-cavp/{name}")).lines().filter(|line| !line.starts_with('#')) {
        let line = line.trim_matches(['[', ']']).trim();
        // An empty value has nothing after the sign.
        if let Some((key, value)) = line.split_once(" =") {
            fields.values.insert(key.to_owned(), value.trim().to_owned());
        }
        if last.iter().any(|last| line.starts_with(last)) {
            fields.values.insert("last".to_owned(), line.to_owned());
            fields.source = format!("NIST CAVP {name} case {count}");
            each(&fields);
            count += 1;
        }
    }
    assert!(count > 0, "{name}: no case");
}

fn gcm(name: &str) -> Published {
    let path = format!("gcm/{name}.rsp");
    let mut file = Published::new(format!("nist-cavp/{path}"));
    let last: &[&str] = if name.starts_with("gcmDecrypt") { &["PT =", "FAIL"] } else { &["Tag ="] };
    cases(&path, last, |fields| {
        let valid = fields.text("last") != "FAIL";
        let case = crate::Aead {
            source: fields.source.clone(),
            key: fields.bytes("Key"),
            nonce: fields.bytes("IV"),
            aad: fields.bytes("AAD"),
            plaintext: if valid { fields.bytes("PT") } else { Vec::new() },
            ciphertext: fields.bytes("CT"),
            tag: fields.bytes("Tag"),
            valid,
        };
        let (request, reply) = Aead::Gcm.ask(&case);
        file.push(case.source, request, reply.as_deref());
    });
    file
}

fn digests(kind: &str, (hash, number, _): (&str, u8, usize)) -> Published {
    let path = format!("sha/{hash}{kind}.rsp");
    let mut file = Published::new(format!("nist-cavp/{path}"));
    cases(&path, &["MD ="], |fields| {
        // The length is in bits. An empty message is written as one zero byte.
        let len = fields.text("Len").parse::<usize>().expect("a length") / 8;
        let message = fields.bytes("Msg");
        let message = message.get(..len).unwrap_or_else(|| panic!("{}: Msg is too short", fields.source));
        file.push(fields.source.clone(), ask(7, &[&[number], message]), Some(&fields.bytes("MD")));
    });
    file
}

fn monte_carlo((hash, number, len): (&str, u8, usize)) -> Published {
    let path = format!("sha/{hash}Monte.rsp");
    let mut file = Published::new(format!("nist-cavp/{path}"));
    let mut seed = Vec::new();
    cases(&path, &["MD ="], |fields| {
        // Each round's digest is the next one's seed.
        if seed.is_empty() {
            seed = fields.bytes("Seed");
        }
        assert_eq!(seed.len(), len, "{}", fields.source);
        let digest = fields.bytes("MD");
        file.push(fields.source.clone(), ask(8, &[&[number], &seed]), Some(&digest));
        seed = digest;
    });
    file
}

fn p384(name: &str) -> Published {
    let path = format!("p384/{name}");
    let mut file = Published::new(format!("nist-cavp/{path}"));
    let last = if name.starts_with("SigVer") { "Result =" } else { "S =" };
    cases(&path, &[last], |fields| {
        let valid = last == "S =" || fields.text("Result").starts_with('P');
        let point = [vec![4], fields.number("Qx", 48), fields.number("Qy", 48)].concat();
        let signature = signature_value(&fields.bytes("R"), &fields.bytes("S"));
        let request = ask(11, &[&[5, 3], &der::P384, &point, &fields.bytes("Msg"), &signature]);
        file.push(fields.source.clone(), request, valid.then_some(&[]));
    });
    file
}

fn rsa() -> Published {
    let path = "rsa/SigVer15_186-3.rsp";
    let mut file = Published::new(format!("nist-cavp/{path}"));
    cases(path, &["Result ="], |fields| {
        let len = fields.text("mod").parse::<usize>().expect("a size") / 8;
        let scheme = match fields.text("SHAAlg") {
            "SHA256" => [4, 1],
            "SHA384" => [5, 1],
            "SHA512" => [6, 1],
            other => panic!("{}: {other}", fields.source),
        };
        let key = der::rsa_key(&fields.bytes("n"), &fields.bytes("e"));
        let request = ask(11, &[&scheme, &der::RSA, &key, &fields.bytes("Msg"), &fields.number("S", len)]);
        let valid = fields.text("Result").starts_with('P');
        file.push(fields.source.clone(), request, valid.then_some(&[]));
    });
    file
}
