//! Pairs of operands: by chance, at the edges, and solved for, so that a result or what stands on the way to it lies at an edge.

use super::prime::{is_below, less, more, small};
use super::{Field, Order, Prime, Words, words};
use crate::random::Random;
use core::marker::PhantomData;

/// Words at the edge of something.
const EDGES: [u32; 8] = [0, u32::MAX, 1, u32::MAX - 1, 0x8000_0000, 0x7fff_ffff, 0xffff, 0xffff_0000];
/// How many factors are at hand, for each of which an inversion was paid.
const FACTORS: usize = 64;
/// How many products are made with them before there are others.
const USES: usize = 4_096;

/// Makes operands below a prime from a seed.
#[derive(Clone, Debug)]
pub struct Operands<P> {
    random: Random,
    factors: Vec<Factor>,
    uses: usize,
    prime: PhantomData<P>,
}

/// A factor b, so that a product with a chosen result can be had.
#[derive(Clone, Copy, Debug)]
struct Factor {
    words: Words,
    /// How many of its words there are, from the lowest: a product is made of them in as many rows.
    rows: u32,
    /// One divided by it, in Montgomery's form.
    inverse: Words,
}

impl<P: Prime> Operands<P> {
    /// From a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { random: Random::new(seed), factors: Vec::new(), uses: 0, prime: PhantomData }
    }

    /// All pairs of numbers whose words are all zeros or all ones: 65,536.
    pub fn of_whole_words() -> impl Iterator<Item = (Words, Words)> {
        let ones = |pattern: u32, i: usize| if pattern >> i & 1 == 1 { u32::MAX } else { 0 };
        let number = move |pattern: u32| P::reduce(&core::array::from_fn(|i| ones(pattern, i)));
        (0..256).flat_map(move |a| (0..256).map(move |b| (number(a), number(b))))
    }

    /// Numbers where something ends: around zero, the primes, their differences and powers of two.
    #[must_use]
    pub fn edges() -> Vec<Words> {
        let primes = [Field::MODULUS, Order::MODULUS];
        let middles = [
            [0; 8],
            primes[0],
            primes[1],
            less(&primes[0], &primes[1]),
            less(&[0; 8], &P::MODULUS),
            half(&P::MODULUS),
            P::one(),
            P::multiply(&small(1), &small(1)),
            P::invert(&small(1)),
        ];
        let around = |middle: &Words, distance| [less(middle, &small(distance)), more(middle, &small(distance))];
        let mut edges: Vec<Words> = middles.iter().flat_map(|middle| (0..3).flat_map(|d| around(middle, d))).collect();
        for bit in 0..256 {
            let power = power(bit);
            edges.extend([power, less(&power, &small(1)), less(&P::MODULUS, &power), less(&[0; 8], &power)]);
        }
        let mut edges: Vec<Words> = edges.iter().map(P::reduce).collect();
        edges.sort_unstable();
        edges.dedup();
        edges
    }

    /// The next pair.
    pub fn pair(&mut self) -> (Words, Words) {
        let pair = match self.random.below(16) {
            0 | 1 => (self.any(), self.any()),
            2 | 3 => (self.edgy(), self.edgy()),
            4 => (self.run(), self.run()),
            5 => (self.edgy(), self.run()),
            6 => (self.any(), self.edgy()),
            7 => self.sum(),
            8 => self.difference(),
            9 => self.inverses(),
            10 | 11 => self.product(Self::between),
            12 => self.product(Self::near),
            13 => self.product(Self::run),
            _ => self.product(Self::edgy),
        };
        if self.random.below(2) == 0 { pair } else { (pair.1, pair.0) }
    }

    fn any(&mut self) -> Words {
        P::reduce(&words(&mut self.random))
    }

    /// Each word by itself, most of them at an edge.
    fn edgy(&mut self) -> Words {
        let kinds = self.random.below(4) * 2 + 2;
        let words = [(); 8].map(|()| match self.random.below(kinds + 1) {
            0 => self.random.number() as u32,
            kind => EDGES[kind as usize - 1],
        });
        P::reduce(&words)
    }

    /// A run of ones, or all ones but for a run of zeros; a little less or more.
    fn run(&mut self) -> Words {
        let run = less(&power(self.random.below(257) as u32), &power(self.random.below(257) as u32));
        let little = small(self.random.below(3) as u32);
        P::reduce(&if self.random.below(2) == 0 { more(&run, &little) } else { less(&run, &little) })
    }

    /// What is still below 2^256 with the prime added to it: near to either end of that, or somewhere.
    fn between(&mut self) -> Words {
        let room = less(&[0; 8], &P::MODULUS);
        let short = self.short();
        let distance = if is_below(&short, &room) { short } else { small(0) };
        if self.random.below(2) == 0 { distance } else { less(&less(&room, &small(1)), &distance) }
    }

    /// Near to where [`Self::between`] ends, or to the prime, or to zero, on either side.
    fn near(&mut self) -> Words {
        let room = less(&[0; 8], &P::MODULUS);
        let little = small(self.random.below(4) as u32);
        let numbers =
            [little, more(&room, &little), less(&room, &little), less(&P::MODULUS, &more(&little, &small(1)))];
        numbers[self.random.below(4) as usize]
    }

    /// A number of a random length, of up to 256 bits.
    fn short(&mut self) -> Words {
        let mut words = words(&mut self.random);
        let bits = self.random.below(257);
        for (word, below) in words.iter_mut().zip((0..).step_by(32)) {
            let kept = bits.saturating_sub(below).min(32);
            *word = (u64::from(*word) & ((1 << kept) - 1)) as u32;
        }
        words
    }

    /// Two terms of a sum at an edge: at the prime, between it and 2^256, or above.
    fn sum(&mut self) -> (Words, Words) {
        let (between, near) = (self.between(), self.near());
        let sums = [more(&P::MODULUS, &between), near, less(&P::MODULUS, &near), more(&P::MODULUS, &near)];
        let sum = sums[self.random.below(4) as usize];
        let term = match self.random.below(3) {
            0 => self.any(),
            1 => self.edgy(),
            _ => half(&P::MODULUS),
        };
        (term, P::reduce(&less(&sum, &term)))
    }

    /// Two numbers that are equal, or nearly so.
    fn difference(&mut self) -> (Words, Words) {
        let number = if self.random.below(2) == 0 { self.any() } else { self.edgy() };
        let short = self.short();
        let others = [number, more(&number, &short), less(&number, &short)];
        (number, P::reduce(&others[self.random.below(3) as usize]))
    }

    /// Two numbers whose product is one.
    fn inverses(&mut self) -> (Words, Words) {
        let Factor { words, inverse, .. } = self.factor();
        (words, inverse)
    }

    /// Two factors. The lower words of one are chosen, and as many rows of the product, when what was cleared is gone, come to `result`, perhaps with
    /// the prime added: the other is solved for. All rows are the product itself.
    fn product(&mut self, result: impl FnOnce(&mut Self) -> Words) -> (Words, Words) {
        let Factor { words, rows, inverse } = self.factor();
        let result = P::reduce(&result(self));
        let cleared = if rows == 8 { P::one() } else { power(32 * rows) };
        let other = P::multiply(&P::multiply(&result, &cleared), &inverse);
        let mut words = words;
        for word in words.iter_mut().skip(rows as usize) {
            *word = [0, self.random.number() as u32, u32::MAX][self.random.below(3) as usize];
        }
        if !is_below(&words, &P::MODULUS) {
            words[7] = 0;
        }
        (other, words)
    }

    fn factor(&mut self) -> Factor {
        if self.uses == 0 {
            self.uses = USES;
            self.factors =
                (0..FACTORS).map(|i| self.new_factor(if i % 2 == 0 { 8 } else { i as u32 / 8 + 1 })).collect();
        }
        self.uses -= 1;
        self.factors[self.random.below(FACTORS as u64) as usize]
    }

    fn new_factor(&mut self, rows: u32) -> Factor {
        let mut words = match self.random.below(4) {
            0 => self.edgy(),
            1 => self.run(),
            _ => self.any(),
        };
        words.iter_mut().skip(rows as usize).for_each(|word| *word = 0);
        if words == [0; 8] {
            words = small(1);
        }
        Factor { words, rows, inverse: P::invert(&words) }
    }
}

fn power(bit: u32) -> Words {
    core::array::from_fn(|i| if bit / 32 == i as u32 { 1 << (bit % 32) } else { 0 })
}

/// Half of a number, rounded down.
fn half(number: &Words) -> Words {
    core::array::from_fn(|i| number[i] >> 1 | number.get(i + 1).map_or(0, |word| word << 31))
}
