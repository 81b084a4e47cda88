//! The pumps of stint-net, of which a conversation has one: over DTLS with whatever credential, or in the clear.

use crate::coap::Coap;
use crate::peer;
use crate::secure::{TICKET, Wrapped};
use crate::sleep;
use crate::sources::Bodies;
use crate::trace::Traced;
use serde::Serialize;
use std::fmt;
use std::io;
use std::path::Path;
use std::time::Duration;
use stint_coap::Profile;
use stint_dtls::Session;
use stint_dtls::auth::{Auth, Phase};
use stint_dtls::crypto::{ExportKey, Provider};
use stint_net::std_udp::StdUdp;
use stint_net::{Happened, Inbox, PlainPump, Pump, PumpError};

pub(crate) type Wire = Traced<StdUdp>;
type Net<'s> = Happened<'s>;

/// What a handshake came to, or the one that a session or a sleeping association is of.
#[derive(Debug, Serialize)]
pub(crate) struct Agreed {
    suite: String,
    extended_master_secret: bool,
    /// The server's, in hex.
    connection_id: String,
    /// By ALPN.
    #[serde(skip_serializing_if = "Option::is_none")]
    protocol: Option<String>,
    /// Whether the handshake went on from a session.
    resumed: bool,
    /// Whether there is a session to go on from, where one is to be kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<bool>,
    /// SHA-256 of the server's key, where the session resumed knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    server_key: Option<String>,
}

impl fmt::Display for Agreed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = if self.extended_master_secret { "extended master secret" } else { "NO extended master secret" };
        write!(f, "{}, {secret}, ", self.suite)?;
        match self.connection_id.as_str() {
            "" => f.write_str("no Connection ID of the server's")?,
            cid => write!(f, "the server's Connection ID {cid}")?,
        }
        if let Some(protocol) = &self.protocol {
            write!(f, ", ALPN {protocol}")?;
        }
        match (self.session, &self.server_key) {
            (Some(_), Some(hash)) if self.resumed => {
                write!(f, ", session resumed with the server whose key has SHA-256 {hash}")
            }
            (Some(_), _) if self.resumed => f.write_str(", session resumed"),
            (Some(false), _) => f.write_str(", the server gave no session to resume"),
            (Some(true), _) => f.write_str(", a new session"),
            (None, _) => Ok(()),
        }
    }
}

/// A pump of either kind.
pub(crate) trait Link {
    /// One round of work.
    fn poll<'d>(&mut self, now: Duration, inbox: &'d mut Inbox<'_>) -> nb::Result<Net<'d>, PumpError<io::Error>>;
    fn poll_timeout(&mut self) -> Option<Duration>;
    fn coap(&mut self) -> &mut dyn Coap;
    fn wire(&mut self) -> &mut Wire;
    fn close(&mut self);
    /// What was agreed; nothing in the clear.
    fn agreed(&self) -> Option<Agreed> {
        None
    }
    /// Who the server says it is, to be told. From `PeerVerified` on that is proved.
    fn server(&self) -> Option<String> {
        None
    }
    /// Whether the association goes on from a session.
    fn is_resumed(&self) -> bool {
        false
    }
    /// Whether the handshake offers a session, and the server has not declined it.
    fn offers_session(&self) -> bool {
        false
    }
    /// The session to be kept, as it is stored.
    fn session(&mut self) -> Option<Vec<u8>> {
        None
    }
    /// Whether there is an association.
    fn is_connected(&self) -> bool {
        false
    }
    /// Puts the association into a file. The error says why it is not there.
    fn fall_asleep(&mut self, _path: &Path) -> Result<(), String> {
        Err("there is no association in the clear".into())
    }
    /// What was dropped, to be told.
    fn dropped(&self) -> String;
}

impl<A: Auth<P> + Wrapped, P: Provider<Aeads: ExportKey>, X: Profile> Link for Pump<'_, '_, '_, Wire, A, P, Bodies, X> {
    fn poll<'d>(&mut self, now: Duration, inbox: &'d mut Inbox<'_>) -> nb::Result<Net<'d>, PumpError<io::Error>> {
        Pump::poll(self, now, inbox)
    }
    fn poll_timeout(&mut self) -> Option<Duration> {
        Pump::poll_timeout(self)
    }
    fn coap(&mut self) -> &mut dyn Coap {
        self.coap
    }
    fn wire(&mut self) -> &mut Wire {
        &mut self.net
    }
    fn close(&mut self) {
        Pump::close(self);
    }
    fn agreed(&self) -> Option<Agreed> {
        let auth = self.dtls.credential();
        let resumed = self.dtls.is_resumed();
        Some(Agreed {
            suite: self.dtls.suite()?.to_string(),
            extended_master_secret: self.dtls.extended_master_secret(),
            connection_id: hex::encode(self.dtls.peer_connection_id()),
            protocol: auth.protocol().map(|protocol| String::from_utf8_lossy(protocol).into_owned()),
            resumed,
            session: auth.session().map(|session| !session.is_empty()),
            server_key: auth.session().filter(|_| resumed).and_then(|session| session.peer_key_hash()).map(hex::encode),
        })
    }
    fn server(&self) -> Option<String> {
        self.dtls.peer().filter(|peer| !peer.is_empty()).map(peer::told)
    }
    fn is_resumed(&self) -> bool {
        self.dtls.is_resumed()
    }
    fn offers_session(&self) -> bool {
        self.dtls.credential().phase() != Phase::Full
    }
    fn session(&mut self) -> Option<Vec<u8>> {
        self.dtls.credential().session().filter(|session| !session.is_empty())?;
        let mut saved = vec![0; Session::<TICKET>::SAVED];
        self.dtls.save_session(&mut saved)?;
        Some(saved)
    }
    fn is_connected(&self) -> bool {
        self.dtls.is_connected()
    }
    fn fall_asleep(&mut self, path: &Path) -> Result<(), String> {
        let local = self.net.net.socket().local_addr().map_err(|error| error.to_string())?;
        sleep::fall_asleep(path, local.port(), self.dtls)
    }
    fn dropped(&self) -> String {
        format!("DTLS: {}; CoAP: {}", counted(&self.dtls.stats()), counted(&self.coap.stats()))
    }
}

/// The counters that are not 0.
fn counted(stats: &dyn std::fmt::Display) -> String {
    let all = stats.to_string();
    let counted: Vec<&str> = all.split(", ").filter(|counter| !counter.ends_with(" 0")).collect();
    if counted.is_empty() { "nothing dropped or repeated".into() } else { counted.join(", ") }
}

impl<X: Profile> Link for PlainPump<'_, '_, Wire, Bodies, X> {
    fn poll<'d>(&mut self, now: Duration, inbox: &'d mut Inbox<'_>) -> nb::Result<Net<'d>, PumpError<io::Error>> {
        PlainPump::poll(self, now, inbox)
    }
    fn poll_timeout(&mut self) -> Option<Duration> {
        PlainPump::poll_timeout(self)
    }
    fn coap(&mut self) -> &mut dyn Coap {
        self.coap
    }
    fn wire(&mut self) -> &mut Wire {
        &mut self.net
    }
    fn close(&mut self) {}
    fn dropped(&self) -> String {
        format!("CoAP: {}", counted(&self.coap.stats()))
    }
}
