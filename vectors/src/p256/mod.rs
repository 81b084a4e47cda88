//! All that is published for P-256, as operations with the replies that they must have: Wycheproof, NIST CAVP, the RFCs.
//!
//! Promises: one case is one operation, whoever carries it out; how requests and replies are written as bytes is told in the crate `stint-operations`, which
//! reads them; what a source says and no operation can show is counted, not dropped.

mod der;
mod nist;
mod rfc;
mod wycheproof;

use crate::public_key::{Verdict, wycheproof_ecdh};
use crate::read::{hash, json, text};
pub use der::signature_value;

/// The generator, uncompressed: 65 bytes (SEC 2 2.4.2).
pub(crate) const GENERATOR: &str = "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// A key pair.
    Key {
        /// The private key, big-endian.
        scalar: [u8; 32],
    },
    /// An agreement.
    Agree {
        /// The private key, big-endian.
        scalar: [u8; 32],
        /// The other side's point: 65 bytes, uncompressed, or what should be.
        peer: Vec<u8>,
    },
    /// A signature, with the nonce of RFC 6979 for SHA-256.
    Sign {
        /// The private key, big-endian.
        private: [u8; 32],
        /// The digest.
        digest: [u8; 32],
    },
    /// The verification of a signature with SHA-256.
    Verify {
        /// The point.
        key: Vec<u8>,
        /// The message.
        message: Vec<u8>,
        /// The DER of ECDSA-Sig-Value, or what should be.
        signature: Vec<u8>,
    },
    /// The verification of a signature over a digest that is told.
    VerifyDigest {
        /// The point.
        key: Vec<u8>,
        /// The digest, or its first 256 bits where it has more (FIPS 186-5 6.4.2); a shorter one with zeros in front.
        digest: [u8; 32],
        /// The DER of ECDSA-Sig-Value, or what should be.
        signature: Vec<u8>,
    },
}

impl Operation {
    /// The request, as `stint-operations` reads it.
    ///
    /// # Panics
    /// A field is longer than 65,535 bytes.
    #[must_use]
    pub fn request(&self) -> Vec<u8> {
        let (number, fields): (u8, Vec<&[u8]>) = match self {
            Self::Key { scalar } => (1, vec![scalar]),
            Self::Agree { scalar, peer } => (2, vec![scalar, peer]),
            Self::Sign { private, digest } => (3, vec![private, digest]),
            Self::Verify { key, message, signature } => (4, vec![key, message, signature]),
            Self::VerifyDigest { key, digest, signature } => (5, vec![key, digest, signature]),
        };
        let mut request = vec![number];
        for field in fields {
            request.extend(u16::try_from(field.len()).expect("a field is short").to_be_bytes());
            request.extend(field);
        }
        request
    }
}

/// An operation, and what must come of it.
#[derive(Clone, Debug)]
pub struct Case {
    /// Where it was published.
    pub source: String,
    /// What is asked.
    pub operation: Operation,
    /// The reply that it must have, as `stint-operations` writes it.
    pub reply: Vec<u8>,
}

impl Case {
    /// `output`: what must come of it; `None`: it must be refused.
    #[must_use]
    pub fn new(source: String, operation: Operation, output: Option<&[u8]>) -> Self {
        let reply = output.map_or(vec![0], |output| [&[1], output].concat());
        Self { source, operation, reply }
    }
}

/// What a set holds.
#[derive(Clone, Debug, Default)]
pub struct Cases {
    /// The set's name.
    pub name: &'static str,
    /// The path in `data/` of the file that it comes from, which may hold others.
    pub file: &'static str,
    /// Its cases.
    pub cases: Vec<Case>,
    /// Cases of the source that are of another form than TLS has, or that speak of something else than the curve: not among `cases`.
    pub others: usize,
    /// What is so about them.
    pub why: &'static str,
}

/// All sets.
#[must_use]
pub fn p256() -> Vec<Cases> {
    let mut sets = rfc::sets();
    sets.extend(nist::sets());
    sets.extend(wycheproof::sets());
    sets
}

/// A number of 32 bytes from one of any length. `None`: it has more.
fn number(bytes: &[u8]) -> Option<[u8; 32]> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let digits = bytes.get(zeros..)?;
    let mut number = [0; 32];
    number.get_mut(32usize.checked_sub(digits.len())?..)?.copy_from_slice(digits);
    Some(number)
}

/// What of a digest is signed.
fn signed(digest: &[u8]) -> [u8; 32] {
    number(digest.get(..32).unwrap_or(digest)).expect("32 bytes at most")
}

/// Bytes in hexadecimal, of an odd number of digits too.
fn bytes(text: &str) -> Vec<u8> {
    let even = if text.len().is_multiple_of(2) { text.to_owned() } else { format!("0{text}") };
    hex::decode(&even).unwrap_or_else(|_| panic!("{text} is not hexadecimal"))
}

/// A point, uncompressed: of 65 bytes, if the coordinates have no more than 32 each.
fn point(x: &[u8], y: &[u8]) -> Vec<u8> {
    let coordinate = |bytes: &[u8]| number(bytes).map_or_else(|| bytes.to_vec(), |number| number.to_vec());
    [vec![4], coordinate(x), coordinate(y)].concat()
}
