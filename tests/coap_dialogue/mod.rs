//! Dialogues with an endpoint on virtual time, written as text.
//!
//! A message is `CON m1 GET t1 Observe=0 Uri-Path=time | payload`: type, Message ID, code, token, options, payload. Message IDs and
//! tokens have names, which are bound when they first occur; `-` is no token, and a Message ID of four hexadecimal digits is bound to that number where the
//! far end uses it first. A token `t1+2` has 8 bytes: those of `t1`, and the number 2. Block options are written `number/M/size`, numbers in decimal, other values as text or as `0x78797a`; a Request-Tag by the name of
//! the token that it repeats; a payload `x*64` is 64 times x. Outcomes are `a 2.05 @0 more notification last | payload`, with the name of the request in front.

// Each test file uses its own part of this.
#![allow(dead_code)]

use std::collections::HashMap;
use std::time::Duration;
use stint_coap::{
    BlockSize, Blockwise, Code, Config, Endpoint, Handle, Message, Opt, OptionNumber, Outcome, Profile, Request,
    RequestError, Slot, Source, Stats, Type, Writer,
};

/// A body that repeats the alphabet, of any length, and how often it was read. Its length is told if it is asked for by the key 1.
pub(crate) struct Alphabet {
    pub(crate) len: usize,
    pub(crate) reads: usize,
}

impl Source for Alphabet {
    fn read(&mut self, key: u8, offset: u32, out: &mut [u8]) -> Option<(usize, bool)> {
        self.reads += 1;
        let left = self.len.checked_sub(offset as usize).filter(|_| key < 2)?;
        let len = left.min(out.len());
        out.iter_mut().zip(offset..).take(len).for_each(|(byte, at)| *byte = b'a' + (at % 26) as u8);
        Some((len, left > len))
    }

    fn size(&mut self, key: u8) -> Option<u32> {
        (key == 1).then_some(self.len as u32)
    }
}

/// The text of such a body from one byte to another.
pub(crate) fn alphabet(from: usize, to: usize) -> String {
    (from..to).map(|at| char::from(b'a' + (at % 26) as u8)).collect()
}

/// What an endpoint is made with.
pub(crate) struct Setup {
    pub(crate) config: Config,
    pub(crate) slots: usize,
    pub(crate) store: usize,
    /// Bytes of the buffer that messages are written into.
    pub(crate) out: usize,
    /// Bytes of the source's body.
    pub(crate) body: usize,
}

impl Default for Setup {
    fn default() -> Self {
        Self { config: Config::DEFAULT, slots: 2, store: 256, out: 1200, body: 0 }
    }
}

impl Setup {
    pub(crate) fn blocks(block_size: BlockSize) -> Self {
        Self { config: Config { block_size, ..Config::DEFAULT }, ..Self::default() }
    }

    /// Has a dialogue with an endpoint that knows RFC 7252, 7641 and 7959, and nothing more.
    pub(crate) fn run(self, dialogue: impl FnOnce(&mut Dialogue<'_>)) {
        self.run_with(Blockwise, dialogue);
    }

    /// Has a dialogue with an endpoint of any profile.
    pub(crate) fn run_with<X: Profile>(self, profile: X, dialogue: impl FnOnce(&mut Dialogue<'_, X>)) {
        let mut slots: Vec<Slot> = (0..self.slots).map(|_| Slot::EMPTY).collect();
        let mut store = vec![0; self.store];
        let coap = Endpoint::with(profile, self.config, *b"a fixed seed, so", &mut slots, &mut store);
        let source = Alphabet { len: self.body, reads: 0 };
        dialogue(&mut Dialogue {
            coap,
            now: Duration::from_secs(1_000),
            out: vec![0; self.out],
            source,
            names: HashMap::new(),
            handles: HashMap::new(),
        });
    }
}

/// An endpoint, and the other side of it.
pub(crate) struct Dialogue<'b, X = Blockwise> {
    pub(crate) coap: Endpoint<'b, X>,
    pub(crate) now: Duration,
    pub(crate) out: Vec<u8>,
    pub(crate) source: Alphabet,
    names: HashMap<String, u32>,
    handles: HashMap<Handle, String>,
}

impl<X: Profile> Dialogue<'_, X> {
    /// Makes a request that must be accepted, under a name.
    pub(crate) fn request(&mut self, name: &str, request: Request<'_>) -> Handle {
        let handle = self.try_request(name, request);
        handle.unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn try_request(&mut self, name: &str, request: Request<'_>) -> Result<Handle, RequestError> {
        let handle = self.coap.request(&request)?;
        self.handles.insert(handle, name.into());
        Ok(handle)
    }

    /// Makes a request to a group that must be accepted, under a name.
    pub(crate) fn group(&mut self, name: &str, request: Request<'_>) -> Handle {
        let handle = self.coap.request_group(&request).unwrap_or_else(|error| panic!("{name}: {error}"));
        self.handles.insert(handle, name.into());
        handle
    }

    /// The handle of a request.
    pub(crate) fn handle(&self, name: &str) -> Handle {
        let found = self.handles.iter().find(|(_, known)| *known == name);
        found.map_or_else(|| panic!("no request is called {name}"), |(handle, _)| *handle)
    }

    /// Names a request that was made in another way.
    pub(crate) fn name_request(&mut self, name: &str, handle: Handle) {
        self.handles.insert(handle, name.into());
    }

    pub(crate) fn ping(&mut self, name: &str) {
        let handle = self.coap.ping().unwrap();
        self.handles.insert(handle, name.into());
    }

    /// Lets time pass.
    pub(crate) fn after(&mut self, seconds: f64) {
        self.now += Duration::from_secs_f64(seconds);
    }

    /// What the endpoint sends now, raw.
    pub(crate) fn transmit(&mut self) -> Option<Vec<u8>> {
        let len = self.coap.poll_transmit(self.now, &mut self.source, &mut self.out)?;
        Some(self.out[..len].to_vec())
    }

    /// The endpoint sends this now.
    #[track_caller]
    pub(crate) fn sends(&mut self, expected: &str) {
        let due = self.coap.poll_timeout();
        let Some(sent) = self.transmit() else {
            panic!("nothing is sent instead of {expected}; next at {due:?}, now {:?}", self.now)
        };
        assert!(due.is_some_and(|due| due <= self.now), "sent before poll_timeout: {due:?}, now {:?}", self.now);
        self.bind(expected, &sent);
        assert_eq!(self.text(&sent), normal(expected));
    }

    /// The endpoint sends nothing now.
    #[track_caller]
    pub(crate) fn silent(&mut self) {
        if let Some(sent) = self.transmit() {
            panic!("sent: {}", self.text(&sent));
        }
        let outcome = self.coap.poll_outcome(self.now).map(|outcome| self.outcome(&outcome));
        assert_eq!(outcome, None);
    }

    /// The endpoint sends nothing now, and this is over.
    #[track_caller]
    pub(crate) fn silent_but(&mut self, expected: &str) {
        if let Some(sent) = self.transmit() {
            panic!("sent: {}", self.text(&sent));
        }
        self.reports(expected);
    }

    /// The endpoint gets this, and it comes to nothing.
    #[track_caller]
    pub(crate) fn ignores(&mut self, message: &str) {
        assert_eq!(self.hear(message), "nothing");
    }

    /// The endpoint gets this, and it comes to this outcome.
    #[track_caller]
    pub(crate) fn receives(&mut self, message: &str, outcome: &str) {
        assert_eq!(self.hear(message), normal(outcome));
    }

    /// Time alone comes to this outcome.
    #[track_caller]
    pub(crate) fn reports(&mut self, expected: &str) {
        let due = self.coap.poll_timeout();
        assert!(due.is_some_and(|due| due <= self.now), "an outcome before poll_timeout: {due:?}, now {:?}", self.now);
        let outcome = self.coap.poll_outcome(self.now).map_or("nothing".into(), |outcome| self.outcome(&outcome));
        assert_eq!(outcome, normal(expected));
    }

    /// Sleeps until the endpoint asks to be woken, and says how long that was.
    #[track_caller]
    pub(crate) fn sleep(&mut self) -> f64 {
        let due = self.coap.poll_timeout().expect("there is something to wait for");
        let slept = due.saturating_sub(self.now);
        self.now = self.now.max(due);
        slept.as_secs_f64()
    }

    pub(crate) fn stats(&self) -> Stats {
        self.coap.stats()
    }

    /// What a message comes to, as text.
    pub(crate) fn hear(&mut self, message: &str) -> String {
        let bytes = self.bytes(message);
        self.hear_bytes(&bytes)
    }

    pub(crate) fn hear_bytes(&mut self, bytes: &[u8]) -> String {
        let outcome = self.coap.handle(self.now, bytes);
        outcome.map_or("nothing".into(), |outcome| self.outcome(&outcome))
    }

    fn outcome(&self, outcome: &Outcome<'_>) -> String {
        let name = |handle: &Handle| self.handles.get(handle).cloned().unwrap_or_else(|| format!("{handle:?}"));
        match outcome {
            Outcome::Response(response) => {
                let code = response.message.code;
                let mut text =
                    format!("{} {}.{:02} @{}", name(&response.handle), code.class(), code.detail(), response.offset);
                let other = response.anew != (response.offset == 0);
                for (word, said) in [
                    ("more", response.more),
                    ("anew", other && response.anew),
                    ("on", other && !response.anew),
                    ("notification", response.notification),
                    ("last", response.last),
                ] {
                    if said {
                        text = format!("{text} {word}");
                    }
                }
                payload_text(text, response.message.payload)
            }
            Outcome::Failed { handle, failure } => format!("{} {failure:?}", name(handle)),
            Outcome::Pong { handle } => format!("{} pong", name(handle)),
            Outcome::Ended { handle } => format!("{} ended", name(handle)),
            other => format!("{other:?}"),
        }
    }

    /// Binds the names in `expected` that are not bound yet to what was sent.
    fn bind(&mut self, expected: &str, sent: &[u8]) {
        let message = Message::parse(sent).unwrap();
        let mut words = expected.split(' ').skip(1);
        let id = words.next().unwrap();
        self.names.entry(id.into()).or_insert(message.id.into());
        if let (Some(token), Some(value)) = (words.nth(1), message.token.first_chunk()) {
            let (value, token) = (u32::from_be_bytes(*value), token.split('+').next().unwrap());
            let known = self.names.values().any(|bound| *bound == value);
            if !known && token != "-" && !token.contains('=') {
                self.names.entry(token.into()).or_insert(value);
            }
        }
    }

    fn name(&self, value: u32, token: bool) -> String {
        let found = self.names.iter().find(|(name, bound)| **bound == value && name.starts_with('t') == token);
        found.map_or_else(|| format!("{value:#x}"), |(name, _)| name.clone())
    }

    /// A message as text.
    pub(crate) fn text(&self, bytes: &[u8]) -> String {
        let message = Message::parse(bytes).unwrap_or_else(|error| panic!("{error}: {bytes:02x?}"));
        let kind = ["CON", "NON", "ACK", "RST"][message.kind as usize];
        let token = match message.token {
            [] => "-".into(),
            &[a, b, c, d, ref half @ ..] if half.len() == 4 => {
                let name = self.name(u32::from_be_bytes([a, b, c, d]), true);
                format!("{name}+{}", u32::from_be_bytes(half.try_into().unwrap()))
            }
            token => self.name(u32::from_be_bytes(token.try_into().unwrap()), true),
        };
        let code = match message.code {
            code if code.class() == 0 => code.to_string(),
            code => format!("{}.{:02}", code.class(), code.detail()),
        };
        let mut text = format!("{kind} {} {code} {token}", self.name(message.id.into(), false));
        for opt in message.options() {
            let name = opt.number.name().map_or_else(|| opt.number.0.to_string(), Into::into);
            let value = match (opt.number, opt.value.try_into().map(u32::from_be_bytes)) {
                (OptionNumber::REQUEST_TAG, Ok(token)) => self.name(token, true),
                _ => option_text(&opt),
            };
            text = format!("{text} {name}={value}");
        }
        payload_text(text, message.payload)
    }

    /// The message that a text describes.
    pub(crate) fn bytes(&mut self, text: &str) -> Vec<u8> {
        let (head, payload) = text.split_once(" | ").unwrap_or((text, ""));
        let mut words = head.split(' ');
        let mut word = || words.next().unwrap_or_else(|| panic!("{text}: too short"));
        let kind = match word() {
            "CON" => Type::Confirmable,
            "NON" => Type::NonConfirmable,
            "ACK" => Type::Acknowledgement,
            "RST" => Type::Reset,
            other => panic!("{other} is no type"),
        };
        let fresh = 0x5000 + self.names.len() as u32;
        let id = word();
        let said = u32::from_str_radix(id, 16).ok().filter(|_| id.len() == 4);
        let id = *self.names.entry(id.into()).or_insert(said.unwrap_or(fresh));
        let code = code(word());
        let token = word();
        let (name, half) = token.split_once('+').map_or((token, None), |(name, half)| (name, Some(half)));
        // One that the far end chose is written as it is.
        let first = match name.strip_prefix("0x") {
            Some(digits) => u32::from_str_radix(digits, 16).unwrap(),
            None => self.names.get(name).copied().unwrap_or(0xdead_beef),
        };
        let second: u32 = half.map_or(0, |half| half.parse().unwrap());
        let token = [first.to_be_bytes(), second.to_be_bytes()].concat();
        let token = if name == "-" { &[][..] } else { &token[..if half.is_some() { 8 } else { 4 }] };
        let mut out = vec![0; 2_000];
        let mut writer = Writer::new(&mut out, kind, code, id as u16, token);
        for option in words {
            let (name, value) = option.split_once('=').unwrap();
            let number = number(name);
            match number {
                number if is_block(number) => writer.uint(number, block(value)),
                number if is_uint(number) => writer.uint(number, value.parse().unwrap()),
                _ => match value.strip_prefix("0x") {
                    Some(digits) => writer.option(number, &hex::decode(digits).unwrap()),
                    None => writer.option(number, value.as_bytes()),
                },
            }
        }
        let len = writer.payload(normal_payload(payload).as_bytes()).unwrap();
        out.truncate(len);
        out
    }
}

fn normal(text: &str) -> String {
    match text.split_once(" | ") {
        Some((head, payload)) => format!("{head} | {}", normal_payload(payload)),
        None => text.into(),
    }
}

fn normal_payload(text: &str) -> String {
    match text.split_once('*') {
        Some((unit, times)) => unit.repeat(times.parse().unwrap()),
        None => text.into(),
    }
}

fn payload_text(text: String, payload: &[u8]) -> String {
    if payload.is_empty() { text } else { format!("{text} | {}", String::from_utf8_lossy(payload)) }
}

fn code(text: &str) -> Code {
    match text.split_once('.') {
        Some((class, detail)) => Code::new(class.parse().unwrap(), detail.parse().unwrap()),
        None => (0..8).map(Code).find(|code| code.name() == Some(text)).unwrap_or_else(|| panic!("{text} is no code")),
    }
}

fn number(name: &str) -> OptionNumber {
    let known = (0..3_000).map(OptionNumber).find(|number| number.name() == Some(name));
    known.or_else(|| name.parse().ok().map(OptionNumber)).unwrap_or_else(|| panic!("{name} is no option"))
}

/// `number/M/size` as the value of a Block option.
fn block(text: &str) -> u32 {
    let parts: Vec<u32> = text.split('/').map(|part| part.parse().unwrap()).collect();
    let &[number, more, size] = &parts[..] else { panic!("{text} is no block") };
    number << 4 | more << 3 | (size.trailing_zeros() - 4)
}

fn option_text(opt: &Opt<'_>) -> String {
    match opt.number {
        number if is_block(number) => {
            let value = opt.uint().unwrap();
            format!("{}/{}/{}", value >> 4, value >> 3 & 1, 16 << (value & 7))
        }
        number if is_uint(number) => opt.uint().unwrap().to_string(),
        // Never text, though they may look like it: RFC 7641's 0x78797a7a79 is a magic word.
        OptionNumber::ETAG | OptionNumber::IF_MATCH => format!("0x{}", hex::encode(opt.value)),
        _ if opt.value.iter().all(|byte| (b' '..0x7f).contains(byte)) => String::from_utf8(opt.value.into()).unwrap(),
        _ => format!("0x{}", hex::encode(opt.value)),
    }
}

fn is_block(number: OptionNumber) -> bool {
    use OptionNumber as O;
    matches!(number, O::BLOCK1 | O::BLOCK2 | O::Q_BLOCK1 | O::Q_BLOCK2)
}

/// The options whose value is a number and no block.
fn is_uint(number: OptionNumber) -> bool {
    matches!(
        number,
        OptionNumber::OBSERVE
            | OptionNumber::URI_PORT
            | OptionNumber::CONTENT_FORMAT
            | OptionNumber::MAX_AGE
            | OptionNumber::HOP_LIMIT
            | OptionNumber::ACCEPT
            | OptionNumber::SIZE1
            | OptionNumber::SIZE2
            | OptionNumber::NO_RESPONSE
    )
}
