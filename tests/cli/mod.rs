//! Runs the built `stint` as a user would, and hands back what came out of it.

#[allow(dead_code)] // not every file of tests has need of it
pub(crate) mod fake;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use stint_lab::peers::{Libcoap, Peer};

/// How a run ended.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: Vec<u8>,
    pub(crate) err: String,
    pub(crate) took: Duration,
}

impl Ran {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }

    /// What --json told, an object a line.
    #[allow(dead_code)] // not every file of tests has need of it
    pub(crate) fn objects(&self) -> Vec<serde_json::Value> {
        let parsed = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.text().lines().map(parsed).collect()
    }

    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\nstandard output: {}\nstandard error: {}", self.text(), self.err);
        self
    }
}

/// The binary: built once, in the profile and the target folder of the running test.
pub(crate) fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        let profile = test.parent().and_then(Path::parent).unwrap();
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "-p", "stint-cli", "--target-dir"]).arg(profile.parent().unwrap());
        if profile.ends_with("release") {
            build.arg("--release");
        }
        assert!(build.current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap().success(), "stint-cli does not build");
        profile.join(format!("stint{}", std::env::consts::EXE_SUFFIX))
    })
}

/// Runs `stint` to its end, which must come within a minute.
pub(crate) fn stint(arguments: &[&str]) -> Ran {
    run(Command::new(binary()).args(arguments).stdin(Stdio::null()), |_| {})
}

/// Runs a program to its end; `begun` gets it while it runs.
pub(crate) fn run(command: &mut Command, begun: impl FnOnce(&mut Child)) -> Ran {
    let start = Instant::now();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let out = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stdout.read_to_end(&mut bytes).unwrap();
        bytes
    });
    let err = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stderr.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    });
    begun(&mut child);
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{command:?} did not end:\n{}", err.join().unwrap());
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    Ran { code: status.code().unwrap_or(-1), took: start.elapsed(), out: out.join().unwrap(), err: err.join().unwrap() }
}

/// The servers that the same things are tried with, and what a user says to reach them.
#[allow(dead_code)] // not every file of tests has need of it
pub(crate) struct Site {
    peer: Peer,
    scheme: &'static str,
    credential: &'static [&'static str],
}

#[allow(dead_code)]
impl Site {
    pub(crate) fn start(library: Libcoap) -> Site {
        Site::with(library, &[])
    }

    /// With more arguments for the server.
    pub(crate) fn with(library: Libcoap, more: &[&str]) -> Site {
        let (scheme, credential) = match library {
            Libcoap::Plain => ("coap", &[][..]),
            _ => ("coaps", &["-k", "secretPSK", "-u", "Client_identity"][..]),
        };
        // -d: clients may create resources.
        Site { peer: Peer::libcoap(library, &[&["-d", "100"], more].concat()).unwrap(), scheme, credential }
    }

    pub(crate) fn port(&self) -> u16 {
        self.peer.address().port()
    }

    /// Runs `stint COMMAND` against another authority than the peer's usual address.
    pub(crate) fn at(&self, command: &str, authority: &str, path: &str) -> Ran {
        let uri = format!("{}://{authority}/{path}", self.scheme);
        stint(&[&[command, &uri], self.credential].concat())
    }

    pub(crate) fn uri(&self, path: &str) -> String {
        format!("{}://{}/{path}", self.scheme, self.peer.address())
    }

    /// Runs `stint COMMAND URI` with the credential and more.
    pub(crate) fn stint(&self, command: &str, path: &str, more: &[&str]) -> Ran {
        let uri = self.uri(path);
        let arguments = [&[command, &uri], self.credential, more].concat();
        stint(&arguments)
    }
}

/// A file in the temporary folder, gone when dropped.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Scratch {
        let unique = format!("stint-cli-{}-{:?}-{name}", std::process::id(), std::thread::current().id());
        Scratch(std::env::temp_dir().join(unique.replace(['(', ')'], "")))
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
        let _ = std::fs::remove_file(format!("{}.part", self.path()));
    }
}
