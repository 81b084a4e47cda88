//! Mbed TLS: its library, its test programs, and the lab's own small server on that library.

use super::{Source, compiler, copy, jobs, keep, kept, run, unpacked};
use std::path::PathBuf;
use std::process::Command;

/// The crate that carries Mbed TLS, programs included.
pub const MBEDTLS: Source = Source { name: "psa-crypto-sys", version: "0.13.0", carries: "3.5.1" };
const PROGRAMS: [&str; 3] = ["ssl/ssl_server2", "ssl/ssl_client2", "test/udp_proxy"];
const LIBRARIES: [&str; 3] = ["libmbedtls.a", "libmbedx509.a", "libmbedcrypto.a"];
const SERVER: &str = include_str!("../../peers/mbedtls_server.c");

fn home() -> Result<PathBuf, String> {
    kept("mbedtls", &[MBEDTLS.name, MBEDTLS.version, "programs, libraries, headers"], |work, fresh| {
        compiler()?;
        let source = work.join("source");
        copy(&unpacked(MBEDTLS, work)?.join("vendor"), &source)?;
        let jobs = format!("-j{}", jobs());
        run(Command::new("make").args([&jobs, "lib"]).current_dir(&source))?;
        run(Command::new("make").arg(&jobs).args(PROGRAMS).current_dir(source.join("programs")))?;
        PROGRAMS.iter().try_for_each(|program| keep(&source.join("programs").join(program), fresh))?;
        LIBRARIES.iter().try_for_each(|library| keep(&source.join("library").join(library), fresh))?;
        copy(&source.join("include"), &fresh.join("include"))
    })
}

/// The path of one of Mbed TLS's programs: `ssl_server2`, `ssl_client2`, `udp_proxy`.
///
/// # Errors
/// What did not build.
pub fn mbedtls(program: &str) -> Result<PathBuf, String> {
    Ok(home()?.join(program))
}

/// The path of the lab's own server on Mbed TLS's library; its source says what it does.
///
/// # Errors
/// What did not build.
pub fn mbedtls_server() -> Result<PathBuf, String> {
    let library = home()?;
    let home = kept("mbedtls-server", &[MBEDTLS.name, MBEDTLS.version, SERVER], |work, fresh| {
        compiler()?;
        let source = work.join("mbedtls_server.c");
        std::fs::write(&source, SERVER).map_err(|e| e.to_string())?;
        let mut cc = Command::new("cc");
        cc.args(["-O1", "-g", "-Wall", "-Wextra", "-Werror", "-o"]).arg(fresh.join("mbedtls_server")).arg(source);
        cc.arg("-I").arg(library.join("include")).args(LIBRARIES.map(|name| library.join(name)));
        run(&mut cc)
    })?;
    Ok(home.join("mbedtls_server"))
}
