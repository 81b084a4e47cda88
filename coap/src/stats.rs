//! Counters of what was dropped or done again: noise is never an error, and never lost silently.

use core::fmt;

/// What an endpoint dropped, refused and did again since it was made. Counters stop at their end instead of wrapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Messages with a format error (RFC 7252 3), or a code or type that has no meaning there.
    pub malformed: u16,
    /// Confirmable messages, and requests, that came before; the former were answered as the first time (RFC 7252 4.5).
    pub duplicates: u16,
    /// Responses, acknowledgements and Resets that belong to nothing that is asked here.
    pub unmatched: u16,
    /// Notifications older than the one delivered last (RFC 7641 3.4).
    pub stale: u16,
    /// Responses, and requests, rejected for a critical option that is not understood (RFC 7252 5.4.1).
    pub bad_options: u16,
    /// Requests of the peer's, served here or not, and its pings.
    pub requests: u16,
    /// Messages dropped because earlier ones still wait to be acknowledged or answered; those that are Confirmable come again.
    pub overflows: u16,
    /// Messages sent again.
    pub retransmissions: u16,
}

impl Stats {
    pub(crate) const EMPTY: Self = Self {
        malformed: 0,
        duplicates: 0,
        unmatched: 0,
        stale: 0,
        bad_options: 0,
        requests: 0,
        overflows: 0,
        retransmissions: 0,
    };
}

/// Counts one more. Not inlined: it is called in a dozen places.
#[inline(never)]
pub(crate) fn count(counter: &mut u16) {
    *counter = counter.saturating_add(1);
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "malformed {}, duplicates {}, unmatched {}, stale {}, bad options {}, requests {}, overflows {}, retransmissions {}",
            self.malformed,
            self.duplicates,
            self.unmatched,
            self.stale,
            self.bad_options,
            self.requests,
            self.overflows,
            self.retransmissions
        )
    }
}
