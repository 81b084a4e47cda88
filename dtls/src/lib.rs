//! DTLS 1.2 client.
#![no_std]
#![forbid(unsafe_code)]

pub mod crypto;
