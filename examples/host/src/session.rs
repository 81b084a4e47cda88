//! One conversation with a server: the socket, the handshake, the loop; what is asked in it is the caller's.

use crate::args::PeerArgs;
use crate::credentials::Credentials;
use crate::exit::Failure;
use crate::explain;
use crate::keylog;
use crate::sources::Bodies;
use crate::trace::Traced;
use crate::uri::Target;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};
use stint_coap::{Endpoint, Outcome};
use stint_dtls::auth::Auth;
use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8, Sha256};
use stint_dtls::crypto::{Crypto, PreSharedKey, Provider};
use stint_dtls::{Client, Config, ExtendedMasterSecret, Memory, Psk};
use stint_net::std_udp::StdUdp;
use stint_net::{Happened, Inbox, Outbox, PlainPump, Pump, PumpError};

/// Bytes of UDP payload that are taken in; a server may ignore the block size asked for.
const INBOX: usize = 65_536;
/// The largest datagram sent: IPv6's least MTU (RFC 8200 5) without IP and UDP headers.
const OUTBOX: usize = 1_232;
/// ICMP refusals with nothing received in between, after which nobody is taken to listen.
const REFUSALS: u32 = 2;

type Wire = Traced<StdUdp>;
type Net<'s> = Happened<'s>;

/// A pump of either kind.
pub(crate) trait Link<'c> {
    /// One round of work.
    fn poll<'d>(&mut self, now: Duration, inbox: &'d mut Inbox<'_>) -> nb::Result<Net<'d>, PumpError<io::Error>>;
    fn poll_timeout(&mut self) -> Option<Duration>;
    fn coap(&mut self) -> &mut Endpoint<'c>;
    fn wire(&mut self) -> &mut Wire;
    fn close(&mut self);
    /// What was agreed, to be told.
    fn agreed(&self) -> String {
        String::new()
    }
    /// What was dropped, to be told.
    fn dropped(&self) -> String;
}

impl<'c, A: Auth<P>, P: Provider> Link<'c> for Pump<'_, '_, 'c, Wire, A, P, Bodies> {
    fn poll<'d>(&mut self, now: Duration, inbox: &'d mut Inbox<'_>) -> nb::Result<Net<'d>, PumpError<io::Error>> {
        Pump::poll(self, now, inbox)
    }
    fn poll_timeout(&mut self) -> Option<Duration> {
        Pump::poll_timeout(self)
    }
    fn coap(&mut self) -> &mut Endpoint<'c> {
        self.coap
    }
    fn wire(&mut self) -> &mut Wire {
        &mut self.net
    }
    fn close(&mut self) {
        Pump::close(self);
    }
    fn agreed(&self) -> String {
        let Some(suite) = self.dtls.suite() else { return "no association".into() };
        let extended = self.dtls.extended_master_secret();
        let secret = if extended { "extended master secret" } else { "NO extended master secret" };
        match self.dtls.peer_connection_id() {
            [] => format!("{suite}, {secret}, no Connection ID of the server's"),
            cid => format!("{suite}, {secret}, the server's Connection ID {}", hex::encode(cid)),
        }
    }
    fn dropped(&self) -> String {
        format!("DTLS: {}; CoAP: {}", counted(&self.dtls.stats()), counted(&self.coap.stats()))
    }
}

/// The counters that are not 0.
fn counted(stats: &dyn std::fmt::Display) -> String {
    let all = stats.to_string();
    let counted: Vec<&str> = all.split(", ").filter(|counter| !counter.ends_with(" 0")).collect();
    if counted.is_empty() { "nothing dropped or repeated".into() } else { counted.join(", ") }
}

impl<'c> Link<'c> for PlainPump<'_, 'c, Wire, Bodies> {
    fn poll<'d>(&mut self, now: Duration, inbox: &'d mut Inbox<'_>) -> nb::Result<Net<'d>, PumpError<io::Error>> {
        PlainPump::poll(self, now, inbox)
    }
    fn poll_timeout(&mut self) -> Option<Duration> {
        PlainPump::poll_timeout(self)
    }
    fn coap(&mut self) -> &mut Endpoint<'c> {
        self.coap
    }
    fn wire(&mut self) -> &mut Wire {
        &mut self.net
    }
    fn close(&mut self) {}
    fn dropped(&self) -> String {
        format!("CoAP: {}", counted(&self.coap.stats()))
    }
}

/// What a conversation is about.
pub(crate) trait Job {
    /// Makes the first requests. They wait for the handshake.
    fn begin(&mut self, coap: &mut Endpoint<'_>, now: Duration) -> Result<(), Failure>;
    /// Takes what came of a request. `Break`: all is done.
    fn outcome(
        &mut self,
        outcome: Outcome<'_>,
        coap: &mut Endpoint<'_>,
        now: Duration,
    ) -> Result<ControlFlow<()>, Failure>;
    /// Is told that the handshake is done.
    fn connected(&mut self, _now: Duration) {}
    /// Whether silence is no reason to give up any more.
    fn patient(&self) -> bool {
        false
    }
    /// When the job wants to be woken, and what it does then.
    fn deadline(&self) -> Option<Duration> {
        None
    }
    fn wake(&mut self, _coap: &mut Endpoint<'_>, _now: Duration) -> Result<ControlFlow<()>, Failure> {
        Ok(ControlFlow::Continue(()))
    }
}

/// Has the conversation, with each of the host's addresses in turn while nobody listens there.
pub(crate) fn run(
    args: &PeerArgs,
    target: &Target,
    credentials: Option<&Credentials>,
    settings: &crate::request::Settings,
    job: &mut dyn Job,
) -> Result<(), Failure> {
    let mut last = Failure::NoAnswer(format!("{} has no address", target.host));
    for peer in addresses(target)? {
        if args.verbose > 0 {
            eprintln!("server {peer}");
        }
        let start = Instant::now();
        let socket = connect(peer, args.local_port).map_err(|error| Failure::local(peer, error))?;
        let wire = Traced::new(socket, start, args.verbose, target.secure);
        let traffic = wire.traffic();
        let ended = match (target.secure, credentials) {
            (true, Some(credentials)) => secure(args, target, credentials, settings, wire, start, job),
            _ => plain(args, target, settings, wire, start, job),
        };
        if args.verbose > 0 {
            let traffic = traffic.get();
            eprintln!(
                "{} datagrams sent ({} bytes), {} received ({} bytes), {:.3} s",
                traffic.sent,
                traffic.sent_bytes,
                traffic.received,
                traffic.received_bytes,
                start.elapsed().as_secs_f64()
            );
        }
        match ended {
            Err(refused @ Failure::Refused(_)) => last = refused,
            other => return other,
        }
    }
    Err(last)
}

fn addresses(target: &Target) -> Result<Vec<SocketAddr>, Failure> {
    use std::net::ToSocketAddrs;
    let found = (target.host.as_str(), target.port).to_socket_addrs();
    Ok(found.map_err(|error| Failure::local(&target.host, error))?.collect())
}

fn connect(peer: SocketAddr, local_port: u16) -> io::Result<StdUdp> {
    let local: SocketAddr = match peer {
        SocketAddr::V4(_) => ([0; 4], local_port).into(),
        SocketAddr::V6(_) => ([0u16; 8], local_port).into(),
    };
    let socket = UdpSocket::bind(local)?;
    socket.connect(peer)?;
    StdUdp::from_socket(socket)
}

fn secure(
    args: &PeerArgs,
    target: &Target,
    credentials: &Credentials,
    settings: &crate::request::Settings,
    wire: Wire,
    start: Instant,
    job: &mut dyn Job,
) -> Result<(), Failure> {
    let log = keylog::Writer::open(args.keylog.as_deref())?;
    let hook = |random: &[u8; 32], master: &[u8; 48]| log.write(random, master);
    let cid = connection_id(args.cid.as_deref())?;
    let mut config = Config::new();
    config.server_name = target.name();
    config.connection_id = cid.as_deref();
    config.transmissions = args.retransmissions;
    if args.allow_no_ems {
        config.extended_master_secret = ExtendedMasterSecret::Allow;
    }
    config.key_log = args.keylog.is_some().then_some(&hook as &dyn Fn(&[u8; 32], &[u8; 48]));
    let key = PreSharedKey::new(&credentials.key).map_err(|error| Failure::usage(error.to_string()))?;
    let auth = Psk::new(&credentials.identity, key).map_err(|error| Failure::usage(error.to_string()))?;
    let provider = Crypto { hash: Sha256, aeads: (Aes128Ccm8, Aes128Ccm), random: getrandom::SysRng, kx: () };
    let (mut memory, mut reassembly) = (Memory::EMPTY, vec![0; 16_384]);
    let mut client = Client::new(config, auth, provider, &mut memory, &mut reassembly);
    client.start(start.elapsed()).map_err(|error| Failure::Handshake(error.to_string()))?;
    let mut slots = settings.slots();
    let mut store = settings.store();
    let mut coap = settings.endpoint(&mut slots, &mut store)?;
    let (bodies, mut out) = (settings.bodies()?, [0; OUTBOX]);
    let outbox = Outbox::new(&mut out);
    let mut pump = Pump { net: wire, dtls: &mut client, coap: &mut coap, source: bodies, outbox };
    drive(args, target, &mut pump, start, job)
}

fn plain(
    args: &PeerArgs,
    target: &Target,
    settings: &crate::request::Settings,
    wire: Wire,
    start: Instant,
    job: &mut dyn Job,
) -> Result<(), Failure> {
    let mut slots = settings.slots();
    let mut store = settings.store();
    let mut coap = settings.endpoint(&mut slots, &mut store)?;
    let (bodies, mut out) = (settings.bodies()?, [0; OUTBOX]);
    let outbox = Outbox::new(&mut out);
    let mut pump = PlainPump { net: wire, coap: &mut coap, source: bodies, outbox };
    drive(args, target, &mut pump, start, job)
}

/// "none" offers no Connection ID; nothing offers an empty one of ours.
fn connection_id(argument: Option<&str>) -> Result<Option<Vec<u8>>, Failure> {
    match argument {
        None => Ok(Some(Vec::new())),
        Some("none") => Ok(None),
        Some(digits) => match hex::decode(digits) {
            Ok(cid) if cid.len() <= stint_dtls::MAX_CONNECTION_ID => Ok(Some(cid)),
            Ok(_) => Err(Failure::usage("--cid takes at most 32 bytes")),
            Err(error) => Err(Failure::usage(format!("--cid: {error}"))),
        },
    }
}

/// The loop of the README of stint-net, with a socket to wait on.
fn drive<'c>(
    args: &PeerArgs,
    target: &Target,
    link: &mut dyn Link<'c>,
    start: Instant,
    job: &mut dyn Job,
) -> Result<(), Failure> {
    let mut buf = vec![0; INBOX];
    let mut inbox = Inbox::new(&mut buf);
    let ended = converse(args, target, link, &mut inbox, start, job);
    if args.verbose > 0 {
        eprintln!("{}", link.dropped());
    }
    link.close();
    // What is still to be said (an acknowledgement, close_notify) is said once; nobody waits for an answer.
    for _ in 0..16 {
        match link.poll(start.elapsed(), &mut inbox) {
            Ok(_) => {}
            Err(_) => break,
        }
    }
    ended
}

fn converse<'c>(
    args: &PeerArgs,
    target: &Target,
    link: &mut dyn Link<'c>,
    inbox: &mut Inbox<'_>,
    start: Instant,
    job: &mut dyn Job,
) -> Result<(), Failure> {
    job.begin(link.coap(), start.elapsed())?;
    let patience = Duration::from_secs(args.timeout);
    let mut limit = patience;
    let mut heard = (0, 0);
    loop {
        let now = start.elapsed();
        if job.deadline().is_some_and(|deadline| deadline <= now) && job.wake(link.coap(), now)?.is_break() {
            return Ok(());
        }
        if now >= limit && !job.patient() {
            return Err(out_of_patience(args, target, heard.0 > 0));
        }
        let polled = link.poll(now, inbox);
        let (received, refused) = (link.wire().received(), link.wire().net.refused());
        if received > heard.0 {
            heard = (received, refused);
        } else if refused >= heard.1 + REFUSALS {
            return Err(explain::refused(target));
        }
        match polled {
            Ok(Happened::Progress) => {}
            Ok(Happened::Connected) => {
                job.connected(now);
                if args.verbose > 0 {
                    eprintln!("{:9.3} connected: {}", now.as_secs_f64(), link.agreed());
                }
            }
            Ok(Happened::Closed) => return Err(Failure::Closed("the server closed the association".into())),
            Ok(Happened::Coap(outcome)) => {
                limit = now + patience;
                if job.outcome(outcome, link.coap(), now)?.is_break() {
                    return Ok(());
                }
            }
            Ok(_) => {}
            Err(nb::Error::WouldBlock) => {
                let limit = (!job.patient()).then_some(limit);
                let until = [link.poll_timeout(), job.deadline(), limit].into_iter().flatten().min();
                let wait = until.map(|until| until.saturating_sub(start.elapsed()));
                link.wire().net.wait(wait).map_err(|error| Failure::local("the socket", error))?;
            }
            Err(nb::Error::Other(error)) => return Err(explained(error, link, target)),
        }
    }
}

/// A time-out on a host that was told that nobody listens is told as that.
fn explained<'c>(error: PumpError<io::Error>, link: &mut dyn Link<'c>, target: &Target) -> Failure {
    match explain::pump(error, target) {
        Failure::NoAnswer(_) if link.wire().net.refused() > 0 => explain::refused(target),
        failure => failure,
    }
}

fn out_of_patience(args: &PeerArgs, target: &Target, heard: bool) -> Failure {
    if !heard {
        return explain::no_answer(target);
    }
    Failure::NoAnswer(format!("no answer to the request within {} s (-B sets the limit)", args.timeout))
}
