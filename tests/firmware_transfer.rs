//! 64 KB up and down between the firmware and the lab's own server, behind an Ethernet wire that loses 30 % of the frames, doubles 10 % and lets 10 % be
//! overtaken, in both directions. Real time: the ACK_TIMEOUT is that of a network whose round trip takes milliseconds.

use sha2::{Digest, Sha256};
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use stint_lab::peers::{IDENTITY, KEY};
use stint_lab::qemu::{self, Boot, Machine, Pace};
use stint_lab::server::coap::{self, Coap};
use stint_lab::server::{self, App, Server};
use stint_lab::wire::{Impairment, Wire};
use stint_lab::{setup, udp};
use stint_provisioning::{Blob, Credential, Host};

const BODY: usize = 64 << 10;
const LIMIT: Duration = Duration::from_secs(300);
/// Tries of an exchange, or of a flight.
const TRIES: i32 = 25;

/// The lab's resources, and what is stored behind `/example_data` told to another thread.
struct Told {
    coap: Coap,
    stored: Arc<Mutex<Vec<u8>>>,
}

impl App for Told {
    fn handle(&mut self, now: Duration, message: &[u8]) -> Vec<Vec<u8>> {
        let answers = self.coap.handle(now, message);
        let mut stored = self.stored.lock().unwrap();
        if *stored != self.coap.stored() {
            *stored = self.coap.stored().to_vec();
        }
        answers
    }

    fn wake(&mut self, now: Duration) -> Vec<Vec<u8>> {
        self.coap.wake(now)
    }

    fn deadline(&self) -> Option<Duration> {
        self.coap.deadline()
    }
}

/// Runs the story, and gives what the firmware said and what the server holds in the end.
fn story(seed: u64, impairment: Impairment) -> (Vec<String>, Vec<u8>) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let blob = Blob {
        credential: Credential::PreShared { identity: IDENTITY, key: KEY },
        host: Host::Ipv4([10, 0, 2, 2].into()),
        port,
        device: None,
        observe: Some("time"),
    };
    let mut sector = [0; stint_provisioning::MAX_LEN];
    let len = stint_provisioning::write(&blob, &mut sector).unwrap();
    let stored = Arc::new(Mutex::new(Vec::new()));
    let (holds, over) = (Arc::clone(&stored), Arc::new(AtomicBool::new(false)));
    let flag = Arc::clone(&over);
    let serving = std::thread::spawn(move || {
        let every = Duration::from_millis(200);
        let coap = Coap::new(coap::Config { every, ..coap::Config::default() }, b"some");
        let config = server::Config { transmissions: 60, seed, ..server::Config::default() };
        let mut server = Server::new(config, Told { coap, stored: holds });
        udp::serve(&socket, &mut server, LIMIT, |_| flag.load(Ordering::Relaxed)).unwrap();
    });

    let image = setup::firmware(Machine::Lm3s6965evb.program(), "thumbv7m-none-eabi", "insecure-test-rng").unwrap();
    let wire = Wire::new(seed, impairment).unwrap();
    let words = [
        format!("seed={seed}"),
        format!("transmissions={TRIES}"),
        format!("retransmit={}", TRIES - 1),
        "initial_ms=250".into(),
        "ack_ms=6".into(),
        format!("body={BODY}"),
    ];
    let started = Instant::now();
    let running = qemu::boot(&Boot {
        machine: Machine::Lm3s6965evb,
        elf: &image.elf,
        blob: Some(&sector[..len]),
        network: wire.network(),
        pace: Pace::Real,
        arguments: &words,
    });
    let ended = running.unwrap().finish(LIMIT, |_| {});
    over.store(true, Ordering::Relaxed);
    serving.join().unwrap();
    let said = ended.lines.join("\n");
    println!("{said}\nseed {seed}, {impairment:?}: {:?} after {:.1} s", wire.counts(), started.elapsed().as_secs_f64());
    assert_eq!(ended.code, Some(0), "the firmware said:\n{said}");
    let stored = stored.lock().unwrap().clone();
    (ended.lines, stored)
}

#[test]
fn a_body_of_64_kb_is_bent_on_the_way_up_or_down() {
    let bad = Impairment { loss: 30, duplication: 10, reordering: 10, corruption: 0 };
    let exchanges = 2 * BODY.div_ceil(256) as i32;
    let expected = (1.0 - (1.0 - 0.7f64 * 0.7).powi(TRIES)).powi(exchanges);
    println!("{exchanges} exchanges of up to {TRIES} tries: all come to their end with a chance of {expected:.6}");
    assert!(expected > 0.999);
    let (said, stored) = story(1, bad);
    assert_eq!(stored.len(), BODY);
    let hash = hex::encode(Sha256::digest(&stored));
    let line = format!("@body bytes={BODY} sha256={hash}");
    assert!(said.contains(&line), "the server holds {hash}");
}
