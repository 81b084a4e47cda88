//! Stint on the LM3S6965 evaluation board, with a raw public key or with certificates; the private key is at the far end of a bus.
#![no_std]
#![no_main]

use cortex_m::Peripherals;
use cortex_m_rt::entry;
use stint_firmware::board::lm3s6965::Lm3s6965;
use stint_firmware::console;
use stint_firmware::network::Sockets;
use stint_firmware::nic::Frames;
use stint_firmware::story::public_keys::{self, Lists, Memory};

#[entry]
fn main() -> ! {
    // A `static mut` at the start of `main` is how cortex-m-rt's `entry` lends a `&'static mut` without `unsafe`.
    static mut FRAMES: Frames = Frames::EMPTY;
    static mut MEMORY: Memory = Memory::EMPTY;
    static mut LISTS: Lists = Lists::EMPTY;
    static mut SOCKETS: Sockets = Sockets::EMPTY;
    let Some(core) = Peripherals::take() else { console::exit(false) };
    let mut board = Lm3s6965::new(FRAMES);
    board.start();
    console::exit(public_keys::run(&mut board, core.SYST, MEMORY, LISTS, SOCKETS))
}
