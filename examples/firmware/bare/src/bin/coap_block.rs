//! A client on plain CoAP that observes and transfers in blocks.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use stint_bare::{panicked, plain};
use stint_coap::Blockwise;

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    panicked(info)
}

#[entry]
fn main() -> ! {
    plain::run(Blockwise)
}
