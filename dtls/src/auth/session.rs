//! A session that can be resumed (RFC 5246 7.3, RFC 5077), in a record of fixed size that the caller keeps.

use crate::crypto::{Hash, Master, constant_time_eq};
use core::fmt;

/// The longest session ID, in bytes (RFC 5246 7.4.1.2).
pub(crate) const MAX_SESSION_ID: usize = 32;
/// The form of what [`Session::load`] reads.
const VERSION: u8 = 1;
/// version, flags, suite, length of the session ID, length of the ticket.
const FIXED: usize = 1 + 1 + 2 + 1 + 2;
const CHECK: usize = 32;

/// What was agreed with a server, so that the next handshake with it needs no key exchange. `T` is the longest ticket that is kept, in bytes: what a server
/// puts into one is its own affair; of a session without certificates some 200 bytes, of one with a client certificate as much more as that is long.
///
/// It is bound to the credential and to the server's name: with others it is not offered. It holds the master secret: whoever reads it can read and forge
/// what is said in associations that are resumed from it. It is wiped when dropped.
pub struct Session<const T: usize = 256> {
    pub(crate) head: Head,
    pub(crate) ticket: [u8; T],
}

/// A session ID: 0 to 32 bytes (RFC 5246 7.4.1.3).
pub(crate) struct SessionId {
    len: u8,
    bytes: [u8; MAX_SESSION_ID],
}

impl SessionId {
    pub(crate) const EMPTY: Self = Self { len: 0, bytes: [0; MAX_SESSION_ID] };

    /// Takes what a ServerHello has: 32 bytes at most.
    pub(crate) fn set(&mut self, id: &[u8]) {
        self.len = id.len() as u8;
        self.bytes.iter_mut().zip(id).for_each(|(to, from)| *to = *from);
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&[])
    }
}

/// All of a session but its ticket.
pub(crate) struct Head {
    /// 0: no session.
    pub(crate) suite: u16,
    pub(crate) extended: bool,
    pub(crate) id: SessionId,
    pub(crate) ticket_len: u16,
    pub(crate) master: Master,
    /// Hash of the credential and of the server's name.
    pub(crate) binding: [u8; 32],
    /// Hash of the server's public key; zeros where it has none.
    pub(crate) peer: [u8; 32],
}

/// Why bytes are no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionError {
    /// They are of another version of this library.
    Version,
    /// Their length does not fit, or their ticket is longer than `T`.
    Length,
    /// Their checksum does not fit: they were not stored whole, or changed.
    Damaged,
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Version => "the session was stored by another version",
            Self::Length => "the stored session has another length, or a ticket too long for this place",
            Self::Damaged => "the stored session is damaged",
        })
    }
}

impl core::error::Error for SessionError {}

impl<const T: usize> Session<T> {
    /// No session; all zero.
    pub const EMPTY: Self = Self {
        head: Head {
            suite: 0,
            extended: false,
            id: SessionId::EMPTY,
            ticket_len: 0,
            master: Master::EMPTY,
            binding: [0; 32],
            peer: [0; 32],
        },
        ticket: [0; T],
    };

    /// How many bytes [`save`](Self::save) writes.
    pub const SAVED: usize = FIXED + MAX_SESSION_ID + 48 + 32 + 32 + T + CHECK;

    /// Whether there is a session.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.head.suite == 0
    }

    /// SHA-256 of the server's key (its SubjectPublicKeyInfo), as it was verified when the session was made; `None`: the server has shown none. An
    /// abbreviated handshake shows no certificate, so this tells then whom one speaks with.
    #[must_use]
    pub fn peer_key_hash(&self) -> Option<&[u8; 32]> {
        (!self.is_empty() && self.head.peer != [0; 32]).then_some(&self.head.peer)
    }

    /// Makes it empty.
    pub fn forget(&mut self) {
        self.head.forget();
    }

    /// Writes the session into `out`, of [`SAVED`](Self::SAVED) bytes: to flash, for the time after a power cut. `None`: `out` has another length.
    pub fn save<H: Hash>(&self, hash: &mut H, out: &mut [u8]) -> Option<()> {
        save_session(SessionView { head: &self.head, ticket: &self.ticket }, hash, out)
    }

    /// Reads what [`save`](Self::save) wrote, by any `Session` of the same `T`.
    ///
    /// # Errors
    /// See [`SessionError`]; the session is empty then.
    pub fn load<H: Hash>(&mut self, hash: &mut H, bytes: &[u8]) -> Result<(), SessionError> {
        self.forget();
        load(&mut self.head, &mut self.ticket, hash, bytes)
    }
}

impl Head {
    pub(crate) fn forget(&mut self) {
        self.suite = 0;
        self.id.set(&[]);
        self.ticket_len = 0;
        self.master.wipe();
    }

    /// Whether there is something to offer.
    pub(crate) fn is_resumable(&self) -> bool {
        self.ticket_len > 0 || !self.id.as_bytes().is_empty()
    }
}

/// A session of whatever `T`.
pub(crate) struct SessionView<'s> {
    pub(crate) head: &'s Head,
    pub(crate) ticket: &'s [u8],
}

pub(crate) fn save_session<H: Hash>(session: SessionView<'_>, hash: &mut H, out: &mut [u8]) -> Option<()> {
    let (body, check) = out.split_last_chunk_mut::<CHECK>()?;
    let head = session.head;
    let [suite_high, suite_low] = head.suite.to_be_bytes();
    let [ticket_high, ticket_low] = head.ticket_len.to_be_bytes();
    let fixed: [u8; FIXED] =
        [VERSION, u8::from(head.extended), suite_high, suite_low, head.id.len, ticket_high, ticket_low];
    let parts: [&[u8]; 6] = [&fixed, &head.id.bytes, head.master.as_bytes(), &head.binding, &head.peer, session.ticket];
    let mut rest = body;
    for part in parts {
        let (place, after) = rest.split_at_mut_checked(part.len())?;
        place.iter_mut().zip(part).for_each(|(to, from)| *to = *from);
        rest = after;
    }
    if !rest.is_empty() {
        return None;
    }
    let mut state = hash.start();
    for part in parts {
        hash.update(&mut state, part);
    }
    hash.digest(&mut state, check);
    Some(())
}

fn load<H: Hash>(head: &mut Head, ticket: &mut [u8], hash: &mut H, bytes: &[u8]) -> Result<(), SessionError> {
    if bytes.first() != Some(&VERSION) {
        return Err(SessionError::Version);
    }
    let (body, check) = bytes.split_last_chunk::<CHECK>().ok_or(SessionError::Length)?;
    let mut state = hash.start();
    hash.update(&mut state, body);
    if !constant_time_eq(&hash.finish(state), check) {
        return Err(SessionError::Damaged);
    }
    read(head, ticket, body).ok_or_else(|| {
        head.forget();
        SessionError::Length
    })
}

fn read(head: &mut Head, ticket: &mut [u8], body: &[u8]) -> Option<()> {
    let (&[_, flags, suite_high, suite_low, id_len, ticket_high, ticket_low], rest) =
        body.split_first_chunk::<FIXED>()?;
    let (id, rest) = rest.split_first_chunk()?;
    let (master, rest) = rest.split_first_chunk()?;
    let (binding, rest) = rest.split_first_chunk()?;
    let (peer, rest) = rest.split_first_chunk()?;
    let ticket_len = u16::from_be_bytes([ticket_high, ticket_low]);
    if rest.len() != ticket.len() || usize::from(ticket_len) > rest.len() || usize::from(id_len) > MAX_SESSION_ID {
        return None;
    }
    ticket.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    (head.binding, head.peer) = (*binding, *peer);
    head.id = SessionId { len: id_len, bytes: *id };
    *head.master.as_mut_bytes() = *master;
    (head.extended, head.ticket_len) = (flags & 1 != 0, ticket_len);
    head.suite = u16::from_be_bytes([suite_high, suite_low]);
    Some(())
}

impl<const T: usize> fmt::Debug for Session<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("empty", &self.is_empty()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Head(..)")
    }
}

#[cfg(test)]
#[cfg(feature = "soft")]
mod tests {
    extern crate std;
    use super::*;
    use crate::crypto::soft::Sha256;
    use std::vec;

    type Short = Session<16>;

    fn session() -> Short {
        let mut session = Short::EMPTY;
        session.head.suite = 0xc0ae;
        session.head.extended = true;
        session.head.id.set(&[1; 32]);
        session.head.ticket_len = 5;
        session.head.master.as_mut_bytes().fill(2);
        session.head.binding = [3; 32];
        session.head.peer = [4; 32];
        session.ticket = [5; 16];
        session
    }

    fn saved() -> std::vec::Vec<u8> {
        let mut out = vec![0; Short::SAVED];
        session().save(&mut Sha256, &mut out).expect("the length fits");
        out
    }

    #[test]
    fn what_was_saved_is_loaded() {
        let mut loaded = Short::EMPTY;
        assert_eq!(loaded.load(&mut Sha256, &saved()), Ok(()));
        let mut again = vec![0; Short::SAVED];
        loaded.save(&mut Sha256, &mut again).expect("the length fits");
        assert_eq!(again, saved());
        assert_eq!((loaded.is_empty(), loaded.peer_key_hash()), (false, Some(&[4; 32])));
        assert_eq!(loaded.head.id.as_bytes(), [1; 32]);
    }

    #[test]
    fn no_flipped_bit_and_no_cut_passes_and_none_leaves_a_session() {
        let good = saved();
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let mut loaded = session();
            let error = loaded.load(&mut Sha256, &bad);
            assert_eq!(error, Err(if bit < 8 { SessionError::Version } else { SessionError::Damaged }), "bit {bit}");
            assert!(loaded.is_empty() && loaded.peer_key_hash().is_none());
        }
        for len in 0..good.len() {
            assert!(session().load(&mut Sha256, &good[..len]).is_err(), "{len} bytes");
        }
    }

    #[test]
    fn a_place_for_tickets_of_another_length_is_told() {
        let (mut longer, mut none) = (Session::<17>::EMPTY, Session::<0>::EMPTY);
        assert_eq!(longer.load(&mut Sha256, &saved()), Err(SessionError::Length));
        assert_eq!(none.load(&mut Sha256, &saved()), Err(SessionError::Length));
        let mut out = vec![0; Short::SAVED + 1];
        assert_eq!(session().save(&mut Sha256, &mut out), None);
        assert_eq!(session().save(&mut Sha256, &mut out[..Short::SAVED - 1]), None);
    }
}
