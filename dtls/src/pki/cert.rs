//! A certificate, taken apart where it stands (RFC 5280 4.1 and 4.2). Says what it claims; `path` says whether that is enough.

use super::{
    BIT_STRING, BOOLEAN, Der, INTEGER, OCTET_STRING, OID, SEQUENCE, UnixTime, boolean, integer, only, public_key,
    read_time, whole_bits,
};
use crate::certificate_error::CertificateError;
use crate::crypto::PublicKey;

/// digitalSignature, in the first byte of keyUsage (RFC 5280 4.2.1.3).
pub(super) const DIGITAL_SIGNATURE: u8 = 0x80;
/// keyCertSign, in the same byte.
pub(super) const KEY_CERT_SIGN: u8 = 0x04;

/// What a certificate says. Slices are of the certificate itself; an extension that is absent is an empty slice.
#[derive(Clone, Copy)]
pub(super) struct Certificate<'a> {
    /// All of it.
    pub(super) der: &'a [u8],
    /// What is signed.
    pub(super) tbs: &'a [u8],
    /// The contents of the AlgorithmIdentifier of the signature.
    pub(super) algorithm: &'a [u8],
    pub(super) signature: &'a [u8],
    /// The issuer's Name, all of it.
    pub(super) issuer: &'a [u8],
    pub(super) not_before: UnixTime,
    pub(super) not_after: UnixTime,
    /// The subject's Name, all of it.
    pub(super) subject: &'a [u8],
    /// SubjectPublicKeyInfo, all of it.
    pub(super) spki: &'a [u8],
    pub(super) key: PublicKey<'a>,
    /// Before version 3 there are no extensions.
    pub(super) v3: bool,
    /// cA of basicConstraints.
    pub(super) ca: bool,
    /// pathLenConstraint; 255: there is none.
    pub(super) path_len: u8,
    /// The first byte of keyUsage.
    pub(super) key_usage: Option<u8>,
    /// The key purposes of extendedKeyUsage, one after the other.
    pub(super) purposes: &'a [u8],
    /// The names of subjectAltName, one after the other.
    pub(super) names: &'a [u8],
    /// The contents of NameConstraints.
    pub(super) constraints: &'a [u8],
    /// keyIdentifier of authorityKeyIdentifier.
    pub(super) authority_key_id: &'a [u8],
    pub(super) key_id: &'a [u8],
}

impl<'a> Certificate<'a> {
    pub(super) const EMPTY: Self = Self {
        der: &[],
        tbs: &[],
        algorithm: &[],
        signature: &[],
        issuer: &[],
        not_before: UnixTime(0),
        not_after: UnixTime(0),
        subject: &[],
        spki: &[],
        key: PublicKey { algorithm: &[], bits: &[] },
        v3: false,
        ca: false,
        path_len: 255,
        key_usage: None,
        purposes: &[],
        names: &[],
        constraints: &[],
        authority_key_id: &[],
        key_id: &[],
    };

    /// Reads a certificate that is all of `der`.
    #[inline(never)]
    pub(super) fn read(&mut self, der: &'a [u8]) -> Result<(), CertificateError> {
        *self = Self::EMPTY;
        self.der = der;
        let (inner, extensions) = self.fields().ok_or(CertificateError::Malformed)?;
        if inner != self.algorithm {
            return Err(CertificateError::AlgorithmMismatch);
        }
        let mut extensions = Der::new(extensions);
        let mut seen = 0;
        while !extensions.is_empty() {
            let (oid, critical, value) = extension(&mut extensions).ok_or(CertificateError::Malformed)?;
            let known = self.extension(oid, critical, value, &mut seen).ok_or(CertificateError::Malformed)?;
            if critical && !known {
                return Err(CertificateError::UnknownCriticalExtension);
            }
        }
        Ok(())
    }

    /// Certificate and TBSCertificate (RFC 5280 4.1); returns the inner AlgorithmIdentifier and the extensions.
    fn fields(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        let mut outer = Der::new(only(self.der, SEQUENCE)?);
        self.tbs = outer.whole(SEQUENCE);
        self.algorithm = outer.contents(SEQUENCE);
        self.signature = whole_bits(outer.contents(BIT_STRING))?;
        let mut tbs = Der::new(only(self.tbs, SEQUENCE)?);
        // an INTEGER; v1 is the default, and tolerated when written down
        let version = match tbs.contents_if(0xa0) {
            None => 0,
            Some(&[INTEGER, 1, version @ 0..=2]) => version,
            Some(_) => return None,
        };
        self.v3 = version == 2;
        // Used for nothing. Zero and negative ones exist, and are to be handled gracefully (4.1.2.2).
        let serial = integer(tbs.contents(INTEGER))?;
        let inner = tbs.contents(SEQUENCE);
        // a sequence of sets, which `same_name` looks into
        self.issuer = tbs.whole(SEQUENCE);
        let mut validity = Der::new(tbs.contents(SEQUENCE));
        self.not_before = read_time(validity.element()?)?;
        self.not_after = read_time(validity.element()?)?;
        self.subject = tbs.whole(SEQUENCE);
        self.spki = tbs.whole(SEQUENCE);
        self.key = public_key(self.spki)?;
        let unique = tbs.contents_if(0x81).is_some() | tbs.contents_if(0x82).is_some();
        let extensions = tbs.contents_if(0xa3);
        let old = version == 0 && unique || !self.v3 && extensions.is_some();
        let nobody = self.issuer.len() <= 2;
        let sound = outer.is_empty() && tbs.is_empty() && validity.is_empty();
        if !sound || serial.len() > 20 || old || nobody {
            return None;
        }
        let extensions = match extensions {
            Some(extensions) => filled(only(extensions, SEQUENCE)?)?,
            None => &[],
        };
        Some((inner, extensions))
    }

    /// Whether keyUsage allows a use; absent, it allows every one (4.2.1.3).
    pub(super) fn may(&self, usage: u8) -> bool {
        self.key_usage.is_none_or(|allowed| allowed & usage != 0)
    }

    /// Takes an extension; false: it is none that is understood.
    fn extension(&mut self, oid: &[u8], critical: bool, value: &'a [u8], seen: &mut u8) -> Option<bool> {
        let &[0x55, 0x1d, last] = oid else { return Some(false) }; // id-ce
        let bit = match last {
            14 => {
                self.key_id = only(value, OCTET_STRING)?;
                1
            }
            15 => {
                self.key_usage = Some(key_usage(value)?);
                2
            }
            17 => {
                self.names = names(only(value, SEQUENCE)?)?;
                // a certificate without a subject has its name here, and says so (4.1.2.6)
                (critical || self.subject.len() > 2).then_some(())?;
                4
            }
            19 => {
                (self.ca, self.path_len) = basic_constraints(value)?;
                8
            }
            30 => {
                self.constraints = filled(only(value, SEQUENCE)?)?;
                16
            }
            35 => {
                self.authority_key_id = authority_key_id(value)?;
                32
            }
            37 => {
                self.purposes = purposes(only(value, SEQUENCE)?)?;
                64
            }
            _ => return Some(false),
        };
        // an extension stands once (4.2)
        (*seen & bit == 0).then_some(())?;
        *seen |= bit;
        // a key identifier must not be critical (4.2.1.1, 4.2.1.2)
        Some(last != 14 && last != 35)
    }
}

/// The issuer of a certificate, all of its Name: what a server's list of authorities is compared with (RFC 5246 7.4.4).
pub(crate) fn issuer(der: &[u8]) -> Option<&[u8]> {
    let mut certificate = Certificate::EMPTY;
    certificate.read(der).ok()?;
    Some(certificate.issuer)
}

/// OID, critical, value (RFC 5280 4.1). FALSE written down is against DER (X.690 11.5), stands in real certificates, and is tolerated.
fn extension<'a>(extensions: &mut Der<'a>) -> Option<(&'a [u8], bool, &'a [u8])> {
    let mut extension = extensions.sequence()?;
    let oid = extension.read(OID)?;
    let critical = extension.optional(BOOLEAN)?;
    let value = extension.read(OCTET_STRING)?;
    extension.finish()?;
    Some((oid, critical.map_or(Some(false), boolean)?, value))
}

fn filled(contents: &[u8]) -> Option<&[u8]> {
    (!contents.is_empty()).then_some(contents)
}

/// GeneralNames, each of a form that there is (RFC 5280 4.2.1.6).
fn names(contents: &[u8]) -> Option<&[u8]> {
    let mut names = Der::new(filled(contents)?);
    while !names.is_empty() {
        let tag = names.element()?.tag;
        (tag & 0xc0 == 0x80 && tag & 0x1f <= 8).then_some(())?;
    }
    Some(contents)
}

fn purposes(contents: &[u8]) -> Option<&[u8]> {
    let mut purposes = Der::new(filled(contents)?);
    while !purposes.is_empty() {
        purposes.read(OID)?;
    }
    Some(contents)
}

/// The first byte of the bits, those that do not count cleared.
fn key_usage(value: &[u8]) -> Option<u8> {
    match *only(value, BIT_STRING)? {
        [unused @ 0..=7, usage] => Some(usage & 0xff_u8.wrapping_shl(u32::from(unused))),
        [0..=7, usage, _] => Some(usage),
        [0] => Some(0),
        _ => None,
    }
}

/// cA and pathLenConstraint (RFC 5280 4.2.1.9). FALSE written down is tolerated, as is a constraint that constrains nothing.
fn basic_constraints(value: &[u8]) -> Option<(bool, u8)> {
    let mut fields = Der::new(only(value, SEQUENCE)?);
    let ca = fields.optional(BOOLEAN)?.map_or(Some(false), boolean)?;
    let path_len = match fields.optional(INTEGER)?.map_or(Some(&[0, 255][..]), integer)? {
        [0x80..=0xff, ..] => return None,
        [len] => *len,
        _ => 255,
    };
    fields.finish()?;
    Some((ca, path_len))
}

fn authority_key_id(value: &[u8]) -> Option<&[u8]> {
    let mut fields = Der::new(only(value, SEQUENCE)?);
    let id = fields.optional(0x80)?;
    fields.optional(0xa1)?;
    fields.optional(0x82)?;
    fields.finish()?;
    Some(id.unwrap_or_default())
}
