//! HMAC-SHA-256 and the PRF of TLS 1.2.

use crate::read::{hex, json};

/// One case of HMAC-SHA-256.
#[derive(Clone, Debug)]
pub struct Mac {
    /// Which one: the file and its own number.
    pub source: String,
    /// The key.
    pub key: Vec<u8>,
    /// The message.
    pub data: Vec<u8>,
    /// The MAC, truncated in some.
    pub mac: Vec<u8>,
    /// Whether it is the message's MAC.
    pub valid: bool,
}

/// The test cases of RFC 4231 4.
#[must_use]
pub fn rfc4231() -> Vec<Mac> {
    #[derive(serde::Deserialize)]
    struct Case {
        case: u32,
        #[serde(deserialize_with = "hex")]
        key: Vec<u8>,
        #[serde(deserialize_with = "hex")]
        data: Vec<u8>,
        #[serde(deserialize_with = "hex")]
        mac: Vec<u8>,
    }
    let cases: Vec<Case> = json("rfc/rfc4231.json");
    cases
        .into_iter()
        .map(|case| Mac {
            source: format!("RFC 4231 case {}", case.case),
            key: case.key,
            data: case.data,
            mac: case.mac,
            valid: true,
        })
        .collect()
}

/// Wycheproof's `hmac_sha256_test.json`.
#[must_use]
pub fn wycheproof_hmac() -> Vec<Mac> {
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
        msg: Vec<u8>,
        #[serde(deserialize_with = "hex")]
        tag: Vec<u8>,
    }
    let file: File = json("wycheproof/hmac_sha256_test.json");
    let tests = file.groups.into_iter().flat_map(|group| group.tests);
    tests
        .map(|test| Mac {
            source: format!("Wycheproof hmac_sha256 {} {}", test.id, test.comment),
            key: test.key,
            data: test.msg,
            mac: test.tag,
            valid: test.result == "valid",
        })
        .collect()
}

/// One case of the PRF of RFC 5246 5 with SHA-256.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Prf {
    /// Where it was published.
    #[serde(rename = "src")]
    pub source: String,
    /// The secret.
    #[serde(deserialize_with = "hex")]
    pub secret: Vec<u8>,
    /// The label.
    #[serde(deserialize_with = "hex")]
    pub label: Vec<u8>,
    /// The seed.
    #[serde(deserialize_with = "hex")]
    pub seed: Vec<u8>,
    /// The output.
    #[serde(deserialize_with = "hex")]
    pub out: Vec<u8>,
}

/// The five published outputs of the PRF of TLS 1.2.
#[must_use]
pub fn tls_prf() -> Vec<Prf> {
    json("tls-prf/tls12_prf_sha256.json")
}
