//! The steps between an export or import and the first number used.

use super::{CHECK, GENERATION, ImportError, Monotonic, Record};
use crate::auth::Auth;
use crate::client::Client;
use crate::crypto::{CryptoError, ExportKey, Provider};
use core::fmt;

/// Record numbers that are about to be reserved. The client is borrowed while this lives, and sends nothing above the reservation before; dropped without
/// [`commit`](Stamped::commit), it leaves it at that.
#[must_use = "until it is stamped, stored and committed, no further number is reserved"]
pub struct Reservation<'r, 'b, A: Auth<P>, P: Provider> {
    pub(super) client: &'r mut Client<'b, A, P>,
    pub(super) record: &'r mut Record,
    /// Where the numbers end; `None`: the association leaves this client.
    pub(super) end: Option<u64>,
    /// The generation of the record that was imported, to be compared with the counter.
    pub(super) imported: Option<u64>,
    /// The generation that it gets, once the counter was asked.
    pub(super) generation: Option<u64>,
}

/// A valid record, to be stored and then committed.
#[must_use = "until it is stored and committed, no further number is reserved"]
pub struct Stamped<'s, 'b, A: Auth<P>, P: Provider> {
    client: &'s mut Client<'b, A, P>,
    record: &'s Record,
    end: Option<u64>,
}

impl<'b, A: Auth<P>, P: Provider> Reservation<'_, 'b, A, P> {
    /// Whether the record imported was a hand-over: then the client will hear as well as send. True for an export.
    pub fn hears(&self) -> bool {
        self.client.core.record().hears()
    }

    /// Raises the counter by one and makes the record the one that belongs to it: no other is taken from here on. `WouldBlock`: call again.
    ///
    /// A power cut after this and before the record is stored loses the association: the record before is stale.
    ///
    /// # Errors
    /// `Stale`: the record imported is not the one that the counter stands at. `Counter`: the counter failed.
    pub fn stamp(&mut self, counter: &mut impl Monotonic) -> nb::Result<Stamped<'_, 'b, A, P>, ImportError> {
        let failed = |error: nb::Error<CryptoError>| error.map(|CryptoError| ImportError::Counter);
        let generation = match self.generation {
            Some(generation) => generation,
            None => {
                let at = counter.read().map_err(failed)?;
                // Generation 0 is that of records stamped without a counter.
                if self.imported.is_some_and(|imported| imported != at || imported == 0) {
                    return Err(nb::Error::Other(ImportError::Stale));
                }
                *self.generation.insert(at.checked_add(1).ok_or(nb::Error::Other(ImportError::Counter))?)
            }
        };
        counter.raise(generation).map_err(failed)?;
        Ok(self.seal(generation))
    }

    /// The same without a counter. **An old copy of the record cannot be told from the newest one then**: if the flash is ever put back to what it held before
    /// (a backup, a journal that falls back to an older page, somebody with a programmer), numbers are used again under the same key, and with them the
    /// confidentiality and the integrity of what was sent is lost. A power cut at any point does no such harm, if what is read after it is what was stored last.
    ///
    /// # Errors
    /// `Protected`: the record imported was stamped with a counter, and the counter would go on taking that one.
    pub fn stamp_unprotected(&mut self) -> Result<Stamped<'_, 'b, A, P>, ImportError> {
        match self.imported {
            None | Some(0) => Ok(self.seal(0)),
            Some(_) => Err(ImportError::Protected),
        }
    }

    fn seal(&mut self, generation: u64) -> Stamped<'_, 'b, A, P> {
        self.record.set(GENERATION, &generation.to_be_bytes());
        let (hash, _, _) = self.client.core.provider.parts();
        let check = self.record.digest(hash);
        self.record.set(CHECK, &check);
        Stamped { client: self.client, record: self.record, end: self.end }
    }
}

impl<A: Auth<P>, P: Provider<Aeads: ExportKey>> Stamped<'_, '_, A, P> {
    /// What to store.
    pub fn bytes(&self) -> &[u8; Record::LEN] {
        self.record.as_bytes()
    }

    /// **Call it when the record is in flash, whole, and is what will be read from there**: not before it was written, and not while an older one could be read
    /// in its place. The numbers reserved can be used from here on; an association that was imported stands.
    pub fn commit(self) {
        if let Some(end) = self.end {
            self.client.core.channel().0.reserve::<P::Aeads>(end);
            self.client.core.establish();
        }
    }
}

impl<A: Auth<P>, P: Provider> fmt::Debug for Reservation<'_, '_, A, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reservation").field("end", &self.end).finish_non_exhaustive()
    }
}

impl<A: Auth<P>, P: Provider> fmt::Debug for Stamped<'_, '_, A, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stamped").field("end", &self.end).finish_non_exhaustive()
    }
}
