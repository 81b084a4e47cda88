//! Programs that the lab runs and the folder in which it keeps what is made once.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// The user's cache folder for this version of the lab: what is built once is not built again for a second clone.
pub fn cache() -> Result<PathBuf, String> {
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|p| p.is_absolute());
    let base = base.or_else(|| std::env::var_os("HOME").map(|h| Path::new(&h).join(".cache")));
    let folder = base.ok_or("neither XDG_CACHE_HOME nor HOME is set")?.join("stint").join(env!("CARGO_PKG_VERSION"));
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    Ok(folder)
}

/// Whether a program is on the path.
#[must_use]
pub fn on_path(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|p| std::env::split_paths(&p).any(|d| d.join(program).is_file()))
}

/// Sees to it that `program` is on the path, installing Debian's `package` where root may; the error is what to run.
pub fn program(program: &str, package: &str) -> Result<(), String> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock();
    if on_path(program) {
        return Ok(());
    }
    let advice = format!("{program} is missing: apt-get install {package}");
    if !on_path("apt-get") {
        return Err(advice);
    }
    eprintln!("lab: installing {package} for {program}");
    for arguments in [&["update"][..], &["install", "-y", "--no-install-recommends", package]] {
        let status = Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive").output();
        if !status.is_ok_and(|s| s.status.success()) {
            return Err(advice);
        }
    }
    if on_path(program) { Ok(()) } else { Err(advice) }
}
