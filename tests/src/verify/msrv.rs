//! The step that builds what users build with the oldest Rust that Stint is for.

use super::{Count, ONE, PUBLISHED, done, root, target_folder};
use crate::setup;
use std::process::Command;

/// The oldest Rust that Stint is for.
const MSRV: (u32, u32) = (1, 91);

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

pub(super) fn run() -> Result<Count, String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_toolchain_is_taken_for_another_version() {
        let list =
            "stable-x86_64-unknown-linux-gnu (active, default)\n1.95.0-x86_64-unknown-linux-gnu\n1.91.1-x86_64\n";
        let found = versions(list);
        assert_eq!(found.iter().map(|v| v.0).collect::<Vec<_>>(), [(1, 95), (1, 91)]);
    }
}
