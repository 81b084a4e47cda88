//! Peers that no package brings: built once from published source into the user's cache folder, keyed by version.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// The crate that carries the whole source of Mbed TLS, programs included, and its version.
const MBEDTLS: (&str, &str) = ("psa-crypto-sys", "0.13.0");
/// The programs built.
const PROGRAMS: [&str; 3] = ["ssl/ssl_server2", "ssl/ssl_client2", "test/udp_proxy"];

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

/// The path of one of Mbed TLS's programs (`ssl_server2`, `ssl_client2`, `udp_proxy`), built first where it is not
/// there yet; says then what it builds and how long it took.
pub fn mbedtls(program: &str) -> Result<PathBuf, String> {
    let home = crate::tools::cache()?.join(format!("mbedtls-{}-{}", MBEDTLS.0, MBEDTLS.1));
    let path = home.join(program);
    if path.exists() {
        return Ok(path);
    }
    let parent = home.parent().ok_or("no cache folder")?;
    fs::create_dir_all(parent).map_err(|e| format!("{}: {e}", parent.display()))?;
    // tests run side by side, as processes too: one builds, the others wait
    let lock = File::create(parent.join("mbedtls.lock")).map_err(|e| e.to_string())?;
    lock.lock().map_err(|e| e.to_string())?;
    if !path.exists() {
        build_mbedtls(parent, &home)?;
    }
    Ok(path)
}

fn build_mbedtls(parent: &Path, home: &Path) -> Result<(), String> {
    program("make", "make")?;
    program("cc", "gcc")?;
    eprintln!("lab: building Mbed TLS's test programs from crate {} {}, once", MBEDTLS.0, MBEDTLS.1);
    let start = Instant::now();
    let work = parent.join("mbedtls.build");
    drop(fs::remove_dir_all(&work));
    copy(&source(parent)?.join("vendor"), &work)?;
    run(Command::new("make").args(["-j", &jobs(), "lib"]).current_dir(&work))?;
    run(Command::new("make").args(["-j", &jobs()]).args(PROGRAMS).current_dir(work.join("programs")))?;
    let fresh = parent.join("mbedtls.new");
    drop(fs::remove_dir_all(&fresh));
    fs::create_dir_all(&fresh).map_err(|e| e.to_string())?;
    for program in PROGRAMS {
        let from = work.join("programs").join(program);
        let to = fresh.join(program.rsplit('/').next().unwrap_or(program));
        fs::copy(&from, to).map_err(|e| format!("{}: {e}", from.display()))?;
    }
    drop(fs::remove_dir_all(home));
    fs::rename(&fresh, home).map_err(|e| e.to_string())?;
    drop(fs::remove_dir_all(&work));
    eprintln!("lab: Mbed TLS's programs took {} s, kept in {}", start.elapsed().as_secs(), home.display());
    Ok(())
}

/// Where cargo unpacked the crate: a package of one dependency asks for it by its ordinary name.
fn source(parent: &Path) -> Result<PathBuf, String> {
    let package = parent.join("mbedtls.fetch");
    fs::create_dir_all(package.join("src")).map_err(|e| e.to_string())?;
    let manifest = format!(
        "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[dependencies]\n{} = \"={}\"\n[workspace]\n",
        MBEDTLS.0, MBEDTLS.1
    );
    fs::write(package.join("Cargo.toml"), manifest).map_err(|e| e.to_string())?;
    fs::write(package.join("src/lib.rs"), "").map_err(|e| e.to_string())?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1"])
        .current_dir(&package)
        .output()
        .map_err(|e| format!("cargo metadata: {e}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let data: serde_json::Value = serde_json::from_slice(&output.stdout).map_err(|e| e.to_string())?;
    let packages = data["packages"].as_array().ok_or("cargo metadata names no packages")?;
    let manifest = packages
        .iter()
        .find(|p| p["name"] == MBEDTLS.0)
        .and_then(|p| p["manifest_path"].as_str())
        .ok_or_else(|| format!("cargo metadata does not name {}", MBEDTLS.0))?;
    Ok(Path::new(manifest).parent().ok_or("a manifest without a folder")?.to_path_buf())
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
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

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output().map_err(|e| format!("{command:?}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let tail: Vec<&str> = text.lines().rev().take(20).collect();
    Err(format!("{command:?} failed:\n{}", tail.into_iter().rev().collect::<Vec<_>>().join("\n")))
}

fn jobs() -> String {
    std::thread::available_parallelism().map_or(1, usize::from).to_string()
}
