//! The step that packs what is published and builds it from its packed form.

use super::{Count, ONE, PUBLISHED, cargo, done, root};
use crate::setup;
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

/// Packs and builds what is published from its packed form.
pub(super) fn run() -> Result<Count, String> {
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
}
