//! The DER that SubjectPublicKeyInfo needs: taken apart, and put together.

/// The algorithm of an RSA key: rsaEncryption, NULL (RFC 3279 2.3.1).
pub(super) const RSA: [u8; 13] = *b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
/// The algorithm of a key on P-384: id-ecPublicKey, secp384r1 (RFC 5480 2.1.1).
pub(super) const P384: [u8; 16] = *b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22";

/// Takes an element of `tag` off the front, and gives its contents.
fn take<'a>(der: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    let (len, rest) = match **der {
        [found, 0x82, high, low, ref rest @ ..] if found == tag => (usize::from(u16::from_be_bytes([high, low])), rest),
        [found, 0x81, len, ref rest @ ..] if found == tag => (len.into(), rest),
        [found, len @ ..=0x7f, ref rest @ ..] if found == tag => (len.into(), rest),
        _ => return None,
    };
    let (contents, rest) = rest.split_at_checked(len)?;
    *der = rest;
    Some(contents)
}

/// The algorithm and the bits of a SubjectPublicKeyInfo.
pub(super) fn public_key(spki: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut inside = take(&mut { spki }, 0x30)?;
    let algorithm = take(&mut inside, 0x30)?;
    Some((algorithm, take(&mut inside, 0x03)?.strip_prefix(&[0])?))
}

fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let len = contents.len();
    let head = match len {
        ..0x80 => vec![tag, len as u8],
        0x80..0x100 => vec![tag, 0x81, len as u8],
        _ => [&[tag, 0x82][..], &u16::try_from(len).expect("a short element").to_be_bytes()].concat(),
    };
    [&head[..], contents].concat()
}

/// RSAPublicKey (RFC 8017 A.1.1) of a modulus and an exponent, big-endian, with any number of zeros in front.
pub(super) fn rsa_key(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let integer = |number: &[u8]| {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        let digits = number.get(zeros..).unwrap_or_default();
        // Its first bit is the sign.
        let sign: &[u8] = if digits.first().is_none_or(|first| *first >= 0x80) { &[0] } else { &[] };
        element(0x02, &[sign, digits].concat())
    };
    element(0x30, &[integer(modulus), integer(exponent)].concat())
}
