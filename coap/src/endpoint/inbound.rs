//! A message that came: to which request it belongs, and how it is answered.

use super::Endpoint;
use crate::code::Code;
use crate::error::Failure;
use crate::exchange::{Slot, State, Taken};
use crate::message::{Message, Type};
use crate::observe::Role;
use crate::profile::{Profile, Served};
use crate::reliability::Answer;
use crate::request::{Handle, Outcome, Response};
use crate::stats::count;
use crate::store::share;
use core::ops::ControlFlow;
use core::time::Duration;

impl<X: Profile> Endpoint<'_, X> {
    /// Takes a message whole; `group`: it came to an address of a group.
    pub(super) fn handle_sent_to<'d>(&mut self, now: Duration, message: &'d [u8], group: bool) -> Option<Outcome<'d>> {
        let now = self.layer.tick(now);
        // Too short, or of another version: ignored in silence (RFC 7252 3).
        let Ok((kind, code, id)) = Message::header(message) else {
            count(&mut self.layer.stats.malformed);
            return None;
        };
        if kind == Type::Confirmable {
            // Nothing Confirmable is sent to a group (RFC 7252 8.1).
            if group {
                count(&mut self.layer.stats.malformed);
                return None;
            }
            if self.recent.again(id, now, self.layer.lifetime) {
                count(&mut self.layer.stats.duplicates);
                return None;
            }
            if !self.recent.has_place() {
                count(&mut self.layer.stats.overflows);
                return None;
            }
        }
        let mut answer = Answer::Reset;
        let outcome = self.receive(now, message, group, &mut answer);
        // A peer that asks for blocks of a body that was given up learns it by a Reset (RFC 9177 4.3).
        let stops = X::Q_BLOCK
            && (kind, code) == (Type::NonConfirmable, Code::REQUEST_ENTITY_INCOMPLETE)
            && answer == Answer::Reset
            && self.recent.has_place();
        if (kind == Type::Confirmable && answer != Answer::None) || stops {
            self.recent.note(id, now, answer);
        }
        outcome
    }

    /// What a message means. `answer` is how it is answered if it is Confirmable: a Reset, unless it belongs to something.
    #[inline(never)]
    fn receive<'d>(&mut self, now: u32, bytes: &'d [u8], group: bool, answer: &mut Answer) -> Option<Outcome<'d>> {
        let Ok(message) = Message::parse(bytes) else {
            count(&mut self.layer.stats.malformed);
            return None;
        };
        let asks = matches!(message.kind, Type::Confirmable | Type::NonConfirmable);
        match message.code {
            Code::EMPTY if !asks => self.answered(now, &message),
            code if (code == Code::EMPTY || code.is_request()) && asks => {
                count(&mut self.layer.stats.requests);
                // A ping is answered by a Reset, and so is a request where nothing is served.
                let served = match code {
                    Code::EMPTY => Served::Refused,
                    _ => self.profile.request(&mut self.layer, now, &message, group),
                };
                if served != Served::Refused {
                    *answer = Answer::None;
                }
                if served == Served::Busy {
                    count(&mut self.layer.stats.overflows);
                }
                None
            }
            code if code.is_response() && message.kind != Type::Reset => self.respond(now, &message, answer),
            _ => {
                count(&mut self.layer.stats.malformed);
                None
            }
        }
    }

    /// An empty acknowledgement, or a Reset.
    fn answered(&mut self, now: u32, message: &Message<'_>) -> Option<Outcome<'static>> {
        let mut slots = self.slots.iter_mut().enumerate();
        let bulk = |slot: &Slot| X::Q_BLOCK && slot.state == State::Bulk && message.kind == Type::Reset;
        let Some((index, slot)) = slots.find(|(_, slot)| (slot.is_waiting() || bulk(slot)) && slot.id == message.id)
        else {
            if !self.profile.answered(&mut self.layer, now, message.id, message.kind == Type::Reset) {
                count(&mut self.layer.stats.unmatched);
            }
            return None;
        };
        self.profile.acknowledged(now, slot.id, slot.retries);
        if slot.code == Code::EMPTY {
            return Some(Outcome::Pong { handle: self.free(index) });
        }
        if message.kind == Type::Reset {
            return Some(self.fail(index, Failure::Reset));
        }
        let silent = X::WHOLE && slot.role == Role::Silent;
        let patience = if silent { 0 } else { self.layer.patience() };
        (slot.state, slot.deadline) = (State::Acked, now.wrapping_add(patience));
        None
    }

    /// A response: of this peer, so its token tells to which request it belongs (RFC 7252 5.3.2).
    fn respond<'d>(&mut self, now: u32, message: &Message<'d>, answer: &mut Answer) -> Option<Outcome<'d>> {
        let mut bytes = message.token;
        if X::Q_BLOCK && bytes.len() == 8 {
            match self.respond_bulk(now, message, answer) {
                ControlFlow::Break(outcome) => return outcome,
                ControlFlow::Continue(prefix) => bytes = prefix,
            }
        }
        let mut slots = self.slots.iter_mut().enumerate();
        // Ours have 4 bytes; of another length is none of them.
        let (token, found) = match bytes.try_into().map(u32::from_ne_bytes) {
            Ok(token) => (token, slots.find(|(_, slot)| slot.awaits(message, token))),
            Err(_) => (0, None),
        };
        let Some((index, slot)) = found else {
            count(&mut self.layer.stats.unmatched);
            return None;
        };
        if slot.state == State::Sent && token == slot.token {
            self.profile.acknowledged(now, slot.id, slot.retries);
        }
        let share = share(self.store, self.share, index);
        *answer = Answer::Acknowledge;
        if X::Q_BLOCK
            && let Some(engine) = self.profile.engine()
            && engine.is_probing(index)
        {
            return slot.probed(engine, message);
        }
        match slot.take::<X>(message, token, share, now, self.layer.random.next()) {
            Taken::Nothing => None,
            Taken::Stale => {
                count(&mut self.layer.stats.stale);
                None
            }
            Taken::Fail(failure) => {
                if failure == Failure::BadOption {
                    *answer = Answer::Reset;
                    count(&mut self.layer.stats.bad_options);
                }
                Some(self.fail(index, failure))
            }
            Taken::Deliver { offset, more, notification, last } => {
                let handle = Handle { index: index as u8, generation: slot.generation };
                if last {
                    self.free(index);
                }
                let anew = offset == 0;
                Some(Outcome::Response(Response { handle, message: *message, offset, more, anew, notification, last }))
            }
        }
    }
}
