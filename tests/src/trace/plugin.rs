//! The emulator's plugin, built once for the machine that this runs on.

use crate::build_peers;
use std::path::PathBuf;
use std::process::Command;

const SOURCE: &str = include_str!("plugin.c");
const FLAGS: [&str; 6] = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC"];

/// The plugin's file.
pub(super) fn plugin() -> Result<PathBuf, String> {
    let recipe = [&[SOURCE], &FLAGS[..]].concat();
    let home = build_peers::kept("trace-plugin", &recipe, |work, fresh| {
        build_peers::program("cc", "gcc")?;
        let source = work.join("plugin.c");
        std::fs::write(&source, SOURCE).map_err(|error| format!("{}: {error}", source.display()))?;
        let mut compiler = Command::new("cc");
        compiler.args(FLAGS).arg("-shared").arg("-o").arg(fresh.join("plugin.so")).arg(source);
        build_peers::run(&mut compiler)
    })?;
    Ok(home.join("plugin.so"))
}
