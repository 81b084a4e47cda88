//! Why an association is not exported or imported.

use crate::wire::Suite;
use core::fmt;

/// Why an association was not exported or imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImportError {
    /// There is no association to export.
    NotConnected,
    /// Something of ours is still to be sent: `poll_transmit` first, then export.
    Busy,
    /// The record is of another version (its first byte: 0x00 and 0xff are no record at all).
    Version(u8),
    /// The checksum does not fit: the record was not stored whole, changed, or never stamped.
    Damaged,
    /// The AEADs of this client do not form the suite of the association.
    Suite(Suite),
    /// The association receives under another Connection ID than [`Config::connection_id`](crate::Config::connection_id).
    ConnectionId,
    /// The association is with another server, or another credential's.
    Foreign,
    /// The record is not the newest: the counter has gone on since, or the record was stamped without one.
    Stale,
    /// The record was stamped with a counter, which must go on.
    Protected,
    /// The counter failed.
    Counter,
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotConnected => "there is no association to export",
            Self::Busy => "something is still to be sent before the association can be exported",
            Self::Version(version) => return write!(f, "no record, or one of version {version}"),
            Self::Damaged => "the record is damaged, or was never stamped",
            Self::Suite(suite) => return write!(f, "the record's suite {suite} is not one of this client's"),
            Self::ConnectionId => "the record's association receives under another Connection ID",
            Self::Foreign => "the record's association is with another server, or another credential's",
            Self::Stale => "the record is an old copy",
            Self::Protected => "the record is protected by a counter, and this was to go on without it",
            Self::Counter => "the counter that tells old copies failed",
        })
    }
}

impl core::error::Error for ImportError {}
