//! Operations with random and with awkward numbers, each from a seed of its own.

use super::constructed::{key_for, leading_to, signature_of};
use super::numbers::{ORDER, PRIME, at, bytes, edge, edge_scalar, encoded, integer, parse, scalar, scalar_bytes, x};
use super::{Arithmetic, oracle};
use crate::random::Random;
use num_bigint::BigInt;
use p256::{ProjectivePoint, Scalar};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use stint_vectors::{Case, Operation, signature_value};

/// How many operations of each kind were taken, and how many refused.
pub type Tally = BTreeMap<&'static str, [u64; 2]>;

/// The operation of a seed, with what p256 replies, and its kind.
#[must_use]
pub fn operation(seed: u64) -> (&'static str, Case) {
    let mut random = Random::new(seed);
    let random = &mut random;
    let (kind, operation) = match random.below(16) {
        0 => ("key", Operation::Key { scalar: edge(random) }),
        1..4 => ("agree", Operation::Agree { scalar: edge(random), peer: encoded(&point(random)) }),
        4 => ("agree with no point", Operation::Agree { scalar: edge(random), peer: no_point(random) }),
        5..7 => ("sign", Operation::Sign { private: edge(random), digest: edge(random) }),
        7..9 => ("verify", signed(random)),
        9..11 => ("verify what was changed", changed(random)),
        11..14 => ("verify with factors told", factors(random)),
        14 => ("verify near x = r + n", near_the_order(random)),
        _ => ("verify numbers of all kinds", numbers(random)),
    };
    (kind, oracle(format!("operation of seed {seed}, {kind}"), operation))
}

/// Puts the operations of `count` seeds from `first` on to the choices in turn, on all processors.
///
/// # Errors
/// A reply that was wrong, with the seed.
pub fn operations(first: u64, count: u64, choices: &[Arithmetic]) -> Result<Tally, String> {
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let (tally, stop) = (Mutex::new(Tally::new()), AtomicBool::new(false));
    let part = |thread: u64| {
        for (seed, choice) in (first..first + count).zip(choices.iter().cycle()) {
            if seed % threads != thread || stop.load(Ordering::Relaxed) {
                continue;
            }
            let (kind, case) = operation(seed);
            if let Err(error) = choice.check(&case) {
                stop.store(true, Ordering::Relaxed);
                return Err(error);
            }
            tally.lock().unwrap().entry(kind).or_default()[usize::from(case.reply == [0])] += 1;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let part = &part;
        let all: Vec<_> = (0..threads).map(|thread| scope.spawn(move || part(thread))).collect();
        all.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| Err("a thread panicked".into())))
    })?;
    Ok(tally.into_inner().unwrap_or_default())
}

/// The campaign's: prints what was done.
///
/// # Errors
/// A reply that was wrong, with the seed.
pub fn campaign(first: u64, count: u64) -> Result<(), String> {
    let start = Instant::now();
    println!("{count} operations on P-256 from seed {first}, by {:?} in turn", Arithmetic::OWN);
    let tally = operations(first, count, &Arithmetic::OWN)?;
    for (kind, [taken, refused]) in tally {
        println!("  {kind}: {taken} taken, {refused} refused");
    }
    println!("  all as p256 has it, in {:.0} s", start.elapsed().as_secs_f32());
    Ok(())
}

/// A point of the curve: a multiple of the base point, or one with an awkward x.
fn point(random: &mut Random) -> ProjectivePoint {
    if random.below(3) == 0 {
        for _ in 0..8 {
            let (x, odd) = (edge(random), random.below(2) == 0);
            if let Some(point) = at(&x, odd) {
                return point;
            }
        }
    }
    ProjectivePoint::GENERATOR * edge_scalar(random)
}

/// What is no point of the curve, mostly of 65 bytes; a few are one after all.
fn no_point(random: &mut Random) -> Vec<u8> {
    let mut point = encoded(&point(random));
    match random.below(8) {
        0 => point[0] = random.number() as u8,
        1 => point[1 + random.below(64) as usize] ^= 1 << random.below(8),
        2 => point[1..33].copy_from_slice(&edge(random)),
        3 => point[33..].copy_from_slice(&edge(random)),
        4 => {
            // Another name of the same element of the field, if it has one of 32 bytes.
            let at = if random.below(2) == 0 { 1..33 } else { 33..65 };
            let coordinate: [u8; 32] = point[at.clone()].try_into().unwrap();
            point[at].copy_from_slice(&bytes(&(integer(&coordinate) + parse(PRIME))));
        }
        5 => point[1..].fill(if random.below(2) == 0 { 0 } else { 0xff }),
        6 => point.truncate(random.below(65) as usize),
        _ => point.push(0),
    }
    point
}

/// A signature as it should be.
fn signed(random: &mut Random) -> Operation {
    let (private, digest) = (scalar_bytes(&edge_scalar(random)), edge(random));
    let signed = oracle(String::new(), Operation::Sign { private, digest });
    let key = encoded(&(ProjectivePoint::GENERATOR * scalar(&private)));
    let (r, s) = signed.reply[1..].split_at(32);
    Operation::VerifyDigest { key, digest, signature: signature_value(r, s) }
}

/// A signature of which something was changed: some of these are right still.
fn changed(random: &mut Random) -> Operation {
    let (private, digest) = (scalar_bytes(&edge_scalar(random)), edge(random));
    let signed = oracle(String::new(), Operation::Sign { private, digest });
    let key = encoded(&(ProjectivePoint::GENERATOR * scalar(&private)));
    let (r, s) = signed.reply[1..].split_at(32);
    let [r, s]: [[u8; 32]; 2] = [r.try_into().unwrap(), s.try_into().unwrap()];
    let negative = |number: &[u8; 32]| bytes(&(parse(ORDER) - integer(number)));
    let more = |number: &[u8; 32]| bytes(&(parse(ORDER) + integer(number)));
    let mut flipped = |number: &[u8; 32]| {
        let mut number = *number;
        number[random.below(32) as usize] ^= 1 << random.below(8);
        number
    };
    let [other_r, other_s, other_digest] = [flipped(&r), flipped(&s), flipped(&digest)];
    let (digest, r, s) = match random.below(12) {
        0 => (other_digest, r, s),
        1 => (digest, other_r, s),
        2 => (digest, r, other_s),
        3 => (digest, negative(&r), s),
        4 => (digest, r, negative(&s)),
        5 => (negative(&digest), r, s),
        6 => (more(&digest), r, s),
        7 => (digest, more(&r), s),
        8 => (digest, r, more(&s)),
        9 => (digest, edge(random), s),
        10 => (digest, r, edge(random)),
        _ => (edge(random), r, s),
    };
    let key = if random.below(8) == 0 { no_point(random) } else { key };
    Operation::VerifyDigest { key, digest, signature: signature_value(&r, &s) }
}

/// Factors, and a key, that are simple enough to meet each other on the way.
fn factors(random: &mut Random) -> Operation {
    let a = if random.below(8) == 0 { Scalar::ZERO } else { edge_scalar(random) };
    let (b, r) = (edge_scalar(random), edge_scalar(random));
    let multiple = match random.below(4) {
        // The sum is infinity.
        0 if a != Scalar::ZERO => -a * b.invert().unwrap(),
        // The products are equal.
        1 if a != Scalar::ZERO => a * b.invert().unwrap(),
        2 => edge_scalar(random),
        _ => {
            let small = Scalar::from(1 + random.below(8));
            if random.below(2) == 0 { small } else { -small }
        }
    };
    let key = ProjectivePoint::GENERATOR * multiple;
    if random.below(6) == 0 { leading_to(&a, &b, &key, &r) } else { signature_of(&a, &b, &key, &r) }
}

/// The sum's x coordinate is told: r where x is r, r + n, or as far from it as a sum that wraps at p or at n would be.
fn near_the_order(random: &mut Random) -> Operation {
    let gap = parse(PRIME) - parse(ORDER);
    let (a, b) = (edge_scalar(random), edge_scalar(random));
    loop {
        let small = integer(&bytes(&(integer(&edge(random)) >> (random.below(130) + 126))));
        let number = match random.below(4) {
            0 => parse(ORDER) + &small,
            1 => parse(PRIME) - 1 - &small,
            2 => small,
            _ => integer(&edge(random)),
        };
        let Some(sum) = at(&bytes(&number), random.below(2) == 0) else { continue };
        let number = integer(&x(&sum));
        let r = match random.below(6) {
            0 => number + &gap,
            1 => number - &gap,
            2 => number + BigInt::from(random.below(3)) - 1,
            _ => number,
        };
        let r = scalar(&bytes(&r));
        let key = key_for(&a, &b, &sum);
        if r != Scalar::ZERO && key != ProjectivePoint::IDENTITY {
            return leading_to(&a, &b, &key, &r);
        }
    }
}

/// All numbers awkward, which seldom makes a signature.
fn numbers(random: &mut Random) -> Operation {
    let key = if random.below(8) == 0 { no_point(random) } else { encoded(&point(random)) };
    let (digest, r, s) = (edge(random), edge(random), edge(random));
    Operation::VerifyDigest { key, digest, signature: signature_value(&r, &s) }
}
