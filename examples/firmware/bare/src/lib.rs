//! The shim under the measured images: a UART that carries datagrams to the host, and a meter for instructions and stack.
//!
//! A frame on the UART is a tag, a length of 16 bits (big-endian) and as many bytes. In both directions: `D` a datagram. To the host: `S` a size (its
//! number, 4 bytes), `M` a step (its number, 4 bytes of instructions, 4 of stack), `X` the end of the first exchange. The host passes datagrams on to a real
//! server.
#![no_std]

use core::panic::PanicInfo;

pub mod coaps;
pub mod constant;
pub mod curve;
pub mod loaded;
pub mod meter;
pub mod numbers;
pub mod operations;
pub mod plain;
pub mod provision;
pub mod random;
pub mod raw_key;
pub mod records;
pub mod rules;
pub mod shim;
pub mod uart;

/// Ends the run.
pub fn exit(success: bool) -> ! {
    use cortex_m_semihosting::debug::{EXIT_FAILURE, EXIT_SUCCESS, exit};
    exit(if success { EXIT_SUCCESS } else { EXIT_FAILURE });
    loop {
        cortex_m::asm::nop();
    }
}

/// What an image does on a panic: the run fails. Nothing is printed, so that no formatting is linked.
pub fn panicked(_: &PanicInfo<'_>) -> ! {
    exit(false)
}
