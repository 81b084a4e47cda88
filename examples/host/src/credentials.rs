//! The key and the identity, from wherever the user has them.

use crate::args::{KeyArgs, PeerArgs};
use crate::exit::Failure;
use crate::uri::Target;
use std::path::Path;
use stint_provisioning::Blob;

/// A pre-shared key and the name it goes by.
pub(crate) struct Credentials {
    pub(crate) identity: Vec<u8>,
    pub(crate) key: Vec<u8>,
}

/// Where to go, and with what: the blob, where one is given, fills in what the command line leaves out.
pub(crate) fn resolve(args: &PeerArgs) -> Result<(Target, Option<Credentials>), Failure> {
    let Some(path) = &args.blob else {
        let uri = args.uri.as_deref().ok_or_else(|| Failure::usage("a URI is missing, as coaps://HOST/PATH"))?;
        let target = Target::parse(uri)?;
        let credentials = if target.secure { Some(from_args(&args.key)?) } else { None };
        return Ok((target, credentials));
    };
    let bytes = read(path)?;
    let blob = Blob::parse(&bytes).map_err(|error| Failure::local(path.display(), error))?;
    let target = match &args.uri {
        Some(uri) => Target::parse(uri)?,
        None => {
            let path = blob.observe.unwrap_or_default().split('/').map(crate::uri::encode);
            let path = path.collect::<Vec<_>>().join("/");
            Target::parse(&format!("coaps://{}:{}/{path}", blob.host, blob.port))?
        }
    };
    let credentials = Credentials { identity: blob.identity.to_vec(), key: blob.key.to_vec() };
    Ok((target, Some(credentials)))
}

/// From -k and its kin, within the limits of RFC 7925 4.2.
pub(crate) fn from_args(args: &KeyArgs) -> Result<Credentials, Failure> {
    let missing = || {
        Failure::usage(
            "coaps needs a pre-shared key and its identity: -k KEY (or --key-hex, --key-file) and -u IDENTITY, or --blob FILE",
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
    Ok(Credentials { identity, key })
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::local(path.display(), error))
}
