//! An observation.

use super::{DONE, Flow, GO_ON, Job, failed};
use crate::answer::Incoming;
use crate::coap::Coap;
use crate::exit::Failure;
use crate::progress::Progress;
use crate::report::Report;
use crate::request::Prepared;
use std::time::Duration;
use stint_coap::{Handle, Outcome, Response};

/// A resource, observed.
pub(crate) struct Observation {
    pub(crate) request: Prepared,
    pub(crate) report: Report,
    /// How many representations are still wanted; `None`: any number.
    pub(crate) left: Option<u32>,
    /// How long to observe, from the first answer on.
    pub(crate) duration: Option<Duration>,
    pub(crate) keepalive: Option<Duration>,
    pub(crate) state: Watch,
}

/// How far an observation is.
#[derive(Default)]
pub(crate) struct Watch {
    handle: Option<Handle>,
    incoming: Option<Incoming>,
    ping: Option<Handle>,
    begun: Duration,
    end: Option<Duration>,
    heard: Option<Duration>,
    cancelled: bool,
}

/// How long the answer to the cancellation is waited for.
const FAREWELL: Duration = Duration::from_secs(3);

impl Observation {
    fn cancel(&mut self, coap: &mut dyn Coap, now: Duration) {
        self.report.tell("cancelled");
        if let Some(handle) = self.state.handle {
            coap.cancel(handle);
        }
        self.state.cancelled = true;
        self.state.end = Some(now + FAREWELL);
    }

    fn response(&mut self, response: &Response<'_>, coap: &mut dyn Coap, now: Duration) -> Flow {
        if self.state.cancelled {
            // The answer to the cancellation is one more representation, which nobody asked for.
            return if response.last { DONE } else { GO_ON };
        }
        self.report.message(response);
        let Some(incoming) = &mut self.state.incoming else { return GO_ON };
        let Some(answer) = incoming.take(response)? else { return GO_ON };
        self.report.answer(&self.request, &answer, now.saturating_sub(self.state.begun), None)?;
        if let Some(failure) = Failure::of(answer.code) {
            return Err(failure);
        }
        if self.state.end.is_none() {
            self.state.end = self.duration.map(|duration| now + duration);
        }
        self.left = self.left.map(|left| left.saturating_sub(1));
        if response.last {
            self.report.remark("the server does not, or no longer, notify of this resource");
            return DONE;
        }
        if self.left == Some(0) {
            self.cancel(coap, now);
        }
        GO_ON
    }
}

impl Job for Observation {
    fn begin(&mut self, coap: &mut dyn Coap, now: Duration) -> Result<(), Failure> {
        self.report.tell(&format!("observe {}", self.request.told()));
        self.state.begun = now;
        self.state.incoming = Some(Incoming::new(&self.request, Progress::new(false, "")));
        self.state.handle = Some(self.request.make(coap, true, 0)?);
        Ok(())
    }

    fn connected(&mut self, now: Duration) {
        self.state.begun = now;
    }

    fn outcome(&mut self, outcome: Outcome<'_>, coap: &mut dyn Coap, now: Duration) -> Flow {
        self.state.heard = Some(now);
        match outcome {
            Outcome::Response(response) => self.response(&response, coap, now),
            Outcome::Failed { handle, .. } if self.state.cancelled && Some(handle) == self.state.handle => DONE,
            Outcome::Failed { failure, .. } => Err(failed(failure)),
            Outcome::Pong { .. } => {
                self.state.ping = None;
                self.report.tell(&format!("{:9.3} pong", now.as_secs_f64()));
                GO_ON
            }
            _ => GO_ON,
        }
    }

    /// A resource may be quiet for long; whether its server is there, Max-Age and pings tell.
    fn patient(&self) -> bool {
        self.state.heard.is_some() && !self.state.cancelled
    }

    fn deadline(&self) -> Option<Duration> {
        let ping = match (self.keepalive, self.state.heard, self.state.ping) {
            (Some(keepalive), Some(heard), None) => Some(heard + keepalive),
            _ => None,
        };
        [self.state.end, ping].into_iter().flatten().min()
    }

    fn wake(&mut self, coap: &mut dyn Coap, now: Duration) -> Flow {
        if self.state.end.is_some_and(|end| end <= now) {
            if self.state.cancelled {
                return DONE;
            }
            self.cancel(coap, now);
        } else {
            self.state.ping = Some(coap.ping().map_err(|error| Failure::usage(error.to_string()))?);
        }
        GO_ON
    }

    fn interrupted(&mut self, coap: &mut dyn Coap, now: Duration) -> Result<(), Failure> {
        if self.state.heard.is_none() {
            return Err(Failure::Interrupted);
        }
        if !self.state.cancelled {
            self.cancel(coap, now);
        }
        Ok(())
    }
}
