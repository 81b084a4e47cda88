//! A peer that does not answer: what is kept up, and what becomes of the rest when the association under it is lost.
//!
//! Promises: nothing here is called by the endpoint itself; who does not keep associations up does not link it.

use super::Endpoint;
use crate::block::Phase;
use crate::code::Code;
use crate::error::Failure;
use crate::exchange::{Slot, State};
use crate::observe::Role;
use crate::profile::Profile;
use crate::reliability::{Recent, due};
use crate::request::Handle;
use core::time::Duration;

impl<X: Profile> Endpoint<'_, X> {
    /// What [`poll_outcome`](Self::poll_outcome) is about to end for want of an answer, and why: [`Failure::Timeout`] or [`Failure::NoResponse`].
    /// Nothing is ended yet, so that an observation can still be [renewed](Self::renew).
    pub fn overdue(&mut self, now: Duration) -> Option<(Handle, Failure)> {
        let now = self.layer.tick(now);
        let most = self.layer.max_retransmit;
        self.slots.iter().enumerate().find_map(|(index, slot)| {
            let failure = match slot.state {
                State::Sent if slot.confirmable && slot.retries >= most && due(now, slot.deadline) => Failure::Timeout,
                State::Acked if due(now, slot.deadline) => Failure::NoResponse,
                // Who looks so late finds both of its timers over.
                State::Sent if !slot.confirmable && due(now, slot.wait) && due(now, slot.deadline) => {
                    Failure::NoResponse
                }
                _ => return None,
            };
            Some((Handle { index: index as u8, generation: slot.generation }, failure))
        })
    }

    /// Registers an observation once more now, whatever it waits for, under the token that it has (RFC 7641 3.3.1). False: `handle` names no
    /// observation, or one that is being cancelled, and nothing has changed.
    pub fn renew(&mut self, handle: Handle) -> bool {
        let slot = self.slot(handle).filter(|slot| matches!(slot.role, Role::Wanted | Role::Registered));
        slot.map(Slot::again).is_some()
    }

    /// Sees to it that the peer is asked something: by a [`ping`](Self::ping), whose handle this answers, or, where all slots are taken, by
    /// renewing an observation. `None` also where all slots wait for an answer already.
    pub fn probe(&mut self) -> Option<Handle> {
        let ping = self.ping().ok();
        if ping.is_none()
            && let Some(slot) = self.slots.iter_mut().find(|slot| slot.state == State::Idle)
        {
            slot.again();
        }
        ping
    }

    /// The association under the messages is gone, and with it what the peer knew of them; another one may take its place. Until it does,
    /// nothing is to be sent and no timer runs.
    ///
    /// - Observations are registered anew, each under its old handle and a new token.
    /// - Requests that were not sent yet still wait.
    /// - Requests whose answer is outstanding, in whole or in part, are made again from their first block on if their method is idempotent
    ///   (RFC 7252 5.1: GET, PUT, DELETE; RFC 8132 2 and 3: FETCH, iPATCH): offset 0 of a response begins its body anew. A GET or FETCH whose
    ///   response is being fetched goes on where it was, if the response has an ETag (and the profile is whole): another one begins the body anew.
    /// - POST, PATCH and methods unknown here must not be made twice: no Message ID is recognised across associations (RFC 7252 4.2). They
    ///   end in [`Failure::Interrupted`].
    /// - What the peer sent is forgotten; it is not acknowledged any more.
    pub fn association_lost(&mut self) {
        self.recent = Recent::EMPTY;
        self.profile.lost();
        for slot in self.slots.iter_mut() {
            let begun =
                slot.state != State::Queued || slot.transfer.phase == Phase::Response || slot.transfer.offset > 0;
            match slot.state {
                State::Free | State::Broken => continue,
                _ if begun && !slot.code.is_idempotent() => {
                    (slot.state, slot.failure) = (State::Broken, Failure::Interrupted);
                    continue;
                }
                _ if X::WHOLE && slot.role < Role::Wanted && slot.is_repeatable() && slot.transfer.is_tagged() => {
                    slot.state = State::Queued;
                }
                _ => slot.again(),
            }
            if matches!(slot.role, Role::Wanted | Role::Registered) {
                // The count of notifications begins anew too: the next one is not compared with those before.
                (slot.role, slot.watch.token) = (Role::Wanted, 0);
            }
        }
    }
}

impl Slot {
    /// Back to the first message, which is to be sent.
    fn again(&mut self) {
        self.transfer.rewind();
        self.state = State::Queued;
    }
}

impl Code {
    /// Whether a request made twice does what it does once (RFC 7252 5.1, RFC 8132 2 and 3). A ping is one.
    const fn is_idempotent(self) -> bool {
        matches!(self, Code::EMPTY | Code::GET | Code::PUT | Code::DELETE | Code::FETCH | Code::IPATCH)
    }
}
