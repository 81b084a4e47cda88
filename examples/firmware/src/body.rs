//! A large body that needs no memory: each byte follows from its place.

use stint_coap::Source;

/// Lines of text, each with its number, cut at a length.
#[derive(Clone, Copy)]
pub struct Pattern {
    /// Bytes of the whole.
    pub len: u32,
}

/// Bytes of a line.
const LINE: u32 = 32;

impl Pattern {
    /// The byte at a place.
    pub fn at(place: u32) -> u8 {
        const TEXT: &[u8; LINE as usize] = b"Stint sends line 0000, no heap.\n";
        let line = place / LINE;
        match place % LINE {
            17 => b'0' + (line / 1000 % 10) as u8,
            18 => b'0' + (line / 100 % 10) as u8,
            19 => b'0' + (line / 10 % 10) as u8,
            20 => b'0' + (line % 10) as u8,
            column => TEXT[column as usize],
        }
    }

    /// Whether `bytes` are those from `offset` on.
    pub fn matches(&self, offset: u32, bytes: &[u8]) -> bool {
        let end = offset.saturating_add(bytes.len() as u32);
        end <= self.len && bytes.iter().zip(offset..).all(|(byte, place)| *byte == Self::at(place))
    }
}

impl Source for Pattern {
    fn read(&mut self, _: u8, offset: u32, out: &mut [u8]) -> Option<(usize, bool)> {
        let left = self.len.checked_sub(offset)?;
        let mut written = 0;
        for (byte, place) in out.iter_mut().zip(offset..self.len) {
            *byte = Self::at(place);
            written += 1;
        }
        Some((written, left > written as u32))
    }
}
