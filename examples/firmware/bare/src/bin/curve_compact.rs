//! P-256 of our own in the least flash, `Compact`; see `stint_bare::curve`.
#![no_std]
#![no_main]

use core::hint::black_box as opaque;
use cortex_m_rt::entry;
use stint_bare::{curve, exit, panicked};
use stint_dtls::crypto::compact::{Compact, P256Exchange, P256Signer, P256Verifier};
use stint_dtls::crypto::soft::Sha256;

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    panicked(info)
}

#[entry]
fn main() -> ! {
    let Ok(signer) = P256Signer::new(opaque(&curve::PRIVATE), Compact, Sha256) else { exit(false) };
    curve::run(P256Exchange(Compact), signer, P256Verifier(Compact))
}
