//! When and why: the settings, the reports, and the wait between two attempts.

use crate::happened::Happened;
use core::fmt;
use core::time::Duration;
#[cfg(doc)]
use stint_coap::Endpoint;

/// When an association is taken for lost, and how one is made again.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// So many Confirmable messages in a row that nobody acknowledged, each sent as often as MAX_RETRANSMIT allows, mean that the server lost
    /// the association. 2 by default; 0 counts as 1. With RFC 7252's defaults each takes 62 to 93 s.
    pub unanswered: u8,
    /// The wait after the first attempt that failed; it doubles with each further one. Each is drawn anew between half of this and one and
    /// a half. 10 s by default.
    pub backoff: Duration,
    /// What the wait grows to, before it is drawn. One hour by default.
    pub longest: Duration,
    /// Asks the server for a sign of life when it gave none for so long ([`Endpoint::probe`]): a device that only observes hears
    /// nothing of a reboot else, until it renews the observation after Max-Age. It also keeps a NAT's mapping. `None` by default: never.
    pub probe: Option<Duration>,
}

impl Policy {
    /// The defaults.
    pub const DEFAULT: Self =
        Self { unanswered: 2, backoff: Duration::from_secs(10), longest: Duration::from_secs(3600), probe: None };
}

impl Default for Policy {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Why an association was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lost {
    /// Nobody acknowledged [`Policy::unanswered`] Confirmable messages.
    Silent,
    /// As many records failed authentication as the key allows (RFC 9147 4.5.3).
    Forgeries,
    /// As many records were sealed as the key allows.
    Records,
    /// The server closed it.
    Closed,
    /// The server, or we, ended it with an error.
    Ended(stint_dtls::Error),
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Lost::Silent => f.write_str("the server does not answer any more"),
            Lost::Forgeries => f.write_str("as many records were forged as this key allows"),
            Lost::Records => f.write_str("as many records were sent as this key allows"),
            Lost::Closed => f.write_str("the server closed the association"),
            Lost::Ended(error) => error.fmt(f),
        }
    }
}

/// What one poll of a [`Keeper`](super::Keeper) came upon.
#[derive(Debug)]
#[non_exhaustive]
pub enum Kept<'d> {
    /// What the pump came upon. An end of the association is not among it.
    Happened(Happened<'d>),
    /// The association was given up. A new one is made as soon as there is something to send.
    Lost(Lost),
    /// A handshake begins.
    Attempt {
        /// The how manieth since the server last answered a message, from 1 on.
        number: u16,
    },
    /// A handshake failed.
    Failed {
        /// Why.
        error: stint_dtls::Error,
        /// Which attempt it was.
        number: u16,
        /// When the next one begins.
        next: Duration,
    },
}

/// What a [`Keeper`](super::Keeper) did so far. Each stays at its largest value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Associations given up.
    pub lost: u32,
    /// Handshakes begun.
    pub attempts: u32,
    /// Handshakes failed.
    pub failed: u32,
    /// Probes sent.
    pub probes: u32,
    /// Observations renewed because a message of theirs went unanswered.
    pub renewed: u32,
}

/// Draws the waits.
#[derive(Debug)]
pub(super) struct Backoff(u32);

impl Backoff {
    pub(super) fn new(random: u32) -> Self {
        // Of zero the generator makes zeros for ever.
        Self(random | 1)
    }

    /// The wait after the `attempts`th attempt.
    pub(super) fn wait(&mut self, policy: &Policy, attempts: u16) -> Duration {
        let mut wait = policy.backoff;
        for _ in 1..attempts.min(64) {
            wait = wait.saturating_add(wait);
        }
        // Half of it, and a random part of the whole, bit by bit: there is no division here.
        let mut part = half(wait.min(policy.longest));
        let (mut drawn, random) = (part, self.draw());
        for bit in 0..8 {
            if random >> bit & 1 == 1 {
                drawn = drawn.saturating_add(part);
            }
            part = half(part);
        }
        drawn
    }

    /// The next number of Marsaglia's xorshift generator: good enough to tell devices apart.
    fn draw(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 >> 16
    }
}

fn half(time: Duration) -> Duration {
    let odd = if time.as_secs() & 1 == 1 { 500_000_000 } else { 0 };
    Duration::new(time.as_secs() >> 1, (time.subsec_nanos() >> 1).wrapping_add(odd))
}

#[cfg(test)]
mod tests {
    use super::{Backoff, Policy};
    use core::time::Duration;

    #[test]
    fn waits_double_up_to_the_longest_and_are_spread_over_half_of_it_each_way() {
        let policy =
            Policy { backoff: Duration::from_millis(10_001), longest: Duration::from_secs(3600), ..Policy::DEFAULT };
        for (attempts, middle) in
            [(0, 10.001), (1, 10.001), (2, 20.002), (3, 40.004), (9, 2560.256), (10, 3600.0), (u16::MAX, 3600.0)]
        {
            let (mut low, mut high) = (f64::MAX, 0.0_f64);
            for seed in 0..2_000 {
                let wait = Backoff::new(u32::wrapping_mul(seed, 2_654_435_761)).wait(&policy, attempts).as_secs_f64();
                (low, high) = (low.min(wait), high.max(wait));
            }
            assert!(low >= middle * 0.4999 && low < middle * 0.51, "{attempts}: {low}");
            assert!(high < middle * 1.5 && high > middle * 1.48, "{attempts}: {high}");
        }
    }

    #[test]
    fn settings_without_bounds_do_not_overflow() {
        let policy = Policy { backoff: Duration::MAX, longest: Duration::MAX, ..Policy::DEFAULT };
        assert!(Backoff::new(0).wait(&policy, 3) >= Duration::from_secs(u64::MAX / 2));
        let policy = Policy { backoff: Duration::ZERO, ..policy };
        assert_eq!(Backoff::new(0).wait(&policy, 3), Duration::ZERO);
    }

    #[test]
    fn no_seed_draws_the_same_for_ever() {
        for seed in [0, 1, u32::MAX, 0x8000_0000] {
            let mut backoff = Backoff::new(seed);
            let mut drawn = [(); 64].map(|()| backoff.wait(&Policy::DEFAULT, 1));
            drawn.sort_unstable();
            assert!(drawn.windows(2).filter(|pair| pair[0] != pair[1]).count() > 32, "{seed}");
        }
    }
}
