//! An end of the simulated link on a real UDP socket and the real clock, so that real clients can be let loose on it.

use crate::link::End;
use crate::server::{App, Config, Server};
use std::io::Write;
use std::net::{SocketAddr, UdpSocket};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Runs `end` for the first client that speaks on `socket`, until `done` or `limit`; says whether it was `done`.
pub fn serve<E: End>(
    socket: &UdpSocket,
    end: &mut E,
    limit: Duration,
    done: impl FnMut(&mut E) -> bool,
) -> std::io::Result<bool> {
    run(socket, None, end, Duration::ZERO, limit, done)
}

/// A client `end` on a socket of its own.
pub struct Station<E> {
    /// The end.
    pub end: E,
    socket: UdpSocket,
    peer: SocketAddr,
    start: Instant,
}

impl<E: End> Station<E> {
    /// Binds a socket for `end`, which speaks to `peer`.
    pub fn new(end: E, peer: SocketAddr) -> std::io::Result<Self> {
        Ok(Self { end, socket: UdpSocket::bind("127.0.0.1:0")?, peer, start: Instant::now() })
    }

    /// Runs until `done` or for as long as `limit`; says whether it was `done`.
    pub fn run(&mut self, limit: Duration, done: impl FnMut(&mut E) -> bool) -> std::io::Result<bool> {
        run(&self.socket, Some(self.peer), &mut self.end, self.start.elapsed(), limit, done)
    }

    /// Goes on from another port, as a client does whose NAT forgot it.
    pub fn move_port(&mut self) -> std::io::Result<()> {
        self.socket = UdpSocket::bind("127.0.0.1:0")?;
        Ok(())
    }
}

/// A server on a loopback port, in a thread of its own, until it is dropped; two minutes at most.
pub struct Background {
    address: SocketAddr,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    /// Starts what `make` makes there.
    ///
    /// # Errors
    /// There is no port.
    pub fn start(make: impl FnOnce() -> Server + Send + 'static) -> Result<Self, String> {
        let socket = UdpSocket::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
        let address = socket.local_addr().map_err(|error| error.to_string())?;
        let over = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&over);
        let thread = std::thread::spawn(move || {
            let limit = Duration::from_secs(120);
            if let Err(error) = serve(&socket, &mut make(), limit, |_| flag.load(Ordering::Relaxed)) {
                eprintln!("lab: its own server: {error}");
            }
        });
        Ok(Self { address, over, thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn run<E: End>(
    socket: &UdpSocket,
    mut peer: Option<SocketAddr>,
    end: &mut E,
    since: Duration,
    limit: Duration,
    mut done: impl FnMut(&mut E) -> bool,
) -> std::io::Result<bool> {
    let start = Instant::now();
    let mut buffer = [0; 65_536];
    while start.elapsed() < limit {
        let now = since + start.elapsed();
        if end.deadline().is_some_and(|d| d <= now) {
            end.wake(now);
        }
        let finished = done(end);
        while let Some(datagram) = end.transmit(now) {
            if let Some(peer) = peer {
                socket.send_to(&datagram, peer)?;
            }
        }
        if finished {
            return Ok(true);
        }
        let wait = end.deadline().map_or(limit, |d| d.saturating_sub(now)).min(Duration::from_millis(50));
        socket.set_read_timeout(Some(wait.max(Duration::from_millis(1))))?;
        match socket.recv_from(&mut buffer) {
            Ok((len, from)) => {
                peer = Some(from);
                end.receive(since + start.elapsed(), &buffer[..len]);
            }
            Err(e) if matches!(e.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
            // an ICMP refusal of something sent earlier: the client may have gone
            Err(e) if e.kind() == std::io::ErrorKind::ConnectionRefused => {}
            Err(e) => return Err(e),
        }
    }
    Ok(done(end))
}

/// Runs a loopback server for a client process, to which it says a line, until application data came or 20 s went by; gives the client's output.
///
/// # Panics
/// When the process cannot be started.
pub fn with_process(config: Config, app: impl App + 'static, command: impl Fn(u16) -> Command) -> (Server, String) {
    let mut server = Server::new(config, app);
    let text = serve_process(&mut server, command);
    (server, text)
}

/// The same with a server that goes on; application data that it saw before is forgotten.
///
/// # Panics
/// When the process cannot be started.
pub fn serve_process(server: &mut Server, command: impl Fn(u16) -> Command) -> String {
    server.seen.data.clear();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let mut child = command(port).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"hello from the client\n").unwrap();
    serve(&socket, server, Duration::from_secs(20), |s| !s.seen.data.is_empty()).unwrap();
    drop(stdin);
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() && start.elapsed() < Duration::from_secs(5) {
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&text).into_owned()
}
