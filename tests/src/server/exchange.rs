//! The ServerKeyExchange (RFC 4279 2, RFC 5489 2, RFC 8422 5.4), as configured and as scripted.

use super::code::{ECDSA_SHA256, SECP256R1};
use super::config::Config;
use super::ec::Key;
use super::script::Script;
use super::suite::{Kx, kx};
use super::wire::{with_long, with_short};

const NAMED_CURVE: u8 = 3;

/// The body of the ServerKeyExchange; `None`: there is none.
#[must_use]
pub fn message(config: &Config, suite: u16, ephemeral: &Key, randoms: &[u8]) -> Option<Vec<u8>> {
    let hint = config.hint.as_ref().map(|h| with_long(h));
    let mut body = match kx(suite) {
        Kx::Psk => hint?,
        Kx::EcdhePsk => [hint.unwrap_or_else(|| with_long(&[])), parameters(config, ephemeral)].concat(),
        Kx::EcdheEcdsa => signed(config, &parameters(config, ephemeral), randoms),
    };
    for script in &config.script {
        if let Script::TrailingKeyExchange(n) = script {
            body.extend(vec![0; *n]);
        }
    }
    Some(body)
}

fn parameters(config: &Config, ephemeral: &Key) -> Vec<u8> {
    let (mut curve, mut group, mut point) = (NAMED_CURVE, SECP256R1, ephemeral.point());
    for script in &config.script {
        match script {
            Script::CurveType(c) => curve = *c,
            Script::Group(g) => group = *g,
            Script::Point(p) => point = p.clone(),
            _ => {}
        }
    }
    [&[curve][..], &group.to_be_bytes(), &with_short(&point)].concat()
}

fn signed(config: &Config, parameters: &[u8], randoms: &[u8]) -> Vec<u8> {
    let mut randoms = randoms.to_vec();
    if config.script.iter().any(|s| matches!(s, Script::OldKeyExchange)) {
        randoms[63] ^= 1;
    }
    let mut scheme = ECDSA_SHA256;
    let key = config.credential.key().unwrap();
    let mut signature = key.sign(&[&randoms, parameters].concat());
    for script in &config.script {
        match script {
            Script::Scheme(s) => scheme = *s,
            Script::Signature(s) => signature = s.clone(),
            Script::WrongSignature => *signature.last_mut().unwrap() ^= 1,
            _ => {}
        }
    }
    [parameters, &scheme.to_be_bytes(), &with_long(&signature)].concat()
}
