//! What goes over the wire: each message both ways, when, and whether it was lost on its way.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use stint_coap::{Code, Message, OptionNumber, Type};
use stint_net::Transport;
use stint_net::std_udp::StdUdp;

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// From us.
    Sent,
    /// To us.
    Received,
}

/// A message that was on the wire.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) way: Way,
    /// Since the client began.
    pub(crate) at: Duration,
    /// The lossy network swallowed it.
    pub(crate) lost: bool,
    pub(crate) kind: Type,
    pub(crate) code: Code,
    pub(crate) id: u16,
    pub(crate) token: Vec<u8>,
    pub(crate) options: Vec<(OptionNumber, Vec<u8>)>,
    pub(crate) payload: Vec<u8>,
    /// Of the whole message, in bytes.
    pub(crate) len: usize,
}

impl Seen {
    fn new(way: Way, at: Duration, bytes: &[u8]) -> Self {
        let message = Message::parse(bytes).unwrap_or_else(|error| panic!("{way:?} {bytes:02x?}: {error}"));
        Self {
            way,
            at,
            lost: false,
            kind: message.kind,
            code: message.code,
            id: message.id,
            token: message.token.to_vec(),
            options: message.options().map(|opt| (opt.number, opt.value.to_vec())).collect(),
            payload: message.payload.to_vec(),
            len: bytes.len(),
        }
    }

    /// The values of an option.
    pub(crate) fn values(&self, number: OptionNumber) -> Vec<&[u8]> {
        self.options.iter().filter(|(found, _)| *found == number).map(|(_, value)| value.as_slice()).collect()
    }

    /// The same as text.
    pub(crate) fn texts(&self, number: OptionNumber) -> Vec<&str> {
        self.values(number).into_iter().map(|value| std::str::from_utf8(value).unwrap()).collect()
    }

    /// Whether it has the option.
    pub(crate) fn has(&self, number: OptionNumber) -> bool {
        !self.values(number).is_empty()
    }

    /// The first value of an option as a number.
    pub(crate) fn uint(&self, number: OptionNumber) -> Option<u32> {
        let value = self.values(number).first().copied()?;
        Some(value.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
    }

    /// NUM, M and SZX of a Block option (RFC 7959 2.2).
    pub(crate) fn block(&self, number: OptionNumber) -> Option<(u32, bool, u32)> {
        self.uint(number).map(|value| (value >> 4, value & 8 != 0, value & 7))
    }

    /// An Empty message of this type and Message ID: four bytes (RFC 7252 4.1).
    pub(crate) fn is_empty(&self, kind: Type, id: u16) -> bool {
        (self.kind, self.code, self.id, self.len) == (kind, Code::EMPTY, id, 4)
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arrow = if self.way == Way::Sent { "->" } else { "<-" };
        let Self { at, kind, code, id, token, payload, .. } = self;
        let token = hex::encode(token);
        write!(f, "{:7.3} {arrow} {kind:?} {code} id {id:04x} token {token}", at.as_secs_f32())?;
        for (number, value) in &self.options {
            write!(f, " {number}={}", value.escape_ascii())?;
        }
        let start = payload.get(..payload.len().min(30)).unwrap_or_default();
        write!(f, " {} bytes {}{}", payload.len(), start.escape_ascii(), if self.lost { " LOST" } else { "" })
    }
}

/// Says of each message whether the network loses it.
pub(crate) type Loss = Box<dyn FnMut(&Seen) -> bool>;

/// A UDP socket that is listened to, and may lose what it is told to.
pub(crate) struct Recorder {
    pub(crate) net: StdUdp,
    start: Instant,
    /// All that was seen so far.
    pub(crate) seen: Vec<Seen>,
    /// What is lost from now on.
    pub(crate) loss: Loss,
}

impl Recorder {
    pub(crate) fn connect(peer: SocketAddr, start: Instant) -> Self {
        Self { net: StdUdp::connect(peer).unwrap(), start, seen: Vec::new(), loss: Box::new(|_| false) }
    }

    /// Takes note of a message, and says whether it is lost.
    fn note(&mut self, way: Way, bytes: &[u8]) -> bool {
        let mut seen = Seen::new(way, self.start.elapsed(), bytes);
        seen.lost = (self.loss)(&seen);
        let lost = seen.lost;
        self.seen.push(seen);
        lost
    }
}

impl Transport for Recorder {
    type Error = io::Error;

    fn receive(&mut self, into: &mut [u8]) -> nb::Result<usize, io::Error> {
        loop {
            let len = self.net.receive(into)?;
            if !self.note(Way::Received, &into[..len]) {
                return Ok(len);
            }
        }
    }

    fn send(&mut self, datagram: &[u8]) -> nb::Result<(), io::Error> {
        if self.note(Way::Sent, datagram) { Ok(()) } else { self.net.send(datagram) }
    }

    fn tick(&mut self, now: Duration) {
        self.net.tick(now);
    }

    fn poll_timeout(&mut self) -> Option<Duration> {
        self.net.poll_timeout()
    }
}
