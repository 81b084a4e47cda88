//! Stint on bare metal: what the firmware of both boards shares.
//!
//! From the hardware up: `registers`, `nic`, `clock` and `stack`; `console` and `host` talk to the debugger, whose files stand for `flash`; `board` says what boards differ in; `meter`
//! tells what a step took; `network` is the IP stack, `counted` counts what Stint sends through it, `body` is
//! something large to send, `registration` makes a device known to a directory, `element` holds a private key at the far end of a bus; `story` is what the firmware does. `unsafe` stands where hardware needs it, each time with its reason.
#![no_std]

pub mod registers;
pub mod nic;
pub mod clock;
pub mod stack;
pub mod console;
pub mod host;
pub mod flash;
pub mod random;
pub mod board;
pub mod meter;
pub mod network;
pub mod counted;
pub mod body;
pub mod registration;
#[cfg(feature = "public-keys")]
pub mod element;
pub mod story;
