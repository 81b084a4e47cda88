//! A message as a view of its bytes (RFC 7252 3). A `Message` that exists is well formed, so its options need no error.

use crate::code::Code;
use crate::error::FormatError;
use crate::option::{Opt, OptionNumber, Options};

/// What a message asks of the message layer (RFC 7252 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Type {
    /// To be acknowledged.
    Confirmable = 0,
    /// Not to be acknowledged.
    NonConfirmable = 1,
    /// Acknowledges a Confirmable message, and may carry its response.
    Acknowledgement = 2,
    /// Says that a message came for which there is no context.
    Reset = 3,
}

impl Type {
    const fn from_bits(bits: u8) -> Self {
        match bits & 3 {
            0 => Type::Confirmable,
            1 => Type::NonConfirmable,
            2 => Type::Acknowledgement,
            _ => Type::Reset,
        }
    }
}

/// A well-formed message, borrowed from the datagram that it came in.
#[derive(Clone, Copy, Debug)]
pub struct Message<'d> {
    /// The type.
    pub kind: Type,
    /// The method or response code.
    pub code: Code,
    /// The Message ID.
    pub id: u16,
    /// The token: 0 to 8 bytes (RFC 7252 3), or up to 65,804 (RFC 8974 2.1) from a peer that has a use for them.
    pub token: &'d [u8],
    /// The bytes after the payload marker; empty if there is none.
    pub payload: &'d [u8],
    pub(crate) options: &'d [u8],
}

impl<'d> Message<'d> {
    /// Reads a message, which takes up all of `bytes`.
    ///
    /// # Errors
    /// What is wrong with it (RFC 7252 3, 4.1, RFC 8974 2.1). [`Message::header`] tells whether it is still to be answered with a Reset.
    ///
    /// ```
    /// use stint_coap::{Code, Message, OptionNumber};
    /// let message = Message::parse(&[0x41, 0x01, 0x12, 0x34, 0x07, 0xb4, b't', b'i', b'm', b'e'])?;
    /// assert_eq!(message.code, Code::GET);
    /// assert_eq!(message.option(OptionNumber::URI_PATH).unwrap().value, b"time");
    /// # Ok::<(), stint_coap::FormatError>(())
    /// ```
    pub fn parse(bytes: &'d [u8]) -> Result<Self, FormatError> {
        let (kind, code, id) = Self::header(bytes)?;
        let token_len = bytes.first().copied().unwrap_or_default() & 15;
        if token_len == 15 {
            return Err(FormatError::TokenLength);
        }
        let rest = bytes.get(4..).unwrap_or_default();
        if code == Code::EMPTY && (token_len != 0 || !rest.is_empty()) {
            return Err(FormatError::NotEmpty);
        }
        let mut walk = Options::new(rest);
        let token = walk.token(token_len.into());
        let options = walk.rest();
        while walk.next().is_some() {}
        let payload = match walk.end()?.split_first() {
            None => &[][..],
            Some((_, [])) => return Err(FormatError::EmptyPayload),
            Some((_, payload)) => payload,
        };
        Ok(Self { kind, code, id, token, payload, options })
    }

    /// Type, code and Message ID alone: what a Reset needs for a message that is otherwise malformed (RFC 7252 4.2).
    ///
    /// # Errors
    /// Fewer than four bytes, or a version that is not 1, which must be ignored in silence (RFC 7252 3).
    pub fn header(bytes: &[u8]) -> Result<(Type, Code, u16), FormatError> {
        let Some(&[first, code, high, low]) = bytes.first_chunk() else { return Err(FormatError::Truncated) };
        if first >> 6 != 1 {
            return Err(FormatError::Version);
        }
        Ok((Type::from_bits(first >> 4), Code(code), u16::from_be_bytes([high, low])))
    }

    /// The options, in the order of their numbers; unknown ones too.
    #[must_use]
    pub const fn options(&self) -> Options<'d> {
        Options::new(self.options)
    }

    /// The first option with this number.
    #[must_use]
    pub fn option(&self, number: OptionNumber) -> Option<Opt<'d>> {
        self.options().find(|opt| opt.number == number)
    }
}

#[cfg(test)]
mod tests {
    use super::{Message, Type};
    use crate::code::Code;
    use crate::error::FormatError;

    #[test]
    fn every_cut_of_a_message_is_an_error_or_a_shorter_message() {
        let whole = [0x44, 0x45, 0xab, 0xcd, 1, 2, 3, 4, 0x61, 5, 0xd1, 4, 9, 0xff, 7, 8];
        for len in 0..whole.len() {
            match Message::parse(&whole[..len]) {
                Ok(message) => assert!([8, 10, 13, 15].contains(&len), "{len} {message:?}"),
                Err(FormatError::EmptyPayload) => assert_eq!(len, 14),
                Err(error) => assert_eq!(error, FormatError::Truncated, "{len}"),
            }
        }
        let message = Message::parse(&whole).unwrap();
        assert_eq!((message.kind, message.code, message.id), (Type::Confirmable, Code::CONTENT, 0xabcd));
        assert_eq!((message.token, message.payload), (&[1, 2, 3, 4][..], &[7, 8][..]));
        let numbers: std::vec::Vec<u16> = message.options().map(|opt| opt.number.0).collect();
        assert_eq!(numbers, [6, 23]);
    }

    #[test]
    fn a_token_length_of_15_is_a_format_error_at_any_size() {
        let bytes = [0x4f, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        for len in 4..=bytes.len() {
            assert_eq!(Message::parse(&bytes[..len]).unwrap_err(), FormatError::TokenLength);
        }
    }

    #[test]
    fn extended_tokens_are_read_whole_and_the_options_after_them_too() {
        for (first, extension, len) in [
            (0x49, &[][..], 9),
            (0x4c, &[], 12),
            (0x4d, &[0], 13),
            (0x4d, &[255], 268),
            (0x4e, &[0, 0], 269),
            (0x4e, &[255, 255], 65_804),
        ] {
            let token = std::vec![7; len];
            let head = [&[first, 1, 0, 9], extension].concat();
            let bytes = [&head, &token[..], &[0xb1, b'a', 0xff, 8]].concat();
            let message = Message::parse(&bytes).unwrap();
            assert_eq!((message.token, message.payload), (&token[..], &[8][..]));
            assert_eq!(message.option(crate::OptionNumber::URI_PATH).unwrap().value, b"a");
            for cut in 4..head.len() + len {
                assert_eq!(Message::parse(&bytes[..cut]).unwrap_err(), FormatError::Truncated, "{len} {cut}");
            }
        }
    }

    #[test]
    fn an_empty_message_with_anything_in_it_is_a_format_error() {
        assert!(Message::parse(&[0x60, 0, 0, 1]).is_ok());
        assert_eq!(Message::parse(&[0x60, 0, 0, 1, 0xff]).unwrap_err(), FormatError::NotEmpty);
        assert_eq!(Message::parse(&[0x61, 0, 0, 1, 9]).unwrap_err(), FormatError::NotEmpty);
        assert_eq!(Message::parse(&[0x61, 0, 0, 1]).unwrap_err(), FormatError::NotEmpty);
    }

    #[test]
    fn another_version_is_told_apart() {
        for first in [0x00, 0x80, 0xc0] {
            assert_eq!(Message::parse(&[first, 1, 0, 1]).unwrap_err(), FormatError::Version);
        }
    }
}
