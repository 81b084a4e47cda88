//! What is asked: options, body, and where the answer goes.

use clap::Args;
use std::path::PathBuf;

const CONDITIONS: &str = "Conditions";
const PROXY: &str = "Proxy";

/// What the request says besides its method, its URI and its body.
#[derive(Debug, Args)]
pub(crate) struct MessageArgs {
    /// Send non-confirmable messages: no acknowledgement, no retransmission (RFC 7252 4.3)
    #[arg(short = 'N', long)]
    pub(crate) non: bool,
    /// Accept only this content format: a number, or a name such as json, cbor, text, link, octets, xml, senml+json, senml+cbor
    #[arg(short = 'A', long, value_name = "FORMAT")]
    pub(crate) accept: Option<String>,
    /// Add an option: its name or number, and its value: Max-Age=60, Uri-Query=a=b, ETag=0x1234, If-None-Match; 65000,text and 65000,0x6869 too. Repeatable
    #[arg(short = 'O', long = "option", value_name = "NAME=VALUE")]
    pub(crate) options: Vec<String>,
    /// Write the payload to this file; "-" is standard output. While a download in blocks is not whole, FILE.part beside it tells --resume where it stands
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Go on with the download of -o that was cut off, if the resource is still the same: by the ETag in FILE.part, or that of --etag
    #[arg(long, requires = "output")]
    pub(crate) resume: bool,
    /// End what goes to standard output with a line end
    #[arg(short = 'w', long)]
    pub(crate) newline: bool,
    /// Ask whether the representation with this ETag, in hex, is still good: 2.03 Valid says so (RFC 7252 5.10.6). With --resume: the ETag of what is there.
    /// Repeatable
    #[arg(long, value_name = "HEX", help_heading = CONDITIONS)]
    pub(crate) etag: Vec<String>,
    /// Only if the resource has this ETag, in hex; '' is any: only if it exists (RFC 7252 5.10.8.1). Repeatable
    #[arg(long, value_name = "HEX", help_heading = CONDITIONS)]
    pub(crate) if_match: Vec<String>,
    /// Only if the resource does not exist (RFC 7252 5.10.8.2)
    #[arg(long, help_heading = CONDITIONS)]
    pub(crate) if_none_match: bool,
    /// Have no answer to the request: none at all, or none of these classes: 2, 4, 5, divided by commas (RFC 7967)
    #[arg(long, value_name = "CLASSES", num_args = 0..=1, require_equals = true, default_missing_value = "2,4,5", help_heading = CONDITIONS)]
    pub(crate) no_response: Option<String>,
    /// Let the request pass at most this many proxies (RFC 8768)
    #[arg(short = 'H', long, value_name = "COUNT", value_parser = clap::value_parser!(u8).range(1..), help_heading = PROXY)]
    pub(crate) hop_limit: Option<u8>,
    /// Do not name the URI's host in the request (Uri-Host)
    #[arg(short = 'U', long)]
    pub(crate) no_uri_host: bool,
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
