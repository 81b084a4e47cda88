//! Which blocks of a body came, or are to go again: 64 of them, from a first one on that has not.
//!
//! Promises: nothing here knows why.

/// Blocks by their numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// The first block that did not come.
    pub(crate) base: u32,
    /// Which of those from it on did: the lowest bit is `base`'s, and 0.
    bits: u64,
}

/// How many blocks from the base on are told apart.
pub(crate) const REACH: u32 = 64;

impl Window {
    pub(crate) const EMPTY: Self = Self { base: 0, bits: 0 };

    /// Takes note of a block. False: it came before, or is further ahead than can be told.
    pub(crate) fn note(&mut self, number: u32) -> bool {
        let ahead = number.wrapping_sub(self.base);
        if number < self.base || ahead >= REACH || self.bits >> ahead & 1 != 0 {
            return false;
        }
        self.bits |= 1 << ahead;
        let whole = self.bits.trailing_ones();
        self.base = self.base.wrapping_add(whole);
        self.bits = self.bits.checked_shr(whole).unwrap_or(0);
        true
    }

    /// Whether this block is still to come; none further ahead than can be told has.
    pub(crate) fn lacks(&self, number: u32) -> bool {
        let ahead = number.wrapping_sub(self.base);
        number >= self.base && (ahead >= REACH || self.bits >> ahead & 1 == 0)
    }

    /// The block after the last that came.
    pub(crate) fn end(&self) -> u32 {
        self.base.wrapping_add(REACH.wrapping_sub(self.bits.leading_zeros()))
    }
}

#[cfg(test)]
mod tests {
    use super::{REACH, Window};

    #[test]
    fn blocks_in_any_order_are_counted_once_and_the_base_is_the_first_that_lacks() {
        let mut window = Window::EMPTY;
        for number in [3, 1, 63] {
            assert!(window.note(number) && !window.note(number));
        }
        assert!(!window.note(REACH), "too far ahead");
        assert_eq!((window.base, window.end()), (0, 64));
        assert!(window.lacks(0) && !window.lacks(1) && window.lacks(2) && window.lacks(64) && window.lacks(1000));
        assert!(window.note(0));
        assert_eq!((window.base, window.end()), (2, 64));
        assert!(!window.note(1) && !window.lacks(1));
        for number in 0..64 {
            window.note(number);
        }
        assert_eq!((window.base, window.end()), (64, 64));
        assert!(window.note(127) && window.lacks(126));
    }

    #[test]
    fn a_window_without_a_hole_moves_by_all_of_its_blocks() {
        let mut window = Window::EMPTY;
        (1..64).for_each(|number| assert!(window.note(number)));
        assert!(window.note(0));
        assert_eq!((window.base, window.end()), (64, 64));
    }
}
