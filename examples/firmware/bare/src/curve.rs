//! What the images `curve_…` do: each of the four operations of P-256 once, measured, whoever does it.
//!
//! **Net flash** of an implementation is its image less `curve_base`. Both are this function; both hold the meter, the UART, the random source, SHA-256, HMAC, the
//! DER of a signature and the task of a [`Verifier`], all of which a handshake brings. So what is left is the curve: field, order and point, with the checks of keys and
//! signatures, the nonces of RFC 6979 as far as HMAC does not make them, and what of `core` nothing else needed.
//!
//! Instructions and stack of an operation are those of one call into the capability, from outside it.

use crate::exit;
use crate::meter::{self, Meter};
use crate::random::InsecureTestRandom;
use crate::uart::{self, Step};
use core::hint::black_box as opaque;
use stint_dtls::crypto::soft::Sha256;
use stint_dtls::crypto::{
    Empty, Hash, KeyExchange, MAX_SIGNATURE_DER, P256_SPKI_HEAD, Point, Prf, PublicKey, Shared, Signer, Verifier,
    encode_signature,
};

/// ecdsa_secp256r1_sha256 (RFC 5246 7.4.1.4.1).
const ECDSA_SHA256: u16 = 0x0403;

/// What is signed.
const MESSAGE: &[u8] = b"sample";

/// The private key of RFC 6979 A.2.5.
pub static PRIVATE: [u8; 32] = [
    0xc9, 0xaf, 0xa9, 0xd8, 0x45, 0xba, 0x75, 0x16, 0x6b, 0x5c, 0x21, 0x57, 0x67, 0xb1, 0xd6, 0x93, 0x4e, 0x50, 0xc3,
    0xdb, 0x36, 0xe8, 0x9b, 0x12, 0x7b, 0x8a, 0x62, 0x2b, 0x12, 0x0f, 0x67, 0x21,
];

/// Its public key.
static PUBLIC: Point = [
    0x04, 0x60, 0xfe, 0xd4, 0xba, 0x25, 0x5a, 0x9d, 0x31, 0xc9, 0x61, 0xeb, 0x74, 0xc6, 0x35, 0x6d, 0x68, 0xc0, 0x49,
    0xb8, 0x92, 0x3b, 0x61, 0xfa, 0x6c, 0xe6, 0x69, 0x62, 0x2e, 0x60, 0xf2, 0x9f, 0xb6, 0x79, 0x03, 0xfe, 0x10, 0x08,
    0xb8, 0xbc, 0x99, 0xa4, 0x1a, 0xe9, 0xe9, 0x56, 0x28, 0xbc, 0x64, 0xf2, 0xf1, 0xb2, 0x0c, 0x2d, 0x7e, 0x9f, 0x51,
    0x77, 0xa3, 0xc2, 0x94, 0xd4, 0x46, 0x22, 0x99,
];

/// Does all four, reports them and ends the run: well, if both sides agree on a secret, and the signature by [`PRIVATE`] is verified.
pub fn run(kx: impl KeyExchange, signer: impl Signer, verifier: impl Verifier) -> ! {
    uart::start();
    meter::start();
    hashed();
    exit(exchanged(kx) && signed(signer, verifier))
}

/// What a handshake has anyway: the PRF, and HMAC with it.
#[inline(never)]
fn hashed() {
    let (mut keyed, mut out) = (Prf::<Sha256>::EMPTY, [0; 48]);
    keyed.key(&mut Sha256, &[opaque(&PRIVATE)]);
    keyed.expand(&mut Sha256, opaque(MESSAGE), &[opaque(&PUBLIC)], &mut out);
    opaque(&mut out);
}

/// Two sides make a key each, and agree.
#[inline(never)]
fn exchanged<X: KeyExchange>(mut kx: X) -> bool {
    let mut random = InsecureTestRandom(opaque(1));
    let (mut generate, mut agree) = (Meter::NEW, Meter::NEW);
    let (mut ours, mut our_point, mut our_secret) = (X::Ephemeral::EMPTY, [0; 65], Shared::EMPTY);
    let (mut theirs, mut their_point, mut their_secret) = (X::Ephemeral::EMPTY, [0; 65], Shared::EMPTY);
    let made = generate.run(|| kx.generate(&mut random, &mut ours, &mut our_point)).is_ok()
        && kx.generate(&mut random, &mut theirs, &mut their_point).is_ok();
    let agreed = agree.run(|| kx.agree(&mut ours, &their_point, &mut our_secret)) == Ok(true)
        && kx.agree(&mut theirs, &our_point, &mut their_secret) == Ok(true);
    uart::step(Step::Generate, &generate);
    uart::step(Step::Agree, &agree);
    made && agreed && our_secret == their_secret && our_secret != Shared::EMPTY
}

/// One signs, the other verifies.
#[inline(never)]
fn signed<V: Verifier>(mut signer: impl Signer, mut verifier: V) -> bool {
    let (mut sign, mut verify) = (Meter::NEW, Meter::NEW);
    let (mut state, mut digest) = (Sha256.start(), [0; 32]);
    Sha256.update(&mut state, opaque(MESSAGE));
    Sha256.digest(&mut state, &mut digest);
    let (mut signature, mut der, mut task) = ([0; 64], [0; MAX_SIGNATURE_DER], V::Task::EMPTY);
    let made = sign.run(|| signer.sign(&digest, &mut signature)).is_ok();
    let len = encode_signature(&signature, &mut der);
    // The algorithm stands in the SPKI behind two headers, in front of one.
    let key = PublicKey { algorithm: P256_SPKI_HEAD.get(4..23).unwrap_or_default(), bits: opaque(&PUBLIC) };
    let der = der.get(..len).unwrap_or_default();
    let taken = verifier.task(&mut Sha256, ECDSA_SHA256, &[opaque(MESSAGE)], der, &key, &mut task);
    let verified = verify.run(|| verifier.verify(&task)) == Ok(true);
    uart::step(Step::Sign, &sign);
    uart::step(Step::Verify, &verify);
    made && taken && verified
}
