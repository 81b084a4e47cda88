//! A signature that is verified before it is given out.

use super::{CryptoError, Empty, P256Task, Point, Signature, Signer, Verifier, wipe};

/// A [`Signer`] whose signatures are verified before they are given out: a fault in the computation, made or met, shows in no signature, and a key that is not
/// its certificate's is found before a peer finds it.
///
/// It is for any signer of P-256, an element too, and any verifier whose task is [`P256Task`]. A signature that does not hold is [`CryptoError`]. 226 bytes
/// beside the two.
pub struct Checked<S, V> {
    signer: S,
    verifier: V,
    task: P256Task,
    signed: bool,
}

impl<S: Signer, V: Verifier<Task = P256Task>> Checked<S, V> {
    /// Verifies what `signer` signs with `public`, its public key: 65 bytes.
    pub const fn new(signer: S, public: Point, verifier: V) -> Self {
        Self { signer, verifier, task: P256Task { key: public, ..P256Task::EMPTY }, signed: false }
    }
}

impl<S: Signer, V: Verifier<Task = P256Task>> Signer for Checked<S, V> {
    fn sign(&mut self, digest: &[u8; 32], signature: &mut Signature) -> nb::Result<(), CryptoError> {
        if !self.signed || self.task.digest != *digest {
            self.signed = false;
            let mut made = [0; 64];
            self.signer.sign(digest, &mut made)?;
            self.task.digest = *digest;
            let (halves, _) = made.as_chunks::<32>();
            if let [r, s] = halves {
                (self.task.r, self.task.s) = (*r, *s);
            }
            wipe(&mut made);
            self.signed = true;
        }
        let holds = self.verifier.verify(&self.task)?;
        self.signed = false;
        if !holds {
            // A faulty signature may give the key away: it stays nowhere.
            wipe(&mut self.task.r);
            wipe(&mut self.task.s);
            return Err(nb::Error::Other(CryptoError));
        }
        for (to, from) in signature.iter_mut().zip(self.task.r.iter().chain(&self.task.s)) {
            *to = *from;
        }
        Ok(())
    }
}

impl<S, V> core::fmt::Debug for Checked<S, V> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Checked(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{Hash, PublicKey};

    /// Signs with ones, and finds nothing right.
    struct Faulty;

    impl Signer for Faulty {
        fn sign(&mut self, _digest: &[u8; 32], signature: &mut Signature) -> nb::Result<(), CryptoError> {
            signature.fill(1);
            Ok(())
        }
    }

    impl Verifier for Faulty {
        type Task = P256Task;
        const COUNT: usize = 0;
        fn scheme(_index: usize) -> Option<u16> {
            None
        }
        fn task<H: Hash>(
            &self,
            _hash: &mut H,
            _scheme: u16,
            _message: &[&[u8]],
            _signature: &[u8],
            _key: &PublicKey<'_>,
            _task: &mut P256Task,
        ) -> bool {
            false
        }
        fn verify(&mut self, task: &P256Task) -> nb::Result<bool, CryptoError> {
            assert_eq!((task.r, task.s), ([1; 32], [1; 32]));
            Ok(false)
        }
    }

    #[test]
    fn a_faulty_signature_is_given_out_or_kept() {
        let mut checked = Checked::new(Faulty, [4; 65], Faulty);
        let mut signature = [0; 64];
        assert_eq!(checked.sign(&[9; 32], &mut signature), Err(nb::Error::Other(CryptoError)));
        assert_eq!(signature, [0; 64]);
        assert_eq!((checked.task.r, checked.task.s), ([0; 32], [0; 32]));
    }
}
