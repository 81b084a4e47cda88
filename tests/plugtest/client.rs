//! The client under test: an endpoint in a pump over a socket that is listened to, driven as a test's stimulus says.

use crate::record::{Loss, Recorder, Seen, Way};
use crate::server::Server;
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use stint_coap::{
    BlockSize, Code, Config, Endpoint, Failure, Handle, OptionNumber, Outcome, Request, Slot, Source, Type,
};
use stint_lab::parties::lend;
use stint_net::{Happened, Inbox, Outbox, PlainPump, Transport};

/// How long is waited for anything.
const PATIENCE: Duration = Duration::from_secs(25);

/// What an outcome said.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) handle: Handle,
    pub(crate) what: What,
    pub(crate) payload: Vec<u8>,
    /// Where the payload begins in the body.
    pub(crate) offset: usize,
    pub(crate) more: bool,
    pub(crate) notification: bool,
    pub(crate) last: bool,
}

/// The kind of an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Response(Code),
    Failed(Failure),
    Pong,
}

impl Heard {
    fn new(outcome: &Outcome<'_>) -> Self {
        let alone = |handle, what| Self {
            handle,
            what,
            payload: Vec::new(),
            offset: 0,
            more: false,
            notification: false,
            last: true,
        };
        match outcome {
            Outcome::Response(response) => Self {
                payload: response.message.payload.to_vec(),
                offset: response.offset as usize,
                more: response.more,
                notification: response.notification,
                last: response.last,
                ..alone(response.handle, What::Response(response.message.code))
            },
            Outcome::Failed { handle, failure } => alone(*handle, What::Failed(*failure)),
            Outcome::Pong { handle } => alone(*handle, What::Pong),
            other => panic!("{other:?}"),
        }
    }
}

/// The body of an upload: text, each letter unlike its neighbours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pattern(pub(crate) usize);

impl Pattern {
    /// All of it.
    pub(crate) fn bytes(self) -> Vec<u8> {
        (0..self.0).map(|at| b'!' + ((at * 7 + at / 94) % 94) as u8).collect()
    }
}

impl Source for Pattern {
    fn read(&mut self, _: u8, offset: u32, out: &mut [u8]) -> Option<(usize, bool)> {
        let body = self.bytes();
        let rest = body.get(offset as usize..)?;
        let len = rest.len().min(out.len());
        out[..len].copy_from_slice(&rest[..len]);
        Some((len, len < rest.len()))
    }
}

/// A request, what answered it, and the Empty messages that belong to both.
pub(crate) struct Exchange<'c> {
    pub(crate) request: &'c Seen,
    pub(crate) response: &'c Seen,
    /// The server's Empty acknowledgement of the request.
    pub(crate) acknowledgement: Option<&'c Seen>,
    /// Our Empty acknowledgement of the response.
    pub(crate) acknowledged: Option<&'c Seen>,
}

/// A client of one server.
pub(crate) struct Client {
    pump: PlainPump<'static, 'static, Recorder, Pattern>,
    inbox: Inbox<'static>,
    start: Instant,
    config: Config,
    heard: VecDeque<Heard>,
}

impl Client {
    /// A client that asks for blocks of 1,024 bytes.
    pub(crate) fn of(server: &Server) -> Self {
        Self::with(server, BlockSize::B1024, 0)
    }

    /// A client that asks for such blocks, and has a body to upload.
    pub(crate) fn with(server: &Server, block_size: BlockSize, body: usize) -> Self {
        let start = Instant::now();
        let config = Config { block_size, ..Config::DEFAULT };
        let net = Recorder::connect(server.address(), start);
        let outbox = Outbox::new(Box::leak(Box::new([0; 1280])));
        let pump = PlainPump { net, coap: endpoint(config), source: Pattern(body), outbox };
        Self { pump, inbox: Inbox::new(Box::leak(Box::new([0; 2048]))), start, config, heard: VecDeque::new() }
    }

    /// Loses messages from now on.
    pub(crate) fn lose(&mut self, loss: impl FnMut(&Seen) -> bool + 'static) {
        let loss: Loss = Box::new(loss);
        self.pump.net.loss = loss;
    }

    /// All messages so far.
    pub(crate) fn seen(&self) -> &[Seen] {
        &self.pump.net.seen
    }

    /// Makes a request.
    pub(crate) fn request(&mut self, request: &Request<'_>) -> Handle {
        self.pump.coap.request(request).unwrap()
    }

    /// Sends a ping.
    pub(crate) fn ping(&mut self) -> Handle {
        self.pump.coap.ping().unwrap()
    }

    /// Ends an observation with the server's knowledge.
    pub(crate) fn cancel(&mut self, handle: Handle) {
        self.pump.coap.cancel(handle);
    }

    /// Forgets all, as one that was switched off and on; the port stays.
    pub(crate) fn reboot(&mut self) {
        self.pump.coap = endpoint(self.config);
        self.heard.clear();
    }

    /// Works for a while.
    pub(crate) fn work(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until {
            self.turn(until);
        }
    }

    /// Does nothing for a while: what comes is seen, not understood.
    pub(crate) fn sleep(&mut self, time: Duration) {
        let until = Instant::now() + time;
        let mut buffer = [0; 2048];
        while Instant::now() < until {
            let left = until.saturating_duration_since(Instant::now());
            self.pump.net.net.wait(Some(left)).unwrap();
            drop(self.pump.net.receive(&mut buffer));
        }
    }

    fn turn(&mut self, until: Instant) {
        let now = self.start.elapsed();
        match self.pump.poll(now, &mut self.inbox) {
            Ok(Happened::Coap(outcome)) => self.heard.push_back(Heard::new(&outcome)),
            Ok(_) => {}
            Err(nb::Error::WouldBlock) => {
                let left = until.saturating_duration_since(Instant::now());
                let next = self.pump.poll_timeout().map_or(left, |at| at.saturating_sub(now)).min(left);
                self.pump.net.net.wait(Some(next.max(Duration::from_millis(1)))).unwrap();
            }
            Err(nb::Error::Other(error)) => panic!("{error:?}"),
        }
    }

    /// The next outcome.
    pub(crate) fn next(&mut self) -> Heard {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(heard) = self.heard.pop_front() {
                return heard;
            }
            assert!(Instant::now() < until, "no outcome");
            self.turn(until);
        }
    }

    /// What came and was not asked for by [`next`](Self::next) yet.
    pub(crate) fn unread(&mut self) -> Vec<Heard> {
        self.heard.drain(..).collect()
    }

    /// The next whole representation of `handle`: its code and its body, and whether it is the last.
    pub(crate) fn whole(&mut self, handle: Handle) -> (Code, Vec<u8>, bool) {
        let mut body = Vec::new();
        loop {
            let heard = self.next();
            assert_eq!(heard.handle, handle, "{heard:?}");
            let What::Response(code) = heard.what else { panic!("{heard:?}") };
            // a body that changed begins anew
            assert!(heard.offset == body.len() || heard.offset == 0, "a gap: {} of {}", heard.offset, body.len());
            body.truncate(heard.offset);
            body.extend(heard.payload);
            if !heard.more {
                return (code, body, heard.last);
            }
        }
    }

    /// Makes a request: the response's code and body.
    pub(crate) fn ask(&mut self, request: &Request<'_>) -> (Code, Vec<u8>) {
        let handle = self.request(request);
        let (code, body, last) = self.whole(handle);
        assert!(last);
        (code, body)
    }

    /// The requests that were made, each message once.
    pub(crate) fn requests(&self) -> Vec<&Seen> {
        let mut requests: Vec<&Seen> = Vec::new();
        for seen in self.seen().iter().filter(|seen| seen.way == Way::Sent && seen.code.is_request()) {
            if !requests.iter().any(|other| other.id == seen.id) {
                requests.push(seen);
            }
        }
        requests
    }

    /// The request of this number, from 0, and what belongs to it.
    pub(crate) fn exchange(&self, number: usize) -> Exchange<'_> {
        let request = self.requests()[number];
        let arrived =
            self.seen().iter().filter(|seen| seen.way == Way::Received && !seen.lost && seen.at >= request.at);
        let answers = |seen: &&Seen| {
            let piggybacked = seen.kind != Type::Acknowledgement || seen.id == request.id;
            seen.code.is_response() && seen.token == request.token && piggybacked
        };
        let response = arrived.clone().find(answers).unwrap();
        let acknowledgement = arrived.clone().find(|seen| seen.is_empty(Type::Acknowledgement, request.id));
        let mut sent = self.seen().iter().filter(|seen| seen.way == Way::Sent);
        let acknowledged = sent.find(|seen| seen.is_empty(Type::Acknowledgement, response.id));
        Exchange { request, response, acknowledgement, acknowledged }
    }

    /// The exchanges so far.
    pub(crate) fn exchanges(&self) -> Vec<Exchange<'_>> {
        (0..self.requests().len()).map(|number| self.exchange(number)).collect()
    }

    /// The notifications of the registration with this token, that arrived: those after its first response.
    pub(crate) fn notifications(&self, token: &[u8]) -> Vec<&Seen> {
        let arrived = self.seen().iter().filter(|seen| seen.way == Way::Received && !seen.lost);
        arrived
            .filter(|seen| seen.code.is_response() && seen.token == token && seen.kind != Type::Acknowledgement)
            .collect()
    }

    /// Whether we answered the message with this Message ID by an Empty one of this type.
    pub(crate) fn answered(&self, kind: Type, id: u16) -> bool {
        self.seen().iter().any(|seen| seen.way == Way::Sent && seen.is_empty(kind, id))
    }
}

/// A failed test shows its conversation.
impl Drop for Client {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.seen().iter().for_each(|seen| eprintln!("{seen}"));
            eprintln!("{}", self.pump.coap.stats());
        }
    }
}

fn endpoint(config: Config) -> &'static mut Endpoint<'static> {
    let mut seed = [0; 16];
    std::io::Read::read_exact(&mut std::fs::File::open("/dev/urandom").unwrap(), &mut seed).unwrap();
    let (slots, store) = (lend([const { Slot::EMPTY }; 4]), lend([0; 800]));
    lend(Endpoint::new(config, seed, slots, store))
}

/// The options of a text.
pub(crate) const TEXT: stint_coap::Opt<'static> = stint_coap::Opt::new(OptionNumber::CONTENT_FORMAT, &[]);
