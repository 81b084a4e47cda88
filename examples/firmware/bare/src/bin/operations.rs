//! Operations on P-256 that the lab asks for: it loads them into memory beside this image, and reads the replies from the console.
//!
//! What is loaded: how many bytes follow (4, big-endian), the number of a choice of arithmetic, and requests; these and the replies as `stint-operations`
//! writes them, each reply with its length in front (one byte). What is no request ends the run as a failure.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use cortex_m_semihosting::hio::{HostStream, hstdout};
use stint_bare::loaded::Loaded;
use stint_bare::{exit, panicked};
use stint_dtls::crypto::compact::{Compact, Fast, Halves};
use stint_operations::{Choice, Cut, Own, Soft, answer};

/// Where the requests lie: in the MPS2's first memory, above what the image takes.
const AT: *const u8 = 0x0010_0000 as *const u8;
/// How many bytes there can be.
const ROOM: usize = 0x0030_0000;

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    panicked(info)
}

#[entry]
fn main() -> ! {
    // SAFETY: an image takes nothing of this memory.
    let loaded = unsafe { Loaded::new(AT, ROOM) };
    let done = match (loaded.bytes().split_first(), hstdout()) {
        (Some((0, requests)), Ok(console)) => answers(&Soft, requests, console),
        (Some((1, requests)), Ok(console)) => answers(&Own(Fast), requests, console),
        (Some((2, requests)), Ok(console)) => answers(&Own(Compact), requests, console),
        (Some((3, requests)), Ok(console)) => answers(&Own(Halves), requests, console),
        (Some((4, requests)), Ok(console)) => answers(&Cut(Fast, 5), requests, console),
        _ => false,
    };
    exit(done)
}

/// Answers all requests; false: what is left is none, or the console does not take it.
#[inline(never)]
fn answers<C: Choice>(choice: &C, requests: &[u8], mut console: HostStream) -> bool {
    let mut left = requests;
    while !left.is_empty() {
        let Some(reply) = answer(choice, &mut left) else {
            return false;
        };
        let reply = reply.as_bytes();
        if console.write_all(&[reply.len() as u8]).is_err() || console.write_all(reply).is_err() {
            return false;
        }
    }
    true
}
