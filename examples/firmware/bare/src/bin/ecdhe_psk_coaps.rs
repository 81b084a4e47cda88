//! CoAP over DTLS with a pre-shared key and ephemeral keys.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use stint_bare::coaps::{Lent, run};
use stint_bare::operations::Marked;
use stint_bare::random::InsecureTestRandom;
use stint_bare::{exit, meter, panicked, records, uart};
use stint_dtls::crypto::compact::{Native, P256Exchange};
use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8, Sha256};
use stint_dtls::crypto::{Crypto, PreSharedKey};
use stint_dtls::{EcdhePsk, MemoryFor};

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    panicked(info)
}

type Auth = EcdhePsk<'static, Marked<PreSharedKey<'static>>>;
type Provider = Crypto<Sha256, (Aes128Ccm8, Aes128Ccm), InsecureTestRandom, Marked<P256Exchange<Native>>>;

#[entry]
fn main() -> ! {
    uart::start();
    meter::start();
    let mut memory = MemoryFor::<Auth, Provider>::EMPTY;
    let (mut inbound, mut outbound) = ([0; 257], [0; 224]);
    let Ok(key) = PreSharedKey::new(&records::KEY) else { exit(false) };
    let Ok(auth) = EcdhePsk::new(&records::IDENTITY, Marked(key)) else { exit(false) };
    let (aeads, kx) = ((Aes128Ccm8, Aes128Ccm), Marked(P256Exchange(Native)));
    let provider = Crypto { hash: Sha256, aeads, random: InsecureTestRandom(1), kx };
    let (inbound, outbound) = (&mut inbound[..], &mut outbound[..]);
    run(auth, provider, &mut memory, Lent { inbound, outbound, reassembly: &mut [], credential: 0 })
}
