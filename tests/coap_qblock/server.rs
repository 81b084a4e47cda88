//! A server of one resource by Q-Block1 and Q-Block2, or by Block1 and Block2, written from RFC 9177 and RFC 7959; one client.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;
use stint_coap::{Code, Message, OptionNumber, Type, Writer};
use stint_lab::link::End;

const SIZE: usize = 1024;
const SZX: u32 = 6;
/// MAX_PAYLOADS.
const SET: u32 = 10;
/// NON_TIMEOUT_RANDOM.
const PAUSE: Duration = Duration::from_millis(2_400);
/// NON_RECEIVE_TIMEOUT.
const PATIENCE: Duration = Duration::from_secs(4);

/// A body of a request on its way here.
struct Partial {
    tag: Vec<u8>,
    token: Vec<u8>,
    blocks: BTreeMap<u32, Vec<u8>>,
    size: usize,
    confirmed: u32,
    /// The set for whose sake the ones before were asked for.
    told: u32,
    count: u32,
    due: Duration,
    done: bool,
}

pub(crate) struct Far {
    /// Whether it knows Q-Block.
    pub(crate) knows: bool,
    pub(crate) body: Vec<u8>,
    pub(crate) etag: u8,
    /// Another body takes its place after so many blocks were sent.
    pub(crate) change_after: Option<usize>,
    /// What was put.
    pub(crate) put: Option<Vec<u8>>,
    /// How often a body was put whole.
    pub(crate) puts: usize,
    pub(crate) blocks_sent: usize,
    partial: Option<Partial>,
    /// The response on its way: its token, the next block, and when its set goes by itself.
    going: Option<(Vec<u8>, u32, Duration)>,
    plain: Vec<u8>,
    out: VecDeque<Vec<u8>>,
    id: u16,
    answered: BTreeMap<u16, Vec<u8>>,
}

impl Far {
    pub(crate) fn new(knows: bool, body: Vec<u8>) -> Self {
        Self {
            knows,
            body,
            etag: 1,
            change_after: None,
            put: None,
            puts: 0,
            blocks_sent: 0,
            partial: None,
            going: None,
            plain: Vec::new(),
            out: VecDeque::new(),
            id: 0x7000,
            answered: BTreeMap::new(),
        }
    }

    fn count(&self) -> u32 {
        self.body.len().div_ceil(SIZE) as u32
    }

    fn say(&mut self, kind: Type, id: u16, code: Code, token: &[u8], options: &[(OptionNumber, u32)], payload: &[u8]) {
        let mut out = vec![0; 1400];
        let mut writer = Writer::new(&mut out, kind, code, id, token);
        for (number, value) in options {
            match *number {
                OptionNumber::ETAG => writer.option(*number, &[*value as u8]),
                number => writer.uint(number, *value),
            }
        }
        let len = writer.payload(payload).unwrap();
        out.truncate(len);
        if kind == Type::Acknowledgement {
            self.answered.insert(id, out.clone());
        }
        self.out.push_back(out);
    }

    fn non(&mut self, code: Code, token: &[u8], options: &[(OptionNumber, u32)], payload: &[u8]) {
        self.id = self.id.wrapping_add(1);
        self.say(Type::NonConfirmable, self.id, code, token, options, payload);
    }

    fn block(&mut self, token: &[u8], number: u32) {
        if self.change_after == Some(self.blocks_sent) {
            self.change_after = None;
            self.etag += 1;
            self.body.reverse();
        }
        self.blocks_sent += 1;
        let Some(payload) = self.body.chunks(SIZE).nth(number as usize).map(<[u8]>::to_vec) else { return };
        let more = u32::from(number + 1 < self.count());
        let options = [
            (OptionNumber::ETAG, self.etag.into()),
            (OptionNumber::SIZE2, self.body.len() as u32),
            (OptionNumber::Q_BLOCK2, number << 4 | more << 3 | SZX),
        ];
        self.non(Code::CONTENT, token, &options, &payload);
    }

    /// A set goes, and the next after a pause.
    fn set(&mut self, now: Duration, token: &[u8], from: u32) {
        let end = (from / SET + 1) * SET;
        (from..end.min(self.count())).for_each(|number| self.block(token, number));
        self.going = (end < self.count()).then(|| (token.to_vec(), end, now + PAUSE));
    }

    fn asked(&mut self, now: Duration, message: &Message<'_>, blocks: &[u32]) {
        let mut wanted = BTreeSet::new();
        for value in blocks {
            let (number, more) = (value >> 4, value & 8 != 0);
            match (more, number) {
                (true, 0) => return self.set(now, message.token, 0),
                (true, number) if number.is_multiple_of(SET) => {
                    let token = self.going.take().map_or(message.token.to_vec(), |(token, ..)| token);
                    return self.set(now, &token, number);
                }
                (true, number) => wanted.extend(number..(number / SET + 1) * SET),
                (false, number) => assert!(wanted.insert(number), "asked twice for {number}"),
            }
        }
        assert!(blocks.windows(2).all(|pair| pair[0] >> 4 < pair[1] >> 4), "RFC 9177 4.4: in increasing order");
        wanted.into_iter().for_each(|number| self.block(message.token, number));
    }

    fn sent(&mut self, now: Duration, message: &Message<'_>, value: u32) {
        let option = |number| message.option(number).unwrap();
        let tag = option(OptionNumber::REQUEST_TAG).value.to_vec();
        let size = option(OptionNumber::SIZE1).uint().unwrap() as usize;
        if self.partial.as_ref().is_none_or(|partial| partial.tag != tag) {
            let (token, blocks) = (Vec::new(), BTreeMap::new());
            self.partial =
                Some(Partial { tag, token, blocks, size, confirmed: 0, told: 0, count: 0, due: now, done: false });
        }
        let partial = self.partial.as_mut().unwrap();
        partial.token = message.token.to_vec();
        let token = partial.token.clone();
        if partial.done {
            return self.non(Code::CHANGED, &token, &[], &[]);
        }
        let number = value >> 4;
        assert_eq!(partial.size, size, "RFC 9177 4.6: the same Size1 in all of them");
        if partial.blocks.insert(number, message.payload.to_vec()).is_none() {
            (partial.count, partial.due) = (0, now + PATIENCE);
        }
        let total = size.div_ceil(SIZE) as u32;
        let whole = (0..).take_while(|number| partial.blocks.contains_key(number)).count() as u32;
        if whole == total {
            partial.done = true;
            self.put = Some(partial.blocks.values().flatten().copied().collect());
            self.puts += 1;
            return self.non(Code::CHANGED, &token, &[], &[]);
        }
        let set = number / SET * SET;
        if whole > 0 && whole.is_multiple_of(SET) && whole > partial.confirmed {
            partial.confirmed = whole;
            let value = (whole - 1) << 4 | 8 | SZX;
            self.non(Code::CONTINUE, &token, &[(OptionNumber::Q_BLOCK1, value)], &[]);
        } else if whole < set && set > partial.told {
            partial.told = set;
            self.missing(set);
        }
    }

    /// 4.08: which blocks before this one are missing.
    fn missing(&mut self, before: u32) {
        let partial = self.partial.as_ref().unwrap();
        let missing = (0..before).filter(|number| !partial.blocks.contains_key(number)).take(SET as usize);
        let list: Vec<u8> = missing.flat_map(|n| if n < 24 { vec![n as u8] } else { vec![24, n as u8] }).collect();
        let token = partial.token.clone();
        self.non(Code::REQUEST_ENTITY_INCOMPLETE, &token, &[(OptionNumber::CONTENT_FORMAT, 272)], &list);
    }

    /// Block1 and Block2, Confirmable.
    fn plainly(&mut self, message: &Message<'_>) {
        let uint = |number| message.option(number).and_then(|opt| opt.uint());
        let (id, token) = (message.id, message.token);
        let ack = Type::Acknowledgement;
        if message.code == Code::GET {
            let number = uint(OptionNumber::BLOCK2).unwrap_or(SZX) >> 4;
            let payload = self.body.chunks(SIZE).nth(number as usize).unwrap().to_vec();
            let more = u32::from(number + 1 < self.count());
            let options =
                [(OptionNumber::ETAG, self.etag.into()), (OptionNumber::BLOCK2, number << 4 | more << 3 | SZX)];
            return self.say(ack, id, Code::CONTENT, token, &options, &payload);
        }
        let value = uint(OptionNumber::BLOCK1).unwrap_or(0);
        assert_eq!(self.plain.len(), (value >> 4) as usize * SIZE);
        self.plain.extend(message.payload);
        let code = if value & 8 != 0 { Code::CONTINUE } else { Code::CHANGED };
        if code == Code::CHANGED {
            (self.put, self.puts) = (Some(std::mem::take(&mut self.plain)), self.puts + 1);
        }
        self.say(ack, id, code, token, &[(OptionNumber::BLOCK1, value)], &[]);
    }
}

impl End for Far {
    fn receive(&mut self, now: Duration, datagram: &[u8]) {
        let Ok(message) = Message::parse(datagram) else { return };
        if let Some(again) = self.answered.get(&message.id).filter(|_| message.kind == Type::Confirmable) {
            return self.out.push_back(again.clone());
        }
        let values = |number| message.options().filter(move |opt| opt.number == number).map(|opt| opt.uint().unwrap());
        let blocks: Vec<u32> = values(OptionNumber::Q_BLOCK2).collect();
        let block1 = values(OptionNumber::Q_BLOCK1).next();
        match (message.kind, self.knows) {
            (Type::Confirmable, true) if blocks == [0] => {
                let options = [(OptionNumber::SIZE2, 40), (OptionNumber::Q_BLOCK2, 8)];
                self.say(Type::Acknowledgement, message.id, Code::CONTENT, message.token, &options, &[b'x'; 16]);
            }
            (Type::Confirmable, _) if !blocks.is_empty() || block1.is_some() => {
                self.say(Type::Acknowledgement, message.id, Code::BAD_OPTION, message.token, &[], &[]);
            }
            (Type::Confirmable, _) => self.plainly(&message),
            (_, true) if block1.is_some() => self.sent(now, &message, block1.unwrap()),
            (_, true) if !blocks.is_empty() => self.asked(now, &message, &blocks),
            _ => {}
        }
    }

    fn wake(&mut self, now: Duration) {
        if let Some((token, next, due)) = self.going.clone()
            && due <= now
        {
            self.set(now, &token, next);
        }
        if let Some(partial) = self.partial.as_mut().filter(|partial| !partial.done && partial.due <= now) {
            partial.count += 1;
            partial.due = now + PATIENCE * (1 << partial.count.min(6));
            let total = partial.size.div_ceil(SIZE) as u32;
            if partial.count <= 8 {
                self.missing(total);
            } else {
                self.partial = None;
            }
        }
    }

    fn deadline(&self) -> Option<Duration> {
        let partial = self.partial.as_ref().filter(|partial| !partial.done).map(|partial| partial.due);
        self.going.as_ref().map(|(.., due)| *due).into_iter().chain(partial).min()
    }

    fn transmit(&mut self, _now: Duration) -> Option<Vec<u8>> {
        self.out.pop_front()
    }
}
