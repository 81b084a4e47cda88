//! Flights: what is sent together, and again until it is answered (RFC 6347 4.2.4).

use super::{At, Core, Own, client_hello};
use crate::auth::{Auth, Phase};
use crate::config::Config;
use crate::crypto::Provider;
use crate::error::{Coarse, Error, Flight as Which, Peer};
use crate::stats::count;
use crate::wire::{Alert, ContentType, HANDSHAKE_HEADER, HandshakeType, Header, Output, Sink, Writer};
use core::time::Duration;

/// No wait between two transmissions is longer (RFC 6347 4.2.4.1).
const MAX_TIMEOUT: Duration = Duration::from_secs(60);
/// How long no second refusal of a renegotiation is sent.
const REFUSAL_PAUSE: Duration = Duration::from_secs(1);
/// After two timeouts the path may be dropping large datagrams, and smaller ones are tried (RFC 6347 4.1.1.1): so many bytes at most.
const SMALL_MTU: usize = 256;

/// Our last flight, in the order in which it is written. The ClientHello is a flight of its own.
const FINISHED_FLIGHT: [HandshakeType; 4] = [
    HandshakeType::CERTIFICATE,
    HandshakeType::CLIENT_KEY_EXCHANGE,
    HandshakeType::CERTIFICATE_VERIFY,
    HandshakeType::FINISHED,
];
/// Our last flight in an abbreviated handshake.
const RESUMED_FLIGHT: [HandshakeType; 1] = [HandshakeType::FINISHED];
const HELLO_FLIGHT: [HandshakeType; 1] = [HandshakeType::CLIENT_HELLO];

/// Where the writing of a flight is.
#[derive(Clone, Copy)]
struct Cursor {
    /// Index of the message.
    item: u8,
    message_seq: u16,
    /// Bytes of its body that are sent.
    offset: u16,
}

/// The flight that is being sent or waits for its answer.
#[repr(C)]
pub(super) struct Flight {
    sending: bool,
    transmissions: u8,
    timeouts: u8,
    /// The server repeated its own last flight meanwhile.
    repeated: bool,
    /// An alert in the clear, which may be forged.
    hint: Option<Alert>,
    first_seq: u16,
    cursor: Cursor,
    interval: Duration,
    deadline: Duration,
}

impl Flight {
    pub(super) const EMPTY: Self = Self {
        sending: false,
        cursor: Cursor { item: 0, message_seq: 0, offset: 0 },
        first_seq: 0,
        transmissions: 0,
        timeouts: 0,
        repeated: false,
        hint: None,
        interval: Duration::ZERO,
        deadline: Duration::ZERO,
    };

    /// A new flight, whose first message has number `first_seq`.
    #[inline(never)]
    pub(super) fn begin(&mut self, interval: Duration, first_seq: u16) {
        *self = Self { interval, first_seq, ..Self::EMPTY };
        self.send_again();
    }

    #[inline(never)]
    fn send_again(&mut self) {
        self.sending = true;
        self.cursor = Cursor { item: 0, message_seq: self.first_seq, offset: 0 };
    }

    /// The alert in the clear that waits to be believed.
    #[cfg(feature = "inspect")]
    pub(super) fn hinted(&self) -> Option<u8> {
        self.hint.map(|alert| alert.0)
    }

    pub(super) fn is_sending(&self) -> bool {
        self.sending
    }

    /// When the flight must be looked at next.
    pub(super) fn deadline(&self) -> Duration {
        if self.sending { Duration::ZERO } else { self.deadline }
    }

    /// Whether a whole wait has passed without an answer.
    pub(super) fn unanswered(&self) -> bool {
        self.timeouts > 0
    }

    /// A message of the server's was taken: an alert that came before it did not end the handshake.
    pub(super) fn progress(&mut self) {
        self.hint = None;
    }

    /// The server sent its last flight again: so it lacks ours (RFC 6347 4.2.4). The last transmission is left to the timer.
    pub(super) fn repeated(&mut self, transmissions: u8) {
        self.repeated = true;
        if self.transmissions < transmissions {
            self.send_again();
        }
    }

    /// An alert came in the clear: one more transmission, and if the server has nothing else to say then, the alert is believed.
    pub(super) fn alerted(&mut self, alert: Alert, transmissions: u8) {
        if self.hint.is_none() {
            self.hint = Some(alert);
            if self.transmissions < transmissions {
                self.send_again();
            }
        }
    }

    /// Whether a renegotiation may be refused aloud now; the deadline of an answered flight keeps the time.
    pub(super) fn may_refuse(&mut self, now: Duration) -> bool {
        let may = now >= self.deadline;
        if may {
            self.deadline = now.saturating_add(REFUSAL_PAUSE);
        }
        may
    }
}

/// Writes the body of one of our messages.
fn body<A: Auth<P>, P: Provider>(
    config: &Config<'_>,
    auth: &A,
    own: &Own<A::Step>,
    kind: HandshakeType,
    sink: &mut Sink<'_, P::Hash>,
) {
    match kind {
        HandshakeType::CLIENT_HELLO => client_hello::<A, P>(config, auth, own, sink),
        HandshakeType::FINISHED => sink.put(&own.verify_data),
        _ => auth.emit(&own.step, kind, sink),
    }
}

impl<A: Auth<P>, P: Provider> Core<'_, A, P> {
    #[inline(never)]
    fn length(&self, kind: HandshakeType) -> usize {
        let mut sink = Sink::new(Output::Count);
        body::<A, P>(&self.config, &self.auth, &self.memory.own, kind, &mut sink);
        sink.len()
    }

    /// Hashes a message of ours on, whole (RFC 6347 4.2.6).
    #[inline(never)]
    pub(super) fn hash_ours(&mut self, kind: HandshakeType, seq: u16) {
        let length = self.length(kind);
        let memory = &mut *self.memory;
        let (hash, _, _) = self.provider.parts();
        let mut sink = Sink::new(Output::Hash(hash, &mut memory.transcript));
        sink.put(&Header::whole(kind, length, seq).bytes());
        body::<A, P>(&self.config, &self.auth, &memory.own, kind, &mut sink);
    }

    /// Hashes a message on if the credential sends it, and returns the number of the next.
    pub(super) fn hash_if_sent(&mut self, kind: HandshakeType, seq: u16) -> u16 {
        if !self.auth.sends(&self.memory.own.step, kind) {
            return seq;
        }
        self.hash_ours(kind, seq);
        seq + 1
    }

    /// The message at the cursor, or `None` behind the last one.
    fn at_cursor(&self, cursor: &mut Cursor) -> Option<HandshakeType> {
        let resumed = A::RESUMES && self.auth.phase() == Phase::Resumed;
        let flight: &[HandshakeType] = if resumed && self.memory.at == At::Established {
            &RESUMED_FLIGHT
        } else if self.memory.at == At::AwaitFinished && !resumed {
            &FINISHED_FLIGHT
        } else {
            &HELLO_FLIGHT
        };
        loop {
            let kind = *flight.get(usize::from(cursor.item))?;
            let ours = matches!(kind, HandshakeType::CLIENT_HELLO | HandshakeType::FINISHED);
            if ours || self.auth.sends(&self.memory.own.step, kind) {
                return Some(kind);
            }
            cursor.item += 1;
        }
    }

    /// Looks at the timer: sends the flight again, or gives up.
    #[inline(never)]
    pub(crate) fn timer(&mut self, now: Duration) -> Result<(), Error> {
        let flight = &mut self.memory.flight;
        let which = match self.memory.at {
            At::AwaitServerHello | At::AwaitServerFlight => Which::ClientHello,
            // There the server's Finished comes before ours.
            At::AwaitFinished if A::RESUMES && self.auth.phase() == Phase::Resumed => Which::ClientHello,
            At::AwaitFinished => Which::Finished,
            _ => return Ok(()),
        };
        if flight.sending || now < flight.deadline {
            return Ok(());
        }
        if let Some(alert) = flight.hint {
            return Err(Error::PeerAlert(alert));
        }
        if flight.transmissions >= self.config.transmissions {
            if let Some(need) = self.memory.reassembly.need() {
                return Err(Error::ReassemblyTooSmall { need, have: Coarse::of(self.reassembly.len()) });
            }
            let repeated = flight.repeated || self.memory.at == At::AwaitServerFlight;
            return Err(Error::Timeout { flight: which, peer: if repeated { Peer::Repeated } else { Peer::Silent } });
        }
        flight.timeouts = flight.timeouts.saturating_add(1);
        flight.interval = flight.interval.saturating_add(flight.interval).min(MAX_TIMEOUT);
        flight.send_again();
        Ok(())
    }

    /// Writes the next datagram of the flight, if one is to be sent.
    #[inline(never)]
    pub(crate) fn transmit(&mut self, now: Duration, out: &mut [u8]) -> Result<Option<usize>, Error> {
        if !self.memory.flight.sending {
            return Ok(None);
        }
        let mtu = if self.memory.flight.timeouts >= 2 { SMALL_MTU } else { usize::from(self.config.mtu) };
        let len = out.len().min(mtu);
        let mut rest = out.get_mut(..len).unwrap_or_default();
        let mut used = 0usize;
        let mut cursor = self.memory.flight.cursor;
        while let Some(kind) = self.at_cursor(&mut cursor) {
            let Some((record, whole)) = self.put(rest, kind, &mut cursor, used == 0)? else {
                break;
            };
            used += record;
            rest = rest.get_mut(record..).unwrap_or_default();
            if !whole {
                break;
            }
        }
        let done = self.at_cursor(&mut cursor).is_none();
        self.memory.flight.cursor = cursor;
        if done {
            self.sent(now);
        }
        Ok(Some(used))
    }

    /// The flight is out: waits for its answer.
    fn sent(&mut self, now: Duration) {
        let flight = &mut self.memory.flight;
        if flight.transmissions > 0 {
            count(&mut self.memory.stats.retransmissions);
        }
        flight.transmissions = flight.transmissions.saturating_add(1);
        flight.sending = false;
        // Up to 0.27 s at random, so that a fleet that lost its server does not come back in step.
        let random = self.memory.own.random.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        let jitter = Duration::new(0, random.rotate_left(u32::from(flight.transmissions) << 3) & 0x0fff_ffff);
        flight.deadline = now.saturating_add(flight.interval).saturating_add(jitter);
    }

    /// Puts the record of one message, or of a fragment of it, at the start of `out`. Returns its length, and whether the message is complete; `None`: it
    /// goes into the next datagram.
    fn put(
        &mut self,
        out: &mut [u8],
        kind: HandshakeType,
        cursor: &mut Cursor,
        first: bool,
    ) -> Result<Option<(usize, bool)>, Error> {
        let length = self.length(kind);
        let offset = usize::from(cursor.offset);
        let protect = kind == HandshakeType::FINISHED;
        let (before, after) = self.memory.channel.overhead::<P::Aeads>(protect);
        // The ChangeCipherSpec goes before Finished (RFC 5246 7.1), in the same datagram.
        let prefix = if protect { self.memory.channel.overhead::<P::Aeads>(false).0 + 1 } else { 0 };
        let fixed = prefix + before + after + HANDSHAKE_HEADER;
        let room = out.len().saturating_sub(fixed);
        let left = length.saturating_sub(offset);
        if room < left && !first {
            return Ok(None);
        }
        let fragment = left.min(room).min(self.auth.max_plaintext().saturating_sub(HANDSHAKE_HEADER));
        if fragment == 0 && left > 0 {
            return Err(Error::BufferTooSmall);
        }
        let too_small = Error::BufferTooSmall;
        let (head, record) = out.split_at_mut_checked(prefix).ok_or(too_small)?;
        if protect {
            let (channel, aeads) = self.channel();
            let (at, _) = channel.overhead::<P::Aeads>(false);
            *head.get_mut(at).ok_or(too_small)? = 1;
            channel.seal(aeads, head, ContentType::CHANGE_CIPHER_SPEC, 1, false).ok_or(too_small)?;
        }
        let len = HANDSHAKE_HEADER + fragment;
        let plain = record.get_mut(before..before + len).ok_or(too_small)?;
        let mut out = Writer::new(plain);
        out.put(&Header { kind, length, message_seq: cursor.message_seq, offset, fragment }.bytes());
        let mut sink = Sink::new(Output::Window { skip: offset, out });
        body::<A, P>(&self.config, &self.auth, &self.memory.own, kind, &mut sink);
        let (channel, aeads) = self.channel();
        let record = channel.seal(aeads, record, ContentType::HANDSHAKE, len, protect).ok_or(too_small)?;
        let whole = fragment == left;
        if whole {
            *cursor = Cursor { item: cursor.item + 1, message_seq: cursor.message_seq + 1, offset: 0 };
        } else {
            cursor.offset = (offset + fragment) as u16;
        }
        Ok(Some((prefix + record, whole)))
    }

    /// An alert in the clear, while a handshake goes on.
    pub(crate) fn hint(&mut self, alert: Alert) {
        self.memory.flight.alerted(alert, self.config.transmissions);
    }

    /// Takes the alert that waits to be sent.
    pub(crate) fn take_alert(&mut self) -> Option<(u8, Alert)> {
        self.memory.alert.take()
    }
}
