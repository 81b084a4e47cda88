//! Python with the CoAP implementations that are written in it, in an environment of their own.

use super::{kept, program, run};
use crate::setup::{debian_packages, output};
use std::path::PathBuf;
use std::process::Command;

/// The packages, each version by its wheel's digest: nothing else is installed, for they need nothing else.
pub const PYTHON_PACKAGES: [(&str, &str, &str); 2] = [
    ("aiocoap", "0.4.17", "sha256:9f8f5f09e8f2666b635d7f9c45db5d1d0e38d41479b2d83878678a9cdb5a8f3c"),
    ("CoAPthon3", "1.0.2", "sha256:35f0020d46bfdf33a7747de6deb5c9369eeb012d86d6cca143a91ccdf35252b1"),
];

/// The path of a Python interpreter that can import `aiocoap` and `coapthon`.
///
/// # Errors
/// What could not be installed.
pub fn python() -> Result<PathBuf, String> {
    program("python3", "python3-venv")?;
    // Debian divides Python: without this package it makes no environments
    if output(Command::new("python3").args(["-c", "import ensurepip, venv"])).is_err() {
        debian_packages(&["python3-venv"])?;
    }
    // an environment is bound to the interpreter that made it
    let interpreter = output(Command::new("python3").args(["-c", "import sys; print(sys.base_prefix, sys.version)"]))?;
    let requirements = PYTHON_PACKAGES.map(|(name, version, digest)| format!("{name}=={version} --hash={digest}\n"));
    let requirements = requirements.concat();
    let home = kept("python", &[&interpreter, &requirements], |work, fresh| {
        let list = work.join("requirements.txt");
        std::fs::write(&list, &requirements).map_err(|e| e.to_string())?;
        run(Command::new("python3").args(["-m", "venv"]).arg(fresh))?;
        let mut pip = Command::new(fresh.join("bin/python"));
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--only-binary=:all:",
        ]);
        run(pip.args(["--require-hashes", "--requirement"]).arg(list))
    })?;
    Ok(home.join("bin/python"))
}
