//! The device as a server on a real socket, asked by libcoap's client and by aiocoap: what both take the RFCs to say.

mod serve_device;

use serve_device::{Serving, endpoint};
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use stint_coap::{BlockSize, Config};
use stint_lab::build_peers;

/// The device, served on a port of its own to whoever asks, one after the other.
struct Host {
    address: SocketAddr,
    coap: Arc<Mutex<Serving>>,
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Host {
    fn start(block_size: BlockSize) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let coap = Arc::new(Mutex::new(endpoint(Config { block_size, ..Config::DEFAULT }, address.port() as u8)));
        let stop = Arc::new(AtomicBool::new(false));
        let (shared, stopped) = (coap.clone(), stop.clone());
        let thread = std::thread::spawn(move || serve(&socket, &shared, &stopped));
        Self { address, coap, stop, thread: Some(thread) }
    }

    fn observers(&self) -> usize {
        self.coap.lock().unwrap().profile().observers()
    }

    fn uri(&self, path: &str) -> String {
        format!("coap://{}/{path}", self.address)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The clock ticks every half second; what was put off is answered after one.
fn serve(socket: &UdpSocket, shared: &Mutex<Serving>, stop: &AtomicBool) {
    let (start, mut peer, mut tick) = (Instant::now(), None, Duration::ZERO);
    let (mut received, mut out) = ([0; 1_500], [0; 1_200]);
    socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    while !stop.load(Ordering::Relaxed) {
        let datagram = socket.recv_from(&mut received);
        let now = start.elapsed();
        let mut coap = shared.lock().unwrap();
        if let Ok((len, from)) = datagram {
            // Another peer: what the one before was told is no matter of his.
            if peer.replace(from) != Some(from) {
                coap.association_lost();
            }
            coap.handle(now, &received[..len]);
        }
        if now > tick {
            tick = now + Duration::from_millis(500);
            let server = coap.profile_mut();
            server.context.clock += 1;
            server.changed("clock");
            server.changed("sure");
            for ticket in std::mem::take(&mut server.context.tickets) {
                server.respond(ticket, |_, reply| reply.payload(b"at last"));
            }
        }
        while let Some(len) = coap.poll_transmit(now, &mut (), &mut out) {
            if let Some(peer) = peer {
                let _ = socket.send_to(&out[..len], peer);
            }
        }
        while coap.poll_outcome(now).is_some() {}
    }
}

fn ran(command: &mut Command) -> (String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (stdout, stderr) =
        (String::from_utf8_lossy(&stdout).into_owned(), String::from_utf8_lossy(&stderr).into_owned());
    assert!(status.success(), "{command:?}: {status}\n{stdout}\n{stderr}");
    (stdout, stderr)
}

/// What libcoap's client got, and what it said.
fn libcoap(arguments: &[&str], uri: &str) -> (String, String) {
    build_peers::program("coap-client-notls", "libcoap3-bin").unwrap();
    ran(Command::new("coap-client-notls").args(["-B", "20"]).args(arguments).arg(uri))
}

/// A file for this test alone.
fn file(name: &str, content: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("serve-{}-{name}", std::process::id()));
    std::fs::write(&path, content).unwrap();
    path
}

fn body(len: usize) -> Vec<u8> {
    (0..len).map(|at| b'a' + (at % 26) as u8).collect()
}

#[test]
fn libcoap_reads_writes_and_is_refused() {
    let host = Host::start(BlockSize::B1024);
    assert_eq!(libcoap(&[], &host.uri("count")).0.trim(), "0");
    assert_eq!(libcoap(&["-m", "post"], &host.uri("count")).0.trim(), "1");
    assert_eq!(libcoap(&["-N", "-m", "post"], &host.uri("count")).0.trim(), "2");
    libcoap(&["-m", "put", "-e", "21.5"], &host.uri("3303/0/5700"));
    assert_eq!(libcoap(&[], &host.uri("3303/0/5700")).0.trim(), "21.5");
    for (arguments, path, code) in [
        (&[][..], "none", "4.04"),
        (&["-m", "put", "-e", "x"], "count", "4.05"),
        (&["-m", "put", "-e", "x"], "3303/0/5701", "4.05"),
        (&["-A", "60"], "clock", "4.06"),
        (&["-O", "1,0x77", "-m", "put", "-e", "x"], "store", "4.12"),
        (&["-O", "65001,x"], "clock", "4.02"),
    ] {
        let (out, said) = libcoap(arguments, &host.uri(path));
        assert!(said.contains(code) || out.contains(code), "{path} {arguments:?}: {out} {said}");
    }
}

#[test]
fn libcoap_discovers_what_there_is() {
    let host = Host::start(BlockSize::B64);
    let (all, _) = libcoap(&[], &host.uri(".well-known/core"));
    let links: Vec<_> = stint_coap::links(all.trim()).map(|link| link.unwrap().target.to_owned()).collect();
    assert_eq!(links, ["/count", "/store", "/turn", "/clock", "/sure", "/slow", "/3303"]);
    let (some, _) = libcoap(&[], &host.uri(".well-known/core?rt=block"));
    assert_eq!(some.trim(), "</store>;rt=\"block storage\";title=\"a;b\"");
}

#[test]
fn libcoap_moves_bodies_in_blocks_both_ways() {
    std::thread::scope(|scope| {
        for (size, block_size, asked) in [
            (3_000, BlockSize::B1024, None),
            (3_000, BlockSize::B64, None),
            (3_000, BlockSize::B1024, Some("256")),
            (1_000, BlockSize::B16, Some("64")),
        ] {
            scope.spawn(move || {
                let host = Host::start(block_size);
                let sent = file(&format!("up-{size}-{block_size:?}-{asked:?}"), &body(size));
                let got = file(&format!("down-{size}-{block_size:?}-{asked:?}"), b"");
                let asked = asked.map_or(vec![], |asked| vec!["-b", asked]);
                libcoap(&[&asked[..], &["-m", "put", "-f", sent.to_str().unwrap()]].concat(), &host.uri("store"));
                assert_eq!(host.coap.lock().unwrap().profile().context.store, body(size), "{block_size:?} {asked:?}");
                libcoap(&[&asked[..], &["-o", got.to_str().unwrap()]].concat(), &host.uri("store"));
                assert_eq!(std::fs::read(&got).unwrap(), body(size), "{block_size:?} {asked:?}");
                for path in [sent, got] {
                    std::fs::remove_file(path).unwrap();
                }
            });
        }
    });
}

#[test]
fn libcoap_observes_and_waits_for_what_comes_later() {
    std::thread::scope(|scope| {
        for path in ["clock", "sure"] {
            scope.spawn(move || {
                let host = Host::start(BlockSize::B1024);
                let (out, said) = libcoap(&["-s", "8", "-w"], &host.uri(path));
                let values: Vec<u32> = out.lines().filter_map(|line| line.trim().parse().ok()).collect();
                // Every half second, or not more often than every 3 seconds where it is not confirmed.
                let least = if path == "sure" { 10 } else { 3 };
                assert!(values.len() >= least && values.is_sorted(), "{path}: {out} {said}");
                // It deregisters when the time is over, and does not wait until that is answered.
                let limit = Instant::now() + Duration::from_secs(5);
                while host.observers() > 0 {
                    assert!(Instant::now() < limit, "{path} is still observed: {said}");
                    std::thread::sleep(Duration::from_millis(20));
                }
            });
        }
        scope.spawn(|| {
            let host = Host::start(BlockSize::B1024);
            assert_eq!(libcoap(&[], &host.uri("slow")).0.trim(), "at last");
        });
    });
}

#[test]
fn aiocoap_does_all_of_it() {
    let python = build_peers::python().unwrap();
    let host = Host::start(BlockSize::B64);
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/aiocoap_client.py");
    let (out, said) = ran(Command::new(python).arg("-B").arg(program).arg(host.uri("")));
    assert_eq!(out.trim(), "all of it", "{said}");
    let coap = host.coap.lock().unwrap();
    // Two POSTs to `count`, and two bodies turned around.
    assert_eq!(coap.profile().context.count, 4);
}
