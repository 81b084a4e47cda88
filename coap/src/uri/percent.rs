//! Percent-encoding (RFC 3986 2.1), and the characters that need none (2.3, 2.2).

use crate::error::UriError;
use core::fmt;

/// The bytes that a part stands for. After a percent sign that stands alone the walk goes on behind it.
pub(super) fn decode(part: &str) -> impl Iterator<Item = Result<u8, UriError>> {
    let mut bytes = part.bytes();
    core::iter::from_fn(move || {
        let byte = bytes.next()?;
        if byte != b'%' {
            return Some(Ok(byte));
        }
        let mut ahead = bytes.clone();
        let mut digit = || ahead.next().and_then(|byte| char::from(byte).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else { return Some(Err(UriError::Percent)) };
        bytes = ahead;
        Some(Ok((high << 4 | low) as u8))
    })
}

/// Writes a byte as it is if it is in "unreserved" or "sub-delims", or one of `also` and not `but`; else encoded, in upper case
/// (RFC 7252 6.5).
pub(super) fn encode(out: &mut dyn fmt::Write, byte: u8, also: &[u8], but: Option<u8>) -> fmt::Result {
    if (is_plain(byte) || also.contains(&byte)) && Some(byte) != but {
        return out.write_char(char::from(byte));
    }
    out.write_char('%')?;
    for digit in [byte >> 4, byte & 15] {
        let zero = if digit < 10 { b'0' } else { b'A' - 10 };
        out.write_char(char::from(zero.wrapping_add(digit)))?;
    }
    Ok(())
}

/// True for "unreserved" and "sub-delims" (RFC 3986 2.3, 2.2).
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte)
}

/// True for a reg-name (RFC 3986 3.2.2) that is not empty; characters outside of ASCII, which have to be encoded there, are let through.
pub(super) fn is_host(name: &str) -> bool {
    let plain = |byte: u8| is_plain(byte) || byte == b'%' || !byte.is_ascii();
    !name.is_empty() && name.bytes().all(plain) && decode(name).all(|byte| byte.is_ok())
}
