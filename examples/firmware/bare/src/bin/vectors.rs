//! The published vectors that the lab loads beside this image, walked through the code that a host walks them through: a line a file on the console.
//!
//! What is loaded: how many bytes follow (4, big-endian), and a tape as `stint-operations` reads it. What is no tape ends the run as a failure; what is
//! wrong stands in its file's line.
#![no_std]
#![no_main]

use core::fmt::Write;
use cortex_m_rt::entry;
use cortex_m_semihosting::hio::hstdout;
use stint_bare::loaded::Loaded;
use stint_bare::{exit, panicked};
use stint_dtls::crypto::compact::Fast;
use stint_operations::{Own, walk};

/// Where the tape lies: in the MPS2's PSRAM, of which an image takes nothing.
const AT: *const u8 = 0x2100_0000 as *const u8;
/// How many bytes there can be.
const ROOM: usize = 0x0100_0000;
/// Bytes of the longest reply: a record of 16 KB opened, and sealed again, would not fit; none is so long.
const REPLY: usize = 16 * 1024;

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    panicked(info)
}

#[entry]
fn main() -> ! {
    let Ok(mut console) = hstdout() else { exit(false) };
    // SAFETY: an image takes nothing of this memory.
    let loaded = unsafe { Loaded::new(AT, ROOM) };
    let (mut room, mut said) = ([0; REPLY], true);
    let done = walk(&Own(Fast), loaded.bytes(), &mut room, &mut |file, counts| {
        said &= writeln!(console, "{file}\t{counts}").is_ok();
    });
    exit(done.is_some() && said)
}
