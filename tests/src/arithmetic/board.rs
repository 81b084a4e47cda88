//! The comparison on an emulated board: a bare image holds our routines and fiat-crypto's, the operands lie in its memory, and it says what it found.

use super::{Prime, Words};
use crate::setup;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Where the operands lie, in the boards' 4 MB: behind the image, which has the first.
const AT: u32 = 0x10_0000;
/// How many pairs of operands there is room for.
const ROOM: usize = 40_000;
/// How long an image may run.
const LIMIT: Duration = Duration::from_secs(120);
/// What the first word of the operands is, so that an image does not take something else for them.
const MAGIC: u32 = 0x2a5e_60f1;

/// What an image is to compare.
#[derive(Clone, Debug, Default)]
pub struct Job {
    /// Pairs below p.
    pub field: Vec<(Words, Words)>,
    /// Pairs below n.
    pub order: Vec<(Words, Words)>,
    /// One operand in so many is inverted.
    pub inverted: u32,
    /// In this pair, counted from 1 and with those below n after those below p, fiat-crypto is told another operand: a difference that must be found.
    pub planted: Option<u32>,
}

/// What an image said.
#[derive(Clone, Debug)]
pub struct Report {
    /// Whether it found no difference.
    pub success: bool,
    /// Its lines.
    pub lines: Vec<String>,
    /// How long it ran.
    pub took: Duration,
}

/// QEMU, killed when dropped, and the operands' file with it.
struct Emulator(Child, PathBuf);

impl Drop for Emulator {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
        drop(std::fs::remove_file(&self.1));
    }
}

impl Job {
    /// All of some pairs modulo each prime; few are inverted, for each costs hundreds of products.
    #[must_use]
    pub fn new(field: impl Iterator<Item = (Words, Words)>, order: impl Iterator<Item = (Words, Words)>) -> Self {
        Self { field: field.collect(), order: order.collect(), inverted: 512, planted: None }
    }

    fn bytes(&self) -> Vec<u8> {
        let numbers = [self.field.len() as u32, self.order.len() as u32, self.inverted, self.planted.unwrap_or(0)];
        let pairs = self.field.iter().chain(&self.order).flat_map(|(a, b)| [a, b]).flatten().copied();
        [MAGIC].into_iter().chain(numbers).chain(pairs).flat_map(u32::to_le_bytes).collect()
    }
}

/// Builds the image for a target and runs it on a machine of QEMU's.
///
/// # Errors
/// What is missing, or that the image hangs.
pub fn board(target: &str, machine: &str, job: &Job) -> Result<Report, String> {
    setup::debian_packages(setup::EMULATOR)?;
    let image = setup::build(&setup::firmware_folder().join("bare"), "fiat", target, "fiat")?;
    run(&image.elf, machine, job)
}

fn run(elf: &Path, machine: &str, job: &Job) -> Result<Report, String> {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    assert!(job.field.len() + job.order.len() <= ROOM, "the boards have room for {ROOM} pairs");
    let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let operands = crate::peers::scratch(&format!("operands-{number}.bin"))?;
    std::fs::write(&operands, job.bytes()).map_err(|error| format!("{}: {error}", operands.display()))?;
    let mut command = Command::new("qemu-system-arm");
    command.args(["-machine", machine, "-nographic", "-monitor", "none", "-serial", "none"]);
    command.args(["-semihosting-config", "enable=on,target=native", "-device"]);
    command.arg(format!("loader,file={},addr={AT:#x},force-raw=on", operands.display())).arg("-kernel").arg(elf);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let start = Instant::now();
    let child = command.spawn().map_err(|error| format!("qemu-system-arm: {error}"))?;
    let mut emulator = Emulator(child, operands);
    // It says a few lines: the pipes hold them until it has ended.
    let status = loop {
        match emulator.0.try_wait().map_err(|error| error.to_string())? {
            Some(status) => break status,
            None if start.elapsed() > LIMIT => return Err(format!("{}: hangs", elf.display())),
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    let took = start.elapsed();
    let mut said = String::new();
    if let (Some(output), Some(errors)) = (&mut emulator.0.stdout, &mut emulator.0.stderr) {
        output.read_to_string(&mut said).map_err(|error| error.to_string())?;
        errors.read_to_string(&mut said).map_err(|error| error.to_string())?;
    }
    Ok(Report { success: status.success(), lines: said.lines().map(str::to_owned).collect(), took })
}

/// What an image makes of all results that it computed, so that the host can tell that it computed them, and right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(pub u32);

impl Digest {
    /// Of nothing.
    pub const START: Self = Self(0x811c_9dc5);

    /// Takes a result in: FNV-1a, a word at a time.
    pub fn take(&mut self, words: &Words) {
        words.iter().for_each(|word| self.0 = (self.0 ^ word).wrapping_mul(0x0100_0193));
    }

    /// Takes in the results modulo a prime, in the image's order.
    pub fn take_all<P: Prime>(&mut self, pairs: &[(Words, Words)], inverted: u32) {
        for ((a, b), number) in pairs.iter().zip(0u32..) {
            let results = [P::multiply(a, b), P::multiply(b, a), P::square(a), P::add(a, b), P::subtract(a, b)];
            results.iter().for_each(|result| self.take(result));
            self.take(&P::subtract(b, a));
            if number.checked_rem(inverted) == Some(0) {
                self.take(&P::invert(a));
            }
        }
    }
}
