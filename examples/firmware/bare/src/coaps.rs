//! What every image with DTLS and CoAP does, whatever its credential: handshake, GET, PUT, observe, a body up and a body down.

use crate::meter::Meter;
use crate::numbers::Numbers;
use crate::operations::Operations;
use crate::shim::Shim;
use crate::uart::{self, Size, Step};
use crate::{exit, records};
use core::time::Duration;
use stint_coap::{BlockSize, Blockwise, Body, Code, Endpoint, Outcome, Request, Slot};
use stint_dtls::auth::Auth;
use stint_dtls::crypto::Provider;
use stint_dtls::{Client, Config, MemoryFor};
use stint_net::{Happened, Inbox, Outbox, Pump};

/// On loopback nothing is lost: no timer need run.
const NOW: Duration = Duration::ZERO;

type Measured<'p, 'b, 'c, A, P> = Pump<'p, 'b, 'c, &'p mut Shim, A, P, Numbers, Blockwise>;

/// What an image lends.
pub struct Lent<'b> {
    /// Larger than the largest datagram.
    pub inbound: &'b mut [u8],
    /// The longest datagram.
    pub outbound: &'b mut [u8],
    /// For messages in fragments.
    pub reassembly: &'b mut [u8],
    /// Bytes lent to the credential.
    pub credential: usize,
}

/// Does all of it, measures it, and ends the run.
pub fn run<A: Auth<P>, P: Provider>(auth: A, provider: P, memory: &mut MemoryFor<A, P>, lent: Lent<'_>) -> ! {
    let (mut slots, mut store) = ([Slot::EMPTY; 2], [0; 64]);
    let Lent { inbound, outbound, reassembly, credential } = lent;
    uart::size(Size::Memory, size_of_val(memory));
    uart::size(Size::Credential, credential);
    uart::size(Size::Buffers, inbound.len() + outbound.len() + reassembly.len());
    uart::size(Size::Slot, size_of::<Slot>());
    uart::size(Size::SlotsAndStore, size_of_val(&slots) + size_of_val(&store));
    let settings = stint_coap::Config { block_size: BlockSize::B64, ..stint_coap::Config::DEFAULT };
    let mut coap = Endpoint::with(Blockwise, settings, [1; 16], &mut slots, &mut store);
    let mut dtls = Client::new(Config::new(), auth, provider, memory, reassembly);
    let mut inbox = Inbox::new(inbound);
    let mut shim = Shim::NEW;
    let outbox = Outbox::new(outbound);
    let mut pump = Pump { net: &mut shim, dtls: &mut dtls, coap: &mut coap, source: Numbers, outbox };
    uart::size(Size::Client, size_of::<Client<'_, A, P>>() + size_of_val(&pump) + size_of_val(&inbox));
    uart::size(Size::Endpoint, size_of::<Endpoint<'_, Blockwise>>());
    if pump.dtls.start(NOW).is_err() {
        exit(false);
    }
    let (mut handshake, mut operations) = (Meter::NEW, Operations::NEW);
    let connected = poll(&mut pump, &mut inbox, &mut handshake, Some(&mut operations), |happened| {
        matches!(happened, Happened::Connected)
    });
    if !connected {
        exit(false);
    }
    uart::exchanged();
    uart::step(Step::Handshake, &handshake);
    operations.report();
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

/// Polls until `done`; false on an error. What the network does is not measured.
fn poll<A: Auth<P>, P: Provider>(
    pump: &mut Measured<'_, '_, '_, A, P>,
    inbox: &mut Inbox<'_>,
    meter: &mut Meter,
    mut operations: Option<&mut Operations>,
    mut done: impl FnMut(&Happened<'_>) -> bool,
) -> bool {
    loop {
        let mut once = Meter::NEW;
        let polled = once.run(|| pump.poll(NOW, inbox).map(|happened| done(&happened)));
        meter.add(&once);
        if let Some(operations) = &mut operations {
            operations.polled(&once);
        }
        pump.net.flush();
        match polled {
            Ok(true) => return true,
            Ok(false) => {}
            Err(nb::Error::WouldBlock) => {
                if pump.outbox.is_empty() && pump.poll_timeout() != Some(NOW) {
                    pump.net.wait();
                }
            }
            Err(nb::Error::Other(_)) => return false,
        }
    }
}

/// Makes a request and polls until `responses` whole bodies have come for it.
fn ask<A: Auth<P>, P: Provider>(
    pump: &mut Measured<'_, '_, '_, A, P>,
    inbox: &mut Inbox<'_>,
    request: &Request<'_>,
    responses: u8,
    step: Step,
) {
    let mut meter = Meter::NEW;
    let Ok(handle) = meter.run(|| pump.coap.request(request)) else { exit(false) };
    let mut came = 0;
    let answered = poll(pump, inbox, &mut meter, None, |happened| {
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
