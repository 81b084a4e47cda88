//! Associations that survive a sleep without power: export and import.
//!
//! No record number may ever be used twice under one key, whatever the power does. So numbers are reserved ahead, and this is the order, which the types hold:
//!
//! 1. [`Client::export`] writes the association into a [`Record`], with the number that nobody will have reached: what is reserved ends there. The gate is
//!    shut at the end of the reservation before.
//! 2. [`Reservation::stamp`] raises the [`Monotonic`] counter, if the device has one, and makes the record valid. Its bytes are to be had from here on.
//! 3. The caller stores [`Stamped::bytes`], and sees to it that no record from before is read again.
//! 4. [`Stamped::commit`] opens the gate up to the new end.
//! 5. After a restart, [`Client::import`] in place of `start`, then again 2 to 4. Nothing is sent or delivered before that.
//!
//! A cut between two steps costs at most the association: a record that was not stored leaves the one before, which either still holds or is refused.

mod record;
mod error;
mod reservation;
#[cfg(test)]
#[cfg(feature = "soft")]
mod tests;

use crate::auth::Auth;
use crate::client::Client;
use crate::crypto::{CryptoError, ExportKey, Provider, constant_time_eq};
use crate::handshake::{At, Core};
use crate::wire::{Reader, Suite, Writer};
pub use error::ImportError;
pub use record::Record;
use record::{BINDING, CHANNEL, CHECK, CLEAN, EXTENDED, EXTENSIONS, GENERATION, PORT, VERSION};
pub use reservation::{Reservation, Stamped};

/// A counter that only goes up, whatever is done to the flash: a secure element's, or a journal in write-once memory. It tells the newest record from a copy
/// of an older one.
pub trait Monotonic {
    /// What it stands at.
    fn read(&mut self) -> nb::Result<u64, CryptoError>;
    /// Raises it to `to`; it stands there already where this is a further call after `WouldBlock`. After `Ok` it never answers less again.
    fn raise(&mut self, to: u64) -> nb::Result<(), CryptoError>;
}

impl<T: Monotonic> Monotonic for &mut T {
    fn read(&mut self) -> nb::Result<u64, CryptoError> {
        T::read(self)
    }
    fn raise(&mut self, to: u64) -> nb::Result<(), CryptoError> {
        T::raise(self, to)
    }
}

impl<'b, A: Auth<P>, P: Provider> Client<'b, A, P>
where
    P::Aeads: ExportKey,
{
    /// Writes the association into `out`, and reserves the next `reserve` record numbers for this client.
    ///
    /// - With `reserve` above 0 this is a **checkpoint**: the client goes on, and after a crash an import goes on from the end of the reservation. It will hear
    ///   nothing then ([`hears`](Self::hears)), since what came after the checkpoint could be played to it again. Once the numbers are used up,
    ///   [`send`](Self::send) says [`SendError::Unreserved`](crate::SendError::Unreserved) before `fill` runs, and alerts are not sent; export again before that.
    /// - With `reserve` 0 it is a **hand-over**: the association leaves this client at once, which forgets the keys without a word to the server. The import
    ///   goes on where it stood, and hears. This is how to go to sleep.
    ///
    /// The whole way, to sleep and back:
    ///
    /// ```
    /// use stint_dtls::auth::Auth;
    /// use stint_dtls::crypto::{ExportKey, Provider};
    /// use stint_dtls::{Client, ImportError, Monotonic, Record};
    ///
    /// trait Flash {
    ///     /// Stores a record in place of the one before.
    ///     fn store(&mut self, bytes: &[u8; Record::LEN]);
    /// }
    ///
    /// fn go_to_sleep<A: Auth<P>, P: Provider<Aeads: ExportKey>>(
    ///     dtls: &mut Client<'_, A, P>,
    ///     port: u16,
    ///     counter: &mut impl Monotonic,
    ///     flash: &mut impl Flash,
    /// ) -> Result<(), ImportError> {
    ///     let mut record = Record::EMPTY;
    ///     record.set_port(port);
    ///     let mut reservation = dtls.export(0, &mut record)?;
    ///     let stamped = nb::block!(reservation.stamp(counter))?;
    ///     flash.store(stamped.bytes());
    ///     stamped.commit();
    ///     Ok(())
    /// }
    ///
    /// /// `dtls` is a new client of the same credential and configuration; `record` was read from flash. On an error, `start` makes a new association.
    /// fn wake<A: Auth<P>, P: Provider<Aeads: ExportKey>>(
    ///     dtls: &mut Client<'_, A, P>,
    ///     record: &mut Record,
    ///     counter: &mut impl Monotonic,
    ///     flash: &mut impl Flash,
    /// ) -> Result<(), ImportError> {
    ///     let mut reservation = dtls.import(record, 64)?;
    ///     let stamped = nb::block!(reservation.stamp(counter))?;
    ///     flash.store(stamped.bytes());
    ///     stamped.commit();
    ///     assert!(dtls.is_connected()); // the next record goes out at once
    ///     Ok(())
    /// }
    /// ```
    ///
    /// The client cannot be used while the reservation lives, and the bytes to store are those of a stamped one:
    ///
    /// ```compile_fail,E0599
    /// # use stint_dtls::{auth::Auth, Client, Record, crypto::{ExportKey, Provider}};
    /// # fn f<A: Auth<P>, P: Provider<Aeads: ExportKey>>(dtls: &mut Client<'_, A, P>, record: &mut Record) {
    /// dtls.export(64, record).unwrap().commit();
    /// # }
    /// ```
    ///
    /// ```compile_fail,E0502
    /// # use stint_dtls::{auth::Auth, Client, Record, crypto::{ExportKey, Provider}};
    /// # fn f<A: Auth<P>, P: Provider<Aeads: ExportKey>>(dtls: &mut Client<'_, A, P>, record: &mut Record) {
    /// let mut reservation = dtls.export(64, record).unwrap();
    /// let early = *record.as_bytes();
    /// let _ = reservation.stamp_unprotected().map(|stamped| stamped.commit());
    /// # }
    /// ```
    ///
    /// # Errors
    /// `NotConnected`, `Busy`; the association goes on then.
    pub fn export<'r>(
        &'r mut self,
        reserve: u32,
        out: &'r mut Record,
    ) -> Result<Reservation<'r, 'b, A, P>, ImportError> {
        if self.core.at() != At::Established {
            return Err(ImportError::NotConnected);
        }
        if self.core.deadline().is_some() {
            return Err(ImportError::Busy);
        }
        let binding = self.core.binding();
        let (gate, reserved) = self.core.record().reservation::<P::Aeads>(reserve);
        let (next, end, clean) = match reserve {
            0 => (self.core.record().sealed(), None, CLEAN),
            _ => (reserved, Some(reserved), 0),
        };
        let extended = if self.core.extended() { EXTENDED } else { 0 };
        let [suite_high, suite_low] = self.core.suite().to_be_bytes();
        out.set(0, &[VERSION, clean | extended, suite_high, suite_low]);
        out.set(GENERATION, &[0; 8]);
        out.set(GENERATION + 8, &binding);
        self.save(next, out).ok_or(ImportError::NotConnected)?;
        match end {
            Some(_) => self.core.channel().0.reserve::<P::Aeads>(gate),
            None => self.core.leave(),
        }
        Ok(Reservation { client: self, record: out, end, imported: None, generation: None })
    }

    /// Takes over the association in `record`, in place of [`start`](Self::start), and reserves the next `reserve` record numbers for this client. Nothing is
    /// sent or delivered before the [`Reservation`] is committed; the record is rewritten for that. The client must have the configuration and the credential
    /// of the one that exported; whatever association it had is given up without a word.
    ///
    /// # Errors
    /// Why the record is not taken; it is unchanged then, and the client does nothing until `start`.
    pub fn import<'r>(
        &'r mut self,
        record: &'r mut Record,
        reserve: u32,
    ) -> Result<Reservation<'r, 'b, A, P>, ImportError> {
        self.core.leave();
        match self.take(record) {
            Ok(()) => {}
            Err(error) => {
                self.core.leave();
                return Err(error);
            }
        }
        let imported = Some(record.generation());
        let (_, end) = self.core.record().reservation::<P::Aeads>(reserve);
        let [_, flags] = record.field(0);
        record.set(1, &[flags & !CLEAN]);
        self.save(end, record).ok_or(ImportError::Damaged)?;
        Ok(Reservation { client: self, record, end: Some(end), imported, generation: None })
    }

    /// Whether what comes in can be delivered. False after the import of a checkpoint: a record that comes may be one that was delivered before the crash, and
    /// nothing in it tells, so all of them are dropped, and counted in [`Stats::replayed`](crate::Stats::replayed), until a handshake (`start`, resumed or full)
    /// has proved the server anew. What is sent until then is as good as ever.
    pub fn hears(&self) -> bool {
        self.is_connected() && self.core.record().hears()
    }

    /// How many records can be sent before [`SendError::Unreserved`](crate::SendError::Unreserved); `None` before the first export.
    pub fn reserved(&self) -> Option<u64> {
        let channel = self.core.record();
        let left = channel.end::<P::Aeads>()?.checked_sub(channel.sealed())?;
        (self.is_connected() && left <= u64::from(u32::MAX)).then_some(left)
    }

    /// Writes the record layer's part, and takes the checksum's place.
    fn save(&mut self, next: u64, out: &mut Record) -> Option<()> {
        let (_, rest) = out.as_mut_bytes().split_at_mut_checked(CHANNEL)?;
        rest.fill(0);
        let own_cid = self.core.config.connection_id.unwrap_or_default();
        self.core.record().save::<P::Aeads>(next, own_cid, &mut Writer::new(rest))?;
        out.set(EXTENSIONS, &self.core.auth.agreed());
        Some(())
    }

    fn take(&mut self, record: &Record) -> Result<(), ImportError> {
        let mut reader = Reader::new(record.as_bytes());
        let [version, flags, suite @ ..] = *reader.array::<PORT>().ok_or(ImportError::Damaged)?;
        if version != VERSION {
            return Err(ImportError::Version(version));
        }
        let (hash, _, _) = self.core.provider.parts();
        if !constant_time_eq(&record.digest(hash), &record.field::<32>(CHECK)) {
            return Err(ImportError::Damaged);
        }
        let suite = u16::from_be_bytes(suite);
        let index = Core::<A, P>::aead_of(suite).ok_or(ImportError::Suite(Suite(suite)))?;
        if !constant_time_eq(&self.core.binding(), &record.field::<BINDING>(GENERATION + 8)) {
            return Err(ImportError::Foreign);
        }
        reader.take(CHANNEL - PORT).ok_or(ImportError::Damaged)?;
        let (channel, aeads) = self.core.channel();
        let own_cid = channel.restore(aeads, index, flags & CLEAN != 0, &mut reader).ok_or(ImportError::Damaged)?;
        if !own_cid.is_empty() && self.core.config.connection_id != Some(own_cid) {
            return Err(ImportError::ConnectionId);
        }
        self.core.adopt(index, suite, flags & EXTENDED != 0);
        self.core.auth.agree_again(record.field(EXTENSIONS));
        Ok(())
    }
}
