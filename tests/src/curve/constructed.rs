//! Signatures to whose verification no private key leads: made from the two factors that the verifier is to compute with, as an attacker would.
//!
//! A verifier computes `R = a G + b Q` with `a = e / s` and `b = r / s`, and compares R's x coordinate with r. For any a, any b but zero, and any r the
//! numbers `s = r / b` and `e = a s` lead there; and for any R the key `Q = (R - a G) / b`.

use super::numbers::{encoded, scalar, scalar_bytes, x};
use p256::{ProjectivePoint, Scalar};
use stint_vectors::{Operation, signature_value};

/// What leads a verifier to the factors `a` and `b` with `key`; `r` and `b` are not zero.
#[must_use]
pub fn leading_to(a: &Scalar, b: &Scalar, key: &ProjectivePoint, r: &Scalar) -> Operation {
    let s = *r * b.invert().unwrap();
    let digest = scalar_bytes(&(*a * s));
    let signature = signature_value(&scalar_bytes(r), &scalar_bytes(&s));
    Operation::VerifyDigest { key: encoded(key), digest, signature }
}

/// The same with the r that is right, which makes it a signature; where R is infinity, no r is, and `instead` stands in its place.
#[must_use]
pub fn signature_of(a: &Scalar, b: &Scalar, key: &ProjectivePoint, instead: &Scalar) -> Operation {
    let sum = ProjectivePoint::GENERATOR * a + *key * b;
    let r = scalar(&x(&sum));
    leading_to(a, b, key, if r == Scalar::ZERO { instead } else { &r })
}

/// The key with which the factors `a` and `b` lead to `sum`; infinity is none.
#[must_use]
pub fn key_for(a: &Scalar, b: &Scalar, sum: &ProjectivePoint) -> ProjectivePoint {
    (*sum - ProjectivePoint::GENERATOR * a) * b.invert().unwrap()
}
