//! cargo-deny, on the workspace and on the firmware's.

use super::tools;
use crate::setup::{self, firmware_folder, root};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Where the advisories are published.
const DATABASE: &str = "https://github.com/RustSec/advisory-db";
/// The folder that cargo-deny 0.20 keeps that database in: the name and a digest of the address.
const KEPT_AS: &str = "advisory-db-3157b0e258782691";

/// Licences of all packages, and that all come from crates.io.
pub(super) fn licences() -> Result<String, String> {
    for folder in [root(), firmware_folder()] {
        let mut command = command(&folder, &rules(), &[])?;
        setup::output(command.args(["licenses", "bans", "sources"]))?;
    }
    Ok("as tests/supply/deny.toml allows, in the workspace and in the firmware's".to_owned())
}

/// Advisories: from the database, or from the excerpt in `tests/supply/advisory-db` where the network has none.
pub(super) fn advisories() -> Result<String, String> {
    let published =
        within(Duration::from_secs(20), Command::new("git").args(["ls-remote", "--quiet", DATABASE, "HEAD"]));
    let (configuration, arguments, said) = if published {
        (rules(), &[][..], format!("none of {DATABASE}"))
    } else {
        let (configuration, number) = excerpt()?;
        let said = format!(
            "none of the {number} in tests/supply/advisory-db, which are about the trees of the libraries and of the firmware up to April 2026: {DATABASE} does not answer"
        );
        (configuration, &["--offline"][..], said)
    };
    for folder in [root(), firmware_folder()] {
        setup::output(command(&folder, &configuration, arguments)?.arg("advisories"))?;
    }
    Ok(said)
}

fn rules() -> PathBuf {
    root().join("tests/supply/deny.toml")
}

fn command(folder: &Path, configuration: &Path, arguments: &[&str]) -> Result<Command, String> {
    let mut command = Command::new(tools::deny()?);
    command.current_dir(folder).arg("--locked").args(arguments).arg("--config").arg(configuration).arg("check");
    Ok(command)
}

/// Makes a database of the excerpt, as cargo-deny wants one: a git repository under the name that it gives to the published one. Returns the
/// configuration with it, and how many advisories it holds.
fn excerpt() -> Result<(PathBuf, usize), String> {
    let base = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let base = std::path::absolute(base).map_err(|error| error.to_string())?.join("advisories");
    drop(fs::remove_dir_all(&base));
    let database = base.join(KEPT_AS);
    crate::build_peers::copy(&root().join("tests/supply/advisory-db"), &database)?;
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.current_dir(&database).args(["-c", "user.name=stint", "-c", "user.email=stint@example.org"]);
        setup::output(command.args(arguments)).map(drop)
    };
    git(&["init", "--quiet"])?;
    git(&["add", "--all"])?;
    git(&["commit", "--quiet", "--no-verify", "--message", "excerpt"])?;
    // How old the copy is, cargo-deny reads from this file's date; the excerpt's age is in what is printed.
    let told = |error: std::io::Error| format!("{}: {error}", base.display());
    File::create(database.join(".git/FETCH_HEAD")).map_err(told)?;
    let configuration = base.join("deny.toml");
    // The table of advisories is the last in the file.
    let text = fs::read_to_string(rules()).map_err(told)? + &format!("db-path = {:?}\n", base);
    fs::write(&configuration, text).map_err(told)?;
    let crates = fs::read_dir(database.join("crates")).map_err(told)?.flatten();
    let number = crates.flat_map(|one| fs::read_dir(one.path()).into_iter().flatten()).count();
    Ok((configuration, number))
}

/// Whether a command ends well in time.
fn within(limit: Duration, command: &mut Command) -> bool {
    let mut limited = Command::new("timeout");
    limited.arg(limit.as_secs().to_string()).arg(command.get_program()).args(command.get_args());
    limited.env("GIT_TERMINAL_PROMPT", "0");
    setup::output(&mut limited).is_ok()
}
