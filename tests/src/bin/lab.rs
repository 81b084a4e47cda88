//! `lab`: what stands behind `cargo demo`, `cargo verify`, `cargo footprint` and `cargo campaign`.

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use stint_lab::{arithmetic, campaign, curve, demo, footprint, fuzz, power, verify};

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
    /// Run the long campaigns: operations on P-256 beside p256's, many handshakes over bad links, and a board whose power fails again and again
    Campaign(Campaign),
    /// Kill sleeping firmware in QEMU at random points, and look for record numbers that come twice
    Power(power::Options),
}

#[derive(Clone, Debug, clap::Args)]
struct Campaign {
    #[command(flatten)]
    links: campaign::Options,
    /// How often the power of sleeping firmware fails, with a counter against old copies and without
    #[arg(long, default_value_t = 200)]
    kills: u32,
    /// How many pairs of operands P-256's field and order are compared with fiat-crypto's on, for each prime and each choice of arithmetic
    #[arg(long, default_value_t = 1_000_000)]
    arithmetic: u64,
    /// How many rounds the random tests of CoAP go that have a few in verify: downloads interrupted, two devices that serve each other
    #[arg(long, default_value_t = 2_000)]
    rounds: u32,
    /// How many random and awkward operations on P-256 are compared with p256's
    #[arg(long, default_value_t = 1_000_000)]
    operations: u64,
    /// How many hours of processor time libFuzzer gets, all targets together; 0 leaves it out. It needs the nightly toolchain and cargo-fuzz
    #[arg(long, default_value_t = 4.0)]
    fuzz: f64,
}

impl Campaign {
    fn run(&self) -> Result<(), String> {
        if self.arithmetic > 0 {
            arithmetic::campaign(self.links.seed, self.arithmetic)?;
        }
        if self.operations > 0 {
            curve::campaign(self.links.seed, self.operations)?;
        }
        if self.links.runs > 0 {
            campaign::run(&self.links)?;
        }
        if self.rounds > 0 {
            campaign::coap(self.links.seed, self.rounds)?;
        }
        if self.kills > 0 {
            power::run(&power::Options { kills: self.kills, seed: self.links.seed })?;
        }
        if self.fuzz > 0.0 {
            println!("{}", fuzz::libfuzzer(self.fuzz)?);
        }
        Ok(())
    }
}

fn main() -> ExitCode {
    let done = match Lab::parse().command {
        Command::Demo(options) => demo::run(&options),
        Command::Verify(options) => verify::run(&options),
        Command::Footprint(options) => footprint::run(&options),
        Command::Campaign(options) => options.run(),
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
