//! Which server was asked for, and whether a certificate names it (RFC 9525, which tightens RFC 6125).

use super::{Certificate, Der, common_name};

/// The tags of GeneralName (RFC 5280 4.2.1.6): rfc822Name.
pub(super) const EMAIL: u8 = 0x81;
/// dNSName.
pub(super) const DNS: u8 = 0x82;
/// directoryName.
pub(super) const DIRECTORY: u8 = 0xa4;
/// uniformResourceIdentifier.
pub(super) const URI: u8 = 0x86;
/// iPAddress.
pub(super) const IP: u8 = 0x87;

/// The server that the certificate must name (the reference identifier of RFC 9525 1.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerName<'b> {
    /// A domain name, in A-labels (ASCII), with or without the dot at its end: matched with dNSName.
    Dns(&'b str),
    /// An address of 4 or 16 bytes: matched with iPAddress, byte for byte.
    Ip(&'b [u8]),
    /// A URI: matched with uniformResourceIdentifier. Of one with an authority, as `coaps://host`, scheme and host count and nothing else (RFC 9525 6.5);
    /// one without, as `urn:dev:mac:…`, must be the same, but for the case of its scheme.
    Uri(&'b str),
    /// Any server that the chain leads to. With a public authority as anchor that is anybody: choose it only where an anchor or a pin is the server's own
    /// key, or an authority that makes certificates for nobody else.
    Any,
}

/// Whether the certificate names the server.
///
/// A dNSName matches without regard to case. A wildcard counts where `wildcards` allows it, as the whole left-most label, for one label, and with two labels or
/// more after it (RFC 9525 6.3). The common name counts only when it is asked for and no name of these three forms is there (RFC 6125 6.4.4).
pub(super) fn names_server(
    certificate: &Certificate<'_>,
    server: &ServerName<'_>,
    wildcards: bool,
    fallback: bool,
) -> bool {
    let (tag, wanted) = match server {
        ServerName::Dns(name) => (DNS, name.as_bytes()),
        ServerName::Ip(address) => (IP, *address),
        ServerName::Uri(uri) => (URI, uri.as_bytes()),
        ServerName::Any => return true,
    };
    let wanted = if tag == DNS { wanted.strip_suffix(b".").unwrap_or(wanted) } else { wanted };
    let mut names = Der::new(certificate.names);
    let mut named = false;
    while let Some((form, name)) = names.element() {
        named |= matches!(form, DNS | URI | IP);
        let same = match form {
            _ if form != tag => false,
            DNS => same_domain(name, wanted, wildcards),
            IP => name == wanted,
            _ => same_uri(name, wanted),
        };
        if same {
            return true;
        }
    }
    let common = if fallback && !named && tag == DNS { common_name(certificate.subject) } else { None };
    common.is_some_and(|common| same_domain(common, wanted, false))
}

fn same_domain(presented: &[u8], wanted: &[u8], wildcards: bool) -> bool {
    let same = match (presented.strip_prefix(b"*."), split_at_first(wanted, b'.')) {
        (Some(parent), Some((_, above))) if wildcards => {
            split_at_first(parent, b'.').is_some() && same_ascii(parent, above)
        }
        _ => same_ascii(presented, wanted),
    };
    same && is_domain(wanted)
}

/// The domain itself, or labels before it.
#[inline(never)]
pub(super) fn is_subdomain(name: &[u8], base: &[u8]) -> bool {
    let Some((labels, end)) = name.len().checked_sub(base.len()).and_then(|at| name.split_at_checked(at)) else {
        return false;
    };
    same_ascii(end, base) && (labels.is_empty() || base.is_empty() || labels.last() == Some(&b'.'))
}

/// Labels of letters, digits and hyphens (RFC 5280 4.2.1.6: the preferred name syntax), and no address: the last label is no number.
#[inline(never)]
pub(super) fn is_domain(name: &[u8]) -> bool {
    let mut sound = name.len() <= 253;
    // of the label: its length, whether it is a number, and its last byte; a hyphen may be neither first nor last, and stands for that of no byte
    let (mut len, mut number, mut last) = (0, true, b'-');
    for byte in name {
        if *byte == b'.' {
            sound &= last != b'-';
            (len, number, last) = (0, true, b'-');
        } else {
            sound &= byte.is_ascii_alphanumeric() || *byte == b'-' && len > 0;
            len += 1;
            sound &= len <= 63;
            number &= byte.is_ascii_digit();
            last = *byte;
        }
    }
    sound && last != b'-' && !number
}

fn same_uri(presented: &[u8], wanted: &[u8]) -> bool {
    let (Some((scheme, rest)), Some((wanted_scheme, wanted_rest))) =
        (split_at_first(presented, b':'), split_at_first(wanted, b':'))
    else {
        return false;
    };
    let same = match (host(rest), host(wanted_rest)) {
        (Some(host), Some(wanted)) => !host.is_empty() && same_ascii(host, wanted),
        (None, None) => rest == wanted_rest,
        _ => false,
    };
    same && same_ascii(scheme, wanted_scheme)
}

/// The same, but for the case of ASCII letters.
#[inline(never)]
pub(super) fn same_ascii(a: &[u8], b: &[u8]) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// What stands before and behind the first of these bytes.
#[inline(never)]
fn split_at_first(text: &[u8], mark: u8) -> Option<(&[u8], &[u8])> {
    let (before, rest) = text.split_at_checked(text.iter().position(|byte| *byte == mark)?)?;
    Some((before, rest.get(1..)?))
}

/// The host of what follows a scheme, where that has an authority (RFC 3986 3.2): without user and port.
pub(super) fn host(rest: &[u8]) -> Option<&[u8]> {
    let authority = rest.strip_prefix(b"//")?.split(|byte| matches!(byte, b'/' | b'?' | b'#')).next()?;
    let host = authority.rsplit(|byte| *byte == b'@').next()?;
    if host.first() == Some(&b'[') {
        return host.split_inclusive(|byte| *byte == b']').next();
    }
    host.split(|byte| *byte == b':').next()
}

/// The host of a URI.
pub(super) fn uri_host(uri: &[u8]) -> Option<&[u8]> {
    host(split_at_first(uri, b':')?.1)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    #[test]
    fn a_domain_is_taken_for_another() {
        let same = |presented: &str, wanted: &str| same_domain(presented.as_bytes(), wanted.as_bytes(), true);
        assert!(
            same("Example.com", "eXample.COM")
                && same("*.example.com", "a.example.com")
                && same("localhost", "localhost")
        );
        for (presented, wanted) in [
            ("example.com", "example.org"),
            ("example.com", "a.example.com"),
            ("*.example.com", "example.com"),
            ("*.example.com", "a.b.example.com"),
            ("*.example.com", ".example.com"),
            ("*.com", "example.com"),
            ("*", "example"),
            ("*.", "example."),
            ("a*.example.com", "ab.example.com"),
            ("a.*.example.com", "a.b.example.com"),
            ("*.*.example.com", "a.b.example.com"),
            ("**.example.com", "a.example.com"),
            ("*.example.com", "*.example.com"),
            ("", ""),
            ("192.0.2.1", "192.0.2.1"),
            ("a_b.example", "a_b.example"),
            ("-a.example", "-a.example"),
            ("a..example", "a..example"),
            ("example.com\0.evil", "example.com"),
            (" example.com", "example.com"),
        ] {
            assert!(!same(presented, wanted), "{presented} {wanted}");
        }
        assert!(!same_domain(b"*.example.com", b"a.example.com", false));
        // 63 bytes a label, 253 in all (RFC 1035 2.3.4); hyphens within a label
        let label = |len: usize| [&[b'a'; 64][..len], b".example"].concat();
        assert!(is_domain(&label(63)) && !is_domain(&label(64)) && is_domain(b"a-b--c.example"));
        let labels = |last: usize| [&label(63)[..64], &label(63)[..64], &label(63)[..64], &[b'a'; 62][..last]].concat();
        assert!(is_domain(&labels(61)) && !is_domain(&labels(62)));
    }

    #[test]
    fn a_name_of_one_form_is_taken_for_one_of_another() {
        // bytes that are a name in every form
        let forms = [(DNS, ServerName::Dns("ab.c")), (IP, ServerName::Ip(b"ab.c")), (URI, ServerName::Uri("ab:c"))];
        for tag in [EMAIL, DNS, DIRECTORY, URI, IP] {
            for (form, server) in &forms {
                for text in [b"ab.c", b"ab:c"] {
                    let names = [&[tag, 4][..], text].concat();
                    let certificate = Certificate { names: &names, ..Certificate::EMPTY };
                    let same = tag == *form && (text == b"ab:c") == (tag == URI);
                    assert_eq!(names_server(&certificate, server, true, true), same, "{tag:02x} {server:?}");
                }
            }
        }
    }

    #[test]
    fn a_uri_is_taken_for_another() {
        let same = |presented: &str, wanted: &str| same_uri(presented.as_bytes(), wanted.as_bytes());
        assert!(same("COAPS://Host.example", "coaps://host.example:5684/path?x"));
        assert!(same("coaps://[2001:db8::1]:5684/", "coaps://[2001:DB8::1]"));
        assert!(same("URN:dev:mac:0024befffe804ff1", "urn:dev:mac:0024befffe804ff1"));
        assert!(same("coaps://user@host.example/", "coaps://host.example"));
        for (presented, wanted) in [
            ("coap://host.example", "coaps://host.example"),
            ("coaps://host.example", "coaps://other.example"),
            ("coaps://host.example", "coaps:host.example"),
            ("coaps://[2001:db8::1]", "coaps://[2001:db8::2]"),
            ("coaps://host.example@evil.example", "coaps://host.example"),
            ("coaps:///path", "coaps:///path"),
            ("urn:dev:mac:0024befffe804ff1", "urn:dev:mac:0024befffe804ff2"),
            ("host.example", "host.example"),
        ] {
            assert!(!same(presented, wanted), "{presented} {wanted}");
        }
    }
}
