//! CoAP over DTLS with a pre-shared key or with certificates on both sides, whichever the server chooses: here certificates, the dearer of the two.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use stint_bare::coaps::{Lent, run};
use stint_bare::operations::Marked;
use stint_bare::provision::{Part, part};
use stint_bare::random::InsecureTestRandom;
use stint_bare::{exit, meter, panicked, records, rules, uart};
use stint_dtls::crypto::compact::{Native, P256Exchange, P256Signer, P256Verifier};
use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8, Sha256};
use stint_dtls::crypto::{Crypto, Empty, P256Task, PreSharedKey};
use stint_dtls::pki::PeerIdentity;
use stint_dtls::{MemoryFor, Psk, X509};

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    panicked(info)
}

type Certified<'b> = X509<'b, Marked<P256Signer<'static, Native, Sha256>>, Marked<P256Verifier<Native>>>;
type Auth<'b> = (Psk<'static, Marked<PreSharedKey<'static>>>, Certified<'b>);
type Provider = Crypto<Sha256, (Aes128Ccm8, Aes128Ccm), InsecureTestRandom, Marked<P256Exchange<Native>>>;

#[entry]
fn main() -> ! {
    uart::start();
    meter::start();
    let mut memory = MemoryFor::<Auth<'_>, Provider>::EMPTY;
    // A datagram of the server's has up to 1,152 bytes, and cuts its ServerKeyExchange of 145 in two.
    let (mut inbound, mut reassembly, mut outbound) = ([0; 1153], [0; 164], [0; 384]);
    let (mut tasks, mut store) = ([P256Task::EMPTY; 2], [0; 192]);
    let credential = size_of_val(&tasks) + store.len();
    let Ok(key) = PreSharedKey::new(&records::KEY) else { exit(false) };
    let Ok(psk) = Psk::new(&records::IDENTITY, Marked(key)) else { exit(false) };
    let Some(anchors) = rules::anchors() else { exit(false) };
    let Some(rules) = rules::rules(&anchors) else { exit(false) };
    let key = part(Part::Key).try_into();
    let Ok(Ok(signer)) = key.map(|key| P256Signer::new(key, Native, Sha256)) else { exit(false) };
    let chain = [part(Part::Certificate)];
    let x509 = X509::new(rules, Marked(P256Verifier(Native)), &mut tasks, PeerIdentity::new(&mut store));
    let auth = (psk, x509.with_certificate(&chain, Marked(signer)));
    let (aeads, kx) = ((Aes128Ccm8, Aes128Ccm), Marked(P256Exchange(Native)));
    let provider = Crypto { hash: Sha256, aeads, random: InsecureTestRandom(1), kx };
    let (inbound, outbound, reassembly) = (&mut inbound[..], &mut outbound[..], &mut reassembly[..]);
    run(auth, provider, &mut memory, Lent { inbound, outbound, reassembly, credential })
}
