//! `stint blob`: provisioning blobs written and shown.

use crate::args::{BlobArgs, CheckArgs};
use crate::credentials::{self, Kind, Name, PreShared};
use crate::exit::Failure;
use crate::output::{print, print_json};
use crate::private;
use crate::uri::Target;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::path::Path;
use stint_provisioning::{Blob, Certificates, Credential, MAX_LEN, StaticIpv4};

pub(crate) fn run(args: &BlobArgs, json: bool) -> Result<(), Failure> {
    if args.show { show(Path::new(&args.subject), json) } else { write(args) }
}

fn show(path: &Path, json: bool) -> Result<(), Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::local(path.display(), error))?;
    let blob = Blob::parse(&bytes).map_err(|error| Failure::local(path.display(), error))?;
    let mut facts = vec![("server", format!("{}:{}", blob.host, blob.port))];
    facts.extend(credential_facts(&blob.credential));
    match blob.device {
        None => facts.push(("address", "by DHCP".into())),
        Some(device) => facts.extend([
            ("address", format!("{}/{}", device.address, device.prefix)),
            ("gateway", or_none(device.gateway)),
            ("dns", or_none(device.dns)),
        ]),
    }
    if let Some(path) = blob.observe {
        facts.push(("observe", format!("/{path}")));
    }
    if json {
        let facts = facts.into_iter().chain([("type", "blob".into())]);
        return print_json(&facts.collect::<BTreeMap<_, _>>());
    }
    let text: String = facts.iter().map(|(name, value)| format!("{name:<9} {value}\n")).collect();
    print(text.as_bytes(), true)
}

/// What can be said of a credential without saying its secret.
fn credential_facts(credential: &Credential<'_>) -> Vec<(&'static str, String)> {
    match credential {
        Credential::PreShared { identity, key } => {
            let name =
                std::str::from_utf8(identity).map_or_else(|_| format!("0x{}", hex::encode(identity)), str::to_owned);
            vec![("identity", name), ("key", format!("{} bytes, not shown", key.len()))]
        }
        Credential::RawKey { public, server, .. } => vec![
            ("key", "raw, 32 bytes, not shown".into()),
            ("public", hex::encode(public)),
            ("trusted", hex::encode(server)),
        ],
        Credential::X509 { chain, anchors, name, .. } => vec![
            ("key", "of a certificate, 32 bytes, not shown".into()),
            ("chain", format!("{} certificates", chain.count())),
            ("anchors", format!("{} certificates", anchors.count())),
            ("name", (*name).to_owned()),
        ],
        other => vec![("credential", format!("of a kind that this program does not know: {other:?}"))],
    }
}

fn or_none(address: Option<Ipv4Addr>) -> String {
    address.map_or_else(|| "none".into(), |address| address.to_string())
}

fn write(args: &BlobArgs) -> Result<(), Failure> {
    let target = Target::parse(&args.subject)?;
    if !target.secure {
        return Err(Failure::usage("a blob is for coaps:// servers: it holds a key"));
    }
    let held = Held::new(args, &target)?;
    let blob = Blob {
        credential: held.as_stored()?,
        host: target.blob_host(),
        port: target.port,
        device: device(args)?,
        observe: args.observe.as_deref().map(|path| path.trim_start_matches('/')),
    };
    let mut out = [0; MAX_LEN];
    let len = stint_provisioning::write(&blob, &mut out).map_err(|error| Failure::usage(error.to_string()))?;
    let bytes = out.get(..len).unwrap_or_default();
    match &args.output {
        Some(path) => private::replace(path, bytes).map(drop),
        None => std::io::stdout().write_all(bytes),
    }
    .map_err(|error| Failure::local("the blob was not written", error))
}

/// What a blob will borrow.
enum Held {
    PreShared(PreShared),
    RawKey { key: [u8; 32], public: [u8; 91], server: [u8; 91] },
    Certificates { key: [u8; 32], chain: Vec<u8>, anchors: Vec<u8>, name: String },
}

impl Held {
    fn new(args: &BlobArgs, target: &Target) -> Result<Self, Failure> {
        match Kind::of(&args.key, &args.public_key, &CheckArgs::default())? {
            Some(Kind::PreShared) if args.public_key.name.is_some() => {
                Err(Failure::usage("a pre-shared key has no name to check: --name is for certificates"))
            }
            Some(Kind::PreShared) => credentials::from_args(&args.key).map(Held::PreShared),
            Some(Kind::RawKeys) => Self::raw_key(args),
            Some(Kind::Certificates) => Self::certificates(args, target),
            None => Err(Failure::usage(
                "a blob holds a credential: a pre-shared key (-k KEY or --key-hex, --key-file, and -u IDENTITY), \
                 certificates (-C ANCHORS.pem and -c CERT.pem), or raw public keys (--trust SERVER.pem and -M KEY.pem)",
            )),
        }
    }

    fn raw_key(args: &BlobArgs) -> Result<Self, Failure> {
        let both = || {
            Failure::usage(
                "a blob with raw public keys holds those of both: -M KEY.pem is the device's, --trust SERVER.pem the server's",
            )
        };
        if args.public_key.trust.is_empty() {
            return Err(both());
        }
        let found = credentials::raw_keys_of(&args.public_key, &CheckArgs::default())?;
        let key = found.own.ok_or_else(both)?;
        let [server] = found.trusted.as_slice() else {
            return Err(Failure::usage(format!(
                "a blob has room for one key of a server's; --trust gives {}",
                found.trusted.len()
            )));
        };
        let server = server.as_slice().try_into().map_err(|_| both())?;
        Ok(Held::RawKey { key, public: credentials::spki(&key)?, server })
    }

    fn certificates(args: &BlobArgs, target: &Target) -> Result<Self, Failure> {
        let both = || {
            Failure::usage(
                "a blob with certificates holds those of both: -c CERT.pem is the device's, -C ANCHORS.pem leads to the server's",
            )
        };
        if args.public_key.ca.is_empty() {
            return Err(both());
        }
        let found = credentials::certificates_of(&args.public_key, &CheckArgs::default(), target)?;
        let own = found.own.ok_or_else(both)?;
        let Name::Dns(name) = found.name else {
            return Err(Failure::usage(format!(
                "a device checks a DNS name in the server's certificate, and {:?} is none: --name NAME",
                args.public_key.name.as_deref().unwrap_or(&target.host)
            )));
        };
        Ok(Held::Certificates { key: own.key, chain: list(&own.chain)?, anchors: list(&found.anchors)?, name })
    }

    fn as_stored(&self) -> Result<Credential<'_>, Failure> {
        Ok(match self {
            Held::PreShared(PreShared { identity, key }) => Credential::PreShared { identity, key },
            Held::RawKey { key, public, server } => Credential::RawKey { key, public, server },
            Held::Certificates { key, chain, anchors, name } => {
                let listed = |list| Certificates::new(list).ok_or_else(|| Failure::usage("a certificate is empty"));
                Credential::X509 { key, chain: listed(chain)?, anchors: listed(anchors)?, name }
            }
        })
    }
}

/// Each certificate behind its length.
fn list(certificates: &[Vec<u8>]) -> Result<Vec<u8>, Failure> {
    let mut list = Vec::new();
    for der in certificates {
        let len = u16::try_from(der.len()).map_err(|_| Failure::usage("a certificate has more than 65,535 bytes"))?;
        list.extend(len.to_be_bytes());
        list.extend(der);
    }
    Ok(list)
}

fn device(args: &BlobArgs) -> Result<Option<StaticIpv4>, Failure> {
    let Some(address) = &args.address else { return Ok(None) };
    let wrong = || Failure::usage("--address takes an IPv4 address and a prefix length, as 10.0.2.15/24");
    let (address, prefix) = address.split_once('/').ok_or_else(wrong)?;
    Ok(Some(StaticIpv4 {
        address: address.parse().map_err(|_| wrong())?,
        prefix: prefix.parse().map_err(|_| wrong())?,
        gateway: args.gateway,
        dns: args.dns,
    }))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_host_in_a_target_is_the_host_of_the_blob() {
        use super::Target;
        use stint_provisioning::Host;
        let host = |uri: &str| match Target::parse(uri).unwrap().blob_host() {
            Host::Name(name) => name.to_string(),
            other => other.to_string(),
        };
        assert_eq!(host("coaps://example.org/"), "example.org");
        assert_eq!(host("coaps://10.0.2.2"), "10.0.2.2");
        assert_eq!(host("coaps://[fec0::2]:1/"), "[fec0::2]");
    }
}
