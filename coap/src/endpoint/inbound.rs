//! A message that came: to which request it belongs, and how it is answered.

use super::{Endpoint, share};
use crate::code::Code;
use crate::error::Failure;
use crate::exchange::{State, Taken};
use crate::message::{Message, Type};
use crate::reliability::{Answer, EXCHANGE_LIFETIME, seconds};
use crate::request::{Handle, Outcome, Response};
use crate::stats::count;

impl Endpoint<'_> {
    /// What a message means. `answer` is how it is answered if it is Confirmable: a Reset, unless it belongs to something.
    #[inline(never)]
    pub(super) fn receive<'d>(&mut self, now: u32, bytes: &'d [u8], answer: &mut Answer) -> Option<Outcome<'d>> {
        let Ok(message) = Message::parse(bytes) else {
            count(&mut self.stats.malformed);
            return None;
        };
        let asks = matches!(message.kind, Type::Confirmable | Type::NonConfirmable);
        match message.code {
            Code::EMPTY if !asks => self.answered(now, &message),
            // A ping, or a request: nothing is served here.
            code if (code == Code::EMPTY || code.is_request()) && asks => {
                count(&mut self.stats.requests);
                None
            }
            code if code.is_response() && message.kind != Type::Reset => self.respond(now, &message, answer),
            _ => {
                count(&mut self.stats.malformed);
                None
            }
        }
    }

    /// An empty acknowledgement, or a Reset.
    fn answered(&mut self, now: u32, message: &Message<'_>) -> Option<Outcome<'static>> {
        let mut slots = self.slots.iter_mut().enumerate();
        let Some((index, slot)) = slots.find(|(_, slot)| slot.is_waiting() && slot.id == message.id) else {
            count(&mut self.stats.unmatched);
            return None;
        };
        if slot.code == Code::EMPTY {
            return Some(Outcome::Pong { handle: self.free(index) });
        }
        if message.kind == Type::Reset {
            return Some(self.fail(index, Failure::Reset));
        }
        (slot.state, slot.deadline) = (State::Acked, now.wrapping_add(seconds(EXCHANGE_LIFETIME)));
        None
    }

    /// A response: of this peer, so its token tells to which request it belongs (RFC 7252 5.3.2).
    fn respond<'d>(&mut self, now: u32, message: &Message<'d>, answer: &mut Answer) -> Option<Outcome<'d>> {
        let mut slots = self.slots.iter_mut().enumerate();
        // Ours have 4 bytes; of another length is none of them.
        let (token, found) = match message.token.try_into().map(u32::from_ne_bytes) {
            Ok(token) => (token, slots.find(|(_, slot)| slot.awaits(message, token))),
            Err(_) => (0, None),
        };
        let Some((index, slot)) = found else {
            count(&mut self.stats.unmatched);
            return None;
        };
        let share = share(self.store, self.share, index);
        *answer = Answer::Acknowledge;
        match slot.take(message, token, share, now, self.random.next()) {
            Taken::Nothing => None,
            Taken::Stale => {
                count(&mut self.stats.stale);
                None
            }
            Taken::Fail(failure) => {
                if failure == Failure::BadOption {
                    *answer = Answer::Reset;
                    count(&mut self.stats.bad_options);
                }
                Some(self.fail(index, failure))
            }
            Taken::Deliver { offset, more, notification, last } => {
                let handle = Handle { index: index as u8, generation: slot.generation };
                if last {
                    self.free(index);
                }
                Some(Outcome::Response(Response { handle, message: *message, offset, more, notification, last }))
            }
        }
    }
}
