//! The shim under the measured images: a UART that carries datagrams to the host, and a meter for instructions and stack.
//!
//! A frame on the UART is a tag, a length of 16 bits (big-endian) and as many bytes: `D` a datagram, in both directions; `R` a result, to the host.
//! The host passes datagrams on to a real server, and results on to the reader.
#![no_std]

use core::panic::PanicInfo;

pub mod meter;
pub mod numbers;
pub mod random;
pub mod records;
pub mod shim;
pub mod uart;

/// Ends the run.
pub fn exit(success: bool) -> ! {
    use cortex_m_semihosting::debug::{EXIT_FAILURE, EXIT_SUCCESS, exit};
    exit(if success { EXIT_SUCCESS } else { EXIT_FAILURE });
    loop {}
}

/// What an image does on a panic: the run fails. Nothing is printed, so that no formatting is linked.
pub fn panicked(_: &PanicInfo<'_>) -> ! {
    exit(false)
}
