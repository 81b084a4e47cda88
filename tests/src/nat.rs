//! A network address translator that forgets: it passes datagrams between one client and one server, and every few of the client's goes on
//! from another port. What the server sends to an old port is lost, as it is behind a real one.

use crate::random::Random;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often it forgets.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// Datagrams of the client's that the first port carries at least, so that a handshake ends where it began.
    pub calm: u64,
    /// Datagrams of the client's that one port carries: from 1 to so many, at random.
    pub datagrams: u64,
    /// Of so many changes one comes before the answer does, so that the answer is lost. 0: none.
    pub early: u64,
    /// Of the random source.
    pub seed: u64,
}

/// What it did.
#[derive(Debug, Default)]
struct Counts {
    changes: AtomicUsize,
    early: AtomicUsize,
}

/// A running translator; it ends when dropped.
pub struct Nat {
    address: SocketAddr,
    counts: Arc<Counts>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Nat {
    /// In front of `server`.
    ///
    /// # Errors
    /// What the system says.
    pub fn start(server: SocketAddr, habits: Habits) -> io::Result<Self> {
        let inside = UdpSocket::bind("127.0.0.1:0")?;
        inside.set_read_timeout(Some(Duration::from_millis(1)))?;
        let address = inside.local_addr()?;
        let (counts, ended) = (Arc::<Counts>::default(), Arc::<AtomicBool>::default());
        let (counting, ending) = (Arc::clone(&counts), Arc::clone(&ended));
        let thread = std::thread::spawn(move || run(&inside, server, habits, &counting, &ending));
        Ok(Self { address, counts, ended, thread: Some(thread) })
    }

    /// Where the client sends to.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How often it changed the port; and how many of these changes came before an answer.
    #[must_use]
    pub fn changes(&self) -> (usize, usize) {
        (self.counts.changes.load(Ordering::Relaxed), self.counts.early.load(Ordering::Relaxed))
    }
}

impl Drop for Nat {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(Ok(Err(error))) = self.thread.take().map(JoinHandle::join) {
            eprintln!("the translator ended: {error}");
        }
    }
}

fn outside(server: SocketAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.connect(server)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn run(inside: &UdpSocket, server: SocketAddr, habits: Habits, counts: &Counts, ended: &AtomicBool) -> io::Result<()> {
    let mut random = Random::new(habits.seed);
    let mut port = outside(server)?;
    let mut left = habits.calm + 1 + random.below(habits.datagrams);
    let mut client = None;
    let mut buffer = [0; 2048];
    while !ended.load(Ordering::Relaxed) {
        // waits a millisecond at most, then looks for the server's
        if let Ok((len, from)) = inside.recv_from(&mut buffer) {
            client = Some(from);
            if left == 0 {
                // the former socket closes: what comes for it from now on is lost
                port = outside(server)?;
                counts.changes.fetch_add(1, Ordering::Relaxed);
                left = 1 + random.below(habits.datagrams);
            }
            left -= 1;
            drop(port.send(&buffer[..len]));
            if habits.early > 0 && left == 0 && random.below(habits.early) == 0 {
                port = outside(server)?;
                counts.changes.fetch_add(1, Ordering::Relaxed);
                counts.early.fetch_add(1, Ordering::Relaxed);
                left = 1 + random.below(habits.datagrams);
            }
        }
        while let Ok(len) = port.recv(&mut buffer) {
            if let Some(client) = client {
                drop(inside.send_to(&buffer[..len], client));
            }
        }
    }
    Ok(())
}
