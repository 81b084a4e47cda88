//! CoAP over DTLS with raw public keys on both sides, P-256 as small as it can be had.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use stint_bare::{panicked, raw_key};
use stint_dtls::crypto::compact::Compact;

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    panicked(info)
}

#[entry]
fn main() -> ! {
    raw_key::with(Compact)
}
