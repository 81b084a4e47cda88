//! The AEADs of the software provider: AES-128 in CCM mode with tags of 8 and 16 bytes (RFC 6655).

use super::{Ccm, is_tag, nonce_block};
use crate::crypto::{Aeads, Kx, Lens, Secret};

/// AES-128-CCM with a tag of 8 bytes, the one that RFC 7925 4.2 asks for. Keeps 16 bytes a key, and expands them anew for each record.
#[derive(Clone, Copy, Debug, Default)]
pub struct Aes128Ccm8;

/// AES-128-CCM with a tag of 16 bytes. Keeps 16 bytes a key, and expands them anew for each record.
#[derive(Clone, Copy, Debug, Default)]
pub struct Aes128Ccm;

/// The same AEAD with keys kept expanded: 352 bytes a direction instead of 16, and some 6,000 instructions less a record.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expanded<A>(pub A);

/// What tells one AEAD from another.
pub(super) trait Suite {
    const LENS: Lens;
    const PSK: u16;
    const ECDHE_PSK: u16;
    const ECDHE_ECDSA: u16;
}

impl Suite for Aes128Ccm8 {
    const LENS: Lens = ccm_lens(8);
    /// TLS_PSK_WITH_AES_128_CCM_8 (RFC 6655 4).
    const PSK: u16 = 0xc0a8;
    /// TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256 (RFC 8442 3).
    const ECDHE_PSK: u16 = 0xd003;
    /// TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8 (RFC 7251 2).
    const ECDHE_ECDSA: u16 = 0xc0ae;
}

impl Suite for Aes128Ccm {
    const LENS: Lens = ccm_lens(16);
    /// TLS_PSK_WITH_AES_128_CCM (RFC 6655 4).
    const PSK: u16 = 0xc0a4;
    /// TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256 (RFC 8442 3).
    const ECDHE_PSK: u16 = 0xd005;
    /// TLS_ECDHE_ECDSA_WITH_AES_128_CCM (RFC 7251 2).
    const ECDHE_ECDSA: u16 = 0xc0ac;
}

/// RFC 6655 3.
const fn ccm_lens(tag: u8) -> Lens {
    Lens { key: 16, fixed_iv: 4, explicit_nonce: 8, tag }
}

pub(super) const fn suite<S: Suite>(index: usize, kx: Kx) -> Option<u16> {
    match (index, kx) {
        (0, Kx::Psk) => Some(S::PSK),
        (0, Kx::EcdhePsk) => Some(S::ECDHE_PSK),
        (0, Kx::EcdheEcdsa) => Some(S::ECDHE_ECDSA),
        _ => None,
    }
}

/// A key that is kept as it came.
pub(super) fn raw<const N: usize>(index: usize, key: &[u8]) -> Option<Secret<N>> {
    let bytes = key.first_chunk().filter(|_| index == 0 && key.len() == N)?;
    let mut kept = Secret::EMPTY;
    *kept.as_mut_bytes() = *bytes;
    Some(kept)
}

/// Expands the key on the stack, for one record. One copy in the image for sealing, opening and all tag lengths.
#[inline(never)]
fn run(key: &Secret<16>, nonce: &[u8; 12], aad: &[u8], data: &mut [u8], tag_len: usize, open: bool) -> [u8; 16] {
    Ccm::new(key.as_bytes()).run(nonce_block(nonce), aad, data, tag_len, open)
}

/// An AEAD whose keys are kept as they came, `$kept` bytes of them; `$run` seals or opens, and gives the tag that belongs to the data.
macro_rules! raw_key {
    ($suite:ty, $kept:literal, $run:path) => {
        impl Aeads for $suite {
            type Key = Secret<$kept>;
            const COUNT: usize = 1;
            const IMPLICIT_NONCE: bool = Self::LENS.explicit_nonce == 0;
            fn suite(index: usize, kx: Kx) -> Option<u16> {
                suite::<Self>(index, kx)
            }
            fn lens(_index: usize) -> Lens {
                Self::LENS
            }
            fn key(&mut self, index: usize, key: &[u8]) -> Option<Secret<$kept>> {
                raw(index, key)
            }
            fn seal(&mut self, key: &Secret<$kept>, nonce: &[u8; 12], aad: &[u8], data: &mut [u8], tag: &mut [u8]) {
                let computed = $run(key, nonce, aad, data, tag.len(), false);
                tag.iter_mut().zip(computed).for_each(|(to, from)| *to = from);
            }
            fn open(&mut self, key: &Secret<$kept>, nonce: &[u8; 12], aad: &[u8], data: &mut [u8], tag: &[u8]) -> bool {
                tag.len() == usize::from(Self::LENS.tag) && is_tag(&$run(key, nonce, aad, data, tag.len(), true), tag)
            }
        }
    };
}

#[cfg(any(feature = "gcm", feature = "chacha20poly1305"))]
pub(super) use raw_key;

raw_key!(Aes128Ccm8, 16, run);
raw_key!(Aes128Ccm, 16, run);

impl<S: Suite> Aeads for Expanded<S> {
    type Key = Ccm;
    const COUNT: usize = 1;
    fn suite(index: usize, kx: Kx) -> Option<u16> {
        suite::<S>(index, kx)
    }
    fn lens(_index: usize) -> Lens {
        S::LENS
    }
    fn key(&mut self, index: usize, key: &[u8]) -> Option<Ccm> {
        key.first_chunk().filter(|_| index == 0 && key.len() == 16).map(Ccm::new)
    }
    fn seal(&mut self, key: &Ccm, nonce: &[u8; 12], aad: &[u8], data: &mut [u8], tag: &mut [u8]) {
        key.seal(nonce, aad, data, tag);
    }
    fn open(&mut self, key: &Ccm, nonce: &[u8; 12], aad: &[u8], data: &mut [u8], tag: &[u8]) -> bool {
        tag.len() == usize::from(S::LENS.tag) && key.open(nonce, aad, data, tag)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::crypto::Either;
    use std::vec;

    type Both = (Aes128Ccm8, Expanded<Aes128Ccm>);

    #[test]
    fn a_pair_offers_both_suites_in_order() {
        assert_eq!(Both::COUNT, 2);
        assert_eq!([0, 1, 2].map(|at| Both::suite(at, Kx::Psk)), [Some(0xc0a8), Some(0xc0a4), None]);
        assert_eq!([0, 1].map(|at| Both::lens(at).tag), [8, 16]);
        assert_eq!([0, 1, 2].map(|at| Both::suite(at, Kx::EcdhePsk)), [Some(0xd003), Some(0xd005), None]);
        assert_eq!([0, 1, 2].map(|at| Both::suite(at, Kx::EcdheEcdsa)), [Some(0xc0ae), Some(0xc0ac), None]);
        let nested = <((Aes128Ccm8, Aes128Ccm), Aes128Ccm8)>::suite(2, Kx::Psk);
        assert_eq!(nested, Some(0xc0a8));
    }

    #[test]
    fn a_key_of_another_size_or_of_no_aead_is_none() {
        let mut both: Both = Both::default();
        assert!(matches!(both.key(0, &[1; 16]), Some(Either::Left(_))));
        assert!(matches!(both.key(1, &[1; 16]), Some(Either::Right(_))));
        assert!(both.key(2, &[1; 16]).is_none());
        for len in [0, 15, 17, 32] {
            assert!(both.key(0, &vec![1; len]).is_none());
            assert!(both.key(1, &vec![1; len]).is_none());
        }
    }

    #[test]
    fn raw_and_expanded_keys_seal_alike_and_refuse_the_others_tag() {
        let (mut raw, mut expanded) = (Aes128Ccm, Expanded(Aes128Ccm));
        let (mut a, mut b) = ([5; 20], [5; 20]);
        let (mut tag_a, mut tag_b) = ([0; 16], [0; 16]);
        let raw_key = raw.key(0, &[3; 16]).expect("16 bytes");
        let expanded_key = expanded.key(0, &[3; 16]).expect("16 bytes");
        raw.seal(&raw_key, &[9; 12], b"aad", &mut a, &mut tag_a);
        expanded.seal(&expanded_key, &[9; 12], b"aad", &mut b, &mut tag_b);
        assert_eq!((a, tag_a), (b, tag_b));
        assert!(!raw.open(&raw_key, &[9; 12], b"aad", &mut { a }, &tag_a[..8]));
        assert!(!Aes128Ccm8.open(&raw_key, &[9; 12], b"aad", &mut { a }, &tag_a));
        assert!(expanded.open(&expanded_key, &[9; 12], b"aad", &mut a, &tag_a));
        assert!(raw.open(&raw_key, &[9; 12], b"aad", &mut b, &tag_b));
        assert_eq!((a, b), ([5; 20], [5; 20]));
    }
}
