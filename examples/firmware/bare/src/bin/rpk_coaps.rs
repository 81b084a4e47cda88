//! CoAP over DTLS with raw public keys on both sides.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use stint_bare::coaps::{Lent, run};
use stint_bare::operations::Marked;
use stint_bare::provision::{Part, part};
use stint_bare::random::InsecureTestRandom;
use stint_bare::{exit, meter, panicked, uart};
use stint_dtls::crypto::compact::{Native, P256Exchange, P256Signer, P256Verifier};
use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8, Sha256};
use stint_dtls::crypto::{Crypto, Empty, P256Task};
use stint_dtls::pki::PeerIdentity;
use stint_dtls::{MemoryFor, RawKey};

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    panicked(info)
}

type Auth<'b> = RawKey<'b, Marked<P256Signer<'static, Native, Sha256>>, Marked<P256Verifier<Native>>>;
type Provider = Crypto<Sha256, (Aes128Ccm8, Aes128Ccm), InsecureTestRandom, Marked<P256Exchange<Native>>>;

#[entry]
fn main() -> ! {
    uart::start();
    meter::start();
    let mut memory = MemoryFor::<Auth<'_>, Provider>::EMPTY;
    let (mut inbound, mut outbound) = ([0; 257], [0; 256]);
    let (mut task, mut store) = (P256Task::EMPTY, [0; 91]);
    let credential = size_of_val(&task) + store.len();
    let key = part(Part::Key).try_into();
    let Ok(Ok(signer)) = key.map(|key| P256Signer::new(key, Native, Sha256)) else { exit(false) };
    let trusted = [part(Part::Server)];
    let auth = RawKey::new(&trusted, Marked(P256Verifier(Native)), &mut task, PeerIdentity::new(&mut store));
    let auth = auth.with_key(part(Part::PublicKey), Marked(signer));
    let (aeads, kx) = ((Aes128Ccm8, Aes128Ccm), Marked(P256Exchange(Native)));
    let provider = Crypto { hash: Sha256, aeads, random: InsecureTestRandom(1), kx };
    let (inbound, outbound) = (&mut inbound[..], &mut outbound[..]);
    run(auth, provider, &mut memory, Lent { inbound, outbound, reassembly: &mut [], credential })
}
