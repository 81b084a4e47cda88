//! ECDSA-Sig-Value (RFC 3279 2.2.3): the DER in which certificates and handshake messages carry an ECDSA signature.

use super::Signature;

/// The longest ECDSA-Sig-Value of a signature on P-256, in bytes.
pub const MAX_SIGNATURE_DER: usize = 72;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;

/// Writes `signature` as ECDSA-Sig-Value: SEQUENCE { r INTEGER, s INTEGER }. Returns how many bytes that takes: 8 to 72.
pub fn encode_signature(signature: &Signature, der: &mut [u8; MAX_SIGNATURE_DER]) -> usize {
    let (r, s) = signature.split_at(32);
    let (r, s) = (content(r), content(s));
    let body = 4 + r.1 + s.1;
    let mut room = der.iter_mut();
    let mut put = |byte: u8| {
        if let Some(to) = room.next() {
            *to = byte;
        }
    };
    put(SEQUENCE);
    put(body as u8);
    for (value, len) in [r, s] {
        put(INTEGER);
        put(len as u8);
        if len > value.len() {
            put(0);
        }
        value.iter().for_each(|byte| put(*byte));
    }
    2 + body
}

/// Takes an ECDSA-Sig-Value apart into `r` and `s`, big-endian, of as many bytes as the order of the curve has.
///
/// False: it is not the DER of two non-negative integers that fit (X.690 8.3, 10.1: one encoding alone), or something follows.
#[must_use]
pub fn decode_signature(der: &[u8], r: &mut [u8], s: &mut [u8]) -> bool {
    // Of no curve here has the body 128 bytes: its length is one byte (X.690 8.1.3.4).
    let [SEQUENCE, len @ ..0x80, body @ ..] = der else {
        return false;
    };
    usize::from(*len) == body.len()
        && integer(body, r).and_then(|rest| integer(rest, s)).is_some_and(|rest| rest.is_empty())
}

/// The bytes of a non-negative integer without leading zeros, and how many it has as an INTEGER: one more, where the first would make it negative.
fn content(value: &[u8]) -> (&[u8], usize) {
    let mut value = value;
    while let [0, rest @ ..] = value
        && !rest.is_empty()
    {
        value = rest;
    }
    let negative = value.first().is_some_and(|byte| byte & 0x80 != 0);
    (value, value.len() + usize::from(negative))
}

/// Takes an INTEGER off the front of `der`, and fills `out` with it. What comes behind it.
fn integer<'a>(der: &'a [u8], out: &mut [u8]) -> Option<&'a [u8]> {
    let [INTEGER, len @ ..0x80, rest @ ..] = der else {
        return None;
    };
    let (value, rest) = rest.split_at_checked(usize::from(*len))?;
    let value = match value {
        [] | [0, (..0x80), ..] | [(0x80..=0xff), ..] => return None,
        [0, value @ ..] if !value.is_empty() => value,
        value => value,
    };
    let (zeros, place) = out.split_at_mut_checked(out.len().checked_sub(value.len())?)?;
    zeros.fill(0);
    place.iter_mut().zip(value).for_each(|(to, from)| *to = *from);
    Some(rest)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    fn decoded(der: &[u8]) -> Option<Signature> {
        let mut signature = [0xee; 64];
        let (r, s) = signature.split_at_mut(32);
        decode_signature(der, r, s).then_some(signature)
    }

    fn number(at: usize, byte: u8) -> [u8; 32] {
        core::array::from_fn(|place| if place < at { 0 } else { byte })
    }

    #[test]
    fn integers_of_every_length_come_back_and_are_minimal() {
        for r_at in 0..=32 {
            for s_at in 0..=32 {
                for byte in [0x01, 0x7f, 0x80, 0xff] {
                    let signature: Signature =
                        [number(r_at, byte), number(s_at, byte)].concat().try_into().expect("64 bytes");
                    let mut der = [0; MAX_SIGNATURE_DER];
                    let len = encode_signature(&signature, &mut der);
                    let bytes = |at: usize| (32 - at).max(1) + usize::from(at < 32 && byte >= 0x80);
                    assert_eq!(len, 6 + bytes(r_at) + bytes(s_at), "{r_at} {s_at} {byte}");
                    assert_eq!(decoded(&der[..len]), Some(signature), "{r_at} {s_at} {byte}");
                }
            }
        }
    }

    #[test]
    fn every_other_encoding_is_refused() {
        let good = [0x30, 6, 2, 1, 5, 2, 1, 7];
        assert!(decoded(&good).is_some());
        let bad: [&[u8]; 12] = [
            &[],
            &[0x30],
            &[0x31, 6, 2, 1, 5, 2, 1, 7],
            &[0x30, 0x81, 6, 2, 1, 5, 2, 1, 7],
            &[0x30, 0x80, 2, 1, 5, 2, 1, 7, 0, 0],
            &[0x30, 6, 2, 1, 5, 2, 1, 7, 0],
            &[0x30, 7, 2, 1, 5, 2, 1, 7, 0],
            &[0x30, 7, 2, 2, 0, 5, 2, 1, 7],
            &[0x30, 6, 2, 1, 0x85, 2, 1, 7],
            &[0x30, 5, 2, 0, 2, 1, 7],
            &[0x30, 6, 3, 1, 5, 2, 1, 7],
            &[0x30, 7, 2, 0x81, 1, 5, 2, 1, 7],
        ];
        for der in bad {
            assert_eq!(decoded(der), None, "{der:02x?}");
        }
        for cut in 0..good.len() {
            assert_eq!(decoded(&good[..cut]), None, "cut at {cut}");
        }
        // 33 bytes that are no leading zero do not fit.
        let long: Vec<u8> = [&[0x30, 38, 2, 33, 1][..], &[0; 32], &[2, 1, 7]].concat();
        assert_eq!(decoded(&long), None);
    }
}
