//! CoAP messages: those that RFCs print in figures, and captures of peers that speak it in the clear.

use crate::capture::{Capture, Packet};
use crate::read::{hex, json, optional_hex, path};
use serde::Deserialize;

/// A message of a figure.
#[derive(Clone, Debug)]
pub struct Printed {
    /// The RFC's number.
    pub rfc: u16,
    /// The figure's number.
    pub figure: u16,
    /// Whether the client sends it.
    pub from_client: bool,
    /// Version, type, token length, code and Message ID as the figure has them, 4 bytes. Where it says only the code, the rest is of a Non-confirmable
    /// message with the ID 0.
    pub header: Vec<u8>,
    /// The token.
    pub token: Vec<u8>,
    /// Names and values of the options, in ascending order of their numbers.
    pub options: Vec<(String, Vec<u8>)>,
    /// The payload; zeros where only its length is given.
    pub payload: Vec<u8>,
    /// The length of the whole, where the text says it.
    pub len: Option<usize>,
    /// The whole, where the figure draws it byte by byte.
    pub bytes: Option<Vec<u8>>,
}

/// The messages of figures: all those for which an RFC prints header, token and options.
#[must_use]
pub fn printed() -> Vec<Printed> {
    #[derive(Deserialize)]
    struct Raw {
        rfc: u16,
        figure: u16,
        from: String,
        #[serde(deserialize_with = "hex")]
        header: Vec<u8>,
        #[serde(deserialize_with = "hex")]
        token: Vec<u8>,
        options: Vec<(String, Value)>,
        payload: Option<Value>,
        code: Option<String>,
        len: Option<usize>,
        #[serde(default, deserialize_with = "optional_hex")]
        bytes: Option<Vec<u8>>,
    }
    let raw: Vec<Raw> = json("rfc/coap.json");
    let message = |raw: Raw| {
        let code = raw.code.as_deref().map(|text| {
            let (class, detail) = text.split_once('.').expect("class.detail");
            let [class, detail] = [class, detail].map(|part| part.parse::<u8>().expect("a number"));
            class << 5 | detail
        });
        Printed {
            rfc: raw.rfc,
            figure: raw.figure,
            from_client: raw.from == "client",
            header: match code {
                Some(code) => vec![0x50 | raw.token.len() as u8, code, 0, 0],
                None => raw.header,
            },
            token: raw.token,
            options: raw.options.into_iter().map(|(name, value)| (name, value.bytes())).collect(),
            payload: match raw.payload {
                None => Vec::new(),
                Some(Value::Number(len)) => vec![0; len as usize],
                Some(Value::Text(text)) => text.into_bytes(),
            },
            len: raw.len,
            bytes: raw.bytes,
        }
    };
    raw.into_iter().map(message).collect()
}

/// A message as RFC 7252 3 has it in bytes.
pub(crate) fn encoded(message: &Printed) -> Vec<u8> {
    // Figure 8: 13 and 14 announce one and two more bytes.
    let nibble = |number: usize| match number {
        0..=12 => (number as u8, Vec::new()),
        13..=268 => (13, vec![(number - 13) as u8]),
        _ => (14, u16::try_from(number - 269).expect("a short option").to_be_bytes().to_vec()),
    };
    let mut bytes = [&message.header[..], &message.token].concat();
    let mut last = 0;
    for (name, value) in &message.options {
        let (_, number) =
            NUMBERS.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("{name} is no option"));
        let ((delta, more), (len, longer)) = (nibble(number - last), nibble(value.len()));
        bytes.extend([vec![delta << 4 | len], more, longer, value.clone()].concat());
        last = *number;
    }
    if !message.payload.is_empty() {
        bytes.push(0xff);
        bytes.extend(&message.payload);
    }
    bytes
}

/// The options of the figures (the registry CoAP Option Numbers).
const NUMBERS: [(&str, usize); 20] = [
    ("If-Match", 1),
    ("Uri-Host", 3),
    ("ETag", 4),
    ("If-None-Match", 5),
    ("Observe", 6),
    ("Uri-Port", 7),
    ("Location-Path", 8),
    ("Uri-Path", 11),
    ("Content-Format", 12),
    ("Max-Age", 14),
    ("Uri-Query", 15),
    ("Accept", 17),
    ("Location-Query", 20),
    ("Block2", 23),
    ("Block1", 27),
    ("Size2", 28),
    ("Proxy-Uri", 35),
    ("Size1", 60),
    ("Echo", 252),
    ("No-Response", 258),
];

/// A value as a figure writes it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    /// A uint; of a payload, its length.
    Number(u32),
    /// Text, `0x` and bytes in hexadecimal, or a block as `number/more/size`.
    Text(String),
}

impl Value {
    fn bytes(self) -> Vec<u8> {
        // RFC 7252 3.2: without leading zeros.
        let uint = |number: u32| number.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
        let text = match self {
            Value::Number(number) => return uint(number),
            Value::Text(text) => text,
        };
        if let Some(digits) = text.strip_prefix("0x") {
            return hex::decode(digits).expect("hexadecimal");
        }
        let parts: Vec<Option<u32>> = text.split('/').map(|part| part.parse().ok()).collect();
        match parts.as_slice() {
            // RFC 7959 2.2.
            [Some(number), Some(more), Some(size)] => uint(number << 4 | more << 3 | (size.trailing_zeros() - 4)),
            _ => text.into_bytes(),
        }
    }
}

/// The captures of CoAP without DTLS, ordered by name: what there is of each are its datagrams.
#[must_use]
pub fn plain_captures() -> Vec<Capture> {
    #[derive(Deserialize)]
    struct Raw {
        name: String,
        notes: String,
        packets: Vec<Packet>,
    }
    let folder = std::fs::read_dir(path("captures")).expect("the folder of captures");
    let mut names: Vec<String> =
        folder.filter_map(|entry| entry.expect("a capture's folder").file_name().into_string().ok()).collect();
    names.retain(|name| !path(&format!("captures/{name}/kat.json")).is_file());
    names.sort();
    let capture = |name: &String| {
        let raw: Raw = json(&format!("captures/{name}/packets.json"));
        Capture { name: raw.name, notes: raw.notes, packets: raw.packets, connections: Vec::new() }
    };
    names.iter().map(capture).collect()
}

#[cfg(test)]
mod tests {
    use super::{Value, plain_captures, printed};

    #[test]
    fn blocks_are_written_as_the_rfc_reads_them() {
        // RFC 7959 3: 33 is shown as 2/0/32, 59 as 3/1/128.
        assert_eq!(Value::Text("2/0/32".into()).bytes(), [33]);
        assert_eq!(Value::Text("3/1/128".into()).bytes(), [59]);
        assert_eq!(Value::Text("coap://sensor.example/status".into()).bytes(), b"coap://sensor.example/status");
    }

    #[test]
    fn nothing_is_missing() {
        let messages = printed();
        assert_eq!((messages.len(), messages.iter().filter(|message| message.bytes.is_some()).count()), (78, 4));
        assert!(messages.iter().all(|message| message.header.len() == 4));
        let captures = plain_captures();
        let packets: usize = captures.iter().map(|capture| capture.packets.len()).sum();
        assert_eq!((captures.len(), packets), (8, 271));
    }
}
