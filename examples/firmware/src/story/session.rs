//! One conversation: the loop around the pump, and what is told of it.

use crate::board::Nic;
use crate::body::Pattern;
use crate::console::Console;
use crate::counted::{Counted, Traffic};
use crate::meter::{Meter, Took};
use crate::registration::Refusal;
use crate::say;
use core::fmt;
use core::time::Duration;
use stint_coap::{Code, Endpoint, Failure, Outcome, Profile, Request, RequestError, Response, Source};
use stint_dtls::ImportError;
use stint_dtls::auth::Auth;
use stint_dtls::crypto::Provider;
use stint_net::smoltcp_udp::{SmoltcpError, SmoltcpUdp};
use stint_net::{Happened, Inbox, Pump, PumpError};
use stint_provisioning::BlobError;

/// No step may take longer. A link that loses a third of all frames needs minutes.
const PATIENCE: Duration = Duration::from_secs(1_800);

/// Why the story ended early.
#[derive(Clone, Copy, Debug)]
pub enum Stop {
    /// The provisioning blob is not there, or not right.
    Provisioning(BlobError),
    /// The server is given by name or by an IPv6 address: this firmware has neither DNS nor IPv6.
    Host,
    /// The identity or the key has a length that DTLS does not take.
    Key,
    /// The blob's credential is of another kind than this program's.
    Credential,
    /// A certificate in the blob cannot be read.
    #[cfg(feature = "public-keys")]
    Certificate(stint_dtls::CertificateError),
    /// There is no random source.
    Entropy,
    /// DHCP gave no address.
    Address,
    /// The IP stack refused.
    Network(SmoltcpError),
    /// The pump stopped.
    Pump(PumpError<SmoltcpError>),
    /// A request was not taken.
    Request(RequestError),
    /// A request got no response.
    Failed(Failure),
    /// The file that stands for flash cannot be read or written.
    Flash,
    /// The association was not exported.
    Export(ImportError),
    /// A response has another code than expected.
    Code(Code),
    /// A response has another body than expected.
    Body,
    /// The directory does not take the device.
    Directory(Refusal),
    /// The light does not do as told.
    Light,
    /// The server closed the association.
    Closed,
    /// Nothing came of it within half an hour.
    Late,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::Provisioning(error) => error.fmt(f),
            Stop::Host => f.write_str("the server must be given by its IPv4 address: there is no DNS here"),
            Stop::Key => f.write_str("the identity must have 1 to 128 bytes, and the key 1 to 64"),
            Stop::Credential => {
                f.write_str("the provisioning blob has a credential of another kind than this program's")
            }
            #[cfg(feature = "public-keys")]
            Stop::Certificate(error) => error.fmt(f),
            Stop::Entropy => f.write_str("there is no random source; in an emulator, build with insecure-test-rng"),
            Stop::Address => f.write_str("no address from DHCP"),
            Stop::Network(error) => error.fmt(f),
            Stop::Pump(error) => error.fmt(f),
            Stop::Request(error) => error.fmt(f),
            Stop::Failed(failure) => failure.fmt(f),
            Stop::Flash => f.write_str("the flash cannot be read or written"),
            Stop::Export(error) => error.fmt(f),
            Stop::Code(code) => write!(f, "the server answered {code}"),
            Stop::Body => f.write_str("the body is not what it should be"),
            Stop::Directory(refusal) => refusal.fmt(f),
            Stop::Light => f.write_str("the light does not do as told"),
            Stop::Closed => f.write_str("the server closed the association"),
            Stop::Late => f.write_str("nothing came of it within half an hour"),
        }
    }
}

/// What became of the light.
pub(super) enum Verdict {
    /// It is lit, or not, as it should.
    Lit(bool),
    /// It is not as it should.
    Broken,
}

/// A conversation with the server. `S`: where the bodies of uploads come from; `X`: what the endpoint does besides asking.
pub(super) struct Session<'s, N: Nic, A: Auth<P>, P: Provider, S = Pattern, X = ()> {
    pub(super) pump: Pump<'s, 's, 's, Counted<SmoltcpUdp<'s, 'static, N>>, A, P, S, X>,
    pub(super) inbox: Inbox<'s>,
    pub(super) meter: &'s mut Meter,
    pub(super) console: &'s mut Console,
    /// How often the loop came round with work to do at once: operations, and an element that is busy with one.
    pub(super) turns: u32,
}

impl<N: Nic, A: Auth<P>, P: Provider, S: Source, X: Profile> Session<'_, N, A, P, S, X> {
    /// Runs a step and tells what it took.
    pub(super) fn step(&mut self, name: &str, step: impl FnOnce(&mut Self) -> Result<(), Stop>) -> Result<(), Stop> {
        let before = self.pump.net.traffic;
        self.meter.begin();
        let done = step(self);
        let took = self.meter.took();
        report(self.console, name, &took, before, self.pump.net.traffic);
        done
    }

    /// Polls the pump, and sleeps in between, until `see` has an answer.
    fn until<R>(
        &mut self,
        mut see: impl FnMut(Happened<'_>, &mut Endpoint<'_, X>, &mut Console) -> Option<Result<R, Stop>>,
    ) -> Result<R, Stop> {
        let limit = self.meter.now().saturating_add(PATIENCE);
        loop {
            let now = self.meter.now();
            match self.pump.poll(now, &mut self.inbox) {
                Ok(Happened::Closed) => return Err(Stop::Closed),
                Ok(Happened::Coap(Outcome::Failed { failure, .. })) => return Err(Stop::Failed(failure)),
                Ok(happened) => {
                    if let Some(answer) = see(happened, self.pump.coap, self.console) {
                        return answer;
                    }
                }
                Err(nb::Error::WouldBlock) if now >= limit => return Err(Stop::Late),
                Err(nb::Error::WouldBlock) => match self.pump.poll_timeout().unwrap_or(limit).min(limit) {
                    // Here a product feeds its watchdog, and does all else that it has to do.
                    Duration::ZERO => self.turns = self.turns.saturating_add(1),
                    deadline => self.meter.sleep(self.pump.net.net.device, Some(deadline)),
                },
                Err(nb::Error::Other(error)) => return Err(Stop::Pump(error)),
            }
        }
    }

    /// Shakes hands.
    pub(super) fn connect(&mut self) -> Result<(), Stop> {
        let now = self.meter.now();
        self.pump.dtls.start(now).map_err(|error| Stop::Pump(PumpError::Dtls(error)))?;
        self.until(|happened, _, _| matches!(happened, Happened::Connected).then_some(Ok(())))?;
        say!(self.console, "the handshake is done");
        Ok(())
    }

    /// Makes a request. The response must have the code `expected`, and each part of its body must pass `check`.
    pub(super) fn exchange(
        &mut self,
        request: &Request<'_>,
        expected: Code,
        mut check: impl FnMut(u32, &[u8]) -> bool,
    ) -> Result<(), Stop> {
        let asked = self.pump.coap.request(request).map_err(Stop::Request)?;
        let path = request.path;
        self.until(|happened, _, console| {
            let Happened::Coap(Outcome::Response(response)) = happened else { return None };
            if response.handle != asked {
                return None;
            }
            let Response { message, offset, more, .. } = response;
            if message.code != expected {
                return Some(Err(Stop::Code(message.code)));
            }
            if !check(offset, message.payload) {
                return Some(Err(Stop::Body));
            }
            if more {
                return None;
            }
            let bytes = offset as usize + message.payload.len();
            say!(console, "{} /{path}: {}, {bytes} bytes, {}", request.code, message.code, Text(message.payload));
            Some(Ok(()))
        })
    }

    /// Observes a resource until `count` representations came, then cancels.
    pub(super) fn observe(
        &mut self,
        path: &str,
        count: u32,
        mut follow: impl FnMut(&[u8]) -> Verdict,
    ) -> Result<(), Stop> {
        let watch = self.pump.coap.request(&Request::observe(path)).map_err(Stop::Request)?;
        let mut seen = 0;
        self.until(|happened, coap, console| {
            let Happened::Coap(Outcome::Response(response)) = happened else { return None };
            let message = response.message;
            if response.handle != watch {
                return None;
            }
            if seen == count {
                // What the cancellation is answered with.
                return response.last.then_some(Ok(()));
            }
            if message.code != Code::CONTENT || !response.notification {
                return Some(Err(Stop::Code(message.code)));
            }
            let Verdict::Lit(lit) = follow(message.payload) else { return Some(Err(Stop::Light)) };
            seen += 1;
            let light = if lit { "on" } else { "off" };
            say!(console, "observed /{path}: {}, so the light is {light}", Text(message.payload));
            if seen == count {
                coap.cancel(watch);
            }
            None
        })
    }

    /// Ends the association.
    pub(super) fn close(&mut self) -> Result<(), Stop> {
        self.pump.close();
        loop {
            match self.pump.poll(self.meter.now(), &mut self.inbox) {
                Ok(_) => {}
                Err(nb::Error::WouldBlock) if self.pump.outbox.is_empty() => return Ok(()),
                Err(nb::Error::WouldBlock) => {
                    let deadline = self.pump.poll_timeout();
                    self.meter.sleep(self.pump.net.net.device, deadline);
                }
                Err(nb::Error::Other(error)) => return Err(Stop::Pump(error)),
            }
        }
    }

    /// Tells what the handshake was made of.
    pub(super) fn flights(&mut self) {
        let Traffic { flights, peer_flights, .. } = self.pump.net.traffic;
        let again = self.pump.dtls.stats().retransmissions;
        say!(self.console, "@flights handshake ours={flights} theirs={peer_flights} retransmissions={again}");
    }

    /// Tells what was dropped.
    pub(super) fn counters(&mut self) {
        say!(self.console, "dropped by DTLS: {}", self.pump.dtls.stats());
    }
}

/// Tells what a step took.
pub(super) fn report(console: &mut Console, name: &str, took: &Took, before: Traffic, after: Traffic) {
    say!(
        console,
        "@step {name} instructions={} stack={} depth={} ms={} sent={} sent_bytes={} received={} received_bytes={}",
        took.instructions,
        took.stack,
        took.depth,
        took.time.as_millis() as u32,
        after.sent - before.sent,
        after.sent_bytes - before.sent_bytes,
        after.received - before.received,
        after.received_bytes - before.received_bytes,
    );
}

/// The first line of a payload, as text.
struct Text<'t>(&'t [u8]);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 40;
        let line = self.0.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let shown = line.get(..SHOWN).unwrap_or(line);
        match core::str::from_utf8(shown) {
            Ok(text) => write!(f, "\"{text}\"")?,
            Err(_) => f.write_str("not text")?,
        }
        if shown.len() < self.0.len() { f.write_str(" …") } else { Ok(()) }
    }
}
