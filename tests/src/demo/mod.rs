//! `cargo demo`: the main job, shown step by step on a fresh machine.
//!
//! It sets up what is missing, starts libcoap's server with a pre-shared key on loopback, boots the firmware in QEMU against it (or runs the host's
//! command line tool), repeats what is said there, and ends with a table. It succeeds only if the device reports success.

pub(crate) mod board;
mod host;
mod table;

use std::time::Instant;

/// What can be said on the command line.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Run the host's command line tool, `stint`, in place of firmware in QEMU
    #[arg(long, conflicts_with = "board")]
    pub host: bool,
    /// The board to boot
    #[arg(long, value_enum, default_value = "lm3s6965evb")]
    pub board: Board,
}

/// A board and the code it is shown with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Board {
    /// LM3S6965 evaluation board, Cortex-M3: 256 KB of flash, 64 KB of RAM
    Lm3s6965evb,
    /// Arm MPS2 with image AN385, running code for Cortex-M0+ (thumbv6m)
    Mps2An385,
    /// Arm MPS2 with image AN386, Cortex-M4
    Mps2An386,
}

/// Runs it.
///
/// # Errors
/// What went wrong, or what is missing.
pub fn run(options: &Options) -> Result<(), String> {
    let start = Instant::now();
    if options.host {
        host::run()?
    } else {
        board::run(options.board)?
    }
    println!("\ndone in {:.1} s", start.elapsed().as_secs_f32());
    Ok(())
}

/// A line of the story: what, and the particulars.
fn tell(what: &str, particulars: &str) {
    println!("{what:<10}{particulars}");
}
