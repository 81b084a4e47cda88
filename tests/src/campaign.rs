//! `cargo campaign`: the same job many times over a bad link; and one run of it, for the tests.
//!
//! A run: handshake, GET of `/time`, observation of `/time` for three notifications. It ends well, or in a time-out of DTLS or CoAP;
//! anything else is a failure of ours. What a simple model expects is printed beside what was seen.

use crate::coaps::{Node, Saw};
use crate::device::Options as Device;
use crate::link::{End, Impairment, Link, Pair};
use crate::server::coap::Coap;
use crate::server::dimpl::Dimpl;
use crate::server::{self, Server};
use core::time::Duration;
use std::collections::BTreeMap;
use std::process::Command;
use stint_coap::{Code, Failure, Request};

/// Virtual time in which any run has ended.
const LIMIT: Duration = Duration::from_secs(60 * 86_400);
/// Notifications awaited, the answer to the registration included.
const NOTIFICATIONS: usize = 4;

/// Who stands at the far end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Far {
    /// The lab's own server, with a Connection ID.
    Loopback,
    /// dimpl 0.9.
    Dimpl,
}

/// What can be said on the command line.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// How many runs
    #[arg(long, default_value_t = 10_000)]
    pub runs: u64,
    /// The seed of the first run; the others follow
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Datagrams lost, in thousandths
    #[arg(long, default_value_t = 300)]
    pub loss: u64,
    /// Datagrams doubled, in thousandths
    #[arg(long, default_value_t = 200)]
    pub duplicate: u64,
    /// Datagrams held back, in thousandths
    #[arg(long, default_value_t = 200)]
    pub reorder: u64,
    /// Transmissions of a handshake flight
    #[arg(long, default_value_t = 7)]
    pub transmissions: u8,
    /// MAX_RETRANSMIT of CoAP
    #[arg(long, default_value_t = 4)]
    pub retransmit: u8,
    /// Bytes of the reassembly slice
    #[arg(long, default_value_t = 512)]
    pub reassembly: usize,
    /// The far end
    #[arg(long, value_enum, default_value_t = Far::Loopback)]
    pub far: Far,
}

impl Options {
    /// The link's impairment.
    #[must_use]
    pub fn impairment(&self) -> Impairment {
        Impairment { loss: self.loss, duplicate: self.duplicate, reorder: self.reorder, ..Impairment::NONE }
    }

    /// The chance that `exchanges` of up to `tries` transmissions each all succeed, if a try is lost with either of its two datagrams.
    #[must_use]
    pub fn model(&self, tries: u8, exchanges: i32) -> f64 {
        let arrives = 1.0 - self.loss as f64 / 1000.0;
        (1.0 - (1.0 - arrives * arrives).powi(tries.into())).powi(exchanges)
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ended {
    /// All that was asked for came.
    Well,
    /// The handshake timed out.
    Handshake,
    /// The GET timed out.
    Get,
    /// The observation timed out.
    Observe,
}

/// How many runs ended in which way.
pub type Tally = BTreeMap<Ended, u64>;

/// Runs `options.runs` times.
///
/// # Errors
/// The first run that ended in a way that is not allowed, with its seed.
pub fn tally(options: &Options) -> Result<Tally, String> {
    let mut tally = Tally::new();
    for seed in options.seed..options.seed + options.runs {
        let ended = one(options, seed).map_err(|error| format!("seed {seed}: {error}"))?;
        *tally.entry(ended).or_default() += 1;
    }
    Ok(tally)
}

/// Runs the random tests of CoAP for so many rounds, from another seed than theirs.
///
/// # Errors
/// The command, if one failed; it said which seed.
pub fn coap(seed: u64, rounds: u32) -> Result<(), String> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args([
        "test",
        "--package",
        "stint-lab",
        "--test",
        "coap_transfer",
        "--test",
        "serve_link",
        "--",
        "--nocapture",
    ]);
    command.env("STINT_SEED", seed.to_string()).env("STINT_ROUNDS", rounds.to_string());
    let status = command.status().map_err(|error| format!("{command:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}")) }
}

fn one(options: &Options, seed: u64) -> Result<Ended, String> {
    let mut device = Device { reassembly: options.reassembly, seed, ..Device::default() };
    device.config.transmissions = options.transmissions;
    let coap = stint_coap::Config { max_retransmit: options.retransmit, ..stint_coap::Config::DEFAULT };
    let node = Node::new(device, coap, 2);
    let link = Link::new(options.impairment(), seed);
    // the server's patience is out of the way, so that the client's decides
    let app = Coap::new(server::coap::Config { retransmit: 19, ..server::coap::Config::default() }, b"stored");
    match options.far {
        Far::Loopback => {
            let mut config =
                server::Config { cid: Some(vec![7]), transmissions: 60, seed, ..server::Config::default() };
            if options.reassembly > 0 {
                // then the slice has something to do; still one datagram a flight, as the model has it
                config.shape.cut = server::Cut::At(30);
            }
            let mut pair = Pair::new(node, Server::new(config, app), link);
            let ended = job(&mut pair)?;
            if let Some(association) = pair.server.association().filter(|_| ended != Ended::Handshake) {
                let own = pair.client.keys.borrow().last().cloned();
                if own != Some((association.client_random, association.master)) {
                    return Err("the two ends hold different keys".into());
                }
            }
            Ok(ended)
        }
        Far::Dimpl => job(&mut Pair::new(node, Dimpl::server(b"Client_identity", b"secretPSK", seed, app), link)),
    }
}

fn job<S: End>(pair: &mut Pair<'_, Node, S>) -> Result<Ended, String> {
    pair.run_until(LIMIT, |p| p.client.pump.dtls.is_connected() || p.client.error().is_some());
    if let Some(error) = pair.client.error() {
        return if matches!(error, stint_dtls::Error::Timeout { .. }) {
            Ok(Ended::Handshake)
        } else {
            Err(format!("the handshake ended in {error:?}"))
        };
    }
    let get = pair.client.pump.coap.request(&Request::get("time")).map_err(|e| e.to_string())?;
    pair.run_until(pair.now + LIMIT, |p| !p.client.answers(get).is_empty() || p.client.failure(get).is_some());
    match pair.client.failure(get) {
        Some(Failure::Timeout | Failure::NoResponse) => return Ok(Ended::Get),
        Some(other) => return Err(format!("the GET failed with {other:?}")),
        None => {}
    }
    let watch = pair.client.pump.coap.request(&Request::observe("time")).map_err(|e| e.to_string())?;
    pair.run_until(pair.now + LIMIT, |p| {
        p.client.answers(watch).len() >= NOTIFICATIONS || p.client.failure(watch).is_some()
    });
    match pair.client.failure(watch) {
        Some(Failure::Timeout | Failure::NoResponse) => return Ok(Ended::Observe),
        Some(other) => return Err(format!("the observation failed with {other:?}")),
        None => {}
    }
    check(&pair.client)
}

/// The right answers, once each, and nothing else.
fn check(node: &Node) -> Result<Ended, String> {
    let mut times = Vec::new();
    for saw in &node.saw {
        match saw {
            Saw::Connected => {}
            Saw::Response { code: Code::CONTENT, payload, .. } => times.push(payload.clone()),
            other => return Err(format!("unexpected: {other:?}")),
        }
    }
    if times.len() < NOTIFICATIONS + 1 {
        return Err(format!("only {} answers: {:?}", times.len(), node.saw));
    }
    // /time never says the same twice: a notification delivered twice would show
    let notes = &times[1..];
    if notes.windows(2).any(|w| w[0] == w[1]) {
        return Err(format!("a notification came twice: {:?}", node.saw));
    }
    Ok(Ended::Well)
}

/// Prints what was expected and what was seen.
pub fn print(options: &Options, tally: &Tally) {
    let count = |ended| tally.get(&ended).copied().unwrap_or(0);
    let runs = options.runs as f64;
    let connected = runs - count(Ended::Handshake) as f64;
    println!(
        "{} runs from seed {}, far end {:?}, loss {} duplication {} reordering {} in a thousand, {} transmissions, MAX_RETRANSMIT {}, slice {}",
        options.runs,
        options.seed,
        options.far,
        options.loss,
        options.duplicate,
        options.reorder,
        options.transmissions,
        options.retransmit,
        options.reassembly
    );
    let model = options.model(options.transmissions, 3);
    println!("  handshakes: model {:.2} %, seen {:.2} %", 100.0 * model, 100.0 * connected / runs);
    // GET and registration: two exchanges that may time out on our side
    let model = options.model(options.retransmit + 1, 2);
    let well = count(Ended::Well) as f64;
    println!("  of these, CoAP: model {:.2} %, seen {:.2} %", 100.0 * model, 100.0 * well / connected);
    println!("  {tally:?}");
}

/// Runs it.
///
/// # Errors
/// The first run that ended in a way that is not allowed.
pub fn run(options: &Options) -> Result<(), String> {
    let tally = tally(options)?;
    print(options, &tally);
    Ok(())
}
