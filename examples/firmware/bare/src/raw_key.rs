//! CoAP over DTLS with raw public keys on both sides, for each arithmetic of P-256.

use crate::coaps::{Lent, run};
use crate::operations::Marked;
use crate::provision::{Part, part};
use crate::random::InsecureTestRandom;
use crate::{exit, meter, uart};
use stint_dtls::crypto::compact::{Arithmetic, P256Exchange, P256Signer, P256Verifier};
use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8, Sha256};
use stint_dtls::crypto::{Crypto, Empty, P256Task};
use stint_dtls::pki::PeerIdentity;
use stint_dtls::{MemoryFor, RawKey};

type Auth<'b, A> = RawKey<'b, Marked<P256Signer<'static, A, Sha256>>, Marked<P256Verifier<A>>>;
type Provider<A> = Crypto<Sha256, (Aes128Ccm8, Aes128Ccm), InsecureTestRandom, Marked<P256Exchange<A>>>;

/// The image's program.
#[inline(always)]
pub fn with<A: Arithmetic + Copy>(arithmetic: A) -> ! {
    uart::start();
    meter::start();
    let mut memory = MemoryFor::<Auth<'_, A>, Provider<A>>::EMPTY;
    let (mut inbound, mut outbound) = ([0; 257], [0; 256]);
    let (mut task, mut store) = (P256Task::EMPTY, [0; 91]);
    let credential = size_of_val(&task) + store.len();
    let key = part(Part::Key).try_into();
    let Ok(Ok(signer)) = key.map(|key| P256Signer::new(key, arithmetic, Sha256)) else { exit(false) };
    let trusted = [part(Part::Server)];
    let auth = RawKey::new(&trusted, Marked(P256Verifier(arithmetic)), &mut task, PeerIdentity::new(&mut store));
    let auth = auth.with_key(part(Part::PublicKey), Marked(signer));
    let (aeads, kx) = ((Aes128Ccm8, Aes128Ccm), Marked(P256Exchange(arithmetic)));
    let provider = Crypto { hash: Sha256, aeads, random: InsecureTestRandom(1), kx };
    let (inbound, outbound) = (&mut inbound[..], &mut outbound[..]);
    run(auth, provider, &mut memory, Lent { inbound, outbound, reassembly: &mut [], credential })
}
