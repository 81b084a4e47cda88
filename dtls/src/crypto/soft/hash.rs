//! SHA-256 (FIPS 180-4): RustCrypto's compression function under a buffer of our own, whose empty state is all zero and has no spare byte.

use crate::crypto::{Empty, Hash};

/// The initial hash value of FIPS 180-4 5.3.3.
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// SHA-256 in software.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sha256;

/// A running SHA-256: 100 bytes, for messages of up to 4 GiB.
#[derive(Clone)]
pub struct Sha256State {
    chain: [u32; 8],
    block: [u8; 64],
    /// Bytes hashed so far; modulo 64 they are where in `block` the next one goes.
    len: u32,
}

impl Empty for Sha256State {
    const EMPTY: Self = Self { chain: [0; 8], block: [0; 64], len: 0 };
}

impl Hash for Sha256 {
    type State = Sha256State;

    #[inline(never)]
    fn start(&mut self) -> Sha256State {
        Sha256State { chain: INITIAL, ..Sha256State::EMPTY }
    }

    #[inline(never)]
    fn restart(&mut self, state: &mut Sha256State) {
        (state.chain, state.len) = (INITIAL, 0);
    }

    #[inline(never)]
    fn update(&mut self, state: &mut Sha256State, data: &[u8]) {
        let mut data = data;
        while !data.is_empty() {
            let room = state.room();
            let take = room.len().min(data.len());
            let (Some(to), Some((from, rest))) = (room.get_mut(..take), data.split_at_checked(take)) else {
                return;
            };
            to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
            data = rest;
            state.len = state.len.wrapping_add(take as u32);
            if state.len & 63 == 0 {
                state.compress();
            }
        }
    }

    #[inline(never)]
    fn digest(&mut self, state: &mut Sha256State, digest: &mut [u8; 32]) {
        // The padding of FIPS 180-4 5.1.1: a one bit, zeros, the length in bits.
        let bits = u64::from(state.len) << 3;
        let room = state.room();
        let left = room.len();
        if let Some((first, zeros)) = room.split_first_mut() {
            *first = 0x80;
            zeros.fill(0);
        }
        if left < 9 {
            state.compress();
            state.block = [0; 64];
        }
        if let Some(tail) = state.block.last_chunk_mut() {
            *tail = bits.to_be_bytes();
        }
        state.compress();
        for (to, word) in digest.as_chunks_mut().0.iter_mut().zip(&state.chain) {
            *to = word.to_be_bytes();
        }
    }
}

impl Sha256State {
    /// What is free of the block: never empty.
    fn room(&mut self) -> &mut [u8] {
        self.block.get_mut((self.len & 63) as usize..).unwrap_or_default()
    }

    #[inline(never)]
    fn compress(&mut self) {
        sha2::compress256(&mut self.chain, core::slice::from_ref((&self.block).into()));
    }
}

impl core::fmt::Debug for Sha256State {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Sha256State(..)")
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use sha2::Digest;
    use std::vec::Vec;

    #[test]
    fn every_length_in_any_cut_gives_the_digest_of_the_whole() {
        let message: Vec<u8> = (0..260u32).map(|at| (at * 7) as u8).collect();
        // one state throughout: started over, it must have forgotten what it hashed
        let mut state = Sha256.start();
        for len in 0..message.len() {
            let expected: [u8; 32] = sha2::Sha256::digest(&message[..len]).into();
            for step in [1, 13, 63, 64, 65, 300] {
                Sha256.restart(&mut state);
                for part in message[..len].chunks(step) {
                    Sha256.update(&mut state, part);
                }
                assert_eq!(Sha256.so_far(&state), expected, "{len} bytes in steps of {step}");
            }
        }
    }

    #[test]
    fn the_state_is_small() {
        assert_eq!(size_of::<Sha256State>(), 100);
    }
}
