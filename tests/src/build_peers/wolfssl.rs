//! wolfSSL's example server, compiled file by file with the lab's settings: its own build needs autotools.

use super::{Source, compiler, copy, jobs, keep, kept, run, unpacked};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The crate that carries wolfSSL.
pub const WOLFSSL: Source = Source { name: "wolfssl-sys", version: "5.3.0", carries: "5.9.4" };
const SETTINGS: &str = include_str!("../../peers/wolfssl_settings.h");
const FLAGS: [&str; 4] = ["-O1", "-w", "-DWOLFSSL_USER_SETTINGS", "-I."];
/// Files that others of the same folder include.
const PARTS: [&str; 13] = [
    "bio", "conf", "pk", "pk_ec", "pk_rsa", "x509", "x509_str", "evp", "evp_pk", "misc", "quic", "asn_orig", "asn_tsp",
];

/// The path of the example server. It starts only in its own folder.
///
/// # Errors
/// What did not build.
pub fn wolfssl() -> Result<PathBuf, String> {
    let home = kept("wolfssl", &[WOLFSSL.name, WOLFSSL.version, SETTINGS], |work, fresh| {
        compiler()?;
        let source = work.join("source");
        copy(&unpacked(WOLFSSL, work)?.join("wolfssl-src"), &source)?;
        std::fs::write(source.join("user_settings.h"), SETTINGS).map_err(|e| e.to_string())?;
        let files = [files(&source, "src")?, files(&source, "wolfcrypt/src")?].concat();
        compile(&source, &files)?;
        let objects = files.iter().map(|file| format!("{file}.o"));
        let mut link = Command::new("cc");
        link.args(FLAGS).args(["-o", "server", "examples/server/server.c"]).args(objects).arg("-lm");
        run(link.current_dir(&source))?;
        keep(&source.join("server"), fresh)?;
        // the file by which it knows its folder; what is in it, nobody reads
        let mark = fresh.join("certs/dh2048.pem");
        std::fs::create_dir_all(fresh.join("certs")).and_then(|()| std::fs::write(mark, "")).map_err(|e| e.to_string())
    })?;
    Ok(home.join("server"))
}

/// The names of the files to compile in `folder`, without `.c`.
fn files(source: &Path, folder: &str) -> Result<Vec<String>, String> {
    let entries = std::fs::read_dir(source.join(folder)).map_err(|e| format!("{folder}: {e}"))?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".c").map(str::to_owned));
    let whole = names.filter(|name| !PARTS.contains(&name.as_str()) && !name.starts_with("ssl_"));
    let mut files: Vec<String> = whole.map(|name| format!("{folder}/{name}")).collect();
    files.sort();
    Ok(files)
}

/// As many at a time as there are cores; one file a process.
fn compile(source: &Path, files: &[String]) -> Result<(), String> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let worker = || {
        while let Some(file) = files.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
            let mut cc = Command::new("cc");
            cc.args(FLAGS).args(["-c", &format!("{file}.c"), "-o", &format!("{file}.o")]);
            run(cc.current_dir(source))?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs()).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().unwrap_or_else(|_| Err("a thread panicked".into())))
    })
}
