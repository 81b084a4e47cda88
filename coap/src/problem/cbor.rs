//! As much of CBOR (RFC 8949) as problem details need: heads, text, and what is passed over.

use super::ProblemError;

/// How deep arrays, maps and tags may nest in what is passed over.
const DEPTH: usize = 8;

/// A reader of the items of a sequence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'d> {
    rest: &'d [u8],
}

/// The head of an item (RFC 8949 3): major type and argument. No argument: indefinite length, or the break that ends it (major type 7).
type Head = (u8, Option<u64>);

/// What is to come at a level of nesting.
#[derive(Clone, Copy)]
enum Level {
    /// As many items.
    Items(u64),
    /// Items up to a break; if that is not allowed now, because a map has a key without a value, `true`.
    Open { map: bool, odd: bool },
}

impl<'d> Reader<'d> {
    pub(super) const fn new(bytes: &'d [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// True before a break.
    pub(super) fn is_broken(&self) -> bool {
        self.rest.first() == Some(&0xff)
    }

    pub(super) fn head(&mut self) -> Result<Head, ProblemError> {
        let [first] = self.array()?;
        let (major, info) = (first >> 5, first & 31);
        let argument = match info {
            0..=23 => u64::from(info),
            24 => {
                let [value] = self.array()?;
                // a simple value in two bytes that one would hold is not well-formed (RFC 8949 3.3)
                if major == 7 && value < 32 {
                    return Err(ProblemError::Malformed);
                }
                value.into()
            }
            25 => u16::from_be_bytes(self.array()?).into(),
            26 => u32::from_be_bytes(self.array()?).into(),
            27 => u64::from_be_bytes(self.array()?),
            31 if matches!(major, 2..=5 | 7) => return Ok((major, None)),
            _ => return Err(ProblemError::Malformed),
        };
        Ok((major, Some(argument)))
    }

    /// The text that follows a head with its length.
    pub(super) fn text(&mut self, len: u64) -> Result<&'d str, ProblemError> {
        core::str::from_utf8(self.bytes(len)?).map_err(|_| ProblemError::Malformed)
    }

    /// Passes over one item: its bytes.
    pub(super) fn item(&mut self) -> Result<&'d [u8], ProblemError> {
        let start = self.rest;
        let mut levels = [Level::Items(0); DEPTH];
        let mut depth = 0usize;
        loop {
            let (major, argument) = self.head()?;
            let inner = match (major, argument) {
                (2 | 3, Some(len)) => {
                    self.string(major, len)?;
                    None
                }
                (2 | 3, None) => {
                    self.chunks(major)?;
                    None
                }
                (4, Some(items)) => Some(Level::Items(items)),
                (5, Some(pairs)) => Some(Level::Items(pairs.checked_mul(2).ok_or(ProblemError::Truncated)?)),
                (4 | 5, None) => Some(Level::Open { map: major == 5, odd: false }),
                (6, _) => Some(Level::Items(1)),
                (7, None) => {
                    // a break stands in the place of an item of what it ends
                    match depth.checked_sub(1).and_then(|at| levels.get(at)) {
                        Some(Level::Open { odd: false, .. }) => depth = depth.wrapping_sub(1),
                        _ => return Err(ProblemError::Malformed),
                    }
                    None
                }
                _ => None,
            };
            if let Some(level) = inner {
                *levels.get_mut(depth).ok_or(ProblemError::TooDeep)? = level;
                depth = depth.wrapping_add(1);
                if !matches!(level, Level::Items(0)) {
                    continue;
                }
                depth = depth.wrapping_sub(1);
            }
            depth = ended(&mut levels, depth);
            if depth == 0 {
                let len = start.len().wrapping_sub(self.rest.len());
                return Ok(start.get(..len).unwrap_or_default());
            }
        }
    }

    /// The chunks of a string of indefinite length, strings of the same kind themselves (RFC 8949 3.2.3).
    fn chunks(&mut self, major: u8) -> Result<(), ProblemError> {
        loop {
            match self.head()? {
                (7, None) => return Ok(()),
                (chunk, Some(len)) if chunk == major => self.string(major, len)?,
                _ => return Err(ProblemError::Malformed),
            }
        }
    }

    fn string(&mut self, major: u8, len: u64) -> Result<(), ProblemError> {
        if major == 3 { self.text(len).map(|_| ()) } else { self.bytes(len).map(|_| ()) }
    }

    fn bytes(&mut self, len: u64) -> Result<&'d [u8], ProblemError> {
        let split = usize::try_from(len).ok().and_then(|len| self.rest.split_at_checked(len));
        let (bytes, rest) = split.ok_or(ProblemError::Truncated)?;
        self.rest = rest;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ProblemError> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(ProblemError::Truncated)?;
        self.rest = rest;
        Ok(*bytes)
    }
}

/// An item has ended, and so may have what it is the last of: how deep what goes on is.
fn ended(levels: &mut [Level; DEPTH], mut depth: usize) -> usize {
    while let Some(above) = depth.checked_sub(1) {
        match levels.get_mut(above) {
            Some(Level::Items(left)) => {
                *left = left.wrapping_sub(1);
                if *left > 0 {
                    break;
                }
            }
            Some(Level::Open { map, odd }) => {
                *odd = *map && !*odd;
                break;
            }
            None => break,
        }
        depth = above;
    }
    depth
}

#[cfg(test)]
mod tests {
    use super::Reader;
    use crate::problem::ProblemError;
    use std::vec::Vec;

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().map(|digit| char::from(digit).to_digit(16).unwrap() as u8).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }

    #[test]
    fn examples_of_rfc_8949_appendix_a_are_not_passed_over_as_one_item() {
        for hex in [
            "00",
            "17",
            "1818",
            "1903e8",
            "1a000f4240",
            "1b000000e8d4a51000",
            "1bffffffffffffffff",
            "c249010000000000000000",
            "3bffffffffffffffff",
            "20",
            "3903e7",
            "f90000",
            "fa47c35000",
            "fb3ff199999999999a",
            "f4",
            "f6",
            "f7",
            "f0",
            "f8ff",
            "c074323031332d30332d32315432303a30343a30305a",
            "d74401020304",
            "40",
            "4401020304",
            "60",
            "62c3bc",
            "64f0908591",
            "80",
            "83010203",
            "8301820203820405",
            "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
            "a0",
            "a201020304",
            "a26161016162820203",
            "826161a161626163",
            "5f42010243030405ff",
            "7f657374726561646d696e67ff",
            "9fff",
            "9f018202039f0405ffff",
            "9f01820203820405ff",
            "83018202039f0405ff",
            "83019f0203ff820405",
            "bf61610161629f0203ffff",
            "826161bf61626163ff",
            "bf6346756ef563416d7421ff",
        ] {
            let item = bytes(hex);
            let mut reader = Reader::new(&item);
            assert_eq!(reader.item(), Ok(&item[..]), "{hex}");
            assert!(reader.is_empty());
            for len in 0..item.len() {
                assert_eq!(Reader::new(&item[..len]).item(), Err(ProblemError::Truncated), "{hex} {len}");
            }
        }
    }

    #[test]
    fn what_rfc_8949_appendix_f_calls_not_well_formed_is_passed_over() {
        for hex in [
            "1c",
            "1d",
            "1e",
            "3c",
            "5c",
            "7d",
            "9e",
            "bc",
            "dd",
            "fc",
            "fe",
            "f800",
            "f818",
            "f81f",
            "5f00ff",
            "5f21ff",
            "5f6100ff",
            "5fc000ff",
            "7f4100ff",
            "5f5f4100ffff",
            "7f7f6100ffff",
            "ff",
            "81ff",
            "8200ff",
            "a1ff",
            "a100ff",
            "bf00ff",
            "bf000000ff",
            "9f81ff",
            "1f",
            "3f",
            "df",
            "c0ff",
            "61ff",
            "62c328",
        ] {
            assert_eq!(Reader::new(&bytes(hex)).item(), Err(ProblemError::Malformed), "{hex}");
        }
        for hex in [
            "81",
            "a1",
            "a101",
            "5f4100",
            "9f",
            "bf01",
            "c0",
            "9bffffffffffffffff",
            "bbffffffffffffffff00",
            "5bffffffffffffffff00",
        ] {
            assert_eq!(Reader::new(&bytes(hex)).item(), Err(ProblemError::Truncated), "{hex}");
        }
        assert!(Reader::new(&[0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0]).item().is_ok());
        assert_eq!(Reader::new(&[0x81; 20]).item(), Err(ProblemError::TooDeep));
    }
}
