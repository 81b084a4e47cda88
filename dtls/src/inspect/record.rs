//! The record header and the additional data (RFC 6347 4.1, RFC 9146 4 and 5).

use crate::wire::{ContentType, Raw, Writer, aad, header};

/// A record as it came, not opened.
#[derive(Debug, PartialEq, Eq)]
pub struct Record<'d> {
    /// The content type.
    pub content: u8,
    /// The version field.
    pub version: u16,
    /// Epoch (2 bytes) and sequence number (6 bytes).
    pub sequence: [u8; 8],
    /// Whether it carries another Connection ID than the one asked for; what is behind it in the datagram is not read then.
    pub foreign: bool,
    /// What is behind the header, as many bytes as that says.
    pub fragment: &'d mut [u8],
}

/// Takes one record off the front of `datagram`, which keeps the rest. `cid` is the Connection ID that a record of type tls12_cid must carry. `None`: what is
/// left is no record, and `datagram` is empty afterwards.
pub fn take_record<'d>(datagram: &mut &'d mut [u8], cid: &[u8]) -> Option<Record<'d>> {
    let Raw { content, version, sequence, foreign, fragment } = Raw::take(datagram, cid)?;
    Some(Record { content: content.0, version, sequence, foreign, fragment })
}

/// Writes the header of a DTLS 1.2 record whose fragment has `length` bytes, and returns how many bytes that are. `None`: `out` is too small.
pub fn record_header(out: &mut [u8], content: u8, sequence: &[u8; 8], cid: &[u8], length: usize) -> Option<usize> {
    let mut writer = Writer::new(out);
    header(&mut writer, ContentType(content), sequence, cid, length);
    writer.finish()
}

/// Writes the additional data of a record whose plaintext has `length` bytes, and returns how many bytes that are. `None`: `out` is too small.
pub fn additional_data(out: &mut [u8], content: u8, sequence: &[u8; 8], cid: &[u8], length: usize) -> Option<usize> {
    let mut writer = Writer::new(out);
    aad(&mut writer, ContentType(content), sequence, cid, length);
    writer.finish()
}
