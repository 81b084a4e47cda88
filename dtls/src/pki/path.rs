//! The path from the server's certificate to a trust anchor (RFC 5280 6.1), walked upwards, as the server sends it (RFC 5246 7.4.2):
//!
//! 1. The first certificate names the server, may serve, and is no authority's.
//! 2. Each certificate is within its dates.
//! 3. It has the key of an anchor: the path ends here, and nobody needs to have signed it.
//! 4. Or an anchor issued it: the path ends here, with the signature to be verified with the anchor's key.
//! 5. Or the next certificate issued it: it must be an authority's, with room for what is below it; its signature is to be verified with the next one's key.
//!
//! RFC 5280 walks downwards; what an authority demands of those below it is checked when it is reached, by reading those again.

use super::{
    Anchor, Certificate, DIGITAL_SIGNATURE, Der, KEY_CERT_SIGN, MAX_COMPARISONS, OID, PeerIdentity, Rules, constrain,
    names_server, public_key, same_name,
};
use crate::certificate_error::CertificateError;
use crate::crypto::{Hash, Verifier};
use crate::wire::Reader;

/// Checks everything of a chain but its signatures, which become tasks, one a certificate, from the first one on; returns how many.
///
/// `list` is what Certificate holds (RFC 5246 7.4.2): each certificate with a length of 3 bytes before it. The chain is the server's once all tasks are
/// verified. `peer` takes what is to be kept of the first certificate.
#[inline(never)]
pub(crate) fn check<V: Verifier, H: Hash>(
    list: &[u8],
    rules: &Rules<'_>,
    verifier: &V,
    hash: &mut H,
    tasks: &mut [V::Task],
    peer: &mut PeerIdentity<'_>,
) -> Result<u8, CertificateError> {
    let mut path = Path { rules, list, above: Reader::new(list), below: 0, authorities: 0, budget: MAX_COMPARISONS };
    let mut pinned = false;
    let mut tasks = tasks.iter_mut();
    peer.clear();
    let mut certificate = Certificate::EMPTY;
    // A list that holds no whole certificate: a raw key, where none was agreed, is one (RFC 7250 3).
    let none = if list.is_empty() { CertificateError::EmptyChain } else { CertificateError::Malformed };
    certificate.read(path.next().ok_or(none)?)?;
    loop {
        pinned |= is_pinned(rules, hash, certificate.der) || is_pinned(rules, hash, certificate.spki);
        let own = path.own_key(&certificate)? || path.below == 0 && rules.anchors.is_empty() && pinned;
        if path.below == 0 {
            // known before it is judged: who a refused server claims to be helps to see why
            peer.set_certificate(&certificate)?;
            path.first(&certificate, own)?;
        }
        rules.clock.check(certificate.not_before, certificate.not_after)?;
        if own {
            break;
        }
        if rules.anchors.is_empty() {
            return Err(if rules.pins.is_empty() { CertificateError::UnknownIssuer } else { CertificateError::Pin });
        }
        let scheme = scheme::<V>(certificate.algorithm)?;
        let task = tasks.next().ok_or(CertificateError::TooManyCertificates)?;
        path.step(&certificate)?;
        let mut take = |spki: &[u8]| take(verifier, hash, scheme, &certificate, spki, task);
        let mut unfit = CertificateError::UnknownIssuer;
        let issued = |anchor: &&Anchor<'_>| {
            let named = anchor.may_have_issued(&certificate);
            if named {
                unfit = CertificateError::BadSignature;
            }
            named && take(anchor.spki)
        };
        if let Some(anchor) = rules.anchors.iter().find(issued) {
            pinned |= is_pinned(rules, hash, anchor.spki);
            path.authority(anchor.constraints, anchor.path_len)?;
            break;
        }
        let mut issuer = Certificate::EMPTY;
        issuer.read(path.next().ok_or(unfit)?)?;
        path.issuer(&certificate, &issuer)?;
        if !take(issuer.spki) {
            return Err(CertificateError::BadSignature);
        }
        certificate = issuer;
    }
    if pinned || rules.pins.is_empty() { Ok(path.below) } else { Err(CertificateError::Pin) }
}

/// Makes the task of a certificate's signature by this key. False: no such key makes such signatures.
#[inline(never)]
fn take<V: Verifier, H: Hash>(
    verifier: &V,
    hash: &mut H,
    scheme: u16,
    certificate: &Certificate<'_>,
    spki: &[u8],
    task: &mut V::Task,
) -> bool {
    public_key(spki)
        .is_some_and(|key| verifier.task(hash, scheme, &[certificate.tbs], certificate.signature, &key, task))
}

/// The code point of a signature's algorithm (RFC 5246 7.4.1.4.1), if the verifier can do it. RSA has NULL as parameters, ECDSA none (RFC 5754 3).
fn scheme<V: Verifier>(algorithm: &[u8]) -> Result<u16, CertificateError> {
    const ECDSA: &[u8] = b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03";
    const RSA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01";
    let scheme = match (algorithm.strip_prefix(ECDSA), algorithm.strip_prefix(RSA)) {
        (Some([2]), _) => 0x0403,
        (Some([3]), _) => 0x0503,
        (_, Some([11, 5, 0])) => 0x0401,
        (_, Some([12, 5, 0])) => 0x0501,
        (_, Some([13, 5, 0])) => 0x0601,
        _ => return Err(CertificateError::Algorithm),
    };
    let known = (0..V::COUNT).any(|index| V::scheme(index) == Some(scheme));
    known.then_some(scheme).ok_or(CertificateError::Algorithm)
}

fn is_pinned<H: Hash>(rules: &Rules<'_>, hash: &mut H, der: &[u8]) -> bool {
    if rules.pins.is_empty() {
        return false;
    }
    let mut state = hash.start();
    hash.update(&mut state, der);
    let digest = hash.finish(state);
    rules.pins.iter().any(|pin| pin.0 == digest)
}

/// Where the walk is.
struct Path<'r, 'a> {
    rules: &'r Rules<'r>,
    list: &'a [u8],
    /// What was not read yet.
    above: Reader<'a>,
    /// How many certificates stand below the one looked at; each has a task.
    below: u8,
    /// How many of those are authorities that did not issue themselves.
    authorities: u8,
    /// How many comparisons of names are left.
    budget: u16,
}

impl<'a> Path<'_, 'a> {
    /// The next certificate of the list, if there is one.
    fn next(&mut self) -> Option<&'a [u8]> {
        self.above.vector(3)
    }

    /// Goes up from a certificate.
    fn step(&mut self, certificate: &Certificate<'_>) -> Result<(), CertificateError> {
        if self.below > 0 && !same_name(certificate.issuer, certificate.subject) {
            self.authorities += 1; // not more than `below`
        }
        self.below = self.below.checked_add(1).ok_or(CertificateError::TooManyCertificates)?;
        Ok(())
    }

    /// Whether the certificate has the key of an anchor.
    fn own_key(&mut self, certificate: &Certificate<'_>) -> Result<bool, CertificateError> {
        let Some(anchor) = self.rules.anchors.iter().find(|anchor| anchor.is_key_of(certificate, self.below == 0))
        else {
            return Ok(false);
        };
        self.authority(anchor.constraints, anchor.path_len)?;
        Ok(true)
    }

    /// The rules on the server's own certificate. `own`: its key is trusted, so that it may be an authority's.
    #[inline(never)]
    fn first(&self, certificate: &Certificate<'_>, own: bool) -> Result<(), CertificateError> {
        let rules = self.rules;
        if !certificate.v3 {
            return Err(CertificateError::Version);
        }
        if certificate.ca && !own {
            return Err(CertificateError::CaAsLeaf);
        }
        // the key signs the handshake (RFC 8422 5.3); only an authority's signs certificates (RFC 5280 4.2.1.9)
        let signs_others = certificate.key_usage.is_some() && certificate.may(KEY_CERT_SIGN) && !certificate.ca;
        if !certificate.may(DIGITAL_SIGNATURE) || signs_others {
            return Err(CertificateError::KeyUsage);
        }
        // it constrains nobody (4.2.1.10)
        if !certificate.constraints.is_empty() && !certificate.ca {
            return Err(CertificateError::Malformed);
        }
        if !self.has_purpose(certificate, rules.require_extended_key_usage) {
            return Err(CertificateError::ExtendedKeyUsage);
        }
        let named = names_server(certificate, &rules.name, rules.wildcards, rules.common_name_fallback);
        if named { Ok(()) } else { Err(CertificateError::WrongName) }
    }

    /// The rules on an authority's certificate (RFC 5280 6.1.4), which stands after what it issued.
    #[inline(never)]
    fn issuer(&mut self, issued: &Certificate<'_>, issuer: &Certificate<'_>) -> Result<(), CertificateError> {
        if !same_name(issued.issuer, issuer.subject) {
            return Err(CertificateError::UnknownIssuer);
        }
        if !issuer.v3 {
            return Err(CertificateError::Version);
        }
        if !issuer.ca {
            return Err(CertificateError::NotACa);
        }
        if !issuer.may(KEY_CERT_SIGN) {
            return Err(CertificateError::KeyUsage);
        }
        if !self.has_purpose(issuer, false) {
            return Err(CertificateError::ExtendedKeyUsage);
        }
        self.authority(issuer.constraints, issuer.path_len)
    }

    /// What an authority, in the list or an anchor, demands of all that stands below it. Authorities that issued themselves do not count
    /// (RFC 5280 4.2.1.9, 4.2.1.10).
    #[inline(never)]
    fn authority(&mut self, constraints: &[u8], path_len: u8) -> Result<(), CertificateError> {
        if self.authorities > path_len {
            return Err(CertificateError::PathLength);
        }
        if constraints.is_empty() {
            return Ok(());
        }
        let mut list = Reader::new(self.list);
        let mut certificate = Certificate::EMPTY;
        for index in 0..self.below {
            certificate.read(list.vector(3).unwrap_or_default())?;
            if index == 0 || !same_name(certificate.issuer, certificate.subject) {
                let common = index == 0 && self.rules.common_name_fallback;
                constrain(constraints, &certificate, common, &mut self.budget)?;
            }
        }
        Ok(())
    }

    /// Whether extendedKeyUsage, where it is there, has the purpose. An authority that has it makes certificates for those purposes only.
    fn has_purpose(&self, certificate: &Certificate<'_>, required: bool) -> bool {
        let mut purposes = Der::new(certificate.purposes);
        let mut found = purposes.is_empty() && !required;
        while let Some(purpose) = purposes.read(OID) {
            found |= match purpose {
                [0x2b, 6, 1, 5, 5, 7, 3, last] => *last == self.rules.purpose.0,
                [0x55, 0x1d, 0x25, 0] => self.rules.any_extended_key_usage || self.below > 0,
                _ => false,
            };
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{CryptoError, Empty, PublicKey};

    /// Knows the first so many of these schemes, and verifies nothing.
    struct Knows<const COUNT: usize>;

    const SCHEMES: [u16; 5] = [0x0403, 0x0503, 0x0401, 0x0501, 0x0601];

    struct Task;

    impl Empty for Task {
        const EMPTY: Self = Self;
    }

    impl<const KNOWN: usize> Verifier for Knows<KNOWN> {
        type Task = Task;
        const COUNT: usize = KNOWN;
        fn scheme(index: usize) -> Option<u16> {
            SCHEMES.get(index).copied()
        }
        fn task<H: Hash>(&self, _: &mut H, _: u16, _: &[&[u8]], _: &[u8], _: &PublicKey<'_>, _: &mut Task) -> bool {
            false
        }
        fn verify(&mut self, _: &Task) -> nb::Result<bool, CryptoError> {
            Ok(false)
        }
    }

    #[test]
    fn an_algorithm_is_taken_for_another() {
        // RFC 5758 3.2 and RFC 4055 5: with SHA-256 and SHA-384; RSA with SHA-256, SHA-384, SHA-512
        let known: [&[u8]; 5] = [
            b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02",
            b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03",
            b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00",
            b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c\x05\x00",
            b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d\x05\x00",
        ];
        for (algorithm, code) in known.iter().zip(SCHEMES) {
            assert_eq!(scheme::<Knows<5>>(algorithm), Ok(code));
            assert_eq!(scheme::<Knows<0>>(algorithm), Err(CertificateError::Algorithm), "{code:04x} is not known");
            assert_eq!(scheme::<Knows<2>>(algorithm).is_ok(), code & 0xff == 3, "{code:04x}");
            for cut in 0..algorithm.len() {
                assert_eq!(scheme::<Knows<5>>(&algorithm[..cut]), Err(CertificateError::Algorithm));
            }
        }
        // ECDSA with SHA-1 and parameters; RSA with SHA-1, without NULL
        for other in [known[0].split_at(9).0, b"\x06\x07\x2a\x86\x48\xce\x3d\x04\x01", known[2].split_at(11).0] {
            assert_eq!(scheme::<Knows<5>>(other), Err(CertificateError::Algorithm));
        }
    }
}
