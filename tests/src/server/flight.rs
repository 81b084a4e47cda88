//! Flights: what is sent together, cut into fragments, packed into records and datagrams as the shape says.

use super::config::{Cut, Order, Shape};
use super::protection::{Protection, aad, aad_cid};
use super::wire::{Fragment, Record};
use crate::random::Random;

/// Content types (RFC 5246 6.2.1).
pub const CHANGE_CIPHER_SPEC: u8 = 20;
/// Alerts.
pub const ALERT: u8 = 21;
/// Handshake messages.
pub const HANDSHAKE: u8 = 22;
/// Application data.
pub const APPLICATION_DATA: u8 = 23;
/// Records with a Connection ID (RFC 9146 4).
pub const TLS12_CID: u8 = 25;

/// One thing in a flight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A handshake message.
    Message {
        /// Epoch that it is sent in.
        epoch: u16,
        /// The message.
        message: Fragment,
    },
    /// Any other record.
    Plain {
        /// Epoch that it is sent in.
        epoch: u16,
        /// Content type.
        kind: u8,
        /// Plaintext.
        body: Vec<u8>,
    },
}

/// Numbers and protects records.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    /// Next sequence number of each epoch.
    pub next: [u64; 2],
    /// Protection of epoch 1.
    pub protection: Option<Protection>,
    /// The Connection ID that the client's side asked for; empty: plain records.
    pub cid: Vec<u8>,
    /// Padding in tls12_cid records.
    pub padding: usize,
    /// See `Config::nonce_mask`.
    pub nonce_mask: u64,
    /// The most bytes of plaintext in a record, of each epoch; 0: no limit.
    pub limits: [usize; 2],
}

impl Writer {
    /// The next record of the epoch.
    pub fn record(&mut self, epoch: u16, kind: u8, plain: &[u8]) -> Record {
        let index = usize::from(epoch.min(1));
        let sequence = self.next[index];
        self.next[index] += 1;
        self.numbered(epoch, sequence, kind, plain)
    }

    /// A record with a number of one's choice.
    #[must_use]
    pub fn numbered(&self, epoch: u16, sequence: u64, kind: u8, plain: &[u8]) -> Record {
        let mut record = Record { kind, epoch, sequence, cid: Vec::new(), fragment: plain.to_vec() };
        let Some(protection) = self.protection.as_ref().filter(|_| epoch > 0) else { return record };
        let number = record.number();
        if self.cid.is_empty() {
            record.fragment = protection.seal(number, self.nonce_mask, &aad(number, kind, plain.len()), plain);
        } else {
            let inner = [plain, &[kind], &vec![0; self.padding]].concat();
            record.fragment =
                protection.seal(number, self.nonce_mask, &aad_cid(number, &self.cid, inner.len()), &inner);
            record.kind = TLS12_CID;
            record.cid = self.cid.clone();
        }
        record
    }

    /// The datagrams of a flight.
    pub fn pack(&mut self, items: &[Item], shape: Shape, random: &mut Random) -> Vec<Vec<u8>> {
        let mut plain: Vec<(u16, u8, Vec<u8>)> = Vec::new();
        for item in items {
            match item {
                Item::Plain { epoch, kind, body } => plain.push((*epoch, *kind, body.clone())),
                Item::Message { epoch, message } => {
                    let limit = match self.limits[usize::from((*epoch).min(1))] {
                        0 => usize::MAX,
                        n => n,
                    };
                    for piece in cut(message, shape.cut, limit - 12, random) {
                        match plain.last_mut() {
                            Some((e, HANDSHAKE, body))
                                if shape.messages_in_a_record
                                    && e == epoch
                                    && body.len() + piece.len() + 60 < shape.mtu
                                    && body.len() + piece.len() <= limit =>
                            {
                                body.extend(piece);
                            }
                            _ => plain.push((*epoch, HANDSHAKE, piece)),
                        }
                    }
                }
            }
        }
        let mut datagrams: Vec<Vec<u8>> = Vec::new();
        for (epoch, kind, body) in plain {
            let record = self.record(epoch, kind, &body).bytes();
            match datagrams.last_mut() {
                Some(d) if shape.records_in_a_datagram && d.len() + record.len() <= shape.mtu => d.extend(record),
                _ => datagrams.push(record),
            }
        }
        match shape.order {
            Order::Forward => {}
            Order::Backward => datagrams.reverse(),
            Order::Shuffled => random.shuffle(&mut datagrams),
        }
        datagrams
    }
}

/// The fragments of a message, of at most `most` bytes without their headers, each as bytes.
fn cut(message: &Fragment, cut: Cut, most: usize, random: &mut Random) -> Vec<Vec<u8>> {
    let body = &message.body;
    if body.is_empty() || cut == Cut::Whole && body.len() <= most {
        return vec![message.bytes()];
    }
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < body.len() {
        let (len, back) = match cut {
            Cut::Whole => (body.len(), 0),
            Cut::At(len) => (len, 0),
            Cut::Overlap { len, back } => (len, back.min(at)),
            Cut::Random => (1 + random.below(body.len() as u64) as usize, random.below(1 + at as u64) as usize),
        };
        let back = back.min(most.saturating_sub(1));
        let start = at - back;
        let end = (start + len.max(back + 1).min(most)).min(body.len());
        pieces.push(Fragment { offset: start, body: body[start..end].to_vec(), ..message.clone() }.bytes());
        at = end;
    }
    pieces
}
