//! Resources that the device serves: whatever comes, and whatever the handlers do.

use crate::nothing::{any_bytes, any_text, now};
use core::fmt::{self, Write as _};
use core::hint::black_box as opaque;
use stint_coap::{
    Answered, Code, Config, ContentFormat, Endpoint, Incoming, Observer, OptionNumber, Plain, Reply, Resource, Server,
    Slot, Ticket,
};

#[derive(Default)]
struct Device {
    ticket: Option<Ticket>,
}

/// Writes whatever can be written.
fn any(device: &mut Device, incoming: &Incoming<'_>, reply: &mut Reply<'_>) {
    opaque((incoming.message.payload, incoming.offset, incoming.more, incoming.continuation));
    opaque((
        incoming.notification,
        incoming.group,
        incoming.id(opaque(1)),
        incoming.accepts(ContentFormat(opaque(60))),
    ));
    opaque((incoming.rest().count(), incoming.query().count()));
    if !incoming.precondition(opaque(Some(any_bytes()))) {
        return reply.error(opaque(Code::PRECONDITION_FAILED), any_text());
    }
    while opaque(true) {
        match opaque(0) {
            0 => reply.code(Code(opaque(1))),
            1 => reply.option(OptionNumber(opaque(1)), any_bytes()),
            2 => reply.uint(OptionNumber(opaque(1)), opaque(1)),
            3 => reply.content_format(ContentFormat(opaque(1))),
            4 => reply.max_age(opaque(1)),
            5 => reply.seek(opaque(1)),
            6 => reply.size(opaque(1)),
            7 => device.ticket = reply.later(),
            8 => {
                opaque(reply.etag(any_bytes()));
            }
            9 => {
                let _ = reply.write_str(any_text());
            }
            _ => reply.payload(any_bytes()),
        }
        opaque((reply.current_code(), reply.offset(), reply.room()));
    }
}

struct Sink;

impl fmt::Write for Sink {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        opaque(text);
        opaque(Ok(()))
    }
}

#[inline(never)]
pub(crate) fn run() {
    let table = [
        Resource::new(any_text(), any)
            .allow(opaque(Code::POST))
            .attributes(any_text())
            .subtree()
            .observable()
            .conditional(),
        Resource::new(any_text(), any).write_only().long().confirmed().hidden(),
    ];
    let table: &[Resource<Device>] = opaque(&table);
    let (mut answers, mut store, mut observers) = ([Answered::EMPTY; 2], [0; 64], [Observer::EMPTY; 2]);
    let (answers, store): (&mut [Answered], &mut [u8]) = (opaque(&mut answers), opaque(&mut store));
    let observers: &mut [Observer] = opaque(&mut observers);
    let server = Server::new(Device::default(), table, answers, store, observers).confirm_every(opaque(2));
    let server = server.client(Plain);
    let (mut slots, mut store, mut out) = ([Slot::EMPTY; 1], [0; 32], [0; 64]);
    let settings = Config { default_leisure: now(), nstart: opaque(1), ..Config::DEFAULT };
    let mut coap = Endpoint::with(server, settings, opaque([0; 16]), opaque(&mut slots), opaque(&mut store));
    while opaque(true) {
        opaque(coap.handle(now(), any_bytes()).is_some());
        opaque(coap.handle_group(now(), any_bytes()).is_some());
        opaque(coap.poll_transmit(now(), &mut (), opaque(&mut out)));
        opaque((coap.poll_timeout(), coap.poll_outcome(now()).is_some(), coap.profile().observers()));
        let _ = opaque(coap.profile().links(&mut Sink));
        let server = coap.profile_mut();
        server.changed(any_text());
        if let Some(ticket) = server.context.ticket {
            opaque(server.respond(ticket, |_, reply| reply.payload(any_bytes())));
        }
        if opaque(true) {
            coap.association_lost();
        }
    }
}
