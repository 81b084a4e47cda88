//! The libraries built with the oldest versions of their dependencies that their manifests allow.

use super::tree;
use crate::setup;
use std::process::Command;

pub(super) fn check() -> Result<String, String> {
    let folder = tree::libraries()?;
    let cargo = || {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        // -Z is taken from a stable cargo only so.
        command.current_dir(&folder).env("RUSTC_BOOTSTRAP", "1");
        command
    };
    std::fs::remove_file(folder.join("Cargo.lock")).map_err(|error| error.to_string())?;
    setup::output(cargo().args(["generate-lockfile", "--quiet", "-Zdirect-minimal-versions"]))?;
    let mut command = cargo();
    command.args(["check", "--quiet", "--workspace", "--all-features", "--target-dir", "target"]);
    setup::output(&mut command)?;
    let versions =
        setup::output(cargo().args(["tree", "--workspace", "--all-features", "--depth", "1", "--prefix", "none"]))?;
    let mut versions: Vec<&str> = versions
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("stint-"))
        .map(|line| line.trim_end_matches(" (*)"))
        .collect();
    versions.sort_unstable();
    versions.dedup();
    Ok(format!("all features build with {}", versions.join(", ")))
}
