//! A whole client on plain CoAP that serves resources too: one that is read, written and observed, and one that takes its time.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use stint_bare::{panicked, plain};
use stint_coap::{Answered, Code, Incoming, Observer, Reply, Resource, Server, Ticket};

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    panicked(info)
}

struct Device {
    level: u8,
    asked: Option<Ticket>,
}

const TABLE: &[Resource<Device>] = &[
    Resource::new("level", level).allow(Code::PUT).attributes("rt=\"level\"").observable(),
    Resource::new("slow", slow),
];

fn level(device: &mut Device, incoming: &Incoming<'_>, reply: &mut Reply<'_>) {
    match (incoming.message.code, incoming.message.payload) {
        (Code::PUT, &[level]) => device.level = level,
        (Code::PUT, _) => reply.error(Code::BAD_REQUEST, ""),
        _ => reply.payload(&[device.level]),
    }
}

fn slow(device: &mut Device, _: &Incoming<'_>, reply: &mut Reply<'_>) {
    device.asked = reply.later();
}

#[entry]
fn main() -> ! {
    let (mut answers, mut store, mut observers) = ([Answered::EMPTY; 2], [0; 2 * 112], [Observer::EMPTY; 2]);
    let mut server = Server::new(Device { level: 7, asked: None }, TABLE, &mut answers, &mut store, &mut observers);
    server.changed("level");
    if let Some(ticket) = server.context.asked {
        server.respond(ticket, |device, reply| reply.payload(&[device.level]));
    }
    plain::run(server)
}
