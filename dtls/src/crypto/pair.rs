//! A choice of AEADs: the pair, and the key of either.

use super::{Aeads, Kx, Lens};

/// A value of one of two types.
///
/// Its tags leave zero to an `Option` of it: memory that holds none is then all zero, and takes no flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Either<A, B> {
    /// Of the preferred one.
    Left(A) = 1,
    /// Of the other.
    Right(B) = 2,
}

/// The AEADs of `A`, then those of `B`.
impl<A: Aeads, B: Aeads> Aeads for (A, B) {
    type Key = Either<A::Key, B::Key>;
    const COUNT: usize = A::COUNT.saturating_add(B::COUNT);

    fn suite(index: usize, kx: Kx) -> Option<u16> {
        match index.checked_sub(A::COUNT) {
            None => A::suite(index, kx),
            Some(index) => B::suite(index, kx),
        }
    }

    fn lens(index: usize) -> Lens {
        match index.checked_sub(A::COUNT) {
            None => A::lens(index),
            Some(index) => B::lens(index),
        }
    }

    fn key(&mut self, index: usize, key: &[u8]) -> Option<Self::Key> {
        match index.checked_sub(A::COUNT) {
            None => self.0.key(index, key).map(Either::Left),
            Some(index) => self.1.key(index, key).map(Either::Right),
        }
    }

    fn seal(&mut self, key: &Self::Key, nonce: &[u8; 12], aad: &[u8], data: &mut [u8], tag: &mut [u8]) {
        match key {
            Either::Left(key) => self.0.seal(key, nonce, aad, data, tag),
            Either::Right(key) => self.1.seal(key, nonce, aad, data, tag),
        }
    }

    fn open(&mut self, key: &Self::Key, nonce: &[u8; 12], aad: &[u8], data: &mut [u8], tag: &[u8]) -> bool {
        match key {
            Either::Left(key) => self.0.open(key, nonce, aad, data, tag),
            Either::Right(key) => self.1.open(key, nonce, aad, data, tag),
        }
    }
}
