//! The way of a request: whether it came before, what its options ask, whose it is, what the handler says, what the server adds.

use super::{Asked, CONDITIONAL, Incoming, LONG, Made, OBSERVABLE, Part, Reply, Server, State, discover, find};
use crate::code::Code;
use crate::layer::Layer;
use crate::message::{Message, Type};
use crate::option::OptionNumber;
use crate::profile::Served;
use crate::stats::count;

impl<C, X> Server<'_, C, X> {
    /// Takes a request in.
    #[inline(never)]
    pub(super) fn take(&mut self, layer: &mut Layer, now: u32, message: &Message<'_>, group: bool) -> Served {
        if self.answers.again(layer, now, message) {
            return Served::Taken;
        }
        let asked = Asked::read(message);
        let confirmable = message.kind == Type::Confirmable;
        if asked.is_err() {
            count(&mut layer.stats.bad_options);
            // One that is Non-confirmable is rejected in silence (RFC 7252 5.4.1).
            if !confirmable {
                return Served::Taken;
            }
        }
        let Some(ticket) = self.answers.claim(now, message.id) else { return Served::Busy };
        let (kind, id) =
            if confirmable { (Type::Acknowledgement, message.id) } else { (Type::NonConfirmable, layer.next_id()) };
        let deadline = if group { now.wrapping_add(layer.random.below(self.leisure)) } else { now };
        let store = core::mem::take(self.answers.store());
        let share = self.answers.share(store, ticket.index);
        let mut reply = Reply::new(share, 0, self.exponent);
        let begun = reply.begin(kind, id, message);
        reply.of(message, ticket);
        let made = begun.then(|| self.fill(now, message, group, &asked, &mut reply));
        *self.answers.store() = store;
        let Some(made) = made else { return Served::Refused };
        if let Some(place) = self.answers.place(ticket) {
            place.settle(&made, deadline, confirmable);
        }
        Served::Taken
    }

    /// Has a request answered by the handler that it is for, or by an error.
    #[inline(never)]
    fn answer(&mut self, now: u32, message: &Message<'_>, group: bool, asked: &Asked, reply: &mut Reply<'_>) {
        let Some((index, resource, depth)) = find(self.table, message) else {
            return discover::answer(self.table, message, reply);
        };
        if !resource.allows(message.code) {
            return reply.error(Code::METHOD_NOT_ALLOWED, "");
        }
        if asked.conditional && !resource.is(CONDITIONAL) {
            return reply.error(Code::BAD_OPTION, "");
        }
        let acts = !matches!(message.code, Code::GET | Code::FETCH);
        let continuation = message.code != Code::GET
            && message.payload.is_empty()
            && asked.block1.is_none()
            && asked.block2.is_some_and(|block| block.number > 0);
        if continuation && acts && !(resource.is(LONG) && self.bodies.is_answering(asked)) {
            return reply.error(Code::REQUEST_ENTITY_INCOMPLETE, "");
        }
        let (offset, more) = match self.bodies.take(asked, message.payload.len()) {
            Part::New { offset, more } => (offset, more),
            Part::Again => return reply.code(Code::CONTINUE),
            Part::Refused(code) => return reply.error(code, ""),
        };
        let incoming = Incoming { message: *message, offset, more, continuation, notification: false, group, depth };
        (resource.handler)(&mut self.context, &incoming, reply);
        let success = reply.current_code().is_success();
        if more && success {
            reply.clear();
            return reply.code(Code::CONTINUE);
        }
        if !success {
            self.bodies.refuse();
        }
        if acts {
            let goes_on = reply.goes_on();
            self.bodies.answered(asked, goes_on);
            if goes_on && !resource.is(LONG) {
                return reply.error(Code::INTERNAL_SERVER_ERROR, "");
            }
        }
        if message.code == Code::GET && !group {
            self.observe(now, message, asked, reply, (index as u8, depth));
        }
    }

    /// The answer to a request, in the store but for what this gives.
    #[inline(never)]
    fn fill(
        &mut self,
        now: u32,
        message: &Message<'_>,
        group: bool,
        asked: &Result<Asked, Code>,
        reply: &mut Reply<'_>,
    ) -> Made {
        let (mut silence, mut block1, mut block2) = (0, None, false);
        match asked {
            Ok(asked) => {
                (silence, block2) = (asked.silence, asked.block2.is_some());
                block1 = asked.block1;
                reply.window(asked.block2);
                self.answer(now, message, group, asked, reply);
            }
            Err(code) => reply.error(*code, ""),
        }
        if reply.is_later() {
            return Made { state: State::Later, len: reply.put_off(), exponent: reply.exponent() };
        }
        if let Some(block) = &mut block1 {
            block.more = reply.current_code() == Code::CONTINUE;
            block.exponent = block.exponent.min(self.exponent);
        }
        let len = reply.finish(block1, block2) as u16;
        let code = reply.current_code();
        // Bit 1 is for class 2, bit 3 for class 4, bit 4 for class 5 (RFC 7967 2.1).
        let unwanted = silence >> (code.class().wrapping_sub(1) & 7) & 1 != 0;
        // To a group only he answers who has something to say (RFC 7252 8.2).
        let idle = group && !(code.is_success() && reply.has_payload());
        let state = if unwanted || idle { State::Silent } else { State::Ready };
        Made { state, len, exponent: 0 }
    }

    /// Takes an observer in, or off the list (RFC 7641 4.1).
    #[inline(never)]
    fn observe(
        &mut self,
        now: u32,
        message: &Message<'_>,
        asked: &Asked,
        reply: &mut Reply<'_>,
        (index, depth): (u8, u8),
    ) {
        let first = asked.block2.is_none_or(|block| block.number == 0);
        let observable = self.table.get(usize::from(index)).is_some_and(|resource| resource.is(OBSERVABLE));
        match asked.observe {
            Some(0) if observable && first && reply.current_code().is_success() && !reply.is_later() => {
                let id = reply.id();
                if let Some(sequence) = self.observers.register(now, index, depth, message, id, reply.exponent()) {
                    reply.uint(OptionNumber::OBSERVE, sequence);
                }
            }
            Some(1) => self.observers.deregister(message.token),
            _ => {}
        }
    }
}
