//! P-256 by RustCrypto's `p256`; see `stint_bare::curve`.
#![no_std]
#![no_main]

use core::hint::black_box as opaque;
use cortex_m_rt::entry;
use stint_bare::{curve, exit, panicked};
use stint_dtls::crypto::soft::{P256Exchange, P256Signer, P256Verifier};

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    panicked(info)
}

#[entry]
fn main() -> ! {
    let Ok(signer) = P256Signer::new(opaque(&curve::PRIVATE)) else { exit(false) };
    curve::run(P256Exchange, signer, P256Verifier)
}
