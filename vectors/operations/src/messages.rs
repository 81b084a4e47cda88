//! Messages of CoAP, read and written again.

use crate::reply::{Out, field};
use stint_coap::{Message, Writer};

/// Reads a message, and writes what was read: header, token, each option, payload.
pub(crate) fn coap(from: &mut &[u8], out: &mut Out<'_>) -> Option<bool> {
    let bytes = field(from)?;
    let Ok(message) = Message::parse(bytes) else {
        return Some(false);
    };
    let mut writer = Writer::new(out.claim(bytes.len())?, message.kind, message.code, message.id, message.token);
    message.options().for_each(|option| writer.option(option.number, option.value));
    let len = if message.payload.is_empty() { writer.finish() } else { writer.payload(message.payload) };
    // What is shorter than it was ends in zeros, and what is longer does not fit: neither is what was read.
    Some(len.is_some())
}
