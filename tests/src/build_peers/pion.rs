//! A server on pion/dtls, which Debian packages as source.

use super::{kept, run};
use std::path::PathBuf;
use std::process::Command;

/// Debian's packages: pion/dtls and the compiler.
pub const PION_PACKAGES: [&str; 2] = ["golang-github-pion-dtls.v2-dev", "golang-go"];
const SERVER: &str = include_str!("../../peers/pion_server.go");
const LIBRARIES: &str = "/usr/share/gocode";

/// The path of the lab's server on pion/dtls; its source says what it does.
///
/// # Errors
/// What did not build, or the packages to install.
pub fn pion() -> Result<PathBuf, String> {
    let home = kept("pion", &[PION_PACKAGES[0], SERVER], |work, fresh| {
        crate::setup::debian_packages(&PION_PACKAGES)?;
        let source = work.join("server.go");
        std::fs::write(&source, SERVER).map_err(|e| e.to_string())?;
        let mut go = Command::new("go");
        go.args(["build", "-ldflags", "-s -w", "-o"]).arg(fresh.join("pion_server")).arg(source);
        go.env("GO111MODULE", "off").env("GOPATH", LIBRARIES).env("GOCACHE", work.join("cache"));
        run(&mut go)
    })?;
    Ok(home.join("pion_server"))
}
