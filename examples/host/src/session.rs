//! One conversation with a server: the socket, the handshake, the loop; what is asked in it is the caller's.

use crate::args::PeerArgs;
use crate::credentials::Credential;
use crate::exit::Failure;
use crate::explain;
use crate::interrupt;
use crate::jobs::{Flow, GO_ON, Job};
use crate::link::{Agreed, Link, Wire};
use crate::output::print_json;
use crate::private;
use crate::report::{Report, rounded};
use crate::resumption::SessionFile;
use crate::secure::{self, OUTBOX};
use crate::settings::Settings;
use crate::sleep;
use crate::suites;
use crate::trace::Traced;
use crate::uri::Target;
use serde::Serialize;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::time::{Duration, Instant};
use stint_coap::{Cocoa, Profile};
use stint_net::std_udp::StdUdp;
use stint_net::{Happened, Inbox, Outbox, PlainPump, PumpError};

/// Bytes of UDP payload that are taken in; a server may ignore the block size asked for.
pub(crate) const INBOX: usize = 65_536;
/// ICMP refusals with nothing received in between, after which nobody is taken to listen.
const REFUSALS: u32 = 2;

/// With whom a command talks, and how.
pub(crate) struct Server<'a> {
    pub(crate) args: &'a PeerArgs,
    pub(crate) target: Target,
    pub(crate) credential: Option<Credential>,
    pub(crate) settings: Settings,
    pub(crate) report: Report,
}

/// What stays the same while one address of a server is talked to.
pub(crate) struct Talk<'a> {
    pub(crate) args: &'a PeerArgs,
    pub(crate) target: &'a Target,
    /// One of the target's addresses.
    pub(crate) peer: SocketAddr,
    /// None in the clear.
    pub(crate) credential: Option<&'a Credential>,
    pub(crate) settings: &'a Settings,
    pub(crate) report: Report,
    pub(crate) start: Instant,
}

impl Talk<'_> {
    /// A line of `--verbose`.
    pub(crate) fn tell(&self, what: &str) {
        if self.args.verbose > 0 {
            eprintln!("{:9.3} {what}", self.start.elapsed().as_secs_f64());
        }
    }

    /// A socket to the server, from this local port, or from the one of --local-port.
    pub(crate) fn connect(&self, local_port: Option<u16>) -> Result<StdUdp, Failure> {
        let port = local_port.unwrap_or(self.args.local_port);
        let local = SocketAddr::new(self.args.local_address.unwrap_or_else(|| unspecified(self.peer)), port);
        let socket = UdpSocket::bind(local).map_err(|error| Failure::local(format!("local address {local}"), error))?;
        let connected = socket.connect(self.peer).and_then(|()| StdUdp::from_socket(socket));
        connected.map_err(|error| Failure::local(self.peer, error))
    }
}

/// Has the conversation, with each of the host's addresses in turn while nobody listens there.
pub(crate) fn run(server: &Server<'_>, job: &mut dyn Job) -> Result<(), Failure> {
    let Server { args, target, credential, settings, report } = server;
    if let Some(credential) = credential {
        suites::choose(&args.offer.suites, credential.exchanges())?;
    }
    let mut last = Failure::NoAnswer(format!("{} has no address", target.host));
    for peer in addresses(target)? {
        if args.local_address.is_some_and(|local| local.is_ipv4() != peer.is_ipv4()) {
            last = Failure::usage("the local address and the server's are not of one family");
            continue;
        }
        if args.verbose > 0 {
            eprintln!("server {peer}");
        }
        let credential = credential.as_ref().filter(|_| target.secure);
        let talk = Talk { args, target, peer, credential, settings, report: *report, start: Instant::now() };
        match talked(&talk, job) {
            Err(refused @ Failure::Refused(_)) => last = refused,
            other => return other,
        }
    }
    Err(last)
}

/// Has it with one of them.
fn talked(talk: &Talk<'_>, job: &mut dyn Job) -> Result<(), Failure> {
    let asleep = talk.args.offer.sleep.as_deref().filter(|_| talk.target.secure && talk.args.local_port == 0);
    // A port that somebody has taken meanwhile is missed only by a server that gave no Connection ID.
    let slept = asleep.and_then(sleep::port).and_then(|port| talk.connect(Some(port)).ok());
    let socket = slept.map_or_else(|| talk.connect(None), Ok)?;
    let wire = Traced::new(socket, talk.start, talk.args.verbose, talk.target.secure);
    let traffic = wire.traffic();
    let ended = match talk.credential {
        Some(credential) => secure::run(talk, credential, wire, job),
        None => plain(talk, wire, job),
    };
    if talk.args.verbose > 0 {
        let traffic = traffic.get();
        eprintln!(
            "{} datagrams sent ({} bytes), {} received ({} bytes), {:.3} s",
            traffic.sent,
            traffic.sent_bytes,
            traffic.received,
            traffic.received_bytes,
            talk.start.elapsed().as_secs_f64()
        );
    }
    ended
}

pub(crate) fn addresses(target: &Target) -> Result<Vec<SocketAddr>, Failure> {
    use std::net::ToSocketAddrs;
    let found = (target.host.as_str(), target.port).to_socket_addrs();
    Ok(found.map_err(|error| Failure::local(&target.host, error))?.collect())
}

/// Any local address of the peer's family.
pub(crate) fn unspecified(peer: SocketAddr) -> IpAddr {
    match peer {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    }
}

fn plain(talk: &Talk<'_>, wire: Wire, job: &mut dyn Job) -> Result<(), Failure> {
    match talk.args.transmission.cocoa {
        true => plain_as(Cocoa::new(()), talk, wire, job),
        false => plain_as((), talk, wire, job),
    }
}

fn plain_as<X: Profile>(profile: X, talk: &Talk<'_>, wire: Wire, job: &mut dyn Job) -> Result<(), Failure> {
    let mut slots = talk.settings.slots();
    let mut store = talk.settings.store();
    let mut coap = talk.settings.endpoint(profile, &mut slots, &mut store)?;
    let (source, mut out) = (talk.settings.bodies.clone(), [0; OUTBOX]);
    let outbox = Outbox::new(&mut out);
    let mut pump = PlainPump { net: wire, coap: &mut coap, source, outbox };
    drive(talk, &mut pump, None, job)
}

/// The loop of the README of stint-net, with a socket to wait on.
pub(crate) fn drive(
    talk: &Talk<'_>,
    link: &mut dyn Link,
    file: Option<&SessionFile>,
    job: &mut dyn Job,
) -> Result<(), Failure> {
    let mut buf = vec![0; INBOX];
    let mut inbox = Inbox::new(&mut buf);
    let mut ended = converse(talk, link, &mut inbox, file, job);
    if talk.args.verbose > 0 {
        eprintln!("{}", link.dropped());
    }
    // What ended a handshake ends the session too (RFC 5246 7.2.2); that nobody answered does not.
    if let (Some(file), Err(Failure::Key(why) | Failure::Handshake(why) | Failure::Server(why))) = (file, &mut ended) {
        file.store(None, false);
        if link.offers_session() {
            why.push_str(" The session of --session was offered, and may be why: it is forgotten now, try again.");
        }
    }
    let bed = talk.args.offer.sleep.as_deref().filter(|_| talk.target.secure);
    if let Some(path) = bed {
        // What is still to be said is said before the keys are gone.
        drain(talk, link, &mut inbox);
        let well = matches!(ended, Ok(()) | Err(Failure::ClientError | Failure::ServerError));
        put_to_bed(talk, link, path, well);
    }
    link.close();
    drain(talk, link, &mut inbox);
    ended
}

/// What is still to be said (an acknowledgement, close_notify) is said once; nobody waits for an answer.
fn drain(talk: &Talk<'_>, link: &mut dyn Link, inbox: &mut Inbox<'_>) {
    for _ in 0..16 {
        if link.poll(talk.start.elapsed(), inbox).is_err() {
            break;
        }
    }
}

/// Puts the association into its file. One that did not work, or cannot sleep, is closed and not gone on with.
fn put_to_bed(talk: &Talk<'_>, link: &mut dyn Link, path: &Path, well: bool) {
    let asleep = if well { link.fall_asleep(path) } else { Err("it did not end well".into()) };
    if let Err(why) = asleep {
        talk.tell(&format!("the association is not kept: {why}"));
        if let Err(error) = private::remove(path) {
            eprintln!("{}: {error}", path.display());
        }
    }
}

fn converse(
    talk: &Talk<'_>,
    link: &mut dyn Link,
    inbox: &mut Inbox<'_>,
    file: Option<&SessionFile>,
    job: &mut dyn Job,
) -> Result<(), Failure> {
    job.begin(link.coap(), talk.start.elapsed())?;
    if link.is_connected() {
        job.connected(talk.start.elapsed());
        connected(talk, link, true)?;
    }
    let patience = Duration::from_secs(talk.args.timeout);
    let mut limit = patience;
    let mut heard = (0, 0);
    loop {
        let now = talk.start.elapsed();
        if called(link, job, now)?.is_break() {
            return Ok(());
        }
        if now >= limit && !job.patient() {
            return Err(out_of_patience(talk, heard.0 > 0));
        }
        let polled = link.poll(now, inbox);
        let (received, refused) = (link.wire().received(), link.wire().net.refused());
        if received > heard.0 {
            heard = (received, refused);
        } else if refused >= heard.1 + REFUSALS {
            return Err(explain::refused(talk.target));
        }
        match polled {
            Ok(Happened::PeerVerified) => talk.tell(&format!("verified: {}", link.server().unwrap_or_default())),
            Ok(Happened::Connected) => {
                job.connected(now);
                connected(talk, link, false)?;
                if let Some(file) = file {
                    file.store(link.session().as_deref(), link.is_resumed());
                }
            }
            Ok(Happened::Closed) => return Err(Failure::Closed("the server closed the association".into())),
            Ok(Happened::Coap(outcome)) => {
                // The poll took a part of the time that is told.
                let now = talk.start.elapsed();
                limit = now + patience;
                if job.outcome(outcome, link.coap(), now)?.is_break() {
                    return Ok(());
                }
            }
            Ok(_) => {}
            Err(nb::Error::WouldBlock) => {
                let limit = (!job.patient()).then_some(limit);
                let until = [link.poll_timeout(), job.deadline(), limit].into_iter().flatten().min();
                rest(talk, link, until)?;
            }
            Err(nb::Error::Other(error)) => return Err(explained(error, link, talk)),
        }
    }
}

/// What the user and the time want of the job.
fn called(link: &mut dyn Link, job: &mut dyn Job, now: Duration) -> Flow {
    if interrupt::asked() {
        job.interrupted(link.coap(), now)?;
    }
    if job.deadline().is_some_and(|deadline| deadline <= now) { job.wake(link.coap(), now) } else { GO_ON }
}

/// Waits for a datagram, or until it is time.
fn rest(talk: &Talk<'_>, link: &mut dyn Link, until: Option<Duration>) -> Result<(), Failure> {
    let wait = until.map(|until| until.saturating_sub(talk.start.elapsed()));
    let wait = [wait, interrupt::limit()].into_iter().flatten().min();
    link.wire().net.wait(wait).map_err(|error| Failure::local("the socket", error))
}

/// A handshake as a program sees it.
#[derive(Serialize)]
struct Connected {
    #[serde(rename = "type")]
    kind: &'static str,
    server: SocketAddr,
    seconds: f64,
    awake: bool,
    #[serde(flatten)]
    agreed: Agreed,
    /// Who the server says it is, where its credential says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<String>,
}

/// Tells what was agreed, by a handshake now or, where the association slept, by one of before.
fn connected(talk: &Talk<'_>, link: &mut dyn Link, awake: bool) -> Result<(), Failure> {
    let Some(agreed) = link.agreed() else { return Ok(()) };
    talk.tell(&format!("{}: {agreed}", if awake { "awake, without a handshake" } else { "connected" }));
    if !talk.report.json {
        return Ok(());
    }
    let seconds = rounded(talk.start.elapsed());
    print_json(&Connected { kind: "connected", server: talk.peer, seconds, awake, agreed, identity: link.server() })
}

/// A time-out on a host that was told that nobody listens is told as that.
fn explained(error: PumpError<io::Error>, link: &mut dyn Link, talk: &Talk<'_>) -> Failure {
    match explain::pump(error, talk.target, talk.credential, link.server()) {
        Failure::NoAnswer(_) if link.wire().net.refused() > 0 => explain::refused(talk.target),
        failure => failure,
    }
}

fn out_of_patience(talk: &Talk<'_>, heard: bool) -> Failure {
    if !heard {
        return explain::no_answer(talk.target);
    }
    Failure::NoAnswer(format!("no answer to the request within {} s (-B sets the limit)", talk.args.timeout))
}
