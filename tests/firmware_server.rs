//! The firmware as a server: in QEMU it opens an association (DTLS with a pre-shared key) to aiocoap's resource directory and registers; then aiocoap asks back on
//! that same association. What comes is held against what the device says on its console.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};
use stint_lab::peers::{IDENTITY, KEY, Manager};
use stint_lab::qemu::{self, Boot, Ended, Machine, Network, Pace};
use stint_lab::setup;
use stint_lab::wire::{Impairment, Wire};
use stint_provisioning::{Blob, Credential, Host};
use stint_senml::{Value as Measured, records};

const LIMIT: Duration = Duration::from_secs(90);

/// A board that runs beside the test; it is switched off when dropped.
struct Device {
    lines: Arc<Mutex<Vec<String>>>,
    off: Arc<AtomicBool>,
    thread: Option<JoinHandle<Ended>>,
}

impl Device {
    fn boot(manager: &Manager, network: Network, arguments: &[&str]) -> Self {
        let host = Host::Ipv4([10, 0, 2, 2].into());
        let credential = Credential::PreShared { identity: IDENTITY, key: KEY };
        let blob = Blob { credential, host, port: manager.port(), device: None, observe: None };
        let mut sector = [0; stint_provisioning::MAX_LEN];
        let len = stint_provisioning::write(&blob, &mut sector).unwrap();
        let image = setup::firmware("managed", "thumbv7m-none-eabi", "insecure-test-rng").unwrap();
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let running = qemu::boot(&Boot {
            machine: Machine::Lm3s6965evb,
            elf: &image.elf,
            blob: Some(&sector[..len]),
            network,
            pace: Pace::Real,
            arguments: &arguments,
        });
        let running = running.unwrap();
        let (lines, off) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<AtomicBool>::default());
        let (told, over) = (Arc::clone(&lines), Arc::clone(&off));
        let thread = std::thread::spawn(move || {
            running.finish_unless(LIMIT, |line| {
                told.lock().unwrap().push(line.to_owned());
                over.load(Ordering::Relaxed)
            })
        });
        Self { lines, off, thread: Some(thread) }
    }

    /// What it said of `what`, each time.
    fn said(&self, what: &str) -> Vec<String> {
        let lines = self.lines.lock().unwrap();
        let said = lines.iter().filter_map(|line| line.strip_prefix('@')?.strip_prefix(what));
        said.filter(|rest| rest.is_empty() || rest.starts_with(' ')).map(|rest| rest.trim().to_owned()).collect()
    }

    /// Waits until it has said so `count` times: all of them.
    fn wait(&self, what: &str, count: usize) -> Vec<String> {
        let start = Instant::now();
        while start.elapsed() < LIMIT && self.thread.as_ref().is_some_and(|thread| !thread.is_finished()) {
            if self.said(what).len() >= count {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let said = self.said(what);
        assert!(said.len() >= count, "not {count} times @{what}: {:#?}", self.lines.lock().unwrap());
        said
    }

    /// Waits for its end.
    fn end(mut self) -> Ended {
        self.thread.take().unwrap().join().unwrap()
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        self.off.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// A device that has registered.
fn registered(network: Network, arguments: &[&str]) -> (Manager, Device) {
    let manager = Manager::start().unwrap();
    let device = Device::boot(&manager, network, arguments);
    device.wait("registered", 1);
    (manager, device)
}

fn get(path: &str) -> Value {
    json!({"code": "GET", "path": path})
}

fn put(path: &str, body: &[u8]) -> Value {
    json!({"code": "PUT", "path": path, "payload": hex::encode(body), "format": 0})
}

fn post(path: &str) -> Value {
    json!({"code": "POST", "path": path})
}

fn with(mut command: Value, name: &str, value: Value) -> Value {
    command[name] = value;
    command
}

const PATHS: [&str; 9] =
    ["/1/0/8", "/3/0/0", "/3/0/4", "/3/0/9", "/3/0/12", "/3/0/13", "/3303/0/5700", "/5/0/0", "/log"];

/// The lines that the log has, of 32 bytes each.
fn log() -> Vec<u8> {
    (0..).flat_map(|line| format!("Stint sends line {line:04}, no heap.\n").into_bytes()).take(2_500).collect()
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

/// Told to start anew, it takes back its registration and ends.
fn reboots(mut manager: Manager, device: Device) {
    assert_eq!(manager.ask(post("3/0/4")).code, "2.04");
    device.wait("removed", 1);
    assert_eq!(device.said("reboot").len(), 1);
    let id = manager.tell(json!({"registrations": true}));
    assert_eq!(manager.wait(id, 1, LIMIT).unwrap()[0]["registrations"], json!([]));
    let ended = device.end();
    println!("{}", ended.lines.join("\n"));
    assert_eq!(ended.code, Some(0), "{:#?}\n{}", ended.lines, manager.output());
}

fn registrations(manager: &mut Manager) -> Value {
    let id = manager.tell(json!({"registrations": true}));
    manager.wait(id, 1, LIMIT).unwrap()[0]["registrations"].clone()
}

#[test]
fn what_a_server_reads_or_writes_is_not_what_the_device_has() {
    let (mut manager, device) = registered(Network::User, &[]);
    // What it registered is what it serves (RFC 9176 5), and what it says when it is asked (RFC 6690).
    let known = registrations(&mut manager);
    let [one] = &known.as_array().unwrap()[..] else { panic!("{}", manager.output()) };
    assert_eq!((&one["ep"], &one["lt"]), (&json!("stint-020053544e54"), &json!(600)));
    assert_eq!(one["links"], json!(PATHS));
    let core = manager.ask(get(".well-known/core"));
    assert_eq!((core.code.as_str(), core.format), ("2.05", Some(40)));
    let links: Vec<_> = stint_coap::links(core.text()).map(|link| link.unwrap()).collect();
    assert_eq!(links.iter().map(|link| link.target).collect::<Vec<_>>(), PATHS);
    let observable: Vec<_> =
        links.iter().filter(|link| link.parameter("obs").is_some()).map(|link| link.target).collect();
    assert_eq!(observable, ["/3/0/9", "/3303/0/5700"]);
    let found = manager.ask(with(get(".well-known/core"), "query", json!(["rt=temp*"])));
    assert!(found.text().starts_with("</3303/0/5700>;") && !found.text().contains(','), "{found:?}");

    let read = manager.ask(get("3/0/0"));
    assert_eq!((read.code.as_str(), read.text(), read.format), ("2.05", "Stint", Some(0)));
    let clock: u64 = manager.ask(get("3/0/13")).text().parse().unwrap();
    assert!(clock.abs_diff(now()) <= 5, "{clock}");
    assert_eq!(manager.ask(put("3/0/13", b"1000000000")).code, "2.04");
    assert_eq!(device.wait("clock", 1), ["1000000000"]);
    let clock: u64 = manager.ask(get("3/0/13")).text().parse().unwrap();
    assert!((1_000_000_000..1_000_000_010).contains(&clock), "{clock}");

    // As text, and as SenML in CBOR (RFC 8428): the same, unless it was measured meanwhile.
    let text = manager.ask(get("3303/0/5700"));
    assert_eq!(text.format, Some(0));
    let senml = manager.ask(with(get("3303/0/5700"), "accept", json!(112)));
    assert_eq!((senml.code.as_str(), senml.format), ("2.05", Some(112)));
    let read: Vec<_> = records(&senml.payload).map(Result::unwrap).collect();
    let [record] = read[..] else { panic!("{read:?}") };
    assert_eq!(record.full_name().to_string(), "urn:dev:mac:020053fffe544e54:temperature");
    let Some(Measured::Number(degrees)) = record.value else { panic!("{record:?}") };
    assert_eq!(record.unit, Some("Cel"));
    assert!((1e9..1e9 + 10.0).contains(&record.time.unwrap()), "{record:?}");
    assert!((degrees - text.text().parse::<f64>().unwrap()).abs() < 1.0, "{record:?} {text:?}");
    let measured = device.said("measured").iter().any(|said| said.ends_with(&format!(" {degrees:.2}")));
    assert!(measured, "{degrees}: {:?}", device.said("measured"));
    reboots(manager, device);
}

#[test]
fn a_body_in_blocks_is_another_at_the_far_end() {
    let (mut manager, device) = registered(Network::User, &[]);
    let log_read = manager.ask(get("log"));
    assert_eq!((log_read.code.as_str(), &log_read.payload), ("2.05", &log()));
    for (turn, len) in [0, 1, 255, 256, 257, 4_000].into_iter().enumerate() {
        let body: Vec<u8> = (0..len).map(|place: u32| (place * 7 + place / 256) as u8).collect();
        let answer = manager.ask(put("5/0/0", &body));
        assert_eq!(answer.code, "2.04", "{answer:?}");
        let said = device.wait("package", turn + 1);
        assert_eq!(said[turn], format!("{len} {}", hex::encode(Sha256::digest(&body))));
    }
    // Size1 says it before the body is sent (RFC 7959 4).
    let large = with(put("5/0/0", &[0; 16]), "options", json!([[60, "010001"]]));
    assert_eq!(manager.ask(large).code, "4.13");
    assert_eq!(device.said("package").len(), 6);
    reboots(manager, device);
}

#[test]
fn what_is_not_there_or_not_allowed_is_answered_otherwise_than_the_rfcs_say() {
    let (mut manager, device) = registered(Network::User, &[]);
    let unknown = |command| with(command, "options", json!([[65_001, "00"]]));
    let cases = [
        (get("3/0/99"), "4.04"),
        (get("3"), "4.04"),
        (get("3/0/0/0"), "4.04"),
        (get("3/0/4"), "4.05"),
        (put("3/0/0", b"x"), "4.05"),
        (json!({"code": "DELETE", "path": "log"}), "4.05"),
        (with(get("3303/0/5700"), "accept", json!(60)), "4.06"),
        (put("3/0/13", b"noon"), "4.00"),
        (with(put("3/0/13", b"5"), "format", json!(60)), "4.15"),
        (unknown(get("3/0/0")), "4.02"),
        (unknown(post("3/0/12")), "4.02"),
        // If-Match, which no resource here minds (RFC 7252 5.10.8)
        (with(post("3/0/12"), "options", json!([[1, "00"]])), "4.02"),
        // Proxy-Uri (RFC 7252 5.10.2)
        (with(get("3/0/0"), "options", json!([[35, hex::encode("coap://a/b")]])), "5.05"),
    ];
    for (command, code) in cases {
        assert_eq!(manager.ask(command.clone()).code, code, "{command}");
    }
    assert_eq!((device.said("clock").len(), device.said("reset").len()), (0, 0));
    // What LwM2M calls Registration Update Trigger.
    assert_eq!(manager.ask(post("1/0/8")).code, "2.04");
    device.wait("refreshed", 1);
    assert_eq!(registrations(&mut manager).as_array().unwrap().len(), 1);
    reboots(manager, device);
}

/// What was told of a resource is what was measured, in this order.
fn in_order(told: &[String], measured: &[String]) {
    let mut later = measured.iter();
    for value in told {
        assert!(later.any(|one| one == value), "{value} of {told:?} in {measured:?}");
    }
}

#[test]
fn an_observer_is_told_what_was_never_measured_or_after_it_left() {
    let (mut manager, device) = registered(Network::User, &[]);
    let battery = manager.tell(with(get("3/0/9"), "observe", json!(true)));
    let temperature = manager.tell(with(get("3303/0/5700"), "observe", json!(true)));
    // Of the battery each is acknowledged, of the temperature every second; three seconds pass after one that is not (RFC 7641 4.5.1).
    manager.wait(battery, 8, LIMIT).unwrap();
    manager.wait(temperature, 3, LIMIT).unwrap();
    assert_eq!(device.wait("observers", 2)[..2], ["1", "2"]);
    for (id, word) in [(battery, 0), (temperature, 1)] {
        let told = manager.answers(id);
        assert!(told.iter().all(|answer| answer.code == "2.05"), "{told:?}");
        let numbers: Vec<_> = told.iter().map(|answer| answer.observe.unwrap()).collect();
        assert!(numbers.is_sorted_by(|before, after| before < after), "{numbers:?}");
        let told: Vec<_> = told.iter().skip(1).map(|answer| answer.text().to_owned()).collect();
        let measured = device.said("measured");
        let measured: Vec<_> = measured.iter().map(|said| said.split(' ').nth(word).unwrap().to_owned()).collect();
        in_order(&told, &measured);
    }
    // aiocoap leaves by rejecting the next that it would have to acknowledge (RFC 7641 3.6).
    for (left, id) in [(1, battery), (0, temperature)] {
        manager.tell(json!({"cancel": id}));
        let start = Instant::now();
        while device.said("observers").last().is_none_or(|count| *count != left.to_string()) {
            assert!(start.elapsed() < LIMIT, "{:?}", device.said("observers"));
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    let told = (manager.answers(battery).len(), manager.answers(temperature).len());
    let measured = device.said("measured").len();
    device.wait("measured", measured + 3);
    assert_eq!((manager.answers(battery).len(), manager.answers(temperature).len()), told);
    reboots(manager, device);
}

#[test]
fn what_a_server_asks_for_once_is_done_twice_or_not_at_all_on_a_bad_wire() {
    let seed = 7;
    let bad = Impairment { loss: 15, duplication: 20, reordering: 10, corruption: 0 };
    println!("seed {seed}, {bad:?}");
    let wire = Wire::new(seed, bad).unwrap();
    let patience = ["seed=7", "transmissions=20", "retransmit=10", "initial_ms=250", "ack_ms=250"];
    let (mut manager, device) = registered(wire.network(), &patience);
    let battery = manager.tell(with(get("3/0/9"), "observe", json!(true)));
    for times in 1..=10 {
        assert_eq!(manager.ask(post("3/0/12")).code, "2.04", "{times}");
    }
    let expected: Vec<String> = (1..=10).map(|times: u32| times.to_string()).collect();
    assert_eq!(device.wait("reset", 10), expected);
    let body: Vec<u8> = (0..3_000u32).map(|place| (place ^ place >> 8) as u8).collect();
    assert_eq!(manager.ask(put("5/0/0", &body)).code, "2.04");
    assert_eq!(device.wait("package", 1), [format!("3000 {}", hex::encode(Sha256::digest(&body)))]);
    assert_eq!(manager.ask(get("log")).payload, log());
    manager.wait(battery, 4, LIMIT).unwrap();
    let told = manager.answers(battery);
    let told: Vec<_> = told.iter().skip(1).map(|answer| answer.text().to_owned()).collect();
    let measured: Vec<_> =
        device.said("measured").iter().map(|said| said.split(' ').next().unwrap().to_owned()).collect();
    in_order(&told, &measured);
    assert_eq!((device.said("reset").len(), device.said("package").len()), (10, 1));
    let counts = wire.counts();
    println!("{counts:?}");
    let suffered = [&counts.lost, &counts.doubled, &counts.overtaken].map(|count| count.load(Ordering::Relaxed));
    assert!(suffered.iter().all(|count| *count > 5), "{counts:?}");
}
