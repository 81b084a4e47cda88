//! `cargo verify`: everything that must hold, step by step; what CI runs, and what runs at home in the same way.
//!
//! Promises: every step runs, also after one that failed; nothing is skipped without a word; the last line counts.

use crate::{build_peers, setup};
use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The oldest Rust that Stint is for.
const MSRV: (u32, u32) = (1, 91);
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
    /// Only these steps: set-up, format, clippy, msrv, doc, test, package
    steps: Vec<String>,
}

/// What a step came to.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    passed: u64,
    failed: u64,
    ignored: u64,
}

type Step = fn() -> Result<Count, String>;

const ONE: Count = Count { passed: 1, failed: 0, ignored: 0 };

/// Runs the steps.
///
/// # Errors
/// When anything failed; what it was is printed.
pub fn run(options: &Options) -> Result<(), String> {
    let steps: [(&str, Step); 7] = [
        ("set-up", set_up),
        ("format", format),
        ("clippy", clippy),
        ("msrv", msrv),
        ("doc", doc),
        ("test", test),
        ("package", package),
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
        total.passed += count.passed;
        total.failed += count.failed;
        total.ignored += count.ignored;
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
    println!(
        "peers: libcoap, GnuTLS, OpenSSL from Debian; Mbed TLS, wolfSSL, today's OpenSSL, a server on pion/dtls from source; aiocoap and CoAPthon3 from PyPI, {}",
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

/// The oldest toolchain that can be had, not older than the one stated.
fn oldest_toolchain() -> Result<(String, bool), String> {
    let wanted = format!("{}.{}", MSRV.0, MSRV.1);
    let list = || setup::output(Command::new("rustup").args(["toolchain", "list"]));
    let mut installed = versions(&list()?);
    if !installed.iter().any(|(version, _)| *version == MSRV) {
        // in a closed network rustup tries for minutes: not longer than one
        let install = ["60", "rustup", "toolchain", "install", &wanted, "--profile", "minimal", "--no-self-update"];
        if setup::output(Command::new("timeout").args(install)).is_ok() {
            installed = versions(&list()?);
        }
    }
    installed.sort();
    let (version, name) =
        installed.into_iter().find(|(v, _)| *v >= MSRV).ok_or("rustup has no toolchain with a number")?;
    Ok((name, version == MSRV))
}

/// The toolchains that are named by a number, from `rustup toolchain list`.
fn versions(list: &str) -> Vec<((u32, u32), String)> {
    let names = list.lines().filter_map(|line| line.split_whitespace().next());
    let numbered = names.filter_map(|name| {
        let mut numbers = name.split(['.', '-']).map_while(|part| part.parse().ok());
        Some(((numbers.next()?, numbers.next()?), name.to_owned()))
    });
    numbered.collect()
}

fn msrv() -> Result<Count, String> {
    let (toolchain, exact) = oldest_toolchain()?;
    if exact {
        println!("Rust {}.{} as stated: {toolchain}", MSRV.0, MSRV.1);
    } else {
        println!(
            "Rust {}.{} cannot be had here: the oldest that can be is {toolchain}; clippy's incompatible_msrv covers the rest",
            MSRV.0, MSRV.1
        );
    }
    let mut command = Command::new("rustup");
    command.current_dir(root()).args(["run", &toolchain, "cargo", "check", "--quiet", "--all-features"]);
    // what users build; the lab and its oracles run with the toolchain of the house
    command
        .args(PUBLISHED.iter().flat_map(|name| ["-p", name]))
        .arg("--target-dir")
        .arg(target_folder().join("msrv"))
        .env_remove("RUSTC")
        .env_remove("CARGO");
    done(&mut command)?;
    Ok(ONE)
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

/// All tests of the workspace, documentation's examples included; the firmware's in QEMU are among them.
fn test() -> Result<Count, String> {
    let mut command = cargo();
    command.args(["test", "--workspace", "--no-fail-fast"]).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|e| format!("cargo test: {e}"))?;
    let output = child.stdout.take().ok_or("cargo test has no output")?;
    let mut count = Count::default();
    let mut suites = 0;
    for line in BufReader::new(output).lines() {
        let line = line.map_err(|e| e.to_string())?;
        println!("{line}");
        if let Some(result) = line.strip_prefix("test result: ") {
            suites += 1;
            let one = results(result);
            count.passed += one.passed;
            count.failed += one.failed;
            count.ignored += one.ignored;
        }
    }
    let status = child.wait().map_err(|e| e.to_string())?;
    println!("{suites} suites of tests");
    if !status.success() && count.failed == 0 {
        // a crash, or something that did not compile
        return Err(format!("cargo test ended with {status}"));
    }
    if count.passed == 0 {
        return Err("cargo test ran no test".into());
    }
    Ok(count)
}

/// Reads "ok. 4 passed; 0 failed; 0 ignored; …".
fn results(line: &str) -> Count {
    let number = |what: &str| {
        let part = line.split([';', '.']).map(str::trim).find(|part| part.ends_with(what));
        part.and_then(|part| part.split(' ').next()).and_then(|n| n.parse().ok()).unwrap_or(0)
    };
    Count { passed: number("passed"), failed: number("failed"), ignored: number("ignored") }
}

/// Packs and builds what is published from its packed form.
fn package() -> Result<Count, String> {
    let changes = setup::output(Command::new("git").current_dir(root()).args(["status", "--porcelain"]));
    let mut command = cargo();
    command.args(["package", "--quiet"]);
    if changes.is_ok_and(|changes| !changes.trim().is_empty()) {
        println!("there are changes that are not committed: they are packed too");
        command.arg("--allow-dirty");
    }
    command.args(PUBLISHED.iter().flat_map(|name| ["-p", name]));
    forget_unpacked()?;
    done(&mut command)?;
    Ok(Count { passed: PUBLISHED.len() as u64, ..ONE })
}

/// Removes what cargo unpacked of our own packages in earlier runs.
///
/// `cargo package` puts the packages in a registry of its own below the target directory and unpacks them from there into the user's cache, under a name
/// made of that directory's path, the package and the version. What it finds there it takes, whatever is in the new package: of two runs in a place the
/// second built the packages of the first.
fn forget_unpacked() -> Result<(), String> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")));
    let Some(home) = home else { return Ok(()) };
    let Ok(registries) = fs::read_dir(home.join("registry/src")) else { return Ok(()) };
    // A registry in a directory has no host's name before the hash.
    let local = registries.flatten().filter(|entry| entry.file_name().as_encoded_bytes().starts_with(b"-"));
    for unpacked in local.flat_map(|registry| fs::read_dir(registry.path()).into_iter().flatten().flatten()) {
        let name = unpacked.file_name();
        if PUBLISHED.iter().any(|package| is_version_of(&name.to_string_lossy(), package)) {
            let path = unpacked.path();
            fs::remove_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        }
    }
    Ok(())
}

/// Whether `name` is `package`, a hyphen, and a version.
fn is_version_of(name: &str, package: &str) -> bool {
    let version = name.strip_prefix(package).and_then(|rest| rest.strip_prefix('-'));
    version.is_some_and(|version| version.starts_with(|first: char| first.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unpacked_of_another_package_is_taken_for_ours() {
        assert!(is_version_of("stint-net-0.1.0", "stint-net"));
        assert!(!is_version_of("stint-net-glue-0.1.0", "stint-net"));
        assert!(!is_version_of("stint-net", "stint-net"));
        assert!(!is_version_of("smoltcp-0.14.0", "stint-net"));
    }

    #[test]
    fn a_failed_test_is_not_counted() {
        let count = results("FAILED. 3 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.12s");
        assert_eq!((count.passed, count.failed, count.ignored), (3, 2, 1));
    }

    #[test]
    fn a_toolchain_is_taken_for_another_version() {
        let list =
            "stable-x86_64-unknown-linux-gnu (active, default)\n1.95.0-x86_64-unknown-linux-gnu\n1.91.1-x86_64\n";
        let found = versions(list);
        assert_eq!(found.iter().map(|v| v.0).collect::<Vec<_>>(), [(1, 95), (1, 91)]);
    }
}
