//! All of Stint that a device can call, over a network and a provider that do nothing: it links only if no panic can be reached.
//!
//! The panic handler calls a function that no crate defines, so one panic path that the optimiser leaves makes the link fail. Whatever Stint is told here,
//! by the network, by cryptography, by the application and by the clock, went through `black_box`: no path is left out because a value is known.
//!
//! Feature `soft` takes the software provider in place of the one that does nothing: then no panic can be reached in AES and SHA-256 either.
//! Feature `planted` plants an index that may be out of bounds: then the link must fail. Feature `handler` brings a handler that exists, and with
//! `planted` further panics of other kinds: what the search in disassembled images is tried on.
#![no_std]
#![no_main]

use core::hint::black_box as opaque;
use core::time::Duration;
use cortex_m_rt::entry;
use stint_coap::{
    BlockSize, Body, Code, ContentFormat, Endpoint, Failure, Message, Opt, OptionNumber, Outcome, Request, Slot,
    Source, Type, Uri, Writer, links,
};
use stint_dtls::auth::{Auth, Chosen, Cx, Offers, Op};
use stint_dtls::crypto::{
    Aeads, Crypto, CryptoError, Empty, Hash, Kx, Lens, Master, PreSharedKey, Prf, PskKey, Random,
};
use stint_dtls::{Client, Config, Error, ExtendedMasterSecret, HandshakeType, MemoryFor, Psk, Sink};
use stint_net::{Happened, Inbox, Outbox, PlainPump, Pump, PumpError, Transport};

#[cfg(not(feature = "handler"))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        fn stint_has_a_panic_path() -> !;
    }
    // SAFETY: it does not exist: an image that could call it does not link.
    unsafe { stint_has_a_panic_path() }
}

#[cfg(feature = "handler")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

/// A network, a provider, a body: each says something that nobody can know.
#[derive(Clone, Copy)]
struct Nothing;

#[derive(Clone, Copy)]
struct State(#[expect(dead_code)] u32);

impl Empty for State {
    const EMPTY: Self = Self(0);
}

impl Hash for Nothing {
    type State = State;
    fn start(&mut self) -> State {
        opaque(State(1))
    }
    fn update(&mut self, state: &mut State, data: &[u8]) {
        opaque((state, data));
    }
    fn digest(&mut self, state: &mut State, digest: &mut [u8; 32]) {
        opaque((state, digest));
    }
}

impl Aeads for Nothing {
    type Key = State;
    const COUNT: usize = 2;
    fn suite(index: usize, kx: Kx) -> Option<u16> {
        opaque((index, kx));
        opaque(None)
    }
    fn lens(index: usize) -> Lens {
        opaque(index);
        opaque(Lens { key: 16, fixed_iv: 4, explicit_nonce: 8, tag: 8 })
    }
    fn key(&mut self, index: usize, key: &[u8]) -> Option<State> {
        opaque((index, key));
        opaque(Some(State(1)))
    }
    fn seal(&mut self, key: &State, nonce: &[u8; 12], aad: &[u8], data: &mut [u8], tag: &mut [u8]) {
        opaque((key, nonce, aad, data, tag));
    }
    fn open(&mut self, key: &State, nonce: &[u8; 12], aad: &[u8], data: &mut [u8], tag: &[u8]) -> bool {
        opaque((key, nonce, aad, data, tag));
        opaque(true)
    }
}

impl Random for Nothing {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
        opaque(out);
        opaque(Ok(()))
    }
}

impl PskKey for Nothing {
    fn derive<H: Hash>(
        &mut self,
        _hash: &mut H,
        identity: &[u8],
        other: Option<&[u8]>,
        label: &[u8],
        seed: &[&[u8]],
        master: &mut Master,
    ) -> nb::Result<(), CryptoError> {
        opaque((identity, other, label, seed, master.as_mut_bytes()));
        opaque(Ok(()))
    }
}

impl Auth<Provider> for Nothing {
    type Step = State;
    fn offer(&self, offers: &mut Offers) {
        offers.add(opaque(Kx::Psk));
        opaque(offers.has(opaque(Kx::Psk)));
    }
    fn begin(&mut self, chosen: Chosen, step: &mut State) -> bool {
        opaque((chosen, step));
        opaque(true)
    }
    fn read(&mut self, step: &mut State, kind: HandshakeType, body: &[u8]) -> Result<(), Error> {
        opaque((step, kind, body));
        opaque(Ok(()))
    }
    fn next(&self, step: &State, after: Option<Op>) -> Option<Op> {
        opaque((step, after));
        opaque(None)
    }
    fn work(&mut self, step: &mut State, op: Op, _: &mut Cx<'_, Provider>) -> nb::Result<(), Error> {
        opaque((step, op));
        opaque(Ok(()))
    }
    fn sends(&self, step: &State, kind: HandshakeType) -> bool {
        opaque((step, kind));
        opaque(true)
    }
    fn emit(&self, step: &State, kind: HandshakeType, sink: &mut Sink<'_, provider::Sha256>) {
        opaque((step, kind));
        sink.u8(opaque(1));
        sink.u16(opaque(1));
        sink.put(any_bytes());
    }
}

impl Transport for Nothing {
    type Error = u8;
    fn receive(&mut self, into: &mut [u8]) -> nb::Result<usize, u8> {
        opaque(into);
        opaque(Ok(1))
    }
    fn send(&mut self, datagram: &[u8]) -> nb::Result<(), u8> {
        opaque(datagram);
        opaque(Ok(()))
    }
    fn tick(&mut self, now: Duration) {
        opaque(now);
    }
    fn poll_timeout(&mut self) -> Option<Duration> {
        opaque(None)
    }
}

impl Source for Nothing {
    fn read(&mut self, key: u8, offset: u32, out: &mut [u8]) -> Option<(usize, bool)> {
        opaque((key, offset, out));
        opaque(Some((1, true)))
    }
}

#[cfg(not(feature = "soft"))]
mod provider {
    use super::Nothing;
    pub(crate) type Sha256 = Nothing;
    pub(crate) type Ciphers = (Nothing, Nothing);
    pub(crate) const SHA_256: Sha256 = Nothing;
    pub(crate) const CIPHERS: Ciphers = (Nothing, Nothing);
}

#[cfg(feature = "soft")]
mod provider {
    pub(crate) use stint_dtls::crypto::soft::Sha256;
    use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8};
    pub(crate) type Ciphers = (Aes128Ccm8, Aes128Ccm);
    pub(crate) const SHA_256: Sha256 = Sha256;
    pub(crate) const CIPHERS: Ciphers = (Aes128Ccm8, Aes128Ccm);
}

type Provider = Crypto<provider::Sha256, provider::Ciphers, Nothing>;

fn now() -> Duration {
    opaque(Duration::from_secs(1))
}

/// Bytes of any length.
fn any_bytes() -> &'static [u8] {
    opaque(&[0x40])
}

/// Text of any length.
fn any_text() -> &'static str {
    opaque("a")
}

#[entry]
fn main() -> ! {
    loop {
        #[cfg(feature = "planted")]
        planted::run();
        codec();
        prf();
        if let Ok(key) = PreSharedKey::new(any_bytes()) {
            with_key(key);
        }
        with_key(Nothing);
        associate(Nothing);
    }
}

#[inline(never)]
fn with_key<K: PskKey>(key: K) {
    let hints = opaque::<&[(&[u8], &[u8])]>(&[(&[1], &[2])]);
    if let Ok(auth) = if opaque(true) { Psk::new(any_bytes(), key) } else { Psk::with_hints(any_bytes(), hints, key) } {
        associate(auth);
    }
}

/// The lives of a client.
#[inline(never)]
fn associate<A: Auth<Provider>>(auth: A) {
    let mut config = Config::new();
    config.server_name = opaque(Some(any_text()));
    config.connection_id = opaque(Some(any_bytes()));
    config.extended_master_secret = opaque(ExtendedMasterSecret::Allow);
    config.initial_timeout = now();
    config.transmissions = opaque(7);
    config.mtu = opaque(1152);
    config.forgery_limit = opaque(Some(1));
    config.record_limit = opaque(1);
    let mut memory = MemoryFor::<A, Provider>::EMPTY;
    let mut reassembly = [0; 32];
    let provider = Crypto { hash: provider::SHA_256, aeads: provider::CIPHERS, random: Nothing };
    let mut client = Client::new(config, auth, provider, &mut memory, opaque(&mut reassembly));
    let (mut slots, mut store) = ([Slot::EMPTY; 2], [0; 32]);
    let (slots, store): (&mut [Slot], &mut [u8]) = (opaque(&mut slots), opaque(&mut store));
    let mut settings = stint_coap::Config::DEFAULT;
    settings.ack_timeout = now();
    settings.max_retransmit = opaque(4);
    settings.block_size = BlockSize::for_buffer(opaque(64));
    let mut endpoint = Endpoint::new(settings, opaque([0; 16]), slots, store);
    while opaque(true) {
        let _ = opaque(client.start(now()));
        alone(&mut client);
        secured(&mut client, &mut endpoint);
        plain(&mut endpoint);
    }
}

/// DTLS without the pump.
#[inline(never)]
fn alone<A: Auth<Provider>>(client: &mut Client<'_, A, Provider>) {
    let mut buffer = [0; 64];
    let buffer: &mut [u8] = opaque(&mut buffer);
    let error = match client.poll_work(now()) {
        Err(nb::Error::Other(error)) => Some(error),
        event => {
            let _ = opaque(event);
            client.poll_transmit(now(), buffer).err()
        }
    };
    opaque(error.and_then(|error| error.alert()));
    let _ = opaque(client.send(now(), buffer, |room| {
        opaque(room);
        opaque(Some(1))
    }));
    let mut datagram = opaque(&mut *buffer);
    let _ = opaque(client.next_event(now(), &mut datagram));
    opaque(client.poll_timeout());
    opaque(client.max_plaintext(opaque(1)));
    opaque((client.is_connected(), client.is_handshaking(), client.stats(), client.suite()));
    opaque((client.extended_master_secret(), client.peer_connection_id()));
    if opaque(false) {
        client.close();
    }
}

/// CoAP in DTLS, by the pump.
#[inline(never)]
fn secured<A: Auth<Provider>>(client: &mut Client<'_, A, Provider>, endpoint: &mut Endpoint<'_>) {
    let (mut inbox, mut outbox) = ([0; 64], [0; 64]);
    let mut inbox = Inbox::new(opaque(&mut inbox));
    let outbox = Outbox::new(opaque(&mut outbox));
    let mut pump = Pump { net: Nothing, dtls: client, coap: endpoint, source: Nothing, outbox };
    while opaque(true) {
        ask(pump.coap);
        match pump.poll(now(), &mut inbox) {
            Ok(Happened::Coap(outcome)) => came(outcome),
            Err(nb::Error::Other(PumpError::Dtls(error))) => {
                opaque(error.alert());
                let _ = opaque(pump.dtls.start(now()));
            }
            other => {
                opaque(other.is_ok());
            }
        }
        opaque((pump.poll_timeout(), pump.outbox.is_empty(), inbox.is_empty()));
        if opaque(false) {
            pump.close();
        }
    }
}

/// CoAP without DTLS.
#[inline(never)]
fn plain(endpoint: &mut Endpoint<'_>) {
    let (mut inbox, mut outbox) = ([0; 64], [0; 64]);
    let mut inbox = Inbox::new(opaque(&mut inbox));
    let outbox = Outbox::new(opaque(&mut outbox));
    let mut pump = PlainPump { net: Nothing, coap: endpoint, source: (), outbox };
    while opaque(true) {
        if let Ok(Happened::Coap(outcome)) = pump.poll(now(), &mut inbox) {
            came(outcome);
        }
        opaque(pump.poll_timeout());
    }
    // And without a pump.
    let _ = opaque(endpoint.handle(now(), any_bytes()).is_some());
    let _ = opaque(endpoint.poll_outcome(now()).is_some());
    let mut buffer = [0; 64];
    opaque(endpoint.poll_transmit(now(), &mut Nothing, opaque(&mut buffer)));
    opaque((endpoint.poll_timeout(), endpoint.stats()));
}

/// Asks for everything that can be asked for, and takes some of it back.
#[inline(never)]
fn ask(endpoint: &mut Endpoint<'_>) {
    let option = Opt::new(opaque(OptionNumber::CONTENT_FORMAT), any_bytes());
    let options = [option, option];
    let options: &[Opt<'_>] = opaque(&options);
    let bodies = [Body::None, Body::Small(any_bytes()), Body::Source(opaque(1))];
    for code in [Code::GET, Code::PUT, Code::POST, Code::FETCH, Code(opaque(0x55))] {
        for body in bodies {
            let request = Request {
                confirmable: opaque(true),
                observe: opaque(true),
                query: any_text(),
                options,
                body,
                ..Request::new(code, any_text())
            };
            if let Ok(handle) = endpoint.request(&request) {
                if opaque(true) {
                    endpoint.cancel(handle);
                }
                if opaque(true) {
                    endpoint.forget(handle);
                }
            }
        }
    }
    let _ = opaque(endpoint.request(&Request::get(any_text())));
    let _ = opaque(endpoint.request(&Request::observe(any_text())));
    let _ = opaque(endpoint.ping());
}

/// Looks at all that an outcome tells.
#[inline(never)]
fn came(outcome: Outcome<'_>) {
    match outcome {
        Outcome::Response(response) => {
            opaque((response.handle, response.offset, response.more, response.notification, response.last));
            message(&response.message);
        }
        Outcome::Failed { handle, failure } => {
            opaque((handle, failure == Failure::Timeout));
        }
        Outcome::Pong { handle } => {
            opaque(handle);
        }
        _ => {}
    }
}

#[inline(never)]
fn message(message: &Message<'_>) {
    opaque((message.id, message.token, message.payload));
    let code = message.code;
    opaque((code.class(), code.detail(), code.name(), code.is_request(), code.is_success(), code.is_response()));
    for option in message.options() {
        opaque((option.uint(), option.text()));
        let number = option.number;
        opaque((number.name(), number.is_critical(), number.is_unsafe(), number.is_no_cache_key()));
    }
    opaque(message.option(opaque(OptionNumber::ETAG)).map(|option| option.value));
}

/// The parts of CoAP that need no endpoint.
#[inline(never)]
fn codec() {
    let mut buffer = [0; 64];
    let buffer: &mut [u8] = opaque(&mut buffer);
    let _ = opaque(Message::header(any_bytes()));
    if let Ok(parsed) = Message::parse(any_bytes()) {
        message(&parsed);
    }
    let mut writer = Writer::new(buffer, opaque(Type::Confirmable), opaque(Code::GET), opaque(1), any_bytes());
    writer.option(opaque(OptionNumber::URI_PATH), any_bytes());
    writer.uint(opaque(OptionNumber::ACCEPT), opaque(1));
    opaque(if opaque(true) { writer.payload(any_bytes()) } else { writer.finish() });
    if let Ok(uri) = Uri::parse(any_text()) {
        opaque((uri.secure, uri.host, uri.port));
        if let Ok(options) = uri.options(buffer) {
            for option in options {
                opaque(option.value);
            }
        }
    }
    let size = BlockSize::for_buffer(opaque(64));
    opaque((ContentFormat(opaque(50)).media_type(), size.exponent(), size.bytes()));
    for link in links(any_text()).flatten() {
        opaque((link.target, link.parameter(any_text())));
        for parameter in link.parameters() {
            opaque(parameter);
        }
    }
}

/// The parts of cryptography that are not the provider's.
#[inline(never)]
fn prf() {
    let mut out = [0; 64];
    let seeds = opaque::<&[&[u8]]>(&[&[1], &[2]]);
    stint_dtls::crypto::prf(&mut Nothing, any_bytes(), any_bytes(), seeds, opaque(&mut out));
    let mut keyed = Prf::EMPTY;
    keyed.key(&mut Nothing, seeds);
    keyed.expand(&mut Nothing, any_bytes(), seeds, opaque(&mut out));
    let mut secret = Master::new();
    opaque(secret.as_bytes());
    opaque(secret.as_mut_bytes());
    secret.wipe();
    opaque(stint_dtls::crypto::constant_time_eq(any_bytes(), any_bytes()));
}

/// Panics that the checks must find.
#[cfg(feature = "planted")]
mod planted {
    use super::{any_bytes, opaque};

    pub(crate) fn run() {
        opaque(index(any_bytes(), opaque(1)));
        #[cfg(feature = "handler")]
        {
            opaque(slice(any_bytes(), opaque(1)));
            opaque(option(opaque(None)));
            opaque(copy(opaque(&mut [0]), any_bytes()));
            opaque(divide(opaque(1), opaque(1)));
            opaque(closure(any_bytes()));
            opaque(pointer(opaque(1)));
        }
    }

    #[inline(never)]
    fn index(bytes: &[u8], i: usize) -> u8 {
        bytes[i]
    }

    #[cfg(feature = "handler")]
    #[inline(never)]
    fn slice(bytes: &[u8], i: usize) -> &[u8] {
        &bytes[i..]
    }

    #[cfg(feature = "handler")]
    #[inline(never)]
    fn option(value: Option<u8>) -> u8 {
        value.unwrap()
    }

    #[cfg(feature = "handler")]
    #[inline(never)]
    fn copy(to: &mut [u8], from: &[u8]) {
        to.copy_from_slice(from);
    }

    #[cfg(feature = "handler")]
    #[inline(never)]
    fn divide(a: u32, b: u32) -> u32 {
        a / b
    }

    #[cfg(feature = "handler")]
    #[inline(never)]
    fn closure(bytes: &[u8]) -> u32 {
        bytes.iter().map(|byte| u32::from(bytes[usize::from(*byte)])).sum()
    }

    #[cfg(feature = "handler")]
    #[inline(never)]
    fn pointer(value: u8) -> fn(u8) -> u8 {
        fn never(value: u8) -> u8 {
            panic!("{value}")
        }
        opaque((never as fn(u8) -> u8, value)).0
    }
}
