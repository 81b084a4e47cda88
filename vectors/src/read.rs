//! Reading the files, and the ones that need no more than that.

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error};
use std::path::PathBuf;

pub(crate) fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "data", name].iter().collect()
}

pub(crate) fn text(name: &str) -> String {
    let path = path(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn json<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_str(&text(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Bytes that the file writes in hexadecimal.
pub(crate) fn hex<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    hex::decode(String::deserialize(from)?).map_err(D::Error::custom)
}

/// The same, or null for none.
pub(crate) fn hex_or_empty<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    Ok(optional_hex(from)?.unwrap_or_default())
}

/// The same, or null.
pub(crate) fn optional_hex<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<u8>>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.map(|text| hex::decode(text).map_err(D::Error::custom)).transpose()
}

/// A 16-bit code point that the file writes in hexadecimal; 0 where it has none.
pub(crate) fn code_point<'de, D: Deserializer<'de>>(from: D) -> Result<u16, D::Error> {
    Option::<String>::deserialize(from)?.map_or(Ok(0), |text| u16::from_str_radix(&text, 16).map_err(D::Error::custom))
}

/// The digest of a message by the hash that a source calls so; 32 bytes of SHAKE128 (RFC 8692 2).
pub(crate) fn hash(name: &str, message: &[u8]) -> Vec<u8> {
    use sha2::Digest;
    use sha3::digest::{ExtendableOutput, Update, XofReader};
    match name {
        "SHA-1" => sha1::Sha1::digest(message).to_vec(),
        "SHA-224" => sha2::Sha224::digest(message).to_vec(),
        "SHA-256" => sha2::Sha256::digest(message).to_vec(),
        "SHA-384" => sha2::Sha384::digest(message).to_vec(),
        "SHA-512" => sha2::Sha512::digest(message).to_vec(),
        "SHA3-256" => sha3::Sha3_256::digest(message).to_vec(),
        "SHA3-512" => sha3::Sha3_512::digest(message).to_vec(),
        "SHAKE128" => {
            let (mut shake, mut digest) = (sha3::Shake128::default(), vec![0; 32]);
            shake.update(message);
            shake.finalize_xof().read(&mut digest);
            digest
        }
        other => panic!("no hash {other}"),
    }
}

/// A CoAP message of libcoap's unit tests.
#[derive(Clone, Debug)]
pub struct Pdu {
    /// The name of the test.
    pub test: String,
    /// The transports that it is tried on, as libcoap names them (`COAP_PROTO_UDP`, ..).
    pub transports: Vec<String>,
    /// The message.
    pub bytes: Vec<u8>,
    /// Whether libcoap's parser takes it.
    pub accepted: bool,
}

/// The messages that libcoap's parser must take or refuse, but `t_parse_pdu17`: it refuses the bytes that `t_parse_pdu1` takes, for a reason that
/// the file does not tell.
#[must_use]
pub fn libcoap_pdus() -> Vec<Pdu> {
    #[derive(serde::Deserialize)]
    struct Raw {
        test: String,
        proto: Vec<String>,
        #[serde(deserialize_with = "hex")]
        hex: Vec<u8>,
        asserts: Vec<String>,
    }
    let verdict = |asserts: &[String]| {
        let said = |what: &str| asserts.iter().any(|line| line.contains(what));
        match (said("result > 0"), said("result == 0")) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            _ => None,
        }
    };
    let raw: Vec<Raw> = json("coap/libcoap_parse_pdu.json");
    raw.into_iter()
        .filter(|raw| raw.test != "t_parse_pdu17")
        .filter_map(|raw| {
            let accepted = verdict(&raw.asserts)?;
            Some(Pdu { test: raw.test, transports: raw.proto, bytes: raw.hex, accepted })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::libcoap_pdus;

    #[test]
    fn every_message_of_libcoap_has_one_verdict() {
        let pdus = libcoap_pdus();
        let accepted = pdus.iter().filter(|pdu| pdu.accepted).count();
        assert_eq!((pdus.len(), accepted), (16, 7));
    }
}
