//! AES-CCM: Wycheproof, NIST CAVP, RFC 3610. AES-GCM and ChaCha20-Poly1305: Wycheproof.

use crate::read::{hex, json, text};
use std::collections::HashMap;

/// One case of an AEAD.
#[derive(Clone, Debug)]
pub struct Aead {
    /// Which one: the file and its own number.
    pub source: String,
    /// The key, 16 bytes or more.
    pub key: Vec<u8>,
    /// The nonce.
    pub nonce: Vec<u8>,
    /// The associated data.
    pub aad: Vec<u8>,
    /// The plaintext; of a case that must not open, what it would have been, where the source tells.
    pub plaintext: Vec<u8>,
    /// The ciphertext without the tag.
    pub ciphertext: Vec<u8>,
    /// The tag.
    pub tag: Vec<u8>,
    /// Whether it must open.
    pub valid: bool,
}

/// Wycheproof's `aes_ccm_test.json`, of all key, nonce and tag lengths.
#[must_use]
pub fn wycheproof_ccm() -> Vec<Aead> {
    wycheproof("aes_ccm")
}

/// Wycheproof's `aes_gcm_test.json`, of all key and nonce lengths.
#[must_use]
pub fn wycheproof_gcm() -> Vec<Aead> {
    wycheproof("aes_gcm")
}

/// Wycheproof's `chacha20_poly1305_test.json`, of all nonce lengths.
#[must_use]
pub fn wycheproof_chacha20_poly1305() -> Vec<Aead> {
    wycheproof("chacha20_poly1305")
}

fn wycheproof(name: &str) -> Vec<Aead> {
    #[derive(serde::Deserialize)]
    struct File {
        #[serde(rename = "testGroups")]
        groups: Vec<Group>,
    }
    #[derive(serde::Deserialize)]
    struct Group {
        tests: Vec<Test>,
    }
    #[derive(serde::Deserialize)]
    struct Test {
        #[serde(rename = "tcId")]
        id: u32,
        comment: String,
        result: String,
        #[serde(deserialize_with = "hex")]
        key: Vec<u8>,
        #[serde(deserialize_with = "hex")]
        iv: Vec<u8>,
        #[serde(deserialize_with = "hex")]
        aad: Vec<u8>,
        #[serde(deserialize_with = "hex")]
        msg: Vec<u8>,
        #[serde(deserialize_with = "hex")]
        ct: Vec<u8>,
        #[serde(deserialize_with = "hex")]
        tag: Vec<u8>,
    }
    let file: File = json(&format!("wycheproof/{name}_test.json"));
    let tests = file.groups.into_iter().flat_map(|group| group.tests);
    tests
        .map(|test| Aead {
            source: format!("Wycheproof {name} {} {}", test.id, test.comment),
            key: test.key,
            nonce: test.iv,
            aad: test.aad,
            plaintext: test.msg,
            ciphertext: test.ct,
            tag: test.tag,
            valid: match test.result.as_str() {
                // "acceptable" is for what CCM allows and nobody should use, such as a tag of 4 bytes.
                "valid" | "acceptable" => true,
                "invalid" => false,
                other => panic!("Wycheproof {name} {}: result {other:?}", test.id),
            },
        })
        .collect()
}

/// The packet vectors of RFC 3610 8: nonces of 13 bytes, tags of 8 and 10.
#[must_use]
pub fn rfc3610() -> Vec<Aead> {
    #[derive(serde::Deserialize)]
    struct Vector {
        vector: u32,
        #[serde(deserialize_with = "hex")]
        key: Vec<u8>,
        #[serde(deserialize_with = "hex")]
        nonce: Vec<u8>,
        #[serde(deserialize_with = "hex")]
        aad: Vec<u8>,
        #[serde(deserialize_with = "hex")]
        plaintext: Vec<u8>,
        #[serde(deserialize_with = "hex")]
        sealed: Vec<u8>,
    }
    let vectors: Vec<Vector> = json("rfc/rfc3610.json");
    let case = |v: Vector| {
        let (ciphertext, tag) =
            v.sealed.split_at_checked(v.plaintext.len()).expect("a ciphertext as long as the plaintext");
        Aead {
            source: format!("RFC 3610 packet vector {}", v.vector),
            key: v.key,
            nonce: v.nonce,
            aad: v.aad,
            plaintext: v.plaintext,
            ciphertext: ciphertext.to_vec(),
            tag: tag.to_vec(),
            valid: true,
        }
    };
    vectors.into_iter().map(case).collect()
}

/// One of NIST CAVP's CCM files for AES-128 (`DVPT128`, `VADT128`, `VNT128`, `VPT128`, `VTT128`): nonces of 7 to 13 bytes, tags of 4 to 16, and messages to
/// be refused (DVPT).
#[must_use]
pub fn nist_ccm(name: &str) -> Vec<Aead> {
    // Lengths and keys hold for all cases below them, until they are given anew; a case ends with its Payload and CT, or with its Result.
    let mut fields: HashMap<String, String> = HashMap::new();
    let mut cases = Vec::new();
    for line in text(&format!("nist-cavp/{name}.rsp")).lines() {
        if line.starts_with('#') {
            continue;
        }
        for field in line.trim_matches(['[', ']', '\r']).split(", ") {
            let Some((key, value)) = field.split_once(" = ") else { continue };
            if key == "Count" {
                ["Payload", "Result"].iter().for_each(|old| drop(fields.remove(*old)));
            }
            fields.insert(key.to_owned(), value.to_owned());
            let last = if name.starts_with("DVPT") {
                key == "Payload" || (key == "Result" && value.starts_with("Fail"))
            } else {
                key == "CT"
            };
            if last {
                cases.push(nist_case(name, &fields));
            }
        }
    }
    cases
}

fn nist_case(name: &str, fields: &HashMap<String, String>) -> Aead {
    let field = |key: &str| fields.get(key).unwrap_or_else(|| panic!("{name}: no {key}")).as_str();
    let len = |key: &str| field(key).parse::<usize>().unwrap_or_else(|_| panic!("{name}: {key} is no number"));
    // An empty string is written as one zero byte, of length 0.
    let bytes = |key: &str, len: usize| {
        let all = hex::decode(field(key)).unwrap_or_else(|_| panic!("{name}: {key} is not hexadecimal"));
        all.get(..len).unwrap_or_else(|| panic!("{name}: {key} is too short")).to_vec()
    };
    let (plain_len, tag_len) = (len("Plen"), len("Tlen"));
    let sealed = bytes("CT", plain_len.saturating_add(tag_len));
    let (ciphertext, tag) = sealed.split_at_checked(plain_len).expect("a sum is not less than its part");
    let valid = fields.get("Result").is_none_or(|result| result.starts_with("Pass"));
    Aead {
        source: format!("NIST {name} Count {} Nlen {} Tlen {tag_len}", field("Count"), field("Nlen")),
        key: bytes("Key", 16),
        nonce: bytes("Nonce", len("Nlen")),
        aad: bytes("Adata", len("Alen")),
        plaintext: if valid { bytes("Payload", plain_len) } else { Vec::new() },
        ciphertext: ciphertext.to_vec(),
        tag: tag.to_vec(),
        valid,
    }
}
