//! A libcoap server that is killed in mid-observation and comes back on the same port, and a device under a keeper: blocking, and async.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use embedded_nal_async::UdpStack;
use futures_lite::future::block_on;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use stint_coap::{Endpoint, Handle, Outcome, Request, Slot};
use stint_dtls::auth::{Resumable, Session};
use stint_dtls::crypto::soft::{Aes128Ccm8, Sha256};
use stint_dtls::crypto::{Crypto, PreSharedKey};
use stint_dtls::{Client, Config, MemoryFor, Psk};
use stint_lab::peers::{IDENTITY, KEY, Libcoap, Peer};
use stint_lab::random::Random;
use stint_net::nal_async::{AsyncUdp, Clock};
use stint_net::std_udp::StdUdp;
use stint_net::{Happened, Inbox, Keeper, Kept, Lost, Outbox, Policy, Pump, Transport};

const PATIENCE: Duration = Duration::from_secs(30);
/// Quick enough for a test: silence is noticed two or three seconds after the kill.
const POLICY: Policy = Policy {
    unanswered: 1,
    backoff: Duration::from_millis(300),
    longest: Duration::from_secs(1),
    probe: Some(Duration::from_millis(1500)),
};

type Auth<'b> = Resumable<'b, Psk<'b, PreSharedKey<'b>>>;
type Provider = Crypto<Sha256, Aes128Ccm8, Random>;
type Watching<'p, 'b, 'c, T> = Keeper<'p, 'b, 'c, T, Auth<'b>, Provider>;

/// A device over `net` that observes, handed to `play`.
fn watching<T: Transport>(net: T, play: impl FnOnce(&mut Watching<'_, '_, '_, T>, &mut Inbox<'_>, Handle)) {
    let mut session = Session::EMPTY;
    let psk = Psk::new(IDENTITY, PreSharedKey::new(KEY).unwrap()).unwrap();
    let provider = Crypto { hash: Sha256, aeads: Aes128Ccm8, random: Random::new(7), kx: () };
    let (mut memory, mut reassembly) = (MemoryFor::<Auth<'_>, Provider>::EMPTY, [0; 512]);
    let mut config = Config::new();
    (config.initial_timeout, config.transmissions) = (Duration::from_millis(200), 3);
    let auth = Resumable::new(psk, &mut session);
    let mut dtls = Client::new(config, auth, provider, &mut memory, &mut reassembly);
    let (mut slots, mut store) = ([const { Slot::EMPTY }; 3], [0; 512]);
    let config =
        stint_coap::Config { ack_timeout: Duration::from_millis(200), max_retransmit: 2, ..Default::default() };
    let mut coap = Endpoint::new(config, [7; 16], &mut slots, &mut store);
    let watch = coap.request(&Request::observe("time")).unwrap();
    let (mut received, mut sent) = ([0; 1281], [0; 1232]);
    let pump = Pump { net, dtls: &mut dtls, coap: &mut coap, source: (), outbox: Outbox::new(&mut sent) };
    play(&mut Keeper::new(pump, POLICY, 1), &mut Inbox::new(&mut received), watch);
}

/// What a keeper reported.
#[derive(Debug, Default)]
struct Log {
    notes: usize,
    lost: Vec<Lost>,
    failed: usize,
}

impl Log {
    fn take(&mut self, kept: &Kept<'_>, watch: Handle) {
        match kept {
            Kept::Happened(Happened::Coap(Outcome::Response(response))) => {
                assert!(response.handle == watch && response.notification, "{response:?}");
                self.notes += 1;
            }
            Kept::Happened(Happened::Coap(other)) => panic!("{other:?}"),
            Kept::Lost(why) => self.lost.push(*why),
            Kept::Failed { .. } => self.failed += 1,
            _ => {}
        }
    }
}

/// A server that comes back where another one was.
struct Again(Child);

impl Again {
    fn start(library: Libcoap, port: u16) -> Self {
        let name = if library == Libcoap::Gnutls { "coap-server-gnutls" } else { "coap-server-openssl" };
        let mut command = Command::new(name);
        // The port of coap://; that of coaps:// is the next.
        command.args(["-A", "127.0.0.1", "-k", "secretPSK", "-h", "a hint", "-p", &(port - 1).to_string()]);
        Self(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Again {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Runs a device until its log is enough.
type Until<'r> = dyn FnMut(&dyn Fn(&Log) -> bool) -> Log + 'r;

/// Two reboots: one that takes a while, and one that is over before anybody noticed.
fn reboots(library: Libcoap, peer: Peer, until: &mut Until<'_>) {
    let port = peer.address().port();
    until(&|log| log.notes >= 2);
    drop(peer);
    let log = until(&|log| log.lost.len() == 1 && log.failed >= 2);
    assert_eq!(log.lost, [Lost::Silent]);
    let had = log.notes;
    let again = Again::start(library, port);
    let log = until(&|log| log.notes >= had + 3);
    assert_eq!(log.lost.len(), 1, "{log:?}");
    let had = log.notes;
    drop(again);
    let _again = Again::start(library, port);
    let log = until(&|log| log.lost.len() == 2 && log.notes >= had + 3);
    assert_eq!(log.lost, [Lost::Silent; 2]);
}

#[test]
fn a_libcoap_server_that_was_rebooted_stays_silent() {
    for library in [Libcoap::Openssl, Libcoap::Gnutls] {
        let peer = Peer::libcoap(library, &[]).unwrap();
        let net = StdUdp::connect(peer.address()).unwrap();
        let clock = Instant::now();
        watching(net, |keeper, inbox, watch| {
            let mut log = Log::default();
            let mut run = |enough: &dyn Fn(&Log) -> bool| {
                let start = Instant::now();
                while !enough(&log) {
                    assert!(start.elapsed() < PATIENCE, "{library:?}: {log:?}");
                    match keeper.poll(clock.elapsed(), inbox) {
                        Ok(kept) => log.take(&kept, watch),
                        Err(nb::Error::WouldBlock) => {
                            let wait = keeper.poll_timeout().map(|at| at.saturating_sub(clock.elapsed()));
                            keeper.pump.net.wait(Some(wait.unwrap_or(PATIENCE).min(PATIENCE))).unwrap();
                        }
                        Err(nb::Error::Other(error)) => panic!("{error}"),
                    }
                }
                Log { notes: log.notes, lost: log.lost.clone(), failed: log.failed }
            };
            reboots(library, peer, &mut run);
            println!("{library:?}: {:?}", keeper.counts());
        });
    }
}

/// The clock of async-io.
struct Time(Instant);

impl Clock for Time {
    fn now(&mut self) -> Duration {
        self.0.elapsed()
    }
    async fn sleep_until(&mut self, at: Duration) {
        async_io::Timer::at(self.0 + at).await;
    }
}

#[test]
fn a_libcoap_server_that_was_rebooted_stays_silent_to_an_async_device() {
    let library = Libcoap::Openssl;
    let peer = Peer::libcoap(library, &[]).unwrap();
    let address = peer.address();
    let stack = std_embedded_nal_async::Stack::default();
    let connect = || block_on(stack.connect(address)).unwrap().1;
    watching(AsyncUdp::new(connect(), Time(Instant::now())), |keeper, inbox, watch| {
        let mut log = Log::default();
        let mut run = |enough: &dyn Fn(&Log) -> bool| {
            let start = Instant::now();
            while !enough(&log) {
                assert!(start.elapsed() < PATIENCE, "{log:?}");
                match block_on(keeper.next(inbox)) {
                    Ok(kept) => {
                        log.take(&kept, watch);
                        if matches!(kept, Kept::Lost(_)) {
                            keeper.pump.net.socket = connect();
                        }
                    }
                    // The host's report that nobody listens there: noise, as the timers will say.
                    Err(stint_net::PumpError::Transport(error)) => {
                        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
                    }
                    Err(error) => panic!("{error}"),
                }
            }
            Log { notes: log.notes, lost: log.lost.clone(), failed: log.failed }
        };
        reboots(library, peer, &mut run);
    });
}
