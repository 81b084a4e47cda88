//! Chains made for a test, good but for what the test changes; and one way to judge them.
#![allow(dead_code, reason = "each test file takes what it needs")]

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SanType, SigningKey, date_time_ymd,
};
use stint_dtls::CertificateError;
use stint_dtls::crypto::soft::{P256Verifier, Sha256};
use stint_dtls::crypto::{Empty, Verifier};
use stint_dtls::pki::{Anchor, Clock, PeerIdentity, Rules, ServerName, UnixTime, Verification};

/// The task of the verifier that all tests use.
pub(crate) type Task = <P256Verifier as Verifier>::Task;
/// An authority that can sign.
pub(crate) type Authority = CertifiedIssuer<'static, KeyPair>;

/// 2026-11-24, well within the dates of what is made here.
pub(crate) const NOW: UnixTime = UnixTime(1_795_478_400);

/// A key on P-256.
pub(crate) fn key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Stint lab");
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2049, 12, 31);
    params.use_authority_key_identifier_extension = true;
    params
}

/// An authority below another, or a root; `change` breaks it.
pub(crate) fn authority_with_key(
    name: &str,
    above: Option<&Authority>,
    key: KeyPair,
    change: impl FnOnce(&mut CertificateParams),
) -> Authority {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    change(&mut params);
    match above {
        Some(above) => CertifiedIssuer::signed_by(params, key, above).unwrap(),
        None => CertifiedIssuer::self_signed(params, key).unwrap(),
    }
}

/// The same with a key of its own.
pub(crate) fn authority(
    name: &str,
    above: Option<&Authority>,
    change: impl FnOnce(&mut CertificateParams),
) -> Authority {
    authority_with_key(name, above, key(), change)
}

/// The certificate of `server.example` with this key; `change` breaks it.
pub(crate) fn server_with_key(
    above: &Authority,
    key: &KeyPair,
    change: impl FnOnce(&mut CertificateParams),
) -> Vec<u8> {
    let mut params = params("server");
    params.subject_alt_names = vec![SanType::DnsName("server.example".try_into().unwrap())];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    change(&mut params);
    params.signed_by(key, above).unwrap().der().to_vec()
}

/// The same with a key of its own.
pub(crate) fn server(above: &Authority, change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
    server_with_key(above, &key(), change)
}

/// The certificates as certificate_list has them (RFC 5246 7.4.2).
pub(crate) fn list(chain: &[&[u8]]) -> Vec<u8> {
    chain.iter().flat_map(|der| [&(der.len() as u32).to_be_bytes()[1..], der].concat()).collect()
}

/// The strict rules for `server.example`, now.
pub(crate) fn rules<'b>(anchors: &'b [Anchor<'b>]) -> Rules<'b> {
    Rules::new(anchors, ServerName::Dns("server.example"), Clock::Require(Some(NOW)))
}

/// Judges a list with so many tasks; returns how many signatures were verified.
pub(crate) fn judge(
    list: &[u8],
    rules: &Rules<'_>,
    tasks: usize,
    peer: &mut PeerIdentity<'_>,
) -> Result<usize, CertificateError> {
    let mut tasks = vec![Task::EMPTY; tasks];
    let mut verifier = P256Verifier;
    let mut verification = Verification::start(list, rules, &verifier, &mut Sha256, &mut tasks, peer)?;
    let mut count = 0;
    loop {
        let left = verification.left();
        match verification.poll(&mut verifier) {
            Ok(()) => return Ok(count + left),
            Err(nb::Error::WouldBlock) => count += left - verification.left(),
            Err(nb::Error::Other(error)) => return Err(error),
        }
    }
}

/// Judges a chain.
pub(crate) fn verify(chain: &[&[u8]], rules: &Rules<'_>) -> Result<usize, CertificateError> {
    let mut store = [0; 512];
    judge(&list(chain), rules, 6, &mut PeerIdentity::new(&mut store))
}

/// An element of DER, taken apart as far as it is made of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) tag: u8,
    pub(crate) bytes: Vec<u8>,
    pub(crate) parts: Vec<Node>,
}

impl Node {
    pub(crate) fn new(tag: u8, bytes: &[u8]) -> Self {
        Self { tag, bytes: bytes.to_vec(), parts: Vec::new() }
    }

    pub(crate) fn of(tag: u8, parts: Vec<Self>) -> Self {
        Self { tag, bytes: Vec::new(), parts }
    }

    /// Reads all elements of `der`, which must be sound.
    pub(crate) fn read(mut der: &[u8]) -> Vec<Self> {
        let mut nodes = Vec::new();
        while !der.is_empty() {
            let (tag, first) = (der[0], usize::from(der[1]));
            let more = if first < 0x80 { 0 } else { first & 0x7f };
            let len =
                if more == 0 { first } else { der[2..2 + more].iter().fold(0, |len, b| len << 8 | usize::from(*b)) };
            let (contents, rest) = der[2 + more..].split_at(len);
            nodes.push(if tag & 0x20 != 0 { Self::of(tag, Self::read(contents)) } else { Self::new(tag, contents) });
            der = rest;
        }
        nodes
    }

    pub(crate) fn contents(&self) -> Vec<u8> {
        if self.parts.is_empty() { self.bytes.clone() } else { self.parts.iter().flat_map(Self::der).collect() }
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        let contents = self.contents();
        let len = match contents.len() {
            len @ 0..=0x7f => vec![len as u8],
            len @ 0x80..=0xff => vec![0x81, len as u8],
            len => vec![0x82, (len >> 8) as u8, len as u8],
        };
        [&[self.tag], len.as_slice(), &contents].concat()
    }
}

/// Signs a certificate again, after `change` was done to its three parts: TBSCertificate, AlgorithmIdentifier, signature (which comes anew).
pub(crate) fn changed(certificate: &[u8], issuer: &KeyPair, change: impl FnOnce(&mut Vec<Node>)) -> Vec<u8> {
    let mut whole = Node::read(certificate).remove(0);
    change(&mut whole.parts);
    let mut signature = vec![0];
    signature.extend(issuer.sign(&whole.parts[0].der()).unwrap());
    whole.parts[2] = Node::new(0x03, &signature);
    whole.der()
}

/// The fields of a v3 TBSCertificate, by their place.
pub(crate) mod tbs {
    pub(crate) const VERSION: usize = 0;
    pub(crate) const SERIAL: usize = 1;
    pub(crate) const ALGORITHM: usize = 2;
    pub(crate) const ISSUER: usize = 3;
    pub(crate) const VALIDITY: usize = 4;
    pub(crate) const SUBJECT: usize = 5;
    pub(crate) const SPKI: usize = 6;
    pub(crate) const EXTENSIONS: usize = 7;
}

/// An extension under id-ce (2.5.29), its value given as DER.
pub(crate) fn extension(last: u8, critical: Option<&[u8]>, value: &[u8]) -> Node {
    let mut parts = vec![Node::new(0x06, &[0x55, 0x1d, last])];
    parts.extend(critical.map(|value| Node::new(0x01, value)));
    parts.push(Node::new(0x04, value));
    Node::of(0x30, parts)
}

/// The extensions of the parts of a certificate.
pub(crate) fn extensions(parts: &mut [Node]) -> &mut Vec<Node> {
    &mut parts[0].parts[tbs::EXTENSIONS].parts[0].parts
}

/// One of them, by the last number of its identifier: it must be there.
pub(crate) fn extension_of(parts: &mut [Node], last: u8) -> &mut Node {
    extensions(parts).iter_mut().find(|extension| extension.parts[0].bytes == [0x55, 0x1d, last]).unwrap()
}
