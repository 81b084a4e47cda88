//! All of Stint that a device can call, over a network and a provider that do nothing: it links only if no panic can be reached.
//!
//! The panic handler calls a function that no crate defines, so one panic path that the optimiser leaves makes the link fail. Whatever Stint is told here,
//! by the network, by cryptography, by the application and by the clock, went through `black_box`: no path is left out because a value is known.
//!
//! Beside the provider that does nothing stands all of the software one, each cipher, curve and verifier of it (`software`): no panic can be
//! reached in third parties' arithmetic either, but for one path that is told there.
//! Feature `planted` plants an index that may be out of bounds: then the link must fail. Feature `handler` brings a handler that exists, and with
//! `planted` further panics of other kinds: what the search in disassembled images is tried on.
#![no_std]
#![no_main]

mod codec;
mod credentials;
mod curve;
mod kept;
mod nothing;
#[cfg(feature = "planted")]
mod planted;
mod profiles;
mod robust;
mod serve;
mod software;

use core::hint::black_box as opaque;
use cortex_m_rt::entry;
use nothing::{Nothing, Provider, any_bytes, any_text, now, provider};
use stint_coap::{
    BlockSize, Body, Code, ContentFormat, Endpoint, Failure, Message, Opt, OptionNumber, Outcome, Profile, Request,
    Slot, Type, Uri, Writer, links,
};
use stint_dtls::auth::Auth;
use stint_dtls::crypto::{Crypto, Empty, Master, PreSharedKey, Prf, PskKey, Secret};
use stint_dtls::{Client, Coarse, Config, ExtendedMasterSecret, MemoryFor, Psk, Record};
use stint_net::{Happened, Inbox, Outbox, PlainPump, Pump, PumpError};

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

#[entry]
fn main() -> ! {
    loop {
        #[cfg(feature = "planted")]
        planted::run();
        codec();
        codec::run();
        serve::run();
        profiles::run();
        robust::run();
        prf();
        if let Ok(key) = PreSharedKey::new(any_bytes()) {
            with_key(key);
        }
        with_key(Nothing);
        associate(Nothing);
        credentials::forms();
        credentials::run();
        curve::run();
        software::run();
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
    let provider = Crypto { hash: provider::SHA_256, aeads: provider::CIPHERS, random: Nothing, kx: Nothing };
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
        asleep(&mut client);
        secured(&mut client, &mut endpoint);
        kept::run(&mut client, &mut endpoint);
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

/// What outlives an association.
#[inline(never)]
fn asleep<A: Auth<Provider>>(client: &mut Client<'_, A, Provider>) {
    opaque((client.peer().map(credentials::identified), client.credential()));
    opaque(client.credential_mut());
    opaque((client.is_resumed(), client.tls_unique(), client.hears(), client.reserved()));
    let mut saved = [0; 64];
    opaque(client.save_session(opaque(&mut saved)));
    if opaque(true) {
        client.forget_session();
    }
    let mut record = Record::from_bytes(opaque(&[1; Record::LEN]));
    opaque((record.as_bytes(), record.port()));
    opaque(record.as_mut_bytes());
    record.set_port(opaque(1));
    let reservation =
        if opaque(true) { client.export(opaque(1), &mut record) } else { client.import(&mut record, opaque(1)) };
    let Ok(mut reservation) = reservation else { return };
    opaque(reservation.hears());
    let stamped =
        if opaque(true) { reservation.stamp(&mut Nothing).ok() } else { reservation.stamp_unprotected().ok() };
    if let Some(stamped) = stamped {
        opaque(stamped.bytes());
        stamped.commit();
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
fn ask<X: Profile>(endpoint: &mut Endpoint<'_, X>) {
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
        Outcome::Pong { handle } | Outcome::Ended { handle } => {
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
    opaque(Prf::new(&mut Nothing, seeds).expand(&mut Nothing, any_bytes(), seeds, opaque(&mut out)));
    opaque((Coarse::of(opaque(1)).bytes(), Code::new(opaque(2), opaque(5)), Secret::<32>::new().as_bytes()));
    let mut secret = Master::new();
    opaque(secret.as_bytes());
    opaque(secret.as_mut_bytes());
    secret.wipe();
    opaque(stint_dtls::crypto::constant_time_eq(any_bytes(), any_bytes()));
}
