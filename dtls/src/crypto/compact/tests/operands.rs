//! The field and the order against a model that knows of no words: bits one by one. Published vectors do not show a lost carry; operands made for it do.
#![cfg(test)]

use super::super::{INVERSION, Space, Step, T, Z, ZERO, add, bit, get, invert_step, mul, register, run, set, sub};
use super::super::{field, is_less, is_zero, order, plus};
use super::{Arithmetic, Compact, Fast, Halves, Modulus, Words, std};
use std::vec::Vec;

const PRIMES: [(Space, &Modulus); 2] = [(Space::Field, &field::P), (Space::Order, &order::N)];
const SEED: u64 = 5;

/// Nine words: room for twice a modulus.
type Sum = [u32; 9];

fn sum_of(sum: &Sum, words: &Words) -> Sum {
    let mut carry = 0;
    let words = words.iter().copied().chain([0]);
    let mut words = sum.iter().zip(words).map(|(a, b)| {
        carry += u64::from(*a) + u64::from(b);
        let word = carry as u32;
        carry >>= 32;
        word
    });
    [(); 9].map(|()| words.next().unwrap())
}

/// What a result is before the modulus is taken from it, where it is not below: `Between` the modulus and 2^256 is one in 2^32, and no carry tells it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Before {
    Below,
    Between,
    Above,
}

/// Of twice the modulus at most.
fn reduced(sum: &Sum, modulus: &Words) -> (Words, Before) {
    let [low @ .., high] = *sum;
    let below = low.iter().rev().lt(modulus.iter().rev());
    let before = match (high, below) {
        (0, true) => return (low, Before::Below),
        (0, false) => Before::Between,
        _ => Before::Above,
    };
    // 2^256 less the modulus is added, and 2^256 falls away.
    let [rest @ .., _] = sum_of(&sum_of(&[1, 0, 0, 0, 0, 0, 0, 0, 0], &modulus.map(|word| !word)), &low);
    (rest, before)
}

/// `a * b / 2^256`: for each bit of b, a is added, and the sum is halved, made even by the modulus.
fn product(a: &Words, b: &Words, modulus: &Words) -> (Words, Before) {
    let mut sum = [0; 9];
    for index in 0..256 {
        if b[index / 32] >> (index % 32) & 1 == 1 {
            sum = sum_of(&sum, a);
        }
        if sum[0] & 1 == 1 {
            sum = sum_of(&sum, modulus);
        }
        for index in 0..9 {
            sum[index] = sum[index] >> 1 | sum.get(index + 1).copied().unwrap_or(0) << 31;
        }
    }
    reduced(&sum, modulus)
}

fn total(a: &Words, b: &Words, modulus: &Words) -> (Words, Before) {
    reduced(&sum_of(&sum_of(&[0; 9], a), b), modulus)
}

fn difference(a: &Words, b: &Words, modulus: &Words) -> Words {
    total(a, &negative(b, modulus), modulus).0
}

/// The modulus less the number, which is not above it.
fn negative(number: &Words, modulus: &Words) -> Words {
    // modulus + !number + 1 - 2^256
    let mut words = ZERO;
    let sum = sum_of(&sum_of(&[1, 0, 0, 0, 0, 0, 0, 0, 0], &number.map(|word| !word)), modulus);
    words.copy_from_slice(&sum[..8]);
    words
}

/// `1 / a`, in Montgomery's form as `a` is.
fn inverse(a: &Words, modulus: &Words) -> Words {
    let (mut power, _) = reduced(&[0, 0, 0, 0, 0, 0, 0, 0, 1], modulus);
    let exponent = negative(&[2, 0, 0, 0, 0, 0, 0, 0], modulus);
    for index in (0..256).rev() {
        power = product(&power, &power, modulus).0;
        if exponent[index / 32] >> (index % 32) & 1 == 1 {
            power = product(&power, a, modulus).0;
        }
    }
    power
}

/// xorshift64*, by words.
struct Stream(u64);

impl Stream {
    fn word(&mut self) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) as u32
    }

    fn below(&mut self, modulus: &Words) -> Words {
        reduced(&sum_of(&[0; 9], &[(); 8].map(|()| self.word())), modulus).0
    }
}

/// Pairs below the modulus: of words that are all zeros or all ones; by chance; with a product, and with a sum, that is just above the modulus.
fn pairs(modulus: &Words) -> Vec<(Words, Words)> {
    let mut stream = Stream(SEED);
    let whole = |bits: usize| reduced(&sum_of(&[0; 9], &word_of_bits(bits)), modulus).0;
    let one = |number: u32| [number, 0, 0, 0, 0, 0, 0, 0];
    let mut edges: Vec<Words> = (0..256).map(whole).collect();
    edges.extend((0..3).map(one));
    edges.extend((1..4).map(|number| negative(&one(number), modulus)));
    let few: Vec<Words> = (0..14).map(|index| edges[index * 19 % edges.len()]).chain(edges[253..].to_vec()).collect();
    let mut pairs: Vec<(Words, Words)> = edges.iter().flat_map(|a| few.iter().map(|b| (*a, *b))).collect();
    for _ in 0..6 {
        let factor = stream.below(modulus);
        let inverse = inverse(&factor, modulus);
        for _ in 0..60 {
            let mut low = stream.below(modulus);
            // what 2^256 is more than either modulus has 224 bits
            low[7] = 0;
            pairs.push((product(&low, &inverse, modulus).0, factor));
            let (a, above) = (stream.below(modulus), stream.below(modulus));
            pairs.push((a, above));
            pairs.push((a, difference(&low, &a, modulus)));
        }
    }
    pairs
}

fn word_of_bits(bits: usize) -> Words {
    let mut index = 0;
    [(); 8].map(|()| {
        index += 1;
        if bits >> (index - 1) & 1 == 1 { u32::MAX } else { 0 }
    })
}

fn made<C: Arithmetic>(step: Step, a: &Words, b: &Words, space: Space) -> Words {
    let mut file = [ZERO; 8];
    set(&mut file, T, a);
    set(&mut file, Z, b);
    run::<C>(&mut file, &[step], space);
    *get(&file, T)
}

fn inverted<C: Arithmetic>(a: &Words, space: Space) -> Words {
    let mut file = [ZERO; 8];
    set(&mut file, Z, a);
    (1..=INVERSION).rev().for_each(|left| invert_step::<C>(&mut file, left, space));
    *get(&file, T)
}

#[test]
fn a_carry_is_lost() {
    for (space, Modulus { words: modulus, .. }) in PRIMES {
        let (mut products, mut sums) = ([0; 3], [0; 3]);
        for (a, b) in pairs(modulus) {
            let (expected, before) = product(&a, &b, modulus);
            products[before as usize] += 1;
            let (sum, before) = total(&a, &b, modulus);
            sums[before as usize] += 1;
            let less = difference(&a, &b, modulus);
            let ways = [(mul(T, T, Z), expected), (add(T, T, Z), sum), (sub(T, T, Z), less)];
            for (step, expected) in ways {
                let found = [made::<Fast>, made::<Compact>, made::<Halves>].map(|made| made(step, &a, &b, space));
                assert_eq!(found, [expected; 3], "{step:#o} of {a:x?} and {b:x?}, {space:?}, seed {SEED}");
            }
        }
        std::println!(
            "{space:?}, before the last subtraction: of products {products:?}, of sums {sums:?}, seed {SEED}"
        );
        assert!([products, sums].as_flattened().iter().all(|count| *count > 100), "operands miss a way");
    }
}

#[test]
fn an_inverse_is_wrong() {
    for (space, Modulus { words: modulus, one, .. }) in PRIMES {
        let mut stream = Stream(SEED);
        for a in [stream.below(modulus), *one, [2, 0, 0, 0, 0, 0, 0, 0], negative(one, modulus)] {
            let expected = inverse(&a, modulus);
            assert_eq!(product(&a, &expected, modulus).0, *one, "the model");
            let found = [inverted::<Fast>, inverted::<Compact>, inverted::<Halves>].map(|inverted| inverted(&a, space));
            assert_eq!(found, [expected; 3], "1 / {a:x?}, {space:?}");
        }
        assert_eq!(inverted::<Fast>(&ZERO, space), ZERO);
    }
}

#[test]
fn a_constant_of_a_modulus_is_wrong() {
    for (_, Modulus { words, inverse, one, square }) in PRIMES {
        assert_eq!(words[0].wrapping_mul(*inverse), u32::MAX);
        // Twice 2^255, which is below.
        let half = [0, 0, 0, 0, 0, 0, 0, 1 << 31];
        assert_eq!(total(&half, &half, words).0, *one);
        // 2^256 times 2^256, by doubling.
        let expected = (0..256).fold(*one, |sum, _| total(&sum, &sum, words).0);
        assert_eq!(expected, *square);
        assert_eq!(product(one, square, words).0, *square, "the model");
    }
}

#[test]
fn a_sum_without_a_modulus_is_wrong() {
    let (ones, one) = ([u32::MAX; 8], [1, 0, 0, 0, 0, 0, 0, 0]);
    let mut operands = [ones, one, ZERO];
    let [a, b, to] = &mut operands;
    let (a, b, to) = (register(a), register(b), register(to));
    assert_eq!(plus(to, a, b, u32::MAX), 1);
    assert_eq!(to.each_ref().map(|word| word.get()), ZERO);
    assert_eq!(plus(to, a, b, 0), 0);
    assert_eq!(to.each_ref().map(|word| word.get()), ones);
}

#[test]
fn a_bit_is_read_from_beside_its_place() {
    let words = [1, 0x8000_0000, 0, 4];
    let set: Vec<usize> = (0..200).filter(|index| bit(&words, *index) == 1).collect();
    assert_eq!(set, [0, 63, 98]);
    assert!((0..200).all(|index| bit(&words, index) < 2));
}

#[test]
fn a_number_is_taken_for_zero_or_is_less_than_itself() {
    let mut words = ZERO;
    assert!(is_zero(&words) && !is_less(&words, &words));
    for index in 0..8 {
        // words that would cancel each other out
        words[index] = 5;
        words[7 - index] = 5;
        assert!(!is_zero(&words) && !is_less(&words, &words) && is_less(&ZERO, &words) && !is_less(&words, &ZERO));
        let mut less = words;
        less[index] -= 1;
        assert!(is_less(&less, &words) && !is_less(&words, &less));
        words = ZERO;
    }
}

#[cfg(feature = "arithmetic")]
#[test]
fn a_routine_for_comparison_is_another() {
    use super::super::arithmetic;
    for (space, Modulus { words: modulus, .. }) in PRIMES {
        let mut stream = Stream(SEED);
        let (a, b) = (stream.below(modulus), stream.below(modulus));
        let [multiply, add, subtract] = match space {
            Space::Field => [arithmetic::multiply_p::<Fast>, arithmetic::add_p::<Fast>, arithmetic::sub_p::<Fast>],
            Space::Order => [arithmetic::multiply_n::<Fast>, arithmetic::add_n::<Fast>, arithmetic::sub_n::<Fast>],
        };
        let invert = if space == Space::Field { arithmetic::invert_p::<Fast> } else { arithmetic::invert_n::<Fast> };
        assert_eq!(multiply(&a, &b), product(&a, &b, modulus).0);
        assert_eq!(add(&a, &b), total(&a, &b, modulus).0);
        assert_eq!(subtract(&a, &b), difference(&a, &b, modulus));
        assert_eq!(invert(&a), inverse(&a, modulus));
    }
}
