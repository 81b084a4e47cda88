//! Our routines for P-256's field and order beside fiat-crypto's, compared where they are to run. No figure is taken of this image.
//!
//! The host puts operands into memory at [`AT`], as words of 32 bits: a magic number; how many pairs below p there are, and below n; one operand in how many is
//! to be inverted; in which pair (from 1; 0: none) fiat-crypto is told another operand, so that the host sees a difference found. Then the pairs. The image says
//! how many results were equal and a digest of them, or the first difference.
#![no_std]
#![no_main]

mod prime;

use core::fmt::{self, Write};
use cortex_m_rt::entry;
use cortex_m_semihosting::hio::hstdout;
use prime::{Prime, Words, field, order};
use stint_bare::{exit, panicked};
use stint_dtls::crypto::compact::{Arithmetic, Compact, Fast, Halves};

/// Where the operands are.
const AT: usize = 0x10_0000;
const MAGIC: usize = 0x2a5e_60f1;
/// Words before the pairs.
const HEAD: usize = 5;

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    panicked(info)
}

/// What the host wants.
#[derive(Clone, Copy)]
struct Job {
    field: usize,
    order: usize,
    inverted: usize,
    planted: usize,
}

/// A difference.
struct Difference {
    what: &'static str,
    pair: usize,
    a: Words,
    b: Words,
    ours: Words,
    fiats: Words,
}

/// What was equal: how many results, and a digest of them (FNV-1a, a word at a time).
struct Equal {
    results: u32,
    digest: u32,
}

#[entry]
fn main() -> ! {
    let [magic, field, order, inverted, planted] = core::array::from_fn(|index| word(index) as usize);
    let job = Job { field, order, inverted, planted };
    exit(magic == MAGIC && compared(&job).is_ok_and(|same| same))
}

/// Compares all choices of arithmetic, and says what came of it; whether all was equal.
fn compared(job: &Job) -> Result<bool, fmt::Error> {
    let mut console = hstdout().map_err(|()| fmt::Error)?;
    let mut same = true;
    for (name, result) in [("Fast", all::<Fast>(job)), ("Compact", all::<Compact>(job)), ("Halves", all::<Halves>(job))]
    {
        same &= result.is_ok();
        match result {
            Ok(Equal { results, digest }) => writeln!(console, "{name}: {results} results equal, digest {digest:08x}")?,
            Err(difference) => writeln!(console, "{name}: {difference}")?,
        }
    }
    Ok(same)
}

fn all<A: Arithmetic>(job: &Job) -> Result<Equal, Difference> {
    let mut equal = Equal { results: 0, digest: 0x811c_9dc5 };
    equal.compare(&field::<A>(), 0, job.field, job)?;
    equal.compare(&order::<A>(), job.field, job.order, job)?;
    Ok(equal)
}

impl Equal {
    /// Compares on `pairs` pairs from the one numbered `first` on.
    #[inline(never)]
    fn compare(&mut self, prime: &Prime, first: usize, pairs: usize, job: &Job) -> Result<(), Difference> {
        for number in 0..pairs {
            let pair = first + number;
            let at = HEAD + 16 * pair;
            let (a, b) = (words(at), words(at + 8));
            let mut told = b;
            if pair + 1 == job.planted {
                told[0] ^= 1;
            }
            let mut same = |what, ours: Words, fiats: Words| {
                if ours != fiats {
                    return Err(Difference { what, pair, a, b, ours, fiats });
                }
                self.results += 1;
                fiats.iter().for_each(|word| self.digest = (self.digest ^ word).wrapping_mul(0x0100_0193));
                Ok(())
            };
            same("a * b", (prime.ours.multiply)(&a, &b), (prime.fiats.multiply)(&a, &told))?;
            same("b * a", (prime.ours.multiply)(&b, &a), (prime.fiats.multiply)(&b, &a))?;
            same("a * a", (prime.ours.multiply)(&a, &a), (prime.square)(&a))?;
            same("a + b", (prime.ours.add)(&a, &b), (prime.fiats.add)(&a, &b))?;
            same("a - b", (prime.ours.subtract)(&a, &b), (prime.fiats.subtract)(&a, &b))?;
            same("b - a", (prime.ours.subtract)(&b, &a), (prime.fiats.subtract)(&b, &a))?;
            if number.checked_rem(job.inverted) == Some(0) {
                same("1 / a", (prime.invert)(&a), prime.inverse(&a))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, pair, .. } = self;
        write!(f, "pair {pair}, {what}:")?;
        for (name, words) in [("a", &self.a), ("b", &self.b), ("ours", &self.ours), ("fiat", &self.fiats)] {
            write!(f, " {name} ")?;
            words.iter().rev().try_for_each(|word| write!(f, "{word:08x}"))?;
        }
        Ok(())
    }
}

/// The word numbered `index` of what the host put there.
fn word(index: usize) -> u32 {
    // SAFETY: the boards have memory from 0 up to 4 MB, of which this image's memory.x takes the first; the host sees to it that what it asks for is there.
    unsafe { (AT as *const u32).add(index).read_volatile() }
}

fn words(first: usize) -> Words {
    core::array::from_fn(|i| word(first + i))
}
