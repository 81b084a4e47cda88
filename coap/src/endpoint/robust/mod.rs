//! Robust block-wise transfer (RFC 9177): the messages of a slot whose blocks come and go in bursts.
//!
//! Promises: only profiles with Q-Block link this. Here is when a message goes and what one that came leads to; `write`: how it looks.

mod write;

use super::Endpoint;
use crate::block::Block;
use crate::block::Source;
use crate::block::robust::{Bulk, Engine, Got, Pace, Phase, Piece, Plan, Support};
use crate::code::Code;
use crate::error::Failure;
use crate::exchange::{Origin, Slot, State, etag, is_understood, uint};
use crate::message::Message;
use crate::observe::Role;
use crate::option::{ContentFormat, OptionNumber, Options};
use crate::profile::Profile;
use crate::reliability::{Answer, due};
use crate::request::{Handle, Outcome, Response};
use crate::stats::count;
use crate::store::share;
use core::ops::ControlFlow;

/// What a response under one of a transfer's tokens means.
enum Heard {
    /// Nothing for the caller.
    Nothing,
    Stale,
    /// A response that is no block.
    Whole,
    Block {
        offset: u32,
        complete: bool,
        anew: bool,
    },
    /// The peer answers by Block2.
    Plain,
    Fail(Failure),
}

impl<X: Profile> Endpoint<'_, X> {
    /// A request was accepted: if it may bring or carry a large body, it gets a transfer.
    pub(super) fn engage(&mut self, handle: Handle) {
        let index = usize::from(handle.index);
        let (Some(slot), Some(engine)) = (self.slots.get_mut(index), self.profile.engine()) else { return };
        let large = slot.origin == Origin::Source || slot.is_repeatable();
        if slot.confirmable || !large || slot.role == Role::Silent {
            return;
        }
        // The question whether the peer knows of Q-Block is Confirmable, and so is what goes by Block1 and Block2 if it does not.
        slot.confirmable = true;
        if engine.support != Support::No {
            engine.take(index);
        }
    }

    /// The request goes without a transfer after all.
    pub(super) fn disengage(&mut self, handle: Handle, confirmable: bool) {
        let index = usize::from(handle.index);
        if let (Some(slot), Some(engine)) = (self.slots.get_mut(index), self.profile.engine()) {
            slot.confirmable = confirmable;
            engine.release(index);
        }
    }

    /// The slot's request is to be sent. True: in bursts, from now on.
    pub(super) fn launch(&mut self, index: usize, now: u32, source: &mut impl Source) -> bool {
        let pause = self.profile.engine().map_or(0, |engine| engine.pace.timeout);
        let pause = self.layer.spread(pause);
        let (Some(slot), Some(engine)) = (self.slots.get_mut(index), self.profile.engine()) else { return false };
        let (pace, support) = (engine.pace, engine.support);
        let Some(bulk) = engine.of(index) else { return false };
        if support == Support::Unknown || slot.state != State::Queued {
            return false;
        }
        let uploads = slot.origin == Origin::Source;
        bulk.launch(if uploads { Phase::Upload } else { Phase::Download }, slot.transfer.exponent, slot.token, pause);
        bulk.heard = !uploads;
        bulk.repeatable = matches!(slot.code, Code::PUT | Code::IPATCH | Code::FETCH);
        let size = if uploads { source.size(slot.key).filter(|size| *size != u32::MAX) } else { Some(0) };
        let fits = size.is_some_and(|size| !uploads || bulk.upload(size, &pace));
        if support == Support::No || !fits {
            engine.release(index);
            return false;
        }
        (slot.state, slot.deadline) = (State::Bulk, now);
        true
    }

    /// Writes the next message of a burst.
    pub(super) fn transmit_bulk(&mut self, now: u32, source: &mut impl Source, out: &mut [u8]) -> Option<usize> {
        let mut slots = self.slots.iter_mut().enumerate();
        let (index, slot) = slots.find(|(_, slot)| slot.state == State::Bulk && due(now, slot.deadline))?;
        let engine = self.profile.engine()?;
        let pace = engine.pace;
        let Some(bulk) = engine.of(index) else {
            slot.state = State::Queued;
            return None;
        };
        let share = share(self.store, self.share, index);
        slot.id = self.layer.next_id();
        let written = match bulk.plan(&pace) {
            Plan::Ask(ask) => slot.write_ask(bulk, ask, pace.max_payloads, share, out),
            Plan::Block(number) => {
                let written = slot.write_block(bulk, number, share, source, out);
                bulk.sent_block(number, &pace);
                written
            }
            Plan::Fail(failure) => Err(failure),
        };
        match written {
            Ok(len) => {
                let mut wait = bulk.wait(&pace);
                // To a peer that says nothing, no more than PROBING_RATE (RFC 9177 7.2).
                if bulk.asks() && !bulk.heard {
                    wait = wait.max(self.layer.probing_wait(len).min(pace.probing_wait));
                }
                bulk.heard &= bulk.phase == Phase::Upload;
                slot.deadline = now.wrapping_add(wait);
                Some(len)
            }
            Err(failure) => {
                (slot.state, slot.failure) = (State::Broken, failure);
                None
            }
        }
    }

    /// A response under a token of 8 bytes: which transfer it belongs to, its first half says. `Continue`: the peer answers by Block2, and the slot goes on so,
    /// under this token.
    pub(super) fn respond_bulk<'d>(
        &mut self,
        now: u32,
        message: &Message<'d>,
        answer: &mut Answer,
    ) -> ControlFlow<Option<Outcome<'d>>, &'d [u8]> {
        const NOTHING: ControlFlow<Option<Outcome<'static>>, &'static [u8]> = ControlFlow::Break(None);
        let token = message.token.first_chunk().map(|half| u32::from_ne_bytes(*half));
        let running = |phase| matches!(phase, Phase::Upload | Phase::Download);
        let Some(engine) = self.profile.engine() else { return NOTHING };
        let pace = engine.pace;
        let found = engine.bulks.iter_mut().find(|bulk| running(bulk.phase) && Some(bulk.token) == token);
        let Some((bulk, token)) = found.zip(token) else {
            count(&mut self.layer.stats.unmatched);
            return NOTHING;
        };
        let index = bulk.index();
        let share = share(self.store, self.share, index);
        let Some(slot) = self.slots.get_mut(index) else { return NOTHING };
        *answer = Answer::Acknowledge;
        let sent = Options::new(share.get(..slot.options.into()).unwrap_or_default());
        bulk.heard = true;
        let heard = match bulk.phase {
            _ if !is_understood::<X>(message, sent) => Heard::Fail(Failure::BadOption),
            Phase::Upload => bulk.answered(slot, message, &pace, now),
            _ => slot.hear(bulk, message, &pace, now, self.layer.random.next()),
        };
        ControlFlow::Break(match heard {
            Heard::Nothing => None,
            Heard::Stale => {
                count(&mut self.layer.stats.stale);
                None
            }
            Heard::Plain => {
                (slot.state, slot.token) = (State::Acked, token);
                engine.release(index);
                return ControlFlow::Continue(message.token.get(..4).unwrap_or_default());
            }
            Heard::Fail(failure) => {
                if failure == Failure::BadOption {
                    *answer = Answer::Reset;
                    count(&mut self.layer.stats.bad_options);
                }
                Some(self.fail(index, failure))
            }
            Heard::Whole => Some(self.deliver(now, index, message, (0, true, true))),
            Heard::Block { offset, complete, anew } => {
                Some(self.deliver(now, index, message, (offset, complete, anew)))
            }
        })
    }

    /// A block, or a whole response, for the caller: at which offset, whether it completes the body, and whether it begins one.
    fn deliver<'d>(
        &mut self,
        now: u32,
        index: usize,
        message: &Message<'d>,
        (offset, complete, anew): (u32, bool, bool),
    ) -> Outcome<'d> {
        let mut handle = Handle { index: index as u8, generation: 0 };
        let (mut notification, mut last) = (false, complete);
        if let Some(slot) = self.slots.get_mut(index)
            && let Some(engine) = self.profile.engine()
        {
            handle.generation = slot.generation;
            let pace = engine.pace;
            notification = slot.role == Role::Registered;
            last = complete && !notification;
            if complete {
                (slot.state, slot.deadline) = (State::Idle, slot.watch.renew);
            } else if let Some(bulk) = engine.of(index) {
                let wait = if bulk.is_eager() { 0 } else { bulk.wait(&pace) };
                (slot.state, slot.deadline) = (State::Bulk, now.wrapping_add(wait));
            }
        }
        if last {
            self.free(index);
        }
        Outcome::Response(Response { handle, message: *message, offset, more: !complete, anew, notification, last })
    }
}

impl Bulk {
    /// The answer to blocks of a request (RFC 9177 4.3).
    fn answered(&mut self, slot: &mut Slot, message: &Message<'_>, pace: &Pace, now: u32) -> Heard {
        let block = uint(message, OptionNumber::Q_BLOCK1, 3).map(Block::read);
        let again = match message.code {
            Code::CONTINUE => block.is_some_and(|block| self.continued(block.number)),
            Code::REQUEST_ENTITY_INCOMPLETE
                if uint(message, OptionNumber::CONTENT_FORMAT, 2) == Some(ContentFormat::MISSING_BLOCKS.0.into()) =>
            {
                if !self.missing(message.payload, pace) {
                    return Heard::Stale;
                }
                true
            }
            Code::REQUEST_ENTITY_INCOMPLETE if self.restart(self.exponent, pace) => true,
            Code::REQUEST_ENTITY_TOO_LARGE
                if block.is_some_and(|block| block.exponent < self.exponent && self.restart(block.exponent, pace)) =>
            {
                true
            }
            code if code.is_success() && message.option(OptionNumber::Q_BLOCK2).is_some() => {
                let (token, serial) = (self.token, self.serial);
                self.launch(Phase::Download, self.exponent, token, self.pause());
                self.answered_by_blocks(serial);
                return slot.hear(self, message, pace, now, 0);
            }
            code if code.is_success() && message.option(OptionNumber::BLOCK2).is_some() => return Heard::Plain,
            _ => return Heard::Whole,
        };
        if again {
            slot.deadline = now;
        } else if !self.is_eager() && self.is_sent() {
            slot.deadline = now.wrapping_add(self.wait(pace));
        }
        Heard::Nothing
    }
}

impl Slot {
    /// The answer to the question whether the peer knows of Q-Block: blocks by Q-Block2, or anything else, which is no (RFC 9177 4.1).
    pub(super) fn probed<'d>(&mut self, engine: &mut Engine, message: &Message<'_>) -> Option<Outcome<'d>> {
        let knows = message.code.is_success() && message.option(OptionNumber::Q_BLOCK2).is_some();
        engine.support = if knows { Support::Yes } else { Support::No };
        self.state = State::Queued;
        None
    }

    /// A response whose body may come in blocks (RFC 9177 4.4, 4.5).
    fn hear(&mut self, bulk: &mut Bulk, message: &Message<'_>, pace: &Pace, now: u32, random: u32) -> Heard {
        let block = uint(message, OptionNumber::Q_BLOCK2, 3).filter(|_| message.code.is_success()).map(Block::read);
        let tag = etag(message);
        let observe = uint(message, OptionNumber::OBSERVE, 3).filter(|_| message.code.is_success());
        // The same value is in all blocks of a body (RFC 9177 4.5).
        let begins = block.is_none() || !bulk.is_of(tag);
        let sequence = observe.filter(|_| begins && self.role >= Role::Wanted);
        if let Some(sequence) = sequence {
            if self.role == Role::Cancelling || (self.role == Role::Registered && !self.watch.is_newer(sequence, now)) {
                return Heard::Stale;
            }
            let max_age = uint(message, OptionNumber::MAX_AGE, 4).unwrap_or(60);
            self.watch.note(sequence, now, max_age, random);
            self.role = Role::Registered;
        }
        let Some(block) = block else {
            if message.code.is_success() && message.option(OptionNumber::BLOCK2).is_some() {
                return Heard::Plain;
            }
            if sequence.is_none() && self.role == Role::Registered {
                self.role = Role::Wanted;
            }
            bulk.forget();
            return Heard::Whole;
        };
        let piece = Piece {
            number: block.number,
            more: block.more,
            exponent: block.exponent,
            etag: tag,
            size: uint(message, OptionNumber::SIZE2, 4).unwrap_or(0),
            len: message.payload.len(),
        };
        match bulk.got(pace, &piece, sequence.is_some()) {
            Got::Stale => Heard::Stale,
            Got::New { offset, complete, anew } => Heard::Block { offset, complete, anew },
            Got::Fail(failure) => Heard::Fail(failure),
        }
    }
}
