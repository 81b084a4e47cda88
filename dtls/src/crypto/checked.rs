//! A signature that is verified before it is given out.

use super::{CryptoError, Empty, P256Task, Point, Signature, Signer, Verifier};

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
            self.signed = true;
        }
        let holds = self.verifier.verify(&self.task)?;
        self.signed = false;
        if !holds {
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
