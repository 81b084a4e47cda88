//! Requests, each made once or several times: as many at once as NSTART allows, in their order.

use super::{DONE, Flow, GO_ON, Job, failed};
use crate::answer::{Answer, Incoming};
use crate::coap::Coap;
use crate::exit::Failure;
use crate::progress::Progress;
use crate::report::Report;
use crate::request::Prepared;
use crate::sources::Bodies;
use std::time::Duration;
use stint_coap::{Handle, Outcome};

/// What is done with an answer that is whole.
pub(crate) type Finish<'f> = dyn FnMut(&Prepared, &Answer, Duration) -> Result<(), Failure> + 'f;

/// The requests of a command.
pub(crate) struct Exchange<'f> {
    requests: Vec<Prepared>,
    /// How often all of them are made.
    repeat: u32,
    /// How many were made.
    made: u64,
    at_once: usize,
    bodies: Bodies,
    running: Vec<Running>,
    report: Report,
    finish: &'f mut Finish<'f>,
    /// The first error response: it does not keep the other requests from being made.
    error: Option<Failure>,
}

/// A request that is under way.
struct Running {
    handle: Handle,
    /// Which of the requests.
    index: usize,
    /// What its body goes by.
    key: u8,
    since: Duration,
    incoming: Incoming,
}

impl<'f> Exchange<'f> {
    pub(crate) fn new(
        requests: Vec<Prepared>,
        repeat: u32,
        at_once: usize,
        bodies: &Bodies,
        report: Report,
        finish: &'f mut Finish<'f>,
    ) -> Self {
        let bodies = bodies.clone();
        Exchange { requests, repeat, made: 0, at_once, bodies, running: Vec::new(), report, finish, error: None }
    }

    /// Makes as many requests as may be under way.
    fn make(&mut self, coap: &mut dyn Coap, now: Duration) -> Result<(), Failure> {
        let count = self.requests.len() as u64;
        while self.running.len() < self.at_once && self.made < count * u64::from(self.repeat) {
            let index = (self.made % count) as usize;
            let Some(request) = self.requests.get(index) else { break };
            let key = (0..=u8::MAX).find(|key| self.running.iter().all(|running| running.key != *key)).unwrap_or(0);
            // Several would draw over each other, and over what is told.
            let shown = self.at_once == 1 && !self.report.verbose;
            let progress = |what| Progress::new(shown, what);
            if let Some(body) = &request.body {
                self.bodies.lend(key, body, &progress("sent"));
            }
            self.report.tell(&format!("request {}", request.told()));
            let handle = request.make(coap, false, key)?;
            let incoming = Incoming::new(request, progress("received"));
            self.running.push(Running { handle, index, key, since: now, incoming });
            self.made += 1;
        }
        Ok(())
    }

    /// A request is over.
    fn next(&mut self, coap: &mut dyn Coap, now: Duration) -> Flow {
        self.make(coap, now)?;
        if !self.running.is_empty() {
            return GO_ON;
        }
        self.error.take().map_or(DONE, Err)
    }

    fn take(&mut self, handle: Handle) -> Option<Running> {
        let place = self.running.iter().position(|running| running.handle == handle)?;
        Some(self.running.remove(place))
    }
}

impl Job for Exchange<'_> {
    fn begin(&mut self, coap: &mut dyn Coap, now: Duration) -> Result<(), Failure> {
        self.running.clear();
        self.made = 0;
        self.make(coap, now)
    }

    /// The handshake is not part of the time that is told.
    fn connected(&mut self, now: Duration) {
        self.running.iter_mut().for_each(|running| running.since = now);
    }

    fn outcome(&mut self, outcome: Outcome<'_>, coap: &mut dyn Coap, now: Duration) -> Flow {
        match outcome {
            Outcome::Response(response) => {
                self.report.message(&response);
                let Some(mut running) = self.take(response.handle) else { return GO_ON };
                self.bodies.sent(running.key);
                let Some(answer) = running.incoming.take(&response)? else {
                    self.running.push(running);
                    return GO_ON;
                };
                if let Some(request) = self.requests.get(running.index) {
                    (self.finish)(request, &answer, now.saturating_sub(running.since))?;
                }
                self.error = self.error.take().or(Failure::of(answer.code));
                self.next(coap, now)
            }
            Outcome::Ended { handle } => {
                self.take(handle);
                self.next(coap, now)
            }
            Outcome::Failed { failure, .. } => Err(failed(failure)),
            _ => GO_ON,
        }
    }
}
