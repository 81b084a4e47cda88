//! The Ethernet wire between an emulated board and QEMU's network, with all that a bad wire does to frames.
//!
//! The wire is two UDP sockets and a thread a direction, one Ethernet frame a datagram. What happens to a frame is a function of the seed, the frame's
//! direction and its index in that direction, and of nothing else: one frame more on one side changes no verdict on the other.

use crate::qemu::Network;
use crate::random::mix;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// What the wire does, each in percent of the frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Impairment {
    /// Frames lost.
    pub loss: u8,
    /// Frames that come twice.
    pub duplication: u8,
    /// Frames that the next one in their direction overtakes.
    pub reordering: u8,
    /// Frames with one bit flipped.
    pub corruption: u8,
}

/// Frames that had each fate, both directions together.
#[derive(Debug, Default)]
pub struct Counts {
    /// Passed, changed or not.
    pub passed: AtomicU32,
    /// Lost.
    pub lost: AtomicU32,
    /// Sent twice.
    pub doubled: AtomicU32,
    /// Held back behind the next.
    pub overtaken: AtomicU32,
    /// Changed in one bit.
    pub corrupted: AtomicU32,
}

/// A wire that is plugged in as long as it lives.
#[derive(Debug)]
pub struct Wire {
    counts: Arc<Counts>,
    network: Network,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Wire {
    /// Lays a wire.
    ///
    /// # Errors
    /// No sockets on loopback.
    pub fn new(seed: u64, impairment: Impairment) -> Result<Self, String> {
        let text = |error: std::io::Error| error.to_string();
        let bind = || UdpSocket::bind("127.0.0.1:0").map_err(text);
        let (board, network) = (bind()?, bind()?);
        // QEMU wants to be told its own ports: they are looked for here, and free when it starts.
        let (board_qemu, network_qemu) = (free()?, free()?);
        let described = Network::Wire {
            board: (board_qemu, board.local_addr().map_err(text)?),
            network: (network_qemu, network.local_addr().map_err(text)?),
        };
        let counts = Arc::new(Counts::default());
        let stop = Arc::new(AtomicBool::new(false));
        let direction = |from: &UdpSocket, to, number| -> Result<Direction, String> {
            let from = from.try_clone().map_err(text)?;
            from.set_read_timeout(Some(Duration::from_millis(5))).map_err(text)?;
            Ok(Direction { from, to, number, index: 0, held: None, seed, impairment })
        };
        let out = direction(&board, network_qemu, 0)?;
        let back = direction(&network, board_qemu, 1)?;
        let run = |mut direction: Direction, through: UdpSocket| {
            let (counts, stop) = (Arc::clone(&counts), Arc::clone(&stop));
            std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    direction.pass(&through, &counts);
                }
            })
        };
        // QEMU's sockets take frames only from the address that they were told: each direction leaves through the other's socket.
        let threads = vec![run(out, network), run(back, board)];
        Ok(Wire { counts, network: described, stop, threads })
    }

    /// What to boot a machine with.
    #[must_use]
    pub fn network(&self) -> Network {
        self.network
    }

    /// What happened to frames so far.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            drop(thread.join());
        }
    }
}

struct Direction {
    /// Frames of this direction arrive here.
    from: UdpSocket,
    /// QEMU's socket at the other end.
    to: SocketAddr,
    number: u64,
    index: u64,
    held: Option<Vec<u8>>,
    seed: u64,
    impairment: Impairment,
}

impl Direction {
    /// Takes in a frame and passes on what is let through.
    fn pass(&mut self, out: &UdpSocket, counts: &Counts) {
        let mut frame = [0; 2048];
        let Ok((len, _)) = self.from.recv_from(&mut frame) else {
            // Silence: what was held back for the next frame to overtake goes now, or a last frame would be a lost one.
            if let Some(held) = self.held.take() {
                self.send(out, &held, counts);
            }
            return;
        };
        let mut frame = frame[..len].to_vec();
        let index = self.index;
        self.index += 1;
        if self.falls(index, 0, self.impairment.loss) {
            counts.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        if self.falls(index, 1, self.impairment.corruption) && !frame.is_empty() {
            let bit = self.draw(index, 4) as usize % (frame.len() * 8);
            frame[bit / 8] ^= 1 << (bit % 8);
            counts.corrupted.fetch_add(1, Ordering::Relaxed);
        }
        let held = self.held.take();
        if held.is_none() && self.falls(index, 2, self.impairment.reordering) {
            counts.overtaken.fetch_add(1, Ordering::Relaxed);
            self.held = Some(frame);
            return;
        }
        self.send(out, &frame, counts);
        if self.falls(index, 3, self.impairment.duplication) {
            counts.doubled.fetch_add(1, Ordering::Relaxed);
            self.send(out, &frame, counts);
        }
        if let Some(held) = held {
            self.send(out, &held, counts);
        }
    }

    fn send(&self, out: &UdpSocket, frame: &[u8], counts: &Counts) {
        counts.passed.fetch_add(1, Ordering::Relaxed);
        // A machine that is gone takes nothing more: that is its end, not the wire's.
        let _ = out.send_to(frame, self.to);
    }

    fn falls(&self, index: u64, purpose: u64, percent: u8) -> bool {
        self.draw(index, purpose) % 100 < u64::from(percent)
    }

    /// A number that depends on seed, direction, index and purpose alone.
    fn draw(&self, index: u64, purpose: u64) -> u64 {
        [self.number, index, purpose].iter().fold(self.seed, |mixed, part| mix(mixed ^ part))
    }
}

fn free() -> Result<SocketAddr, String> {
    let text = |error: std::io::Error| error.to_string();
    UdpSocket::bind("127.0.0.1:0").map_err(text)?.local_addr().map_err(text)
}
