//! The replay window of 64 records (RFC 6347 4.1.2.6). `check` and `update` are two calls: only an authenticated record moves it.

#[derive(Clone, Copy, Default)]
pub(crate) struct Window {
    /// One above the highest sequence number seen; 0: none was.
    next: u64,
    /// A bit for each of the 64 numbers below `next`, at the place that the number's last six bits name.
    seen: [u8; 8],
}

const SIZE: u64 = 64;

impl Window {
    pub(crate) const EMPTY: Self = Self { next: 0, seen: [0; 8] };
    /// Takes every number that there is for seen.
    pub(super) const SHUT: Self = Self { next: 1 << 48, seen: [0xff; 8] };
    /// Bytes of what [`bytes`](Self::bytes) gives.
    pub(super) const LEN: usize = 16;

    pub(super) fn is_shut(&self) -> bool {
        self.next == Self::SHUT.next
    }

    pub(super) fn bytes(&self) -> [[u8; 8]; 2] {
        [self.next.to_be_bytes(), self.seen]
    }

    pub(super) fn from_bytes([next, seen]: [[u8; 8]; 2]) -> Self {
        Self { next: u64::from_be_bytes(next), seen }
    }

    /// Whether a record of this number may still be new.
    pub(crate) fn check(&self, sequence: u64) -> bool {
        let seen = self.seen.get(byte(sequence)).is_none_or(|seen| seen & bit(sequence) != 0);
        sequence >= self.next || (self.next.wrapping_sub(sequence) <= SIZE && !seen)
    }

    /// Marks the record as seen.
    #[inline(never)]
    pub(crate) fn update(&mut self, sequence: u64) {
        let above = sequence.wrapping_add(1);
        // The numbers that are passed over take the places of those that fall out of the window.
        for _ in 0..above.saturating_sub(self.next).min(SIZE) {
            if let Some(seen) = self.seen.get_mut(byte(self.next)) {
                *seen &= !bit(self.next);
            }
            self.next = self.next.wrapping_add(1);
        }
        self.next = self.next.max(above);
        if let Some(seen) = self.seen.get_mut(byte(sequence)) {
            *seen |= bit(sequence);
        }
    }
}

fn byte(sequence: u64) -> usize {
    sequence as usize >> 3 & 7
}

fn bit(sequence: u64) -> u8 {
    1 << (sequence as u8 & 7)
}

#[cfg(test)]
mod tests {
    use super::Window;

    #[test]
    fn agrees_with_a_set_of_all_numbers_seen() {
        extern crate std;
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        let mut window = Window::EMPTY;
        let mut seen = std::collections::BTreeSet::new();
        let mut high = 0u64;
        for _ in 0..100_000 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let sequence = (high + state % 8).saturating_sub(state >> 32 & 0x5f);
            let old = high.saturating_sub(sequence) > 63 && !seen.is_empty();
            let fresh = !seen.contains(&sequence) && !old;
            assert_eq!(window.check(sequence), fresh, "sequence {sequence} at {high}");
            if fresh {
                window.update(sequence);
                seen.insert(sequence);
                high = high.max(sequence);
            }
        }
    }

    #[test]
    fn a_jump_to_the_last_number_leaves_nothing_below_open() {
        let mut window = Window::EMPTY;
        window.update(0);
        window.update((1 << 48) - 1);
        assert!(!window.check(0));
        assert!(!window.check((1 << 48) - 1));
        assert!(window.check((1 << 48) - 64));
        assert!(!window.check((1 << 48) - 65));
    }
}
