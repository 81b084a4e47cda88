//! The message that is due: the request, its next block, or what asks for the next block of the response.

use super::{Origin, Slot};
use crate::block::{Phase, Source};
use crate::code::Code;
use crate::error::Failure;
use crate::message::Type;
use crate::observe::Role;
use crate::option::{OptionNumber, Options};
use crate::profile::Profile;
use crate::writer::Writer;

impl Slot {
    /// Writes the message up to its payload. `share`: of the store. `block1`: with Block1, and whether more blocks follow. `size`: of the source's body.
    fn head<'o, X: Profile>(
        &self,
        share: &[u8],
        out: &'o mut [u8],
        block1: Option<bool>,
        size: Option<u32>,
    ) -> Writer<'o> {
        let kind = if self.confirmable { Type::Confirmable } else { Type::NonConfirmable };
        let token = self.token.to_ne_bytes();
        let token = if self.code == Code::EMPTY { &[][..] } else { &token };
        let (options, rest) = share.split_at_checked(self.options.into()).unwrap_or_default();
        let mut head = Head::new(Writer::new(out, kind, self.code, self.id, token), Options::new(options));
        let number = self.transfer.number() << 4 | u32::from(self.transfer.exponent);
        let fetching = X::BLOCK && self.is_fetching();
        let registers = X::OBSERVE && self.role >= Role::Wanted && !fetching;
        let cancels = X::OBSERVE && self.role == Role::Cancelling;
        // Early negotiation (RFC 7959 2.4), where less is wanted than the largest block.
        // With the last block of a body too (figure 11): that server knows of blocks.
        let asks = self.is_repeatable() || (X::WHOLE && block1 == Some(false));
        let negotiates = X::BLOCK && self.transfer.exponent < 6 && asks && !cancels;
        let block2 = fetching || negotiates;
        // Of the response nothing came yet while the request's body is on its way.
        let block2_value = if block1.is_some() { self.transfer.exponent.into() } else { number };
        // No value of ours has 32 bits.
        const NONE: u32 = u32::MAX;
        let ours = [
            (OptionNumber::OBSERVE, if registers { cancels.into() } else { NONE }),
            (OptionNumber::BLOCK2, if block2 { block2_value } else { NONE }),
            (OptionNumber::BLOCK1, block1.map_or(NONE, |more| number | u32::from(more) << 3)),
            (OptionNumber::SIZE1, size.unwrap_or(NONE)),
        ];
        for (number, value) in ours {
            if value != NONE {
                head.before(number).uint(number, value);
            }
        }
        if X::WHOLE && self.echo != 0 {
            let echo = rest.get(self.body.into()..).and_then(|rest| rest.get(..self.echo.into())).unwrap_or_default();
            // In place of one that the caller gave, and that was stale: it is not repeatable (RFC 9175 2.2.1).
            head.before(OptionNumber(OptionNumber::ECHO.0 - 1)).option(OptionNumber::ECHO, echo);
            while head.theirs.next_up_to(OptionNumber::ECHO).is_some() {}
        }
        if X::WHOLE && self.origin == Origin::Source && self.watch.token != 0 {
            // The first token of this body, which no other has (RFC 9175 3.3); also while the response to it is fetched (3.4).
            let tag = self.watch.token.to_ne_bytes();
            head.before(OptionNumber::REQUEST_TAG).option(OptionNumber::REQUEST_TAG, &tag);
        }
        head.before(OptionNumber(u16::MAX));
        head.writer
    }

    /// Writes the message that is due, the same one each time: its length in bytes.
    pub(crate) fn write<X: Profile>(
        &mut self,
        share: &[u8],
        source: &mut impl Source,
        out: &mut [u8],
    ) -> Result<usize, Failure> {
        if X::BLOCK && self.transfer.number() >> 20 != 0 {
            return Err(Failure::TooLarge);
        }
        let fetching = X::BLOCK && self.is_fetching();
        if !X::BLOCK || fetching || self.origin == Origin::Store {
            // No body with the requests that fetch the rest of a response (RFC 7959 3.3).
            let len = if fetching { 0 } else { self.body };
            let rest = share.get(self.options.into()..).unwrap_or_default();
            let body = rest.get(..len.into()).unwrap_or_default();
            return self.head::<X>(share, out, None, None).payload(body).ok_or(Failure::TooLarge);
        }
        let size =
            if self.transfer.offset == 0 { source.size(self.key).filter(|size| *size != u32::MAX) } else { None };
        let mut block1 = Some(true);
        loop {
            let size = size.filter(|_| block1.is_some());
            let Some((at, room)) = self.head::<X>(share, out, block1, size).open() else {
                return Err(Failure::TooLarge);
            };
            let Some(block) = room.get_mut(..self.transfer.size()) else {
                self.transfer.exponent = self.transfer.exponent.checked_sub(1).ok_or(Failure::TooLarge)?;
                continue;
            };
            let (len, more) = source.read(self.key, self.transfer.offset, block).ok_or(Failure::Body)?;
            if len > block.len() || (more && len < block.len()) {
                return Err(Failure::Body);
            }
            if more == block1.unwrap_or_default() {
                self.transfer.phase = if more { Phase::Blocks } else { Phase::Request };
                // Without payload, without marker.
                return Ok(if len == 0 { at.wrapping_sub(1) } else { at.wrapping_add(len) });
            }
            if block1 != Some(true) {
                return Err(Failure::Body);
            }
            // The last block: M is written before the payload, so once more. A body that is one block needs no Block1.
            block1 = if self.transfer.offset == 0 { None } else { Some(false) };
            if X::WHOLE && block1.is_none() {
                self.watch.token = 0;
            }
        }
    }
}

/// A message on its way: the options of the endpoint's own come between those of the request.
pub(crate) struct Head<'w, 'o> {
    pub(crate) writer: Writer<'o>,
    theirs: Options<'w>,
}

impl<'w, 'o> Head<'w, 'o> {
    pub(crate) fn new(writer: Writer<'o>, theirs: Options<'w>) -> Self {
        Self { writer, theirs }
    }

    /// Writes those of the request's options that come before `number`, or have it.
    pub(crate) fn before(&mut self, number: OptionNumber) -> &mut Writer<'o> {
        while let Some(opt) = self.theirs.next_up_to(number) {
            self.writer.option(opt.number, opt.value);
        }
        &mut self.writer
    }
}
