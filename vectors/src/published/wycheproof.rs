//! Wycheproof, but for P-256.

use super::{Aead, Published, ask, der};
use crate::{Signed, Verdict};
use crate::{
    wycheproof_ccm, wycheproof_chacha20_poly1305, wycheproof_ecdsa, wycheproof_gcm, wycheproof_hmac, wycheproof_rsa,
};

pub(super) fn files() -> Vec<Published> {
    let mut files = vec![
        aead("aes_ccm", &wycheproof_ccm(), Aead::Ccm, 16),
        aead("aes_gcm", &wycheproof_gcm(), Aead::Gcm, 16),
        aead("chacha20_poly1305", &wycheproof_chacha20_poly1305(), Aead::ChaCha20Poly1305, 32),
        hmac(),
        signed("ecdsa_secp384r1_sha384", 0x0503, &wycheproof_ecdsa("secp384r1_sha384")),
    ];
    for (name, scheme) in [("2048_sha256", 0x0401), ("3072_sha384", 0x0501), ("4096_sha512", 0x0601)] {
        files.push(signed(&format!("rsa_signature_{name}"), scheme, &wycheproof_rsa(name)));
    }
    files
}

fn file(name: &str) -> Published {
    Published::new(format!("wycheproof/{name}_test.json"))
}

/// Why a case of CCM cannot be asked, where it cannot.
pub(super) fn not_ccm(case: &crate::Aead, key: usize) -> Option<String> {
    match (case.key.len(), case.nonce.len(), case.tag.len()) {
        (len, ..) if len != key => Some(other_key(len)),
        (_, 12 | 13, 4 | 6 | 8 | 10 | 12 | 14 | 16) => None,
        (_, 12 | 13, _) => Some("a tag of a length that CCM has not".to_owned()),
        _ => Some("a nonce that has neither 12 bytes nor 13".to_owned()),
    }
}

fn other_key(len: usize) -> String {
    format!("a key of {} bits, which no suite of ours has", len * 8)
}

fn aead(name: &str, cases: &[crate::Aead], aead: Aead, key: usize) -> Published {
    let mut file = file(name);
    for case in cases {
        let other = match aead {
            Aead::Ccm => not_ccm(case, key),
            _ if case.key.len() != key => Some(other_key(case.key.len())),
            _ if case.nonce.len() != 12 => Some("a nonce that has not 12 bytes".to_owned()),
            _ => None,
        };
        if let Some(reason) = other {
            file.other(reason);
            continue;
        }
        let (request, reply) = aead.ask(case);
        file.push(case.source.clone(), request, reply.as_deref());
    }
    file
}

fn hmac() -> Published {
    let mut file = file("hmac_sha256");
    for case in wycheproof_hmac() {
        let request = ask(9, &[&case.key, &case.data, &case.mac]);
        file.push(case.source, request, case.valid.then_some(&case.mac));
    }
    file
}

/// What may be taken or not (an encoding that some old signer made) is refused: we are strict.
fn signed(name: &str, scheme: u16, cases: &[Signed]) -> Published {
    let mut file = file(name);
    for case in cases {
        let (algorithm, bits) = der::public_key(&case.key).unwrap_or_else(|| panic!("{}: no key", case.source));
        let request = ask(11, &[&scheme.to_be_bytes(), algorithm, bits, &case.message, &case.signature]);
        let valid = case.verdict == Verdict::Valid;
        file.push(case.source.clone(), request, valid.then_some(&[]));
    }
    file
}
