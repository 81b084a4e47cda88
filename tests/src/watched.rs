//! Cryptography that is watched: each public-key operation is counted, and may be busy for a while first, as a secure element is.

use std::cell::Cell;
use stint_dtls::crypto::{
    CryptoError, Hash, KeyExchange, Master, Point, PskKey, PublicKey, Random, Shared, Signature, Signer, Verifier,
};

thread_local! {
    static OPERATIONS: Cell<u64> = const { Cell::new(0) };
    static BUSY: Cell<u64> = const { Cell::new(0) };
}

/// How many public-key operations this thread has done through [`Watched`].
#[must_use]
pub fn operations() -> u64 {
    OPERATIONS.get()
}

/// How often it was answered that an operation is not done yet.
#[must_use]
pub fn busy() -> u64 {
    BUSY.get()
}

/// An implementation of any capability, each operation of which answers `WouldBlock` `delay` times before it is done.
#[derive(Clone, Debug)]
pub struct Watched<T> {
    inner: T,
    delay: u32,
    left: u32,
}

impl<T> Watched<T> {
    /// Counts, and is never busy.
    pub const fn new(inner: T) -> Self {
        Self::slow(inner, 0)
    }

    /// Is busy `delay` times before each operation.
    pub const fn slow(inner: T, delay: u32) -> Self {
        Self { inner, delay, left: delay }
    }

    fn wait(&mut self) -> nb::Result<(), CryptoError> {
        if self.left > 0 {
            self.left -= 1;
            BUSY.set(BUSY.get() + 1);
            return Err(nb::Error::WouldBlock);
        }
        self.left = self.delay;
        Ok(())
    }

    fn operation(&mut self) -> nb::Result<(), CryptoError> {
        self.wait()?;
        OPERATIONS.set(OPERATIONS.get() + 1);
        Ok(())
    }
}

impl<T: KeyExchange> KeyExchange for Watched<T> {
    type Ephemeral = T::Ephemeral;
    fn generate<R: Random>(
        &mut self,
        random: &mut R,
        own: &mut Self::Ephemeral,
        public: &mut Point,
    ) -> nb::Result<(), CryptoError> {
        self.operation()?;
        self.inner.generate(random, own, public)
    }
    fn agree(&mut self, own: &mut Self::Ephemeral, peer: &Point, shared: &mut Shared) -> nb::Result<bool, CryptoError> {
        self.operation()?;
        self.inner.agree(own, peer, shared)
    }
}

impl<T: Signer> Signer for Watched<T> {
    fn sign(&mut self, digest: &[u8; 32], signature: &mut Signature) -> nb::Result<(), CryptoError> {
        self.operation()?;
        self.inner.sign(digest, signature)
    }
}

impl<T: Verifier> Verifier for Watched<T> {
    type Task = T::Task;
    const COUNT: usize = T::COUNT;
    fn scheme(index: usize) -> Option<u16> {
        T::scheme(index)
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
        self.inner.task(hash, scheme, message, signature, key, task)
    }
    fn verify(&mut self, task: &Self::Task) -> nb::Result<bool, CryptoError> {
        self.operation()?;
        self.inner.verify(task)
    }
}

/// No public-key operation, so it is not counted; it may be busy all the same.
impl<T: PskKey> PskKey for Watched<T> {
    fn derive<H: Hash>(
        &mut self,
        hash: &mut H,
        identity: &[u8],
        other: Option<&[u8]>,
        label: &[u8],
        seed: &[&[u8]],
        master: &mut Master,
    ) -> nb::Result<(), CryptoError> {
        self.wait()?;
        self.inner.derive(hash, identity, other, label, seed, master)
    }
}
