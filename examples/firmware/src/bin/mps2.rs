//! Stint on Arm's MPS2 boards with AN385 or AN386.
#![no_std]
#![no_main]

use cortex_m::Peripherals;
use cortex_m_rt::entry;
use stint_firmware::board::mps2::Mps2;
use stint_firmware::network::Sockets;
use stint_firmware::nic::Frames;
use stint_firmware::story::Memory;
use stint_firmware::{console, story};

#[entry]
fn main() -> ! {
    // A `static mut` at the start of `main` is how cortex-m-rt's `entry` lends a `&'static mut` without `unsafe`.
    static mut FRAMES: Frames = Frames::EMPTY;
    static mut MEMORY: Memory = Memory::EMPTY;
    static mut SOCKETS: Sockets = Sockets::EMPTY;
    let Some(core) = Peripherals::take() else { console::exit(false) };
    let mut board = Mps2::new(FRAMES);
    console::exit(board.start() && story::run(&mut board, core.SYST, MEMORY, SOCKETS))
}
