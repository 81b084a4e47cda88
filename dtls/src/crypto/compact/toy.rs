//! Every scalar, and every case of an addition, on curves of the same form with a few hundred or thousand points, by the code that P-256 runs.
//!
//! They have a = -3, a prime order n that is 1 modulo 16, with n < p < 2n, and p is 3 modulo 4: all as P-256. What is right is told by affine formulas on integers.
#![cfg(test)]

extern crate std;

use super::{
    ADD, Both, Curve, DOUBLE, File, INVERSION, Modulo, Modulus, PX, PY, PZ, Product, Register, Space, Words, X, Y, Z,
    ZERO, get, modulus, read_point, rows::Rolled, run, set, write_public,
};
use crate::crypto::Point;
use std::vec::Vec;

mod signing;

/// `y^2 = x^3 - 3x + b` modulo p, of order n, and the base point (x, y).
struct Toy<const BITS: usize, const P: u64, const N: u64, const B: u64, const GX: u64, const GY: u64>;

/// So small that its comb has exceptional scalars: 91, as the enumeration in tests/curve_additions.rs finds too, and 241 - 91.
type Toy8 = Toy<8, 251, 241, 153, 0, 135>;
type Toy12 = Toy<12, 2711, 2689, 13, 2, 568>;
type Other12 = Toy<12, 2203, 2161, 16, 0, 4>;
type Toy16 = Toy<16, 36943, 36721, 14000, 2, 824>;

/// A point in affine coordinates; `None`: infinity.
type Affine = Option<(u64, u64)>;

impl<const BITS: usize, const P: u64, const N: u64, const B: u64, const GX: u64, const GY: u64> Curve
    for Toy<BITS, P, N, B, GX, GY>
{
    const BITS: usize = BITS;
    const FIELD: Modulus = prime(P);
    const ORDER: Modulus = prime(N);
    const B: Words = small(enter(B, P));
    const G: [Words; 2] = [small(enter(GX, P)), small(enter(GY, P))];
    const COMB: Option<&'static [[Words; 2]; 8]> = Some(&comb((GX, GY), BITS, P));

    fn multiply(to: &Register, a: &Register, b: &Register, modulo: &Modulo<'_>) {
        modulus::multiply::<Rolled>(to, a, b, modulo);
    }

    fn add(to: &Register, a: &Register, b: &Register, modulo: &Modulo<'_>) {
        modulus::add(to, a, b, modulo);
    }

    fn subtract(to: &Register, a: &Register, b: &Register, modulo: &Modulo<'_>) {
        modulus::subtract(to, a, b, modulo);
    }
}

const fn small(number: u64) -> Words {
    [number as u32, 0, 0, 0, 0, 0, 0, 0]
}

/// Times 2^256.
const fn enter(mut number: u64, prime: u64) -> u64 {
    let mut bit = 0;
    while bit < 256 {
        number = number * 2 % prime;
        bit += 1;
    }
    number
}

const fn prime(prime: u64) -> Modulus {
    // Newton's iteration: each doubles the bits that are right, of which there are three.
    let mut inverse = prime as u32;
    let mut bits = 3;
    while bits < 32 {
        inverse = inverse.wrapping_mul(2u32.wrapping_sub(inverse.wrapping_mul(prime as u32)));
        bits *= 2;
    }
    let one = enter(1, prime);
    Modulus { words: small(prime), inverse: inverse.wrapping_neg(), square: small(enter(one, prime)), one: small(one) }
}

const fn power(mut base: u64, mut exponent: u64, prime: u64) -> u64 {
    let mut result = 1;
    while exponent != 0 {
        if exponent & 1 == 1 {
            result = result * base % prime;
        }
        base = base * base % prime;
        exponent >>= 1;
    }
    result
}

const fn invert(number: u64, prime: u64) -> u64 {
    power(number, prime - 2, prime)
}

const fn sum(one: Affine, other: Affine, p: u64) -> Affine {
    let (Some((x, y)), Some((u, v))) = (one, other) else {
        return if one.is_none() { other } else { one };
    };
    if x == u && (y + v) % p == 0 {
        return None;
    }
    let slope = if x == u {
        (3 * x * x + 3 * p - 3) % p * invert(2 * y % p, p) % p
    } else {
        (y + p - v) * invert((x + p - u) % p, p) % p
    };
    let third = (slope * slope + 2 * p - x - u) % p;
    Some((third, (slope * (x + p - third) + p - y) % p))
}

const fn negative(point: Affine, p: u64) -> Affine {
    match point {
        Some((x, y)) => Some((x, (p - y) % p)),
        None => None,
    }
}

const fn times(mut scalar: u64, point: Affine, p: u64) -> Affine {
    let (mut result, mut double) = (None, point);
    while scalar != 0 {
        if scalar & 1 == 1 {
            result = sum(result, double, p);
        }
        double = sum(double, double, p);
        scalar >>= 1;
    }
    result
}

/// As [`COMB`](super::comb::COMB), with teeth that are a quarter of the bits apart.
const fn comb(base: (u64, u64), bits: usize, p: u64) -> [[Words; 2]; 8] {
    let mut entries = [[ZERO; 2]; 8];
    let mut index = 0;
    while index < 8 {
        let mut point = times(1 << (bits / 4 * 3), Some(base), p);
        let mut tooth = 0;
        while tooth < 3 {
            let one = times(1 << (bits / 4 * tooth), Some(base), p);
            point = sum(point, if index >> tooth & 1 == 1 { one } else { negative(one, p) }, p);
            tooth += 1;
        }
        if let Some((x, y)) = point {
            entries[index] = [small(enter(x, p)), small(enter(y, p))];
        }
        index += 1;
    }
    entries
}

impl<const BITS: usize, const P: u64, const N: u64, const B: u64, const GX: u64, const GY: u64>
    Toy<BITS, P, N, B, GX, GY>
{
    const G: Affine = Some((GX, GY));

    /// All multiples of the base point: infinity, G, 2G, …
    fn points() -> Vec<Affine> {
        let next = |point: &Affine| Some(sum(*point, Self::G, P));
        let points: Vec<Affine> = std::iter::successors(Some(None), next).take(N as usize).collect();
        assert_eq!(sum(points[N as usize - 1], Self::G, P), None, "G has the order n");
        points
    }

    /// Out of Montgomery's form.
    fn leave(words: &Words) -> u64 {
        let [number, rest @ ..] = words;
        assert_eq!(rest, &[0; 7], "not below the prime");
        assert!(u64::from(*number) < P, "not below the prime");
        u64::from(*number) * invert(enter(1, P), P) % P
    }

    /// The point in X, Y, Z.
    fn affine(file: &File) -> Affine {
        let [x, y, z] = [X, Y, Z].map(|register| Self::leave(get(file, register)));
        let inverse = invert(z, P);
        (z != 0).then_some((x * inverse % P * inverse % P, y * inverse % P * inverse % P * inverse % P))
    }

    /// Puts a point into three registers from `first` on, with any z but zero.
    fn load(file: &mut File, first: u16, (x, y): (u64, u64), z: u64) {
        let numbers = [x * z % P * z % P, y * z % P * z % P * z % P, z];
        for (register, number) in (first..).zip(numbers) {
            set(file, register, &small(enter(number, P)));
        }
    }

    /// All digits of a product, whose Z is not inverted then.
    fn product(scalar: u64, point: Affine) -> Affine {
        let mut product = Product::<Self>::EMPTY;
        match point {
            Some(point) => {
                Self::load(&mut product.file, PX, point, 1);
                product.of_loaded(&small(scalar));
            }
            None => product.of_base(&small(scalar)),
        }
        while product.left > INVERSION {
            product.step();
        }
        Self::affine(&product.file)
    }

    /// The scalars from 1 to n - 1 whose product with the base point comes out wrong by the comb.
    fn wrong_by_comb() -> Vec<u64> {
        let points = Self::points();
        (1..N).filter(|scalar| Self::product(*scalar, None) != points[*scalar as usize]).collect()
    }

    /// A scalar, of every so many, whose product with multiple `of` of the base point comes out wrong by the window.
    fn wrong_by_window(of: u64, every: usize) -> Option<u64> {
        let points = Self::points();
        let expected = |scalar: u64| points[(scalar * of % N) as usize];
        (1..N).step_by(every).find(|scalar| Self::product(*scalar, points[of as usize]) != expected(*scalar))
    }

    /// All products of the base point to their end: as bytes.
    fn check_bytes() {
        for (scalar, expected) in Self::points().iter().enumerate().skip(1).step_by(3) {
            let mut product = Product::<Self>::EMPTY;
            product.of_base(&small(scalar as u64));
            while product.step() {}
            let mut bytes = [0; 65];
            write_public(&mut product, &mut bytes);
            assert_eq!(Some(bytes), expected.map(encode), "{scalar}");
        }
    }

    /// Whether a signature is taken, by the code and by the book: `x(e / s G + r / s Q) = r mod n`.
    fn verified(digest: u64, r: u64, s: u64, key: (u64, u64)) -> (bool, Affine) {
        let mut both = Both::<Self>::EMPTY;
        assert!(both.start(&small(digest), &small(r), &small(s), &encode(key)));
        while both.step() {}
        let inverse = invert(s, N);
        let [of_base, of_key] = [digest, r].map(|factor| factor * inverse % N);
        (both.holds(), sum(times(of_base, Self::G, P), times(of_key, Some(key), P), P))
    }
}

fn encode((x, y): (u64, u64)) -> Point {
    let mut point = [0; 65];
    point[0] = 0x04;
    point[25..33].copy_from_slice(&x.to_be_bytes());
    point[57..].copy_from_slice(&y.to_be_bytes());
    point
}

#[test]
fn a_scalar_is_multiplied_wrong_by_the_window() {
    for of in (1..241).step_by(5) {
        assert_eq!(Toy8::wrong_by_window(of, 1), None, "of {of} G");
    }
    for of in [1, 1_000] {
        assert_eq!(Toy12::wrong_by_window(of, 1), None, "of {of} G");
        assert_eq!(Other12::wrong_by_window(of, 1), None, "of {of} G");
    }
    assert_eq!(Toy16::wrong_by_window(1, 1), None);
}

#[test]
fn a_scalar_is_multiplied_wrong_by_the_comb() {
    assert!(Toy12::wrong_by_comb().is_empty());
    assert!(Other12::wrong_by_comb().is_empty());
    assert!(Toy16::wrong_by_comb().is_empty());
    assert_eq!(
        Toy8::wrong_by_comb(),
        [91, 241 - 91],
        "what an exceptional addition does is not seen, or there are others"
    );
}

#[test]
fn a_product_is_written_wrong() {
    Toy12::check_bytes();
    Other12::check_bytes();
}

#[test]
fn two_points_are_added_wrong() {
    let points = Toy8::points();
    let mut cases = 0u64;
    for (one, p) in points.iter().enumerate().skip(1) {
        for (other, q) in points.iter().enumerate().skip(1) {
            if one == other || one + other == points.len() {
                // what the formula cannot add
                continue;
            }
            let mut file = [ZERO; 8];
            cases += 1;
            Toy8::load(&mut file, X, p.unwrap(), cases * 7 % 250 + 1);
            Toy8::load(&mut file, PX, q.unwrap(), cases * 11 % 250 + 1);
            run::<Toy8>(&mut file, &ADD, Space::Field);
            assert_eq!(Toy8::affine(&file), points[(one + other) % points.len()], "{one} G + {other} G");
        }
    }
    assert_eq!(cases, 240 * 238);
}

#[test]
fn a_point_is_doubled_wrong() {
    let points = Toy12::points();
    for (index, point) in points.iter().enumerate().skip(1) {
        for z in [1, 2, 2_710, 1 + index as u64 % 2_000] {
            let mut file = [ZERO; 8];
            Toy12::load(&mut file, X, point.unwrap(), z);
            run::<Toy12>(&mut file, &DOUBLE, Space::Field);
            assert_eq!(Toy12::affine(&file), points[2 * index % points.len()], "2 * {index} G");
        }
    }
    // infinity, which a sum in verification may be
    let mut file = [ZERO; 8];
    set(&mut file, X, &small(enter(9, 2_711)));
    set(&mut file, Y, &small(enter(27, 2_711)));
    run::<Toy12>(&mut file, &DOUBLE, Space::Field);
    assert_eq!(Toy12::affine(&file), None);
}

#[test]
fn a_point_off_the_curve_is_read_or_one_on_it_is_not() {
    let mut on_curve: Vec<(u64, u64)> = Toy8::points().into_iter().flatten().collect();
    on_curve.sort_unstable();
    let mut read = Vec::new();
    // up to 300: beyond the prime, 251, a number stands for another that may be a coordinate
    for x in 0..300 {
        for y in 0..300 {
            let mut file = [ZERO; 8];
            if read_point::<Toy8>(&mut file, &encode((x, y))) {
                assert_eq!([PX, PY, PZ].map(|r| Toy8::leave(get(&file, r))), [x, y, 1]);
                read.push((x, y));
            }
        }
    }
    assert_eq!(read, on_curve);
}

#[test]
fn a_sum_of_two_products_is_wrong_whatever_points_it_meets() {
    let points = Toy8::points();
    let (mut infinite, mut taken, mut beyond) = (0, 0, 0);
    // few points, and keys close to the base point, so that equal and opposite points, and infinity, are met at every digit
    for (of, every) in [(1, 5), (240, 11), (2, 13), (239, 17), (3, 29), (120, 31)] {
        let key = points[of].unwrap();
        for r in 1..241 {
            for digest in (0..256).skip(r as usize % every).step_by(every) {
                let s = if digest % 4 == 0 { 1 + digest * 31 % 240 } else { 1 };
                let (holds, point) = Toy8::verified(digest, r, s, key);
                let right = point.is_some_and(|(x, _)| x % 241 == r);
                assert_eq!(holds, right, "e {digest}, r {r}, s {s}, the key {of} G");
                infinite += u32::from(point.is_none());
                taken += u32::from(right);
                beyond += u32::from(right && point.is_some_and(|(x, _)| x >= 241));
            }
        }
    }
    std::println!("{infinite} at infinity, {taken} signatures hold, {beyond} of them with an x not below the order");
    assert!(infinite > 100 && taken > 50 && beyond > 1);
}
