//! Peers that no package brings: built once from published source into the user's cache folder.
//!
//! Promises: a folder's name holds a digest of the version and of how it is built, so that what is there is what was asked for; of tests side by
//! side, as processes too, one builds and the others wait; it says what it builds and how long that took.

mod mbedtls;
mod openssl;
mod pion;
mod python;
mod wolfssl;

pub use mbedtls::{MBEDTLS, mbedtls, mbedtls_server};
pub use openssl::{OPENSSL, openssl};
pub use pion::{PION_PACKAGES, pion};
pub use python::{PYTHON_DTLS_PACKAGES, PYTHON_PACKAGES, python, python_dtls};
pub use wolfssl::{WOLFSSL, wolfssl};

use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// A crate that carries a whole source.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// The crate.
    pub name: &'static str,
    /// Its version, exactly.
    pub version: &'static str,
    /// The version of what it carries.
    pub carries: &'static str,
}

/// Builds all that are not there yet.
///
/// # Errors
/// What did not build.
pub fn all() -> Result<(), String> {
    mbedtls("ssl_server2")?;
    mbedtls_server()?;
    openssl()?;
    wolfssl()?;
    pion()?;
    python()?;
    python_dtls().map(drop)
}

/// Sees to it that `program` is on the path, installing Debian's `package` where this process may.
///
/// # Errors
/// The command to run.
pub fn program(program: &str, package: &str) -> Result<(), String> {
    if !crate::tools::on_path(program) {
        crate::setup::debian_packages(&[package]).map_err(|e| format!("{program} is not there: {e}"))?;
    }
    Ok(())
}

/// The folder that `build` filled, made by `recipe`; built now where it is not there yet. `build` is handed a folder to work in, which is then
/// removed, and the one to fill.
pub(crate) fn kept(
    what: &str,
    recipe: &[&str],
    build: impl FnOnce(&Path, &Path) -> Result<(), String>,
) -> Result<PathBuf, String> {
    let cache = crate::tools::cache()?;
    let digest = hex::encode(Sha256::digest(recipe.join("\n")));
    let home = cache.join(format!("{what}-{}", &digest[..12]));
    if home.exists() {
        return Ok(home);
    }
    let lock = File::create(cache.join(format!("{what}.lock"))).map_err(|e| e.to_string())?;
    lock.lock().map_err(|e| e.to_string())?;
    if home.exists() {
        return Ok(home);
    }
    eprintln!("lab: building {what}, once");
    let start = Instant::now();
    let (work, fresh) = (cache.join(format!("{what}.build")), cache.join(format!("{what}.new")));
    for folder in [&work, &fresh] {
        drop(fs::remove_dir_all(folder));
        fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    build(&work, &fresh)?;
    fs::rename(&fresh, &home).map_err(|e| e.to_string())?;
    drop(fs::remove_dir_all(&work));
    eprintln!("lab: {what} took {} s, kept in {}", start.elapsed().as_secs(), home.display());
    Ok(home)
}

/// The C compiler and make.
fn compiler() -> Result<(), String> {
    program("make", "make")?;
    program("cc", "gcc")
}

/// Where cargo unpacked a crate: a package of one dependency, in `work`, asks for it by its ordinary name.
fn unpacked(source: Source, work: &Path) -> Result<PathBuf, String> {
    let package = work.join("fetch");
    fs::create_dir_all(package.join("src")).map_err(|e| e.to_string())?;
    let manifest = format!(
        "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[dependencies]\n{} = \"={}\"\n[workspace]\n",
        source.name, source.version
    );
    fs::write(package.join("Cargo.toml"), manifest).map_err(|e| e.to_string())?;
    fs::write(package.join("src/lib.rs"), "").map_err(|e| e.to_string())?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut metadata = Command::new(cargo);
    let output = crate::setup::output(metadata.args(["metadata", "--format-version", "1"]).current_dir(&package))?;
    let data: serde_json::Value = serde_json::from_str(&output).map_err(|e| e.to_string())?;
    let packages = data["packages"].as_array().ok_or("cargo metadata names no packages")?;
    let manifest = packages
        .iter()
        .find(|p| p["name"] == source.name)
        .and_then(|p| p["manifest_path"].as_str())
        .ok_or_else(|| format!("cargo metadata does not name {}", source.name))?;
    Ok(Path::new(manifest).parent().ok_or("a manifest without a folder")?.to_path_buf())
}

pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let told = |e: std::io::Error| format!("{}: {e}", from.display());
    fs::create_dir_all(to).map_err(told)?;
    for entry in fs::read_dir(from).map_err(told)? {
        let entry = entry.map_err(told)?;
        let target = to.join(entry.file_name());
        if entry.file_type().map_err(told)?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target).map_err(told)?;
        }
    }
    Ok(())
}

/// Copies one file into a folder.
fn keep(file: &Path, folder: &Path) -> Result<(), String> {
    let name = file.file_name().ok_or("a file without a name")?;
    fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    fs::copy(file, folder.join(name)).map(drop).map_err(|e| format!("{}: {e}", file.display()))
}

pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output().map_err(|e| format!("{command:?}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let tail: Vec<&str> = text.lines().rev().take(20).collect();
    Err(format!("{command:?} failed:\n{}", tail.into_iter().rev().collect::<Vec<_>>().join("\n")))
}

fn jobs() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
