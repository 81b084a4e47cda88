//! Certificates and paths: what is taken apart is put together again, and nobody passes whose certificate the authority did not sign.

use crate::parties::{NAME, NOW, Parties};
use std::collections::BTreeSet;
use std::sync::OnceLock;
use stint_dtls::crypto::Empty;
use stint_dtls::crypto::soft::{P256Task, P256Verifier, Sha256};
use stint_dtls::inspect::dissect;
use stint_dtls::pki::{Anchor, Clock, PeerIdentity, Pin, Rules, ServerName, Verification};
use stint_vectors::limbo;

fn der(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let contents = contents.concat();
    let len = match contents.len() {
        len @ 0..=0x7f => vec![len as u8],
        len @ 0x80..=0xff => vec![0x81, len as u8],
        len => vec![0x82, (len >> 8) as u8, len as u8],
    };
    [&[tag][..], &len, &contents].concat()
}

/// Bytes: a certificate.
pub(super) fn one(bytes: &[u8]) {
    let anchor = Anchor::from_certificate(bytes);
    let Ok(parts) = dissect(bytes) else {
        assert!(anchor.is_err());
        return;
    };
    assert!(anchor.is_ok());
    // DER: what was read has this form and no other
    let again = der(0x30, &[parts.tbs, &der(0x30, &[parts.algorithm]), &der(3, &[&[0], parts.signature])]);
    assert_eq!(again, bytes);
    assert!(!parts.ca || parts.v3);
    assert!(dissect(&bytes[..bytes.len() - 1]).is_err());
    assert!(dissect(&[bytes, &[0]].concat()).is_err());
    // a certificate of which nothing is known leads nowhere, whatever it says
    let list = [&(bytes.len() as u32).to_be_bytes()[1..], bytes].concat();
    let rules = Rules::new(&[], ServerName::Any, Clock::Skip);
    let mut store = [0; 128];
    let mut peer = PeerIdentity::new(&mut store);
    let started = Verification::start(&list, &rules, &P256Verifier, &mut Sha256, &mut [], &mut peer);
    assert!(started.is_err());
    let _ = (peer.common_name(), peer.names().count(), peer.public_key(), peer.is_truncated());
    assert_eq!(peer.is_empty(), peer.spki().is_empty());
}

/// The TBSCertificates that an authority signed: the lab's, and published ones.
fn signed() -> &'static BTreeSet<Vec<u8>> {
    static SIGNED: OnceLock<BTreeSet<Vec<u8>>> = OnceLock::new();
    SIGNED.get_or_init(|| {
        let parties = Parties::shared();
        let own = parties.server.iter().chain(&parties.client).chain([&parties.root.certificate]).cloned();
        let published =
            limbo().into_iter().flat_map(|case| case.intermediates.into_iter().chain(case.trusted).chain([case.peer]));
        own.chain(published).filter_map(|der| Some(dissect(&der).ok()?.tbs.to_vec())).collect()
    })
}

/// Published authorities, each with the rules that its certificate sets.
fn authorities() -> &'static BTreeSet<Vec<u8>> {
    static AUTHORITIES: OnceLock<BTreeSet<Vec<u8>>> = OnceLock::new();
    AUTHORITIES.get_or_init(|| limbo().into_iter().take(40).flat_map(|case| case.trusted).collect())
}

/// Bytes: choices (1: wildcards and the common name; 2: another purpose; 4: a pin; 8: any name; 16: no clock; 32: a URI as name; 64: an address; 128: published
/// authorities), and a chain as a Certificate message has it.
pub(super) fn path(data: &[u8]) {
    let Some((choices, list)) = data.split_first() else { return };
    let chosen = |bit: u8| choices & bit != 0;
    let root = BTreeSet::from([Parties::shared().root.certificate.clone()]);
    let trusted = if chosen(128) { authorities() } else { &root };
    let anchors: Vec<_> = trusted.iter().filter_map(|der| Anchor::from_certificate(der).ok()).collect();
    let name = match choices & 0x68 {
        0x20 => ServerName::Uri("coaps://server.example/x"),
        0x40 => ServerName::Ip(&[192, 0, 2, 1]),
        0 => ServerName::Dns(if chosen(128) { "example.com" } else { NAME }),
        _ => ServerName::Any,
    };
    let mut rules = Rules::new(&anchors, name, if chosen(16) { Clock::Skip } else { Clock::Require(Some(NOW)) });
    (rules.wildcards, rules.common_name_fallback) = (chosen(1), chosen(1));
    rules.any_extended_key_usage = chosen(2);
    rules.pins = if chosen(4) { &[Pin([0; 32])] } else { &[] };
    let mut tasks = [P256Task::EMPTY; 4];
    let mut store = [0; 512];
    let mut peer = PeerIdentity::new(&mut store);
    let mut verifier = P256Verifier;
    let Ok(mut verification) = Verification::start(list, &rules, &verifier, &mut Sha256, &mut tasks, &mut peer) else {
        return;
    };
    assert!(!chosen(4), "nothing has that hash");
    assert!(!peer.is_empty() && verification.left() <= 4);
    if nb::block!(verification.poll(&mut verifier)).is_ok() {
        let len = list.iter().take(3).fold(0, |len, byte| len << 8 | usize::from(*byte));
        let leaf = dissect(&list[3..3 + len]).unwrap();
        assert!(signed().contains(leaf.tbs), "a certificate that nobody signed passed");
        assert_eq!(leaf.spki, peer.spki());
    }
}
