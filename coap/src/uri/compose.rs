//! URIs composed: from the options of a request (RFC 7252 6.5), and the normal form of one that was taken apart (6.3).

use super::{Segments, Uri, decode, default_port, encode, ipv6, is_host, write};
use crate::error::UriError;
use crate::option::{OptionNumber, Options};
use crate::text::TextBuffer;
use core::fmt::{self, Write as _};
use core::net::{IpAddr, SocketAddr};

/// The URI that a request is for, composed from its options where it is displayed, in normal form (RFC 7252 6.5).
///
/// ```
/// use stint_coap::{Message, RequestUri};
/// let request = Message::parse(&[0x40, 1, 0, 1, 0xb2, b'~', b'a', 0x01, b'/', 0x44, b'x', b'=', b'?', b'&'])?;
/// let uri = RequestUri::new(true, "[2001:db8::1]:5684".parse().unwrap(), request.options())?;
/// assert_eq!(uri.to_string(), "coaps://[2001:db8::1]/~a/%2F?x=?%26");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RequestUri<'d> {
    secure: bool,
    host: Option<&'d str>,
    address: IpAddr,
    port: u16,
    options: Options<'d>,
}

impl<'d> RequestUri<'d> {
    /// Of a request with these options that was sent to `destination`, with DTLS if `secure`. Other options are passed over: a request
    /// with Proxy-Uri is for that URI.
    ///
    /// # Errors
    /// Uri-Host is no name and no address literal ([`UriError::Host`]): this includes names with characters that a host cannot have. Or
    /// Uri-Port is no port.
    pub fn new(secure: bool, destination: SocketAddr, mut options: Options<'d>) -> Result<Self, UriError> {
        let all = options;
        let mut uri = Self { secure, host: None, address: destination.ip(), port: destination.port(), options: all };
        if let Some(host) = options.clone().find(|opt| opt.number == OptionNumber::URI_HOST) {
            let host = host.text().filter(|host| is_literal(host) || is_host(host)).ok_or(UriError::Host)?;
            uri.host = Some(host);
        }
        if let Some(port) = options.find(|opt| opt.number == OptionNumber::URI_PORT) {
            uri.port = port.uint().and_then(|port| port.try_into().ok()).ok_or(UriError::Port)?;
        }
        Ok(uri)
    }

    /// Writes it into a lent buffer.
    ///
    /// # Errors
    /// [`UriError::TooLong`]: it does not fit.
    pub fn write<'o>(&self, out: &'o mut [u8]) -> Result<&'o str, UriError> {
        let mut text = TextBuffer::new(out);
        write!(text, "{self}").map_err(|_| UriError::TooLong)?;
        Ok(text.into_text())
    }
}

impl fmt::Display for RequestUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(scheme(self.secure))?;
        match self.host {
            Some(host) => host.bytes().try_for_each(|byte| encode(f, byte, b"%[]:", None))?,
            None => write(f, self.address, None)?,
        }
        port(f, self.secure, self.port)?;
        let values = |number| self.options.filter(move |opt| opt.number == number).map(|opt| opt.value);
        resource(
            f,
            values(OptionNumber::URI_PATH).map(|value| value.iter().copied()),
            values(OptionNumber::URI_QUERY).map(|value| value.iter().copied()),
        )
    }
}

impl fmt::Display for Uri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(scheme(self.secure))?;
        match self.address() {
            Some(address) => write(f, address, self.zone())?,
            None => decoded(self.host).try_for_each(|byte| encode(f, byte.to_ascii_lowercase(), b"", None))?,
        }
        port(f, self.secure, self.port)?;
        resource(f, Segments::new(self.path).map(decoded), self.arguments().map(decoded))
    }
}

/// Decoded for display: a percent sign that stands alone is itself.
fn decoded(part: &str) -> impl Iterator<Item = u8> {
    decode(part).map(|byte| byte.unwrap_or(b'%'))
}

fn scheme(secure: bool) -> &'static str {
    if secure { "coaps://" } else { "coap://" }
}

/// The port, unless it is the scheme's own (step 5).
fn port(f: &mut fmt::Formatter<'_>, secure: bool, port: u16) -> fmt::Result {
    if port == default_port(secure) { Ok(()) } else { write!(f, ":{port}") }
}

/// Path and query (steps 6 to 9).
pub(crate) fn resource<P: Iterator<Item = u8>, Q: Iterator<Item = u8>>(
    f: &mut fmt::Formatter<'_>,
    path: impl Iterator<Item = P>,
    query: impl Iterator<Item = Q>,
) -> fmt::Result {
    let mut divider = '/';
    for mut segment in path {
        f.write_char('/')?;
        segment.try_for_each(|byte| encode(f, byte, b":@", None))?;
        divider = '?';
    }
    if divider == '/' {
        f.write_char('/')?;
        divider = '?';
    }
    for mut argument in query {
        f.write_char(divider)?;
        argument.try_for_each(|byte| encode(f, byte, b":@/?", Some(b'&')))?;
        divider = '&';
    }
    Ok(())
}

/// True for an IPv6 address in brackets. It has no zone: nobody else could make use of one.
fn is_literal(host: &str) -> bool {
    let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    inside.is_some_and(|address| ipv6(address).is_some())
}

#[cfg(test)]
mod tests {
    use super::RequestUri;
    use crate::error::UriError;
    use crate::option::{OptionNumber, Options};
    use crate::writer::Writer;
    use std::string::{String, ToString};

    fn composed(options: &[(OptionNumber, &[u8])], to: &str) -> Result<String, UriError> {
        let mut space = [0; 300];
        let mut writer = Writer::options(&mut space);
        options.iter().for_each(|(number, value)| writer.option(*number, value));
        let len = writer.finish().unwrap();
        Ok(RequestUri::new(false, to.parse().unwrap(), Options::new(&space[..len]))?.to_string())
    }

    #[test]
    fn each_step_of_rfc_7252_6_5_does_something_else() {
        let (host, port) = (OptionNumber::URI_HOST, OptionNumber::URI_PORT);
        let (path, query) = (OptionNumber::URI_PATH, OptionNumber::URI_QUERY);
        type Case<'c> = (&'c [(OptionNumber, &'c [u8])], &'c str, &'c str);
        let cases: [Case<'_>; 11] = [
            (&[], "192.0.2.1:5683", "coap://192.0.2.1/"),
            (&[], "[2001:db8:0:0:0::1]:61616", "coap://[2001:db8::1]:61616/"),
            (&[(host, b"example.net")], "192.0.2.1:5683", "coap://example.net/"),
            (&[(host, b"[::1]"), (port, &[1])], "192.0.2.1:5683", "coap://[::1]:1/"),
            (&[(host, "bücher".as_bytes()), (port, &[0x16, 0x33])], "192.0.2.1:1", "coap://b%C3%BCcher/"),
            (&[(port, &[])], "192.0.2.1:5683", "coap://192.0.2.1:0/"),
            (&[(path, b""), (path, b"")], "192.0.2.1:5683", "coap://192.0.2.1//"),
            (&[(path, b"a/b?#%&=:@ \"~")], "192.0.2.1:5683", "coap://192.0.2.1/a%2Fb%3F%23%25&=:@%20%22~"),
            (&[(path, &[0xff, 0])], "192.0.2.1:5683", "coap://192.0.2.1/%FF%00"),
            (&[(query, b"")], "192.0.2.1:5683", "coap://192.0.2.1/?"),
            (&[(query, b"a=/?:@&#"), (query, b"b")], "192.0.2.1:5683", "coap://192.0.2.1/?a=/?:@%26%23&b"),
        ];
        for (options, to, uri) in cases {
            assert_eq!(composed(options, to).as_deref(), Ok(uri));
        }
        // RFC 7252 5.10.1 and table 4: what is no host, and no port
        for wrong in ["", "a b", "a/b", "[::1", "[fe80::1%en]", "a:1", "a%4", "u@h"] {
            assert_eq!(composed(&[(host, wrong.as_bytes())], "192.0.2.1:1"), Err(UriError::Host), "{wrong}");
        }
        assert_eq!(composed(&[(host, &[0xff])], "192.0.2.1:1"), Err(UriError::Host));
        assert_eq!(composed(&[(port, &[1, 0, 0])], "192.0.2.1:1"), Err(UriError::Port));
    }

    #[test]
    fn a_buffer_that_is_too_small_holds_part_of_a_uri() {
        let uri = RequestUri::new(true, "192.0.2.1:5684".parse().unwrap(), Options::new(&[])).unwrap();
        let (whole, mut out) = ("coaps://192.0.2.1/", [0; 18]);
        assert_eq!(uri.write(&mut out), Ok(whole));
        for len in 0..whole.len() {
            assert_eq!(uri.write(&mut out[..len]), Err(UriError::TooLong));
        }
    }
}
