//! The baseline of the images `curve_…`: all that they hold, and no curve.
#![no_std]
#![no_main]

use core::hint::black_box as opaque;
use cortex_m_rt::entry;
use stint_bare::{curve, panicked};
use stint_dtls::crypto::soft::{P256Task, P256Verifier};
use stint_dtls::crypto::{
    CryptoError, Hash, KeyExchange, Point, PublicKey, Random, Secret, Shared, Signature, Signer, Verifier,
};

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    panicked(info)
}

/// Where a curve would be.
struct Nothing;

impl KeyExchange for Nothing {
    type Ephemeral = Secret<32>;

    fn generate<R: Random>(
        &mut self,
        random: &mut R,
        own: &mut Secret<32>,
        _public: &mut Point,
    ) -> nb::Result<(), CryptoError> {
        random.fill(own.as_mut_bytes()).map_err(nb::Error::Other)
    }

    fn agree(&mut self, _own: &mut Secret<32>, _peer: &Point, shared: &mut Shared) -> nb::Result<bool, CryptoError> {
        shared.as_mut_bytes().fill(opaque(1));
        Ok(opaque(true))
    }
}

impl Signer for Nothing {
    fn sign(&mut self, digest: &[u8; 32], signature: &mut Signature) -> nb::Result<(), CryptoError> {
        signature.iter_mut().zip(opaque(digest)).for_each(|(to, from)| *to = *from);
        signature.iter_mut().skip(32).for_each(|byte| *byte = opaque(1));
        Ok(())
    }
}

impl Verifier for Nothing {
    type Task = P256Task;
    const COUNT: usize = 1;

    fn scheme(index: usize) -> Option<u16> {
        P256Verifier::scheme(index)
    }

    fn task<H: Hash>(
        &self,
        hash: &mut H,
        scheme: u16,
        message: &[&[u8]],
        signature: &[u8],
        key: &PublicKey<'_>,
        task: &mut P256Task,
    ) -> bool {
        // Taking a signature apart is no work of the curve's.
        P256Verifier.task(hash, scheme, message, signature, key, task)
    }

    fn verify(&mut self, task: &P256Task) -> nb::Result<bool, CryptoError> {
        opaque(task);
        Ok(opaque(true))
    }
}

#[entry]
fn main() -> ! {
    curve::run(Nothing, Nothing, Nothing)
}
