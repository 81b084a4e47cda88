//! The nonces of deterministic ECDSA (RFC 6979), for an order of 256 bits and SHA-256.

use super::{Empty, Hash, Prf, wipe};

/// The nonces of RFC 6979 3.2, one after the other.
pub(super) struct Nonces<H: Hash> {
    hmac: Prf<H>,
    key: [u8; 32],
    value: [u8; 32],
}

/// Nonces of no key: for [`Nonces::start`].
impl<H: Hash> Empty for Nonces<H> {
    const EMPTY: Self = Self { hmac: Prf::EMPTY, key: [0; 32], value: [0; 32] };
}

impl<H: Hash> Nonces<H> {
    /// Steps a to f, once; `digest` is reduced modulo the order, and `added` is what 3.6 adds, or nothing. In place, since a move copies two hash states on the stack.
    #[inline(never)]
    pub(super) fn start(&mut self, hash: &mut H, private: &[u8; 32], digest: &[u8; 32], added: &[u8]) {
        self.value.fill(1);
        self.hmac.key(hash, &[&self.key]);
        self.rekey(hash, &[&[0], private, digest, added]);
        self.rekey(hash, &[&[1], private, digest, added]);
    }

    /// `K = HMAC_K(V | text)`, `V = HMAC_K(V)`.
    #[inline(never)]
    fn rekey(&mut self, hash: &mut H, text: &[&[u8]]) {
        self.key = self.value;
        self.hmac.hmac(hash, &mut self.key, text);
        self.hmac.key(hash, &[&self.key]);
        self.hmac.hmac(hash, &mut self.value, &[]);
    }

    /// Step h: a candidate, 32 bytes, big-endian.
    pub(super) fn next(&mut self, hash: &mut H) -> &[u8; 32] {
        self.hmac.hmac(hash, &mut self.value, &[]);
        &self.value
    }

    /// Forgets key and candidate, and keys HMAC with nothing: so its states, and what hashing left on the stack, are of no secret.
    pub(super) fn forget(&mut self, hash: &mut H) {
        self.wipe();
        self.hmac.key(hash, &[]);
    }

    fn wipe(&mut self) {
        wipe(&mut self.key);
        wipe(&mut self.value);
    }

    /// The candidate was out of range, as one in 2^32 is: the next is another.
    pub(super) fn refuse(&mut self, hash: &mut H) {
        self.rekey(hash, &[&[0]]);
    }
}

// Where it ends without having been forgotten.
impl<H: Hash> Drop for Nonces<H> {
    fn drop(&mut self) {
        self.wipe();
    }
}
