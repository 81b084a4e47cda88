//! A message that goes: whose it is, and when it goes again.

use super::Endpoint;
use crate::exchange::{Origin, State};
use crate::observe::Role;
use crate::profile::Profile;
use crate::reliability::due;
use crate::stats::count;

impl<X: Profile> Endpoint<'_, X> {
    /// The slot whose message is to be sent now: one to be sent again, else the next new one, if less than NSTART are outstanding.
    pub(super) fn next(&mut self, now: u32) -> Option<usize> {
        let (mut busy, mut best) = (0u8, None);
        for (index, slot) in self.slots.iter_mut().enumerate() {
            if due(now, slot.deadline) {
                match slot.state {
                    State::Sent if !slot.confirmable => (slot.state, slot.deadline) = (State::Acked, slot.wait),
                    State::Sent if slot.retries < self.layer.max_retransmit => return Some(index),
                    State::Idle => slot.state = State::Queued,
                    _ => {}
                }
            }
            busy = busy.wrapping_add((slot.state == State::Sent).into());
            if slot.state == State::Queued {
                // In turn, so that a request that asks for block after block does not hold up the others.
                let distance = (index as u8).wrapping_sub(self.turn).wrapping_sub(1);
                best = Some(best.unwrap_or(u8::MAX).min(distance));
            }
        }
        let distance = best.filter(|_| busy < self.layer.nstart)?;
        self.turn = self.turn.wrapping_add(distance).wrapping_add(1);
        let index = self.turn.into();
        self.begin(index);
        Some(index)
    }

    /// A new exchange: with a Message ID and a token of its own; what speaks of a registration has that one's token.
    fn begin(&mut self, index: usize) {
        let Some(slot) = self.slots.get_mut(index) else { return };
        slot.id = self.layer.next_id();
        slot.retries = 0;
        slot.token = self.layer.random.next();
        if X::Q_BLOCK && self.profile.engine().is_some_and(|engine| engine.is_probing(index)) {
            return;
        }
        if X::OBSERVE && slot.role >= Role::Wanted && !slot.is_fetching() {
            if slot.watch.token == 0 {
                slot.watch.token = slot.token;
            }
            slot.token = slot.watch.token;
        } else if X::WHOLE && slot.origin == Origin::Source && slot.transfer.offset == 0 {
            // What no body had before becomes this body's Request-Tag.
            slot.watch.token = slot.token;
        }
    }

    /// Sets the timers of a message that was written.
    pub(super) fn sent(&mut self, index: usize, now: u32, len: usize) {
        let Some(slot) = self.slots.get_mut(index) else { return };
        if slot.state == State::Sent {
            count(&mut self.layer.stats.retransmissions);
            slot.retries = slot.retries.saturating_add(1);
            slot.wait = self.profile.next_wait(&self.layer, slot.wait);
            slot.deadline = now.wrapping_add(slot.wait);
            return;
        }
        slot.state = State::Sent;
        if slot.confirmable {
            slot.wait = self.profile.first_wait(&mut self.layer, now, slot.id);
            slot.deadline = now.wrapping_add(slot.wait);
        } else {
            slot.deadline = now.wrapping_add(self.layer.probing_wait(len));
            slot.wait = now.wrapping_add(self.layer.non_patience());
            if X::WHOLE && slot.role == Role::Silent {
                slot.wait = slot.deadline;
            }
        }
    }
}
