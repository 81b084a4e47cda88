//! Which operation of a handshake ran in a poll: the capabilities, each wrapped so that it leaves a mark.

use crate::meter::Meter;
use crate::uart::{self, Step};
use core::sync::atomic::{AtomicU8, Ordering};
use stint_dtls::crypto::{
    CryptoError, Hash, KeyExchange, Master, Point, PskKey, PublicKey, Random, Shared, Signature, Signer, Verifier,
};

const NONE: u8 = 0;
const VERIFY: u8 = 1;
const GENERATE: u8 = 2;
const AGREE: u8 = 3;
const DERIVE: u8 = 4;
const SIGN: u8 = 5;

static LAST: AtomicU8 = AtomicU8::new(NONE);

fn mark(operation: u8) {
    LAST.store(operation, Ordering::Relaxed);
}

/// The mark, which is taken off: by a load and a store, since Armv6-M has no more, and there is one thread.
fn marked() -> u8 {
    let mark = LAST.load(Ordering::Relaxed);
    LAST.store(NONE, Ordering::Relaxed);
    mark
}

/// A capability that leaves a mark when it is used.
#[derive(Clone, Copy)]
pub struct Marked<T>(pub T);

impl<T: KeyExchange> KeyExchange for Marked<T> {
    type Ephemeral = T::Ephemeral;

    #[inline(always)]
    fn generate<R: Random>(
        &mut self,
        random: &mut R,
        own: &mut T::Ephemeral,
        public: &mut Point,
    ) -> nb::Result<(), CryptoError> {
        mark(GENERATE);
        self.0.generate(random, own, public)
    }

    #[inline(always)]
    fn agree(&mut self, own: &mut T::Ephemeral, peer: &Point, shared: &mut Shared) -> nb::Result<bool, CryptoError> {
        mark(AGREE);
        self.0.agree(own, peer, shared)
    }
}

impl<T: Signer> Signer for Marked<T> {
    #[inline(always)]
    fn sign(&mut self, digest: &[u8; 32], signature: &mut Signature) -> nb::Result<(), CryptoError> {
        mark(SIGN);
        self.0.sign(digest, signature)
    }
}

impl<T: Verifier> Verifier for Marked<T> {
    type Task = T::Task;
    const COUNT: usize = T::COUNT;

    #[inline(always)]
    fn scheme(index: usize) -> Option<u16> {
        T::scheme(index)
    }

    #[inline(always)]
    fn task<H: Hash>(
        &self,
        hash: &mut H,
        scheme: u16,
        message: &[&[u8]],
        signature: &[u8],
        key: &PublicKey<'_>,
        task: &mut T::Task,
    ) -> bool {
        self.0.task(hash, scheme, message, signature, key, task)
    }

    #[inline(always)]
    fn verify(&mut self, task: &T::Task) -> nb::Result<bool, CryptoError> {
        mark(VERIFY);
        self.0.verify(task)
    }
}

impl<T: PskKey> PskKey for Marked<T> {
    #[inline(always)]
    fn derive<H: Hash>(
        &mut self,
        hash: &mut H,
        identity: &[u8],
        other: Option<&[u8]>,
        label: &[u8],
        seed: &[&[u8]],
        master: &mut Master,
    ) -> nb::Result<(), CryptoError> {
        mark(DERIVE);
        self.0.derive(hash, identity, other, label, seed, master)
    }
}

/// What the polls took in which an operation ran; of several signatures verified, the dearest.
pub struct Operations {
    /// By operation.
    polls: [Meter; 5],
    before: u8,
}

impl Operations {
    /// None yet. All zero, so that it takes no flash.
    pub const NEW: Self = Self { polls: [Meter::NEW; 5], before: NONE };

    /// Files a poll under the operation that ran in it, if one did.
    pub fn polled(&mut self, poll: &Meter) {
        // What is derived without a PskKey leaves no mark: it comes in the poll after the agreement.
        let ran = match (marked(), self.before) {
            (NONE, AGREE) => DERIVE,
            (ran, _) => ran,
        };
        self.before = ran;
        if let Some(dearest) = usize::from(ran).checked_sub(1).and_then(|index| self.polls.get_mut(index))
            && poll.instructions > dearest.instructions
        {
            *dearest = *poll;
        }
    }

    /// Tells the host.
    pub fn report(&self) {
        let [verify, generate, agree, derive, sign] = &self.polls;
        for (step, meter) in [
            (Step::Verify, verify),
            (Step::Generate, generate),
            (Step::Agree, agree),
            (Step::Derive, derive),
            (Step::Sign, sign),
        ] {
            if meter.instructions > 0 {
                uart::step(step, meter);
            }
        }
    }
}
