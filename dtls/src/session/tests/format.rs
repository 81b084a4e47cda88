//! The form of what lies in flash: a record that one release wrote is read by the next.

use super::*;

/// What the client of these tests exports as a hand-over after two records, byte for byte: version 1, flags, suite, port, generation, binding, both keys with
/// their salts, the next number, the replay window, forgeries, both Connection IDs, extensions, checksum. Runs of one byte are written as `count*byte`.
const STORED: &str = "01 03 c0 a4 c3 51 8*00 92 03 32 ad 35 6c 1f 9c 64 55 04 a2 77 d9 74 c9 e1 cc 1c f3 88 09 a5 54 c6 2f c6 d4 65 b8 5a b3 \
    20*01 24*00 20*02 31*00 02 7*00 0101 11*00 03 6f 77 6e 29*00 06 74 68 65 69 72 73 38*00 \
    fc 4c 88 1b 12 68 5f 35 6d 6b 36 bc 79 f8 0d 69 58 b0 bc 18 eb 75 a0 5c 4c 88 7d 39 60 f0 95 b8";

/// The same with each run of four or more as `count*byte`.
fn written(bytes: &[u8]) -> std::string::String {
    let runs = bytes.chunk_by(|a, b| a == b).map(|run| match run {
        [byte, _, _, _, ..] => format!("{}*{byte:02x}", run.len()),
        _ => hex::encode(run),
    });
    runs.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_record_of_an_earlier_release_is_not_read() {
    let (mut client, mut server) = connected();
    for _ in 0..2 {
        server.take(send(&mut client).unwrap());
    }
    assert!(hears(&mut client, &server.says(b"heard")));
    let mut record = Record::EMPTY;
    record.set_port(50_001);
    client.export(0, &mut record).unwrap().stamp_unprotected().unwrap().commit();
    assert_eq!(written(record.as_bytes()), STORED);
    let mut woken = import(&mut record, 1);
    assert_eq!(send(&mut woken).unwrap()[5..11], [0, 0, 0, 0, 0, 2]);
}

#[test]
fn memory_is_printed_with_its_secrets_or_not_at_all() {
    let memory = MemoryFor::<Auth, Crypto<Sha256, Both, NoRandom>>::EMPTY;
    assert_eq!(format!("{memory:?}"), "Memory { at: Idle, .. }");
}
