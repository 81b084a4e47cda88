//! The figures that a change must not lose: those of the best peers, and those of our goals that are met.
//!
//! What is above a peer is held where it is: raw public keys, in flash and RAM, by P-256 in software.

use std::sync::OnceLock;
use stint_lab::footprint::{Row, measure};

/// RIOT's nanocoap, bytes of flash: what makes CoAPs of a peer's DTLS.
const NANOCOAP: u64 = 1_336;

/// All rows with CoAPs for the Cortex-M4.
fn row(profile: &str) -> &'static Row {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    let rows = ROWS.get_or_init(|| measure("thumbv7em", |profile| profile.ends_with("-coaps")).expect("measured"));
    let row = rows.iter().find(|row| row.profile == profile).expect("a row");
    println!("{profile}: flash {}, RAM {:?}, {:?}, {:?}", row.flash, row.ram_handshake(), row.wire, row.reported);
    row
}

fn instructions(row: &Row, step: &str) -> u64 {
    row.figure(&format!("instructions_{step}")).unwrap_or_else(|| panic!("{step} of {} was not seen", row.profile))
}

#[track_caller]
fn bounded(row: &Row, flash: u64, ram: u64, handshake: u64) {
    assert!(row.flash < flash, "flash: {}", row.flash);
    assert!(row.flash > 10_000, "less than can be: the measurement is broken");
    assert!(row.ram_handshake().expect("measured") < ram, "RAM: {:?}", row.ram_handshake());
    assert!(instructions(row, "handshake") < handshake, "{:?}", row.reported);
}

#[test]
fn psk_coaps_stays_below_the_best_peer_and_sends_no_byte_too_many() {
    // tinydtls; the instructions are our goal
    let row = row("psk-coaps");
    bounded(row, 18_797 + NANOCOAP, 3_042, 250_000);
    assert_eq!((row.wire.bytes_sent, row.wire.datagrams_sent), (305, 3));
}

#[test]
fn x509_coaps_stays_below_the_best_peer_with_names_and_dates_checked() {
    // Mbed TLS 2.28 in flash, 3.6 in RAM; the instructions are our goal with p256
    bounded(row("x509-coaps"), 48_479 + NANOCOAP, 8_884, 35_000_000);
    bounded(row("x509-server-coaps"), 48_479 + NANOCOAP, 8_884, 35_000_000);
    // the peer's without a pre-shared key
    bounded(row("psk-x509-coaps"), 48_479 + NANOCOAP, 8_884, 35_000_000);
}

#[test]
fn a_raw_key_takes_no_more_than_it_does() {
    // tinydtls: 428 M instructions, 24,046 bytes of flash and 4,527 of RAM
    let row = row("rpk-coaps");
    bounded(row, 37_600, 5_600, 25_000_000);
    assert!(row.wire.bytes_sent <= 640, "{:?}", row.wire);
    bounded(self::row("ecdhe-psk-coaps"), 29_500, 4_150, 11_000_000);
}

#[test]
fn no_poll_does_more_than_one_public_key_operation() {
    for (profile, verified, signs) in
        [("x509-coaps", 2, true), ("x509-server-coaps", 2, false), ("rpk-coaps", 1, true), ("psk-x509-coaps", 2, true)]
    {
        let row = row(profile);
        let of = |step| instructions(row, step);
        let sign = if signs { of("sign") } else { 0 };
        let operations = verified * of("verify") + of("generate") + of("agree") + sign;
        // Together they are the handshake but for hashing and AES: so none of these polls did what another is counted for.
        assert!(operations <= of("handshake") && operations > of("handshake") / 100 * 98, "{:?}", row.reported);
        assert!(of("derive") < 300_000, "{:?}", row.reported);
        assert!(
            row.reported
                .iter()
                .filter(|(name, _)| name.starts_with("instructions_"))
                .all(|(name, figure)| { name == "instructions_handshake" || *figure <= of("verify") })
        );
    }
}

#[test]
fn a_pair_costs_what_its_halves_cost() {
    let (pair, x509, psk) = (row("psk-x509-coaps"), row("x509-coaps"), row("psk-coaps"));
    assert!(pair.flash > x509.flash, "{} {}", pair.flash, x509.flash);
    assert!(pair.flash < x509.flash + 3_000, "{} {}", pair.flash, x509.flash);
    assert_eq!(psk.layers.get("pki"), None, "a pre-shared key carries path validation");
}
