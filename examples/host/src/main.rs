//! `stint`: CoAP over DTLS 1.2 from the command line. The README tells what it does.
#![forbid(unsafe_code)]

mod args;
mod exit;
mod uri;
mod pem;
mod credentials;
mod suites;
mod peer;
mod private;
mod resumption;
mod sleep;
mod explain;
mod keylog;
mod trace;
mod sources;
mod request;
mod output;
mod link;
mod session;
mod secure;
mod jobs;
mod blob;
mod links;

use args::{BodyArgs, Cli, Command, DiscoverArgs, ObserveArgs, PingArgs, RequestArgs};
use clap::Parser as _;
use exit::Failure;
use output::Output;
use request::{Prepared, Settings};
use sources::Bodies;
use std::process::ExitCode;
use std::time::Duration;
use stint_coap::Code;

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // The response's code and diagnosis were told when they came.
            if !matches!(failure, Failure::ClientError | Failure::ServerError) {
                eprintln!("stint: {failure}");
            }
            failure.code()
        }
    }
}

fn run(cli: &Cli) -> Result<(), Failure> {
    match &cli.command {
        Command::Get(args) => exchange(Code::GET, args),
        Command::Put(args) => exchange(Code::PUT, args),
        Command::Post(args) => exchange(Code::POST, args),
        Command::Delete(args) => exchange(Code::DELETE, args),
        Command::Fetch(args) => exchange(Code::FETCH, args),
        Command::Patch(args) => exchange(Code::PATCH, args),
        Command::Ipatch(args) => exchange(Code::IPATCH, args),
        Command::Observe(args) => observe(args),
        Command::Discover(args) => discover(args),
        Command::Ping(args) => ping(args),
        Command::Blob(args) => blob::run(args),
    }
}

fn exchange(code: Code, args: &RequestArgs) -> Result<(), Failure> {
    let (target, credential) = credentials::resolve(&args.peer)?;
    let mut job = jobs::Exchange {
        request: Prepared::new(code, &target, &args.message, &args.body)?,
        output: Output::new(args.message.output.as_deref(), false),
        left: args.repeat,
        verbose: args.peer.verbose > 0,
        diagnosis: Vec::new(),
    };
    let settings = Settings::new(args.message.block, Bodies::open(&args.body)?)?;
    session::run(&args.peer, &target, credential.as_ref(), &settings, &mut job)
}

fn observe(args: &ObserveArgs) -> Result<(), Failure> {
    let (target, credential) = credentials::resolve(&args.peer)?;
    let seconds = |seconds: Option<u64>| seconds.map(Duration::from_secs);
    let mut job = jobs::Observation {
        request: Prepared::new(Code::GET, &target, &args.message, &BodyArgs::default())?,
        output: Output::new(args.message.output.as_deref(), true),
        verbose: args.peer.verbose > 0,
        diagnosis: Vec::new(),
        left: args.count,
        duration: seconds(args.duration),
        keepalive: seconds(args.keepalive),
        state: jobs::Watch::default(),
    };
    let settings = Settings::new(args.message.block, Bodies::None)?;
    session::run(&args.peer, &target, credential.as_ref(), &settings, &mut job)
}

fn discover(args: &DiscoverArgs) -> Result<(), Failure> {
    let (target, credential) = credentials::resolve(&args.peer)?;
    let target = links::well_known(target);
    let request = Prepared::new(Code::GET, &target, &args.message, &BodyArgs::default())?;
    let mut job = links::Discovery::new(request, args.message.output.clone(), args.peer.verbose > 0);
    let settings = Settings::new(args.message.block, Bodies::None)?;
    session::run(&args.peer, &target, credential.as_ref(), &settings, &mut job)?;
    job.finish()
}

fn ping(args: &PingArgs) -> Result<(), Failure> {
    let (target, credential) = credentials::resolve(&args.peer)?;
    let mut job = jobs::Ping { name: target.host.clone(), left: args.repeat, asked: None, next: None };
    let settings = Settings::new(1024, Bodies::None)?;
    session::run(&args.peer, &target, credential.as_ref(), &settings, &mut job)
}
