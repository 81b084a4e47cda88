//! What can be wrong with a blob.

use core::fmt;

/// Why a blob was not read or not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BlobError {
    /// The flash is erased (its first bytes are 0xff): the device was never provisioned.
    Erased,
    /// The first four bytes are not [`MAGIC`](crate::MAGIC).
    Magic,
    /// The layout has a version that this crate does not know.
    Version(u8),
    /// The blob is longer than the bytes at hand, or a field than the blob.
    Truncated,
    /// The CRC-32 does not agree: flash wore out, or a write was cut short.
    Checksum,
    /// A field is unknown, stands twice or out of order (its number is given).
    Unexpected(u8),
    /// A field that must be there is missing.
    Missing(Field),
    /// A field is empty, too long, or has a value outside its rule.
    Illegal(Field),
    /// The buffer lent to [`write()`](crate::write()) is too small; `need` is the size of this blob in bytes.
    BufferTooSmall {
        /// Bytes that the blob takes.
        need: usize,
    },
}

/// A field of the blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Field {
    /// The PSK identity.
    Identity,
    /// The pre-shared key.
    Key,
    /// The server's name or address.
    Host,
    /// The server's port.
    Port,
    /// The device's static address.
    Device,
    /// The observed path.
    Observe,
    /// The device's private key.
    PrivateKey,
    /// Its public key.
    PublicKey,
    /// The server's public key.
    ServerKey,
    /// The device's certificates.
    Chain,
    /// The trust anchors.
    Anchors,
    /// The name in the server's certificate.
    ServerName,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Field::Identity => "the identity (1 to 128 bytes)",
            Field::Key => "the key (1 to 64 bytes)",
            Field::Host => "the server (a DNS name of 1 to 253 visible ASCII characters, or an address)",
            Field::Port => "the port (1 to 65535)",
            Field::Device => "the device's address (prefix 0 to 32)",
            Field::Observe => "the observed path (1 to 255 bytes of UTF-8)",
            Field::PrivateKey => "the private key (32 bytes)",
            Field::PublicKey => "the public key (91 bytes of DER)",
            Field::ServerKey => "the server's public key (91 bytes of DER)",
            Field::Chain => "the device's certificates (1 to 1,408 bytes)",
            Field::Anchors => "the trust anchors' certificates (1 to 1,408 bytes)",
            Field::ServerName => "the name in the server's certificate (1 to 253 visible ASCII characters)",
        })
    }
}

impl fmt::Display for BlobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BlobError::Erased => f.write_str("the flash is erased: write a provisioning blob first"),
            BlobError::Magic => f.write_str("there is no provisioning blob here"),
            BlobError::Version(version) => {
                write!(f, "the provisioning blob has version {version}; this program reads version 1")
            }
            BlobError::Truncated => f.write_str("the provisioning blob is cut short"),
            BlobError::Checksum => f.write_str("the provisioning blob is damaged: its CRC-32 does not agree"),
            BlobError::Unexpected(tag) => {
                write!(f, "field {tag} of the provisioning blob is unknown, repeated or out of order")
            }
            BlobError::Missing(field) => write!(f, "the provisioning blob lacks {field}"),
            BlobError::Illegal(field) => {
                write!(f, "the provisioning blob breaks the rule of {field}")
            }
            BlobError::BufferTooSmall { need } => {
                write!(f, "the provisioning blob takes {need} bytes")
            }
        }
    }
}

impl core::error::Error for BlobError {}
