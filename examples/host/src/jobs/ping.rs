//! Pings, one a second at most.

use super::{DONE, Flow, GO_ON, Job, failed};
use crate::coap::Coap;
use crate::exit::Failure;
use crate::output::print_json;
use crate::report::{Report, rounded};
use serde::Serialize;
use std::time::Duration;
use stint_coap::Outcome;

/// Whether the server is there.
pub(crate) struct Ping {
    /// The server's host.
    name: String,
    count: u32,
    left: u32,
    asked: Duration,
    next: Option<Duration>,
    report: Report,
}

/// A pong as a program sees it.
#[derive(Serialize)]
struct Pong<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    host: &'a str,
    seconds: f64,
}

impl Ping {
    pub(crate) fn new(name: String, count: u32, report: Report) -> Self {
        Ping { name, count, left: 0, asked: Duration::ZERO, next: None, report }
    }

    fn make(&mut self, coap: &mut dyn Coap, now: Duration) -> Result<(), Failure> {
        coap.ping().map_err(|error| Failure::usage(error.to_string()))?;
        self.left = self.left.saturating_sub(1);
        (self.asked, self.next) = (now, None);
        Ok(())
    }
}

impl Job for Ping {
    fn begin(&mut self, coap: &mut dyn Coap, now: Duration) -> Result<(), Failure> {
        self.left = self.count;
        self.make(coap, now)
    }

    /// The handshake is not part of the time that is told.
    fn connected(&mut self, now: Duration) {
        self.asked = now;
    }

    fn outcome(&mut self, outcome: Outcome<'_>, _coap: &mut dyn Coap, now: Duration) -> Flow {
        match outcome {
            Outcome::Pong { .. } => {
                let took = now.saturating_sub(self.asked);
                if self.report.json {
                    print_json(&Pong { kind: "pong", host: &self.name, seconds: rounded(took) })?;
                } else {
                    eprintln!("{} is there: {:.1} ms", self.name, took.as_secs_f64() * 1000.0);
                }
                if self.left == 0 {
                    return DONE;
                }
                self.next = Some(now + Duration::from_secs(1));
                GO_ON
            }
            Outcome::Failed { failure, .. } => Err(failed(failure)),
            _ => GO_ON,
        }
    }

    fn deadline(&self) -> Option<Duration> {
        self.next
    }

    fn wake(&mut self, coap: &mut dyn Coap, now: Duration) -> Flow {
        self.make(coap, now)?;
        GO_ON
    }
}
