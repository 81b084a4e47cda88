//! A whole client on plain CoAP.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use stint_bare::{panicked, plain};

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    panicked(info)
}

#[entry]
fn main() -> ! {
    plain::run(())
}
