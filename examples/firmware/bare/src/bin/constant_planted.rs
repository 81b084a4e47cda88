//! Operations that give their secret away, each in its own way: what watches must find all of them. See `stint_bare::constant`.
#![no_std]
#![no_main]

use core::arch::asm;
use core::hint::black_box as opaque;
use cortex_m_rt::entry;
use stint_bare::{constant, panicked};
use stint_dtls::crypto::compact::{Fast, P256Exchange, P256Signer};
use stint_dtls::crypto::soft::Sha256;
use stint_dtls::crypto::{CryptoError, KeyExchange, Point, Random, Secret, Shared, Signer};

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    panicked(info)
}

/// Does what it should, and then what it should not.
struct Planted(P256Exchange<Fast>);

impl KeyExchange for Planted {
    type Ephemeral = Secret<32>;

    fn generate<R: Random>(
        &mut self,
        random: &mut R,
        own: &mut Secret<32>,
        public: &mut Point,
    ) -> nb::Result<(), CryptoError> {
        self.0.generate(random, own, public)?;
        branches(own.as_bytes());
        Ok(())
    }

    fn agree(&mut self, own: &mut Secret<32>, peer: &Point, shared: &mut Shared) -> nb::Result<bool, CryptoError> {
        looks_up(own.as_bytes());
        self.0.agree(own, peer, shared)
    }
}

/// A branch.
#[inline(never)]
fn branches(secret: &[u8; 32]) {
    if opaque(secret)[31] & 1 == 1 {
        // SAFETY: it does nothing.
        unsafe { asm!("nop", "nop") };
    } else {
        // SAFETY: likewise.
        unsafe { asm!("nop", "mov r8, r8") };
    }
}

/// A load whose address is the secret's.
#[inline(never)]
fn looks_up(secret: &[u8; 32]) {
    static TABLE: [u8; 16] = [7; 16];
    opaque(opaque(&TABLE)[usize::from(opaque(secret)[31] & 15)]);
}

/// A store whose address is the secret's.
#[inline(never)]
fn writes(secret: &[u8; 32]) {
    let mut table = [0; 16];
    opaque(&mut table)[usize::from(opaque(secret)[31] & 15)] = 7;
    opaque(&table);
}

/// A copy that nobody wipes.
#[inline(never)]
fn leaves(secret: &[u8; 32]) {
    let mut copy = *opaque(secret);
    opaque(&mut copy);
}

#[entry]
fn main() -> ! {
    constant::run(Planted(P256Exchange(Fast)), |key, digest, signature| {
        let signed = P256Signer::new(key, Fast, Sha256).is_ok_and(|mut signer| signer.sign(digest, signature).is_ok());
        writes(key);
        leaves(key);
        signed
    })
}
