//! CoAP over DTLS with the server's certificate, its name and its dates checked; the device shows none.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use stint_bare::coaps::{Lent, run};
use stint_bare::operations::Marked;
use stint_bare::random::InsecureTestRandom;
use stint_bare::{exit, meter, panicked, rules, uart};
use stint_dtls::crypto::compact::{Native, P256Exchange, P256Verifier};
use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8, Sha256};
use stint_dtls::crypto::{Crypto, Empty, P256Task};
use stint_dtls::pki::PeerIdentity;
use stint_dtls::{MemoryFor, X509};

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    panicked(info)
}

type Auth<'b> = X509<'b, (), Marked<P256Verifier<Native>>>;
type Provider = Crypto<Sha256, (Aes128Ccm8, Aes128Ccm), InsecureTestRandom, Marked<P256Exchange<Native>>>;

#[entry]
fn main() -> ! {
    uart::start();
    meter::start();
    let mut memory = MemoryFor::<Auth<'_>, Provider>::EMPTY;
    // A datagram of the server's has up to 1,152 bytes, and cuts its ServerKeyExchange of 145 in two.
    let (mut inbound, mut reassembly, mut outbound) = ([0; 1153], [0; 164], [0; 256]);
    let (mut tasks, mut store) = ([P256Task::EMPTY; 2], [0; 192]);
    let credential = size_of_val(&tasks) + store.len();
    let Some(anchors) = rules::anchors() else { exit(false) };
    let Some(rules) = rules::rules(&anchors) else { exit(false) };
    let auth = X509::new(rules, Marked(P256Verifier(Native)), &mut tasks, PeerIdentity::new(&mut store));
    let (aeads, kx) = ((Aes128Ccm8, Aes128Ccm), Marked(P256Exchange(Native)));
    let provider = Crypto { hash: Sha256, aeads, random: InsecureTestRandom(1), kx };
    let (inbound, outbound, reassembly) = (&mut inbound[..], &mut outbound[..], &mut reassembly[..]);
    run(auth, provider, &mut memory, Lent { inbound, outbound, reassembly, credential })
}
