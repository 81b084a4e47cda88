//! Name constraints (RFC 5280 4.2.1.10): whether all names of a certificate are those that an authority above it may name.
//!
//! Of domain names, addresses, URIs and directory names. A name of another form is refused where any constraint is on that form.

use super::{
    Certificate, DIRECTORY, DNS, Der, EMAIL, IP, URI, begins_with, common_name, has_email, is_domain, is_subdomain,
    uri_host,
};
use crate::certificate_error::CertificateError;

/// How many times a name is compared with a constraint, all along a chain: a chain of many of both would keep the device busy for minutes.
pub(super) const MAX_COMPARISONS: u16 = 16_384;

/// Checks all names of a certificate. `common`: the common name counts as a domain name.
#[inline(never)]
pub(super) fn constrain(
    constraints: &[u8],
    certificate: &Certificate<'_>,
    common: bool,
    budget: &mut u16,
) -> Result<(), CertificateError> {
    let mut fields = Der::new(constraints);
    let (permitted, excluded) = (fields.read(0xa0), fields.read(0xa1));
    if permitted == Some(&[]) || excluded == Some(&[]) || !fields.is_empty() {
        return Err(CertificateError::Malformed);
    }
    let subtrees = [excluded.unwrap_or_default(), permitted.unwrap_or_default()];
    let mut check = |tag, name| allowed(&subtrees, tag, name, budget);
    if certificate.subject.len() > 2 {
        check(DIRECTORY, certificate.subject)?;
    }
    // an address of mail in the subject is under the constraints on such (4.2.1.10), which are not compared
    if has_email(certificate.subject) {
        check(EMAIL, &[])?;
    }
    if let Some(name) = common_name(certificate.subject)
        && common
        && certificate.names.is_empty()
    {
        check(DNS, name)?;
    }
    let mut names = Der::new(certificate.names);
    while let Some((tag, name)) = names.element() {
        check(tag, name)?;
    }
    Ok(())
}

/// In no excluded subtree, and in a permitted one where there are any of this form.
#[inline(never)]
fn allowed(subtrees: &[&[u8]; 2], tag: u8, name: &[u8], budget: &mut u16) -> Result<(), CertificateError> {
    for (subtrees, excluded) in subtrees.iter().zip([true, false]) {
        let mut subtrees = Der::new(subtrees);
        let mut found = None;
        while !subtrees.is_empty() {
            // minimum and maximum of a GeneralSubtree are not used with any form (4.2.1.10)
            let mut subtree = subtrees.sequence();
            let base = subtree.element();
            let (Some((form, base)), true) = (base, subtree.is_empty()) else {
                return Err(CertificateError::NameConstraints);
            };
            *budget = budget.checked_sub(1).ok_or(CertificateError::TooComplex)?;
            if form == tag {
                let inside = is_inside(tag, name, base, excluded).ok_or(CertificateError::NameConstraints)?;
                found = Some(inside || found == Some(true));
            }
        }
        if found == Some(excluded) {
            return Err(CertificateError::NameConstraints);
        }
    }
    Ok(())
}

/// Whether the name is in the subtree of `base`; `None`: that cannot be said. A wildcard is in an excluded one if any name is that it stands for:
/// `*.example.com` with `host.example.com` excluded.
#[inline(never)]
fn is_inside(tag: u8, name: &[u8], base: &[u8], excluded: bool) -> Option<bool> {
    match tag {
        DNS => {
            let plain = name.strip_prefix(b"*.").unwrap_or(name);
            let sound = is_domain(plain) && (base.is_empty() || is_domain(base));
            let reaches = excluded && plain.len() < name.len() && is_subdomain(base, plain);
            sound.then(|| reaches || is_subdomain(name, base))
        }
        IP => address_inside(name, base),
        URI => {
            let host = uri_host(name)?;
            // with a dot before it, all hosts below; without, that host alone
            let domain = base.strip_prefix(b".").unwrap_or(base);
            let (below, dotted) = (host.len() > domain.len(), base.len() > domain.len());
            (is_domain(host) && is_domain(domain)).then(|| below == dotted && is_subdomain(host, domain))
        }
        DIRECTORY => begins_with(name, base, true),
        _ => None,
    }
}

/// An address and a mask of contiguous ones (RFC 4632 3.1).
#[inline(never)]
fn address_inside(name: &[u8], base: &[u8]) -> Option<bool> {
    let (network, mask) = base.split_at_checked(base.len() >> 1)?;
    let mut ended = false;
    let contiguous = mask.iter().all(|byte| {
        let zeros = !byte;
        let sound = zeros & zeros.wrapping_add(1) == 0 && (!ended || *byte == 0);
        ended |= zeros != 0;
        sound
    });
    if !matches!(name.len(), 4 | 16) || !matches!(base.len(), 8 | 32) || !contiguous {
        return None;
    }
    let mut bytes = name.iter().zip(network).zip(mask);
    Some(name.len() == network.len() && bytes.all(|((name, network), mask)| (name ^ network) & mask == 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_outside_of_a_subtree_is_allowed() {
        let dns = |name: &str, base: &str| is_inside(DNS, name.as_bytes(), base.as_bytes(), false);
        assert_eq!(dns("example.com", "example.com"), Some(true));
        assert_eq!(dns("a.b.Example.com", "eXample.com"), Some(true));
        assert_eq!(dns("*.example.com", "example.com"), Some(true));
        assert_eq!(dns("example.com", ""), Some(true));
        assert_eq!(dns("badexample.com", "example.com"), Some(false));
        assert_eq!(dns("com", "example.com"), Some(false));
        assert_eq!(dns("*.example.com", "a.example.com"), Some(false));
        for (name, base) in [("*", "com"), ("a.com", "*.com"), ("a.com", ".com"), ("a b.com", "com"), ("", "com")] {
            assert_eq!(dns(name, base), None, "{name} {base}");
        }
        let uri = |name: &str, base: &str| is_inside(URI, name.as_bytes(), base.as_bytes(), false);
        assert_eq!(uri("coaps://a.example.com/x", ".example.com"), Some(true));
        assert_eq!(uri("coaps://example.com", ".example.com"), Some(false));
        assert_eq!(uri("coaps://example.com:1", "example.com"), Some(true));
        assert_eq!(uri("coaps://a.example.com", "example.com"), Some(false));
        for name in ["urn:x", "coaps://192.0.2.1/", "coaps://[::1]/", "coaps:///"] {
            assert_eq!(uri(name, "example.com"), None, "{name}");
        }
        assert_eq!(is_inside(EMAIL, b"a@b", b"b", false), None);
    }

    #[test]
    fn a_subject_that_is_empty_is_constrained_or_mail_in_one_is_not() {
        // permitted: directory names that begin with O=A, and mail of one host
        let constraints =
            b"\xa0\x1b\x30\x10\xa4\x0e\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x0a\x0c\x01A\x30\x07\x81\x05b.com";
        let judged = |subject: &[u8]| {
            let certificate = Certificate { subject, ..Certificate::EMPTY };
            constrain(constraints, &certificate, false, &mut { MAX_COMPARISONS })
        };
        assert_eq!(judged(b"\x30\x00"), Ok(()));
        assert_eq!(judged(b"\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x0a\x0c\x01A"), Ok(()));
        let other = judged(b"\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x0a\x0c\x01B");
        assert_eq!(other, Err(CertificateError::NameConstraints));
        // O=A, and an emailAddress of that host: addresses of mail are not compared, so that it is refused
        let mail = b"\x30\x24\x31\x0a\x30\x08\x06\x03\x55\x04\x0a\x0c\x01A\x31\x16\x30\x14\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01\x16\x07a@b.com";
        assert_eq!(judged(mail), Err(CertificateError::NameConstraints));
    }

    #[test]
    fn an_address_outside_of_a_network_is_allowed() {
        let net = [192, 0, 2, 0, 255, 255, 255, 0];
        assert_eq!(address_inside(&[192, 0, 2, 9], &net), Some(true));
        assert_eq!(address_inside(&[192, 0, 3, 9], &net), Some(false));
        assert_eq!(address_inside(&[0; 16], &net), Some(false));
        assert_eq!(address_inside(&[192, 0, 2, 9], &[192, 0, 2, 0, 255, 254, 128, 0]), None);
        assert_eq!(address_inside(&[192, 0, 2, 9], &[192, 0, 2, 0, 255, 0, 255, 0]), None);
        assert_eq!(address_inside(&[192, 0, 2, 9], &[192, 0, 2, 0, 255, 253, 0, 0]), None);
        assert_eq!(address_inside(&[192, 0, 2, 9], &[0; 8]), Some(true));
        for bad in [&[][..], &[0; 4], &[0; 9], &[0; 16]] {
            assert_eq!(address_inside(&[192, 0, 2, 9], bad), None, "{bad:?}");
        }
        assert_eq!(address_inside(&[1; 5], &net), None);
    }

    #[test]
    fn a_wildcard_reaches_what_is_excluded() {
        let reaches = |name: &[u8], excluded| is_inside(DNS, name, b"bar.example.x", excluded) == Some(true);
        assert!(reaches(b"*.example.x", true) && !reaches(b"*.example.x", false));
        assert!(reaches(b"*.bar.example.x", true) && reaches(b"*.bar.example.x", false));
        assert!(!reaches(b"a.example.x", true) && !reaches(b"example.x", true) && !reaches(b"*.example.y", true));
    }
}
