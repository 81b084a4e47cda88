//! Counters, and the copies that they tell.

use super::*;
use crate::auth::Auth as Credential;
use crate::crypto::CryptoError;

/// A counter that is busy every other time.
#[derive(Default)]
struct Element {
    value: u64,
    busy: bool,
    broken: bool,
    /// Raises at once and tells it later.
    ahead: bool,
}

impl Element {
    fn turn(&mut self) -> nb::Result<(), CryptoError> {
        if self.broken {
            return Err(nb::Error::Other(CryptoError));
        }
        self.busy = !self.busy;
        if self.busy { Err(nb::Error::WouldBlock) } else { Ok(()) }
    }
}

impl Monotonic for Element {
    fn read(&mut self) -> nb::Result<u64, CryptoError> {
        self.turn()?;
        Ok(self.value)
    }
    fn raise(&mut self, to: u64) -> nb::Result<(), CryptoError> {
        if self.ahead {
            self.value = to;
        }
        self.turn()?;
        assert!(to >= self.value);
        self.value = to;
        Ok(())
    }
}

fn protect<P: Provider<Aeads: ExportKey>, A: Credential<P>>(
    mut reservation: Reservation<'_, '_, A, P>,
    counter: &mut Element,
) -> Result<(), ImportError> {
    nb::block!(reservation.stamp(counter))?.commit();
    Ok(())
}

#[test]
fn an_old_copy_is_taken_where_there_is_a_counter() {
    for ahead in [false, true] {
        let mut counter = Element { value: 41, ahead, ..Element::default() };
        let (mut client, mut server) = connected();
        let mut record = Record::EMPTY;
        protect(client.export(0, &mut record).unwrap(), &mut counter).unwrap();
        assert_eq!(counter.value, 42);
        let mut copies = vec![Record::from_bytes(record.as_bytes())];
        for round in 43..50 {
            let mut client = self::client(config(), Both::default());
            protect(client.import(&mut record, 3).unwrap(), &mut counter).unwrap();
            copies.push(Record::from_bytes(record.as_bytes()));
            assert_eq!(counter.value, round);
            server.take(send(&mut client).unwrap());
        }
        let newest = copies.pop().unwrap();
        for copy in &copies {
            let mut copy = Record::from_bytes(copy.as_bytes());
            let mut client = self::client(config(), Both::default());
            assert_eq!(protect(client.import(&mut copy, 3).unwrap(), &mut counter), Err(ImportError::Stale));
            assert!(!client.is_connected() && send(&mut client).is_err());
        }
        assert_eq!(counter.value, 49, "an old copy raises nothing");
        let mut newest = Record::from_bytes(newest.as_bytes());
        let mut client = self::client(config(), Both::default());
        protect(client.import(&mut newest, 3).unwrap(), &mut counter).unwrap();
        server.take(send(&mut client).unwrap());
    }
}

#[test]
fn protected_and_unprotected_records_pass_for_each_other() {
    let mut counter = Element::default();
    let (mut client, _) = connected();
    let mut record = export(&mut client, 0);
    let mut woken = self::client(config(), Both::default());
    // The counter stands at 0, as the generation of an unprotected record does.
    assert_eq!(protect(woken.import(&mut record, 1).unwrap(), &mut counter), Err(ImportError::Stale));
    let (mut client, _) = connected();
    protect(client.export(0, &mut record).unwrap(), &mut counter).unwrap();
    let mut reservation = woken.import(&mut record, 1).unwrap();
    assert_eq!(reservation.stamp_unprotected().err(), Some(ImportError::Protected));
}

#[test]
fn a_broken_counter_or_one_at_its_end_opens_the_gate() {
    for counter in [Element { broken: true, ..Element::default() }, Element { value: u64::MAX, ..Element::default() }] {
        let mut counter = counter;
        let (mut client, _) = connected();
        let mut record = Record::EMPTY;
        assert_eq!(protect(client.export(9, &mut record).unwrap(), &mut counter), Err(ImportError::Counter));
        assert_eq!(send(&mut client), Err(SendError::Unreserved));
        assert_eq!(refused(&record, config()), ImportError::Damaged);
    }
}
