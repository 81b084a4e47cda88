//! A URI of the command line: where to send, whom to name, which options to send (RFC 7252 6.4).

use crate::exit::Failure;
use std::net::{IpAddr, Ipv6Addr};
use stint_coap::{OptionNumber, Uri};
use stint_provisioning::Host;

/// What a URI says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// coaps.
    pub(crate) secure: bool,
    /// Name or address literal, without brackets, in lower case; an IPv6 address may have a zone, as fe80::1%eth0.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Uri-Path and Uri-Query, decoded; none where a proxy is asked.
    pub(crate) options: Vec<(OptionNumber, Vec<u8>)>,
    /// The URI of the resource, as it was given.
    pub(crate) uri: String,
    /// Scheme, host and port are those of a proxy, which gets the URI whole.
    pub(crate) proxied: bool,
}

impl Target {
    pub(crate) fn parse(text: &str) -> Result<Target, Failure> {
        let wrong = |why: &dyn std::fmt::Display| Failure::usage(format!("{text}: {why}"));
        let uri = Uri::parse(text).map_err(|error| match error {
            stint_coap::UriError::Scheme => {
                wrong(&"a URI starts with coap:// or coaps:// (CoAP over TCP and WebSockets is not supported)")
            }
            error => wrong(&error),
        })?;
        if uri.port == 0 {
            return Err(wrong(&"there is no port 0"));
        }
        // As many bytes as the text has, and one more a part, hold the options.
        let mut space = vec![0; 2 * text.len()];
        let options = uri.options(&mut space).map_err(|error| wrong(&error))?;
        let options = options.map(|option| (option.number, option.value.to_vec())).collect();
        let host = host(uri.host, text.contains("://[")).map_err(|why| wrong(&why))?;
        Ok(Target { secure: uri.secure, host, port: uri.port, options, uri: text.into(), proxied: false })
    }

    /// The resource of `text`, to be asked for at this proxy. What scheme it has is the proxy's affair.
    pub(crate) fn proxied(text: &str, proxy: &str) -> Result<Target, Failure> {
        let proxy = Target::parse(proxy)?;
        if !proxy.options.is_empty() {
            return Err(Failure::usage("--proxy takes a scheme, a host and a port"));
        }
        if !(1..=1_034).contains(&text.len()) || !text.contains("://") {
            return Err(Failure::usage(format!("{text}: with --proxy a whole URI is asked for, of up to 1034 bytes")));
        }
        Ok(Target { uri: text.into(), proxied: true, ..proxy })
    }

    /// Another resource of the same server: its URI, or a path that begins with a slash.
    pub(crate) fn another(&self, text: &str) -> Result<Target, Failure> {
        let uri = if text.starts_with('/') { format!("{}{text}", self.authority()) } else { text.to_owned() };
        if self.proxied {
            return Ok(Target { uri, ..self.clone() });
        }
        let other = Target::parse(&uri)?;
        if (other.secure, &other.host, other.port) != (self.secure, &self.host, self.port) {
            return Err(Failure::usage(format!("{text}: the requests of one run all go to {}", self.authority())));
        }
        Ok(other)
    }

    /// Scheme, host and port of the resource's URI.
    fn authority(&self) -> &str {
        let after = self.uri.find("://").map_or(0, |at| at + 3);
        let end = self.uri.get(after..).and_then(|rest| rest.find(['/', '?']));
        self.uri.get(..after + end.unwrap_or(self.uri.len())).unwrap_or(&self.uri)
    }

    /// Whether the URI is of a group (RFC 7252 12.8; any multicast address will do).
    pub(crate) fn is_group(&self) -> bool {
        let address = self.host.split_once('%').map_or(self.host.as_str(), |(address, _zone)| address);
        address.parse().is_ok_and(|address: IpAddr| address.is_multicast())
    }

    /// The address, where the host is a literal without a zone.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// The name to send as SNI and as Uri-Host: none for an address literal (RFC 6066 3, RFC 7252 6.4 step 5).
    pub(crate) fn name(&self) -> Option<&str> {
        let literal = self.address().is_some() || self.host.contains(':');
        (!literal).then_some(self.host.as_str())
    }

    /// The server as a blob names it.
    pub(crate) fn blob_host(&self) -> Host<'_> {
        match self.address() {
            Some(IpAddr::V4(address)) => Host::Ipv4(address),
            Some(IpAddr::V6(address)) => Host::Ipv6(address),
            None => Host::Name(&self.host),
        }
    }
}

fn host(text: &str, bracketed: bool) -> Result<String, &'static str> {
    let decoded = decode(text).ok_or("the host is not percent-encoded UTF-8")?;
    let address = decoded.split_once('%').map_or(decoded.as_str(), |(address, _)| address);
    if bracketed != address.parse::<Ipv6Addr>().is_ok() {
        return Err("an IPv6 address stands in brackets, and nothing else does");
    }
    Ok(decoded.to_ascii_lowercase())
}

/// Undoes percent-encoding (RFC 3986 2.1). A zone's percent sign may stand for itself: RFC 6874 2 wants it encoded, users do not.
fn decode(part: &str) -> Option<String> {
    let mut out = Vec::new();
    let mut rest = part;
    while let Some((before, after)) = rest.split_once('%') {
        out.extend(before.bytes());
        match after.get(..2).and_then(|digits| hex::decode(digits).ok()) {
            Some(byte) => {
                out.extend(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                out.push(b'%');
                rest = after;
            }
        }
    }
    out.extend(rest.bytes());
    String::from_utf8(out).ok()
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
    use super::{OptionNumber, Target};

    fn parsed(uri: &str) -> Target {
        Target::parse(uri).unwrap()
    }

    /// The options with this number, as text.
    fn parts(number: OptionNumber, uri: &str) -> Vec<String> {
        let options = parsed(uri).options.into_iter().filter(|(found, _)| *found == number);
        options.map(|(_, value)| String::from_utf8(value).unwrap()).collect()
    }

    fn path(uri: &str) -> Vec<String> {
        parts(OptionNumber::URI_PATH, uri)
    }

    fn query(uri: &str) -> Vec<String> {
        parts(OptionNumber::URI_QUERY, uri)
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
            assert_eq!(path(uri), ["~sensors", "temp.xml"]);
        }
    }

    #[test]
    fn empty_segments_and_escaped_delimiters_are_kept() {
        assert!(path("coap://h/").is_empty());
        assert_eq!(path("coap://h//"), ["", ""]);
        assert_eq!(path("coap://h/a/"), ["a", ""]);
        let uri = "coap://h/a%2Fb?x%26y&z=%C3%A4&";
        assert_eq!(path(uri), ["a/b"]);
        assert_eq!(query(uri), ["x&y", "z=ä", ""]);
        assert_eq!(query("coap://h?q"), ["q"]);
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
    fn further_resources_are_of_the_same_server() {
        for base in ["coap://h:1/a?b", "coap://h:1", "coap://H:1?b"] {
            let target = parsed(base).another("/c/d?e").unwrap();
            assert_eq!((target.host.as_str(), target.port), ("h", 1), "{base}");
            assert_eq!(target.options.len(), 3);
            assert_eq!(target.uri.to_lowercase(), "coap://h:1/c/d?e");
            assert!(parsed(base).another("coap://h:1/x").is_ok());
            for other in ["coap://h:2/x", "coaps://h:1/x", "coap://i:1/x", "x"] {
                assert!(parsed(base).another(other).is_err(), "{other}");
            }
        }
        let proxied = Target::proxied("http://h/a", "coap://p:9").unwrap();
        assert_eq!((proxied.host.as_str(), proxied.port, proxied.options.len()), ("p", 9, 0));
        assert_eq!(proxied.another("/b").unwrap().uri, "http://h/b");
        assert!(Target::proxied("h/a", "coap://p").is_err() && Target::proxied("http://h/a", "coap://p/x").is_err());
    }

    #[test]
    fn a_group_is_told_from_a_server() {
        assert!(parsed("coap://224.0.1.187/x").is_group() && parsed("coap://[ff02::fd%25lo]").is_group());
        assert!(!parsed("coap://127.0.0.1").is_group() && !parsed("coap://h").is_group());
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
