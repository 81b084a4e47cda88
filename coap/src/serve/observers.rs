//! Who observes what (RFC 7641 4), and when each is told.
//!
//! 1. `Idle`: it knows the state. 2. `Changed`: it is to be told. 3. `Waiting`: it was told by a Confirmable notification, which is to be acknowledged.
//! 4. `Superseded`: the same, and the state has changed since: the next transmission is of the new one (4.5.2).

use super::{Soonest, concerns};
use crate::code::Code;
use crate::layer::Layer;
use crate::message::{Message, Type};
use crate::option::OptionNumber;
use crate::reliability::{doubled, due, seconds};
use crate::stats::count;
use crate::writer::Writer;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum State {
    Free = 0,
    Idle,
    Changed,
    Waiting,
    Superseded,
}

/// The memory of one observer.
#[derive(Clone, Copy, Debug)]
pub struct Observer {
    /// In ticks: `Changed`: not to be told before; `Waiting`, `Superseded`: when the notification is sent again.
    deadline: u32,
    /// The wait before the next retransmission, in ticks of 1/64 s.
    wait: u16,
    /// Message ID of the last notification.
    pub(super) id: u16,
    /// When it last showed that it is alive, in units of 8 s modulo 2^16.
    alive: u16,
    /// The row of the table.
    pub(super) resource: u8,
    pub(super) state: State,
    pub(super) retries: u8,
    /// How many notifications were Non-confirmable since the last that was not.
    since: u8,
    /// SZX of the blocks that it asked for.
    pub(super) exponent: u8,
    /// Lowest byte of the Observe value of the last notification.
    sequence: u8,
    /// Lengths of the token, in the upper four bits, and of the options, in bytes.
    lengths: u8,
    /// The token, and behind it the options that tell what it observes: the path below the resource's, the query, and Accept.
    kept: [u8; 15],
}

impl Observer {
    /// A free place: all zeros.
    pub const EMPTY: Self = Self {
        deadline: 0,
        wait: 0,
        id: 0,
        alive: 0,
        resource: 0,
        state: State::Free,
        retries: 0,
        since: 0,
        exponent: 0,
        sequence: 0,
        lengths: 0,
        kept: [0; 15],
    };

    fn token(&self) -> &[u8] {
        self.kept.get(..usize::from(self.lengths >> 4)).unwrap_or_default()
    }

    /// The request that it made, as far as it was kept.
    pub(super) fn request(&self) -> Message<'_> {
        let rest = self.kept.get(usize::from(self.lengths >> 4)..).unwrap_or_default();
        let options = rest.get(..usize::from(self.lengths & 15)).unwrap_or_default();
        Message { kind: Type::NonConfirmable, code: Code::GET, id: self.id, token: self.token(), payload: &[], options }
    }

    fn is_waiting(&self) -> bool {
        matches!(self.state, State::Waiting | State::Superseded)
    }
}

#[derive(Debug)]
pub(super) struct Observers<'b> {
    list: &'b mut [Observer],
    /// Of the last notification (RFC 7641 4.4), 24 bits.
    sequence: u32,
    /// The place of the one that was told last.
    turn: u8,
    /// NSTART: how many may wait for an acknowledgement at once.
    pub(super) nstart: u8,
    /// After how many Non-confirmable notifications a Confirmable one comes.
    pub(super) confirm_every: u8,
}

/// The least time between two Non-confirmable notifications to one observer (RFC 7641 4.5.1), in seconds.
const PACE: u32 = 3;
/// 24 hours, in units of 8 s: so often at least a notification is Confirmable (RFC 7641 4.5).
const DAY: u16 = 24 * 60 * (60 / 4) / 2;

impl<'b> Observers<'b> {
    pub(super) fn new(list: &'b mut [Observer]) -> Self {
        let count = list.len().min(255);
        let list = list.get_mut(..count).unwrap_or_default();
        let mut observers = Self { list, sequence: 0, turn: 0, nstart: 1, confirm_every: 16 };
        observers.forget();
        observers
    }

    pub(super) fn forget(&mut self) {
        self.list.iter_mut().for_each(|observer| *observer = Observer::EMPTY);
    }

    pub(super) fn count(&self) -> usize {
        self.list.iter().filter(|observer| observer.state != State::Free).count()
    }

    /// Takes an observer in, which is answered by the message `id`, in place of one with the same token (RFC 7641 4.1). The value of Observe to be answered; `None`: there is no room for it.
    #[inline(never)]
    pub(super) fn register(
        &mut self,
        now: u32,
        resource: u8,
        depth: u8,
        message: &Message<'_>,
        id: u16,
        exponent: u8,
    ) -> Option<u32> {
        self.deregister(message.token);
        let free = self.list.iter_mut().find(|observer| observer.state == State::Free)?;
        let mut new = Observer { id, resource, exponent, alive: eights(now), deadline: now, ..Observer::EMPTY };
        let (token, options) = new.kept.split_at_mut_checked(message.token.len())?;
        token.iter_mut().zip(message.token).for_each(|(to, from)| *to = *from);
        let (mut writer, mut skip) = (Writer::options(options), depth);
        for opt in message.options() {
            match opt.number {
                OptionNumber::URI_PATH if skip > 0 => skip = skip.wrapping_sub(1),
                OptionNumber::URI_PATH | OptionNumber::URI_QUERY | OptionNumber::ACCEPT => {
                    writer.option(opt.number, opt.value)
                }
                _ => {}
            }
        }
        // Both lengths have four bits: a client with a token of 16 bytes (RFC 8974) is served and not taken for an observer.
        let len = writer.finish().filter(|len| *len < 16 && message.token.len() < 16)?;
        new.lengths = (message.token.len() as u8) << 4 | len as u8;
        new.state = State::Idle;
        *free = new;
        self.sequence = self.sequence.wrapping_add(1) & 0xff_ffff;
        Some(self.sequence)
    }

    pub(super) fn deregister(&mut self, token: &[u8]) {
        let same = |observer: &&mut Observer| observer.state != State::Free && observer.token() == token;
        self.list.iter_mut().filter(same).for_each(|observer| observer.state = State::Free);
    }

    /// The Observe value of a notification that [`begin`](Self::begin) began, and fewer than 256 others since.
    pub(super) fn sequence(&self, observer: &Observer) -> u32 {
        let since = (self.sequence as u8).wrapping_sub(observer.sequence);
        self.sequence.wrapping_sub(since.into()) & 0xff_ffff
    }

    /// The state of what is at `path` has changed: those that observe it, or a path above it in a `subtree`, or one below it, are to be told.
    #[inline(never)]
    pub(super) fn changed(&mut self, path: &str, resource: u8, own: &str, subtree: bool) {
        for observer in self.list.iter_mut().filter(|observer| observer.resource == resource) {
            if !concerns(path, own, &observer.request(), subtree) {
                continue;
            }
            observer.state = match observer.state {
                State::Idle => State::Changed,
                State::Waiting => State::Superseded,
                other => other,
            };
        }
    }

    /// An acknowledgement or a Reset of a notification. A Reset ends the observation (RFC 7641 3.6).
    #[inline(never)]
    pub(super) fn answered(&mut self, now: u32, id: u16, reset: bool) -> bool {
        let same = |observer: &&mut Observer| observer.state != State::Free && observer.id == id;
        let Some(observer) = self.list.iter_mut().find(same) else { return false };
        observer.state = match observer.state {
            _ if reset => State::Free,
            State::Waiting => State::Idle,
            State::Superseded => State::Changed,
            other => other,
        };
        (observer.alive, observer.since, observer.deadline) = (eights(now), 0, now);
        true
    }

    /// Who is to be told now. One that acknowledged nothing is taken off the list.
    #[inline(never)]
    pub(super) fn next(&mut self, layer: &Layer, now: u32) -> Option<usize> {
        for observer in self.list.iter_mut() {
            if observer.is_waiting() && due(now, observer.deadline) && observer.retries >= layer.max_retransmit {
                observer.state = State::Free;
            }
            if observer.state == State::Idle && observer.is_old(now) {
                (observer.state, observer.deadline) = (State::Changed, now);
            }
        }
        let room = self.has_room();
        let told = |observer: &Observer| match observer.state {
            State::Changed => room && due(now, observer.deadline),
            State::Waiting | State::Superseded => due(now, observer.deadline),
            _ => false,
        };
        let (before, after) = self.list.split_at_checked(usize::from(self.turn).wrapping_add(1))?;
        let index = match after.iter().position(told) {
            Some(index) => index.wrapping_add(before.len()),
            None => before.iter().position(told)?,
        };
        self.turn = index as u8;
        Some(index)
    }

    #[inline(never)]
    fn has_room(&self) -> bool {
        self.list.iter().filter(|observer| observer.is_waiting()).count() < self.nstart.into()
    }

    pub(super) fn get(&self, index: usize) -> Option<&Observer> {
        self.list.get(index)
    }

    /// The notification to this one is about to be written: how it is sent, and its Message ID. `confirmed`: Confirmable in any case.
    #[inline(never)]
    pub(super) fn begin(&mut self, index: usize, layer: &mut Layer, now: u32, confirmed: bool) -> Option<Type> {
        let every = self.confirm_every;
        let observer = self.list.get_mut(index)?;
        // Of the same state it is the same message again (RFC 7252 4.2).
        if observer.state != State::Waiting {
            observer.id = layer.next_id();
            self.sequence = self.sequence.wrapping_add(1) & 0xff_ffff;
            observer.sequence = self.sequence as u8;
        }
        if observer.is_waiting() {
            count(&mut layer.stats.retransmissions);
            observer.retries = observer.retries.saturating_add(1);
            observer.wait(now, doubled(u32::from(observer.wait) << 4));
            observer.state = State::Waiting;
            return Some(Type::Confirmable);
        }
        observer.retries = 0;
        if confirmed || observer.since >= every || observer.is_old(now) {
            observer.state = State::Waiting;
            observer.wait(now, layer.first_wait());
            return Some(Type::Confirmable);
        }
        observer.state = State::Idle;
        observer.since = observer.since.saturating_add(1);
        observer.deadline = now.wrapping_add(seconds(PACE));
        Some(Type::NonConfirmable)
    }

    /// What was observed is there no more.
    pub(super) fn remove(&mut self, index: usize) {
        if let Some(observer) = self.list.get_mut(index) {
            observer.state = State::Free;
        }
    }

    /// How long until [`next`](Self::next) has something, in ticks.
    #[inline(never)]
    pub(super) fn due_in(&self, now: u32) -> Option<u32> {
        let room = self.has_room();
        let mut soonest = Soonest::new(now);
        for observer in self.list.iter() {
            soonest.add(match observer.state {
                State::Free => continue,
                State::Idle => {
                    let age = eights(now).wrapping_sub(observer.alive);
                    now.wrapping_add(u32::from(DAY.saturating_sub(age)) << 13)
                }
                // It waits for its turn until another is acknowledged.
                State::Changed if !room => continue,
                _ => observer.deadline,
            });
        }
        soonest.wait()
    }
}

impl Observer {
    /// Whether it was last heard of a day ago.
    fn is_old(&self, now: u32) -> bool {
        eights(now).wrapping_sub(self.alive) >= DAY
    }

    fn wait(&mut self, now: u32, ticks: u32) {
        self.wait = (ticks >> 4).min(u16::MAX.into()) as u16;
        self.deadline = now.wrapping_add(ticks);
    }
}

/// Ticks in units of 8 s, modulo 2^16: six days.
const fn eights(now: u32) -> u16 {
    (now >> 13) as u16
}
