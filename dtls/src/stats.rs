//! Counters of what was dropped: noise is never an error, and never lost silently.

use core::fmt;

/// What a client dropped and did again since it was made. Counters stop at their end instead of wrapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Records, or rests of datagrams, that do not parse (RFC 6347 4.1.2.7).
    pub malformed: u32,
    /// Records with another Connection ID than ours, or without one where one was agreed (RFC 9146 3).
    pub foreign: u32,
    /// Records of an epoch that is not open, or of a content type that has no place.
    pub unexpected: u32,
    /// Records that came before, or are too old to tell (RFC 6347 4.1.2.6).
    pub replayed: u32,
    /// Records whose tag is wrong.
    pub forged: u32,
    /// Handshake messages ahead of the one that is awaited.
    pub early: u32,
    /// Handshake messages that had been read before.
    pub repeated: u32,
    /// Fragments for which the reassembly slice is too small.
    pub fragments: u32,
    /// Alerts that were not acted upon.
    pub alerts: u32,
    /// HelloRequests refused or dropped (RFC 7925 17).
    pub hello_requests: u32,
    /// Flights sent again.
    pub retransmissions: u32,
}

impl Stats {
    pub(crate) const EMPTY: Self = Self {
        malformed: 0,
        foreign: 0,
        unexpected: 0,
        replayed: 0,
        forged: 0,
        early: 0,
        repeated: 0,
        fragments: 0,
        alerts: 0,
        hello_requests: 0,
        retransmissions: 0,
    };
}

/// Counts one more.
#[inline(never)]
pub(crate) fn count(counter: &mut u32) {
    *counter = counter.saturating_add(1);
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "malformed {}, foreign {}, unexpected {}, replayed {}, forged {}, early {}, repeated {}, fragments {}, alerts {}, HelloRequests {}, retransmissions {}",
            self.malformed,
            self.foreign,
            self.unexpected,
            self.replayed,
            self.forged,
            self.early,
            self.repeated,
            self.fragments,
            self.alerts,
            self.hello_requests,
            self.retransmissions
        )
    }
}
