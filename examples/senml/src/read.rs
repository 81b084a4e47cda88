//! A pack being read, record by record.

use crate::number;
use crate::record::{Record, Value};
use crate::write::label;
use core::fmt;
use minicbor::data::Type;
use minicbor::decode::{self, Decoder};

/// Why a pack cannot be read further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadError {
    /// It is no CBOR, or not what a SenML pack is made of (RFC 8428 6).
    Malformed,
    /// It is of a later version than 10 (RFC 8428 4.4).
    Version,
    /// It has a field that must be understood, and is not: its label ends in `_` (RFC 8428 4.4).
    Field,
    /// A name has other characters than it may, or none (RFC 8428 4.5.1).
    Name,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ReadError::Malformed => "this is no SenML pack in CBOR",
            ReadError::Version => "the SenML pack is of a later version than 10",
            ReadError::Field => "the SenML pack has a field that must be understood, and is not",
            ReadError::Name => "a record of the SenML pack has no name, or one with characters that it must not have",
        })
    }
}

impl core::error::Error for ReadError {}

impl From<decode::Error> for ReadError {
    fn from(_: decode::Error) -> Self {
        ReadError::Malformed
    }
}

/// The records of a pack, resolved (RFC 8428 4.6): each has the base name as it is, the unit that is meant, and time and number with their base added.
/// Records without a value are left out. After an error nothing comes.
#[must_use]
pub fn records(pack: &[u8]) -> Records<'_> {
    Records { decoder: Decoder::new(pack), left: None, base: Record::EMPTY, over: false }
}

/// See [`records`].
#[derive(Clone, Debug)]
pub struct Records<'d> {
    decoder: Decoder<'d>,
    /// Records that are still to come; `None`: it has not begun.
    left: Option<Left>,
    base: Record<'d>,
    over: bool,
}

#[derive(Clone, Copy, Debug)]
enum Left {
    Count(u64),
    /// Until a break.
    Stream,
}

impl<'d> Iterator for Records<'d> {
    type Item = Result<Record<'d>, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let read = self.read().transpose();
        self.over = !matches!(read, Some(Ok(_)));
        read
    }
}

impl<'d> Records<'d> {
    /// The next record that has a value.
    fn read(&mut self) -> Result<Option<Record<'d>>, ReadError> {
        loop {
            let left = match self.left {
                Some(left) => left,
                None => self.decoder.array()?.map_or(Left::Stream, Left::Count),
            };
            self.left = match left {
                Left::Count(0) => return Ok(None),
                Left::Count(count) => Some(Left::Count(count.saturating_sub(1))),
                Left::Stream if self.decoder.datatype()? == Type::Break => return Ok(None),
                Left::Stream => Some(left),
            };
            let record = self.fields()?;
            if record.value.is_some() {
                return self.resolve(record).map(Some);
            }
        }
    }

    /// One record as it stands; base fields are taken over.
    fn fields(&mut self) -> Result<Record<'d>, ReadError> {
        let count = self.decoder.map()?;
        let (mut record, mut read) = (Record::EMPTY, 0);
        loop {
            match count {
                Some(count) if read >= count => return Ok(record),
                None if self.decoder.datatype()? == Type::Break => {
                    self.decoder.skip()?;
                    return Ok(record);
                }
                _ => read += 1,
            }
            self.field(&mut record)?;
        }
    }

    fn field(&mut self, record: &mut Record<'d>) -> Result<(), ReadError> {
        let Self { decoder, base, .. } = self;
        if decoder.datatype()? == Type::String {
            let label = decoder.str()?;
            return if label.ends_with('_') { Err(ReadError::Field) } else { Ok(decoder.skip()?) };
        }
        match decoder.i64()? {
            label::BASE_VERSION if decoder.u64()? > 10 => return Err(ReadError::Version),
            label::BASE_VERSION => {}
            label::BASE_NAME => base.base_name = Some(decoder.str()?),
            label::BASE_TIME => base.base_time = Some(number::read(decoder)?),
            label::BASE_UNIT => base.base_unit = Some(decoder.str()?),
            label::BASE_VALUE => base.base_value = Some(number::read(decoder)?),
            label::NAME => record.name = Some(decoder.str()?),
            label::UNIT => record.unit = Some(decoder.str()?),
            label::TIME => record.time = Some(number::read(decoder)?),
            label::VALUE => record.value = Some(Value::Number(number::read(decoder)?)),
            label::TEXT => record.value = Some(Value::Text(decoder.str()?)),
            label::FLAG => record.value = Some(Value::Flag(decoder.bool()?)),
            label::DATA => record.value = Some(Value::Data(decoder.bytes()?)),
            _ => decoder.skip()?,
        }
        Ok(())
    }

    fn resolve(&self, mut record: Record<'d>) -> Result<Record<'d>, ReadError> {
        record.base_name = self.base.base_name;
        if !record.full_name().is_valid() {
            return Err(ReadError::Name);
        }
        record.unit = record.unit.or(self.base.base_unit);
        record.time = match (self.base.base_time, record.time) {
            (Some(base), time) => Some(base + time.unwrap_or_default()),
            (None, time) => time,
        };
        if let (Some(Value::Number(number)), Some(base)) = (&mut record.value, self.base.base_value) {
            *number += base;
        }
        Ok(record)
    }
}

#[cfg(test)]
mod tests {
    use super::{ReadError, records};
    use crate::record::{Record, Value};
    use crate::write::Pack;
    use std::string::ToString;
    use std::vec::Vec;

    /// The dump in RFC 8428 6.
    const EXAMPLE: [u8; 195] = [
        0x87, 0xa7, 0x21, 0x78, 0x1b, 0x75, 0x72, 0x6e, 0x3a, 0x64, 0x65, 0x76, 0x3a, 0x6f, 0x77, 0x3a, 0x31, 0x30,
        0x65, 0x32, 0x30, 0x37, 0x33, 0x61, 0x30, 0x31, 0x30, 0x38, 0x30, 0x30, 0x36, 0x3a, 0x22, 0xfb, 0x41, 0xd3,
        0x03, 0xa1, 0x5b, 0x00, 0x10, 0x62, 0x23, 0x61, 0x41, 0x20, 0x05, 0x00, 0x67, 0x76, 0x6f, 0x6c, 0x74, 0x61,
        0x67, 0x65, 0x01, 0x61, 0x56, 0x02, 0xfb, 0x40, 0x5e, 0x06, 0x66, 0x66, 0x66, 0x66, 0x66, 0xa3, 0x00, 0x67,
        0x63, 0x75, 0x72, 0x72, 0x65, 0x6e, 0x74, 0x06, 0x24, 0x02, 0xfb, 0x3f, 0xf3, 0x33, 0x33, 0x33, 0x33, 0x33,
        0x33, 0xa3, 0x00, 0x67, 0x63, 0x75, 0x72, 0x72, 0x65, 0x6e, 0x74, 0x06, 0x23, 0x02, 0xfb, 0x3f, 0xf4, 0xcc,
        0xcc, 0xcc, 0xcc, 0xcc, 0xcd, 0xa3, 0x00, 0x67, 0x63, 0x75, 0x72, 0x72, 0x65, 0x6e, 0x74, 0x06, 0x22, 0x02,
        0xfb, 0x3f, 0xf6, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0xa3, 0x00, 0x67, 0x63, 0x75, 0x72, 0x72, 0x65, 0x6e,
        0x74, 0x06, 0x21, 0x02, 0xf9, 0x3e, 0x00, 0xa3, 0x00, 0x67, 0x63, 0x75, 0x72, 0x72, 0x65, 0x6e, 0x74, 0x06,
        0x20, 0x02, 0xfb, 0x3f, 0xf9, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a, 0xa3, 0x00, 0x67, 0x63, 0x75, 0x72, 0x72,
        0x65, 0x6e, 0x74, 0x06, 0x00, 0x02, 0xfb, 0x3f, 0xfb, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33,
    ];
    const BASE: &str = "urn:dev:ow:10e2073a0108006:";
    const BEGAN: f64 = 1_276_020_076.001;

    #[test]
    fn the_example_of_the_rfc_is_read_otherwise() {
        let read: Vec<_> = records(&EXAMPLE).map(Result::unwrap).collect();
        let expected: Vec<_> = [("voltage", "V", 120.1, 0.0)]
            .into_iter()
            .chain((0..6).map(|k| ("current", "A", [1.2, 1.3, 1.4, 1.5, 1.6, 1.7][k], k as f64 - 5.0)))
            .map(|(name, unit, number, time)| Record {
                base_name: Some(BASE),
                time: Some(BEGAN + time),
                ..Record::value(name, unit, number)
            })
            .collect();
        assert_eq!(read, expected);
        assert_eq!(read[6].full_name().to_string(), "urn:dev:ow:10e2073a0108006:current");
        assert!(read[6].full_name() == *"urn:dev:ow:10e2073a0108006:current");
    }

    #[test]
    fn the_example_of_the_rfc_is_written_otherwise() {
        let mut out = [0; 256];
        let mut pack = Pack::new(&mut out, 7);
        let (base_name, base_time, base_unit) = (Some(BASE), Some(BEGAN), Some("A"));
        pack.record(&Record { base_name, base_time, base_unit, ..Record::value("voltage", "V", 120.1) });
        for (number, time) in [(1.2, -5.0), (1.3, -4.0), (1.4, -3.0), (1.5, -2.0), (1.6, -1.0), (1.7, 0.0)] {
            pack.record(&Record { time: Some(time), unit: None, ..Record::value("current", "", number) });
        }
        let len = pack.finish().unwrap();
        // The example says in two bytes that it is of version 5; and the order of a map's fields means nothing.
        assert_eq!(len, EXAMPLE.len() - 2);
        let ours: Vec<_> = records(&out[..len]).map(Result::unwrap).collect();
        let theirs: Vec<_> = records(&EXAMPLE).map(Result::unwrap).collect();
        assert_eq!(ours, theirs);
        // The record with the half float is there byte by byte, but for the order of its fields.
        let half = [0xa3, 0x00, 0x67, 0x63, 0x75, 0x72, 0x72, 0x65, 0x6e, 0x74, 0x06, 0x21, 0x02, 0xf9, 0x3e, 0x00];
        assert!(EXAMPLE.windows(half.len()).any(|bytes| bytes == half));
        assert!(out.windows(half.len()).any(|bytes| bytes == half), "{out:02x?}");
    }

    #[test]
    fn a_number_is_read_as_another_than_was_written_or_takes_more_bytes_than_it_must() {
        let numbers: [(f64, usize); 13] = [
            (0.0, 1),
            (23.0, 1),
            (-24.0, 1),
            (255.0, 2),
            (-1e9, 5),
            (9_007_199_254_740_992.0, 9),
            (21.5, 3),
            (-0.25, 3),
            (65_504.5, 5),
            (1e-5, 9),
            (16_777_216.5, 9),
            (1e300, 9),
            (f64::MIN_POSITIVE, 9),
        ];
        for (number, len) in numbers {
            let mut out = [0; 16];
            let record = Record { name: Some("n"), value: Some(Value::Number(number)), ..Record::EMPTY };
            let written = Pack::new(&mut out, 1).record(&record).finish().unwrap();
            // array, map, label and name, label
            assert_eq!(written - 6, len, "{number}");
            assert_eq!(records(&out[..written]).next(), Some(Ok(record)), "{number}");
        }
    }

    #[test]
    fn a_decimal_fraction_is_no_number() {
        // [{0: "n", 2: 4([-1, 215])}], [{0: "n", 2: 4([2, -3])}]
        let of = |fraction: &[u8]| [&[0x81, 0xa2, 0x00, 0x61, b'n', 0x02, 0xc4, 0x82][..], fraction].concat();
        for (fraction, number) in [(&[0x20, 0x18, 215][..], 21.5), (&[0x02, 0x22], -300.0)] {
            assert_eq!(records(&of(fraction)).next().unwrap().unwrap().value, Some(Value::Number(number)));
        }
        assert_eq!(records(&of(&[0x20])).next(), Some(Err(ReadError::Malformed)));
    }

    #[test]
    fn values_of_each_kind_come_back() {
        let values = [Value::Text("Kraut & Rüben"), Value::Flag(false), Value::Data(&[0, 255]), Value::Number(0.1)];
        let mut out = [0; 96];
        let mut pack = Pack::new(&mut out, 4);
        for value in values {
            pack.record(&Record { name: Some("x"), value: Some(value), ..Record::EMPTY });
        }
        let len = pack.finish().unwrap();
        let read: Vec<_> = records(&out[..len]).map(|record| record.unwrap().value.unwrap()).collect();
        assert_eq!(read, values);
    }

    #[test]
    fn what_must_not_be_taken_is_taken() {
        let cases: [(&[u8], ReadError); 9] = [
            (&[], ReadError::Malformed),
            (&[0xa0], ReadError::Malformed),
            (&[0x81], ReadError::Malformed),
            // [{-1: 11, 0: "n", 2: 1}]
            (&[0x81, 0xa3, 0x20, 0x0b, 0x00, 0x61, b'n', 0x02, 0x01], ReadError::Version),
            // [{"x_": 0, 0: "n", 2: 1}]
            (&[0x81, 0xa3, 0x62, b'x', b'_', 0x00, 0x00, 0x61, b'n', 0x02, 0x01], ReadError::Field),
            // [{2: 1}], [{0: "-", 2: 1}], [{0: "a b", 2: 1}]
            (&[0x81, 0xa1, 0x02, 0x01], ReadError::Name),
            (&[0x81, 0xa2, 0x00, 0x61, b'-', 0x02, 0x01], ReadError::Name),
            (&[0x81, 0xa2, 0x00, 0x63, b'a', b' ', b'b', 0x02, 0x01], ReadError::Name),
            // [{0: "n", 2: "1"}]
            (&[0x81, 0xa2, 0x00, 0x61, b'n', 0x02, 0x61, b'1'], ReadError::Malformed),
        ];
        for (bytes, error) in cases {
            let read: Vec<_> = records(bytes).collect();
            assert_eq!(read, [Err(error)], "{bytes:02x?}");
        }
        // A field that is not known and need not be is read over, as is a record without a value; a stream ends with a break.
        let stream = [0x9f, 0xa1, 0x24, 0x01, 0xbf, 0x61, b'x', 0x81, 0x00, 0x00, 0x61, b'n', 0x02, 0x02, 0xff, 0xff];
        let read: Vec<_> = records(&stream).collect();
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].unwrap().value, Some(Value::Number(3.0)));
    }

    #[test]
    fn a_pack_that_does_not_fit_or_is_not_whole_is_taken_for_one() {
        let record = Record::value("temp", "Cel", 21.5);
        let mut out = [0; 32];
        let whole = Pack::new(&mut out, 1).record(&record).finish().unwrap();
        for len in 0..whole {
            assert_eq!(Pack::new(&mut out[..len], 1).record(&record).finish(), None, "{len}");
        }
        assert_eq!(Pack::new(&mut out, 2).record(&record).finish(), None);
        assert_eq!(Pack::new(&mut out, 1).record(&record).record(&record).finish(), None);
        let not = Record { value: Some(Value::Number(f64::NAN)), ..record };
        assert_eq!(Pack::new(&mut out, 1).record(&not).finish(), None);
        // Nor is a pack that is cut off anywhere.
        let mut out = [0; 32];
        let whole = Pack::new(&mut out, 1).record(&record).finish().unwrap();
        for len in 0..whole {
            assert_eq!(records(&out[..len]).next(), Some(Err(ReadError::Malformed)), "{len}");
        }
    }
}
