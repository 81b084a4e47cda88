//! Stint on bare metal: what the firmware of both boards shares.
//!
//! From the hardware up: `registers`, `nic`, `board`; `clock`, `stack` and `console` tell what a step took; `story` is what the
//! firmware does. `unsafe` stands where hardware needs it, each time with its reason.
#![no_std]

pub mod board;
pub mod clock;
pub mod console;
pub mod nic;
pub mod registers;
pub mod stack;
pub mod story;
