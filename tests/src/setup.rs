//! What a fresh machine lacks to build and run firmware: Debian packages, a toolchain with `core` for Thumb targets.
//!
//! Promises: it looks first and installs only what is missing; it says what it installs and how long that took; where
//! it may not install, the error is the one command to run. The firmware is built by cargo in its own workspace.

use crate::tools;
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Instant;

/// What runs and examines firmware on Debian.
pub const EMULATOR: &[&str] = &["qemu-system-arm"];
/// Debian's compiler and the sources of its `core`, for machines where rustup can fetch nothing.
const COMPILER: &[&str] = &["rustc-web", "rust-web-src"];
/// The oldest compiler that smoltcp takes.
const MSRV: (u32, u32) = (1, 91);

/// Sees to it that Debian packages are installed.
///
/// # Errors
/// The command to run, where this process may not install.
pub fn debian_packages(packages: &[&str]) -> Result<(), String> {
    let _turn = turn("debian")?;
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    let advice = format!("please run: sudo apt-get install --no-install-recommends {names}");
    if !tools::on_path("apt-get") {
        return Err(format!("{names}: missing, and this is no Debian that could install them"));
    }
    if !output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0") {
        return Err(format!("{names}: missing; {advice}"));
    }
    eprintln!("lab: installing {names}");
    let start = Instant::now();
    apt(&["update"]).map_err(|error| format!("{error}; {advice}"))?;
    let mut install = vec!["install", "--yes", "--no-install-recommends"];
    install.extend(&missing);
    apt(&install).map_err(|error| format!("{error}; {advice}"))?;
    eprintln!("lab: installed {names} in {:.0} s", start.elapsed().as_secs_f32());
    Ok(())
}

fn installed(package: &str) -> bool {
    let status = output(Command::new("dpkg-query").args(["--show", "--showformat=${Status}", package]));
    status.is_ok_and(|status| status == "install ok installed")
}

fn apt(arguments: &[&str]) -> Result<(), String> {
    // Another apt may be at work: it is waited for, five minutes.
    let mut command = Command::new("apt-get");
    command.args(["-q", "-o", "DPkg::Lock::Timeout=300"]).args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    output(&mut command).map(drop)
}

/// A compiler that has `core` for a Thumb target, or can build it.
#[derive(Clone, Debug)]
pub struct Toolchain {
    /// Its version, as `rustc --version` says.
    pub version: String,
    /// Where it is from, in a few words.
    pub origin: &'static str,
    environment: Vec<(&'static str, OsString)>,
    arguments: &'static [&'static str],
}

impl Toolchain {
    /// Whether it is the one that rustup keeps, with all its parts.
    #[must_use]
    pub fn is_rustups(&self) -> bool {
        self.arguments.is_empty()
    }
}

/// Finds or installs a toolchain for `target`: the target as rustup has it, else as rustup can fetch it, else Debian's compiler,
/// which builds `core` from source. `STINT_TOOLCHAIN=debian` in the environment takes the last of these at once.
///
/// # Errors
/// What was tried, and what to run.
pub fn toolchain(target: &str) -> Result<Toolchain, String> {
    let _turn = turn("toolchain")?;
    if std::env::var_os("STINT_TOOLCHAIN").is_some_and(|choice| choice == "debian") {
        return debian(target);
    }
    if has_core(target) {
        return rustup("installed target");
    }
    eprintln!("lab: rustup target add {target}");
    let start = Instant::now();
    // In a closed network rustup tries for minutes: not longer than one.
    let add = output(Command::new("timeout").args(["60", "rustup", "target", "add", target]));
    if add.is_ok() && has_core(target) {
        eprintln!("lab: rustup added {target} in {:.0} s", start.elapsed().as_secs_f32());
        return rustup("target added by rustup");
    }
    eprintln!("lab: rustup cannot add {target}: Debian's compiler builds core instead");
    debian(target)
}

/// Whether the compiler on the path has `core` for `target`.
fn has_core(target: &str) -> bool {
    let Ok(folder) = output(Command::new("rustc").args(["--print", "target-libdir", "--target", target])) else {
        return false;
    };
    let entries = std::fs::read_dir(folder.trim()).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| entry.file_name().to_string_lossy().starts_with("libcore-"))
}

fn rustup(origin: &'static str) -> Result<Toolchain, String> {
    let version = output(Command::new("rustc").arg("--version"))?.trim().to_owned();
    Ok(Toolchain { version, origin, environment: Vec::new(), arguments: &[] })
}

fn debian(target: &str) -> Result<Toolchain, String> {
    if system_rustc().is_none() {
        debian_packages(COMPILER).map_err(|error| format!("no core for {target}: {error}"))?;
    }
    debian_packages(&["rust-web-src"])?;
    let (rustc, version) =
        system_rustc().ok_or("Debian's rustc-web is installed, and yet rustc is too old or missing")?;
    // Debian's compiler brings no linker for bare metal: the one of the toolchain that runs cargo serves.
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))?;
    let host = output(Command::new("rustc").args(["--print", "host-tuple"]))?;
    let linkers = Path::new(sysroot.trim()).join("lib/rustlib").join(host.trim()).join("bin");
    if !linkers.join("rust-lld").is_file() {
        return Err(format!("rust-lld is missing in {}: install Rust with rustup", linkers.display()));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(linkers).chain(std::env::split_paths(&path)));
    let path = path.map_err(|error| error.to_string())?;
    // -Zbuild-std is taken from a stable compiler only so.
    let environment = vec![("RUSTC", rustc.into_os_string()), ("RUSTC_BOOTSTRAP", "1".into()), ("PATH", path)];
    Ok(Toolchain {
        version,
        origin: "Debian's compiler, core built from source",
        environment,
        arguments: &["-Zbuild-std=core"],
    })
}

/// The system's own compiler, if it is new enough.
fn system_rustc() -> Option<(PathBuf, String)> {
    let path = output(Command::new("sh").args(["-c", "command -v -p rustc"])).ok()?;
    let path = PathBuf::from(path.trim());
    let version = output(Command::new(&path).arg("--version")).ok()?.trim().to_owned();
    let mut numbers = version.split([' ', '.', '-']).skip(1).map_while(|number| number.parse::<u32>().ok());
    ((numbers.next()?, numbers.next()?) >= MSRV).then_some((path, version))
}

/// The folder of the repository.
#[must_use]
pub fn root() -> PathBuf {
    let lab = Path::new(env!("CARGO_MANIFEST_DIR"));
    lab.parent().unwrap_or(lab).to_owned()
}

/// The folder of the firmware's workspace.
#[must_use]
pub fn firmware_folder() -> PathBuf {
    root().join("examples/firmware")
}

/// A built program.
#[derive(Clone, Debug)]
pub struct Image {
    /// The ELF file.
    pub elf: PathBuf,
    /// What it was built with.
    pub toolchain: Toolchain,
}

/// Builds the firmware's program `bin` for `target`, in release mode, with `features` (comma-separated, may be empty).
///
/// # Errors
/// What is missing, or what the compiler said.
pub fn firmware(bin: &str, target: &str, features: &str) -> Result<Image, String> {
    build(&firmware_folder(), bin, target, features)
}

/// As [`firmware`], for any bare-metal package with such a `.cargo/config.toml`.
///
/// # Errors
/// What is missing, or what the compiler said.
pub fn build(folder: &Path, bin: &str, target: &str, features: &str) -> Result<Image, String> {
    compile(folder, bin, target, features, ("release", ""), toolchain(target)?)
}

/// As [`build`], optimised at `level` ("z", "3", …) instead of what the manifest says; by the side of what [`build`] makes.
///
/// # Errors
/// What is missing, or what the compiler said.
pub fn build_at(folder: &Path, bin: &str, target: &str, features: &str, level: &str) -> Result<Image, String> {
    compile(folder, bin, target, features, (&format!("opt-{level}"), level), toolchain(target)?)
}

/// As [`build`], with Debian's compiler and `core` built from source, whatever else there is: figures of size must not depend on
/// what a machine happens to have. `profile` is one of the manifest's.
///
/// # Errors
/// What is missing, or what the compiler said.
pub fn build_for_size(folder: &Path, bin: &str, target: &str, features: &str, profile: &str) -> Result<Image, String> {
    let toolchain = {
        let _turn = turn("toolchain")?;
        debian(target)?
    };
    compile(folder, bin, target, features, (profile, ""), toolchain)
}

fn compile(
    folder: &Path,
    bin: &str,
    target: &str,
    features: &str,
    (profile, level): (&str, &str),
    toolchain: Toolchain,
) -> Result<Image, String> {
    let base = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let base = base.unwrap_or_else(|| root().join("target"));
    let base = std::path::absolute(base).map_err(|error| error.to_string())?;
    // One folder a compiler: core built from source and core as shipped do not mix.
    let base = base.join(if toolchain.is_rustups() { "firmware" } else { "firmware-debian" });
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(folder).args(["build", "--quiet", "--bin", bin, "--target", target]);
    // Each profile has a folder of its own.
    command.args(["--profile", profile]);
    if !level.is_empty() {
        let value = level.parse::<u8>().map_or_else(|_| format!("\"{level}\""), |number| number.to_string());
        command.args(["--config", &format!("profile.{profile}.inherits=\"release\"")]);
        command.args(["--config", &format!("profile.{profile}.opt-level={value}")]);
    }
    command.args(["--features", features, "--target-dir"]).arg(&base).args(toolchain.arguments);
    // What this process inherited from its own cargo, or from the user's shell, is not meant for the firmware.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let foreign =
            text.ends_with("RUSTFLAGS") || text.starts_with("CARGO_PROFILE_") || text.starts_with("CARGO_BUILD_");
        if foreign || text == "RUSTC" || text == "RUSTC_WRAPPER" || text == "RUSTC_WORKSPACE_WRAPPER" {
            command.env_remove(&name);
        }
    }
    command.envs(toolchain.environment.iter().map(|(name, value)| (name, value)));
    output(&mut command).map_err(|error| format!("building {bin} for {target}: {error}"))?;
    Ok(Image { elf: base.join(target).join(profile).join(bin), toolchain })
}

/// Runs a command to its end and returns what it printed.
///
/// # Errors
/// The command and what it said.
pub fn output(command: &mut Command) -> Result<String, String> {
    let run: Result<Output, _> = command.stdin(Stdio::null()).output();
    let run = run.map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    if run.status.success() {
        return Ok(String::from_utf8_lossy(&run.stdout).into_owned());
    }
    Err(format!("{command:?}: {}\n{}", run.status, String::from_utf8_lossy(&run.stderr)))
}

/// Tests run side by side, as processes too: one installs, the others wait.
fn turn(what: &str) -> Result<File, String> {
    let path = tools::cache()?.join(format!("{what}.lock"));
    let file = File::create(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    file.lock().map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(file)
}
