//! Published test vectors for DTLS and CoAP, and captures of real peers, as data. Where each is from: README.md.
//!
//! Promises: what is read is what was published, and a file that does not read as such is a panic, so that no test passes over less data than it
//! thinks; nothing here knows of Stint, whose crates' tests depend on this one.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "the data is part of the source: where it is wrong, the tests must stop"
)]

mod aead;
mod capture;
mod coap;
mod mac;
mod p256;
mod public_key;
mod read;
mod x509;
mod published;

pub use aead::{Aead, nist_ccm, rfc3610, wycheproof_ccm, wycheproof_chacha20_poly1305, wycheproof_gcm};
pub use capture::{
    Capture, Captured, Direction, Finished, KeySchedule, Packet, Record, capture, captures, key_log, key_schedules,
    records,
};
pub use coap::{Printed, plain_captures, printed};
pub use mac::{Mac, Prf, rfc4231, tls_prf, wycheproof_hmac};
pub use p256::{Case, Cases, Operation, p256, signature_value};
pub use public_key::{Signed, Verdict, wycheproof_ecdsa, wycheproof_rsa};
pub use published::{Asked, Published, published, tape};
pub use read::{Pdu, libcoap_pdus};
pub use x509::{
    Certificate, Chain, LIMBO, Limbo, LimboName, PKITS, Reasons, certificates, chains, limbo, pkits, seconds,
};
