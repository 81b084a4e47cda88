//! The simulated element: an `embedded-hal` bus with one device on it. **It protects nothing**: see the room's own words.

use super::{ADDRESS, ANSWER, COMMAND, DONE, FAILED, SIGN, crc};
use crate::clock;
use embedded_hal::i2c::{ErrorKind, ErrorType, I2c, NoAcknowledgeSource, Operation};
use stint_dtls::crypto::Signer;
use stint_dtls::crypto::compact::{Native, P256Signer};
use stint_dtls::crypto::soft::Sha256;

/// What signs in there.
type Inside<'k> = P256Signer<'k, Native, Sha256>;

/// How long it is busy with a signature, in hundredths of a second: as long as such parts take.
const BUSY: u32 = 12;

/// The bus and the element.
pub struct Simulated<'k> {
    key: Inside<'k>,
    answer: [u8; ANSWER],
    /// From when on it answers.
    ready: u32,
}

impl<'k> Simulated<'k> {
    /// An element that holds `key`.
    pub fn new(key: Inside<'k>) -> Self {
        Self { key, answer: [FAILED; ANSWER], ready: clock::rounds() }
    }

    /// Takes a command. The signature is computed here and now, since there is no second processor, and kept back until the time is up.
    fn command(&mut self, bytes: &[u8]) -> Result<(), ErrorKind> {
        let whole = bytes.len() == COMMAND && bytes.split_last().is_some_and(|(check, body)| crc(body) == *check);
        let Some(digest) = bytes.get(1..33).and_then(|digest| digest.try_into().ok()).filter(|_| whole) else {
            return Err(ErrorKind::NoAcknowledge(NoAcknowledgeSource::Data));
        };
        let mut signature = [0; 64];
        let done = bytes.first() == Some(&SIGN) && self.key.sign(digest, &mut signature).is_ok();
        let (body, check) = self.answer.split_at_mut(ANSWER - 1);
        let status = if done { DONE } else { FAILED };
        body.iter_mut().zip([status].iter().chain(&signature)).for_each(|(to, from)| *to = *from);
        check.fill(crc(body));
        self.ready = clock::rounds().wrapping_add(BUSY);
        Ok(())
    }
}

impl ErrorType for Simulated<'_> {
    type Error = ErrorKind;
}

impl I2c for Simulated<'_> {
    fn transaction(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), ErrorKind> {
        let early = clock::rounds().wrapping_sub(self.ready).cast_signed() < 0;
        if address != ADDRESS || early {
            return Err(ErrorKind::NoAcknowledge(NoAcknowledgeSource::Address));
        }
        for operation in operations {
            match operation {
                Operation::Write(bytes) => self.command(bytes)?,
                Operation::Read(into) => into.iter_mut().zip(&self.answer).for_each(|(to, from)| *to = *from),
            }
        }
        Ok(())
    }
}
