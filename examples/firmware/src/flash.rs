//! Flash for associations, and the counter that tells old copies: files of the debugger's host, which outlive the emulator.

use crate::host::File;
use stint_dtls::crypto::CryptoError;
use stint_dtls::{Monotonic, Record};

/// Bytes of a slot: what is erased at once.
const SLOT: usize = 512;
/// Bytes that are programmed at once. A power cut between two of these leaves a slot half written.
const PAGE: usize = 16;
/// Where a slot's number stands: behind the record, and written after it.
const NUMBER: usize = Record::LEN;

/// Two slots, written in turn; the newer whole one counts.
pub struct Journal {
    file: File,
    /// The number of the newest slot; 0: neither is whole.
    number: u32,
}

impl Journal {
    /// The journal in the file behind `flash=` on the command line.
    pub fn open() -> Option<Self> {
        let mut journal = Journal { file: File::named("flash=")?, number: 0 };
        journal.number = journal.slot(0).max(journal.slot(1));
        Some(journal)
    }

    /// The number of a slot; 0: it is not whole. It is written twice, the second time with all bits turned.
    fn slot(&mut self, slot: usize) -> u32 {
        let mut numbers = [0; 8];
        if !self.file.read(slot * SLOT + NUMBER, &mut numbers) {
            return 0;
        }
        let [a, b, c, d, e, f, g, h] = numbers;
        let (number, turned) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
        if number == !turned { number } else { 0 }
    }

    /// Reads the newest record. False: there is none.
    pub fn read(&mut self, record: &mut Record) -> bool {
        self.number > 0 && self.file.read(place(self.number), record.as_mut_bytes())
    }

    /// Stores a record in place of the older one. False: the flash failed.
    pub fn store(&mut self, bytes: &[u8; Record::LEN]) -> bool {
        let number = self.number.wrapping_add(1).max(1);
        let at = place(number);
        let erased = (0..SLOT / PAGE).rev().all(|page| self.program(at + page * PAGE, &[0xff; PAGE]));
        let mut pages = bytes.chunks(PAGE).enumerate();
        let written = erased && pages.all(|(page, bytes)| self.program(at + page * PAGE, bytes));
        let [a, b, c, d] = number.to_le_bytes();
        // Only this makes the slot the newest.
        let whole = written && self.program(at + NUMBER, &[a, b, c, d, !a, !b, !c, !d]);
        self.number = number;
        whole
    }

    fn program(&mut self, at: usize, bytes: &[u8]) -> bool {
        // Real flash takes its time: so the power has some to fail in.
        cortex_m::asm::delay(2_000);
        self.file.write(at, bytes)
    }
}

fn place(number: u32) -> usize {
    (number as usize & 1) * SLOT
}

/// A counter that only goes up, as a secure element has one: 8 bytes in the file behind `counter=` on the command line.
pub struct Counter(File);

impl Counter {
    /// The counter, where the command line names one.
    pub fn open() -> Option<Self> {
        File::named("counter=").map(Counter)
    }
}

impl Monotonic for Counter {
    fn read(&mut self) -> nb::Result<u64, CryptoError> {
        let mut bytes = [0; 8];
        if self.0.read(0, &mut bytes) { Ok(u64::from_le_bytes(bytes)) } else { Err(nb::Error::Other(CryptoError)) }
    }

    fn raise(&mut self, to: u64) -> nb::Result<(), CryptoError> {
        // One write of the host's: whole or not at all.
        if self.0.write(0, &to.to_le_bytes()) { Ok(()) } else { Err(nb::Error::Other(CryptoError)) }
    }
}
