//! Every credential, over keys that do nothing, with every wrapper around it; and chains that are checked outside of a handshake.

use crate::associate;
use crate::nothing::{Nothing, State, any_bytes, any_text};
use core::hint::black_box as opaque;
use stint_dtls::auth::{CertificateTypes, Exchanges};
use stint_dtls::crypto::{Empty, Kx, MAX_SIGNATURE_DER, P256_SPKI_HEAD, decode_signature, encode_signature, p256_spki};
use stint_dtls::pki::{Anchor, Clock, Name, PeerIdentity, Pin, Purpose, Rules, ServerName, UnixTime, Verification};
use stint_dtls::{EcdhePsk, Exporter, MaxFragmentLength, Psk, RawKey, Resumable, Session, WithExtensions, X509};

#[inline(never)]
pub(crate) fn run() {
    let hints = opaque::<&[(&[u8], &[u8])]>(&[(&[1], &[2])]);
    let ecdhe = EcdhePsk::new(any_bytes(), Nothing);
    if let Ok(auth) = if opaque(true) { ecdhe } else { EcdhePsk::with_hints(any_bytes(), hints, Nothing) } {
        associate(auth);
    }
    let (mut task, mut store) = (opaque(State::EMPTY), [0; 64]);
    let keys = [any_bytes(), any_bytes()];
    let raw = RawKey::new(opaque(&keys), Nothing, &mut task, PeerIdentity::new(opaque(&mut store)));
    if opaque(true) {
        associate(raw.with_key(any_bytes(), Nothing));
    } else {
        associate(raw);
    }
    with_rules();
}

/// What is trusted, in every form.
#[inline(never)]
fn with_rules() {
    let Ok(read) = Anchor::from_certificate(any_bytes()) else { return };
    let anchors = [
        read,
        Anchor::new(any_bytes(), any_bytes()).with_key_id(any_bytes()),
        Anchor::authority_key(any_bytes()),
        Anchor::server_key(any_bytes()),
    ];
    let pins = [Pin([1; 32]); 2];
    let names =
        [ServerName::Dns(any_text()), ServerName::Ip(any_bytes()), ServerName::Uri(any_text()), ServerName::Any];
    for name in names {
        let clock = opaque(Clock::Require(Some(UnixTime(1))));
        let mut rules = Rules::new(opaque(&anchors), opaque(name), clock);
        rules.purpose = opaque(Purpose::SERVER_AUTH);
        rules.pins = opaque(&pins);
        rules.wildcards = opaque(true);
        rules.common_name_fallback = opaque(true);
        rules.any_extended_key_usage = opaque(true);
        rules.require_extended_key_usage = opaque(true);
        certified(opaque(rules));
        outside(&opaque(rules));
    }
}

#[inline(never)]
fn certified(rules: Rules<'_>) {
    let (mut tasks, mut store, mut session) = ([State::EMPTY; 2], [0; 64], Session::<64>::EMPTY);
    let chain = [any_bytes(), any_bytes()];
    let mut x509 = X509::new(rules, Nothing, opaque(&mut tasks), PeerIdentity::new(opaque(&mut store)));
    x509.set_clock(opaque(Clock::Skip));
    if opaque(true) {
        associate(x509);
        return;
    }
    let Ok(psk) = Psk::new(any_bytes(), Nothing) else { return };
    let pair = (psk, x509.with_certificate(opaque(&chain), Nothing));
    kept(&mut session);
    let mut resumable = Resumable::new(pair, &mut session);
    opaque((resumable.session().is_empty(), resumable.inner()));
    opaque(resumable.inner_mut());
    if opaque(true) {
        resumable.forget();
    }
    let mut material = [0; 32];
    let context = opaque(Some(any_bytes()));
    let mut exporter = Exporter::new(resumable, any_bytes(), context, opaque(&mut material));
    opaque((exporter.material(), exporter.inner()));
    opaque(exporter.inner_mut());
    let protocols = [any_bytes(), any_bytes()];
    let mut extended = WithExtensions::new(exporter)
        .protocols(opaque(&protocols))
        .max_fragment_length(opaque(MaxFragmentLength::Bytes512))
        .record_size_limit(opaque(64));
    opaque((extended.protocol(), extended.inner(), opaque(MaxFragmentLength::Bytes1024).bytes()));
    opaque(extended.inner_mut());
    associate(extended);
}

/// A session in flash.
#[inline(never)]
fn kept(session: &mut Session<64>) {
    let mut saved = [0; Session::<64>::SAVED];
    opaque(session.load(&mut Nothing, any_bytes()).is_ok());
    opaque(session.save(&mut Nothing, opaque(&mut saved)));
    opaque(session.peer_key_hash());
    if opaque(true) {
        session.forget();
    }
}

/// A chain that is no server's.
#[inline(never)]
fn outside(rules: &Rules<'_>) {
    let (mut tasks, mut store) = ([State::EMPTY; 2], [0; 64]);
    let mut peer = PeerIdentity::new(opaque(&mut store));
    let started = Verification::start(any_bytes(), rules, &Nothing, &mut Nothing, opaque(&mut tasks), &mut peer);
    match started {
        Ok(mut verification) => {
            while opaque(true) {
                opaque((verification.left(), verification.poll(&mut Nothing).is_ok()));
            }
        }
        Err(error) => {
            opaque(error);
        }
    }
    identified(&peer);
}

/// Looks at all that is known of a peer.
#[inline(never)]
pub(crate) fn identified(peer: &PeerIdentity<'_>) {
    opaque((peer.is_empty(), peer.is_raw(), peer.is_truncated(), peer.not_after()));
    opaque((peer.public_key(), peer.spki(), peer.subject(), peer.common_name()));
    for name in peer.names() {
        match name {
            Name::Dns(text) | Name::Uri(text) | Name::Email(text) => {
                opaque(text);
            }
            Name::Ip(address) => {
                opaque(address);
            }
            other => {
                opaque(other);
            }
        }
    }
}

/// The forms of keys and signatures.
#[inline(never)]
pub(crate) fn forms() {
    let (mut der, mut r, mut s) = ([0; MAX_SIGNATURE_DER], [0; 32], [0; 48]);
    opaque(encode_signature(opaque(&[1; 64]), &mut der));
    opaque(decode_signature(any_bytes(), opaque(&mut r), opaque(&mut s)));
    opaque((p256_spki(opaque(&[4; 65])), P256_SPKI_HEAD));
    let exchanges = Exchanges::of(opaque(Kx::Psk)).then(Exchanges::of(opaque(Kx::EcdheEcdsa)));
    opaque((exchanges.has(opaque(Kx::EcdhePsk)), CertificateTypes::RAW.then(opaque(CertificateTypes::X509))));
}
