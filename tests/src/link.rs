//! The simulated link: two ends, a network between them that loses, doubles, delays, bends and swaps, and a clock that
//! jumps to the next thing that happens.
//!
//! Promises: each verdict depends on (seed, direction, index of the packet in that direction) alone, so one more packet
//! in one direction changes nothing in the other, and a seed repeats a run exactly.

use crate::random::mix;
use core::time::Duration;
use std::collections::BTreeMap;

/// What stands at one end of the link: sans-IO, in virtual time.
pub trait End {
    /// Takes a datagram.
    fn receive(&mut self, now: Duration, datagram: &[u8]);
    /// Does what is due.
    fn wake(&mut self, now: Duration);
    /// When `wake` is due; a time that has passed means at once.
    fn deadline(&self) -> Option<Duration>;
    /// The next datagram to be sent.
    fn transmit(&mut self, now: Duration) -> Option<Vec<u8>>;
}

/// Which way a datagram goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From the client.
    Up,
    /// To the client.
    Down,
}

/// What the network does, in thousandths where it is a chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Impairment {
    /// Lost.
    pub loss: u64,
    /// Delivered twice.
    pub duplicate: u64,
    /// Held back, so that later ones overtake.
    pub reorder: u64,
    /// With one random bit flipped.
    pub corrupt: u64,
    /// How long a datagram takes.
    pub delay: Duration,
    /// How much longer one takes that is held back, or the second of two.
    pub hold: Duration,
    /// Longer datagrams are lost.
    pub mtu: usize,
}

impl Impairment {
    /// A network without faults.
    pub const NONE: Self = Self {
        loss: 0,
        duplicate: 0,
        reorder: 0,
        corrupt: 0,
        delay: Duration::from_millis(10),
        hold: Duration::from_millis(15),
        mtu: 1472,
    };

    /// 30 % loss, 20 % duplication, 20 % reordering.
    pub const HEAVY: Self = Self { loss: 300, duplicate: 200, reorder: 200, ..Self::NONE };
}

/// What a datagram met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// When it was sent.
    pub at: Duration,
    /// Which way.
    pub direction: Direction,
    /// Index in that direction.
    pub index: u64,
    /// Its bytes as sent.
    pub bytes: Vec<u8>,
    /// How often it was delivered.
    pub copies: usize,
}

/// A hook that sees each datagram before the network does and may bend it; `false` loses it.
pub type Tap<'t> = Box<dyn FnMut(Direction, u64, &mut Vec<u8>) -> bool + 't>;

/// The network.
pub struct Link<'t> {
    /// What it does.
    pub impairment: Impairment,
    /// Everything that was sent.
    pub log: Vec<Passage>,
    /// Bends or loses datagrams before the impairment does.
    pub tap: Option<Tap<'t>>,
    seed: u64,
    sent: [u64; 2],
    count: u64,
    flying: BTreeMap<(Duration, u64), (Direction, Vec<u8>)>,
}

impl<'t> Link<'t> {
    /// A network whose verdicts come from `seed`.
    #[must_use]
    pub fn new(impairment: Impairment, seed: u64) -> Self {
        Self { impairment, log: Vec::new(), tap: None, seed, sent: [0; 2], count: 0, flying: BTreeMap::new() }
    }

    /// The same with a tap.
    #[must_use]
    pub fn tapped(mut self, tap: impl FnMut(Direction, u64, &mut Vec<u8>) -> bool + 't) -> Self {
        self.tap = Some(Box::new(tap));
        self
    }

    fn verdict(&self, direction: Direction, index: u64, what: u64) -> u64 {
        mix(mix(mix(self.seed) ^ (index << 1 | direction as u64)) ^ what)
    }

    fn chance(&self, direction: Direction, index: u64, what: u64, permille: u64) -> bool {
        self.verdict(direction, index, what) % 1000 < permille
    }

    /// Sends a datagram.
    pub fn send(&mut self, now: Duration, direction: Direction, mut bytes: Vec<u8>) {
        let index = self.sent[direction as usize];
        self.sent[direction as usize] += 1;
        let original = bytes.clone();
        let tapped = self.tap.as_mut().is_none_or(|tap| tap(direction, index, &mut bytes));
        let i = self.impairment;
        let lost = !tapped || bytes.len() > i.mtu || self.chance(direction, index, 1, i.loss);
        if self.chance(direction, index, 2, i.corrupt) && !bytes.is_empty() {
            let bit = self.verdict(direction, index, 3) as usize % (bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        let held = if self.chance(direction, index, 4, i.reorder) { i.hold } else { Duration::ZERO };
        let copies = if lost { 0 } else { 1 + usize::from(self.chance(direction, index, 5, i.duplicate)) };
        for copy in 0..copies {
            let at = now + i.delay + held + i.hold * copy as u32;
            self.count += 1;
            self.flying.insert((at, self.count), (direction, bytes.clone()));
        }
        self.log.push(Passage { at: now, direction, index, bytes: original, copies });
    }

    /// What is on its way is lost.
    pub fn clear(&mut self) {
        self.flying.clear();
    }

    /// When the next datagram arrives.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        self.flying.keys().next().map(|k| k.0)
    }

    fn arrived(&mut self, now: Duration) -> Option<(Direction, Vec<u8>)> {
        let key = self.flying.keys().next().copied().filter(|k| k.0 <= now)?;
        self.flying.remove(&key)
    }
}

/// Two ends and the network between them.
pub struct Pair<'t, C, S> {
    /// The client's end.
    pub client: C,
    /// The server's end.
    pub server: S,
    /// The network.
    pub link: Link<'t>,
    /// Virtual time.
    pub now: Duration,
}

impl<'t, C: End, S: End> Pair<'t, C, S> {
    /// Starts at time zero.
    pub fn new(client: C, server: S, link: Link<'t>) -> Self {
        Self { client, server, link, now: Duration::ZERO }
    }

    /// Sends all that either end has to send.
    pub fn flush(&mut self) {
        while let Some(bytes) = self.client.transmit(self.now) {
            self.link.send(self.now, Direction::Up, bytes);
        }
        while let Some(bytes) = self.server.transmit(self.now) {
            self.link.send(self.now, Direction::Down, bytes);
        }
    }

    /// One step: to the next arrival or deadline, not beyond `limit`; false when there is none.
    pub fn step(&mut self, limit: Duration) -> bool {
        self.flush();
        let next = [self.link.deadline(), self.client.deadline(), self.server.deadline()].into_iter().flatten().min();
        let Some(next) = next.filter(|n| *n <= limit) else { return false };
        self.now = self.now.max(next);
        while let Some((direction, bytes)) = self.link.arrived(self.now) {
            match direction {
                Direction::Up => self.server.receive(self.now, &bytes),
                Direction::Down => self.client.receive(self.now, &bytes),
            }
            self.flush();
        }
        if self.client.deadline().is_some_and(|d| d <= self.now) {
            self.client.wake(self.now);
        }
        if self.server.deadline().is_some_and(|d| d <= self.now) {
            self.server.wake(self.now);
        }
        self.flush();
        true
    }

    /// Steps until `done`, or until `limit`, or until nothing will ever happen again; says whether it was `done`.
    ///
    /// # Panics
    /// When an end asks to be woken at once for ever: that would be a busy loop on a real device.
    pub fn run_until(&mut self, limit: Duration, mut done: impl FnMut(&mut Self) -> bool) -> bool {
        let (mut at, mut steps) = (self.now, 0);
        loop {
            if done(self) {
                return true;
            }
            if !self.step(limit) {
                self.now = self.now.max(limit.min(self.now + Duration::from_secs(1)));
                return done(self);
            }
            steps = if self.now == at { steps + 1 } else { 0 };
            at = self.now;
            assert!(steps < 10_000, "an end asks to be woken at {at:?} for ever");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_does_not_repeat_a_run_or_the_rates_are_off() {
        let run = |seed| {
            let mut link = Link::new(Impairment::HEAVY, seed);
            (0..10_000u32).for_each(|i| link.send(Duration::ZERO, Direction::Up, i.to_be_bytes().to_vec()));
            link.log.iter().map(|p| p.copies).collect::<Vec<_>>()
        };
        assert_eq!(run(5), run(5));
        assert_ne!(run(5), run(6));
        let copies = run(7);
        let lost = copies.iter().filter(|c| **c == 0).count();
        let twice = copies.iter().filter(|c| **c == 2).count();
        assert!((2800..3200).contains(&lost), "{lost}");
        assert!((1250..1550).contains(&twice), "{twice}");
    }
}
