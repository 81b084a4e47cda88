//! P-256 against everything published, with every choice of arithmetic: keys, agreements, signatures, verifications.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use stint_dtls::crypto::compact::{Compact, Fast, Halves};
use stint_operations::{Choice, Cut, Own, Soft, answer};
use stint_vectors::{Case, p256};

/// What the sets hold: cases that are taken, cases that are refused, and what is no case of the curve.
const SETS: [(&str, [usize; 3]); 20] = [
    ("RFC 5903 8.1, 6979 A.2.5, 4754 8.1: keys and agreements", [6, 0, 0]),
    ("RFC 6979 A.2.5, 4754 8.1: signatures", [24, 0, 0]),
    ("NIST CAVP ECDSA KeyPair", [10, 0, 0]),
    ("NIST CAVP ECDSA PKV", [4, 8, 0]),
    ("NIST CAVP ECDSA SigGen", [225, 0, 0]),
    ("NIST CAVP ECDSA SigVer", [15, 60, 0]),
    ("NIST CAVP ECC CDH, Z, initiator", [36, 8, 4]),
    ("NIST CAVP ECC CDH, Z, responder", [36, 8, 4]),
    ("NIST CAVP ECC CDH, keys, initiator", [108, 24, 12]),
    ("NIST CAVP ECC CDH, keys, responder", [108, 24, 12]),
    ("Wycheproof ECDH, points", [330, 16, 9]),
    ("Wycheproof ECDH, SubjectPublicKeyInfo", [330, 19, 263]),
    ("Wycheproof ECDSA SHA-256", [174, 310, 0]),
    ("Wycheproof ECDSA SHA-256, P1363", [173, 68, 21]),
    ("Wycheproof ECDSA SHA-512", [243, 311, 0]),
    ("Wycheproof ECDSA SHA-512, P1363", [242, 69, 21]),
    ("Wycheproof ECDSA SHA3-256", [178, 304, 0]),
    ("Wycheproof ECDSA SHA3-512", [243, 305, 0]),
    ("Wycheproof ECDSA SHAKE128", [176, 304, 0]),
    ("Wycheproof ECDSA SHAKE128, P1363", [175, 62, 21]),
];

/// Replays all sets.
fn replay<C: Choice>(choice: &C) {
    let mut found = Vec::new();
    for set in p256() {
        for case in &set.cases {
            assert_eq!(replied(choice, case), case.reply, "{}: {:02x?}", case.source, case.operation);
        }
        let taken = set.cases.iter().filter(|case| case.reply != [0]).count();
        let counts = [taken, set.cases.len() - taken, set.others];
        println!("{}: {} taken, {} refused, {} of another form", set.name, counts[0], counts[1], counts[2]);
        found.push((set.name, counts));
    }
    assert_eq!(found, SETS);
}

fn replied<C: Choice>(choice: &C, case: &Case) -> Vec<u8> {
    let request = case.operation.request();
    let mut rest = &request[..];
    let reply = answer(choice, &mut rest).expect("a request");
    assert!(rest.is_empty(), "{}", case.source);
    reply.as_bytes().to_vec()
}

#[test]
fn with_p256() {
    replay(&Soft);
}

#[test]
fn with_fast() {
    replay(&Own(Fast));
}

#[test]
fn with_compact() {
    replay(&Own(Compact));
}

#[test]
fn with_halves() {
    replay(&Own(Halves));
}

#[test]
fn with_fast_cut_in_steps() {
    replay(&Cut(Fast, 7));
}

/// A replay that cannot fail shows nothing.
#[test]
fn a_changed_case_is_not_seen() {
    for set in p256() {
        let Some(case) = set.cases.iter().find(|case| case.reply.len() > 1) else { continue };
        let mut changed = case.clone();
        *changed.reply.last_mut().expect("a reply") ^= 1;
        assert_ne!(replied(&Soft, &changed), changed.reply, "{}", case.source);
    }
}
