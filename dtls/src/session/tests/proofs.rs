//! Sequence numbers are reserved ahead of use: each order of sending, exporting, importing, with the power cut between any two steps of them.

use super::*;
use crate::crypto::CryptoError;
use std::println;

/// How far an export or import gets.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Reaches {
    /// It is prepared, not stamped.
    Begun,
    /// The counter is raised, the record valid.
    Stamped,
    /// The record is in flash.
    Stored,
    Committed,
}

/// What a device does next.
#[derive(Clone, Copy, Debug)]
enum Do {
    Send,
    /// Exports so many numbers; 0 gives the association away. What is not finished is dropped.
    Export(u32, Reaches),
    /// Loses power, and imports what is in flash, up to there; where that is not the end, it tries once more.
    Cut(Reaches),
}

const STEPS: [Do; 13] = [
    Do::Send,
    Do::Export(1, Reaches::Begun),
    Do::Export(2, Reaches::Stamped),
    Do::Export(3, Reaches::Stored),
    Do::Export(1, Reaches::Committed),
    Do::Export(3, Reaches::Committed),
    Do::Export(0, Reaches::Begun),
    Do::Export(0, Reaches::Stored),
    Do::Export(0, Reaches::Committed),
    Do::Cut(Reaches::Begun),
    Do::Cut(Reaches::Stamped),
    Do::Cut(Reaches::Stored),
    Do::Cut(Reaches::Committed),
];

/// What outlives a cut: flash, and a counter if there is one.
struct Kept {
    flash: Option<Record>,
    counter: Option<u64>,
    /// What was stored before: where there is a counter, flash may be put back to it.
    before: Option<Record>,
}

impl Monotonic for u64 {
    fn read(&mut self) -> nb::Result<u64, CryptoError> {
        Ok(*self)
    }
    fn raise(&mut self, to: u64) -> nb::Result<(), CryptoError> {
        *self = to;
        Ok(())
    }
}

impl Kept {
    /// Goes on with what was begun. True: it is committed.
    fn finish(
        &mut self,
        mut reservation: Reservation<'_, '_, Auth, Crypto<Sha256, Both, NoRandom>>,
        reaches: Reaches,
    ) -> bool {
        if reaches == Reaches::Begun {
            return false;
        }
        let stamped = match &mut self.counter {
            Some(counter) => reservation.stamp(counter).map_err(|_| ()),
            None => reservation.stamp_unprotected().map_err(|_| ()),
        };
        let Ok(stamped) = stamped else { return false };
        if reaches == Reaches::Stamped {
            return false;
        }
        self.before = self.flash.replace(Record::from_bytes(stamped.bytes()));
        if reaches == Reaches::Committed {
            stamped.commit();
        }
        reaches == Reaches::Committed
    }

    fn wake(&mut self, reaches: Reaches) -> Tested<Both> {
        let mut client = client(config(), Both::default());
        if let Some(flash) = &self.flash {
            let mut record = Record::from_bytes(flash.as_bytes());
            if let Ok(reservation) = client.import(&mut record, 2) {
                self.finish(reservation, reaches);
            }
        }
        client
    }
}

/// The numbers of all records sent in this life and those that follow.
fn live(steps: impl Iterator<Item = Do>, counter: Option<u64>, put_back: bool) -> Vec<u64> {
    let (mut client, _) = connected();
    let mut kept = Kept { flash: None, counter, before: None };
    let mut used = Vec::new();
    let mut send_all = |client: &mut Tested<Both>| {
        // Whatever may be sent, up to three at a time.
        for _ in 0..3 {
            if let Ok(sent) = send(client) {
                used.push(sent[5..11].iter().fold(0, |number, byte| number << 8 | u64::from(*byte)));
            }
        }
    };
    for step in steps {
        match step {
            Do::Send => send_all(&mut client),
            Do::Export(count, reaches) => {
                let mut record = Record::EMPTY;
                if let Ok(reservation) = client.export(count, &mut record) {
                    kept.finish(reservation, reaches);
                }
            }
            Do::Cut(reaches) => {
                if put_back && let Some(before) = kept.before.take() {
                    kept.flash = Some(before);
                }
                client = kept.wake(reaches);
                if reaches != Reaches::Committed {
                    client = kept.wake(Reaches::Committed);
                }
            }
        }
    }
    // The lives that are left: as the client stands, and after a cut.
    send_all(&mut client);
    send_all(&mut kept.wake(Reaches::Committed));
    used
}

#[test]
fn a_cut_at_some_point_uses_a_number_twice() {
    const DEPTH: u32 = 4;
    let (mut cases, mut sent, mut woken) = (0u32, 0, 0u32);
    // Without a counter what is read is what was stored last. With one flash may be put back to what it held before.
    for (counter, put_back) in [(None, false), (Some(7), false), (Some(7), true)] {
        for program in 0..STEPS.len().pow(DEPTH) {
            let steps = (0..DEPTH).map(|place| STEPS[program / STEPS.len().pow(place) % STEPS.len()]);
            // The first reservation stands already, so that what is reserved meets what was.
            let steps = [Do::Send, Do::Export(2, Reaches::Committed), Do::Send].into_iter().chain(steps);
            let numbers = live(steps.clone(), counter, put_back);
            let mut once = numbers.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), numbers.len(), "{:?}, {counter:?}, {put_back}: {numbers:?}", Vec::from_iter(steps));
            cases += 1;
            sent += numbers.len();
            woken += u32::from(numbers.len() > 5); // three before the first reservation, two in it
        }
    }
    println!("reservation: {cases} lives, {sent} records, {woken} lives that went on after the first reservation");
    // The check would see it: lives in which nothing is sent any more prove nothing.
    assert!(2 * woken > cases);
}
