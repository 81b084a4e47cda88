//! Where other parsers read something else than ours, each with its reason. What is not in here is a failure, and so is what never comes.

use super::Meaning;
use stint_coap::FormatError;

/// One message, as it was read here and there.
pub(crate) struct Case<'c> {
    pub(crate) bytes: &'c [u8],
    pub(crate) ours: &'c Result<Meaning, FormatError>,
    pub(crate) theirs: &'c Result<Meaning, String>,
}

/// A class of differences.
pub(crate) struct Difference {
    /// What the other one does.
    pub(crate) what: &'static str,
    /// Why ours does not.
    pub(crate) why: &'static str,
    is: fn(&Case<'_>) -> bool,
}

impl Case<'_> {
    /// The class that the difference is of; the outer `None`: there is none.
    pub(crate) fn difference(&self, known: &[Difference]) -> Option<Option<usize>> {
        match (self.ours, self.theirs) {
            (Err(_), Err(_)) => None,
            (Ok(ours), Ok(theirs)) if ours == theirs => None,
            _ => Some(known.iter().position(|difference| (difference.is)(self))),
        }
    }

    fn is_taken_though(&self, error: FormatError) -> bool {
        *self.ours == Err(error) && self.theirs.is_ok()
    }

    fn nibble(&self) -> u8 {
        self.bytes.first().map_or(0, |byte| byte & 15)
    }
}

/// coap-lite 0.13.
pub(crate) const COAP_LITE: [Difference; 5] = [
    Difference {
        what: "takes any version",
        why: "RFC 7252 3: unknown versions are to be ignored",
        is: |case| case.is_taken_though(FormatError::Version),
    },
    Difference {
        what: "takes an Empty message with a token, options or a payload",
        why: "RFC 7252 4.1: bytes after the Message ID are a message format error",
        is: |case| case.is_taken_though(FormatError::NotEmpty),
    },
    Difference {
        what: "takes a payload marker with nothing after it",
        why: "RFC 7252 3: a marker followed by a payload of no bytes is a message format error",
        is: |case| {
            case.is_taken_though(FormatError::EmptyPayload)
                && case.theirs.as_ref().is_ok_and(|message| message.payload.is_empty())
        },
    },
    Difference {
        what: "refuses tokens of more than 8 bytes",
        why: "RFC 8974 2.1, which it does not know",
        is: |case| case.theirs.is_err() && case.ours.as_ref().is_ok_and(|message| message.token.len() > 8),
    },
    Difference {
        what: "refuses values of more than 65,535 bytes",
        why: "RFC 7252 3.1: up to 65,804; it counts in 16 bits",
        is: |case| {
            let long = |message: &Meaning| message.options.iter().any(|(_, value)| value.len() > 65_535);
            case.theirs.is_err() && case.ours.as_ref().is_ok_and(long)
        },
    },
];

/// aiocoap 0.4.17.
pub(crate) const AIOCOAP: [Difference; 8] = [
    Difference {
        what: "takes the token lengths 13 and 14 for what they are",
        why: "RFC 8974 2.1: a byte or two with the length follow, which it does not know",
        is: |case| {
            let len = case.nibble();
            let token = case.bytes.iter().skip(4).take(len.into());
            matches!(len, 13 | 14) && case.theirs.as_ref().map_or(true, |message| message.token.iter().eq(token))
        },
    },
    Difference {
        what: "takes a token that is cut short",
        why: "RFC 7252 3: it is not as long as TKL says",
        is: |case| {
            let short = |message: &Meaning| message.token.len() < case.nibble().into();
            case.is_taken_though(FormatError::Truncated) && case.theirs.as_ref().is_ok_and(short)
        },
    },
    Difference {
        what: "takes the token length 15",
        why: "RFC 8974 2.1, RFC 7252 3: reserved, to be processed as a message format error",
        is: |case| case.is_taken_though(FormatError::TokenLength) && case.nibble() == 15,
    },
    Difference {
        what: "takes an Empty message with a token, options or a payload",
        why: "RFC 7252 4.1: bytes after the Message ID are a message format error",
        is: |case| case.is_taken_though(FormatError::NotEmpty),
    },
    Difference {
        what: "takes a payload marker with nothing after it",
        why: "RFC 7252 3: a marker followed by a payload of no bytes is a message format error",
        is: |case| {
            case.is_taken_though(FormatError::EmptyPayload)
                && case.theirs.as_ref().is_ok_and(|message| message.payload.is_empty())
        },
    },
    Difference {
        what: "takes option numbers above 65,535",
        why: "RFC 7252 12.2: there are none",
        is: |case| {
            let above = |message: &Meaning| message.options.iter().any(|(number, _)| *number > 65_535);
            case.is_taken_though(FormatError::Option) && case.theirs.as_ref().is_ok_and(above)
        },
    },
    Difference {
        what: "refuses a message with a string option that is not UTF-8",
        why: "RFC 7252 3.2 makes such a value wrong, not the message; here it is read as bytes, and as text it is none",
        is: |case| {
            let strings = |message: &Meaning| {
                message.options.iter().any(|(number, value)| is_string(*number) && std::str::from_utf8(value).is_err())
            };
            *case.theirs == Err("UnicodeDecodeError".into()) && case.ours.as_ref().is_ok_and(strings)
        },
    },
    Difference {
        what: "keeps the numbers of uint options without their leading zeros",
        why: "RFC 7252 3.2: a recipient is to take them; here the bytes are kept too, and the number is the same",
        is: |case| {
            let (Ok(ours), Ok(theirs)) = (case.ours, case.theirs) else { return false };
            let shorter = |(number, value): &(u32, Vec<u8>)| {
                let zeros = if is_uint(*number) { value.iter().take_while(|byte| **byte == 0).count() } else { 0 };
                (*number, value[zeros..].to_vec())
            };
            Meaning { options: ours.options.iter().map(shorter).collect(), ..ours.clone() } == *theirs
        },
    },
];

/// The options that aiocoap takes for strings.
fn is_string(number: u32) -> bool {
    [3, 8, 11, 15, 20, 35, 39].contains(&number)
}

/// The options that aiocoap takes for numbers, those of block-wise transfer and Content-Formats among them; 13 is of a draft.
fn is_uint(number: u32) -> bool {
    [6, 7, 12, 13, 14, 16, 17, 23, 27, 28, 60, 258].contains(&number)
}
