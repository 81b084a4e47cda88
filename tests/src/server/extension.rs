//! The extensions of the ServerHello that go beyond a pre-shared key, and what they settle.

use super::code::{
    ALPN, CLIENT_CERTIFICATE_TYPE, EC_POINT_FORMATS, MAX_FRAGMENT_LENGTH, RECORD_SIZE_LIMIT, SERVER_CERTIFICATE_TYPE,
    SERVER_NAME, SESSION_TICKET, X509,
};
use super::config::Config;
use super::suite::{Kx, kx};
use super::wire::{Hello, long, short, with_long, with_short};

/// The most plaintext in a record (RFC 5246 6.2.1).
const LARGEST: usize = 1 << 14;

/// What the extensions settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// The certificate type of the server's Certificate message.
    pub server_kind: u8,
    /// That of the client's.
    pub client_kind: u8,
    /// The most bytes of plaintext in a record of the server's, in the clear and protected.
    pub limits: [usize; 2],
    /// The same in a record of the client's.
    pub client_limits: [usize; 2],
    /// The protocol (RFC 7301).
    pub protocol: Option<Vec<u8>>,
    /// Whether a NewSessionTicket will come.
    pub ticket: bool,
    /// The extensions themselves.
    pub answers: Vec<(u16, Vec<u8>)>,
}

impl Default for Agreed {
    fn default() -> Self {
        Self {
            server_kind: X509,
            client_kind: X509,
            limits: [LARGEST; 2],
            client_limits: [LARGEST; 2],
            protocol: None,
            ticket: false,
            answers: Vec::new(),
        }
    }
}

/// Settles them; an error is the alert that says why it cannot be. `resumed`: the handshake is an abbreviated one.
pub fn agree(config: &Config, hello: &Hello, suite: u16, asks: bool, resumed: bool) -> Result<Agreed, u8> {
    let mut agreed = Agreed::default();
    if kx(suite) == Kx::EcdheEcdsa && !resumed {
        certificate_types(config, hello, asks, &mut agreed)?;
    }
    if kx(suite) != Kx::Psk && !resumed && hello.extension(EC_POINT_FORMATS).is_some() && config.point_formats {
        agreed.answers.push((EC_POINT_FORMATS, vec![1, 0]));
    }
    // a resumed session has its name already (RFC 6066 3)
    if hello.extension(SERVER_NAME).is_some() && config.server_name && !resumed {
        agreed.answers.push((SERVER_NAME, Vec::new()));
    }
    protocol(config, hello, &mut agreed)?;
    limits(config, hello, &mut agreed)?;
    if let Some(tickets) = config.tickets.as_ref().filter(|_| hello.extension(SESSION_TICKET).is_some())
        && (tickets.renew || !resumed)
    {
        agreed.ticket = true;
        agreed.answers.push((SESSION_TICKET, Vec::new()));
    }
    Ok(agreed)
}

/// RFC 7301 3.2: the server's preference decides; without anything in common, no_application_protocol.
fn protocol(config: &Config, hello: &Hello, agreed: &mut Agreed) -> Result<(), u8> {
    let Some(body) = hello.extension(ALPN).filter(|_| !config.protocols.is_empty()) else { return Ok(()) };
    let (mut list, []) = long(body).ok_or(50)? else { return Err(50) };
    let mut offered = Vec::new();
    while !list.is_empty() {
        let (name, rest) = short(list).filter(|n| !n.0.is_empty()).ok_or(50)?;
        offered.push(name);
        list = rest;
    }
    let chosen = config.protocols.iter().find(|p| offered.contains(&p.as_slice())).ok_or(120)?;
    agreed.protocol = Some(chosen.clone());
    agreed.answers.push((ALPN, with_long(&with_short(chosen))));
    Ok(())
}

/// RFC 6066 4, RFC 8449 4: of the two, record_size_limit is answered; it counts protected records alone.
fn limits(config: &Config, hello: &Hello, agreed: &mut Agreed) -> Result<(), u8> {
    if let Some((theirs, own)) = hello.extension(RECORD_SIZE_LIMIT).zip(config.record_size_limit) {
        let limit = u16::from_be_bytes(theirs.try_into().map_err(|_| 50)?);
        if limit < 64 {
            return Err(47);
        }
        agreed.limits[1] = usize::from(limit).min(LARGEST);
        agreed.client_limits[1] = own.into();
        agreed.answers.push((RECORD_SIZE_LIMIT, own.to_be_bytes().to_vec()));
    } else if let Some(body) = hello.extension(MAX_FRAGMENT_LENGTH).filter(|_| config.max_fragment) {
        let [code @ 1..=4] = *body else { return Err(47) };
        agreed.limits = [256 << code; 2];
        agreed.client_limits = agreed.limits;
        agreed.answers.push((MAX_FRAGMENT_LENGTH, vec![code]));
    }
    Ok(())
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
        // then client_certificate_type is left out
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
