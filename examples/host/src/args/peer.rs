//! Whom to talk to, and with which credential.

use clap::Args;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

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
    /// Send the request to this proxy, which asks the server of the URI (Proxy-Uri, RFC 7252 5.10.2): coap://HOST[:PORT] or coaps://HOST[:PORT].
    /// The credential is then for the proxy
    #[arg(short = 'P', long, value_name = "URI")]
    pub(crate) proxy: Option<String>,
    #[command(flatten)]
    pub(crate) transmission: TransmissionArgs,
    /// Bind to this local address
    #[arg(short = 'a', long, value_name = "ADDRESS")]
    pub(crate) local_address: Option<IpAddr>,
    /// Bind to this local port
    #[arg(short = 'p', long, value_name = "PORT", default_value_t = 0)]
    pub(crate) local_port: u16,
    /// Tell each datagram, the handshake's messages, what was agreed, and the counters. Twice: the bytes too
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

const TRANSMISSION: &str = "Transmission (RFC 7252 4.8)";
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

/// The transmission parameters.
#[derive(Debug, Default, Args)]
pub(crate) struct TransmissionArgs {
    /// Transfer bodies in blocks of at most this many bytes: 16, 32, 64, 128, 256, 512 or 1024 (RFC 7959)
    #[arg(short = 'b', long = "block", value_name = "SIZE", default_value_t = 1024)]
    pub(crate) block: u16,
    /// Wait this long for the acknowledgement of a confirmable message, at first; 2 by default
    #[arg(long, value_name = "SECONDS", value_parser = super::seconds, help_heading = TRANSMISSION)]
    pub(crate) ack_timeout: Option<Duration>,
    /// Send a confirmable message again at most this often; 4 by default
    #[arg(long, value_name = "TIMES", help_heading = TRANSMISSION)]
    pub(crate) max_retransmit: Option<u8>,
    /// Have this many requests outstanding at once; answers are told as they come. 1 by default
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=64), help_heading = TRANSMISSION)]
    pub(crate) nstart: u8,
    /// Have the first wait follow measured round trips (CoCoA, draft-ietf-core-cocoa): quicker on a quick network, slower on a slow one
    #[arg(long, help_heading = TRANSMISSION)]
    pub(crate) cocoa: bool,
    /// Wait this long for the response to a request that was acknowledged or is non-confirmable, and for the answers to one that went to a group
    #[arg(long, value_name = "SECONDS", value_parser = super::seconds, help_heading = TRANSMISSION)]
    pub(crate) response_timeout: Option<Duration>,
}
