//! A device that serves resources, and makes requests too: on a simulated link, or on a socket.

// Each test file uses its own part of this.
#![allow(dead_code)]

use std::time::Duration;
use stint_coap::{
    Answered, Code, Config, ContentFormat, Endpoint, Failure, Handle, Incoming, Observer, Outcome, Reply, Resource,
    Server, Slot, Source, Ticket,
};
use stint_lab::link::End;

/// What is served.
#[derive(Default)]
pub(crate) struct Device {
    /// How often `count` was posted to.
    pub(crate) count: u32,
    /// What `store` holds, and what is coming in for it.
    pub(crate) store: Vec<u8>,
    incoming: Vec<u8>,
    /// What `turn` gives back.
    echo: Vec<u8>,
    pub(crate) clock: u32,
    pub(crate) tickets: Vec<Ticket>,
    /// The target of the LwM2M object 3303.
    pub(crate) celsius: String,
}

pub(crate) const TABLE: &[Resource<Device>] = &[
    Resource::new("count", count).allow(Code::POST),
    Resource::new("store", store).allow(Code::PUT).attributes("rt=\"block storage\";title=\"a;b\"").conditional(),
    Resource::new("turn", turn).allow(Code::POST).allow(Code::FETCH).write_only().long(),
    Resource::new("clock", clock).observable().attributes("rt=\"clock\";ct=0"),
    Resource::new("sure", clock).observable().confirmed(),
    Resource::new("slow", slow),
    Resource::new("3303", thermometer).allow(Code::PUT).subtree().observable().attributes("ct=\"0 60\""),
];

fn count(device: &mut Device, incoming: &Incoming<'_>, reply: &mut Reply<'_>) {
    if incoming.message.code == Code::POST {
        device.count += 1;
    }
    reply.payload(device.count.to_string().as_bytes());
}

/// A body of any size, in and out.
fn store(device: &mut Device, incoming: &Incoming<'_>, reply: &mut Reply<'_>) {
    let etag = device.store.iter().fold(7u32, |sum, byte| sum.rotate_left(5) ^ u32::from(*byte)).to_be_bytes();
    if incoming.message.code == Code::GET {
        if !reply.etag(&etag) {
            reply.content_format(ContentFormat::OCTET_STREAM);
            reply.size(device.store.len() as u32);
            reply.payload(&device.store);
        }
        return;
    }
    if !incoming.precondition(Some(&etag)) {
        return reply.code(Code::PRECONDITION_FAILED);
    }
    collect(&mut device.incoming, incoming);
    if !incoming.more {
        device.store = std::mem::take(&mut device.incoming);
    }
}

fn collect(body: &mut Vec<u8>, incoming: &Incoming<'_>) {
    body.truncate(incoming.offset as usize);
    body.extend_from_slice(incoming.message.payload);
}

/// Gives back what it was sent, backwards.
fn turn(device: &mut Device, incoming: &Incoming<'_>, reply: &mut Reply<'_>) {
    if !incoming.continuation {
        collect(&mut device.echo, incoming);
        if !incoming.more {
            device.count += 1;
            device.echo.reverse();
        }
    }
    reply.payload(&device.echo);
}

fn clock(device: &mut Device, _: &Incoming<'_>, reply: &mut Reply<'_>) {
    reply.content_format(ContentFormat::TEXT);
    reply.payload(device.clock.to_string().as_bytes());
}

fn slow(device: &mut Device, _: &Incoming<'_>, reply: &mut Reply<'_>) {
    device.tickets.extend(reply.later());
}

/// LwM2M's object 3303 with one instance: 5700 is what it measures, 5701 its unit.
fn thermometer(device: &mut Device, incoming: &Incoming<'_>, reply: &mut Reply<'_>) {
    match (incoming.message.code, incoming.id(0), incoming.id(1)) {
        (Code::GET, Some(0), Some(5700)) => reply.payload(device.celsius.as_bytes()),
        (Code::GET, Some(0), Some(5701)) => reply.payload(b"Cel"),
        (Code::PUT, Some(0), Some(5700)) => match std::str::from_utf8(incoming.message.payload) {
            Ok(text) => device.celsius = text.into(),
            Err(_) => reply.error(Code::BAD_REQUEST, "text"),
        },
        (Code::PUT, Some(0), Some(_)) => reply.code(Code::METHOD_NOT_ALLOWED),
        _ => reply.error(Code::NOT_FOUND, "no such resource"),
    }
}

pub(crate) type Serving = Endpoint<'static, Server<'static, Device>>;

/// An endpoint with the device, in memory that is never given back.
pub(crate) fn endpoint(config: Config, seed: u8) -> Serving {
    let answers = Box::leak(Box::new([Answered::EMPTY; 4]));
    let observers = Box::leak(Box::new([Observer::EMPTY; 4]));
    let answer_store = Box::leak(Box::new([0; 4 * 1_100]));
    let slots = Box::leak(Box::new([Slot::EMPTY; 4]));
    let store = Box::leak(Box::new([0; 4 * 96]));
    let server = Server::new(Device::default(), TABLE, answers, answer_store, observers);
    Endpoint::with(server, config, [seed; 16], slots, store)
}

/// What came in answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Came {
    pub(crate) handle: Handle,
    pub(crate) code: Result<Code, Failure>,
    pub(crate) offset: u32,
    pub(crate) payload: Vec<u8>,
    pub(crate) last: bool,
}

/// A device at one end of the simulated link.
pub(crate) struct Node {
    pub(crate) coap: Serving,
    pub(crate) body: Vec<u8>,
    pub(crate) came: Vec<Came>,
    /// When the clock ticks next, and how often still.
    pub(crate) ticks: Option<(Duration, u32)>,
}

impl Node {
    pub(crate) fn new(config: Config, seed: u8) -> Self {
        Self { coap: endpoint(config, seed), body: Vec::new(), came: Vec::new(), ticks: None }
    }

    /// The body of what has come for a request, and its code, if it is whole.
    pub(crate) fn whole(&self, handle: Handle) -> Option<(Result<Code, Failure>, Vec<u8>)> {
        let mut body = Vec::new();
        for came in self.came.iter().filter(|came| came.handle == handle) {
            body.truncate(came.offset as usize);
            assert_eq!(body.len(), came.offset as usize);
            body.extend_from_slice(&came.payload);
            if came.last {
                return Some((came.code, body));
            }
        }
        None
    }
}

fn note(all: &mut Vec<Came>, outcome: &Outcome<'_>) {
    match outcome {
        Outcome::Response(response) => all.push(Came {
            handle: response.handle,
            code: Ok(response.message.code),
            offset: response.offset,
            payload: response.message.payload.into(),
            last: response.last,
        }),
        Outcome::Failed { handle, failure } => {
            all.push(Came { handle: *handle, code: Err(*failure), offset: 0, payload: Vec::new(), last: true });
        }
        _ => {}
    }
}

struct Body<'s>(&'s [u8]);

impl Source for Body<'_> {
    fn read(&mut self, _: u8, offset: u32, out: &mut [u8]) -> Option<(usize, bool)> {
        let rest = self.0.get(offset as usize..)?;
        let len = rest.len().min(out.len());
        out[..len].copy_from_slice(&rest[..len]);
        Some((len, rest.len() > len))
    }
}

impl End for Node {
    fn receive(&mut self, now: Duration, datagram: &[u8]) {
        if let Some(outcome) = self.coap.handle(now, datagram) {
            note(&mut self.came, &outcome);
        }
    }

    fn wake(&mut self, now: Duration) {
        while let Some(outcome) = self.coap.poll_outcome(now) {
            note(&mut self.came, &outcome);
        }
        if let Some((at, left)) = self.ticks.filter(|(at, _)| *at <= now) {
            let server = self.coap.profile_mut();
            server.context.clock += 1;
            server.changed("clock");
            server.changed("sure");
            self.ticks = (left > 1).then(|| (at + Duration::from_millis(700), left - 1));
        }
        for ticket in std::mem::take(&mut self.coap.profile_mut().context.tickets) {
            assert!(self.coap.profile_mut().respond(ticket, |_, reply| reply.payload(b"at last")));
        }
    }

    fn deadline(&self) -> Option<Duration> {
        let slow = (!self.coap.profile().context.tickets.is_empty()).then_some(Duration::ZERO);
        [self.coap.poll_timeout(), self.ticks.map(|(at, _)| at), slow].into_iter().flatten().min()
    }

    fn transmit(&mut self, now: Duration) -> Option<Vec<u8>> {
        let mut out = [0; 1_200];
        let len = self.coap.poll_transmit(now, &mut Body(&self.body), &mut out)?;
        Some(out[..len].to_vec())
    }
}
