//! Stint on the LM3S6965 evaluation board: a device that is managed: its resources are read, written and observed by the server.
#![no_std]
#![no_main]

use cortex_m::Peripherals;
use cortex_m_rt::entry;
use stint_firmware::board::lm3s6965::Lm3s6965;
use stint_firmware::console;
use stint_firmware::network::Sockets;
use stint_firmware::nic::Frames;
use stint_firmware::story::managed::{self, Memory};

#[entry]
fn main() -> ! {
    // A `static mut` at the start of `main` is how cortex-m-rt's `entry` lends a `&'static mut` without `unsafe`.
    static mut FRAMES: Frames = Frames::EMPTY;
    static mut MEMORY: Memory = Memory::EMPTY;
    static mut SOCKETS: Sockets = Sockets::EMPTY;
    let Some(core) = Peripherals::take() else { console::exit(false) };
    let mut board = Lm3s6965::new(FRAMES);
    board.start();
    console::exit(managed::run(&mut board, core.SYST, MEMORY, SOCKETS))
}
