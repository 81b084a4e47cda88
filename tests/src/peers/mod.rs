//! Real servers as processes on free loopback ports: started, watched, killed on drop; one a file.
//!
//! Promises: a peer that is returned is listening; one that is not installed is installed or built, or the error is the one
//! command that does it. All know the pre-shared key [`KEY`] of [`IDENTITY`] and the certificates of [`Credentials`], and trust their root.

mod gnutls;
mod libcoap;
mod manager;
mod mbedtls;
mod openssl;
mod pion;
mod python;
mod suite;
mod wolfssl;

pub use libcoap::Libcoap;
pub use manager::{Answer, Manager};
pub use openssl::Openssl;
pub use python::Python;
pub use suite::Suite;
pub use wolfssl::WOLFSSL_KEY;

use crate::credentials::Credentials;
use std::io::{Read, Write};
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The identity that the peers know.
pub const IDENTITY: &[u8] = b"Client_identity";
/// Its key.
pub const KEY: &[u8] = b"secretPSK";
const KEY_HEX: &str = "73656372657450534b";

/// How much of what a peer prints is kept, in bytes.
const MOST_OUTPUT: usize = 1 << 25;

/// What a server shows of itself, where its suite asks for that; and whether its clients must show as much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// The pre-shared key alone.
    Key,
    /// The chain of that name among [`Files`](crate::credentials::Files).
    Chain(&'static str, Clients),
    /// The raw public key of the same holder (RFC 7250).
    RawKey(&'static str, Clients),
}

/// What a server asks of its clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clients {
    /// Nothing.
    Anybody,
    /// The same kind of credential.
    Known,
}

/// A running server.
pub struct Peer {
    child: Child,
    stdin: Option<ChildStdin>,
    port: u16,
    output: Arc<Mutex<Vec<u8>>>,
    name: String,
}

/// The path of a PEM file.
fn pem(name: &str) -> Result<String, String> {
    Credentials::files().map(|files| files.path(name))
}

impl Peer {
    /// Another process may take the port between the look and the start: tried again.
    fn retried(start: impl Fn() -> Result<Self, String>) -> Result<Self, String> {
        start().or_else(|_| start()).or_else(|_| start())
    }

    fn start(command: &mut Command, port: u16) -> Result<Self, String> {
        let name = format!("{command:?}");
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| format!("{name}: {e}"))?;
        let output = Arc::new(Mutex::new(Vec::new()));
        if let Some(stream) = child.stdout.take() {
            keep(stream, &output);
        }
        if let Some(stream) = child.stderr.take() {
            keep(stream, &output);
        }
        let stdin = child.stdin.take();
        let mut peer = Self { child, stdin, port, output, name };
        let start = Instant::now();
        while !listens(peer.child.id(), port) {
            let gone = peer.child.try_wait().map_err(|e| e.to_string())?;
            if gone.is_some() || start.elapsed() > Duration::from_secs(10) {
                return Err(format!("{} does not listen: {gone:?}\n{}", peer.name, peer.output()));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(peer)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// What it printed so far.
    #[must_use]
    pub fn output(&self) -> String {
        self.output.lock().map(|o| String::from_utf8_lossy(&o).into_owned()).unwrap_or_default()
    }

    /// Waits until it has printed `text`.
    pub fn wait_for(&self, text: &str, limit: Duration) -> Result<(), String> {
        let start = Instant::now();
        while !self.output().contains(text) {
            if start.elapsed() > limit {
                return Err(format!("{} never said {text:?}:\n{}", self.name, self.output()));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Ends it at once, as the loss of its power would.
    pub fn end(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }

    /// Writes to its standard input.
    pub fn say(&mut self, text: &str) -> Result<(), String> {
        let stdin = self.stdin.as_mut().ok_or("no standard input")?;
        stdin.write_all(text.as_bytes()).and_then(|()| stdin.flush()).map_err(|e| e.to_string())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.end();
    }
}

fn keep(mut stream: impl Read + Send + 'static, output: &Arc<Mutex<Vec<u8>>>) {
    let output = Arc::clone(output);
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(len @ 1..) = stream.read(&mut buffer) {
            // a server in a loop may print for ever
            if let Ok(mut kept) = output.lock()
                && kept.len() < MOST_OUTPUT
            {
                kept.extend_from_slice(buffer.get(..len).unwrap_or_default());
            }
        }
    });
}

/// Looks without touching: to bind for a try could take the port from the server that is about to.
fn is_free(port: u16) -> bool {
    let tables: Vec<String> =
        ["/proc/net/udp", "/proc/net/udp6"].iter().filter_map(|t| std::fs::read_to_string(t).ok()).collect();
    if tables.is_empty() {
        return UdpSocket::bind(("127.0.0.1", port)).is_ok();
    }
    let mark = format!(":{port:04X}");
    let mut locals = tables.iter().flat_map(|t| t.lines()).filter_map(|l| l.split_whitespace().nth(1));
    !locals.any(|local| local.ends_with(&mark))
}

/// Whether the process itself has a socket on the port: another may have taken it meanwhile, a client of a test beside this one for example.
fn listens(process: u32, port: u16) -> bool {
    let Ok(mut table) = std::fs::read_to_string("/proc/net/udp") else {
        return !is_free(port);
    };
    // A peer may listen on IPv6 alone; a machine may have none.
    table += &std::fs::read_to_string("/proc/net/udp6").unwrap_or_default();
    let mark = format!(":{port:04X}");
    let sockets = table.lines().filter_map(|line| {
        let mut columns = line.split_whitespace().skip(1);
        columns.next().filter(|local| local.ends_with(&mark))?;
        columns.nth(7).map(|inode| format!("socket:[{inode}]"))
    });
    let sockets: Vec<String> = sockets.collect();
    let open = std::fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten();
    let mut open = open.filter_map(|entry| std::fs::read_link(entry.path()).ok());
    open.any(|link| sockets.iter().any(|socket| link.as_os_str() == socket.as_str()))
}

/// The last of `count` free UDP ports in a row on loopback.
fn free_port(count: u16) -> Result<u16, String> {
    for _ in 0..100 {
        let socket = UdpSocket::bind("127.0.0.1:0").map_err(|e| e.to_string())?;
        let last = socket.local_addr().map_err(|e| e.to_string())?.port();
        let first = last.saturating_sub(count - 1);
        if first > 1024 && (first..last).all(is_free) {
            return Ok(last);
        }
    }
    Err("no free UDP ports on loopback".into())
}

/// The folder of the peers' key logs and the like, for this process.
pub fn scratch(name: &str) -> Result<PathBuf, String> {
    let folder = std::env::temp_dir().join(format!("stint-lab-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    Ok(folder.join(name))
}
