//! CoAP over DTLS with a pre-shared key.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use stint_bare::coaps::{Lent, run};
use stint_bare::operations::Marked;
use stint_bare::random::InsecureTestRandom;
use stint_bare::{exit, meter, panicked, records, uart};
use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8, Sha256};
use stint_dtls::crypto::{Crypto, PreSharedKey};
use stint_dtls::{MemoryFor, Psk};

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    panicked(info)
}

type Auth = Psk<'static, Marked<PreSharedKey<'static>>>;
type Provider = Crypto<Sha256, (Aes128Ccm8, Aes128Ccm), InsecureTestRandom>;

#[entry]
fn main() -> ! {
    uart::start();
    meter::start();
    let mut memory = MemoryFor::<Auth, Provider>::EMPTY;
    let (mut inbound, mut outbound) = ([0; 193], [0; 160]);
    let Ok(key) = PreSharedKey::new(&records::KEY) else { exit(false) };
    let Ok(auth) = Psk::new(&records::IDENTITY, Marked(key)) else { exit(false) };
    let provider = Crypto { hash: Sha256, aeads: (Aes128Ccm8, Aes128Ccm), random: InsecureTestRandom(1), kx: () };
    let (inbound, outbound) = (&mut inbound[..], &mut outbound[..]);
    run(auth, provider, &mut memory, Lent { inbound, outbound, reassembly: &mut [], credential: 0 })
}
