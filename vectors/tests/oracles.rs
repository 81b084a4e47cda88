//! AES-CCM against two implementations written by others, on random input: `ccm` with DTLS's 12-byte nonce, `aes-ccm` with RFC 3610's of 13 bytes.
//!
//! The seed is printed; STINT_SEED sets it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use aes_oracle::cipher::{BlockCipherEncrypt, KeyInit as _};
use ccm::aead::{AeadInOut, array::typenum};
use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8, Ccm};
use stint_dtls::crypto::{Aeads, Kx};

/// SplitMix64.
struct Random(u64);

impl Random {
    fn from_environment() -> Self {
        let seed = match std::env::var("STINT_SEED") {
            Ok(text) => text.parse().expect("STINT_SEED is a number"),
            Err(_) => std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64,
        };
        println!("seed: STINT_SEED={seed}");
        Self(seed)
    }

    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ x >> 31
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.number() as u8)
    }

    /// Mostly short, around the ends of blocks; now and then as long as a record can be.
    fn bytes(&mut self) -> Vec<u8> {
        let limit = if self.number().is_multiple_of(50) { 16_384 } else { 70 };
        let len = self.number() % limit;
        (0..len).map(|_| self.number() as u8).collect()
    }
}

/// AES as block-cipher 0.7 wants it, for aes-ccm 0.5, whose own AES is gone.
struct OldAes(aes_oracle::Aes128);

impl block_cipher::NewBlockCipher for OldAes {
    type KeySize = block_cipher::generic_array::typenum::U16;
    fn new(key: &block_cipher::Key<Self>) -> Self {
        Self(aes_oracle::Aes128::new_from_slice(key).unwrap())
    }
}

impl block_cipher::BlockCipher for OldAes {
    type BlockSize = block_cipher::generic_array::typenum::U16;
    type ParBlocks = block_cipher::generic_array::typenum::U1;
    fn encrypt_block(&self, block: &mut block_cipher::Block<Self>) {
        let mut new: aes_oracle::Block = <[u8; 16]>::from(*block).into();
        self.0.encrypt_block(&mut new);
        block.copy_from_slice(&new);
    }
    fn decrypt_block(&self, _: &mut block_cipher::Block<Self>) {
        unreachable!("CCM only encrypts blocks");
    }
}

/// Random cases of one AEAD of ours beside `ccm`: the same ciphertext and tag, each opens the other's, and neither opens a changed one.
fn beside_ccm<A: Aeads<Key = stint_dtls::crypto::Secret<16>>, Tag: ccm::TagSize + ccm::aead::array::ArraySize>(
    mut ours: A,
    suite: u16,
) {
    assert_eq!(A::suite(0, Kx::Psk), Some(suite));
    let mut random = Random::from_environment();
    for round in 0..4_000 {
        let (raw, nonce, aad, plain) = (random.array::<16>(), random.array::<12>(), random.bytes(), random.bytes());
        let key = ours.key(0, &raw).expect("a key of 16 bytes");
        let mut data = plain.clone();
        let mut tag = vec![0; A::lens(0).tag.into()];
        ours.seal(&key, &nonce, &aad, &mut data, &mut tag);

        let theirs = ccm::Ccm::<aes_oracle::Aes128, Tag, typenum::U12>::new(&raw.into());
        let mut expected = plain.clone();
        let expected_tag = theirs.encrypt_inout_detached(&nonce.into(), &aad, expected.as_mut_slice().into()).unwrap();
        assert_eq!((&data, tag.as_slice()), (&expected, expected_tag.as_slice()), "round {round}");

        let mut changed = tag.clone();
        let at = random.number() as usize % (8 * changed.len());
        changed[at / 8] ^= 1 << (at % 8);
        assert!(!ours.open(&key, &nonce, &aad, &mut data.clone(), &changed), "round {round}");
        if !data.is_empty() {
            let mut changed = data.clone();
            let at = random.number() as usize % (8 * changed.len());
            changed[at / 8] ^= 1 << (at % 8);
            assert!(!ours.open(&key, &nonce, &aad, &mut changed, &tag), "round {round}");
        }
        assert!(ours.open(&key, &nonce, &aad, &mut data, &tag), "round {round}");
        assert_eq!(data, plain, "round {round}");
    }
    println!("ccm 0.6, nonce 12: 4000 cases with a tag of {} bytes", A::lens(0).tag);
}

#[test]
fn a_tag_of_8_is_that_of_the_crate_ccm() {
    beside_ccm::<_, typenum::U8>(Aes128Ccm8, 0xc0a8);
}

#[test]
fn a_tag_of_16_is_that_of_the_crate_ccm() {
    beside_ccm::<_, typenum::U16>(Aes128Ccm, 0xc0a4);
}

/// Random cases with a nonce of 13 bytes beside `aes-ccm`.
fn beside_aes_ccm<Tag: aes_ccm::aead::generic_array::ArrayLength<u8> + aes_ccm::CcmTagSize>(tag_len: usize) {
    use aes_ccm::aead::{AeadInPlace, NewAead};
    let mut random = Random::from_environment();
    for round in 0..4_000 {
        let (raw, nonce, aad, plain) = (random.array::<16>(), random.array::<13>(), random.bytes(), random.bytes());
        let ours = Ccm::new(&raw);
        let mut data = plain.clone();
        let mut tag = vec![0; tag_len];
        ours.seal(&nonce, &aad, &mut data, &mut tag);

        let theirs = aes_ccm::AesCcm::<OldAes, Tag>::new(&raw.into());
        let mut expected = plain.clone();
        let expected_tag = theirs.encrypt_in_place_detached(&nonce.into(), &aad, &mut expected).unwrap();
        assert_eq!((&data, tag.as_slice()), (&expected, expected_tag.as_slice()), "round {round}");
        assert!(ours.open(&nonce, &aad, &mut data, &tag), "round {round}");
        assert_eq!(data, plain, "round {round}");
    }
    println!("aes-ccm 0.5, nonce 13: 4000 cases with a tag of {tag_len} bytes");
}

#[test]
fn the_core_with_13_bytes_of_nonce_is_that_of_the_crate_aes_ccm() {
    beside_aes_ccm::<aes_ccm::aead::consts::U8>(8);
    beside_aes_ccm::<aes_ccm::aead::consts::U16>(16);
}
