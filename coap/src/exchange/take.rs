//! A response: what it means for the registration and for the bodies on their way.

use super::{Origin, Slot, State, Taken};
use crate::block::{Block, Step};
use crate::code::Code;
use crate::error::Failure;
use crate::message::{Message, Type};
use crate::observe::Role;
use crate::option::{OptionNumber, Options};
use crate::profile::Profile;

impl Slot {
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
        if X::WHOLE && self.is_fetching() && self.is_repeatable() {
            // Such a block is not there, says the server: the body is shorter than it was.
            let shorter = matches!(message.code, Code::BAD_REQUEST | Code::BAD_OPTION);
            if shorter && self.transfer.restart() {
                self.state = State::Queued;
                return Taken::Nothing;
            }
        }
        if X::OBSERVE && self.is_stale(message, token, now, random) {
            return Taken::Stale;
        }
        if X::BLOCK {
            return self.advance(message);
        }
        let notification = X::OBSERVE && self.role == Role::Registered;
        (self.state, self.deadline) = (State::Idle, self.watch.renew);
        Taken::Deliver { offset: 0, more: false, notification, last: !notification }
    }

    /// What a response says of the registration. True: it is a notification older than what came before.
    // Called once; apart only to be read.
    #[inline(always)]
    fn is_stale(&mut self, message: &Message<'_>, token: u32, now: u32, random: u32) -> bool {
        let watching = self.is_watching(token);
        let observe = uint(message, OptionNumber::OBSERVE, 3).filter(|_| message.code.is_success());
        if let Some(sequence) = observe
            && watching
            && message.kind != Type::Acknowledgement
        {
            // Not the answer to a cancellation, which has no Observe (RFC 7641 3.6): still on its way when that was sent.
            if self.role == Role::Cancelling || !self.watch.is_newer(sequence, now) {
                return true;
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
        false
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
