//! CoAP URIs (RFC 7252 6): taken apart into where to send and the options that say what is meant, and composed from these again.
//!
//! Promises: percent-encoding is undone exactly once on the way to options, and done exactly once on the way back; nothing is allocated.

mod address;
mod compose;
mod percent;
mod segments;

pub use compose::RequestUri;
pub(crate) use compose::resource;

use crate::error::UriError;
use crate::option::{OptionNumber, Options};
use crate::writer::Writer;
use address::{ipv4, ipv6, write};
use core::net::{IpAddr, SocketAddr};
use percent::{decode, encode, is_host};
use segments::Segments;

/// A `coap` or `coaps` URI, borrowed. Host, path and query are still percent-encoded; [`options`](Self::options) decodes them.
/// Displayed in its normal form (RFC 7252 6.3).
///
/// ```
/// use stint_coap::{OptionNumber, Uri};
/// let uri = Uri::parse("coaps://[2001:db8::1]:61616/%7Esensors/temp.xml?unit=%26c")?;
/// assert_eq!((uri.secure, uri.host, uri.port), (true, "2001:db8::1", 61616));
/// let mut space = [0; 64];
/// let values: Vec<_> = uri.options(&mut space)?.map(|opt| opt.text().unwrap()).collect();
/// assert_eq!(values, ["~sensors", "temp.xml", "unit=&c"]);
/// assert_eq!(uri.to_string(), "coaps://[2001:db8::1]:61616/~sensors/temp.xml?unit=%26c");
/// # Ok::<(), stint_coap::UriError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Uri<'u> {
    /// True for `coaps`.
    pub secure: bool,
    /// A name, still percent-encoded, or an address literal without brackets; an IPv6 literal may have a zone after a percent sign.
    pub host: &'u str,
    /// The port; 5683 or 5684 where the URI names none (RFC 7252 6.1, 6.2).
    pub port: u16,
    /// After the slash that follows host and port, up to the query.
    pub path: &'u str,
    /// After the question mark.
    pub query: &'u str,
    /// Whether there is a question mark: a query that is there and empty is one empty argument (RFC 7252 6.4 step 9).
    asks: bool,
}

/// The port where a URI names none (RFC 7252 6.1, 6.2).
const fn default_port(secure: bool) -> u16 {
    if secure { 5684 } else { 5683 }
}

impl<'u> Uri<'u> {
    /// Takes a URI apart (RFC 7252 6.4 steps 1 to 7). Characters that a URI has percent-encoded, and that stand in path or query as
    /// they are, are taken as they are.
    ///
    /// # Errors
    /// What is wrong with it. Another transport than UDP is [`UriError::Transport`], an address literal that is not IPv6 or IPv4 is
    /// [`UriError::Host`].
    pub fn parse(uri: &'u str) -> Result<Self, UriError> {
        // One character is looked for as one of several throughout: core's search for a single one keeps a panic path.
        let (scheme, rest) = uri.split_once([':']).ok_or(UriError::Scheme)?;
        let is = |name: &str| scheme.eq_ignore_ascii_case(name);
        if ["coap+tcp", "coaps+tcp", "coap+ws", "coaps+ws"].into_iter().any(is) {
            return Err(UriError::Transport);
        }
        let secure = is("coaps");
        if !secure && !is("coap") {
            return Err(UriError::Scheme);
        }
        Self::hierarchical(secure, rest.strip_prefix("//").ok_or(UriError::Host)?)
    }

    /// What follows the scheme and two slashes.
    fn hierarchical(secure: bool, rest: &'u str) -> Result<Self, UriError> {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at_checked(end).ok_or(UriError::Host)?;
        if authority.contains(['@']) {
            return Err(UriError::Host);
        }
        let (host, port) = match authority.strip_prefix('[') {
            Some(literal) => {
                let (host, port) = literal.split_once([']']).ok_or(UriError::Host)?;
                let (address, zone) = zoned(host);
                if zone == Some("") || ipv6(address).is_none() {
                    return Err(UriError::Host);
                }
                (host, port)
            }
            None => {
                let end = authority.find([':']).unwrap_or(authority.len());
                let (host, port) = authority.split_at_checked(end).ok_or(UriError::Host)?;
                if !is_host(host) {
                    return Err(UriError::Host);
                }
                (host, port)
            }
        };
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => default_port(secure),
            None => return Err(UriError::Host),
            Some("") => default_port(secure),
            Some(digits) if digits.bytes().all(|digit| digit.is_ascii_digit()) => {
                digits.parse().map_err(|_| UriError::Port)?
            }
            Some(_) => return Err(UriError::Port),
        };
        Self { secure, host, port, path: "", query: "", asks: false }.at(rest)
    }

    /// The same origin with another path and query; nothing before the path but a slash.
    fn at(self, rest: &'u str) -> Result<Self, UriError> {
        if rest.contains(['#']) {
            return Err(UriError::Fragment);
        }
        let (path, query, asks) = match rest.split_once(['?']) {
            Some((path, query)) => (path, query, true),
            None => (rest, "", false),
        };
        Ok(Self { path: path.strip_prefix('/').unwrap_or(path), query, asks, ..self })
    }

    /// What a reference means whose base is the origin of this URI, its scheme, host and port: so are those in a link-format document
    /// (RFC 6690 2.1, RFC 3986 5.2). An absolute URI is itself.
    ///
    /// # Errors
    /// Those of [`parse`](Self::parse).
    ///
    /// ```
    /// use stint_coap::Uri;
    /// let asked = Uri::parse("coap://[2001:db8::1]/.well-known/core")?;
    /// assert_eq!(asked.resolve("/sensors/temp")?.to_string(), "coap://[2001:db8::1]/sensors/temp");
    /// assert_eq!(asked.resolve("sensors/temp")?.to_string(), "coap://[2001:db8::1]/sensors/temp");
    /// assert_eq!(asked.resolve("//h/x?y")?.to_string(), "coap://h/x?y");
    /// assert_eq!(asked.resolve("coaps://h:5684")?.to_string(), "coaps://h/");
    /// # Ok::<(), stint_coap::UriError>(())
    /// ```
    pub fn resolve(&self, reference: &'u str) -> Result<Self, UriError> {
        if let Some(rest) = reference.strip_prefix("//") {
            return Self::hierarchical(self.secure, rest);
        }
        let scheme = reference.find([':', '/', '?', '#']).and_then(|end| reference.get(end..));
        if scheme.is_some_and(|rest| rest.starts_with(':')) {
            return Self::parse(reference);
        }
        self.at(reference)
    }

    /// The address, if the host is a literal; a zone is no part of it.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        match self.host.contains([':']) {
            true => ipv6(zoned(self.host).0).map(IpAddr::V6),
            false => ipv4(self.host).map(IpAddr::V4),
        }
    }

    /// The zone of an IPv6 literal (RFC 6874), as in `en1` of `[fe80::1%25en1]`: which of the device's links the address is on. It
    /// means nothing to anybody else and is never sent. `%` is taken for `%25`, as people type it.
    #[must_use]
    pub fn zone(&self) -> Option<&'u str> {
        zoned(self.host).1
    }

    /// The host as Uri-Host has it: in lower case and percent-decoded; an IPv6 literal in brackets, without its zone (RFC 7252 6.4 step 5).
    /// Without brackets it is also what to resolve, and the server's name (RFC 6066 3).
    ///
    /// # Errors
    /// `space` is too small, a percent sign stands alone, or what was percent-encoded is not UTF-8.
    pub fn host_option<'s>(&self, space: &'s mut [u8]) -> Result<&'s str, UriError> {
        let (host, literal) = match self.host.contains([':']) {
            true => (zoned(self.host).0, true),
            false => (self.host, false),
        };
        let brackets = literal.then_some([b'[', b']']);
        let bytes = decode(host).map(|byte| byte.map(|byte| byte.to_ascii_lowercase()));
        let opening = brackets.map(|[byte, _]| Ok(byte));
        let closing = brackets.map(|[_, byte]| Ok(byte));
        let len = fill(opening.into_iter().chain(bytes).chain(closing), space)?;
        core::str::from_utf8(space.get(..len).unwrap_or_default()).map_err(|_| UriError::Host)
    }

    /// The Uri-Path and Uri-Query options (RFC 7252 6.4 steps 8 and 9), decoded into `space`, and without dot segments (step 2, RFC 3986
    /// 5.2.4). As many bytes as path and query have, and two more for each part, are enough.
    ///
    /// # Errors
    /// `space` is too small, a part is longer than 255 bytes, or a percent sign stands alone.
    pub fn options<'s>(&self, space: &'s mut [u8]) -> Result<Options<'s>, UriError> {
        let mut writer = Writer::options(space);
        self.resource(&mut writer)?;
        let len = writer.finish().ok_or(UriError::TooLong)?;
        Ok(Options::new(space.get(..len).unwrap_or_default()))
    }

    /// All options that the URI asks for in a request to `destination` (RFC 7252 6.4 steps 5 to 9): Uri-Host, unless the host is that
    /// address; Uri-Port, unless it is that port; then those of [`options`](Self::options). Host and port take up to 4 bytes more than the host has.
    ///
    /// # Errors
    /// Those of [`options`](Self::options), and what was percent-encoded in the host is not UTF-8.
    ///
    /// ```
    /// use stint_coap::Uri;
    /// let uri = Uri::parse("coap://Example.com:61616/temp")?;
    /// let mut space = [0; 64];
    /// let options = uri.options_to("192.0.2.1:61616".parse().unwrap(), &mut space)?;
    /// let values: Vec<_> = options.map(|opt| opt.text().unwrap()).collect();
    /// assert_eq!(values, ["example.com", "temp"]);
    /// # Ok::<(), stint_coap::UriError>(())
    /// ```
    pub fn options_to<'s>(&self, destination: SocketAddr, space: &'s mut [u8]) -> Result<Options<'s>, UriError> {
        let mut writer = Writer::options(space);
        if self.address() != Some(destination.ip()) {
            let mut value = [0; 255];
            writer.option(OptionNumber::URI_HOST, self.host_option(&mut value)?.as_bytes());
        }
        if self.port != destination.port() {
            writer.uint(OptionNumber::URI_PORT, self.port.into());
        }
        self.resource(&mut writer)?;
        let len = writer.finish().ok_or(UriError::TooLong)?;
        Ok(Options::new(space.get(..len).unwrap_or_default()))
    }

    fn resource(&self, writer: &mut Writer<'_>) -> Result<(), UriError> {
        let path = Segments::new(self.path).map(|part| (OptionNumber::URI_PATH, part));
        for (number, part) in path.chain(self.arguments().map(|part| (OptionNumber::URI_QUERY, part))) {
            let mut value = [0; 255];
            let len = fill(decode(part), &mut value)?;
            writer.option(number, value.get(..len).unwrap_or_default());
        }
        Ok(())
    }

    /// The arguments of the query, still encoded.
    fn arguments(&self) -> impl Iterator<Item = &'u str> {
        self.query.split(['&']).take(if self.asks { usize::MAX } else { 0 })
    }
}

/// An IPv6 literal without its zone, and that.
fn zoned(host: &str) -> (&str, Option<&str>) {
    match host.split_once(['%']) {
        Some((address, zone)) if address.contains([':']) => {
            (address, Some(zone.strip_prefix("25").filter(|zone| !zone.is_empty()).unwrap_or(zone)))
        }
        _ => (host, None),
    }
}

/// Puts bytes one after the other into `out`: how many.
fn fill(bytes: impl Iterator<Item = Result<u8, UriError>>, out: &mut [u8]) -> Result<usize, UriError> {
    let mut len = 0usize;
    for byte in bytes {
        *out.get_mut(len).ok_or(UriError::TooLong)? = byte?;
        len = len.wrapping_add(1);
    }
    Ok(len)
}

#[cfg(test)]
mod tests {
    use super::Uri;
    use crate::error::UriError;
    use std::string::{String, ToString};
    use std::vec::Vec;

    fn parts(uri: &str) -> Vec<(u16, Vec<u8>)> {
        let mut space = [0; 600];
        let uri = Uri::parse(uri).unwrap();
        uri.options(&mut space).unwrap().map(|opt| (opt.number.0, opt.value.to_vec())).collect()
    }

    #[test]
    fn the_examples_of_rfc_7252_6_3_mean_the_same() {
        let one = parts("coap://example.com:5683/~sensors/temp.xml");
        assert_eq!(one, parts("coap://EXAMPLE.com/%7Esensors/temp.xml"));
        assert_eq!(one, parts("coap://EXAMPLE.com:/%7esensors/temp.xml"));
        assert_eq!(Uri::parse("coap://EXAMPLE.com:/x").unwrap().port, 5683);
        assert_eq!(Uri::parse("COAPS://a").unwrap().port, 5684);
    }

    /// All options of a request to `to`, as `number=text`.
    fn all(uri: &str, to: &str) -> Vec<String> {
        let mut space = [0; 600];
        let options = Uri::parse(uri).unwrap().options_to(to.parse().unwrap(), &mut space).unwrap();
        let text = |opt: crate::Opt<'_>| match opt.number.0 {
            7 => std::format!("7={}", opt.uint().unwrap()),
            number => std::format!("{number}={}", opt.text().unwrap()),
        };
        options.map(text).collect()
    }

    #[test]
    fn the_examples_of_rfc_7252_6_3_have_other_options_or_another_normal_form() {
        for uri in [
            "coap://example.com:5683/~sensors/temp.xml",
            "coap://EXAMPLE.com/%7Esensors/temp.xml",
            "coap://EXAMPLE.com:/%7esensors/temp.xml",
        ] {
            assert_eq!(all(uri, "192.0.2.1:5683"), ["3=example.com", "11=~sensors", "11=temp.xml"]);
            assert_eq!(Uri::parse(uri).unwrap().to_string(), "coap://example.com/~sensors/temp.xml");
        }
    }

    #[test]
    fn host_and_port_are_sent_where_the_destination_is_another_and_only_there() {
        for (uri, to, options) in [
            ("coap://192.0.2.1/", "192.0.2.1:5683", &[][..]),
            ("coap://192.0.2.1/", "192.0.2.2:5683", &["3=192.0.2.1"]),
            ("coap://192.0.2.1:1/", "192.0.2.1:2", &["7=1"]),
            ("coaps://[2001:DB8:0::1]/", "[2001:db8::1]:5684", &[]),
            ("coaps://[2001:DB8:0::1]:9/", "[2001:db8::2]:5684", &["3=[2001:db8:0::1]", "7=9"]),
            ("coap://[fe80::1%25en1]/x", "[fe80::1]:5683", &["11=x"]),
            ("coap://[FE80::1%en1]/", "[fe80::2]:5683", &["3=[fe80::1]"]),
            ("coap://B%C3%BCcher.Example/?", "192.0.2.1:5683", &["3=bücher.example", "15="]),
            ("coap://h?a&b", "192.0.2.1:5683", &["3=h", "15=a", "15=b"]),
            ("coap://h/a/../b/./c/..", "192.0.2.1:5683", &["3=h", "11=b", "11="]),
        ] {
            assert_eq!(all(uri, to), options, "{uri}");
        }
    }

    #[test]
    fn a_zone_is_part_of_the_address_or_gets_lost() {
        for (uri, zone) in [
            ("coap://[fe80::1%25en1]/", Some("en1")),
            ("coap://[fe80::1%en1]/", Some("en1")),
            ("coap://[fe80::1%2511]/", Some("11")),
            ("coap://[fe80::1%25]/", Some("25")),
            ("coap://[fe80::1]/", None),
            ("coap://a%25b/", None),
        ] {
            let uri = Uri::parse(uri).unwrap();
            assert_eq!(uri.zone(), zone);
            assert_eq!(uri.address().is_some(), uri.host.contains(':'));
            assert_eq!(Uri::parse(&uri.to_string()).unwrap().zone(), zone, "{uri}");
        }
    }

    #[test]
    fn hosts_that_cannot_be_sent_are_told() {
        let mut space = [0; 300];
        let mut host = |uri| Uri::parse(uri).unwrap().host_option(&mut space).map(ToString::to_string);
        assert_eq!(host("coap://%C3/"), Err(UriError::Host));
        assert_eq!(host("coap://%41-b/").unwrap(), "a-b");
        assert_eq!(Uri::parse("coap://%4/"), Err(UriError::Host));
        let mut small = [0; 4];
        assert_eq!(Uri::parse("coap://hosts/").unwrap().host_option(&mut small), Err(UriError::TooLong));
        let long = std::format!("coap://{}/", "x".repeat(256));
        let to = "192.0.2.1:5683".parse().unwrap();
        assert_eq!(Uri::parse(&long).unwrap().options_to(to, &mut space).unwrap_err(), UriError::TooLong);
    }

    #[test]
    fn slashes_make_segments_and_a_lone_one_makes_none() {
        assert_eq!(parts("coap://h/"), []);
        assert_eq!(parts("coap://h"), []);
        assert_eq!(parts("coap://h//"), [(11, std::vec![]), (11, std::vec![])]);
        assert_eq!(
            parts("coap://h/a%2Fb/?x&&y%26"),
            [(11, b"a/b".to_vec()), (11, b"".to_vec()), (15, b"x".to_vec()), (15, b"".to_vec()), (15, b"y&".to_vec())]
        );
    }

    #[test]
    fn what_is_no_coap_uri_is_refused_with_the_reason() {
        for (uri, error) in [
            ("http://h/", UriError::Scheme),
            ("h/x", UriError::Scheme),
            ("coap:h/x", UriError::Host),
            ("coap:/x", UriError::Host),
            ("coap+tcp://h/", UriError::Transport),
            ("COAPS+TCP://h/", UriError::Transport),
            ("coap+ws://h/", UriError::Transport),
            ("coaps+ws://h/", UriError::Transport),
            ("coap+sms://h/", UriError::Scheme),
            ("coap://", UriError::Host),
            ("coap:///x", UriError::Host),
            ("coap://[::1/x", UriError::Host),
            ("coap://[::1]x/", UriError::Host),
            ("coap://u@h/", UriError::Host),
            ("coap://u:1@h/", UriError::Host),
            ("coap://[1.2.3.4]/", UriError::Host),
            ("coap://[v1.x]/", UriError::Host),
            ("coap://[::1%]/", UriError::Host),
            ("coap://a b/", UriError::Host),
            ("coap://a\\b/", UriError::Host),
            ("coap://h:99999/", UriError::Port),
            ("coap://h:+1/", UriError::Port),
            ("coap://h/x#y", UriError::Fragment),
        ] {
            assert_eq!(Uri::parse(uri), Err(error), "{uri}");
        }
        let mut space = [0; 300];
        for (uri, error) in [("coap://h/%4", UriError::Percent), ("coap://h/%zz", UriError::Percent)] {
            assert_eq!(Uri::parse(uri).unwrap().options(&mut space).unwrap_err(), error);
        }
        let long = std::format!("coap://h/{}", "x".repeat(256));
        assert_eq!(Uri::parse(&long).unwrap().options(&mut space).unwrap_err(), UriError::TooLong);
        assert_eq!(Uri::parse("coap://h/abc").unwrap().options(&mut space[..3]).unwrap_err(), UriError::TooLong);
    }
}
