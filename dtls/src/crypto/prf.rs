//! The pseudorandom function of TLS 1.2 (RFC 5246 5) from HMAC (RFC 2104) over the capability [`Hash`].

use super::secret::wipe;
use super::{Empty, Hash};

/// The block of SHA-256, to which an HMAC key is padded, in bytes.
const BLOCK: usize = 64;

/// The PRF under one secret: HMAC's two hash states after the padded key, kept.
///
/// A key costs two compressions, and an output block no more than what RFC 5246 5 asks for. So what is drawn from one secret is best drawn
/// from one `Prf`: from the master secret the key block and, since our own Finished is known by then, the `verify_data` of both sides.
pub struct Prf<H: Hash> {
    inner: H::State,
    outer: H::State,
}

/// A PRF of no key: for [`Prf::key`].
impl<H: Hash> Empty for Prf<H> {
    const EMPTY: Self = Self { inner: Empty::EMPTY, outer: Empty::EMPTY };
}

impl<H: Hash> Prf<H> {
    /// A PRF under the concatenation of `secret`. Where stack counts, [`Prf::key`] in place saves 200 bytes of it.
    pub fn new(hash: &mut H, secret: &[&[u8]]) -> Self {
        let mut keyed = Self::EMPTY;
        keyed.key(hash, secret);
        keyed
    }

    /// Keys the PRF with the concatenation of `secret`. It comes in parts, so that a premaster secret need not be put together in memory.
    ///
    /// In place, since each move of a `Prf` copies two hash states on the stack.
    #[inline(never)]
    pub fn key(&mut self, hash: &mut H, secret: &[&[u8]]) {
        let mut block = [0; BLOCK];
        let len = secret.iter().fold(0usize, |sum, part| sum.saturating_add(part.len()));
        if len > BLOCK {
            // RFC 2104 2: a key longer than a block is hashed first. `outer` serves for that, and starts again below.
            self.outer = hash.start();
            for part in secret {
                hash.update(&mut self.outer, part);
            }
            if let Some(head) = block.first_chunk_mut() {
                hash.digest(&mut self.outer, head);
            }
        } else {
            let mut room = block.iter_mut();
            for part in secret {
                part.iter().zip(&mut room).for_each(|(from, to)| *to = *from);
            }
        }
        start_padded(hash, &mut self.inner, &mut block, 0x36);
        start_padded(hash, &mut self.outer, &mut block, 0x36 ^ 0x5c);
        wipe(&mut block);
    }

    /// Fills `out` with `P_hash(secret, label | seed)` (RFC 5246 5); `seed` is the concatenation of its parts.
    #[inline(never)]
    pub fn expand(&self, hash: &mut H, label: &[u8], seed: &[&[u8]], out: &mut [u8]) {
        let mut out = out;
        let text = Text { label, seed };
        // A(1) is made of label and seed, A(i + 1) of A(i) alone.
        let mut a = [0; 32];
        self.mac(hash, &mut a, 0, &text);
        loop {
            let mut block = a;
            self.mac(hash, &mut block, 32, &text);
            out.iter_mut().zip(&block).for_each(|(to, from)| *to = *from);
            out = out.get_mut(32..).unwrap_or_default();
            if out.is_empty() {
                return wipe(&mut block);
            }
            self.mac(hash, &mut a, 32, &Text { label: &[], seed: &[] });
        }
    }

    /// `io = HMAC(io[..len] | text)`.
    #[inline(never)]
    fn mac(&self, hash: &mut H, io: &mut [u8; 32], len: usize, text: &Text<'_>) {
        let mut state = self.inner.clone();
        hash.update(&mut state, io.get(..len).unwrap_or(io));
        hash.update(&mut state, text.label);
        for part in text.seed {
            hash.update(&mut state, part);
        }
        hash.digest(&mut state, io);
        state.clone_from(&self.outer);
        hash.update(&mut state, io);
        hash.digest(&mut state, io);
    }
}

/// Starts `state` with `block` after `pad` was added to each of its bytes.
#[inline(never)]
fn start_padded<H: Hash>(hash: &mut H, state: &mut H::State, block: &mut [u8; BLOCK], pad: u8) {
    block.iter_mut().for_each(|byte| *byte ^= pad);
    *state = hash.start();
    hash.update(state, block);
}

/// `label | seed`.
struct Text<'a> {
    label: &'a [u8],
    seed: &'a [&'a [u8]],
}

impl<H: Hash> Drop for Prf<H> {
    fn drop(&mut self) {
        // The states stand for the key. `black_box` keeps the stores, as far as safe code can ask for it.
        self.inner = Empty::EMPTY;
        self.outer = Empty::EMPTY;
        core::hint::black_box(self);
    }
}

impl<H: Hash> core::fmt::Debug for Prf<H> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Prf(..)")
    }
}

/// `PRF(secret, label, seed)` of RFC 5246 5: fills `out`, of any length. `seed` is the concatenation of its parts.
pub fn prf<H: Hash>(hash: &mut H, secret: &[u8], label: &[u8], seed: &[&[u8]], out: &mut [u8]) {
    let mut keyed = Prf::EMPTY;
    keyed.key(hash, &[secret]);
    keyed.expand(hash, label, seed, out);
}

#[cfg(all(test, feature = "soft"))]
mod tests {
    extern crate std;
    use super::*;
    use crate::crypto::soft::Sha256;
    use std::vec::Vec;

    fn hex(text: &str) -> Vec<u8> {
        hex::decode(text).expect("hex")
    }

    /// RFC 4231 4, key, data, HMAC-SHA-256: the short, the long and the truncated ones.
    const RFC_4231: [(&str, &str, &str); 7] = [
        (
            "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
            "4869205468657265",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
        (
            "4a656665",
            "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        ),
        (
            "0102030405060708090a0b0c0d0e0f10111213141516171819",
            "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
        ),
        (
            "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c",
            "546573742057697468205472756e636174696f6e",
            "a3b6167473100ee06e0c796c2955552b",
        ),
        (
            LONG_KEY,
            "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
        (
            LONG_KEY,
            "5468697320697320612074657374207573696e672061206c6172676572207468616e20626c6f636b2d73697a65206b657920616e642061206c61726765722074\
             68616e20626c6f636b2d73697a6520646174612e20546865206b6579206e6565647320746f20626520686173686564206265666f7265206265696e6720757365\
             642062792074686520484d414320616c676f726974686d2e",
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
        ),
    ];
    /// Stands for the key of 131 bytes `aa`.
    const LONG_KEY: &str = "";

    #[test]
    fn hmac_is_that_of_rfc_4231() {
        for (key, data, tag) in RFC_4231 {
            let key = if key == LONG_KEY { [0xaa; 131].to_vec() } else { hex(key) };
            let (data, tag) = (hex(data), hex(tag));
            // However the key and the data are cut.
            for cut in [0, 1, key.len()] {
                let (left, right) = key.split_at(cut);
                let mut out = [0; 32];
                out[..3].copy_from_slice(&data[..3]);
                let mut keyed = Prf::EMPTY;
                keyed.key(&mut Sha256, &[left, right]);
                let text = Text { label: &data[3..5], seed: &[&data[5..]] };
                keyed.mac(&mut Sha256, &mut out, 3, &text);
                assert_eq!(out[..tag.len()], tag[..]);
            }
        }
    }

    #[test]
    fn prf_fills_any_length_with_the_same_stream() {
        // The test vector of the TLS working group's list ("TLS 1.2 PRF", SHA-256, 100 bytes).
        let secret = hex("9bbe436ba940f017b17652849a71db35");
        let seed = hex("a0ba9f936cda311827a6f796ffd5198c");
        let expected = hex(
            "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564b\
             ab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66",
        );
        for len in 0..=expected.len() {
            let mut out = Vec::new();
            out.resize(len, 0xa5);
            prf(&mut Sha256, &secret, b"test label", &[&seed[..7], &seed[7..]], &mut out);
            assert_eq!(out, expected[..len]);
        }
    }

    #[test]
    fn prf_matches_the_other_published_outputs() {
        // Mbed TLS (test_suite_ssl.data); NIST and OpenSSL (evpkdf_tls12_prf.txt): secret, label, seed, output.
        let cases = [
            (
                "1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef",
                "test tls_prf label",
                "1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef",
                "7f9998393198a02c8d731ccc2ef90b2c",
            ),
            (
                "f8938ecc9edebc5030c0c6a441e213cd24e6f770a50dda07876f8d55da062bcadb386b411fd4fe4313a604fce6c17fbc",
                "master secret",
                "36c129d01a3200894b9179faac589d9835d58775f9b5ea3587cb8fd0364cae8cf6c9575ed7ddd73e1f7d16eca115415812a43c2b747daaaae043abfb50053fce",
                "202c88c00f84a17a20027079604787461176455539e705be730890602c289a5001e34eeb3a043e5d52a65e66125188bf",
            ),
            (
                "202c88c00f84a17a20027079604787461176455539e705be730890602c289a5001e34eeb3a043e5d52a65e66125188bf",
                "key expansion",
                "ae6c806f8ad4d80784549dff28a4b58fd837681a51d928c3e30ee5ff14f3986862e1fd91f23f558a605f28478c58cf72637b89784d959df7e946d3f07bd1b616",
                "d06139889fffac1e3a71865f504aa5d0d2a2e89506c6f2279b670c3e1b74f531016a2530c51a3a0f7e1d6590d0f0566b2f387f8d11fd4f731cdd572d2eae927f\
                 6f2f81410b25e6960be68985add6c38445ad9f8c64bf8068bf9a6679485d966f1ad6f68b43495b10a683755ea2b858d70ccac7ec8b053c6bd41ca299d4e51928",
            ),
            (
                "0102030405060708090a0b",
                "extended master secret",
                "36c129d01a3200894b9179faac589d9835d58775f9b5ea3587cb8fd0364cae8cf6c9575ed7ddd73e1f7d16eca115415812a43c2b747daaaae043abfb50053fce",
                "8cb203c99a13871fd96cecd2770720df3c4ebd49e1cbc956fddb400f9c051fb69b63d7abb2f996f4e4d1ac0e9153f51b",
            ),
        ];
        for (secret, label, seed, expected) in cases {
            let expected = hex(expected);
            let mut out = expected.clone();
            out.fill(0);
            prf(&mut Sha256, &hex(secret), label.as_bytes(), &[&hex(seed)], &mut out);
            assert_eq!(out, expected);
        }
    }
}
