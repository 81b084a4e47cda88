//! Key schedule and record protection of the loopback server, written apart from the client's and over another
//! generation of crates: a slip that both made alike would have to be made twice.

use aes::Aes128;
use ccm::aead::{Aead, KeyInit, Payload};
use ccm::consts::{U8, U12, U16};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

/// TLS_PSK_WITH_AES_128_CCM (RFC 6655 4).
pub const PSK_CCM: u16 = 0xC0A4;
/// TLS_PSK_WITH_AES_128_CCM_8 (RFC 6655 4).
pub const PSK_CCM_8: u16 = 0xC0A8;

/// HMAC-SHA-256 over the parts.
#[must_use]
pub fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).unwrap();
    parts.iter().for_each(|p| mac.update(p));
    mac.finalize().into_bytes().into()
}

/// SHA-256.
#[must_use]
pub fn sha256(data: &[u8]) -> [u8; 32] {
    Sha256::digest(data).into()
}

/// The PRF of TLS 1.2 with SHA-256 (RFC 5246 5).
#[must_use]
pub fn prf(secret: &[u8], label: &[u8], seed: &[u8], len: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut a = hmac(secret, &[label, seed]);
    while out.len() < len {
        out.extend_from_slice(&hmac(secret, &[&a, label, seed]));
        a = hmac(secret, &[&a]);
    }
    out.truncate(len);
    out
}

/// The premaster secret of a plain pre-shared key (RFC 4279 2).
#[must_use]
pub fn premaster(key: &[u8]) -> Vec<u8> {
    let len = (key.len() as u16).to_be_bytes();
    [&len[..], &vec![0; key.len()], &len, key].concat()
}

/// One direction's record protection.
#[derive(Clone)]
pub struct Protection {
    key: [u8; 16],
    salt: [u8; 4],
    short_tag: bool,
}

impl Protection {
    /// The two directions (client's, server's) from the master secret (RFC 5246 6.3, RFC 6655 3).
    #[must_use]
    pub fn pair(suite: u16, master: &[u8], client_random: &[u8], server_random: &[u8]) -> (Self, Self) {
        let block = prf(master, b"key expansion", &[server_random, client_random].concat(), 40);
        let one = |key: usize, salt: usize| Self {
            key: block[key..key + 16].try_into().unwrap(),
            salt: block[salt..salt + 4].try_into().unwrap(),
            short_tag: suite == PSK_CCM_8,
        };
        (one(0, 32), one(16, 36))
    }

    /// The tag's length in bytes.
    #[must_use]
    pub fn tag(&self) -> usize {
        if self.short_tag { 8 } else { 16 }
    }

    fn nonce(&self, explicit: &[u8]) -> [u8; 12] {
        [&self.salt[..], explicit].concat().try_into().unwrap()
    }

    /// Explicit nonce, ciphertext and tag.
    #[must_use]
    pub fn seal(&self, explicit: [u8; 8], aad: &[u8], plain: &[u8]) -> Vec<u8> {
        let nonce = self.nonce(&explicit).into();
        let load = Payload { msg: plain, aad };
        let sealed = if self.short_tag {
            ccm::Ccm::<Aes128, U8, U12>::new(&self.key.into()).encrypt(&nonce, load)
        } else {
            ccm::Ccm::<Aes128, U16, U12>::new(&self.key.into()).encrypt(&nonce, load)
        };
        [&explicit[..], &sealed.unwrap()].concat()
    }

    /// The plaintext of a record's fragment; `aad` is made from the plaintext's length.
    pub fn open(&self, fragment: &[u8], aad: impl FnOnce(usize) -> Vec<u8>) -> Option<Vec<u8>> {
        let (explicit, sealed) = fragment.split_at_checked(8)?;
        let aad = aad(sealed.len().checked_sub(self.tag())?);
        let nonce = self.nonce(explicit).into();
        let load = Payload { msg: sealed, aad: &aad };
        if self.short_tag {
            ccm::Ccm::<Aes128, U8, U12>::new(&self.key.into()).decrypt(&nonce, load).ok()
        } else {
            ccm::Ccm::<Aes128, U16, U12>::new(&self.key.into()).decrypt(&nonce, load).ok()
        }
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
    use super::*;

    /// The vector of RFC 5246's PRF with SHA-256 that TLS implementers use (IETF TLS list, 2009).
    #[test]
    fn prf_differs_from_the_known_answer() {
        let secret = hex::decode("9bbe436ba940f017b17652849a71db35").unwrap();
        let seed = hex::decode("a0ba9f936cda311827a6f796ffd5198c").unwrap();
        let want = "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66";
        assert_eq!(hex::encode(prf(&secret, b"test label", &seed, 100)), want);
    }

    #[test]
    fn a_changed_byte_is_opened_all_the_same() {
        for suite in [PSK_CCM, PSK_CCM_8] {
            let (ours, _) = Protection::pair(suite, &[7; 48], &[1; 32], &[2; 32]);
            let good = ours.seal([1; 8], &aad([0; 8], 23, 5), b"hello");
            assert_eq!(ours.open(&good, |n| aad([0; 8], 23, n)).unwrap(), b"hello");
            for i in 0..good.len() {
                let mut bad = good.clone();
                bad[i] ^= 1;
                assert!(ours.open(&bad, |n| aad([0; 8], 23, n)).is_none(), "byte {i}");
            }
        }
    }
}
