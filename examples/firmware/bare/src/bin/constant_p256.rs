//! Operations on secrets, by RustCrypto's `p256`; see `stint_bare::constant`.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use stint_bare::{constant, panicked};
use stint_dtls::crypto::Signer;
use stint_dtls::crypto::soft::{P256Exchange, P256Signer};

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    panicked(info)
}

#[entry]
fn main() -> ! {
    constant::run(P256Exchange, |key, digest, signature| {
        P256Signer::new(key).is_ok_and(|mut signer| signer.sign(digest, signature).is_ok())
    })
}
