//! Requests that came, with their answers: sent once more when the request comes once more (RFC 7252 4.5), or made later and sent until acknowledged (5.2.2).
//!
//! 1. `Ready`: the answer is to be sent, at once, or when its leisure is over.
//! 2. `Sent`: it was, and is kept for the request's repetition until its place is needed.
//! 3. `Silent`: there is nothing to send, now or then.
//!
//! Or, for a separate response: `Later`, the application has it to make; `Queued`, it is to be sent; `Waiting`, it was, and is to be acknowledged; `Silent`.

use super::{Made, Soonest, Ticket};
use crate::code::Code;
use crate::layer::Layer;
use crate::message::{Message, Type};
use crate::reliability::{doubled, due};
use crate::stats::count;
use crate::store::{share, share_len};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum State {
    Free = 0,
    Ready,
    Sent,
    Silent,
    Later,
    Queued,
    Waiting,
}

/// The request's acknowledgement is to be sent: an Empty message.
const ACKNOWLEDGE: u8 = 0x80;
/// The response is separate, and the request is acknowledged each time that it comes.
const SEPARATE: u8 = 0x40;

/// The memory of one request of the peer's and of its answer, whose bytes are in a share of the store lent beside it.
#[derive(Clone, Copy, Debug)]
pub struct Answered {
    /// In ticks: `Ready`: when to send; `Waiting`: when to send again.
    deadline: u32,
    /// When the request came, in seconds modulo 2^16.
    at: u16,
    /// The request's Message ID.
    id: u16,
    /// Length of the answer in bytes; of header and token alone in `Later`.
    pub(super) len: u16,
    /// `Waiting`: the wait before the next retransmission, in ticks of 1/64 s.
    wait: u16,
    pub(super) state: State,
    /// [`ACKNOWLEDGE`], [`SEPARATE`], and SZX in the lower three bits.
    pub(super) flags: u8,
    retries: u8,
    generation: u8,
}

impl Answered {
    /// A free place: all zeros.
    pub const EMPTY: Self =
        Self { deadline: 0, at: 0, id: 0, len: 0, wait: 0, state: State::Free, flags: 0, retries: 0, generation: 0 };
}

#[derive(Debug)]
pub(super) struct Answers<'b> {
    places: &'b mut [Answered],
    store: &'b mut [u8],
    share: u16,
    /// The place that was taken last.
    last: u8,
    /// NSTART: how many separate responses may wait for an acknowledgement at once.
    pub(super) nstart: u8,
}

impl<'b> Answers<'b> {
    pub(super) fn new(places: &'b mut [Answered], store: &'b mut [u8]) -> Self {
        let count = places.len().min(255);
        let places = places.get_mut(..count).unwrap_or_default();
        let share = share_len(store, count);
        let mut answers = Self { places, store, share, last: u8::MAX, nstart: 1 };
        answers.forget();
        answers
    }

    /// Free places, and no ticket is good any more.
    pub(super) fn forget(&mut self) {
        for place in self.places.iter_mut() {
            *place = Answered { generation: place.generation.wrapping_add(1), ..Answered::EMPTY };
        }
    }

    /// Whether this request came before; then it is answered as it was.
    #[inline(never)]
    pub(super) fn again(&mut self, layer: &mut Layer, now: u32, message: &Message<'_>) -> bool {
        let confirmable = message.kind == Type::Confirmable;
        // NON_LIFETIME is shorter than EXCHANGE_LIFETIME; a Message ID that comes again so soon is a duplicate all the same.
        let lifetime = layer.lifetime;
        let young = |place: &Answered| seconds(now).wrapping_sub(place.at) <= lifetime;
        let same = |place: &&mut Answered| place.state != State::Free && place.id == message.id && young(place);
        let Some(place) = self.places.iter_mut().find(same) else { return false };
        count(&mut layer.stats.duplicates);
        // A Non-confirmable one is not answered twice (RFC 7252 4.5).
        if confirmable {
            if place.flags & SEPARATE != 0 {
                place.flags |= ACKNOWLEDGE;
            } else if place.state == State::Sent {
                (place.state, place.deadline) = (State::Ready, now);
            }
        }
        true
    }

    /// A place for a request that is new: a free one, else the one whose answer has been sent for the longest time. `None`: all wait to be sent.
    #[inline(never)]
    pub(super) fn claim(&mut self, now: u32, id: u16) -> Option<Ticket> {
        let mut oldest = None;
        for (index, place) in self.places.iter().enumerate() {
            let age = match place.state {
                State::Free => u16::MAX,
                State::Sent | State::Silent if place.flags & ACKNOWLEDGE == 0 => seconds(now).wrapping_sub(place.at),
                _ => continue,
            };
            // Of the same second, the one that was taken first.
            let age = u32::from(age) << 8 | u32::from(self.last.wrapping_sub(index as u8));
            if oldest.is_none_or(|(most, _)| age > most) {
                oldest = Some((age, index));
            }
        }
        let (_, index) = oldest?;
        self.last = index as u8;
        let place = self.places.get_mut(index)?;
        let generation = place.generation.wrapping_add(1);
        *place = Answered { at: seconds(now), id, generation, state: State::Silent, ..Answered::EMPTY };
        Some(Ticket { index: index as u8, generation })
    }

    /// The place that a ticket names.
    pub(super) fn place(&mut self, ticket: Ticket) -> Option<&mut Answered> {
        self.places.get_mut(usize::from(ticket.index)).filter(|place| place.generation == ticket.generation)
    }

    /// Lends the store, to be given back.
    pub(super) fn store(&mut self) -> &mut &'b mut [u8] {
        &mut self.store
    }

    /// The share of the store that belongs to a place.
    pub(super) fn share<'s>(&self, store: &'s mut [u8], index: u8) -> &'s mut [u8] {
        share(store, self.share, index.into())
    }

    /// An empty acknowledgement, or a Reset: of a separate response, that ends it.
    pub(super) fn answered(&mut self, id: u16) -> bool {
        for (index, place) in self.places.iter_mut().enumerate() {
            let sent = share(self.store, self.share, index).get(2..4);
            if place.state == State::Waiting && sent == Some(&id.to_be_bytes()[..]) {
                place.state = State::Silent;
                return true;
            }
        }
        false
    }

    /// Writes the next message that is due.
    #[inline(never)]
    pub(super) fn transmit(&mut self, layer: &mut Layer, now: u32, out: &mut [u8]) -> Option<usize> {
        let room = self.has_room();
        for (index, place) in self.places.iter_mut().enumerate() {
            if place.flags & ACKNOWLEDGE != 0 {
                let [high, low] = place.id.to_be_bytes();
                let out = out.first_chunk_mut()?;
                *out = [0x60, 0, high, low];
                place.flags &= !ACKNOWLEDGE;
                return Some(out.len());
            }
            let share = share(self.store, self.share, index);
            match place.state {
                State::Ready if due(now, place.deadline) => place.state = State::Sent,
                State::Queued if room => place.begin(layer, now, share),
                State::Waiting if due(now, place.deadline) => {
                    if place.retries >= layer.max_retransmit {
                        place.state = State::Silent;
                        continue;
                    }
                    count(&mut layer.stats.retransmissions);
                    place.retries = place.retries.saturating_add(1);
                    place.wait(now, doubled(u32::from(place.wait) << 4));
                }
                _ => continue,
            }
            if let Some(len) = place.copy(share, out) {
                return Some(len);
            }
        }
        None
    }

    #[inline(never)]
    fn has_room(&self) -> bool {
        self.places.iter().filter(|place| place.state == State::Waiting).count() < self.nstart.into()
    }

    /// How long until [`transmit`](Self::transmit) has something, in ticks.
    #[inline(never)]
    pub(super) fn due_in(&self, now: u32) -> Option<u32> {
        let room = self.has_room();
        let mut soonest = Soonest::new(now);
        for place in self.places.iter() {
            soonest.add(match place.state {
                _ if place.flags & ACKNOWLEDGE != 0 => now,
                State::Ready | State::Waiting => place.deadline,
                // Those that wait for their turn are woken by the one before them.
                State::Queued if room => now,
                _ => continue,
            });
        }
        soonest.wait()
    }
}

impl Answered {
    /// Takes note of the answer that was made.
    pub(super) fn settle(&mut self, made: &Made, deadline: u32, confirmable: bool) {
        (self.state, self.len, self.deadline) = (made.state, made.len, deadline);
        if made.state != State::Ready && confirmable {
            self.flags = ACKNOWLEDGE | SEPARATE | made.exponent;
        }
    }

    /// A separate response goes out for the first time, with a Message ID of its own.
    fn begin(&mut self, layer: &mut Layer, now: u32, share: &mut [u8]) {
        let [high, low] = layer.next_id().to_be_bytes();
        self.state = State::Silent;
        if let Some([first, _, at @ ..]) = share.first_chunk_mut::<4>() {
            *at = [high, low];
            // A Confirmable one is to be acknowledged.
            if *first & 0x30 == 0 {
                self.state = State::Waiting;
                self.retries = 0;
                self.wait(now, layer.first_wait());
            }
        }
    }

    fn wait(&mut self, now: u32, ticks: u32) {
        self.wait = (ticks >> 4).min(u16::MAX.into()) as u16;
        self.deadline = now.wrapping_add(ticks);
    }

    /// Writes the answer. One that has no room is put off for ever: then it is the error that it could not be sent.
    fn copy(&mut self, share: &mut [u8], out: &mut [u8]) -> Option<usize> {
        if usize::from(self.len) > out.len()
            && let Some([first, code, ..]) = share.first_chunk_mut::<4>()
        {
            *code = Code::INTERNAL_SERVER_ERROR.0;
            self.len = u16::from(*first & 15).wrapping_add(4);
        }
        let (answer, out) = (share.get(..self.len.into())?, out.get_mut(..self.len.into())?);
        out.iter_mut().zip(answer).for_each(|(to, from)| *to = *from);
        Some(out.len())
    }
}

/// Seconds of ticks, modulo 2^16.
const fn seconds(now: u32) -> u16 {
    (now >> 10) as u16
}
