//! Options and content formats by name: as they are said on the command line, and as they are told.

use crate::exit::Failure;
use serde_json::{Map, Value, json};
use stint_coap::{ContentFormat, Opt, OptionNumber};

/// What the value of an option is (RFC 7252 3.2).
enum Format {
    Uint,
    Media,
    Block,
    Text,
    Opaque,
    Empty,
}

fn format_of(number: OptionNumber) -> Format {
    match number {
        OptionNumber::OBSERVE
        | OptionNumber::URI_PORT
        | OptionNumber::MAX_AGE
        | OptionNumber::HOP_LIMIT
        | OptionNumber::SIZE1
        | OptionNumber::SIZE2
        | OptionNumber::NO_RESPONSE => Format::Uint,
        OptionNumber::CONTENT_FORMAT | OptionNumber::ACCEPT => Format::Media,
        OptionNumber::BLOCK1 | OptionNumber::BLOCK2 | OptionNumber::Q_BLOCK1 | OptionNumber::Q_BLOCK2 => Format::Block,
        OptionNumber::URI_HOST
        | OptionNumber::URI_PATH
        | OptionNumber::URI_QUERY
        | OptionNumber::LOCATION_PATH
        | OptionNumber::LOCATION_QUERY
        | OptionNumber::PROXY_URI
        | OptionNumber::PROXY_SCHEME => Format::Text,
        OptionNumber::IF_NONE_MATCH | OptionNumber::EDHOC => Format::Empty,
        _ => Format::Opaque,
    }
}

/// A number as an option holds it: big-endian, without leading zeros (RFC 7252 3.2).
pub(crate) fn uint(value: u32) -> Vec<u8> {
    value.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect()
}

/// Bytes in hex, with or without 0x.
pub(crate) fn bytes(text: &str, flag: &str) -> Result<Vec<u8>, Failure> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    hex::decode(digits).map_err(|error| Failure::usage(format!("{flag} {text}: bytes in hex: {error}")))
}

/// A content format by number, media type, or what people say for short: a media type without what stands before its slash.
pub(crate) fn format(text: &str, flag: &str) -> Result<ContentFormat, Failure> {
    if let Ok(number) = text.parse() {
        return Ok(ContentFormat(number));
    }
    let name = match text {
        "text" => "text/plain",
        "link" => "link-format",
        "octets" | "binary" => "octet-stream",
        other => other,
    };
    let found = ["", "application/", "text/", "image/"]
        .iter()
        .find_map(|kind| ContentFormat::by_media_type(&format!("{kind}{name}")));
    found.ok_or_else(|| {
        Failure::usage(format!(
            "{flag} {text}: a number, a media type with its parameters, or a short name: text, json, cbor, link, octets, xml, senml+json, senml+cbor, …"
        ))
    })
}

/// A content format as people read it: the one of plain text is always UTF-8, and does not have to say so.
pub(crate) fn format_shown(format: ContentFormat) -> String {
    if format == ContentFormat::TEXT { "text/plain".into() } else { format.to_string() }
}

/// What -O says: "NAME=VALUE", "NAME", "NUMBER,TEXT" or "NUMBER,0xHEX".
pub(crate) fn option(text: &str) -> Result<(OptionNumber, Vec<u8>), Failure> {
    let wrong = |why: &str| Failure::usage(format!("-O {text}: {why}"));
    let end = text.find(['=', ',']).unwrap_or(text.len());
    let (name, value) = text.split_at_checked(end).unwrap_or((text, ""));
    let (by_name, value) = match (value.strip_prefix('='), value.strip_prefix(',')) {
        (Some(value), _) => (true, Some(value)),
        (_, Some(value)) => (false, Some(value)),
        _ => (true, None),
    };
    let number = match name.trim().parse() {
        Ok(number) => OptionNumber(number),
        Err(_) => OptionNumber::by_name(name.trim())
            .ok_or_else(|| wrong("an option is NAME=VALUE or NUMBER=VALUE; no such name"))?,
    };
    let format = if by_name { format_of(number) } else { Format::Opaque };
    let Some(value) = value else {
        return match format {
            Format::Empty => Ok((number, Vec::new())),
            _ => Err(wrong("an option with a value is NAME=VALUE")),
        };
    };
    if let Some(digits) = value.strip_prefix("0x") {
        return Ok((number, hex::decode(digits).map_err(|error| wrong(&error.to_string()))?));
    }
    Ok((
        number,
        match format {
            Format::Uint => uint(value.parse().map_err(|_| wrong("its value is a number"))?),
            Format::Media => uint(u32::from(self::format(value, "-O")?.0)),
            Format::Empty if !value.is_empty() => return Err(wrong("it has no value")),
            _ => value.as_bytes().to_vec(),
        },
    ))
}

/// An option in a line.
pub(crate) fn shown(option: &Opt<'_>) -> String {
    let name = option.number;
    match (format_of(name), option.uint(), option.text()) {
        (Format::Media, Some(value), _) => format!("{name} {}", format_shown(ContentFormat(value as u16))),
        (Format::Block, Some(value), _) => {
            let more = if value & 8 == 0 { "" } else { ", more" };
            format!("{name} {} of {}{more}", value >> 4, 16 << (value & 7))
        }
        (Format::Uint, Some(value), _) => format!("{name} {value}"),
        (Format::Empty, ..) if option.value.is_empty() => name.to_string(),
        (Format::Text, _, Some(text)) => format!("{name} {text:?}"),
        (_, _, Some(text)) if name.name().is_none() => format!("{name} {text:?}"),
        _ => format!("{name} 0x{}", hex::encode(option.value)),
    }
}

/// Options by name, for a program: numbers as numbers, text as text, bytes in hex; a list where an option may be there more than once.
pub(crate) fn as_json(options: &[(OptionNumber, Vec<u8>)]) -> Map<String, Value> {
    let mut all: Map<String, Value> = Map::new();
    for (number, value) in options {
        let option = Opt::new(*number, value);
        let told = match (format_of(*number), option.uint(), option.text()) {
            (Format::Uint | Format::Media, Some(value), _) => json!(value),
            // As the RFC writes it (RFC 7959 2.2): NUM/M/SZX, the last in bytes.
            (Format::Block, Some(value), _) => {
                json!(format!("{}/{}/{}", value >> 4, value >> 3 & 1, 16 << (value & 7)))
            }
            (Format::Text, _, Some(text)) => json!(text),
            (Format::Empty, ..) if value.is_empty() => json!(true),
            _ => json!(hex::encode(value)),
        };
        let entry = all.entry(number.to_string());
        if is_repeatable(*number) {
            if let Value::Array(list) = entry.or_insert_with(|| json!([])) {
                list.push(told);
            }
        } else {
            entry.or_insert(told);
        }
    }
    all
}

/// Whether an option may be there more than once (RFC 7252 table 4, and the other RFCs' own); of one that is not registered nobody knows.
fn is_repeatable(number: OptionNumber) -> bool {
    number.name().is_none()
        || matches!(
            number,
            OptionNumber::IF_MATCH
                | OptionNumber::ETAG
                | OptionNumber::LOCATION_PATH
                | OptionNumber::URI_PATH
                | OptionNumber::URI_QUERY
                | OptionNumber::LOCATION_QUERY
                | OptionNumber::Q_BLOCK2
                | OptionNumber::REQUEST_TAG
        )
}

#[cfg(test)]
mod tests {
    use super::{ContentFormat, OptionNumber, as_json, format, option, uint};

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
    fn options_by_number_are_text_or_hex() {
        assert_eq!(option("11,time").unwrap(), (OptionNumber::URI_PATH, b"time".to_vec()));
        assert_eq!(option("258,0x02").unwrap(), (OptionNumber::NO_RESPONSE, vec![2]));
        assert_eq!(option("5,").unwrap(), (OptionNumber::IF_NONE_MATCH, vec![]));
        assert_eq!(option("14,60").unwrap(), (OptionNumber::MAX_AGE, b"60".to_vec()));
        for wrong in ["11", "x,1", "65536,1", "1,0x0", "1,0xgg", ""] {
            assert!(option(wrong).is_err(), "{wrong}");
        }
        assert_eq!((uint(0), uint(50), uint(0x1234)), (vec![], vec![50], vec![0x12, 0x34]));
    }

    #[test]
    fn options_by_name_have_the_value_that_their_name_asks_for() {
        for (text, number, value) in [
            ("ETag=0x1234", OptionNumber::ETAG, &[0x12, 0x34][..]),
            ("etag=v1", OptionNumber::ETAG, b"v1"),
            ("if-none-match", OptionNumber::IF_NONE_MATCH, b""),
            ("Max-Age=60", OptionNumber::MAX_AGE, &[60]),
            ("max-age=0", OptionNumber::MAX_AGE, &[]),
            ("14=60", OptionNumber::MAX_AGE, &[60]),
            ("Accept=json", OptionNumber::ACCEPT, &[50]),
            ("Uri-Query=a=b,c", OptionNumber::URI_QUERY, b"a=b,c"),
            ("Proxy-Uri=coap://h/a?b=c", OptionNumber::PROXY_URI, b"coap://h/a?b=c"),
            ("65000=0x00", OptionNumber(65_000), &[0]),
        ] {
            assert_eq!(option(text).unwrap(), (number, value.to_vec()), "{text}");
        }
        for wrong in ["Max-Age", "Max-Age=x", "If-None-Match=1", "No-Such=1", "Accept=nonsense"] {
            assert!(option(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn told_to_a_program_repeatable_options_are_lists_and_numbers_numbers() {
        let options: Vec<_> = ["Content-Format=json", "ETag=0x0a", "Location-Path=a", "Location-Path=b", "65001=0x01"]
            .iter()
            .map(|text| option(text).unwrap())
            .collect();
        let told = serde_json::Value::Object(as_json(&options));
        let expected = serde_json::json!(
            {"Content-Format": 50, "ETag": ["0a"], "Location-Path": ["a", "b"], "Option-65001": ["01"]}
        );
        assert_eq!(told, expected);
    }
}
