//! CoCoA (draft-ietf-core-cocoa-03): the wait before a retransmission follows from the round-trip times that were measured.
//!
//! Promises: nothing here decides what is sent; only how long is waited.

use crate::block::robust::Engine;
use crate::config::Config;
use crate::layer::Layer;
use crate::message::Message;
use crate::profile::{Hooks, Profile, Served};
use crate::reliability::{duration, seconds};
use core::time::Duration;

/// A profile whose waits are measured: CoAP Simple Congestion Control/Advanced, as published in draft-ietf-core-cocoa-03. The retransmission timeout
/// (RTO) begins at [`Config::ack_timeout`] and follows the round-trip times of this peer: a fast network recovers from loss sooner, and a slow one is
/// not burdened with retransmissions of what is only late.
///
/// 40 bytes, whatever it wraps. Up to three outstanding exchanges are measured at once; with a larger NSTART the others are sent by the same RTO, and
/// not measured. It stays on when the association is lost: the network is the same.
///
/// ```
/// use core::time::Duration;
/// use stint_coap::{Cocoa, Config, Endpoint, Slot};
/// let (mut slots, mut store) = ([Slot::EMPTY; 2], [0; 64]);
/// let coap = Endpoint::with(Cocoa::new(()), Config::DEFAULT, [7; 16], &mut slots, &mut store);
/// assert_eq!(coap.profile().rto(), Duration::from_secs(2));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Cocoa<X = ()> {
    inner: X,
    /// Of exchanges that needed no retransmission.
    strong: Estimator,
    /// Of exchanges that needed one or two.
    weak: Estimator,
    /// When the exchanges in course began, in ticks, with a 1 in the last place; 0: the place is free.
    began: [u32; OUTSTANDING],
    /// Their Message IDs.
    ids: [u16; OUTSTANDING],
    /// The overall RTO, in ticks: [`LEAST`] to [`MOST`].
    rto: u16,
    /// When that was last measured, or aged, in ticks.
    updated: u32,
}

const OUTSTANDING: usize = 3;

/// The longest RTO, in ticks, and the longest wait: 32 s (draft 4.2.1).
const MOST: u32 = seconds(32);
/// The shortest, in ticks: 1/16 s. The draft has none; with this one, MAX_RETRANSMIT = 4 still waits for 5 s in all.
const LEAST: u32 = 64;
/// The longest round-trip time that is told, in ticks: four times the longest RTO. Above it, arithmetic of 32 bits would need care, and nothing changes.
const LONGEST: u32 = seconds(128);

const SECOND: u32 = seconds(1);

/// The estimator of RFC 6298 2, for one kind of exchange.
#[derive(Clone, Copy, Debug, Default)]
struct Estimator {
    /// SRTT, in eighths of a tick; 0: nothing was measured.
    srtt: u32,
    /// RTTVAR, in quarters of a tick.
    rttvar: u32,
}

impl Estimator {
    /// Takes a measurement in (RFC 6298 2.2, 2.3): its RTO, with `K` = 1 << `k` (draft 4.2.1: 4 for the strong one, 1 for the weak).
    fn measured(&mut self, rtt: u32, k: u8) -> u32 {
        let rtt = rtt.clamp(1, LONGEST);
        if self.srtt == 0 {
            (self.srtt, self.rttvar) = (rtt << 3, rtt << 1);
        } else {
            // RTTVAR first: it is about the SRTT before. alpha is 1/8, beta 1/4.
            let away = (self.srtt >> 3).abs_diff(rtt);
            self.rttvar = self.rttvar.wrapping_sub(self.rttvar >> 2).wrapping_add(away);
            self.srtt = self.srtt.wrapping_sub(self.srtt >> 3).wrapping_add(rtt);
        }
        let variation = (self.rttvar << (k & 3)) >> 2;
        (self.srtt >> 3).wrapping_add(variation.max(1))
    }
}

impl<X> Cocoa<X> {
    /// This, around a profile.
    pub const fn new(inner: X) -> Self {
        const NONE: Estimator = Estimator { srtt: 0, rttvar: 0 };
        let rto = seconds(2) as u16;
        Self { inner, strong: NONE, weak: NONE, began: [0; OUTSTANDING], ids: [0; OUTSTANDING], rto, updated: 0 }
    }

    /// The RTO as it was last measured, or aged: what the next exchange waits for its acknowledgement, before the random factor. 1/16 s to 32 s.
    #[must_use]
    pub const fn rto(&self) -> Duration {
        duration(self.rto as u64)
    }

    /// The profile inside.
    pub const fn inner(&self) -> &X {
        &self.inner
    }

    /// The profile inside, to be changed.
    pub const fn inner_mut(&mut self) -> &mut X {
        &mut self.inner
    }

    fn set(&mut self, rto: u32, now: u32) {
        (self.rto, self.updated) = (rto.clamp(LEAST, MOST) as u16, now);
    }

    /// An RTO that was not confirmed for long drifts back to where it is neither short nor long (draft 4.3), all steps at once.
    fn age(&mut self, now: u32) {
        loop {
            let rto = u32::from(self.rto);
            let (patience, aged) = match rto {
                ..SECOND => (rto << 4, rto << 1),
                _ if rto > 3 * SECOND => (rto << 2, SECOND.wrapping_add(rto >> 1)),
                _ => return,
            };
            if now.wrapping_sub(self.updated) <= patience {
                return;
            }
            self.set(aged, self.updated.wrapping_add(patience));
        }
    }

    /// A Confirmable message goes out for the first time: the wait for its acknowledgement, before the random factor.
    fn begin(&mut self, now: u32, id: u16) -> u32 {
        self.age(now);
        let mut rto = u32::from(self.rto);
        if self.strong.srtt | self.weak.srtt == 0 {
            // Blind: each exchange that is already outstanding adds as much (draft 4.1).
            let others = self.began.iter().filter(|began| !is_free(**began, now)).count() as u32;
            rto = rto.wrapping_mul(others.wrapping_add(1)).min(MOST);
        }
        if let Some((began, place)) = self.began.iter_mut().zip(&mut self.ids).find(|(began, _)| is_free(**began, now))
        {
            (*began, *place) = (now | 1, id);
        }
        rto
    }

    /// An exchange is over: when it began.
    fn end(&mut self, id: u16) -> Option<u32> {
        let mut places = self.began.iter_mut().zip(&self.ids);
        let (began, _) = places.find(|(began, place)| **began != 0 && **place == id)?;
        Some(core::mem::take(began))
    }

    /// It was acknowledged (draft 4.2).
    fn measure(&mut self, now: u32, id: u16, retries: u8) {
        let Some(began) = self.end(id) else { return };
        let rtt = (now | 1).wrapping_sub(began);
        let rto = u32::from(self.rto);
        let rto = match retries {
            0 => self.strong.measured(rtt, 2).wrapping_add(rto) >> 1,
            // Which of the transmissions was acknowledged, nobody knows: the time since the first counts, and weighs less.
            1 | 2 => self.weak.measured(rtt, 0).wrapping_add(rto.wrapping_mul(3)) >> 2,
            _ => return,
        };
        self.set(rto, now);
    }
}

/// Whether the place of an exchange can be had: also that of one whose end was not told, once it can tell nothing any more.
const fn is_free(began: u32, now: u32) -> bool {
    began == 0 || (now | 1).wrapping_sub(began) > LONGEST
}

/// How fast the waits grow, told by the RTO that they begin with (draft 4.2.1). It is kept in the last two bits of the wait.
const fn growth(rto: u32) -> u32 {
    match rto {
        ..SECOND => 3,
        _ if rto > 3 * SECOND => 1,
        _ => 2,
    }
}

/// The next wait: 3, 2 or 1.5 times the one before.
const fn grown(wait: u32) -> u32 {
    let (growth, wait) = (wait & 3, wait & !3);
    let next = match growth {
        3 => wait.saturating_mul(3),
        1 => wait.saturating_add(wait >> 1),
        _ => wait.saturating_mul(2),
    };
    // What is longer already, by the random factor, stays as it is.
    let most = if wait > MOST { wait } else { MOST };
    (if next < most { next } else { most }) & !3 | growth
}

impl<X: Profile> Profile for Cocoa<X> {
    const OBSERVE: bool = X::OBSERVE;
    const BLOCK: bool = X::BLOCK;
    const WHOLE: bool = X::WHOLE;
    const Q_BLOCK: bool = X::Q_BLOCK;
}

impl<X: Profile> Hooks for Cocoa<X> {
    #[inline]
    fn configure(&mut self, config: &Config) {
        self.set(config.timeout(), 0);
        self.inner.configure(config);
    }

    #[inline]
    fn request(&mut self, layer: &mut Layer, now: u32, message: &Message<'_>, group: bool) -> Served {
        self.inner.request(layer, now, message, group)
    }

    #[inline]
    fn answered(&mut self, layer: &mut Layer, now: u32, id: u16, reset: bool) -> bool {
        self.inner.answered(layer, now, id, reset)
    }

    #[inline]
    fn transmit(&mut self, layer: &mut Layer, now: u32, out: &mut [u8]) -> Option<usize> {
        self.inner.transmit(layer, now, out)
    }

    #[inline]
    fn due_in(&self, now: u32) -> Option<u32> {
        self.inner.due_in(now)
    }

    #[inline]
    fn lost(&mut self) {
        self.began = [0; OUTSTANDING];
        self.inner.lost();
    }

    #[inline]
    fn first_wait(&mut self, layer: &mut Layer, now: u32, id: u16) -> u32 {
        let rto = self.begin(now, id);
        // 256 and its random part are a factor in parts of 256, of which short waits have their share too.
        let wait = rto.wrapping_mul(layer.spread(256)) >> 8;
        wait & !3 | growth(rto)
    }

    #[inline]
    fn next_wait(&mut self, _layer: &Layer, wait: u32) -> u32 {
        grown(wait)
    }

    #[inline]
    fn acknowledged(&mut self, now: u32, id: u16, retries: u8) {
        self.measure(now, id, retries);
        self.inner.acknowledged(now, id, retries);
    }

    #[inline]
    fn freed(&mut self, index: usize, id: u16) {
        self.end(id);
        self.inner.freed(index, id);
    }

    #[inline]
    fn engine(&mut self) -> Option<&mut Engine> {
        self.inner.engine()
    }
}

#[cfg(test)]
mod tests {
    use super::{Cocoa, Estimator, LEAST, LONGEST, MOST, SECOND, grown, growth};
    use crate::reliability::seconds;

    /// Milliseconds in ticks, to the nearest.
    const fn ms(ms: u32) -> u32 {
        (ms * 1024 + 500) / 1000
    }

    /// One exchange, acknowledged after so many ticks and retransmissions.
    fn exchange(cocoa: &mut Cocoa, at: u32, rtt: u32, retries: u8) -> u32 {
        cocoa.begin(at, 7);
        cocoa.measure(at + rtt, 7, retries);
        cocoa.rto.into()
    }

    #[test]
    fn the_strong_estimator_is_that_of_rfc_6298_without_its_floor_of_one_second() {
        // RFC 6298 2.2: SRTT = R, RTTVAR = R/2, RTO = R + 4 R/2. 2.3: RTTVAR = 3/4 RTTVAR + 1/4 |SRTT - R|, SRTT = 7/8 SRTT + 1/8 R.
        let mut strong = Estimator::default();
        assert_eq!(strong.measured(1024, 2), 3 * 1024);
        // RTTVAR = 384 + 0, SRTT = 1024.
        assert_eq!(strong.measured(1024, 2), 1024 + 4 * 384);
        // RTTVAR = 288 + 256 = 544, SRTT = 896 + 256 = 1152.
        assert_eq!(strong.measured(2048, 2), 1152 + 4 * 544);
        // RTTVAR = 408 + |1152 - 128| / 4 = 664, SRTT = 1008 + 16 = 1024.
        assert_eq!(strong.measured(128, 2), 1024 + 4 * 664);
    }

    #[test]
    fn the_weak_estimator_has_a_variation_that_weighs_a_quarter() {
        // Draft 4.2.1: K = 1.
        let mut weak = Estimator::default();
        assert_eq!(weak.measured(4096, 0), 4096 + 2048);
        assert_eq!(weak.measured(4096, 0), 4096 + 1536);
    }

    #[test]
    fn the_overall_rto_takes_half_of_the_strong_one_and_a_quarter_of_the_weak() {
        let mut cocoa = Cocoa::new(());
        // E_strong = 3 * 512 = 1536; RTO = 0.5 * 1536 + 0.5 * 2048.
        assert_eq!(exchange(&mut cocoa, 0, 512, 0), 1792);
        // E_strong = 512 + 4 * 192 = 1280; RTO = (1280 + 1792) / 2.
        assert_eq!(exchange(&mut cocoa, seconds(1), 512, 0), 1536);
        // E_weak = 3000 + 1500; RTO = (4500 + 3 * 1536) / 4.
        assert_eq!(exchange(&mut cocoa, seconds(2), 3000, 1), 2277);
        // Again: RTTVAR = 1125, E_weak = 4125; RTO = (4125 + 3 * 2277) / 4.
        assert_eq!(exchange(&mut cocoa, seconds(5), 3000, 2), 2739);
        // Three retransmissions tell nothing.
        assert_eq!(exchange(&mut cocoa, seconds(9), 3000, 3), 2739);
        assert_eq!(exchange(&mut cocoa, seconds(9), 3000, 4), 2739);
    }

    #[test]
    fn waits_grow_by_3_by_2_or_by_half_and_end_at_32_seconds() {
        for (rto, expected) in [
            (ms(250), [ms(750), ms(2250), ms(6750), ms(20_250), ms(32_000), ms(32_000)]),
            (seconds(1), [2, 4, 8, 16, 32, 32].map(seconds)),
            (seconds(3), [6, 12, 24, 32, 32, 32].map(seconds)),
            (seconds(4), [ms(6_000), ms(9_000), ms(13_500), ms(20_250), ms(30_375), ms(32_000)]),
        ] {
            let mut wait = rto | growth(rto);
            for expected in expected {
                wait = grown(wait);
                assert!(wait.abs_diff(expected) < 12, "{rto}: {wait} for {expected}");
            }
        }
        // By its random factor the first wait can be 48 s: it does not shrink.
        assert_eq!(grown(seconds(48) | 1) & !3, seconds(48));
        assert_eq!([growth(SECOND - 1), growth(SECOND), growth(3 * SECOND), growth(3 * SECOND + 1)], [3, 2, 2, 1]);
    }

    #[test]
    fn before_anything_is_measured_each_exchange_in_parallel_adds_2_seconds() {
        let mut cocoa = Cocoa::new(());
        assert_eq!([1, 2, 3, 4].map(|id| cocoa.begin(100, id)), [2, 4, 6, 8].map(seconds));
        // The fourth was not remembered: its end tells nothing.
        cocoa.measure(200, 4, 0);
        assert_eq!(u32::from(cocoa.rto), seconds(2));
        cocoa.end(1);
        assert_eq!(cocoa.begin(300, 5), seconds(6));
        cocoa.measure(300 + 1024, 5, 0);
        assert_eq!(cocoa.begin(2000, 6), (3 * 1024 + 2048) / 2);
    }

    #[test]
    fn places_of_exchanges_whose_end_was_not_told_come_back() {
        let mut cocoa = Cocoa::new(());
        for id in 0..3 {
            cocoa.begin(1, id);
        }
        assert_eq!(cocoa.begin(1 + LONGEST, 3), seconds(8));
        assert_eq!(cocoa.begin(3 + LONGEST, 4), seconds(2));
        assert!(cocoa.end(4).is_some() && cocoa.end(4).is_none());
    }

    #[test]
    fn an_rto_unconfirmed_for_long_drifts_to_the_middle() {
        let mut cocoa = Cocoa::new(());
        // Draft 4.3: below 1 s, after 16 RTO, doubled; cumulatively.
        cocoa.set(256, 1000);
        cocoa.age(1000 + 16 * 256);
        assert_eq!(cocoa.rto, 256);
        cocoa.age(1001 + 16 * 256);
        assert_eq!(cocoa.rto, 512);
        cocoa.age(1001 + 16 * (256 + 512));
        assert_eq!(cocoa.rto, 1024);
        cocoa.age(seconds(1 << 19));
        assert_eq!(cocoa.rto, 1024, "from 1 s to 3 s it stays");
        // Above 3 s, after 4 RTO, 1 s and half of it.
        cocoa.set(seconds(20), 0);
        cocoa.age(1 + seconds(80));
        assert_eq!(u32::from(cocoa.rto), seconds(11));
        cocoa.age(1 + seconds(80 + 44));
        assert_eq!(u32::from(cocoa.rto), ms(6_500));
        cocoa.age(seconds(1000));
        assert_eq!(cocoa.rto, 1024 + 3200 / 2, "after 4.25 s and 3.125 s");
    }

    #[test]
    fn the_rto_stays_within_its_bounds_and_nothing_overflows_whatever_the_times() {
        let mut seed = 0x2545_f491_4f6c_dd1d_u64;
        std::println!("seed {seed:#x}");
        let mut cocoa = Cocoa::new(());
        for _ in 0..200_000 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            let (now, later) = (seed as u32, (seed >> 32) as u32 >> (seed & 31));
            let id = (seed >> 40) as u16 & 3;
            let rto = cocoa.begin(now, id);
            assert!((LEAST..=MOST).contains(&rto));
            let mut wait = rto | growth(rto);
            for _ in 0..8 {
                wait = grown(wait);
                assert!(wait <= MOST + 3);
            }
            cocoa.measure(now.wrapping_add(later), id, (seed >> 50) as u8 & 3);
            assert!((LEAST..=MOST).contains(&u32::from(cocoa.rto)));
        }
    }

    #[test]
    fn it_stays_small() {
        assert!(size_of::<Cocoa>() <= 40, "{}", size_of::<Cocoa>());
    }
}
