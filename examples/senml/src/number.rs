//! Numbers: an integer, the shortest float that loses nothing, or a decimal fraction (RFC 8949 3.4.4, only read).

use minicbor::data::{Tag, Type};
use minicbor::decode::{self, Decoder};
use minicbor::encode::{Encoder, Error, Write};

/// Writes a number so that it is read as the same `f64` (RFC 8428 6). The negative zero becomes the other one.
pub(crate) fn write<W: Write>(encoder: &mut Encoder<W>, number: f64) -> Result<(), Error<W::Error>> {
    // Of an f64 every integer up to 2^53 is exact.
    let integer = number as i64;
    let small = integer.unsigned_abs() <= 1 << 53;
    let narrow = number as f32;
    if small && integer as f64 == number {
        encoder.i64(integer)?;
    } else if f64::from(narrow) != number {
        encoder.f64(number)?;
    } else if is_half(narrow) {
        encoder.f16(narrow)?;
    } else {
        encoder.f32(narrow)?;
    }
    Ok(())
}

/// Whether a float of 16 bits holds this one: 10 bits of its mantissa are enough, and its exponent is within that of normal numbers.
fn is_half(number: f32) -> bool {
    let bits = number.to_bits();
    let exponent = bits >> 23 & 0xff;
    bits & 0x1fff == 0 && (127 - 14..=127 + 15).contains(&exponent)
}

/// Reads a number of any kind.
pub(crate) fn read(decoder: &mut Decoder<'_>) -> Result<f64, decode::Error> {
    Ok(match decoder.datatype()? {
        Type::F16 => decoder.f16()?.into(),
        Type::F32 => decoder.f32()?.into(),
        Type::F64 => decoder.f64()?,
        Type::Tag => decimal(decoder)?,
        _ => i128::from(decoder.int()?) as f64,
    })
}

/// A decimal fraction: its tag, and an array of exponent and mantissa.
fn decimal(decoder: &mut Decoder<'_>) -> Result<f64, decode::Error> {
    if decoder.tag()? != Tag::new(4) || decoder.array()? != Some(2) {
        return Err(decode::Error::message("no number"));
    }
    let exponent = decoder.i16()?;
    let mut number = i128::from(decoder.int()?) as f64;
    // So much takes any mantissa beyond what an f64 holds, or to nothing.
    let mut scale = 1.0;
    for _ in 0..exponent.unsigned_abs().min(400) {
        scale *= 10.0;
    }
    // One rounding for exponents up to 22, whose powers of ten are exact.
    if exponent < 0 {
        number /= scale
    } else {
        number *= scale
    }
    Ok(number)
}
