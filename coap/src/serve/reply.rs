//! A response being written: into the memory that it is sent from, options in any order, and of the representation only what was asked for.

use super::{Ticket, accepts};
use crate::block::{Block, BlockSize};
use crate::code::Code;
use crate::message::{Message, Type};
use crate::option::{ContentFormat, OptionNumber, Options};
use crate::writer::{Writer, head_len};
use core::cell::Cell;

/// The response to a request, or a notification, which a handler writes. Where it writes nothing, the response is empty: 2.05 to GET and FETCH,
/// 2.02 to DELETE, 2.04 to the others.
///
/// A representation may be of any length: [`payload`](Self::payload) keeps the block that was asked for and lets the rest go.
#[derive(Debug)]
pub struct Reply<'r> {
    /// The message so far, and room.
    out: &'r mut [u8],
    len: usize,
    /// Length of header and token.
    head: usize,
    /// What is answered; nothing in a notification or a separate response.
    request: Option<&'r Message<'r>>,
    /// Where the window begins in the representation, in bytes.
    offset: u32,
    /// Where what is written next stands in the representation, in bytes.
    at: u32,
    /// How much of the window was written, in bytes.
    written: u16,
    /// SZX of the window.
    exponent: u8,
    /// The representation goes on after the window.
    more: bool,
    /// Something did not fit.
    failed: bool,
    /// The client takes another format alone.
    unacceptable: bool,
    ticket: Option<Ticket>,
    later: bool,
}

impl<'r> Reply<'r> {
    /// Room for a message; blocks are of `exponent` at most.
    pub(super) fn new(out: &'r mut [u8], head: u16, exponent: u8) -> Self {
        let exponent = exponent.min(BlockSize::for_buffer(out.len()).exponent());
        let head = usize::from(head);
        Self {
            out,
            len: head,
            head,
            request: None,
            offset: 0,
            at: 0,
            written: 0,
            exponent,
            more: false,
            failed: false,
            unacceptable: false,
            ticket: None,
            later: false,
        }
    }

    /// Begins the response to a message. False: not even its token fits.
    #[inline(never)]
    pub(super) fn begin(&mut self, kind: Type, id: u16, message: &Message<'_>) -> bool {
        let code = match message.code {
            Code::GET | Code::FETCH => Code::CONTENT,
            Code::DELETE => Code::DELETED,
            _ => Code::CHANGED,
        };
        let head = Writer::new(self.out, kind, code, id, message.token).finish();
        self.head = head.unwrap_or_default();
        self.len = self.head;
        head.is_some()
    }

    /// Of which request, and the ticket by which it may be answered later.
    pub(super) fn of(&mut self, request: &'r Message<'r>, ticket: Ticket) {
        (self.request, self.ticket) = (Some(request), Some(ticket));
    }

    /// Which block of the representation was asked for.
    pub(super) fn window(&mut self, block2: Option<Block>) {
        if let Some(block) = block2 {
            self.offset = block.number << (u32::from(block.exponent) + 4);
            self.exponent = self.exponent.min(block.exponent);
        }
    }

    /// Sets the code.
    pub fn code(&mut self, code: Code) {
        if let Some(byte) = self.out.get_mut(1) {
            *byte = code.0;
        }
    }

    /// The code as it is now.
    #[must_use]
    pub fn current_code(&self) -> Code {
        Code(self.out.get(1).copied().unwrap_or_default())
    }

    /// An error in place of all that was written, with a text for humans (a diagnostic payload, RFC 7252 5.5.2), which may be empty.
    pub fn error(&mut self, code: Code, diagnostic: &str) {
        self.clear();
        self.code(code);
        self.offset = 0;
        self.payload(diagnostic.as_bytes());
        // What does not fit of it is not worth a request.
        self.more = false;
    }

    /// Takes back options and payload.
    pub(super) fn clear(&mut self) {
        (self.len, self.at, self.written) = (self.head, 0, 0);
        (self.more, self.failed) = (false, false);
    }

    /// Adds an option; those with the same number stay in the order in which they come. Observe, Block1, Block2 and Size2 are the server's. What does not fit
    /// makes the response a 5.00.
    #[inline(never)]
    pub fn option(&mut self, number: OptionNumber, value: &[u8]) {
        self.failed |= self.insert(number, value).is_none();
    }

    /// Adds an option whose value is a uint (RFC 7252 3.2).
    #[inline(never)]
    pub fn uint(&mut self, number: OptionNumber, value: u32) {
        let bytes = value.to_be_bytes();
        let skip = (value.leading_zeros() >> 3) as usize;
        self.option(number, bytes.get(skip..).unwrap_or_default());
    }

    /// Names the format of the payload. If the client takes another one alone (Accept), the response is a 4.06 (RFC 7252 5.10.4): who offers several asks
    /// [`Incoming::accepts`](crate::Incoming::accepts) before.
    #[inline(never)]
    pub fn content_format(&mut self, format: ContentFormat) {
        if self.request.is_some_and(|request| !accepts(request, format)) {
            self.unacceptable = true;
        }
        self.uint(OptionNumber::CONTENT_FORMAT, format.0.into());
    }

    /// Says how long the response is fresh, in seconds; 60 where it is not said (RFC 7252 5.10.5).
    pub fn max_age(&mut self, seconds: u32) {
        self.uint(OptionNumber::MAX_AGE, seconds);
    }

    /// Names the representation (RFC 7252 5.10.6): 1 to 8 bytes that change with it. A representation of several blocks should have one, so that none is
    /// put together from two. True: the client has this one already, the response is a 2.03, and no payload need be written (it would be dropped).
    pub fn etag(&mut self, etag: &[u8]) -> bool {
        self.option(OptionNumber::ETAG, etag);
        let known = self.request.is_some_and(|request| {
            request.code == Code::GET
                && request.options().any(|opt| opt.number == OptionNumber::ETAG && opt.value == etag)
        });
        if known {
            self.code(Code::VALID);
        }
        known
    }

    /// Where the block that was asked for begins in the representation, in bytes. What is written before is let go; who can begin in the middle
    /// [seeks](Self::seek) there.
    #[must_use]
    pub fn offset(&self) -> u32 {
        self.offset
    }

    /// The size of that block, in bytes: what is written after it is let go, but tells that there is more.
    #[must_use]
    pub fn room(&self) -> usize {
        16 << (self.exponent & 7)
    }

    /// What is written next stands there in the representation, in bytes from its beginning.
    pub fn seek(&mut self, at: u32) {
        self.at = at;
    }

    /// Says how long the whole representation is, in bytes (Size2, RFC 7959 4), where it takes more than a block. Then nothing need be written after the
    /// block that was asked for.
    pub fn size(&mut self, size: u32) {
        let end = self.offset.saturating_add(self.room() as u32);
        self.more |= size > end;
        if self.more || self.offset > 0 {
            self.uint(OptionNumber::SIZE2, size);
        }
    }

    /// Writes the next part of the representation.
    pub fn payload(&mut self, part: &[u8]) {
        let skip = self.offset.saturating_sub(self.at) as usize;
        self.at = self.at.saturating_add(part.len() as u32);
        let Some(part) = part.get(skip..).filter(|part| !part.is_empty()) else { return };
        let room = self.room().saturating_sub(self.written.into());
        let part = part.split_at_checked(room).map_or(part, |(now, rest)| {
            self.more |= !rest.is_empty();
            now
        });
        if part.is_empty() {
            return;
        }
        if self.written == 0 {
            self.put(&[0xff]);
        }
        self.put(part);
        self.written = self.written.wrapping_add(part.len() as u16);
    }

    /// The measurement takes long: an empty acknowledgement goes out now, and the response is made later with the ticket
    /// ([`Server::respond`](crate::Server::respond), RFC 7252 5.2.2). What was written is dropped. `None` where there is no later: in a notification.
    /// A client that asked to observe is then not taken for an observer.
    pub fn later(&mut self) -> Option<Ticket> {
        self.later = self.ticket.is_some();
        self.ticket
    }

    /// Leaves the header of a separate response, and the token: their length in bytes.
    pub(super) fn put_off(&mut self) -> u16 {
        let confirmable = self.out.first().is_some_and(|byte| byte & 0x30 == 0x20);
        self.set_kind(if confirmable { Type::Confirmable } else { Type::NonConfirmable });
        self.head as u16
    }

    /// The Message ID.
    pub(super) fn id(&self) -> u16 {
        self.out.get(2..4).and_then(|id| id.try_into().ok()).map_or(0, u16::from_be_bytes)
    }

    pub(super) fn has_payload(&self) -> bool {
        self.written > 0
    }

    pub(super) fn is_later(&self) -> bool {
        self.later
    }

    /// Whether the representation goes on after the window.
    pub(super) fn goes_on(&self) -> bool {
        self.more
    }

    pub(super) fn exponent(&self) -> u8 {
        self.exponent
    }

    #[inline(never)]
    fn put(&mut self, bytes: &[u8]) {
        match self.out.get_mut(self.len..).and_then(|rest| rest.get_mut(..bytes.len())) {
            Some(room) => {
                room.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
                self.len = self.len.wrapping_add(bytes.len());
            }
            None => self.failed = true,
        }
    }

    /// Puts an option where its number belongs. The header of the one after it changes, for it counts from this one.
    #[inline(never)]
    fn insert(&mut self, number: OptionNumber, value: &[u8]) -> Option<()> {
        let mut walk = Options::new(self.out.get(self.head..self.len)?);
        let mut before = 0;
        while let Some(opt) = walk.next_up_to(number) {
            before = opt.number.0;
        }
        let left = |walk: &Options<'_>| walk.end().map_or(0, <[u8]>::len);
        let at = self.len.wrapping_sub(left(&walk));
        let next = walk.next().map(|opt| (opt.number.0, opt.value.len()));
        let mut room = head_len(number.0.wrapping_sub(before), value.len()).wrapping_add(value.len());
        let mut kept = left(&walk);
        if let Some((next, len)) = next {
            room = room.wrapping_add(head_len(next.wrapping_sub(number.0), len));
            kept = kept.wrapping_add(len);
        }
        let from = self.len.wrapping_sub(kept);
        let to = at.checked_add(room)?;
        let end = to.checked_add(kept)?;
        let bytes = Cell::from_mut(self.out.get_mut(..end)?).as_slice_of_cells();
        // From behind, for it moves up.
        let moved = bytes.get(to..)?.iter().zip(bytes.get(from..self.len)?).rev();
        moved.for_each(|(to, from)| to.set(from.get()));
        self.len = end;
        let mut writer = Writer::after(self.out.get_mut(at..to)?, before);
        writer.option(number, value);
        if let Some((next, len)) = next {
            writer.head(OptionNumber(next), len);
        }
        writer.finish().map(|_| ())
    }

    /// Ends the message: its length in bytes. `block2`: the client asked for a block, so it is told which one this is. `block1`: which block of the request is
    /// answered.
    pub(super) fn finish(&mut self, block1: Option<Block>, block2: bool) -> usize {
        if self.unacceptable && self.current_code().is_success() {
            self.error(Code::NOT_ACCEPTABLE, "");
        }
        let code = self.current_code();
        if code == Code::VALID {
            self.cut();
        }
        // Nothing is there where the block would begin (RFC 7959 2.2 leaves the code open).
        if code.is_success() && code != Code::VALID && self.offset > 0 && self.written == 0 {
            self.error(Code::BAD_REQUEST, "");
        } else if code.is_success() && self.written > 0 && (self.more || block2) {
            let number = self.offset >> (self.exponent & 7).wrapping_add(4);
            // A block beyond 20 bits cannot be named (RFC 7959 2.2).
            self.failed |= number >> 20 != 0;
            self.uint(OptionNumber::BLOCK2, number << 4 | u32::from(self.more) << 3 | u32::from(self.exponent));
        }
        if let Some(block) = block1 {
            let value = block.number << 4 | u32::from(block.more) << 3 | u32::from(block.exponent);
            self.uint(OptionNumber::BLOCK1, value);
        }
        if self.failed {
            self.clear();
            self.code(Code::INTERNAL_SERVER_ERROR);
        }
        self.len
    }

    /// Takes back the payload.
    fn cut(&mut self) {
        if self.written > 0 {
            self.len = self.len.wrapping_sub(usize::from(self.written).wrapping_add(1)).max(self.head);
        }
        (self.written, self.more) = (0, false);
    }

    /// The type of the message.
    pub(super) fn set_kind(&mut self, kind: Type) {
        if let Some(byte) = self.out.first_mut() {
            *byte = *byte & 0xcf | (kind as u8) << 4;
        }
    }
}

/// Text written with `write!` is payload.
impl core::fmt::Write for Reply<'_> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        self.payload(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Reply;
    use crate::code::Code;
    use crate::message::{Message, Type};
    use crate::option::OptionNumber;
    use crate::reliability::Random;
    use std::vec::Vec;

    const GET: [u8; 5] = [0x41, 1, 0, 9, 7];

    /// A response in this much room.
    fn write(out: &mut [u8], write: impl FnOnce(&mut Reply<'_>)) -> usize {
        let request = Message::parse(&GET).unwrap();
        let mut reply = Reply::new(out, 0, 6);
        assert!(reply.begin(Type::Acknowledgement, 9, &request));
        write(&mut reply);
        reply.finish(None, false)
    }

    #[test]
    fn options_in_any_order_come_out_sorted_and_whole_with_the_payload_behind_them() {
        let mut random = Random::new([3; 16]);
        for _ in 0..3_000 {
            // Numbers and lengths around the edges where a header grows.
            let edges = [0, 1, 11, 12, 13, 14, 24, 25, 26, 268, 269, 270, 281, 282, 538, 1_000, 65_535];
            let mut options: Vec<(u16, usize)> = Vec::new();
            for _ in 0..random.below(7) {
                let number = edges[random.below(edges.len() as u32) as usize].max(random.below(3) as u16);
                let len = [0, 1, 12, 13, 14, 268, 269, 300][random.below(8) as usize];
                options.push((number, len));
            }
            let payload = random.below(options.len() as u32 + 1) as usize;
            let mut out = [0xee; 3_000];
            let len = write(&mut out, |reply| {
                for (index, (number, len)) in options.iter().enumerate() {
                    if index == payload {
                        reply.payload(b"in between");
                    }
                    reply.option(OptionNumber(*number), &[index as u8; 300][..*len]);
                }
            });
            let message = Message::parse(&out[..len]).unwrap();
            let mut expected: Vec<(u16, Vec<u8>)> = Vec::new();
            for (index, (number, len)) in options.iter().enumerate() {
                expected.push((*number, std::vec![index as u8; *len]));
            }
            expected.sort_by_key(|(number, _)| *number);
            let found: Vec<(u16, Vec<u8>)> = message.options().map(|opt| (opt.number.0, opt.value.into())).collect();
            assert_eq!(found, expected);
            let written: &[u8] = if payload < options.len() { b"in between" } else { b"" };
            assert_eq!((message.code, message.payload), (Code::CONTENT, written));
            assert_eq!(out[len], 0xee, "nothing is written behind the message");
        }
    }

    #[test]
    fn what_does_not_fit_at_any_size_is_a_bare_error_that_does() {
        for room in 5..80 {
            let mut out = std::vec![0; room];
            let len = write(&mut out, |reply| {
                reply.payload(&[1; 16]);
                reply.option(OptionNumber::ETAG, b"12345678");
                reply.max_age(70_000);
                reply.option(OptionNumber::LOCATION_PATH, b"x");
            });
            let message = Message::parse(&out[..len]).unwrap();
            match message.code {
                Code::CONTENT => assert_eq!((message.options().count(), message.payload.len(), len), (3, 16, 37)),
                code => assert_eq!((code, len, room < 37), (Code::INTERNAL_SERVER_ERROR, 5, true)),
            }
        }
    }

    #[test]
    fn a_reply_is_small_enough_for_the_stack_of_a_small_device() {
        assert!(size_of::<Reply<'_>>() <= 96, "{}", size_of::<Reply<'_>>());
    }
}
