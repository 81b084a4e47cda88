//! A verification whose additions meet what their formula cannot add: equal points, opposite points, infinity. The key and the numbers are an attacker's, so
//! any addition of any verification can be led there; here all are.
//!
//! A verifier computes `a G + b Q` in a run of doublings and additions. With `Q = d G` the accumulator of each addition is `(α + β d) G` and its operand
//! `(x + y d) G`, where α, β, x, y follow from a and b alone. So for each addition there is one d with which they are equal, one with which they are
//! opposite, and one with which the accumulator is infinity, whatever a and b are. Several ways of running are modelled, so that the test does not hang on
//! how it is done today.

use num_bigint::BigInt;
use p256::{ProjectivePoint, Scalar};
use stint_lab::curve::constructed::{key_for, leading_to, signature_of};
use stint_lab::curve::numbers::{ORDER, PRIME, at, bytes, edge_scalar, encoded, integer, parse, scalar, scalar_bytes};
use stint_lab::curve::{Arithmetic, oracle};
use stint_lab::random::Random;
use stint_vectors::{Case, Operation, signature_value};

/// A multiple of the base point and one of the key.
type Sum = (Scalar, Scalar);

/// What an addition begins with: the accumulator and the operand.
type Addition = [Sum; 2];

/// The digits -1, 0, 1 of a number, no two neighbours of which are both not zero, the lowest first.
fn sparse(number: &Scalar) -> Vec<i8> {
    let mut left = integer(&scalar_bytes(number));
    let mut digits = vec![0; 257];
    for digit in &mut digits {
        if left.bit(0) {
            *digit = if left.bit(1) { -1 } else { 1 };
            left -= BigInt::from(*digit);
        }
        left /= 2;
    }
    assert_eq!(left, BigInt::from(0));
    digits
}

fn bits(number: &Scalar) -> Vec<i8> {
    let number = integer(&scalar_bytes(number));
    (0..257).map(|at| i8::from(number.bit(at))).collect()
}

fn signed(digit: i8) -> Scalar {
    if digit < 0 { -Scalar::from(u64::from(digit.unsigned_abs())) } else { Scalar::from(digit as u64) }
}

/// Runs from the highest digit on: each doubles, and adds the operands that `operands` has for it. All additions, and the sum.
fn run(operands: impl Fn(usize) -> Vec<Sum>) -> (Vec<Addition>, Sum) {
    let (mut sum, mut additions) = ((Scalar::ZERO, Scalar::ZERO), Vec::new());
    for at in (0..257).rev() {
        sum = (sum.0.double(), sum.1.double());
        for operand in operands(at) {
            if operand != (Scalar::ZERO, Scalar::ZERO) {
                additions.push([sum, operand]);
                sum = (sum.0 + operand.0, sum.1 + operand.1);
            }
        }
    }
    (additions, sum)
}

/// The ways to run. Each ends with `a G + b Q`.
fn runs(a: &Scalar, b: &Scalar) -> [(Vec<Addition>, Sum); 4] {
    let (of_base, of_key) = (sparse(a), sparse(b));
    let base = |at: usize| (signed(of_base[at]), Scalar::ZERO);
    let key = |at: usize| (Scalar::ZERO, signed(of_key[at]));
    let (base_bits, key_bits) = (bits(a), bits(b));
    let comb = comb(a);
    [
        run(|at| vec![base(at), key(at)]),
        run(|at| vec![key(at), base(at)]),
        // Both at once (Shamir's), with the sum of base point and key beside them.
        run(|at| vec![(signed(base_bits[at]), signed(key_bits[at]))]),
        // A comb of four teeth, 64 digits apart, for the base point.
        run(|at| vec![key(at), comb.get(at).map_or((Scalar::ZERO, Scalar::ZERO), |tooth| (*tooth, Scalar::ZERO))]),
    ]
}

/// Four teeth of digits +1 and -1, of the number or of the order less it, whichever is odd.
fn comb(number: &Scalar) -> Vec<Scalar> {
    if *number == Scalar::ZERO {
        return Vec::new();
    }
    let even = !bool::from(number.is_odd());
    let odd = integer(&scalar_bytes(&if even { -*number } else { *number }));
    let sign = |at: u64| if at == 255 || odd.bit(at + 1) { Scalar::ONE } else { -Scalar::ONE };
    let tooth = |apart: u64| scalar(&bytes(&(BigInt::from(1) << (64 * apart))));
    let sum = |at: u64| (0..4).map(|apart| sign(at + 64 * apart) * tooth(apart)).sum::<Scalar>();
    (0..64).map(|at| if even { -sum(at) } else { sum(at) }).collect()
}

/// The keys (as multiples of the base point) that lead an addition to an exception: equal, opposite, infinity.
fn leading([(alpha, beta), (x, y)]: &Addition) -> Vec<Scalar> {
    let solved = |number: Scalar, factor: Scalar| {
        let inverse = Option::<Scalar>::from(factor.invert())?;
        Some(number * inverse).filter(|key| *key != Scalar::ZERO)
    };
    let equal = solved(*x - alpha, *beta - y);
    let opposite = solved(-(*x + alpha), *beta + y);
    let infinity = solved(-*alpha, *beta);
    let met = |key: &Scalar| [*alpha + *beta * key, *x + *y * key];
    assert!(equal.iter().map(met).all(|[sum, operand]| sum == operand));
    assert!(opposite.iter().map(met).all(|[sum, operand]| sum == -operand));
    assert!(infinity.iter().map(met).all(|[sum, _]| sum == Scalar::ZERO));
    [equal, opposite, infinity].into_iter().flatten().collect()
}

/// A signature with these factors, and one that is none.
fn cases(a: &Scalar, b: &Scalar, multiple: &Scalar, instead: &Scalar) -> [Case; 2] {
    let key = ProjectivePoint::GENERATOR * multiple;
    let told = |what: &str| format!("{what} for a = {a:?}, b = {b:?}, key = {multiple:?} G");
    let right = oracle(told("a signature"), signature_of(a, b, &key, instead));
    let infinite = *a + *b * multiple == Scalar::ZERO;
    assert_eq!(right.reply == [0], infinite, "{}", right.source);
    [right, oracle(told("none"), leading_to(a, b, &key, instead))]
}

/// Leads every addition of the verification with these factors to each exception. How many signatures that were.
fn every_exception(arithmetic: Arithmetic, a: &Scalar, b: &Scalar, instead: &Scalar) -> usize {
    let mut keys: Vec<_> = runs(a, b).iter().flat_map(|(additions, _)| additions).flat_map(leading).collect();
    keys.sort();
    keys.dedup();
    for key in &keys {
        let [right, _] = cases(a, b, key, instead);
        arithmetic.check(&right).unwrap();
    }
    keys.len()
}

#[test]
fn the_model_does_not_end_with_the_sum() {
    let mut random = Random::new(1);
    for _ in 0..50 {
        let (a, b) = (edge_scalar(&mut random), edge_scalar(&mut random));
        for (_, sum) in runs(&a, &b) {
            assert_eq!(sum, (a, b));
        }
    }
}

fn exceptions(arithmetic: Arithmetic) {
    let seed = std::env::var("STINT_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(2026);
    let mut random = Random::new(seed);
    let scalar = |random: &mut Random| scalar(&random.bytes(32).try_into().unwrap());
    let mut met = 0;
    for awkward in [false, true] {
        let number = |random: &mut Random| if awkward { edge_scalar(random) } else { scalar(random) };
        let (a, b) = (number(&mut random), number(&mut random));
        met += every_exception(arithmetic, &a, &b, &scalar(&mut random));
    }
    println!(
        "{arithmetic:?}, seed {seed} (STINT_SEED): {met} verifications, each with an addition of equal or opposite points or infinity"
    );
    assert!(met > 500, "{met}");
}

#[test]
fn an_addition_that_meets_an_exception_is_wrong_with_fast() {
    exceptions(Arithmetic::Fast);
}

#[test]
fn an_addition_that_meets_an_exception_is_wrong_with_compact() {
    exceptions(Arithmetic::Compact);
}

#[test]
fn an_addition_that_meets_an_exception_is_wrong_with_halves() {
    exceptions(Arithmetic::Halves);
}

/// Small multiples on both sides: the accumulator meets its operands all the time, and is infinity at the end of 32.
#[test]
fn a_key_that_is_a_small_multiple_of_the_base_point_is_verified_wrongly() {
    let small = |most: i8| (-most..=most).map(signed);
    let mut infinite = 0;
    for (choice, key) in Arithmetic::OWN.into_iter().cycle().zip(small(8).filter(|key| *key != Scalar::ZERO)) {
        for a in small(4) {
            for b in small(4).filter(|b| *b != Scalar::ZERO) {
                let [right, wrong] = cases(&a, &b, &key, &Scalar::from(7u64));
                infinite += usize::from(right.reply == [0]);
                choice.check(&right).unwrap();
                choice.check(&wrong).unwrap();
            }
        }
    }
    assert_eq!(infinite, 32);
}

/// The key is a power of two times the base point, or next to one, or an entry of a comb; the factors are such numbers too.
#[test]
fn a_key_that_is_near_a_power_of_two_times_the_base_point_is_verified_wrongly() {
    let power = |at: u32| scalar(&bytes(&(BigInt::from(1) << at)));
    let mut random = Random::new(5);
    let mut choices = Arithmetic::OWN.into_iter().cycle();
    for at in 0..256 {
        for near in [-1, 0, 1].map(signed) {
            let key = power(at) + near;
            let other = power(random.below(256) as u32) + signed(random.below(3) as i8 - 1);
            let factors = [(Scalar::ONE, -Scalar::ONE), (key, Scalar::ONE), (other, -key), (-other, other)];
            let (a, b) = factors[random.below(4) as usize];
            for key in [key, -key].into_iter().filter(|key| *key != Scalar::ZERO && b != Scalar::ZERO) {
                choices.next().unwrap().check(&cases(&a, &b, &key, &Scalar::from(7u64))[0]).unwrap();
            }
        }
    }
    for entry in comb(&Scalar::ONE).into_iter().chain(comb(&edge_scalar(&mut random))) {
        let (a, b) = (edge_scalar(&mut random), edge_scalar(&mut random));
        choices.next().unwrap().check(&cases(&a, &b, &entry, &Scalar::from(7u64))[0]).unwrap();
    }
}

/// The digest is zero modulo the order, as 0 and as n: all comes from the key alone.
#[test]
fn a_digest_of_zero_is_verified_wrongly() {
    let order = bytes(&parse(ORDER));
    let mut random = Random::new(6);
    for (at, arithmetic) in Arithmetic::OWN.into_iter().cycle().take(60).enumerate() {
        let multiple = if at < 6 { signed([1, -1, 2, -2, 3, -3][at]) } else { edge_scalar(&mut random) };
        let (key, b) = (ProjectivePoint::GENERATOR * multiple, edge_scalar(&mut random));
        let Operation::VerifyDigest { key, signature, digest } = signature_of(&Scalar::ZERO, &b, &key, &Scalar::ONE)
        else {
            panic!("no verification");
        };
        assert_eq!(digest, [0; 32]);
        for digest in [digest, order] {
            let operation = Operation::VerifyDigest { key: key.clone(), signature: signature.clone(), digest };
            let case = oracle("a digest of zero".into(), operation);
            assert_eq!(case.reply, [1]);
            arithmetic.check(&case).unwrap();
        }
    }
}

/// The sum's x coordinate is between n and p, and r is what it leaves (one signature of 2^128 is such); or r is as far above x as n is below p, so that
/// `r + n` is x modulo p, which makes no signature.
#[test]
fn an_x_coordinate_beyond_the_order_is_verified_wrongly() {
    let [order, prime] = [ORDER, PRIME].map(parse);
    let mut random = Random::new(8);
    let mut choices = Arithmetic::OWN.into_iter().cycle();
    let mut counts = [0; 2];
    for small in (1..60).map(BigInt::from).chain((1..60).map(|small| &prime - &order - 1 - small)) {
        for (number, r, right) in
            [(&order + &small, small.clone(), true), (small.clone(), &prime - &order + &small, false)]
        {
            let Some(sum) = at(&bytes(&number), random.below(2) == 0) else { continue };
            let (a, b) = (edge_scalar(&mut random), edge_scalar(&mut random));
            let key = key_for(&a, &b, &sum);
            let case = oracle("x beyond the order".into(), leading_to(&a, &b, &key, &scalar(&bytes(&r))));
            assert_eq!(case.reply, [u8::from(right)], "{:?}", case.operation);
            choices.next().unwrap().check(&case).unwrap();
            counts[usize::from(right)] += 1;
        }
    }
    assert!(counts.iter().all(|count| *count > 30), "{counts:?}");
}

/// Points of other curves `y^2 = x^3 - 3x + c`, for which the formulas of addition hold as well, with few multiples (y = 0: two) or many; and infinity, in
/// what forms it might come.
#[test]
fn a_point_off_the_curve_is_taken() {
    let mut random = Random::new(7);
    let signature = signature_value(&[1], &[1]);
    let mut points: Vec<Vec<u8>> =
        vec![vec![0], vec![0; 65], [vec![4], vec![0; 64]].concat(), [vec![4], vec![0xff; 64]].concat(), Vec::new()];
    for _ in 0..100 {
        let point = encoded(&(ProjectivePoint::GENERATOR * edge_scalar(&mut random)));
        let (x, y) = (&point[1..33], &point[33..]);
        points.push([&[4], x, &[0; 32]].concat());
        points.push([&[4], x, x].concat());
        points.push([&[4], y, x].concat());
        points.push([&[2 + (y[31] & 1)], x].concat());
        points.push([&[6 + (y[31] & 1)], x, y].concat());
    }
    for arithmetic in Arithmetic::OWN {
        for point in &points {
            let operations = [
                Operation::Agree { scalar: bytes(&BigInt::from(3)), peer: point.clone() },
                Operation::VerifyDigest { key: point.clone(), digest: [1; 32], signature: signature.clone() },
            ];
            for operation in operations {
                arithmetic.check(&Case::new("a point off the curve".into(), operation, None)).unwrap();
            }
        }
    }
}
