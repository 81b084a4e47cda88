//! Certificates and keys out of PEM files.

use crate::exit::Failure;
use rustls_pki_types::pem::{Error, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, SubjectPublicKeyInfoDer};
use std::path::Path;
use stint_dtls::crypto::P256_SPKI_HEAD;
use stint_dtls::crypto::soft::P256Signer;

/// Length of the SubjectPublicKeyInfo of a P-256 key: its head, and the uncompressed point.
const SPKI: usize = P256_SPKI_HEAD.len() + 65;
const P256: &str = "1.2.840.10045.3.1.7";
const EC: &str = "1.2.840.10045.2.1";

/// The certificates of a file, in DER, in its order.
pub(crate) fn certificates(path: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let text = read(path)?;
    let found = all::<CertificateDer<'_>>(path, &text)?.iter().map(|der| der.to_vec()).collect::<Vec<_>>();
    if found.is_empty() {
        return Err(none(path, "CERTIFICATE", "openssl x509 -inform DER makes PEM of DER"));
    }
    Ok(found)
}

/// The public keys of a file, as SubjectPublicKeyInfo in DER.
pub(crate) fn public_keys(path: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let text = read(path)?;
    let found = all::<SubjectPublicKeyInfoDer<'_>>(path, &text)?.iter().map(|der| der.to_vec()).collect::<Vec<_>>();
    if found.is_empty() {
        let hint = "openssl pkey -pubout makes one of a private key, openssl x509 -pubkey -noout of a certificate";
        return Err(none(path, "PUBLIC KEY", hint));
    }
    for key in &found {
        if key.len() != SPKI || !key.starts_with(&P256_SPKI_HEAD) {
            return Err(wrong(path, "a public key is no uncompressed point on P-256 (prime256v1), which raw keys are"));
        }
    }
    Ok(found)
}

/// The private key of a file, on P-256: SEC 1 (RFC 5915) or PKCS #8 (RFC 5958).
pub(crate) fn private_key(path: &Path) -> Result<[u8; 32], Failure> {
    let text = read(path)?;
    if text.windows(9).any(|word| word == b"ENCRYPTED") {
        return Err(wrong(
            path,
            "the private key is encrypted: openssl pkey -in FILE -out PLAIN takes the password off",
        ));
    }
    let der = all::<PrivateKeyDer<'_>>(path, &text)?;
    let (ec, curve, key) = match der.first() {
        Some(PrivateKeyDer::Pkcs8(der)) => pkcs8_key(der.secret_pkcs8_der()),
        Some(PrivateKeyDer::Sec1(der)) => sec1_key(der.secret_sec1_der()).map(|(curve, key)| (true, curve, key)),
        Some(_) => Some((false, None, [0; 32])),
        None => return Err(none(path, "PRIVATE KEY", "openssl ecparam -name prime256v1 -genkey -noout makes one")),
    }
    .ok_or_else(|| wrong(path, "the private key is no whole key on P-256"))?;
    if !ec || curve.is_some_and(|curve| curve != P256) {
        return Err(wrong(path, "the private key is none on P-256 (prime256v1), the only curve that stint signs with"));
    }
    P256Signer::new(&key).map_err(|error| wrong(path, &error.to_string()))?;
    Ok(key)
}

type Curve = Option<String>;

/// Whether it is a key of elliptic curves, on which, and its 32 bytes.
fn pkcs8_key(der: &[u8]) -> Option<(bool, Curve, [u8; 32])> {
    let info = pkcs8::PrivateKeyInfoRef::try_from(der).ok()?;
    if info.algorithm.oid.to_string() != EC {
        return Some((false, None, [0; 32]));
    }
    let curve = info.algorithm.parameters_oid().ok()?.to_string();
    match sec1_key(info.private_key.as_bytes()) {
        Some((_, key)) => Some((true, Some(curve), key)),
        None if curve != P256 => Some((true, Some(curve), [0; 32])),
        None => None,
    }
}

fn sec1_key(der: &[u8]) -> Option<(Curve, [u8; 32])> {
    let key = sec1::EcPrivateKey::try_from(der).ok()?;
    let curve = key.parameters.and_then(|parameters| parameters.named_curve()).map(|curve| curve.to_string());
    match key.private_key.try_into() {
        Ok(scalar) => Some((curve, scalar)),
        // Of another length, so of another curve.
        Err(_) => curve.filter(|curve| curve != P256).map(|curve| (Some(curve), [0; 32])),
    }
}

fn all<T: PemObject>(path: &Path, text: &[u8]) -> Result<Vec<T>, Failure> {
    T::pem_slice_iter(text).collect::<Result<Vec<T>, Error>>().map_err(|error| wrong(path, &error.to_string()))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::local(path.display(), error))
}

fn wrong(path: &Path, why: &str) -> Failure {
    Failure::local(path.display(), why)
}

fn none(path: &Path, what: &str, hint: &str) -> Failure {
    wrong(path, &format!("there is no \"-----BEGIN {what}-----\" of PEM in it ({hint})"))
}
