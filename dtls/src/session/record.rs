//! What is stored of an association.

use crate::crypto::{Hash, Secret};
use crate::record::PORTABLE;
use crate::wire::copy;
use core::fmt;

/// The form of what is stored.
pub(super) const VERSION: u8 = 1;
/// The client that wrote the record did nothing afterwards.
pub(super) const CLEAN: u8 = 1;
/// The master secret is the extended one (RFC 7627).
pub(super) const EXTENDED: u8 = 2;

/// Bytes of what tells whose association it is.
pub(super) const BINDING: usize = 32;
/// Where the local port stands: behind version, flags and suite.
pub(super) const PORT: usize = 4;
/// Where the generation stands.
pub(super) const GENERATION: usize = PORT + 2;
/// Where the record layer's part stands, behind the binding.
pub(super) const CHANNEL: usize = GENERATION + 8 + BINDING;
/// Where the SHA-256 of all the rest stands.
pub(super) const CHECK: usize = Record::LEN - 32;
/// Where what of the extensions goes along stands.
pub(super) const EXTENSIONS: usize = CHANNEL + PORTABLE;
const _: () = assert!(EXTENSIONS + 3 <= CHECK);

/// An association at rest: its keys, numbers, replay window and Connection IDs, in 272 bytes. Wiped when dropped, and never printed.
///
/// **It holds the keys.** Whoever reads it can read and forge what is said in the association: keep it in flash that nobody else reads.
pub struct Record(Secret<{ Record::LEN }>);

impl Record {
    /// Bytes of a record, in every version.
    pub const LEN: usize = 272;
    /// No association; all zero.
    pub const EMPTY: Self = Self(Secret::EMPTY);

    /// What was read from flash. It may be anything: [`Client::import`](crate::Client::import) looks.
    #[must_use]
    pub const fn from_bytes(bytes: &[u8; Self::LEN]) -> Self {
        let mut record = Self::EMPTY;
        *record.0.as_mut_bytes() = *bytes;
        record
    }

    /// The bytes. Between an export or import and [`Reservation::stamp`](crate::Reservation::stamp) they are no valid record.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        self.0.as_bytes()
    }

    /// The bytes, to be read from flash in place.
    pub const fn as_mut_bytes(&mut self) -> &mut [u8; Self::LEN] {
        self.0.as_mut_bytes()
    }

    /// The caller's note of the local UDP port, which an association without a Connection ID depends on.
    #[must_use]
    pub fn port(&self) -> u16 {
        u16::from_be_bytes(self.field(PORT))
    }

    /// Notes the port. Before [`Client::export`](crate::Client::export): afterwards it would break the record's checksum.
    pub fn set_port(&mut self, port: u16) {
        self.set(PORT, &port.to_be_bytes());
    }

    pub(super) fn generation(&self) -> u64 {
        u64::from_be_bytes(self.field(GENERATION))
    }

    pub(super) fn field<const N: usize>(&self, at: usize) -> [u8; N] {
        let bytes = self.as_bytes().get(at..).and_then(|rest| rest.first_chunk());
        bytes.copied().unwrap_or([0; N])
    }

    pub(super) fn set(&mut self, at: usize, bytes: &[u8]) {
        copy(self.as_mut_bytes().get_mut(at..).unwrap_or_default(), bytes);
    }

    pub(super) fn digest<H: Hash>(&self, hash: &mut H) -> [u8; 32] {
        let mut state = hash.start();
        hash.update(&mut state, self.as_bytes().get(..CHECK).unwrap_or_default());
        hash.finish(state)
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Record(..)")
    }
}
