//! Signatures of several kinds before one verifier of several kinds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use stint_dtls::crypto::soft::{P256Verifier, P384Verifier, RsaVerifier, Sha256};
use stint_dtls::crypto::{Empty, PublicKey, Verifier};
use stint_vectors::{Signed, Verdict, wycheproof_ecdsa, wycheproof_rsa};

/// Takes a DER element of `tag` off the front, and gives its contents.
fn take<'a>(der: &mut &'a [u8], tag: u8) -> &'a [u8] {
    assert_eq!(der[0], tag);
    let (len, at) = match der[1] {
        0x82 => (usize::from(der[2]) << 8 | usize::from(der[3]), 4),
        0x81 => (der[2].into(), 3),
        len => (len.into(), 2),
    };
    let (contents, rest) = der[at..].split_at(len);
    *der = rest;
    contents
}

/// Takes a SubjectPublicKeyInfo apart.
fn public_key(spki: &[u8]) -> PublicKey<'_> {
    let mut inside = take(&mut { spki }, 0x30);
    let algorithm = take(&mut inside, 0x30);
    let bits = take(&mut inside, 0x03);
    assert_eq!(bits[0], 0);
    PublicKey { algorithm, bits: &bits[1..] }
}

/// Whether a verifier takes a signature; the message comes in two parts, as in a handshake.
fn verifies<V: Verifier>(verifier: &mut V, scheme: u16, case: &Signed) -> bool {
    let mut task = V::Task::EMPTY;
    let (head, tail) = case.message.split_at(case.message.len() / 3);
    let taken = verifier.task(&mut Sha256, scheme, &[head, tail], &case.signature, &public_key(&case.key), &mut task);
    taken && verifier.verify(&task).expect("software does not fail")
}

/// One verifier of a pair takes what is its own, and a signature of another scheme or key is nobody's.
#[test]
fn a_pair_of_verifiers_takes_each_its_own() {
    type All = (P256Verifier, (P384Verifier, RsaVerifier));
    assert_eq!(All::COUNT, 5);
    let schemes: Vec<_> = (0..6).map(All::scheme).collect();
    assert_eq!(schemes, [Some(0x0403), Some(0x0503), Some(0x0401), Some(0x0501), Some(0x0601), None]);
    let first =
        |cases: Vec<Signed>| cases.into_iter().find(|case| case.verdict == Verdict::Valid).expect("a valid case");
    let cases = [
        (0x0403, first(wycheproof_ecdsa("secp256r1_sha256"))),
        (0x0503, first(wycheproof_ecdsa("secp384r1_sha384"))),
        (0x0401, first(wycheproof_rsa("2048_sha256"))),
    ];
    let mut all = All::default();
    for (at, (scheme, case)) in cases.iter().enumerate() {
        assert!(verifies(&mut all, *scheme, case), "{}", case.source);
        for (other, (scheme, _)) in cases.iter().enumerate() {
            assert_eq!(verifies(&mut all, *scheme, case), at == other, "{} as {scheme:04x}", case.source);
        }
    }
    assert_eq!(all.verify(&Empty::EMPTY), Ok(false));
}
