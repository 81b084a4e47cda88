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
    while let Some(name) = names.element() {
        named |= matches!(name.tag, DNS | URI | IP);
        let same = match name.tag {
            _ if name.tag != tag => false,
            DNS => same_domain(name.contents, wanted, wildcards),
            IP => name.contents == wanted,
            _ => same_uri(name.contents, wanted),
        };
        if same {
            return true;
        }
    }
    let common = if fallback && !named && tag == DNS { common_name(certificate.subject) } else { None };
    common.is_some_and(|common| same_domain(common, wanted, false))
}

fn same_domain(presented: &[u8], wanted: &[u8], wildcards: bool) -> bool {
    let Some(parent) = presented.strip_prefix(b"*.") else {
        return is_domain(presented) && presented.eq_ignore_ascii_case(wanted);
    };
    let dots = |name: &[u8]| name.iter().filter(|byte| **byte == b'.').count();
    let (above, all) = (dots(parent), dots(wanted));
    wildcards && above > 0 && all == above + 1 && is_domain(parent) && is_domain(wanted) && is_subdomain(wanted, parent)
}

/// The domain itself, or labels before it.
#[inline(never)]
pub(super) fn is_subdomain(name: &[u8], base: &[u8]) -> bool {
    let Some((labels, end)) = name.len().checked_sub(base.len()).and_then(|at| name.split_at_checked(at)) else {
        return false;
    };
    end.eq_ignore_ascii_case(base) && (labels.is_empty() || base.is_empty() || labels.last() == Some(&b'.'))
}

/// Labels of letters, digits and hyphens (RFC 5280 4.2.1.6: the preferred name syntax), and no address: the last label is no number.
#[inline(never)]
pub(super) fn is_domain(name: &[u8]) -> bool {
    let mut last_is_number = true;
    let whole = name.split(|byte| *byte == b'.').all(|label| {
        last_is_number = label.iter().all(u8::is_ascii_digit);
        let hyphens = label.first() == Some(&b'-') || label.last() == Some(&b'-');
        !label.is_empty()
            && label.len() <= 63
            && !hyphens
            && label.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
    });
    whole && !last_is_number && name.len() <= 253
}

fn same_uri(presented: &[u8], wanted: &[u8]) -> bool {
    let (Some((scheme, rest)), Some((wanted_scheme, wanted_rest))) = (scheme(presented), scheme(wanted)) else {
        return false;
    };
    let same = match (host(rest), host(wanted_rest)) {
        (Some(host), Some(wanted)) => !host.is_empty() && host.eq_ignore_ascii_case(wanted),
        (None, None) => rest == wanted_rest,
        _ => false,
    };
    same && scheme.eq_ignore_ascii_case(wanted_scheme)
}

/// Splits a URI at its first colon.
fn scheme(uri: &[u8]) -> Option<(&[u8], &[u8])> {
    let (scheme, rest) = uri.split_at_checked(uri.iter().position(|byte| *byte == b':')?)?;
    Some((scheme, rest.strip_prefix(b":")?))
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
    host(scheme(uri)?.1)
}

#[cfg(test)]
mod tests {
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
