//! Targets without a fuzzer: seeds bent at random on stable Rust; and what a fuzzer is given to begin with.

use super::{TARGETS, Target};
use crate::random::Random;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The longest input.
const LONGEST: usize = 4_096;

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Seeds, each tried as it is.
    pub seeds: usize,
    /// Inputs of findings tried.
    pub findings: usize,
    /// Bent inputs tried.
    pub bent: u64,
}

/// The folder of the fuzzing crate.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// The inputs that once found something, in the order of their names.
///
/// # Panics
/// When they cannot be read.
#[must_use]
pub fn findings(target: &Target) -> Vec<(PathBuf, Vec<u8>)> {
    let Ok(entries) = std::fs::read_dir(folder().join("findings").join(target.name)) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| (file.clone(), std::fs::read(file).unwrap())).collect()
}

/// Writes the seeds and findings of all targets for a fuzzer to begin with: a folder a target.
///
/// # Errors
/// What could not be written.
pub fn corpora(into: &Path) -> Result<(), String> {
    for target in TARGETS {
        let folder = into.join(target.name);
        let told = |error: std::io::Error| format!("{}: {error}", folder.display());
        std::fs::create_dir_all(&folder).map_err(told)?;
        let found = findings(&target).into_iter().map(|(_, input)| input);
        for (at, input) in (target.seeds)().into_iter().chain(found).enumerate() {
            std::fs::write(folder.join(format!("seed-{at:05}")), input).map_err(told)?;
        }
    }
    Ok(())
}

/// Tries every finding and every seed as it is, and then `count` inputs bent of them.
///
/// # Panics
/// Where a property does not hold; what was tried is printed in hexadecimal before.
pub fn run(target: &Target, seed: u64, count: u64) -> Tally {
    let mut tally = whole(target);
    let mut bender = Bender::new(target, seed);
    while tally.bent < count {
        bender.next(target);
        tally.bent += 1;
    }
    tally
}

/// The same, for some time.
///
/// # Panics
/// As [`run`].
pub fn run_for(target: &Target, seed: u64, time: Duration) -> Tally {
    let mut tally = whole(target);
    let mut bender = Bender::new(target, seed);
    let start = Instant::now();
    while start.elapsed() < time {
        bender.next(target);
        tally.bent += 1;
    }
    tally
}

fn whole(target: &Target) -> Tally {
    let (seeds, found) = ((target.seeds)(), findings(target));
    seeds.iter().for_each(|input| tried(target, input));
    found.iter().for_each(|(_, input)| tried(target, input));
    Tally { seeds: seeds.len(), findings: found.len(), bent: 0 }
}

/// Tries an input, and prints it if that panics.
fn tried(target: &Target, input: &[u8]) {
    struct Told<'a>(&'a Target, &'a [u8]);
    impl Drop for Told<'_> {
        fn drop(&mut self) {
            if std::thread::panicking() {
                eprintln!("{}: {}", self.0.name, hex::encode(self.1));
            }
        }
    }
    let _told = Told(target, input);
    (target.body)(input);
}

struct Bender {
    seeds: Vec<Vec<u8>>,
    random: Random,
}

impl Bender {
    fn new(target: &Target, seed: u64) -> Self {
        Self { seeds: (target.seeds)(), random: Random::new(seed) }
    }

    fn next(&mut self, target: &Target) {
        let at = self.random.below(self.seeds.len() as u64) as usize;
        let mut input = self.seeds[at].clone();
        for _ in 0..=self.random.below(6) {
            self.bend(&mut input);
        }
        input.truncate(LONGEST);
        tried(target, &input);
        // what was bent may be bent on: what a fuzzer does with what it finds interesting
        if self.random.below(16) == 0 {
            self.seeds[at] = input;
        }
    }

    fn bend(&mut self, input: &mut Vec<u8>) {
        let random = &mut self.random;
        let at = random.below(input.len() as u64 + 1) as usize;
        let end = at + random.below((input.len() - at) as u64 + 1).min(1 + random.below(32)) as usize;
        match random.below(8) {
            0 | 1 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
            2 => {
                let common = [0, 1, 0x7f, 0x80, 0xff, 13, 14, 15, 20, 22, 23, 25];
                if let Some(byte) = input.get_mut(at) {
                    *byte = common[random.below(common.len() as u64) as usize];
                }
            }
            3 => drop(input.drain(at..end)),
            4 => {
                let len = random.below(16) as usize;
                drop(input.splice(at..at, random.bytes(len)));
            }
            5 => {
                let twice = input[at..end].to_vec();
                drop(input.splice(at..at, twice));
            }
            6 => {
                let other = &self.seeds[random.below(self.seeds.len() as u64) as usize];
                let from = random.below(other.len() as u64 + 1) as usize;
                let part = other[from..].iter().take(1 + random.below(64) as usize).copied().collect::<Vec<_>>();
                drop(input.splice(at..end, part));
            }
            _ => input.iter_mut().take(end).skip(at).for_each(|byte| *byte = byte.wrapping_add(1)),
        }
    }
}
