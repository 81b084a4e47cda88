//! A secure element at the far end of an I2C bus: its driver, which is a `Signer`, and a simulated one to try it on.
//!
//! The driver is what a product would write for its part: it speaks over any `embedded-hal` bus, waits for nothing, and never sees the key. The device is **a
//! stand-in, not a secure element**: it lives in the same memory as everything else, takes its key from the provisioning blob, and protects nothing. A
//! certified part keeps its key in silicon, and has its own command set.
//!
//! | master | bytes | device |
//! |---|---|---|
//! | writes | `0x41`, a SHA-256 digest (32), CRC-8 of both | takes it, and is busy |
//! | reads | | does not acknowledge its address while it is busy |
//! | reads | 66 | `0x00`, the signature r, s (64), CRC-8 of both; or `0x01` and noise: it has none |
//!
//! The CRC-8 has the polynomial 0x07 and starts at 0xff.

mod device;
mod driver;

pub use device::Simulated;
pub use driver::Element;

/// The device's address on the bus.
const ADDRESS: u8 = 0x60;
/// The command to sign.
const SIGN: u8 = 0x41;
/// The answer that has a signature.
const DONE: u8 = 0x00;
/// The answer that has none.
const FAILED: u8 = 0x01;
/// Bytes of the command: code, digest, checksum.
const COMMAND: usize = 1 + 32 + 1;
/// Bytes of the answer: status, signature, checksum.
const ANSWER: usize = 1 + 64 + 1;

/// The checksum of a frame.
fn crc(bytes: &[u8]) -> u8 {
    let mut crc = 0xff;
    for byte in bytes {
        crc ^= *byte;
        for _ in 0..8 {
            crc = if crc & 0x80 == 0 { crc << 1 } else { crc << 1 ^ 0x07 };
        }
    }
    crc
}
