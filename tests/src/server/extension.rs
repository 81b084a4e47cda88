//! The extensions of the ServerHello that go beyond a pre-shared key, and what they settle.

use super::code::{CLIENT_CERTIFICATE_TYPE, EC_POINT_FORMATS, SERVER_CERTIFICATE_TYPE, X509};
use super::config::Config;
use super::suite::{Kx, kx};
use super::wire::{Hello, short};

/// What the extensions settled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreed {
    /// The certificate type of the server's Certificate message.
    pub server_kind: u8,
    /// That of the client's.
    pub client_kind: u8,
    /// The extensions themselves.
    pub answers: Vec<(u16, Vec<u8>)>,
}

/// Settles them; an error is the alert that says why it cannot be.
pub fn agree(config: &Config, hello: &Hello, suite: u16, asks: bool) -> Result<Agreed, u8> {
    let mut agreed = Agreed { server_kind: X509, client_kind: X509, answers: Vec::new() };
    if kx(suite) == Kx::EcdheEcdsa {
        certificate_types(config, hello, asks, &mut agreed)?;
    }
    if kx(suite) != Kx::Psk && hello.extension(EC_POINT_FORMATS).is_some() && config.point_formats {
        agreed.answers.push((EC_POINT_FORMATS, vec![1, 0]));
    }
    Ok(agreed)
}

/// RFC 7250 4.2: the server chooses from each list; without a list it is X.509; where nothing fits, unsupported_certificate.
fn certificate_types(config: &Config, hello: &Hello, asks: bool, agreed: &mut Agreed) -> Result<(), u8> {
    let list = |kind| hello.extension(kind).and_then(short).filter(|l| l.1.is_empty()).map(|l| l.0);
    let own = config.credential.kind();
    match list(SERVER_CERTIFICATE_TYPE) {
        Some(offered) if !offered.contains(&own) => return Err(43),
        Some(_) => agreed.answers.push((SERVER_CERTIFICATE_TYPE, vec![own])),
        None if own != X509 => return Err(43),
        None => {}
    }
    agreed.server_kind = own;
    if !asks {
        // RFC 7250 4.2: then client_certificate_type is left out
        return Ok(());
    }
    match list(CLIENT_CERTIFICATE_TYPE) {
        Some(offered) => {
            agreed.client_kind = *config.clients.kinds.iter().find(|k| offered.contains(k)).ok_or(43)?;
            agreed.answers.push((CLIENT_CERTIFICATE_TYPE, vec![agreed.client_kind]));
        }
        None if !config.clients.kinds.contains(&X509) => return Err(43),
        None => {}
    }
    Ok(())
}
