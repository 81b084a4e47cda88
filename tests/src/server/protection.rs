//! Record protection of the loopback server, over RustCrypto's AEADs: another generation of crates than the client's.

use super::keys::prf;
use super::suite::{Cipher, cipher};
use aes::Aes128;
use aes_gcm::Aes128Gcm;
use ccm::aead::{Aead, KeyInit, Payload};
use ccm::consts::{U8, U12, U16};
use chacha20poly1305::ChaCha20Poly1305;

type Ccm8 = ccm::Ccm<Aes128, U8, U12>;
type Ccm16 = ccm::Ccm<Aes128, U16, U12>;

/// One direction's record protection.
#[derive(Clone)]
pub struct Protection {
    cipher: Cipher,
    key: Vec<u8>,
    iv: Vec<u8>,
}

impl core::fmt::Debug for Protection {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Protection")
    }
}

impl Protection {
    /// The two directions (client's, server's) from the master secret (RFC 5246 6.3, RFC 6655 3, RFC 5288 3, RFC 7905 2).
    #[must_use]
    pub fn pair(suite: u16, master: &[u8], client_random: &[u8], server_random: &[u8]) -> (Self, Self) {
        let cipher = cipher(suite);
        let (key, iv) = if cipher == Cipher::ChaCha { (32, 12) } else { (16, 4) };
        let block = prf(master, b"key expansion", &[server_random, client_random].concat(), 2 * (key + iv));
        let (keys, ivs) = block.split_at(2 * key);
        let one = |n: usize| Self { cipher, key: keys[n * key..][..key].to_vec(), iv: ivs[n * iv..][..iv].to_vec() };
        (one(0), one(1))
    }

    /// The tag's length in bytes.
    #[must_use]
    pub fn tag(&self) -> usize {
        if self.cipher == Cipher::Ccm8 { 8 } else { 16 }
    }

    /// How many bytes of the nonce each record carries.
    #[must_use]
    pub fn explicit(&self) -> usize {
        12 - self.iv.len()
    }

    fn nonce(&self, number: [u8; 8], explicit: &[u8]) -> [u8; 12] {
        let nonce = [&self.iv[..], explicit].concat();
        let mut nonce: [u8; 12] = nonce.try_into().unwrap();
        if self.cipher == Cipher::ChaCha {
            nonce[4..].iter_mut().zip(number).for_each(|(n, b)| *n ^= b);
        }
        nonce
    }

    fn apply(&self, seal: bool, nonce: [u8; 12], load: Payload<'_, '_>) -> Option<Vec<u8>> {
        fn with<C: Aead + KeyInit>(seal: bool, key: &[u8], nonce: [u8; 12], load: Payload<'_, '_>) -> Option<Vec<u8>> {
            let cipher = C::new_from_slice(key).unwrap();
            let nonce = nonce.as_slice().try_into().unwrap();
            if seal { cipher.encrypt(nonce, load).ok() } else { cipher.decrypt(nonce, load).ok() }
        }
        match self.cipher {
            Cipher::Ccm8 => with::<Ccm8>(seal, &self.key, nonce, load),
            Cipher::Ccm => with::<Ccm16>(seal, &self.key, nonce, load),
            Cipher::Gcm => with::<Aes128Gcm>(seal, &self.key, nonce, load),
            Cipher::ChaCha => with::<ChaCha20Poly1305>(seal, &self.key, nonce, load),
        }
    }

    /// Explicit nonce, ciphertext and tag. `number` is epoch and sequence number; the explicit nonce is that XOR `mask`, where there is one.
    #[must_use]
    pub fn seal(&self, number: [u8; 8], mask: u64, aad: &[u8], plain: &[u8]) -> Vec<u8> {
        let explicit = (u64::from_be_bytes(number) ^ mask).to_be_bytes();
        let explicit = &explicit[..self.explicit()];
        let sealed = self.apply(true, self.nonce(number, explicit), Payload { msg: plain, aad });
        [explicit, &sealed.unwrap()].concat()
    }

    /// The plaintext of a record's fragment; `aad` is made from the plaintext's length.
    pub fn open(&self, number: [u8; 8], fragment: &[u8], aad: impl FnOnce(usize) -> Vec<u8>) -> Option<Vec<u8>> {
        let (explicit, sealed) = fragment.split_at_checked(self.explicit())?;
        let aad = aad(sealed.len().checked_sub(self.tag())?);
        self.apply(false, self.nonce(number, explicit), Payload { msg: sealed, aad: &aad })
    }
}

/// The additional data of a record without a Connection ID (RFC 5246 6.2.3.3).
#[must_use]
pub fn aad(epoch_and_sequence: [u8; 8], kind: u8, len: usize) -> Vec<u8> {
    [&epoch_and_sequence[..], &[kind, 0xfe, 0xfd], &(len as u16).to_be_bytes()].concat()
}

/// The additional data of a tls12_cid record (RFC 9146 5.3).
#[must_use]
pub fn aad_cid(epoch_and_sequence: [u8; 8], cid: &[u8], inner: usize) -> Vec<u8> {
    let head = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 25, cid.len() as u8, 25, 0xfe, 0xfd];
    [&head[..], &epoch_and_sequence, cid, &(inner as u16).to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::super::suite::SUITES;
    use super::*;

    #[test]
    fn a_changed_byte_or_another_number_is_opened_all_the_same() {
        for (suite, ..) in SUITES {
            let (ours, _) = Protection::pair(suite, &[7; 48], &[1; 32], &[2; 32]);
            let good = ours.seal([1; 8], 0, &aad([1; 8], 23, 5), b"hello");
            assert_eq!(good.len(), ours.explicit() + 5 + ours.tag());
            assert_eq!(ours.open([1; 8], &good, |n| aad([1; 8], 23, n)).unwrap(), b"hello");
            assert!(ours.open([2; 8], &good, |n| aad([2; 8], 23, n)).is_none());
            for i in 0..good.len() {
                let mut bad = good.clone();
                bad[i] ^= 1;
                assert!(ours.open([1; 8], &bad, |n| aad([1; 8], 23, n)).is_none(), "byte {i}");
            }
        }
    }
}
