//! A signature that is verified before it is given out.
#![cfg(test)]

use super::*;
use crate::crypto::{Checked, CryptoError};

/// Signs and verifies, but gives way first, or fails, or lies, as told: the last is told first. How often it was asked is counted.
struct Moody<'a, T> {
    inner: T,
    moods: &'a [Mood],
    asked: usize,
}

#[derive(Clone, Copy)]
enum Mood {
    Good,
    Busy,
    Broken,
    Lying,
}

impl<'a, T> Moody<'a, T> {
    fn new(inner: T, moods: &'a [Mood]) -> Self {
        Self { inner, moods, asked: 0 }
    }

    fn mood(&mut self) -> nb::Result<bool, CryptoError> {
        self.asked += 1;
        match self.moods.split_off_last().unwrap_or(&Mood::Good) {
            Mood::Good => Ok(true),
            Mood::Busy => Err(nb::Error::WouldBlock),
            Mood::Broken => Err(CryptoError.into()),
            Mood::Lying => Ok(false),
        }
    }
}

impl<T: Signer> Signer for Moody<'_, T> {
    fn sign(&mut self, digest: &[u8; 32], signature: &mut Signature) -> nb::Result<(), CryptoError> {
        let good = self.mood()?;
        self.inner.sign(digest, signature)?;
        signature[40] ^= u8::from(!good);
        Ok(())
    }
}

impl<T: Verifier> Verifier for Moody<'_, T> {
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
        key: &crate::crypto::PublicKey<'_>,
        task: &mut Self::Task,
    ) -> bool {
        self.inner.task(hash, scheme, message, signature, key, task)
    }
    fn verify(&mut self, task: &Self::Task) -> nb::Result<bool, CryptoError> {
        Ok(self.mood()? == self.inner.verify(task)?)
    }
}

/// Asks for signatures of these digests, one after the other, with these moods: what comes of each, and how often signer and verifier were asked.
fn asked(
    digests: &[u8],
    signing: &[Mood],
    verifying: &[Mood],
) -> (std::vec::Vec<nb::Result<(), CryptoError>>, [usize; 2]) {
    let key = bytes(1);
    let mut signer = Moody::new(P256Signer::new(&key, Fast, Sha256).unwrap(), signing);
    let mut verifier = Moody::new(P256Verifier(Fast), verifying);
    let mut checked = Checked::new(&mut signer, public(&key), &mut verifier);
    let mut results = std::vec::Vec::new();
    for digest in digests {
        let mut signature = [0; 64];
        let result = checked.sign(&bytes(*digest), &mut signature);
        let expected = if result.is_ok() { signed(&key, &bytes(*digest)) } else { [0; 64] };
        assert_eq!(signature, expected, "nothing but what was verified is given out");
        results.push(result);
    }
    (results, [signer.asked, verifier.asked])
}

const BUSY: nb::Result<(), CryptoError> = Err(nb::Error::WouldBlock);
const FAILED: nb::Result<(), CryptoError> = Err(nb::Error::Other(CryptoError));

#[test]
fn a_wrong_signature_is_given_out() {
    use Mood::{Broken, Lying};
    // and the next one is good, made anew
    assert_eq!(asked(&[7, 7], &[Lying], &[]), ([FAILED, Ok(())].to_vec(), [2, 2]));
    assert_eq!(asked(&[7, 7], &[], &[Lying]), ([FAILED, Ok(())].to_vec(), [2, 2]));
    assert_eq!(asked(&[7, 7], &[Broken], &[]), ([FAILED, Ok(())].to_vec(), [2, 1]));
    assert_eq!(asked(&[7, 7], &[], &[]), ([Ok(()), Ok(())].to_vec(), [2, 2]));
}

#[test]
fn the_key_is_not_the_certificates() {
    let key = bytes(1);
    let signer = P256Signer::new(&key, Fast, Sha256).unwrap();
    let mut signature = [0; 64];
    let result = Checked::new(signer, public(&bytes(2)), P256Verifier(Fast)).sign(&bytes(7), &mut signature);
    assert_eq!((result, signature), (FAILED, [0; 64]));
}

#[test]
fn what_gives_way_is_asked_too_often_or_not_again() {
    use Mood::Busy;
    assert_eq!(asked(&[7; 3], &[Busy, Busy], &[]), ([BUSY, BUSY, Ok(())].to_vec(), [3, 1]));
    assert_eq!(asked(&[7; 3], &[], &[Busy, Busy]), ([BUSY, BUSY, Ok(())].to_vec(), [1, 3]));
}

#[test]
fn another_digest_has_the_signature_of_the_first() {
    use Mood::Busy;
    assert_eq!(asked(&[7, 8], &[Busy], &[]), ([BUSY, Ok(())].to_vec(), [2, 1]));
    assert_eq!(asked(&[7, 8], &[], &[Busy]), ([BUSY, Ok(())].to_vec(), [2, 2]));
    // the signature that waited is forgotten, not given out later
    assert_eq!(asked(&[7, 8, 7], &[Busy, Mood::Good], &[Busy]), ([BUSY, BUSY, Ok(())].to_vec(), [3, 2]));
}
