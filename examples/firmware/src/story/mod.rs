//! What the firmware does: it asks DHCP for an address, shakes hands with the server that its provisioning blob names, reads and writes a resource,
//! lets a light follow an observed one, sends and fetches a body larger than a datagram, and closes. It tells what each step took.
//!
//! A line that starts with `@` holds figures, for programs: `@step <name> instructions=… stack=… ms=… sent=… …`.

pub mod managed;
#[cfg(feature = "public-keys")]
pub mod public_keys;
mod session;
pub mod sleeper;

use crate::board::{Board, Led};
use crate::body::Pattern;
use crate::clock::Clock;
use crate::console::Console;
use crate::counted::Counted;
use crate::host::Options;
use crate::meter::Meter;
use crate::network::{Buffers, Network, Sockets};
use crate::random::Random;
use crate::say;
use core::fmt;
use core::time::Duration;
use embedded_hal::delay::DelayNs;
use embedded_hal::digital::OutputPin;
use rand_core::TryRng;
pub use session::Stop;
use session::{Session, Verdict};
use smoltcp::wire::IpEndpoint;
use stint_coap::{BlockSize, Body, Code, Endpoint, Profile, Request, Slot, Source};
use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8, Sha256};
use stint_dtls::crypto::{Aeads, Crypto, Hash, PreSharedKey};
use stint_dtls::{Client, MemoryFor, Psk};
use stint_net::smoltcp_udp::SmoltcpUdp;
use stint_net::{Inbox, Outbox, Pump};
use stint_provisioning::{Blob, Credential, Host};

/// The AEADs of the story that is told.
type Both = (Aes128Ccm8, Aes128Ccm);
type Provider<C, X = ()> = Crypto<Sha256, C, Random, X>;
type Auth = Psk<'static, PreSharedKey<'static>>;
/// A conversation under a pre-shared key.
type PskSession<'s, N, C> = Session<'s, N, Auth, Provider<C>>;

/// Bytes of the largest datagram in either direction: a block of 256 bytes and what CoAP and DTLS put around it.
const DATAGRAM: usize = 384;
/// What CoAP may take of it: the rest is DTLS's.
const MESSAGE: usize = DATAGRAM - 64;
/// Requests at a time: an observation, and one beside it.
const SLOTS: usize = 2;
/// Bytes of options and small bodies for all slots.
const STORE: usize = 128;

/// The memory that is lent to Stint and smoltcp. All zero, so that a `static` of it needs no flash.
pub struct Memory<C: Aeads = Both> {
    network: Buffers,
    dtls: MemoryFor<Auth, Provider<C>>,
    reassembly: [u8; 256],
    slots: [Slot; SLOTS],
    store: [u8; STORE],
    // One byte more than a datagram, so that a longer one is noticed.
    inbox: [u8; DATAGRAM + 1],
    outbox: [u8; DATAGRAM],
}

impl<C: Aeads> Memory<C> {
    /// Memory that nobody uses yet.
    pub const EMPTY: Self = Memory {
        network: Buffers::EMPTY,
        dtls: MemoryFor::<Auth, Provider<C>>::EMPTY,
        reassembly: [0; 256],
        slots: [const { Slot::EMPTY }; SLOTS],
        store: [0; STORE],
        inbox: [0; DATAGRAM + 1],
        outbox: [0; DATAGRAM],
    };

    /// Its parts.
    fn parts(&'static mut self) -> Lent<Auth, Provider<C>> {
        Lent {
            network: &mut self.network,
            dtls: &mut self.dtls,
            reassembly: &mut self.reassembly,
            slots: &mut self.slots,
            store: &mut self.store,
            inbox: &mut self.inbox,
            outbox: &mut self.outbox,
        }
    }
}

/// What is lent, in parts.
struct Lent<A: stint_dtls::auth::Auth<P>, P: stint_dtls::crypto::Provider>
where
    MemoryFor<A, P>: 'static,
{
    network: &'static mut Buffers,
    dtls: &'static mut MemoryFor<A, P>,
    reassembly: &'static mut [u8],
    slots: &'static mut [Slot],
    store: &'static mut [u8],
    inbox: &'static mut [u8],
    outbox: &'static mut [u8],
}

/// A pre-shared key, as the blob has it.
fn pre_shared(blob: &Blob<'static>) -> Result<Auth, Stop> {
    let Credential::PreShared { identity, key } = blob.credential else { return Err(Stop::Credential) };
    let key = PreSharedKey::new(key).map_err(|_| Stop::Key)?;
    Psk::new(identity, key).map_err(|_| Stop::Key)
}

/// Does it all. True: all went well.
pub fn run<B: Board>(
    board: &mut B,
    syst: cortex_m::peripheral::SYST,
    memory: &'static mut Memory,
    sockets: &'static mut Sockets,
) -> bool {
    let mut console = Console::open();
    let mut meter = Meter::new(Clock::start(syst, B::HERTZ, B::PER_INSTRUCTION));
    say!(console, "{}: Stint {}, no heap", B::NAME, env!("CARGO_PKG_VERSION"));
    let aeads = (Aes128Ccm8, Aes128Ccm);
    let (lent, suits) = (memory.parts(), (aeads, ()));
    let role = (Pattern { len: Options::read().body }, ());
    let told =
        prepare(board, &mut console, &mut meter, lent, sockets, suits, None, role, pre_shared, |session, led, blob| {
            converse(session, led, B::NAME, blob.observe.unwrap_or("time"))
        });
    over(&mut console, told)
}

/// Says how the story ended. True: well.
fn over(console: &mut Console, told: Result<(), Stop>) -> bool {
    match told {
        Ok(()) => say!(console, "all done"),
        Err(stop) => say!(console, "stopped: {stop}"),
    }
    told.is_ok()
}

/// Sets up all that a story needs, and tells it. `port`: the local one, where it must be a certain one. `source`: of the bodies of uploads; `profile`: of the
/// endpoint.
#[expect(clippy::too_many_arguments, reason = "each of them is one of the board's or the story's parts")]
fn prepare<B: Board, C: Aeads, X, A: stint_dtls::auth::Auth<Provider<C, X>>, S: Source, R: Profile>(
    board: &mut B,
    console: &mut Console,
    meter: &mut Meter,
    memory: Lent<A, Provider<C, X>>,
    sockets: &'static mut Sockets,
    (aeads, kx): (C, X),
    port: Option<u16>,
    (source, profile): (S, R),
    credential: impl FnOnce(&Blob<'static>) -> Result<A, Stop>,
    tell: impl FnOnce(&mut Session<'_, B::Nic, A, Provider<C, X>, S, R>, &mut B::Led, &Blob<'_>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let options = Options::read();
    let blob = Blob::parse(board.provisioning()).map_err(Stop::Provisioning)?;
    let Host::Ipv4(host) = blob.host else { return Err(Stop::Host) };
    let (nic, led, delay) = board.parts();
    blink(led, delay);

    let mut random = Random::new(options.seed);
    let seed = random.try_next_u64().map_err(|_| Stop::Entropy)?;
    meter.begin();
    let mut network = Network::new(nic, seed, meter.now(), memory.network, sockets);
    let address = network.configure(nic, meter, blob.device, Duration::from_secs(60)).ok_or(Stop::Address)?;
    session::report(console, "address", &meter.took(), Default::default(), Default::default());
    say!(console, "my address is {address}");

    // Ports 49152 to 65535 are free for this (RFC 6335 6); each association takes another.
    let port = port.unwrap_or(49_152 | seed as u16 & 0x3fff);
    let server = IpEndpoint::new(host.into(), blob.port);
    let net = SmoltcpUdp::connect(nic, &mut network.interface, &mut network.sockets, network.udp, port, server);
    let net = Counted::new(net.map_err(Stop::Network)?);

    let auth = credential(&blob)?;
    let mut coap_seed = [0; 16];
    random.try_fill_bytes(&mut coap_seed).map_err(|_| Stop::Entropy)?;
    let provider = Crypto { hash: Sha256, aeads, random, kx };
    let mut config = stint_dtls::Config::new();
    config.transmissions = options.transmissions.unwrap_or(config.transmissions);
    config.initial_timeout = options.initial.unwrap_or(config.initial_timeout);
    let mut dtls = Client::new(config, auth, provider, memory.dtls, memory.reassembly);

    let mut config = stint_coap::Config::DEFAULT;
    config.block_size = BlockSize::for_buffer(MESSAGE);
    config.max_retransmit = options.retransmit.unwrap_or(config.max_retransmit);
    config.ack_timeout = options.ack.unwrap_or(config.ack_timeout);
    let mut coap = Endpoint::with(profile, config, coap_seed, memory.slots, memory.store);
    let outbox = Outbox::new(memory.outbox);
    let pump = Pump { net, dtls: &mut dtls, coap: &mut coap, source, outbox };
    let mut session = Session { pump, inbox: Inbox::new(memory.inbox), meter, console, turns: 0 };
    tell(&mut session, led, &blob)
}

/// What is said to the server.
fn converse<N: crate::board::Nic>(
    session: &mut PskSession<'_, N, Both>,
    led: &mut impl Led,
    name: &str,
    watched: &str,
) -> Result<(), Stop> {
    session.step("handshake", |session| session.connect())?;
    session.flights();

    const EXAMPLE: &str = "example_data";
    session.step("get", |session| session.exchange(&Request::get(EXAMPLE), Code::CONTENT, |_, _| true))?;
    let hello = name.as_bytes();
    let put = Request { body: Body::Small(hello), ..Request::new(Code::PUT, EXAMPLE) };
    session.step("put", |session| session.exchange(&put, Code::CHANGED, |_, _| true))?;
    let same = |offset: u32, payload: &[u8]| offset == 0 && payload == hello;
    session.step("get_again", |session| session.exchange(&Request::get(EXAMPLE), Code::CONTENT, same))?;

    session.step("observe", |session| {
        session.observe(watched, 5, |payload| {
            // The light shows whether the last character is odd: for a clock, it changes with each second.
            let odd = payload.last().is_some_and(|last| last & 1 == 1);
            let _ = if odd { led.set_high() } else { led.set_low() };
            if led.is_lit() == odd { Verdict::Lit(odd) } else { Verdict::Broken }
        })
    })?;

    let body = session.pump.source;
    transfer(session, EXAMPLE, body)?;
    session.step("close", |session| session.close())?;
    session.counters();
    Ok(())
}

/// Sends a large body and fetches it again. A server may take a last block that comes twice, because its acknowledgement was lost, for the first
/// one of another body, and mix both up (RFC 7252 4.5 asks it to know the message again; libcoap 4.3.1 does not). PUT may be repeated, so it is.
fn transfer<N: crate::board::Nic>(
    session: &mut PskSession<'_, N, Both>,
    path: &str,
    body: Pattern,
) -> Result<(), Stop> {
    let upload = Request { body: Body::Source(0), ..Request::new(Code::PUT, path) };
    for _ in 0..5 {
        session.step("upload", |session| session.exchange(&upload, Code::CHANGED, |_, _| true))?;
        let (mut fits, mut reached) = (true, 0);
        let mut hash = Sha256.start();
        session.step("download", |session| {
            session.exchange(&Request::get(path), Code::CONTENT, |offset, payload| {
                // A body that changes while it is fetched begins anew.
                fits = (fits && offset == reached || offset == 0) && body.matches(offset, payload);
                reached = offset.saturating_add(payload.len() as u32);
                if offset == 0 {
                    Sha256.restart(&mut hash);
                }
                Sha256.update(&mut hash, payload);
                true
            })
        })?;
        if fits && reached == body.len {
            say!(session.console, "@body bytes={reached} sha256={}", Hex(Sha256.so_far(&hash)));
            return Ok(());
        }
        say!(session.console, "the server has another body: once more");
    }
    Err(Stop::Body)
}

/// A digest, to be told.
struct Hex([u8; 32]);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Two short flashes: the light and the timer work.
fn blink<L: OutputPin, D: DelayNs>(led: &mut L, delay: &mut D) {
    for _ in 0..2 {
        // A pin that fails is seen by nobody else either.
        let _ = led.set_high();
        delay.delay_ms(1);
        let _ = led.set_low();
        delay.delay_ms(1);
    }
}
