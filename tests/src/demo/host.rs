//! The demo on the host: the command line tool against the same server, one conversation a step, each with its own handshake.

use super::table::{self, thousands};
use super::tell;
use crate::peers::{IDENTITY, KEY, Libcoap, Peer};
use crate::setup;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Bytes of the large body: more than a datagram.
const BODY: usize = 2_500;

pub(super) fn run() -> Result<(), String> {
    let start = Instant::now();
    setup::debian_packages(&["libcoap3-bin"])?;
    tell("set-up", &format!("libcoap is there ({:.1} s)", start.elapsed().as_secs_f32()));
    let start = Instant::now();
    let stint = build()?;
    tell("build", &format!("{} ({:.1} s)", stint.display(), start.elapsed().as_secs_f32()));
    let server = Peer::libcoap(Libcoap::Openssl, &[])?;
    let base = format!("coaps://{}", server.address());
    tell("server", &format!("libcoap's coap-server-openssl at {base}, with a pre-shared key"));

    let body: Vec<u8> = (0..BODY).map(|place| b"Stint sends a line, in blocks. \n"[place % 32]).collect();
    let (up, down) = (crate::peers::scratch("body-up")?, crate::peers::scratch("body-down")?);
    std::fs::write(&up, &body).map_err(|error| format!("{}: {error}", up.display()))?;
    let (up_name, down_name) = (up.display().to_string(), down.display().to_string());

    let example = format!("{base}/example_data");
    let steps: [(&str, Vec<&str>); 6] = [
        ("get", vec!["get", &example]),
        ("put", vec!["put", &example, "--payload", "hello from the host"]),
        ("get again", vec!["get", &example]),
        ("observe", vec!["observe", "--count", "5"]),
        ("upload", vec!["put", &example, "--file", &up_name]),
        ("download", vec!["get", &example, "--output", &down_name]),
    ];
    let time = format!("{base}/time");
    let mut rows = Vec::new();
    let mut first = None;
    for (name, mut arguments) in steps {
        if name == "observe" {
            arguments.push(&time);
        }
        let said = step(&stint, name, &arguments)?;
        if name == "get again" && !said.output.contains("hello from the host") {
            return Err("what was put does not come back".into());
        }
        rows.push(vec![
            name.to_owned(),
            format!("{} ms", thousands(said.milliseconds)),
            format!("{} / {}", said.sent.0, said.received.0),
            format!("{} / {}", thousands(said.sent.1), thousands(said.received.1)),
        ]);
        first.get_or_insert(said);
    }
    let back = std::fs::read(&down).map_err(|error| format!("{}: {error}", down.display()))?;
    if back != body {
        return Err(format!("{} bytes went up and {} others came down", body.len(), back.len()));
    }
    println!();
    table::print(&["step, with its handshake", "time", "datagrams out/in", "bytes out/in"], &rows);
    let handshake = first.map(|said| said.handshake).unwrap_or_default();
    println!("\nhandshake  {} datagrams of ours: {}", handshake.out.len(), sizes(&handshake.out));
    println!("           {} of the server's: {}", handshake.back.len(), sizes(&handshake.back));
    println!(
        "flash, RAM, stack and instructions are a device's: cargo demo (without --host) and cargo footprint measure them"
    );
    Ok(())
}

fn build() -> Result<PathBuf, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let root = setup::root();
    let mut command = Command::new(cargo);
    command.current_dir(&root).args(["build", "--quiet", "--package", "stint-cli", "--bin", "stint"]);
    setup::output(&mut command)?;
    let base = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(base.join("debug").join("stint"))
}

#[derive(Default)]
struct Handshake {
    out: Vec<u64>,
    back: Vec<u64>,
}

/// What the tool said and did: datagrams and bytes.
struct Said {
    output: String,
    handshake: Handshake,
    sent: (u64, u64),
    received: (u64, u64),
    milliseconds: u64,
}

/// Runs the tool once, and repeats what it says.
fn step(stint: &Path, name: &str, arguments: &[&str]) -> Result<Said, String> {
    println!("\n$ stint {} --identity … --key …", arguments.join(" "));
    let start = Instant::now();
    let mut command = Command::new(stint);
    command.args(arguments).arg("--verbose").stdin(Stdio::null());
    command.arg("--identity").arg(String::from_utf8_lossy(IDENTITY).as_ref());
    command.arg("--key").arg(String::from_utf8_lossy(KEY).as_ref());
    let ended = command.output().map_err(|error| format!("{}: {error}", stint.display()))?;
    let milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (output, trace) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    for line in trace.lines().chain(output.lines()) {
        println!("  | {line}");
    }
    if !ended.status.success() {
        return Err(format!("{name}: stint ended with {}", ended.status));
    }
    let (mut all, mut handshake) = (Handshake::default(), None);
    for line in trace.lines() {
        // "    0.001 >   82 bytes  ClientHello"
        let words: Vec<&str> = line.split_whitespace().take(4).collect();
        match words.as_slice() {
            [_, ">", bytes, "bytes"] => all.out.extend(bytes.parse::<u64>()),
            [_, "<", bytes, "bytes"] => all.back.extend(bytes.parse::<u64>()),
            [_, "connected:", ..] => handshake = Some(Handshake { out: all.out.clone(), back: all.back.clone() }),
            _ => {}
        }
    }
    let total = |way: &[u64]| (way.len() as u64, way.iter().sum());
    Ok(Said {
        output: output.into_owned(),
        handshake: handshake.ok_or_else(|| format!("{name}: stint showed no handshake"))?,
        sent: total(&all.out),
        received: total(&all.back),
        milliseconds,
    })
}

/// "82 + 114 + 109 = 305 bytes".
fn sizes(datagrams: &[u64]) -> String {
    let parts: Vec<String> = datagrams.iter().map(u64::to_string).collect();
    format!("{} = {} bytes", parts.join(" + "), datagrams.iter().sum::<u64>())
}
