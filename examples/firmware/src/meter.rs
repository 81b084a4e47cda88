//! What a step took: instructions, stack, time.

use crate::board::{self, Nic};
use crate::clock::{Clock, Mark};
use crate::stack;
use core::time::Duration;

/// Tells time, sleeps, and keeps apart what was worked and what was slept.
pub struct Meter {
    clock: Clock,
    slept: u32,
    begun: Begun,
}

#[derive(Clone, Copy)]
struct Begun {
    mark: Mark,
    slept: u32,
    at: Duration,
    depth: usize,
}

/// What a step took.
#[derive(Clone, Copy, Debug)]
pub struct Took {
    /// Instructions executed, sleep not counted.
    pub instructions: u32,
    /// The deepest that the stack was below the call that began the step, in bytes.
    pub stack: usize,
    /// The same from the stack's start: `main`'s frame and all between included.
    pub depth: usize,
    /// From the step's beginning to its end, sleep included.
    pub time: Duration,
}

impl Meter {
    /// A meter over a running clock.
    pub fn new(clock: Clock) -> Self {
        let begun = Begun { mark: clock.mark(), slept: 0, at: clock.now(), depth: 0 };
        Meter { clock, slept: 0, begun }
    }

    /// Time since the start.
    pub fn now(&self) -> Duration {
        self.clock.now()
    }

    /// Sleeps until a frame is there, or until `deadline`; `None`: for a frame only.
    pub fn sleep(&mut self, nic: &mut impl Nic, deadline: Option<Duration>) {
        let before = self.clock.mark();
        while !board::doze(nic) && deadline.is_none_or(|deadline| self.clock.now() < deadline) {}
        self.slept = self.slept.wrapping_add(self.clock.mark().since(before));
    }

    /// A step begins.
    pub fn begin(&mut self) {
        let depth = stack::repaint();
        self.begun = Begun { mark: self.clock.mark(), slept: self.slept, at: self.clock.now(), depth };
    }

    /// What has been taken since the step began.
    pub fn took(&self) -> Took {
        let ticks = self.clock.mark().since(self.begun.mark).wrapping_sub(self.slept.wrapping_sub(self.begun.slept));
        // The search for the paint's end takes time of its own: after the others.
        let time = between(self.begun.at, self.clock.now());
        let depth = stack::high_water();
        Took {
            instructions: self.clock.instructions(ticks),
            stack: depth.saturating_sub(self.begun.depth),
            depth,
            time,
        }
    }
}

/// The time from `earlier` to `later`, to the microsecond. `Duration`'s own subtraction leaves a panic path in the image.
fn between(earlier: Duration, later: Duration) -> Duration {
    let micros = |time: Duration| time.as_secs().wrapping_mul(1_000_000).wrapping_add(u64::from(time.subsec_micros()));
    Duration::from_micros(micros(later).saturating_sub(micros(earlier)))
}
