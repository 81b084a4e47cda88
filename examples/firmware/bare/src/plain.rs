//! What the images with plain CoAP do, as far as their profile goes: GET, PUT, observe, a body up and a body down.

use crate::exit;
use crate::meter::{self, Meter};
use crate::numbers::Numbers;
use crate::shim::Shim;
use crate::uart::{self, Size, Step};
use core::time::Duration;
use stint_coap::{BlockSize, Body, Code, Config, Endpoint, Outcome, Profile, Request, Slot};
use stint_net::{Happened, Inbox, Outbox, PlainPump};

/// On loopback nothing is lost: no timer need run.
const NOW: Duration = Duration::ZERO;

/// Does what the profile has, measures it, and ends the run.
pub fn run<X: Profile>(profile: X) -> ! {
    uart::start();
    meter::start();
    let (mut slots, mut store) = ([Slot::EMPTY; 2], [0; 64]);
    let (mut inbound, mut outbound) = ([0; 161], [0; 128]);
    uart::size(Size::Buffers, size_of_val(&inbound) + size_of_val(&outbound));
    uart::size(Size::Slot, size_of::<Slot>());
    uart::size(Size::SlotsAndStore, size_of_val(&slots) + size_of_val(&store));
    uart::size(Size::Endpoint, size_of::<Endpoint<'_, X>>());
    let settings = Config { block_size: BlockSize::B64, ..Config::DEFAULT };
    let mut coap = Endpoint::with(profile, settings, [1; 16], &mut slots, &mut store);
    let mut inbox = Inbox::new(&mut inbound);
    let mut shim = Shim::NEW;
    let outbox = Outbox::new(&mut outbound);
    let mut pump = PlainPump { net: &mut shim, coap: &mut coap, source: Numbers, outbox };
    let put = Request { body: Body::Small(b"small"), ..Request::new(Code::PUT, "example_data") };
    ask(&mut pump, &mut inbox, &Request::get("time"), 1, Step::Get);
    uart::exchanged();
    ask(&mut pump, &mut inbox, &put, 1, Step::Put);
    if X::BLOCK {
        let upload = Request { body: Body::Source(0), ..Request::new(Code::PUT, "example_data") };
        ask(&mut pump, &mut inbox, &upload, 1, Step::Upload);
        ask(&mut pump, &mut inbox, &Request::get("example_data"), 1, Step::Download);
    }
    if X::OBSERVE {
        ask(&mut pump, &mut inbox, &Request::observe("time"), 3, Step::Observe);
    }
    exit(true)
}

/// Makes a request and polls until `responses` whole bodies have come for it.
fn ask<X: Profile>(
    pump: &mut PlainPump<'_, '_, &mut Shim, Numbers, X>,
    inbox: &mut Inbox<'_>,
    request: &Request<'_>,
    responses: u8,
    step: Step,
) {
    let mut meter = Meter::NEW;
    let Ok(handle) = meter.run(|| pump.coap.request(request)) else { exit(false) };
    let mut came = 0;
    while came < responses {
        let whole = meter.run(|| {
            pump.poll(NOW, inbox).map(|happened| match happened {
                Happened::Coap(Outcome::Response(response)) => response.message.code.is_success() && !response.more,
                _ => false,
            })
        });
        pump.net.flush();
        match whole {
            Ok(whole) => came += u8::from(whole),
            Err(nb::Error::WouldBlock) => pump.net.wait(),
            Err(nb::Error::Other(_)) => exit(false),
        }
    }
    pump.coap.forget(handle);
    uart::step(step, &meter);
}
