//! The pumps of stint-net, of which a conversation has one: over DTLS with whatever credential, or in the clear.

use crate::peer;
use crate::secure::{TICKET, Wrapped};
use crate::sleep;
use crate::sources::Bodies;
use crate::trace::Traced;
use std::io;
use std::path::Path;
use std::time::Duration;
use stint_coap::Endpoint;
use stint_dtls::Session;
use stint_dtls::auth::{Auth, Phase};
use stint_dtls::crypto::{ExportKey, Provider};
use stint_net::std_udp::StdUdp;
use stint_net::{Happened, Inbox, PlainPump, Pump, PumpError};

pub(crate) type Wire = Traced<StdUdp>;
type Net<'s> = Happened<'s>;

/// A pump of either kind.
pub(crate) trait Link<'c> {
    /// One round of work.
    fn poll<'d>(&mut self, now: Duration, inbox: &'d mut Inbox<'_>) -> nb::Result<Net<'d>, PumpError<io::Error>>;
    fn poll_timeout(&mut self) -> Option<Duration>;
    fn coap(&mut self) -> &mut Endpoint<'c>;
    fn wire(&mut self) -> &mut Wire;
    fn close(&mut self);
    /// What was agreed, to be told.
    fn agreed(&self) -> String {
        String::new()
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

impl<'c, A: Auth<P> + Wrapped, P: Provider<Aeads: ExportKey>> Link<'c> for Pump<'_, '_, 'c, Wire, A, P, Bodies> {
    fn poll<'d>(&mut self, now: Duration, inbox: &'d mut Inbox<'_>) -> nb::Result<Net<'d>, PumpError<io::Error>> {
        Pump::poll(self, now, inbox)
    }
    fn poll_timeout(&mut self) -> Option<Duration> {
        Pump::poll_timeout(self)
    }
    fn coap(&mut self) -> &mut Endpoint<'c> {
        self.coap
    }
    fn wire(&mut self) -> &mut Wire {
        &mut self.net
    }
    fn close(&mut self) {
        Pump::close(self);
    }
    fn agreed(&self) -> String {
        let Some(suite) = self.dtls.suite() else { return "no association".into() };
        let extended = self.dtls.extended_master_secret();
        let secret = if extended { "extended master secret" } else { "NO extended master secret" };
        let mut told = vec![suite.to_string(), secret.to_string()];
        told.push(match self.dtls.peer_connection_id() {
            [] => "no Connection ID of the server's".into(),
            cid => format!("the server's Connection ID {}", hex::encode(cid)),
        });
        let auth = self.dtls.credential();
        if let Some(protocol) = auth.protocol() {
            told.push(format!("ALPN {}", String::from_utf8_lossy(protocol)));
        }
        match auth.session() {
            Some(session) if self.dtls.is_resumed() => {
                let server = session.peer_key_hash().map(hex::encode);
                told.push(server.map_or_else(
                    || "session resumed".into(),
                    |hash| format!("session resumed with the server whose key has SHA-256 {hash}"),
                ));
            }
            Some(session) if session.is_empty() => told.push("the server gave no session to resume".into()),
            Some(_) => told.push("a new session".into()),
            None => {}
        }
        told.join(", ")
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

impl<'c> Link<'c> for PlainPump<'_, 'c, Wire, Bodies> {
    fn poll<'d>(&mut self, now: Duration, inbox: &'d mut Inbox<'_>) -> nb::Result<Net<'d>, PumpError<io::Error>> {
        PlainPump::poll(self, now, inbox)
    }
    fn poll_timeout(&mut self) -> Option<Duration> {
        PlainPump::poll_timeout(self)
    }
    fn coap(&mut self) -> &mut Endpoint<'c> {
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
