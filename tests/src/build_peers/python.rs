//! Python with the CoAP implementations that are written in it, in an environment of their own.

use super::{kept, program, run};
use crate::setup::{debian_packages, output};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The packages, each version by its wheel's digest: nothing else is installed, for they need nothing else.
pub const PYTHON_PACKAGES: [(&str, &str, &str); 2] = [
    ("aiocoap", "0.4.17", "sha256:9f8f5f09e8f2666b635d7f9c45db5d1d0e38d41479b2d83878678a9cdb5a8f3c"),
    ("CoAPthon3", "1.0.2", "sha256:35f0020d46bfdf33a7747de6deb5c9369eeb012d86d6cca143a91ccdf35252b1"),
];

/// What aiocoap needs to speak DTLS: `tinydtls` wrapped for Python. It comes as source, and is built with the first two.
pub const PYTHON_DTLS_PACKAGES: [(&str, &str, &str); 4] = [
    ("setuptools", "84.2.1", "sha256:ca140b45d5325a9478f880e351484f62fef15f336462e449ca0c03c873d589c2"),
    ("Cython", "3.3.1", "sha256:61abc7feedd20dac6c4ff7ab3a30e17136a067b242ab9253e2b4a6d9a72c2b61"),
    ("DTLSSocket", "0.2.3", "sha256:f06cbe32df8562dbbccbe274aaf27d2773e8492a86c41c334b3a0a70a50037cf"),
    PYTHON_PACKAGES[0],
];

/// The path of a Python interpreter that can import `aiocoap` and `coapthon`.
///
/// # Errors
/// What could not be installed.
pub fn python() -> Result<PathBuf, String> {
    // many servers are started side by side
    static FOUND: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let find = || environment("python", |work, pip| install(work, pip, &PYTHON_PACKAGES, &["--only-binary=:all:"]));
    FOUND.get_or_init(find).clone()
}

/// The path of a Python interpreter that can import `aiocoap` with its DTLS.
///
/// # Errors
/// What could not be installed or built.
pub fn python_dtls() -> Result<PathBuf, String> {
    environment("python-dtls", |work, pip| {
        super::compiler()?;
        program("autoreconf", "autoconf")?;
        program("aclocal", "automake")?;
        let headers = "import os, sysconfig; os.stat(sysconfig.get_paths()['include'] + '/Python.h')";
        if output(Command::new(pip).args(["-c", headers])).is_err() {
            debian_packages(&["python3-dev"])?;
        }
        let (tools, source) = PYTHON_DTLS_PACKAGES.split_at(2);
        install(work, pip, tools, &["--only-binary=:all:"])?;
        install(work, pip, source, &["--no-build-isolation"])
    })
}

/// An environment that `fill` fills: it is handed a folder to work in, and the environment's interpreter.
fn environment(name: &str, fill: impl FnOnce(&Path, &Path) -> Result<(), String>) -> Result<PathBuf, String> {
    program("python3", "python3-venv")?;
    // Debian divides Python: without this package it makes no environments
    if output(Command::new("python3").args(["-c", "import ensurepip, venv"])).is_err() {
        debian_packages(&["python3-venv"])?;
    }
    // an environment is bound to the interpreter that made it
    let interpreter = output(Command::new("python3").args(["-c", "import sys; print(sys.base_prefix, sys.version)"]))?;
    let packages = if name == "python" { &PYTHON_PACKAGES[..] } else { &PYTHON_DTLS_PACKAGES[..] };
    let home = kept(name, &[&interpreter, &requirements(packages)], |work, fresh| {
        run(Command::new("python3").args(["-m", "venv"]).arg(fresh))?;
        fill(work, &fresh.join("bin/python"))
    })?;
    Ok(home.join("bin/python"))
}

fn requirements(packages: &[(&str, &str, &str)]) -> String {
    packages.iter().map(|(name, version, digest)| format!("{name}=={version} --hash={digest}\n")).collect()
}

fn install(work: &Path, pip: &Path, packages: &[(&str, &str, &str)], options: &[&str]) -> Result<(), String> {
    let list = work.join("requirements.txt");
    std::fs::write(&list, requirements(packages)).map_err(|e| e.to_string())?;
    let mut command = Command::new(pip);
    command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]);
    run(command.args(options).arg("--requirement").arg(list))
}
