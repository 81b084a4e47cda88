//! The figures that a change must not lose: those of the best peers, and those of our goals that are met.

use stint_lab::footprint::measure;

/// tinydtls and RIOT's nanocoap, bytes of flash.
const FLASH: u64 = 18_797 + 1_336;
/// tinydtls, bytes of static memory and stack.
const RAM: u64 = 3_042;
/// Our goal for a handshake.
const INSTRUCTIONS: u64 = 250_000;

#[test]
fn psk_coaps_stays_below_the_best_peer_and_sends_no_byte_too_many() {
    let rows = measure("thumbv7em", |profile| profile == "psk-coaps").expect("measured");
    let row = rows.iter().find(|row| row.profile == "psk-coaps").expect("a row");
    println!("flash {}, RAM {:?}, {:?}", row.flash, row.ram_handshake(), row.wire);
    assert!(row.flash < FLASH, "flash: {}", row.flash);
    assert!(row.flash > 10_000, "less than can be: the measurement is broken");
    assert!(row.ram_handshake().expect("measured") < RAM, "RAM: {:?}", row.ram_handshake());
    assert!(row.figure("instructions_handshake").expect("measured") < INSTRUCTIONS, "{:?}", row.reported);
    assert_eq!((row.wire.bytes_sent, row.wire.datagrams_sent), (305, 3));
}
