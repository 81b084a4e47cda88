//! P-256 of our own in the least time, `Fast`; see `stint_bare::curve`.
#![no_std]
#![no_main]

use core::hint::black_box as opaque;
use cortex_m_rt::entry;
use stint_bare::{curve, exit, panicked};
use stint_dtls::crypto::compact::{Fast, P256Exchange, P256Signer, P256Verifier};
use stint_dtls::crypto::soft::Sha256;

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    panicked(info)
}

#[entry]
fn main() -> ! {
    let Ok(signer) = P256Signer::new(opaque(&curve::PRIVATE), Fast, Sha256) else { exit(false) };
    curve::run(P256Exchange(Fast), signer, P256Verifier(Fast))
}
