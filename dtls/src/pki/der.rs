//! Reads the Distinguished Encoding Rules (X.690) off the front of a slice: definite, shortest lengths, tags of one byte, at most 65,535 bytes.
//!
//! `None`, or a reader that is [`BROKEN`], when the bytes are something else; nothing is indexed, and nothing calls itself.

use crate::crypto::PublicKey;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const PRINTABLE_STRING: u8 = 0x13;
pub(crate) const IA5_STRING: u8 = 0x16;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// What a reader goes on with after something that it did not expect: never empty, and no element, so that it is told once, at the end.
const BROKEN: &[u8] = &[0x1f];

/// One element: its tag, its contents, and all of it.
#[derive(Clone, Copy)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) contents: &'a [u8],
    pub(crate) whole: &'a [u8],
}

#[derive(Clone, Copy)]
pub(crate) struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next element, whatever its tag.
    #[inline(never)]
    pub(crate) fn element(&mut self) -> Option<Element<'a>> {
        let (&[tag, first], rest) = self.0.split_first_chunk::<2>()?;
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (len, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81 => {
                let (&len, rest) = rest.split_first()?;
                (usize::from((len >= 0x80).then_some(len)?), rest)
            }
            0x82 => {
                let (&len, rest) = rest.split_first_chunk::<2>()?;
                let len = u16::from_be_bytes(len);
                (usize::from((len >= 0x100).then_some(len)?), rest)
            }
            _ => return None,
        };
        let (contents, rest) = rest.split_at_checked(len)?;
        let whole = self.0.get(..self.0.len() - rest.len())?;
        self.0 = rest;
        Some(Element { tag, contents, whole })
    }

    /// The contents of the next element, which must have this tag.
    #[inline(never)]
    pub(crate) fn read(&mut self, tag: u8) -> Option<&'a [u8]> {
        let element = self.element()?;
        (element.tag == tag).then_some(element.contents)
    }

    /// A sequence, entered.
    pub(crate) fn sequence(&mut self) -> Option<Self> {
        self.read(SEQUENCE).map(Self)
    }

    /// All of the next element, which must have this tag; else this is broken.
    #[inline(never)]
    pub(crate) fn whole(&mut self, tag: u8) -> &'a [u8] {
        match self.element() {
            Some(element) if element.tag == tag => element.whole,
            _ => {
                self.0 = BROKEN;
                &[]
            }
        }
    }

    /// The contents of the next element, which must have this tag; else this is broken.
    #[inline(never)]
    pub(crate) fn contents(&mut self, tag: u8) -> &'a [u8] {
        let contents = self.read(tag);
        if contents.is_none() {
            self.0 = BROKEN;
        }
        contents.unwrap_or_default()
    }

    /// The contents of the next element if it has this tag.
    pub(crate) fn contents_if(&mut self, tag: u8) -> Option<&'a [u8]> {
        (self.0.first() == Some(&tag)).then(|| self.contents(tag))
    }

    /// The contents of the next element if it has this tag; it stays where it is if not.
    #[inline(never)]
    pub(crate) fn optional(&mut self, tag: u8) -> Option<Option<&'a [u8]>> {
        if self.0.first() == Some(&tag) { self.read(tag).map(Some) } else { Some(None) }
    }

    /// `Some` when nothing is left.
    pub(crate) fn finish(self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

/// The contents of the one element of this tag that `bytes` are.
pub(crate) fn only(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let mut der = Der::new(bytes);
    let contents = der.read(tag)?;
    der.finish()?;
    Some(contents)
}

/// The bytes of a BIT STRING whose bits fill them.
pub(crate) fn whole_bits(contents: &[u8]) -> Option<&[u8]> {
    let (&unused, bits) = contents.split_first()?;
    (unused == 0).then_some(bits)
}

/// A BOOLEAN: 0xff or 0, as DER has it (X.690 11.1).
pub(crate) fn boolean(contents: &[u8]) -> Option<bool> {
    match contents {
        [0xff] => Some(true),
        [0] => Some(false),
        _ => None,
    }
}

/// An INTEGER's contents, which are as short as they can be (X.690 8.3.2).
pub(crate) fn integer(contents: &[u8]) -> Option<&[u8]> {
    match contents {
        [] | [0, 0..=0x7f, ..] | [0xff, 0x80..=0xff, ..] => None,
        _ => Some(contents),
    }
}

/// SubjectPublicKeyInfo (RFC 5280 4.1), taken apart.
pub(crate) fn public_key(spki: &[u8]) -> Option<PublicKey<'_>> {
    let mut fields = Der::new(only(spki, SEQUENCE)?);
    let algorithm = fields.read(SEQUENCE)?;
    let bits = whole_bits(fields.read(BIT_STRING)?)?;
    fields.finish()?;
    Some(PublicKey { algorithm, bits })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_that_is_no_der_is_read() {
        let bad: [&[u8]; 12] = [
            b"",
            b"\x30",
            b"\x30\x80\x00\x00",         // indefinite
            b"\x30\x81\x7f",             // not the shortest
            b"\x30\x81",                 // cut in the length
            b"\x30\x82\x00\xff",         // not the shortest
            b"\x30\x82\x01",             // cut in the length
            b"\x30\x83\x01\x00\x00",     // longer than anything here may be
            b"\x30\x84\x00\x00\x00\x00", // and so on
            b"\x30\xff",
            b"\x1f\x01\x00", // a tag of several bytes
            b"\x30\x02\x00", // cut in the contents
        ];
        for bytes in bad {
            assert!(Der::new(bytes).element().is_none(), "{bytes:02x?}");
        }
        let mut long = [0; 0x80 + 3];
        long[..3].copy_from_slice(&[0x30, 0x81, 0x80]);
        assert_eq!(Der::new(&long).element().unwrap().contents.len(), 0x80);
        let mut longer = [0; 0x100 + 4];
        longer[..4].copy_from_slice(&[0x30, 0x82, 1, 0]);
        assert_eq!(Der::new(&longer).element().unwrap().whole.len(), 0x104);
    }

    #[test]
    fn an_integer_or_boolean_that_is_no_der_is_read() {
        for bad in [&[][..], &[0, 0], &[0, 0x7f], &[0xff, 0x80], &[0xff, 0xff]] {
            assert!(integer(bad).is_none(), "{bad:02x?}");
        }
        for good in [&[0][..], &[0x7f], &[0, 0x80], &[0xff, 0x7f], &[0x80]] {
            assert!(integer(good).is_some(), "{good:02x?}");
        }
        assert_eq!((boolean(&[0xff]), boolean(&[0])), (Some(true), Some(false)));
        for bad in [&[][..], &[1], &[0xfe], &[0xff, 0xff]] {
            assert!(boolean(bad).is_none(), "{bad:02x?}");
        }
    }

    #[test]
    fn bytes_after_the_element_are_overlooked() {
        assert_eq!(only(&[4, 1, 9], OCTET_STRING), Some(&[9][..]));
        assert_eq!(only(&[4, 1, 9, 0], OCTET_STRING), None);
        assert_eq!(only(&[4, 1, 9], OID), None);
        assert!(whole_bits(&[1, 0x80]).is_none() && whole_bits(&[]).is_none());
        let mut der = Der::new(&[4, 1, 9]);
        assert!(der.optional(OID) == Some(None) && der.optional(OCTET_STRING) == Some(Some(&[9])) && der.is_empty());
    }
}
