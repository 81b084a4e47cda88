//! The replay window of 64 records (RFC 6347 4.1.2.6). `check` and `update` are two calls: only an authenticated record moves it.

#[derive(Clone, Copy, Default)]
pub(crate) struct Window {
    /// One above the highest sequence number seen; 0: none was.
    next: u64,
    /// Bit n: the record n below the highest was seen.
    seen: u64,
}

impl Window {
    pub(crate) const EMPTY: Self = Self { next: 0, seen: 0 };

    /// Whether a record of this number may still be new.
    pub(crate) fn check(&self, sequence: u64) -> bool {
        match self.next.checked_sub(sequence.saturating_add(1)) {
            None => true,
            Some(age) => age < 64 && self.seen >> age & 1 == 0,
        }
    }

    /// Marks the record as seen.
    pub(crate) fn update(&mut self, sequence: u64) {
        let next = sequence.saturating_add(1);
        if let Some(ahead) = next.checked_sub(self.next) {
            self.seen = if ahead < 64 { self.seen << ahead } else { 0 } | 1;
            self.next = next;
        } else if let Some(bit) = 1u64.checked_shl((self.next.wrapping_sub(next)) as u32) {
            self.seen |= bit;
        }
    }
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
