//! Writes a message into a caller's buffer (RFC 7252 3). What does not fit, or is out of order, is told once, at the end.

use crate::code::Code;
use crate::message::Type;
use crate::option::OptionNumber;

/// A message on its way into a buffer: the header first, then options in ascending order, then the payload.
///
/// ```
/// use stint_coap::{Code, OptionNumber, Type, Writer};
/// let mut out = [0; 32];
/// let mut writer = Writer::new(&mut out, Type::Confirmable, Code::GET, 0x1234, &[7]);
/// writer.option(OptionNumber::URI_PATH, b"time");
/// let len = writer.finish().expect("32 bytes are enough");
/// assert_eq!(out[..len], [0x41, 0x01, 0x12, 0x34, 0x07, 0xb4, b't', b'i', b'm', b'e']);
/// ```
#[derive(Debug)]
pub struct Writer<'o> {
    out: &'o mut [u8],
    /// How many bytes were written, or [`FAILED`].
    at: usize,
    number: u16,
}

/// No slice goes on from here, so what failed once goes on failing.
const FAILED: usize = usize::MAX;

/// The longest value, and the longest token, that a length of four bits and two bytes can tell (RFC 7252 3.1, RFC 8974 2.1).
const LONGEST: usize = 65_804;

impl<'o> Writer<'o> {
    /// Begins a message. A token of more than 8 bytes is for peers that know RFC 8974; one of more than 65,804 fails it.
    #[must_use]
    pub fn new(out: &'o mut [u8], kind: Type, code: Code, id: u16, token: &[u8]) -> Self {
        let mut writer = Self::options(out);
        let [high, low] = id.to_be_bytes();
        if token.len() > LONGEST {
            writer.at = FAILED;
        }
        writer.put(&[0x40 | (kind as u8) << 4 | nibble(token.len()), code.0, high, low]);
        writer.extend(token.len());
        writer.put(token);
        writer
    }

    /// Begins a list of options without a message around it.
    pub(crate) fn options(out: &'o mut [u8]) -> Self {
        Self { out, at: 0, number: 0 }
    }

    /// Adds bytes as they are.
    #[inline(never)]
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        let room = self.out.get_mut(self.at..).and_then(|rest| rest.get_mut(..bytes.len()));
        self.at = match room {
            Some(room) => {
                room.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
                self.at.wrapping_add(bytes.len())
            }
            None => FAILED,
        };
    }

    /// Goes on with a list of options after one with the number `before`.
    pub(crate) fn after(out: &'o mut [u8], before: u16) -> Self {
        Self { out, at: 0, number: before }
    }

    /// Adds an option. Its number must not be below that of the option before (RFC 7252 3.1), nor its value longer than 65,804 bytes.
    pub fn option(&mut self, number: OptionNumber, value: &[u8]) {
        self.head(number, value.len());
        self.put(value);
    }

    /// Adds what stands before the value of an option.
    pub(crate) fn head(&mut self, number: OptionNumber, len: usize) {
        if number.0 < self.number || len > LONGEST {
            self.at = FAILED;
        }
        let delta = usize::from(number.0.wrapping_sub(self.number));
        self.number = number.0;
        self.put(&[nibble(delta) << 4 | nibble(len)]);
        self.extend(delta);
        self.extend(len);
    }

    /// Adds the bytes that extend a delta or a length.
    #[inline(never)]
    fn extend(&mut self, value: usize) {
        match value {
            0..=12 => {}
            13..=268 => self.put(&[value.wrapping_sub(13) as u8]),
            _ => self.put(&(value.wrapping_sub(269) as u16).to_be_bytes()),
        }
    }

    /// Adds an option whose value is a uint, in as few bytes as it takes (RFC 7252 3.2).
    pub fn uint(&mut self, number: OptionNumber, value: u32) {
        let bytes = value.to_be_bytes();
        let skip = (value.leading_zeros() >> 3) as usize;
        self.option(number, bytes.get(skip..).unwrap_or_default());
    }

    /// Adds the payload, if there is any (an empty one has no marker), and ends the message: its length in bytes, or `None` if something failed.
    #[must_use]
    pub fn payload(mut self, payload: &[u8]) -> Option<usize> {
        if !payload.is_empty() {
            self.put(&[0xff]);
            self.put(payload);
        }
        self.finish()
    }

    /// Ends the message: its length in bytes, or `None` if the buffer is too small, an option was out of order or too long, or the token too long.
    #[must_use]
    pub fn finish(self) -> Option<usize> {
        (self.at != FAILED).then_some(self.at)
    }

    /// Puts the payload marker and lends what is left of the buffer; with it, the length so far, marker included.
    pub(crate) fn open(mut self) -> Option<(usize, &'o mut [u8])> {
        self.put(&[0xff]);
        Some((self.at, self.out.get_mut(self.at..)?))
    }
}

/// How many bytes stand before the value of an option.
pub(crate) fn head_len(delta: u16, len: usize) -> usize {
    let more = |value: usize| match value {
        0..=12 => 0,
        13..=268 => 1,
        _ => 2,
    };
    more(delta.into()) + more(len) + 1
}

/// The four bits that stand for a delta or a length (RFC 7252 3.1).
fn nibble(value: usize) -> u8 {
    match value {
        0..=12 => value as u8,
        13..=268 => 13,
        _ => 14,
    }
}

#[cfg(test)]
mod tests {
    use super::Writer;
    use crate::code::Code;
    use crate::message::{Message, Type};
    use crate::option::OptionNumber;

    #[test]
    fn options_at_the_edges_of_their_encoding_come_back() {
        let mut out = std::vec![0; 70_000];
        for number in [0, 12, 13, 268, 269, 65_535] {
            for len in [0, 12, 13, 268, 269, 65_804] {
                let value = std::vec![0xa5; len];
                let mut writer = Writer::new(&mut out, Type::NonConfirmable, Code::POST, 9, b"token");
                writer.option(OptionNumber(number), &value);
                let written = writer.payload(b"p").unwrap();
                let message = Message::parse(&out[..written]).unwrap();
                assert_eq!(message.options().count(), 1);
                assert_eq!(message.option(OptionNumber(number)).unwrap().value, value);
                assert_eq!((message.token, message.payload), (&b"token"[..], &b"p"[..]));
            }
        }
    }

    #[test]
    fn a_buffer_short_by_any_number_of_bytes_fails_and_writes_nothing_past_it() {
        let write = |out: &mut [u8]| {
            let mut writer = Writer::new(out, Type::Confirmable, Code::PUT, 1, &[1, 2]);
            writer.uint(OptionNumber::CONTENT_FORMAT, 60);
            writer.option(OptionNumber(300), &[7; 20]);
            writer.payload(&[9; 10])
        };
        let mut whole = [0; 64];
        let len = write(&mut whole).unwrap();
        for short in 0..len {
            assert_eq!(write(&mut whole[..short]), None, "{short}");
        }
        assert_eq!(write(&mut whole[..len]), Some(len));
    }

    #[test]
    fn options_out_of_order_and_values_too_long_fail() {
        let mut out = std::vec![0; 70_000];
        let mut writer = Writer::new(&mut out, Type::Confirmable, Code::GET, 1, &[]);
        writer.uint(OptionNumber::ACCEPT, 0);
        writer.uint(OptionNumber::OBSERVE, 0);
        assert_eq!(writer.finish(), None);
        let mut writer = Writer::new(&mut out, Type::Confirmable, Code::GET, 1, &[]);
        writer.option(OptionNumber::URI_PATH, &std::vec![0; 65_805]);
        assert_eq!(writer.finish(), None);
        assert_eq!(Writer::new(&mut out, Type::Confirmable, Code::GET, 1, &[0; 65_805]).finish(), None);
    }

    #[test]
    fn tokens_at_the_edges_of_their_encoding_come_back() {
        let mut out = std::vec![0; 70_000];
        for (len, head) in [(0, 4), (8, 4), (12, 4), (13, 5), (268, 5), (269, 6), (65_804, 6)] {
            let token = std::vec![0xa5; len];
            let written = Writer::new(&mut out, Type::Confirmable, Code::GET, 1, &token).finish().unwrap();
            assert_eq!(written, head + len);
            assert_eq!(Message::parse(&out[..written]).unwrap().token, token);
        }
    }

    #[test]
    fn uints_take_as_few_bytes_as_they_can() {
        let mut out = [0; 16];
        for (value, len) in [(0, 0), (1, 1), (255, 1), (256, 2), (65_536, 3), (1 << 24, 4), (u32::MAX, 4)] {
            let mut writer = Writer::new(&mut out, Type::Confirmable, Code::GET, 1, &[]);
            writer.uint(OptionNumber::OBSERVE, value);
            assert_eq!(writer.finish(), Some(5 + len), "{value}");
        }
    }
}
