//! The firmware behind a bad Ethernet wire: 30 % of the frames lost, 20 % doubled, 20 % overtaken, in both directions. ARP and DHCP suffer too.

use std::sync::atomic::Ordering;
use std::time::Duration;
use stint_lab::peers::{IDENTITY, KEY, Libcoap, Peer};
use stint_lab::qemu::{self, Boot, Machine, Pace};
use stint_lab::setup;
use stint_lab::wire::{Impairment, Wire};
use stint_provisioning::{Blob, Credential, Host};

/// Fixed: each run meets the same verdicts again.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=6;
const LIMIT: Duration = Duration::from_secs(300);

fn story_behind(seed: u64, impairment: Impairment, pace: Pace) {
    println!("seed {seed}, {impairment:?}");
    let server = Peer::libcoap(Libcoap::Openssl, &[]).unwrap();
    let host = Host::Ipv4([10, 0, 2, 2].into());
    let port = server.address().port();
    let blob = Blob {
        credential: Credential::PreShared { identity: IDENTITY, key: KEY },
        host,
        port,
        device: None,
        observe: Some("time"),
    };
    let mut sector = [0; stint_provisioning::MAX_LEN];
    let len = stint_provisioning::write(&blob, &mut sector).unwrap();

    let image = setup::firmware(Machine::Lm3s6965evb.program(), "thumbv7m-none-eabi", "insecure-test-rng").unwrap();
    let wire = Wire::new(seed, impairment).unwrap();
    // As often as it takes, and sooner than the defaults say: libcoap's server forgets a half-sent body while a client waits out its long pauses.
    let patience = ["transmissions=20", "retransmit=19", "initial_ms=250", "ack_ms=250"].map(str::to_owned);
    let arguments: Vec<String> = std::iter::once(format!("seed={seed}")).chain(patience).collect();
    let running = qemu::boot(&Boot {
        machine: Machine::Lm3s6965evb,
        elf: &image.elf,
        blob: Some(&sector[..len]),
        network: wire.network(),
        pace,
        arguments: &arguments,
    });
    let ended = running.unwrap().finish(LIMIT, |_| {});
    let said = ended.lines.join("\n");
    println!("{said}\n{:?} after {:?}", wire.counts(), ended.took);
    assert_eq!(ended.code, Some(0), "the firmware said:\n{said}\nthe server said:\n{}", server.output());
    let counts = wire.counts();
    let suffered =
        |percent: u8, count: &std::sync::atomic::AtomicU32| percent == 0 || count.load(Ordering::Relaxed) > 0;
    assert!(suffered(impairment.loss, &counts.lost) && suffered(impairment.duplication, &counts.doubled), "{counts:?}");
    assert!(suffered(impairment.reordering, &counts.overtaken), "{counts:?}");
    assert!(suffered(impairment.corruption, &counts.corrupted), "{counts:?}");
}

#[test]
fn a_wire_that_does_nothing_changes_nothing() {
    story_behind(1, Impairment::default(), Pace::Real);
}

#[test]
fn loss_duplication_and_reordering_are_survived() {
    // Mostly they wait: side by side.
    let bad = Impairment { loss: 30, duplication: 20, reordering: 20, corruption: 0 };
    std::thread::scope(|scope| {
        let runs: Vec<_> = SEEDS.map(|seed| scope.spawn(move || story_behind(seed, bad, Pace::Real))).collect();
        assert!(runs.into_iter().all(|run| run.join().is_ok()));
    });
}

#[test]
fn corrupted_frames_are_survived() {
    story_behind(4, Impairment { loss: 5, duplication: 5, reordering: 5, corruption: 10 }, Pace::Real);
}
