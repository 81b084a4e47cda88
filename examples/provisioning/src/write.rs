//! Into a buffer: the fields behind a header that is filled in last.

use crate::crc::Crc;
use crate::{Blob, BlobError, Credential, HEADER_LEN, Host, MAGIC, MAX_LEN, VERSION, rule, tag};
use core::net::Ipv4Addr;

/// Writes `blob` to the start of `out` and says how many bytes it took. What follows them is left as it was.
///
/// # Errors
/// [`BlobError::Illegal`] for a field outside its rule, before anything is written; [`BlobError::BufferTooSmall`] with the size
/// needed, when what `out` holds is worthless.
pub fn write(blob: &Blob<'_>, out: &mut [u8]) -> Result<usize, BlobError> {
    rule::check(blob)?;
    let mut cursor = Cursor { out: &mut *out, at: 0 };
    cursor.put(&[0; HEADER_LEN]);
    fields(blob, &mut cursor);
    let total = cursor.at;
    // A blob that obeys the rules is no longer than MAX_LEN, which two bytes can say.
    const { assert!(MAX_LEN <= u16::MAX as usize) };
    let [.., high, low] = (total as u32).to_be_bytes();
    let short = BlobError::BufferTooSmall { need: total };
    let (whole, _) = out.split_at_mut_checked(total).ok_or(short)?;
    let (header, after) = whole.split_first_chunk_mut::<HEADER_LEN>().ok_or(short)?;
    let [m0, m1, m2, m3] = MAGIC;
    let before = [m0, m1, m2, m3, VERSION, 0, high, low];
    let [c0, c1, c2, c3] = Crc::new().update(&before).update(after).finish().to_be_bytes();
    *header = [m0, m1, m2, m3, VERSION, 0, high, low, c0, c1, c2, c3];
    Ok(total)
}

fn fields(blob: &Blob<'_>, cursor: &mut Cursor<'_>) {
    if let Credential::PreShared { identity, key } = blob.credential {
        cursor.field(tag::IDENTITY, identity);
        cursor.field(tag::KEY, key);
    }
    match blob.host {
        Host::Name(name) => cursor.field(tag::NAME, name.as_bytes()),
        Host::Ipv4(address) => cursor.field(tag::IPV4, &address.octets()),
        Host::Ipv6(address) => cursor.field(tag::IPV6, &address.octets()),
    }
    cursor.field(tag::PORT, &blob.port.to_be_bytes());
    if let Some(device) = blob.device {
        let [a, b, c, d] = device.address.octets();
        let [e, f, g, h] = device.gateway.unwrap_or(Ipv4Addr::UNSPECIFIED).octets();
        let [i, j, k, l] = device.dns.unwrap_or(Ipv4Addr::UNSPECIFIED).octets();
        cursor.field(tag::STATIC_IPV4, &[a, b, c, d, device.prefix, e, f, g, h, i, j, k, l]);
    }
    if let Some(path) = blob.observe {
        cursor.field(tag::OBSERVE, path.as_bytes());
    }
    match blob.credential {
        Credential::PreShared { .. } => {}
        Credential::RawKey { key, public, server } => {
            cursor.field(tag::PRIVATE_KEY, key);
            cursor.field(tag::PUBLIC_KEY, public);
            cursor.field(tag::SERVER_KEY, server);
        }
        Credential::X509 { key, chain, anchors, name } => {
            cursor.field(tag::PRIVATE_KEY, key);
            cursor.field(tag::CHAIN, chain.as_bytes());
            cursor.field(tag::ANCHORS, anchors.as_bytes());
            cursor.field(tag::SERVER_NAME, name.as_bytes());
        }
    }
}

/// Writes what fits and counts on, so that a buffer too small is told by how much.
struct Cursor<'o> {
    out: &'o mut [u8],
    at: usize,
}

impl Cursor<'_> {
    fn put(&mut self, bytes: &[u8]) {
        for (to, from) in self.out.iter_mut().skip(self.at).zip(bytes) {
            *to = *from;
        }
        self.at = self.at.saturating_add(bytes.len());
    }

    /// The rules hold every value to what its length can say, so that no cast loses anything.
    fn field(&mut self, number: u8, value: &[u8]) {
        self.put(&[number]);
        let [high, low] = (value.len() as u16).to_be_bytes();
        if number < tag::LONG {
            self.put(&[low])
        } else {
            self.put(&[high, low])
        }
        self.put(value);
    }
}
