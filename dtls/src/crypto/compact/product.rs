//! The product of a scalar and a point, in a time that depends on neither.
//!
//! A scalar is recoded to bits of +1 and -1, which any odd number has: `k = s_0 + 2 s_1 + …`, the top one +1, and `s_i = 2 * bit(i + 1) - 1` below. An even
//! one is replaced by n - k, and the sign of all its digits with it. Digits made of such bits are odd, hence never zero: each step does the same. That no
//! addition meets equal or opposite points or infinity, which its formula could not add, for any k in [1, n - 1], is so for the three sizes used here, and
//! not for others: a test enumerates it (tests/curve_additions.rs).

use super::{
    ADD, Curve, DOUBLE, File, INVERSION, MIXED, PX, PY, PZ, Space, Words, ZERO, bit, get, invert_step, mask, negate,
    points, run, set,
};
use core::marker::PhantomData;
use zeroize::Zeroize;

/// Bits of a digit, for a point that is not known beforehand.
pub(super) const WINDOW: usize = 3;
/// Bits of a digit of the comb.
pub(super) const TEETH: usize = 4;

/// The product of a scalar and a point, under way: 680 bytes, wiped when dropped.
///
/// It is made by steps of about the same length: the digits of the scalar, and the words of the exponent that inverts Z.
pub(super) struct Product<C> {
    pub(super) file: File,
    /// The odd multiples of the point: 1, 3, 5, 7.
    table: [[Words; 3]; 4],
    /// The scalar, or the order less it: odd.
    pub(super) scalar: Words,
    /// All ones where it is the order less the scalar.
    pub(super) flip: u32,
    /// Whether the digits are the comb's.
    comb: bool,
    /// How many steps there are still.
    pub(super) left: usize,
    curve: PhantomData<C>,
}

impl<C: Curve> Product<C> {
    /// Nothing: for [`of_base`](Self::of_base) and [`of_loaded`](Self::of_loaded).
    pub(super) const EMPTY: Self = Self {
        file: [ZERO; 8],
        table: [[ZERO; 3]; 4],
        scalar: ZERO,
        flip: 0,
        comb: false,
        left: 0,
        curve: PhantomData,
    };

    /// Begins a multiple of the base point; `scalar` is in [1, n - 1].
    #[inline(never)]
    pub(super) fn of_base(&mut self, scalar: &Words) {
        if C::COMB.is_some() {
            self.recode(scalar);
            self.comb = true;
            self.left = INVERSION + C::BITS / TEETH;
            set(&mut self.file, PZ, &C::modulus(Space::Field).one);
        } else {
            let [x, y] = C::G;
            set(&mut self.file, PX, &x);
            set(&mut self.file, PY, &y);
            set(&mut self.file, PZ, &C::modulus(Space::Field).one);
            self.of_loaded(scalar);
        }
    }

    /// Begins a multiple of the point in PX, PY, PZ.
    pub(super) fn of_loaded(&mut self, scalar: &Words) {
        self.tabulate();
        self.recode(scalar);
        self.comb = false;
        self.left = INVERSION + C::BITS.div_ceil(WINDOW);
    }

    /// Makes the scalar odd.
    #[inline(never)]
    fn recode(&mut self, scalar: &Words) {
        self.flip = mask(!bit(scalar, 0) & 1);
        set(&mut self.file, PY, scalar);
        negate::<C>(&mut self.file, self.flip, Space::Order);
        self.scalar = *get(&self.file, PY);
    }

    /// Fills the table with P, 3P, 5P, 7P. What is added is 2P, of which no odd multiple this small is another form.
    #[inline(never)]
    fn tabulate(&mut self) {
        let [first, rest @ ..] = &mut self.table;
        let mut double = [ZERO; 3];
        if let Some((sum, point)) = points(&mut self.file) {
            first.copy_from_slice(point);
            sum.copy_from_slice(point);
        }
        run::<C>(&mut self.file, &DOUBLE, Space::Field);
        if let Some((sum, _)) = points(&mut self.file) {
            double.copy_from_slice(sum);
        }
        for entry in rest {
            run::<C>(&mut self.file, &ADD, Space::Field);
            if let Some((sum, point)) = points(&mut self.file) {
                entry.copy_from_slice(sum);
                point.copy_from_slice(&double);
            }
        }
    }

    /// One step; false: it was the last.
    pub(super) fn step(&mut self) -> bool {
        match self.left.checked_sub(INVERSION + 1) {
            Some(digit) => self.digit(digit),
            None => invert_step::<C>(&mut self.file, self.left, Space::Field),
        }
        self.left = self.left.saturating_sub(1);
        self.left != 0
    }

    /// Adds digit `index`.
    #[inline(never)]
    fn digit(&mut self, index: usize) {
        let comb = C::COMB.is_some() && self.comb;
        let (digits, bits, first, apart) = if comb {
            (C::BITS / TEETH, TEETH, index, C::BITS / TEETH)
        } else {
            (C::BITS.div_ceil(WINDOW), WINDOW, index * WINDOW, 1)
        };
        let top = index == digits - 1;
        if !top {
            for _ in 0..if comb { 1 } else { WINDOW } {
                run::<C>(&mut self.file, &DOUBLE, Space::Field);
            }
        }
        let mut digit = 0;
        let mut negative = 0;
        for tooth in 0..bits {
            let at = first + tooth * apart;
            // The sign of the top bit is that of the digit.
            negative = if at + 1 == digits * bits { 1 } else { bit(&self.scalar, at + 1) };
            digit |= negative << tooth;
        }
        let negative = mask(negative ^ 1);
        let digit = (digit ^ negative) & ((1 << (bits - 1)) - 1);
        match C::COMB {
            Some(table) if comb => choose(&mut self.file, table.as_flattened(), 2, digit),
            _ => choose(&mut self.file, self.table.as_flattened(), 3, digit),
        }
        negate::<C>(&mut self.file, negative ^ self.flip, Space::Field);
        if top {
            if let Some((sum, point)) = points(&mut self.file) {
                sum.copy_from_slice(point);
            }
        } else {
            run::<C>(&mut self.file, if comb { MIXED } else { &ADD }, Space::Field);
        }
    }
}

impl<C> Drop for Product<C> {
    fn drop(&mut self) {
        self.file.as_flattened_mut().zeroize();
        self.table.as_flattened_mut().as_flattened_mut().zeroize();
        self.scalar.zeroize();
        self.flip.zeroize();
    }
}

/// Writes entry `digit` of a table of points, of `size` numbers each, to PX, PY and, if it has three, PZ. The table is read whole.
#[inline(never)]
fn choose(file: &mut File, table: &[Words], size: usize, digit: u32) {
    let registers = file.get_mut(usize::from(PX)..).and_then(|file| file.get_mut(..size)).unwrap_or_default();
    let words = registers.as_flattened_mut();
    words.fill(0);
    let mut rest = table.as_flattened();
    let mut index = 0;
    while let Some((entry, more)) = rest.split_at_checked(words.len()) {
        if entry.is_empty() {
            return;
        }
        // All ones for the entry, zero for others: of equal numbers alone is the difference, less one, negative.
        let here = mask((index ^ digit).wrapping_sub(1) >> 31);
        for (to, from) in words.iter_mut().zip(entry) {
            *to |= from & here;
        }
        (rest, index) = (more, index + 1);
    }
}
