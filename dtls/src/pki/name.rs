//! Distinguished names: whether two are the same, whether one begins with the other (RFC 5280 7.1), and what stands in them.

use super::{Der, IA5_STRING, OID, PRINTABLE_STRING, SEQUENCE, SET, UTF8_STRING, only};

/// Whether two Names (DER, all of it) are the same.
pub(super) fn same_name(a: &[u8], b: &[u8]) -> bool {
    a == b || begins_with(a, b, false) == Some(true)
}

/// Whether a Name begins with all of another, as a subtree does with its base (RFC 5280 4.2.1.10), or is it and no more. `None`: one of them is malformed.
pub(super) fn begins_with(name: &[u8], base: &[u8], more: bool) -> Option<bool> {
    let mut name = Der::new(only(name, SEQUENCE)?);
    let mut base = Der::new(only(base, SEQUENCE)?);
    let mut equal = true;
    while !base.is_empty() {
        let theirs = base.read(SET)?;
        if name.is_empty() {
            return Some(false);
        }
        equal &= same_attributes(name.read(SET)?, theirs)?;
    }
    Some(equal && (more || name.is_empty()))
}

/// Whether two RelativeDistinguishedNames are the same. Their attributes are compared in order: DER sorts them.
fn same_attributes(a: &[u8], b: &[u8]) -> Option<bool> {
    let (mut a, mut b) = (Der::new(a), Der::new(b));
    let mut equal = true;
    while !a.is_empty() && !b.is_empty() {
        let (mut a, mut b) = (a.sequence(), b.sequence());
        equal &= a.contents(OID) == b.contents(OID);
        let ((tag, ours), (other, theirs)) = (a.element()?, b.element()?);
        equal &= tag == other && ours == theirs || is_text(tag) && is_text(other) && same_text(ours, theirs);
        a.finish()?;
        b.finish()?;
    }
    Some(equal && a.is_empty() && b.is_empty())
}

fn is_text(tag: u8) -> bool {
    matches!(tag, UTF8_STRING | PRINTABLE_STRING | IA5_STRING)
}

/// Compares without regard to the case of ASCII letters and to the number of spaces: that much of RFC 4518's preparation.
#[inline(never)]
fn same_text(a: &[u8], b: &[u8]) -> bool {
    let (mut a, mut b) = (without_spaces(a), without_spaces(b));
    while let (Some((x, rest_of_a)), Some((y, rest_of_b))) = (a.split_first(), b.split_first()) {
        if !x.eq_ignore_ascii_case(y) {
            return false;
        }
        (a, b) = (rest_of_a, rest_of_b);
        if *x == b' ' {
            (a, b) = (without_spaces(a), without_spaces(b));
        }
    }
    // what is left of either is spaces at its end
    without_spaces(a).is_empty() && without_spaces(b).is_empty()
}

#[inline(never)]
fn without_spaces(mut text: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] = text {
        text = rest;
    }
    text
}

/// The value of the last attribute of this type, which is the most specific one: its tag and contents.
pub(super) fn attribute<'a>(name: &'a [u8], oid: &[u8]) -> Option<(u8, &'a [u8])> {
    let mut sets = Der::new(only(name, SEQUENCE)?);
    let mut found = None;
    while !sets.is_empty() {
        let mut set = Der::new(sets.read(SET)?);
        while !set.is_empty() {
            let mut attribute = set.sequence();
            if attribute.read(OID)? == oid {
                found = Some(attribute.element()?);
            }
        }
    }
    found
}

/// The text of the common name (X.520; RFC 5280 appendix A.1): id-at-commonName, 2.5.4.3.
pub(super) fn common_name(name: &[u8]) -> Option<&[u8]> {
    let (tag, text) = attribute(name, &[0x55, 0x04, 0x03])?;
    is_text(tag).then_some(text)
}

/// Whether the name has an emailAddress (RFC 2985 5.2.1): 1.2.840.113549.1.9.1.
pub(super) fn has_email(name: &[u8]) -> bool {
    attribute(name, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01]).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    extern crate std;

    fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
        let mut out = std::vec![tag, u8::try_from(contents.len()).unwrap()];
        out.extend_from_slice(contents);
        out
    }

    fn name(attributes: &[(u8, u8, &str)]) -> Vec<u8> {
        let sets: Vec<u8> = attributes
            .iter()
            .flat_map(|(kind, tag, text)| {
                let value = [tlv(OID, &[0x55, 0x04, *kind]), tlv(*tag, text.as_bytes())].concat();
                tlv(SET, &tlv(SEQUENCE, &value))
            })
            .collect();
        tlv(SEQUENCE, &sets)
    }

    const P: u8 = PRINTABLE_STRING;
    const U: u8 = UTF8_STRING;

    #[test]
    fn one_name_is_taken_for_another() {
        let a = name(&[(10, P, "Acme Works"), (3, U, "root")]);
        for same in [[(10, U, "acme works"), (3, P, "ROOT")], [(10, P, " Acme   Works "), (3, U, "root")]] {
            assert!(same_name(&a, &name(&same)), "{same:?}");
        }
        for other in [
            &[(10, P, "Acme Works"), (3, U, "roots")][..],
            &[(10, P, "AcmeWorks"), (3, U, "root")],
            &[(10, P, "Acme Works"), (3, 0x14, "root")],
            &[(10, P, "Acme Works"), (4, U, "root")],
            &[(10, P, "Acme Works")],
            &[(3, U, "root"), (10, P, "Acme Works")],
            &[(10, P, "Acme Works"), (3, U, "root"), (3, U, "root")],
        ] {
            assert!(!same_name(&a, &name(other)), "{other:?}");
        }
        assert!(!same_name(&a, &a[..a.len() - 1]) && !same_name(&a, &[]));
    }

    #[test]
    fn a_name_outside_of_a_subtree_is_taken_into_it() {
        let a = name(&[(10, P, "Acme Works"), (3, U, "root")]);
        assert_eq!(begins_with(&a, &name(&[(10, U, "ACME works")]), true), Some(true));
        assert_eq!(begins_with(&a, &name(&[]), true), Some(true));
        assert_eq!(begins_with(&a, &name(&[(3, U, "root")]), true), Some(false));
        assert_eq!(begins_with(&name(&[(10, P, "Acme Works")]), &a, true), Some(false));
        assert_eq!(begins_with(&a, &[0x30, 0x01, 0x00], true), None);
    }

    #[test]
    fn an_attribute_is_not_found() {
        let a = name(&[(3, U, "first"), (10, P, "Acme"), (3, U, "last")]);
        assert_eq!(common_name(&a), Some(&b"last"[..]));
        assert_eq!(common_name(&name(&[(10, P, "Acme")])), None);
        assert_eq!(common_name(&name(&[(3, 0x1e, "bmp")])), None);
        assert!(!has_email(&a));
        let value = [tlv(OID, b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"), tlv(IA5_STRING, b"a@b.example")].concat();
        let mail = tlv(SEQUENCE, &tlv(SET, &tlv(SEQUENCE, &value)));
        assert!(has_email(&mail) && common_name(&mail).is_none());
    }
}
