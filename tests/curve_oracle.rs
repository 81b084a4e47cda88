//! P-256 beside p256 as it comes: random and awkward operations, and the scalars at both ends.
//!
//! The seed is fixed; `STINT_SEED=n` takes another. Each operation has a seed of its own, which a failure tells.

use p256::ProjectivePoint;
use p256::ecdsa::signature::hazmat::RandomizedPrehashSigner;
use p256::ecdsa::{Signature, SigningKey};
use std::time::Instant;
use stint_dtls::crypto::Signer;
use stint_dtls::crypto::compact::{Fast, P256Signer};
use stint_dtls::crypto::soft::Sha256;
use stint_lab::curve::numbers::{ORDER, bytes, edge, edge_scalar, encoded, parse, scalar_bytes, x};
use stint_lab::curve::{Arithmetic, operation, operations, oracle};
use stint_lab::random::Random;
use stint_vectors::{Case, Operation};

/// A reply that is not p256's. A million operations are the campaign's.
#[test]
fn an_operation_of_ten_thousand_is_not_p256s() {
    let seed = std::env::var("STINT_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(2026);
    let start = Instant::now();
    println!("10,000 operations from seed {seed} (STINT_SEED)");
    let tally = operations(seed, 10_000, &Arithmetic::OWN).unwrap();
    println!("{tally:?} in {:.1} s", start.elapsed().as_secs_f32());
    assert_eq!(tally.values().flatten().sum::<u64>(), 10_000);
    // Both answers are met, in each kind that has both; by mere chance a point is right, and a signature as good as never.
    for (kind, [taken, refused]) in &tally {
        assert!(
            *taken > 0 || ["agree with no point", "verify numbers of all kinds"].contains(kind),
            "{kind}: {tally:?}"
        );
        assert!(*refused > 0 || *kind == "verify", "{kind}: {tally:?}");
    }
    assert_eq!(tally.len(), 9, "{tally:?}");
}

/// A comparison that cannot fail shows nothing.
#[test]
fn a_wrong_reply_is_not_seen() {
    for seed in 0..200 {
        let (_, mut case) = operation(seed);
        *case.reply.last_mut().unwrap() ^= 1;
        let error = Arithmetic::Fast.check(&case).unwrap_err();
        assert!(error.contains(&format!("seed {seed},")), "{error}");
    }
}

/// A nonce with 32 random bytes added (RFC 6979 3.6) is p256's, to the byte, and not the one without.
#[test]
fn a_hedged_nonce_is_not_p256s() {
    for seed in 0..200 {
        let mut random = Random::new(seed);
        let private = scalar_bytes(&edge_scalar(&mut random));
        let digest = edge(&mut random);
        let right: Signature = SigningKey::from_slice(&private)
            .unwrap()
            .sign_prehash_with_rng(&mut Random::new(seed + 1000), &digest)
            .unwrap();
        let mut signature = [0; 64];
        let signer = P256Signer::new(&private, Fast, Sha256).unwrap();
        signer.hedged(Random::new(seed + 1000)).sign(&digest, &mut signature).unwrap();
        assert_eq!(signature[..], right.to_bytes()[..], "seed {seed}");
        let bare = oracle(String::new(), Operation::Sign { private, digest });
        assert_ne!(signature, bare.reply[1..], "seed {seed}");
    }
}

/// The sum of a point with itself, again and again, is a multiple that is computed at once; and so it is of the opposite point.
fn multiples(arithmetic: Arithmetic, point: ProjectivePoint, case: impl Fn([u8; 32], &ProjectivePoint) -> Case) {
    let (mut sum, order) = (ProjectivePoint::IDENTITY, parse(ORDER));
    for k in 1..=1000 {
        sum += point;
        arithmetic.check(&case(bytes(&k.into()), &sum)).unwrap();
        arithmetic.check(&case(bytes(&(&order - k)), &-sum)).unwrap();
    }
}

fn ends(arithmetic: Arithmetic) {
    multiples(arithmetic, ProjectivePoint::GENERATOR, |scalar, product| {
        let operation = Operation::Key { scalar };
        Case::new("a multiple of the base point".into(), operation, Some(&encoded(product)))
    });
    for peer in [ProjectivePoint::GENERATOR, ProjectivePoint::GENERATOR * p256::Scalar::from(0x5eed_u64)] {
        multiples(arithmetic, peer, |scalar, product| {
            let operation = Operation::Agree { scalar, peer: encoded(&peer) };
            Case::new("a multiple of another point".into(), operation, Some(&x(product)))
        });
    }
}

#[test]
fn a_small_scalar_or_one_near_the_order_fails_with_fast() {
    ends(Arithmetic::Fast);
}

#[test]
fn a_small_scalar_or_one_near_the_order_fails_with_compact() {
    ends(Arithmetic::Compact);
}

#[test]
fn a_small_scalar_or_one_near_the_order_fails_with_halves() {
    ends(Arithmetic::Halves);
}
