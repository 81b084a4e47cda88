//! The driver: a [`Signer`] that asks the element, and answers `WouldBlock` while that is at work.

use super::{ADDRESS, ANSWER, COMMAND, DONE, SIGN, crc};
use core::sync::atomic::{AtomicU32, Ordering};
use embedded_hal::i2c::{Error, ErrorKind, I2c};
use stint_dtls::crypto::{CryptoError, Signature, Signer};

/// A secure element on a bus.
#[derive(Debug)]
pub struct Element<B> {
    bus: B,
    /// The digest that the element was given.
    asked: Option<[u8; 32]>,
    /// How often it was found busy.
    busy: &'static AtomicU32,
}

impl<B: I2c> Element<B> {
    /// The element at its address on `bus`. How often it is found busy is counted in `busy`.
    pub fn new(bus: B, busy: &'static AtomicU32) -> Self {
        Self { bus, asked: None, busy }
    }

    /// What a bus error means: an element that does not acknowledge is busy; anything else is a broken bus.
    fn failed(&mut self, error: &B::Error) -> nb::Error<CryptoError> {
        if matches!(error.kind(), ErrorKind::NoAcknowledge(_)) {
            // Not `fetch_add`: ARMv6-M has none. Nobody else writes.
            self.busy.store(self.busy.load(Ordering::Relaxed).saturating_add(1), Ordering::Relaxed);
            return nb::Error::WouldBlock;
        }
        self.asked = None;
        nb::Error::Other(CryptoError)
    }

    /// Gives the element a digest. One that is still busy with another, of a handshake that was given up, does not acknowledge.
    fn ask(&mut self, digest: &[u8; 32]) -> nb::Result<(), CryptoError> {
        let mut command = [0; COMMAND];
        let (body, check) = command.split_at_mut(COMMAND - 1);
        body.iter_mut().zip([SIGN].iter().chain(digest)).for_each(|(to, from)| *to = *from);
        check.fill(crc(body));
        self.bus.write(ADDRESS, &command).map_err(|error| self.failed(&error))?;
        self.asked = Some(*digest);
        Ok(())
    }
}

impl<B: I2c> Signer for Element<B> {
    fn sign(&mut self, digest: &[u8; 32], signature: &mut Signature) -> nb::Result<(), CryptoError> {
        if self.asked.as_ref() != Some(digest) {
            self.ask(digest)?;
            return Err(nb::Error::WouldBlock);
        }
        let mut answer = [0; ANSWER];
        self.bus.read(ADDRESS, &mut answer).map_err(|error| self.failed(&error))?;
        self.asked = None;
        let [status, rest @ .., check] = answer;
        let whole = answer.split_last().is_some_and(|(_, body)| crc(body) == check);
        if status != DONE || !whole {
            return Err(nb::Error::Other(CryptoError));
        }
        *signature = rest;
        Ok(())
    }
}
