//! CoAP over DTLS with raw public keys on both sides, P-256 as it is best for the core.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use stint_bare::{panicked, raw_key};
use stint_dtls::crypto::compact::Native;

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    panicked(info)
}

#[entry]
fn main() -> ! {
    raw_key::with(Native)
}
