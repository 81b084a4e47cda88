//! One request on its way through its exchanges (RFC 7252 5): what is sent next, and what a response to it means.
//!
//! 1. `Queued`: a message is to be sent: the request, its next block, the next block of the response, a renewed or a cancelled registration.
//! 2. `Sent`: it went out. Confirmable: not acknowledged yet. Non-confirmable: not answered, and too recent for another (PROBING_RATE).
//! 3. `Acked`: only the response is awaited.
//! 4. `Idle`: an observation between notifications. Back to 1 when it is to be renewed.
//! 5. `Broken`: it cannot be sent; the caller is to be told.

use crate::block::{Block, Phase, Source, Step, Transfer};
use crate::code::Code;
use crate::error::Failure;
use crate::message::{Message, Type};
use crate::observe::{Observation, Role};
use crate::option::{OptionNumber, Options};
use crate::profile::Profile;
use crate::writer::Writer;

/// Where a slot stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum State {
    Free = 0,
    Queued,
    Sent,
    Acked,
    Idle,
    Broken,
    /// Blocks come and go in bursts (RFC 9177): what is sent next, and when, the profile knows.
    Bulk,
}

/// Where the body comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Origin {
    /// The store; there may be none.
    Store = 0,
    Source,
}

/// The memory of one request, or of one observation and what it takes to keep it up.
#[derive(Debug)]
pub struct Slot {
    pub(crate) watch: Observation,
    pub(crate) transfer: Transfer,
    /// Of the exchange in course: each has its own, but for those that speak of a registration.
    pub(crate) token: u32,
    /// In ticks: `Sent`: the next retransmission, `Acked`: the end of patience, `Idle`: the renewal.
    pub(crate) deadline: u32,
    /// `Sent`: the wait before the next retransmission but one, in ticks; the end of patience of a Non-confirmable request.
    pub(crate) wait: u32,
    /// Message ID of the exchange in course.
    pub(crate) id: u16,
    /// Length of the options at the front of the share of the store, in bytes.
    pub(crate) options: u16,
    /// Length of the body that follows them, in bytes.
    pub(crate) body: u16,
    /// The method; Empty for a ping.
    pub(crate) code: Code,
    pub(crate) state: State,
    pub(crate) role: Role,
    /// Why it is `Broken`.
    pub(crate) failure: Failure,
    /// How often the message was sent again.
    pub(crate) retries: u8,
    /// Tells the users of this slot apart.
    pub(crate) generation: u8,
    pub(crate) confirmable: bool,
    pub(crate) origin: Origin,
    /// Which body of the source.
    pub(crate) key: u8,
    /// Length of the Echo value that follows the body in the share of the store, in bytes; 0: none.
    pub(crate) echo: u8,
}

/// What a response means to the slot.
pub(crate) enum Taken {
    /// Nothing for the caller.
    Nothing,
    /// It is older than what came before.
    Stale,
    Deliver {
        offset: u32,
        more: bool,
        notification: bool,
        last: bool,
    },
    Fail(Failure),
}

impl Slot {
    /// A free slot: all zeros, so that a `static` of them needs no flash.
    pub const EMPTY: Slot = Slot {
        watch: Observation::NONE,
        transfer: Transfer::NONE,
        token: 0,
        deadline: 0,
        wait: 0,
        id: 0,
        options: 0,
        body: 0,
        code: Code::EMPTY,
        state: State::Free,
        role: Role::None,
        failure: Failure::Timeout,
        retries: 0,
        generation: 0,
        confirmable: false,
        origin: Origin::Store,
        key: 0,
        echo: 0,
    };

    /// Whether an exchange is in course.
    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self.state, State::Sent | State::Acked)
    }

    /// Whether the rest of a response's body is being fetched.
    pub(crate) fn is_fetching(&self) -> bool {
        self.transfer.phase == Phase::Response
    }

    /// Whether a response with this token speaks of the registration.
    fn is_watching(&self, token: u32) -> bool {
        self.role >= Role::Registered && token == self.watch.token
    }

    /// Whether a response belongs here. A piggybacked one must also acknowledge the right message (RFC 7252 5.3.2).
    pub(crate) fn awaits(&self, message: &Message<'_>, token: u32) -> bool {
        // The token of a ping is never sent, so nobody answers with it.
        let asked = self.is_waiting() && token == self.token;
        match message.kind {
            Type::Acknowledgement => asked && self.id == message.id,
            _ => asked || self.is_watching(token),
        }
    }

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

    /// GET and FETCH may be made anew (RFC 7252 5.1, RFC 8132 2): they change nothing.
    pub(crate) const fn is_repeatable(&self) -> bool {
        matches!(self.code, Code::GET | Code::FETCH)
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

    /// Takes a response that [`awaits`](Self::awaits) said belongs here.
    pub(crate) fn take<X: Profile>(
        &mut self,
        message: &Message<'_>,
        token: u32,
        share: &mut [u8],
        now: u32,
        random: u32,
    ) -> Taken {
        let sent = Options::new(share.get(..self.options.into()).unwrap_or_default());
        if !is_understood::<X>(message, sent) {
            return Taken::Fail(Failure::BadOption);
        }
        if X::WHOLE {
            if self.role == Role::Group {
                // Of one of many: the rest of its body is asked of it alone (RFC 7959 2.8).
                let more = uint(message, OptionNumber::BLOCK2, 3).is_some_and(|value| Block::read(value).more);
                return Taken::Deliver { offset: 0, more, notification: false, last: false };
            }
            if let Some(echo) = message.option(OptionNumber::ECHO)
                && message.code == Code::UNAUTHORIZED
                && self.keep_echo(echo.value, share)
            {
                self.state = State::Queued;
                return Taken::Nothing;
            }
        }
        if X::OBSERVE {
            let watching = self.is_watching(token);
            let observe = uint(message, OptionNumber::OBSERVE, 3).filter(|_| message.code.is_success());
            if let Some(sequence) = observe
                && watching
                && message.kind != Type::Acknowledgement
            {
                // Not the answer to a cancellation, which has no Observe (RFC 7641 3.6): still on its way when that was sent.
                if self.role == Role::Cancelling || !self.watch.is_newer(sequence, now) {
                    return Taken::Stale;
                }
            }
            if watching || !self.is_fetching() {
                // A representation anew. What was fetched of the one before is superseded (RFC 7959 3.4).
                if self.is_fetching() {
                    self.transfer.rewind();
                }
                self.role = match (self.role, observe) {
                    (Role::Wanted | Role::Registered, Some(sequence)) => {
                        let max_age = uint(message, OptionNumber::MAX_AGE, 4).unwrap_or(60);
                        self.watch.note(sequence, now, max_age, random);
                        Role::Registered
                    }
                    (Role::Registered, None) => Role::Wanted,
                    (role, _) => role,
                };
            }
        }
        if X::BLOCK {
            return self.advance(message);
        }
        let notification = X::OBSERVE && self.role == Role::Registered;
        (self.state, self.deadline) = (State::Idle, self.watch.renew);
        Taken::Deliver { offset: 0, more: false, notification, last: !notification }
    }

    /// Keeps an Echo value behind the body, for the same request once more (RFC 9175 2.3). False: there is no room, or it was asked for too often.
    fn keep_echo(&mut self, echo: &[u8], share: &mut [u8]) -> bool {
        let at = usize::from(self.options).wrapping_add(self.body.into());
        let Some(room) = share.get_mut(at..).and_then(|rest| rest.get_mut(..echo.len())) else { return false };
        if echo.is_empty() || echo.len() > 40 || !self.transfer.once_more() {
            return false;
        }
        room.iter_mut().zip(echo).for_each(|(to, from)| *to = *from);
        self.echo = echo.len() as u8;
        true
    }

    /// What the blocks that the response speaks of lead to.
    fn advance(&mut self, message: &Message<'_>) -> Taken {
        let fetching = self.is_fetching();
        let uploads = self.origin == Origin::Source && !fetching;
        let block = |number| uint(message, number, 3).map(Block::read);
        let uploaded = if uploads { self.transfer.uploaded(message.code, block(OptionNumber::BLOCK1)) } else { None };
        let step = match uploaded {
            Some(step) => step,
            None => {
                // An error in place of a block is a body of its own.
                let block2 = block(OptionNumber::BLOCK2).filter(|_| !fetching || message.code.is_success());
                self.transfer.downloaded(block2, etag(message), message.payload.len(), self.is_repeatable())
            }
        };
        match step {
            Step::Fail(failure) => Taken::Fail(failure),
            Step::Next => {
                self.state = State::Queued;
                Taken::Nothing
            }
            Step::Deliver { offset, more } => {
                let notification = self.role == Role::Registered;
                (self.state, self.deadline) = if more { (State::Queued, 0) } else { (State::Idle, self.watch.renew) };
                let last = self.role == Role::Cancelling || !(more || notification);
                Taken::Deliver { offset, more, notification, last }
            }
        }
    }
}

/// Whether the options of a response are understood (RFC 7252 5.4.1): those that are critical, at least. Not understood is also one so
/// long that it is taken for an unknown one (5.4.3), one that is there twice (5.4.5), one that has no place in a response (5.4), and
/// the reserved block size 7 (RFC 7959 2.2). `sent`: the options of the request. An error may name one of these, as libcoap's 4.02 does:
/// the caller knows what it is.
pub(crate) fn is_understood<X: Profile>(message: &Message<'_>, sent: Options<'_>) -> bool {
    let mut before = OptionNumber(0);
    message.options().all(|opt| {
        let block = before != opt.number
            && ((X::BLOCK && matches!(opt.number, OptionNumber::BLOCK1 | OptionNumber::BLOCK2))
                || (X::Q_BLOCK && matches!(opt.number, OptionNumber::Q_BLOCK1 | OptionNumber::Q_BLOCK2)));
        before = opt.number;
        !opt.number.is_critical()
            || (block && opt.value.len() <= 3 && opt.value.last().is_none_or(|last| last & 7 != 7))
            || (message.code.class() > 2 && sent.into_iter().any(|sent| sent.number == opt.number))
    })
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

/// An elective option's value: of the first of its kind, of up to so many bytes (RFC 7252 5.4.3, 5.4.5).
#[inline(never)]
pub(crate) fn uint(message: &Message<'_>, number: OptionNumber, longest: usize) -> Option<u32> {
    message.option(number).filter(|opt| opt.value.len() <= longest)?.uint()
}

/// An ETag in one number. 0: none. Up to 7 bytes have a 1 in front, so that their zeros count; 8 bytes push it out.
pub(crate) fn etag(message: &Message<'_>) -> u64 {
    message.option(OptionNumber::ETAG).map_or(0, |tag| tag_number(tag.value))
}

/// See [`etag`].
pub(crate) fn tag_number(etag: &[u8]) -> u64 {
    etag.iter().fold(1, |tag, byte| tag << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::Slot;

    #[test]
    fn a_slot_stays_small() {
        assert!(size_of::<Slot>() <= 60, "{}", size_of::<Slot>());
    }
}
