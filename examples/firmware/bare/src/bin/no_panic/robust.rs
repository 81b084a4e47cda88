//! Measured waits and blocks in bursts: whatever the peer says of them, and whenever.

use crate::came;
use crate::nothing::{Nothing, any_bytes, any_text, now};
use core::hint::black_box as opaque;
use stint_coap::{Body, Cocoa, Code, Config, Endpoint, QBlock, Request, Robust, Slot};

#[inline(never)]
pub(crate) fn run() {
    let mut parameters = QBlock::derived(now(), opaque(4));
    parameters.max_payloads = opaque(10);
    parameters.non_partial_timeout = now();
    if opaque(true) {
        drive(Robust::new(Cocoa::new(())), |profile| {
            opaque((profile.is_supported(), profile.inner().rto(), profile.inner().inner()));
            opaque(profile.inner_mut().inner_mut());
        });
    }
    drive(Cocoa::new(Robust::<_, 2>::with((), parameters)), |profile| {
        opaque((profile.inner().is_supported(), profile.rto()));
        opaque(profile.inner_mut());
    });
}

fn drive<X: stint_coap::Profile>(profile: X, look: impl Fn(&mut X)) {
    let (mut slots, mut store, mut out) = ([Slot::EMPTY; 3], [0; 96], [0; 64]);
    let settings = Config { nstart: opaque(3), ack_timeout: now(), ..Config::DEFAULT };
    let mut coap = Endpoint::with(profile, settings, opaque([0; 16]), opaque(&mut slots), opaque(&mut store));
    while opaque(true) {
        for body in [Body::None, Body::Small(any_bytes()), Body::Source(opaque(1))] {
            let request = Request {
                confirmable: opaque(false),
                observe: opaque(true),
                body,
                ..Request::new(opaque(Code::FETCH), any_text())
            };
            if let Ok(handle) = coap.request(&request)
                && opaque(false)
            {
                coap.cancel(handle);
            }
        }
        opaque(coap.poll_transmit(now(), &mut Nothing, opaque(&mut out)));
        if let Some(outcome) = coap.handle(now(), any_bytes()) {
            came(outcome);
        }
        if let Some(outcome) = coap.poll_outcome(now()) {
            came(outcome);
        }
        opaque(coap.poll_timeout());
        look(coap.profile_mut());
        if opaque(true) {
            coap.association_lost();
        }
    }
}
