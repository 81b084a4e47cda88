//! Real servers as processes on free loopback ports: started, watched, killed on drop.
//!
//! Promises: a peer that is returned is listening; one that is not installed is installed, or the error is the one
//! command that does it. All speak with the same credential, [`IDENTITY`] and [`KEY`].

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

/// A cipher suite, by the names that peers have for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    /// TLS_PSK_WITH_AES_128_CCM.
    Ccm,
    /// TLS_PSK_WITH_AES_128_CCM_8.
    Ccm8,
}

/// A running server.
pub struct Peer {
    child: Child,
    stdin: Option<ChildStdin>,
    port: u16,
    output: Arc<Mutex<Vec<u8>>>,
    name: String,
}

/// Which TLS library libcoap's server stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Libcoap {
    /// OpenSSL.
    Openssl,
    /// GnuTLS.
    Gnutls,
    /// None: plain CoAP.
    Plain,
}

impl Peer {
    /// libcoap's server: coaps:// on the port (coap:// for [`Libcoap::Plain`]); `arguments` are put behind the usual ones.
    pub fn libcoap(library: Libcoap, arguments: &[&str]) -> Result<Self, String> {
        let (name, secure) = match library {
            Libcoap::Openssl => ("coap-server-openssl", true),
            Libcoap::Gnutls => ("coap-server-gnutls", true),
            Libcoap::Plain => ("coap-server-notls", false),
        };
        crate::build_peers::program(name, "libcoap3-bin")?;
        Self::retried(|| {
            // the port is that of coap://; coaps:// is the next
            let port = if secure { free_port(2)?.saturating_sub(1) } else { free_port(1)? };
            let mut command = Command::new(name);
            command.args(["-A", "127.0.0.1", "-p", &port.to_string(), "-v", "7"]);
            if secure {
                command.args(["-k", "secretPSK", "-h", "a hint"]);
            }
            Self::start(command.args(arguments), port + u16::from(secure))
        })
    }

    /// `openssl s_server -dtls1_2`, with cookies if `listen`; what is [`Peer::say`]ed goes to the client.
    pub fn openssl(suite: Suite, listen: bool, arguments: &[&str]) -> Result<Self, String> {
        crate::build_peers::program("openssl", "openssl")?;
        Self::retried(|| {
            let port = free_port(1)?;
            let cipher = match suite {
                Suite::Ccm => "PSK-AES128-CCM:@SECLEVEL=0",
                Suite::Ccm8 => "PSK-AES128-CCM8:@SECLEVEL=0",
            };
            let mut command = Command::new("openssl");
            command
                .args(["s_server", "-4", "-dtls1_2", "-nocert", "-psk", KEY_HEX, "-cipher", cipher, "-accept"])
                .arg(format!("127.0.0.1:{port}"))
                .args(listen.then_some("-listen"));
            Self::start(command.args(arguments), port)
        })
    }

    /// `gnutls-serv --udp --echo`.
    pub fn gnutls(suite: Suite, arguments: &[&str]) -> Result<Self, String> {
        crate::build_peers::program("gnutls-serv", "gnutls-bin")?;
        let passwords = scratch("gnutls-psk.txt")?;
        std::fs::write(&passwords, format!("Client_identity:{KEY_HEX}\n")).map_err(|e| e.to_string())?;
        Self::retried(|| {
            let port = free_port(1)?;
            let cipher = match suite {
                Suite::Ccm => "AES-128-CCM",
                Suite::Ccm8 => "AES-128-CCM-8",
            };
            let priority = format!(
                "NONE:+VERS-DTLS1.2:+{cipher}:+AEAD:+SIGN-ECDSA-SECP256R1-SHA256:+SIGN-ECDSA-SHA256:+GROUP-SECP256R1:+COMP-NULL:+CTYPE-X.509:+PSK"
            );
            let mut command = Command::new("gnutls-serv");
            command
                .args(["--udp", "--echo", "--disable-client-cert", "-p", &port.to_string(), "--priority", &priority])
                .arg("--pskpasswd")
                .arg(&passwords);
            Self::start(command.args(arguments), port)
        })
    }

    /// Mbed TLS's `ssl_server2`; it answers each request with an HTTP response.
    pub fn mbedtls(suite: Suite, arguments: &[&str]) -> Result<Self, String> {
        let program = crate::build_peers::mbedtls("ssl_server2")?;
        Self::retried(|| {
            let port = free_port(1)?;
            let suite = match suite {
                Suite::Ccm => "TLS-PSK-WITH-AES-128-CCM",
                Suite::Ccm8 => "TLS-PSK-WITH-AES-128-CCM-8",
            };
            let mut command = Command::new(&program);
            command
                .args(["dtls=1", "force_version=dtls12", "server_addr=127.0.0.1", "psk_identity=Client_identity"])
                .args([format!("psk={KEY_HEX}"), format!("server_port={port}"), format!("force_ciphersuite={suite}")]);
            Self::start(command.args(arguments), port)
        })
    }

    /// Mbed TLS's `udp_proxy` in front of a peer: drops, delays, duplicates (see its usage text).
    pub fn udp_proxy(server: &Self, arguments: &[&str]) -> Result<Self, String> {
        let program = crate::build_peers::mbedtls("udp_proxy")?;
        Self::retried(|| {
            let port = free_port(1)?;
            let mut command = Command::new(&program);
            command.args(["server_addr=127.0.0.1".into(), format!("server_port={}", server.port)]);
            command.args(["listen_addr=127.0.0.1".into(), format!("listen_port={port}")]);
            Self::start(command.args(arguments), port)
        })
    }

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
        while is_free(port) {
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

    /// Writes to its standard input.
    pub fn say(&mut self, text: &str) -> Result<(), String> {
        let stdin = self.stdin.as_mut().ok_or("no standard input")?;
        stdin.write_all(text.as_bytes()).and_then(|()| stdin.flush()).map_err(|e| e.to_string())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn keep(mut stream: impl Read + Send + 'static, output: &Arc<Mutex<Vec<u8>>>) {
    let output = Arc::clone(output);
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(len @ 1..) = stream.read(&mut buffer) {
            if let Ok(mut kept) = output.lock() {
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
