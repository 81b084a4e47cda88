//! P-256 of our own: every operation with every arithmetic, whole and in steps, on numbers that nobody can know.

use crate::nothing::{Nothing, any_bytes};
use core::hint::black_box as opaque;
use stint_dtls::crypto::compact::{
    Arithmetic, Compact, Fast, Halves, Native, P256Exchange, P256Signer, P256Verifier, Steps,
};
use stint_dtls::crypto::{Checked, Empty, KeyExchange, PublicKey, Secret, Signer, Verifier};

#[inline(never)]
pub(crate) fn run() {
    with(Compact);
    with(Fast);
    with(Halves);
    with(Native);
}

#[inline(never)]
fn with<A: Arithmetic + Copy>(arithmetic: A) {
    exchanged(P256Exchange(arithmetic));
    exchanged(Steps::new(P256Exchange(arithmetic), opaque(3)));
    verified(P256Verifier(arithmetic));
    verified(Steps::new(P256Verifier(arithmetic), opaque(3)));
    let Ok(signer) = P256Signer::new(opaque(&[1; 32]), arithmetic, Nothing) else { return };
    opaque(signer.public());
    signed(signer);
    signed(signer.hedged(Nothing));
    signed(Steps::new(signer, opaque(3)));
    signed(Checked::new(signer, opaque([4; 65]), P256Verifier(arithmetic)));
    opaque(Steps::new(signer, 1).operation().public());
}

#[inline(never)]
pub(crate) fn exchanged<X: KeyExchange<Ephemeral = Secret<32>>>(mut exchange: X) {
    opaque(exchange.generate(&mut Nothing, &mut opaque(Secret::EMPTY), opaque(&mut [0; 65])).is_ok());
    agreed(exchange);
}

#[inline(never)]
pub(crate) fn agreed<X: KeyExchange<Ephemeral = Secret<32>>>(mut exchange: X) {
    let (mut own, mut shared) = (opaque(Secret::EMPTY), opaque(Secret::EMPTY));
    opaque(exchange.agree(&mut own, opaque(&[4; 65]), &mut shared).is_ok());
    opaque(shared.as_bytes());
}

#[inline(never)]
pub(crate) fn signed<S: Signer>(mut signer: S) {
    opaque(signer.sign(opaque(&[1; 32]), opaque(&mut [0; 64])).is_ok());
}

#[inline(never)]
pub(crate) fn verified<V: Verifier>(mut verifier: V) {
    let mut task = opaque(V::Task::EMPTY);
    let key = PublicKey { algorithm: any_bytes(), bits: any_bytes() };
    opaque(verifier.task(
        &mut Nothing,
        opaque(V::scheme(opaque(0)).unwrap_or(0x0403)),
        &[any_bytes()],
        any_bytes(),
        &key,
        &mut task,
    ));
    opaque(verifier.verify(opaque(&task)).is_ok());
}
