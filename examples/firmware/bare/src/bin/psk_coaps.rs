//! CoAP over DTLS with a pre-shared key: handshake, GET, PUT, observe, a body up and a body down.
#![no_std]
#![no_main]

use core::time::Duration;
use cortex_m_rt::entry;
use stint_bare::meter::{self, Meter};
use stint_bare::numbers::Numbers;
use stint_bare::random::InsecureTestRandom;
use stint_bare::shim::Shim;
use stint_bare::{exit, panicked, records, uart};
use stint_coap::{BlockSize, Body, Code, Endpoint, Outcome, Request, Slot};
use stint_dtls::crypto::soft::{Aes128Ccm, Aes128Ccm8, Sha256};
use stint_dtls::crypto::{Crypto, PreSharedKey};
use stint_dtls::{Client, Config, MemoryFor, Psk};
use stint_net::{Happened, Inbox, Outbox, Pump};

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
    let (mut slots, mut store) = ([Slot::EMPTY; 2], [0; 64]);
    let (mut inbound, mut outbound) = ([0; 193], [0; 160]);
    let Ok(key) = PreSharedKey::new(&records::KEY) else { exit(false) };
    let Ok(auth) = Psk::new(&records::IDENTITY, key) else { exit(false) };
    let provider = Crypto { hash: Sha256, aeads: (Aes128Ccm8, Aes128Ccm), random: InsecureTestRandom(1), kx: () };
    uart::size(Size::Memory, size_of_val(&memory));
    uart::size(Size::Buffers, size_of_val(&inbound) + size_of_val(&outbound));
    uart::size(Size::Slot, size_of::<Slot>());
    uart::size(Size::SlotsAndStore, size_of_val(&slots) + size_of_val(&store));
    let settings = stint_coap::Config { block_size: BlockSize::B64, ..stint_coap::Config::DEFAULT };
    let mut coap = Endpoint::new(settings, [1; 16], &mut slots, &mut store);
    let mut dtls = Client::new(Config::new(), auth, provider, &mut memory, &mut []);
    let mut inbox = Inbox::new(&mut inbound);
    let mut shim = Shim::NEW;
    let outbox = Outbox::new(&mut outbound);
    let mut pump = Pump { net: &mut shim, dtls: &mut dtls, coap: &mut coap, source: Numbers, outbox };
    uart::size(Size::Client, size_of::<Client<'_, Auth, Provider>>() + size_of_val(&pump) + size_of_val(&inbox));
    uart::size(Size::Endpoint, size_of::<Endpoint<'_>>());
    if pump.dtls.start(NOW).is_err() {
        exit(false);
    }
    let mut handshake = Meter::NEW;
    let connected = run(&mut pump, &mut inbox, &mut handshake, |happened| matches!(happened, Happened::Connected));
    if !connected {
        exit(false);
    }
    uart::exchanged();
    uart::step(Step::Handshake, &handshake);
    let mut buffer = [0; 160];
    if !records::measure(pump.dtls, &mut buffer) {
        exit(false);
    }
    let put = Request { body: Body::Small(b"small"), ..Request::new(Code::PUT, "example_data") };
    let upload = Request { body: Body::Source(0), ..Request::new(Code::PUT, "example_data") };
    ask(&mut pump, &mut inbox, &Request::get("time"), 1, Step::Get);
    ask(&mut pump, &mut inbox, &put, 1, Step::Put);
    ask(&mut pump, &mut inbox, &upload, 1, Step::Upload);
    ask(&mut pump, &mut inbox, &Request::get("example_data"), 1, Step::Download);
    ask(&mut pump, &mut inbox, &Request::observe("time"), 3, Step::Observe);
    pump.close();
    let _ = pump.poll(NOW, &mut inbox);
    pump.net.flush();
    exit(true)
}

type Measured<'p, 'b, 'c> = Pump<'p, 'b, 'c, &'p mut Shim, Auth, Provider, Numbers>;

/// Polls until `done`; false on an error. What the network does is not measured.
fn run(
    pump: &mut Measured<'_, '_, '_>,
    inbox: &mut Inbox<'_>,
    meter: &mut Meter,
    mut done: impl FnMut(&Happened<'_>) -> bool,
) -> bool {
    loop {
        let polled = meter.run(|| pump.poll(NOW, inbox).map(|happened| done(&happened)));
        pump.net.flush();
        match polled {
            Ok(true) => return true,
            Ok(false) => {}
            Err(nb::Error::WouldBlock) => {
                if pump.poll_timeout() != Some(NOW) {
                    pump.net.wait();
                }
            }
            Err(nb::Error::Other(_)) => return false,
        }
    }
}

/// Makes a request and polls until `responses` whole bodies have come for it.
fn ask(pump: &mut Measured<'_, '_, '_>, inbox: &mut Inbox<'_>, request: &Request<'_>, responses: u8, step: Step) {
    let mut meter = Meter::NEW;
    let Ok(handle) = meter.run(|| pump.coap.request(request)) else { exit(false) };
    let mut came = 0;
    let answered = run(pump, inbox, &mut meter, |happened| {
        if let Happened::Coap(Outcome::Response(response)) = happened {
            came += u8::from(response.message.code.is_success() && !response.more);
        }
        came == responses
    });
    if !answered {
        exit(false);
    }
    pump.coap.forget(handle);
    uart::step(step, &meter);
}
