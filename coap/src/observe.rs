//! Observing a resource (RFC 7641): which notification is newer, and how long a registration can be trusted.

use crate::reliability::{due, seconds};

/// What a request asks for besides one response, and how far a slot is into observing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Role {
    /// A plain request.
    None = 0,
    /// A request that wants no response at all (RFC 7967 2).
    Silent,
    /// A request to a group: any number of responses belong to it (RFC 7252 8.2).
    Group,
    /// The caller asked for an observation; the server has not answered yet, or has taken us off its list.
    Wanted,
    /// The server took us for an observer, as far as we know.
    Registered,
    /// It did, the caller asked for the end, and the server has not answered yet.
    Cancelling,
}

/// What is kept of an observation between notifications.
#[derive(Debug)]
pub(crate) struct Observation {
    /// The token of the registration; notifications, the renewal and the cancellation carry it (RFC 7641 3.1, 3.6). 0: none yet.
    pub(crate) token: u32,
    /// The Observe value of the last notification, 24 bits.
    sequence: u32,
    /// When that came, in ticks.
    seen: u32,
    /// When to register again, in ticks.
    pub(crate) renew: u32,
}

impl Observation {
    pub(crate) const NONE: Self = Self { token: 0, sequence: 0, seen: 0, renew: 0 };

    /// Whether a notification is newer than the one before it (RFC 7641 3.4), in the order of a 24-bit circle, or 128 s later.
    pub(crate) fn is_newer(&self, sequence: u32, now: u32) -> bool {
        let ahead = sequence.wrapping_sub(self.sequence) & 0xff_ffff;
        (ahead != 0 && ahead < 0x80_0000) || now.wrapping_sub(self.seen) > seconds(128)
    }

    /// Takes note of a notification. When its Max-Age is over, and 5 to 15 s more (RFC 7641 3.3.1, so that many clients do not come at
    /// once), the registration is to be renewed.
    pub(crate) fn note(&mut self, sequence: u32, now: u32, max_age: u32, random: u32) {
        (self.sequence, self.seen) = (sequence, now);
        let wait = seconds(max_age).wrapping_add(seconds(5)).wrapping_add((random & 1023).wrapping_mul(10));
        self.renew = now.wrapping_add(wait);
        debug_assert!(!due(now, self.renew));
    }
}

#[cfg(test)]
mod tests {
    use super::Observation;
    use crate::reliability::seconds;

    fn after(sequence: u32) -> Observation {
        let mut observation = Observation::NONE;
        observation.note(sequence, seconds(1000), 60, 0);
        observation
    }

    #[test]
    fn the_sequence_rule_holds_around_the_circle() {
        let now = seconds(1001);
        assert!(after(5).is_newer(6, now) && !after(5).is_newer(5, now) && !after(5).is_newer(4, now));
        assert!(after(0xff_ffff).is_newer(0, now) && !after(0).is_newer(0xff_ffff, now));
        assert!(after(0).is_newer(0x7f_ffff, now) && !after(0).is_newer(0x80_0000, now));
        assert!(after(0x80_0001).is_newer(0, now) && !after(0x80_0000).is_newer(0, now));
    }

    #[test]
    fn after_128_seconds_anything_is_newer() {
        assert!(!after(5).is_newer(4, seconds(1128)));
        assert!(after(5).is_newer(4, seconds(1128) + 1));
    }

    #[test]
    fn a_registration_is_renewed_5_to_15_seconds_after_max_age() {
        let mut observation = Observation::NONE;
        for (random, low, high) in [(0, 5, 5), (u32::MAX, 14, 15), (512, 9, 11)] {
            observation.note(1, 100, 30, random);
            let wait = observation.renew - 100 - seconds(30);
            assert!(wait >= seconds(low) && wait <= seconds(high), "{wait}");
        }
        observation.note(1, 100, u32::MAX, u32::MAX);
        assert!(observation.renew > 1 << 30);
    }
}
