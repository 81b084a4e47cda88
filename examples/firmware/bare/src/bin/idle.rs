//! The baseline: all of the shim, and no Stint. What the other images have beyond this one is Stint's.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use stint_bare::meter::{self, Meter};
use stint_bare::{exit, panicked, uart};

use stint_bare::uart::Step;

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    panicked(info)
}

#[entry]
fn main() -> ! {
    uart::start();
    meter::start();
    let mut meter = Meter::NEW;
    let mut buffer = [0; 256];
    let len = meter.run(|| if uart::waiting() { uart::receive(&mut buffer) } else { 0 });
    uart::datagram(buffer.get(..len).unwrap_or(&[]));
    uart::step(Step::Idle, &meter);
    exit(true)
}
