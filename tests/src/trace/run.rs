//! A run of an image in the emulator, with the plugin.

use super::plugin::plugin;
use super::{Done, Given, Operation, Seen};
use crate::server::ec;
use crate::{peers, setup};
use object::{Object, ObjectSymbol};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// Where the images look for what they are given, and how many bytes below its caller's frame each operation tells of; see the images' `constant` module.
const GIVEN: u32 = 0x20_0000;
const WATCHED: usize = 8192;
/// How long a run may take, in seconds: the slowest there is, a thousand secrets on a machine that is busy, with time to spare.
const LIMIT: &str = "1800";

/// How closely a run is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Instructions are counted: a billion take a second or two.
    Counts,
    /// Addresses executed, loaded and stored are hashed too: about a third as fast.
    Addresses,
    /// Addresses, and what is left on the stack.
    Stack,
}

/// What is run.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The image.
    pub elf: &'a Path,
    /// The emulator's machine.
    pub machine: &'static str,
    /// The secrets.
    pub given: &'a [Given],
}

/// Runs an image over secrets: three operations for each, in their order.
///
/// # Errors
/// What could not be built or run; an operation that failed, or gave another result than `p256`'s.
pub fn watch(run: Run<'_>, depth: Depth) -> Result<Vec<Done>, String> {
    let told = start(run, depth, None)?;
    check(run, &told)?;
    Ok(told)
}

/// Runs an image over secrets and returns the events of one operation with each, in 12 bytes each; see the plugin.
pub(super) fn record(run: Run<'_>, operation: Operation) -> Result<Vec<u8>, String> {
    let file = Scratch::new("events")?;
    start(run, Depth::Addresses, Some((operation, &file.0)))?;
    fs::read(&file.0).map_err(|error| format!("{}: {error}", file.0.display()))
}

fn start(run: Run<'_>, depth: Depth, record: Option<(Operation, &Path)>) -> Result<Vec<Done>, String> {
    setup::debian_packages(setup::EMULATOR)?;
    let (given, lines) = (Scratch::new("given")?, Scratch::new("seen")?);
    fs::write(&given.0, blob(run.given, depth)).map_err(|error| error.to_string())?;
    let [begins, ends] = marks(run.elf)?;
    let trace = if depth == Depth::Counts { "off" } else { "on" };
    let plugin = plugin()?;
    let mut options =
        format!("{},begins={begins:#x},ends={ends:#x},trace={trace},out={}", plugin.display(), lines.0.display());
    if let Some((operation, file)) = record {
        options += &format!(",record={},which={}", file.display(), operation as usize);
    }
    let mut command = Command::new("timeout");
    command.args([LIMIT, "qemu-system-arm", "-M", run.machine, "-nographic", "-monitor", "none", "-serial", "none"]);
    command.args(["-semihosting-config", "enable=on,target=native", "-plugin", &options]);
    command.args(["-device", &format!("loader,file={},addr={GIVEN:#x},force-raw=on", given.0.display())]);
    command.arg("-kernel").arg(run.elf).stdin(std::process::Stdio::null());
    let output = command.output().map_err(|error| format!("qemu-system-arm: {error}"))?;
    let seen = fs::read_to_string(&lines.0).unwrap_or_default();
    if !output.status.success() {
        return Err(format!(
            "{}: {} after {} operations\n{}\n(the plugin speaks version 1 of the emulator's interface, as QEMU 7.2 does)",
            run.elf.display(),
            output.status,
            seen.lines().count(),
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    read(run, depth, &seen, &output.stdout)
}

/// What the image reads at [`GIVEN`].
fn blob(given: &[Given], depth: Depth) -> Vec<u8> {
    let mut blob = Vec::new();
    blob.extend((given.len() as u32).to_le_bytes());
    blob.extend(u32::from(depth == Depth::Stack).to_le_bytes());
    blob.extend(peer());
    blob.extend([0; 3]);
    for Given { key, digest } in given {
        blob.extend(key.iter().chain(digest));
    }
    blob
}

/// With whom keys are agreed.
pub(super) fn peer() -> Vec<u8> {
    ec::Key::seeded(5903).point()
}

/// The addresses of the two marks.
fn marks(elf: &Path) -> Result<[u64; 2], String> {
    let bytes = fs::read(elf).map_err(|error| format!("{}: {error}", elf.display()))?;
    let file = object::File::parse(&*bytes).map_err(|error| format!("{}: {error}", elf.display()))?;
    let of = |name: &str| {
        let symbol = file.symbols().find(|symbol| symbol.name() == Ok(name));
        symbol.map(|symbol| symbol.address() & !1).ok_or_else(|| format!("{}: no {name}", elf.display()))
    };
    Ok([of("operation_begins")?, of("operation_ends")?])
}

/// Joins the plugin's lines with what the image printed.
fn read(run: Run<'_>, depth: Depth, seen: &str, mut printed: &[u8]) -> Result<Vec<Done>, String> {
    let short = || format!("{}: it printed less than its operations give", run.elf.display());
    let mut done = Vec::new();
    for (line, operation) in seen.lines().zip(Operation::ALL.into_iter().cycle()) {
        let (result, rest) = printed.split_at_checked(operation.result_len()).ok_or_else(short)?;
        let [told, watched] = if depth == Depth::Stack { [4, WATCHED] } else { [0, 0] };
        let (frame, rest) = rest.split_at_checked(told).ok_or_else(short)?;
        let (left, rest) = rest.split_at_checked(watched).ok_or_else(short)?;
        printed = rest;
        let frame = frame.try_into().map(u32::from_le_bytes).unwrap_or(0);
        let seen = seen_of(line).ok_or_else(|| format!("the plugin wrote: {line}"))?;
        done.push(Done { operation, seen, result: result.to_vec(), left: left.to_vec(), frame });
    }
    if done.len() != run.given.len() * Operation::ALL.len() || !printed.is_empty() {
        return Err(format!("{}: {} operations with {} secrets", run.elf.display(), done.len(), run.given.len()));
    }
    Ok(done)
}

fn seen_of(line: &str) -> Option<Seen> {
    let mut parts = line.split(' ');
    let instructions = parts.next()?.parse().ok()?;
    let mut hash = || u64::from_str_radix(parts.next()?, 16).ok();
    Some(Seen { instructions, executed: hash()?, loaded: hash()?, stored: hash()? })
}

/// Compares the results with `p256`'s.
fn check(run: Run<'_>, told: &[Done]) -> Result<(), String> {
    let peer = peer();
    for (given, three) in run.given.iter().zip(told.chunks(Operation::ALL.len())) {
        for done in three {
            let right = given.result(done.operation, &peer);
            if done.result != right {
                let (key, digest) = (hex::encode(given.key), hex::encode(given.digest));
                let (is, right) = (hex::encode(&done.result), hex::encode(right));
                return Err(format!("{} with {key}, digest {digest}: {is}, and not {right}", done.operation));
            }
        }
    }
    Ok(())
}

/// A file for a run, removed after it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Result<Self, String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        peers::scratch(&format!("trace-{name}-{number}")).map(Self)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.0));
    }
}
