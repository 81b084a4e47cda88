//! OpenSSL of today, for what Debian's does not have: raw public keys.

use super::{Source, compiler, copy, jobs, keep, kept, run, unpacked};
use std::path::PathBuf;
use std::process::Command;

/// The crate that carries OpenSSL.
pub const OPENSSL: Source = Source { name: "openssl-src", version: "300.6.1+3.6.3", carries: "3.6.3" };
/// What a server of DTLS 1.2 does not need is left out: a build of under a minute in place of five.
const WITHOUT: &str = "shared tests docs engine legacy module comp cmp cms ct dso fips srp srtp sm2 sm3 sm4 aria bf blake2 camellia cast des idea md4 \
    mdc2 rc2 rc4 rc5 rmd160 seed whirlpool siphash scrypt ts ocsp quic http ml-kem ml-dsa slh-dsa lms argon2 gost ec2m rfc3779 async autoload-config";

/// The path of the program `openssl`.
///
/// # Errors
/// What did not build.
pub fn openssl() -> Result<PathBuf, String> {
    let home = kept("openssl", &[OPENSSL.name, OPENSSL.version, WITHOUT, "-O1"], |work, fresh| {
        compiler()?;
        // Debian's smallest perl lacks the modules that Configure wants
        if crate::setup::output(Command::new("perl").args(["-MIPC::Cmd", "-MPod::Usage", "-e", "1"])).is_err() {
            crate::setup::debian_packages(&["perl"])?;
        }
        let source = work.join("source");
        copy(&unpacked(OPENSSL, work)?.join("openssl"), &source)?;
        let without = WITHOUT.split_whitespace().map(|name| format!("no-{name}"));
        run(Command::new("perl").arg("./Configure").args(without).arg("-O1").current_dir(&source))?;
        run(Command::new("make").args(["-s", "build_generated"]).current_dir(&source))?;
        run(Command::new("make").args(["-s", &format!("-j{}", jobs()), "apps/openssl"]).current_dir(&source))?;
        keep(&source.join("apps/openssl"), fresh)
    })?;
    Ok(home.join("openssl"))
}
