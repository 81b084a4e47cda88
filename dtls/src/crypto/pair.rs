//! Choices: the pair of AEADs or of verifiers, and what is kept of either.

use super::{Aeads, CryptoError, Empty, Hash, Kx, Lens, PublicKey, Verifier};

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

/// Neither.
impl<A, B> Empty for Option<Either<A, B>> {
    const EMPTY: Self = None;
}

/// The AEADs of `A`, then those of `B`.
impl<A: Aeads, B: Aeads> Aeads for (A, B) {
    type Key = Either<A::Key, B::Key>;
    const COUNT: usize = A::COUNT.saturating_add(B::COUNT);
    const IMPLICIT_NONCE: bool = A::IMPLICIT_NONCE || B::IMPLICIT_NONCE;

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

    fn end(key: &Self::Key) -> Option<u64> {
        match key {
            Either::Left(key) => A::end(key),
            Either::Right(key) => B::end(key),
        }
    }
}

/// The schemes of `A`, then those of `B`. What neither takes is no task.
impl<A: Verifier, B: Verifier> Verifier for (A, B) {
    type Task = Option<Either<A::Task, B::Task>>;
    const COUNT: usize = A::COUNT.saturating_add(B::COUNT);

    fn scheme(index: usize) -> Option<u16> {
        match index.checked_sub(A::COUNT) {
            None => A::scheme(index),
            Some(index) => B::scheme(index),
        }
    }

    fn task<H: Hash>(
        &self,
        hash: &mut H,
        scheme: u16,
        message: &[&[u8]],
        signature: &[u8],
        key: &PublicKey<'_>,
        task: &mut Self::Task,
    ) -> bool {
        // Written in place: a task is too large to be moved about on the stack.
        let taken = match task.insert(Either::Left(Empty::EMPTY)) {
            Either::Left(left) => self.0.task(hash, scheme, message, signature, key, left),
            Either::Right(_) => false,
        } || match task.insert(Either::Right(Empty::EMPTY)) {
            Either::Right(right) => self.1.task(hash, scheme, message, signature, key, right),
            Either::Left(_) => false,
        };
        if !taken {
            *task = None;
        }
        taken
    }

    fn verify(&mut self, task: &Self::Task) -> nb::Result<bool, CryptoError> {
        match task {
            Some(Either::Left(task)) => self.0.verify(task),
            Some(Either::Right(task)) => self.1.verify(task),
            None => Ok(false),
        }
    }
}
