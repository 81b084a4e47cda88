//! From flash: header, checksum, then the fields in order.

use crate::crc::Crc;
use crate::{Blob, BlobError, Field, HEADER_LEN, Host, MAGIC, StaticIpv4, VERSION, rule, tag};
use core::net::Ipv4Addr;

pub(crate) fn parse(flash: &[u8]) -> Result<Blob<'_>, BlobError> {
    let mut fields = Fields { rest: body(flash)?, last: 0 };
    let mut found = Found::default();
    while let Some((number, value)) = fields.next()? {
        found.take(number, value)?;
    }
    let blob = Blob {
        identity: found.identity.ok_or(BlobError::Missing(Field::Identity))?,
        key: found.key.ok_or(BlobError::Missing(Field::Key))?,
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
        let (&[number, len], rest) = self.rest.split_first_chunk::<2>().ok_or(BlobError::Truncated)?;
        if number <= self.last {
            return Err(BlobError::Unexpected(number));
        }
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
            _ => return Err(BlobError::Unexpected(number)),
        }
        Ok(())
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

fn fixed<const N: usize>(value: &[u8], field: Field) -> Result<[u8; N], BlobError> {
    value.try_into().map_err(|_| BlobError::Illegal(field))
}
