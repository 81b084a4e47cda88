//! AEADs whose keys may leave the RAM, so that an association survives a sleep without power.

use super::{Aeads, Either, Kx, Lens, Secret};

/// The same AEAD, for associations that are exported ([`Client::export`](crate::Client::export)): its keys can be read, and end at the record number up to
/// which numbers are reserved. For AEADs that keep their keys raw; one with keys expanded, or in an element, has none to give:
///
/// ```
/// # #[cfg(feature = "soft")] {
/// use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8};
/// use stint_dtls::crypto::{ExportKey, Sleeping};
/// fn exports<A: ExportKey>(_aeads: A) {}
/// exports((Sleeping(Aes128Ccm8), Sleeping(Aes128Ccm)));
/// # }
/// ```
///
/// ```compile_fail
/// # #[cfg(feature = "soft")] {
/// # use stint_dtls::crypto::soft::{Aes128Ccm8, Expanded};
/// # use stint_dtls::crypto::{ExportKey, Sleeping};
/// # fn exports<A: ExportKey>(_aeads: A) {}
/// exports(Sleeping(Expanded(Aes128Ccm8)));
/// # }
/// # #[cfg(not(feature = "soft"))] compile_error!("nothing to try");
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Sleeping<A>(pub A);

/// A raw key, and the record number that it must not reach.
#[derive(Debug)]
pub struct Bounded<K> {
    key: K,
    end: u64,
}

/// AEADs whose keys can be exported.
pub trait ExportKey: Aeads {
    /// The key's bytes, as [`Aeads::key`] takes them, 44 at most: with an implicit nonce, the IV is among them.
    fn raw(key: &Self::Key) -> &[u8];
    /// Sets what [`Aeads::end`] answers.
    fn set_end(key: &mut Self::Key, end: u64);
}

impl<A: Aeads<Key = Secret<N>>, const N: usize> Aeads for Sleeping<A> {
    type Key = Bounded<Secret<N>>;
    const COUNT: usize = A::COUNT;
    const IMPLICIT_NONCE: bool = A::IMPLICIT_NONCE;

    fn suite(index: usize, kx: Kx) -> Option<u16> {
        A::suite(index, kx)
    }

    fn lens(index: usize) -> Lens {
        A::lens(index)
    }

    fn key(&mut self, index: usize, key: &[u8]) -> Option<Self::Key> {
        Some(Bounded { key: self.0.key(index, key)?, end: u64::MAX })
    }

    fn seal(&mut self, key: &Self::Key, nonce: &[u8; 12], aad: &[u8], data: &mut [u8], tag: &mut [u8]) {
        self.0.seal(&key.key, nonce, aad, data, tag);
    }

    fn open(&mut self, key: &Self::Key, nonce: &[u8; 12], aad: &[u8], data: &mut [u8], tag: &[u8]) -> bool {
        self.0.open(&key.key, nonce, aad, data, tag)
    }

    fn end(key: &Self::Key) -> Option<u64> {
        Some(key.end)
    }
}

impl<A: Aeads<Key = Secret<N>>, const N: usize> ExportKey for Sleeping<A> {
    fn raw(key: &Self::Key) -> &[u8] {
        key.key.as_bytes()
    }

    fn set_end(key: &mut Self::Key, end: u64) {
        key.end = end;
    }
}

impl<A: ExportKey, B: ExportKey> ExportKey for (A, B) {
    fn raw(key: &Self::Key) -> &[u8] {
        match key {
            Either::Left(key) => A::raw(key),
            Either::Right(key) => B::raw(key),
        }
    }

    fn set_end(key: &mut Self::Key, end: u64) {
        match key {
            Either::Left(key) => A::set_end(key, end),
            Either::Right(key) => B::set_end(key, end),
        }
    }
}
