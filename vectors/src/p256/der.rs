//! Writing ECDSA-Sig-Value, also of numbers that no signature has.

/// The DER of ECDSA-Sig-Value (RFC 3279 2.2.3) of two numbers, big-endian, of any length up to 60 bytes.
///
/// # Panics
/// They are longer.
#[must_use]
pub fn signature_value(r: &[u8], s: &[u8]) -> Vec<u8> {
    let body = [integer(r), integer(s)].concat();
    assert!(body.len() < 0x80, "the length of the SEQUENCE is one byte");
    [vec![0x30, body.len() as u8], body].concat()
}

fn integer(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let digits = number.get(zeros..).unwrap_or_default();
    // Its first bit is the sign.
    let zero: &[u8] = if digits.first().is_none_or(|first| *first >= 0x80) { &[0] } else { &[] };
    [&[0x02, (zero.len() + digits.len()) as u8], zero, digits].concat()
}
