//! What can be said on the command line. Letters are coap-client's where it has one for the same thing.
//!
//! `peer`: whom to talk to, and with which credential; `message`: what is asked; `blob`: what `stint blob` takes.
#![allow(rustdoc::broken_intra_doc_links)] // the help's brackets are no links

mod blob;
mod message;
mod peer;

pub(crate) use blob::BlobArgs;
pub(crate) use message::{BodyArgs, MessageArgs};
pub(crate) use peer::{CheckArgs, Ecdhe, KeyArgs, PeerArgs, PublicKeyArgs, TransmissionArgs};

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

/// Talks CoAP (RFC 7252) to a server, over DTLS 1.2 (coaps://) or in the clear (coap://).
///
/// coaps:// takes one of: a pre-shared key (-k, -u), certificates (-C and, to show one, -c), raw public keys (--trust and, to show one, -M).
/// The payload goes to standard output, everything else to standard error; with --json all goes to standard output, one object a line.
#[derive(Debug, Parser)]
#[command(name = "stint", version, after_help = crate::exit::HELP)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Tell all that comes on standard output, one JSON object a line: responses, notifications, links, failures. The README has the names
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read a resource
    Get(RequestArgs),
    /// Create or replace a resource
    Put(RequestArgs),
    /// Hand data to a resource
    Post(RequestArgs),
    /// Remove a resource
    Delete(RequestArgs),
    /// Read a part that the payload describes (RFC 8132)
    Fetch(RequestArgs),
    /// Change a part (RFC 8132)
    Patch(RequestArgs),
    /// Change a part, idempotently (RFC 8132)
    Ipatch(RequestArgs),
    /// Read a resource now and whenever it changes (RFC 7641)
    Observe(ObserveArgs),
    /// Make the requests of a file over one association: one a line, as on the command line: get URI, put URI -e TEXT, …
    Run(RunArgs),
    /// List the resources of a server: GET /.well-known/core, as a table (RFC 6690)
    Discover(DiscoverArgs),
    /// Ask whether the server is there: an empty message that it answers with a reset (RFC 7252 4.3)
    Ping(PingArgs),
    /// Write or show a provisioning blob
    ///
    /// A blob tells a device its server and one credential: a pre-shared key (-k, -u), certificates (-C, -c, -j), or raw public keys (--trust, -M).
    /// Of certificates and raw keys it holds both sides', and a DNS name for the server's certificate: --name, or the URI's host. It is not encrypted:
    /// whoever reads it has the key.
    Blob(BlobArgs),
}

#[derive(Debug, Args)]
pub(crate) struct RequestArgs {
    #[command(flatten)]
    pub(crate) peer: PeerArgs,
    /// More resources of the same server, over the same association: URIs, or paths that begin with a slash
    #[arg(value_name = "MORE")]
    pub(crate) more: Vec<String>,
    #[command(flatten)]
    pub(crate) message: MessageArgs,
    #[command(flatten)]
    pub(crate) body: BodyArgs,
    /// Make the request this many times, one after the other
    #[arg(short = 'G', long = "repeat", value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) repeat: u32,
}

#[derive(Debug, Args)]
pub(crate) struct ObserveArgs {
    #[command(flatten)]
    pub(crate) peer: PeerArgs,
    #[command(flatten)]
    pub(crate) message: MessageArgs,
    /// Observe for this long, then cancel. Without -s and -n: until Ctrl-C, which cancels too; -B limits the wait for the first answer alone
    #[arg(short = 's', long = "duration", value_name = "SECONDS", value_parser = seconds)]
    pub(crate) duration: Option<Duration>,
    /// Cancel after this many representations, the first answer included
    #[arg(short = 'n', long = "count", value_name = "COUNT")]
    pub(crate) count: Option<u32>,
    /// Ping the server after this long without a word from it
    #[arg(short = 'K', long = "keepalive", value_name = "SECONDS", value_parser = seconds)]
    pub(crate) keepalive: Option<Duration>,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The file with the requests; "-" is standard input. Empty lines, and lines that begin with "#", say nothing; words are divided and quoted as in a
    /// shell. -e, -f, -o, -O and the other options of a request stand in the line, those of the server on the command line
    #[arg(value_name = "FILE")]
    pub(crate) script: PathBuf,
    /// The server, as its URI, where the first line has a path alone
    #[command(flatten)]
    pub(crate) peer: PeerArgs,
}

/// A line of a file for `stint run`.
#[derive(Debug, Parser)]
#[command(name = "", multicall = true, disable_help_subcommand = true)]
pub(crate) struct Line {
    #[command(subcommand)]
    pub(crate) command: LineCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LineCommand {
    Get(LineArgs),
    Put(LineArgs),
    Post(LineArgs),
    Delete(LineArgs),
    Fetch(LineArgs),
    Patch(LineArgs),
    Ipatch(LineArgs),
}

#[derive(Debug, Args)]
pub(crate) struct LineArgs {
    /// A URI, or a path that begins with a slash.
    pub(crate) uri: String,
    #[command(flatten)]
    pub(crate) message: MessageArgs,
    #[command(flatten)]
    pub(crate) body: BodyArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DiscoverArgs {
    #[command(flatten)]
    pub(crate) peer: PeerArgs,
    #[command(flatten)]
    pub(crate) message: MessageArgs,
    /// Ask only for links with this attribute, as rt=temperature-c, if=sensor*, href=/a* (RFC 6690 4.1); how many are understood is the server's affair
    #[arg(short = 'q', long, value_name = "NAME=VALUE")]
    pub(crate) query: Vec<String>,
    /// Print the links as they are written, one a line
    #[arg(long)]
    pub(crate) raw: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PingArgs {
    #[command(flatten)]
    pub(crate) peer: PeerArgs,
    /// How many pings
    #[arg(short = 'G', long = "repeat", value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) repeat: u32,
}

/// A time in seconds, as 2 or 0.5.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "a number of seconds, as 2 or 0.5")?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}
