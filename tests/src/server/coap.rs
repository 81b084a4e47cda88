//! A CoAP server over coap-lite's codec: `/time` (observable), `/example_data` (GET, PUT, DELETE, in blocks), `/.well-known/core`.

use super::App;
use super::stored::{ECHO, Stored, uint};
use coap_lite::{CoapOption, MessageClass, MessageType, Packet, RequestType, ResponseType};
use core::time::Duration;
use std::collections::VecDeque;

/// How the server behaves.
#[derive(Clone, Debug)]
pub struct Config {
    /// Time between two notifications of `/time`.
    pub every: Duration,
    /// Whether notifications are confirmable; they are then repeated as RFC 7252 4.2 says.
    pub confirmable: bool,
    /// Answers come by a separate response after so long (RFC 7252 5.2.2); `None`: piggybacked.
    pub separate: Option<Duration>,
    /// Largest block size exponent: 16 << n bytes, at most 6 (RFC 7959 2.2).
    pub szx: u8,
    /// ACK_TIMEOUT, without the random factor.
    pub ack_timeout: Duration,
    /// MAX_RETRANSMIT.
    pub retransmit: u32,
    /// Max-Age of `/time` in seconds.
    pub max_age: u32,
    /// Whether bodies in blocks have an ETag.
    pub etag: bool,
    /// The longest body that is taken, in bytes: a longer one is refused by 4.13 with Size1 (RFC 7959 2.9.3, 4).
    pub limit: usize,
    /// Once, when so many bytes of an upload came, they are lost, and the next block is answered by 4.08 (RFC 7959 2.9.2).
    pub forgets: Option<usize>,
    /// Whether what changes something must be fresh: it is done only with the Echo value that the last 4.01 gave (RFC 9175 2.3).
    pub echo: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(5),
            confirmable: true,
            separate: None,
            szx: 6,
            ack_timeout: Duration::from_secs(2),
            retransmit: 4,
            max_age: 60,
            etag: true,
            limit: usize::MAX,
            forgets: None,
            echo: false,
        }
    }
}

struct Observer {
    token: Vec<u8>,
    due: Duration,
    sequence: u32,
}

struct Pending {
    id: u16,
    token: Vec<u8>,
    bytes: Vec<u8>,
    deadline: Duration,
    timeout: Duration,
    left: u32,
}

/// The server of one client.
pub struct Coap {
    config: Config,
    stored: Stored,
    observers: Vec<Observer>,
    pending: Vec<Pending>,
    answered: VecDeque<(u16, Vec<u8>)>,
    next_id: u16,
    notified: u32,
}

impl Coap {
    /// A server with `body` behind `/example_data`.
    #[must_use]
    pub fn new(config: Config, body: &[u8]) -> Self {
        Self {
            config,
            stored: Stored::new(body),
            observers: Vec::new(),
            pending: Vec::new(),
            answered: VecDeque::new(),
            next_id: 0x4000,
            notified: 0,
        }
    }

    fn id(&mut self) -> u16 {
        self.next_id = self.next_id.wrapping_add(1);
        self.next_id
    }

    fn keep(&mut self, now: Duration, packet: &Packet, bytes: Vec<u8>) {
        let timeout = self.config.ack_timeout;
        self.pending.push(Pending {
            id: packet.header.message_id,
            token: packet.get_token().to_vec(),
            bytes,
            deadline: now + timeout,
            timeout,
            left: self.config.retransmit,
        });
    }

    fn respond(&mut self, now: Duration, request: &Packet) -> Packet {
        let path: Vec<String> = request
            .get_option(CoapOption::UriPath)
            .map(|l| l.iter().map(|s| String::from_utf8_lossy(s).into_owned()).collect())
            .unwrap_or_default();
        let mut answer = Packet::new();
        answer.set_token(request.get_token().to_vec());
        let MessageClass::Request(method) = request.header.code else {
            answer.header.code = MessageClass::Response(ResponseType::BadRequest);
            return answer;
        };
        if self.config.echo && method != RequestType::Get && !self.stored.is_fresh(request) {
            answer.header.code = MessageClass::Response(ResponseType::Unauthorized);
            answer.add_option(CoapOption::from(ECHO), self.stored.freshness());
            return answer;
        }
        match (method, path.join("/").as_str()) {
            (RequestType::Get, "time") => self.time(now, request, &mut answer),
            (RequestType::Get, "example_data") => self.stored.block2(&self.config, request, &mut answer),
            (RequestType::Put, "example_data") => self.stored.block1(&mut self.config, request, &mut answer),
            (RequestType::Delete, "example_data") => {
                self.store(Vec::new());
                answer.header.code = MessageClass::Response(ResponseType::Deleted);
            }
            (RequestType::Get, ".well-known/core") => {
                answer.header.code = MessageClass::Response(ResponseType::Content);
                answer.add_option(CoapOption::ContentFormat, vec![40]);
                answer.payload = b"</time>;obs;rt=\"ticks\",</example_data>;title=\"Example Data\"".to_vec();
            }
            (RequestType::Get, _) => answer.header.code = MessageClass::Response(ResponseType::NotFound),
            _ => answer.header.code = MessageClass::Response(ResponseType::MethodNotAllowed),
        }
        answer
    }

    fn time(&mut self, now: Duration, request: &Packet, answer: &mut Packet) {
        answer.header.code = MessageClass::Response(ResponseType::Content);
        answer.payload = format!("{}.{:03} s", now.as_secs(), now.subsec_millis()).into_bytes();
        answer.add_option(CoapOption::MaxAge, uint(self.config.max_age));
        match request.get_observe_value() {
            Some(Ok(0)) => {
                self.observers.retain(|o| o.token != request.get_token());
                self.notified += 1;
                let observer = Observer {
                    token: request.get_token().to_vec(),
                    due: now + self.config.every,
                    sequence: self.notified,
                };
                answer.set_observe_value(observer.sequence);
                self.observers.push(observer);
            }
            Some(Ok(1)) => self.observers.retain(|o| o.token != request.get_token()),
            _ => {}
        }
    }

    /// Puts another body behind `/example_data`.
    pub fn store(&mut self, body: Vec<u8>) {
        self.stored.store(body);
    }

    /// What is stored behind `/example_data`.
    #[must_use]
    pub fn stored(&self) -> &[u8] {
        self.stored.body()
    }
}

fn bytes(packet: &Packet) -> Vec<u8> {
    packet.to_bytes_unlimited().unwrap()
}

impl App for Coap {
    fn handle(&mut self, now: Duration, message: &[u8]) -> Vec<Vec<u8>> {
        let Ok(request) = Packet::from_bytes(message) else { return Vec::new() };
        let id = request.header.message_id;
        match request.header.get_type() {
            MessageType::Acknowledgement => {
                self.pending.retain(|p| p.id != id);
                return Vec::new();
            }
            MessageType::Reset => {
                // a reset notification ends the observation (RFC 7641 3.6)
                if let Some(at) = self.pending.iter().position(|p| p.id == id) {
                    let token = self.pending.remove(at).token;
                    self.observers.retain(|o| o.token != token);
                }
                return Vec::new();
            }
            _ => {}
        }
        let confirmable = request.header.get_type() == MessageType::Confirmable;
        if let Some((_, answer)) = self.answered.iter().find(|a| a.0 == id) {
            return if confirmable { vec![answer.clone()] } else { Vec::new() };
        }
        let mut out = Vec::new();
        if request.header.code == MessageClass::Empty {
            // a ping (RFC 7252 4.3)
            let mut reset = Packet::new();
            reset.header.code = MessageClass::Empty;
            reset.header.set_type(MessageType::Reset);
            reset.header.message_id = id;
            return vec![bytes(&reset)];
        }
        let mut answer = self.respond(now, &request);
        if let Some(after) = self.config.separate.filter(|_| confirmable) {
            let mut ack = Packet::new();
            ack.header.code = MessageClass::Empty;
            ack.header.set_type(MessageType::Acknowledgement);
            ack.header.message_id = id;
            out.push(bytes(&ack));
            answer.header.set_type(MessageType::Confirmable);
            answer.header.message_id = self.id();
            let sent = bytes(&answer);
            self.keep(now, &answer, sent);
            if let Some(p) = self.pending.last_mut() {
                p.deadline = now + after;
            }
        } else {
            answer.header.set_type(if confirmable {
                MessageType::Acknowledgement
            } else {
                MessageType::NonConfirmable
            });
            answer.header.message_id = if confirmable { id } else { self.id() };
            out.push(bytes(&answer));
        }
        self.answered.push_front((id, out[0].clone()));
        self.answered.truncate(64);
        out
    }

    fn wake(&mut self, now: Duration) -> Vec<Vec<u8>> {
        let mut out = Vec::new();
        let mut dead = Vec::new();
        for p in self.pending.iter_mut().filter(|p| p.deadline <= now) {
            if p.left == 0 {
                dead.push(p.token.clone());
                continue;
            }
            p.left -= 1;
            p.timeout *= 2;
            p.deadline = now + p.timeout;
            out.push(p.bytes.clone());
        }
        // an observer that never acknowledges is forgotten (RFC 7641 4.5)
        self.observers.retain(|o| !dead.contains(&o.token));
        self.pending.retain(|p| !dead.contains(&p.token));
        let due: Vec<usize> = (0..self.observers.len()).filter(|i| self.observers[*i].due <= now).collect();
        for i in due {
            self.notified += 1;
            let mut note = Packet::new();
            note.header.code = MessageClass::Response(ResponseType::Content);
            note.header.message_id = self.id();
            note.set_observe_value(self.notified);
            note.add_option(CoapOption::MaxAge, uint(self.config.max_age));
            note.payload = format!("{}.{:03} s", now.as_secs(), now.subsec_millis()).into_bytes();
            let observer = &mut self.observers[i];
            observer.due = now + self.config.every;
            observer.sequence = self.notified;
            note.set_token(observer.token.clone());
            let confirmable = self.config.confirmable;
            note.header.set_type(if confirmable { MessageType::Confirmable } else { MessageType::NonConfirmable });
            let sent = bytes(&note);
            if confirmable {
                // a newer notification takes the place of an older one (RFC 7641 4.5.2)
                self.pending.retain(|p| p.token != note.get_token());
                self.keep(now, &note, sent.clone());
            }
            out.push(sent);
        }
        out
    }

    fn deadline(&self) -> Option<Duration> {
        let notes = self.observers.iter().map(|o| o.due);
        self.pending.iter().map(|p| p.deadline).chain(notes).min()
    }
}

#[cfg(test)]
mod tests {
    use super::super::stored::from_uint;
    use super::*;

    #[test]
    fn a_block_is_missing_or_twice_in_a_download_of_any_size() {
        for len in [0, 15, 16, 17, 64, 1000] {
            let body: Vec<u8> = (0..len).map(|i| i as u8).collect();
            let mut server = Coap::new(Config { szx: 2, ..Config::default() }, &body);
            let mut got: Vec<u8> = Vec::new();
            for number in 0u32.. {
                let mut get = Packet::new();
                get.header.code = MessageClass::Request(RequestType::Get);
                get.header.message_id = number as u16;
                get.add_option(CoapOption::UriPath, b"example_data".to_vec());
                get.add_option(CoapOption::Block2, uint(number << 4 | 2));
                let answer = server.handle(Duration::ZERO, &bytes(&get)).remove(0);
                let answer = Packet::from_bytes(&answer).unwrap();
                got.extend(&answer.payload);
                if from_uint(answer.get_first_option(CoapOption::Block2).unwrap()) & 8 == 0 {
                    break;
                }
            }
            assert_eq!(got, body);
        }
    }
}
