//! The record header (RFC 6347 4.1, RFC 9146 4) and the additional data of its protection.

use super::{ContentType, DTLS_1_2, Reader, Writer};

/// Bytes of a record header without a Connection ID.
pub(crate) const HEADER: usize = 13;

/// The longest fragment of a record (RFC 5246 6.2.3: 2^14 + 2048).
pub(crate) const MAX_FRAGMENT: usize = 0x4800;

/// A record as it came: its header read, its fragment not yet opened.
pub(crate) struct Raw<'d> {
    pub(crate) content: ContentType,
    pub(crate) version: u16,
    /// Epoch (16 bits) and sequence number (48 bits), as the nonce and the additional data use them.
    pub(crate) sequence: [u8; 8],
    /// Whether it carries another Connection ID than ours.
    pub(crate) foreign: bool,
    pub(crate) fragment: &'d mut [u8],
}

impl<'d> Raw<'d> {
    /// Takes one record off the front of `datagram`. `None`: what is left is no record, and is dropped.
    pub(crate) fn take(datagram: &mut &'d mut [u8], cid: &[u8]) -> Option<Self> {
        let whole = core::mem::take(datagram);
        let cid = if whole.first() == Some(&ContentType::TLS12_CID.0) { cid } else { &[] };
        let (header, rest) = whole.split_at_mut_checked(HEADER.checked_add(cid.len())?)?;
        let mut reader = Reader::new(header);
        let content = ContentType(reader.u8()?);
        let version = reader.u16()?;
        let sequence = *reader.array::<8>()?;
        let theirs = reader.take(cid.len())?;
        let length = usize::from(reader.u16()?);
        let (fragment, rest) = rest.split_at_mut_checked(length)?;
        if length > MAX_FRAGMENT {
            return None;
        }
        let foreign = theirs != cid;
        // With a Connection ID of another length, this one's length was read at the wrong place: nothing behind it can be trusted.
        if !foreign {
            *datagram = rest;
        }
        Some(Self { content, version, sequence, foreign, fragment })
    }

    pub(crate) fn epoch(&self) -> u16 {
        (u64::from_be_bytes(self.sequence) >> 48) as u16
    }
}

/// Writes the header of a record with `length` bytes of fragment.
pub(crate) fn header(out: &mut Writer<'_>, content: ContentType, sequence: &[u8; 8], cid: &[u8], length: usize) {
    out.put(&[content.0]);
    out.u16(DTLS_1_2);
    out.put(sequence);
    out.put(cid);
    out.u16(length as u16);
}

/// The additional data of a record of `length` bytes of plaintext: 13 bytes (RFC 5246 6.2.3.3), or 23 + the Connection ID's
/// length for tls12_cid (RFC 9146 5).
pub(crate) fn aad(out: &mut Writer<'_>, content: ContentType, sequence: &[u8; 8], cid: &[u8], length: usize) {
    if content == ContentType::TLS12_CID {
        out.put(&[0xff; 8]);
        out.put(&[content.0, cid.len() as u8]);
        header(out, content, sequence, cid, length);
    } else {
        out.put(sequence);
        out.put(&[content.0]);
        out.u16(DTLS_1_2);
        out.u16(length as u16);
    }
}
