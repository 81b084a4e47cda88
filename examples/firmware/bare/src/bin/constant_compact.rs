//! Operations on secrets, by our own P-256: `Compact`; see `stint_bare::constant`.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use stint_bare::{constant, panicked};
use stint_dtls::crypto::Signer;
use stint_dtls::crypto::compact::{Compact, P256Exchange, P256Signer};
use stint_dtls::crypto::soft::Sha256;

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    panicked(info)
}

#[entry]
fn main() -> ! {
    constant::run(P256Exchange(Compact), |key, digest, signature| {
        P256Signer::new(key, Compact, Sha256).is_ok_and(|mut signer| signer.sign(digest, signature).is_ok())
    })
}
