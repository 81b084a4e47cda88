//! `stint blob`: provisioning blobs written and shown.

use crate::args::BlobArgs;
use crate::credentials;
use crate::exit::Failure;
use crate::uri::Target;
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::path::Path;
use stint_provisioning::{Blob, Credential, MAX_LEN, StaticIpv4};

pub(crate) fn run(args: &BlobArgs) -> Result<(), Failure> {
    if args.show { show(Path::new(&args.subject)) } else { write(args) }
}

fn show(path: &Path) -> Result<(), Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::local(path.display(), error))?;
    let blob = Blob::parse(&bytes).map_err(|error| Failure::local(path.display(), error))?;
    println!("server    {}:{}", blob.host, blob.port);
    show_credential(&blob.credential);
    match blob.device {
        None => println!("address   by DHCP"),
        Some(device) => {
            println!("address   {}/{}", device.address, device.prefix);
            println!("gateway   {}", or_none(device.gateway));
            println!("dns       {}", or_none(device.dns));
        }
    }
    if let Some(path) = blob.observe {
        println!("observe   /{path}");
    }
    Ok(())
}

fn show_credential(credential: &Credential<'_>) {
    match credential {
        Credential::PreShared { identity, key } => {
            match std::str::from_utf8(identity) {
                Ok(text) => println!("identity  {text}"),
                Err(_) => println!("identity  0x{}", hex::encode(identity)),
            }
            println!("key       {} bytes, not shown", key.len());
        }
        Credential::RawKey { public, server, .. } => {
            println!("key       raw, 32 bytes, not shown");
            println!("public    {}", hex::encode(public));
            println!("trusted   {}", hex::encode(server));
        }
        Credential::X509 { chain, anchors, name, .. } => {
            println!("key       of a certificate, 32 bytes, not shown");
            println!("chain     {} certificates", chain.count());
            println!("anchors   {} certificates", anchors.count());
            println!("name      {name}");
        }
        other => println!("credential of a kind that this program does not know: {other:?}"),
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
    let credentials = credentials::from_args(&args.key)?;
    let blob = Blob {
        credential: Credential::PreShared { identity: &credentials.identity, key: &credentials.key },
        host: target.blob_host(),
        port: target.port,
        device: device(args)?,
        observe: args.observe.as_deref().map(|path| path.trim_start_matches('/')),
    };
    let mut out = [0; MAX_LEN];
    let len = stint_provisioning::write(&blob, &mut out).map_err(|error| Failure::usage(error.to_string()))?;
    let bytes = out.get(..len).unwrap_or_default();
    match &args.output {
        Some(path) => write_private(path, bytes),
        None => std::io::stdout().write_all(bytes),
    }
    .map_err(|error| Failure::local("the blob was not written", error))
}

/// The file holds a key: on Unix none but the owner may read it.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(bytes)
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
