//! Verifying: what an attacker may send.
#![cfg(test)]

use super::*;
use crate::crypto::{Empty, MAX_SIGNATURE_DER, PublicKey, encode_signature, p256_spki};
use p256::elliptic_curve::PrimeField;
use p256::elliptic_curve::ops::Reduce;
use p256::elliptic_curve::sec1::{FromEncodedPoint, ToEncodedPoint};
use p256::{AffinePoint, EncodedPoint, ProjectivePoint, Scalar};

/// Whether it holds, of which all choices are of one mind with RustCrypto's p256.
#[track_caller]
fn holds(task: &P256Task) -> bool {
    let expected = soft::P256Verifier.verify(task);
    assert_eq!(P256Verifier(Fast).verify(task), expected);
    assert_eq!(P256Verifier(Compact).verify(task), expected);
    assert_eq!(P256Verifier(Halves).verify(task), expected);
    expected.unwrap()
}

#[test]
fn a_good_signature_does_not_hold_or_a_bad_one_does() {
    let n = |difference| near(&order::N, difference);
    for digest in [bytes(7), small(0), n(-1), n(0), n(1), ONES] {
        let good = task(public(&bytes(1)), digest, &signed(&bytes(1), &digest));
        assert!(holds(&good), "{digest:x?}");
        for at in [0, 15, 31] {
            let mut changed = [good.clone(), good.clone(), good.clone(), good.clone()];
            changed[0].digest[at] ^= 1;
            changed[1].r[at] ^= 1;
            changed[2].s[at] ^= 1;
            changed[3].key = public(&bytes(2));
            changed.iter().for_each(|bad| assert!(!holds(bad)));
        }
        for edge in [small(0), n(0), n(1), ONES] {
            assert!(!holds(&P256Task { r: edge, ..good.clone() }));
            assert!(!holds(&P256Task { s: edge, ..good.clone() }));
        }
        // The same numbers, written larger, where that has 256 bits.
        let mut flipped = good.clone();
        flipped.s = (-Scalar::from_repr(good.s.into()).unwrap()).to_bytes().into();
        assert!(holds(&flipped), "n - s is as good as s");
    }
}

#[test]
fn a_sum_meets_equal_points_opposite_ones_or_infinity() {
    // The keys G, -G, 2G, -2G: the products of both points meet in any way; the digest 0 leaves one of them out.
    for key in [small(1), small(2), near(&order::N, -1), near(&order::N, -2)] {
        for digest in [small(0), small(1), small(2), near(&order::N, -1), bytes(7)] {
            assert!(holds(&task(public(&key), digest, &signed(&key, &digest))));
            for r in [small(1), small(2), near(&order::N, -1), digest] {
                for s in [small(1), small(2), near(&order::N, -1)] {
                    holds(&P256Task { digest, r, s, key: public(&key) });
                }
            }
        }
    }
}

fn scalar(bytes: &[u8; 32]) -> Scalar {
    Scalar::from_repr((*bytes).into()).unwrap()
}

/// The point with this x, if there is one.
fn with_x(x: &[u8; 32]) -> Option<ProjectivePoint> {
    let encoded = EncodedPoint::from_bytes([&[2], &x[..]].concat()).unwrap();
    Option::<AffinePoint>::from(AffinePoint::from_encoded_point(&encoded)).map(ProjectivePoint::from)
}

/// A task whose sum is `point`, by a key made for it: `(s * point - e * G) / r`.
fn leading_to(point: ProjectivePoint, r: [u8; 32]) -> P256Task {
    let (digest, s) = (bytes(7), bytes(8));
    let e = <Scalar as Reduce<p256::U256>>::reduce_bytes(&digest.into());
    let key = (point * scalar(&s) - ProjectivePoint::GENERATOR * e) * scalar(&r).invert().unwrap();
    let key = key.to_affine().to_encoded_point(false).as_bytes().try_into().unwrap();
    P256Task { digest, r, s, key }
}

#[test]
fn an_x_that_is_not_below_the_order_is_missed() {
    let mut found = 0;
    for r in 1..20 {
        if let Some(point) = with_x(&near(&order::N, r)) {
            assert!(holds(&leading_to(point, small(r as u8))), "x is n + {r}");
            found += 1;
        }
    }
    assert!(found > 3);
}

#[test]
fn an_x_is_taken_for_one_that_p_less_was() {
    // r + n is x modulo p, but not modulo n, r being p - n + x: no less than what r + n < p allows.
    let mut gap = field::P.words;
    let mut n = order::N.words;
    let to = register(&mut gap);
    minus(to, to, register(&mut n));
    let mut gap_bytes = [0; 32];
    to_bytes(&gap, &mut gap_bytes);
    let mut found = 0;
    for x in 0..20 {
        if let Some(point) = with_x(&small(x)) {
            let r = (scalar(&gap_bytes) + scalar(&small(x))).to_bytes().into();
            assert!(!holds(&leading_to(point, r)), "x is {x}");
            found += 1;
        }
    }
    assert!(found > 3);
}

#[test]
fn a_key_is_no_point() {
    let good = task(public(&bytes(1)), bytes(7), &signed(&bytes(1), &bytes(7)));
    for (at, with) in [(0, 0), (0, 2), (0, 5), (32, 1), (64, 1)] {
        let mut bad = good.clone();
        bad.key[at] = if at == 0 { with } else { bad.key[at] ^ with };
        assert!(!holds(&bad));
    }
    assert!(!holds(&P256Task { key: [0; 65], ..good }));
}

/// A task is made by both verifiers, or by none.
#[test]
fn a_task_is_made_of_something_else() {
    let good = task(public(&bytes(1)), bytes(7), &signed(&bytes(1), &bytes(7)));
    let signature: Signature = [good.r, good.s].concat().try_into().unwrap();
    let mut der = [0; MAX_SIGNATURE_DER];
    let len = encode_signature(&signature, &mut der);
    let spki = p256_spki(&good.key);
    let (algorithm, bits) = (&spki[4..23], &spki[26..]);
    let made = |scheme, signature: &[u8], algorithm, bits| {
        let key = PublicKey { algorithm, bits };
        let mut tasks = [P256Task::EMPTY, P256Task::EMPTY];
        let [one, other] = &mut tasks;
        let message: [&[u8]; 2] = [&[], &[7]];
        let taken = P256Verifier(Fast).task(&mut Sha256, scheme, &message, signature, &key, one);
        let steps = Steps::new(P256Verifier(Fast), 1);
        assert_eq!(steps.task(&mut Sha256, scheme, &message, signature, &key, other), taken);
        assert!(!taken || tasks == [good.clone(), good.clone()]);
        taken
    };
    assert!(made(0x0403, &der[..len], algorithm, bits));
    assert!(!made(0x0401, &der[..len], algorithm, bits));
    assert!(!made(0x0403, &der[..len - 1], algorithm, bits));
    assert!(!made(0x0403, &der[..len], &algorithm[..18], bits));
    assert!(!made(0x0403, &der[..len], algorithm, &bits[..64]));
    assert!(!made(0x0403, &der[..len], algorithm, &[0; 66]));
    for index in [0, 1] {
        let scheme = (index == 0).then_some(0x0403);
        assert_eq!(<P256Verifier<Fast> as Verifier>::scheme(index), scheme);
        assert_eq!(<Steps<P256Verifier<Fast>> as Verifier>::scheme(index), scheme);
    }
    assert_eq!([<P256Verifier<Fast> as Verifier>::COUNT, <Steps<P256Verifier<Fast>> as Verifier>::COUNT], [1, 1]);
}
