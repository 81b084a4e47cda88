//! A PSK handshake and two records, without CoAP.
#![no_std]
#![no_main]

use core::time::Duration;
use cortex_m_rt::entry;
use stint_bare::meter::{self, Meter};
use stint_bare::random::InsecureTestRandom;
use stint_bare::{exit, panicked, records, uart};
use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8, Sha256};
use stint_dtls::crypto::{Crypto, PreSharedKey};
use stint_dtls::{Client, Config, MemoryFor, Psk};

use stint_bare::uart::{Size, Step};

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    panicked(info)
}

type Auth = Psk<'static, PreSharedKey<'static>>;
type Provider = Crypto<Sha256, (Aes128Ccm8, Aes128Ccm), InsecureTestRandom>;

/// On loopback nothing is lost: no timer need run.
const NOW: Duration = Duration::ZERO;
#[entry]
fn main() -> ! {
    uart::start();
    meter::start();
    let mut memory = MemoryFor::<Auth, Provider>::EMPTY;
    let (Ok(key), mut buffer) = (PreSharedKey::new(&records::KEY), [0; 192]) else { exit(false) };
    let Ok(auth) = Psk::new(&records::IDENTITY, key) else { exit(false) };
    let provider = Crypto { hash: Sha256, aeads: (Aes128Ccm8, Aes128Ccm), random: InsecureTestRandom(1), kx: () };
    uart::size(Size::Memory, size_of_val(&memory));
    let mut client = Client::new(Config::new(), auth, provider, &mut memory, &mut []);
    uart::size(Size::Client, size_of_val(&client));
    uart::size(Size::Buffers, buffer.len());
    let mut handshake = Meter::NEW;
    if handshake.run(|| client.start(NOW)).is_err() {
        exit(false);
    }
    while !client.is_connected() {
        let _ = handshake.run(|| client.poll_work(NOW));
        match handshake.run(|| client.poll_transmit(NOW, &mut buffer)) {
            Ok(Some(len)) => uart::datagram(buffer.get(..len).unwrap_or(&[])),
            Ok(None) if client.poll_timeout() != Some(NOW) => {
                let len = uart::receive(&mut buffer);
                let mut datagram = buffer.get_mut(..len).unwrap_or_default();
                while let Ok(Some(_)) = handshake.run(|| client.next_event(NOW, &mut datagram)) {}
            }
            Ok(None) => {}
            Err(_) => exit(false),
        }
    }
    uart::exchanged();
    uart::step(Step::Handshake, &handshake);
    if !records::measure(&mut client, &mut buffer) {
        exit(false);
    }
    exit(true)
}
