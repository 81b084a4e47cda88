//! The pseudorandom function of TLS 1.2 (RFC 5246 5) from HMAC (RFC 2104) over the capability [`Hash`].

use super::{Empty, Hash, wipe};

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
            hash.restart(&mut self.outer);
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

    /// `io = HMAC(io | text)`, with `text` the concatenation of its parts.
    pub(super) fn hmac(&self, hash: &mut H, io: &mut [u8; 32], text: &[&[u8]]) {
        self.mac(hash, io, 32, &Text { label: &[], seed: text });
    }

    /// `mac = HMAC(text)`, with `text` the concatenation of its parts.
    #[cfg(feature = "inspect")]
    pub(crate) fn mac_of(&self, hash: &mut H, text: &[&[u8]], mac: &mut [u8; 32]) {
        self.mac(hash, mac, 0, &Text { label: &[], seed: text });
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
    hash.restart(state);
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

#[cfg(test)]
#[cfg(feature = "soft")]
mod tests {
    extern crate std;
    use super::*;
    use crate::crypto::soft::Sha256;
    use std::{println, vec};
    use stint_vectors::{Mac, rfc4231, tls_prf, wycheproof_hmac};

    /// HMAC-SHA-256 of each case, with the key and the data cut anywhere.
    fn replay(cases: &[Mac]) {
        for case in cases {
            for cut in [0, 1, 32, case.key.len()] {
                let (left, right) = case.key.split_at_checked(cut).unwrap_or((&case.key, &[]));
                let mut keyed = Prf::EMPTY;
                keyed.key(&mut Sha256, &[left, right]);
                let (first, rest) = case.data.split_at_checked(cut.min(32)).unwrap_or((&case.data, &[]));
                let mut io = [0; 32];
                io.iter_mut().zip(first).for_each(|(to, from)| *to = *from);
                let (label, seed) = rest.split_at(rest.len() / 2);
                keyed.mac(
                    &mut Sha256,
                    &mut io,
                    first.len(),
                    &Text { label, seed: &[&seed[..seed.len() / 3], &seed[seed.len() / 3..]] },
                );
                assert_eq!(io.starts_with(&case.mac), case.valid, "{}, cut at {cut}", case.source);
            }
        }
    }

    #[test]
    fn hmac_is_that_of_rfc_4231_and_wycheproof() {
        let (rfc, wycheproof) = (rfc4231(), wycheproof_hmac());
        replay(&rfc);
        replay(&wycheproof);
        let refused = wycheproof.iter().filter(|case| !case.valid).count();
        println!("HMAC-SHA-256: RFC 4231 {}, Wycheproof {} with {refused} forged", rfc.len(), wycheproof.len());
        assert_eq!((rfc.len(), wycheproof.len(), refused), (7, 174, 108));
    }

    #[test]
    fn prf_fills_any_length_with_the_same_stream() {
        for case in tls_prf() {
            for len in 0..=case.out.len() {
                for cut in [0, 7, case.seed.len()] {
                    let mut out = vec![0xa5; len];
                    prf(&mut Sha256, &case.secret, &case.label, &[&case.seed[..cut], &case.seed[cut..]], &mut out);
                    assert_eq!(out, case.out[..len], "{}", case.source);
                }
            }
        }
    }
}
