//! A certificate, taken apart where it stands (RFC 5280 4.1 and 4.2). Says what it claims; `path` says whether that is enough.

use super::{BIT_STRING, Der, INTEGER, OCTET_STRING, OID, SEQUENCE, UnixTime, integer, only, public_key, read_time};
use crate::certificate_error::CertificateError;

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
    /// SubjectPublicKeyInfo, all of it: one that [`public_key`] can take apart.
    pub(super) spki: &'a [u8],
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
        let (inner, mut extensions) = self.fields().ok_or(CertificateError::Malformed)?;
        if inner != self.algorithm {
            return Err(CertificateError::AlgorithmMismatch);
        }
        let mut seen = 0;
        while !extensions.is_empty() {
            if !self.extension(&mut extensions, &mut seen).ok_or(CertificateError::Malformed)? {
                return Err(CertificateError::UnknownCriticalExtension);
            }
        }
        Ok(())
    }

    /// Certificate and TBSCertificate (RFC 5280 4.1); returns the inner AlgorithmIdentifier and the extensions.
    fn fields(&mut self) -> Option<(&'a [u8], Der<'a>)> {
        let mut outer = Der::new(only(self.der, SEQUENCE)?);
        self.tbs = outer.whole(SEQUENCE);
        self.algorithm = outer.contents(SEQUENCE);
        self.signature = outer.bits();
        let mut tbs = Der::new(self.tbs).sequence();
        // an INTEGER; v1 is the default, and tolerated when written down
        let version = match tbs.read(0xa0) {
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
        let mut validity = tbs.sequence();
        self.not_before = read_time(&mut validity);
        self.not_after = read_time(&mut validity);
        self.subject = tbs.whole(SEQUENCE);
        self.spki = tbs.whole(SEQUENCE);
        public_key(self.spki)?;
        let unique = tbs.read(0x81).is_some() | tbs.read(0x82).is_some();
        let extensions = tbs.read(0xa3);
        let old = version == 0 && unique || !self.v3 && extensions.is_some();
        let nobody = self.issuer.len() <= 2;
        let sound = outer.is_empty() && tbs.is_empty() && validity.is_empty();
        if !sound || serial.len() > 20 || old || nobody {
            return None;
        }
        let mut explicit = Der::new(extensions.unwrap_or_default());
        let extensions = if extensions.is_some() { explicit.filled(SEQUENCE) } else { &[] };
        explicit.finish()?;
        Some((inner, Der::new(extensions)))
    }

    /// Whether keyUsage allows a use; absent, it allows every one (4.2.1.3).
    pub(super) fn may(&self, usage: u8) -> bool {
        self.key_usage.is_none_or(|allowed| allowed & usage != 0)
    }

    /// Takes the next extension: OID, critical, value (RFC 5280 4.1). False: it is critical, and none that is understood. FALSE written down is against DER
    /// (X.690 11.5), stands in real certificates, and is tolerated.
    fn extension(&mut self, extensions: &mut Der<'a>, seen: &mut u32) -> Option<bool> {
        let mut fields = extensions.sequence();
        let oid = fields.contents(OID);
        let critical = fields.boolean();
        let mut value = Der::new(fields.contents(OCTET_STRING));
        fields.finish()?;
        let &[0x55, 0x1d, last] = oid else { return Some(!critical) }; // id-ce
        match last {
            14 => self.key_id = value.contents(OCTET_STRING),
            15 => self.key_usage = Some(key_usage(value.contents(BIT_STRING))?),
            17 => {
                self.names = value.filled(SEQUENCE);
                // each of a form that there is (4.2.1.6)
                each(self.names, |tag| tag & 0xc0 == 0x80 && tag & 0x1f <= 8)?;
                // a certificate without a subject has its name here, and says so (4.1.2.6)
                value.require(critical || self.subject.len() > 2);
            }
            19 => {
                // 4.2.1.9. FALSE written down is tolerated, as is a constraint that constrains nothing.
                let mut fields = value.sequence();
                self.ca = fields.boolean();
                self.path_len = match fields.read(INTEGER).map_or(Some(&[0, 255][..]), integer)? {
                    [(0x80..=0xff), ..] => return None,
                    [len] => *len,
                    _ => 255,
                };
                fields.finish()?;
            }
            30 => self.constraints = value.filled(SEQUENCE),
            35 => {
                let mut fields = value.sequence();
                self.authority_key_id = fields.read(0x80).unwrap_or_default();
                fields.read(0xa1);
                fields.read(0x82);
                fields.finish()?;
            }
            37 => {
                self.purposes = value.filled(SEQUENCE);
                each(self.purposes, |tag| tag == OID)?;
            }
            _ => return Some(!critical),
        }
        value.finish()?;
        // an extension stands once (4.2); of these numbers the last five bits differ
        let bit = 1 << (last & 31);
        (*seen & bit == 0).then_some(())?;
        *seen |= bit;
        // a key identifier must not be critical (4.2.1.1, 4.2.1.2)
        Some(!critical || last != 14 && last != 35)
    }
}

/// The issuer of a certificate, all of its Name: what a server's list of authorities is compared with (RFC 5246 7.4.4).
pub(crate) fn issuer(der: &[u8]) -> Option<&[u8]> {
    let mut certificate = Certificate::EMPTY;
    certificate.read(der).ok()?;
    Some(certificate.issuer)
}

/// Whether `contents` are elements whose tags all fit.
#[inline(never)]
fn each(contents: &[u8], fits: fn(u8) -> bool) -> Option<()> {
    let mut elements = Der::new(contents);
    while !elements.is_empty() {
        let (tag, _) = elements.element()?;
        fits(tag).then_some(())?;
    }
    Some(())
}

/// The first byte of the bits, those that do not count cleared.
fn key_usage(bits: &[u8]) -> Option<u8> {
    match *bits {
        [unused @ 0..=7, usage] => Some(usage & 0xff_u8.wrapping_shl(u32::from(unused))),
        [(0..=7), usage, _] => Some(usage),
        [0] => Some(0),
        _ => None,
    }
}
