//! Handshake messages and their fragments (RFC 6347 4.2.2).

use super::{HandshakeType, Reader};

/// Bytes of a handshake header.
pub(crate) const HEADER: usize = 12;

/// A handshake header, as it is written: msg_type, length, message_seq, fragment_offset, fragment_length.
pub(crate) struct Header {
    pub(crate) kind: HandshakeType,
    pub(crate) length: usize,
    pub(crate) message_seq: u16,
    pub(crate) offset: usize,
    pub(crate) fragment: usize,
}

impl Header {
    /// The header of a whole message: the form in which messages are hashed (RFC 6347 4.2.6).
    pub(crate) fn whole(kind: HandshakeType, length: usize, message_seq: u16) -> Self {
        Self { kind, length, message_seq, offset: 0, fragment: length }
    }

    pub(crate) fn bytes(&self) -> [u8; HEADER] {
        // Fields of 8, 24, 16, 24 and 24 bits are three words: one store each.
        let [length, offset, fragment] = [self.length, self.offset, self.fragment].map(|len| len as u32);
        let words = [
            u32::from(self.kind.0) << 24 | length,
            u32::from(self.message_seq) << 16 | offset >> 8,
            offset << 24 | fragment,
        ];
        let mut bytes = [0; HEADER];
        for (to, word) in bytes.as_chunks_mut().0.iter_mut().zip(words) {
            *to = word.to_be_bytes();
        }
        bytes
    }
}

/// A fragment of a handshake message, as it came; `offset + data.len() <= length` holds.
#[derive(Clone, Copy)]
pub(crate) struct Fragment<'a> {
    pub(crate) kind: HandshakeType,
    pub(crate) length: usize,
    pub(crate) message_seq: u16,
    pub(crate) offset: usize,
    pub(crate) data: &'a [u8],
}

impl<'a> Fragment<'a> {
    pub(crate) fn read(reader: &mut Reader<'a>) -> Option<Self> {
        let kind = HandshakeType(reader.u8()?);
        let length = reader.u24()? as usize;
        let message_seq = reader.u16()?;
        let offset = reader.u24()? as usize;
        let data = reader.vector(3)?;
        // No overflow: both are of 24 bits.
        (offset + data.len() <= length).then_some(Self { kind, length, message_seq, offset, data })
    }

    /// Whether the fragment reaches the end of its message.
    pub(crate) fn is_last(&self) -> bool {
        self.offset + self.data.len() == self.length
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.data.len() == self.length
    }
}

/// The verify_data of a Finished message: 12 bytes for every suite here (RFC 5246 7.4.9).
pub(crate) fn finish_body(body: &[u8]) -> Option<&[u8; 12]> {
    body.try_into().ok()
}

/// The identity hint of a PSK ServerKeyExchange (RFC 4279 2).
pub(crate) fn server_key_exchange_hint(body: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(body);
    let hint = reader.vector(2)?;
    reader.finish()?;
    Some(hint)
}

/// The ticket of a NewSessionTicket (RFC 5077 3.3).
pub(crate) fn session_ticket(body: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(body);
    // ticket_lifetime_hint: a hint to those who have a clock.
    reader.array::<4>()?;
    let ticket = reader.vector(2)?;
    reader.finish()?;
    Some(ticket)
}
