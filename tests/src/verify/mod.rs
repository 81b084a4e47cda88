//! `cargo verify`: everything that must hold, step by step; what CI runs, and what runs at home in the same way.
//!
//! Promises: every step runs, also after one that failed; nothing is skipped without a word; the last line counts.

mod msrv;
mod package;
mod suites;

use crate::{build_peers, setup, supply};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Debian's packages for the peers, the boards, and the compiler that the figures are made with.
const PACKAGES: [&str; 8] =
    ["libcoap3-bin", "gnutls-bin", "openssl", "qemu-system-arm", "make", "gcc", "rustc-web", "rust-web-src"];
/// What the firmware is looked at for.
const FIRMWARE: &str = "thumbv7em-none-eabi";
/// What is published.
const PUBLISHED: [&str; 5] = ["stint-dtls", "stint-coap", "stint-net", "stint-provisioning", "stint-cli"];

/// What can be said on the command line.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Only these steps: set-up, format, clippy, msrv, doc, supply, test, package
    steps: Vec<String>,
}

/// What a step came to.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    passed: u64,
    failed: u64,
    ignored: u64,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

type Step = fn() -> Result<Count, String>;

const ONE: Count = Count { passed: 1, failed: 0, ignored: 0 };

/// Runs the steps.
///
/// # Errors
/// When anything failed; what it was is printed.
pub fn run(options: &Options) -> Result<(), String> {
    let steps: [(&str, Step); 8] = [
        ("set-up", set_up),
        ("format", format),
        ("clippy", clippy),
        ("msrv", msrv::run),
        ("doc", doc),
        ("supply", made_of),
        ("test", suites::run),
        ("package", package::run),
    ];
    if let Some(unknown) = options.steps.iter().find(|s| !steps.iter().any(|(name, _)| name == s)) {
        return Err(format!("no step {unknown}: there are {}", steps.map(|s| s.0).join(", ")));
    }
    let mut total = Count::default();
    let mut lines = Vec::new();
    let whole = Instant::now();
    for (name, step) in steps {
        if !options.steps.is_empty() && !options.steps.iter().any(|s| s == name) {
            lines.push(format!("{name:<10} left out, as asked"));
            continue;
        }
        println!("== {name}");
        let start = Instant::now();
        let (count, remark) = match step() {
            Ok(count) if count.failed == 0 => (count, String::new()),
            Ok(count) => (count, "FAILED".to_owned()),
            Err(error) => (Count { failed: 1, ..Count::default() }, format!("FAILED: {error}")),
        };
        total.add(count);
        let time = seconds(start.elapsed());
        lines.push(format!(
            "{name:<10} {:>6} passed {:>4} failed {:>4} ignored {time:>8}  {remark}",
            count.passed, count.failed, count.ignored
        ));
    }
    println!("\n{}", lines.join("\n"));
    println!("{} in all", seconds(whole.elapsed()));
    println!("{} passed, {} failed", total.passed, total.failed);
    if total.failed == 0 { Ok(()) } else { Err("not everything holds".into()) }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).stdin(Stdio::null());
    command
}

/// Runs a command that speaks for itself; the error is the command.
fn done(command: &mut Command) -> Result<(), String> {
    let name = format!("{command:?}");
    let status = command.status().map_err(|e| format!("{name}: {e}"))?;
    if status.success() { Ok(()) } else { Err(name) }
}

fn set_up() -> Result<Count, String> {
    setup::debian_packages(&PACKAGES)?;
    let start = Instant::now();
    build_peers::all()?;
    supply::tools()?;
    println!(
        "peers: libcoap, GnuTLS, OpenSSL from Debian; Mbed TLS, wolfSSL, today's OpenSSL, a server on pion/dtls from source; aiocoap and CoAPthon3 from PyPI; cargo-deny and cargo-cyclonedx, {}",
        seconds(start.elapsed())
    );
    Ok(ONE)
}

fn format() -> Result<Count, String> {
    done(cargo().args(["fmt", "--all", "--check"]))?;
    let firmware = setup::firmware_folder();
    done(cargo().current_dir(firmware).args(["fmt", "--all", "--check"]))?;
    Ok(Count { passed: 2, ..ONE })
}

fn clippy() -> Result<Count, String> {
    done(cargo().args(["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    // the libraries as firmware builds them: without the features that the lab's dependencies switch on
    for library in ["stint-dtls", "stint-coap", "stint-net"] {
        done(cargo().args(["clippy", "--quiet", "-p", library, "--no-default-features", "--", "-D", "warnings"]))?;
    }
    let toolchain = setup::toolchain(FIRMWARE)?;
    if !toolchain.is_rustups() {
        println!(
            "firmware: no clippy, for that needs rustup's core for {FIRMWARE}, and there is only {}",
            toolchain.origin
        );
        return Ok(Count { passed: 4, ..ONE });
    }
    let arguments = [
        "clippy",
        "--quiet",
        "--release",
        "--workspace",
        "--target",
        FIRMWARE,
        "--features",
        "insecure-test-rng,public-keys",
    ];
    let folder = std::path::absolute(root().join("target/clippy")).map_err(|error| error.to_string())?;
    let mut command = cargo();
    command.current_dir(setup::firmware_folder()).args(arguments).arg("--target-dir").arg(folder);
    done(command.args(["--", "-D", "warnings"]))?;
    Ok(Count { passed: 5, ..ONE })
}

/// What Stint is made of.
fn made_of() -> Result<Count, String> {
    let (passed, failed) = supply::run();
    Ok(Count { passed, failed, ignored: 0 })
}

fn target_folder() -> PathBuf {
    let folder = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    std::path::absolute(&folder).unwrap_or(folder)
}

fn doc() -> Result<Count, String> {
    let mut command = cargo();
    command
        .args(["doc", "--quiet", "--workspace", "--no-deps", "--document-private-items"])
        .env("RUSTDOCFLAGS", "-D warnings");
    done(&mut command)?;
    // as docs.rs builds them
    for library in ["stint-dtls", "stint-coap", "stint-net"] {
        done(
            cargo()
                .args(["doc", "--quiet", "--no-deps", "--all-features", "-p", library])
                .env("RUSTDOCFLAGS", "-D warnings"),
        )?;
    }
    Ok(Count { passed: 4, ..ONE })
}
