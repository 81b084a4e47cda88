//! What proves who we are and who the server is, from wherever the user has it.

use crate::args::{CheckArgs, Ecdhe, KeyArgs, PeerArgs, PublicKeyArgs};
use crate::exit::Failure;
use crate::pem;
use crate::uri::Target;
use std::net::IpAddr;
use std::path::Path;
use stint_dtls::crypto::Kx;
use stint_dtls::crypto::p256_spki;
use stint_dtls::crypto::soft::P256Signer;
use stint_dtls::pki::{Anchor, Clock, Pin, ServerName, UnixTime};
use stint_provisioning::{Blob, Credential as Stored};

/// A pre-shared key and the name it goes by.
pub(crate) struct PreShared {
    pub(crate) identity: Vec<u8>,
    pub(crate) key: Vec<u8>,
}

/// Certificates: what the server's must hold to, and ours.
pub(crate) struct Certificates {
    /// DER of what is trusted.
    pub(crate) anchors: Vec<Vec<u8>>,
    pub(crate) pins: Vec<Pin>,
    pub(crate) name: Name,
    pub(crate) clock: Clock,
    pub(crate) own: Option<Own>,
}

/// A chain in DER, our own certificate first, and the private key of that.
pub(crate) struct Own {
    pub(crate) chain: Vec<Vec<u8>>,
    pub(crate) key: [u8; 32],
}

/// Raw public keys: SubjectPublicKeyInfo in DER of those that are trusted, and our own private key.
pub(crate) struct RawKeys {
    pub(crate) trusted: Vec<Vec<u8>>,
    pub(crate) own: Option<[u8; 32]>,
}

/// One of the credentials of DTLS.
pub(crate) enum Credential {
    PreShared(PreShared, Ecdhe),
    Certificates(Box<Certificates>),
    RawKeys(RawKeys),
}

impl Credential {
    /// The key exchanges that it can do.
    pub(crate) fn exchanges(&self) -> &'static [Kx] {
        match self {
            Credential::PreShared(_, Ecdhe::No) => &[Kx::Psk],
            Credential::PreShared(_, Ecdhe::Prefer) => &[Kx::EcdhePsk, Kx::Psk],
            Credential::PreShared(_, Ecdhe::Only) => &[Kx::EcdhePsk],
            Credential::Certificates(_) | Credential::RawKeys(_) => &[Kx::EcdheEcdsa],
        }
    }
}

/// The name that the server's certificate must have.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Dns(String),
    Ip(Vec<u8>),
    Uri(String),
    Any,
}

impl Name {
    /// From --name, or else from the host of the URI.
    pub(crate) fn new(argument: Option<&str>, target: &Target) -> Result<Self, Failure> {
        let host = target.host.split_once('%').map_or(target.host.as_str(), |(address, _zone)| address);
        let text = argument.unwrap_or(host);
        if text == "*" {
            return Ok(Name::Any);
        }
        match text.parse() {
            Ok(IpAddr::V4(address)) => return Ok(Name::Ip(address.octets().to_vec())),
            Ok(IpAddr::V6(address)) => return Ok(Name::Ip(address.octets().to_vec())),
            Err(_) if text.contains(':') => return Ok(Name::Uri(text.into())),
            Err(_) => {}
        }
        if text.is_empty() || !text.is_ascii() {
            return Err(Failure::usage(format!(
                "{text:?} is no DNS name: of other letters it has the form xn--… (RFC 5890)"
            )));
        }
        Ok(Name::Dns(text.to_ascii_lowercase()))
    }

    pub(crate) fn as_rule(&self) -> ServerName<'_> {
        match self {
            Name::Dns(name) => ServerName::Dns(name),
            Name::Ip(address) => ServerName::Ip(address),
            Name::Uri(uri) => ServerName::Uri(uri),
            Name::Any => ServerName::Any,
        }
    }
}

/// Where to go, and with what: the blob, where one is given, fills in what the command line leaves out.
pub(crate) fn resolve(args: &PeerArgs, uri: Option<&str>) -> Result<(Target, Option<Credential>), Failure> {
    let target = |uri: &str| match &args.proxy {
        Some(proxy) => Target::proxied(uri, proxy),
        None => Target::parse(uri),
    };
    let Some(path) = &args.blob else {
        let target = target(uri.ok_or_else(|| Failure::usage("a URI is missing, as coaps://HOST/PATH"))?)?;
        let credential = if target.secure { Some(credential(args, &target)?) } else { None };
        return Ok((target, credential));
    };
    let bytes = read(path)?;
    let blob = Blob::parse(&bytes).map_err(|error| Failure::local(path.display(), error))?;
    let target = match uri {
        Some(uri) => target(uri)?,
        None => {
            let path = blob.observe.unwrap_or_default().split('/').map(crate::uri::encode);
            let path = path.collect::<Vec<_>>().join("/");
            Target::parse(&format!("coaps://{}:{}/{path}", blob.host, blob.port))?
        }
    };
    let credential = stored(&blob.credential, args, &target, path)?;
    Ok((target, Some(credential)))
}

/// The credential of a blob, to do as the device does.
fn stored(credential: &Stored<'_>, args: &PeerArgs, target: &Target, path: &Path) -> Result<Credential, Failure> {
    let wrong = |why: &dyn std::fmt::Display| Failure::local(path.display(), why);
    match *credential {
        Stored::PreShared { identity, key } => {
            let key = PreShared { identity: identity.to_vec(), key: key.to_vec() };
            Ok(Credential::PreShared(key, args.offer.ecdhe))
        }
        _ if args.offer.ecdhe != Ecdhe::No => Err(ephemeral_anyway()),
        Stored::RawKey { key, public, server } => {
            nothing_about_certificates(args.public_key.name.as_deref(), &args.check)?;
            if spki(key)? != *public {
                return Err(wrong(&"the public key in it is not that of the private key in it"));
            }
            Ok(Credential::RawKeys(RawKeys { trusted: vec![server.to_vec()], own: Some(*key) }))
        }
        Stored::X509 { key, chain, anchors, name } => {
            let listed = |list: stint_provisioning::Certificates<'_>| list.map(<[u8]>::to_vec).collect::<Vec<_>>();
            let (chain, anchors) = (listed(chain), listed(anchors));
            for der in &anchors {
                Anchor::from_certificate(der).map_err(|error| wrong(&error))?;
            }
            if !belongs(&chain, &spki(key)?) {
                return Err(wrong(&"the private key in it is not that of the first certificate in it"));
            }
            let name = match args.public_key.name.as_deref() {
                None => Name::Dns(name.to_ascii_lowercase()),
                other => Name::new(other, target)?,
            };
            let own = Some(Own { chain, key: *key });
            let all = Certificates { anchors, pins: Vec::new(), name, clock: clock(&args.check), own };
            Ok(Credential::Certificates(Box::new(all)))
        }
        _ => Err(wrong(&"it holds a credential of a kind that this program does not know")),
    }
}

fn ephemeral_anyway() -> Failure {
    Failure::usage(
        "--ecdhe goes with a pre-shared key (-k, -u); certificates and raw keys exchange ephemeral keys anyway",
    )
}

/// What the options describe.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    PreShared,
    Certificates,
    RawKeys,
}

impl Kind {
    /// `None` where no credential is named at all.
    pub(crate) fn of(key: &KeyArgs, public: &PublicKeyArgs, check: &CheckArgs) -> Result<Option<Self>, Failure> {
        let pre_shared = key.key.is_some() || key.key_hex.is_some() || key.key_file.is_some() || key.identity.is_some();
        let certificates = !public.ca.is_empty() || !check.pin.is_empty() || public.cert.is_some();
        let raw_keys = !public.trust.is_empty() || public.rpk.is_some();
        match (pre_shared, certificates, raw_keys) {
            (false, false, false) => Ok(None),
            (true, false, false) => Ok(Some(Kind::PreShared)),
            (false, true, false) => Ok(Some(Kind::Certificates)),
            (false, false, true) => Ok(Some(Kind::RawKeys)),
            _ => Err(Failure::usage(
                "one credential at a time: a pre-shared key (-k, -u), certificates (-C, -c, --pin) or raw public keys (--trust, -M)",
            )),
        }
    }
}

/// The one credential that the options describe.
fn credential(args: &PeerArgs, target: &Target) -> Result<Credential, Failure> {
    let (key, public, check) = (&args.key, &args.public_key, &args.check);
    let kind = Kind::of(key, public, check)?;
    if args.offer.ecdhe != Ecdhe::No && !matches!(kind, Some(Kind::PreShared)) {
        return Err(ephemeral_anyway());
    }
    match kind {
        Some(Kind::PreShared) => Ok(Credential::PreShared(from_args(key)?, args.offer.ecdhe)),
        Some(Kind::Certificates) => {
            certificates_of(public, check, target).map(|all| Credential::Certificates(Box::new(all)))
        }
        Some(Kind::RawKeys) => raw_keys_of(public, check).map(Credential::RawKeys),
        None => Err(Failure::usage(
            "coaps needs a credential: a pre-shared key (-k KEY or --key-hex, --key-file, and -u IDENTITY), \
             certificates (-C ANCHORS.pem or --pin, and -c CERT.pem if the server wants one), \
             raw public keys (--trust SERVER.pem, and -M KEY.pem if the server wants one), \
             or what a blob holds (--blob FILE)",
        )),
    }
}

pub(crate) fn certificates_of(
    args: &PublicKeyArgs,
    check: &CheckArgs,
    target: &Target,
) -> Result<Certificates, Failure> {
    let mut anchors = Vec::new();
    for path in &args.ca {
        let found = pem::certificates(path)?;
        for der in &found {
            Anchor::from_certificate(der).map_err(|error| Failure::local(path.display(), error))?;
        }
        anchors.extend(found);
    }
    let pins = check.pin.iter().map(|text| pin(text)).collect::<Result<Vec<_>, _>>()?;
    if anchors.is_empty() && pins.is_empty() {
        return Err(Failure::usage(
            "-c shows our certificate; whom to trust is missing: -C ANCHORS.pem, or --pin with the hash of the server's key",
        ));
    }
    let own = args.cert.as_deref().map(|cert| own(cert, args.cert_key.as_deref().unwrap_or(cert))).transpose()?;
    let name = Name::new(args.name.as_deref(), target)?;
    Ok(Certificates { anchors, pins, name, clock: clock(check), own })
}

/// A chain and its key, which must belong to each other: a server would only say that a signature is wrong.
fn own(cert: &Path, key_file: &Path) -> Result<Own, Failure> {
    let chain = pem::certificates(cert)?;
    let key = pem::private_key(key_file)?;
    if !belongs(&chain, &spki(&key)?) {
        return Err(Failure::Local(format!(
            "the private key of {} is not that of the first certificate of {}",
            key_file.display(),
            cert.display()
        )));
    }
    Ok(Own { chain, key })
}

/// Whether this is the public key in the first certificate.
fn belongs(chain: &[Vec<u8>], spki: &[u8; 91]) -> bool {
    chain.first().is_some_and(|own| own.windows(spki.len()).any(|part| part == spki))
}

/// The public key of a private one, as a certificate and a raw public key hold it.
pub(crate) fn spki(key: &[u8; 32]) -> Result<[u8; 91], Failure> {
    let signer = P256Signer::new(key).map_err(|error| Failure::usage(error.to_string()))?;
    Ok(p256_spki(&signer.public()))
}

fn nothing_about_certificates(name: Option<&str>, check: &CheckArgs) -> Result<(), Failure> {
    if name.is_some() || check.attime.is_some() || check.no_check_time {
        return Err(Failure::usage(
            "a raw public key has no name and no dates: --name, --attime and --no-check-time are for certificates",
        ));
    }
    Ok(())
}

pub(crate) fn raw_keys_of(args: &PublicKeyArgs, check: &CheckArgs) -> Result<RawKeys, Failure> {
    nothing_about_certificates(args.name.as_deref(), check)?;
    let mut trusted = Vec::new();
    for path in &args.trust {
        trusted.extend(pem::public_keys(path)?);
    }
    if trusted.is_empty() {
        return Err(Failure::usage("-M shows our raw public key; whom to trust is missing: --trust SERVER.pem"));
    }
    let own = args.rpk.as_deref().map(pem::private_key).transpose()?;
    Ok(RawKeys { trusted, own })
}

/// When the dates are checked: now by the system's clock, unless the user says otherwise.
fn clock(args: &CheckArgs) -> Clock {
    if args.no_check_time {
        return Clock::Skip;
    }
    let system = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok().map(|past| past.as_secs());
    Clock::Require(args.attime.or_else(system).map(UnixTime))
}

/// SHA-256 in hex, as openssl prints it (with colons) or sha256sum does.
fn pin(text: &str) -> Result<Pin, Failure> {
    let digits: String = text.strip_prefix("sha256:").unwrap_or(text).chars().filter(|digit| *digit != ':').collect();
    let bytes = hex::decode(&digits).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.map(Pin).ok_or_else(|| {
        Failure::usage(format!(
            "--pin {text}: it takes the 64 hex digits of a SHA-256, of a certificate (openssl x509 -fingerprint -sha256) or of a public key in DER"
        ))
    })
}

/// From -k and its kin, within the limits of RFC 7925 4.2.
pub(crate) fn from_args(args: &KeyArgs) -> Result<PreShared, Failure> {
    let missing = || {
        Failure::usage(
            "a pre-shared key needs its identity, and the other way round: -k KEY (or --key-hex, --key-file) and -u IDENTITY",
        )
    };
    let key = match args {
        KeyArgs { key: Some(text), .. } => text.clone().into_bytes(),
        KeyArgs { key_hex: Some(digits), .. } => {
            hex::decode(digits).map_err(|error| Failure::usage(format!("--key-hex: {error}")))?
        }
        KeyArgs { key_file: Some(path), .. } => read(path)?,
        _ => return Err(missing()),
    };
    let identity = args.identity.clone().ok_or_else(missing)?.into_bytes();
    if key.is_empty() || key.len() > stint_provisioning::MAX_KEY {
        return Err(Failure::usage(format!("the key has {} bytes; it must have 1 to 64", key.len())));
    }
    if identity.is_empty() || identity.len() > stint_provisioning::MAX_IDENTITY {
        return Err(Failure::usage(format!("the identity has {} bytes; it must have 1 to 128", identity.len())));
    }
    Ok(PreShared { identity, key })
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::local(path.display(), error))
}

#[cfg(test)]
mod tests {
    use super::{Name, Target, pin};

    #[test]
    fn the_certificate_must_name_what_the_uri_names_unless_another_name_is_said() {
        let name = |argument: Option<&str>, uri: &str| Name::new(argument, &Target::parse(uri).unwrap()).unwrap();
        assert_eq!(name(None, "coaps://Things.Example/"), Name::Dns("things.example".into()));
        assert_eq!(name(None, "coaps://127.0.0.1"), Name::Ip(vec![127, 0, 0, 1]));
        let link_local = name(None, "coaps://[fe80::1%25eth0]");
        assert!(matches!(link_local, Name::Ip(bytes) if bytes.len() == 16 && bytes[0] == 0xfe));
        assert_eq!(name(Some("server.example"), "coaps://127.0.0.1"), Name::Dns("server.example".into()));
        assert_eq!(name(Some("10.0.0.1"), "coaps://h"), Name::Ip(vec![10, 0, 0, 1]));
        assert_eq!(name(Some("urn:dev:mac:01"), "coaps://h"), Name::Uri("urn:dev:mac:01".into()));
        assert_eq!(name(Some("*"), "coaps://h"), Name::Any);
    }

    #[test]
    fn a_pin_is_a_sha_256_however_it_is_printed() {
        let digits = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
        let colons =
            digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap()).collect::<Vec<_>>().join(":");
        for text in [digits.to_string(), colons.to_uppercase(), format!("sha256:{digits}")] {
            assert_eq!(pin(&text).unwrap().0[..3], [0, 0x11, 0x22], "{text}");
        }
        for text in ["", "00", &digits[2..], "zz"] {
            assert!(pin(text).is_err(), "{text}");
        }
    }
}
