//! Each choice against RustCrypto's p256, against a model of few lines, and against published numbers.
#![cfg(test)]

extern crate std;

use super::*;
use crate::crypto::soft::{self, Sha256};
use crate::crypto::{Hash, KeyExchange, P256Task, Point, Secret, Signature, Signer, Verifier};

mod operands;
mod exchange;
mod signing;
mod verifying;
mod checked;
mod steps;
#[cfg(target_os = "linux")]
mod wiped;

/// A random source that gives these, one a call, and then fails.
struct Told<'a>(&'a [[u8; 32]]);

impl rand_core::TryRng for Told<'_> {
    type Error = core::fmt::Error;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Err(core::fmt::Error)
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Err(core::fmt::Error)
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        let (next, rest) = self.0.split_first().ok_or(core::fmt::Error)?;
        out.copy_from_slice(next);
        self.0 = rest;
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Told<'_> {}

/// Bytes of which nothing is known; as a number nearly surely below n.
fn bytes(seed: u8) -> [u8; 32] {
    let mut state = Sha256.start();
    Sha256.update(&mut state, &[seed]);
    Sha256.finish(state)
}

fn of_hex(text: &str) -> [u8; 32] {
    hex::decode(text).unwrap().try_into().unwrap()
}

/// A small number.
fn small(number: u8) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[31] = number;
    bytes
}

/// p and n, more or less a small number.
fn near(modulus: &Modulus, difference: i8) -> [u8; 32] {
    let mut bytes = [0; 32];
    to_bytes(&modulus.words, &mut bytes);
    let mut carry = i16::from(difference);
    for byte in bytes.iter_mut().rev() {
        let sum = i16::from(*byte) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
    bytes
}

const ONES: [u8; 32] = [0xff; 32];

fn public(key: &[u8; 32]) -> Point {
    soft::P256Signer::new(key).unwrap().public()
}

/// What RustCrypto's p256 agrees on.
fn agreed(key: [u8; 32], peer: &Point) -> Secret<32> {
    let (mut own, mut shared) = (Secret::EMPTY, Secret::EMPTY);
    *own.as_mut_bytes() = key;
    assert_eq!(soft::P256Exchange.agree(&mut own, peer, &mut shared), Ok(true));
    shared
}

/// What RustCrypto's p256 signs.
fn signed(key: &[u8; 32], digest: &[u8; 32]) -> Signature {
    let mut signature = [0; 64];
    soft::P256Signer::new(key).unwrap().sign(digest, &mut signature).unwrap();
    signature
}

fn task(key: Point, digest: [u8; 32], signature: &Signature) -> P256Task {
    let (r, s) = signature.split_at(32);
    P256Task { digest, r: r.try_into().unwrap(), s: s.try_into().unwrap(), key }
}
