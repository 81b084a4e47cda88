//! Published chains of certificates, good and bad.

mod chains;
mod verdicts;

use crate::read::json;
use base64::{Engine, prelude::BASE64_STANDARD};
pub use chains::{chains, seconds};
use serde::de::{Deserialize, Deserializer, Error};
pub(crate) use verdicts::UNREADABLE;
pub use verdicts::{LIMBO, PKITS, Reasons};

fn base64<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    BASE64_STANDARD.decode(String::deserialize(from)?).map_err(D::Error::custom)
}

fn base64s<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Vec<u8>>, D::Error> {
    let all = Vec::<String>::deserialize(from)?;
    all.iter().map(|text| BASE64_STANDARD.decode(text).map_err(D::Error::custom)).collect()
}

/// A name that a certificate must have.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct LimboName {
    /// `DNS`, `IP` or `RFC822`.
    pub kind: String,
    /// As text.
    pub value: String,
}

/// A case of x509-limbo.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Limbo {
    /// Which it is.
    pub id: String,
    /// What a validator must know of to be asked.
    pub features: Vec<String>,
    /// `SERVER` or `CLIENT`: whose certificate it is.
    pub kind: String,
    /// The certificates of trust anchors, DER.
    #[serde(deserialize_with = "base64s")]
    pub trusted: Vec<Vec<u8>>,
    /// Certificates that a path may be built of, in no order.
    #[serde(deserialize_with = "base64s")]
    pub intermediates: Vec<Vec<u8>>,
    /// The certificate to be validated.
    #[serde(deserialize_with = "base64")]
    pub peer: Vec<u8>,
    /// When (RFC 3339, UTC); none: at any time.
    pub time: Option<String>,
    /// For which purposes; empty: for that of its kind.
    pub extended_key_usage: Vec<String>,
    /// For which name, if for any.
    pub name: Option<LimboName>,
    /// The most intermediates that a path may have.
    pub max_chain_depth: Option<u8>,
    /// Whether there is a path.
    pub success: bool,
}

/// C2SP x509-limbo.
#[must_use]
pub fn limbo() -> Vec<Limbo> {
    json("x509/limbo.json")
}

/// A certificate of a published set.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Certificate {
    /// Its file's name.
    pub name: String,
    /// DER, or what the set has in its place.
    #[serde(deserialize_with = "base64")]
    pub der: Vec<u8>,
}

/// The certificates of NIST PKITS for the sections on signatures, dates, names, authorities, key usage, name constraints and extensions. The names of
/// those to be validated end in `EE` and begin with `Valid` or `Invalid`; `TrustAnchorRootCertificate` is the anchor.
#[must_use]
pub fn pkits() -> Vec<Certificate> {
    json("x509/pkits.json")
}

/// Certificates of a published file, in its order.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Chain {
    /// The set and the file.
    pub name: String,
    /// DER, or what the file has in its place.
    #[serde(deserialize_with = "base64s")]
    pub chain: Vec<Vec<u8>>,
}

/// Test certificates of rustls-webpki and of Mbed TLS.
#[must_use]
pub fn certificates() -> Vec<Chain> {
    json("x509/certificates.json")
}
