//! Keys and certificates of the measured images: bytes that the lab loads into memory beside the image, as a product has them in flash. They are nobody's code,
//! and are not counted.
//!
//! Each part is two bytes of length (big-endian) and as many bytes; they stand in the order of [`Part`].

/// Where they lie: in the MPS2's first memory, above all that the images take.
const AT: *const u8 = 0x003f_0000 as *const u8;

/// What is loaded.
#[derive(Clone, Copy)]
#[repr(u8)]
pub enum Part {
    /// Our private key: 32 bytes.
    Key,
    /// Our certificate, in DER.
    Certificate,
    /// Our public key: DER of SubjectPublicKeyInfo.
    PublicKey,
    /// The trust anchor's certificate, in DER.
    Anchor,
    /// The server's public key: DER of SubjectPublicKeyInfo.
    Server,
    /// The server's DNS name.
    Name,
    /// The time: seconds since 1970, 8 bytes.
    Time,
}

/// A part.
pub fn part(wanted: Part) -> &'static [u8] {
    let mut at = AT;
    let mut left = wanted as u8;
    loop {
        // SAFETY: the lab loads all parts before it starts the image, and nothing writes there.
        let (bytes, next) = unsafe {
            let len = usize::from(u16::from_be_bytes([at.read_volatile(), at.add(1).read_volatile()]));
            (core::slice::from_raw_parts(at.add(2), len), at.add(2 + len))
        };
        let Some(fewer) = left.checked_sub(1) else { return bytes };
        (at, left) = (next, fewer);
    }
}
