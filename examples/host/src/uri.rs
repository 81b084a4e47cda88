//! A CoAP URI taken apart into where to send and which options to send (RFC 7252 6.4).

use crate::exit::Failure;
use std::net::{IpAddr, Ipv6Addr};
use stint_provisioning::Host;

/// What a URI says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// coaps.
    pub(crate) secure: bool,
    /// Name or address literal, without brackets, in lower case.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Whether the URI named the port.
    pub(crate) port_given: bool,
    /// Uri-Path options, decoded.
    pub(crate) path: Vec<Vec<u8>>,
    /// Uri-Query options, decoded.
    pub(crate) query: Vec<Vec<u8>>,
}

impl Target {
    pub(crate) fn parse(uri: &str) -> Result<Target, Failure> {
        let wrong = |why: &str| Failure::usage(format!("{uri}: {why}"));
        let (scheme, rest) = uri.split_once("://").ok_or_else(|| wrong("a URI starts with coap:// or coaps://"))?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "coap" => false,
            "coaps" => true,
            _ => {
                return Err(wrong(
                    "the scheme is neither coap nor coaps (CoAP over TCP and WebSockets is not supported)",
                ));
            }
        };
        if rest.contains('#') {
            return Err(wrong("a CoAP URI has no fragment (RFC 7252 6.4)"));
        }
        let (rest, query) = match rest.split_once('?') {
            Some((rest, query)) => (rest, Some(query)),
            None => (rest, None),
        };
        let (authority, path) = match rest.split_once('/') {
            Some((authority, path)) => (authority, Some(path)),
            None => (rest, None),
        };
        if authority.contains('@') {
            return Err(wrong("a CoAP URI has no user (RFC 7252 6.1)"));
        }
        let (host, port) = host_and_port(authority).map_err(wrong)?;
        let decoded = |part: &str| decode(part).ok_or_else(|| wrong("a percent sign stands before two hex digits"));
        // A path of "/" alone is no segment; any other slash divides two (RFC 7252 6.4 step 8).
        let path = path.filter(|path| !path.is_empty());
        let path = path.into_iter().flat_map(|path| path.split('/')).map(decoded).collect::<Result<Vec<_>, _>>()?;
        let query = query.into_iter().flat_map(|query| query.split('&')).map(decoded).collect::<Result<Vec<_>, _>>()?;
        if path.iter().chain(&query).any(|part| part.len() > 255) {
            return Err(wrong("a path segment or a part of the query is longer than 255 bytes"));
        }
        Ok(Target {
            secure,
            host: String::from_utf8(decoded(&host)?).map_err(|_| wrong("the host is not UTF-8"))?,
            port: port.unwrap_or(if secure { 5684 } else { 5683 }),
            port_given: port.is_some(),
            path,
            query,
        })
    }

    /// The address, where the host is a literal.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        // A zone ("fe80::1%eth0") is not an address to std; it is the host's resolver that knows it.
        self.host.parse().ok()
    }

    /// The name to send as SNI and as Uri-Host: none for an address literal (RFC 6066 3, RFC 7252 6.4 step 5).
    pub(crate) fn name(&self) -> Option<&str> {
        let literal = self.address().is_some() || self.host.contains(':');
        (!literal).then_some(self.host.as_str())
    }

    pub(crate) fn blob_host(&self) -> Host<'_> {
        match self.address() {
            Some(IpAddr::V4(address)) => Host::Ipv4(address),
            Some(IpAddr::V6(address)) => Host::Ipv6(address),
            None => Host::Name(&self.host),
        }
    }
}

fn host_and_port(authority: &str) -> Result<(String, Option<u16>), &'static str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']').ok_or("the bracket of the IPv6 address is not closed")?;
            let address = host.split_once('%').map_or(host, |(address, _)| address);
            address.parse::<Ipv6Addr>().map_err(|_| "there is no IPv6 address in the brackets")?;
            // The zone's percent sign may be encoded (RFC 6874 2).
            (host.replacen("%25", "%", 1).replacen('%', "%25", 1), port)
        }
        None => match authority.find(':') {
            Some(colon) => {
                let (host, port) = authority.split_at(colon);
                if port.strip_prefix(':').is_some_and(|port| port.contains(':')) {
                    return Err("an IPv6 address stands in brackets");
                }
                (host.to_ascii_lowercase(), port)
            }
            None => (authority.to_ascii_lowercase(), ""),
        },
    };
    if host.is_empty() {
        return Err("the host is missing");
    }
    let port = match port.strip_prefix(':') {
        None if port.is_empty() => None,
        None => return Err("after the bracket comes a colon and the port"),
        // An empty port is the default one (RFC 3986 3.2.3).
        Some("") => None,
        Some(digits) => match digits.parse() {
            Ok(port) if port != 0 && digits.bytes().all(|digit| digit.is_ascii_digit()) => Some(port),
            _ => return Err("the port is a number from 1 to 65535"),
        },
    };
    Ok((host, port))
}

/// Undoes percent-encoding (RFC 3986 2.1).
fn decode(part: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut bytes = part.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                (digit()? * 16 + digit()?) as u8
            }
            other => other,
        });
    }
    Some(out)
}

/// Percent-encodes all that is not unreserved (RFC 3986 2.3).
pub(crate) fn encode(part: &str) -> String {
    part.bytes()
        .map(|byte| match byte {
            b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Target;

    fn parsed(uri: &str) -> Target {
        Target::parse(uri).unwrap()
    }

    fn parts(parts: &[Vec<u8>]) -> Vec<&str> {
        parts.iter().map(|part| std::str::from_utf8(part).unwrap()).collect()
    }

    #[test]
    fn default_ports_depend_on_the_scheme() {
        assert_eq!(parsed("coap://h").port, 5683);
        assert_eq!(parsed("coaps://h").port, 5684);
        assert_eq!(parsed("COAPS://h:").port, 5684);
        assert_eq!(parsed("coap://h:61616").port, 61616);
    }

    #[test]
    fn the_examples_of_rfc_7252_6_3_are_the_same_resource() {
        for uri in [
            "coap://example.com:5683/~sensors/temp.xml",
            "coap://EXAMPLE.com/%7Esensors/temp.xml",
            "coap://EXAMPLE.com:/%7esensors/temp.xml",
        ] {
            let target = parsed(uri);
            assert_eq!((target.host.as_str(), target.port), ("example.com", 5683));
            assert_eq!(parts(&target.path), ["~sensors", "temp.xml"]);
        }
    }

    #[test]
    fn empty_segments_and_escaped_delimiters_are_kept() {
        assert!(parsed("coap://h/").path.is_empty());
        assert_eq!(parts(&parsed("coap://h//").path), ["", ""]);
        assert_eq!(parts(&parsed("coap://h/a/").path), ["a", ""]);
        let target = parsed("coap://h/a%2Fb?x%26y&z=%C3%A4&");
        assert_eq!(parts(&target.path), ["a/b"]);
        assert_eq!(parts(&target.query), ["x&y", "z=ä", ""]);
        assert_eq!(parts(&parsed("coap://h?q").query), ["q"]);
    }

    #[test]
    fn only_names_are_named_to_the_server() {
        assert_eq!(parsed("coap://example.com").name(), Some("example.com"));
        for literal in ["coap://127.0.0.1", "coap://[::1]:1", "coap://[fe80::1%25eth0]"] {
            assert_eq!(parsed(literal).name(), None, "{literal}");
        }
        assert_eq!(parsed("coap://[fe80::1%25eth0]").host, "fe80::1%eth0");
        assert_eq!(parsed("coap://[fe80::1%eth0]").host, "fe80::1%eth0");
    }

    #[test]
    fn what_is_no_coap_uri_is_refused() {
        let long = format!("coap://h/{}", "x".repeat(256));
        for uri in [
            "h",
            "http://h",
            "coap+tcp://h",
            "coap://",
            "coap:///a",
            "coap://h#f",
            "coap://u@h",
            "coap://h/%4",
            "coap://h/%zz",
            "coap://::1",
            "coap://[::1",
            "coap://[h]",
            "coap://[::1]5683",
            "coap://h:0",
            "coap://h:65536",
            "coap://h:+1",
            &long,
        ] {
            assert!(Target::parse(uri).is_err(), "{uri}");
        }
    }
}
