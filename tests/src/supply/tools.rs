//! Programs that cargo installs: built once, in one version, into the user's cache folder.

use crate::build_peers::kept;
use crate::setup;
use std::path::PathBuf;
use std::process::Command;

/// What looks at licences, sources and advisories.
const DENY: (&str, &str) = ("cargo-deny", "0.20.2");
/// What writes bills of materials.
const CYCLONEDX: (&str, &str) = ("cargo-cyclonedx", "0.5.9");

/// Builds all that are not there yet.
///
/// # Errors
/// What did not build.
pub fn all() -> Result<(), String> {
    deny()?;
    cyclonedx().map(drop)
}

pub(super) fn deny() -> Result<PathBuf, String> {
    installed(DENY)
}

pub(super) fn cyclonedx() -> Result<PathBuf, String> {
    installed(CYCLONEDX)
}

fn installed((name, version): (&str, &str)) -> Result<PathBuf, String> {
    let home = kept(name, &[name, version, "cargo install --locked"], |work, fresh| {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(["install", "--quiet", "--locked", "--no-track", name, "--version", version, "--root"]).arg(fresh);
        setup::output(command.arg("--target-dir").arg(work)).map(drop)
    })?;
    Ok(home.join("bin").join(name))
}
