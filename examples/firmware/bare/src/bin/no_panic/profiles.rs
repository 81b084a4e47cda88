//! Clients that do less than a whole one, and what only some do: downloads that go on, groups, and all parameters.

use crate::nothing::{Nothing, any_bytes, any_text, now};
use crate::{ask, came};
use core::hint::black_box as opaque;
use stint_coap::{BlockSize, Blockwise, Config, Endpoint, Observing, Plain, Profile, Request, Slot};

#[inline(never)]
pub(crate) fn run() {
    drive(());
    drive(Plain);
    drive(Observing);
    drive(Blockwise);
}

fn drive<X: Profile>(profile: X) {
    let settings = Config {
        ack_timeout: now(),
        ack_random_factor: opaque(150),
        max_retransmit: opaque(4),
        nstart: opaque(1),
        probing_rate: opaque(1),
        default_leisure: now(),
        response_timeout: opaque(Some(now())),
        block_size: opaque(BlockSize::B64),
    };
    opaque((settings.max_transmit_span(), settings.max_transmit_wait()));
    opaque((settings.exchange_lifetime(), settings.non_lifetime()));
    let (mut slots, mut store, mut out) = ([Slot::EMPTY; 3], [0; 96], [0; 64]);
    let mut coap = Endpoint::with(profile, opaque(settings), opaque([0; 16]), opaque(&mut slots), opaque(&mut store));
    while opaque(true) {
        ask(&mut coap);
        let request = Request { confirmable: opaque(false), ..Request::get(any_text()) };
        let _ = opaque(coap.request_group(&request));
        let _ = opaque(coap.resume(&request, opaque(64), any_bytes()));
        let outcome =
            if opaque(true) { coap.handle(now(), any_bytes()) } else { coap.handle_group(now(), any_bytes()) };
        if let Some(outcome) = outcome {
            came(outcome);
        }
        if let Some(outcome) = coap.poll_outcome(now()) {
            came(outcome);
        }
        opaque(coap.poll_transmit(now(), &mut Nothing, opaque(&mut out)));
        opaque((coap.poll_timeout(), coap.stats()));
        if opaque(true) {
            coap.association_lost();
        }
    }
}
