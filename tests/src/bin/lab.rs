//! `lab`: what stands behind `cargo demo`, `cargo verify`, `cargo footprint` and `cargo campaign`.

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use stint_lab::{campaign, demo, footprint, power, verify};

/// Stint's lab. Each command sets up what it needs.
#[derive(Debug, Parser)]
#[command(name = "lab", version)]
struct Lab {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Boot the firmware in QEMU against libcoap's server, and show step by step what happens
    Demo(demo::Options),
    /// Run all tests: what CI runs
    Verify(verify::Options),
    /// Measure flash, RAM, stack, instructions and wire bytes
    Footprint(footprint::Options),
    /// Run the long campaigns: many handshakes over bad links
    Campaign(campaign::Options),
    /// Kill sleeping firmware in QEMU at random points, and look for record numbers that come twice
    Power(power::Options),
}

fn main() -> ExitCode {
    let done = match Lab::parse().command {
        Command::Demo(options) => demo::run(&options),
        Command::Verify(options) => verify::run(&options),
        Command::Footprint(options) => footprint::run(&options),
        Command::Campaign(options) => campaign::run(&options),
        Command::Power(options) => power::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lab: {error}");
            ExitCode::FAILURE
        }
    }
}
