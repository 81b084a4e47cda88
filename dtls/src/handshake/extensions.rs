//! The extensions of ClientHello and ServerHello (RFC 5246 7.4.1.4).

use crate::auth::{Auth, CertificateTypes, Chosen};
use crate::config::Config;
use crate::crypto::{Hash, Kx, Provider};
use crate::error::Error;
use crate::wire::{CertificateType, ExtensionType, Extensions, Reader, Sink, extension};

/// The only curve, secp256r1, and the only form of a point, uncompressed (RFC 8422 5.1).
const GROUPS: [u8; 4] = [0, 2, 0, 23];
const POINT_FORMATS: [u8; 2] = [1, 0];

/// Writes what we offer.
pub(super) fn extensions<A: Auth<P>, P: Provider>(config: &Config<'_>, auth: &A, sink: &mut Sink<'_, P::Hash>) {
    extension(sink, ExtensionType::EXTENDED_MASTER_SECRET, 0);
    if let Some(cid) = config.connection_id {
        extension(sink, ExtensionType::CONNECTION_ID, cid.len() + 1);
        sink.u8(cid.len() as u8);
        sink.put(cid);
    }
    if let Some(name) = config.sni() {
        // A list of one name of type host_name (RFC 6066 3).
        extension(sink, ExtensionType::SERVER_NAME, name.len() + 5);
        sink.u16((name.len() + 3) as u16);
        sink.u8(0);
        sink.u16(name.len() as u16);
        sink.put(name);
    }
    if A::EXCHANGES.ecdhe() {
        extension(sink, ExtensionType::SUPPORTED_GROUPS, GROUPS.len());
        sink.put(&GROUPS);
        extension(sink, ExtensionType::EC_POINT_FORMATS, POINT_FORMATS.len());
        sink.put(&POINT_FORMATS);
    }
    if A::EXCHANGES.has(Kx::EcdheEcdsa) {
        let schemes = || (0..).map_while(A::scheme);
        let bytes = schemes().fold(0, |bytes, _| bytes + 2);
        extension(sink, ExtensionType::SIGNATURE_ALGORITHMS, bytes + 2);
        sink.u16(bytes as u16);
        schemes().for_each(|scheme| sink.u16(scheme));
        certificate_types(ExtensionType::SERVER_CERTIFICATE_TYPE, A::SERVER_CERTIFICATES, sink);
        certificate_types(ExtensionType::CLIENT_CERTIFICATE_TYPE, auth.client_certificates(), sink);
    }
    auth.extensions(sink);
}

/// X.509 alone is what is meant without the extension (RFC 7250 4.1).
fn certificate_types<H: Hash>(kind: ExtensionType, types: CertificateTypes, sink: &mut Sink<'_, H>) {
    if types.has(CertificateType::RAW_PUBLIC_KEY) {
        extension(sink, kind, types.count() + 1);
        sink.u8(types.count() as u8);
        types.for_each(|offered| sink.u8(offered.0));
    }
}

/// What the ServerHello's extensions say.
pub(super) struct Agreed<'a> {
    pub(super) extended: bool,
    pub(super) peer_cid: Option<&'a [u8]>,
    pub(super) chosen: Chosen,
}

/// Only what was offered may be answered, and once (RFC 5246 7.4.1.4).
pub(super) fn agreed<'a, A: Auth<P>, P: Provider>(
    config: &Config<'_>,
    auth: &mut A,
    chosen: Chosen,
    extensions: Extensions<'a>,
) -> Result<Agreed<'a>, Error> {
    const EXTENDED: u8 = 1;
    const RENEGOTIATION: u8 = 2;
    const CID: u8 = 4;
    const NAME: u8 = 8;
    let mut seen = 0;
    let mut agreed = Agreed { extended: false, peer_cid: None, chosen };
    for (kind, body) in extensions {
        let bit = match kind {
            ExtensionType::EXTENDED_MASTER_SECRET => EXTENDED,
            ExtensionType::RENEGOTIATION_INFO => RENEGOTIATION,
            ExtensionType::CONNECTION_ID if config.connection_id.is_some() => CID,
            ExtensionType::SERVER_NAME if config.sni().is_some() => NAME,
            _ => 0,
        };
        if bit == 0 {
            further::<A, P>(auth, &mut agreed.chosen, kind, body, extensions)?;
            continue;
        }
        if seen & bit != 0 {
            return Err(Error::ExtensionNotOffered(kind));
        }
        seen |= bit;
        let valid = match bit {
            // A first handshake's is empty (RFC 5746 3.4).
            RENEGOTIATION => matches!(body, [0]),
            CID => {
                let mut reader = Reader::new(body);
                agreed.peer_cid = reader.vector(1);
                agreed.peer_cid.is_some() && reader.is_empty()
            }
            _ => body.is_empty(),
        };
        if !valid {
            return Err(Error::Extension(kind));
        }
    }
    agreed.extended = seen & EXTENDED != 0;
    Ok(agreed)
}

/// An extension that only some credentials offer.
#[allow(clippy::manual_contains)] // `contains` brings a search by words, which costs flash and may panic
fn further<A: Auth<P>, P: Provider>(
    auth: &mut A,
    chosen: &mut Chosen,
    kind: ExtensionType,
    body: &[u8],
    mut extensions: Extensions<'_>,
) -> Result<(), Error> {
    let answer = match kind {
        ExtensionType::EC_POINT_FORMATS if A::EXCHANGES.ecdhe() => {
            // Whatever else it knows, the uncompressed form must be among it (RFC 8422 5.1.2).
            Some(
                matches!(body, [len, formats @ ..] if usize::from(*len) == formats.len() && formats.iter().any(|format| *format == 0)),
            )
        }
        // Says what the server could do another time; some send it (RFC 8422 5.1.1 has it in ClientHello alone).
        ExtensionType::SUPPORTED_GROUPS if A::EXCHANGES.ecdhe() => Some(true),
        ExtensionType::SERVER_CERTIFICATE_TYPE if A::EXCHANGES.has(Kx::EcdheEcdsa) => {
            certificate_type(A::SERVER_CERTIFICATES, body, &mut chosen.server)
        }
        ExtensionType::CLIENT_CERTIFICATE_TYPE if A::EXCHANGES.has(Kx::EcdheEcdsa) => {
            certificate_type(auth.client_certificates(), body, &mut chosen.client)
        }
        _ => auth.extension(kind, body),
    };
    match answer {
        None => Err(Error::ExtensionNotOffered(kind)),
        Some(_) if extensions.any(|(other, bytes)| other == kind && !core::ptr::eq(bytes, body)) => {
            Err(Error::ExtensionNotOffered(kind))
        }
        Some(false) => Err(Error::Extension(kind)),
        Some(true) => Ok(()),
    }
}

/// The server's choice of a certificate type: one that was offered (RFC 7250 4.2).
fn certificate_type(offered: CertificateTypes, body: &[u8], chosen: &mut CertificateType) -> Option<bool> {
    if !offered.has(CertificateType::RAW_PUBLIC_KEY) {
        return None;
    }
    Some(match body {
        [kind] if offered.has(CertificateType(*kind)) => {
            *chosen = CertificateType(*kind);
            true
        }
        _ => false,
    })
}
