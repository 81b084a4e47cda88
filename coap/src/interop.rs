//! Messages to and from `coap_lite::Packet` (feature `coap-lite`, which needs a global allocator): for code that speaks that crate's
//! types, on hosts and in tests.

extern crate alloc;

use crate::error::FormatError;
use crate::message::{Message, Type};
use crate::option::OptionNumber;
use crate::writer::Writer;
use coap_lite::{CoapOption, MessageClass, MessageType, Packet};

impl TryFrom<&Message<'_>> for Packet {
    type Error = FormatError;

    /// Fails for a token of more than 8 bytes (RFC 8974), which a packet cannot carry.
    fn try_from(message: &Message<'_>) -> Result<Self, FormatError> {
        if message.token.len() > 8 {
            return Err(FormatError::TokenLength);
        }
        let mut packet = Packet::new();
        packet.header.set_version(1);
        packet.header.set_type(match message.kind {
            Type::Confirmable => MessageType::Confirmable,
            Type::NonConfirmable => MessageType::NonConfirmable,
            Type::Acknowledgement => MessageType::Acknowledgement,
            Type::Reset => MessageType::Reset,
        });
        packet.header.code = MessageClass::from(message.code.0);
        packet.header.message_id = message.id;
        packet.set_token(message.token.to_vec());
        for opt in message.options() {
            packet.add_option(CoapOption::from(opt.number.0), opt.value.to_vec());
        }
        packet.payload = message.payload.to_vec();
        Ok(packet)
    }
}

impl<'o> Message<'o> {
    /// Writes a packet into `out` and reads it back as a message. `None`: it does not fit, or has a token or an option of more than
    /// 65,804 bytes.
    ///
    /// # Errors
    /// It is no message (RFC 7252 4.1): an Empty one with a token, options or payload.
    pub fn from_packet(packet: &Packet, out: &'o mut [u8]) -> Result<Option<Self>, FormatError> {
        let kind = match packet.header.get_type() {
            MessageType::Confirmable => Type::Confirmable,
            MessageType::NonConfirmable => Type::NonConfirmable,
            MessageType::Acknowledgement => Type::Acknowledgement,
            MessageType::Reset => Type::Reset,
        };
        let code = crate::Code(packet.header.code.into());
        let mut writer = Writer::new(out, kind, code, packet.header.message_id, packet.get_token());
        for (number, values) in packet.options() {
            values.iter().for_each(|value| writer.option(OptionNumber(*number), value));
        }
        let Some(len) = writer.payload(&packet.payload) else { return Ok(None) };
        Message::parse(out.get(..len).unwrap_or_default()).map(Some)
    }
}
