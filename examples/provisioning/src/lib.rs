//! The provisioning blob: which server a device talks to and with which credential, kept in flash beside the program.
//!
//! Promises: no heap, no `unsafe`, no panic path; a blob that parses is whole (CRC-32) and every field of it is within
//! its limits. It does *not* keep the key secret: whoever reads the flash reads the key. The README draws the layout byte by byte.
//!
//! ```
//! use stint_provisioning::{Blob, Credential, Host};
//! let blob = Blob {
//!     credential: Credential::PreShared { identity: b"Client_identity", key: b"secretPSK" },
//!     host: Host::Ipv4([10, 0, 2, 2].into()),
//!     port: 5684,
//!     device: None,
//!     observe: Some("time"),
//! };
//! let mut flash = [0xff; 4096];
//! let written = stint_provisioning::write(&blob, &mut flash)?;
//! assert_eq!(Blob::parse(&flash)?, blob);
//! assert!(written <= stint_provisioning::MAX_LEN);
//! # Ok::<(), stint_provisioning::BlobError>(())
//! ```
#![no_std]
#![forbid(unsafe_code)]

mod certificates;
mod crc;
mod error;
mod read;
mod write;

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

pub use certificates::Certificates;
pub use error::{BlobError, Field};
pub use write::write;

/// The first four bytes of a blob: "STNT".
pub const MAGIC: [u8; 4] = *b"STNT";
/// The version of the layout that this crate writes and reads.
pub const VERSION: u8 = 1;
/// Bytes before the first field: magic, version, a zero byte, total length, CRC-32.
pub const HEADER_LEN: usize = 12;
/// The longest PSK identity, in bytes (RFC 7925 4.2 asks for 128).
pub const MAX_IDENTITY: usize = 128;
/// The longest key, in bytes (RFC 7925 4.2 asks for 64).
pub const MAX_KEY: usize = 64;
/// The longest server name, in bytes (RFC 1035 2.3.4, in text form without the root's dot).
pub const MAX_NAME: usize = 253;
/// The longest path of an observed resource, in bytes. Each segment may have 255 (RFC 7252 5.10.1).
pub const MAX_PATH: usize = 255;
/// Bytes of a private key on P-256.
pub const PRIVATE_KEY_LEN: usize = 32;
/// Bytes of a public key on P-256 (SubjectPublicKeyInfo in DER, RFC 5480 2).
pub const PUBLIC_KEY_LEN: usize = 91;
/// The longest chain, and the most trust anchors, in bytes of [`Certificates`].
pub const MAX_CERTIFICATES: usize = 1_408;
/// The size of the largest blob, in bytes, one with certificates: the least to lend to [`write()`] where the content is not known. With what it may hold a sector
/// of 4,096 bytes is enough.
pub const MAX_LEN: usize = HEADER_LEN
    + 4 * 2
    + MAX_NAME
    + 2
    + STATIC_LEN
    + MAX_PATH
    + 4 * 3
    + PRIVATE_KEY_LEN
    + 2 * MAX_CERTIFICATES
    + MAX_NAME;

/// Value bytes of the static-address field: address, prefix, gateway, name server.
const STATIC_LEN: usize = 4 + 1 + 4 + 4;

/// What a device is told. Borrows the flash that it was parsed from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Blob<'f> {
    /// What the device proves itself by, and knows the server by.
    pub credential: Credential<'f>,
    /// The server.
    pub host: Host<'f>,
    /// The server's UDP port; 5684 is CoAPs' own (RFC 7252 6.2). Never 0.
    pub port: u16,
    /// The device's own address; `None`: from DHCP.
    pub device: Option<StaticIpv4>,
    /// Path of the resource to observe, without the leading slash, 1 to 255 bytes; segments divided by '/', no percent-encoding.
    pub observe: Option<&'f str>,
}

/// What a device proves itself by, and knows the server by.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Credential<'f> {
    /// A pre-shared key.
    PreShared {
        /// The PSK identity, 1 to 128 bytes (RFC 4279 5.1: UTF-8 by rule; not enforced, since servers do not).
        identity: &'f [u8],
        /// The key, 1 to 64 bytes.
        key: &'f [u8],
    },
    /// A raw public key on either side (RFC 7250).
    RawKey {
        /// The device's private key.
        key: &'f [u8; PRIVATE_KEY_LEN],
        /// Its public key: SubjectPublicKeyInfo in DER.
        public: &'f [u8; PUBLIC_KEY_LEN],
        /// The server's, likewise.
        server: &'f [u8; PUBLIC_KEY_LEN],
    },
    /// Certificates on either side (RFC 5280).
    X509 {
        /// The device's private key.
        key: &'f [u8; PRIVATE_KEY_LEN],
        /// The device's chain, its own certificate first.
        chain: Certificates<'f>,
        /// The authorities that are trusted.
        anchors: Certificates<'f>,
        /// The DNS name that the server's certificate must have, 1 to 253 bytes; the host may be an address.
        name: &'f str,
    },
}

/// The secrets are left out.
impl fmt::Debug for Credential<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PreShared { identity, key } => f
                .debug_struct("PreShared")
                .field("identity", identity)
                .field("key", &format_args!("({} bytes, not shown)", key.len()))
                .finish(),
            Self::RawKey { public, server, .. } => {
                f.debug_struct("RawKey").field("public", public).field("server", server).finish_non_exhaustive()
            }
            Self::X509 { chain, anchors, name, .. } => f
                .debug_struct("X509")
                .field("chain", chain)
                .field("anchors", anchors)
                .field("name", name)
                .finish_non_exhaustive(),
        }
    }
}

/// How the server is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host<'f> {
    /// A DNS name, 1 to 253 bytes of visible ASCII that are not an address literal. The only form that becomes an SNI (RFC 6066 3).
    Name(&'f str),
    /// An IPv4 address.
    Ipv4(Ipv4Addr),
    /// An IPv6 address, without zone.
    Ipv6(Ipv6Addr),
}

/// An IPv4 configuration without DHCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaticIpv4 {
    /// The device's address.
    pub address: Ipv4Addr,
    /// Bits of the network's prefix, 0 to 32.
    pub prefix: u8,
    /// The gateway; `None`: the server is on the link.
    pub gateway: Option<Ipv4Addr>,
    /// The name server; needed only with [`Host::Name`].
    pub dns: Option<Ipv4Addr>,
}

impl<'f> Blob<'f> {
    /// Reads a blob from the start of `flash`. What follows the blob, erased or not, is not read.
    ///
    /// # Errors
    /// See [`BlobError`]: no blob here, cut short, damaged, of another version, or a field out of its limits.
    pub fn parse(flash: &'f [u8]) -> Result<Blob<'f>, BlobError> {
        read::parse(flash)
    }
}

/// The key is left out: a blob can be logged.
impl fmt::Debug for Blob<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blob")
            .field("credential", &self.credential)
            .field("host", &self.host)
            .field("port", &self.port)
            .field("device", &self.device)
            .field("observe", &self.observe)
            .finish()
    }
}

/// The literal that a URI would hold: an IPv6 address stands in brackets (RFC 3986 3.2.2).
impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::Ipv4(address) => address.fmt(f),
            Host::Ipv6(address) => write!(f, "[{address}]"),
        }
    }
}

/// Field numbers. Fields stand in ascending order, each at most once; from 16 on their length has two bytes.
mod tag {
    pub(crate) const IDENTITY: u8 = 1;
    pub(crate) const KEY: u8 = 2;
    pub(crate) const NAME: u8 = 3;
    pub(crate) const IPV4: u8 = 4;
    pub(crate) const IPV6: u8 = 5;
    pub(crate) const PORT: u8 = 6;
    pub(crate) const STATIC_IPV4: u8 = 7;
    pub(crate) const OBSERVE: u8 = 8;
    pub(crate) const LONG: u8 = 16;
    pub(crate) const PRIVATE_KEY: u8 = 16;
    pub(crate) const PUBLIC_KEY: u8 = 17;
    pub(crate) const SERVER_KEY: u8 = 18;
    pub(crate) const CHAIN: u8 = 19;
    pub(crate) const ANCHORS: u8 = 20;
    pub(crate) const SERVER_NAME: u8 = 21;
}

/// The rules of one field, the same for writing and for reading.
mod rule {
    use super::{
        Blob, BlobError, Credential, Field, Host, MAX_CERTIFICATES, MAX_IDENTITY, MAX_KEY, MAX_NAME, MAX_PATH,
    };
    use core::net::Ipv4Addr;

    pub(crate) fn check(blob: &Blob<'_>) -> Result<(), BlobError> {
        match blob.credential {
            Credential::PreShared { identity, key } => {
                sized(identity, MAX_IDENTITY, Field::Identity)?;
                sized(key, MAX_KEY, Field::Key)?;
            }
            Credential::RawKey { .. } => {}
            Credential::X509 { chain, anchors, name, .. } => {
                sized(chain.as_bytes(), MAX_CERTIFICATES, Field::Chain)?;
                sized(anchors.as_bytes(), MAX_CERTIFICATES, Field::Anchors)?;
                sized(name.as_bytes(), MAX_NAME, Field::ServerName)?;
                if !name.bytes().all(|byte| byte.is_ascii_graphic()) {
                    return Err(BlobError::Illegal(Field::ServerName));
                }
            }
        }
        if let Host::Name(name) = blob.host {
            sized(name.as_bytes(), MAX_NAME, Field::Host)?;
            let visible = name.bytes().all(|byte| byte.is_ascii_graphic());
            // An IPv6 literal has colons and a name has none: core's parser would bring its panic paths.
            let literal = name.contains(':') || name.parse::<Ipv4Addr>().is_ok();
            if !visible || literal {
                return Err(BlobError::Illegal(Field::Host));
            }
        }
        if blob.port == 0 {
            return Err(BlobError::Illegal(Field::Port));
        }
        if blob.device.is_some_and(|device| device.prefix > 32) {
            return Err(BlobError::Illegal(Field::Device));
        }
        if let Some(path) = blob.observe {
            sized(path.as_bytes(), MAX_PATH, Field::Observe)?;
        }
        Ok(())
    }

    fn sized(value: &[u8], max: usize, field: Field) -> Result<(), BlobError> {
        if value.is_empty() || value.len() > max { Err(BlobError::Illegal(field)) } else { Ok(()) }
    }
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(test)]
mod tests;
