//! The body behind `/example_data`, in blocks both ways (RFC 7959), with its ETag and the Echo value that goes with it.

use super::coap::Config;
use super::sha256;
use coap_lite::{CoapOption, MessageClass, Packet, ResponseType};

/// The number of the Echo option (RFC 9175 2.2.1).
pub(super) const ECHO: u16 = 252;

/// The body, and what came of the next one.
pub(super) struct Stored {
    body: Vec<u8>,
    etag: Vec<u8>,
    upload: Vec<u8>,
}

impl Stored {
    pub(super) fn new(body: &[u8]) -> Self {
        Self { body: body.to_vec(), etag: etag(body), upload: Vec::new() }
    }

    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }

    /// Another body takes its place.
    pub(super) fn store(&mut self, body: Vec<u8>) {
        self.etag = etag(&body);
        self.body = body;
    }

    /// Answers a GET by the block that it asks for, or the first.
    pub(super) fn block2(&self, config: &Config, request: &Packet, answer: &mut Packet) {
        answer.header.code = MessageClass::Response(ResponseType::Content);
        let wanted = request.get_first_option(CoapOption::Block2).map(|v| from_uint(v));
        let szx = wanted.map_or(7, |v| (v & 7) as u8).min(config.szx);
        let size = 16usize << szx;
        // a block number counts blocks of the size that was asked for (RFC 7959 2.4)
        let start = wanted.map_or(0, |v| (v >> 4) as usize * (16usize << (v & 7).min(6)));
        let Some(rest) = self.body.get(start..) else {
            answer.header.code = MessageClass::Response(ResponseType::BadOption);
            return;
        };
        let (body, more) = if rest.len() > size { (&rest[..size], 8) } else { (rest, 0) };
        if wanted.is_some() || more != 0 {
            answer.add_option(CoapOption::Block2, uint(((start / size) as u32) << 4 | more | u32::from(szx)));
            if config.etag {
                answer.add_option(CoapOption::ETag, self.etag.clone());
            }
        }
        answer.payload = body.to_vec();
    }

    /// Takes a PUT: a body, or a block of one.
    pub(super) fn block1(&mut self, config: &mut Config, request: &Packet, answer: &mut Packet) {
        answer.header.code = MessageClass::Response(ResponseType::Changed);
        let announced = request.get_first_option(CoapOption::Size1).map_or(0, |v| from_uint(v) as usize);
        let Some(block) = request.get_first_option(CoapOption::Block1).map(|v| from_uint(v)) else {
            self.store(request.payload.clone());
            return;
        };
        let (number, more, szx) = ((block >> 4) as usize, block & 8, (block & 7) as u8);
        if number == 0 {
            self.upload.clear();
        }
        if config.forgets.is_some_and(|at| self.upload.len() >= at) {
            config.forgets = None;
            self.upload.clear();
        }
        if number * (16usize << szx) != self.upload.len() {
            answer.header.code = MessageClass::Response(ResponseType::RequestEntityIncomplete);
            return;
        }
        if announced.max(self.upload.len() + request.payload.len()) > config.limit {
            answer.header.code = MessageClass::Response(ResponseType::RequestEntityTooLarge);
            answer.add_option(CoapOption::Size1, uint(config.limit as u32));
            return;
        }
        // a smaller block is asked for by the answer to the first (RFC 7959 2.3)
        let szx = szx.min(config.szx);
        let take = if number == 0 && more != 0 { request.payload.len().min(16 << szx) } else { request.payload.len() };
        self.upload.extend_from_slice(&request.payload[..take]);
        answer.add_option(CoapOption::Block1, uint((block & !7 & 0xffff_fff7) | more | u32::from(szx)));
        if more == 0 {
            let body = core::mem::take(&mut self.upload);
            self.store(body);
        } else {
            answer.header.code = MessageClass::Response(ResponseType::Continue);
        }
    }

    /// The Echo value of now: another one after each change (RFC 9175 2.3, event-based freshness).
    pub(super) fn freshness(&self) -> Vec<u8> {
        sha256(&[b"fresh", &self.etag[..]].concat())[..8].to_vec()
    }

    /// Whether a request has it.
    pub(super) fn is_fresh(&self, request: &Packet) -> bool {
        request.get_first_option(CoapOption::from(ECHO)).is_some_and(|value| *value == self.freshness())
    }
}

fn etag(body: &[u8]) -> Vec<u8> {
    sha256(body)[..4].to_vec()
}

/// A number as an option's value (RFC 7252 3.2).
pub(super) fn uint(n: u32) -> Vec<u8> {
    n.to_be_bytes().iter().copied().skip_while(|b| *b == 0).collect()
}

/// An option's value as a number.
pub(super) fn from_uint(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |n, b| n << 8 | u32::from(*b))
}
