//! What can be said on the command line. Letters are coap-client's where it has one for the same thing.
#![allow(rustdoc::broken_intra_doc_links)] // the help's brackets are no links

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Talks CoAP (RFC 7252) to a server, over DTLS 1.2 (coaps://) or in the clear (coap://).
///
/// coaps:// takes one of: a pre-shared key (-k, -u), certificates (-C and, to show one, -c), raw public keys (--trust and, to show one, -M).
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
    #[command(flatten)]
    pub(crate) public_key: PublicKeyArgs,
    #[command(flatten)]
    pub(crate) check: CheckArgs,
    #[command(flatten)]
    pub(crate) offer: OfferArgs,
    /// Take the credential and, without a URI, the server from this provisioning blob. --name stands for the name in it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["key", "key_hex", "key_file", "identity", "cert", "ca", "pin", "rpk", "trust"], help_heading = OFFER)]
    pub(crate) blob: Option<PathBuf>,
    /// Give up after this long without what was asked for
    #[arg(short = 'B', long, value_name = "SECONDS", default_value_t = 90, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) timeout: u64,
    /// Send a handshake flight at most this often; the waits are 1, 2, 4, 8, … seconds
    #[arg(long, value_name = "TIMES", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=20), help_heading = OFFER)]
    pub(crate) retransmissions: u8,
    /// Receive under this Connection ID, in hex, at most 32 bytes (RFC 9146). An empty one, the default, lets the server choose its own;
    /// "none" offers none
    #[arg(long, value_name = "HEX", help_heading = OFFER)]
    pub(crate) cid: Option<String>,
    /// Accept a server without the extended master secret (RFC 7627): only for servers that cannot be mended
    #[arg(long, help_heading = OFFER)]
    pub(crate) allow_no_ems: bool,
    /// Append the session's secret to this file in the NSS key log format, so that Wireshark can read a capture. Whoever has the file reads the traffic
    #[arg(long, value_name = "FILE", help_heading = OFFER)]
    pub(crate) keylog: Option<PathBuf>,
    /// Bind to this local port
    #[arg(short = 'p', long, value_name = "PORT", default_value_t = 0)]
    pub(crate) local_port: u16,
    /// Tell each datagram, the handshake's messages, what was agreed, and the counters. Twice: the bytes too
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

const PRE_SHARED_KEY: &str = "Pre-shared key";
const CERTIFICATES: &str = "Certificates (X.509)";
const RAW_KEYS: &str = "Raw public keys (RFC 7250)";
const OFFER: &str = "DTLS";

/// A pre-shared key and the name it goes by.
#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    /// The pre-shared key as text. Other users of this machine can see it in the list of processes: --key-file hides it
    #[arg(short, long, value_name = "TEXT", conflicts_with_all = ["key_hex", "key_file"], help_heading = PRE_SHARED_KEY)]
    pub(crate) key: Option<String>,
    /// The pre-shared key in hex
    #[arg(long, value_name = "HEX", conflicts_with = "key_file", help_heading = PRE_SHARED_KEY)]
    pub(crate) key_hex: Option<String>,
    /// The pre-shared key: the bytes of this file, all of them
    #[arg(long, value_name = "FILE", help_heading = PRE_SHARED_KEY)]
    pub(crate) key_file: Option<PathBuf>,
    /// The PSK identity
    #[arg(short = 'u', long, value_name = "TEXT", help_heading = PRE_SHARED_KEY)]
    pub(crate) identity: Option<String>,
}

/// Whether ephemeral keys are exchanged besides a pre-shared one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Ecdhe {
    /// No: the plain pre-shared key.
    #[default]
    No,
    /// Offered before the plain pre-shared key.
    Prefer,
    /// The plain pre-shared key is not offered.
    Only,
}

/// Whom to trust by certificate or by key, and what to show.
#[derive(Debug, Default, Args)]
pub(crate) struct PublicKeyArgs {
    /// Trust servers that these certificates lead to: PEM, one or more in a file. Each may be a root, an authority below one, or the server's own
    /// certificate. Repeatable
    #[arg(short = 'C', long, short_alias = 'R', value_name = "FILE", help_heading = CERTIFICATES)]
    pub(crate) ca: Vec<PathBuf>,
    /// Show this certificate where the server asks for one: PEM, followed by those of the authorities above it, the root left out
    #[arg(short, long, value_name = "FILE", help_heading = CERTIFICATES)]
    pub(crate) cert: Option<PathBuf>,
    /// Its private key on P-256: PEM, SEC 1 ("EC PRIVATE KEY") or PKCS #8 ("PRIVATE KEY"), not encrypted. Without this: in the file of --cert
    #[arg(short = 'j', long, value_name = "FILE", requires = "cert", help_heading = CERTIFICATES)]
    pub(crate) cert_key: Option<PathBuf>,
    /// The certificate must name this server, and not the URI's host: a DNS name (also sent as SNI), an IP address, or a URI such as urn:dev:mac:….
    /// '*' takes any name: for an authority that makes certificates for nobody else
    #[arg(long, value_name = "NAME", help_heading = CERTIFICATES)]
    pub(crate) name: Option<String>,
    /// Trust a server that holds one of these keys: PEM ("PUBLIC KEY"), one or more in a file. Repeatable
    #[arg(long, value_name = "FILE", help_heading = RAW_KEYS)]
    pub(crate) trust: Vec<PathBuf>,
    /// Show the public key of this private key on P-256 where the server asks for one: PEM as with --cert-key
    #[arg(short = 'M', long, value_name = "FILE", help_heading = RAW_KEYS)]
    pub(crate) rpk: Option<PathBuf>,
}

/// How else a server's certificate is checked: what a device that has the credential from a blob decides by itself.
#[derive(Debug, Default, Args)]
pub(crate) struct CheckArgs {
    /// A certificate or a key of the chain must have this SHA-256, in hex, of the certificate or of its public key (-v shows the latter). Without -C it
    /// must be the server's own, and is trusted for it. Repeatable: one of them
    #[arg(long, value_name = "SHA256", help_heading = CERTIFICATES)]
    pub(crate) pin: Vec<String>,
    /// Check the dates as of this time, in seconds since 1970, not of the system's clock
    #[arg(long, value_name = "SECONDS", conflicts_with = "no_check_time", help_heading = CERTIFICATES)]
    pub(crate) attime: Option<u64>,
    /// Accept certificates that have expired or are not valid yet. Insecure: keys that leaked long ago count
    #[arg(long, help_heading = CERTIFICATES)]
    pub(crate) no_check_time: bool,
}

/// What else a handshake offers.
#[derive(Debug, Default, Args)]
pub(crate) struct OfferArgs {
    /// Exchange ephemeral keys besides the pre-shared key (ECDHE_PSK, RFC 5489): what was recorded stays secret though the key leaks later.
    /// "prefer" leaves it to the server, "only" refuses a server that cannot
    #[arg(long, value_enum, value_name = "HOW", num_args = 0..=1, require_equals = true, default_value = "no", default_missing_value = "prefer", help_heading = PRE_SHARED_KEY)]
    pub(crate) ecdhe: Ecdhe,
    /// Offer only this cipher suite: its name as IANA, OpenSSL, GnuTLS or Mbed TLS have it, its number, or a cipher alone: ccm8, ccm, gcm, chacha20.
    /// Repeatable: these, the first preferred
    #[arg(long = "suite", value_name = "NAME", help_heading = OFFER)]
    pub(crate) suites: Vec<String>,
    /// Resume the session of this file where the server still knows it, and leave there the one to resume next time. Whoever reads the file can read
    /// the traffic; it counts for a day
    #[arg(long, value_name = "FILE", help_heading = OFFER)]
    pub(crate) session: Option<PathBuf>,
    /// Go on with the association that sleeps in this file, without a handshake, and put it there in the end in place of closing it; where that cannot
    /// be, make a new one. Whoever reads the file can read and forge the traffic, and a copy of it must never be put back: use it once
    #[arg(long, value_name = "FILE", help_heading = OFFER)]
    pub(crate) sleep: Option<PathBuf>,
    /// Offer this application protocol (RFC 7301); "co" is CoAP over DTLS. Repeatable: these, the first preferred
    #[arg(long, value_name = "PROTOCOL", help_heading = OFFER)]
    pub(crate) alpn: Vec<String>,
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
    #[arg(long, conflicts_with_all = ["key", "key_hex", "key_file", "identity", "ca", "cert", "cert_key", "name", "trust", "rpk", "output", "observe", "address", "gateway", "dns"])]
    pub(crate) show: bool,
    #[command(flatten)]
    pub(crate) key: KeyArgs,
    #[command(flatten)]
    pub(crate) public_key: PublicKeyArgs,
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
