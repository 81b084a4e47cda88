//! Signatures and key agreement: Wycheproof.

use crate::read::{hex, json};

/// What Wycheproof says of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It must be taken.
    Valid,
    /// It may be: some implementations do, for the sake of old peers.
    Acceptable,
    /// It must not.
    Invalid,
}

/// A signature.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The file and its own number.
    pub source: String,
    /// The key: DER of SubjectPublicKeyInfo.
    pub key: Vec<u8>,
    /// What was signed.
    pub message: Vec<u8>,
    /// The signature: of ECDSA the DER, or what should be.
    pub signature: Vec<u8>,
    /// Whether it is to be taken.
    pub verdict: Verdict,
}

/// An agreement on a shared secret.
#[derive(Clone, Debug)]
pub(crate) struct Agreement {
    /// The file and its own number.
    pub(crate) source: String,
    /// The public key of one side: a point as SEC 1 2.3.3 encodes it, or DER of SubjectPublicKeyInfo, or what should be.
    pub(crate) public: Vec<u8>,
    /// The private key of the other: an integer, of as many bytes as it happens to have.
    pub(crate) private: Vec<u8>,
    /// The x coordinate.
    pub(crate) shared: Vec<u8>,
    /// Whether it is to be taken.
    pub(crate) verdict: Verdict,
}

#[derive(serde::Deserialize)]
struct File<G> {
    #[serde(rename = "testGroups")]
    groups: Vec<G>,
}

/// Wycheproof's `ecdsa_*_test.json`; `name` is what stands for the star: `secp256r1_sha256`, `secp384r1_sha384`.
#[must_use]
pub fn wycheproof_ecdsa(name: &str) -> Vec<Signed> {
    signed(&format!("ecdsa_{name}"))
}

/// Wycheproof's `rsa_signature_*_test.json` (RSASSA-PKCS1-v1_5); `name` is what stands for the star: `2048_sha256`, `3072_sha384`, `4096_sha512`.
#[must_use]
pub fn wycheproof_rsa(name: &str) -> Vec<Signed> {
    signed(&format!("rsa_signature_{name}"))
}

fn signed(name: &str) -> Vec<Signed> {
    #[derive(serde::Deserialize)]
    struct Group {
        #[serde(rename = "publicKeyDer", deserialize_with = "hex")]
        key: Vec<u8>,
        tests: Vec<Test>,
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
    let file: File<Group> = json(&format!("wycheproof/{name}_test.json"));
    let tests =
        file.groups.into_iter().flat_map(|group| group.tests.into_iter().map(move |test| (group.key.clone(), test)));
    tests
        .map(|(key, test)| Signed {
            source: format!("Wycheproof {name} {} {}", test.id, test.comment),
            key,
            message: test.msg,
            signature: test.sig,
            verdict: test.result,
        })
        .collect()
}

/// Wycheproof's `ecdh_*_test.json`; `name` is what stands for the star: `secp256r1_ecpoint`, `secp256r1`.
pub(crate) fn wycheproof_ecdh(name: &str) -> Vec<Agreement> {
    #[derive(serde::Deserialize)]
    struct Group {
        tests: Vec<Test>,
    }
    #[derive(serde::Deserialize)]
    struct Test {
        #[serde(rename = "tcId")]
        id: u32,
        comment: String,
        result: Verdict,
        #[serde(deserialize_with = "hex")]
        public: Vec<u8>,
        #[serde(deserialize_with = "hex")]
        private: Vec<u8>,
        #[serde(deserialize_with = "hex")]
        shared: Vec<u8>,
    }
    let file: File<Group> = json(&format!("wycheproof/ecdh_{name}_test.json"));
    let tests = file.groups.into_iter().flat_map(|group| group.tests);
    tests
        .map(|test| Agreement {
            source: format!("Wycheproof ecdh_{name} {} {}", test.id, test.comment),
            public: test.public,
            private: test.private,
            shared: test.shared,
            verdict: test.result,
        })
        .collect()
}
