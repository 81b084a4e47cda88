//! From the command line to a request: options, formats, body, and the endpoint that makes it.

use crate::args::{BodyArgs, MessageArgs};
use crate::exit::Failure;
use crate::sources::Bodies;
use crate::uri::Target;
use stint_coap::{BlockSize, Body, Code, Config, ContentFormat, Endpoint, Opt, OptionNumber, Request, Slot};

/// A request, owned, to be made once or again.
pub(crate) struct Prepared {
    code: Code,
    confirmable: bool,
    options: Vec<(OptionNumber, Vec<u8>)>,
    has_body: bool,
}

impl Prepared {
    pub(crate) fn new(code: Code, target: &Target, message: &MessageArgs, body: &BodyArgs) -> Result<Self, Failure> {
        let mut options = target.options.clone();
        if let Some(name) = target.name() {
            options.push((OptionNumber::URI_HOST, name.as_bytes().to_vec()));
        }
        for (argument, flag, number) in
            [(&message.accept, "-A", OptionNumber::ACCEPT), (&body.content_format, "-t", OptionNumber::CONTENT_FORMAT)]
        {
            if let Some(text) = argument {
                options.push((number, uint(u32::from(format(text, flag)?.0))));
            }
        }
        for text in &message.options {
            options.push(option(text)?);
        }
        let has_body = body.payload.is_some() || body.file.is_some();
        Ok(Prepared { code, confirmable: !message.non, options, has_body })
    }

    /// Hands the request to `coap`.
    pub(crate) fn make(&self, coap: &mut Endpoint<'_>, observe: bool) -> Result<stint_coap::Handle, Failure> {
        let options: Vec<Opt<'_>> = self.options.iter().map(|(number, value)| Opt::new(*number, value)).collect();
        let request = Request {
            confirmable: self.confirmable,
            observe,
            options: &options,
            body: if self.has_body { Body::Source(0) } else { Body::None },
            ..Request::new(self.code, "")
        };
        coap.request(&request).map_err(|error| Failure::usage(error.to_string()))
    }

    /// The request in a line, for `--verbose`.
    pub(crate) fn told(&self) -> String {
        let options = self.options.iter().map(|(number, value)| shown(&Opt::new(*number, value)));
        [self.code.to_string()].into_iter().chain(options).collect::<Vec<_>>().join(", ")
    }
}

/// An option for `--verbose`: text as text, numbers as numbers, the rest in hex.
pub(crate) fn shown(option: &Opt<'_>) -> String {
    const NUMBERS: [OptionNumber; 8] = [
        OptionNumber::OBSERVE,
        OptionNumber::MAX_AGE,
        OptionNumber::SIZE1,
        OptionNumber::SIZE2,
        OptionNumber::URI_PORT,
        OptionNumber::HOP_LIMIT,
        OptionNumber::CONTENT_FORMAT,
        OptionNumber::ACCEPT,
    ];
    let name = option.number;
    match (name, option.uint(), option.text()) {
        (OptionNumber::CONTENT_FORMAT | OptionNumber::ACCEPT, Some(value), _) => {
            format!("{name} {}", ContentFormat(value as u16))
        }
        (OptionNumber::BLOCK1 | OptionNumber::BLOCK2, Some(value), _) => {
            let more = if value & 8 == 0 { "" } else { ", more" };
            format!("{name} {} of {}{more}", value >> 4, 16 << (value & 7))
        }
        (_, Some(value), _) if NUMBERS.contains(&name) => format!("{name} {value}"),
        (OptionNumber::ETAG | OptionNumber::ECHO | OptionNumber::IF_MATCH, ..) | (.., None) => {
            format!("{name} 0x{}", hex::encode(option.value))
        }
        (.., Some(text)) => format!("{name} {text:?}"),
    }
}

/// The memory and the settings of an endpoint.
pub(crate) struct Settings {
    block: BlockSize,
    bodies: Bodies,
}

/// One for the request, one for pings, and two to spare.
const SLOTS: usize = 4;
/// Bytes of options that a request may have.
const STORE: usize = 8_192;

impl Settings {
    pub(crate) fn new(block: u16, bodies: Bodies) -> Result<Self, Failure> {
        let block = match block {
            16 => BlockSize::B16,
            32 => BlockSize::B32,
            64 => BlockSize::B64,
            128 => BlockSize::B128,
            256 => BlockSize::B256,
            512 => BlockSize::B512,
            1024 => BlockSize::B1024,
            _ => return Err(Failure::usage("-b takes a block size of 16, 32, 64, 128, 256, 512 or 1024 bytes")),
        };
        if bodies.len().is_some_and(|len| len > block.bytes() as u64 * (1 << 20)) {
            // RFC 7959 2.2: a block's number has 20 bits.
            return Err(Failure::usage("the body has more than 2^20 blocks: take larger ones (-b)"));
        }
        Ok(Settings { block, bodies })
    }

    pub(crate) fn slots(&self) -> [Slot; SLOTS] {
        [const { Slot::EMPTY }; SLOTS]
    }

    pub(crate) fn store(&self) -> Vec<u8> {
        vec![0; SLOTS * STORE]
    }

    pub(crate) fn endpoint<'b>(&self, slots: &'b mut [Slot], store: &'b mut [u8]) -> Result<Endpoint<'b>, Failure> {
        let mut seed = [0; 16];
        getrandom::fill(&mut seed).map_err(|error| Failure::local("the system's randomness", error))?;
        let mut config = Config::DEFAULT;
        config.block_size = self.block;
        Ok(Endpoint::new(config, seed, slots, store))
    }

    pub(crate) fn bodies(&self) -> Result<Bodies, Failure> {
        self.bodies.again()
    }
}

/// A content format by number, media type, or the short name that people say.
fn format(text: &str, flag: &str) -> Result<ContentFormat, Failure> {
    if let Ok(number) = text.parse() {
        return Ok(ContentFormat(number));
    }
    let name = match text {
        "text" => "plain",
        "link" => "link-format",
        "octets" | "binary" => "octet-stream",
        other => other,
    };
    let matches = |format: &ContentFormat| {
        format
            .media_type()
            .is_some_and(|media| media == name || media.split_once('/').is_some_and(|(_, sub)| sub == name))
    };
    (0..=u16::MAX).map(ContentFormat).find(matches).ok_or_else(|| {
        let known = (0..=u16::MAX).filter_map(|number| ContentFormat(number).media_type());
        Failure::usage(format!("{flag} {text}: a number, or one of {}", known.collect::<Vec<_>>().join(", ")))
    })
}

/// "NUM,VALUE" of -O.
fn option(text: &str) -> Result<(OptionNumber, Vec<u8>), Failure> {
    let wrong = || Failure::usage(format!("-O {text}: an option is NUMBER,TEXT or NUMBER,0xHEX"));
    let (number, value) = text.split_once(',').ok_or_else(wrong)?;
    let number = OptionNumber(number.trim().parse().map_err(|_| wrong())?);
    let value = match value.strip_prefix("0x") {
        Some(digits) => hex::decode(digits).map_err(|_| wrong())?,
        None => value.as_bytes().to_vec(),
    };
    Ok((number, value))
}

/// A number as an option holds it: big-endian, without leading zeros (RFC 7252 3.2).
fn uint(value: u32) -> Vec<u8> {
    value.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect()
}

#[cfg(test)]
mod tests {
    use super::{ContentFormat, OptionNumber, format, option, uint};

    #[test]
    fn formats_go_by_number_by_media_type_and_by_short_name() {
        for (text, number) in [
            ("0", 0),
            ("text", 0),
            ("text/plain", 0),
            ("link", 40),
            ("octets", 42),
            ("json", 50),
            ("application/cbor", 60),
            ("senml+cbor", 112),
            ("65535", 65_535),
        ] {
            assert_eq!(format(text, "-A").unwrap(), ContentFormat(number), "{text}");
        }
        assert!(format("65536", "-A").is_err());
        assert!(format("nonsense", "-A").is_err());
    }

    #[test]
    fn options_are_text_or_hex() {
        assert_eq!(option("11,time").unwrap(), (OptionNumber::URI_PATH, b"time".to_vec()));
        assert_eq!(option("258,0x02").unwrap(), (OptionNumber::NO_RESPONSE, vec![2]));
        assert_eq!(option("5,").unwrap(), (OptionNumber::IF_NONE_MATCH, vec![]));
        for wrong in ["11", "x,1", "65536,1", "1,0x0", "1,0xgg", ""] {
            assert!(option(wrong).is_err(), "{wrong}");
        }
        assert_eq!((uint(0), uint(50), uint(0x1234)), (vec![], vec![50], vec![0x12, 0x34]));
    }
}
