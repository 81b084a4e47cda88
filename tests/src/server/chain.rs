//! Certificates for the loopback server and its clients, made on the spot from seeds.

use super::ec::Key;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyUsagePurpose, PublicKeyData,
    SerialNumber, SignatureAlgorithm, SigningKey,
};

impl PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        self.bits()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

impl SigningKey for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(Self::sign(self, message))
    }
}

/// Who issues certificates.
pub struct Authority {
    issuer: Issuer<'static, Key>,
    /// Its own certificate, in DER.
    pub certificate: Vec<u8>,
    /// Its key.
    pub key: Key,
}

fn params(name: &str, serial: u64) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.serial_number = Some(SerialNumber::from(serial));
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2049, 12, 31);
    params.use_authority_key_identifier_extension = true;
    params
}

fn authority(name: &str, seed: u64) -> CertificateParams {
    let mut params = params(name, seed + 1);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

impl Authority {
    /// A root.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn root(name: &str, seed: u64) -> Self {
        let (params, key) = (authority(name, seed), Key::seeded(seed));
        let certificate = params.self_signed(&key).unwrap().der().to_vec();
        Self { issuer: Issuer::new(params, key.clone()), certificate, key }
    }

    /// An authority under this one.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn under(&self, name: &str, seed: u64) -> Self {
        self.under_that(name, seed, |_| ())
    }

    /// The same; `change` has the last word on it.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn under_that(&self, name: &str, seed: u64, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let (mut params, key) = (authority(name, seed), Key::seeded(seed));
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).unwrap().der().to_vec();
        Self { issuer: Issuer::new(params, key.clone()), certificate, key }
    }

    /// A certificate for a server of this name, or a client; `change` has the last word on it.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn issue(&self, name: &str, key: &Key, change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
        let mut params = params(name, 4711);
        params.subject_alt_names = names(name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        change(&mut params);
        params.signed_by(key, &self.issuer).unwrap().der().to_vec()
    }
}

fn names(name: &str) -> Vec<rcgen::SanType> {
    CertificateParams::new([name.to_owned()]).unwrap().subject_alt_names
}
