//! A PSK handshake and two records, without CoAP.
#![no_std]
#![no_main]

use core::time::Duration;
use cortex_m_rt::entry;
use stint_bare::meter::{self, Meter};
use stint_bare::random::InsecureTestRandom;
use stint_bare::{exit, panicked, uart};
use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8, Sha256};
use stint_dtls::crypto::{Crypto, PreSharedKey};
use stint_dtls::{Client, Config, Event, MemoryFor, Psk};

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    panicked(info)
}

type Auth = Psk<'static, PreSharedKey<'static>>;
type Provider = Crypto<Sha256, (Aes128Ccm8, Aes128Ccm), InsecureTestRandom>;

/// On loopback nothing is lost: no timer need run.
const NOW: Duration = Duration::ZERO;
/// GET /time with a token of 3 bytes: 12 bytes.
const GET: [u8; 12] = [0x43, 1, 0, 1, 1, 2, 3, 0xb4, b't', b'i', b'm', b'e'];
/// PUT /example_data with a token of 8 bytes and a payload: the answer has 12 bytes.
const PUT: [u8; 27] = *b"\x48\x03\x00\x0212345678\xbcexample_data\xffx";

#[entry]
fn main() -> ! {
    uart::start();
    meter::start();
    let mut memory = MemoryFor::<Auth, Provider>::EMPTY;
    let (Ok(key), mut buffer) = (PreSharedKey::new(b"secretPSK"), [0; 192]) else { exit(false) };
    let Ok(auth) = Psk::new(b"Client_identity", key) else { exit(false) };
    let provider = Crypto { hash: Sha256, aeads: (Aes128Ccm8, Aes128Ccm), random: InsecureTestRandom(1) };
    uart::report("memory", size_of_val(&memory));
    let mut client = Client::new(Config::new(), auth, provider, &mut memory, &mut []);
    uart::report("client", size_of_val(&client));
    uart::report("buffers", buffer.len());
    let mut handshake = Meter::NEW;
    if handshake.run(|| client.start(NOW)).is_err() {
        exit(false);
    }
    while !client.is_connected() {
        let _ = handshake.run(|| client.poll_work(NOW));
        match handshake.run(|| client.poll_transmit(NOW, &mut buffer)) {
            Ok(Some(len)) => uart::send(b'D', buffer.get(..len).unwrap_or(&[])),
            Ok(None) if client.poll_timeout() != Some(NOW) => {
                let len = uart::receive(&mut buffer);
                let mut datagram = buffer.get_mut(..len).unwrap_or_default();
                while let Ok(Some(_)) = handshake.run(|| client.next_event(NOW, &mut datagram)) {}
            }
            Ok(None) => {}
            Err(_) => exit(false),
        }
    }
    uart::report("wire_done", 1);
    uart::report("instructions_handshake", handshake.instructions);
    uart::report("stack_handshake", handshake.stack);
    // The request has 12 bytes, and so has the answer to the other one.
    let (seal, _) = exchange(&mut client, &mut buffer, &GET);
    let (_, open) = exchange(&mut client, &mut buffer, &PUT);
    uart::report("instructions_seal", seal.instructions);
    uart::report("stack_seal", seal.stack);
    uart::report("instructions_open", open.instructions);
    uart::report("stack_open", open.stack);
    exit(true)
}

/// Sends a message and waits for the answer: what sealing the one and opening the other took.
fn exchange(client: &mut Client<'_, Auth, Provider>, buffer: &mut [u8], message: &[u8]) -> (Meter, Meter) {
    let (mut seal, mut open) = (Meter::NEW, Meter::NEW);
    let sent = seal.run(|| {
        client.send(NOW, buffer, |room| {
            let room = room.get_mut(..message.len())?;
            room.copy_from_slice(message);
            Some(message.len())
        })
    });
    let Ok(Some(len)) = sent else { exit(false) };
    uart::send(b'D', buffer.get(..len).unwrap_or(&[]));
    let len = uart::receive(buffer);
    let mut datagram = buffer.get_mut(..len).unwrap_or_default();
    let Ok(Some(Event::Data(_))) = open.run(|| client.next_event(NOW, &mut datagram)) else { exit(false) };
    (seal, open)
}
