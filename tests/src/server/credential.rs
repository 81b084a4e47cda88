//! What the server shows of itself, and what it asks of its client.

use super::code::{ECDSA_SHA256, ECDSA_SIGN, RAW_PUBLIC_KEY, X509};
use super::ec::Key;
use super::wire::{from_u24, u24, with_long, with_short};

/// The server's credential for suites with ECDHE_ECDSA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// None: such suites are never chosen.
    Absent,
    /// Certificates in DER, the server's own first, and its key.
    Chain(Vec<Vec<u8>>, Key),
    /// A raw public key (RFC 7250).
    RawKey(Key),
}

impl Credential {
    /// The key.
    #[must_use]
    pub fn key(&self) -> Option<&Key> {
        match self {
            Self::Absent => None,
            Self::Chain(_, key) | Self::RawKey(key) => Some(key),
        }
    }

    /// Its certificate type.
    #[must_use]
    pub fn kind(&self) -> u8 {
        if matches!(self, Self::RawKey(_)) { RAW_PUBLIC_KEY } else { X509 }
    }

    /// The body of a Certificate message of this certificate type (RFC 5246 7.4.2, RFC 7250 3).
    ///
    /// # Panics
    /// Without a credential.
    #[must_use]
    pub fn message(&self, kind: u8) -> Vec<u8> {
        let spki = self.key().unwrap().spki();
        let chain = if let Self::Chain(chain, _) = self { chain.clone() } else { vec![spki.clone()] };
        if kind == RAW_PUBLIC_KEY { with_u24(&spki) } else { list(&chain) }
    }
}

/// Whether a client shall show who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It is not asked.
    Never,
    /// It is asked, and may decline.
    Optional,
    /// It is asked, and must answer.
    Required,
}

/// What is asked of clients: the CertificateRequest (RFC 5246 7.4.4) and what is made of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clients {
    /// Whether at all.
    pub asked: Asked,
    /// certificate_types.
    pub types: Vec<u8>,
    /// supported_signature_algorithms.
    pub algorithms: Vec<u16>,
    /// certificate_authorities: names in DER.
    pub authorities: Vec<Vec<u8>>,
    /// Certificate types taken (RFC 7250), preferred first.
    pub kinds: Vec<u8>,
    /// The public points of the clients that are known; `None`: all are.
    pub known: Option<Vec<Vec<u8>>>,
}

impl Default for Clients {
    fn default() -> Self {
        Self {
            asked: Asked::Never,
            types: vec![ECDSA_SIGN],
            algorithms: vec![ECDSA_SHA256],
            authorities: Vec::new(),
            kinds: vec![RAW_PUBLIC_KEY, X509],
            known: None,
        }
    }
}

impl Clients {
    /// Clients must show who they are.
    #[must_use]
    pub fn required() -> Self {
        Self { asked: Asked::Required, ..Self::default() }
    }

    /// Clients are asked, and may decline.
    #[must_use]
    pub fn optional() -> Self {
        Self { asked: Asked::Optional, ..Self::default() }
    }

    /// The body of the CertificateRequest.
    #[must_use]
    pub fn request(&self) -> Vec<u8> {
        let algorithms: Vec<u8> = self.algorithms.iter().flat_map(|a| a.to_be_bytes()).collect();
        let authorities: Vec<u8> = self.authorities.iter().flat_map(|a| with_long(a)).collect();
        [with_short(&self.types), with_long(&algorithms), with_long(&authorities)].concat()
    }
}

fn with_u24(bytes: &[u8]) -> Vec<u8> {
    [&u24(bytes.len())[..], bytes].concat()
}

/// The body of a Certificate message with these certificates.
#[must_use]
pub fn list(chain: &[Vec<u8>]) -> Vec<u8> {
    with_u24(&chain.iter().flat_map(|c| with_u24(c)).collect::<Vec<_>>())
}

fn of_u24(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first_chunk::<3>()?;
    rest.split_at_checked(from_u24(len))
}

/// The certificates, or the one raw key, in the body of a client's Certificate message; `None` where it does not parse.
#[must_use]
pub fn shown(kind: u8, body: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (mut list, rest) = of_u24(body)?;
    if !rest.is_empty() {
        return None;
    }
    if kind == RAW_PUBLIC_KEY {
        // a client without a key answers with an empty one
        return Some(if list.is_empty() { Vec::new() } else { vec![list.to_vec()] });
    }
    let mut chain = Vec::new();
    while !list.is_empty() {
        let (certificate, rest) = of_u24(list)?;
        chain.push(certificate.to_vec());
        list = rest;
    }
    Some(chain)
}
