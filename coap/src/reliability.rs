//! The message layer's small parts (RFC 7252 4): time, random numbers, and the memory of Confirmable messages that came.
//!
//! Promises: nothing here knows of requests or slots.

use core::time::Duration;

/// The longest wait between two retransmissions, in ticks: a minute, whatever MAX_RETRANSMIT is; RFC 7252's defaults stay below it.
const LONGEST: u32 = seconds(60);
const HALF: u32 = LONGEST / 2;

// Inside, time is counted in ticks of 1/1024 s: deadlines are 32 bits of them, so that a slot stays small, and are compared by their
// distance. A deadline is never further off than 2^30 ticks (12 days).

/// The ticks of a time. `4399 / 2^32` is 1024 / 10^9, rounded up, so that [`duration`] of a tick is never taken for the tick before.
pub(crate) const fn ticks(time: Duration) -> u64 {
    (time.as_secs() << 10).wrapping_add((time.subsec_nanos() as u64 * 4399) >> 32)
}

/// The time of ticks, not earlier than they are.
pub(crate) const fn duration(ticks: u64) -> Duration {
    Duration::new(ticks >> 10, (ticks as u32 & 1023) * 976_563)
}

/// The ticks of so many seconds, up to 12 days.
pub(crate) const fn seconds(seconds: u32) -> u32 {
    if seconds < 1 << 20 { seconds << 10 } else { 1 << 30 }
}

/// Whether the deadline has come.
pub(crate) const fn due(now: u32, deadline: u32) -> bool {
    now.wrapping_sub(deadline) as i32 >= 0
}

/// The wait after a retransmission (RFC 7252 4.2): twice the one before, up to [`LONGEST`].
pub(crate) const fn doubled(wait: u32) -> u32 {
    match wait {
        0..HALF => wait << 1,
        HALF..LONGEST => LONGEST,
        _ => wait,
    }
}

/// Numbers for tokens, Message IDs and jitter: Speck32/64 (Beaulieu et al., 2013) of a counter under a key from the seed.
///
/// A block cipher, because it does both things that a token needs: no two are equal before 2^32 were drawn, and who sees some of them
/// does not foresee the next (RFC 7252 5.3.1 asks this of `coap`; `coaps` has its record layer). This one fits 32-bit tokens without
/// truncation and costs less than a hundred bytes. It protects no data.
#[derive(Debug)]
pub(crate) struct Random {
    key: [u16; 4],
    counter: u32,
}

impl Random {
    /// From a seed: 8 bytes of key, the rest makes up the counter.
    pub(crate) fn new(seed: [u8; 16]) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = seed;
        let word = |low, high| u16::from_le_bytes([low, high]);
        let counter = u32::from_le_bytes([i, j, k, l]) ^ u32::from_le_bytes([m, n, o, p]).rotate_left(1);
        Self { key: [word(a, b), word(c, d), word(e, f), word(g, h)], counter }
    }

    /// The next number, unlike all before.
    pub(crate) fn next(&mut self) -> u32 {
        self.counter = self.counter.wrapping_add(1);
        let [mut k, mut l0, mut l1, mut l2] = self.key;
        let (mut x, mut y) = ((self.counter >> 16) as u16, self.counter as u16);
        for round in 0..22 {
            x = x.rotate_right(7).wrapping_add(y) ^ k;
            y = y.rotate_left(2) ^ x;
            let l = l0.rotate_right(7).wrapping_add(k) ^ round;
            k = k.rotate_left(2) ^ l;
            (l0, l1, l2) = (l1, l2, l);
        }
        u32::from(x) << 16 | u32::from(y)
    }

    /// A number below `end`, or 0.
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        ((u64::from(end) * u64::from(self.next())) >> 32) as u32
    }
}

/// How a Confirmable message is answered by an Empty one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Answer {
    /// The place is free.
    None = 0,
    /// By an Acknowledgement, type 2.
    Acknowledge,
    /// By a Reset, type 3.
    Reset,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    id: u16,
    /// Seconds, modulo 2^16.
    at: u16,
    answer: Answer,
    waiting: bool,
}

/// The last Confirmable messages of the peer's, with their answers, sent or still to be sent. A peer that keeps to NSTART = 1 has one
/// message outstanding (RFC 7252 4.7); four places bear with one that does not. A message for which there is no place is dropped
/// unseen, so that it comes again.
#[derive(Debug)]
pub(crate) struct Recent {
    entries: [Entry; 4],
    /// The place of the next message, where the oldest one is now.
    oldest: u8,
}

impl Recent {
    pub(crate) const EMPTY: Self =
        Self { entries: [Entry { id: 0, at: 0, answer: Answer::None, waiting: false }; 4], oldest: 0 };

    /// Whether this message came within EXCHANGE_LIFETIME, in seconds; it is then answered once more (RFC 7252 4.5).
    pub(crate) fn again(&mut self, id: u16, now: u32, lifetime: u16) -> bool {
        // 22 bits of seconds, cut to 16: what came 18 hours ago looks young again for four minutes, but its Message ID would have to come
        // again just then.
        let young = |entry: &Entry| ((now >> 10) as u16).wrapping_sub(entry.at) <= lifetime;
        let same = |entry: &&mut Entry| entry.answer != Answer::None && entry.id == id && young(entry);
        self.entries.iter_mut().find(same).map(|entry| entry.waiting = true).is_some()
    }

    /// Whether one more message can be remembered.
    pub(crate) fn has_place(&self) -> bool {
        self.entries.get(usize::from(self.oldest)).is_some_and(|entry| !entry.waiting)
    }

    /// Remembers a message, and that its answer is to be sent.
    pub(crate) fn note(&mut self, id: u16, now: u32, answer: Answer) {
        if let Some(entry) = self.entries.get_mut(usize::from(self.oldest)) {
            *entry = Entry { id, at: (now >> 10) as u16, answer, waiting: true };
        }
        self.oldest = self.oldest.wrapping_add(1) & 3;
    }

    /// Whether answers wait to be sent.
    pub(crate) fn is_waiting(&self) -> bool {
        self.entries.iter().any(|entry| entry.waiting)
    }

    /// Writes one answer, an Empty message (RFC 7252 4.1); it goes on waiting if there is no room.
    pub(crate) fn answer(&mut self, out: &mut [u8]) -> Option<usize> {
        let entry = self.entries.iter_mut().find(|entry| entry.waiting)?;
        let [high, low] = entry.id.to_be_bytes();
        let out = out.first_chunk_mut()?;
        *out = [0x50 + ((entry.answer as u8) << 4), 0, high, low];
        entry.waiting = false;
        Some(out.len())
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Random, Recent, doubled, due, duration, seconds, ticks};
    use core::time::Duration;

    #[test]
    fn a_deadline_turned_into_a_time_and_back_is_reached() {
        for tick in (0..5_000).chain((1 << 40) - 10..(1 << 40) + 2_000) {
            assert_eq!(ticks(duration(tick)), tick);
        }
        assert_eq!(ticks(Duration::from_secs(7)), 7 << 10);
        assert!(ticks(Duration::new(0, 999_999_999)) <= 1024);
        let mut last = 0;
        for nanos in (0..1_000_000_000).step_by(9_973) {
            let tick = ticks(Duration::new(3, nanos));
            assert!(tick >= last);
            last = tick;
        }
    }

    #[test]
    fn deadlines_are_compared_across_the_wrap_of_32_bits() {
        assert!(due(5, u32::MAX - 5) && !due(u32::MAX - 5, 5));
        assert!(due(7, 7) && !due(6, 7));
        assert_eq!(seconds(u32::MAX), 1 << 30);
    }

    #[test]
    fn waits_double_up_to_a_minute_and_no_further() {
        let mut wait = seconds(2);
        for expected in [4, 8, 16, 32, 60, 60] {
            wait = doubled(wait);
            assert_eq!(wait, seconds(expected));
        }
        assert_eq!(doubled(seconds(90)), seconds(90));
    }

    #[test]
    fn tokens_are_the_published_cipher_and_never_repeat() {
        let mut random = Random { key: [0x0100, 0x0908, 0x1110, 0x1918], counter: 0x6574_694b };
        assert_eq!(random.next(), 0xa868_42f2, "the test vector of Speck32/64");
        let mut seen: std::vec::Vec<u32> = (0..100_000).map(|_| random.next()).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 100_000);
    }

    #[test]
    fn each_byte_of_the_seed_matters() {
        let first = Random::new([0; 16]).next();
        for byte in 0..16 {
            let mut seed = [0; 16];
            seed[byte] = 1;
            assert_ne!(Random::new(seed).next(), first, "{byte}");
        }
    }

    #[test]
    fn a_message_is_remembered_for_exchange_lifetime_and_answered_alike() {
        let mut recent = Recent::EMPTY;
        recent.note(7, seconds(10), Answer::Reset);
        let mut out = [0; 5];
        assert_eq!(recent.answer(&mut out[..3]), None);
        assert_eq!(recent.answer(&mut out), Some(4));
        assert_eq!(out, [0x70, 0, 0, 7, 0]);
        assert!(!recent.is_waiting());
        assert!(recent.again(7, seconds(250), 247) && recent.is_waiting());
        assert!(!recent.again(7, seconds(300), 247));
        assert!(!recent.again(0, seconds(10), 247), "a free place remembers nothing");
    }

    #[test]
    fn answers_not_sent_are_never_pushed_out() {
        let mut recent = Recent::EMPTY;
        for id in 0..4 {
            assert!(recent.has_place());
            recent.note(id, 0, Answer::Acknowledge);
        }
        assert!(!recent.has_place());
        recent.answer(&mut [0; 4]);
        recent.note(9, 0, Answer::Acknowledge);
        assert!(recent.again(9, 0, 247) && recent.again(3, 0, 247) && !recent.again(0, 0, 247));
    }
}
