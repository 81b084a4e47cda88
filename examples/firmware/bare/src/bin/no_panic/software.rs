//! The software provider, whole: each suite's cipher, the curve of a third party, and the verifiers of certificates, on what nobody can know.
//!
//! One path is left that no optimiser removes: `sec1` looks at the tag of a point that it has itself encoded, and would panic at one that it never writes
//! (`EncodedPoint::tag`). What writes a point with `p256` (`P256Exchange::generate`, `P256Signer::public`) is in the image with `handler` alone: there it is
//! traced, and must be the only one.

#[cfg(feature = "handler")]
use crate::curve::exchanged;
use crate::curve::{agreed, signed, verified};
use crate::nothing::{any_bytes, provider};
use core::hint::black_box as opaque;
use stint_dtls::crypto::soft::{Ccm, P256Exchange, P256Signer, P256Verifier, P384Verifier, RsaVerifier};
use stint_dtls::crypto::{Aeads, Kx};

#[inline(never)]
pub(crate) fn run() {
    sealed(provider::CIPHERS);
    sealed(provider::EXPANDED);
    agreed(P256Exchange);
    verified((P256Verifier, (P384Verifier, RsaVerifier)));
    if let Ok(signer) = P256Signer::new(opaque(&[1; 32])) {
        signed(signer);
        #[cfg(feature = "handler")]
        opaque(signer.public());
    }
    #[cfg(feature = "handler")]
    exchanged(P256Exchange);
    opaque(Ccm::new(opaque(&[1; 16])));
}

/// Every way that an AEAD can be called, with data of any length and a tag of any length.
#[inline(never)]
fn sealed<A: Aeads>(mut aeads: A) {
    let (mut data, mut tag) = ([0; 64], [0; 16]);
    let (data, tag): (&mut [u8], &mut [u8]) = (opaque(&mut data), opaque(&mut tag));
    while opaque(true) {
        let index = opaque(0);
        opaque((A::suite(index, opaque(Kx::Psk)), A::lens(index)));
        let Some(key) = aeads.key(index, any_bytes()) else { continue };
        aeads.seal(&key, opaque(&[1; 12]), any_bytes(), data, tag);
        opaque((aeads.open(&key, opaque(&[1; 12]), any_bytes(), data, tag), A::end(&key)));
    }
}
