//! AES-CCM against everything published: what must open opens to what was sealed, what must not does not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use stint_dtls::crypto::soft::Ccm;
use stint_vectors::Aead;

/// Why a case is not ours, if it is not.
fn skip(case: &Aead) -> Option<String> {
    match (case.key.len(), case.nonce.len(), case.tag.len()) {
        (16, 12 | 13, 4 | 6 | 8 | 10 | 12 | 14 | 16) => None,
        (16, 12 | 13, tag) => Some(format!("tag of {tag} bytes: no CCM")),
        (16, nonce, _) => Some(format!("nonce of {nonce} bytes")),
        (key, ..) => Some(format!("key of {} bits", key * 8)),
    }
}

fn with_nonce<const N: usize>(ccm: &Ccm, case: &Aead) {
    let nonce: &[u8; N] = case.nonce.as_slice().try_into().unwrap();
    let mut data = case.ciphertext.clone();
    let opened = ccm.open(nonce, &case.aad, &mut data, &case.tag);
    assert_eq!(opened, case.valid, "{}", case.source);
    if case.valid {
        assert_eq!(data, case.plaintext, "{}", case.source);
        let mut tag = vec![0; case.tag.len()];
        ccm.seal(nonce, &case.aad, &mut data, &mut tag);
        assert_eq!((&data, &tag), (&case.ciphertext, &case.tag), "{}", case.source);
    }
}

/// Replays the cases, says what was not and why, and checks that as many were as the file has: a file read in part is no pass.
fn replay(name: &str, cases: &[Aead], valid: usize, invalid: usize) {
    let mut done = [0, 0];
    let mut skipped: BTreeMap<String, usize> = BTreeMap::new();
    for case in cases {
        if let Some(why) = skip(case) {
            *skipped.entry(why).or_default() += 1;
            continue;
        }
        let ccm = Ccm::new(case.key.as_slice().try_into().unwrap());
        match case.nonce.len() {
            12 => with_nonce::<12>(&ccm, case),
            _ => with_nonce::<13>(&ccm, case),
        }
        done[usize::from(case.valid)] += 1;
    }
    println!(
        "{name}: {} opened and sealed again, {} refused, of {}; not ours: {skipped:?}",
        done[1],
        done[0],
        cases.len()
    );
    assert_eq!(done, [invalid, valid], "{name}");
}

#[test]
fn wycheproof() {
    replay("Wycheproof aes_ccm", &stint_vectors::wycheproof_ccm(), 105, 27);
}

#[test]
fn nist_cavp() {
    replay("NIST CAVP CCM", &stint_vectors::nist_ccm(), 710, 80);
}

#[test]
fn rfc_3610() {
    replay("RFC 3610", &stint_vectors::rfc3610(), 24, 0);
}
