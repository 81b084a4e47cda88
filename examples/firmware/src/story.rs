//! What the firmware does.

use crate::board::Board;
use crate::clock::Clock;
use crate::console::Console;
use crate::host::Options;
use crate::meter::Meter;
use crate::network::{Buffers, Network};
use crate::random::Random;
use crate::say;
use core::time::Duration;
use smoltcp::socket::udp;
use smoltcp::wire::IpEndpoint;
use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8, Sha256};
use stint_dtls::crypto::{Crypto, PreSharedKey};
use stint_dtls::{Client, Config, Event, MemoryFor, Psk};
use stint_provisioning::{Blob, Host};

type Provider = Crypto<Sha256, (Aes128Ccm8, Aes128Ccm), Random>;
type Auth = Psk<'static, PreSharedKey<'static>>;

/// Memory.
pub struct Memory {
    network: Buffers,
    dtls: MemoryFor<Auth, Provider>,
    buffer: [u8; 1200],
}

impl Memory {
    /// Zero.
    pub const EMPTY: Memory =
        Memory { network: Buffers::EMPTY, dtls: MemoryFor::<Auth, Provider>::EMPTY, buffer: [0; 1200] };
}

/// Runs it.
pub fn run<B: Board>(board: &mut B, syst: cortex_m::peripheral::SYST, memory: &'static mut Memory) -> bool {
    let mut meter = Meter::new(Clock::start(syst, B::HERTZ, B::PER_INSTRUCTION));
    let mut console = Console::open();
    let options = Options::read();
    let blob = match Blob::parse(board.provisioning()) {
        Ok(blob) => blob,
        Err(error) => {
            say!(console, "{error}");
            return false;
        }
    };
    say!(console, "{} starts {blob:?}", B::NAME);
    let (nic, _, _) = board.parts();
    let Memory { network, dtls, buffer } = memory;
    meter.begin();
    let mut network = Network::new(nic, options.seed.unwrap_or(1), meter.now(), network);
    let Some(address) = network.configure(nic, &mut meter, blob.device, Duration::from_secs(60)) else { return false };
    say!(console, "address {address} {:?}", meter.took());
    let Host::Ipv4(host) = blob.host else { return false };
    let peer = IpEndpoint::new(host.into(), blob.port);
    let Ok(auth) = Psk::new(blob.identity, PreSharedKey::new(blob.key).ok().unwrap()) else { return false };
    let provider = Crypto { hash: Sha256, aeads: (Aes128Ccm8, Aes128Ccm), random: Random::new(options.seed) };
    let mut client = Client::new(Config::new(), auth, provider, dtls, &mut []);
    let _ = network.sockets.get_mut::<udp::Socket<'_>>(network.udp).bind(49152);
    meter.begin();
    if let Err(error) = client.start(meter.now()) {
        say!(console, "{error}");
        return false;
    }
    loop {
        let now = meter.now();
        let instant = smoltcp::time::Instant::from_millis(now.as_millis() as i64);
        network.interface.poll(instant, nic, &mut network.sockets);
        if let Err(nb::Error::Other(error)) = client.poll_work(now) {
            say!(console, "{error}");
            return false;
        }
        let mut sent = false;
        match client.poll_transmit(now, buffer) {
            Ok(Some(len)) => {
                let _ = network.sockets.get_mut::<udp::Socket<'_>>(network.udp).send_slice(&buffer[..len], peer);
                sent = true;
                network.interface.poll(instant, nic, &mut network.sockets);
            }
            Ok(None) => {}
            Err(error) => {
                say!(console, "{error}");
                return false;
            }
        }
        if let Ok((len, _)) = network.sockets.get_mut::<udp::Socket<'_>>(network.udp).recv_slice(buffer) {
            let mut datagram = &mut buffer[..len];
            while let Ok(Some(event)) = client.next_event(now, &mut datagram) {
                match event {
                    Event::Connected => {
                        say!(console, "connected {:?} {}", meter.took(), client.stats());
                        return true;
                    }
                    _ => {}
                }
            }
        } else if !sent && client.poll_timeout() != Some(Duration::ZERO) {
            meter.sleep(nic, client.poll_timeout());
        }
    }
}
