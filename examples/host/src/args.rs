//! What can be said on the command line. Letters are coap-client's where it has one for the same thing.
#![allow(rustdoc::broken_intra_doc_links)] // the help's brackets are no links

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Talks CoAP (RFC 7252) to a server, over DTLS 1.2 with a pre-shared key (coaps://) or in the clear (coap://).
///
/// The payload goes to standard output, everything else to standard error.
#[derive(Debug, Parser)]
#[command(name = "stint", version, after_help = crate::exit::HELP)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
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
    /// List the resources of a server: GET /.well-known/core, one link a line (RFC 6690)
    Discover(DiscoverArgs),
    /// Ask whether the server is there: an empty message that it answers with a reset (RFC 7252 4.3)
    Ping(PingArgs),
    /// Write or show a provisioning blob
    Blob(BlobArgs),
}

#[derive(Debug, Args)]
pub(crate) struct RequestArgs {
    #[command(flatten)]
    pub(crate) peer: PeerArgs,
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
    /// Observe for this long, then cancel. Without -s and -n: until interrupted; -B limits the wait for the first answer alone
    #[arg(short = 's', long = "duration", value_name = "SECONDS")]
    pub(crate) duration: Option<u64>,
    /// Cancel after this many representations, the first answer included
    #[arg(short = 'n', long = "count", value_name = "COUNT")]
    pub(crate) count: Option<u32>,
    /// Ping the server after this long without a word from it
    #[arg(short = 'K', long = "keepalive", value_name = "SECONDS")]
    pub(crate) keepalive: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct DiscoverArgs {
    #[command(flatten)]
    pub(crate) peer: PeerArgs,
    #[command(flatten)]
    pub(crate) message: MessageArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PingArgs {
    #[command(flatten)]
    pub(crate) peer: PeerArgs,
    /// How many pings
    #[arg(short = 'G', long = "repeat", value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) repeat: u32,
}

/// Whom to talk to, and how.
#[derive(Debug, Args)]
pub(crate) struct PeerArgs {
    /// coap://HOST[:5683]/PATH?QUERY or coaps://HOST[:5684]/PATH?QUERY; IPv6 addresses in brackets, other bytes percent-encoded.
    /// May be left out with --blob
    #[arg(value_name = "URI")]
    pub(crate) uri: Option<String>,
    #[command(flatten)]
    pub(crate) key: KeyArgs,
    /// Take identity, key and, without a URI, the server from this provisioning blob
    #[arg(long, value_name = "FILE", conflicts_with_all = ["key", "key_hex", "key_file", "identity"])]
    pub(crate) blob: Option<PathBuf>,
    /// Give up after this long without what was asked for
    #[arg(short = 'B', long, value_name = "SECONDS", default_value_t = 90, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) timeout: u64,
    /// Send a handshake flight at most this often; the waits are 1, 2, 4, 8, … seconds
    #[arg(long, value_name = "TIMES", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=20))]
    pub(crate) retransmissions: u8,
    /// Receive under this Connection ID, in hex, at most 32 bytes (RFC 9146). An empty one, the default, lets the server choose its own;
    /// "none" offers none
    #[arg(long, value_name = "HEX")]
    pub(crate) cid: Option<String>,
    /// Accept a server without the extended master secret (RFC 7627): only for servers that cannot be mended
    #[arg(long)]
    pub(crate) allow_no_ems: bool,
    /// Append the session's secret to this file in the NSS key log format, so that Wireshark can read a capture. Whoever has the file reads the traffic
    #[arg(long, value_name = "FILE")]
    pub(crate) keylog: Option<PathBuf>,
    /// Bind to this local port
    #[arg(short = 'p', long, value_name = "PORT", default_value_t = 0)]
    pub(crate) local_port: u16,
    /// Tell each datagram, the handshake's messages, what was agreed, and the counters. Twice: the bytes too
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// A pre-shared key and the name it goes by.
#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    /// The pre-shared key as text. Other users of this machine can see it in the list of processes: --key-file hides it
    #[arg(short, long, value_name = "TEXT", conflicts_with_all = ["key_hex", "key_file"])]
    pub(crate) key: Option<String>,
    /// The pre-shared key in hex
    #[arg(long, value_name = "HEX", conflicts_with = "key_file")]
    pub(crate) key_hex: Option<String>,
    /// The pre-shared key: the bytes of this file, all of them
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// The PSK identity
    #[arg(short = 'u', long, value_name = "TEXT")]
    pub(crate) identity: Option<String>,
}

/// What the request says besides its method, its URI and its body.
#[derive(Debug, Args)]
pub(crate) struct MessageArgs {
    /// Send non-confirmable messages: no acknowledgement, no retransmission (RFC 7252 4.3)
    #[arg(short = 'N', long)]
    pub(crate) non: bool,
    /// Accept only this content format: a number, or a name such as json, cbor, text, link, octets, xml, senml+json, senml+cbor
    #[arg(short = 'A', long, value_name = "FORMAT")]
    pub(crate) accept: Option<String>,
    /// Add an option: its number, a comma, its value as text, or in hex after 0x. Repeatable
    #[arg(short = 'O', long = "option", value_name = "NUM,VALUE")]
    pub(crate) options: Vec<String>,
    /// Transfer bodies in blocks of at most this many bytes: 16, 32, 64, 128, 256, 512 or 1024 (RFC 7959)
    #[arg(short = 'b', long = "block", value_name = "SIZE", default_value_t = 1024)]
    pub(crate) block: u16,
    /// Write the payload to this file
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// The body of the request.
#[derive(Debug, Default, Args)]
pub(crate) struct BodyArgs {
    /// The payload as text
    #[arg(short = 'e', long, value_name = "TEXT", conflicts_with = "file")]
    pub(crate) payload: Option<String>,
    /// The payload: the bytes of this file; "-" is standard input
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// The payload's content format, as with -A
    #[arg(short = 't', long, value_name = "FORMAT")]
    pub(crate) content_format: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct BlobArgs {
    /// The server: coaps://HOST[:PORT]; or, with --show, the blob's file
    #[arg(value_name = "URI|FILE")]
    pub(crate) subject: String,
    /// Print a blob (all but the key) instead of writing one
    #[arg(long, conflicts_with_all = ["key", "key_hex", "key_file", "identity", "output", "observe", "address", "gateway", "dns"])]
    pub(crate) show: bool,
    #[command(flatten)]
    pub(crate) key: KeyArgs,
    /// The file to write; standard output otherwise
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// The path of the resource that the device observes
    #[arg(long, value_name = "PATH")]
    pub(crate) observe: Option<String>,
    /// The device's own IPv4 address and prefix length, as 10.0.2.15/24; DHCP otherwise
    #[arg(long, value_name = "ADDRESS/PREFIX")]
    pub(crate) address: Option<String>,
    /// The device's gateway
    #[arg(long, value_name = "ADDRESS", requires = "address")]
    pub(crate) gateway: Option<std::net::Ipv4Addr>,
    /// The device's name server
    #[arg(long, value_name = "ADDRESS", requires = "address")]
    pub(crate) dns: Option<std::net::Ipv4Addr>,
}
