//! What `stint blob` takes.

use super::{KeyArgs, PublicKeyArgs};
use clap::Args;
use std::path::PathBuf;

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
