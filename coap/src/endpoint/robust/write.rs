//! The messages of a robust transfer, written.

use crate::block::robust::{Ask, Bulk};
use crate::block::{BlockSize, Source};
use crate::code::Code;
use crate::error::Failure;
use crate::exchange::{Head, Origin, Slot};
use crate::message::Type;
use crate::observe::Role;
use crate::option::{OptionNumber, Options};
use crate::writer::Writer;

impl Slot {
    /// Writes the question whether the peer knows of Q-Block: a Confirmable GET of the first 16 bytes of what each server has.
    pub(in crate::endpoint) fn write_probe(&mut self, out: &mut [u8]) -> Result<usize, Failure> {
        let mut writer = Writer::new(out, Type::Confirmable, Code::GET, self.id, &self.token.to_ne_bytes());
        writer.option(OptionNumber::URI_PATH, b".well-known");
        writer.option(OptionNumber::URI_PATH, b"core");
        writer.uint(OptionNumber::Q_BLOCK2, BlockSize::B16.exponent().into());
        writer.finish().ok_or(Failure::TooLarge)
    }

    /// The first half of a transfer's token is the same in all of its messages, the second counts them (RFC 9177 6). That of a request for the whole of a
    /// response is 0: notifications come under it.
    fn head_of<'w, 'o>(&self, bulk: &Bulk, serial: u32, share: &'w [u8], out: &'o mut [u8]) -> Head<'w, 'o> {
        let [[a, b, c, d], [e, f, g, h]] = [bulk.token.to_ne_bytes(), serial.to_be_bytes()];
        let options = Options::new(share.get(..self.options.into()).unwrap_or_default());
        let token = [a, b, c, d, e, f, g, h];
        Head::new(Writer::new(out, Type::NonConfirmable, self.code, self.id, &token), options)
    }

    /// Writes a request for blocks of the response.
    pub(super) fn write_ask(
        &self,
        bulk: &mut Bulk,
        ask: Ask,
        max_payloads: u8,
        share: &[u8],
        out: &mut [u8],
    ) -> Result<usize, Failure> {
        let whole = ask == Ask::Whole;
        let serial = if whole { 0 } else { bulk.serial };
        bulk.serial = bulk.serial.wrapping_add(1).max(1);
        let mut head = self.head_of(bulk, serial, share, out);
        if whole && self.role >= Role::Wanted {
            head.before(OptionNumber::OBSERVE).uint(OptionNumber::OBSERVE, (self.role == Role::Cancelling).into());
        }
        let (mut from, mut left) = (0, max_payloads);
        while left != 0
            && let Some((value, next)) = bulk.option(ask, from, max_payloads)
        {
            head.before(OptionNumber::Q_BLOCK2).uint(OptionNumber::Q_BLOCK2, value);
            (from, left) = (next, left.wrapping_sub(1));
        }
        if self.origin == Origin::Source {
            head.before(OptionNumber::REQUEST_TAG).option(OptionNumber::REQUEST_TAG, &bulk.token.to_ne_bytes());
        }
        head.before(OptionNumber(u16::MAX));
        let body = share.get(self.options.into()..).and_then(|rest| rest.get(..self.body.into()));
        let body = body.filter(|_| whole && self.origin == Origin::Store).unwrap_or_default();
        head.writer.payload(body).ok_or(Failure::TooLarge)
    }

    /// Writes one block of the request's body.
    pub(super) fn write_block(
        &self,
        bulk: &mut Bulk,
        number: u32,
        share: &[u8],
        source: &mut impl Source,
        out: &mut [u8],
    ) -> Result<usize, Failure> {
        let serial = bulk.serial;
        bulk.serial = serial.wrapping_add(1).max(1);
        loop {
            let more = number.wrapping_add(1) < bulk.total;
            let value = number << 4 | u32::from(more) << 3 | u32::from(bulk.exponent);
            let mut head = self.head_of(bulk, serial, share, &mut *out);
            head.before(OptionNumber::Q_BLOCK1).uint(OptionNumber::Q_BLOCK1, value);
            head.before(OptionNumber::SIZE1).uint(OptionNumber::SIZE1, bulk.size);
            head.before(OptionNumber::REQUEST_TAG).option(OptionNumber::REQUEST_TAG, &bulk.token.to_ne_bytes());
            head.before(OptionNumber(u16::MAX));
            let (at, room) = head.writer.open().ok_or(Failure::TooLarge)?;
            let offset = number.wrapping_mul(bulk.bytes());
            let len = bulk.size.wrapping_sub(offset).min(bulk.bytes()) as usize;
            let Some(block) = room.get_mut(..len) else {
                if number != 0 || !bulk.shrink() {
                    return Err(Failure::TooLarge);
                }
                continue;
            };
            if source.read(self.key, offset, block) != Some((len, more)) {
                return Err(Failure::Body);
            }
            return Ok(if len == 0 { at.wrapping_sub(1) } else { at.wrapping_add(len) });
        }
    }
}
