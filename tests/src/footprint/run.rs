//! Runs a bare image in QEMU: its UART's datagrams go to a real server, if it has any, and its results come back.

use super::far::{Far, parts};
use crate::setup;
use std::collections::{BTreeMap, HashSet};
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long an image may run.
const LIMIT: Duration = Duration::from_secs(60);

/// The sizes that an image reports, by their numbers in its `uart` module.
const SIZES: [&str; 7] = ["memory", "client", "buffers", "endpoint", "slot", "slots_and_store", "credential"];
/// The steps that it measures, in the same way.
const STEPS: [&str; 14] = [
    "idle",
    "handshake",
    "seal",
    "open",
    "get",
    "put",
    "upload",
    "download",
    "observe",
    "verify",
    "generate",
    "agree",
    "derive",
    "sign",
];

/// UDP payload of the first exchange: the handshake, or one GET.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wire {
    /// Bytes that the image sent.
    pub bytes_sent: u64,
    /// Bytes that the server sent.
    pub bytes_received: u64,
    /// Datagrams that the image sent.
    pub datagrams_sent: u64,
    /// Datagrams that the server sent.
    pub datagrams_received: u64,
}

/// QEMU, killed when dropped.
struct Emulator(Child);

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs the image to its end against a server. The wire is counted until the image says that its first exchange is over.
pub(super) fn run(elf: &Path, machine: &str, far: Far) -> Result<(BTreeMap<String, u64>, Wire), String> {
    let server = far.start()?;
    let said = |error: String| format!("{error}\n{}", server.output());
    let (emulator, uart) = start(elf, machine, Some(&parts()?))?;
    let udp = UdpSocket::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    udp.connect(server.address()).map_err(|error| error.to_string())?;
    let wire = Arc::new(Mutex::new(Wire::default()));
    inbound(&udp, &uart, &wire)?;
    let mut counted = None;
    let reported = frames(uart, elf, |frame| match frame {
        Frame::Datagram(datagram) => {
            {
                let mut wire = wire.lock().unwrap();
                wire.bytes_sent += datagram.len() as u64;
                wire.datagrams_sent += 1;
            }
            udp.send(datagram).map(drop).map_err(|error| error.to_string())
        }
        Frame::Exchanged => {
            counted = Some(*wire.lock().unwrap());
            Ok(())
        }
    });
    let reported = reported.map_err(said)?;
    let counted = counted
        .ok_or_else(|| said(format!("{}: it ended before its first exchange was done: {reported:?}", elf.display())))?;
    end(emulator, elf, &reported).map_err(said)?;
    Ok((reported, counted))
}

/// Runs an image that talks to nobody to its end.
pub(super) fn alone(elf: &Path, machine: &str) -> Result<BTreeMap<String, u64>, String> {
    let (emulator, uart) = start(elf, machine, None)?;
    let reported = frames(uart, elf, |_| Err(format!("{}: it talks to somebody", elf.display())))?;
    end(emulator, elf, &reported)?;
    Ok(reported)
}

/// Starts the image, with what is lent to it in memory: QEMU, and the image's UART.
fn start(elf: &Path, machine: &str, parts: Option<&Path>) -> Result<(Emulator, TcpStream), String> {
    setup::debian_packages(setup::EMULATOR)?;
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    let port = listener.local_addr().map_err(|error| error.to_string())?.port();
    let mut command = Command::new("qemu-system-arm");
    command.args(["-machine", machine, "-nographic", "-monitor", "none", "-icount", "shift=7"]);
    if let Some(parts) = parts {
        command.args(["-device", &format!("loader,file={},addr=0x3f0000,force-raw=on", parts.display())]);
    }
    command.args([
        "-semihosting-config",
        "enable=on,target=native",
        "-serial",
        &format!("tcp:127.0.0.1:{port}"),
        "-kernel",
    ]);
    command.arg(elf).stdin(Stdio::null()).stdout(Stdio::null());
    let mut emulator = Emulator(command.spawn().map_err(|error| format!("qemu-system-arm: {error}"))?);
    let uart = accept(&listener, &mut emulator)?;
    uart.set_read_timeout(Some(LIMIT)).map_err(|error| error.to_string())?;
    Ok((emulator, uart))
}

/// Waits for the image's end, which must be a good one.
fn end(mut emulator: Emulator, elf: &Path, reported: &BTreeMap<String, u64>) -> Result<(), String> {
    let ended = Instant::now();
    loop {
        match emulator.0.try_wait().map_err(|error| error.to_string())? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(format!("{}: {status}; it reported {reported:?}", elf.display())),
            None if ended.elapsed() > LIMIT => return Err(format!("{}: hangs", elf.display())),
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}

/// Waits for QEMU to connect its UART, or to end.
fn accept(listener: &TcpListener, emulator: &mut Emulator) -> Result<TcpStream, String> {
    listener.set_nonblocking(true).map_err(|error| error.to_string())?;
    loop {
        match listener.accept() {
            Ok((uart, _)) => {
                uart.set_nonblocking(false).map_err(|error| error.to_string())?;
                return Ok(uart);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.to_string()),
        }
        if let Some(status) = emulator.0.try_wait().map_err(|error| error.to_string())? {
            return Err(format!("qemu-system-arm: {status}"));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Passes the server's datagrams on, until the socket or the UART is gone.
fn inbound(udp: &UdpSocket, uart: &TcpStream, wire: &Arc<Mutex<Wire>>) -> Result<(), String> {
    let (udp, mut uart, wire) = (
        udp.try_clone().map_err(|error| error.to_string())?,
        uart.try_clone().map_err(|error| error.to_string())?,
        Arc::clone(wire),
    );
    udp.set_read_timeout(Some(LIMIT)).map_err(|error| error.to_string())?;
    std::thread::spawn(move || {
        let (mut buffer, mut seen) = ([0; 2048], HashSet::new());
        while let Ok(len) = udp.recv(&mut buffer) {
            if is_repeated(&buffer[..len], &mut seen) {
                continue;
            }
            {
                let mut wire = wire.lock().unwrap();
                wire.bytes_received += len as u64;
                wire.datagrams_received += 1;
            }
            let mut frame = vec![b'D'];
            frame.extend((len as u16).to_be_bytes());
            frame.extend(&buffer[..len]);
            if uart.write_all(&frame).is_err() {
                break;
            }
        }
    });
    Ok(())
}

/// Whether a server grew tired of waiting, and sends again: an emulator on a busy machine is slow, and that is not the image's. Told by the type, the number
/// and the offset of the first handshake message, where it is in the clear (RFC 6347 4.2.2).
fn is_repeated(datagram: &[u8], seen: &mut HashSet<[u8; 6]>) -> bool {
    match *datagram {
        // type, version, epoch, sequence, length; message type, length, message_seq, fragment_offset
        [22, _, _, 0, 0, _, _, _, _, _, _, _, _, kind, _, _, _, high, low, a, b, c, ..] => {
            !seen.insert([kind, high, low, a, b, c])
        }
        _ => false,
    }
}

/// What an image sends that is no result.
enum Frame<'a> {
    /// A datagram.
    Datagram(&'a [u8]),
    /// Its first exchange is over.
    Exchanged,
}

/// Collects the image's results until it ends; all else is `other`'s.
fn frames(
    mut uart: TcpStream,
    elf: &Path,
    mut other: impl FnMut(Frame<'_>) -> Result<(), String>,
) -> Result<BTreeMap<String, u64>, String> {
    let mut reported = BTreeMap::new();
    let mut head = [0; 3];
    while uart.read_exact(&mut head).is_ok() {
        let [tag, high, low] = head;
        let mut body = vec![0; usize::from(u16::from_be_bytes([high, low]))];
        uart.read_exact(&mut body).map_err(|error| format!("{}: {error}", elf.display()))?;
        match (tag, body.split_first()) {
            (b'D', _) => other(Frame::Datagram(&body))?,
            (b'X', _) => other(Frame::Exchanged)?,
            (b'S', Some((&number, value))) => {
                let name = SIZES.get(usize::from(number)).ok_or("an unknown size")?;
                _ = reported.insert((*name).to_owned(), integer(value)?);
            }
            (b'M', Some((&number, figures))) if figures.len() == 8 => {
                let name = STEPS.get(usize::from(number)).ok_or("an unknown step")?;
                _ = reported.insert(format!("instructions_{name}"), integer(&figures[..4])?);
                _ = reported.insert(format!("stack_{name}"), integer(&figures[4..])?);
            }
            _ => return Err(format!("{}: no such frame: {tag} {body:?}", elf.display())),
        }
    }
    Ok(reported)
}

fn integer(bytes: &[u8]) -> Result<u64, String> {
    bytes.try_into().map(|bytes| u32::from_be_bytes(bytes).into()).map_err(|_| format!("no integer: {bytes:?}"))
}
