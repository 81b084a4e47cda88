//! A client on plain CoAP that makes requests and no more.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use stint_bare::{panicked, plain};
use stint_coap::Plain;

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    panicked(info)
}

#[entry]
fn main() -> ! {
    plain::run(Plain)
}
