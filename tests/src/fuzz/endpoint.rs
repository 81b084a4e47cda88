//! A CoAP endpoint that asks, observes, sends in blocks and serves, against a peer of a script's.
//!
//! What it sends is well formed and fits; an outcome is of a request that was made and had not ended; there are no more observers than were lent; in the end
//! everything ends by itself and all slots are free.

use super::Script;
use super::coap::{Head, made};
use core::time::Duration;
use stint_coap::{
    Answered, BlockSize, Body, Code, Config, Endpoint, Handle, Incoming, Message, Observer, Opt, OptionNumber, Outcome,
    Profile, Reply, Request, Resource, Robust, Server, Slot, Source, Ticket, Type,
};

const SLOTS: usize = 3;
const OBSERVERS: usize = 2;

/// What is served.
#[derive(Default)]
pub(super) struct Device {
    value: Vec<u8>,
    ticket: Option<Ticket>,
}

pub(super) const TABLE: &[Resource<Device>] = &[
    Resource::new("value", value).allow(Code::PUT).allow(Code::POST).allow(Code::DELETE).observable(),
    Resource::new("sure", value).observable().confirmed(),
    Resource::new("long", long).allow(Code::POST).long().observable(),
    Resource::new("slow", slow).allow(Code::POST),
    Resource::new("3", value).subtree().conditional(),
];

fn value(device: &mut Device, incoming: &Incoming<'_>, reply: &mut Reply<'_>) {
    if incoming.message.code == Code::GET {
        reply.payload(&device.value);
        reply.etag(b"e");
    } else if incoming.precondition(Some(b"e")) {
        if incoming.offset == 0 {
            device.value.clear();
        }
        device.value.extend_from_slice(incoming.message.payload);
        device.value.truncate(2_000);
    }
}

fn long(_: &mut Device, incoming: &Incoming<'_>, reply: &mut Reply<'_>) {
    reply.size(3_000);
    for _ in 0..300 {
        reply.payload(&[incoming.message.payload.len() as u8; 10]);
    }
}

fn slow(device: &mut Device, _: &Incoming<'_>, reply: &mut Reply<'_>) {
    device.ticket = reply.later();
}

/// A body of as many bytes as its key says, times 16.
pub(super) struct Bodies;

impl Source for Bodies {
    fn size(&mut self, key: u8) -> Option<u32> {
        Some(u32::from(key) << 4)
    }

    fn read(&mut self, key: u8, offset: u32, out: &mut [u8]) -> Option<(usize, bool)> {
        let left = (usize::from(key) << 4).checked_sub(offset as usize)?;
        let len = left.min(out.len());
        out[..len].fill(b'b');
        Some((len, left > len))
    }
}

/// Bytes: the profile and the size of blocks, the room for messages, and steps.
pub(super) fn body(data: &[u8]) {
    let mut script = Script::new(data);
    let (choices, room) = (script.byte(), 24 + usize::from(script.byte()) * 5);
    let mut config = Config::DEFAULT;
    config.nstart = 1 + (choices >> 3 & 3);
    config.block_size = [BlockSize::B16, BlockSize::B64, BlockSize::B256, BlockSize::B1024][usize::from(choices & 3)];
    let (mut answers, mut store, mut observers) = ([Answered::EMPTY; 2], [0; 2 * 160], [Observer::EMPTY; OBSERVERS]);
    let server = Server::new(Device::default(), TABLE, &mut answers, &mut store, &mut observers);
    let (mut slots, mut share) = ([const { Slot::EMPTY }; SLOTS], [0; SLOTS * 64]);
    if choices & 4 != 0 {
        let mut coap = Endpoint::with(Robust::<()>::new(()), config, [7; 16], &mut slots, &mut share);
        play(&mut Game::new(&mut coap, room), script, |_, _, _| ());
    } else {
        let mut coap = Endpoint::with(server, config, [7; 16], &mut slots, &mut share);
        play(&mut Game::new(&mut coap, room), script, |coap, step, path| {
            let server = coap.profile_mut();
            match server.context.ticket.take() {
                Some(ticket) if step == 0 => drop(server.respond(ticket, |_, reply| reply.payload(b"at last"))),
                ticket => server.context.ticket = ticket,
            }
            server.changed(path);
            assert!(server.observers() <= OBSERVERS);
        });
    }
}

struct Game<'g, 'b, X> {
    coap: &'g mut Endpoint<'b, X>,
    room: usize,
    now: Duration,
    /// Requests that have not ended.
    live: Vec<Handle>,
    /// Requests that were cancelled: those that observe still end with an outcome, the others without.
    cancelled: Vec<Handle>,
    /// Heads of the last messages sent: code, Message ID, token.
    sent: Vec<(Code, u16, Vec<u8>)>,
}

fn play<'b, X: Profile>(
    game: &mut Game<'_, 'b, X>,
    mut script: Script<'_>,
    mut serve: impl FnMut(&mut Endpoint<'b, X>, u8, &str),
) {
    for _ in 0..96 {
        let Some(step) = script.step() else { break };
        match step % 16 {
            13 => serve(game.coap, script.byte() & 1, ["value", "long", "sure"][usize::from(script.byte()) % 3]),
            _ => game.step(step, &mut script),
        }
        game.settle();
    }
    game.ends();
}

impl<'g, 'b, X: Profile> Game<'g, 'b, X> {
    fn new(coap: &'g mut Endpoint<'b, X>, room: usize) -> Self {
        Self { coap, room, now: Duration::ZERO, live: Vec::new(), cancelled: Vec::new(), sent: Vec::new() }
    }

    fn step(&mut self, step: u8, script: &mut Script<'_>) {
        match step % 16 {
            0..=2 => self.asks(script),
            3..=5 => self.answered(script),
            6 | 7 => self.asked(script),
            8 => self.receive(script.bytes(255)),
            9 => {
                if !self.live.is_empty() {
                    let handle = self.live.swap_remove(usize::from(script.byte()) % self.live.len());
                    self.coap.cancel(handle);
                    self.cancelled.push(handle);
                }
            }
            10 => {
                if let Some(handle) = self.live.pop() {
                    self.coap.forget(handle);
                }
            }
            11 => self.now += Duration::from_millis(script.word().into()),
            12 => self.now = self.now.max(self.coap.poll_timeout().unwrap_or_default()),
            14 => match script.byte() {
                0..=100 => self.live.extend(self.coap.ping()),
                101..=120 => self.coap.association_lost(),
                121..=180 => self.live.extend(self.coap.probe()),
                _ => {
                    if let Some((handle, _)) = self.coap.overdue(self.now) {
                        self.coap.renew(handle);
                    }
                }
            },
            _ => {
                let made = made(
                    script,
                    &Head { kind: Type::NonConfirmable, code: Code(1 + (step >> 5)), id: 7, token: &[], options: &[] },
                );
                let outcome = self.coap.handle_group(self.now, &made);
                self.note(outcome);
            }
        }
    }

    fn asks(&mut self, script: &mut Script<'_>) {
        let codes = [Code::GET, Code::PUT, Code::POST, Code::FETCH, Code::DELETE];
        let mut request = Request::new(codes[usize::from(script.byte()) % 5], "a/b");
        let choices = script.byte();
        request.confirmable = choices & 1 != 0;
        request.observe = choices & 2 != 0;
        let small = script.bytes(30);
        request.body = match choices >> 2 & 3 {
            0 | 1 => Body::None,
            2 => Body::Small(small),
            _ => Body::Source(script.byte()),
        };
        let option = [Opt::new(OptionNumber(script.word()), small)];
        if choices & 16 != 0 {
            request.options = &option;
        }
        let made = match choices >> 5 {
            0 => self.coap.request_group(&request),
            1 => self.coap.resume(&request, script.word().into(), small),
            _ => self.coap.request(&request),
        };
        self.live.extend(made);
        assert!(self.live.len() <= SLOTS);
    }

    /// A message with the token and the Message ID of one that was sent.
    fn answered(&mut self, script: &mut Script<'_>) {
        let at = usize::from(script.byte()) % self.sent.len().max(1);
        let Some((_, id, token)) = self.sent.get(self.sent.len().wrapping_sub(1 + at)).cloned() else { return };
        let kinds = [Type::Acknowledgement, Type::Confirmable, Type::NonConfirmable, Type::Reset];
        let kind = kinds[usize::from(script.byte() & 3)];
        let codes = [0x45, 0x45, 0x45, 0x00, 0x5f, 0x44, 0x43, 0x84, 0x88, 0x80, 0x81, 0xa3, 0x82, 0xff];
        let code = Code(codes[usize::from(script.byte()) % codes.len()]);
        let message = match code {
            Code::EMPTY => vec![0x40 | (kind as u8) << 4, 0, (id >> 8) as u8, id as u8],
            _ => made(script, &Head { kind, code, id, token: &token, options: &[] }),
        };
        self.receive(&message);
    }

    /// A request of the peer's, for a resource that there is.
    fn asked(&mut self, script: &mut Script<'_>) {
        let (code, id, kind) = (Code(1 + script.byte() % 7), script.byte().into(), script.byte() & 1);
        let kind = if kind == 0 { Type::Confirmable } else { Type::NonConfirmable };
        let paths: [&[(u16, &[u8])]; 8] = [
            &[(11, b"value")],
            &[(11, b"value"), (6, b"")],
            &[(11, b"sure"), (6, b"")],
            &[(11, b"long"), (6, b"")],
            &[(11, b"long"), (27, &[8])],
            &[(11, b"slow")],
            &[(11, b"3"), (11, b"0")],
            &[(11, b".well-known"), (11, b"core")],
        ];
        let options = paths[usize::from(script.byte() & 7)];
        let message = made(script, &Head { kind, code, id, token: &[id as u8], options });
        self.receive(&message);
    }

    fn receive(&mut self, message: &[u8]) {
        let outcome = self.coap.handle(self.now, message);
        self.note(outcome);
    }

    /// All that is to be sent is sent.
    fn settle(&mut self) {
        let mut out = vec![0; self.room];
        for rounds in 0.. {
            assert!(rounds < 1_000, "it never comes to rest");
            let Some(len) = self.coap.poll_transmit(self.now, &mut Bodies, &mut out) else {
                match self.coap.poll_outcome(self.now) {
                    None => break,
                    outcome => self.note(outcome),
                }
                continue;
            };
            let message = Message::parse(&out[..len]).expect("a well-formed message");
            self.sent.push((message.code, message.id, message.token.to_vec()));
        }
    }

    fn ends(&mut self) {
        self.coap.association_lost();
        for steps in 0.. {
            assert!(steps < 1_000, "it goes on for ever");
            self.settle();
            let Some(due) = self.coap.poll_timeout() else { break };
            self.now = self.now.max(due);
        }
        // nothing makes an observation end but its owner
        for handle in self.live.drain(..).chain(self.cancelled.drain(..)) {
            self.coap.forget(handle);
        }
        for _ in 0..SLOTS {
            self.coap.request(&Request::get("x")).expect("all slots are free");
        }
    }

    /// An outcome is of a live request; the last one ends it.
    fn note(&mut self, outcome: Option<Outcome<'_>>) {
        let (handle, last) = match outcome {
            None => return,
            Some(Outcome::Response(response)) => {
                assert!(response.message.payload.len() <= 1_500);
                (response.handle, response.last)
            }
            Some(Outcome::Failed { handle, .. } | Outcome::Pong { handle } | Outcome::Ended { handle }) => {
                (handle, true)
            }
            Some(other) => panic!("an outcome that the lab does not know: {other:?}"),
        };
        let known = self.live.contains(&handle) || self.cancelled.contains(&handle);
        assert!(known, "an outcome of no request");
        if last {
            self.live.retain(|own| *own != handle);
            self.cancelled.retain(|own| *own != handle);
        }
    }
}
