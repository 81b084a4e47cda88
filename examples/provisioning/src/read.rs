//! From flash: header, checksum, then the fields in order.

use crate::crc::Crc;
use crate::{
    Blob, BlobError, Certificates, Credential, Field, HEADER_LEN, Host, MAGIC, StaticIpv4, VERSION, rule, tag,
};
use core::net::Ipv4Addr;

pub(crate) fn parse(flash: &[u8]) -> Result<Blob<'_>, BlobError> {
    let mut fields = Fields { rest: body(flash)?, last: 0 };
    let mut found = Found::default();
    while let Some((number, value)) = fields.next()? {
        found.take(number, value)?;
    }
    let blob = Blob {
        credential: found.credential()?,
        host: found.host.ok_or(BlobError::Missing(Field::Host))?,
        port: found.port.ok_or(BlobError::Missing(Field::Port))?,
        device: found.device,
        observe: found.observe,
    };
    rule::check(&blob)?;
    Ok(blob)
}

/// The bytes behind the header, once magic, version, length and checksum are right.
fn body(flash: &[u8]) -> Result<&[u8], BlobError> {
    let (magic, _) = flash.split_first_chunk::<4>().ok_or(BlobError::Truncated)?;
    if *magic == [0xff; 4] {
        return Err(BlobError::Erased);
    }
    if *magic != MAGIC {
        return Err(BlobError::Magic);
    }
    let (header, _) = flash.split_first_chunk::<HEADER_LEN>().ok_or(BlobError::Truncated)?;
    let [_, _, _, _, version, zero, len_high, len_low, crc @ ..] = *header;
    if version != VERSION {
        return Err(BlobError::Version(version));
    }
    let total = usize::from(u16::from_be_bytes([len_high, len_low]));
    let whole = flash.get(..total).ok_or(BlobError::Truncated)?;
    let (before, _) = whole.split_at_checked(HEADER_LEN - 4).ok_or(BlobError::Truncated)?;
    let after = whole.get(HEADER_LEN..).ok_or(BlobError::Truncated)?;
    if Crc::new().update(before).update(after).finish() != u32::from_be_bytes(crc) {
        return Err(BlobError::Checksum);
    }
    if zero != 0 {
        return Err(BlobError::Version(version));
    }
    Ok(after)
}

struct Fields<'f> {
    rest: &'f [u8],
    last: u8,
}

impl<'f> Fields<'f> {
    fn next(&mut self) -> Result<Option<(u8, &'f [u8])>, BlobError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (&number, rest) = self.rest.split_first().ok_or(BlobError::Truncated)?;
        if number <= self.last {
            return Err(BlobError::Unexpected(number));
        }
        let (len, rest) = if number < tag::LONG {
            let (&len, rest) = rest.split_first().ok_or(BlobError::Truncated)?;
            (u16::from(len), rest)
        } else {
            let (len, rest) = rest.split_first_chunk().ok_or(BlobError::Truncated)?;
            (u16::from_be_bytes(*len), rest)
        };
        let (value, rest) = rest.split_at_checked(usize::from(len)).ok_or(BlobError::Truncated)?;
        (self.rest, self.last) = (rest, number);
        Ok(Some((number, value)))
    }
}

#[derive(Default)]
struct Found<'f> {
    identity: Option<&'f [u8]>,
    key: Option<&'f [u8]>,
    host: Option<Host<'f>>,
    port: Option<u16>,
    device: Option<StaticIpv4>,
    observe: Option<&'f str>,
    private: Option<&'f [u8]>,
    public: Option<&'f [u8]>,
    server: Option<&'f [u8]>,
    chain: Option<Certificates<'f>>,
    anchors: Option<Certificates<'f>>,
    name: Option<&'f str>,
}

impl<'f> Found<'f> {
    fn take(&mut self, number: u8, value: &'f [u8]) -> Result<(), BlobError> {
        match number {
            tag::IDENTITY => self.identity = Some(value),
            tag::KEY => self.key = Some(value),
            tag::NAME => self.server(Host::Name(text(value, Field::Host)?), number)?,
            tag::IPV4 => self.server(Host::Ipv4(fixed::<4>(value, Field::Host)?.into()), number)?,
            tag::IPV6 => self.server(Host::Ipv6(fixed::<16>(value, Field::Host)?.into()), number)?,
            tag::PORT => self.port = Some(u16::from_be_bytes(fixed(value, Field::Port)?)),
            tag::STATIC_IPV4 => {
                let [a, b, c, d, prefix, e, f, g, h, i, j, k, l] = fixed(value, Field::Device)?;
                self.device = Some(StaticIpv4 {
                    address: [a, b, c, d].into(),
                    prefix,
                    gateway: given([e, f, g, h]),
                    dns: given([i, j, k, l]),
                });
            }
            tag::OBSERVE => self.observe = Some(text(value, Field::Observe)?),
            tag::PRIVATE_KEY => self.private = Some(value),
            tag::PUBLIC_KEY => self.public = Some(value),
            tag::SERVER_KEY => self.server = Some(value),
            tag::CHAIN => self.chain = Some(Certificates::new(value).ok_or(BlobError::Illegal(Field::Chain))?),
            tag::ANCHORS => self.anchors = Some(Certificates::new(value).ok_or(BlobError::Illegal(Field::Anchors))?),
            tag::SERVER_NAME => self.name = Some(text(value, Field::ServerName)?),
            _ => return Err(BlobError::Unexpected(number)),
        }
        Ok(())
    }

    /// The credential that the fields make, which must be one and whole.
    fn credential(&self) -> Result<Credential<'f>, BlobError> {
        let absent = |fields: &[(bool, u8)]| match fields.iter().find(|(there, _)| *there) {
            Some((_, number)) => Err(BlobError::Unexpected(*number)),
            None => Ok(()),
        };
        let shared = [(self.identity.is_some(), tag::IDENTITY), (self.key.is_some(), tag::KEY)];
        let raw = [(self.public.is_some(), tag::PUBLIC_KEY), (self.server.is_some(), tag::SERVER_KEY)];
        let certified = [
            (self.chain.is_some(), tag::CHAIN),
            (self.anchors.is_some(), tag::ANCHORS),
            (self.name.is_some(), tag::SERVER_NAME),
        ];
        let Some(private) = self.private else {
            absent(&raw)?;
            absent(&certified)?;
            return Ok(Credential::PreShared {
                identity: self.identity.ok_or(BlobError::Missing(Field::Identity))?,
                key: self.key.ok_or(BlobError::Missing(Field::Key))?,
            });
        };
        absent(&shared)?;
        let key = exact(Some(private), Field::PrivateKey)?;
        if self.public.is_some() || self.server.is_some() {
            absent(&certified)?;
            let public = exact(self.public, Field::PublicKey)?;
            return Ok(Credential::RawKey { key, public, server: exact(self.server, Field::ServerKey)? });
        }
        Ok(Credential::X509 {
            key,
            chain: self.chain.ok_or(BlobError::Missing(Field::Chain))?,
            anchors: self.anchors.ok_or(BlobError::Missing(Field::Anchors))?,
            name: self.name.ok_or(BlobError::Missing(Field::ServerName))?,
        })
    }

    /// A server is named once: the three fields for it exclude each other.
    fn server(&mut self, host: Host<'f>, number: u8) -> Result<(), BlobError> {
        match self.host.replace(host) {
            None => Ok(()),
            Some(_) => Err(BlobError::Unexpected(number)),
        }
    }
}

/// 0.0.0.0 stands for "none".
fn given(octets: [u8; 4]) -> Option<Ipv4Addr> {
    (octets != [0; 4]).then(|| octets.into())
}

fn text(value: &[u8], field: Field) -> Result<&str, BlobError> {
    core::str::from_utf8(value).map_err(|_| BlobError::Illegal(field))
}

/// A value of one length, borrowed.
fn exact<const N: usize>(value: Option<&[u8]>, field: Field) -> Result<&[u8; N], BlobError> {
    value.ok_or(BlobError::Missing(field))?.try_into().map_err(|_| BlobError::Illegal(field))
}

fn fixed<const N: usize>(value: &[u8], field: Field) -> Result<[u8; N], BlobError> {
    value.try_into().map_err(|_| BlobError::Illegal(field))
}
