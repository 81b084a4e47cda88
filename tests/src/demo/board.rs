//! The demo on an emulated board.

use super::table::{self, Figures, thousands};
use super::{Board, tell};
use crate::peers::{IDENTITY, KEY, Libcoap, Peer};
use crate::qemu::{self, Boot, Machine, Network, Pace};
use crate::setup::{self, Image};
use std::time::{Duration, Instant};
use stint_provisioning::{Blob, Credential, Host};

/// No run takes longer: five notifications come one a second.
const LIMIT: Duration = Duration::from_secs(90);

impl Board {
    fn machine(self) -> (Machine, &'static str) {
        match self {
            Board::Lm3s6965evb => (Machine::Lm3s6965evb, "thumbv7m-none-eabi"),
            Board::Mps2An385 => (Machine::Mps2An385, "thumbv6m-none-eabi"),
            Board::Mps2An386 => (Machine::Mps2An386, "thumbv7em-none-eabi"),
        }
    }
}

pub(super) fn run(board: Board) -> Result<(), String> {
    let (machine, target) = board.machine();
    let start = Instant::now();
    setup::debian_packages(&["qemu-system-arm", "libcoap3-bin"])?;
    tell("set-up", &format!("QEMU and libcoap are there ({:.1} s)", start.elapsed().as_secs_f32()));

    let start = Instant::now();
    let image = setup::firmware(machine.program(), target, "insecure-test-rng")?;
    let Image { elf, toolchain } = &image;
    tell("firmware", &format!("{} for {target}: {}, {}", machine.program(), toolchain.version, toolchain.origin));
    tell("", &format!("{} ({:.1} s)", elf.display(), start.elapsed().as_secs_f32()));
    let figures = play(machine, elf, tell, &mut |line| println!("  | {line}"))?;
    summary(&figures, elf)
}

/// The whole firmware's RAM on a board, in bytes: its statics, and the deepest stack of a run from `main`'s frame on.
///
/// # Errors
/// What could not be built or run.
pub(crate) fn ram(board: Board) -> Result<u64, String> {
    let (machine, target) = board.machine();
    let image =
        setup::build_for_size(&setup::firmware_folder(), machine.program(), target, "insecure-test-rng", "release")?;
    let figures = play(machine, &image.elf, |_, _| (), &mut |_| ())?;
    let mut deepest = 0;
    for step in figures.iter().filter(|line| line.kind == "step") {
        deepest = deepest.max(step.number("depth")?);
    }
    Ok(crate::image::Size::read(&image.elf)?.ram + deepest)
}

/// Boots the firmware against libcoap's server and gives the figures that it told; fails unless it reports success.
fn play(
    machine: Machine,
    elf: &std::path::Path,
    tell: impl Fn(&str, &str),
    hear: &mut dyn FnMut(&str),
) -> Result<Vec<Figures>, String> {
    let server = Peer::libcoap(Libcoap::Openssl, &[])?;
    let address = server.address();
    tell("server", &format!("libcoap's coap-server-openssl at coaps://{address}, with a pre-shared key"));

    let mut sector = [0; stint_provisioning::MAX_LEN];
    let blob = Blob {
        credential: Credential::PreShared { identity: IDENTITY, key: KEY },
        // The host's loopback, as the emulated network shows it.
        host: Host::Ipv4([10, 0, 2, 2].into()),
        port: address.port(),
        device: None,
        observe: Some("time"),
    };
    let len = stint_provisioning::write(&blob, &mut sector).map_err(|error| error.to_string())?;
    tell("blob", &format!("{len} bytes for the flash: identity, key, server, what to observe"));
    tell("boot", &format!("{} in QEMU; what it says:\n", machine.name()));

    let running = qemu::boot(&Boot {
        machine,
        elf,
        blob: Some(&sector[..len]),
        network: Network::User,
        pace: Pace::Real,
        arguments: &[],
    })?;
    let mut figures = Vec::new();
    let ended = running.finish(LIMIT, |line| match Figures::parse(line) {
        Some(line) => figures.push(line),
        None => hear(line),
    });
    match ended.code {
        Some(0) => Ok(figures),
        Some(code) => Err(format!("the firmware ended with code {code}; the server said:\n{}", server.output())),
        None => Err(format!("the firmware did not end within {LIMIT:?}; the server said:\n{}", server.output())),
    }
}

fn summary(figures: &[Figures], elf: &std::path::Path) -> Result<(), String> {
    println!();
    let mut rows = Vec::new();
    let mut deepest = 0;
    for step in figures.iter().filter(|line| line.kind == "step") {
        let stack = step.number("stack")?;
        deepest = deepest.max(step.number("depth")?);
        rows.push(vec![
            step.word.replace('_', " "),
            thousands(step.number("instructions")?),
            thousands(stack),
            format!("{} ms", thousands(step.number("ms")?)),
            format!("{} / {}", step.number("sent")?, step.number("received")?),
            format!("{} / {}", thousands(step.number("sent_bytes")?), thousands(step.number("received_bytes")?)),
        ]);
    }
    table::print(&["step", "instructions", "stack", "time", "datagrams out/in", "bytes out/in"], &rows);
    println!(
        "instructions: executed, smoltcp and driver included, sleep not. stack: bytes below the step's own call.\n"
    );
    let flights = figures.iter().find(|line| line.kind == "flights").ok_or("the firmware told no flights")?;
    println!(
        "handshake  {} flights of ours and {} of the server's, {} retransmissions",
        flights.number("ours")?,
        flights.number("theirs")?,
        flights.number("retransmissions")?
    );
    let size = crate::image::Size::read(elf)?;
    println!(
        "flash      {} bytes, all of it: Stint, smoltcp, drivers, this demo with its printing",
        thousands(size.flash)
    );
    println!(
        "RAM        {} bytes of statics and {} of stack at the deepest, main's frame included",
        thousands(size.ram),
        thousands(deepest)
    );
    Ok(())
}
