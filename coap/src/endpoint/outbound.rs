//! A message that goes: whose it is, and when it goes again.

use super::Endpoint;
use crate::exchange::State;
use crate::observe::Role;
use crate::reliability::{NON_LIFETIME, doubled, due, seconds};
use crate::stats::count;

impl Endpoint<'_> {
    /// The slot whose message is to be sent now: one to be sent again, else the next new one, if none is outstanding.
    pub(super) fn next(&mut self, now: u32) -> Option<usize> {
        let (mut busy, mut best) = (false, None);
        for (index, slot) in self.slots.iter_mut().enumerate() {
            if due(now, slot.deadline) {
                match slot.state {
                    State::Sent if !slot.confirmable => (slot.state, slot.deadline) = (State::Acked, slot.wait),
                    State::Sent if slot.retries < self.max_retransmit => return Some(index),
                    State::Idle => slot.state = State::Queued,
                    _ => {}
                }
            }
            busy |= slot.state == State::Sent;
            if slot.state == State::Queued {
                // In turn, so that a request that asks for block after block does not hold up the others.
                let distance = (index as u8).wrapping_sub(self.turn).wrapping_sub(1);
                best = Some(best.unwrap_or(u8::MAX).min(distance));
            }
        }
        let distance = best.filter(|_| !busy)?;
        self.turn = self.turn.wrapping_add(distance).wrapping_add(1);
        let index = self.turn.into();
        self.begin(index);
        Some(index)
    }

    /// A new exchange: with a Message ID and a token of its own; what speaks of a registration has that one's token.
    fn begin(&mut self, index: usize) {
        let Some(slot) = self.slots.get_mut(index) else { return };
        slot.id = self.id;
        self.id = self.id.wrapping_add(1);
        slot.retries = 0;
        slot.token = self.random.next();
        if slot.role != Role::None && !slot.is_fetching() {
            if slot.watch.token == 0 {
                slot.watch.token = slot.token;
            }
            slot.token = slot.watch.token;
        }
    }

    /// Sets the timers of a message that was written.
    pub(super) fn sent(&mut self, index: usize, now: u32, len: usize) {
        let Some(slot) = self.slots.get_mut(index) else { return };
        if slot.state == State::Sent {
            count(&mut self.stats.retransmissions);
            slot.retries = slot.retries.saturating_add(1);
            slot.wait = doubled(slot.wait);
            slot.deadline = now.wrapping_add(slot.wait);
            return;
        }
        slot.state = State::Sent;
        if slot.confirmable {
            slot.wait = self.random.spread(self.ack_timeout);
            slot.deadline = now.wrapping_add(slot.wait);
        } else {
            // PROBING_RATE, 1 byte/s (RFC 7252 4.7): how long nothing else is sent to a peer that does not answer.
            slot.deadline = now.wrapping_add(seconds((len as u32).min(NON_LIFETIME)));
            slot.wait = now.wrapping_add(seconds(NON_LIFETIME));
        }
    }
}
