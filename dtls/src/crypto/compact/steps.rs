//! Operations cut in steps, so that nothing else waits for one.

use super::{
    Arithmetic, Both, Nonce, P256Exchange, P256Signer, P256Verifier, Product, Signing, Words, ZERO, draw, read_point,
    scalar, shared_of, start, write_public,
};
use crate::crypto::{
    CryptoError, Empty, Hash, KeyExchange, P256Task, Point, PublicKey, Random, Secret, Shared, Signature, Signer,
    Verifier,
};
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// What [`Steps`] cuts: [`P256Exchange`], [`P256Signer`], [`P256Verifier`].
pub trait Stepped {
    /// An operation under way; secrets in it are wiped when it ends, when another begins, and when it is dropped.
    type State: Empty;
}

/// An operation that gives way (`WouldBlock`) after so many digits of a scalar: where a watchdog, or a radio slot of 10 ms, does not wait for a whole one.
///
/// A digit is one to three doublings and an addition, or as much of an inversion. Key generation has 72 of them with [`Fast`](super::Fast) and
/// [`Halves`](super::Halves) and 94 with [`Compact`](super::Compact), agreement 94, a signature 8 more than key generation, a verification 265, of a third of the
/// size. The two ends of an operation come on top: at most three digits' time. The state is in here: 0.8 KB for a key exchange and for a signer, 0.7 KB for a
/// verifier, which are not on the stack then.
///
/// An operation that was given up is forgotten when another begins: with another key, peer, digest or task.
///
/// ```
/// use stint_dtls::crypto::compact::{Fast, P256Verifier, Steps};
/// // 16 digits of 265, of a verification that takes 2.3 M instructions on a Cortex-M4: some 140,000.
/// let verifier = Steps::new(P256Verifier(Fast), 16);
/// ```
pub struct Steps<T: Stepped> {
    operation: T,
    digits: u16,
    state: T::State,
}

impl<T: Stepped> Steps<T> {
    /// Gives way after `digits` digits, one at least.
    pub const fn new(operation: T, digits: u16) -> Self {
        Self { operation, digits, state: T::State::EMPTY }
    }

    /// What is cut.
    pub const fn operation(&self) -> &T {
        &self.operation
    }
}

impl<T: Stepped> core::fmt::Debug for Steps<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Steps(..)")
    }
}

/// Takes steps until one was the last.
fn some(digits: u16, mut step: impl FnMut() -> bool) -> nb::Result<(), CryptoError> {
    for _ in 0..digits.max(1) {
        if !step() {
            return Ok(());
        }
    }
    Err(nb::Error::WouldBlock)
}

/// A key exchange under way.
pub struct Exchanging<A> {
    product: Product<A>,
    scalar: Words,
    peer: Option<Point>,
}

impl<A: Arithmetic> Empty for Exchanging<A> {
    const EMPTY: Self = Self { product: Product::EMPTY, scalar: ZERO, peer: None };
}

impl<A> Exchanging<A> {
    /// Whether it is this scalar's and, in an agreement, this peer's.
    fn is_of(&self, own: &Secret<32>, peer: Option<&Point>) -> bool {
        let mut key = ZERO;
        let same = scalar(own.as_bytes(), &mut key) & bool::from(key.as_slice().ct_eq(self.scalar.as_slice()));
        key.zeroize();
        self.product.left != 0 && self.peer.as_ref() == peer && same
    }
}

impl<A> Drop for Exchanging<A> {
    fn drop(&mut self) {
        self.scalar.zeroize();
    }
}

impl<A: Arithmetic> Stepped for P256Exchange<A> {
    type State = Exchanging<A>;
}

impl<A: Arithmetic> KeyExchange for Steps<P256Exchange<A>> {
    type Ephemeral = Secret<32>;

    fn generate<R: Random>(
        &mut self,
        random: &mut R,
        own: &mut Secret<32>,
        public: &mut Point,
    ) -> nb::Result<(), CryptoError> {
        if !self.state.is_of(own, None) {
            self.state = Empty::EMPTY;
            draw(random, own, &mut self.state.scalar)?;
            self.state.product.of_base(&self.state.scalar);
        }
        some(self.digits, || self.state.product.step())?;
        write_public(&mut self.state.product, public);
        self.state = Empty::EMPTY;
        Ok(())
    }

    fn agree(&mut self, own: &mut Secret<32>, peer: &Point, shared: &mut Shared) -> nb::Result<bool, CryptoError> {
        if !self.state.is_of(own, Some(peer)) {
            self.state = Empty::EMPTY;
            if !scalar(own.as_bytes(), &mut self.state.scalar) {
                return Err(nb::Error::Other(CryptoError));
            }
            if !read_point::<A>(&mut self.state.product.file, peer) {
                return Ok(false);
            }
            self.state.peer = Some(*peer);
            self.state.product.of_loaded(&self.state.scalar);
        }
        some(self.digits, || self.state.product.step())?;
        shared_of(&mut self.state.product, shared);
        self.state = Empty::EMPTY;
        Ok(true)
    }
}

impl<A: Arithmetic> Empty for Signing<A> {
    const EMPTY: Self = Self::EMPTY;
}

impl<A: Arithmetic, H: Hash, N: Nonce> Stepped for P256Signer<'_, A, H, N> {
    type State = Signing<A>;
}

impl<A: Arithmetic, H: Hash, N: Nonce> Signer for Steps<P256Signer<'_, A, H, N>> {
    fn sign(&mut self, digest: &[u8; 32], signature: &mut Signature) -> nb::Result<(), CryptoError> {
        if !self.state.is_of(digest) {
            self.state = Empty::EMPTY;
            self.operation.start(digest, &mut self.state)?;
        }
        some(self.digits, || self.state.step())?;
        self.state.finish(signature)?;
        self.state = Empty::EMPTY;
        Ok(())
    }
}

/// A verification under way.
pub struct Verifying<A> {
    both: Both<A>,
    task: P256Task,
}

impl<A: Arithmetic> Empty for Verifying<A> {
    const EMPTY: Self = Self { both: Both::EMPTY, task: P256Task::EMPTY };
}

impl<A: Arithmetic> Stepped for P256Verifier<A> {
    type State = Verifying<A>;
}

impl<A: Arithmetic> Verifier for Steps<P256Verifier<A>> {
    type Task = P256Task;
    const COUNT: usize = 1;

    fn scheme(index: usize) -> Option<u16> {
        P256Task::scheme(index)
    }

    fn task<H: Hash>(
        &self,
        hash: &mut H,
        scheme: u16,
        message: &[&[u8]],
        signature: &[u8],
        key: &PublicKey<'_>,
        task: &mut P256Task,
    ) -> bool {
        task.take(hash, scheme, message, signature, key)
    }

    fn verify(&mut self, task: &P256Task) -> nb::Result<bool, CryptoError> {
        let Verifying { both, task: under_way } = &mut self.state;
        if both.left() == 0 || under_way != task {
            *both = Both::EMPTY;
            if !start(task, both) {
                return Ok(false);
            }
            under_way.clone_from(task);
        }
        some(self.digits, || both.step())?;
        Ok(both.holds())
    }
}
