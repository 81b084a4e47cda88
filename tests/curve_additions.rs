//! An addition of two points whose formula has exceptions meets one: which scalars do that is counted out here, with integers modulo the order.
//!
//! `stint_dtls::crypto::compact` multiplies a point by a scalar in a run of doublings and additions, and its addition is right for operands that are neither
//! equal, nor opposite, nor infinity. For a secret scalar nothing may be looked at on the way, so no scalar may lead there. That the choice of digits sees to it is
//! no matter of course: windows of 4 bits fail at two scalars of 2^256, and no test with random scalars would find them.
//!
//! The scalar is odd (an even k is replaced by n - k), and is written with the digits +1 and -1 alone: `k = Σ s_i 2^i`, where `s_i = 2 b_(i+1) - 1` for the bits
//! b of k, and the highest is +1. A window's digit or a comb's column is a sum of some of them, so it is odd, and never zero.
//!
//! Both operands of an addition are sums of `s_i 2^e`, no two with the same e. They are equal or opposite if a sum of this form is a multiple m of n. With
//! `s = 2 b - 1` it becomes a number in binary, `Σ b_i 2^e = (m n + Σ 2^e) / 2`, which has one solution or none. So for each addition, each sign and each of
//! the few m there is at most one choice of the digits so far: all are tried, and what is found is every exception there is.

use num_bigint::{BigInt, Sign};
use std::collections::BTreeSet;
use stint_dtls::crypto::compact::arithmetic::{TEETH, WINDOW};
use stint_lab::random::Random;

/// P-256's order (SP 800-186, 3.2.1.3).
const ORDER: &[u8] = b"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

/// What an incomplete addition cannot do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Exception {
    /// Its operands are the same point.
    Equal,
    /// Their sum is infinity.
    Opposite,
    /// The accumulator is infinity.
    Infinity,
}

/// A digit s of the scalar in a sum: its place in the scalar, and its weight there as a power of two.
#[derive(Clone, Copy, Debug)]
struct Term {
    place: u32,
    weight: u32,
}

/// An addition: what the accumulator holds before it, and what is added.
#[derive(Clone, Debug)]
struct Addition {
    accumulator: Vec<Term>,
    operand: Vec<Term>,
}

/// All additions of a multiplication, and how many digits s the scalar has.
#[derive(Clone, Debug)]
struct Run {
    places: u32,
    additions: Vec<Addition>,
}

/// A scalar for which an addition (its number in the run) has an exception.
type Found = BTreeSet<(BigInt, usize, Exception)>;

impl Run {
    /// Windows of `width` digits s, from the highest: `width` doublings, then the addition of an odd multiple of the point.
    fn window(width: u32, windows: u32) -> Self {
        let places = width * windows;
        let addition = |lowest: u32| {
            let terms =
                |from: u32, to: u32| (from..to).map(|place| Term { place, weight: place - lowest }).collect::<Vec<_>>();
            Addition { accumulator: terms(lowest + width, places), operand: terms(lowest, lowest + width) }
        };
        Self { places, additions: (0..windows - 1).rev().map(|window| addition(window * width)).collect() }
    }

    /// A comb of `teeth` that are `columns` apart: a doubling, then the addition of a sum of the multiples 2^(columns · tooth).
    fn comb(teeth: u32, columns: u32) -> Self {
        let addition = |column: u32| {
            let terms = |from: u32, to: u32| {
                let tooth = |tooth: u32| {
                    let base = tooth * columns;
                    (from..to).map(move |at| Term { place: base + at, weight: base + at - column })
                };
                (0..teeth).flat_map(tooth).collect::<Vec<_>>()
            };
            Addition { accumulator: terms(column + 1, columns), operand: terms(column, column + 1) }
        };
        Self { places: teeth * columns, additions: (0..columns - 1).rev().map(addition).collect() }
    }

    /// The digits s of an odd scalar: true is +1.
    fn digits(&self, scalar: &BigInt) -> Vec<bool> {
        let mut digits: Vec<bool> = (1..self.places).map(|bit| scalar.bit(u64::from(bit))).collect();
        digits.push(true);
        digits
    }

    /// Every exception for the odd scalars below `order`, by solving for them.
    fn exceptions(&self, order: &BigInt) -> Found {
        let mut found = Found::new();
        for (number, addition) in self.additions.iter().enumerate() {
            for exception in [Exception::Equal, Exception::Opposite, Exception::Infinity] {
                for digits in solutions(addition, exception, order) {
                    let scalars = self.scalars(&digits, order);
                    found.extend(scalars.into_iter().map(|scalar| (scalar, number, exception)));
                }
            }
        }
        found
    }

    /// The same by going through all scalars.
    fn exceptions_by_trial(&self, order: &BigInt) -> Found {
        let mut found = Found::new();
        let last = u32::try_from(order).expect("a small order");
        for scalar in (1..last).step_by(2).map(BigInt::from) {
            let digits = self.digits(&scalar);
            for (number, addition) in self.additions.iter().enumerate() {
                let accumulator = value(&addition.accumulator, &digits);
                let operand = value(&addition.operand, &digits);
                let met = [
                    (Exception::Equal, &accumulator - &operand),
                    (Exception::Opposite, &accumulator + &operand),
                    (Exception::Infinity, accumulator),
                ];
                let met = met.into_iter().filter(|(_, difference)| divides(order, difference));
                found.extend(met.map(|(exception, _)| (scalar.clone(), number, exception)));
            }
        }
        found
    }

    /// The odd scalars below `order` with the digits given; the others may be any.
    fn scalars(&self, digits: &[(u32, bool)], order: &BigInt) -> Vec<BigInt> {
        let mut places: Vec<Option<bool>> = vec![None; self.places as usize];
        digits.iter().for_each(|(place, digit)| places[*place as usize] = Some(*digit));
        if places.last() == Some(&Some(false)) {
            return Vec::new();
        }
        let fixed: BigInt = digits.iter().map(|(place, digit)| signed(*digit, *place)).sum();
        let free: Vec<u32> = (0..self.places).filter(|place| places[*place as usize].is_none()).collect();
        let least = &fixed - free.iter().map(|place| power(*place)).sum::<BigInt>();
        if least >= *order {
            return Vec::new();
        }
        assert!(free.len() <= 20, "an exception for about 2^{} scalars, {least} the least", free.len());
        let choose = |choice: u32| {
            let chosen = free.iter().enumerate().filter(|(bit, _)| choice >> bit & 1 == 1);
            &least + chosen.map(|(_, place)| power(place + 1)).sum::<BigInt>()
        };
        (0..1u32 << free.len()).map(choose).filter(|scalar| scalar < order).collect()
    }
}

/// The digits in an addition for which it meets `exception`.
fn solutions(addition: &Addition, exception: Exception, order: &BigInt) -> Vec<Vec<(u32, bool)>> {
    // (term, whether its digit counts with the other sign)
    let mut terms: Vec<(Term, bool)> = addition.accumulator.iter().map(|term| (*term, false)).collect();
    if exception != Exception::Infinity {
        terms.extend(addition.operand.iter().map(|term| (*term, exception == Exception::Equal)));
    }
    let weights: BTreeSet<u32> = terms.iter().map(|(term, _)| term.weight).collect();
    assert_eq!(weights.len(), terms.len(), "two digits with one weight: there may be more solutions");
    let all: BigInt = weights.iter().map(|weight| power(*weight)).sum();
    let most = i64::try_from(&all / order).expect("few multiples");
    let solve = |multiple: i64| {
        let twice = order * multiple + &all;
        if twice.bit(0) {
            return None;
        }
        let bits: BigInt = twice >> 1;
        let only_these = (0..bits.bits()).all(|bit| !bits.bit(bit) || weights.contains(&(bit as u32)));
        let digits = terms.iter().map(|(term, other)| (term.place, bits.bit(u64::from(term.weight)) != *other));
        only_these.then(|| digits.collect())
    };
    (-most..=most).filter_map(solve).collect()
}

fn power(exponent: u32) -> BigInt {
    BigInt::from(1) << exponent
}

fn signed(digit: bool, exponent: u32) -> BigInt {
    if digit { power(exponent) } else { -power(exponent) }
}

fn value(terms: &[Term], digits: &[bool]) -> BigInt {
    terms.iter().map(|term| signed(digits[term.place as usize], term.weight)).sum()
}

fn divides(order: &BigInt, number: &BigInt) -> bool {
    (number % order).sign() == Sign::NoSign
}

fn order() -> BigInt {
    BigInt::parse_bytes(ORDER, 16).expect("a number")
}

/// The scalars for which anything is wrong.
fn wrong(found: &Found) -> Vec<BigInt> {
    found.iter().map(|(scalar, ..)| scalar.clone()).collect::<BTreeSet<_>>().into_iter().collect()
}

#[test]
fn a_scalar_meets_an_exception_in_the_window() {
    let run = Run::window(WINDOW as u32, 256u32.div_ceil(WINDOW as u32));
    assert_eq!((run.places, run.additions.len()), (258, 85));
    assert_eq!(run.exceptions(&order()), Found::new());
}

#[test]
fn a_scalar_meets_an_exception_in_the_comb() {
    let run = Run::comb(TEETH as u32, 256 / TEETH as u32);
    assert_eq!((run.places, run.additions.len()), (256, 63));
    assert_eq!(run.exceptions(&order()), Found::new());
}

/// The code itself, on a curve of this order, is wrong for 91 and 241 - 91 and for no other scalar: dtls/src/crypto/compact/toy.rs.
#[test]
fn the_enumeration_is_not_of_what_the_code_does() {
    let order = BigInt::from(241);
    assert_eq!(wrong(&Run::comb(4, 2).exceptions(&order)), [BigInt::from(91)]);
    assert_eq!(Run::window(3, 3).exceptions(&order), Found::new());
}

#[test]
fn another_window_is_taken_for_as_good() {
    assert_eq!(Run::window(2, 128).exceptions(&order()), Found::new());
    assert_eq!(Run::window(5, 52).exceptions(&order()), Found::new());
    // k = n - 2, and k = 2, which is replaced by it: the last addition doubles
    let found = Run::window(4, 64).exceptions(&order());
    assert_eq!(found, Found::from([(order() - 2, 62, Exception::Equal)]));
}

#[test]
fn another_comb_is_taken_for_as_good() {
    let found = Run::comb(3, 86).exceptions(&order());
    println!("{found:x?}");
    assert_eq!(wrong(&found).len(), 1);
}

#[test]
fn the_enumeration_misses_an_exception_or_invents_one() {
    let mut exceptions = 0;
    // small primes, and some of 11 to 14 bits that are 1 modulo 16 as the order is
    let is_prime =
        |number: &u32| (2..*number).take_while(|factor| factor * factor <= *number).all(|f| !number.is_multiple_of(f));
    let primes = (17..400).filter(is_prime).chain([1_777, 7_873, 12_289]);
    for small in primes.map(BigInt::from) {
        let bits = small.bits() as u32;
        let windows = (2..=5).map(|width| Run::window(width, bits.div_ceil(width)));
        let combs = (2..=4).map(|teeth| Run::comb(teeth, bits.div_ceil(teeth)));
        for run in windows.chain(combs) {
            let tried = run.exceptions_by_trial(&small);
            assert_eq!(run.exceptions(&small), tried, "modulo {small}: {run:?}");
            exceptions += tried.len();
        }
    }
    println!("{exceptions} exceptions");
    assert!(exceptions > 200, "so small orders have many: {exceptions}");
}

#[test]
fn the_digits_do_not_make_the_scalar() {
    let seed = 1;
    println!("seed {seed}");
    let mut random = Random::new(seed);
    let edges = [BigInt::from(1), BigInt::from(3), order() - 2, (order() - 1) / 2 - 1, power(255) + 1, power(255) - 1];
    let odd = |number: BigInt| if number.bit(0) { number } else { number + 1 };
    let numbers = (0..1_000).map(|_| odd(BigInt::from_bytes_be(Sign::Plus, &random.bytes(32)) % order()));
    for scalar in edges.into_iter().chain(numbers.collect::<Vec<_>>()) {
        for run in [Run::window(3, 86), Run::comb(4, 64)] {
            let digits = run.digits(&scalar);
            let last = run.additions.last().expect("an addition");
            // the last addition makes the product
            assert_eq!(value(&last.accumulator, &digits) + value(&last.operand, &digits), scalar);
            // a digit is odd, and of no more than the table's size
            for addition in &run.additions {
                let lowest = addition.operand.iter().map(|term| term.weight).min();
                assert_eq!(lowest, Some(0));
                assert!(value(&addition.operand, &digits).bit(0));
            }
        }
    }
}

#[test]
fn an_exception_in_the_table_of_odd_multiples() {
    // 2P is added to P, 3P and 5P
    for multiple in [1, 3, 5] {
        for difference in [2 - multiple, 2 + multiple] {
            assert!(!divides(&order(), &BigInt::from(difference)));
        }
    }
}
