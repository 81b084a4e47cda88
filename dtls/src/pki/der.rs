//! Reads the Distinguished Encoding Rules (X.690) off the front of a slice: definite, shortest lengths, tags of one byte, at most 65,535 bytes.
//!
//! `None`, or a reader that is [`BROKEN`], when the bytes are something else; nothing is indexed, and nothing calls itself.

use crate::crypto::PublicKey;
use crate::wire::Reader;

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
const BROKEN: &[u8] = &[NONE];

/// No element has this tag: tags of several bytes begin with it.
const NONE: u8 = 0x1f;

#[derive(Clone, Copy)]
pub(crate) struct Der<'a>(Reader<'a>);

impl<'a> Der<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(Reader::new(bytes))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tag of the next element, if there is one.
    pub(crate) fn tag(&self) -> u8 {
        let mut ahead = self.0;
        ahead.u8().unwrap_or(NONE)
    }

    /// The contents of the next element, whatever its tag.
    #[inline(never)]
    pub(crate) fn any(&mut self) -> Option<&'a [u8]> {
        let mut ahead = self.0;
        if ahead.u8()? & NONE == NONE {
            return None;
        }
        let len = match ahead.u8()? {
            len @ 0..=0x7f => len.into(),
            long @ (0x81 | 0x82) => {
                let width = long & 3;
                // the shortest length: 0x80 or more in one byte, 0x100 or more in two
                ahead.uint(width.into()).filter(|len| len >> (6 + width) != 0)?
            }
            _ => return None,
        };
        let contents = ahead.take(len as usize)?;
        self.0 = ahead;
        Some(contents)
    }

    /// The next element: its tag and its contents.
    #[inline(always)]
    pub(crate) fn element(&mut self) -> Option<(u8, &'a [u8])> {
        let tag = self.tag();
        Some((tag, self.any()?))
    }

    /// The contents of the next element, if it has this tag; it stays where it is if not.
    #[inline(never)]
    pub(crate) fn read(&mut self, tag: u8) -> Option<&'a [u8]> {
        if self.tag() == tag { self.any() } else { None }
    }

    /// The contents of the next element, which must have this tag; else this is broken.
    #[inline(never)]
    pub(crate) fn contents(&mut self, tag: u8) -> &'a [u8] {
        let contents = self.read(tag);
        self.require(contents.is_some());
        contents.unwrap_or_default()
    }

    /// All of the next element, which must have this tag; else this is broken.
    #[inline(never)]
    pub(crate) fn whole(&mut self, tag: u8) -> &'a [u8] {
        let mut all = self.0;
        let found = self.read(tag).is_some();
        let whole = all.take(all.len().saturating_sub(self.0.len()));
        self.require(found);
        whole.unwrap_or_default()
    }

    /// A sequence, entered; else this is broken.
    pub(crate) fn sequence(&mut self) -> Self {
        Self::new(self.contents(SEQUENCE))
    }

    /// The contents of the next element, which must have this tag and be not empty; else this is broken.
    pub(crate) fn filled(&mut self, tag: u8) -> &'a [u8] {
        let contents = self.contents(tag);
        self.require(!contents.is_empty());
        contents
    }

    /// A BOOLEAN that is FALSE where it is left out: 0xff or 0, as DER has it (X.690 11.1); else this is broken.
    #[inline(never)]
    pub(crate) fn boolean(&mut self) -> bool {
        let value = self.read(BOOLEAN).unwrap_or(&[0]);
        self.require(matches!(value, [0 | 0xff]));
        value == [0xff]
    }

    /// The bits of a BIT STRING that fill its bytes; else this is broken.
    pub(crate) fn bits(&mut self) -> &'a [u8] {
        let contents = self.contents(BIT_STRING);
        self.require(contents.first() == Some(&0));
        contents.get(1..).unwrap_or_default()
    }

    /// Breaks this where something does not hold.
    pub(crate) fn require(&mut self, holds: bool) {
        if !holds {
            self.0 = Reader::new(BROKEN);
        }
    }

    /// `Some` when nothing is left.
    pub(crate) fn finish(self) -> Option<()> {
        self.0.finish()
    }
}

/// The contents of the one element of this tag that `bytes` are.
#[inline(never)]
pub(crate) fn only(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let mut der = Der::new(bytes);
    let contents = der.read(tag)?;
    der.finish()?;
    Some(contents)
}

/// An INTEGER's contents, which are as short as they can be (X.690 8.3.2).
pub(crate) fn integer(contents: &[u8]) -> Option<&[u8]> {
    match contents {
        [] | [0, (0..=0x7f), ..] | [0xff, (0x80..=0xff), ..] => None,
        _ => Some(contents),
    }
}

/// SubjectPublicKeyInfo (RFC 5280 4.1), taken apart.
pub(crate) fn public_key(spki: &[u8]) -> Option<PublicKey<'_>> {
    let mut fields = Der::new(only(spki, SEQUENCE)?);
    let (algorithm, bits) = (fields.contents(SEQUENCE), fields.bits());
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
            assert!(Der::new(bytes).any().is_none(), "{bytes:02x?}");
        }
        let mut long = [0; 0x80 + 3];
        long[..3].copy_from_slice(&[0x30, 0x81, 0x80]);
        assert_eq!(Der::new(&long).any().unwrap().len(), 0x80);
        let mut longer = [0; 0x100 + 4];
        longer[..4].copy_from_slice(&[0x30, 0x82, 1, 0]);
        assert_eq!(Der::new(&longer).whole(SEQUENCE).len(), 0x104);
    }

    #[test]
    fn a_length_that_is_not_the_shortest_is_read() {
        for len in 0..=0x1ff_u16 {
            let [high, low] = len.to_be_bytes();
            let forms: [(&[u8], bool); 3] = [
                (&[OCTET_STRING, low], high == 0 && low < 0x80),
                (&[OCTET_STRING, 0x81, low], high == 0 && low >= 0x80),
                (&[OCTET_STRING, 0x82, high, low], high > 0),
            ];
            for (head, shortest) in forms {
                // all that it speaks of is there
                let mut bytes = [7; 4 + 0x1ff];
                bytes[..head.len()].copy_from_slice(head);
                let said = usize::from(if head.len() == 4 { len } else { low.into() });
                let whole = head.len() == 4 || high == 0;
                let read = Der::new(&bytes[..head.len() + said]).any().map(<[u8]>::len);
                assert!(!whole || read == shortest.then_some(said), "{head:02x?}: {read:?}");
            }
        }
    }

    #[test]
    fn an_integer_or_boolean_that_is_no_der_is_read() {
        for bad in [&[][..], &[0, 0], &[0, 0x7f], &[0xff, 0x80], &[0xff, 0xff]] {
            assert!(integer(bad).is_none(), "{bad:02x?}");
        }
        for good in [&[0][..], &[0x7f], &[0, 0x80], &[0xff, 0x7f], &[0x80]] {
            assert!(integer(good).is_some(), "{good:02x?}");
        }
        let boolean = |bytes| {
            let mut der = Der::new(bytes);
            let value = der.boolean();
            der.finish().map(|()| value)
        };
        assert_eq!([&[1, 1, 0xff][..], &[1, 1, 0], &[]].map(boolean), [Some(true), Some(false), Some(false)]);
        for bad in [&[1, 0][..], &[1, 1, 1], &[1, 1, 0xfe], &[1, 2, 0xff, 0xff], &[1, 1], &[2, 1, 0xff]] {
            assert!(boolean(bad).is_none(), "{bad:02x?}");
        }
    }

    #[test]
    fn bytes_after_the_element_are_overlooked() {
        assert_eq!(only(&[4, 1, 9], OCTET_STRING), Some(&[9][..]));
        assert_eq!(only(&[4, 1, 9, 0], OCTET_STRING), None);
        assert_eq!(only(&[4, 1, 9], OID), None);
        for bad in [&[3, 2, 1, 0x80][..], &[3, 0], &[4, 2, 0, 0x80]] {
            let mut der = Der::new(bad);
            der.bits();
            assert!(der.finish().is_none(), "{bad:02x?}");
        }
        let mut der = Der::new(&[4, 1, 9]);
        assert!(der.read(OID).is_none() && der.read(OCTET_STRING) == Some(&[9]) && der.is_empty());
    }

    #[test]
    fn a_reader_goes_on_behind_what_it_did_not_expect() {
        let steps: [fn(&mut Der<'_>); 6] = [
            |der| _ = der.whole(SEQUENCE),
            |der| _ = der.contents(SEQUENCE),
            |der| _ = der.filled(OCTET_STRING),
            |der| _ = der.bits(),
            |der| _ = der.sequence(),
            |der| der.require(false),
        ];
        for step in steps {
            let mut der = Der::new(&[4, 0, 4, 0]);
            step(&mut der);
            assert!(!der.is_empty() && der.any().is_none() && der.contents(OCTET_STRING).is_empty());
            assert!(der.whole(OCTET_STRING).is_empty() && der.finish().is_none());
        }
    }
}
