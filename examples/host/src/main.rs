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
mod interrupt;
mod progress;
mod names;
mod sources;
mod partial;
mod output;
mod coap;
mod settings;
mod request;
mod answer;
mod report;
mod link;
mod jobs;
mod session;
mod secure;
mod group;
mod script;
mod links;
mod blob;

use args::{Cli, Command, DiscoverArgs, ObserveArgs, PeerArgs, PingArgs, RequestArgs, RunArgs};
use clap::Parser as _;
use exit::Failure;
use jobs::{Exchange, Observation, Ping};
use report::Report;
use request::Prepared;
use session::Server;
use settings::Settings;
use sources::Payload;
use std::path::Path;
use std::process::ExitCode;
use stint_coap::Code;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let Err(failure) = run(&cli) else { return ExitCode::SUCCESS };
    // A response's code and diagnosis were told when they came.
    if !failure.is_told() {
        if cli.json {
            // Where standard output is gone there is nobody to tell.
            let _ = report::failure(&failure);
        } else {
            eprintln!("stint: {failure}");
        }
    }
    ExitCode::from(failure.code())
}

fn run(cli: &Cli) -> Result<(), Failure> {
    let json = cli.json;
    match &cli.command {
        Command::Get(args) => exchange(Code::GET, args, json),
        Command::Put(args) => exchange(Code::PUT, args, json),
        Command::Post(args) => exchange(Code::POST, args, json),
        Command::Delete(args) => exchange(Code::DELETE, args, json),
        Command::Fetch(args) => exchange(Code::FETCH, args, json),
        Command::Patch(args) => exchange(Code::PATCH, args, json),
        Command::Ipatch(args) => exchange(Code::IPATCH, args, json),
        Command::Observe(args) => observe(args, json),
        Command::Run(args) => run_script(args, json),
        Command::Discover(args) => discover(args, json),
        Command::Ping(args) => ping(args, json),
        Command::Blob(args) => blob::run(args, json),
    }
}

/// The server of a command; `uri`: the one to go to, where that is not the one of the command line.
fn server<'a>(args: &'a PeerArgs, uri: Option<&str>, json: bool) -> Result<Server<'a>, Failure> {
    let (target, credential) = credentials::resolve(args, uri.or(args.uri.as_deref()))?;
    let settings = Settings::new(&args.transmission)?;
    let report = Report { json, verbose: args.verbose > 0, lines: false };
    Ok(Server { args, target, credential, settings, report })
}

fn exchange(code: Code, args: &RequestArgs, json: bool) -> Result<(), Failure> {
    let server = server(&args.peer, None, json)?;
    let payload = Payload::open(&args.body)?;
    let prepared = |target: &uri::Target| Prepared::new(code, target, &args.message, &payload);
    let mut requests = vec![prepared(&server.target)?];
    for text in &args.more {
        requests.push(prepared(&server.target.another(text)?)?);
    }
    if requests.len() > 1 && args.message.output.as_deref().is_some_and(|path| path != Path::new("-")) {
        return Err(Failure::usage("one file of -o does not take several resources: stint run has one -o a line"));
    }
    match requests.as_slice() {
        [request] if server.target.is_group() && !server.target.proxied => {
            let report = server.report;
            group::ask(server, request, &mut |request, answer, took, from| {
                report.answer(request, answer, took, Some(from))
            })
        }
        _ if server.target.is_group() && !server.target.proxied => {
            Err(Failure::usage("a group is asked for one resource at a time"))
        }
        _ => make(server, requests, args.repeat),
    }
}

fn run_script(args: &RunArgs, json: bool) -> Result<(), Failure> {
    let steps = script::read(&args.script)?;
    let uri = if args.peer.uri.is_some() { None } else { script::first_uri(&steps) };
    let server = server(&args.peer, uri, json)?;
    let requests = script::prepared(&steps, &server.target, &args.script)?;
    make(server, requests, 1)
}

/// Makes requests of a server, and tells the answers.
fn make(mut server: Server<'_>, requests: Vec<Prepared>, repeat: u32) -> Result<(), Failure> {
    for body in requests.iter().filter_map(|request| request.body.as_ref()) {
        server.settings.can_send(body.len())?;
    }
    if requests.iter().all(Prepared::is_silent) {
        server.settings.without_answers();
    }
    let report = Report { lines: requests.len() > 1, ..server.report };
    let mut tell = |request: &Prepared, answer: &answer::Answer, took| report.answer(request, answer, took, None);
    let (at_once, bodies) = (server.settings.nstart(), server.settings.bodies.clone());
    let mut job = Exchange::new(requests, repeat, at_once, &bodies, report, &mut tell);
    session::run(&server, &mut job)
}

fn observe(args: &ObserveArgs, json: bool) -> Result<(), Failure> {
    let server = server(&args.peer, None, json)?;
    let mut job = Observation {
        request: Prepared::new(Code::GET, &server.target, &args.message, &Payload::default())?,
        report: Report { lines: true, ..server.report },
        left: args.count,
        duration: args.duration,
        keepalive: args.keepalive,
        state: jobs::Watch::default(),
    };
    interrupt::watch()?;
    session::run(&server, &mut job)
}

fn discover(args: &DiscoverArgs, json: bool) -> Result<(), Failure> {
    let uri = args.peer.uri.as_deref().ok_or_else(|| Failure::usage("a URI is missing, as coaps://HOST"))?;
    let server = server(&args.peer, Some(&links::well_known(uri, &args.query)?), json)?;
    let mut request = Prepared::new(Code::GET, &server.target, &args.message, &Payload::default())?;
    let file = request.take_output();
    let layout = match (json, args.raw) {
        (true, _) => links::Layout::Json,
        (_, true) => links::Layout::Raw,
        _ => links::Layout::Table,
    };
    let report = server.report;
    let tell = |request: &Prepared, answer: &answer::Answer, took, from| {
        if answer.code != Code::CONTENT {
            return report.answer(request, answer, took, from);
        }
        let (mut text, ended) = links::laid_out(&String::from_utf8_lossy(&answer.body), layout, from);
        if let Some(from) = from.filter(|_| !json) {
            text = format!("{from}:\n{text}");
        }
        match &file {
            Some(path) => std::fs::write(path, text).map_err(|error| Failure::local(path.display(), error))?,
            None => output::print(text.as_bytes(), true)?,
        }
        ended
    };
    if server.target.is_group() && !server.target.proxied {
        return group::ask(server, &request, &mut |request, answer, took, from| {
            tell(request, answer, took, Some(from))
        });
    }
    let bodies = server.settings.bodies.clone();
    let mut finish = |request: &Prepared, answer: &answer::Answer, took| tell(request, answer, took, None);
    let mut job = Exchange::new(vec![request], 1, 1, &bodies, report, &mut finish);
    session::run(&server, &mut job)
}

fn ping(args: &PingArgs, json: bool) -> Result<(), Failure> {
    let server = server(&args.peer, None, json)?;
    let mut job = Ping::new(server.target.host.clone(), args.repeat, server.report);
    session::run(&server, &mut job)
}
