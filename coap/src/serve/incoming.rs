//! A request that came: what its options ask (RFC 7252 5.4), and what a handler sees of it.

use crate::block::Block;
use crate::code::Code;
use crate::message::Message;
use crate::option::{ContentFormat, OptionNumber};

/// A request, as its handler sees it, or the occasion of a notification.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Incoming<'a> {
    /// Method, options and payload. Of a [`notification`](Self::notification): a GET with the options of the registration that its observer was kept with,
    /// which are what followed the resource's own path, the query, and Accept.
    pub message: Message<'a>,
    /// Where the payload begins in the body of the request, in bytes. 0 begins a body anew, also in mid-transfer (RFC 7959 2.5).
    pub offset: u32,
    /// True if the body goes on: nothing but an error is to be answered, and what is written is dropped for 2.31 (Continue).
    pub more: bool,
    /// True where only the rest of the last response is asked for (RFC 7959 3.3): what was asked has been done and must not be done again, and the payload is
    /// empty. Never for a GET, nor where the resource is not [`long`](crate::Resource::long).
    pub continuation: bool,
    /// True where nobody asks: an observer is to be told of the state.
    pub notification: bool,
    /// True for a request to a group: errors will not be sent (RFC 7252 8.2).
    pub group: bool,
    pub(super) depth: u8,
}

impl<'a> Incoming<'a> {
    /// The parts of the path below that of the resource; none but for a [`subtree`](crate::Resource::subtree).
    pub fn rest(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.values(OptionNumber::URI_PATH).skip(self.depth.into())
    }

    /// Part `n` of the [`rest`](Self::rest) as a decimal number, as in the paths of LwM2M; `None` if there is no such part, or it is none up to
    /// 65,535.
    #[must_use]
    pub fn id(&self, n: usize) -> Option<u16> {
        let digits = self.rest().nth(n).filter(|digits| !digits.is_empty() && digits.len() <= 5)?;
        let number = digits.iter().try_fold(0u32, |number, digit| {
            let digit = digit.wrapping_sub(b'0');
            (digit < 10).then(|| number.wrapping_mul(10).wrapping_add(digit.into()))
        });
        number.and_then(|number| number.try_into().ok())
    }

    /// The Uri-Query options.
    pub fn query(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.values(OptionNumber::URI_QUERY)
    }

    /// Whether the client takes a response in this format: it names it (Accept, RFC 7252 5.10.4), or none.
    #[must_use]
    pub fn accepts(&self, format: ContentFormat) -> bool {
        accepts(&self.message, format)
    }

    /// Whether If-Match and If-None-Match (RFC 7252 5.10.8) allow what is asked. `current`: the ETag of what is there, empty if it has none; `None` if nothing
    /// is there. Where this is false nothing is to be done, and 4.12 (Precondition Failed) answered. For resources that are
    /// [`conditional`](crate::Resource::conditional).
    #[must_use]
    pub fn precondition(&self, current: Option<&[u8]>) -> bool {
        let (mut named, mut matches, mut none) = (false, false, false);
        for opt in self.message.options() {
            match opt.number {
                OptionNumber::IF_MATCH => {
                    named = true;
                    matches |= current.is_some_and(|current| opt.value.is_empty() || opt.value == current);
                }
                OptionNumber::IF_NONE_MATCH => none = true,
                _ => {}
            }
        }
        (!named || matches) && !(none && current.is_some())
    }

    fn values(&self, number: OptionNumber) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.message.options().filter(move |opt| opt.number == number).map(|opt| opt.value)
    }
}

/// Whether a request takes a response in this format.
pub(super) fn accepts(message: &Message<'_>, format: ContentFormat) -> bool {
    message.option(OptionNumber::ACCEPT).is_none_or(|opt| opt.uint() == Some(format.0.into()))
}

/// What the options of a request ask of the server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) block1: Option<Block>,
    pub(super) block2: Option<Block>,
    /// 0: register, 1: deregister (RFC 7641 2).
    pub(super) observe: Option<u32>,
    /// A bit for each class of responses that is of no interest (RFC 7967 2.1).
    pub(super) silence: u8,
    /// It has If-Match or If-None-Match.
    pub(super) conditional: bool,
    /// What body a block belongs to: a number made of method, path, query and Request-Tag (RFC 9175 3).
    pub(super) key: u32,
}

impl Asked {
    /// Reads the options. An error if one is critical and not understood (RFC 7252 5.4.1), of a length that it cannot have (5.4.3), or repeated where it
    /// must not be (5.4.5).
    #[inline(never)]
    pub(super) fn read(message: &Message<'_>) -> Result<Self, Code> {
        let mut asked = Self {
            block1: None,
            block2: None,
            observe: None,
            silence: 0,
            conditional: false,
            key: message.code.0.into(),
        };
        let mut before = OptionNumber(u16::MAX);
        for opt in message.options() {
            let (value, len) = (opt.uint().unwrap_or_default(), opt.value.len());
            let repeated = core::mem::replace(&mut before, opt.number) == opt.number;
            let (once, longest) = match opt.number {
                OptionNumber::URI_PATH | OptionNumber::URI_QUERY | OptionNumber::REQUEST_TAG => {
                    asked.mix(opt.number, opt.value);
                    (false, 255)
                }
                OptionNumber::IF_MATCH | OptionNumber::IF_NONE_MATCH => {
                    asked.conditional = true;
                    (false, 8)
                }
                OptionNumber::URI_HOST => (true, 255),
                OptionNumber::URI_PORT | OptionNumber::ACCEPT => (true, 2),
                OptionNumber::BLOCK1 => {
                    asked.block1 = Some(Block::read(value));
                    (true, 3)
                }
                OptionNumber::BLOCK2 => {
                    asked.block2 = Some(Block::read(value));
                    (true, 3)
                }
                OptionNumber::PROXY_URI | OptionNumber::PROXY_SCHEME => return Err(Code::PROXYING_NOT_SUPPORTED),
                OptionNumber::OBSERVE if !repeated => {
                    asked.observe = Some(value);
                    (false, usize::MAX)
                }
                OptionNumber::NO_RESPONSE => {
                    asked.silence = value as u8;
                    (false, usize::MAX)
                }
                other if other.is_critical() => return Err(Code::BAD_OPTION),
                _ => (false, usize::MAX),
            };
            if len > longest || (once && repeated) {
                return Err(Code::BAD_OPTION);
            }
        }
        // SZX 7 is reserved (RFC 7959 2.2).
        if [asked.block1, asked.block2].iter().flatten().any(|block| block.exponent == 7) {
            return Err(Code::BAD_REQUEST);
        }
        Ok(asked)
    }

    /// FNV-1a (Fowler, Noll, Vo), over the option's number and value.
    #[inline(never)]
    fn mix(&mut self, number: OptionNumber, value: &[u8]) {
        for byte in core::iter::once(&(number.0 as u8)).chain(value) {
            self.key = (self.key ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        }
    }
}
