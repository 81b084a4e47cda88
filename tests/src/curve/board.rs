//! Operations on an emulated board: a bare image that is lent them in memory, and prints the replies.
//!
//! Instructions are not counted here, which makes QEMU some ten times as fast.

use super::{Arithmetic, told};
use crate::{peers, setup};
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use stint_vectors::Case;

/// Where the image looks for them.
const AT: &str = "0x100000";
/// How many bytes it takes at most.
const ROOM: usize = 0x0030_0000;

/// Carries out `cases` on a board of `target`, as the firmware examples are built, and compares the replies with what is right; at most for `limit`.
///
/// # Errors
/// What could not be built or started; the first reply that was wrong; how many replies came, where some did not.
pub fn on_board(arithmetic: Arithmetic, target: &str, cases: &[Case], limit: Duration) -> Result<(), String> {
    let image = setup::build(&setup::firmware_folder().join("bare"), "operations", target, "")?;
    let replies = run(&image.elf, machine(target), (AT, &lent(arithmetic, cases)?), limit)?;
    let mut left = &replies[..];
    for (at, case) in cases.iter().enumerate() {
        let reply = left.split_first().and_then(|(len, rest)| rest.split_at_checked(usize::from(*len)));
        let Some((reply, rest)) = reply else {
            return Err(format!("{arithmetic:?} on {target}: {at} replies of {} came in {limit:?}", cases.len()));
        };
        told(arithmetic, case, reply).map_err(|error| format!("{target}: {error}"))?;
        left = rest;
    }
    if left.is_empty() { Ok(()) } else { Err(format!("{target}: replies to nothing: {left:02x?}")) }
}

/// A Cortex-M4 for what needs it; nothing that QEMU models for this has a Cortex-M0, whose code a Cortex-M3 runs.
pub(crate) fn machine(target: &str) -> &'static str {
    if target.starts_with("thumbv7em") { "mps2-an386" } else { "mps2-an385" }
}

/// What the image reads: the length, the choice, the requests.
fn lent(arithmetic: Arithmetic, cases: &[Case]) -> Result<Vec<u8>, String> {
    let number = Arithmetic::ALL.iter().position(|one| *one == arithmetic).unwrap_or_default() as u8;
    let mut bytes = vec![0, 0, 0, 0, number];
    for case in cases {
        bytes.extend(case.operation.request());
    }
    if bytes.len() > ROOM {
        return Err(format!("{} bytes of requests, and the image takes {ROOM}", bytes.len()));
    }
    let len = (bytes.len() - 4) as u32;
    bytes[..4].copy_from_slice(&len.to_be_bytes());
    Ok(bytes)
}

/// QEMU, killed when dropped.
struct Emulator(Child);

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs an image until it ends and returns what it printed; of one that does not end in time, as much as it printed. It is lent bytes at an address.
pub(crate) fn run(elf: &Path, machine: &str, (at, lent): (&str, &[u8]), limit: Duration) -> Result<Vec<u8>, String> {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    setup::debian_packages(setup::EMULATOR)?;
    let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let path = peers::scratch(&format!("operations-{number}.bin"))?;
    std::fs::write(&path, lent).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut command = Command::new("qemu-system-arm");
    command.args(["-machine", machine, "-nographic", "-monitor", "none", "-serial", "none"]);
    command.args(["-semihosting-config", "enable=on,target=native"]);
    command.args(["-device", &format!("loader,file={},addr={at},force-raw=on", path.display())]);
    command.arg("-kernel").arg(elf).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut emulator = Emulator(command.spawn().map_err(|error| format!("qemu-system-arm: {error}"))?);
    let mut console = emulator.0.stdout.take().ok_or("qemu-system-arm has no output")?;
    let (to, chunks) = mpsc::channel();
    std::thread::spawn(move || {
        let mut chunk = [0; 4096];
        while let Ok(len @ 1..) = console.read(&mut chunk) {
            if to.send(chunk[..len].to_vec()).is_err() {
                return;
            }
        }
    });
    let start = std::time::Instant::now();
    let mut printed = Vec::new();
    while let Ok(chunk) = chunks.recv_timeout(limit.saturating_sub(start.elapsed())) {
        printed.extend(chunk);
    }
    drop(emulator);
    drop(std::fs::remove_file(path));
    Ok(printed)
}
