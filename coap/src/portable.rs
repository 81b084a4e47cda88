//! The traits of crate `coap-message` (feature `coap-message`): for code that reads and writes requests and responses whatever CoAP library
//! there is.

use crate::code::Code;
use crate::error::FormatError;
use crate::message::{Message, Type};
use crate::option::{Opt, OptionNumber, Options};
use crate::writer::Writer;
use coap_message::error::RenderableOnMinimal;
use coap_message::{
    Code as AnyCode, MessageOption, MinimalWritableMessage, MutableWritableMessage, ReadableMessage, WithSortedOptions,
};
use core::convert::Infallible;
use core::fmt;

impl From<Code> for u8 {
    fn from(code: Code) -> Self {
        code.0
    }
}

impl From<u8> for Code {
    fn from(code: u8) -> Self {
        Self(code)
    }
}

impl AnyCode for Code {
    type Error = Infallible;

    fn new(code: u8) -> Result<Self, Infallible> {
        Ok(Self(code))
    }
}

impl From<OptionNumber> for u16 {
    fn from(number: OptionNumber) -> Self {
        number.0
    }
}

impl From<u16> for OptionNumber {
    fn from(number: u16) -> Self {
        Self(number)
    }
}

impl coap_message::OptionNumber for OptionNumber {
    type Error = Infallible;

    fn new(number: u16) -> Result<Self, Infallible> {
        Ok(Self(number))
    }
}

impl MessageOption for Opt<'_> {
    fn number(&self) -> u16 {
        self.number.0
    }

    fn value(&self) -> &[u8] {
        self.value
    }
}

impl<'d> ReadableMessage for Message<'d> {
    type Code = Code;
    type MessageOption<'a>
        = Opt<'d>
    where
        Self: 'a;
    type OptionsIter<'a>
        = Options<'d>
    where
        Self: 'a;

    fn code(&self) -> Code {
        self.code
    }

    fn options(&self) -> Options<'d> {
        Message::options(self)
    }

    fn payload(&self) -> &[u8] {
        self.payload
    }
}

impl WithSortedOptions for Message<'_> {}

/// A message that is written into a caller's buffer through the traits of `coap-message`: code, options in ascending order, payload.
///
/// ```
/// use coap_message::{MinimalWritableMessage, MutableWritableMessage};
/// use stint_coap::{Code, MessageBuffer, OptionNumber, Type};
/// let mut out = [0; 32];
/// let mut message = MessageBuffer::new(&mut out, Type::Acknowledgement, 0x1234, &[7]).expect("32 bytes are enough");
/// message.set_code(Code::CONTENT);
/// message.add_option_uint(OptionNumber::CONTENT_FORMAT, 50u16).unwrap();
/// message.payload_mut_with_len(20).unwrap()[..2].copy_from_slice(b"{}");
/// message.truncate(2).unwrap();
/// let len = message.finish();
/// assert_eq!(out[..len], [0x61, 0x45, 0x12, 0x34, 0x07, 0xc1, 50, 0xff, b'{', b'}']);
/// ```
#[derive(Debug)]
pub struct MessageBuffer<'o> {
    out: &'o mut [u8],
    /// Where the options begin.
    options: usize,
    /// Where they end.
    at: usize,
    number: u16,
    /// How many bytes of payload there are after the marker; if none, no marker either.
    payload: usize,
}

/// Why something was not added to a [`MessageBuffer`], which is as it was. Rendered as 5.00.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BufferError {
    /// It does not fit, or an option's value is longer than 65,804 bytes.
    Full,
    /// The number of the option is below that of the one before, or there is a payload already.
    Order,
    /// There is less payload than it was to be truncated to, or no more than it was to be mapped at.
    Payload,
}

impl fmt::Display for BufferError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BufferError::Full => "the message does not fit in the buffer",
            BufferError::Order => "an option is out of order",
            BufferError::Payload => "the payload is shorter than that",
        })
    }
}

impl core::error::Error for BufferError {}

impl From<Infallible> for BufferError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl RenderableOnMinimal for BufferError {
    type Error<IE: RenderableOnMinimal + fmt::Debug> = IE;

    fn render<M: MinimalWritableMessage>(self, message: &mut M) -> Result<(), M::UnionError> {
        message.set_code(M::Code::new(Code::INTERNAL_SERVER_ERROR.0).map_err(M::convert_code_error)?);
        Ok(())
    }
}

impl<'o> MessageBuffer<'o> {
    /// Begins a message; its code is 0.00 until it is set. `None`: header and token do not fit.
    #[must_use]
    pub fn new(out: &'o mut [u8], kind: Type, id: u16, token: &[u8]) -> Option<Self> {
        let at = Writer::new(&mut *out, kind, Code::EMPTY, id, token).finish()?;
        Some(Self { out, options: at, at, number: 0, payload: 0 })
    }

    /// Ends the message: its length in bytes.
    #[must_use]
    pub fn finish(&self) -> usize {
        let payload = if self.payload == 0 { 0 } else { self.payload.saturating_add(1) };
        self.at.saturating_add(payload)
    }

    /// The message so far.
    ///
    /// # Errors
    /// [`FormatError::NotEmpty`]: the code was not set, and there is something after it.
    pub fn message(&self) -> Result<Message<'_>, FormatError> {
        Message::parse(self.out.get(..self.finish()).unwrap_or_default())
    }

    /// Puts the marker before a payload of `len` bytes, and lends these.
    fn open(&mut self, len: usize) -> Result<&mut [u8], BufferError> {
        let rest = self.out.get_mut(self.at..).ok_or(BufferError::Full)?;
        if len == 0 {
            self.payload = 0;
            return Ok(&mut []);
        }
        let (marker, room) = rest.split_first_mut().ok_or(BufferError::Full)?;
        let room = room.get_mut(..len).ok_or(BufferError::Full)?;
        *marker = 0xff;
        self.payload = len;
        Ok(room)
    }
}

impl MinimalWritableMessage for MessageBuffer<'_> {
    type Code = Code;
    type OptionNumber = OptionNumber;
    type AddOptionError = BufferError;
    type SetPayloadError = BufferError;
    type UnionError = BufferError;

    fn set_code(&mut self, code: Code) {
        if let Some(byte) = self.out.get_mut(1) {
            *byte = code.0;
        }
    }

    fn add_option(&mut self, number: OptionNumber, value: &[u8]) -> Result<(), BufferError> {
        if self.payload != 0 || number.0 < self.number {
            return Err(BufferError::Order);
        }
        let mut writer = Writer::after(self.out.get_mut(self.at..).unwrap_or_default(), self.number);
        writer.option(number, value);
        let len = writer.finish().ok_or(BufferError::Full)?;
        self.at = self.at.saturating_add(len);
        self.number = number.0;
        Ok(())
    }

    fn set_payload(&mut self, data: &[u8]) -> Result<(), BufferError> {
        let room = self.open(data.len())?;
        room.iter_mut().zip(data).for_each(|(to, from)| *to = *from);
        Ok(())
    }

    #[inline]
    #[allow(refining_impl_trait_reachable)]
    fn promote_to_mutable_writable_message(&mut self) -> Option<&mut Self> {
        Some(self)
    }
}

impl MutableWritableMessage for MessageBuffer<'_> {
    fn available_space(&self) -> usize {
        self.out.len().saturating_sub(self.at)
    }

    fn payload_mut_with_len(&mut self, len: usize) -> Result<&mut [u8], BufferError> {
        match self.payload {
            0 => self.open(len.min(self.available_space().saturating_sub(1))),
            before if len > before => Err(BufferError::Payload),
            // it stays as long as it is: it is looked at, or changed in part
            _ => {
                let from = self.at.saturating_add(1);
                self.out.get_mut(from..).and_then(|rest| rest.get_mut(..len)).ok_or(BufferError::Payload)
            }
        }
    }

    fn truncate(&mut self, len: usize) -> Result<(), BufferError> {
        if len > self.payload {
            return Err(BufferError::Payload);
        }
        self.payload = len;
        Ok(())
    }

    fn mutate_options<F: FnMut(OptionNumber, &mut [u8])>(&mut self, mut callback: F) {
        let (mut at, mut number) = (self.options, 0u16);
        loop {
            let mut walk = Options::new(self.out.get(at..self.at).unwrap_or_default());
            // from here on: what it tells as the number is the delta
            let Some(opt) = walk.next() else { break };
            number = number.wrapping_add(opt.number.0);
            let end = self.at.saturating_sub(walk.rest().len());
            let start = end.saturating_sub(opt.value.len());
            let value = self.out.get_mut(..end).and_then(|out| out.get_mut(start..));
            callback(OptionNumber(number), value.unwrap_or_default());
            at = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BufferError, MessageBuffer};
    use crate::code::Code;
    use crate::message::{Message, Type};
    use crate::option::OptionNumber;
    use coap_message::error::RenderableOnMinimal;
    use coap_message::{
        Code as _, MessageOption, MinimalWritableMessage, MutableWritableMessage, OptionNumber as _, WithSortedOptions,
    };

    /// Knows nothing but the traits: answers a request with its path and the sum of its numbers, in JSON.
    fn answer<M: MutableWritableMessage>(
        request: &impl WithSortedOptions,
        response: &mut M,
    ) -> Result<(), M::UnionError> {
        let get: u8 = request.code().into();
        assert_eq!(get, 1);
        response.set_code(M::Code::new(0x45).map_err(M::convert_code_error)?);
        let number = |number| M::OptionNumber::new(number).map_err(M::convert_option_number_error);
        response.add_option(number(4)?, &[0; 4])?;
        response.add_option_uint(number(12)?, 50u16)?;
        let text: std::string::String = request
            .options()
            .filter(|opt| opt.number() == 11)
            .map(|opt| std::format!("/{}", opt.value_str().unwrap()))
            .collect();
        let sum: u32 = request.options().filter_map(|opt| opt.value_uint::<u32>()).sum();
        let text = std::format!("[{text:?},{sum}]");
        let len = response.available_space() - 1;
        let room = response.payload_mut_with_len(len)?;
        room[..text.len()].copy_from_slice(text.as_bytes());
        response.truncate(text.len())?;
        response.mutate_options(|number, value| {
            if number.into() == 4 {
                value.copy_from_slice(&text.as_bytes()[..4]);
            }
        });
        Ok(())
    }

    #[test]
    fn code_written_against_the_traits_alone_gets_another_request_or_sends_another_response() {
        let request = [0x41, 1, 0, 9, 7, 0xb1, b'a', 0x01, b'b', 0x61, 60];
        let (request, mut out) = (Message::parse(&request).unwrap(), [0; 64]);
        let mut response = MessageBuffer::new(&mut out, Type::Acknowledgement, request.id, request.token).unwrap();
        answer(&request, &mut response).unwrap();
        let len = response.finish();
        // 0x61 and 0x62 are numbers too
        assert_eq!(out[..len], *b"\x61\x45\x00\x09\x07\x44[\"/a\x81\x32\xff[\"/a/b\",255]");
    }

    #[test]
    fn what_fails_has_an_effect() {
        let mut out = [0; 16];
        assert!(MessageBuffer::new(&mut out[..3], Type::Confirmable, 1, &[]).is_none());
        let mut message = MessageBuffer::new(&mut out, Type::Confirmable, 1, &[]).unwrap();
        message.set_code(Code::PUT);
        message.add_option(OptionNumber(11), b"abc").unwrap();
        let before = message.finish();
        assert_eq!(message.add_option(OptionNumber(11), &[0; 8]), Err(BufferError::Full));
        assert_eq!(message.add_option(OptionNumber(10), &[]), Err(BufferError::Order));
        assert_eq!(message.set_payload(&[0; 8]), Err(BufferError::Full));
        assert_eq!(message.truncate(1), Err(BufferError::Payload));
        assert_eq!(message.finish(), before);
        message.set_payload(b"").unwrap();
        assert_eq!(message.finish(), before);
        message.set_payload(b"1234567").unwrap();
        assert_eq!(message.add_option(OptionNumber(11), &[]), Err(BufferError::Order));
        assert_eq!(message.payload_mut_with_len(8), Err(BufferError::Payload));
        assert_eq!(message.payload_mut_with_len(3).unwrap(), b"123");
        assert_eq!(message.message().unwrap().payload, b"1234567");
        message.truncate(0).unwrap();
        // what does not fit is mapped as far as it does (MutableWritableMessage::payload_mut_with_len)
        assert_eq!(message.payload_mut_with_len(100).unwrap().len(), 7);
        BufferError::Full.render(&mut message).unwrap();
        assert_eq!(message.message().unwrap().code, Code::INTERNAL_SERVER_ERROR);
    }

    #[test]
    fn a_copy_of_a_message_is_another() {
        let bytes = [0x41, 0x44, 0, 9, 7, 0x83, b'a', b'b', b'c', 0xd1, 3, 8, 0xe0, 1, 0, 0xff, 1, 2];
        let (original, mut out) = (Message::parse(&bytes).unwrap(), [0; 32]);
        let mut copy = MessageBuffer::new(&mut out, original.kind, original.id, original.token).unwrap();
        copy.set_from_message(&original).unwrap();
        let mut numbers = std::vec::Vec::new();
        copy.mutate_options(|number, value| numbers.push((number.0, value.to_vec())));
        let options: std::vec::Vec<_> = original.options().map(|opt| (opt.number.0, opt.value.to_vec())).collect();
        assert_eq!(numbers, options);
        let len = copy.finish();
        assert_eq!(out[..len], bytes);
    }
}
