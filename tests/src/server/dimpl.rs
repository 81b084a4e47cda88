//! dimpl 0.9 as an end of the simulated link: an independent DTLS 1.2 implementation, PSK with CCM_8.

use super::App;
use crate::link::End;
use core::time::Duration;
use dimpl::crypto::Dtls12CipherSuite;
use dimpl::{Dtls, Output, PskResolver};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

struct Known {
    identity: Vec<u8>,
    key: Vec<u8>,
}

impl PskResolver for Known {
    fn resolve(&self, identity: &[u8]) -> Option<Vec<u8>> {
        (identity == self.identity).then(|| self.key.clone())
    }
}

/// A dimpl end with an application on it.
pub struct Dimpl {
    dtls: Dtls,
    start: Instant,
    app: Box<dyn App>,
    out: VecDeque<Vec<u8>>,
    timeout: Option<Duration>,
    /// The handshake is complete.
    pub connected: bool,
    /// What dimpl gave up with.
    pub error: Option<String>,
    /// Application data received.
    pub data: Vec<Vec<u8>>,
}

impl Dimpl {
    /// A server that knows one identity; its limits are out of the way, so that the client's decide.
    #[must_use]
    pub fn server(identity: &[u8], key: &[u8], seed: u64, app: impl App + 'static) -> Self {
        Self::new(false, identity, key, seed, app)
    }

    /// A client.
    #[must_use]
    pub fn client(identity: &[u8], key: &[u8], seed: u64, app: impl App + 'static) -> Self {
        Self::new(true, identity, key, seed, app)
    }

    fn new(client: bool, identity: &[u8], key: &[u8], seed: u64, app: impl App + 'static) -> Self {
        let known = Arc::new(Known { identity: identity.to_vec(), key: key.to_vec() });
        let builder = dimpl::Config::builder()
            .dtls12_cipher_suites(&[Dtls12CipherSuite::PSK_AES128_CCM_8])
            .flight_retries(1000)
            .handshake_timeout(Duration::from_secs(100_000))
            .dangerously_set_rng_seed(seed);
        let builder = if client {
            builder.with_psk_client(identity.to_vec(), known)
        } else {
            builder.with_psk_server(None, known)
        };
        let start = Instant::now();
        let mut dtls = Dtls::new_12_psk(Arc::new(builder.build().unwrap()), start);
        dtls.set_active(client);
        // dimpl panics on a packet that comes before the first call of this
        dtls.handle_timeout(start).unwrap();
        let mut end = Self {
            dtls,
            start,
            app: Box::new(app),
            out: VecDeque::new(),
            timeout: None,
            connected: false,
            error: None,
            data: Vec::new(),
        };
        end.drain(Duration::ZERO);
        end
    }

    /// Sends application data.
    pub fn send(&mut self, now: Duration, data: &[u8]) {
        if let Err(e) = self.dtls.send_application_data(data) {
            self.error = Some(e.to_string());
        }
        self.drain(now);
    }

    fn drain(&mut self, now: Duration) {
        let mut buffer = vec![0; 4096];
        let mut answers = Vec::new();
        loop {
            match self.dtls.poll_output(&mut buffer) {
                Output::Packet(p) => self.out.push_back(p.to_vec()),
                Output::Connected => self.connected = true,
                Output::ApplicationData(d) => {
                    self.data.push(d.to_vec());
                    answers.extend(self.app.handle(now, d));
                }
                Output::Timeout(t) => {
                    self.timeout = Some(t.saturating_duration_since(self.start));
                    break;
                }
                _ => {}
            }
        }
        if !answers.is_empty() {
            answers.iter().for_each(|a| drop(self.dtls.send_application_data(a)));
            self.drain(now);
        }
    }
}

impl End for Dimpl {
    fn receive(&mut self, now: Duration, datagram: &[u8]) {
        if self.error.is_some() {
            return;
        }
        let result = self.dtls.handle_timeout(self.start + now).and_then(|()| self.dtls.handle_packet(datagram));
        self.error = result.err().map(|e| e.to_string());
        self.drain(now);
    }

    fn wake(&mut self, now: Duration) {
        if self.error.is_some() {
            return;
        }
        self.error = self.dtls.handle_timeout(self.start + now).err().map(|e| e.to_string());
        let due = self.app.wake(now);
        due.iter().for_each(|d| drop(self.dtls.send_application_data(d)));
        self.drain(now);
    }

    fn deadline(&self) -> Option<Duration> {
        let own = self.timeout.filter(|t| *t < Duration::from_secs(86_400));
        own.into_iter().chain(self.app.deadline()).min().filter(|_| self.error.is_none())
    }

    fn transmit(&mut self, _now: Duration) -> Option<Vec<u8>> {
        self.out.pop_front()
    }
}
