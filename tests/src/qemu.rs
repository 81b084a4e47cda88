//! Emulated boards: firmware in QEMU, its console read line by line, killed when dropped.
//!
//! Instructions are counted exactly (`-icount`): 128 ns of virtual time each.

use crate::setup;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// A machine that QEMU models and the firmware has a board for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// Cortex-M3, 256 KB of flash, 64 KB of RAM.
    Lm3s6965evb,
    /// Cortex-M3, 4 MB each.
    Mps2An385,
    /// Cortex-M4, 4 MB each.
    Mps2An386,
}

impl Machine {
    /// QEMU's name of it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Machine::Lm3s6965evb => "lm3s6965evb",
            Machine::Mps2An385 => "mps2-an385",
            Machine::Mps2An386 => "mps2-an386",
        }
    }

    /// The firmware's program for it.
    #[must_use]
    pub fn program(self) -> &'static str {
        match self {
            Machine::Lm3s6965evb => "lm3s6965evb",
            Machine::Mps2An385 | Machine::Mps2An386 => "mps2",
        }
    }

    /// Where the provisioning blob lies.
    fn provisioning(self) -> u32 {
        match self {
            Machine::Lm3s6965evb => 0x0003_f000,
            Machine::Mps2An385 | Machine::Mps2An386 => 0x003f_f000,
        }
    }
}

/// What the board's Ethernet port is plugged into.
#[derive(Clone, Copy, Debug)]
pub enum Network {
    /// QEMU's own network: DHCP, and the host's loopback at 10.0.2.2.
    User,
    /// The same at the far end of a wire: two UDP sockets on loopback, one Ethernet frame a datagram.
    Wire {
        /// Where the board's frames go: (QEMU's address, the wire's address).
        board: (SocketAddr, SocketAddr),
        /// Where the network's frames go, likewise.
        network: (SocketAddr, SocketAddr),
    },
}

/// How virtual time runs while the processor sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// With the host's clock.
    Real,
    /// It does not: a sleep ends at once at the next timer. Minutes of retransmission pass in seconds; a slow peer is then slow by more.
    Skipping,
}

/// What to boot.
#[derive(Clone, Debug)]
pub struct Boot<'a> {
    /// On which machine.
    pub machine: Machine,
    /// Which program.
    pub elf: &'a Path,
    /// What is in the flash sector for provisioning.
    pub blob: Option<&'a [u8]>,
    /// Plugged into what.
    pub network: Network,
    /// At which pace.
    pub pace: Pace,
    /// Words on the semihosting command line, behind the program's name.
    pub arguments: &'a [String],
}

/// A running machine.
#[derive(Debug)]
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    blob: Option<PathBuf>,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The exit code that the firmware reported; `None` where it did not end in time and was killed.
    pub code: Option<i32>,
    /// What it printed, and QEMU with it.
    pub lines: Vec<String>,
    /// How long it took.
    pub took: Duration,
}

/// Starts a machine.
///
/// # Errors
/// What could not be found, installed or started.
pub fn boot(boot: &Boot<'_>) -> Result<Running, String> {
    if !crate::tools::on_path("qemu-system-arm") {
        setup::debian_packages(setup::EMULATOR)?;
    }
    let mut command = Command::new("qemu-system-arm");
    command.args(["-M", boot.machine.name(), "-nographic", "-monitor", "none", "-serial", "none"]);
    command.args(["-icount", if boot.pace == Pace::Real { "shift=7" } else { "shift=7,sleep=off" }]);
    let mut semihosting = "enable=on,target=native,arg=firmware".to_owned();
    for argument in boot.arguments {
        semihosting.push_str(",arg=");
        // A comma ends an option of QEMU's, two are one.
        semihosting.push_str(&argument.replace(',', ",,"));
    }
    command.args(["-semihosting-config", &semihosting]);
    match boot.network {
        Network::User => {
            command.args(["-nic", "user"]);
        }
        Network::Wire { board, network } => {
            command.args(["-netdev", &dgram("board", board), "-net", "nic,netdev=board"]);
            command.args(["-netdev", "user,id=far", "-netdev", &dgram("wire", network)]);
            command.args(["-netdev", "hubport,id=port0,hubid=1,netdev=far"]);
            command.args(["-netdev", "hubport,id=port1,hubid=1,netdev=wire"]);
        }
    }
    let blob = boot.blob.map(write_blob).transpose()?;
    if let Some(path) = &blob {
        let at = boot.machine.provisioning();
        command.args(["-device", &format!("loader,file={},addr={at:#x},force-raw=on", path.display())]);
    }
    command.arg("-kernel").arg(boot.elf).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("qemu-system-arm: {error}"))?;
    let (to, lines) = mpsc::channel();
    if let Some(stream) = child.stdout.take() {
        read(stream, to.clone());
    }
    if let Some(stream) = child.stderr.take() {
        read(stream, to);
    }
    Ok(Running { child, lines, blob })
}

impl Running {
    /// Waits for the end, at most for `limit`; each line is handed to `see` when it comes.
    pub fn finish(self, limit: Duration, mut see: impl FnMut(&str)) -> Ended {
        self.finish_unless(limit, |line| {
            see(line);
            false
        })
    }

    /// The same, unless `cut` says after a line that the power fails now.
    pub fn finish_unless(mut self, limit: Duration, mut cut: impl FnMut(&str) -> bool) -> Ended {
        let start = Instant::now();
        let mut lines = Vec::new();
        let code = loop {
            let left = limit.saturating_sub(start.elapsed());
            match self.lines.recv_timeout(left) {
                // QEMU's own, said of every machine of these kinds: no news.
                Ok(line) if line == "Timer with period zero, disabling" || line.ends_with("hub 1 with no nics") => {}
                Ok(line) => {
                    let over = cut(&line);
                    lines.push(line);
                    if over {
                        break None;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break self.child.wait().ok().and_then(|status| status.code()),
                Err(RecvTimeoutError::Timeout) => break None,
            }
        };
        Ended { code, lines, took: start.elapsed() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        if let Some(path) = &self.blob {
            drop(std::fs::remove_file(path));
        }
    }
}

fn dgram(id: &str, (local, remote): (SocketAddr, SocketAddr)) -> String {
    format!(
        "dgram,id={id},local.type=inet,local.host={},local.port={},remote.type=inet,remote.host={},remote.port={}",
        local.ip(),
        local.port(),
        remote.ip(),
        remote.port()
    )
}

fn write_blob(bytes: &[u8]) -> Result<PathBuf, String> {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let path = crate::peers::scratch(&format!("blob-{number}.bin"))?;
    std::fs::write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}

fn read(stream: impl std::io::Read + Send + 'static, to: mpsc::Sender<String>) {
    std::thread::spawn(move || {
        let mut lines = BufReader::new(stream).split(b'\n');
        while let Some(Ok(line)) = lines.next() {
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            if to.send(line).is_err() {
                return;
            }
        }
    });
}
