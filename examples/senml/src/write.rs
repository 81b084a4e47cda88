//! A pack being written.

use crate::number;
use crate::record::{Record, Value};
use minicbor::encode::write::Cursor;
use minicbor::encode::{Encoder, Error, Write};

/// A pack in a lent buffer: an array of as many records as were announced.
#[derive(Debug)]
pub struct Pack<'o> {
    encoder: Encoder<Cursor<&'o mut [u8]>>,
    left: u16,
    failed: bool,
}

impl<'o> Pack<'o> {
    /// Begins a pack of `count` records: the array is of definite length, as one that is no stream must be (RFC 8428 6).
    #[must_use]
    pub fn new(out: &'o mut [u8], count: u16) -> Self {
        let mut encoder = Encoder::new(Cursor::new(out));
        let failed = encoder.array(count.into()).is_err();
        Self { encoder, left: count, failed }
    }

    /// Writes the next record. What does not fit, a number that is not finite, and one record too many are told at the [end](Self::finish).
    pub fn record(&mut self, record: &Record<'_>) -> &mut Self {
        self.failed |= self.left == 0 || !is_finite(record) || write(&mut self.encoder, record).is_err();
        self.left = self.left.saturating_sub(1);
        self
    }

    /// Ends the pack: its length in bytes. `None`: something did not fit, or was wrong, or records are missing.
    #[must_use]
    pub fn finish(&self) -> Option<usize> {
        (!self.failed && self.left == 0).then(|| self.encoder.writer().position())
    }
}

/// Labels of Table 4.
pub(crate) mod label {
    pub(crate) const BASE_VERSION: i64 = -1;
    pub(crate) const BASE_NAME: i64 = -2;
    pub(crate) const BASE_TIME: i64 = -3;
    pub(crate) const BASE_UNIT: i64 = -4;
    pub(crate) const BASE_VALUE: i64 = -5;
    pub(crate) const NAME: i64 = 0;
    pub(crate) const UNIT: i64 = 1;
    pub(crate) const VALUE: i64 = 2;
    pub(crate) const TEXT: i64 = 3;
    pub(crate) const FLAG: i64 = 4;
    pub(crate) const TIME: i64 = 6;
    pub(crate) const DATA: i64 = 8;
}

/// RFC 8428 4.2 has no words for other numbers.
fn is_finite(record: &Record<'_>) -> bool {
    let number = if let Some(Value::Number(number)) = record.value { Some(number) } else { None };
    [record.base_time, record.base_value, record.time, number].iter().flatten().all(|number| number.is_finite())
}

fn write<W: Write>(encoder: &mut Encoder<W>, record: &Record<'_>) -> Result<(), Error<W::Error>> {
    let texts = [
        (label::BASE_NAME, record.base_name),
        (label::BASE_UNIT, record.base_unit),
        (label::NAME, record.name),
        (label::UNIT, record.unit),
    ];
    let numbers =
        [(label::BASE_TIME, record.base_time), (label::BASE_VALUE, record.base_value), (label::TIME, record.time)];
    let fields = texts.iter().filter(|field| field.1.is_some()).count()
        + numbers.iter().filter(|field| field.1.is_some()).count()
        + usize::from(record.value.is_some());
    encoder.map(fields as u64)?;
    for (label, text) in texts {
        if let Some(text) = text {
            encoder.i64(label)?.str(text)?;
        }
    }
    for (label, number) in numbers {
        if let Some(number) = number {
            encoder.i64(label)?;
            number::write(encoder, number)?;
        }
    }
    match record.value {
        Some(Value::Number(number)) => {
            encoder.i64(label::VALUE)?;
            number::write(encoder, number)?;
        }
        Some(Value::Text(text)) => drop(encoder.i64(label::TEXT)?.str(text)?),
        Some(Value::Flag(flag)) => drop(encoder.i64(label::FLAG)?.bool(flag)?),
        Some(Value::Data(data)) => drop(encoder.i64(label::DATA)?.bytes(data)?),
        None => {}
    }
    Ok(())
}
