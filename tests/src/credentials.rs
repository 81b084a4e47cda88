//! Certificates and keys for both ends, made anew for each process: what real peers read as PEM files, and what the client and the lab's own
//! servers take as DER.
//!
//! Promises: P-256 and SHA-256 throughout, but for one root on P-384; each chain is valid from 2020 to 2049, so that only a test that makes it
//! otherwise sees a date. Nothing here is secret.

use crate::parties::{lend, lend_bytes, peer};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256, date_time_ymd,
};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;
use stint_dtls::crypto::soft::{P256Signer, P256Task, P256Verifier};
use stint_dtls::crypto::{Empty, Verifier, p256_spki};
use stint_dtls::pki::{Anchor, Clock, Rules, ServerName, UnixTime};
use stint_dtls::{RawKey, X509};

/// The names in the server's certificates: two of DNS, one address.
pub const NAMES: [&str; 3] = ["localhost", "server.example", "127.0.0.1"];

/// A key with the certificates that vouch for it.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Certificates in DER, the holder's own first, the root left out.
    pub chain: Vec<Vec<u8>>,
    /// The private key: 32 bytes.
    pub scalar: [u8; 32],
    /// The public key: an uncompressed point, 65 bytes.
    pub point: [u8; 65],
    pem: Pem,
}

#[derive(Clone, Debug)]
struct Pem {
    chain: String,
    above: String,
    key: String,
    public: String,
}

/// A certification authority, in DER.
#[derive(Clone, Debug)]
pub struct Authority {
    /// Its certificate.
    pub certificate: Vec<u8>,
    /// The public key's bits: an uncompressed point of 65 or (P-384) 97 bytes; of RSA the DER of RSAPublicKey.
    pub bits: Vec<u8>,
    pem: String,
}

/// All that a peer and a client need to know each other.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The root on P-256 above everything but `under_p384`.
    pub root: Authority,
    /// The issuing authority below `root`: it signed `server` and `client`.
    pub issuing: Authority,
    /// A root on P-384.
    pub root_p384: Authority,
    /// A server below `issuing`: two certificates.
    pub server: Holder,
    /// A server that `root` itself signed: one certificate, for peers that send no more.
    pub server_of_root: Holder,
    /// A server below an issuing authority on P-256 that `root_p384` signed: two certificates.
    pub server_under_p384: Holder,
    /// A client below `issuing`: two certificates.
    pub client: Holder,
    /// A client that `root` itself signed: one certificate.
    pub client_of_root: Holder,
}

/// Where the PEM files of a [`Credentials`] are.
#[derive(Clone, Debug)]
pub struct Files {
    folder: PathBuf,
}

impl Credentials {
    /// Makes all of it: some milliseconds.
    #[must_use]
    pub fn new() -> Self {
        let root = authority("Stint lab root", p256(), None);
        let issuing = authority("Stint lab issuing", p256(), Some(&root));
        let p384 = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
        let root_p384 = authority("Stint lab root on P-384", p384, None);
        let under_p384 = authority("Stint lab issuing under P-384", p256(), Some(&root_p384));
        let (server, client) = (ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth);
        Self {
            server: holder("server", server.clone(), &issuing, true),
            server_of_root: holder("server", server.clone(), &root, false),
            server_under_p384: holder("server", server, &under_p384, true),
            client: holder("client", client.clone(), &issuing, true),
            client_of_root: holder("client", client, &root, false),
            root: told(&root),
            issuing: told(&issuing),
            root_p384: told(&root_p384),
        }
    }

    /// Those of this process, made when first asked for.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Credentials> = OnceLock::new();
        SHARED.get_or_init(Self::new)
    }

    /// Those of this process, as files for the peers.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn files() -> Result<&'static Files, String> {
        static FILES: OnceLock<Result<Files, String>> = OnceLock::new();
        FILES
            .get_or_init(|| Self::shared().write(&crate::peers::scratch("credentials")?))
            .as_ref()
            .map_err(String::clone)
    }

    /// Writes the PEM files into `folder`.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, folder: &Path) -> Result<Files, String> {
        std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        write(folder, "root.pem", &self.root.pem)?;
        write(folder, "root-p384.pem", &self.root_p384.pem)?;
        let holders = [
            ("server", &self.server),
            ("server-of-root", &self.server_of_root),
            ("server-under-p384", &self.server_under_p384),
            ("client", &self.client),
            ("client-of-root", &self.client_of_root),
        ];
        holders.iter().try_for_each(|(name, holder)| holder.write(folder, name))?;
        Ok(Files { folder: folder.to_owned() })
    }
}

/// A root with an RSA key of 2048 bits, and a server below an issuing authority on P-256 that it signed; its files are beside the others, as
/// `server-under-rsa`. Made when first asked for, by `openssl`, which alone makes such keys here.
///
/// # Errors
/// What `openssl` said, or a file that cannot be written.
pub fn under_rsa() -> Result<&'static (Authority, Holder), String> {
    static MADE: OnceLock<Result<(Authority, Holder), String>> = OnceLock::new();
    let make = || {
        crate::build_peers::program("openssl", "openssl")?;
        let mut generate = Command::new("openssl");
        generate.args(["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]);
        let key = crate::setup::output(&mut generate)?;
        let key = KeyPair::from_pem_and_sign_algo(&key, &PKCS_RSA_SHA256).map_err(|e| e.to_string())?;
        let root = authority("Stint lab root with RSA", key, None);
        let issuing = authority("Stint lab issuing under RSA", p256(), Some(&root));
        let server = holder("server", ExtendedKeyUsagePurpose::ServerAuth, &issuing, true);
        server.write(&Credentials::files()?.folder, "server-under-rsa")?;
        Ok((told(&root), server))
    };
    MADE.get_or_init(make).as_ref().map_err(String::clone)
}

impl Default for Credentials {
    fn default() -> Self {
        Self::new()
    }
}

impl Files {
    /// The path of a file: `root.pem`, `root-p384.pem`, and of `server`, `server-of-root`, `server-under-p384`, `client`,
    /// `client-of-root` each the chain (`.pem`), the chain without the holder's own (`.above`, may be empty), the private key (`.key`), the public key (`.pub`),
    /// public and private key in one (`.pair`).
    #[must_use]
    pub fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }
}

impl Holder {
    /// The key, for a client that is this holder.
    ///
    /// # Panics
    /// Never: it is a key.
    #[must_use]
    pub fn signer(&'static self) -> P256Signer<'static> {
        P256Signer::new(&self.scalar).unwrap()
    }

    fn write(&self, folder: &Path, name: &str) -> Result<(), String> {
        let Pem { chain, above, key, public } = &self.pem;
        write(folder, &format!("{name}.pem"), chain)?;
        write(folder, &format!("{name}.above"), above)?;
        write(folder, &format!("{name}.key"), key)?;
        write(folder, &format!("{name}.pub"), public)?;
        write(folder, &format!("{name}.pair"), &[public.as_str(), key].concat())
    }

    /// A client that knows this server's raw key.
    #[must_use]
    pub fn raw_key(&self) -> RawKey<'static, (), P256Verifier> {
        let trusted: &'static [&'static [u8]] = lend([lend_bytes(&p256_spki(&self.point))]);
        RawKey::new(trusted, P256Verifier, lend(P256Task::EMPTY), peer())
    }

    /// The same client, with this holder's key of its own.
    #[must_use]
    pub fn raw_key_with(&self, client: &'static Self) -> RawKey<'static, P256Signer<'static>, P256Verifier> {
        self.raw_key().with_key(lend_bytes(&p256_spki(&client.point)), client.signer())
    }

    /// A client that trusts `anchor` (a certificate in DER) for the server `server.example`, today.
    ///
    /// # Panics
    /// When that is no certificate.
    #[must_use]
    pub fn x509(anchor: &'static [u8]) -> X509<'static, (), P256Verifier> {
        Self::x509_by(anchor, P256Verifier)
    }

    /// The same client with any verifier.
    ///
    /// # Panics
    /// When that is no certificate.
    #[must_use]
    pub fn x509_by<V: Verifier<Task: 'static>>(anchor: &'static [u8], verifier: V) -> X509<'static, (), V> {
        let anchors: &'static [Anchor<'static>] = lend([Anchor::from_certificate(anchor).unwrap()]);
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |now| now.as_secs());
        let rules = Rules::new(anchors, ServerName::Dns("server.example"), Clock::Require(Some(UnixTime(now))));
        let tasks: &'static mut [V::Task] = Box::leak((0..3).map(|_| V::Task::EMPTY).collect());
        X509::new(rules, verifier, tasks, peer())
    }

    /// The same client, with this holder's chain of its own.
    #[must_use]
    pub fn x509_with(&'static self, anchor: &'static [u8]) -> X509<'static, P256Signer<'static>, P256Verifier> {
        self.x509_with_by(anchor, P256Verifier)
    }

    /// The same client with any verifier.
    #[must_use]
    pub fn x509_with_by<V: Verifier<Task: 'static>>(
        &'static self,
        anchor: &'static [u8],
        verifier: V,
    ) -> X509<'static, P256Signer<'static>, V> {
        let chain: Vec<&'static [u8]> = self.chain.iter().map(Vec::as_slice).collect();
        Self::x509_by(anchor, verifier).with_certificate(Box::leak(chain.into()), self.signer())
    }
}

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn params(name: &str, alternatives: &[&str]) -> CertificateParams {
    let mut params = CertificateParams::new(alternatives.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>()).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2049, 12, 31);
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.use_authority_key_identifier_extension = true;
    params
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), String> {
    let path = folder.join(name);
    std::fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))
}

fn p256() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

fn authority(name: &str, key: KeyPair, above: Option<&Issuer>) -> Issuer {
    let mut params = params(name, &[]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    match above {
        Some(above) => CertifiedIssuer::signed_by(params, key, above).unwrap(),
        None => CertifiedIssuer::self_signed(params, key).unwrap(),
    }
}

fn told(issuer: &Issuer) -> Authority {
    let bits = issuer.key().public_key_raw().to_vec();
    Authority { certificate: issuer.der().to_vec(), bits, pem: issuer.pem() }
}

fn holder(name: &str, usage: ExtendedKeyUsagePurpose, issuer: &Issuer, with_issuer: bool) -> Holder {
    let mut params =
        params(name, if usage == ExtendedKeyUsagePurpose::ServerAuth { &NAMES } else { &["client.example"] });
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![usage];
    let key = p256();
    let own = params.signed_by(&key, issuer).unwrap();
    let mut chain = vec![own.der().to_vec()];
    let above = if with_issuer { issuer.pem() } else { String::new() };
    if with_issuer {
        chain.push(issuer.der().to_vec());
    }
    let pem = Pem { chain: own.pem() + &above, above, key: key.serialize_pem(), public: key.public_key_pem() };
    Holder { chain, scalar: scalar(key.serialized_der()), point: key.public_key_raw().try_into().unwrap(), pem }
}

/// The private key in a PKCS #8 file of P-256: the octet string behind the version of its ECPrivateKey (RFC 5915 3).
fn scalar(pkcs8: &[u8]) -> [u8; 32] {
    let mark = [0x02, 0x01, 0x01, 0x04, 0x20];
    let at = pkcs8.windows(mark.len()).position(|w| w == mark).unwrap();
    pkcs8[at + mark.len()..][..32].try_into().unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_key_is_not_its_public_keys() {
        let all = Credentials::new();
        for holder in [&all.server, &all.server_of_root, &all.server_under_p384, &all.client, &all.client_of_root] {
            let pair = crate::server::Key::new(&holder.scalar);
            assert_eq!(pair.point(), holder.point);
        }
    }

    #[test]
    fn a_chain_does_not_end_below_its_root() {
        let all = Credentials::new();
        assert_eq!(all.server.chain[1], all.issuing.certificate);
        assert_eq!((all.server.chain.len(), all.server_of_root.chain.len()), (2, 1));
        assert_eq!((all.root.bits.len(), all.root_p384.bits.len()), (65, 97));
    }
}
